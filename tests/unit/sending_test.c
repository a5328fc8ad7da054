/* SPDX-License-Identifier: ISC
 *
 * The engine of updates (outbox/mailing.h) against a delivery role and a relay
 * that are made up here.  Everything that can happen to them happens in an order
 * that a seed decides: commits that fail, roles that die, a relay that defers,
 * refuses, is away or says nothing, staff who pause, people who leave, a clock
 * that jumps.  After each run: everybody was taken once, or is accounted for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/check.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "config/campaign.h"
#include "config/config.h"
#include "daemon/blackbox.h"
#include "message/job.h"
#include "outbox/mailing.h"
#include "outbox/outbox.h"
#include "seal/identity.h"
#include "seal/keys.h"
#include "store/mailing.h"

#define NOW INT64_C(1795430000)
#define PEOPLE 90
#define ROOM 24
#define HAD 512

static char domain_name[] = "petitions.example.org";
static char dir[64];
static struct config config = { .mail_domain = domain_name, .delimiter = '+' };
static struct outbox_setup with;
static struct keys *keys;
static struct campaigns *campaigns;
static int64_t *campaign_ids;
static struct arena *arena;
static struct mailings *m;
static int64_t mailing, now;
static uint32_t dice;
static int refusals;

/* What became of each person, by the number of her signature. */
static struct {
	int taken;              /* by the relay, how often */
	bool left;              /* she withdrew */
	bool in_doubt;          /* there is a reason to call her unknown */
	int64_t doubted_at;     /* since her keeper died */
	bool ended;             /* delivery remembers how its last attempt did */
	struct outcome outcome;
} person[PEOPLE + 1];

/* The delivery role. */
static struct blackbox *box;
static struct had {
	int64_t id;
	enum { QUEUED, BEGUN, ENDED, TOLD } state;
	struct outcome outcome;
} had[HAD];
static size_t had_count;
static bool relay_is_well;

static unsigned
roll(unsigned sides)
{
	dice = dice * 1664525 + 1013904223;
	return (dice >> 16) % sides;
}

/* ---- a store with people ---------------------------------------------------- */

static void
add_person(int64_t campaign, int n)
{
	struct signature sig = { .campaign = campaign, .country = "TJ",
	    .language = "tg", .source = "", .created_day = 20000,
	    .state = SIGNATURE_CONFIRMED, .confirmed_day = 20000,
	    .updates = true, .number = n };
	char address[64];
	struct identity who = { .address = address, .name = address };
	struct buf sealed = BUF_INIT;

	(void)snprintf(address, sizeof address, "person%d@%s", n, n % 3 == 0 ?
	    "slow.example" : "example.net");
	keys_hash(keys, KEY_HASH_ADDRESS, campaign, address, strlen(address),
	    sig.key);
	identity_seal(keys, campaign, sig.key, &who, &sealed);
	sig.identity = (struct blob){ sealed.data, sealed.len };
	assert_int_equal(store_signature_add(with.store, &sig), OK);
	assert_int_equal(sig.id, n);
	buf_free(&sealed);
}

static void
add_mailing(int64_t campaign)
{
	static const struct mailing_text text = { "en", "News", "Hello" };
	struct mailing row = { .campaign = campaign, .segment = "", .why = "",
	    .state = MAILING_SCHEDULED, .created_at = NOW, .send_at = NOW };

	seal_random(row.serial, sizeof row.serial);
	assert_int_equal(store_mailing_add(with.store, &row, &text, 1), OK);
	mailing = row.id;
}

static void
fill(void)
{
	size_t i, count = campaigns_count(campaigns);
	int n;

	assert_int_equal(store_begin(with.store), OK);
	campaign_ids = mem_realloc(NULL, count, sizeof *campaign_ids);
	for (i = 0; i < count; i++)
		assert_int_equal(store_campaign_add(with.store,
		    campaigns_at(campaigns, i)->slug, &campaign_ids[i]), OK);
	for (n = 1; n <= PEOPLE; n++)
		add_person(campaign_ids[0], n);
	add_mailing(campaign_ids[0]);
	assert_int_equal(store_commit(with.store), OK);
}

