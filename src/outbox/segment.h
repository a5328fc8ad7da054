/* segment.h - which of the signers an update is for
 *
 * Written as words, all of which must hold, one value or several each:
 *   country=TJ,RU language=tg source=poster since=2026-10-01 until=2026-11-01
 *   action=posted
 * since/until: the day of confirmation, inclusive.  action: posted, wrote (said
 * so by verb), none.  "" is everybody.
 */
#ifndef OUTBOX_SEGMENT_H
#define OUTBOX_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

struct arena;
struct campaign;
struct segment;
struct signature;
struct store;

/* INVALID says which word and what would be right (a country that is not
 * two letters, a language the campaign lacks, a date that is none, an empty span). */
enum status segment_parse(struct segment **out, struct arena *,
    const struct campaign *, const char *text, struct reason *) MUST_CHECK;
/* In canonical form: as kept in mailing.segment. */
const char *segment_text(struct arena *, const struct segment *);
bool segment_has(const struct segment *, const struct signature *);
/* How many confirmed signers who want updates it matches now. */
enum status segment_count(struct store *, const struct segment *,
    int64_t campaign, int64_t *out) MUST_CHECK;

#endif
