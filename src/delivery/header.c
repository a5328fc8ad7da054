/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "delivery/header.h"
#include "delivery/encoding.h"

#define LINE_MAX_WANTED 76
#define WORD_MAX 75             /* an encoded word, RFC 2047 section 2 */
#define WORD_FRAME 12           /* =?UTF-8?B??= */
#define PLAIN_WORD_MAX 200      /* a longer run without blanks is encoded */
#define ADDRESS_MAX 320
#define ID_MAX 900

static bool
is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

static size_t
column(const struct buf *out, size_t start)
{
	const char *newline = memrchr(out->data + start, '\n', out->len - start);

	return newline == NULL ? out->len - start :
	    (size_t)(out->data + out->len - newline - 1);
}

/* ---- encoded words -------------------------------------------------------- */

static bool
is_letter_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9');
}

/* What may stand for itself even in a phrase, RFC 2047 section 5 (3). */
static bool
q_plain(char c)
{
	return is_letter_digit(c) || c == '!' || c == '*' || c == '+' ||
	    c == '-' || c == '/';
}

static size_t
q_width(char c)
{
	return q_plain(c) || c == ' ' ? 1 : 3;
}

static void
q_put(struct buf *out, const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (s[i] == ' ')
			buf_addch(out, '_');
		else if (q_plain(s[i]))
			buf_addch(out, s[i]);
		else
			encoding_octet(out, '=', s[i]);
	}
}

