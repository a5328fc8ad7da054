/* SPDX-License-Identifier: ISC */
#include <gmime/gmime.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "message/charset.h"
#include "message/encoded.h"
#include "message/fields.h"
#include "message/mailbox.h"
#include "words/text.h"

#define NAME_MAX_CHARACTERS 200

struct list {
	struct arena *arena;
	struct charsets *charsets;
	const char *hint;
	struct mailbox *out;
	size_t count, max;
};

static const char *
clean_name(struct list *l, const char *name)
{
	struct buf decoded = BUF_INIT;
	char *line;

	if (name == NULL || *name == '\0')
		return NULL;
	/* "=?...?=" within quotes, which is wrong and common */
	encoded_decode(l->charsets, l->hint, name, strlen(name), &decoded);
	line = text_line(l->arena, decoded.data, decoded.len, NAME_MAX_CHARACTERS);
	buf_free(&decoded);
	/* an address is no name: some programs put it there when they have none */
	if (*line == '\0' || (strchr(line, '@') != NULL && strchr(line, ' ') == NULL))
		return NULL;
	return line;
}

static void
collect(struct list *l, InternetAddressList *from)
{
	int i, n = internet_address_list_length(from);

	for (i = 0; i < n && l->count < l->max; i++) {
		InternetAddress *a = internet_address_list_get_address(from, i);

		if (INTERNET_ADDRESS_IS_GROUP(a)) {
			collect(l, internet_address_group_get_members((InternetAddressGroup *)a));
		} else if (INTERNET_ADDRESS_IS_MAILBOX(a)) {
			const char *addr = internet_address_mailbox_get_addr(
			    (InternetAddressMailbox *)a);

			if (addr == NULL || *addr == '\0')
				continue;
			l->out[l->count].address = arena_strdup(l->arena, addr);
			l->out[l->count].name = clean_name(l, internet_address_get_name(a));
			l->count++;
		}
	}
}

static void
cut_groups(char *text)
{
	size_t colons = 0;

	for (; *text != '\0'; text++)
		if (*text == ':' && ++colons > MAILBOX_COLONS)
			*text = '\0', text--;
}

size_t
mailbox_read(struct arena *arena, struct charsets *charsets, const char *hint,
    const struct header_field *field, struct mailbox *out, size_t max)
{
	struct list l = { .arena = arena, .charsets = charsets, .hint = hint,
	    .out = out, .max = max };
	char *text = field_text(arena, field, FIELD_BYTES);
	struct buf unified = BUF_INIT;
	InternetAddressList *list;

	cut_groups(text);
	if (!text_is_ascii(text, strlen(text)) || strstr(text, "=?") != NULL) {
		encoded_unify(charsets, hint, text, strlen(text), &unified);
		text = unified.data;
	}
	list = internet_address_list_parse(NULL, text);
	if (list != NULL) {
		collect(&l, list);
		g_object_unref(list);
	}
	buf_free(&unified);
	return l.count;
}