static enum status
refused(void *arg, struct arena *of, int64_t signature,
    const struct outcome *outcome, int64_t when)
{
	(void)arg;
	(void)of;
	(void)signature;
	(void)outcome;
	(void)when;
	refusals++;
	return OK;
}

static void
new_engine(void)
{
	mailings_free(&m);
	m = mailings_new(&with, refused, NULL);
	mailings_set_campaigns(m, campaigns, campaign_ids);
	assert_int_equal(store_begin(with.store), OK);
	assert_int_equal(mailings_doubt(m, now), OK);
	assert_int_equal(store_commit(with.store), OK);
	assert_int_equal(mailings_refresh(m, now), OK);
}

static int
set_up(void **state)
{
	struct reason why = { "" };
	char path[96];

	(void)state;
	seal_init();
	strcpy(dir, "/tmp/undersigned-sending-XXXXXX");
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof path, "%s/key", dir);
	assert_int_equal(keys_create(path, &why), OK);
	assert_int_equal(keys_load(&keys, path, &why), OK);
	with = (struct outbox_setup){ NULL, keys, &config, NULL };
	assert_int_equal(store_open(&with.store, dir, STORE_CREATE, &why), OK);
	if (campaigns_load(&campaigns, SOURCE_DIR "/contrib/example", 0,
	    &why) != OK)
		fail_msg("%s", why.text);
	arena = arena_new();
	box = blackbox_new();
	memset(person, 0, sizeof person);
	had_count = 0;
	refusals = 0;
	config.limits.updates_per_hour = 0;
	config.limits.updates_per_domain_hour = 0;
	relay_is_well = false;
	now = NOW;
	fill();
	new_engine();
	return 0;
}

static int
tear_down(void **state)
{
	static const char *const files[] = { "key", "undersigned.db",
		"undersigned.db-wal", "undersigned.db-shm",
		"database.made" };
	char path[128];
	size_t i;

	(void)state;
	mailings_free(&m);
	blackbox_close(&box);
	arena_free(&arena);
	campaigns_free(&campaigns);
	free(campaign_ids);
	store_close(&with.store);
	keys_free(&keys);
	for (i = 0; i < sizeof files / sizeof files[0]; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", dir, files[i]);
		(void)unlink(path);
	}
	return rmdir(dir);
}

static struct mailing
get(void)
{
	struct mailing row;

	assert_int_equal(store_mailing_get(with.store, arena, mailing, &row), OK);
	return row;
}

static int64_t
person_of(int64_t job)
{
	int64_t which, signature;

	assert_true(mailing_is_job(job));
	mailing_of_job(job, &which, &signature);
	assert_int_equal(which, mailing);
	assert_in_range(signature, 1, PEOPLE);
	return signature;
}

static enum ledger_state
state_of(int64_t id)
{
	enum ledger_state st;
	int64_t at;
	int code;

	assert_int_equal(store_ledger_get(with.store, mailing, id, &st, &code,
	    &at), OK);
	return st;
}

/* ---- the keeper ------------------------------------------------------------------ */

static void
turn(bool goes_well)
{
	size_t used = mailings_on_way(m) + mailings_waiting(m);

	assert_int_equal(store_begin(with.store), OK);
	assert_int_equal(mailings_turn(m, arena, used < ROOM ? ROOM - used : 0,
	    now), OK);
	if (goes_well) {
		assert_int_equal(store_commit(with.store), OK);
		mailings_committed(m);
	} else {
		store_rollback(with.store);
		mailings_rolled_back(m);
	}
}

static void
hand_out(unsigned most)
{
	const struct mailing_text *texts;
	const char *slug;
	struct job job;
	size_t count;
	int64_t id;

	while (most-- > 0) {
		while (mailings_text(m, &id, &slug, &texts, &count) == OK)
			assert_int_equal(id, mailing);
		if (mailings_next(m, arena, now, blackbox_begun(box), &job) != OK)
			break;
		assert_false(person[person_of(job.id)].left);   /* M5 */
		assert_true(had_count < HAD);
		had[had_count++] = (struct had){ .id = job.id };
		person[person_of(job.id)].ended = false;
	}
	mailings_forget_people(m);
}

