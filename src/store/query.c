/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "store/query.h"

#define SIGNATURE_COLUMNS                                                  \
	"id, campaign, key, state, identity, country, language, source, "  \
	"created_day, confirmed_day, number, hidden, updates, unreachable, " \
	"requests, requested_at, answers, asked, answered_day, next_at, " \
	"expires_at, actions, leaf, text, sealed, words"
#define OUTBOX_COLUMNS                                                     \
	"id, campaign, signature, class, kind, language, payload, serial, " \
	"created_at, due_at, attempts, parked"

#define MAILING_COLUMNS                                                    \
	"id, campaign, serial, state, origin, segment, author, needed, "   \
	"created_at, send_at, started_at, finished_at, why, started_by, "  \
	"position, top, total, claimed, later, accepted, failed, unknown, gone"
#define APPROVAL_COLUMNS                                                   \
	"id, kind, subject, approver, role, asked_at, answered_at, answer"

#define UNCOUNT_COLUMNS                                                    \
	"id, campaign, state, undoes, reason, chosen, proposer, needed, "  \
	"created_at, started_at, finished_at, total, looked, position, "   \
	"done, number, because"

#define TALLY_COLUMNS                                                      \
	"campaign, origin, public, seed, size, counted, taken, filled, "   \
	"batch_at, stopped"
#define LEAF_COLUMNS                                                       \
	"id, campaign, signature, entry, commitment, opening, wanted, "    \
	"back, batch, back_entry"

#define REACH_COLUMNS                                                      \
	"signature, campaign, rung, reason, since, due_at, soft_since, "   \
	"mailed_at, last_at, code, hard, soft"

/* OR FAIL: with the default, OR ABORT, SQLite copies every page that a
 * statement with triggers touches, so as to undo half of it.  Here nothing can
 * fail half-way but by a fault that condemns the whole transaction. */
