/* SPDX-License-Identifier: ISC
 *
 * Every mail of the example campaign in every language it speaks, hostile
 * values, wrong templates.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/check.h"

#include "base/arena.h"
#include "base/buf.h"
#include "config/campaign.h"
#include "delivery/render.h"
#include "template/library.h"
#include "template/vars.h"
#include "message/job.h"
#include "seal/sha256.h"
#include "words/country.h"
#include "words/vocabulary.h"

#define TOKEN "abcdefghijklmnopqrstuvwxyz234567abcde"
#define DOMAIN "petitions.example.org"

static struct campaigns *campaigns;
static struct countries *countries;
static struct renderer *renderer;

/* ---- taking a mail apart --------------------------------------------------- */

static int
digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)(at - digits);
}

static void
decode_base64(struct buf *out, const char *s, size_t len)
{
	unsigned v = 0, bits = 0;

	for (; len > 0; s++, len--) {
		if (digit(*s) < 0)
			continue;
		v = v << 6 | (unsigned)digit(*s);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			buf_addch(out, (char)(v >> bits & 255));
		}
	}
}

static void
decode_quoted(struct buf *out, const char *s, size_t len, char blank)
{
	char hex[3] = "";

	for (; len > 0; s++, len--) {
		if (*s != '=') {
			buf_addch(out, *s == blank ? ' ' : *s);
			continue;
		}
		memcpy(hex, s + 1, 2);
		if (s[1] != '\r')
			buf_addch(out, (char)strtoul(hex, NULL, 16));
		s += 2;
		len -= 2;
	}
}

/* The value of a header field, unfolded and decoded; "" when there is none. */
static char *
field(struct arena *arena, const char *mail, const char *name)
{
	char *start = arena_printf(arena, "\r\n%s:", name), *hit, *end, *word;
	const char *all = arena_printf(arena, "\r\n%.*s\r\n",
	    (int)(strstr(mail, "\r\n\r\n") - mail), mail);
	struct buf value = BUF_INIT;
	char *out;

	hit = strcasestr(all, start);
	if (hit == NULL)
		return arena_strdup(arena, "");
	hit += strlen(start);
	hit += strspn(hit, " \r\n");
	while (*hit != '\0' && (*hit != '\r' || hit[2] == ' ')) {
		word = strncmp(hit, "=?UTF-8?", 8) == 0 ? hit + 8 : NULL;
		if (*hit == '\r') {
			hit += 2;
		} else if (word != NULL && (end = strstr(word + 2, "?=")) != NULL) {
			if (*word == 'B')
				decode_base64(&value, word + 2,
				    (size_t)(end - word - 2));
			else
				decode_quoted(&value, word + 2,
				    (size_t)(end - word - 2), '_');
			hit = end + 2;
			if (strncmp(hit, "\r\n =?", 5) == 0)
				hit += 3;       /* between two encoded words */
		} else {
			buf_addch(&value, *hit++);
		}
	}
	out = arena_strndup(arena, value.data, value.len);
	buf_free(&value);
	return out;
}

static size_t
count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strcasestr(text, what)) != NULL; text++)
		n++;
	return n;
}

/* A part's text, LF line ends. */
static char *
part(struct arena *arena, const char *mail, const char *type)
{
	const char *head = strstr(mail, type), *body, *end;
	struct buf text = BUF_INIT;
	size_t i, to = 0;
	char *out;

	assert_non_null(head);
	body = strstr(head, "\r\n\r\n") + 4;
	end = strstr(body, "\r\n--=_");
	assert_non_null(end);
	if (strncmp(strstr(head, "Encoding: ") + 10, "base64", 6) == 0)
		decode_base64(&text, body, (size_t)(end - body));
	else if (strncmp(strstr(head, "Encoding: ") + 10, "7bit", 4) == 0)
		buf_add(&text, body, (size_t)(end - body));
	else
		decode_quoted(&text, body, (size_t)(end - body), ' ');
	out = arena_strndup(arena, text.data, text.len);
	for (i = 0; i < text.len; i++)
		if (out[i] != '\r')
			out[to++] = out[i];
	out[to] = '\0';
	buf_free(&text);
	return out;
}

static char *
plain(struct arena *arena, const char *mail)
{
	return part(arena, mail, "Content-Type: text/plain");
}

static char *
html(struct arena *arena, const char *mail)
{
	return part(arena, mail, "Content-Type: text/html");
}

/* ---- jobs --------------------------------------------------------------------- */

