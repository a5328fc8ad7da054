/* SPDX-License-Identifier: ISC
 *
 * The official specification's cases are read from its JSON files where they
 * are at hand: in UNDERSIGNED_CORPORA, or beside the source.  The table below covers the
 * same ground in cases of its own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"

#include "base/arena.h"
#include "base/buf.h"
#include "template/mustache.h"

/* ---- as much of JSON as the cases need -------------------------------------- */

#define ITEMS 128

struct json {
	const char *at;
	struct arena *arena;
};

static struct value json_value(struct json *);

static char
json_peek(struct json *j)
{
	j->at += strspn(j->at, " \t\r\n");
	return *j->at;
}

static void
json_expect(struct json *j, char c)
{
	assert_int_equal(json_peek(j), c);
	j->at++;
}

static void
put_utf8(struct buf *b, unsigned c)
{
	if (c < 0x80) {
		buf_addch(b, (char)c);
	} else if (c < 0x800) {
		buf_addch(b, (char)(0xc0 | c >> 6));
		buf_addch(b, (char)(0x80 | (c & 63)));
	} else {
		buf_addch(b, (char)(0xe0 | c >> 12));
		buf_addch(b, (char)(0x80 | (c >> 6 & 63)));
		buf_addch(b, (char)(0x80 | (c & 63)));
	}
}

static void
json_escape(struct json *j, struct buf *b)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	char hex[5] = "";
	const char *found;

	if (*j->at == 'u') {
		memcpy(hex, j->at + 1, 4);
		put_utf8(b, (unsigned)strtoul(hex, NULL, 16));
		j->at += 5;
		return;
	}
	found = strchr(from, *j->at++);
	assert_non_null(found);
	buf_addch(b, to[found - from]);
}

static const char *
json_string(struct json *j)
{
	struct buf b = BUF_INIT;
	char *s;

	json_expect(j, '"');
	while (*j->at != '"') {
		assert_int_not_equal(*j->at, '\0');
		if (*j->at == '\\') {
			j->at++;
			json_escape(j, &b);
		} else {
			buf_addch(&b, *j->at++);
		}
	}
	j->at++;
	s = arena_strndup(j->arena, b.data, b.len);
	buf_free(&b);
	return s;
}

static struct value
json_map(struct json *j)
{
	struct member *m = arena_alloc(j->arena, ITEMS * sizeof *m);
	struct value v = { .kind = VALUE_MAP, .members = m };

	json_expect(j, '{');
	while (json_peek(j) != '}') {
		assert_true(v.count < ITEMS);
		m[v.count].name = json_string(j);
		json_expect(j, ':');
		m[v.count++].value = json_value(j);
		if (json_peek(j) == ',')
			j->at++;
	}
	j->at++;
	return v;
}

static struct value
json_list(struct json *j)
{
	struct value *items = arena_alloc(j->arena, ITEMS * sizeof *items);
	struct value v = { .kind = VALUE_LIST, .items = items };

	json_expect(j, '[');
	while (json_peek(j) != ']') {
		assert_true(v.count < ITEMS);
		items[v.count++] = json_value(j);
		if (json_peek(j) == ',')
			j->at++;
	}
	j->at++;
	return v;
}

static struct value
json_word(struct json *j)
{
	size_t len = strcspn(j->at, ",]} \t\r\n");
	const char *s = arena_strndup(j->arena, j->at, len);

	assert_true(len > 0);
	j->at += len;
	if (strcmp(s, "null") == 0)
		return (struct value){ .kind = VALUE_NULL };
	if (strcmp(s, "true") == 0)
		return (struct value){ .kind = VALUE_TRUE };
	if (strcmp(s, "false") == 0)
		return (struct value){ .kind = VALUE_FALSE };
	return (struct value){ .kind = VALUE_TEXT, .text = s };
}

static struct value
json_value(struct json *j)
{
	switch (json_peek(j)) {
	case '{':
		return json_map(j);
	case '[':
		return json_list(j);
	case '"':
		return (struct value){ .kind = VALUE_TEXT,
		    .text = json_string(j) };
	default:
		return json_word(j);
	}
}

