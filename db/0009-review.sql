-- SPDX-License-Identifier: ISC
-- What looks like stuffing, and taking it back in public.

-- Of a mail that asked to sign: what many of its like have in common, as keyed
-- hashes of 8 octets (0: nothing to compare).  One row at the end of the table
-- for each new signature and in no index; read as a whole, and gone after some
-- weeks.
CREATE TABLE trait (
	signature INTEGER PRIMARY KEY,
	campaign INTEGER NOT NULL,
	hour INTEGER NOT NULL,
	disposable INTEGER NOT NULL,
	domain INTEGER NOT NULL,
	mailbox INTEGER NOT NULL,
	network INTEGER NOT NULL,
	words INTEGER NOT NULL
);

-- A batch of signatures that is to be counted no more, or, when it undoes one,
-- to be counted again.  Number is its public one (tally_batch), 0 until then.
CREATE TABLE uncount (
	id INTEGER PRIMARY KEY,
	campaign INTEGER NOT NULL REFERENCES campaign (id),
	state INTEGER NOT NULL,
	undoes INTEGER NOT NULL,
	reason TEXT NOT NULL,
	chosen TEXT NOT NULL,
	proposer BLOB NOT NULL CHECK (length(proposer) = 16),
	needed INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	started_at INTEGER NOT NULL,
	finished_at INTEGER NOT NULL,
	total INTEGER NOT NULL,
	looked INTEGER NOT NULL,
	position INTEGER NOT NULL,
	done INTEGER NOT NULL,
	number INTEGER NOT NULL
);
CREATE INDEX uncount_state ON uncount (state) WHERE state BETWEEN 1 AND 3;

-- Exactly those who were chosen when it was proposed.
CREATE TABLE uncount_member (
	uncount INTEGER NOT NULL,
	signature INTEGER NOT NULL,
	taken INTEGER NOT NULL,
	PRIMARY KEY (uncount, signature)
) WITHOUT ROWID;
CREATE INDEX uncount_member_taken ON uncount_member (signature)
	WHERE taken = 1;

-- Approvals are of more than updates from now on: of which kind, and of which of
-- them.
CREATE TABLE approval_of (
	id INTEGER PRIMARY KEY,
	kind INTEGER NOT NULL,
	subject INTEGER NOT NULL,
	approver BLOB NOT NULL CHECK (length(approver) = 16),
	role INTEGER NOT NULL,
	asked_at INTEGER NOT NULL,
	answered_at INTEGER NOT NULL,
	answer INTEGER NOT NULL
);
INSERT INTO approval_of (id, kind, subject, approver, role, asked_at,
		answered_at, answer)
	SELECT id, 1, mailing, approver, role, asked_at, answered_at, answer
	FROM approval;
DROP TABLE approval;
ALTER TABLE approval_of RENAME TO approval;
CREATE UNIQUE INDEX approval_approver ON approval (kind, subject, approver, role);

INSERT INTO sequence (name, value) VALUES ('uncount', 1);