static struct job
job(const char *kind, const char *language)
{
	struct job j = { .id = 7, .campaign = "manuchehr", .template_name = kind,
		.language = language, .to = "ada@example.net", .to_name = "Ada",
		.reverse_path = "manuchehr+b-" TOKEN "@" DOMAIN,
		.from = "manuchehr@" DOMAIN,
		.reply_to = "manuchehr+r-" TOKEN "@" DOMAIN,
		.message_id = "<0123.manuchehr+r-" TOKEN "@" DOMAIN ">",
		.in_reply_to = "<1@example.net>",
		.unsubscribe = "manuchehr+u-" TOKEN "@" DOMAIN,
		.date = 1795464000, .auto_replied = true };

	job_set(&j, "name", "Ada");
	job_set(&j, "country", "NO");
	job_set(&j, "city", "Oslo");
	job_set(&j, "comment", "Let him go");
	job_set(&j, "number", "17");
	job_set(&j, "date", "2026-11-23");
	job_set(&j, "expires", "2026-12-07");
	job_set(&j, "days", "14");
	job_set(&j, "shown", "1");
	job_set(&j, "no_updates", "1");
	job_set(&j, "state_confirmed", "1");
	return j;
}

/* Mails that say one of several things, or nothing. */
static const struct { const char *kind, *flag; } flags[] = {
	{ "question", "verb_forget" }, { "update-preview", "approve" },
	{ "update-notice", "again" }, { "update-sent", "finished" },
	{ "alarm", "held" }, { "alarm", "held_letters" }, { "forward", "text" }, { "digest", "count" },
	{ "progress", "count" }, { "ended", "count" }, { "ended", "names_until" },
	{ "ended", "addresses_until" }, { "ended", "traces_until" },
	{ "progress", "count" }, { "alarm", "tally_stopped" },
	{ "alarm", "tally_unknown" }, { "uncount", "unreachable" },
	{ "uncount-notice", "duplicate" },
};

static void
set_flag(struct job *j)
{
	size_t i;

	for (i = 0; i < sizeof flags / sizeof flags[0]; i++)
		if (strcmp(flags[i].kind, j->template_name) == 0)
			job_set(j, flags[i].flag, "1");
}

static char *
render(struct arena *arena, const struct job *j)
{
	struct buf out = BUF_INIT;
	struct reason why = { "" };
	char *mail;

	buf_addstr(&out, "");
	if (render_job(renderer, j, &out, &why) != OK)
		fail_msg("%s %s: %s", j->template_name, j->language, why.text);
	mail = arena_strndup(arena, out.data, out.len);
	assert_int_equal(strlen(mail), out.len);
	buf_free(&out);
	return mail;
}

static void
has(const char *text, const char *what)
{
	if (strstr(text, what) == NULL)
		fail_msg("no \"%s\" in:\n%s", what, text);
}

static void
has_not(const char *text, const char *what)
{
	if (strcasestr(text, what) != NULL)
		fail_msg("\"%s\" is in:\n%s", what, text);
}

/* ---- what holds for every mail ---------------------------------------------------- */

static void
check_lines(const char *mail)
{
	const char *body = strstr(mail, "\r\n\r\n"), *s = mail;

	while (*s != '\0') {
		size_t n = strcspn(s, "\r\n");

		assert_int_equal(s[n], '\r');
		assert_int_equal(s[n + 1], '\n');
		assert_true(n <= (s > body ? 76 : 200));
		s += n + 2;
	}
}

static void
check_header(struct arena *arena, const char *mail)
{
	static const char *const once[] = { "From", "To", "Subject", "Date",
	    "Message-ID", "MIME-Version", "Content-Type", "Reply-To",
	    "Auto-Submitted", "Content-Language", "In-Reply-To", "References",
	    "List-Unsubscribe", "X-Auto-Response-Suppress" };
	const char *head = arena_printf(arena, "\r\n%.*s\r\n",
	    (int)(strstr(mail, "\r\n\r\n") - mail), mail);
	size_t i;

	for (i = 0; i < sizeof once / sizeof once[0]; i++)
		if (count(head, arena_printf(arena, "\r\n%s:", once[i])) != 1)
			fail_msg("not one %s in:\n%s", once[i], head);
	for (i = 0; head[i] != '\0'; i++)
		assert_true((unsigned char)head[i] < 0x80);
}

/* tests/system/135-standards.t has others look at all that is rendered here. */
static void
give_out(const char *mail, const char *kind, const char *language,
    const char *how)
{
	const char *folder = getenv("UNDERSIGNED_MAILS");
	char *path;
	FILE *f;

	if (folder == NULL)
		return;
	path = mem_printf("%s/%s.%s.%s", folder, kind, language, how);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(mail, f) >= 0);
	assert_int_equal(fclose(f), 0);
	free(path);
}

