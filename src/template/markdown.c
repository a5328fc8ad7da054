/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <cmark.h>

#include "base/arena.h"
#include "base/buf.h"
#include "template/markdown.h"

char *
markdown_escape(struct arena *arena, const char *text)
{
	char *out = arena_alloc(arena, 2 * strlen(text) + 1), *to = out;
	size_t i;

	for (i = 0; text[i] != '\0'; i++) {
		/* A backslash before a line end is a line break.  Not where a
		 * paragraph ends: there it would be shown. */
		if (ispunct((unsigned char)text[i]) || (text[i] == '\n' &&
		    i > 0 && text[i - 1] != '\n' && text[i + 1] != '\n' &&
		    text[i + 1] != '\0'))
			*to++ = '\\';
		*to++ = text[i];
	}
	*to = '\0';
	return out;
}

/* Puts what an image holds, its description, in its place. */
static void
drop_image(cmark_node *image)
{
	cmark_node *child;

	while ((child = cmark_node_first_child(image)) != NULL)
		if (!cmark_node_insert_before(image, child))
			break;
	cmark_node_unlink(image);
	cmark_node_free(image);
}

static void
drop_images(cmark_node *document)
{
	cmark_iter *iter = cmark_iter_new(document);
	cmark_event_type event;

	while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
		cmark_node *node = cmark_iter_get_node(iter);

		if (event == CMARK_EVENT_EXIT &&
		    cmark_node_get_type(node) == CMARK_NODE_IMAGE)
			drop_image(node);
	}
	cmark_iter_free(iter);
}

void
markdown_html(const char *text, size_t len, struct buf *out)
{
	cmark_node *document = cmark_parse_document(text, len,
	    CMARK_OPT_VALIDATE_UTF8);
	char *html;

	if (memmem(text, len, "![", 2) != NULL)
		drop_images(document);
	html = cmark_render_html(document, CMARK_OPT_SAFE);
	buf_addstr(out, html);
	free(html);
	cmark_node_free(document);
}

void
markdown_tidy(struct buf *text)
{
	size_t i, to = 0, empty = 0;

	for (i = 0; i < text->len; i++) {
		char c = text->data[i];

		if (c == '\n') {
			while (to > 0 && text->data[to - 1] == ' ')
				to--;
			empty++;
			continue;
		}
		if (empty > 0 && to > 0) {
			text->data[to++] = '\n';
			if (empty > 1)
				text->data[to++] = '\n';
		}
		empty = 0;
		text->data[to++] = c;
	}
	buf_cut(text, to);
	buf_addch(text, '\n');
}

static void
replace(struct buf *text, const char *what, const char *with, size_t len)
{
	struct buf out = BUF_INIT;
	size_t skip = strlen(what);
	char *at = text->data, *hit;

	while ((hit = strstr(at, what)) != NULL) {
		buf_add(&out, at, (size_t)(hit - at));
		buf_add(&out, with, len);
		at = hit + skip;
	}
	buf_addstr(&out, at);
	buf_wipe(text);
	*text = out;
}

void
markdown_put(struct buf *document, const char *mark, const char *html, size_t len)
{
	char *paragraph;

	if (strstr(document->data, mark) == NULL)
		return;
	paragraph = mem_printf("<p>%s</p>\n", mark);
	replace(document, paragraph, html, len);
	replace(document, mark, html, len);
	free(paragraph);
}

static const char *
direction(const char *language)
{
	static const char *const right_to_left[] = { "ar", "ckb", "dv", "fa",
	    "he", "ps", "sd", "ug", "ur", "yi" };
	size_t i, len = strcspn(language, "-_");

	for (i = 0; i < sizeof right_to_left / sizeof right_to_left[0]; i++)
		if (strlen(right_to_left[i]) == len &&
		    strncmp(right_to_left[i], language, len) == 0)
			return "rtl";
	return "ltr";
}

void
markdown_document(const char *language, const char *fragment, size_t len,
    struct buf *out)
{
	buf_addf(out, "<!DOCTYPE html>\n<html lang=\"%s\" dir=\"%s\">\n",
	    language, direction(language));
	buf_addstr(out, "<head>\n<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n"
	    "</head>\n<body style=\"margin:0\">\n"
	    "<div style=\"max-width:36em;margin:0 auto;padding:1em;"
	    "font:1em/1.5 sans-serif;overflow-wrap:anywhere\">\n");
	buf_add(out, fragment, len);
	buf_addstr(out, "</div>\n</body>\n</html>\n");
}
