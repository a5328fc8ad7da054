-- SPDX-License-Identifier: ISC
-- The first schema.  Times are seconds since 1970 UTC, days are days since
-- 1970.  What identifies a person is sealed (identity, payload, message) or a
-- keyed hash (key) before it comes here.

CREATE TABLE campaign (
	id INTEGER PRIMARY KEY,
	slug TEXT NOT NULL UNIQUE,
	state INTEGER NOT NULL,
	next_number INTEGER NOT NULL
);

-- The next id of each kind, and the week of the seen_* tables.  Written once
-- per transaction that used it, so that no id is ever given twice, not even
-- when the highest row is gone.
CREATE TABLE sequence (
	name TEXT NOT NULL PRIMARY KEY,
	value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO sequence (name, value)
	VALUES ('signature', 1), ('outbox', 1), ('parked', 1), ('seen', 0);

CREATE TABLE signature (
	id INTEGER PRIMARY KEY,
	campaign INTEGER NOT NULL REFERENCES campaign (id),
	key BLOB NOT NULL CHECK (length(key) = 16),
	state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 6),
	country TEXT NOT NULL,
	language TEXT NOT NULL,
	source TEXT NOT NULL,
	created_day INTEGER NOT NULL,
	confirmed_day INTEGER NOT NULL,
	number INTEGER NOT NULL,
	hidden INTEGER NOT NULL,
	updates INTEGER NOT NULL,
	unreachable INTEGER NOT NULL,
	requests INTEGER NOT NULL,
	requested_at INTEGER NOT NULL,
	answers INTEGER NOT NULL,
	asked INTEGER NOT NULL,
	answered_day INTEGER NOT NULL,
	next_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	identity BLOB
);
-- The only index whose entries come in random order: each such index costs
-- a page of its own for nearly every new row once the table is large.
CREATE UNIQUE INDEX signature_key ON signature (campaign, key);
CREATE INDEX signature_next ON signature (next_at) WHERE next_at > 0;

-- Counts, kept by the triggers below.  The day stands apart: together they
-- would be as many as there are signatures, and no faster than these.
CREATE TABLE cell (
	campaign INTEGER NOT NULL,
	state INTEGER NOT NULL,
	country TEXT NOT NULL,
	language TEXT NOT NULL,
	source TEXT NOT NULL,
	n INTEGER NOT NULL,
	PRIMARY KEY (campaign, state, country, language, source)
) WITHOUT ROWID;

CREATE TABLE cell_day (
	campaign INTEGER NOT NULL,
	state INTEGER NOT NULL,
	day INTEGER NOT NULL,
	n INTEGER NOT NULL,
	PRIMARY KEY (campaign, state, day)
) WITHOUT ROWID;

CREATE TRIGGER signature_count_insert AFTER INSERT ON signature
BEGIN
	INSERT INTO cell (campaign, state, country, language, source, n)
		VALUES (new.campaign, new.state, new.country, new.language,
			new.source, 1)
		ON CONFLICT (campaign, state, country, language, source)
			DO UPDATE SET n = n + 1;
	INSERT INTO cell_day (campaign, state, day, n)
		VALUES (new.campaign, new.state,
			CASE WHEN new.confirmed_day > 0 THEN new.confirmed_day
				ELSE new.created_day END, 1)
		ON CONFLICT (campaign, state, day) DO UPDATE SET n = n + 1;
END;

-- A cell that falls to nothing goes: a zero would still tell that somebody
-- from there had been here.
CREATE TRIGGER signature_count_delete AFTER DELETE ON signature
BEGIN
	UPDATE cell SET n = n - 1 WHERE campaign = old.campaign
		AND state = old.state AND country = old.country
		AND language = old.language AND source = old.source;
	DELETE FROM cell WHERE campaign = old.campaign
		AND state = old.state AND country = old.country
		AND language = old.language AND source = old.source AND n = 0;
	UPDATE cell_day SET n = n - 1 WHERE campaign = old.campaign
		AND state = old.state
		AND day = CASE WHEN old.confirmed_day > 0
			THEN old.confirmed_day ELSE old.created_day END;
	DELETE FROM cell_day WHERE campaign = old.campaign
		AND state = old.state
		AND day = CASE WHEN old.confirmed_day > 0
			THEN old.confirmed_day ELSE old.created_day END
		AND n = 0;
