-- SPDX-License-Identifier: ISC
-- What was last said in public of how many have signed (counts --public), so
-- that what is said next tells nothing of fewer than ten people.

CREATE TABLE public_view (
	campaign INTEGER NOT NULL REFERENCES campaign (id),
	dimension INTEGER NOT NULL,
	day INTEGER NOT NULL,
	total INTEGER NOT NULL,
	PRIMARY KEY (campaign, dimension)
) WITHOUT ROWID;

-- n: people in the cell on that day; shown: the number said, -1 "<10", -2 "10+",
-- -3 nothing; told: the last number ever said, or 0.
CREATE TABLE public_cell (
	campaign INTEGER NOT NULL,
	dimension INTEGER NOT NULL,
	value TEXT NOT NULL,
	n INTEGER NOT NULL,
	shown INTEGER NOT NULL,
	told INTEGER NOT NULL,
	PRIMARY KEY (campaign, dimension, value)
) WITHOUT ROWID;