/* Text that a person reads: nothing of the machinery is left in it. */
static void
check_text(const char *text)
{
	static const char *const never[] = { "{{", "}}", "\n\n\n", "undersignedpet",
	    "<!--", "()", ": \n", " \n", "<>", " ,", "  " };
	size_t i;

	for (i = 0; i < sizeof never / sizeof never[0]; i++)
		has_not(text, never[i]);
	assert_true(strlen(text) > 40);
	assert_int_not_equal(text[0], '\n');
}

static void
check_html(const char *text, const char *language)
{
	char *lang = mem_printf("<html lang=\"%s\" dir=\"ltr\">", language);

	has(text, "<!DOCTYPE html>\n");
	has(text, lang);
	has(text, "</html>\n");
	has_not(text, "<img");
	has_not(text, "<script");
	has_not(text, " src=");
	has_not(text, "url(");
	has_not(text, "undersignedpetition");
	has_not(text, "{{");
	free(lang);
}

static void
test_every_mail(void **state)
{
	const char *const *languages = campaigns_languages(campaigns);
	size_t k, l;

	(void)state;
	for (k = 0; library_kinds[k] != NULL; k++)
		for (l = 0; languages[l] != NULL; l++) {
			struct arena *arena = arena_new();
			struct job j = job(library_kinds[k], languages[l]);
			char *mail;

			job_set(&j, "text", "Dear all,\nI wrote.");
			job_set(&j, "from_name", "Ada");
			set_flag(&j);
			mail = render(arena, &j);
			check_lines(mail);
			check_header(arena, mail);
			check_text(plain(arena, mail));
			check_html(html(arena, mail), languages[l]);
			assert_string_equal(field(arena, mail, "Content-Language"),
			    languages[l]);
			give_out(mail, library_kinds[k], languages[l], "full");
			arena_free(&arena);
		}
	assert_int_equal(l, 4);
}

/* With as little known as can be, as for a stranger's answer. */
static void
test_bare_job(void **state)
{
	const char *const *languages = campaigns_languages(campaigns);
	size_t k, l;

	(void)state;
	for (k = 0; library_kinds[k] != NULL; k++)
		for (l = 0; languages[l] != NULL; l++) {
			struct arena *arena = arena_new();
			struct job j = job(library_kinds[k], languages[l]);
			char *mail;

			j.vars = 0;
			j.to_name = j.reply_to = j.in_reply_to = NULL;
			j.unsubscribe = NULL;
			set_flag(&j);
			job_set(&j, "expires", "2026-12-07");
			mail = render(arena, &j);
			check_text(plain(arena, mail));
			assert_string_not_equal(field(arena, mail, "Subject"), "");
			assert_string_equal(field(arena, mail, "In-Reply-To"), "");
			assert_string_equal(field(arena, mail, "Reply-To"), "");
			give_out(mail, library_kinds[k], languages[l], "bare");
			arena_free(&arena);
		}
}

static void
test_fields(void **state)
{
	struct arena *arena = arena_new();
	struct job j = job("receipt", "ru");
	char *mail = render(arena, &j);

	(void)state;
	assert_string_equal(field(arena, mail, "From"),
	    "Свободу Манучехру Холикназарову <manuchehr@" DOMAIN ">");
	assert_string_equal(field(arena, mail, "To"), "Ada <ada@example.net>");
	assert_string_equal(field(arena, mail, "Subject"),
	    "Свободу Манучехру Холикназарову");
	assert_string_equal(field(arena, mail, "Date"),
	    "Mon, 23 Nov 2026 20:00:00 +0000");
	assert_string_equal(field(arena, mail, "Auto-Submitted"), "auto-replied");
	assert_string_equal(field(arena, mail, "References"), "<1@example.net>");
	assert_string_equal(field(arena, mail, "List-Unsubscribe"),
	    "<mailto:manuchehr+u-" TOKEN "@" DOMAIN ">");
	assert_string_equal(field(arena, mail, "X-Auto-Response-Suppress"), "All");
	has_not(mail, "Precedence:");
	has_not(mail, "List-Id:");
	has_not(mail, "List-Unsubscribe-Post:");
	j.auto_replied = false;
	mail = render(arena, &j);
	assert_string_equal(field(arena, mail, "Auto-Submitted"), "auto-generated");
	j.bulk = true;
	mail = render(arena, &j);
	assert_string_equal(field(arena, mail, "Precedence"), "bulk");
	assert_string_equal(field(arena, mail, "List-Post"), "NO");
	assert_string_equal(field(arena, mail, "List-Help"),
	    "<mailto:manuchehr@" DOMAIN "?subject=help>");
	assert_string_equal(field(arena, mail, "List-Id"),
	    "Свободу Манучехру Холикназарову <manuchehr." DOMAIN ">");
	has(field(arena, mail, "List-Owner"), "<mailto:");
	j.to = "рустам@example.org";            /* RFC 6532: as it is */
	mail = render(arena, &j);
	assert_string_equal(field(arena, mail, "To"), "Ada <рустам@example.org>");
	arena_free(&arena);
}

