/* SPDX-License-Identifier: ISC
 *
 * What a log of many entries costs: prints figures, asserts nothing.
 *
 *	tally_bench DIR [ENTRIES [HOUR]]
 *
 * Publishes a log of ENTRIES in DIR, then HOUR more entries as one more batch;
 * then proves leaves from the published tiles, each as if it were the first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../unit/sample.h"
#include "seal/keys.h"
#include "tally/audit.h"
#include "tally/folder.h"
#include "tally/publish.h"

#define PROOFS 1000

static double
seconds(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
must(enum status st, const struct reason *why)
{
	if (st == OK)
		return;
	(void)fprintf(stderr, "tally_bench: %s\n", why->text);
	exit(1);
}

/* Seconds. */
static double
publish(struct sample *s, const char *dir)
{
	struct publish p = { .log = &s->log, .get = sample_part, .context = s };
	struct buf note = BUF_INIT;
	struct publish_done done;
	struct checkpoint c;
	struct reason why;
	double from;

	sample_checkpoint(s, &c);
	checkpoint_add_note(&note, &c, &s->log);
	p.checkpoint = note.data;
	from = seconds(CLOCK_MONOTONIC);
	must(publish_folder(dir, &p, &done, &why), &why);
	buf_free(&note);
	return seconds(CLOCK_MONOTONIC) - from;
}

static int
by_length(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* What one in a hundred takes at least, in milliseconds of CPU, so that other
 * programs do not count; *MEDIAN too. */
static double
prove(struct folder *f, uint64_t size, double *median)
{
	static double took[PROOFS];
	struct merkle_proof proof;
	struct tile_reader r;
	struct reason why = { "a proof cannot be made" };
	double from;
	int i;

	for (i = 0; i < PROOFS; i++) {
		from = seconds(CLOCK_PROCESS_CPUTIME_ID);
		folder_nodes(f, size, &r);
		must(merkle_prove_leaf(((uint64_t)i * 2654435761U) % size, size,
		    tile_node, &r, &proof), &why);
		tile_reader_clear(&r);
		took[i] = (seconds(CLOCK_PROCESS_CPUTIME_ID) - from) * 1e3;
	}
	qsort(took, PROOFS, sizeof took[0], by_length);
	*median = took[PROOFS / 2];
	return took[PROOFS * 99 / 100];
}

int
main(int argc, char *argv[])
{
	uint64_t entries = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000000;
	uint64_t hour = argc > 3 ? strtoull(argv[3], NULL, 10) : 5000;
	double whole, batch, p99, median, from;
	struct audit a = { .mark_count = 0 };
	struct folder *f;
	struct sample s;
	struct reason why;

	if (argc < 2)
		return 2;
	seal_init();
	sample_init(&s, 7);
	while (s.front.size < entries)
		sample_sign(&s);
	whole = publish(&s, argv[1]);
	while (s.front.size < entries + hour)
		sample_sign(&s);
	batch = publish(&s, argv[1]);
	must(folder_open(&f, argv[1], &why), &why);
	p99 = prove(f, s.front.size, &median);
	from = seconds(CLOCK_MONOTONIC);
	must(audit_folder(f, &a, &why), &why);
	(void)printf("entries %llu\npublish_all_s %.3f\npublish_hour_s %.3f\n"
	    "proof_p99_ms %.3f\nproof_p50_ms %.3f\naudit_s %.3f\ncounted %llu\n",
	    (unsigned long long)s.front.size, whole, batch, p99, median,
	    seconds(CLOCK_MONOTONIC) - from, (unsigned long long)a.counted);
	folder_close(&f);
	sample_free(&s);
	return 0;
}
