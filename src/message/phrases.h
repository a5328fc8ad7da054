/* phrases.h - what mail programs write around the words of people
 *
 * Tables, in as many languages as we know: the line that introduces a quote,
 * the names of header fields in a quoted header, the words between dashes
 * above an original message, the line a telephone adds, the subjects of
 * vacation notices.  All in lower case as fold_line makes it.
 */
#ifndef MESSAGE_PHRASES_H
#define MESSAGE_PHRASES_H

#include <stdbool.h>
#include <stddef.h>

#define FOLD_MAX 512            /* octets of a line looked at */

/* LINE in lower case on one run: NBSP and tabs as blanks, blanks single, ends
 * trimmed; no zero-width or bidi characters, no '*'; digits of other scripts
 * as ours, full-width colons as ":".  Gives the length; OUT ends with NUL. */
size_t fold_line(char out[FOLD_MAX], const char *line, size_t len);

enum quoted_field {
	QUOTED_NONE, QUOTED_FROM, QUOTED_SENT, QUOTED_TO, QUOTED_SUBJECT,
	QUOTED_OTHER
};

/* All take text as fold_line gives it. */
bool phrase_wrote(const char *);                /* "wrote" anywhere in it */
bool phrase_on(const char *);                   /* begins like "On Monday" */
enum quoted_field phrase_field(const char *);   /* "von: ..." */
bool phrase_original(const char *);             /* "original message" */
bool phrase_original_line(const char *);        /* the same, without dashes */
bool phrase_reply_above(const char *);          /* "reply above this line" */
bool phrase_sent_from(const char *);            /* "sent from my iphone" */
bool phrase_closing(const char *);              /* "kind regards," alone */
bool phrase_banner(const char *);               /* "[external] caution: ..." */

/* The name of a program that answers by itself: "vacation 1.2". */
bool phrase_robot(const char *);

/* A subject that only a robot writes. */
bool phrase_vacation(const char *subject);
/* One that robots write, and now and then a person: "I am on holiday".  Who does
 * not say besides that she signs is taken for a robot: none may ever confirm. */
bool phrase_absent(const char *subject);
bool phrase_bounce(const char *subject);
bool phrase_challenge(const char *subject);

/* The beginning of a text on one line, ASCII in lower case; other letters stay
 * as they are, and the tables have both where it matters. */
#define FOLD_TEXT_MAX 1024
void fold_text(char out[FOLD_TEXT_MAX], const char *text);

/* All take text as fold_text gives it. */
bool phrase_vacation_body(const char *);
bool phrase_challenge_body(const char *);
bool phrase_bounce_body(const char *);

#endif
