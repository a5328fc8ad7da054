/* where.h - which signatures are meant: "domain=example.net and from=2026-11-20 14"
 *
 * Terms joined by "and"; all of them must hold.  A value goes on to the next
 * " and ", or stands in double quotes.
 *
 *	source=WORD             the address she wrote to had it; -: none
 *	domain=NAME|#HANDLE     of her address
 *	network=ADDRESS|#HANDLE the trusted host had the mail from there
 *	mailbox=#HANDLE         spellings of one mailbox
 *	text=#HANDLE            the mail had this text
 *	disposable              its domain gives addresses for a day
 *	unreachable             mail to her bounces for good
 *	from=DAY[ HH]           asked to sign then or later
 *	until=DAY[ HH]          or earlier; the day or hour itself is meant too
 *	list=FILE               public numbers of signers, in a file
 *	pattern=REGEX           name, address, city or comment, where readable
 *
 * Handles are keyed hashes that `undersign review` shows.
 */
#ifndef CTL_WHERE_H
#define CTL_WHERE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "store/review.h"

struct arena;
struct keys;
struct where;

#define WHERE_HANDLE 20         /* octets: "#0123456789abcdef" and NUL */
void where_handle(int64_t value, char out[WHERE_HANDLE]);

/* INVALID; a file of list= that cannot be read answers as buf_read_file.  Lives in
 * the arena but for what where_free frees. */
enum status where_parse(struct where **out, struct arena *, const struct keys *,
    int64_t campaign, const char *text, struct reason *) MUST_CHECK;
void where_free(struct where **);

/* Does every term but the pattern hold?  UNTOLD: the traits that it would take are
 * kept no more. */
enum where_answer { WHERE_NO, WHERE_YES, WHERE_UNTOLD };
enum where_answer where_has(const struct where *, const struct reviewed *);

bool where_has_pattern(const struct where *);
/* TEXT is UTF-8. */
bool where_matches(const struct where *, const char *text);

/* The expression for those who decide; a pattern and a file's name, which may name
 * a person, are left out.  And to be kept: domains and networks as handles too. */
const char *where_shown(const struct where *);
const char *where_kept(const struct where *);

#endif