static void
hear(struct had *h)
{
	mailings_outcome(m, h->id, &h->outcome);
	if (h->outcome.kind == OUTCOME_IN_DOUBT)
		person[person_of(h->id)].in_doubt = true;
	h->state = TOLD;
}

/* ---- delivery and the relay --------------------------------------------------------- */

static void
begin(struct had *h)
{
	blackbox_begin(box, h->id);
	h->state = BEGUN;
}

static void
end(struct had *h)
{
	static const struct { struct outcome outcome; bool takes; } what[] = {
		{ { OUTCOME_DELIVERED, 250, { 2, 0, 0 } }, true },
		{ { OUTCOME_DEFERRED, 450, { 4, 2, 0 } }, false },
		{ { OUTCOME_DEFERRED, 421, { 4, 7, 0 } }, false },
		{ { OUTCOME_FAILED, 550, { 5, 1, 1 } }, false },
		{ { OUTCOME_IN_DOUBT, 0, { 0 } }, true },
		{ { OUTCOME_IN_DOUBT, 0, { 0 } }, false },
		{ { OUTCOME_RELAY_DOWN, 0, { 0 } }, false },
		{ { OUTCOME_RELAY_DOWN, 421, { 4, 3, 2 } }, false },
	};
	unsigned which = relay_is_well || roll(3) > 0 ? 0 :
	    roll(sizeof what / sizeof what[0]);

	person[person_of(h->id)].taken += what[which].takes;
	h->outcome = what[which].outcome;
	h->state = ENDED;
	person[person_of(h->id)].ended = true;
	person[person_of(h->id)].outcome = h->outcome;
}

/* As many steps forward as MOST, of any of those it has, in order. */
static void
work(unsigned most)
{
	size_t i;

	for (i = 0; i < had_count && most > 0; i++) {
		struct had *h = &had[i];

		if (h->state == TOLD)
			continue;
		most--;
		if (h->state == QUEUED)
			begin(h);
		else if (h->state == BEGUN)
			end(h);
		else
			hear(h);
	}
}

static void
forget_told(void)
{
	size_t i, to = 0;

	for (i = 0; i < had_count; i++)
		if (had[i].state != TOLD)
			had[to++] = had[i];
	had_count = to;
}

/* Its next life knows nothing. */
static void
forget_all(void)
{
	size_t i;

	had_count = 0;
	for (i = 1; i <= PEOPLE; i++)
		person[i].ended = false;
}

static bool
has_begun(void *arg, int64_t job, uint64_t since)
{
	(void)arg;
	return blackbox_has_begun(box, job, since);
}

/* Killed; but the channel may have been closed before, and it went on. */
static void
delivery_dies(void)
{
	size_t i;

	mailings_lost(m, false);
	turn(roll(4) > 0);
	for (i = 0; i < had_count; i++) {
		if (had[i].state == QUEUED && roll(4) == 0)
			begin(&had[i]);
		if (had[i].state == BEGUN && roll(2) == 0)
			end(&had[i]);
		if (had[i].state == BEGUN || had[i].state == ENDED)
			person[person_of(had[i].id)].in_doubt = true;
	}
	forget_all();
	blackbox_clear(box);
	mailings_new_delivery(m, has_begun, NULL);
}

/* In the ledger all that is claimed is in doubt now, and nothing else. */
static void
keeper_dies(void)
{
	int64_t i;

	for (i = 1; i <= PEOPLE; i++)
		if (state_of(i) == LEDGER_CLAIMED) {
			person[i].in_doubt = true;
			person[i].doubted_at = now;
		}
	new_engine();
}

/* Delivery lives on, and so does what it has.  It tells of all it remembers; the
 * keeper may have claimed some of those who were put off again before it hears
 * of that. */
