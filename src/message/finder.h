/* finder.h - which of many phrases is in a text
 *
 * A table with its phrases sorted into buckets by their first octets (four, or
 * as many as the shortest has), so that a text is gone over once and not once
 * for each phrase.  Filled at the first use; for one thread.
 */
#ifndef MESSAGE_FINDER_H
#define MESSAGE_FINDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FINDER_BUCKETS 1024
#define FINDER_MAX 320          /* phrases in a table, each below 256 octets */

struct finder {
	const char *const *phrase;
	size_t count;
	size_t key;             /* octets that choose the bucket; 0: not filled */
	short head[FINDER_BUCKETS], next[FINDER_MAX];   /* place + 1; 0 ends */
	unsigned char len[FINDER_MAX];
};

#define FINDER(table) \
	{ .phrase = (table), .count = sizeof (table) / sizeof (table)[0] }

bool finder_begins(struct finder *, const char *text);
/* Is TEXT[0..len) one of them, all of it? */
bool finder_is(struct finder *, const char *text, size_t len);
/* Does one of them begin within the first MAX octets?  Anywhere? */
bool finder_within_first(struct finder *, const char *text, size_t max);
bool finder_within(struct finder *, const char *text);

#endif