static const char *const text[Q_STATEMENTS] = {
	[Q_BEGIN] = "BEGIN IMMEDIATE",
	[Q_LOOK] = "BEGIN",
	[Q_COMMIT] = "COMMIT",
	[Q_ROLLBACK] = "ROLLBACK",
	[Q_SAVEPOINT] = "SAVEPOINT item",
	[Q_RELEASE] = "RELEASE item",
	[Q_UNDO] = "ROLLBACK TO item",
	[Q_VERSION] = "PRAGMA data_version",

	[Q_SEQUENCE_LOAD] = "SELECT name, value FROM sequence",
	[Q_SEQUENCE_SAVE] = "UPDATE sequence SET value = ?1 WHERE name = ?2",

	[Q_CAMPAIGN_FIND] = "SELECT id, state FROM campaign WHERE slug = ?1",
	[Q_CAMPAIGN_ADD] = "INSERT INTO campaign (slug, state, next_number) "
	    "VALUES (?1, ?2, 1)",
	[Q_CAMPAIGN_STATE] = "UPDATE campaign SET state = ?1 WHERE id = ?2",
	[Q_CAMPAIGN_NUMBER] = "UPDATE campaign SET next_number = next_number + 1 "
	    "WHERE id = ?1 RETURNING next_number - 1",

	[Q_SIGNATURE_FIND] = "SELECT " SIGNATURE_COLUMNS " FROM signature "
	    "WHERE campaign = ?1 AND key = ?2",
	[Q_SIGNATURE_GET] = "SELECT " SIGNATURE_COLUMNS " FROM signature "
	    "WHERE id = ?1",
	[Q_SIGNATURE_ADD] = "INSERT OR FAIL INTO signature ("
	    SIGNATURE_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
	    "?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, "
	    "?23, ?24, ?25, ?26)",
	[Q_SIGNATURE_PUT] = "UPDATE OR FAIL signature SET state = ?1, "
	    "identity = ?2, country = ?3, language = ?4, source = ?5, "
	    "created_day = ?6, confirmed_day = ?7, number = ?8, hidden = ?9, "
	    "updates = ?10, unreachable = ?11, requests = ?12, "
	    "requested_at = ?13, answers = ?14, asked = ?15, "
	    "answered_day = ?16, next_at = ?17, expires_at = ?18, "
	    "actions = ?19, leaf = ?20, text = ?21, sealed = ?22, "
	    "words = ?23 "
	    "WHERE id = ?24",
	[Q_SIGNATURE_DUE] = "SELECT " SIGNATURE_COLUMNS " FROM signature "
	    "WHERE next_at > 0 AND next_at <= ?1 ORDER BY next_at, id LIMIT ?2",
	[Q_SIGNATURE_NEXT] = "SELECT next_at FROM signature WHERE next_at > 0 "
	    "ORDER BY next_at LIMIT 1",
	/* The plus keeps to the order of ids; the index would want a sort. */
	[Q_SIGNATURE_LIST] = "SELECT " SIGNATURE_COLUMNS " FROM signature "
	    "WHERE id > ?1 AND +campaign = ?2 AND (state = ?3 OR ?3 < 0) "
	    "ORDER BY id LIMIT ?4",

	[Q_SEEN_IN_EVEN] = "SELECT 1 FROM seen_even WHERE key = ?1",
	[Q_SEEN_IN_ODD] = "SELECT 1 FROM seen_odd WHERE key = ?1",
	[Q_SEEN_ADD_EVEN] = "INSERT OR FAIL INTO seen_even (key) VALUES (?1)",
	[Q_SEEN_ADD_ODD] = "INSERT OR FAIL INTO seen_odd (key) VALUES (?1)",
	[Q_SEEN_CLEAR_EVEN] = "DELETE FROM seen_even",
	[Q_SEEN_CLEAR_ODD] = "DELETE FROM seen_odd",

	[Q_OUTBOX_ADD] = "INSERT OR FAIL INTO outbox (" OUTBOX_COLUMNS ") "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
	[Q_OUTBOX_DUE] = "SELECT " OUTBOX_COLUMNS " FROM outbox "
	    "WHERE parked = 0 AND class = ?1 AND due_at <= ?2 "
	    "ORDER BY due_at, id LIMIT ?3",
	[Q_OUTBOX_NEXT] = "SELECT due_at FROM outbox "
	    "WHERE parked = 0 AND class = ?1 ORDER BY due_at, id LIMIT 1",
	[Q_OUTBOX_GET] = "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE id = ?1",
	[Q_OUTBOX_DELAY] = "UPDATE OR FAIL outbox SET attempts = ?1, due_at = ?2 "
	    "WHERE id = ?3",
	[Q_OUTBOX_PARK] = "UPDATE OR FAIL outbox SET parked = 1 WHERE id = ?1",
	[Q_OUTBOX_REMOVE] = "DELETE FROM outbox WHERE id = ?1",
	[Q_OUTBOX_REMOVE_OF] = "DELETE FROM outbox WHERE signature = ?1 "
	    "AND (class = ?2 OR ?2 < 0)",
	[Q_OUTBOX_OF] = "SELECT " OUTBOX_COLUMNS " FROM outbox "
	    "WHERE signature = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
	[Q_OUTBOX_PAYLOAD] = "UPDATE OR FAIL outbox SET payload = ?1 "
	    "WHERE id = ?2",
	[Q_OUTBOX_TOTALS] = "SELECT count(*), "
	    "coalesce(sum(attempts = 0 AND due_at > ?1), 0) "
	    "FROM outbox WHERE parked = 0",
	[Q_OUTBOX_PARKED] = "SELECT count(*) FROM outbox WHERE parked = 1",
	/* Ids grow with time, so the oldest is the first. */
	[Q_OUTBOX_OLDEST] = "SELECT created_at FROM outbox "
	    "WHERE +parked = 0 ORDER BY id LIMIT 1",

	/* What was made by a clock that was ahead keeps its distance... */
	[Q_BUDGET_BACK] = "UPDATE budget SET time = CASE "
	    "WHEN time - ?2 > ?1 THEN time - ?2 ELSE ?1 END WHERE time > ?1",
	[Q_OUTBOX_BACK] = "UPDATE outbox SET due_at = due_at - "
	    "(created_at - ?1), created_at = ?1 WHERE created_at > ?1",
	[Q_LEDGER_BACK] = "UPDATE ledger_later SET due_at = due_at - "
	    "(since - ?1), since = ?1 WHERE since > ?1",
	/* ... and what was put off by it comes at ?1 at the latest: those of all
	 * classes but ?2, and of that one those which have been tried. */
	[Q_OUTBOX_CLAMP] = "UPDATE outbox SET due_at = ?1 WHERE due_at > ?1 "
	    "AND (class <> ?2 OR attempts > 0)",
	[Q_LEDGER_CLAMP] = "UPDATE ledger_later SET due_at = ?1 "
	    "WHERE due_at > ?1 AND attempts > 0",

	[Q_BUDGET_GET] = "SELECT time FROM budget WHERE key = ?1",
	[Q_BUDGET_SET] = "INSERT INTO budget (key, time) VALUES (?1, ?2) "
	    "ON CONFLICT (key) DO UPDATE SET time = excluded.time",
	[Q_BUDGET_PURGE] = "DELETE FROM budget WHERE time < ?1",

	[Q_PARKED_ADD] = "INSERT OR FAIL INTO parked (id, received_at, why, "
	    "serial, message) VALUES (?1, ?2, ?3, ?4, ?5)",
	[Q_PARKED_LIST] = "SELECT id, received_at, why, serial, message "
	    "FROM parked ORDER BY id LIMIT ?1",

	[Q_NOTE_GET] = "SELECT value FROM note WHERE name = ?1",
	[Q_NOTE_SET] = "INSERT INTO note (name, value) VALUES (?1, ?2) "
	    "ON CONFLICT (name) DO UPDATE SET value = excluded.value",

	[Q_PAPER_ADD] = "INSERT OR FAIL INTO paper (campaign, batch, key, "
	    "country, day, identity, sealed) "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[Q_PAPER_REMOVE] = "DELETE FROM paper WHERE campaign = ?1 AND key = ?2",
	[Q_PAPER_REMOVE_BATCH] = "DELETE FROM paper WHERE campaign = ?1 "
	    "AND batch = ?2",
	[Q_PAPER_LIST] = "SELECT id, campaign, batch, key, country, day, "
	    "identity, sealed FROM paper WHERE id > ?1 AND +campaign = ?2 "
	    "ORDER BY id LIMIT ?3",
	[Q_PAPER_SEAL] = "UPDATE OR FAIL paper SET identity = NULL, "
	    "sealed = ?1 WHERE id = ?2",
	[Q_PAPER_COUNT] = "SELECT count(*) FROM paper WHERE campaign = ?1",
	[Q_PAPER_COUNTS] = "SELECT batch, country, count(*) FROM paper "
	    "WHERE campaign = ?1 GROUP BY batch, country ORDER BY 1, 3 DESC, 2",

	[Q_PUBLIC_GET] = "SELECT day, total FROM public_view "
	    "WHERE campaign = ?1 AND dimension = ?2",
	[Q_PUBLIC_PUT] = "INSERT OR REPLACE INTO public_view (campaign, "
	    "dimension, day, total) VALUES (?1, ?2, ?3, ?4)",
	[Q_PUBLIC_CELLS] = "SELECT value, n, shown, told FROM public_cell "
	    "WHERE campaign = ?1 AND dimension = ?2 "
	    "ORDER BY n DESC, shown, value",
	[Q_PUBLIC_CELL_ADD] = "INSERT INTO public_cell (campaign, dimension, "
	    "value, n, shown, told) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[Q_PUBLIC_CLEAR] = "DELETE FROM public_cell WHERE campaign = ?1 "
	    "AND dimension = ?2",

	[Q_RING_LIST] = "SELECT epoch, state, sealed FROM key_ring "
	    "ORDER BY epoch DESC LIMIT ?1",
	[Q_RING_LATER] = "SELECT 1 FROM key_ring WHERE epoch > ?1 "
	    "AND state <> ?2 LIMIT 1",
	[Q_RING_PUT] = "INSERT OR REPLACE INTO key_ring (epoch, state, sealed) "
	    "VALUES (?1, ?2, ?3)",
	[Q_RING_FORGET] = "DELETE FROM key_ring WHERE epoch < ?1",
	[Q_RING_REMOVE] = "DELETE FROM key_ring WHERE epoch = ?1",
	[Q_SECRET_IDENTITIES] = "SELECT id, campaign, key, identity "
	    "FROM signature WHERE id > ?1 ORDER BY id LIMIT ?2",
	[Q_SECRET_PAPERS] = "SELECT id, campaign, key, identity FROM paper "
	    "WHERE id > ?1 ORDER BY id LIMIT ?2",
	[Q_SECRET_PAYLOADS] = "SELECT id, campaign, serial, payload FROM outbox "
	    "WHERE id > ?1 ORDER BY id LIMIT ?2",
	[Q_SECRET_MESSAGES] = "SELECT id, 0, serial, message FROM parked "
	    "WHERE id > ?1 ORDER BY id LIMIT ?2",
	[Q_SECRET_LEAVES] = "SELECT id, campaign, signature, opening FROM leaf "
	    "WHERE id > ?1 ORDER BY id LIMIT ?2",
	[Q_SECRET_TALLIES] = "SELECT campaign, campaign, 0, seed FROM tally "
	    "WHERE campaign > ?1 ORDER BY campaign LIMIT ?2",
	[Q_SECRET_LEAF] = "UPDATE OR FAIL leaf SET opening = ?2 WHERE id = ?1",
	[Q_SECRET_TALLY] = "UPDATE OR FAIL tally SET seed = ?2 "
	    "WHERE campaign = ?1",
	[Q_SECRET_LEAF_COUNT] = "SELECT count(*) FROM leaf",
	[Q_SECRET_TALLY_COUNT] = "SELECT count(*) FROM tally",
	[Q_SECRET_IDENTITY] = "UPDATE OR FAIL signature SET identity = ?2 "
	    "WHERE id = ?1",
	[Q_SECRET_PAPER] = "UPDATE OR FAIL paper SET identity = ?2 WHERE id = ?1",
	[Q_SECRET_PAYLOAD] = "UPDATE OR FAIL outbox SET payload = ?2 "
	    "WHERE id = ?1",
	[Q_SECRET_MESSAGE] = "UPDATE OR FAIL parked SET message = ?2 "
	    "WHERE id = ?1",
	[Q_SECRET_IDENTITY_COUNT] = "SELECT count(*) FROM signature",
	[Q_SECRET_PAPER_COUNT] = "SELECT count(*) FROM paper",
	[Q_SECRET_PAYLOAD_COUNT] = "SELECT count(*) FROM outbox",
	[Q_SECRET_MESSAGE_COUNT] = "SELECT count(*) FROM parked",

	[Q_TRAIT_PUT] = "INSERT OR REPLACE INTO trait (signature, campaign, "
	    "hour, disposable, domain, mailbox, network, words) "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[Q_TRAIT_REMOVE] = "DELETE FROM trait WHERE signature = ?1",
	[Q_TRAIT_PURGE] = "DELETE FROM trait WHERE signature IN (SELECT "
	    "signature FROM trait WHERE campaign = ?1 AND hour < ?2 LIMIT ?3)",
	[Q_TRAIT_OLD] = "SELECT count(*) FROM trait WHERE campaign = ?1 "
	    "AND hour < ?2",
	[Q_REVIEW_LIST] = "SELECT s.id, s.state, s.country, s.source, "
	    "s.created_day, s.confirmed_day, s.number, s.unreachable, "
	    "t.signature IS NOT NULL, t.hour, t.disposable, t.domain, "
	    "t.mailbox, t.network, t.words FROM signature AS s LEFT JOIN "
	    "trait AS t ON t.signature = s.id WHERE s.id > ?1 "
	    "AND +s.campaign = ?2 AND s.state NOT IN (0, 6) "
	    "ORDER BY s.id LIMIT ?3",
	[Q_UNCOUNT_ADD] = "INSERT INTO uncount (" UNCOUNT_COLUMNS ") "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
	    "?14, ?15, ?16, ?17)",
	[Q_UNCOUNT_GET] = "SELECT " UNCOUNT_COLUMNS " FROM uncount "
	    "WHERE id = ?1",
	[Q_UNCOUNT_PUT] = "UPDATE OR FAIL uncount SET state = ?1, reason = ?2, "
	    "chosen = ?3, needed = ?4, created_at = ?5, started_at = ?6, "
	    "finished_at = ?7, total = ?8, looked = ?9, position = ?10, "
	    "done = ?11, number = ?12, because = ?13 WHERE id = ?14",
	[Q_UNCOUNT_LIST] = "SELECT " UNCOUNT_COLUMNS " FROM uncount "
	    "WHERE (campaign = ?1 OR ?1 = 0) AND (state = ?2 OR ?2 < 0) "
	    "ORDER BY id",
	[Q_UNCOUNT_OPEN] = "SELECT 1 FROM uncount WHERE state BETWEEN 1 AND 3 "
	    "LIMIT 1",
	[Q_MEMBER_ADD] = "INSERT OR FAIL INTO uncount_member (uncount, "
	    "signature, taken) VALUES (?1, ?2, 0)",
	[Q_MEMBERS] = "SELECT signature FROM uncount_member "
	    "WHERE uncount = ?1 AND signature > ?2 AND taken >= ?3 "
	    "ORDER BY signature LIMIT ?4",
	[Q_MEMBER_COUNT] = "SELECT count(*) FROM uncount_member "
	    "WHERE uncount = ?1 AND taken >= ?2",
	[Q_MEMBER_SET] = "UPDATE OR FAIL uncount_member SET taken = ?1 "
	    "WHERE uncount = ?2 AND signature = ?3",
	[Q_MEMBER_OF] = "SELECT uncount FROM uncount_member "
	    "WHERE signature = ?1 AND taken = 1 ORDER BY uncount DESC LIMIT 1",
	[Q_MEMBERS_REMOVE] = "DELETE FROM uncount_member WHERE uncount = ?1",

	[Q_DATA_KEY_ADD] = "INSERT OR FAIL INTO data_key (number, campaign, "
	    "opening, sealed, day) VALUES (?1, ?2, ?3, ?4, ?5)",
	[Q_DATA_KEY_GET] = "SELECT number, campaign, opening, sealed, day "
	    "FROM data_key WHERE number = ?1",
	[Q_DATA_KEYS] = "SELECT number, campaign, opening, sealed, day "
	    "FROM data_key AS k WHERE campaign = ?1 AND day < ?2 "
	    "AND number > ?3 AND EXISTS (SELECT 1 FROM data_key AS later "
	    "WHERE later.campaign = k.campaign AND later.opening = k.opening "
	    "AND (later.day > k.day OR (later.day = k.day "
	    "AND later.number > k.number))) ORDER BY number LIMIT ?4",
	[Q_DATA_KEY_REMOVE] = "DELETE FROM data_key WHERE number = ?1",
	[Q_OPENINGS] = "SELECT opening, count(*), min(day), max(day) "
	    "FROM data_key WHERE campaign = ?1 GROUP BY opening "
	    "ORDER BY max(day) DESC, opening LIMIT ?2",
	[Q_SEALED_COUNT] = "SELECT count(*) FROM (SELECT 1 FROM signature "
	    "WHERE campaign = ?1 AND (state = ?2 OR ?2 < 0) "
	    "AND sealed IS NOT NULL LIMIT ?3) AS t",
	[Q_PAPER_SEALED_COUNT] = "SELECT count(*) FROM paper "
	    "WHERE campaign = ?1 AND sealed IS NOT NULL",
	[Q_UNSEALED_COUNT] = "SELECT (SELECT count(*) FROM signature "
	    "WHERE campaign = ?1 AND state IN (2, 4) AND sealed IS NULL "
	    "AND identity IS NOT NULL) + (SELECT count(*) FROM paper "
	    "WHERE campaign = ?1 AND identity IS NOT NULL)",

	[Q_REACH_GET] = "SELECT " REACH_COLUMNS " FROM reach "
	    "WHERE signature = ?1",
	[Q_REACH_PUT] = "INSERT OR REPLACE INTO reach (" REACH_COLUMNS ") "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
	[Q_REACH_REMOVE] = "DELETE FROM reach WHERE signature = ?1",
	[Q_REACH_DUE] = "SELECT " REACH_COLUMNS " FROM reach "
	    "WHERE due_at > 0 AND due_at <= ?1 ORDER BY due_at LIMIT ?2",
	[Q_REACH_NEXT] = "SELECT due_at FROM reach WHERE due_at > 0 "
	    "ORDER BY due_at LIMIT 1",
	[Q_REACH_LIST] = "SELECT " REACH_COLUMNS " FROM reach "
	    "WHERE campaign = ?1 AND rung = ?2 AND signature > ?3 "
	    "ORDER BY signature LIMIT ?4",
	[Q_REACH_COUNTS] = "SELECT rung, reason, count(*) FROM reach "
	    "WHERE campaign = ?1 GROUP BY 1, 2",
	[Q_REACH_ACTIVE] = "SELECT count(*) FROM signature "
	    "WHERE campaign = ?1 AND state IN (2, 4) AND updates = 1 "
	    "AND unreachable = 0",

	[Q_HISTORY_ADD] = "INSERT OR FAIL INTO history (signature, n, at, "
	    "what, kind, code) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[Q_HISTORY_LAST] = "SELECT n FROM history WHERE signature = ?1 "
	    "ORDER BY n DESC LIMIT 1",
	[Q_HISTORY_TRIM] = "DELETE FROM history WHERE signature = ?1 "
	    "AND n <= ?2",
	[Q_HISTORY_LIST] = "SELECT at, what, kind, code FROM history "
	    "WHERE signature = ?1 ORDER BY n LIMIT ?2",
	[Q_HISTORY_COUNT] = "SELECT count(*) FROM history "
	    "WHERE signature = ?1 AND what = ?2 AND at >= ?3",
	[Q_HISTORY_REMOVE] = "DELETE FROM history WHERE signature = ?1",
	[Q_OUTBOX_TAKE] = "DELETE FROM outbox WHERE id = ?1 "
	    "RETURNING campaign, signature, kind, created_at",

	[Q_ALARM_GET] = "SELECT campaign, n, due_at, alarmed_at FROM alarm "
	    "WHERE campaign = ?1",
	[Q_ALARM_PUT] = "INSERT OR REPLACE INTO alarm (campaign, n, due_at, "
	    "alarmed_at) VALUES (?1, ?2, ?3, ?4)",
	[Q_ALARM_NEXT] = "SELECT campaign, n, due_at, alarmed_at FROM alarm "
	    "WHERE due_at > 0 ORDER BY due_at LIMIT 1",

	[Q_TALLY_GET] = "SELECT " TALLY_COLUMNS " FROM tally "
	    "WHERE campaign = ?1",
	[Q_TALLY_ADD] = "INSERT INTO tally (" TALLY_COLUMNS ") "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
	[Q_TALLY_PUT] = "UPDATE tally SET size = ?1, counted = ?2, taken = ?3, "
	    "filled = ?4, batch_at = ?5, stopped = ?6 WHERE campaign = ?7",

	[Q_LEAF_ADD] = "INSERT OR FAIL INTO leaf (" LEAF_COLUMNS ") "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
	[Q_LEAF_GET] = "SELECT " LEAF_COLUMNS " FROM leaf WHERE id = ?1",
	[Q_LEAF_PUT] = "UPDATE OR FAIL leaf SET signature = ?1, entry = ?2, "
	    "commitment = ?3, opening = ?4, wanted = ?5, back = ?6, "
	    "batch = ?7, back_entry = ?8 WHERE id = ?9",
	[Q_LEAF_REMOVE] = "DELETE FROM leaf WHERE id = ?1",
	[Q_LEAF_LIST] = "SELECT " LEAF_COLUMNS " FROM leaf "
	    "WHERE id > ?1 AND campaign = ?2 ORDER BY id LIMIT ?3",
	[Q_LEAF_BACKS] = "SELECT " LEAF_COLUMNS " FROM leaf "
	    "WHERE campaign = ?1 AND back > 0 AND back_entry < 0 "
	    "AND entry >= 0 ORDER BY id LIMIT ?2",
	[Q_LEAF_ENTERED] = "UPDATE OR FAIL leaf SET entry = ?1, "
	    "commitment = NULL WHERE id = ?2",
	[Q_LEAF_WAITING] = "SELECT count(*) FROM leaf "
	    "WHERE id > ?1 AND campaign = ?2",
	[Q_LEAF_BACK_COUNT] = "SELECT count(*) FROM leaf "
	    "WHERE campaign = ?1 AND back > 0 AND back_entry < 0",

	[Q_TILE_GET] = "SELECT data FROM tally_tile "
	    "WHERE campaign = ?1 AND level = ?2 AND at = ?3",
	[Q_TILE_ADD] = "INSERT OR FAIL INTO tally_tile (data, campaign, level, "
	    "at) VALUES (?1, ?2, ?3, ?4)",
	[Q_TILE_PUT] = "UPDATE OR FAIL tally_tile SET data = ?1 "
	    "WHERE campaign = ?2 AND level = ?3 AND at = ?4",

	[Q_TILE_CUT] = "DELETE FROM tally_tile "
	    "WHERE campaign = ?1 AND level = ?2 AND at >= ?3",

	[Q_SIGNED_ADD] = "INSERT INTO tally_signed (campaign, size, "
	    "counted, root, signature, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[Q_SIGNED_OF] = "SELECT size, counted, root, signature, at FROM tally_signed "
	    "WHERE campaign = ?1 AND size = ?2",
	[Q_SIGNED_NEWEST] = "SELECT size, counted, root, signature, at "
	    "FROM tally_signed "
	    "WHERE campaign = ?1 ORDER BY size DESC LIMIT 1",
	[Q_SIGNED_CUT] = "DELETE FROM tally_signed "
	    "WHERE campaign = ?1 AND size > ?2",
	[Q_COSIGNATURE_CUT] = "DELETE FROM tally_cosignature "
	    "WHERE campaign = ?1 AND size > ?2",
	[Q_COSIGNATURE_PUT] = "INSERT OR REPLACE INTO tally_cosignature "
	    "(campaign, size, witness, at, key, line) "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[Q_COSIGNATURES] = "SELECT size, witness, at, key, line "
	    "FROM tally_cosignature WHERE campaign = ?1 "
	    "AND (size = ?2 OR ?2 < 0) ORDER BY size, witness",
	[Q_COSIGNED] = "SELECT coalesce(max(size), 0) FROM tally_cosignature "
	    "WHERE campaign = ?1 AND (witness = ?2 OR ?2 = 0)",

	[Q_WITNESS_ADD] = "INSERT INTO tally_witness (id, campaign, name, "
	    "asked_size, asked_day) VALUES (?1, ?2, ?3, 0, 0)",
	[Q_WITNESS_GET] = "SELECT id, campaign, name, asked_size, asked_day "
	    "FROM tally_witness WHERE id = ?1",
	[Q_WITNESS_FIND] = "SELECT id, campaign, name, asked_size, asked_day "
	    "FROM tally_witness WHERE campaign = ?1 AND name = ?2",
	[Q_WITNESS_ASKED] = "UPDATE tally_witness SET asked_size = ?1, "
	    "asked_day = ?2 WHERE id = ?3",

	[Q_TEXT_FIND] = "SELECT id FROM tally_text "
	    "WHERE campaign = ?1 AND hash = ?2 AND language = ?3",
	[Q_TEXT_ADD] = "INSERT INTO tally_text (campaign, language, hash, body) "
	    "VALUES (?1, ?2, ?3, ?4)",
	[Q_TEXT_GET] = "SELECT id, language, hash, NULL FROM tally_text "
	    "WHERE campaign = ?1 AND id = ?2",
	[Q_TEXT_WHOLE] = "SELECT id, language, hash, body FROM tally_text "
	    "WHERE campaign = ?1 AND id = ?2",
	[Q_TEXTS] = "SELECT id, language, hash, NULL FROM tally_text "
	    "WHERE campaign = ?1 ORDER BY id",
	[Q_BATCH_LAST] = "SELECT coalesce(max(number), 0) FROM tally_batch "
	    "WHERE campaign = ?1",
	[Q_BATCH_ADD] = "INSERT INTO tally_batch (campaign, number, day, reason, "
	    "count, entry) VALUES (?1, ?2, ?3, ?4, 0, -1)",
	[Q_BATCH_PUT] = "INSERT OR REPLACE INTO tally_batch (campaign, number, "
	    "day, count, reason, entry) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[Q_BATCH_COUNTED] = "UPDATE tally_batch SET count = count + 1 "
	    "WHERE campaign = ?1 AND number = ?2",
	[Q_BATCH_ENTERED] = "UPDATE tally_batch SET entry = ?1 "
	    "WHERE campaign = ?2 AND number = ?3",
	[Q_BATCHES] = "SELECT number, day, count, reason, entry FROM tally_batch "
	    "WHERE campaign = ?1 ORDER BY number",

	[Q_ENDING_GET] = "SELECT closed_at, delivered_at, told, untraced "
	    "FROM ending WHERE campaign = ?1",
	[Q_ENDING_PUT] = "INSERT OR REPLACE INTO ending (campaign, closed_at, "
	    "delivered_at, told, untraced) VALUES (?1, ?2, ?3, ?4, ?5)",
	[Q_SIGNATURE_REKEY] = "UPDATE OR FAIL signature SET key = ?1 "
	    "WHERE id = ?2",
	[Q_SIGNATURE_REMOVE] = "DELETE FROM signature WHERE id = ?1",
	[Q_PAPER_UNTRACE] = "UPDATE OR FAIL paper SET key = ?1, "
	    "identity = NULL, sealed = NULL WHERE id = ?2",
#define OLD_HISTORY "FROM history WHERE signature > ?1 AND signature <= ?2 "   \
	"AND at < ?3 AND signature IN (SELECT id FROM signature "           \
	"WHERE id > ?1 AND id <= ?2 AND +campaign = ?4)"
	[Q_HISTORY_OLD] = "SELECT count(*) " OLD_HISTORY,
	[Q_HISTORY_PURGE] = "DELETE " OLD_HISTORY,
	[Q_LEDGER_PURGE] = "DELETE FROM ledger WHERE mailing = ?1 "
	    "AND signature IN (SELECT signature FROM ledger "
	    "WHERE mailing = ?1 ORDER BY signature LIMIT ?2)",
	[Q_LATER_PURGE] = "DELETE FROM ledger_later WHERE mailing = ?1",
	[Q_APPROVAL_PURGE] = "DELETE FROM approval WHERE kind = ?1 "
	    "AND subject = ?2",
	[Q_MAILING_EMPTIED] = "UPDATE mailing SET emptied = ?1 WHERE id = ?2",
	[Q_LEDGER_COUNT] = "SELECT count(*) FROM ledger WHERE mailing = ?1",
	[Q_MAILING_OVER] = "SELECT id FROM mailing WHERE campaign = ?1 "
	    "AND id > ?2 AND finished_at < ?3 AND state IN (?4, ?5) "
	    "AND emptied < 2 ORDER BY id LIMIT 1",
	[Q_PARKED_OLD] = "SELECT count(*) FROM parked WHERE received_at < ?1",
	[Q_PARKED_PURGE] = "DELETE FROM parked WHERE received_at < ?1",

	[Q_CONSENT_REPLACE] = "DELETE FROM consent WHERE signature = ?1 "
	    "AND kind = ?2 AND about = ?3 AND day = ?4",
	[Q_CONSENT_ADD] = "INSERT INTO consent (signature, serial, kind, about, "
	    "given, day, text) VALUES (?1, (SELECT coalesce(max(serial), 0) + 1 "
	    "FROM consent WHERE signature = ?1), ?2, ?3, ?4, ?5, ?6)",
	/* The oldest of those after which something else was said of the same. */
	[Q_CONSENT_TRIM] = "DELETE FROM consent WHERE signature = ?1 "
	    "AND serial IN (SELECT serial FROM (SELECT serial, row_number() "
	    "OVER (PARTITION BY kind, about ORDER BY serial DESC) AS nth "
	    "FROM consent WHERE signature = ?1) WHERE nth > 1 ORDER BY serial "
	    "LIMIT max(0, (SELECT count(*) FROM consent WHERE signature = ?1) "
	    "- ?2))",
	[Q_CONSENT_RANGE] = "SELECT signature, kind, about, given, day, text "
	    "FROM consent WHERE signature > ?1 AND signature <= ?2 "
	    "ORDER BY signature, serial",
	[Q_CONSENT_REMOVE] = "DELETE FROM consent WHERE signature = ?1",
	[Q_CONSENT_TEXT_FIND] = "SELECT id FROM consent_text "
	    "WHERE campaign = ?1 AND language = ?2 AND hash = ?3",
	[Q_CONSENT_TEXT_ADD] = "INSERT INTO consent_text (campaign, language, "
	    "hash, day, body) VALUES (?1, ?2, ?3, ?4, ?5)",
	[Q_CONSENT_TEXT_LIST] = "SELECT id, campaign, language, hash, day, body "
	    "FROM consent_text WHERE campaign = ?1 ORDER BY day, id",

#define COUNT(value, table, more)                                          \
	"SELECT " value ", sum(n) FROM " table " WHERE campaign = ?1 "     \
	"AND (state = ?2 OR ?2 < 0) " more
	[Q_COUNT_ALL] = COUNT("''", "cell_day", ""),
	[Q_COUNT_STATE] = COUNT("state", "cell_day", "GROUP BY 1 ORDER BY 1"),
	[Q_COUNT_COUNTRY] = COUNT("country", "cell",
	    "GROUP BY 1 ORDER BY 2 DESC, 1"),
	[Q_COUNT_LANGUAGE] = COUNT("language", "cell",
	    "GROUP BY 1 ORDER BY 2 DESC, 1"),
	[Q_COUNT_SOURCE] = COUNT("source", "cell",
	    "GROUP BY 1 ORDER BY 2 DESC, 1"),
	[Q_COUNT_DAY] = COUNT("day", "cell_day", "GROUP BY 1 ORDER BY 1"),

	[Q_COUNT_WRONG_CELLS] = "SELECT count(*) FROM (SELECT 1 FROM "
	    "(SELECT campaign, state, country, language, source, 1 AS n "
	    "FROM signature UNION ALL "
	    "SELECT campaign, state, country, language, source, -n FROM cell) "
	    "AS t GROUP BY campaign, state, country, language, source "
	    "HAVING sum(n) <> 0) AS u",
	[Q_COUNT_WRONG_DAYS] = "SELECT count(*) FROM (SELECT 1 FROM "
	    "(SELECT campaign, state, CASE WHEN confirmed_day > 0 "
	    "THEN confirmed_day ELSE created_day END AS day, 1 AS n "
	    "FROM signature UNION ALL "
	    "SELECT campaign, state, day, -n FROM cell_day) "
	    "AS t GROUP BY campaign, state, day HAVING sum(n) <> 0) AS u",

	[Q_SIGNATURE_RANGE] = "SELECT " SIGNATURE_COLUMNS " FROM signature "
	    "WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3",

	[Q_MAILING_ADD] = "INSERT INTO mailing (" MAILING_COLUMNS ") VALUES "
	    "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, "
	    "0, 0, 0, 0, 0, 0, 0, 0, 0)",
	[Q_MAILING_GET] = "SELECT " MAILING_COLUMNS " FROM mailing "
	    "WHERE id = ?1",
	[Q_MAILING_PUT] = "UPDATE mailing SET state = ?1, origin = ?2, "
	    "segment = ?3, author = ?4, needed = ?5, created_at = ?6, "
	    "send_at = ?7, started_at = ?8, finished_at = ?9, why = ?10, "
	    "started_by = ?11 WHERE id = ?12",
	[Q_MAILING_BEGIN] = "UPDATE mailing SET state = ?1, started_at = ?2, "
	    "total = ?3, why = '', "
	    "top = (SELECT coalesce(max(id), 0) FROM signature) WHERE id = ?4",
	[Q_MAILING_LIST] = "SELECT " MAILING_COLUMNS " FROM mailing "
	    "WHERE (state = ?1 OR ?1 < 0) AND (campaign = ?2 OR ?2 = 0) "
	    "ORDER BY id",
	/* How many changed their state in the ledger, one number for each. */
	[Q_MAILING_COUNT] = "UPDATE mailing SET claimed = claimed + ?1, "
	    "later = later + ?2, accepted = accepted + ?3, "
	    "failed = failed + ?4, unknown = unknown + ?5, gone = gone + ?6 "
	    "WHERE id = ?7",
	[Q_MAILING_POSITION] = "UPDATE mailing SET position = ?1 "
	    "WHERE id = ?2",
	[Q_MAILING_GO_ON] = "UPDATE mailing SET state = ?1, finished_at = 0 "
	    "WHERE id = ?2 AND state = ?3",
	[Q_MAILING_OPEN] = "SELECT id FROM mailing "
	    "WHERE claimed > 0 OR later > 0",
	[Q_MAILING_TEXT_ADD] = "INSERT INTO mailing_text (mailing, language, "
	    "subject, body) VALUES (?1, ?2, ?3, ?4)",
	[Q_MAILING_TEXTS] = "SELECT language, subject, body FROM mailing_text "
	    "WHERE mailing = ?1 ORDER BY language",

	[Q_LEDGER_CLAIM] = "INSERT OR FAIL INTO ledger (mailing, signature, "
	    "state, at, code) VALUES (?1, ?2, 1, ?3, 0)",
	[Q_LEDGER_GET] = "SELECT state, code, at FROM ledger "
	    "WHERE mailing = ?1 AND signature = ?2",
	[Q_LEDGER_SET] = "UPDATE OR FAIL ledger SET state = ?1, code = ?2, "
	    "at = ?3 WHERE mailing = ?4 AND signature = ?5",
	[Q_LEDGER_SET_CLAIMED] = "UPDATE OR FAIL ledger SET state = ?1, "
	    "code = ?2, at = ?3 WHERE mailing = ?4 AND signature = ?5 "
	    "AND state = 1 AND code = 0",
	/* Latest first: with a limit it need not look at all of them. */
	[Q_LEDGER_CLAIMED] = "SELECT signature FROM ledger "
	    "WHERE mailing = ?1 AND state = 1 AND code = 0 "
	    "ORDER BY signature DESC LIMIT ?2",
	[Q_LEDGER_IN_STATE] = "SELECT signature, code FROM ledger "
	    "WHERE mailing = ?1 AND state = ?2 AND signature > ?3 "
	    "ORDER BY signature LIMIT ?4",
	[Q_LEDGER_WRONG] = "SELECT "
	    "(m.claimed <> coalesce(sum(l.state = 1), 0)) + "
	    "(m.later <> coalesce(sum(l.state = 2), 0)) + "
	    "(m.accepted <> coalesce(sum(l.state = 3), 0)) + "
	    "(m.failed <> coalesce(sum(l.state = 4), 0)) + "
	    "(m.unknown <> coalesce(sum(l.state = 5), 0)) + "
	    "(m.gone <> coalesce(sum(l.state = 6), 0)) + "
	    "(coalesce(sum(l.state = 2 OR l.state = 1 AND l.code <> 0), 0) "
	    "<> (SELECT count(*) FROM ledger_later AS w WHERE w.mailing = ?1)) "
	    "FROM mailing AS m LEFT JOIN ledger AS l ON l.mailing = m.id "
	    "WHERE m.id = ?1 AND m.emptied = 0 GROUP BY m.id",

	[Q_LATER_ADD] = "INSERT INTO ledger_later (mailing, signature, "
	    "due_at, since, attempts) VALUES (?1, ?2, ?3, ?4, ?5) "
	    "ON CONFLICT (mailing, signature) DO UPDATE SET "
	    "due_at = excluded.due_at, attempts = attempts + excluded.attempts",
	[Q_LATER_GET] = "SELECT signature, due_at, since, attempts "
	    "FROM ledger_later WHERE mailing = ?1 AND signature = ?2",
	[Q_LATER_DUE] = "SELECT signature, due_at, since, attempts "
	    "FROM ledger_later WHERE mailing = ?1 AND due_at <= ?2 "
	    "ORDER BY due_at, signature LIMIT ?3",
	[Q_LATER_TAKEN] = "SELECT signature FROM ledger_later "
	    "WHERE mailing = ?1 AND due_at = ?2 LIMIT 1",
	[Q_LATER_TAKE] = "UPDATE ledger_later SET due_at = ?1 "
	    "WHERE mailing = ?2 AND signature = ?3",
	[Q_LATER_NEXT] = "SELECT due_at FROM ledger_later "
	    "WHERE mailing = ?1 ORDER BY due_at LIMIT 1",
	[Q_LATER_REMOVE] = "DELETE FROM ledger_later "
	    "WHERE mailing = ?1 AND signature = ?2",

	[Q_APPROVAL_ADD] = "INSERT INTO approval (" APPROVAL_COLUMNS ") "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[Q_APPROVAL_GET] = "SELECT " APPROVAL_COLUMNS " FROM approval "
	    "WHERE id = ?1",
	[Q_APPROVAL_PUT] = "UPDATE approval SET asked_at = ?1, "
	    "answered_at = ?2, answer = ?3 WHERE id = ?4",
	[Q_APPROVAL_LIST] = "SELECT " APPROVAL_COLUMNS " FROM approval "
	    "WHERE kind = ?1 AND subject = ?2 ORDER BY id",
};

