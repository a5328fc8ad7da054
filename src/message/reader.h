/* reader.h - hostile bytes in, a letter out
 *
 * The frame of a message (header fields, delimiter lines of its parts) is found
 * here without copies and in one pass a level; GMime, used in this folder only,
 * reads addresses and undoes transfer encodings, behind caps that are applied
 * before it sees a byte: size of the header (256 KiB in all, 64 KiB a field),
 * number of fields (1000), colons in an address field (nested groups), nesting
 * (100), parts (1000), text decoded (256 KiB).  Beyond a cap the rest is left
 * out, the letter is still read, and one second of CPU is never reached.
 *
 * A reader is for one thread.  Make it before the sandbox closes: it opens the
 * charset converters that iconv loads from files.
 *
 * Nothing here decides what to do: that is petition/.
 */
#ifndef MESSAGE_READER_H
#define MESSAGE_READER_H

#include <stddef.h>

#include "base/status.h"
#include "message/letter.h"

struct arena;
struct countries;
struct disposable;
struct findings;
struct vocabulary;
struct reader;

struct reader_setup {
	const struct vocabulary *vocabulary;    /* borrowed; NULL: no verbs */
	const struct countries *countries;      /* borrowed; NULL: none */
	const char *const *languages;           /* NULL-terminated, borrowed */
	const char *trusted_authserv;           /* or NULL: trust none */
	const struct disposable *disposable;    /* borrowed; NULL: none */
};

struct reader *reader_new(const struct reader_setup *);
void reader_free(struct reader **);

/* Read one message.  OUT->to is left zeroed: the caller fills in each
 * recipient.  REVERSE_PATH without brackets, "" for <>, NULL when nobody knows
 * it (a pipe, a folder), which is no sign of a robot.  Always gives a letter;
 * what cannot be read is absent from it.  The digest is BLAKE2b of all but the
 * trace fields (Received, Received-SPF, Return-Path, Delivered-To, Envelope-To,
 * X-Original-To, Authentication-Results, ARC-*), so that the same mail sent
 * again by an MTA has the same digest; it is no secret and proves nothing. */
void reader_read(struct reader *, struct arena *, const char *bytes, size_t len,
    const char *reverse_path, struct letter *out);

/* The report in a message whose letter is NATURE_HUMAN, to be asked when it came
 * to the address that only returns go to: a bounce in words that nobody knows
 * looks like a person's.  Of all other letters reader_read has read it. */
void reader_read_report(struct reader *, struct arena *, const char *bytes,
    size_t len, struct letter *);

/* The whole text of a message whose letter reader_read has read, for what staff
 * post: quotes and all, but for the signature below "-- ".  A line such as
 * "Language: ru", and "Subject: ..." below it, begins the text in another
 * language; an attached file NAME.LANG.md is a text of its own, all of it.
 * letter->to is PURPOSE_UPDATES. */
void reader_read_post(struct reader *, struct arena *, const char *bytes,
    size_t len, struct letter *);

/* More of the same message, for tests, for staff and for a Maildir without an
 * envelope; all in the arena. */
struct reader_more {
	const char *text_full;          /* first text part, quotes and all */
	size_t attachments;
	const char *return_path;        /* or NULL */
	const char **delivered_to;      /* Delivered-To, X-Original-To,
	                                   Envelope-To; NULL-ended */
	const char **visible_to;        /* To and Cc addresses; NULL-ended */
};
void reader_read_more(struct reader *, struct arena *, const char *bytes,
    size_t len, struct reader_more *out);

/* What a mail to oneself from DOMAIN shows (findings.h); bounce is left out. */
void reader_findings(struct reader *, const char *bytes, size_t len,
    const char *domain, struct findings *out);

/* What the person wrote in TEXT: quotes of earlier mail, attributions
 * ("On ... wrote:", in some thirty languages), forwarded headers and the
 * signature taken off. */
char *reader_own_words(struct arena *, const char *text, size_t len);

#endif
