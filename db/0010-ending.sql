-- SPDX-License-Identifier: ISC
-- When campaigns ended, from which the clocks of what is kept of them run.

CREATE TABLE ending (
	campaign INTEGER PRIMARY KEY REFERENCES campaign (id),
	closed_at INTEGER NOT NULL,
	delivered_at INTEGER NOT NULL,
	told INTEGER NOT NULL,
	untraced INTEGER NOT NULL
);

-- Its ledger is gone, and only its numbers are left.
ALTER TABLE mailing ADD COLUMN emptied INTEGER NOT NULL DEFAULT 0;
