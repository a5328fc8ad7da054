/* SPDX-License-Identifier: ISC
 *
 * What it costs to read a mail and to pack what was read: prints figures,
 * asserts nothing.
 *
 *	reader_bench TEMPLATES FILE|- [TIMES]
 *
 * FILE is a mail with CRLF line ends; "-" one like those of lmtp_load.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "message/letter.h"
#include "message/reader.h"
#include "seal/keys.h"
#include "words/country.h"
#include "words/vocabulary.h"

#define SIZE 2048
#define LINE 72

static double
cpu(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
must(enum status st, const struct reason *why)
{
	if (st == OK)
		return;
	(void)fprintf(stderr, "reader_bench: %s\n", why->text);
	exit(1);
}

static void
compose(struct buf *out)
{
	static const char line[] = "We, the undersigned, ask that he be "
	    "set free. ";
	size_t i;

	buf_addstr(out, "From: Signer 17 <signer17@example.net>\r\n"
	    "To: manuchehr@petitions.example.org\r\n"
	    "Message-ID: <17.load@example.net>\r\nSubject: I sign\r\n"
	    "Date: Mon, 23 Nov 2026 12:00:00 +0000\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n\r\n");
	for (i = 0; out->len < SIZE - 2; i++) {
		buf_addch(out, line[i % (sizeof line - 1)]);
		if (i % LINE == LINE - 1)
			buf_addstr(out, "\r\n");
	}
	buf_addstr(out, "\r\n");
}

int
main(int argc, char *argv[])
{
	static const char *const languages[] = { "en", "ru", "tg", "nb", NULL };
	struct reader_setup setup = { .languages = languages };
	long times = argc > 3 ? atol(argv[3]) : 20000, i;
	struct vocabulary *vocabulary = NULL;
	struct countries *countries = NULL;
	struct arena *arena = arena_new();
	struct buf mail = BUF_INIT, packed = BUF_INIT;
	struct reason why = { "" };
	struct letter letter;
	struct reader *reader;
	double from;

	if (argc < 3)
		return 2;
	seal_init();
	must(vocabulary_load(&vocabulary, argv[1], languages, &why), &why);
	must(countries_load(&countries, NULL, NULL, languages, &why), &why);
	setup.vocabulary = vocabulary;
	setup.countries = countries;
	reader = reader_new(&setup);
	if (strcmp(argv[2], "-") == 0)
		compose(&mail);
	else
		must(buf_read_file(&mail, argv[2], 1u << 26, &why), &why);
	from = cpu();
	for (i = 0; i < times; i++) {
		reader_read(reader, arena, mail.data, mail.len,
		    "signer17@example.net", &letter);
		buf_clear(&packed);
		letter_pack(&letter, &packed);
		arena_reset(arena);
	}
	(void)printf("octets %zu\nread_us %.2f\npacked_octets %zu\n", mail.len,
	    (cpu() - from) * 1e6 / (double)times, packed.len);
	reader_free(&reader);
	vocabulary_free(&vocabulary);
	countries_free(&countries);
	arena_free(&arena);
	buf_free(&mail);
	buf_free(&packed);
	return 0;
}
