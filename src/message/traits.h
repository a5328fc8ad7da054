/* traits.h - what many mails of one hand have in common
 *
 * For `undersign review`: nothing here decides anything about a mail.  What is
 * found is named by the keeper with keyed hashes, and kept as these only.
 */
#ifndef MESSAGE_TRAITS_H
#define MESSAGE_TRAITS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

struct arena;
struct fields;
struct said;

#define TRAIT_WORDS 8           /* octets that name a text */
#define TRAIT_WORDS_LEAST 24    /* octets of text: "I sign" is everybody's */
#define TRAIT_NETWORK 44        /* octets: "2001:db8:1::/48" and NUL */

/* The network that TRUSTED had the mail from: /24 of IPv4, /48 of IPv6.  Only
 * the run of Received fields at the top that says "by TRUSTED" counts, and of it
 * the first that has a public address: those above it are hops of its own.  ""
 * when there is none. */
void traits_network(const struct fields *, const char *trusted,
    char out[TRAIT_NETWORK]);
/* The network of ADDRESS, with or without a length behind it, in the same
 * spelling; INVALID. */
enum status traits_network_of(const char *address, char out[TRAIT_NETWORK])
    MUST_CHECK;

/* The name of TEXT, what she wrote, without lines that give a field of hers, her
 * display NAME (or NULL), blanks and case of ASCII.  False when too little is
 * left to tell by. */
bool traits_words(const char *text, const struct said *, const char *name,
    unsigned char out[TRAIT_WORDS]);

/* ---- domains that give addresses for a day --------------------------------------- */

struct disposable;

/* One domain a line, in A-labels or as it is; '#' begins a comment.  A file that
 * is not there is an empty list; INVALID names the line. */
enum status disposable_load(struct disposable **out, const char *path,
    struct reason *) MUST_CHECK;
void disposable_free(struct disposable **);
/* DOMAIN in A-labels, or a domain that it is below.  NULL: an empty list. */
bool disposable_has(const struct disposable *, const char *domain);

#endif