static void
keeper_alone_dies(void)
{
	int64_t i, unknown = 0;
	bool told[PEOPLE + 1];
	size_t j;

	for (i = 1; i <= PEOPLE; i++)
		told[i] = person[i].ended;
	keeper_dies();
	mailings_new_delivery(m, has_begun, NULL);
	for (j = 0; j < had_count; j++)
		if (had[j].state == ENDED)
			had[j].state = TOLD;
	if (roll(2) == 0) {
		turn(true);
		hand_out(roll(ROOM));
	}
	for (i = 1; i <= PEOPLE; i++) {
		if (!told[i])
			continue;
		mailings_told_again(m, mailing_job_id(mailing, i),
		    &person[i].outcome);
		if (person[i].outcome.kind == OUTCOME_IN_DOUBT)
			person[i].in_doubt = true;
	}
	turn(true);
	/* What has been unknown for an hour is not changed by that. */
	for (i = 1; i <= PEOPLE; i++)
		if (person[i].ended && person[i].doubted_at >= now - 3600 &&
		    person[i].outcome.kind == OUTCOME_DELIVERED)
			unknown += state_of(i) == LEDGER_UNKNOWN;
	assert_int_equal(unknown, 0);
}

/* Both end in order, delivery first. */
static void
all_stop(void)
{
	static const struct outcome nobody = { .kind = OUTCOME_RELAY_DOWN };
	int64_t unknown;
	size_t i;

	for (i = 0; i < had_count; i++) {
		if (had[i].state == BEGUN)
			end(&had[i]);
		if (had[i].state == QUEUED)
			had[i].outcome = nobody;
		if (had[i].state != TOLD)
			hear(&had[i]);
	}
	forget_all();
	mailings_lost(m, true);
	mailings_stop(m);
	turn(true);
	assert_int_equal(get().claimed, 0);
	unknown = get().unknown;
	new_engine();
	assert_int_equal(get().unknown, unknown);
}

/* ---- staff, people and time ------------------------------------------------------------ */

static void
set_state(enum mailing_state from, enum mailing_state to)
{
	struct mailing row = get();

	if (row.state != from)
		return;
	row.state = to;
	assert_int_equal(store_begin(with.store), OK);
	assert_int_equal(store_mailing_put(with.store, &row), OK);
	assert_int_equal(store_commit(with.store), OK);
}

static void
somebody_leaves(void)
{
	int64_t id = 1 + (int64_t)roll(PEOPLE);
	struct signature sig;

	assert_int_equal(store_begin(with.store), OK);
	assert_int_equal(store_signature_get(with.store, arena, id, &sig), OK);
	sig.state = SIGNATURE_WITHDRAWN;
	assert_int_equal(store_signature_put(with.store, &sig), OK);
	assert_int_equal(store_commit(with.store), OK);
	person[id].left = true;
}

static void
time_passes(void)
{
	static const int64_t jumps[] = { CLOCK_DAY, -CLOCK_DAY, 7200, -7200 };

	now += roll(12) == 0 ? jumps[roll(4)] : (int64_t)roll(90);
}

/* ---- what must hold ------------------------------------------------------------------------ */

static void
account(void)
{
	enum ledger_state st;
	int64_t i, wrong;

	assert_int_equal(store_mailing_check(with.store, mailing, &wrong), OK);
	assert_int_equal(wrong, 0);
	for (i = 1; i <= PEOPLE; i++) {
		st = state_of(i);
		if (person[i].taken > 1)
			fail_msg("%d got it %d times", (int)i, person[i].taken);
		if (st == LEDGER_ACCEPTED ? person[i].taken != 1 :
		    st == LEDGER_FAILED ? person[i].taken != 0 :
		    st == LEDGER_UNKNOWN ? !person[i].in_doubt :
		    st == LEDGER_GONE || st == LEDGER_NONE ? !person[i].left ||
		    person[i].taken != 0 : true)
			fail_msg("%d: state %d, taken %d, left %d, in doubt %d",
			    (int)i, (int)st, person[i].taken, person[i].left,
			    person[i].in_doubt);
	}
}