END;

CREATE TRIGGER signature_count_cell
AFTER UPDATE OF campaign, state, country, language, source ON signature
WHEN old.state <> new.state OR old.country <> new.country
	OR old.language <> new.language OR old.source <> new.source
	OR old.campaign <> new.campaign
BEGIN
	UPDATE cell SET n = n - 1 WHERE campaign = old.campaign
		AND state = old.state AND country = old.country
		AND language = old.language AND source = old.source;
	DELETE FROM cell WHERE campaign = old.campaign
		AND state = old.state AND country = old.country
		AND language = old.language AND source = old.source AND n = 0;
	INSERT INTO cell (campaign, state, country, language, source, n)
		VALUES (new.campaign, new.state, new.country, new.language,
			new.source, 1)
		ON CONFLICT (campaign, state, country, language, source)
			DO UPDATE SET n = n + 1;
END;

CREATE TRIGGER signature_count_day
AFTER UPDATE OF campaign, state, created_day, confirmed_day ON signature
WHEN old.state <> new.state OR old.created_day <> new.created_day
	OR old.confirmed_day <> new.confirmed_day
	OR old.campaign <> new.campaign
BEGIN
	UPDATE cell_day SET n = n - 1 WHERE campaign = old.campaign
		AND state = old.state
		AND day = CASE WHEN old.confirmed_day > 0
			THEN old.confirmed_day ELSE old.created_day END;
	DELETE FROM cell_day WHERE campaign = old.campaign
		AND state = old.state
		AND day = CASE WHEN old.confirmed_day > 0
			THEN old.confirmed_day ELSE old.created_day END
		AND n = 0;
	INSERT INTO cell_day (campaign, state, day, n)
		VALUES (new.campaign, new.state,
			CASE WHEN new.confirmed_day > 0 THEN new.confirmed_day
				ELSE new.created_day END, 1)
		ON CONFLICT (campaign, state, day) DO UPDATE SET n = n + 1;
END;

-- Messages taken in, even and odd weeks apart, so that forgetting a week is
-- emptying a table.  The key is half of the keyed hash: small, for it comes in
-- random order too, and of 10 million messages one in 10^12 is mistaken.
CREATE TABLE seen_even (key INTEGER PRIMARY KEY);
CREATE TABLE seen_odd (key INTEGER PRIMARY KEY);

CREATE TABLE outbox (
	id INTEGER PRIMARY KEY,
	campaign INTEGER NOT NULL,
	signature INTEGER NOT NULL,
	class INTEGER NOT NULL,
	kind TEXT NOT NULL,
	language TEXT NOT NULL,
	serial BLOB NOT NULL CHECK (length(serial) = 16),
	created_at INTEGER NOT NULL,
	due_at INTEGER NOT NULL,
	attempts INTEGER NOT NULL,
	parked INTEGER NOT NULL,
	payload BLOB
);
CREATE INDEX outbox_due ON outbox (class, due_at, id, attempts)
	WHERE parked = 0;
CREATE INDEX outbox_parked ON outbox (id) WHERE parked = 1;
CREATE INDEX outbox_signature ON outbox (signature);

CREATE TABLE budget (
	key BLOB NOT NULL PRIMARY KEY,
	time INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE parked (
	id INTEGER PRIMARY KEY,
	received_at INTEGER NOT NULL,
	why TEXT NOT NULL,
	serial BLOB NOT NULL,
	message BLOB
);

CREATE TABLE note (
	name TEXT NOT NULL PRIMARY KEY,
	value INTEGER NOT NULL
) WITHOUT ROWID;
