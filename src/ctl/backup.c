/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "config/config.h"
#include "ctl/ctl.h"
#include "ctl/output.h"
#include "ctl/peer.h"
#include "store/store.h"

static void
on_progress(void *arg, int64_t done, int64_t total)
{
	struct progress *p = arg;

	p->total = total;
	progress_at(p, done);
}

int
verb_backup(struct ctl *ctl)
{
	struct progress progress;
	struct reason why = { "" };
	enum status st;

	if (ctl->store == NULL)
		return ctl_complain(EXIT_NOT, "there is nothing to back up: %s has "
		    "no database yet", ctl->config->state_dir);
	progress_begin(&progress, "pages", 0, -1);
	st = store_backup(ctl->store, ctl->args[0], on_progress, &progress, &why);
	progress_end(&progress);
	if (st == EXISTS)
		return ctl_complain(EXIT_NOT, "%s is there already; choose another "
		    "name, or move it away first", ctl->args[0]);
	if (st != OK)
		return ctl_complain(EXIT_NOT, "%s", why.text);
	(void)printf("%s is a whole copy of the database.\n"
	    "It is of no use without the key: keep a copy of %s too, in another "
	    "place.\n", ctl->args[0], ctl->config->key_file);
	return EXIT_DONE;
}

int
verb_restore(struct ctl *ctl)
{
	const char *place = ctl->config->intake.lmtp;
	struct reason why = { "" };
	enum status st;

	if (place != NULL && peer_probe(place, NULL) == OK)
		return ctl_complain(EXIT_NOT, "the daemon is at work; stop it "
		    "first: %s", ctl_daemon(ctl, DAEMON_STOP));
	st = store_restore(ctl->args[0], ctl->config->state_dir, clock_now(),
	    &why);
	if (st == EXISTS)
		return ctl_complain(EXIT_NOT, "%s has a database already; move "
		    "undersigned.db, and -wal and -shm beside it, away first",
		    ctl->config->state_dir);
	if (st != OK)
		return ctl_complain(EXIT_NOT, "%s", why.text);
	ctl_give_files(ctl->config);
	(void)printf("The database is in %s again. It opens with the key it was "
	    "made with only.\n\nNext:\n"
	    "  %s check\n"
	    "  %s\n"
	    "and of each campaign of which \"%s tally SLUG status\" says that it "
	    "stands still:\n"
	    "  %s tally SLUG recover DIR     (the published folder)\n",
	    ctl->config->state_dir, ctl_command(ctl),
	    ctl_daemon(ctl, DAEMON_START), ctl_command(ctl), ctl_command(ctl));
	return EXIT_DONE;
}