static void
come_to_an_end(void)
{
	int i;

	relay_is_well = true;
	set_state(MAILING_PAUSED, MAILING_SENDING);
	for (i = 0; i < 2000 && get().state != MAILING_DONE; i++) {
		assert_int_equal(mailings_refresh(m, now), OK);
		turn(true);
		hand_out(ROOM);
		work(3 * HAD);
		work(3 * HAD);
		work(3 * HAD);
		forget_told();
		turn(true);
		now += 600;
		arena_reset(arena);
	}
	assert_int_equal(get().state, MAILING_DONE);
	assert_int_equal(get().claimed + get().later, 0);
	account();
}

enum deaths { NOBODY_DIES = 0, DELIVERY_DIES = 1, KEEPER_DIES = 2 };

static void
live(unsigned deaths)
{
	switch (roll(24)) {
	case 0:
		if ((deaths & DELIVERY_DIES) != 0)
			delivery_dies();
		break;
	case 1:
		if ((deaths & KEEPER_DIES) != 0)
			keeper_alone_dies();
		break;
	case 2:
		if (deaths == (DELIVERY_DIES | KEEPER_DIES)) {
			keeper_dies();
			forget_all();
		}
		break;
	case 3:
		if (roll(3) == 0)
			all_stop();
		break;
	case 4:
		set_state(MAILING_SENDING, MAILING_PAUSED);
		break;
	case 5:
	case 6:
		set_state(MAILING_PAUSED, MAILING_SENDING);
		break;
	case 7:
		if (roll(4) == 0)
			somebody_leaves();
		break;
	case 8:
	case 9:
		time_passes();
		break;
	case 10:
	case 11:
		assert_int_equal(mailings_refresh(m, now), OK);
		break;
	case 12:
	case 13:
		turn(false);
		break;
	case 14:
	case 15:
	case 16:
		turn(true);
		break;
	case 17:
	case 18:
	case 19:
		hand_out(1 + roll(8));
		break;
	default:
		work(1 + roll(12));
		forget_told();
		break;
	}
	arena_reset(arena);
}

static void
lives(unsigned deaths)
{
	uint32_t seed;
	int i;

	for (seed = 1; seed <= 12; seed++) {
		if (seed > 1) {
			assert_int_equal(tear_down(NULL), 0);
			assert_int_equal(set_up(NULL), 0);
		}
		dice = seed * 7919 + deaths;
		for (i = 0; i < 260; i++)
			live(deaths);
		come_to_an_end();
	}
}

static void
nobody_dies(void **state)
{
	(void)state;
	lives(NOBODY_DIES);
}

static void
deliveries_die(void **state)
{
	(void)state;
	lives(DELIVERY_DIES);
}

static void
keepers_die(void **state)
{
	(void)state;
	lives(KEEPER_DIES);
}

static void
all_die(void **state)
{
	(void)state;
	lives(DELIVERY_DIES | KEEPER_DIES);
}

/* ---- one thing at a time -------------------------------------------------------------------- */

static const struct outcome delivered = { OUTCOME_DELIVERED, 250, { 2, 0, 0 } },
    put_off = { OUTCOME_DEFERRED, 450, { 4, 2, 0 } },
    too_many = { OUTCOME_DEFERRED, 421, { 4, 3, 0 } },
    slower = { OUTCOME_DEFERRED, 451, { 4, 7, 1 } },
    no_such = { OUTCOME_FAILED, 550, { 5, 1, 1 } },
    relay_down = { OUTCOME_RELAY_DOWN, 0, { 0 } },
    unrendered = { OUTCOME_UNRENDERED, 0, { 0 } };

/* So many are handed out. */
static void
start(unsigned count)
{
	int i;

	for (i = 0; i < 4 && had_count == 0; i++) {
		assert_int_equal(mailings_refresh(m, now), OK);
		turn(true);
		hand_out(count);
	}
	assert_int_equal(had_count, count);
}

static void
ends(size_t which, const struct outcome *outcome)
{
	had[which].outcome = *outcome;
	hear(&had[which]);
}