static size_t
character_len(const char *s, size_t len)
{
	size_t n = 1;

	while (n < len && n < 4 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* As many octets of S as fit a word of ROOM octets: whole characters, and up
 * to a blank where there is one near, for readers that join words wrongly. */
static size_t
word_take(const char *s, size_t len, size_t room, bool base64)
{
	size_t taken = 0, width = 0, i;

	while (taken < len) {
		size_t n = character_len(s + taken, len - taken);

		for (i = 0; i < n; i++)
			width += q_width(s[taken + i]);
		if (base64)
			width = (taken + n + 2) / 3 * 4;
		if (width > room - WORD_FRAME)
			break;
		taken += n;
	}
	for (i = taken; taken < len && i > taken / 2; i--)
		if (s[i - 1] == ' ')
			return i;
	return taken;
}

static void
put_encoded(struct buf *out, size_t start, const char *s)
{
	size_t len = strlen(s), q = 0, i;
	bool base64;

	for (i = 0; i < len; i++)
		q += q_width(s[i]);
	base64 = (len + 2) / 3 * 4 < q;
	while (len > 0) {
		size_t used = column(out, start), room = LINE_MAX_WANTED, n;

		room = used < room - WORD_FRAME - 12 ? room - used : 0;
		if (room == 0) {
			buf_addstr(out, "\r\n ");
			room = LINE_MAX_WANTED - 1;
		}
		n = word_take(s, len, room > WORD_MAX ? WORD_MAX : room, base64);
		buf_addstr(out, base64 ? "=?UTF-8?B?" : "=?UTF-8?Q?");
		if (base64)
			encoding_base64(out, s, n);
		else
			q_put(out, s, n);
		buf_addstr(out, "?=");
		s += n;
		len -= n;
		if (len > 0)
			buf_addstr(out, "\r\n ");
	}
}

/* ---- plain text -------------------------------------------------------------- */

/* Fits for the header as it is: printable ASCII without what looks like an
 * encoded word, and with blanks to fold at. */
static bool
is_plain(const char *s)
{
	size_t run = 0;

	if (strstr(s, "=?") != NULL)
		return false;
	for (; *s != '\0'; s++) {
		if (!isascii((unsigned char)*s) || is_control(*s))
			return false;
		run = *s == ' ' ? 0 : run + 1;
		if (run > PLAIN_WORD_MAX)
			return false;
	}
	return true;
}

static void
put_folded(struct buf *out, size_t start, const char *s)
{
	while (*s != '\0') {
		size_t blanks = strspn(s, " "), word = strcspn(s + blanks, " ");

		if (blanks > 0 && word > 0 &&
		    column(out, start) + blanks + word > LINE_MAX_WANTED)
			buf_addstr(out, "\r\n");
		buf_add(out, s, blanks + word);
		s += blanks + word;
	}
}

/* One line without blanks at its ends; control characters become blanks. */
static void
clean(struct buf *out, const char *s)
{
	size_t n;

	while (*s != '\0') {
		for (n = 0; s[n] != '\0' && !is_control(s[n]); n++)
			continue;
		buf_add(out, s, n);
		s += n;
		if (*s == '\0')
			break;
		if (out->len > 0 && out->data[out->len - 1] != ' ')
			buf_addch(out, ' ');
		s++;
	}
	while (out->len > 0 && out->data[out->len - 1] == ' ')
		buf_cut(out, out->len - 1);
	buf_consume(out, strspn(out->data, " "));
}

static void
put_field(struct buf *out, const char *field)
{
	buf_addstr(out, field);
	buf_addstr(out, ": ");
}

void
header_text(struct buf *out, const char *field, const char *text)
{
	struct buf line = BUF_INIT;
	size_t start = out->len;

	clean(&line, text);
	put_field(out, field);
	if (is_plain(line.data))
		put_folded(out, start, line.data);
	else
		put_encoded(out, start, line.data);
	buf_addstr(out, "\r\n");
	buf_wipe(&line);
}

/* ---- addresses ------------------------------------------------------------------ */

static bool
is_atoms(const char *s)
{
	for (; *s != '\0'; s++)
		if (!is_letter_digit(*s) &&
		    strchr(" !#$%&'*+-/=?^_`{|}~", *s) == NULL)
			return false;
	return true;
}

static void
put_phrase(struct buf *out, size_t start, const char *name)
{
	struct buf quoted = BUF_INIT;

	if (!is_plain(name)) {
		put_encoded(out, start, name);
		return;
	}
	if (is_atoms(name)) {
		put_folded(out, start, name);
		return;
	}
	buf_addch(&quoted, '"');
	for (; *name != '\0'; name++) {
		if (*name == '"' || *name == '\\')
			buf_addch(&quoted, '\\');
		buf_addch(&quoted, *name);
	}
	buf_addch(&quoted, '"');
	put_folded(out, start, quoted.data);
	buf_wipe(&quoted);
}

void
header_mailbox(struct buf *out, const char *field, const char *name,
    const char *address)
{
	struct buf line = BUF_INIT;
	size_t start = out->len;

	clean(&line, name == NULL ? "" : name);
	put_field(out, field);
	if (line.len > 0) {
		put_phrase(out, start, line.data);
		buf_addstr(out, column(out, start) + strlen(address) + 3 >
		    LINE_MAX_WANTED ? "\r\n " : " ");
	}
	buf_addch(out, '<');
	buf_addstr(out, address);
	buf_addstr(out, ">\r\n");
	buf_wipe(&line);
}

void
header_token(struct buf *out, const char *field, const char *value)
{
	bool fold = strlen(field) + 2 + strlen(value) > LINE_MAX_WANTED;

	buf_addstr(out, field);
	buf_addstr(out, fold ? ":\r\n " : ": ");
	buf_addstr(out, value);
	buf_addstr(out, "\r\n");
}

/* Outside quotes it would end an address or begin something else. */
static bool
ends_address(char c)
{
	switch (c) {
	case ' ':
	case '<':
	case '>':
	case ',':
	case ';':
	case ':':
	case '(':
	case ')':
	case '\\':
		return true;
	default:
		return false;
	}
}

bool
header_address_ok(const char *s)
{
	bool quoted = false;
	size_t i;

	if (s == NULL || s[0] == '\0' || strlen(s) > ADDRESS_MAX ||
	    strchr(s, '@') == NULL)
		return false;
	for (i = 0; s[i] != '\0'; i++) {
		if (is_control(s[i]))
			return false;
		if (quoted && s[i] == '\\' && s[i + 1] != '\0' &&
		    !is_control(s[i + 1]))
			i++;
		else if (s[i] == '"')
			quoted = !quoted;
		else if (!quoted && ends_address(s[i]))
			return false;
	}
	return !quoted;
}

bool
header_id_ok(const char *s)
{
	size_t len, i;

	len = s == NULL ? 0 : strlen(s);
	if (len < 3 || len > ID_MAX || s[0] != '<' || s[len - 1] != '>')
		return false;
	for (i = 1; i < len - 1; i++)
		if (is_control(s[i]) || s[i] == ' ' || s[i] == '<' ||
		    s[i] == '>')
			return false;
	return true;
}

bool
header_url_ok(const char *s)
{
	size_t i;

	if (strncmp(s, "https://", 8) != 0 && strncmp(s, "http://", 7) != 0)
		return false;
	for (i = 0; s[i] != '\0'; i++)
		if ((unsigned char)s[i] <= 0x20 || (unsigned char)s[i] >= 0x7f ||
		    strchr("<>\"\\,", s[i]) != NULL)
			return false;
	return i <= ID_MAX;
}

void
header_mailto(struct buf *out, const char *address)
{
	buf_addstr(out, "<mailto:");
	for (; *address != '\0'; address++)
		if (is_letter_digit(*address) ||
		    strchr("@.+-_~", *address) != NULL)
			buf_addch(out, *address);
		else
			encoding_octet(out, '%', *address);
	buf_addch(out, '>');
}