static struct value
json(struct arena *arena, const char *text)
{
	struct json j = { text, arena };
	struct value v = json_value(&j);

	assert_int_equal(json_peek(&j), '\0');
	return v;
}

static const struct value *
get(const struct value *map, const char *name)
{
	size_t i;

	for (i = 0; i < map->count; i++)
		if (strcmp(map->members[i].name, name) == 0)
			return &map->members[i].value;
	return NULL;
}

/* ---- rendering a case --------------------------------------------------------- */

#define PARTIALS 8

struct partials {
	const char *name[PARTIALS];
	struct template *t[PARTIALS];
	size_t count;
};

static const struct template *
partial(const void *arg, const char *name)
{
	const struct partials *p = arg;
	size_t i;

	for (i = 0; i < p->count; i++)
		if (strcmp(p->name[i], name) == 0)
			return p->t[i];
	return NULL;
}

static struct template *
parse(const char *text)
{
	struct reason why;
	struct template *t;

	if (template_parse(&t, text, strlen(text), "t", &why) != OK)
		fail_msg("%s", why.text);
	return t;
}

/* What it renders to, in the arena. */
static char *
render(struct arena *arena, const char *text, const struct value *data,
    const struct value *partial_texts, enum escape escape)
{
	struct partials p = { .count = 0 };
	struct buf out = BUF_INIT;
	struct reason why;
	struct template *t = parse(text);
	char *s;
	size_t i;

	for (i = 0; partial_texts != NULL && i < partial_texts->count; i++) {
		assert_true(i < PARTIALS);
		p.name[i] = partial_texts->members[i].name;
		p.t[i] = parse(partial_texts->members[i].value.text);
		p.count++;
	}
	if (template_render(t, data, escape, partial, &p, &out, &why) != OK)
		fail_msg("%s", why.text);
	s = arena_strndup(arena, out.data, out.len);
	buf_free(&out);
	template_free(&t);
	for (i = 0; i < p.count; i++)
		template_free(&p.t[i]);
	return s;
}

static void
check(const char *what, const char *got, const char *want)
{
	if (strcmp(got, want) != 0)
		fail_msg("%s\n got: \"%s\"\nwant: \"%s\"", what, got, want);
}

/* ---- cases of our own ----------------------------------------------------------- */

#define PERSON "{\"p\":{\"n\":\"Ada\",\"q\":{\"r\":\"deep\"}},\"n\":\"top\"," \
	"\"yes\":true,\"no\":false,\"nil\":null,\"empty\":\"\",\"none\":[]," \
	"\"l\":[1,2,3],\"m\":[{\"n\":\"a\"},{\"x\":\"b\"}],\"z\":0,\"h\":\"&<>\\\"'\"}"

