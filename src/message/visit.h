/* visit.h - a link of ours was opened in a browser, or its button pressed
 *
 * The web role sends a visit to the keeper and gets back what was seen: plain
 * data, and never more of a person than the page shows.  Both sides check
 * every bound again, since the other may have been taken over.
 */
#ifndef MESSAGE_VISIT_H
#define MESSAGE_VISIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "message/recipient.h"

struct arena;
struct buf;

#define VISIT_TEXT 16           /* 0-9, a-f */
#define VISIT_MAX 128           /* octets of a packed visit, at most */
#define SEEN_MAX 16384

enum visit_kind {
	VISIT_HEALTH,           /* are you there?  No slug, no token */
	VISIT_LOOK,             /* GET: changes nothing */
	VISIT_ACT               /* POST: confirms, or stops updates */
};

struct visit {
	enum visit_kind kind;
	enum purpose purpose;   /* CONFIRM or UNSUBSCRIBE; no other is taken */
	const char *slug;       /* or an alias of one language */
	const char *token;
	const char *text;       /* to sign: the name of the text that the page
	                           showed (VISIT_TEXT letters), or NULL */
};

/* Does it look like the name of a text? */
bool visit_is_text(const char *);
void visit_pack(const struct visit *, struct buf *out);
/* INVALID when it is not what visit_pack writes of a good visit. */
enum status visit_unpack(struct visit *out, struct arena *, const void *record,
    size_t len) MUST_CHECK;

enum seen_kind {
	SEEN_NOTHING,           /* not one of our links, or not any more */
	SEEN_TROUBLE,           /* not now; nothing was changed */
	SEEN_WELL,              /* answer to VISIT_HEALTH */
	SEEN_MAY_SIGN,          /* the button signs */
	SEEN_SIGNED,            /* she has signed, now or before */
	SEEN_CLOSED,            /* the campaign takes no more signatures */
	SEEN_MAY_STOP,          /* the button stops updates */
	SEEN_STOPPED,           /* no updates are sent, since now or before */
	SEEN_KINDS
};

/* Strings are one line each, or NULL where there is nothing to show. */
struct seen {
	enum seen_kind kind;
	const char *slug;       /* the campaign's own, whatever alias was asked */
	const char *language;   /* hers */
	const char *masked;     /* "g…a@example.org" */
	const char *name, *country, *city, *comment;    /* MAY_SIGN: what would be
	                           kept; country is a code */
	const char *shared;     /* likewise: names of organisations */
	bool updates, hidden;   /* likewise */
	bool changed;           /* MAY_SIGN: nothing was signed, for the page that
	                           she saw showed another text */
	bool declines;          /* MAY_STOP: she has not signed yet; stopping also
	                           takes her request to sign back */
	int64_t number;         /* SIGNED just now: her number; else 0 */
};

void seen_pack(const struct seen *, struct buf *out);
enum status seen_unpack(struct seen *out, struct arena *, const void *record,
    size_t len) MUST_CHECK;

/* "g…a@example.org" of an address: the first and the last letter before the
 * "@" and what is behind it; NULL for NULL. */
char *visit_mask(struct arena *, const char *address);

#endif