static void
test_content(void **state)
{
	struct arena *arena = arena_new();
	struct job j = job("request", "en");
	char *mail, *text;

	(void)state;
	job_set(&j, "subject_token", "c-" TOKEN);
	mail = render(arena, &j);
	has(field(arena, mail, "Subject"), " [c-" TOKEN "]");
	text = plain(arena, mail);
	has(text, "release Manuchehr Kholiknazarov;");
	has(text, "- Name: Ada\n- Country: Norway\n- City: Oslo\n"
	    "- Name may be shown: yes, and it goes on the list that is handed in\n"
	    "- News: no\n- Comment: Let him go\n");
	has(text, "2026-12-07");
	has(text, "Pamir Solidarity <https://pamir.example.org/>");
	has_not(text, "STATUS");
	text = html(arena, mail);
	has(text, "<li>release Manuchehr Kholiknazarov;</li>");
	has(text, "<a href=\"https://pamir.example.org/\">");

	j = job("receipt", "en");
	text = plain(arena, render(arena, &j));
	has(text, "number is 17 (2026-11-23).");
	has(text, "<https://petitions.example.org/manuchehr/video>");
	has(text, "<nordic@example.org>");       /* by her country */
	j.var[1].value = "TJ";
	has(plain(arena, render(arena, &j)), "<pamir@example.org>");
	j.var[1].value = "";
	has(plain(arena, render(arena, &j)), "<europe@example.org>");
	arena_free(&arena);
}

/* Who decides reads for what it is, and what it will be called in public. */
static void
test_uncount_kinds(void **state)
{
	static const char *const kinds[] = { "fraud", "duplicate", "unreachable" };
	const char *const *languages = campaigns_languages(campaigns);
	struct arena *arena = arena_new();
	size_t l, k, other, way;

	(void)state;
	for (l = 0; languages[l] != NULL; l++)
		for (k = 0; k < 3; k++)
			for (way = 0; way < 3; way++) {
				struct job j = job("uncount", languages[l]);
				const char *text;

				job_set(&j, way == 0 ? "copy" : "approve", "1");
				job_set(&j, kinds[k], "1");
				job_set(&j, "undo", way == 2 ? "1" : "");
				text = plain(arena, render(arena, &j));
				for (other = 0; other < 3; other++)
					(other == k && way != 2 ? has : has_not)(text,
					    kinds[other]);
			}
	assert_int_equal(l, 4);
	arena_free(&arena);
}

/* What the strangest values make of every mail, for others to look at. */
static void
test_strange(void **state)
{
	static const char *const names[] = { "Манучеҳр Холиқназаров, \"адвокат\" "
	    "<x@example.net> ва ҳамаи дӯстони ӯ дар Бадахшон", "=?UTF-8?Q?x?=",
	    "\"quoted\\\" (comment), a;b:c@d", "\xF0\x9F\x95\x8A",
	    "A name that is longer than one line of a mail may be and still goes on "
	    "and on without any end in sight, with blanks and without: " TOKEN TOKEN
	    TOKEN TOKEN TOKEN TOKEN TOKEN TOKEN };
	const char *const *languages = campaigns_languages(campaigns);
	char how[16];
	size_t n, k, l;

	(void)state;
	for (n = 0; n < sizeof names / sizeof names[0]; n++)
		for (k = 0; library_kinds[k] != NULL; k++)
			for (l = 0; languages[l] != NULL; l++) {
				struct arena *arena = arena_new();
				struct job j = job(library_kinds[k], languages[l]);
				char *mail;

				j.to_name = names[n];
				j.bulk = strcmp(library_kinds[k], "update") == 0;
				j.unsubscribe_url = "https://" DOMAIN "/u/x/" TOKEN;
				job_set(&j, "name", names[n]);
				job_set(&j, "city", names[n]);
				job_set(&j, "comment", names[n]);
				job_set(&j, "text", names[n]);
				set_flag(&j);
				mail = render(arena, &j);
				check_lines(mail);
				check_header(arena, mail);
				(void)snprintf(how, sizeof how, "strange%zu", n);
				give_out(mail, library_kinds[k], languages[l], how);
				arena_free(&arena);
			}
}

/* A campaign may give a language up while mail in it is still on its way. */
static void
test_language_gone(void **state)
{
	struct arena *arena = arena_new();
	struct job j = job("receipt", "de");
	char *mail = render(arena, &j);

	(void)state;
	assert_string_equal(field(arena, mail, "Content-Language"), "en");
	arena_free(&arena);
}

/* ---- hostile values ------------------------------------------------------------------ */

