/* SPDX-License-Identifier: ISC */
#include <sys/eventfd.h>

#include <inttypes.h>
#include <limits.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "delivery/maildir.h"
#include "delivery/render.h"
#include "delivery/sender.h"
#include "delivery/smtp.h"
#include "message/address.h"
#include "message/job.h"
#include "words/text.h"

#define STACK_SIZE (256 * 1024)
#define MAILS_PER_SESSION 100
#define IDLE 5000               /* milliseconds a session is kept without work */
#define REST 10000              /* before a refused worker tries again */
#define GRACE 1000              /* for a thread to notice that it was cut off */

struct entry {
	struct entry *next;
	int64_t given;          /* clock_tick */
	int64_t id;
	bool bulk;
	size_t len;
	unsigned char record[];
};

struct queue {
	struct entry *first, **last;
};

enum { SOON, BULK, QUEUES };

/* A job that a worker has taken. */
struct piece {
	struct entry *entry;    /* NULL: none */
	struct arena *arena;
	struct job job;
	struct buf text;
	char envid[24];
	struct smtp_mail mail;
	bool read, made;        /* unpacked; rendered */
	bool ahead;             /* went ahead, at least once */
};

struct worker {
	struct sender *sender;
	unsigned number;
	pthread_t thread;
	struct piece pieces[2];
	struct piece *now, *next;       /* on its turn; the one after it, if any */
	struct smtp *session;   /* or NULL */
	unsigned mails;         /* sent over it */
	bool alone;             /* in it, no envelope goes ahead */
	bool seen_open;         /* just now, and not idle since */
	int64_t rest_until;     /* clock_tick */
};

struct sender {
	struct smtp_relay *relay;       /* or */
	struct maildir_out *maildir;
	char *dir;
	int event_fd, cancel_fd;
	sender_mark mark;
	void *mark_arg;
	_Atomic size_t load;

	pthread_mutex_t lock;   /* of all below */
	pthread_cond_t work;    /* there is a job, or it is time to stop */
	pthread_cond_t rest;    /* the last session is gone, or time to stop */
	pthread_cond_t calm;    /* a worker is done with something */
	struct queue queue[QUEUES];     /* updates wait for the others */
	struct sender_result *results;
	size_t result_count, result_room;
	const struct renderer *renderer;
	unsigned rendering, in_hand, sessions;
	int swapping, stopping;
	int64_t down_since;     /* begin of the last attempt that was in vain */
	struct outcome down;

	struct worker *workers;
	unsigned worker_count, started;
};

/* ---- results ------------------------------------------------------------ */

static void
report(struct sender *s, int64_t id, const struct outcome *outcome)
{
	uint64_t one = 1;

	pthread_mutex_lock(&s->lock);
	if (s->result_count == s->result_room) {
		s->result_room = s->result_room == 0 ? 64 : s->result_room * 2;
		s->results = mem_realloc(s->results, s->result_room,
		    sizeof *s->results);
	}
	s->results[s->result_count++] = (struct sender_result){ .id = id,
	    .outcome = *outcome };
	/* It cannot overflow: it is read whenever it was not zero. */
	if (s->result_count == 1 &&
	    write(s->event_fd, &one, sizeof one) != (ssize_t)sizeof one)
		log_warn("delivery cannot signal its results");
	pthread_mutex_unlock(&s->lock);
}

size_t
sender_results(struct sender *s, struct sender_result *out, size_t count)
{
	uint64_t value;

	pthread_mutex_lock(&s->lock);
	if (count > s->result_count)
		count = s->result_count;
	if (count > 0) {
		memcpy(out, s->results, count * sizeof *out);
		s->result_count -= count;
		memmove(s->results, s->results + count,
		    s->result_count * sizeof *out);
		/* EAGAIN is fine: then it was quiet already. */
		if (s->result_count == 0 &&
		    read(s->event_fd, &value, sizeof value) < 0)
			value = 0;
	}
	pthread_mutex_unlock(&s->lock);
	s->load -= count;
	return count;
}

/* ---- the queue ---------------------------------------------------------- */

static void
queue_init(struct queue *q)
{
	q->first = NULL;
	q->last = &q->first;
}

