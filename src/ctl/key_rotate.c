/* key_rotate.c - undersign key rotate: another master key, while all goes on
 *
 *  1  KEYFILE.new is written, and the ring of the new key (seal/ring.h) put into
 *     the database as prepared: from here on both keys are good.
 *  2  KEYFILE.new takes the place of KEYFILE, and the daemon its new key.
 *  3  The ring is in use; what is sealed under the earlier key is sealed anew.
 *  4  The ring is done: the earlier sealing keys leave it.
 *
 * Ended anywhere, the next run goes on there: whether the present key opens the
 * latest ring, and the state of that ring, say where that is.
 *
 * SPDX-License-Identifier: ISC
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "config/config.h"
#include "ctl/control.h"
#include "ctl/ctl.h"
#include "ctl/key.h"
#include "ctl/lock.h"
#include "ctl/output.h"
#include "outbox/outbox.h"
#include "petition/renewal.h"
#include "seal/master.h"
#include "seal/ring.h"
#include "store/ring.h"

struct rotating {
	struct ctl *ctl;
	unsigned char *master;          /* the present one */
	char *fresh;                    /* KEYFILE.new */
};

static int
trouble(enum status st)
{
	return ctl_complain(EXIT_NOT, "the database cannot be used: %s; run this "
	    "again, it goes on where it was", status_text(st));
}

/* The latest ring; NOT_FOUND: there is none. */
static enum status
latest(struct rotating *r, struct arena *arena, struct ring_row *out)
{
	size_t count = 0;
	enum status st = store_ring_list(r->ctl->store, arena, out, 1, &count);

	return st == OK && count == 0 ? NOT_FOUND : st;
}

/* In a transaction of its own. */
static enum status
put_ring(struct rotating *r, uint32_t epoch, enum ring_state state,
    const struct buf *sealed)
{
	struct store *store = r->ctl->store;
	struct ring_row row = { .epoch = epoch, .state = state,
	    .sealed = { sealed->data, sealed->len } };
	enum status st = store_begin(store);

	if (st != OK)
		return st;
	st = store_ring_put(store, &row);
	if (st == OK && state == RING_DONE)
		st = store_ring_forget(store, epoch);
	if (st == OK)
		st = store_commit(store);
	else
		store_rollback(store);
	return st;
}

/* ---- 1: prepare ------------------------------------------------------------------ */

/* What an earlier run left that came to nothing. */
static enum status
clear(struct rotating *r)
{
	struct arena *arena = arena_new();
	struct ring_row row;
	enum status st = latest(r, arena, &row);

	(void)unlink(r->fresh);
	if (st == OK && row.state == RING_PREPARED) {
		st = store_begin(r->ctl->store);
		if (st == OK)
			st = store_ring_remove(r->ctl->store, row.epoch);
		if (st == OK)
			st = store_commit(r->ctl->store);
	}
	arena_free(&arena);
	return st == NOT_FOUND ? OK : st;
}

static int
write_fresh(struct rotating *r, const unsigned char *master)
{
	struct buf bytes = BUF_INIT;
	int code;

	if (r->ctl->config->key_place == KEY_LOCKED)
		return lock_write_master(r->ctl, r->fresh, master);
	buf_add(&bytes, (const char *)master, KEY_BYTES);
	code = key_write_new(r->fresh, &bytes);
	buf_wipe(&bytes);
	return code;
}

static int
prepare(struct rotating *r)
{
	unsigned char *master = master_new();
	struct keys *next = NULL;
	struct buf ring = BUF_INIT;
	struct reason why;
	enum status st = clear(r);
	int code = st == OK ? write_fresh(r, master) : trouble(st);

	if (code == 0 && keys_from_master(&next, master, &why) != OK)
		code = ctl_complain(EXIT_NOT, "%s", why.text);
	if (code == 0) {
		ring_make(r->ctl->keys, next, clock_day(clock_now()),
		    OUTBOX_REPLY_DAYS, &ring);
		st = put_ring(r, ring_epoch(r->ctl->keys) + 1, RING_PREPARED,
		    &ring);
		code = st == OK ? 0 : trouble(st);
	}
	if (code == 0) {
		master_free(&r->master);
		r->master = master;
		master = NULL;
	}
	keys_free(&next);
	buf_free(&ring);
	master_free(&master);
	return code;
}

/* ---- 2: the new key takes its place ---------------------------------------------- */

static int
load_again(struct rotating *r)
{
	struct ctl *ctl = r->ctl;
	struct reason why;

	keys_free(&ctl->keys);
	if (keys_from_master(&ctl->keys, r->master, &why) != OK)
		return ctl_complain(EXIT_NOT, "%s", why.text);
	return ctl_load_ring(ctl);
}

