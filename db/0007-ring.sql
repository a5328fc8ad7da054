-- SPDX-License-Identifier: ISC
-- What is still needed of earlier master keys, sealed under the next one.

CREATE TABLE key_ring (
	epoch INTEGER PRIMARY KEY,
	state INTEGER NOT NULL,
	sealed BLOB NOT NULL
);