static const struct {
	const char *template, *data, *want, *partials;
} cases[] = {
	/* interpolation */
	{ "plain { text } }}", "{}", "plain { text } }}", NULL },
	{ "", "{}", "", NULL },
	{ "<{{n}}|{{ n }}|{{{n}}}|{{{ n }}}|{{&n}}|{{& n }}>", PERSON,
	    "<top|top|top|top|top|top>", NULL },
	{ "{{h}} {{{h}}} {{&h}}", PERSON, "&amp;&lt;&gt;&quot;' &<>\"' &<>\"'", NULL },
	{ "[{{nil}}{{miss}}{{{nil}}}{{&miss}}{{yes}}{{l}}{{p}}]", PERSON, "[]", NULL },
	{ "{{z}}", PERSON, "0", NULL },
	{ "{{v}}", "{\"v\":\"{{n}}\",\"n\":1}", "{{n}}", NULL },
	{ "{{.}}", "\"a&b\"", "a&amp;b", NULL },
	{ "{{p.n}} {{p.q.r}} {{p.x.r}} {{q.r}} {{n.n}}", PERSON, "Ada deep   ", NULL },
	{ "{{a.b}}", "{\"a.b\":1,\"a\":{}}", "", NULL },
	{ "  {{n}} \n", PERSON, "  top \n", NULL },
	{ "{{na}}{{nab}}", "{\"nab\":1,\"na\":2}", "21", NULL },

	/* comments */
	{ "a{{! no }}b{{!}}c{{!#x}}", "{}", "abc", NULL },
	{ "a\n  {{! no\n no }}  \nb", "{}", "a\nb", NULL },
	{ " {{!x}}", "{}", "", NULL },
	{ "\r\n{{!x}}\r\n.", "{}", "\r\n.", NULL },

	/* sections */
	{ "{{#yes}}a{{/yes}}{{#no}}b{{/no}}{{#nil}}c{{/nil}}{{#empty}}d{{/empty}}"
	    "{{#none}}e{{/none}}{{#miss}}f{{/miss}}{{#z}}g{{/z}}", PERSON, "ag", NULL },
	{ "{{#p}}{{n}}{{q.r}}{{yes}}{{/p}}{{#n}}{{.}}{{n}}{{/n}}", PERSON,
	    "Adadeeptoptop", NULL },
	{ "{{#l}}({{.}}){{/l}}{{#m}}{{n}}{{/m}}", PERSON, "(1)(2)(3)atop", NULL },
	{ "{{#.}}{{#.}}{{.}},{{/.}};{{/.}}", "[[1,2],[],[3]]", "1,2,;;3,;", NULL },
	{ "{{#p.q}}{{r}}{{/p.q}}{{#p.x}}no{{/p.x}}", PERSON, "deep", NULL },
	{ "{{#a}}{{b.c}}{{/a}}", "{\"a\":{\"b\":{}},\"b\":{\"c\":\"no\"}}", "", NULL },
	{ "{{#yes}}{{#no}}1{{/no}}2{{#yes}}3{{/yes}}{{/yes}}", PERSON, "23", NULL },
	{ "{{# yes }}{{/ yes}}{{#yes}}\n{{/yes}}.", PERSON, "\n.", NULL },
	{ "a\n {{#yes}} \nb\n{{/yes}}\nc", PERSON, "a\nb\nc", NULL },
	{ "a\n {{#yes}}x\nb\n{{/yes}}\nc", PERSON, "a\n x\nb\nc", NULL },
	{ "a\n{{#no}}\nb\n{{/no}}\nc\n", PERSON, "a\nc\n", NULL },
	{ "{{#yes}} {{/yes}}\n", PERSON, " \n", NULL },
	{ "|{{#l}}\n {{.}}\n{{/l}}|", PERSON, "|\n 1\n\n 2\n\n 3\n|", NULL },
	{ "{{#l}}\n- {{.}}\n{{/l}}", PERSON, "- 1\n- 2\n- 3\n", NULL },

	/* inverted sections */
	{ "{{^yes}}a{{/yes}}{{^no}}b{{/no}}{{^nil}}c{{/nil}}{{^empty}}d{{/empty}}"
	    "{{^none}}e{{/none}}{{^miss}}f{{/miss}}{{^l}}g{{/l}}{{^p}}h{{/p}}"
	    "{{^p.x.y}}i{{/p.x.y}}", PERSON, "bcdefi", NULL },
	{ "a\n  {{^no}}\nb\n  {{/no}}", PERSON, "a\nb\n", NULL },

	/* delimiters */
	{ "{{=<% %>=}}<%n%>{{n}}<%={{ }}=%>{{n}}", PERSON, "top{{n}}top", NULL },
	{ "{{=[ ]=}}[n][#yes]1[/yes][&h][{h}]", PERSON, "top1&<>\"'&<>\"'", NULL },
	{ "a\n {{= | | =}} \n|n|\n", PERSON, "a\ntop\n", NULL },
	{ "{{=@ @=}}@>p@{{n}}", PERSON, "top{{n}}", "{\"p\":\"{{n}}\"}" },
	{ "{{>p}}{{n}}", PERSON, "top", "{\"p\":\"{{=| |=}}\"}" },

	/* partials */
	{ "[{{>p}}{{> p }}{{>q}}]", PERSON, "[toptop]", "{\"p\":\"{{n}}\"}" },
	{ "{{#p}}{{>p}}{{/p}}", PERSON, "Ada", "{\"p\":\"{{n}}\"}" },
	{ "{{>p}}", "{\"c\":1,\"k\":[{\"c\":2,\"k\":[]}]}", "1<2<>>",
	    "{\"p\":\"{{c}}<{{#k}}{{>p}}{{/k}}>\"}" },
	{ "a\n  {{>p}}\nb\n", PERSON, "a\n  x\n  top\nb\n", "{\"p\":\"x\\n{{n}}\\n\"}" },
	{ "  {{>p}} {{n}}\n", PERSON, "  x\ny top\n", "{\"p\":\"x\\ny\"}" },
	{ " {{>p}}\n", "{\"v\":\"1\\n2\"}", " 1\n2\n .\n", "{\"p\":\"{{v}}\\n.\\n\"}" },
	{ " {{>p}}\n", PERSON, "  x\n  y\n", "{\"p\":\" {{>q}}\\n\",\"q\":\"x\\ny\\n\"}" },
	{ " {{>p}}\n", PERSON, " 1\n 2\n 3\n", "{\"p\":\"{{#l}}\\n{{.}}\\n{{/l}}\\n\"}" },
	{ "{{>p}}\r\n.", PERSON, "x.", "{\"p\":\"x\"}" },
	{ "{{> a.b }}", "{}", "x", "{\"a.b\":\"x\"}" },
};

