/* job.h - a mail to be sent, before it is rendered
 *
 * Made by outbox/ in the keeper, which knows keys and addresses; rendered and
 * sent by delivery/, which has neither and sees one job at a time.  Plain data
 * in an arena; job_unpack checks all bounds.
 */
#ifndef MESSAGE_JOB_H
#define MESSAGE_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct arena;
struct buf;

#define JOB_VARS 48

struct job_var {
	const char *name;       /* [a-z0-9_]+ */
	const char *value;      /* text; "" is false in a section */
};

struct job {
	int64_t id;             /* of the outbox entry */
	const char *campaign;   /* slug */
	const char *template_name;      /* "request", "receipt" ... */
	const char *language;
	const char *text;       /* name of the petition's text that it is to show,
	                           which its tokens speak of (seal/sha256.h); NULL:
	                           whichever there is */
	const char *to;         /* the one recipient */
	const char *to_name;    /* or NULL */
	const char *reverse_path;       /* SLUG+b-TOKEN@DOMAIN */
	const char *from;       /* SLUG@DOMAIN; its name is the campaign title */
	const char *reply_to;   /* SLUG+c-TOKEN@DOMAIN, or NULL */
	const char *message_id; /* "<...>" */
	const char *in_reply_to;        /* "<...>" or NULL; also References */
	const char *unsubscribe;        /* mailto address, or NULL */
	const char *unsubscribe_url;    /* https, RFC 8058; or NULL */
	int64_t date;           /* when it was promised, for Date: */
	bool auto_replied;      /* Auto-Submitted: auto-replied, else -generated */
	bool bulk;              /* updates: List-* and Precedence */
	int64_t mailing;        /* 0, or whose job_text is the body */
	size_t vars;
	struct job_var var[JOB_VARS];
};

void job_pack(const struct job *, struct buf *out);
enum status job_unpack(struct job *out, struct arena *, const void *record,
    size_t len) MUST_CHECK;

/* Its number, and whether it can wait for others, without unpacking it. */
bool job_peek(const void *record, size_t len, int64_t *id_out, bool *bulk_out);

/* The words of one update in one language, sent to delivery once, before its
 * jobs; a job of an update names it by MAILING. */
struct job_text {
	int64_t mailing;
	const char *campaign;   /* slug */
	const char *language;
	const char *subject;    /* Mustache */
	const char *body;       /* Markdown with Mustache */
};
#define JOB_TEXT_MAX 200000     /* octets of the body */
void text_pack(const struct job_text *, struct buf *out);
enum status text_unpack(struct job_text *out, struct arena *,
    const void *record, size_t len) MUST_CHECK;

/* The value of a variable, or NULL. */
const char *job_var(const struct job *, const char *name);
/* Add one; names and values are borrowed.  Ignored when VALUE is NULL. */
void job_set(struct job *, const char *name, const char *value);

#endif
