/* SPDX-License-Identifier: ISC
 *
 * The words of an update: what is refused, what becomes of values in them,
 * which words are kept, and what one more mail costs.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/unit/check.h"

#include "base/arena.h"
#include "base/buf.h"
#include "config/campaign.h"
#include "delivery/render.h"
#include "message/job.h"
#include "message/reader.h"
#include "template/update.h"
#include "words/country.h"

#define TOKEN "abcdefghijklmnopqrstuvwxyz234567abcde"
#define DOMAIN "petitions.example.org"
#define URL "https://" DOMAIN "/u/manuchehr/" TOKEN

static struct campaigns *campaigns;
static struct countries *countries;
static struct renderer *renderer;
static struct arena *arena;

/* ---- helpers of the test --------------------------------------------------- */

static struct job
job(int64_t mailing, const char *language)
{
	struct job j = { .id = 7, .campaign = "manuchehr",
		.template_name = "update", .language = language,
		.to = "ada@example.net", .to_name = "Ada",
		.reverse_path = "manuchehr+b-" TOKEN "@" DOMAIN,
		.from = "manuchehr@" DOMAIN,
		.reply_to = "manuchehr+r-" TOKEN "@" DOMAIN,
		.message_id = "<0123.manuchehr+r-" TOKEN "@" DOMAIN ">",
		.unsubscribe = "manuchehr+u-" TOKEN "@" DOMAIN,
		.unsubscribe_url = URL, .date = 1795464000, .bulk = true,
		.mailing = mailing };

	job_set(&j, "name", "Ada");
	job_set(&j, "country", "NO");
	job_set(&j, "number", "17");
	job_set(&j, "count", "1234");
	job_set(&j, "stop_link", URL);
	job_set(&j, "top_countries", "NO 700\nTJ 30");
	return j;
}

static void
set(int64_t mailing, const char *language, const char *subject, const char *body)
{
	struct job_text t = { mailing, "manuchehr", language, subject, body };

	renderer_set_text(renderer, &t);
}

/* Base64 and quoted-printable undone, soft line ends gone; enough for texts
 * without "=" of their own. */
static char *
decode(const char *s, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *head = strstr(s, "\r\n\r\n"), *at;
	struct buf out = BUF_INIT;
	unsigned v = 0, bits = 0;
	char *text;
	size_t i;

	at = head + 4;
	if (memmem(s, (size_t)(head - s), "base64", 6) != NULL) {
		for (; at < s + len; at++) {
			const char *d = strchr(digits, *at);

			if (d == NULL || *at == '\0')
				continue;
			v = v << 6 | (unsigned)(d - digits);
			bits += 6;
			if (bits < 8)
				continue;
			bits -= 8;
			buf_addch(&out, (char)(v >> bits & 255));
		}
	} else
		for (; at < s + len; at++) {
			if (*at != '=' || memmem(s, (size_t)(head - s), "7bit", 4)) {
				buf_addch(&out, *at);
			} else if (at[1] == '\r') {
				at += 2;
			} else {
				char hex[3] = { at[1], at[2], '\0' };

				buf_addch(&out, (char)strtoul(hex, NULL, 16));
				at += 2;
			}
		}
	text = arena_alloc(arena, out.len + 1);
	for (i = 0, v = 0; i < out.len; i++)
		if (out.data[i] != '\r')
			text[v++] = out.data[i];
	buf_free(&out);
	return text;
}

struct mail {
	char *all, *header, *plain, *html;
};