static enum status
status_of(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return OK;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return TEMPFAIL;
	case SQLITE_FULL:
		return FULL;
	case SQLITE_CONSTRAINT:
		return code == SQLITE_CONSTRAINT_UNIQUE ||
		    code == SQLITE_CONSTRAINT_PRIMARYKEY ? EXISTS : INVALID;
	case SQLITE_TOOBIG:
	case SQLITE_RANGE:
	case SQLITE_MISMATCH:
		return INVALID;
	default:
		return STORE_FAILED;
	}
}

enum status
store_fault(struct store *s, int code, const char *what)
{
	enum status st = status_of(code);

	if ((code & 0xff) == SQLITE_NOMEM)
		log_fatalx("out of memory in the store");
	if (st == OK || st == EXISTS)
		return st;
	/* SQLite's texts name tables and columns, never values. */
	log_warnx("store=\"%s\" code=%d at=\"%.40s\" why=\"%s\"",
	    status_text(st), code, what, sqlite3_errmsg(s->db));
	if (s->writing && (st == FULL || st == STORE_FAILED ||
	    sqlite3_get_autocommit(s->db)))
		s->condemned = st;
	return st;
}

static sqlite3_stmt *
prepare(struct store *s, enum statement which)
{
	int code;

	if (s->statement[which] == NULL) {
		code = sqlite3_prepare_v3(s->db, text[which], -1,
		    SQLITE_PREPARE_PERSISTENT, &s->statement[which], NULL);
		if (code != SQLITE_OK)
			s->statement[which] = NULL;
	}
	return s->statement[which];
}