static void
test_hostile_text(void **state)
{
	static const char evil[] = "**A** [b](http://evil.example) <http://evil.example>"
	    " ![i](http://evil.example/i) <b>\r\nBcc: x@example.net\r\n\r\n# H\n`c` &amp;";
	struct arena *arena = arena_new();
	struct job j = job("request", "en");
	char *mail, *text;

	(void)state;
	j.to_name = evil;
	j.var[0].value = j.var[2].value = j.var[3].value = evil;
	mail = render(arena, &j);
	check_header(arena, mail);
	check_lines(mail);
	assert_string_equal(field(arena, mail, "Bcc"), "");
	text = plain(arena, mail);
	has_not(text, "\nBcc");
	has_not(text, "\n# H");
	text = html(arena, mail);
	check_html(text, "en");
	has_not(text, "<strong>A");
	has_not(text, "href=\"http://evil");
	has_not(text, "<h1>");
	has_not(text, "<code>");
	has_not(text, "<b>");
	has(text, "**A** [b](http://evil.example) &lt;http://evil.example&gt;");
	has(text, "`c` &amp;amp;");
	arena_free(&arena);
}

static void
test_forward(void **state)
{
	struct arena *arena = arena_new();
	struct job j = job("forward", "en");
	char *mail, *text;

	(void)state;
	job_set(&j, "from_name", "Ada");
	job_set(&j, "text", "Dear all,\nsecond\r\n\r\n1. one\n- two\n> q\n    code\n"
	    "---\n===\n<script>x</script> [a](http://evil.example)\x01\x1b[0m\n");
	mail = render(arena, &j);
	text = plain(arena, mail);
	has(text, "Dear all,\nsecond\n\n1. one\n- two\n> q\ncode\n---\n===\n<script>");
	has_not(text, "\x1b");
	text = html(arena, mail);
	check_html(text, "en");
	has(text, "<p>Dear all,<br />\nsecond</p>\n<p>1. one<br />\n- two<br />\n&gt; q<br />\n"
	    "code<br />\n---<br />\n===<br />\n&lt;script&gt;");
	arena_free(&arena);
}

static void
test_refused(void **state)
{
	static const char bad[] = "a@example.net\r\nBcc: x@example.net";
	struct buf out = BUF_INIT;
	struct reason why;
	struct arena *arena = arena_new();
	struct job j = job("receipt", "en");
	size_t i;
	const char **const fields[] = { &j.to, &j.from, &j.reply_to,
	    &j.unsubscribe, &j.unsubscribe_url, &j.message_id };

	(void)state;
	for (i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		const char *good = *fields[i];

		*fields[i] = bad;
		assert_int_equal(render_job(renderer, &j, &out, &why), INVALID);
		assert_int_equal(out.len, 0);
		has_not(why.text, "example.net");
		*fields[i] = good;
	}
	j.in_reply_to = "<a>\r\nBcc: x@example.net";    /* hers to choose */
	assert_string_equal(field(arena, render(arena, &j), "Bcc"), "");
	assert_string_equal(field(arena, render(arena, &j), "In-Reply-To"), "");
	j.template_name = "other";
	assert_int_equal(render_job(renderer, &j, &out, &why), NOT_FOUND);
	j.template_name = "receipt";
	j.campaign = "other";
	assert_int_equal(render_job(renderer, &j, &out, &why), NOT_FOUND);
	buf_free(&out);
	arena_free(&arena);
}

/* ---- what the words of a mail mean when they come back ---------------------------------- */

static const struct { const char *flag; enum verb verb; } questions[] = {
	{ "verb_withdraw", VERB_WITHDRAW }, { "verb_forget", VERB_FORGET },
	{ "verb_stop", VERB_STOP }, { "verb_updates", VERB_UPDATES },
	{ "verb_hide", VERB_HIDE }, { "verb_show", VERB_SHOW },
	{ "verb_correct", VERB_NONE }, { "verb_share", VERB_NONE },
	{ "verb_unshare", VERB_UNSHARE },
};

static struct vocabulary *
load_vocabulary(void)
{
	struct vocabulary *v;
	struct reason why;

	if (vocabulary_load(&v, SOURCE_DIR "/templates",
	    campaigns_languages(campaigns), &why) != OK)
		fail_msg("%s", why.text);
	return v;
}

/* An empty reply to a question does what the question asks. */
static void
test_question(void **state)
{
	const char *const *languages = campaigns_languages(campaigns);
	struct vocabulary *v = load_vocabulary();
	size_t q, l;

	(void)state;
	for (q = 0; q < sizeof questions / sizeof questions[0]; q++)
		for (l = 0; languages[l] != NULL; l++) {
			struct arena *arena = arena_new();
			struct job j = job("question", languages[l]);
			struct said said;
			char *subject;

			job_set(&j, questions[q].flag, "1");
			subject = field(arena, render(arena, &j), "Subject");
			vocabulary_read(v, arena, "", arena_printf(arena,
			    "Re: %s", subject), &said);
			if (said.verb != questions[q].verb)
				fail_msg("%s: \"%s\" is understood as %s",
				    languages[l], subject, verb_name(said.verb));
			arena_free(&arena);
		}
	vocabulary_free(&v);
}