static struct mail
render(const struct job *j)
{
	struct buf out = BUF_INIT;
	struct reason why = { "" };
	struct mail m;
	const char *plain, *html, *end;

	if (render_job(renderer, j, &out, &why) != OK)
		fail_msg("%s", why.text);
	m.all = arena_strndup(arena, out.data, out.len);
	m.header = arena_strndup(arena, m.all,
	    (size_t)(strstr(m.all, "\r\n\r\n") - m.all) + 2);
	plain = strstr(m.all, "Content-Type: text/plain");
	html = strstr(m.all, "Content-Type: text/html");
	end = strstr(html, "\r\n--=_");
	m.plain = decode(plain, (size_t)(html - plain) - 40);
	m.html = decode(html, (size_t)(end - html));
	buf_free(&out);
	return m;
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

/* ---- what it looks like ------------------------------------------------------ */

static void
test_mail(void **state)
{
	static const char *const stop[][2] = { { "en", "STOP" }, { "ru", "СТОП" },
	    { "tg", "БАС" }, { "nb", "STOPP" } };
	struct job j;
	struct mail m;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		set(1, stop[i][0], "{{count}} voices", "We are **{{count}}**.\n\n"
		    "{{#top_countries}}\n- {{name}}: {{count}}\n"
		    "{{/top_countries}}\n\n{{#milestone}}\nNo\n{{/milestone}}\n"
		    "{{^milestone}}\nNot yet, {{name}}\n{{/milestone}}\n");
		j = job(1, stop[i][0]);
		m = render(&j);
		has(m.header, "Subject: 1234 voices\r\n");
		has(m.plain, "We are **1234**.\n\n- ");
		has(m.plain, ": 700\n- ");
		has(m.plain, "Not yet, Ada\n\n---\n\n");
		has(m.html, "<p>We are <strong>1234</strong>.</p>\n<ul>\n<li>");
		has(m.html, "<p>Not yet, Ada</p>\n<hr />");
		has(m.plain, stop[i][1]);
		has(m.plain, "<" URL ">");
		has(m.html, "<a href=\"" URL "\">" URL "</a>");
		has(m.html, "<a href=\"mailto:nordic@example.org\">nordic@");
		has(m.plain, "<nordic@example.org>");
		has(m.plain, "17");
		has_not(m.plain, "{{");
		has_not(m.html, "{{");
	}
	has(m.plain, "Norge: 700");             /* nb is the last */
}

static void
test_header(void **state)
{
	struct job j = job(1, "en");
	struct mail m;

	(void)state;
	set(1, "en", "News", "Hello");
	m = render(&j);
	has(m.header, "\r\nList-Unsubscribe: <" URL ">,\r\n <mailto:manuchehr+u-"
	    TOKEN "@" DOMAIN ">\r\n");
	has(m.header, "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
	has(m.header, "\r\nList-Post: NO\r\n");
	has(m.header, "\r\nPrecedence: bulk\r\n");
	has(m.header, "\r\nAuto-Submitted: auto-generated\r\n");
	has(m.header, "\r\nList-Id: Freedom for Manuchehr Kholiknazarov\r\n "
	    "<manuchehr." DOMAIN ">\r\n");
	j.unsubscribe_url = NULL;
	m = render(&j);
	has(m.header, "\r\nList-Unsubscribe: <mailto:manuchehr+u-");
	has_not(m.header, "List-Unsubscribe-Post");
	j.unsubscribe_url = URL;
	j.bulk = false;
	has_not(render(&j).header, "List-Unsubscribe-Post");
}

/* ---- values that want to be more than values ------------------------------------- */

static void
test_hostile(void **state)
{
	static const char evil[] = "</a><b>\"x\" &amp; [y](http://evil.example) "
	    "**z** javascript:alert(1)\r\nBcc: a@example.net";
	static const char body[] = "# Dear {{name}}\n\n[here](https://x.example/"
	    "?q={{name}}) and [there]({{name}}) and <{{name}}> and "
	    "[t](https://x.example \"{{name}}\")\n\n`{{name}}`\n\n"
	    "    code {{name}}\n\n- {{name}}\n\n{{{name}}} {{&name}}";
	struct job j = job(2, "en");
	struct mail m;
	const char *at;

	(void)state;
	set(2, "en", "To {{name}}", body);
	j.var[0].value = j.to_name = evil;
	m = render(&j);
	has_not(m.header, "\r\nBcc");
	has_not(m.plain, "\nBcc");
	has(m.plain, "# Dear </a><b>\"x\" &amp; [y](http://evil.example) **z**");
	has_not(m.html, "<b>");
	has_not(m.html, "<strong>z");
	has_not(m.html, "href=\"http://evil");
	has_not(m.html, "href=\"javascript");
	has(m.html, "<h1>Dear &lt;/a&gt;&lt;b&gt;&quot;x&quot; &amp;amp; [y](http");
	has(m.html, "<code>&lt;/a&gt;");
	has(m.html, "<a href=\"https://x.example/?q=%3C%2Fa%3E%3Cb%3E%22x%22");
	has(m.html, "<a href=\"%3C%2Fa%3E");
	/* every link is one of ours */
	for (at = m.html; (at = strstr(at, "href=\"")) != NULL; at += 6)
		assert_true(strncmp(at + 6, "https://", 8) == 0 ||
		    strncmp(at + 6, "mailto:", 7) == 0 || at[6] == '%');
}

/* A text that leaves its Markdown open does not swallow what is below it. */
static void
test_open_ends(void **state)
{
	static const char *const bodies[] = { "```\ncode", "<!-- x", "<div>\nx",
	    "[a]: https://x.example", "> quote", "- list\n\n      deep", "<b", "**x",
	    "&#x3c;script>", "| a |" };
	struct job j = job(3, "en");
	struct mail m;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
		set(3, "en", "x", bodies[i]);
		m = render(&j);
		has(m.html, "<hr />\n<p>You get this mail because");
		has(m.html, "<a href=\"" URL "\">");
		has_not(m.html, "<script");
	}
}