static void
test_cases(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct arena *arena = arena_new();
		struct value data = json(arena, cases[i].data), partials = { 0 };

		if (cases[i].partials != NULL)
			partials = json(arena, cases[i].partials);
		check(cases[i].template, render(arena, cases[i].template, &data,
		    &partials, ESCAPE_HTML), cases[i].want);
		arena_free(&arena);
	}
}

static void
test_escape_none(void **state)
{
	struct arena *arena = arena_new();
	struct value data = json(arena, PERSON);

	(void)state;
	check("none", render(arena, "{{h}}{{{h}}}", &data, NULL, ESCAPE_NONE),
	    "&<>\"'&<>\"'");
	arena_free(&arena);
}

/* ---- mistakes and bounds ---------------------------------------------------------- */

static const struct {
	const char *template, *why;
} mistakes[] = {
	{ "a\n{{b", "t:2: a tag is opened and never closed" },
	{ "{{{b}}", "t:1: a tag is opened and never closed" },
	{ "{{=a}}", "t:1: a tag is opened" },
	{ "{{}}", "t:1: a tag without a name" },
	{ "{{# }}", "t:1: a tag without a name" },
	{ "{{a b}}", "t:1: a name may not hold" },
	{ "{{a..b}}", "t:1: an empty part" },
	{ "{{.a}}", "t:1: an empty part" },
	{ "{{a.}}", "t:1: an empty part" },
	{ "{{$a}}", "t:1: blocks, parents" },
	{ "{{<a}}", "t:1: blocks, parents" },
	{ "{{>*a}}", "t:1: blocks, parents" },
	{ "a\n\n{{#b}}\n", "t:3: this section is never closed: \"b\"" },
	{ "{{! a\n\n }}\n{{/b}}", "t:4: there is no open section \"b\"" },
	{ "{{#a}}\n{{^b}}\n{{/a}}{{/b}}", "t:3: \"a\" is closed here, but \"b\" of line 2" },
	{ "{{=| =}}", "t:1: new delimiters" },
	{ "{{=| | |=}}", "t:1: new delimiters" },
	{ "{{=a= =b=}}", "t:1: new delimiters" },
};

static void
test_mistakes(void **state)
{
	struct template *t;
	struct reason why;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
		const char *text = mistakes[i].template;

		if (template_parse(&t, text, strlen(text), "t", &why) != INVALID)
			fail_msg("taken: %s", text);
		assert_null(t);
		if (strncmp(why.text, mistakes[i].why, strlen(mistakes[i].why)) != 0)
			fail_msg("%s\n got: %s", text, why.text);
	}
	assert_int_equal(template_parse(&t, "a\0b", 3, "t", &why), INVALID);
	assert_null(t);
}