/* The labels that she is shown are understood, and so is each word that she is
 * told to write: "- WORD: ..." in the second list of the mail. */
static void
check_words(const struct vocabulary *v, struct arena *arena, const char *language)
{
	static const enum verb order[] = { VERB_STATUS, VERB_NAME, VERB_HIDE,
	    VERB_UPDATES, VERB_STOP, VERB_WITHDRAW, VERB_FORGET };
	struct job j = job("changed", language);
	char *text = plain(arena, render(arena, &j)), *word, *list, *line;
	struct said said;
	size_t i;

	list = strstr(text, "\n\n- ");
	assert_non_null(list);
	line = strstr(list + 2, "\n\n");
	assert_non_null(line);
	vocabulary_read(v, arena, arena_strndup(arena, list,
	    (size_t)(line - list)), "", &said);
	assert_non_null(said.field[FIELD_NAME]);
	assert_string_equal(said.field[FIELD_NAME], "Ada");
	assert_non_null(said.field[FIELD_COUNTRY]);
	assert_string_equal(country_find(countries, said.field[FIELD_COUNTRY]),
	    "NO");
	assert_string_equal(said.field[FIELD_CITY], "Oslo");
	assert_string_equal(said.field[FIELD_COMMENT], "Let him go");
	assert_non_null(said.field[FIELD_UPDATES]);
	assert_string_equal(said.field[FIELD_UPDATES], "no");
	line = strstr(line, "\n\n- ");
	for (i = 0; i < sizeof order / sizeof order[0]; i++) {
		assert_non_null(line);
		line = strstr(line, "- ") + 2;
		word = arena_strndup(arena, line, strcspn(line, ":, \n"));
		if (order[i] == VERB_NAME)
			word = arena_printf(arena, "%s Ada", word);
		vocabulary_read(v, arena, word, "", &said);
		if (said.verb != order[i])
			fail_msg("%s: \"%s\" is understood as %s", language, word,
			    verb_name(said.verb));
		line = strstr(line, "\n- ");
	}
	assert_null(line);
}

static void
test_words_to_write(void **state)
{
	const char *const *languages = campaigns_languages(campaigns);
	struct vocabulary *v = load_vocabulary();
	struct arena *arena = arena_new();
	size_t l;

	(void)state;
	for (l = 0; languages[l] != NULL; l++)
		check_words(v, arena, languages[l]);
	arena_free(&arena);
	vocabulary_free(&v);
}

/* ---- the manual ------------------------------------------------------------- */

/* undersigned-templates(5) names all variables and mails and no others. */
static void
test_manual(void **state)
{
	struct buf page = BUF_INIT, names = BUF_INIT;
	char *line, *name, *rest, *at;
	size_t i;

	(void)state;
	assert_int_equal(buf_read_file(&page, SOURCE_DIR
	    "/man/undersigned-templates.5", 1u << 20, NULL), OK);
	for (i = 0; library_kinds[i] != NULL; i++) {
		line = mem_printf("\n.It Pa %s\n", library_kinds[i]);
		has(page.data, line);
		free(line);
	}
	buf_addch(&names, ' ');
	/* Pages of the web have variables of their own. */
	has(page.data, "\n.Sh VARIABLES\n");
	for (at = strstr(page.data, "\n.Sh VARIABLES\n"); (line = strsep(&at, "\n")) != NULL; ) {
		if (strncmp(line, ".It Va ", 7) == 0)
			line += 4;
		if (strncmp(line, ".Va ", 4) != 0 && strncmp(line, "Va ", 3) != 0)
			continue;
		for (rest = strchr(line, ' ') + 1;
		    (name = strsep(&rest, " ,.")) != NULL; ) {
			if (name[0] != '\0' && !vars_known(name))
				fail_msg("no variable %s", name);
			buf_addf(&names, "%s ", name);
		}
	}
	for (i = 0; vars_names[i] != NULL; i++) {
		name = mem_printf(" %s ", vars_names[i]);
		has(names.data, name);
		free(name);
	}
	buf_free(&page);
	buf_free(&names);
}

/* ---- templates of a campaign's own, and wrong ones ----------------------------------------- */

static char dir[] = "/tmp/render_test.XXXXXX";

