/* SPDX-License-Identifier: ISC */
/*
 * What HTML mail says in its writer's own words: what is hidden or struck
 * through is none of them, nor what mail programs mark as earlier mail.
 */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "message/html.h"
#include "message/reader.h"
#include "tests/unit/check.h"

#define INTRO "On Mon, Nov 23, 2026 at 8:00 PM Free &lt;f@x.example&gt; wrote:"
#define OUTLOOK "<b>From:</b> Free<br><b>Sent:</b> Monday<br><b>To:</b> Ada<br><br>SHARE nordic"

static const struct {
	const char *in, *want;
} cases[] = {
	/* struck through */
	{ "<p>Yes <s>no</s></p>", "Yes" },
	{ "I do <strike>not</strike> sign", "I do sign" },
	{ "<del>HIDE</del><br>Yes", "Yes" },
	{ "<s>FORGET</s>", "" },
	{ "<S CLASS=x>FORGET</S>STATUS", "STATUS" },
	{ "<span style=\"text-decoration: line-through\">no</span> yes", "yes" },
	{ "<span STYLE='color:red; Text-Decoration-Line:underline Line-Through'>no</span> yes", "yes" },
	{ "<span style=text-decoration:line-through>no</span> yes", "yes" },
	{ "<span style=\"text-decoration:line-through !important;text-decoration:none\">no</span> yes", "yes" },
	{ "<span style=\"text-decoration:line-through;text-decoration:none\">yes</span>", "yes" },
	{ "<s>no <span style=\"text-decoration:none\">never</span></s> yes", "yes" },
	{ "<s style=\"text-decoration:none\">yes</s>", "yes" },
	{ "<span style=\"text-decoration:underline\">yes</span>", "yes" },
	{ "<s><b>no</s></b>yes", "yes" },
	{ "<p style=\"text-decoration:line-through\">no<p>yes", "yes" },
	{ "<ul><li style=\"text-decoration:line-through\">HIDE<li>UPDATES</ul>yes", "- UPDATES\n\nyes" },
	{ "<div><s>no</div>yes", "yes" },
	{ "Name: Ada<s><br>x<br></s>Country: Norway", "Name: Ada\nCountry: Norway" },
	{ "One<s> </s>two", "One two" },
	{ "yes <s/>or no", "yes or no" },
	{ "Write to &lt;del@x.example&gt; <del@x.example> yes", "Write to <del@x.example> yes" },
	{ "<sub>yes</sub><span>, ja</span><section>oui</section>", "yes, ja\noui" },
	{ "<ins>yes</ins><u>es</u>", "yeses" },

	/* hidden */
	{ "<div style=\"display:none\">FORGET</div>yes", "yes" },
	{ "<div style=\"display:none;\"><div>FORGET</div>STOP</div>yes", "yes" },
	{ "<div style=\"display:none\"><p style=\"display:block;visibility:visible\">STOP</div>yes", "yes" },
	{ "<div style='DISPLAY : NONE ! important;display:block'>STOP</div>yes", "yes" },
	{ "<div style=\"display:none;display:block\">yes</div>", "yes" },
	{ "<div style=\"font-family:&quot;A;B&quot;,serif;display:none\">STOP</div>yes", "yes" },
	{ "<div hidden>STOP</div>yes", "yes" },
	{ "<div hidden=\"until-found\">STOP</div>yes", "yes" },
	{ "<div hidden style=\"display:block\">yes</div>", "yes" },
	{ "<div style=\"visibility:hidden\">STOP <b>NOW</b> <i style=\"visibility:visible\">yes</i></div>", "yes" },
	{ "<div style=\"visibility:collapse\">STOP</div>yes", "yes" },
	{ "<div style=\"visibility: inherit\">HIDE</div>", "HIDE" },
	{ "<span style='display:none;mso-hide:all'>STOP</span>yes", "yes" },
	{ "<span style='mso-hide:all'>STOP</span>yes", "yes" },
	{ "<span style=\"mso-hide:none\">yes</span>", "yes" },
	{ "<span style=\"opacity:0\">STOP</span>yes", "yes" },
	{ "<span style=\"opacity:0.0\">STOP</span>yes<span style=\"opacity:.05\">?</span>", "yes?" },
	{ "<span style=\"font-size:0\">STOP</span>yes", "yes" },
	{ "<span style=\"font-size:0px;line-height:0\">STOP</span>yes", "yes" },
	{ "<span style=\"font-size:1px;color:#fff\">STOP</span>yes", "yes" },
	{ "<span style=\"font:0/0 a\">STOP</span>yes<i style=\"font:italic 700 14px/1.2 Arial\">!</i>", "yes!" },
	{ "<table style=\"font-size:0\"><tr><td style=\"font-size:14px\">yes<td>STOP</table>", "yes" },
	{ "<div style=\"font-size:0\"><p style=\"font-size:1em\">STOP<p style=\"font-size:medium\">yes</div>", "yes" },
	{ "<div style=\"max-height:0;overflow:hidden\">STOP</div>yes", "yes" },
	{ "<div style=\"height:0px;width:0;overflow-y:hidden\">STOP</div>yes", "yes" },
	{ "<div style=\"max-height:0\">yes</div><div style=\"overflow:hidden;max-width:600px\">ja</div>", "yes\nja" },
	{ "<p style=\"display:none\">STOP<p>yes", "yes" },
	{ "<p style=\"display:none\">STOP<div>yes</div>", "yes" },
	{ "<p hidden>STOP</p>yes", "yes" },
	{ "<table><tr hidden><td>STOP<td>STOP<tr><td>yes</table>ja", "yes\nja" },
	{ "<table><tr><td hidden>STOP<table><tr><td>STOP</table>STOP<td>yes</table>ja", "yes\nja" },
	{ "<ul><li hidden>STOP<ul><li>STOP</ul>STOP<li>yes</ul>", "- yes" },
	{ "<div style=\"line-height:0;margin:0;opacity:1;font-size:10pt;display:block;visibility:visible\">yes</div>", "yes" },
	{ "<div style=\"display:\">yes</div><div style=\";:;a:b;;\">ja</div><div style>oui</div><div style=>si</div>", "yes\nja\noui\nsi" },
	{ "<div title=\"display:none\" data-style=\"display:none\" class=hidden>yes</div>", "yes" },
	{ "<img hidden>yes<br style=\"display:none\">ja<input type=\"hidden\">!", "yes\nja!" },
	{ "<div style=\"display:none\">STOP</div><blockquote>q</blockquote>", "" },

	/* earlier mail, marked without a blockquote */
	{ "Yes<div class=\"gmail_quote\"><div class=\"gmail_attr\">" INTRO "</div>SHARE nordic</div>", "Yes" },
	{ "Yes<div class=\"gmail_quote gmail_quote_container\">SHARE nordic</div>Ada", "Yes\nAda" },
	{ "Yes<div class=\"gmail_quote\"><div dir=ltr class=\"gmail_attr\">---------- Forwarded message ---------<br>From: x</div>SHARE nordic<blockquote>a</blockquote>FORGET</div>FORGET", "Yes" },
	{ "Yes<div class=gmail_quote>---------- Forwarded message ----------<br>From: x<br>FORGET<blockquote>a</blockquote>FORGET</div>", "Yes" },
	{ "<div class=\"gmail_quote\"><div class=\"gmail_attr\">" INTRO "</div><blockquote class=\"gmail_quote\">q</blockquote><div>HIDE</div></div>", "HIDE" },
	{ "<div class=\"gmail_quote\"><div>NO</div><blockquote class=\"gmail_quote\">q</blockquote></div>", "NO" },
	{ "<div class=\"gmail_quote\"><div>NO</div></div>", "NO" },
	{ "<div class=\"gmail_quote\"><div class=\"gmail_attr\">x</div>SHARE nordic</div>", "" },
	{ "<div class=\"gmail_quote\">" INTRO "<br>SHARE nordic</div>", "" },
	{ "<blockquote class=gmail_quote>-----Original Message-----<br>q</blockquote>HIDE", "HIDE" },
	{ "Yes<hr><div id=\"divRplyFwdMsg\">" OUTLOOK "</div><div>FORGET</div>", "Yes" },
	{ "Yes<div id=\"appendonsend\"></div><hr><div>" OUTLOOK "</div><p>FORGET", "Yes" },
	{ "Yes<div Class=OutlookMessageHeader><font>" OUTLOOK "</font></div><div>FORGET</div>", "Yes" },
	{ "<blockquote>q<div id=\"x_divRplyFwdMsg\">q</div>q</blockquote>HIDE", "HIDE" },
	{ "Yes<div id=\"yahoo_quoted_1234\" class=\"yahoo_quoted\"><div>" INTRO "</div>SHARE nordic</div>", "Yes" },
	{ "Yes<div class=\"ydp1234yahoo_quoted\">" INTRO "<br>SHARE nordic</div>", "Yes" },
	{ "Yes<div type=cite class=\"protonmail_quote\">" INTRO "<br><br>SHARE nordic</div>", "Yes" },
	{ "Yes<div class=\"moz-cite-prefix\">Den 23.11.2026 skrev Free:<br></div><div>SHARE nordic</div>FORGET", "Yes" },
	{ "<div class=\"moz-cite-prefix\">Den 23.11.2026 skrev Free:<br></div><blockquote type=\"cite\" cite=\"mid:x\">q</blockquote><p>Yes</p>", "Yes" },
	{ "<p id=\"reply-intro\">x</p><blockquote type=cite>q</blockquote>Yes", "Yes" },
	{ "Yes<p id=\"reply-intro\">x</p><div>FORGET</div>", "Yes" },
	{ "Yes<blockquote type=\"cite\">" INTRO "<br>q</blockquote>", "Yes" },
	{ "Yes<div name=\"quote\" style=\"border-left:2px solid\">FORGET</div>", "Yes" },
	{ "Yes<div class=\"AppleOriginalContents\">FORGET</div>", "Yes" },
	{ "Yes<span style=\"gmail_quote\" title=\"divRplyFwdMsg\">, please</span>", "Yes, please" },
};

static void
own_words_are_kept(void **state)
{
	struct arena *arena = arena_new();
	struct buf text = BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *got;

		buf_clear(&text);
		html_text(cases[i].in, strlen(cases[i].in), HTML_OWN, &text);
		got = reader_own_words(arena, text.data, text.len);
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("case %zu\n%s\n--- wants\n%s\n--- got\n%s", i,
			    cases[i].in, cases[i].want, got);
	}
	buf_free(&text);
	arena_free(&arena);
}

/* A report of a mail system is read whole. */
static void
the_whole_is_whole(void **state)
{
	static const char html[] = "<p hidden>User <s>unknown</s></p><div "
	    "style=\"display:none;font-size:0\">550 5.1.1</div>";
	struct buf text = BUF_INIT;

	(void)state;
	html_text(html, strlen(html), HTML_WHOLE, &text);
	assert_string_equal(text.data, "User unknown\n\n550 5.1.1\n");
	buf_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_words_are_kept),
		cmocka_unit_test(the_whole_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
