-- SPDX-License-Identifier: ISC
-- What is sealed to a campaign's opening key, of which the server has the
-- public half alone: parts of a signer, each under a data key.

ALTER TABLE signature ADD COLUMN sealed BLOB;
ALTER TABLE paper ADD COLUMN sealed BLOB;

-- Data keys as they are kept: sealed to the opening key.  The number is random.
CREATE TABLE data_key (
	number INTEGER PRIMARY KEY,
	campaign INTEGER NOT NULL REFERENCES campaign (id),
	opening BLOB NOT NULL CHECK (length(opening) = 32),
	sealed BLOB NOT NULL CHECK (length(sealed) = 80),
	day INTEGER NOT NULL
);
CREATE INDEX data_key_campaign ON data_key (campaign, opening);