/* Others have it meanwhile; where it is in had[]. */
static size_t
hand_out_until(int64_t job)
{
	size_t at = HAD, i;
	int tries;

	for (tries = 0; tries < 20 && at == HAD; tries++) {
		turn(true);
		had_count = 0;
		hand_out(ROOM);
		for (i = 0; i < had_count; i++)
			if (had[i].id == job)
				at = i;
			else
				ends(i, &delivered);
	}
	assert_true(at < HAD);
	return at;
}

/* Staff pause it from another process: no more is handed out after the next
 * turn, of what is claimed already neither. */
static void
paused_at_once(void **state)
{
	(void)state;
	start(3);
	assert_true(mailings_waiting(m) > 0);
	set_state(MAILING_SENDING, MAILING_PAUSED);
	turn(true);
	hand_out(ROOM);
	assert_int_equal(had_count, 3);
	turn(true);
	assert_int_equal(get().claimed, 3);
	set_state(MAILING_PAUSED, MAILING_SENDING);
	come_to_an_end();
}

static void
what_ends_after_the_keeper_is_known(void **state)
{
	size_t i;

	(void)state;
	start(9);
	keeper_dies();
	assert_true(get().unknown >= 9);
	for (i = 0; i < 9; i++)
		ends(i, i == 3 ? &no_such : i == 4 ? &relay_down : &delivered);
	turn(true);
	assert_int_equal(get().accepted, 7);
	assert_int_equal(get().failed, 1);
	assert_int_equal(refusals, 1);
	assert_int_equal(state_of(person_of(had[3].id)), LEDGER_FAILED);
	assert_int_not_equal(state_of(person_of(had[4].id)), LEDGER_UNKNOWN);
}

static void
told_again(void **state)
{
	struct later_row row;
	int64_t one, two;
	size_t at;

	(void)state;
	start(2);
	one = had[0].id;
	two = had[1].id;
	ends(0, &put_off);
	turn(true);
	assert_int_equal(state_of(person_of(one)), LEDGER_LATER);
	keeper_dies();
	assert_int_equal(state_of(person_of(two)), LEDGER_UNKNOWN);
	/* It is no second attempt that was put off. */
	mailings_told_again(m, one, &put_off);
	mailings_told_again(m, two, &delivered);
	turn(true);
	assert_int_equal(store_ledger_later_get(with.store, mailing,
	    person_of(one), &row), OK);
	assert_int_equal(row.attempts, 1);
	assert_int_equal(state_of(person_of(two)), LEDGER_ACCEPTED);
	/* Nor the end of the attempt that is on its way now. */
	now += 60;
	at = hand_out_until(one);
	mailings_told_again(m, one, &put_off);
	turn(true);
	assert_int_equal(state_of(person_of(one)), LEDGER_CLAIMED);
	ends(at, &delivered);
	turn(true);
	assert_int_equal(state_of(person_of(one)), LEDGER_ACCEPTED);
}

/* A mail that is put off is given up after five days, and counts as refused. */
static void
given_up(void **state)
{
	int64_t who, job, began = now, due;
	int tries = 1;

	(void)state;
	start(1);
	job = had[0].id;
	who = person_of(job);
	ends(0, &put_off);
	turn(true);
	while (state_of(who) == LEDGER_LATER && tries < 100) {
		assert_int_equal(store_ledger_next(with.store, mailing, &due), OK);
		assert_true(due > now);
		now = due;
		ends(hand_out_until(job), &put_off);
		turn(true);
		tries++;
	}
	assert_int_equal(state_of(who), LEDGER_FAILED);
	assert_int_equal(refusals, 1);
	assert_in_range(tries, 5, 30);
	assert_in_range(now - began, 3 * CLOCK_DAY, 5 * CLOCK_DAY);
}

static void
one_that_cannot_be_made_pauses_all(void **state)
{
	(void)state;
	start(2);
	ends(0, &unrendered);
	turn(true);
	assert_int_equal(get().state, MAILING_PAUSED);
	assert_int_equal(state_of(person_of(had[0].id)), LEDGER_LATER);
	assert_true(get().why[0] != '\0');
}