static struct queue *
queue_of(struct sender *s, const struct entry *e)
{
	return &s->queue[e->bulk ? BULK : SOON];
}

static void
append(struct queue *q, struct entry *e)
{
	e->next = NULL;
	*q->last = e;
	q->last = &e->next;
}

static void
put_back(struct queue *q, struct entry *e)
{
	e->next = q->first;
	if (q->first == NULL)
		q->last = &e->next;
	q->first = e;
}

static struct entry *
take_first(struct queue *q)
{
	struct entry *e = q->first;

	if (e == NULL)
		return NULL;
	q->first = e->next;
	if (q->first == NULL)
		q->last = &q->first;
	return e;
}

static bool
has_work(const struct sender *s)
{
	return s->queue[SOON].first != NULL || s->queue[BULK].first != NULL;
}

static struct entry *
take(struct sender *s)
{
	struct entry *e = take_first(&s->queue[SOON]);

	if (e == NULL)
		e = take_first(&s->queue[BULK]);
	s->in_hand++;
	return e;
}

/* An update for the one to take that is about to send another mail.  It may have
 * to wait for as long as the relay does with that, so nothing else is taken, and
 * nothing is passed over by it. */
static struct entry *
take_companion(struct sender *s)
{
	struct entry *e = NULL;

	pthread_mutex_lock(&s->lock);
	if (!s->stopping && s->queue[SOON].first == NULL &&
	    s->queue[BULK].first != NULL)
		e = take(s);
	pthread_mutex_unlock(&s->lock);
	return e;
}

static void
entry_free(struct entry *e)
{
	explicit_bzero(e->record, e->len);
	free(e);
}

void
sender_give(struct sender *s, const void *record, size_t len)
{
	struct entry *e = mem_alloc(sizeof *e + len);

	memcpy(e->record, record, len);
	e->len = len;
	e->given = clock_tick();
	if (!job_peek(record, len, &e->id, &e->bulk))
		e->bulk = false;
	s->load++;
	pthread_mutex_lock(&s->lock);
	append(queue_of(s, e), e);
	pthread_cond_signal(&s->work);
	pthread_mutex_unlock(&s->lock);
}

size_t
sender_load(const struct sender *s)
{
	return s->load;
}

/* Waits for a signal or until clock_tick is UNTIL; lock held. */
static void
wait_until(struct sender *s, pthread_cond_t *cond, int64_t until)
{
	struct timespec ts = { .tv_sec = (time_t)(until / 1000),
	    .tv_nsec = (long)(until % 1000) * 1000000 };

	(void)pthread_cond_timedwait(cond, &s->lock, &ts);
}

/* ---- sessions ----------------------------------------------------------- */

static void
end_session(struct worker *w)
{
	struct sender *s = w->sender;

	if (w->session == NULL)
		return;
	smtp_close(&w->session);
	pthread_mutex_lock(&s->lock);
	if (--s->sessions == 0)
		pthread_cond_broadcast(&s->rest);
	pthread_mutex_unlock(&s->lock);
}

static int
begin_session(struct worker *w, struct outcome *out, struct reason *why)
{
	struct sender *s = w->sender;

	if (smtp_open(&w->session, s->relay, out, why) != OK)
		return -1;
	w->mails = 0;
	w->alone = false;
	pthread_mutex_lock(&s->lock);
	s->sessions++;
	pthread_mutex_unlock(&s->lock);
	return 0;
}

/* Refused while other workers are let in: the relay wants fewer of us. */
static int
leave_to_others(struct worker *w)
{
	struct sender *s = w->sender;
	int others;

	pthread_mutex_lock(&s->lock);
	others = s->sessions > 0 && !s->stopping;
	pthread_mutex_unlock(&s->lock);
	if (others)
		w->rest_until = clock_tick() + REST;
	return others;
}

static void
note_down(struct sender *s, int64_t since, const struct outcome *out)
{
	pthread_mutex_lock(&s->lock);
	s->down_since = since;
	s->down = *out;
	pthread_mutex_unlock(&s->lock);
}

/* The relay was tried in vain while this job already waited: one more try, of
 * perhaps a minute, would tell nothing new. */
