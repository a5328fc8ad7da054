/* fields.h - where each header field of a message begins and ends
 *
 * One pass over the bytes, no copies: a field points into the message, which
 * must outlive it.  The caps of reader.h are kept here.  Lines that are no
 * header lines are skipped when more of the header follows (some gateways put
 * them there), and end the header when nothing does.
 */
#ifndef MESSAGE_FIELDS_H
#define MESSAGE_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

#define FIELDS_MAX 1000
#define FIELDS_BYTES (256 * 1024)
#define FIELD_BYTES (64 * 1024)

/* What somebody here looks for; several names may mean the same. */
enum header {
	HEADER_ACCEPT_LANGUAGE, HEADER_ARC, HEADER_AUTHENTICATION_RESULTS,
	HEADER_AUTO_SUBMITTED, HEADER_CC, HEADER_CONTENT_CLASS,
	HEADER_CONTENT_DISPOSITION, HEADER_CONTENT_LANGUAGE,
	HEADER_CONTENT_TRANSFER_ENCODING, HEADER_CONTENT_TYPE,
	HEADER_DELIVERED_TO, HEADER_ENVELOPE_TO, HEADER_FEEDBACK_ID, HEADER_FROM,
	HEADER_IN_REPLY_TO, HEADER_LIST, HEADER_MESSAGE_ID, HEADER_MIME_VERSION,
	HEADER_PRECEDENCE, HEADER_RECEIVED, HEADER_REFERENCES, HEADER_REPLY_TO,
	HEADER_RETURN_PATH, HEADER_SENDER, HEADER_SUBJECT, HEADER_TO,
	HEADER_TRACE, HEADER_X_ORIGINAL_TO, HEADER_X_PRECEDENCE,
	HEADER_ROBOT,           /* only robots write it */
	HEADER_ROBOT_NOT_NO,    /* the same, unless its value is "no" */
	HEADER_PROGRAM,         /* names what made the mail */
	HEADER_FAILED,          /* X-Failed-Recipients */
	HEADER_CHALLENGE,       /* "prove that you are a person" */
	HEADER_OTHER
};

struct header_field {
	enum header id;
	const char *name;
	size_t name_len;
	const char *value;      /* folded, without the last line end */
	size_t len;
	const char *line_end;   /* where the next line begins */
};

struct fields {
	struct header_field *field;    /* supplied by the caller, ROOM of them */
	size_t room, count;
	const char *body;       /* after the empty line; may be at the end */
	size_t body_len;
};

/* FIELDS->field and ->room are set by the caller. */
void fields_read(struct fields *, const char *bytes, size_t len);

/* The first one called so after AFTER (NULL: from the start), or NULL. */
const struct header_field *fields_next(const struct fields *, enum header,
    const struct header_field *after);

/* The value on one line: line ends out, ends trimmed, NULs as blanks. */
char *field_text(struct arena *, const struct header_field *, size_t max);

/* True when the value, trimmed and without comments, begins with WORD and
 * nothing or no more word follows; case does not matter. */
bool field_is(const struct header_field *, const char *word);

#endif