static void
put(const char *name, const char *text)
{
	char *path = mem_printf("%s/%s", dir, name), *slash = path;
	FILE *f;

	while ((slash = strchr(slash + 1, '/')) != NULL) {
		*slash = '\0';
		(void)mkdir(path, 0700);
		*slash = '/';
	}
	(void)unlink(path);
	if (text != NULL) {
		f = fopen(path, "w");
		assert_non_null(f);
		assert_true(fputs(text, f) >= 0);
		assert_int_equal(fclose(f), 0);
	}
	free(path);
}

static enum status
make(struct renderer **out, struct campaigns **cs, const char *templates,
    struct reason *why)
{
	char *folder = mem_printf("%s/campaigns", dir);
	enum status st;

	assert_int_equal(campaigns_load(cs, folder, 0, why), OK);
	st = renderer_new(out, templates, *cs, NULL, DOMAIN, why);
	if (st != OK)
		campaigns_free(cs);
	free(folder);
	return st;
}

/* A request shows the text that its tokens speak of, or is not made. */
static void
test_which_text(void **state)
{
	struct job j = job("request", "ru");
	struct buf out = BUF_INIT;
	struct reason why = { "" };
	char name[SHA256_NAME + 1];
	size_t i;

	(void)state;
	for (i = 0; i < campaigns_at(campaigns, 0)->language_count; i++) {
		const struct campaign_language *l =
		    &campaigns_at(campaigns, 0)->languages[i];
		enum status want = strcmp(l->code, "ru") == 0 ? OK : AGAIN;

		seal_sha256_name(l->petition_bytes, l->petition_len, name);
		j.text = name;
		assert_int_equal(render_job(renderer, &j, &out, &why), want);
		assert_int_equal(out.len > 0, want == OK);
		buf_clear(&out);
	}
	assert_true(i > 1);
	buf_free(&out);
}

#define OWN "campaigns/parks/templates/en/"

static const struct {
	const char *file, *text, *why;
} wrong[] = {
	{ "receipt", "Hello\n", "/receipt.mustache:1: must begin with \"Subject: \"" },
	{ "receipt", "Subject: \n\nx", ":1: must begin with" },
	{ "receipt", "Subject: a\nb\n", "/receipt.mustache:2: must be an empty line" },
	{ "receipt", "Subject: a\n\nb\n{{nmae}}\n",
	    "/receipt.mustache:4: there is no variable \"nmae\"" },
	{ "receipt", "Subject: {{nmae}}\n\nb\n",
	    "/receipt.mustache:1: there is no variable \"nmae\"" },
	{ "receipt", "Subject: a\n\n{{#name}}\n", "/receipt.mustache:3: this section" },
	{ "receipt", "Subject: {{a\n\nb", "/receipt.mustache:1: a tag is opened" },
	{ "receipt", "Subject: a\n\n{{>a/x}}\n", "/receipt.mustache:3: the name of a part" },
	{ "receipt", "Subject: a\n\n{{>nothing}}\n", "/en/nothing.mustache: there is no" },
	{ "receipt", "Subject: a\n\n\xff\n", "/receipt.mustache: is not UTF-8" },
	{ "details", "{{nmae}}\n", "/details.mustache:1: there is no variable" },
};

static void
make_parks(void)
{
	put("campaigns/parks/campaign.conf",
	    "default_language = \"en\"\nlanguage \"en\" { title = \"Free *the* parks\" }\n");
	put("campaigns/parks/petition.en.md",
	    "We ask.\n\n![x](http://example.org/i.png) <script>y</script>\n");
}

static void
test_wrong(void **state)
{
	struct campaigns *cs;
	struct renderer *r;
	struct reason why;
	size_t i;

	(void)state;
	make_parks();
	for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		char *file = mem_printf(OWN "%s.mustache", wrong[i].file);
		enum status st;

		put(file, wrong[i].text);
		st = make(&r, &cs, SOURCE_DIR "/templates", &why);
		if (st != INVALID && st != NOT_FOUND)
			fail_msg("taken: %s", wrong[i].text);
		assert_null(r);
		has(why.text, wrong[i].why);
		put(file, NULL);
		free(file);
	}
	/* no language is ever replaced by another */
	put("campaigns/parks/campaign.conf",
	    "default_language = \"en\"\nlanguage \"en\" { title = \"Parks\" }\n"
	    "language \"fr\" { title = \"Parcs\" }\n");
	put("campaigns/parks/petition.fr.md", "Nous demandons.\n");
	assert_int_equal(make(&r, &cs, SOURCE_DIR "/templates", &why), NOT_FOUND);
	has(why.text, "/fr/request.mustache: there is no such file");
	put("campaigns/parks/petition.fr.md", NULL);
}