static int
shares_trouble(struct sender *s, const struct entry *e, struct outcome *out)
{
	int shares;

	pthread_mutex_lock(&s->lock);
	shares = s->sessions == 0 && e->given < s->down_since;
	if (shares)
		*out = s->down;
	pthread_mutex_unlock(&s->lock);
	return shares;
}

/* ---- one job ------------------------------------------------------------ */

/* Only the local part needs SMTPUTF8; a domain has an ASCII form, and more
 * relays take that. */
static void
simplify_recipient(struct job *job, struct arena *arena)
{
	struct address a;
	char *domain;

	if (text_is_ascii(job->to, strlen(job->to)) ||
	    address_parse(&a, arena, job->to, strlen(job->to)) != OK || !a.ascii)
		return;
	domain = address_domain_ascii(arena, &a);
	if (domain != NULL)
		job->to = arena_printf(arena, "%s@%s", a.local, domain);
}

static bool
read_piece(struct piece *p)
{
	if (!p->read && job_unpack(&p->job, p->arena, p->entry->record,
	    p->entry->len) == OK) {
		simplify_recipient(&p->job, p->arena);
		p->read = true;
	}
	return p->read;
}

static enum status
render(struct sender *s, struct piece *p, struct reason *why)
{
	const struct renderer *renderer;
	enum status st;

	pthread_mutex_lock(&s->lock);
	while (s->swapping)
		pthread_cond_wait(&s->calm, &s->lock);
	renderer = s->renderer;
	s->rendering++;
	pthread_mutex_unlock(&s->lock);

	buf_clear(&p->text);
	st = render_job(renderer, &p->job, &p->text, why);

	pthread_mutex_lock(&s->lock);
	s->rendering--;
	pthread_cond_broadcast(&s->calm);
	pthread_mutex_unlock(&s->lock);
	return st;
}

static struct smtp_mail
as_mail(const struct piece *p)
{
	const struct buf *b = &p->text;
	const char *body = memmem(b->data, b->len, "\r\n\r\n", 4);
	size_t header = body == NULL ? b->len : (size_t)(body - b->data);
	int utf8 = !text_is_ascii(b->data, header);

	return (struct smtp_mail){
		.reverse_path = p->job.reverse_path,
		.recipient = p->job.to,
		.bytes = b->data,
		.len = b->len,
		.envid = p->envid,
		.eight_bit = utf8 ||
		    !text_is_ascii(b->data + header, b->len - header),
		.utf8 = utf8,
	};
}

static enum status
make_piece(struct sender *s, struct piece *p, struct reason *why)
{
	enum status st;

	if (p->made)
		return OK;
	st = render(s, p, why);
	if (st != OK)
		return st;
	(void)snprintf(p->envid, sizeof p->envid, "%" PRId64, p->job.id);
	p->mail = as_mail(p);
	p->made = true;
	return OK;
}

static void
note(const struct worker *w, const struct piece *p, enum sender_stage stage)
{
	const struct sender *s = w->sender;

	if (s->mark != NULL)
		s->mark(s->mark_arg, w->number, p->job.id, stage);
}

/* The mail whose envelope goes with the end of the one that is to be sent, or
 * NULL.  What is wrong with it is said when its turn comes. */
static const struct smtp_mail *
companion(struct worker *w)
{
	struct piece *p = w->next;
	enum status st;

	if (w->alone || w->mails + 1 >= MAILS_PER_SESSION ||
	    !smtp_pipelines(w->session))
		return NULL;
	if (p->entry == NULL)
		p->entry = take_companion(w->sender);
	if (p->entry == NULL || !read_piece(p))
		return NULL;
	note(w, p, SENDER_IN_HAND);
	st = make_piece(w->sender, p, NULL);
	note(w, w->now, SENDER_IN_HAND);
	p->ahead = st == OK;
	return p->ahead ? &p->mail : NULL;
}