/* A daemon that does not run reads the file when it starts. */
static int
tell_daemon(struct rotating *r)
{
	const struct config *config = r->ctl->config;
	int fd = open(config->key_file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct control_reply reply;
	struct reason why;
	enum status st;

	if (fd < 0)
		return ctl_complain(EXIT_NOT, "%s: %s", config->key_file,
		    strerror(errno));
	st = control_ask(config, CONTROL_CHANGE, config->key_place == KEY_LOCKED ?
	    r->master : NULL, config->key_place == KEY_LOCKED ? -1 : fd, &reply,
	    &why);
	(void)close(fd);
	if (st == NOT_FOUND || (st == OK && reply.state == CONTROL_LOCKED))
		return 0;
	if (st == OK && reply.answer != CONTROL_DONE)
		st = fail(&why, TEMPFAIL, "undersignd does not take a key just "
		    "now; run this again in a moment");
	if (st == OK)
		st = control_wait(config, &why);
	return st == OK ? 0 : ctl_complain(EXIT_NOT, "%s", why.text);
}

/* ---- 3: sealing anew ---------------------------------------------------------------- */

/* Once through everything. */
static int
renew_all(struct rotating *r, struct renewal *renewal)
{
	struct store *store = r->ctl->store;
	struct progress progress;
	int64_t total = 0;
	enum status st = renewal_size(store, &total);

	*renewal = (struct renewal){ 0 };
	progress_begin(&progress, "rows", total, -1);
	while (st == OK || st == AGAIN) {
		st = renewal_step(store, r->ctl->keys, renewal);
		progress_at(&progress, renewal->looked);
		if (st == OK)
			break;
	}
	progress_end(&progress);
	return st == OK ? 0 : trouble(st);
}

/* A command that was started before may have written with the earlier key: so
 * once more, until there is nothing. */
static int
renew(struct rotating *r)
{
	struct renewal renewal;
	int64_t done = 0;
	int code;

	do {
		code = renew_all(r, &renewal);
		done += renewal.renewed;
	} while (code == 0 && renewal.renewed > 0);
	if (code == 0)
		(void)printf("Sealed anew: %" PRId64 "\n", done);
	if (code == 0 && renewal.damaged > 0)
		(void)ctl_complain(0, "%" PRId64 " %s with no key: damaged "
		    "before, and left so", renewal.damaged,
		    count_words(renewal.damaged, "row opens", "rows open"));
	return code;
}

/* ---- all of it ------------------------------------------------------------------------ */

/* The present key's ring in STATE, with or without the keys before. */
static int
mark(struct rotating *r, enum ring_state state)
{
	struct arena *arena = arena_new();
	struct ring_row row;
	struct buf sealed = BUF_INIT;
	enum status st = latest(r, arena, &row);

	if (st == OK && state == RING_DONE)
		ring_finish(r->ctl->keys, clock_day(clock_now()), &sealed);
	else if (st == OK)
		buf_add(&sealed, row.sealed.data, row.sealed.len);
	if (st == OK)
		st = put_ring(r, ring_epoch(r->ctl->keys), state, &sealed);
	buf_free(&sealed);
	arena_free(&arena);
	return st == OK ? 0 : trouble(st);
}

static int
finish(struct rotating *r)
{
	int code = load_again(r);

	if (code == 0)
		code = tell_daemon(r);
	if (code == 0)
		code = mark(r, RING_IN_USE);
	if (code == 0)
		code = renew(r);
	if (code == 0)
		code = mark(r, RING_DONE);
	if (code == 0)          /* and lets go of the earlier keys */
		code = tell_daemon(r);
	if (code == 0)
		(void)printf("The master key is another now.  Copy %s to a safe "
		    "place.\nBackups made before open with the copy of the earlier "
		    "key only.\n", r->ctl->config->key_file);
	return code;
}

static int
rotate(struct rotating *r)
{
	int code = 0;

	if (ring_is_unfinished(r->ctl->keys))
		(void)puts("The last change is not finished; going on with it.");
	else {
		code = prepare(r);
		if (code == 0)
			code = key_put_in_place(r->fresh,
			    r->ctl->config->key_file);
	}
	return code == 0 ? finish(r) : code;
}

/* Two at once would take each other's files away.  Held until the end of the
 * process. */
static int
be_alone(const struct config *config)
{
	int fd = open(config->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return ctl_complain(EXIT_NOT, "%s: %s%s", config->state_dir,
		    strerror(errno), ctl_closed(config->state_dir));
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	(void)close(fd);
	return ctl_complain(EXIT_NOT, "another undersign key rotate is at work");
}

int
key_rotate(struct ctl *ctl)
{
	struct rotating r = { .ctl = ctl };
	struct reason why;
	int code = ctl_open(ctl, NEED_CONFIG);

	if (code == 0)
		code = be_alone(ctl->config);
	if (code == 0 && ctl->config->key_place == KEY_IN_CREDENTIAL)
		code = ctl_complain(EXIT_NOT, "a credential cannot be changed from "
		    "here: put it into a file (systemd-creds decrypt), name that "
		    "as key_file, restart, run this, and make a credential of "
		    "the new file");
	if (code == 0)
		code = key_may_write_beside(ctl->config->key_file);
	if (code == 0)
		code = lock_read_master(ctl, &r.master);
	if (code == 0 && keys_from_master(&ctl->keys, r.master, &why) != OK)
		code = ctl_complain(EXIT_NOT, "%s", why.text);
	if (code == 0)
		code = ctl_open(ctl, NEED_WRITE);
	if (code == 0) {
		r.fresh = mem_printf("%s.new", ctl->config->key_file);
		code = rotate(&r);
	}
	free(r.fresh);
	master_free(&r.master);
	return code;
}