static void
expect_limit(const char *text, const char *partial_text, const struct value *data)
{
	struct partials p = { .name = { "p" }, .count = 1 };
	struct buf out = BUF_INIT;
	struct reason why;
	struct template *t = parse(text);

	p.t[0] = parse(partial_text);
	buf_addstr(&out, "kept");
	if (template_render(t, data, ESCAPE_HTML, partial, &p, &out, &why) != LIMIT)
		fail_msg("no limit: %s", text);
	assert_string_equal(out.data, "kept");
	buf_free(&out);
	template_free(&t);
	template_free(&p.t[0]);
}

static void
test_limits(void **state)
{
	struct arena *arena = arena_new();
	struct value data = json(arena, "{\"l\":[1,2,3,4,5,6,7,8,9,0]}");
	struct buf deep = BUF_INIT;
	struct template *t;
	int i;

	(void)state;
	expect_limit("{{>p}}", "{{>p}}", &data);
	/* doubles at each level and prints nothing */
	expect_limit("{{>p}}", "{{#l}}{{>p}}{{/l}}", &data);
	expect_limit("{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}{{/l}}"
	    "{{/l}}{{/l}}{{/l}}{{/l}}{{/l}}{{/l}}{{/l}}{{/l}}", "", &data);
	for (i = 0; i < 12000; i++)
		buf_addch(&deep, 'x');
	expect_limit("{{#l}}{{#l}}{{#l}}{{>p}}{{/l}}{{/l}}{{/l}}", deep.data, &data);

	buf_clear(&deep);
	for (i = 0; i < MUSTACHE_DEPTH_MAX + 1; i++)
		buf_addstr(&deep, "{{#a}}");
	for (i = 0; i < MUSTACHE_DEPTH_MAX + 1; i++)
		buf_addstr(&deep, "{{/a}}");
	assert_int_equal(template_parse(&t, deep.data, deep.len, "t", NULL), INVALID);
	buf_free(&deep);
	arena_free(&arena);
}

static void
add_name(void *arg, enum name_use use, const char *name, int line)
{
	buf_addf(arg, "%c%s:%d ", "vsp"[use], name, line);
}

static void
test_names(void **state)
{
	struct buf out = BUF_INIT;
	struct template *t = parse("{{a}}\n{{#b}}{{{c.d}}}{{/b}}\n{{!x\n}}{{^e}}{{>f}}"
	    "{{/e}}{{=| |=}}|g|");

	(void)state;
	template_names(t, add_name, &out);
	check("names", out.data, "va:1 sb:2 vc.d:2 se:4 pf:4 vg:4 ");
	template_free(&t);
	buf_free(&out);
}

/* ---- the official cases --------------------------------------------------------------- */

static size_t
run_file(const char *dir, const char *name)
{
	char *path = mem_printf("%s/mustache/%s.json", dir, name);
	struct arena *arena = arena_new();
	struct buf text = BUF_INIT;
	struct value all;
	const struct value *tests = NULL;
	size_t i, count = 0;

	if (buf_read_file(&text, path, 1u << 20, NULL) == OK) {
		all = json(arena, text.data);
		tests = get(&all, "tests");
		assert_non_null(tests);
		count = tests->count;
	}
	for (i = 0; i < count; i++) {
		const struct value *t = &tests->items[i];

		check(get(t, "name")->text, render(arena,
		    get(t, "template")->text, get(t, "data"),
		    get(t, "partials"), ESCAPE_HTML), get(t, "expected")->text);
	}
	buf_free(&text);
	arena_free(&arena);
	free(path);
	return count;
}

static void
test_official(void **state)
{
	static const char *const files[] = { "comments", "delimiters",
	    "interpolation", "inverted", "partials", "sections" };
	const char *dir = getenv("UNDERSIGNED_CORPORA");
	size_t i, n = 0;

	(void)state;
	if (dir == NULL)
		dir = SOURCE_DIR "/../shared/corpora";
	for (i = 0; i < sizeof files / sizeof files[0]; i++)
		n += run_file(dir, files[i]);
	printf("# %zu cases of the official specification\n", n);
	if (n == 0)
		skip();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_escape_none),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_official),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