/* Renders and sends over the session there is. */
static void
send_piece(struct worker *w, struct outcome *out)
{
	struct sender *s = w->sender;
	struct piece *p = w->now;
	const struct smtp_mail *next;
	struct reason why = { "" };
	enum status st = make_piece(s, p, &why);

	if (st == AGAIN) {
		*out = (struct outcome){ .kind = OUTCOME_OTHER_TEXT };
		return;
	}
	if (st != OK) {
		*out = (struct outcome){ .kind = OUTCOME_UNRENDERED };
		log_warnx("o=%" PRId64 " not rendered: %s", p->job.id, why.text);
		return;
	}
	why.text[0] = '\0';
	if (s->maildir != NULL) {
		note(w, p, SENDER_BEGUN);
		maildir_out_deliver(s->maildir, &p->mail, out, &why);
	} else if (smtp_offer(w->session, &p->mail, out)) {
		next = companion(w);
		note(w, p, SENDER_BEGUN);
		smtp_give(w->session, &p->mail, next, out);
	}
	if (why.text[0] != '\0')
		log_warnx("o=%" PRId64 " %s: %s", p->job.id,
		    outcome_text(out->kind), why.text);
}

/* 0, or -1 when the job is better left to other workers. */
static int
send_by_smtp(struct worker *w, struct outcome *out)
{
	struct reason why = { "" };
	int64_t start;
	bool silence;

	if (w->session != NULL && (w->seen_open || smtp_is_open(w->session))) {
		send_piece(w, out);
		w->mails++;
		if (out->kind != OUTCOME_RELAY_DOWN || smtp_is_open(w->session))
			return 0;
		/* It died before this mail; nothing of it was taken. */
	}
	/* Perhaps this relay cannot do what it offers. */
	silence = w->now->ahead && out->reply == 0;
	end_session(w);
	start = clock_tick();
	if (begin_session(w, out, &why) < 0) {
		if (leave_to_others(w))
			return -1;
		log_warnx("o=%" PRId64 " relay-down: %s", w->now->job.id, why.text);
		note_down(w->sender, start, out);
		return 0;
	}
	w->alone = silence;
	send_piece(w, out);
	w->mails++;
	return 0;
}

/* 0 when it was reported, -1 when it is to be put back. */
static int
work_on_it(struct worker *w)
{
	struct sender *s = w->sender;
	struct piece *p = w->now;
	struct outcome out = { .kind = OUTCOME_UNRENDERED };
	int left = 0;

	if (!read_piece(p)) {
		log_warnx("o=0 a job is damaged and was dropped");
		report(s, 0, &out);
		return 0;
	}
	note(w, p, SENDER_IN_HAND);
	if (s->maildir != NULL)
		send_piece(w, &out);
	else if (!shares_trouble(s, p->entry, &out))
		left = send_by_smtp(w, &out);
	note(w, p, SENDER_DONE);
	if (left == 0)
		report(s, p->job.id, &out);
	return left;
}

/* ---- workers ------------------------------------------------------------ */

/* Waits for something to change.  Lock held, but let go in between. */
static void
wait_for_work(struct worker *w, int64_t idle_since)
{
	struct sender *s = w->sender;
	int64_t now = clock_tick();

	w->seen_open = false;
	if (w->rest_until > now && s->sessions > 0)
		wait_until(s, &s->rest, w->rest_until);
	else if (has_work(s))
		w->rest_until = 0;
	else if (w->session == NULL)
		pthread_cond_wait(&s->work, &s->lock);
	else if (now < idle_since + IDLE)
		wait_until(s, &s->work, idle_since + IDLE);
	else {
		pthread_mutex_unlock(&s->lock);
		end_session(w);
		pthread_mutex_lock(&s->lock);
	}
}

/* The next job, or NULL when it is time to end. */
static struct entry *
next_job(struct worker *w)
{
	struct sender *s = w->sender;
	struct entry *e = NULL;
	int64_t idle_since = clock_tick();

	pthread_mutex_lock(&s->lock);
	while (!s->stopping && (!has_work(s) || w->rest_until > 0))
		wait_for_work(w, idle_since);
	if (!s->stopping)
		e = take(s);
	pthread_mutex_unlock(&s->lock);
	return e;
}

/* Lock held. */
static void
give_up(struct worker *w, struct piece *p)
{
	struct sender *s = w->sender;

	if (p->entry == NULL)
		return;
	put_back(queue_of(s, p->entry), p->entry);
	p->entry = NULL;
	s->in_hand--;
	pthread_cond_signal(&s->work);
}