/* Whether a value is there decides sections, for each person apart. */
static void
test_shapes(void **state)
{
	static const char body[] = "A{{#city}} B {{city}}{{/city}}"
	    "{{^city}} C{{/city}}{{#name}} D {{name}}{{/name}}.";
	struct job j = job(4, "en");
	int i;

	(void)state;
	set(4, "en", "{{#city}}{{city}}{{/city}}{{^city}}x{{/city}}", body);
	for (i = 0; i < 3; i++) {
		job_set(&j, "city", "");
		job_set(&j, "name", i == 0 ? "Ada" : "Bea");
		has(render(&j).plain, i == 0 ? "A C D Ada." : "A C D Bea.");
		job_set(&j, "city", "Oslo");
		has(render(&j).plain, i == 0 ? "A B Oslo D Ada." :
		    "A B Oslo D Bea.");
		job_set(&j, "name", "");
		has(render(&j).plain, "A B Oslo.");
		has(render(&j).plain, "Hello,");
		has(render(&j).header, "Subject: Oslo\r\n");
		job_set(&j, "top_countries", i == 0 ? "NO 10" : "");
	}
}

/* ---- what is kept ------------------------------------------------------------------ */

static void
test_kept(void **state)
{
	struct buf out = BUF_INIT;
	struct reason why = { "" };
	struct job j;
	int64_t i;

	(void)state;
	for (i = 100; i < 165; i++)
		set(i, "en", "x", "y");
	j = job(100, "en");
	assert_int_equal(render_job(renderer, &j, &out, &why), NOT_FOUND);
	assert_int_equal(out.len, 0);
	j.mailing = 164;
	(void)render(&j);
	j.language = "ru";
	assert_int_equal(render_job(renderer, &j, &out, &why), NOT_FOUND);
	set(164, "en", "new", "y");
	j.language = "en";
	has(render(&j).header, "Subject: new\r\n");
	set(164, "en", "new", "{{#open}}");     /* nobody checked it */
	assert_int_equal(render_job(renderer, &j, &out, &why), INVALID);
	buf_free(&out);
}

static void *
render_many(void *arg)
{
	struct job j = job(200, "en");
	struct buf out = BUF_INIT;
	struct reason why;
	int i;

	(void)arg;
	for (i = 0; i < 300; i++) {
		buf_clear(&out);
		job_set(&j, "name", i % 3 ? "Ada" : "");
		if (render_job(renderer, &j, &out, &why) != OK)
			return arena;          /* anything but NULL */
	}
	buf_free(&out);
	return NULL;
}

static void
test_threads(void **state)
{
	pthread_t threads[3];
	void *bad;
	size_t i;

	(void)state;
	set(200, "en", "a", "b");
	for (i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, render_many, NULL);
	for (i = 0; i < 200; i++)
		set(200, "en", i % 2 ? "a" : "b", "c {{name}}");
	for (i = 0; i < 3; i++) {
		pthread_join(threads[i], &bad);
		assert_null(bad);
	}
}

/* ---- what is refused ------------------------------------------------------------------ */

