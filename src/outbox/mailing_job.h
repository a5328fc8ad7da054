/* mailing_job.h - inside of outbox/: one person's copy of an update
 *
 * What all copies share is read once (struct mailing_words), what is hers is
 * her row and her opened identity.
 */
#ifndef OUTBOX_MAILING_JOB_H
#define OUTBOX_MAILING_JOB_H

#include "message/job.h"
#include "outbox/figures.h"
#include "outbox/mailing.h"
#include "seal/identity.h"
#include "store/mailing.h"

struct mailing_words {
	const struct campaign *campaign;
	struct mailing mailing;
	struct mailing_text *texts;
	size_t count;
	struct figures figures;
	struct job figures_set; /* the same as variables of a mail */
};

struct person {
	struct signature sig;
	struct identity who;
};

/* NOT_FOUND: she has no address any more. */
enum status person_open(const struct outbox_setup *, struct arena *,
    struct person *) MUST_CHECK;
/* Is she still one who gets updates? */
bool person_wants(const struct person *);

void mailing_make(const struct outbox_setup *, struct arena *,
    const struct mailing_words *, const struct person *, int64_t now,
    struct job *out);

#endif