static void
clear(struct piece *p)
{
	if (p->entry != NULL)
		entry_free(p->entry);
	p->entry = NULL;
	buf_clear(&p->text);    /* nothing of it stays behind */
	arena_reset(p->arena);
	p->read = p->made = p->ahead = false;
}

/* Of a mail that went ahead and has not been begun, the relay forgets all it
 * heard when the session ends. */
static void
done_with_it(struct worker *w, int left)
{
	struct sender *s = w->sender;
	struct piece *done = w->now;

	w->seen_open = w->session != NULL && w->mails < MAILS_PER_SESSION &&
	    smtp_is_open(w->session);
	if (!w->seen_open)
		end_session(w);
	pthread_mutex_lock(&s->lock);
	if (left || s->stopping)
		give_up(w, w->next);
	if (left)
		give_up(w, done);
	else
		s->in_hand--;
	if (s->stopping)
		pthread_cond_broadcast(&s->calm);
	pthread_mutex_unlock(&s->lock);
	clear(done);
	if (w->next->entry == NULL)
		clear(w->next);
	w->now = w->next;
	w->next = done;
}

static void *
worker_main(void *arg)
{
	struct worker *w = arg;
	int i;

	w->now = &w->pieces[0];
	w->next = &w->pieces[1];
	for (i = 0; i < 2; i++)
		w->pieces[i] = (struct piece){ .arena = arena_new(),
		    .text = BUF_INIT };
	while (w->now->entry != NULL || (w->now->entry = next_job(w)) != NULL)
		done_with_it(w, work_on_it(w));
	end_session(w);
	for (i = 0; i < 2; i++) {
		buf_wipe(&w->pieces[i].text);
		arena_free(&w->pieces[i].arena);
	}
	return NULL;
}

/* ---- life --------------------------------------------------------------- */

static enum status
open_relay(struct sender *s, const struct config *c, struct reason *why)
{
	const char *relay = c->delivery.relay;
	const char *helo = c->delivery.helo;

	if (relay == NULL)
		return fail(why, INVALID, "%s: delivery.relay says where mail "
		    "goes and is not set, for example relay = "
		    "\"smtp://127.0.0.1:25\"", c->file);
	s->worker_count = c->delivery.connections < 1 ? 1 :
	    (unsigned)c->delivery.connections;
	if (strncmp(relay, "maildir:", 8) == 0) {
		s->worker_count = 1;
		s->dir = mem_strdup(relay + 8);
		return maildir_out_open(&s->maildir, s->dir, why);
	}
	return smtp_relay_new(&s->relay, relay, c->delivery.tls,
	    c->delivery.ca_file, c->delivery.user, c->delivery.password_file,
	    c->delivery.timeout, helo != NULL ? helo : c->mail_domain, why);
}

static void
init_locks(struct sender *s)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);      /* clock_tick */
	pthread_cond_init(&s->work, &attr);
	pthread_cond_init(&s->rest, &attr);
	pthread_cond_init(&s->calm, &attr);
	pthread_condattr_destroy(&attr);
}

static void
sender_free(struct sender **p)
{
	struct sender *s = *p;
	struct entry *e;

	while (has_work(s)) {
		e = take(s);
		entry_free(e);
	}
	if (s->event_fd >= 0)
		(void)close(s->event_fd);
	if (s->cancel_fd >= 0)
		(void)close(s->cancel_fd);
	pthread_cond_destroy(&s->work);
	pthread_cond_destroy(&s->rest);
	pthread_cond_destroy(&s->calm);
	pthread_mutex_destroy(&s->lock);
	smtp_relay_free(&s->relay);
	maildir_out_close(&s->maildir);
	free(s->dir);
	free(s->results);
	free(s->workers);
	free(s);
	*p = NULL;
}

enum status
sender_new(struct sender **out, const struct config *config,
    const struct renderer *renderer, sender_mark mark, void *arg,
    struct reason *why)
{
	struct sender *s = mem_alloc(sizeof *s);
	enum status st;

