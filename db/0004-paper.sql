-- SPDX-License-Identifier: ISC
-- People who signed on paper, typed in by staff.  They are counted apart and
-- never written to; who then signs by mail is counted there and leaves here.

CREATE TABLE paper (
	id INTEGER PRIMARY KEY,
	campaign INTEGER NOT NULL REFERENCES campaign (id),
	batch TEXT NOT NULL,
	key BLOB NOT NULL CHECK (length(key) = 16),
	country TEXT NOT NULL,
	day INTEGER NOT NULL,
	identity BLOB
);
CREATE UNIQUE INDEX paper_key ON paper (campaign, key);
CREATE INDEX paper_batch ON paper (campaign, batch, country);
