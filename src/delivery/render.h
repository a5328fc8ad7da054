/* render.h - from a job to the bytes of a mail
 *
 * A template TEMPLATE_DIR/LANG/NAME.mustache begins with a "Subject: ..." line
 * and an empty line; the rest is Markdown that reads well as plain text.  It
 * is rendered once for text/plain and once more, through cmark, for text/html.
 * A campaign's own templates/LANG/NAME.mustache wins file by file, partials
 * too; one language never stands in for another.
 *
 * Values from strangers (name, comment ...) are on one line without control
 * characters, and escaped for Markdown on their way to cmark, however the
 * template names them (template/vars.h), so that a name cannot become a link.
 *
 * A job that names a text of the petition (job->text) shows that one or is not
 * rendered: what its answer signs is what was read.
 *
 * A job with a mailing is an update: its words, given before, stand in the
 * template as {{subject}} and {{update}} (template/update.h).
 *
 * Headers: exactly one From, To, Subject, Date, Message-ID, MIME-Version;
 * RFC 2047 where needed, folded at blanks, no line over 998 octets; CR, LF and
 * NUL cannot get in.
 */
#ifndef DELIVERY_RENDER_H
#define DELIVERY_RENDER_H

#include "base/status.h"

struct buf;
struct campaigns;
struct countries;
struct job;
struct job_text;
struct renderer;

/* Borrows all three.  Loads and parses all templates of all campaigns'
 * languages; INVALID with file:line, NOT_FOUND for a missing one. */
enum status renderer_new(struct renderer **out, const char *template_dir,
    const struct campaigns *, const struct countries *, const char *mail_domain,
    struct reason *) MUST_CHECK;
void renderer_free(struct renderer **);

/* The words of an update in one language, for the jobs that name its mailing;
 * copied.  Kept are the last 64 of them.  While others render, too. */
void renderer_set_text(struct renderer *, const struct job_text *);
/* All that another one has: before it is replaced by this. */
void renderer_take_texts(struct renderer *, const struct renderer *from);

/* What a person reads of it: subject and plain text, appended. */
enum status render_text(const struct renderer *, const struct job *,
    struct buf *subject, struct buf *plain, struct reason *) MUST_CHECK;

/* The whole message with CRLF line ends, appended to OUT.  NOT_FOUND when the
 * words of its update, or its campaign, are not there; AGAIN when it is made for
 * another text of the petition than this.  May be called from
 * several threads at once. */
enum status render_job(const struct renderer *, const struct job *, struct buf *out,
    struct reason *) MUST_CHECK;

#endif
