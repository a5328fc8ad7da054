-- SPDX-License-Identifier: ISC
-- Who sent an update by command: a login name on the server.

ALTER TABLE mailing ADD COLUMN started_by TEXT NOT NULL DEFAULT '';
