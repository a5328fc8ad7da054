-- SPDX-License-Identifier: ISC
-- What each signer agreed to, on which day, and the words that she was shown.

-- Each wording once; public.
CREATE TABLE consent_text (
	id INTEGER PRIMARY KEY,
	campaign INTEGER NOT NULL REFERENCES campaign (id),
	language TEXT NOT NULL,
	hash BLOB NOT NULL CHECK (length(hash) = 32),
	day INTEGER NOT NULL,
	body TEXT NOT NULL
);
CREATE UNIQUE INDEX consent_text_hash ON consent_text (campaign, language, hash);

-- One row for each thing that she said; of one kind, about one organisation, the
-- last counts.  People confirm about in the order of their ids, so that rows are
-- written near the end of the table.
CREATE TABLE consent (
	signature INTEGER NOT NULL,
	serial INTEGER NOT NULL,
	kind INTEGER NOT NULL,
	about TEXT NOT NULL,
	given INTEGER NOT NULL,
	day INTEGER NOT NULL,
	text INTEGER NOT NULL,
	PRIMARY KEY (signature, serial)
) WITHOUT ROWID;

-- The words that she was last asked in (consent_text).
ALTER TABLE signature ADD COLUMN words INTEGER NOT NULL DEFAULT 0;
