/* texts.h - the words of the updates that are going out
 *
 * As many as TEXTS_MAX, one for each language of an update; the oldest goes
 * when one more comes.  Several threads may use them at once.
 */
#ifndef DELIVERY_TEXTS_H
#define DELIVERY_TEXTS_H

#include <stdint.h>

#include "base/status.h"

struct arena;
struct buf;
struct countries;
struct job;
struct job_text;
struct library_set;
struct sheet;
struct texts;
struct vars_base;

#define TEXTS_MAX 64

struct texts *texts_new(void);
void texts_free(struct texts **);

void texts_set(struct texts *, const struct job_text *);        /* copied */
void texts_copy(struct texts *to, struct texts *from);

/* The parts of a mail with an update in it, appended.  NOT_FOUND: its words
 * were never given, or are gone.  What is compiled is kept with BASE, SET and
 * SHEET, which have to outlive the texts. */
enum status texts_write(struct texts *, struct arena *, const struct job *,
    const struct vars_base *base, const struct library_set *set,
    const struct sheet *sheet, const struct countries *, struct buf *subject,
    struct buf *plain, struct buf *html, struct reason *) MUST_CHECK;

#endif
