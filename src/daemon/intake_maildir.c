/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "daemon/event.h"
#include "daemon/intake.h"
#include "intake/maildir.h"
#include "message/reader.h"

/* Mail from a Maildir has no envelope: its recipients are in the fields that
 * the delivering program wrote, else in To and Cc.  Some are on their way at
 * once, so that the keeper has a batch to commit. */

#define AT_ONCE 32
#define RECIPIENTS 100

struct mail {
	struct intake_maildir *all;
	uint64_t ticket;
	size_t count, open;
	const char *recipient[RECIPIENTS];      /* in arena */
	struct arena *arena;
	bool accepted, temporary;
	enum verdict verdict;                   /* of the first to say no */
};

struct intake_maildir {
	struct intake *in;
	struct maildir *maildir;
	struct event_watch *watch;
	struct event_timer *timer;
	struct buf bytes;
	size_t on_the_way;
	bool pumping;
};

static void pump(struct intake_maildir *);

/* ---- one mail ----------------------------------------------------------------- */

/* What may work later is offered again for all; the keeper knows which
 * recipients it had. */
static enum verdict
verdict_of(const struct mail *m)
{
	if (m->temporary)
		return VERDICT_DEFER;
	return m->accepted ? VERDICT_ACCEPT : m->verdict;
}

static void
mail_done(struct mail *m)
{
	struct intake_maildir *d = m->all;

	maildir_settle(d->maildir, m->ticket, verdict_of(m));
	arena_free(&m->arena);
	free(m);
	d->on_the_way--;
	pump(d);
	intake_check_stop(d->in);
}

static void
mail_answered(void *who, size_t which, enum verdict v)
{
	struct mail *m = who;

	(void)which;
	if (v == VERDICT_ACCEPT)
		m->accepted = true;
	else if (verdict_temporary(v))
		m->temporary = true;
	else
		m->verdict = v;
	if (--m->open == 0)
		mail_done(m);
}

static const char *
recipient_of(void *who, size_t which)
{
	return ((struct mail *)who)->recipient[which];
}

static void
add_recipient(struct mail *m, const char *address)
{
	enum verdict v;
	bool asked;
	size_t i;

	for (i = 0; i < m->count; i++)
		if (strcasecmp(m->recipient[i], address) == 0)
			return;
	if (m->count == RECIPIENTS)
		return;
	v = intake_recipient(m->all->in, address, NULL, NULL, &asked);
	if (v == VERDICT_ACCEPT)
		m->recipient[m->count++] = address;
	else if (verdict_temporary(v))
		m->temporary = true;
}

static void
find_recipients(struct mail *m, const struct reader_more *more)
{
	const char **a;

	for (a = more->delivered_to; a != NULL && *a != NULL; a++)
		add_recipient(m, *a);
	if (m->count > 0)
		return;
	for (a = more->visible_to; a != NULL && *a != NULL; a++)
		add_recipient(m, *a);
}

static void
take(struct intake_maildir *d, uint64_t ticket)
{
	struct mail *m = mem_alloc(sizeof *m);
	struct reader_more more;
	struct intake_message msg = { .bytes = d->bytes.data,
	    .len = d->bytes.len, .recipient = recipient_of,
	    .answer = mail_answered, .who = m };

	m->all = d;
	m->ticket = ticket;
	m->arena = arena_new();
	m->verdict = VERDICT_NO_USER;
	d->on_the_way++;
	if (intake_look_in(d->in, m->arena, d->bytes.data, d->bytes.len, &more))
		find_recipients(m, &more);
	else
		m->recipient[m->count++] = "";  /* it is only parked */
	if (d->in->agreeing) {
		/* The keeper has yet to hear of the campaign. */
		m->temporary = true;
		mail_done(m);
		return;
	}
	if (m->count == 0) {
		log_info("maildir=left-alone reason=no-campaign-is-named");
		mail_done(m);
		return;
	}
	msg.reverse_path = more.return_path;    /* NULL: not known */
	msg.count = m->open = m->count;
	intake_message(d->in, &msg);
}

/* ---- all of them ------------------------------------------------------------------ */

static bool
may_take(const struct intake_maildir *d)
{
	return d->on_the_way < AT_ONCE && !d->in->self->stopping &&
	    !d->in->agreeing && d->in->self->peer[ROLE_KEEPER] != NULL &&
	    !intake_is_full(d->in);
}

/* A mail that is settled at once calls for the next: not one within the
 * other. */
static void
pump(struct intake_maildir *d)
{
	uint64_t ticket;

	if (d->pumping)
		return;
	d->pumping = true;
	while (may_take(d)) {
		buf_clear(&d->bytes);
		if (maildir_next(d->maildir, &d->bytes, &ticket) != OK)
			break;
		take(d, ticket);
	}
	d->pumping = false;
	/* Held up by ourselves, what ends that pumps again. */
	event_timer_set(d->timer, may_take(d) ? maildir_due(d->maildir) :
	    CLOCK_NEVER);
}

static void
maildir_ready(void *arg, unsigned what)
{
	struct intake_maildir *d = arg;

	(void)what;
	maildir_wake(d->maildir);
	pump(d);
}

static void
maildir_late(void *arg)
{
	pump(arg);
}

enum status
intake_maildir_open(struct intake *in, struct reason *why)
{
	const struct config *c = in->self->config;
	struct maildir *maildir;
	enum status st;

	st = maildir_open(&maildir, c->intake.maildir,
	    (size_t)c->limits.message_size, why);
	if (st != OK)
		return st;
	in->maildir = mem_alloc(sizeof *in->maildir);
	in->maildir->in = in;
	in->maildir->maildir = maildir;
	buf_init(&in->maildir->bytes);
	return OK;
}

void
intake_maildir_start(struct intake *in)
{
	struct intake_maildir *d = in->maildir;
	struct event *ev = in->self->event;

	d->timer = event_timer_new(ev, maildir_late, d);
	d->watch = event_watch(ev, maildir_fd(d->maildir), EVENT_READ,
	    maildir_ready, d);
	pump(d);
}

void
intake_maildir_resume(struct intake *in)
{
	pump(in->maildir);
}

size_t
intake_maildir_count(const struct intake *in)
{
	return in->maildir == NULL ? 0 : in->maildir->on_the_way;
}

void
intake_maildir_free(struct intake *in)
{
	struct intake_maildir *d = in->maildir;

	if (d == NULL)
		return;
	event_unwatch(&d->watch);
	event_timer_free(&d->timer);
	maildir_close(&d->maildir);
	buf_wipe(&d->bytes);
	free(d);
	in->maildir = NULL;
}
