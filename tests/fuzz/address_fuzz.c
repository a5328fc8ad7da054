/* SPDX-License-Identifier: ISC
 *
 * Any bytes as an address.  One that is taken reads the same when it is
 * written out and read again, has one key, and cannot break a line; the same
 * bytes as a recipient of ours give nothing but what may be in a file name.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "message/address.h"
#include "message/recipient.h"
#include "words/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
need(int good)
{
	if (!good)
		abort();
}

static void
check_address(struct arena *arena, const struct address *one)
{
	struct address again;
	const char *p;

	for (p = one->full; *p != '\0'; p++)
		need((unsigned char)*p >= 0x20 && *p != 0x7f);
	need(strlen(one->full) <= 254);
	need(text_is_utf8(one->full, strlen(one->full)));
	need(one->ascii == text_is_ascii(one->full, strlen(one->full)));
	need(address_parse(&again, arena, one->full, strlen(one->full)) == OK);
	need(strcmp(again.full, one->full) == 0);
	need(strcmp(address_key(arena, &again), address_key(arena, one)) == 0);
	p = address_domain_ascii(arena, one);
	need(p != NULL && p[strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789.-")] == '\0');
}

static void
check_recipient(const struct recipient *r)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";

	need((unsigned)r->purpose < PURPOSE_COUNT_);
	need(r->slug != NULL && (r->purpose == PURPOSE_CHECK ?
	    strcmp(r->slug, CHECK_SLUG) == 0 : slug_is_good(r->slug)));
	need((r->token != NULL) == (purpose_letter(r->purpose) != '\0'));
	need(r->token == NULL || strlen(r->token) == TOKEN_LENGTH);
	need(r->source == NULL || (r->source[strspn(r->source, letters)] == '\0' &&
	    strlen(r->source) <= SOURCE_MAX));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena *arena = arena_new();
	char *text = arena_strndup(arena, (const char *)data, len);
	struct recipient r;
	struct address one;

	if (address_parse(&one, arena, (const char *)data, len) == OK)
		check_address(arena, &one);
	else
		need(one.full == NULL && one.local == NULL);
	if (recipient_parse(&r, arena, text, "example.org", '+') == OK)
		check_recipient(&r);
	if (recipient_find_token(&r, arena, text) == OK)
		need(r.token != NULL && strlen(r.token) == TOKEN_LENGTH &&
		    purpose_letter(r.purpose) != '\0');
	arena_free(&arena);
	return 0;
}