	init_locks(s);
	queue_init(&s->queue[SOON]);
	queue_init(&s->queue[BULK]);
	s->renderer = renderer;
	s->mark = mark;
	s->mark_arg = arg;
	s->down_since = -1;
	s->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->event_fd < 0 || s->cancel_fd < 0)
		st = fail_errno(why, TEMPFAIL, "delivery cannot begin");
	else
		st = open_relay(s, config, why);
	if (s->relay != NULL)
		s->relay->cancel_fd = s->cancel_fd;
	if (st != OK)
		sender_free(&s);
	*out = s;
	return st;
}

/* One thread; it takes no signals, they are for the loop. */
static int
start_worker(struct sender *s, unsigned number)
{
	struct worker *w = &s->workers[number];
	pthread_attr_t attr;
	int e;

	*w = (struct worker){ .sender = s, .number = number };
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	e = pthread_create(&w->thread, &attr, worker_main, w);
	pthread_attr_destroy(&attr);
	return e;
}

enum status
sender_start(struct sender *s, struct reason *why)
{
	sigset_t all, before;
	int e = 0;

	/* Else every thread has an arena of its own that never shrinks. */
	(void)mallopt(M_ARENA_MAX, 2);
	/* OpenSSL writes without MSG_NOSIGNAL. */
	(void)signal(SIGPIPE, SIG_IGN);
	s->workers = mem_realloc(NULL, s->worker_count, sizeof *s->workers);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (e == 0 && s->started < s->worker_count) {
		e = start_worker(s, s->started);
		s->started += e == 0;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (e == 0 || s->started > 0)
		return OK;      /* a few are enough */
	return fail(why, TEMPFAIL, "delivery cannot start a thread: %s",
	    strerror(e));
}

int
sender_port(const struct sender *s)
{
	return s->relay == NULL ? 0 : smtp_relay_port(s->relay);
}

const char *
sender_dir(const struct sender *s)
{
	return s->dir;
}

int
sender_fd(const struct sender *s)
{
	return s->event_fd;
}

void
sender_set_renderer(struct sender *s, const struct renderer *renderer)
{
	pthread_mutex_lock(&s->lock);
	s->swapping = 1;
	while (s->rendering > 0)
		pthread_cond_wait(&s->calm, &s->lock);
	s->renderer = renderer;
	s->swapping = 0;
	pthread_cond_broadcast(&s->calm);
	pthread_mutex_unlock(&s->lock);
}

/* Lock held. */
static void
wait_for_calm(struct sender *s, int milliseconds)
{
	int64_t until = clock_tick() + milliseconds;

	while (s->in_hand > 0 && clock_tick() < until)
		wait_until(s, &s->calm, until);
}

/* They were not handed over, so that nobody need doubt. */
static void
give_back_bulk(struct sender *s)
{
	static const struct outcome nobody = { .kind = OUTCOME_RELAY_DOWN };
	struct entry *e;

	do {
		pthread_mutex_lock(&s->lock);
		e = take_first(&s->queue[BULK]);
		pthread_mutex_unlock(&s->lock);
		if (e != NULL) {
			report(s, e->id, &nobody);
			entry_free(e);
		}
	} while (e != NULL);
}

bool
sender_drain(struct sender *s, int milliseconds)
{
	uint64_t one = 1;
	bool ended;

	pthread_mutex_lock(&s->lock);
	s->stopping = 1;
	pthread_cond_broadcast(&s->work);
	pthread_cond_broadcast(&s->rest);
	wait_for_calm(s, milliseconds);
	if (s->in_hand > 0) {
		if (write(s->cancel_fd, &one, sizeof one) < 0)
			log_warn("delivery cannot cut off its work");
		wait_for_calm(s, GRACE);
	}
	ended = s->in_hand == 0;
	pthread_mutex_unlock(&s->lock);
	give_back_bulk(s);
	return ended;
}

void
sender_stop(struct sender **p, int milliseconds)
{
	struct sender *s = *p;
	struct timespec until;
	unsigned i;
	int stuck = 0;

	if (s == NULL)
		return;
	*p = NULL;
	(void)sender_drain(s, milliseconds);
	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 2;
	for (i = 0; i < s->started; i++)
		stuck |= pthread_timedjoin_np(s->workers[i].thread, NULL,
		    &until) != 0;
	/* A thread that hangs still uses it all; the process is about to end. */
	if (!stuck)
		sender_free(&s);
}
