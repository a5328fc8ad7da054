/* SPDX-License-Identifier: ISC
 *
 * What a sign mail costs the store: prints figures, asserts nothing.
 *
 *	[SAVEPOINT=1] [REPLIES=1] store_bench DIR [ROWS [BATCH]]
 *
 * Fills the store with ROWS signatures, and prints cost per mail for each
 * stretch of them, memory, and the time of the counts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "store/store.h"

#define START 1795000000

static uint64_t state = 88172645463325252u;

static uint64_t
next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * 2685821657736338717u;
}

static void
fill(unsigned char *p, size_t len)
{
	uint64_t r;

	for (; len >= 8; p += 8, len -= 8) {
		r = next_random();
		memcpy(p, &r, 8);
	}
}

static double
cpu(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
wall(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static long
memory_kb(const char *field)
{
	FILE *f = fopen("/proc/self/smaps_rollup", "r");
	char line[128];
	long kb = 0;

	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, field, strlen(field)) == 0)
			kb = atol(line + strlen(field));
	if (f != NULL)
		(void)fclose(f);
	return kb;
}

static void
must(enum status st, const char *what)
{
	if (st == OK)
		return;
	(void)fprintf(stderr, "%s: %s\n", what, status_text(st));
	exit(1);
}

static void
one_mail(struct store *s, struct arena *arena, int64_t campaign, int64_t n,
    int savepoint)
{
	static const char *const countries[] = { "TJ", "NO", "US", "DE", "RU" };
	static const char *const languages[] = { "tg", "en", "ru" };
	unsigned char seen[STORE_HASH], identity[169], key[STORE_HASH];
	char country[3] = "AA";
	struct signature sig = { 0 };
	struct outbox_row row = { 0 };
	int64_t now = START + n / 300;

	fill(seen, sizeof seen);
	fill(key, sizeof key);
	fill(identity, sizeof identity);
	if (savepoint)
		must(store_savepoint(s), "savepoint");
	must(store_seen_add(s, seen, now), "seen");
	if (store_signature_find(s, arena, campaign, key, &sig) != NOT_FOUND)
		exit(1);
	sig = (struct signature){ .campaign = campaign,
	    .state = SIGNATURE_PENDING, .country = countries[n % 5],
	    .language = languages[n % 3], .source = n % 7 ? "" : "poster",
	    .created_day = clock_day(now), .requests = 1, .requested_at = now,
	    .next_at = now + 3 * CLOCK_DAY, .expires_at = now + 14 * CLOCK_DAY,
	    .identity = { identity, sizeof identity } };
	if (n % 3 == 0) {
		country[0] = (char)('A' + next_random() % 26);
		country[1] = (char)('A' + next_random() % 10);
		sig.country = country;
	}
	memcpy(sig.key, key, sizeof key);
	must(store_signature_add(s, &sig), "signature");
	row = (struct outbox_row){ .campaign = campaign, .signature = sig.id,
	    .class = OUTBOX_REQUEST, .kind = "request", .language = "tg",
	    .created_at = now, .due_at = now };
	memcpy(row.serial, seen, sizeof seen);
	must(store_outbox_add(s, &row), "outbox");
	if (savepoint)
		must(store_release(s), "release");
	arena_reset(arena);
}

/* What a reply that confirms costs: its request leaves the outbox, the
 * signature changes, a receipt is promised. */
static void
one_reply(struct store *s, struct arena *arena, int64_t id)
{
	unsigned char seen[STORE_HASH];
	struct outbox_row row;
	struct signature sig;

	fill(seen, sizeof seen);
	must(store_seen_add(s, seen, START), "seen");
	must(store_outbox_remove(s, id), "remove");
	must(store_signature_get(s, arena, id, &sig), "get");
	sig.state = SIGNATURE_CONFIRMED;
	sig.confirmed_day = clock_day(START);
	sig.next_at = sig.expires_at = 0;
	must(store_campaign_next_number(s, sig.campaign, &sig.number), "number");
	must(store_signature_put(s, &sig), "put");
	row = (struct outbox_row){ .campaign = sig.campaign, .signature = id,
	    .class = OUTBOX_ANSWER, .kind = "receipt", .language = "tg",
	    .created_at = START, .due_at = START };
	memcpy(row.serial, seen, sizeof seen);
	must(store_outbox_add(s, &row), "outbox");
	arena_reset(arena);
}

static void
show_replies(struct store *s, struct arena *arena, int64_t rows, int batch)
{
	int64_t n = 0;
	double c = cpu();
	int i;

	/* Only in a fresh store are both ids what this counts on. */
	while (n + batch <= rows && n < 20000) {
		must(store_begin(s), "begin");
		for (i = 0; i < batch; i++)
			one_reply(s, arena, ++n);
		must(store_commit(s), "commit");
	}
	if (n > 0)
		(void)printf("a reply that confirms: %.1f us\n",
		    (cpu() - c) * 1e6 / (double)n);
}

static void
count_one(void *arg, const char *value, int64_t n)
{
	int64_t *sum = arg;

	(void)value;
	*sum += n;
}

static void
show_counts(struct store *s, int64_t campaign)
{
	static const char *const name[] = { "nothing", "state", "country",
		"language", "day", "source" };
	int64_t sum;
	double t;
	int by;

	for (by = BY_NOTHING; by <= BY_SOURCE; by++) {
		sum = 0;
		t = wall();
		must(store_counts(s, campaign, (enum dimension)by,
		    SIGNATURE_STATES, count_one, &sum), "counts");
		(void)printf("counts by %-9s %9lld  %.4f s\n", name[by],
		    (long long)sum, wall() - t);
	}
}

int
main(int argc, char *argv[])
{
	int64_t rows = argc > 2 ? atoll(argv[2]) : 100000, n = 0, id, step, last;
	int batch = argc > 3 ? atoi(argv[3]) : 50, i;
	int savepoint = getenv("SAVEPOINT") != NULL;
	struct arena *arena = arena_new();
	struct store *s = NULL;
	struct reason why;
	double c, w;

	if (argc < 2 || batch < 1)
		return 2;
	/* Other keys than the last time, to go on with a filled store. */
	state ^= (uint64_t)getpid() << 20;
	if (store_open(&s, argv[1], STORE_CREATE, &why) != OK) {
		(void)fprintf(stderr, "%s\n", why.text);
		return 1;
	}
	must(store_begin(s), "begin");
	if (store_campaign_add(s, "bench", &id) == STORE_FAILED)
		return 1;
	must(store_commit(s), "commit");
	(void)printf("%10s %10s %10s %8s %8s %8s\n", "rows", "cpu us", "wall us",
	    "rss kB", "pss kB", "heap kB");
	for (step = 10000; n < rows; step = n < 100000 ? 10000 : 100000) {
		c = cpu();
		w = wall();
		last = n;
		while (n < last + step && n < rows) {
			must(store_begin(s), "begin");
			for (i = 0; i < batch; i++)
				one_mail(s, arena, id, n++, savepoint);
			must(store_commit(s), "commit");
		}
		(void)printf("%10lld %10.1f %10.1f %8ld %8ld %8ld\n",
		    (long long)n, (cpu() - c) * 1e6 / (double)(n - last),
		    (wall() - w) * 1e6 / (double)(n - last),
		    memory_kb("Rss:"), memory_kb("Pss:"),
		    memory_kb("Private_Dirty:"));
		(void)fflush(stdout);
	}
	show_counts(s, id);
	if (getenv("REPLIES") != NULL)
		show_replies(s, arena, rows, batch);
	store_close(&s);
	arena_free(&arena);
	return 0;
}
