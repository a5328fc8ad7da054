-- SPDX-License-Identifier: ISC
-- Who is not reached by updates, and why; what was sent to each person and
-- what came back.  Codes and times only: no text of any mail.

-- What she said she has done: a set of bits.
ALTER TABLE signature ADD COLUMN actions INTEGER NOT NULL DEFAULT 0;

-- Those whom an update goes to, to be counted.
CREATE INDEX signature_updates ON signature (campaign)
	WHERE state = 2 AND updates = 1 AND unreachable = 0;

-- Only people about whom there is something to say.
CREATE TABLE reach (
	signature INTEGER PRIMARY KEY,
	campaign INTEGER NOT NULL,
	rung INTEGER NOT NULL,
	reason INTEGER NOT NULL,
	since INTEGER NOT NULL,
	due_at INTEGER NOT NULL,
	soft_since INTEGER NOT NULL,
	mailed_at INTEGER NOT NULL,
	last_at INTEGER NOT NULL,
	code INTEGER NOT NULL,
	hard INTEGER NOT NULL,
	soft INTEGER NOT NULL
);
CREATE INDEX reach_due ON reach (due_at) WHERE due_at > 0;
CREATE INDEX reach_campaign ON reach (campaign, rung, reason, signature);

-- A person's rows lie together; n goes up by one and old ones go.
CREATE TABLE history (
	signature INTEGER NOT NULL,
	n INTEGER NOT NULL,
	at INTEGER NOT NULL,
	what INTEGER NOT NULL,
	kind TEXT NOT NULL,
	code INTEGER NOT NULL,
	PRIMARY KEY (signature, n)
) WITHOUT ROWID;

-- Mail refused for what we are, until staff are told.
CREATE TABLE alarm (
	campaign INTEGER PRIMARY KEY,
	n INTEGER NOT NULL,
	due_at INTEGER NOT NULL,
	alarmed_at INTEGER NOT NULL
);
