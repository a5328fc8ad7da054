/* SPDX-License-Identifier: ISC
 *
 * What delivery tells of updates, when it has been taken over: any number, any
 * bytes, of jobs that it never got.  Only who is in doubt since a short while
 * may change; everybody else stays what she is, and the numbers stay right.
 *
 * An input is a row of steps: a letter that says whom it is about, the length of
 * a record, and the record.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "config/config.h"
#include "daemon/ipc.h"
#include "outbox/mailing.h"
#include "outbox/outbox.h"
#include "seal/keys.h"
#include "store/mailing.h"

#define NOW INT64_C(1795000000)
#define TURN 255

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* One person in each state, and how long ago she got there. */
static const struct {
	enum ledger_state state;
	int64_t ago;
	bool may_change;
} people[] = {
	{ LEDGER_NONE, 0, false },
	{ LEDGER_LATER, 60, false },
	{ LEDGER_ACCEPTED, 60, false },
	{ LEDGER_FAILED, 60, false },
	{ LEDGER_GONE, 60, false },
	{ LEDGER_UNKNOWN, CLOCK_DAY, false },
	{ LEDGER_CLAIMED, 60, false },
	{ LEDGER_UNKNOWN, 60, true },
};
#define PEOPLE (sizeof people / sizeof people[0])

static char dir[64], key_file[96];
static struct store *store;
static struct keys *keys;
static struct config config;
static int64_t mailing, person[PEOPLE];

static void
must(enum status st)
{
	if (st != OK)
		abort();
}

static void
clean_up(void)
{
	static const char *const files[] = { "undersigned.db",
	    "undersigned.db-wal", "undersigned.db-shm", "lock", "key" };
	char path[128];
	size_t i;

	store_close(&store);
	keys_free(&keys);
	for (i = 0; i < sizeof files / sizeof files[0]; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", dir, files[i]);
		(void)unlink(path);
	}
	(void)rmdir(dir);
}

static void
put_in_state(size_t i)
{
	int64_t at = NOW - people[i].ago;

	if (people[i].state == LEDGER_NONE)
		return;
	must(store_ledger_claim(store, mailing, &person[i], 1, person[i], at));
	if (people[i].state == LEDGER_LATER)
		must(store_ledger_later(store, mailing, person[i], NOW + 600,
		    true, at));
	else if (people[i].state != LEDGER_CLAIMED)
		must(store_ledger_settle(store, mailing, person[i],
		    people[i].state, 0, at));
}

static void
set_up(void)
{
	static const struct mailing_text text = { "en", "News", "Hello" };
	struct mailing m = { .state = MAILING_SCHEDULED, .segment = "",
	    .created_at = NOW, .send_at = NOW, .why = "" };
	struct reason why;
	size_t i;

	seal_init();
	(void)snprintf(dir, sizeof dir, "/tmp/outcome_fuzz.XXXXXX");
	if (mkdtemp(dir) == NULL)
		abort();
	(void)snprintf(key_file, sizeof key_file, "%s/key", dir);
	must(keys_create(key_file, &why));
	must(keys_load(&keys, key_file, &why));
	must(store_open(&store, dir, STORE_CREATE, &why));
	must(store_begin(store));
	must(store_campaign_add(store, "parks", &m.campaign));
	for (i = 0; i < PEOPLE; i++) {
		struct signature sig = { .campaign = m.campaign, .country = "",
		    .language = "en", .source = "", .updates = true,
		    .state = SIGNATURE_CONFIRMED };

		memcpy(sig.key, &i, sizeof i);
		must(store_signature_add(store, &sig));
		person[i] = sig.id;
	}
	must(store_mailing_add(store, &m, &text, 1));
	mailing = m.id;
	must(store_mailing_begin(store, mailing, PEOPLE, NOW));
	for (i = 0; i < PEOPLE; i++)
		put_in_state(i);
	m.state = MAILING_PAUSED;       /* else the log tells of each pause */
	must(store_mailing_put(store, &m));
	must(store_commit(store));
	(void)atexit(clean_up);
}

/* The person, or one that nobody knows. */
static int64_t
job_of(uint8_t who)
{
	return who < PEOPLE ? mailing_job_id(mailing, person[who]) :
	    who < 16 ? mailing_job_id(mailing + 1, person[0]) :
	    who < 32 ? mailing_job_id(0, 0) :
	    mailing_job_id(mailing, (int64_t)who << 20);
}

static void
check(void)
{
	enum ledger_state state;
	int64_t at, wrong = 0;
	size_t i;
	int code;

	for (i = 0; i < PEOPLE; i++) {
		must(store_ledger_get(store, mailing, person[i], &state, &code,
		    &at));
		if (state != people[i].state && !people[i].may_change)
			abort();
	}
	must(store_mailing_check(store, mailing, &wrong));
	if (wrong != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct outbox_setup setup;
	struct arena *arena = arena_new();
	struct mailings *m;
	struct outcome outcome;
	size_t i = 0, n;

	if (store == NULL)
		set_up();
	setup = (struct outbox_setup){ store, keys, &config, NULL };
	m = mailings_new(&setup, NULL, NULL);
	must(store_begin(store));
	for (; i + 1 < len; i += 2 + n) {
		n = data[i + 1] < len - i - 2 ? data[i + 1] : len - i - 2;
		if (data[i] == TURN)
			must(mailings_turn(m, arena, 16, NOW));
		if (data[i] == TURN)
			mailings_committed(m);
		else if (ipc_get_outcome(data + i + 2, n, &outcome) == OK)
			mailings_outcome(m, job_of(data[i]), &outcome);
	}
	must(mailings_turn(m, arena, 16, NOW));
	check();
	store_rollback(store);
	mailings_free(&m);
	arena_free(&arena);
	return 0;
}