void
query_open(struct query *q, struct store *s, enum statement which)
{
	*q = (struct query){ .store = s, .at = 1, .status = s->condemned };
	if (q->status != OK)
		return;
	q->st = prepare(s, which);
	if (q->st == NULL) {
		q->status = store_fault(s, sqlite3_extended_errcode(s->db),
		    text[which]);
		if (q->status == OK)
			q->status = STORE_FAILED;
	} else if (!s->writing && !sqlite3_stmt_readonly(q->st)) {
		log_warnx("store: a write outside a transaction is refused");
		q->status = INVALID;
	}
}

/* Binding fails only for want of memory or by a mistake of ours. */
static void
bound(struct query *q, int code)
{
	q->at++;
	if (code != SQLITE_OK)
		q->status = store_fault(q->store, code, sqlite3_sql(q->st));
}

void
query_int(struct query *q, int64_t value)
{
	if (q->status == OK)
		bound(q, sqlite3_bind_int64(q->st, q->at, value));
}

/* Values are borrowed: every caller keeps them until query_run or the last
 * query_next is over. */
void
query_text(struct query *q, const char *value)
{
	if (q->status == OK)
		bound(q, sqlite3_bind_text(q->st, q->at,
		    value == NULL ? "" : value, -1, SQLITE_STATIC));
}