static const struct {
	const char *subject, *body, *why;
} wrong[] = {
	{ NULL, "x", "f.md: has no subject" },
	{ " ", "x", "f.md: has no subject" },
	{ "x", " \n\n", "f.md: has no text" },
	{ "x", "a\n{{nmae}}\n", "f.md:2: updates have no variable \"nmae\"" },
	{ "x", "a\n\n{{#expires}}{{/expires}}\n", "f.md:3: updates have no variable "
	    "\"expires\"" },
	{ "{{who}}", "a", "f.md: subject:1: updates have no variable \"who\"" },
	{ "x", "{{>foot}}", "f.md:1: an update has no parts such as {{>foot}}" },
	{ "x", "a {{#name}}", "f.md:1: this section is never closed" },
	{ "x", "a\n{{name", "f.md:2: a tag is opened and never closed" },
	{ "x", "{{name.first}}", "f.md:1: updates have no variable" },
	{ "x", "{{.}}", "f.md:1: updates have no variable" },
	{ "a\xff" "b", "x", "f.md: subject: is not text in UTF-8" },
	{ "x", "a\xff" "b", "f.md: is not text in UTF-8" },
	{ "a\nBcc: x", "x\n\033[2J", "f.md:2: has a control character" },
	{ "\a", "x", "f.md: subject:1: has a control character" },
	{ "x", "a\x7f", "f.md:1: has a control character" },
	{ "x", "a\xc2\x9b" "2J", "f.md:1: has a control character" },
};

static void
test_refused(void **state)
{
	struct reason why;
	char *long_text = mem_alloc(JOB_TEXT_MAX + 2);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		why.text[0] = '\0';
		assert_int_equal(update_check("f.md", wrong[i].subject,
		    wrong[i].body, &why), INVALID);
		has(why.text, wrong[i].why);
	}
	memset(long_text, 'x', JOB_TEXT_MAX + 1);
	assert_int_equal(update_check("f.md", "x", long_text, &why), INVALID);
	assert_int_equal(update_check("f.md", long_text, "x", &why), INVALID);
	long_text[JOB_TEXT_MAX] = '\0';
	assert_int_equal(update_check("f.md", "x", long_text, &why), OK);
	assert_int_equal(update_check("f.md", "Ҷ\xc2\xa0Å", "a\tb\nТоҷик — «x» \xc2\xa0å\n",
	    &why), OK);
	free(long_text);
}

static void
test_split(void **state)
{
	static const char text[] = "\xef\xbb\xbfSubject:  We are\t {{count}} \r\n"
	    "\r\n{{nmae}}\r\n";
	const char *subject, *body;
	struct reason why;

	(void)state;
	assert_int_equal(update_split(arena, "f", text, sizeof text - 1, &subject,
	    &body, &why), OK);
	assert_string_equal(subject, "We are {{count}}");
	assert_string_equal(body, "\n\n{{nmae}}\n");
	assert_int_equal(update_check("f", subject, body, &why), INVALID);
	has(why.text, "f:3: ");
	assert_int_equal(update_split(arena, "f", "Sub: x", 6, &subject, &body,
	    &why), OK);
	assert_null(subject);
	assert_string_equal(body, "Sub: x");
	assert_int_equal(update_split(arena, "f", "\xff", 1, &subject, &body,
	    &why), INVALID);
	assert_int_equal(update_split(arena, "f", "a\0b", 3, &subject, &body,
	    &why), INVALID);
}

/* ---- what one more mail costs --------------------------------------------------------- */

#define MAILS 5000

static void
measure(const char *language, const char *line)
{
	struct buf body = BUF_INIT, out = BUF_INIT;
	struct job j = job(300, language);
	struct timespec from, to;
	double each;
	char name[32];
	size_t i;

	while (body.len < 2000)
		buf_addstr(&body, line);
	set(300, language, "{{count}}: {{name}}", body.data);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	for (i = 0; i < MAILS; i++) {
		(void)snprintf(name, sizeof name, "Ada %zu", i);
		j.var[0].value = name;
		buf_clear(&out);
		assert_int_equal(render_job(renderer, &j, &out, NULL), OK);
	}
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	each = ((double)(to.tv_sec - from.tv_sec) * 1e6 +
	    (double)(to.tv_nsec - from.tv_nsec) / 1e3) / MAILS;
	printf("# an update of %zu octets in %s, %.1f microseconds\n", out.len,
	    language, each);
	/* The aim is 30; the bound leaves room for sanitizers and slow machines. */
	assert_true(each < 3000);
	buf_free(&body);
	buf_free(&out);
}

static void
test_speed(void **state)
{
	(void)state;
	measure("en", "We, {{name}}, are **{{count}}** by now, and he is still in "
	    "prison. Please write [a letter](https://x.example/) today.\n\n");
	measure("ru", "Нас, {{name}}, уже **{{count}}**, а он всё ещё в тюрьме. "
	    "Напишите [письмо](https://x.example/) сегодня.\n\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mail),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_open_ends),
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_speed),
	};
	struct reason why;
	int failed = 1;

	arena = arena_new();
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
	arena_free(&arena);
	return failed;
}
