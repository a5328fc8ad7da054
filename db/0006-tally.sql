-- SPDX-License-Identifier: ISC
-- The tally: of each campaign an append-only log that anybody can check.  What
-- is published of it stands here as it is published; who is behind a leaf is
-- sealed, and gone once she is forgotten.

-- Her leaf, while there is something to prove to her; and the text that she was
-- last asked to sign (tally_text).
ALTER TABLE signature ADD COLUMN leaf INTEGER NOT NULL DEFAULT 0;
ALTER TABLE signature ADD COLUMN text INTEGER NOT NULL DEFAULT 0;

CREATE TABLE tally (
	campaign INTEGER PRIMARY KEY REFERENCES campaign (id),
	origin TEXT NOT NULL,
	public BLOB NOT NULL CHECK (length(public) = 32),
	seed BLOB NOT NULL,
	size INTEGER NOT NULL,
	counted INTEGER NOT NULL,
	taken INTEGER NOT NULL,
	filled INTEGER NOT NULL,
	batch_at INTEGER NOT NULL,
	stopped INTEGER NOT NULL
);

-- One confirmed signature.  Ids grow, so a confirmation is written at the end
-- of the table and to no index; those that wait to go in are the last ones.
CREATE TABLE leaf (
	id INTEGER PRIMARY KEY,
	campaign INTEGER NOT NULL,
	signature INTEGER NOT NULL,
	entry INTEGER NOT NULL,
	commitment BLOB CHECK (length(commitment) = 32),
	opening BLOB,
	wanted INTEGER NOT NULL,
	back INTEGER NOT NULL,
	batch INTEGER NOT NULL,
	back_entry INTEGER NOT NULL
);
-- Those that wait to be taken back: few.
CREATE INDEX leaf_back ON leaf (campaign, id) WHERE back > 0 AND back_entry < 0;

-- Hashes of the tree and bundles of entries, 256 in each but the last of its
-- kind (undersigned-tally(5)).  Entries have level -1.
CREATE TABLE tally_tile (
	id INTEGER PRIMARY KEY,
	campaign INTEGER NOT NULL,
	level INTEGER NOT NULL,
	at INTEGER NOT NULL,
	data BLOB NOT NULL
);
CREATE UNIQUE INDEX tally_tile_at ON tally_tile (campaign, level, at);

-- What was signed, for good; and who has cosigned it.
CREATE TABLE tally_signed (
	campaign INTEGER NOT NULL,
	size INTEGER NOT NULL,
	counted INTEGER NOT NULL,
	root BLOB NOT NULL CHECK (length(root) = 32),
	signature BLOB NOT NULL CHECK (length(signature) = 64),
	at INTEGER NOT NULL,
	PRIMARY KEY (campaign, size)
) WITHOUT ROWID;

CREATE TABLE tally_cosignature (
	campaign INTEGER NOT NULL,
	size INTEGER NOT NULL,
	witness INTEGER NOT NULL,
	at INTEGER NOT NULL,
	key TEXT NOT NULL,
	line TEXT NOT NULL,
	PRIMARY KEY (campaign, size, witness)
) WITHOUT ROWID;

-- The organisations that cosign.  The id goes into the token of their mails.
CREATE TABLE tally_witness (
	id INTEGER PRIMARY KEY,
	campaign INTEGER NOT NULL,
	name TEXT NOT NULL,
	asked_size INTEGER NOT NULL,
	asked_day INTEGER NOT NULL
);
CREATE UNIQUE INDEX tally_witness_name ON tally_witness (campaign, name);

-- The very texts that were signed; public.
CREATE TABLE tally_text (
	id INTEGER PRIMARY KEY,
	campaign INTEGER NOT NULL,
	language TEXT NOT NULL,
	hash BLOB NOT NULL CHECK (length(hash) = 32),
	body BLOB NOT NULL
);
CREATE UNIQUE INDEX tally_text_hash ON tally_text (campaign, hash, language);

-- What was taken back for fraud, batch by batch; public.  Entry is its own one
-- in the log, -1 until it has one; count is how many are taken back for it.
CREATE TABLE tally_batch (
	campaign INTEGER NOT NULL,
	number INTEGER NOT NULL,
	day INTEGER NOT NULL,
	count INTEGER NOT NULL,
	reason TEXT NOT NULL,
	entry INTEGER NOT NULL,
	PRIMARY KEY (campaign, number)
) WITHOUT ROWID;

INSERT INTO sequence (name, value) VALUES ('leaf', 1), ('witness', 1);