void
query_blob(struct query *q, const void *data, size_t len)
{
	if (q->status != OK)
		return;
	if (len == 0)
		bound(q, sqlite3_bind_null(q->st, q->at));
	else
		bound(q, sqlite3_bind_blob64(q->st, q->at, data, len,
		    SQLITE_STATIC));
}

enum status
query_run(struct query *q, int64_t *changed_out)
{
	int code;

	if (changed_out != NULL)
		*changed_out = 0;
	if (q->status != OK)
		return q->status;
	do
		code = sqlite3_step(q->st);
	while (code == SQLITE_ROW);
	if (code != SQLITE_DONE)
		q->status = store_fault(q->store,
		    sqlite3_extended_errcode(q->store->db), sqlite3_sql(q->st));
	else if (changed_out != NULL)
		*changed_out = sqlite3_changes(q->store->db);
	(void)sqlite3_reset(q->st);
	return q->status;
}

enum status
query_run_on_one(struct query *q)
{
	int64_t changed;
	enum status st = query_run(q, &changed);

	return st == OK && changed == 0 ? NOT_FOUND : st;
}

enum status
query_next(struct query *q)
{
	int code;

	if (q->status != OK)
		return q->status;
	code = sqlite3_step(q->st);
	q->at = 0;
	if (code == SQLITE_ROW)
		return OK;
	if (code == SQLITE_DONE)
		return NOT_FOUND;
	q->status = store_fault(q->store,
	    sqlite3_extended_errcode(q->store->db), sqlite3_sql(q->st));
	return q->status;
}

