/* update.h - undersign update: what its parts share
 *
 * update.c finds the campaign and the update and does what changes its state;
 * update_new.c takes in what was written; update_preview.c shows it;
 * update_status.c tells how far it is.
 */
#ifndef CTL_UPDATE_H
#define CTL_UPDATE_H

#include <stdint.h>

#include "base/status.h"
#include "store/mailing.h"

struct arena;
struct campaign;
struct ctl;
struct segment;

struct updating {
	struct ctl *ctl;
	struct arena *arena;
	const struct campaign *campaign;
	int64_t campaign_id;            /* 0: nothing is stored for it yet */
	struct mailing mailing;         /* when one was named */
};

/* Each does one thing to be done and answers with the exit code. */
int update_new_file(struct updating *);
int update_preview(struct updating *);
int update_status(struct updating *);
int update_list(struct updating *);
int update_schedule(struct updating *);         /* schedule.c */

const char *update_state(enum mailing_state);   /* "sending" */
/* Its words, or an exit code after complaining. */
int update_texts(const struct updating *, struct mailing_text **out,
    size_t *count_out);
/* In the campaign's default language, or the first there is. */
const char *update_subject(const struct updating *, const struct mailing_text *,
    size_t count);

/* To how many of each text it will go; COUNTS has room for as many as TEXTS. */
enum status update_readers(const struct updating *, const struct segment *,
    const struct mailing_text *texts, size_t count, int64_t *counts,
    int64_t *total_out) MUST_CHECK;

/* "2026-12-01 09:00", also with "UTC", "+0500", "+05:00" or "Asia/Dushanbe"
 * behind it; else in ZONE.  INVALID says what is wrong. */
enum status update_time(const char *text, const char *zone, int64_t *out,
    struct reason *) MUST_CHECK;
/* "2026-12-01 09:00 Asia/Dushanbe" */
const char *update_time_text(struct arena *, int64_t when, const char *zone);

#endif
