/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "config/config.h"
#include "ctl/ctl.h"
#include "ctl/output.h"
#include "ctl/tally.h"
#include "logbook/recover.h"
#include "petition/petition.h"
#include "petition/tally.h"
#include "store/store.h"
#include "tally/audit.h"
#include "tally/folder.h"

struct recovering {
	struct tallying *t;
	struct petition *petition;
	struct progress progress;
};

static void
say_wrong(void *arg, const char *what)
{
	(void)arg;
	(void)ctl_complain(EXIT_NOT, "%s", what);
}

static void
on_progress(void *arg, uint64_t done, uint64_t total)
{
	struct recovering *r = arg;

	r->progress.total = (int64_t)total;
	progress_at(&r->progress, (int64_t)done);
}

/* Only what is whole is taken back. */
static int
open_folder(struct recovering *r, const char *dir, struct folder **out)
{
	struct audit audit = { .found = say_wrong, .progress = on_progress,
	    .context = r };
	struct reason why = { "" };
	enum status st = folder_open(out, dir, &why);

	if (st != OK)
		return ctl_complain(EXIT_NOT, "%s", why.text);
	progress_begin(&r->progress, "entries", 0, -1);
	st = audit_folder(*out, &audit, &why);
	progress_end(&r->progress);
	if (st == OK)
		return 0;
	folder_close(out);
	return ctl_complain(EXIT_NOT, "%s: is not a whole tally, so nothing is "
	    "taken from it%s%s", dir, why.text[0] != '\0' ? ": " : "", why.text);
}

static enum status
taken_back(void *arg, struct arena *arena, int64_t signature, enum leaf_back why)
{
	struct recovering *r = arg;

	return petition_staff_taken_back(r->petition, arena, r->t->slug,
	    signature, why, clock_now());
}

static int
say_recovered(const struct tallying *t, const struct recovered *done)
{
	(void)printf("The tally of %s goes on at %" PRIu64 " %s (the "
	    "database had %" PRIu64 ").\n", t->slug, done->is,
	    count_words((int64_t)done->is, "entry", "entries"), done->was);
	if (done->taken > 0)
		(void)printf("%" PRIu64 " %s taken back from what is "
		    "published.\n", done->taken, count_words(
		    (int64_t)done->taken, "entry was", "entries were"));
	if (done->of_nobody > 0)
		(void)printf("%" PRIu64 " of them %s that this database does "
		    "not have: counted in the tally, and nobody here knows "
		    "whose.\n", done->of_nobody, count_words(
		    (int64_t)done->of_nobody, "is a signature",
		    "are signatures"));
	if (done->given_up > 0)
		(void)printf("%" PRIu64 " %s of the database %s given up; "
		    "what %s said waits for the next batch.\n", done->given_up,
		    count_words((int64_t)done->given_up, "entry", "entries"),
		    count_words((int64_t)done->given_up, "was", "were"),
		    count_words((int64_t)done->given_up, "it", "they"));
	return EXIT_DONE;
}

static int
recover_now(struct recovering *r, struct folder *folder)
{
	struct tallying *t = r->t;
	struct store *store = t->ctl->store;
	struct recover how = { .store = store,
	    .state_dir = t->ctl->config->state_dir, .slug = t->slug,
	    .tally = &t->row, .folder = folder,
	    .give_up = ctl_value(t->ctl, "give-up") != NULL,
	    .back = taken_back, .arg = r };
	struct recovered done;
	struct reason why = { "" };
	enum status st = store_begin(store);

	if (st == OK)           /* it may have moved since it was looked at */
		st = store_tally_get(store, t->arena, t->campaign_id, &t->row);
	if (st == OK)           /* it went back behind what was signed */
		st = store_ids_leap(store, clock_now(), true);
	if (st == OK)
		st = recover_log(&how, &done, &why);
	if (st == OK)
		st = store_commit(store);
	else
		store_rollback(store);
	ctl_give_files(t->ctl->config);
	if (st == OK)
		return say_recovered(t, &done);
	return ctl_complain(EXIT_NOT, "%s", why.text[0] != '\0' ? why.text :
	    status_text(st));
}

int
tally_recover(struct tallying *t)
{
	struct petition_setup setup = { t->ctl->store, t->ctl->keys,
	    t->ctl->config, t->ctl->campaigns, NULL };
	struct recovering r = { .t = t };
	struct folder *folder = NULL;
	int code;

	if (t->ctl->count < 3 && ctl_value(t->ctl, "give-up") == NULL)
		return ctl_misuse(t->ctl, "say where it is published; or, if it "
		    "never was and no witness has cosigned it, --give-up");
	code = tally_read(t);
	if (code == 0 && t->ctl->count == 3)
		code = open_folder(&r, t->ctl->args[2], &folder);
	if (code != 0)
		return code;
	r.petition = petition_new(&setup);
	code = recover_now(&r, folder);
	petition_free(&r.petition);
	folder_close(&folder);
	return code;
}
