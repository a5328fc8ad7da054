/* letter.h - a mail received, as the rest of the program sees it
 *
 * The intake role makes a letter from hostile bytes (message/reader.h) and
 * sends it to the keeper as a record; this is plain data in an arena.  Every
 * string is valid UTF-8 without control characters and within the bounds
 * below; letter_unpack checks that again, since the sender of the record may
 * have been taken over.
 */
#ifndef MESSAGE_LETTER_H
#define MESSAGE_LETTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "message/address.h"
#include "message/recipient.h"
#include "message/report.h"
#include "message/traits.h"
#include "words/vocabulary.h"

struct arena;
struct buf;

/* Who or what wrote it.  Only HUMAN is ever answered or acted on (RFC 3834);
 * BOUNCE and COMPLAINT are reports about mail of ours. */
enum nature {
	NATURE_HUMAN,
	NATURE_AUTOMATIC,       /* vacation, robot, challenge, role address */
	NATURE_BOUNCE,          /* RFC 3464, or the free-text kind */
	NATURE_COMPLAINT,       /* RFC 5965 */
	NATURE_LIST,            /* came by a mailing list or in bulk */
	NATURE_COUNT_
};

const char *nature_text(enum nature);

enum author_state {
	AUTHOR_ONE,             /* exactly one address in From */
	AUTHOR_NONE,            /* no From, or nothing usable in it */
	AUTHOR_MANY             /* more than one: nobody's signature */
};

#define LETTER_TEXT_MAX 16384   /* octets of what the person wrote */
#define LETTER_LINE_MAX 1000    /* octets of any other string */
#define LETTER_DIGEST 32
#define LETTER_HINTS 4

/* What staff post: the whole text of one language, not only the own words. */
#define LETTER_POST_MAX 65536           /* octets of one */
#define LETTER_POSTS_MAX 200000         /* of all */
#define LETTER_POSTS 8

struct letter_post {
	const char *language;           /* as far as it is known a code; NULL:
	                                   none was named */
	const char *subject, *body;     /* Markdown, LF lines */
};

struct letter {
	/* the envelope, and what the recipient asks for */
	const char *reverse_path;       /* "" for <> */
	struct recipient to;
	unsigned char digest[LETTER_DIGEST];    /* of the bytes, see reader.h */

	/* who */
	enum author_state author_state;
	struct address author;          /* zeroed unless AUTHOR_ONE */
	const char *display_name;       /* or NULL */
	bool authentic;                 /* DMARC pass said by the trusted host */
	bool forged;                    /* DMARC fail said by it */

	/* what */
	enum nature nature;
	const char *why;                /* the rule that decided nature: a word */
	const char *subject;            /* "" when there is none */
	const char *message_id;         /* "<...>" fit for In-Reply-To, or NULL */
	const char *text;               /* what the person wrote, LF lines; to the
	                                   keeper only with a token, else "" */
	struct said said;               /* verbs and fields in text and subject */
	const char *country;            /* ISO code of field country, or NULL */

	/* a token of ours in References, In-Reply-To or Subject, for when the
	 * provider dropped the detail; token NULL when there is none */
	struct recipient reference;

	/* languages the mail hints at, likeliest first, "xx" codes, NULL-ended:
	 * Content-Language, script of the text, Accept-Language */
	const char *hints[LETTER_HINTS + 1];

	/* only of what came to PURPOSE_UPDATES (reader_read_post) */
	struct letter_post post[LETTER_POSTS];
	size_t posts;
	bool post_cut;                  /* there was more than is allowed */

	/* what it may have in common with others (traits.h) */
	const char *network;            /* or NULL */
	bool disposable;                /* the domain of its author */
	bool has_words;                 /* words are the name of its text */
	unsigned char words[TRAIT_WORDS];

	/* what it reports of mail of ours; zeroed in what a person wrote */
	struct report report;
};

void letter_pack(const struct letter *, struct buf *out);

/* INVALID when the record is not what letter_pack writes of a good letter.
 * Strings are copied to the arena. */
enum status letter_unpack(struct letter *out, struct arena *,
    const void *record, size_t len) MUST_CHECK;

#endif
