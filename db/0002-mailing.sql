-- SPDX-License-Identifier: ISC
-- Updates: one mail to everybody who asked for updates.  ("Mailing", for
-- UPDATE is a word of SQL.)

CREATE TABLE mailing (
	id INTEGER PRIMARY KEY,
	campaign INTEGER NOT NULL REFERENCES campaign (id),
	serial BLOB NOT NULL CHECK (length(serial) = 16),
	state INTEGER NOT NULL,
	origin INTEGER NOT NULL,
	segment TEXT NOT NULL,
	author BLOB,
	needed INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	send_at INTEGER NOT NULL,
	started_at INTEGER NOT NULL,
	finished_at INTEGER NOT NULL,
	position INTEGER NOT NULL,
	top INTEGER NOT NULL,
	total INTEGER NOT NULL,
	claimed INTEGER NOT NULL,
	later INTEGER NOT NULL,
	accepted INTEGER NOT NULL,
	failed INTEGER NOT NULL,
	unknown INTEGER NOT NULL,
	gone INTEGER NOT NULL,
	why TEXT NOT NULL
);
CREATE INDEX mailing_state ON mailing (state);
CREATE INDEX mailing_campaign ON mailing (campaign);

-- The words that go out; public once they are sent, so in clear.
CREATE TABLE mailing_text (
	mailing INTEGER NOT NULL REFERENCES mailing (id),
	language TEXT NOT NULL,
	subject TEXT NOT NULL,
	body TEXT NOT NULL,
	PRIMARY KEY (mailing, language)
) WITHOUT ROWID;

-- Who was asked to approve, and who did.  The id goes into the token.
CREATE TABLE approval (
	id INTEGER PRIMARY KEY,
	mailing INTEGER NOT NULL REFERENCES mailing (id),
	approver BLOB NOT NULL CHECK (length(approver) = 16),
	role INTEGER NOT NULL,
	asked_at INTEGER NOT NULL,
	answered_at INTEGER NOT NULL,
	answer INTEGER NOT NULL
);
CREATE UNIQUE INDEX approval_approver ON approval (mailing, approver, role);

-- The ledger.  A person whose turn has not come has no row: mailing.position
-- stands before her.  Claims are in the order of ids, so that writing and
-- settling them stays within the last pages of the table.
CREATE TABLE ledger (
	mailing INTEGER NOT NULL,
	signature INTEGER NOT NULL,
	state INTEGER NOT NULL,
	at INTEGER NOT NULL,
	code INTEGER NOT NULL,
	PRIMARY KEY (mailing, signature)
) WITHOUT ROWID;

-- Those of the ledger who were told to come back later, or whose domain is
-- full for this hour.
CREATE TABLE ledger_later (
	mailing INTEGER NOT NULL,
	signature INTEGER NOT NULL,
	due_at INTEGER NOT NULL,
	since INTEGER NOT NULL,
	attempts INTEGER NOT NULL,
	PRIMARY KEY (mailing, signature)
) WITHOUT ROWID;
CREATE INDEX ledger_later_due ON ledger_later (mailing, due_at);

INSERT INTO sequence (name, value) VALUES ('mailing', 1), ('approval', 1);