static void
test_own(void **state)
{
	struct arena *arena = arena_new();
	struct job j = job("receipt", "en");
	struct buf out = BUF_INIT;
	struct campaigns *cs;
	struct renderer *r;
	struct reason why;
	char *text;

	(void)state;
	make_parks();
	put(OWN "receipt.mustache", "\xef\xbb\xbfSubject: {{title}} {{{name}}}\r\n\r\n"
	    "{{title}}{{>mine}}\r\n\r\n\r\n\r\n{{petition}}\r\n\r\n> {{petition}}\r\n");
	put(OWN "mine.mustache", " / {{{name}}}");
	if (make(&r, &cs, SOURCE_DIR "/templates", &why) != OK)
		fail_msg("%s", why.text);
	j.campaign = "parks";
	j.var[0].value = "A *d* a";
	assert_int_equal(render_job(r, &j, &out, &why), OK);
	assert_string_equal(field(arena, out.data, "Subject"),
	    "Free *the* parks A *d* a");
	text = plain(arena, out.data);
	has(text, "Free *the* parks / A *d* a\n\nWe ask.\n\n![x](");
	text = html(arena, out.data);
	has(text, "<p>Free *the* parks / A *d* a</p>\n<p>We ask.</p>\n<p>x ");
	has(text, "<blockquote>\n<p>We ask.</p>");
	check_html(text, "en");
	buf_free(&out);
	renderer_free(&r);
	campaigns_free(&cs);
	put(OWN "receipt.mustache", NULL);
	put(OWN "mine.mustache", NULL);
	arena_free(&arena);
}

/* ---- from several threads, and fast ------------------------------------------------------------ */

/* A mail without its boundary, which differs each time. */
static void
blank_boundary(char *mail)
{
	char *at = mail;

	while ((at = strstr(at, "=_")) != NULL) {
		memset(at, 'x', 34);
		at += 34;
	}
}

static void *
work(void *arg)
{
	const struct job *j = arg;
	struct buf out = BUF_INIT, first = BUF_INIT;
	void *wrong_one = NULL;
	int i;

	for (i = 0; i < 200; i++) {
		buf_clear(&out);
		if (render_job(renderer, j, &out, NULL) != OK)
			wrong_one = arg;
		blank_boundary(out.data);
		if (i == 0)
			buf_add(&first, out.data, out.len);
		else if (first.len != out.len ||
		    memcmp(first.data, out.data, out.len) != 0)
			wrong_one = arg;
	}
	buf_free(&out);
	buf_free(&first);
	return wrong_one;
}

static void
test_threads(void **state)
{
	struct job jobs[3] = { job("receipt", "tg"), job("request", "en"),
	    job("receipt", "tg") };
	pthread_t threads[3];
	void *answer;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, &jobs[i]), 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(pthread_join(threads[i], &answer), 0);
		assert_null(answer);
	}
}

static void
test_speed(void **state)
{
	struct job j = job("receipt", "en");
	struct timespec from, to;
	struct buf out = BUF_INIT;
	double each;
	int i;

	(void)state;
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	for (i = 0; i < 2000; i++) {
		buf_clear(&out);
		assert_int_equal(render_job(renderer, &j, &out, NULL), OK);
	}
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	buf_free(&out);
	each = ((double)(to.tv_sec - from.tv_sec) * 1e6 +
	    (double)(to.tv_nsec - from.tv_nsec) / 1e3) / 2000;
	printf("# a receipt in %.0f microseconds\n", each);
	/* The aim is 100; the bound leaves room for sanitizers and slow machines. */
	assert_true(each < 5000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_mail),
		cmocka_unit_test(test_bare_job),
		cmocka_unit_test(test_strange),
		cmocka_unit_test(test_uncount_kinds),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_language_gone),
		cmocka_unit_test(test_hostile_text),
		cmocka_unit_test(test_forward),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_question),
		cmocka_unit_test(test_words_to_write),
		cmocka_unit_test(test_manual),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_which_text),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_speed),
	};
	struct reason why;
	int failed = 1;
	char *rm;

	if (mkdtemp(dir) == NULL)
		return 1;
	if (campaigns_load(&campaigns, SOURCE_DIR "/contrib/example", 0, &why) != OK ||
	    countries_load(&countries, NULL, NULL,
	    campaigns_languages(campaigns), &why) != OK ||
	    renderer_new(&renderer, SOURCE_DIR "/templates", campaigns, countries,
	    DOMAIN, &why) != OK)
		printf("not ok: %s\n", why.text);
	else
		failed = cmocka_run_group_tests(tests, NULL, NULL);
	renderer_free(&renderer);
	countries_free(&countries);
	campaigns_free(&campaigns);
	rm = mem_printf("rm -rf %s", dir);
	if (system(rm) != 0)
		failed = 1;
	free(rm);
	return failed;
}
