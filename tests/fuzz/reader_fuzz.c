/* SPDX-License-Identifier: ISC
 *
 * Any bytes may come as a mail.  A letter comes of them that the keeper takes
 * (letter_unpack is as strict as letter.h), reading it twice gives the same,
 * and what the record of it becomes when it is changed on the way does no harm.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "message/letter.h"
#include "message/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_letter(struct arena *arena, struct letter *l, const uint8_t *data, size_t size)
{
	struct buf record = BUF_INIT, again = BUF_INIT;
	struct letter back;

	l->to.slug = "freedom";
	letter_pack(l, &record);
	if (letter_unpack(&back, arena, record.data, record.len) != OK)
		abort();
	letter_pack(&back, &again);
	if (again.len != record.len || memcmp(again.data, record.data, record.len) != 0)
		abort();
	if (size > 8) {
		record.data[(data[0] | (size_t)data[1] << 8) % record.len] = (char)data[2];
		if (letter_unpack(&back, arena, record.data, data[3] < 128 ?
		    record.len : data[4] % record.len) != OK && back.text != NULL)
			abort();
	}
	buf_free(&record);
	buf_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const languages[] = { "en", "ru", "tg", "nb", NULL };
	static const struct reader_setup setup = {
		.languages = languages, .trusted_authserv = "mx.example.net"
	};
	static struct reader *reader;
	struct arena *arena = arena_new();
	struct reader_more more;
	struct letter l, same;
	const char *mail = (const char *)data;

	if (reader == NULL)
		reader = reader_new(&setup);
	reader_read(reader, arena, mail, size, "ada@example.org", &l);
	reader_read(reader, arena, mail, size, "ada@example.org", &same);
	if (strcmp(l.text, same.text) != 0 || strcmp(l.subject, same.subject) != 0 ||
	    memcmp(l.digest, same.digest, LETTER_DIGEST) != 0 || l.nature != same.nature)
		abort();
	reader_read_more(reader, arena, mail, size, &more);
	check_letter(arena, &l, data, size);
	l.to.purpose = PURPOSE_UPDATES;
	l.to.source = l.to.token = NULL;
	reader_read_post(reader, arena, mail, size, &l);
	check_letter(arena, &l, data, size);
	arena_free(&arena);
	return 0;
}
