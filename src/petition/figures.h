/* figures.h - the numbers, as Prometheus text
 *
 * Totals only: of a campaign by state, of the outbox, of updates.  Nothing by
 * country or day, where a small number could point to a person.
 */
#ifndef PETITION_FIGURES_H
#define PETITION_FIGURES_H

#include <stdint.h>

struct buf;
struct petition;

/* Appends; what the store cannot tell just now is left out. */
void petition_figures(struct petition *, int64_t now, struct buf *out);

#endif