/* The number of those at the domain who are put off because of one reply. */
static int
put_off_by(const struct outcome *reply)
{
	int round, i, n = 0;
	size_t j;

	start(6);               /* each third is there */
	assert_int_equal(person_of(had[2].id) % 3, 0);
	ends(2, reply);
	for (round = 0; round < 9; round++) {
		for (j = 0; j < had_count; j++)
			if (had[j].state != TOLD)
				ends(j, &delivered);
		had_count = 0;
		turn(true);
		hand_out(ROOM);
	}
	for (i = 1; i <= PEOPLE; i++)
		n += state_of(i) == LEDGER_LATER && i % 3 == 0;
	return n;
}

static void
a_domain_rests(void **state)
{
	(void)state;
	assert_true(put_off_by(&slower) > 1);
}

static void
a_domain_rests_by_reply(void **state)
{
	(void)state;
	assert_true(put_off_by(&too_many) > 1);
}

static void
a_domain_does_not_rest(void **state)
{
	(void)state;
	assert_int_equal(put_off_by(&put_off), 1);
}

/* All that may go now are taken by the relay; how many. */
static int
go(void)
{
	int n = 0, round;
	size_t i;

	for (round = 0; round < 9; round++) {
		assert_int_equal(mailings_refresh(m, now), OK);
		turn(true);
		hand_out(ROOM);
		n += (int)had_count;
		for (i = 0; i < had_count; i++)
			ends(i, &delivered);
		had_count = 0;
	}
	return n;
}

/* What was rolled back takes nothing from the hour's number; what was not, does,
 * through a restart too. */
static void
all_are_paced(void **state)
{
	(void)state;
	config.limits.updates_per_hour = 600;
	new_engine();
	turn(true);             /* counts, and begins */
	turn(false);
	assert_int_equal(go(), 10);
	assert_int_equal(go(), 0);
	new_engine();
	assert_int_equal(go(), 0);
	now += 30;
	assert_int_equal(go(), 5);
}

/* Two domains, ten at once and ten a minute each; 30 and 60 people.  Who waited
 * for her time does not wait for another. */
static void
each_domain_is_paced(void **state)
{
	static const int want[] = { 20, 20, 20, 10, 10, 10, 0 };
	size_t i;

	(void)state;
	config.limits.updates_per_domain_hour = 600;
	new_engine();
	turn(true);
	turn(false);
	for (i = 0; i < sizeof want / sizeof want[0]; i++) {
		assert_int_equal(go(), want[i]);
		now += 60;
		if (i == 1)
			new_engine();
	}
	assert_int_equal(get().state, MAILING_DONE);
}

/* M7 */
static void
one_message_id(void **state)
{
	struct job job;
	char *first;

	(void)state;
	assert_int_equal(mailings_refresh(m, now), OK);
	turn(true);
	turn(true);
	assert_int_equal(mailings_next(m, arena, now, 0, &job), OK);
	first = mem_strdup(job.message_id);
	mailings_outcome(m, job.id, &relay_down);
	now += 3 * CLOCK_DAY;
	assert_int_equal(mailings_next(m, arena, now, 0, &job), OK);
	assert_string_equal(job.message_id, first);
	assert_int_equal(mailings_next(m, arena, now, 0, &job), OK);
	assert_string_not_equal(job.message_id, first);
	free(first);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nobody_dies),
		TEST(deliveries_die),
		TEST(keepers_die),
		TEST(all_die),
		TEST(paused_at_once),
		TEST(what_ends_after_the_keeper_is_known),
		TEST(told_again),
		TEST(given_up),
		TEST(one_that_cannot_be_made_pauses_all),
		TEST(a_domain_rests),
		TEST(a_domain_rests_by_reply),
		TEST(a_domain_does_not_rest),
		TEST(all_are_paced),
		TEST(each_domain_is_paced),
		TEST(one_message_id),
	};

	alarm(600);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