enum status
query_close(struct query *q)
{
	if (q->st != NULL)
		(void)sqlite3_reset(q->st);
	return q->status;
}

int64_t
query_get_int(struct query *q)
{
	return sqlite3_column_int64(q->st, q->at++);
}

const char *
query_get_text(struct query *q, struct arena *arena)
{
	const char *value = (const char *)sqlite3_column_text(q->st, q->at);
	int len = sqlite3_column_bytes(q->st, q->at);

	q->at++;
	return value == NULL ? arena_strdup(arena, "") :
	    arena_strndup(arena, value, (size_t)len);
}

struct blob
query_get_blob(struct query *q, struct arena *arena)
{
	const void *value = sqlite3_column_blob(q->st, q->at);
	int len = sqlite3_column_bytes(q->st, q->at);
	struct blob b = { .data = NULL, .len = 0 };
	void *copy;

	q->at++;
	if (value == NULL || len <= 0)
		return b;
	copy = arena_alloc(arena, (size_t)len);
	memcpy(copy, value, (size_t)len);
	return (struct blob){ .data = copy, .len = (size_t)len };
}

bool
query_get_bytes(struct query *q, void *out, size_t len)
{
	const void *value = sqlite3_column_blob(q->st, q->at);
	int there = sqlite3_column_bytes(q->st, q->at);

	q->at++;
	memset(out, 0, len);
	if (value == NULL || there < 0 || (size_t)there != len)
		return false;
	memcpy(out, value, len);
	return true;
}

void
query_get_hash(struct query *q, unsigned char out[STORE_HASH])
{
	(void)query_get_bytes(q, out, STORE_HASH);
}

void *
query_room(struct arena *arena, void *array, size_t count, size_t size)
{
	void *more;

	if (count != 0 && (count < 8 || (count & (count - 1)) != 0))
		return array;
	more = arena_alloc(arena, (count < 8 ? 8 : count * 2) * size);
	if (count > 0)
		memcpy(more, array, count * size);
	return more;
}
