/* SPDX-License-Identifier: ISC */
#include "tests/unit/check.h"

#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "delivery/render.h"
#include "delivery/sender.h"
#include "message/job.h"
#include "tests/unit/peer.h"

#define MOST 600

/* In place of the real one: this is about threads, not about templates. */
struct renderer {
	_Atomic int in_use, used, signals_open;
	_Atomic size_t stack;
	int slow, retired;
};

enum status
render_job(const struct renderer *borrowed, const struct job *job,
    struct buf *out, struct reason *why)
{
	struct renderer *r = (struct renderer *)(uintptr_t)borrowed;
	pthread_attr_t attr;
	sigset_t set;
	size_t size = 0;

	if (r->retired)
		abort();
	r->in_use++;
	r->used++;
	pthread_sigmask(SIG_SETMASK, NULL, &set);
	if (!sigismember(&set, SIGTERM) || !sigismember(&set, SIGCHLD))
		r->signals_open = 1;
	if (pthread_getattr_np(pthread_self(), &attr) == 0) {
		pthread_attr_getstacksize(&attr, &size);
		pthread_attr_destroy(&attr);
	}
	r->stack = size;
	if (r->slow > 0)
		usleep((useconds_t)r->slow * 1000);
	buf_addf(out, "To: %s\r\nSubject: %s\r\n\r\nText\r\n",
	    job->to[0] > 0 ? job->to : "utf8", job->template_name);
	r->in_use--;
	if (strcmp(job->template_name, "broken") == 0)
		return (fail)(why, INVALID, "broken.mustache:1: no");
	if (strcmp(job->template_name, "other") == 0)
		return (fail)(why, AGAIN, "for another text");
	return OK;
}

struct bench {
	struct renderer renderer;
	struct config config;
	struct sender *sender;
	char relay[96];
	int64_t marks[64];      /* open ones, by worker */
	_Atomic int marked, begun, bad_marks;
	struct peer *watched;   /* of one connection: what it has, at each begin */
	int seen[MOST];         /* results, by id */
	struct outcome last[MOST];
	size_t results;
};

static void
note_mark(void *arg, unsigned worker, int64_t id, enum sender_stage stage)
{
	struct bench *b = arg;

	if (worker >= 64 || id == 0 ||
	    (stage == SENDER_IN_HAND) == (b->marks[worker] == id))
		b->bad_marks++;
	b->marks[worker] = stage == SENDER_DONE ? 0 : id;
	b->marked += stage == SENDER_IN_HAND;
	if (stage != SENDER_BEGUN)
		return;
	/* A message that was not named has not been sent. */
	if (b->watched != NULL && b->watched->mails != b->begun)
		b->bad_marks++;
	b->begun++;
}

static void
begin(struct bench *b, const char *relay, int connections)
{
	struct reason why = { "" };

	b->config.file = (char *)(uintptr_t)"test.conf";
	b->config.mail_domain = (char *)(uintptr_t)"we.example.org";
	snprintf(b->relay, sizeof b->relay, "%s", relay);
	b->config.delivery.relay = b->relay;
	b->config.delivery.connections = connections;
	if (b->config.delivery.timeout == 0)
		b->config.delivery.timeout = 1;
	if (sender_new(&b->sender, &b->config, &b->renderer, note_mark, b,
	    &why) != OK || sender_start(b->sender, &why) != OK)
		fail_msg("%s", why.text);
}

static void
begin_at(struct bench *b, const struct peer *p, int connections)
{
	char relay[64];

	snprintf(relay, sizeof relay, "smtp://127.0.0.1:%d", p->port);
	begin(b, relay, connections);
}

static void
give_job(struct bench *b, const struct job *job)
{
	struct buf record = BUF_INIT;

	job_pack(job, &record);
	sender_give(b->sender, record.data, record.len);
	buf_free(&record);
}

static void
give_to(struct bench *b, int64_t id, const char *template_name, const char *to)
{
	struct job job = { .id = id, .campaign = "parks", .language = "en",
	    .template_name = template_name, .to = to,
	    .reverse_path = "parks+b-t@example.org",
	    .from = "parks@example.org", .message_id = "<x@example.org>" };

	give_job(b, &job);
}

/* Each with its own sender and recipient. */
static void
give_updates(struct bench *b, int64_t first, int64_t last)
{
	for (; first <= last; first++) {
		char to[32], from[32];
		struct job job = { .id = first, .campaign = "parks",
		    .language = "en", .template_name = "update", .to = to,
		    .reverse_path = from, .from = "parks@example.org",
		    .message_id = "<x@example.org>", .bulk = true };

		snprintf(to, sizeof to, "p%d@example.net", (int)first);
		snprintf(from, sizeof from, "b%d@example.org", (int)first);
		give_job(b, &job);
	}
}

static void
give(struct bench *b, int64_t first, int64_t last)
{
	for (; first <= last; first++)
		give_to(b, first, "request", "ada@example.net");
}

/* Takes results until there are COUNT in all, or for at most 20 s. */
static void
collect(struct bench *b, size_t count)
{
	struct sender_result r[7];
	int64_t until = clock_tick() + 20000;

	while (b->results < count && clock_tick() < until) {
		struct pollfd p = { .fd = sender_fd(b->sender), .events = POLLIN };
		size_t i, n;

		if (poll(&p, 1, 100) == 0)
			continue;
		n = sender_results(b->sender, r, 7);
		for (i = 0; i < n; i++) {
			if (r[i].id < 0 || r[i].id >= MOST)
				abort();
			b->seen[r[i].id]++;
			b->last[r[i].id] = r[i].outcome;
		}
		b->results += n;
	}
	assert_int_equal(b->results, count);
}

static void
all_are(const struct bench *b, int first, int last, enum outcome_kind kind)
{
	int i;

	for (i = first; i <= last; i++) {
		if (b->seen[i] != 1 || b->last[i].kind != kind)
			fail_msg("%d: %d times, %s", i, b->seen[i],
			    outcome_text(b->last[i].kind));
	}
}

static void
end(struct bench *b)
{
	sender_stop(&b->sender, 1000);
	assert_null(b->sender);
	assert_int_equal(b->bad_marks, 0);
	assert_int_equal(b->renderer.in_use, 0);
}

/* ------------------------------------------------------------------------- */

static void
delivers_over_several_sessions(void **state)
{
	struct peer p = { .offers = peer_all, .delay = 2 };
	struct bench b = { .results = 0 };
	struct pollfd quiet;

	(void)state;
	peer_start(&p);
	begin_at(&b, &p, 4);
	assert_int_equal(sender_port(b.sender), p.port);
	assert_null(sender_dir(b.sender));
	assert_int_equal(sender_load(b.sender), 0);
	give(&b, 1, 300);
	collect(&b, 300);
	all_are(&b, 1, 300, OUTCOME_DELIVERED);
	assert_int_equal(sender_load(b.sender), 0);
	quiet = (struct pollfd){ .fd = sender_fd(b.sender), .events = POLLIN };
	assert_int_equal(poll(&quiet, 1, 0), 0);
	assert_int_equal(p.mails, 300);
	assert_int_equal(p.open_most, 4);
	assert_in_range(p.connections, 4, 7);
	assert_int_equal(b.marked, 300);
	assert_int_equal(b.begun, 300);
	assert_int_equal(b.renderer.signals_open, 0);
	assert_in_range(b.renderer.stack, 128 * 1024, 512 * 1024);
	end(&b);
	peer_stop(&p);
}

/* What is not named as begun is sent again after a death (outbox/mailing.h M3):
 * so it is, before the relay has anything of its message. */
static void
says_before_it_begins(void **state)
{
	struct peer p = { .offers = peer_all };
	struct bench b = { .watched = &p };

	(void)state;
	peer_start(&p);
	begin_at(&b, &p, 1);
	give(&b, 1, 20);
	give_updates(&b, 21, 60);
	collect(&b, 60);
	all_are(&b, 1, 60, OUTCOME_DELIVERED);
	assert_int_equal(b.begun, 60);
	assert_int_equal(p.mails, 60);
	end(&b);
	peer_stop(&p);
}

/* An envelope is no message: what only that was sent of is not begun. */
static void
begins_with_the_message(void **state)
{
	struct peer p = { .offers = peer_all, .at = AT_RCPT, .how = REPLY,
	    .text = "550 5.1.1 who" };
	struct bench b = { .watched = &p };

	(void)state;
	peer_start(&p);
	begin_at(&b, &p, 1);
	give_updates(&b, 1, 5);
	collect(&b, 5);
	all_are(&b, 1, 5, OUTCOME_FAILED);
	assert_int_equal(b.begun, 0);
	end(&b);
	peer_stop(&p);
}

/* ---- updates go ahead ----------------------------------------------------- */

/* Whose the Nth message is. */
static int
person(const struct peer *p, const char *what, int n)
{
	const char *at = strcmp(what, "To: p") == 0 ? p->data.data : p->said.data;

	for (at = strstr(at, what); at != NULL && n > 1; n--)
		at = strstr(at + 1, what);
	return at == NULL ? -1 : atoi(at + strlen(what));
}

static void
updates_go_ahead(void **state)
{
	struct peer p = { .offers = peer_all, .delay = 2 };
	struct bench b = { .watched = &p };
	int i;

	(void)state;
	peer_start(&p);
	begin_at(&b, &p, 1);
	give_updates(&b, 1, 90);
	collect(&b, 90);
	all_are(&b, 1, 90, OUTCOME_DELIVERED);
	assert_int_equal(p.connections, 1);
	assert_int_equal(p.mails, 90);
	assert_int_equal(p.nonsense, 0);
	assert_in_range(p.ahead, 20, 89);
	/* the message of each behind her own envelope, in order */
	for (i = 1; i <= 90; i++) {
		assert_int_equal(person(&p, "MAIL FROM:<b", i), i);
		assert_int_equal(person(&p, "RCPT TO:<p", i), i);
		assert_int_equal(person(&p, "To: p", i), i);
	}
	end(&b);
	peer_stop(&p);
}

/* Nobody waits for company, and only updates are taken as such: one that is
 * promised may not wait behind another mail. */
static void
only_updates_go_ahead(void **state)
{
	struct peer p = { .offers = peer_all, .delay = 2 };
	struct bench b = { .results = 0 };
	int i;

	(void)state;
	peer_start(&p);
	begin_at(&b, &p, 1);
	give(&b, 1, 30);
	collect(&b, 30);
	assert_int_equal(p.ahead, 0);
	for (i = 31; i <= 35; i++) {
		give_updates(&b, i, i);
		collect(&b, (size_t)i);
	}
	assert_int_equal(p.ahead, 0);
	all_are(&b, 1, 35, OUTCOME_DELIVERED);
	end(&b);
	peer_stop(&p);
}

static void
sessions_end_with_updates(void **state)
{
	struct peer p = { .offers = peer_all };
	struct bench b = { .results = 0 };

	(void)state;
	peer_start(&p);
	begin_at(&b, &p, 1);
	give_updates(&b, 1, 250);
	collect(&b, 250);
	all_are(&b, 1, 250, OUTCOME_DELIVERED);
	assert_int_equal(p.connections, 3);
	assert_true(p.ahead > 0);
	end(&b);
	peer_stop(&p);
}

/* What the relay does to one update does nothing to those around it. */
static const struct {
	struct peer peer;
	int which;              /* update it happens to; 0: none */
	enum outcome_kind kind;
	int connections;
} alarms[] = {
	{ { .at = AT_RCPT, .how = REPLY, .text = "550 5.1.1 who", .after = 7 }, 8,
	    OUTCOME_FAILED, 1 },
	{ { .at = AT_RCPT, .how = REPLY, .text = "451 4.2.1 later", .after = 7,
	    .careless = 1 }, 8, OUTCOME_DEFERRED, 1 },
	{ { .at = AT_END, .how = REPLY, .text = "554 5.6.0 no", .after = 7 }, 8,
	    OUTCOME_FAILED, 1 },
	{ { .at = AT_END, .how = REPLY, .text = "421 4.7.0 slowly", .after = 7 },
	    8, OUTCOME_DEFERRED, 2 },
	{ { .at = AT_END, .how = HANG, .after = 7 }, 8, OUTCOME_IN_DOUBT, 2 },
	{ { .at = AT_END, .how = DROP, .after = 7, .sips = 1 }, 8,
	    OUTCOME_IN_DOUBT, 2 },
	/* nothing of it was taken: it is offered to the next session */
	{ { .at = AT_MAIL, .how = DROP, .after = 7 }, 0, 0, 2 },
	{ { .at = AT_MAIL, .how = HANG, .after = 7 }, 0, 0, 2 },
	{ { .at = AT_RCPT, .how = HANG, .after = 7 }, 8, OUTCOME_DEFERRED, 2 },
	/* it does not read what comes with a message, although it offers to:
	 * found out once, not with every mail */
	{ { .deaf = 1 }, 0, 0, 2 },
};

static void
trouble_stays_with_its_update(void **state)
{
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < sizeof alarms / sizeof alarms[0]; i++) {
		struct peer p = alarms[i].peer;
		struct bench b = { .results = 0 };

		p.offers = peer_all;
		p.once = 1;
		p.delay = 1;
		peer_start(&p);
		begin_at(&b, &p, 1);
		give_updates(&b, 1, 20);
		collect(&b, 20);
		for (n = 1; n <= 20; n++)
			if (b.seen[n] != 1 || b.last[n].kind !=
			    (n == alarms[i].which ? alarms[i].kind :
			    OUTCOME_DELIVERED))
				fail_msg("%zu: %d: %d times, %s", i, n,
				    b.seen[n], outcome_text(b.last[n].kind));
		assert_int_equal(p.mails, alarms[i].which == 0 ? 20 : 19);
		assert_int_equal(p.connections, alarms[i].connections);
		end(&b);
		peer_stop(&p);
	}
}

static void
relay_ends_sessions_with_updates(void **state)
{
	struct peer p = { .offers = peer_all, .close_after = 3, .sips = 1 };
	struct bench b = { .results = 0 };

	(void)state;
	peer_start(&p);
	begin_at(&b, &p, 2);
	give_updates(&b, 1, 60);
	collect(&b, 60);
	all_are(&b, 1, 60, OUTCOME_DELIVERED);
	assert_int_equal(p.mails, 60);
	end(&b);
	peer_stop(&p);
}

static void
requests_go_before_updates(void **state)
{
	struct peer p = { .offers = peer_all, .delay = 10 };
	struct bench b = { .results = 0 };
	char *at;
	int least, most, before = 0;

	(void)state;
	peer_start(&p);
	begin_at(&b, &p, 1);
	give_updates(&b, 1, 200);
	collect(&b, 20);
	least = p.mails;
	give(&b, 201, 201);
	most = p.mails + 2;
	collect(&b, 201);
	all_are(&b, 1, 201, OUTCOME_DELIVERED);
	at = strstr(p.data.data, "To: ada@");
	assert_non_null(at);
	while (at > p.data.data)
		before += strncmp(--at, "To: p", 5) == 0;
	/* behind the one that was on its turn and the one that had gone ahead */
	assert_in_range(before, least, most);
	end(&b);
	peer_stop(&p);
}

/* Who went ahead and was not begun is given back, and the relay has nothing. */
static void
drains_updates(void **state)
{
	struct peer p = { .offers = peer_all, .delay = 300 };
	struct bench b = { .results = 0 };
	int i;

	(void)state;
	peer_start(&p);
	b.config.delivery.timeout = 30;
	begin_at(&b, &p, 1);
	give_updates(&b, 1, 50);
	for (i = 0; i < 1000 && b.begun == 0; i++)
		usleep(10000);
	assert_true(sender_drain(b.sender, 5000));
	collect(&b, 50);
	all_are(&b, 1, 1, OUTCOME_DELIVERED);
	all_are(&b, 2, 50, OUTCOME_RELAY_DOWN);
	assert_int_equal(b.begun, 1);
	end(&b);
	for (i = 0; i < 1000 && p.open > 0; i++)
		usleep(10000);
	assert_int_equal(p.mails, 1);
	assert_in_range(p.ahead, 0, 1); /* none where the drain came first */
	assert_int_equal(person(&p, "To: p", 2), -1);
	assert_null(strstr(p.data.data, "QUIT"));
	peer_stop(&p);
}

static void
renews_its_session(void **state)
{
	struct peer p = { .offers = peer_all };
	struct bench b = { .results = 0 };

	(void)state;
	peer_start(&p);
	begin_at(&b, &p, 1);
	give(&b, 1, 250);
	collect(&b, 250);
	all_are(&b, 1, 250, OUTCOME_DELIVERED);
	assert_int_equal(p.connections, 3);
	assert_int_equal(p.open_most <= 2, 1);
	end(&b);
	peer_stop(&p);
}

/* The relay ends every session after a few mails, with 421: none is lost and
 * none is deferred for that. */
static void
relay_ends_sessions(void **state)
{
	struct peer p = { .offers = peer_all, .close_after = 3 };
	struct bench b = { .results = 0 };

	(void)state;
	peer_start(&p);
	begin_at(&b, &p, 2);
	give(&b, 1, 60);
	collect(&b, 60);
	all_are(&b, 1, 60, OUTCOME_DELIVERED);
	assert_int_equal(p.mails, 60);
	end(&b);
	peer_stop(&p);
}

/* It takes fewer connections than we were told to open. */
static void
relay_limits_connections(void **state)
{
	struct peer p = { .offers = peer_all, .max_connections = 2, .delay = 5 };
	struct bench b = { .results = 0 };

	(void)state;
	peer_start(&p);
	begin_at(&b, &p, 1);
	give(&b, 1, 1);         /* one is let in for certain */
	collect(&b, 1);
	end(&b);
	b.results = 0;
	memset(b.seen, 0, sizeof b.seen);
	begin_at(&b, &p, 4);
	give(&b, 1, 1);
	collect(&b, 1);
	give(&b, 2, 100);
	collect(&b, 100);
	all_are(&b, 1, 100, OUTCOME_DELIVERED);
	end(&b);
	peer_stop(&p);
}

static void
gives_up_idle_sessions(void **state)
{
	struct peer p = { .offers = peer_all };
	struct bench b = { .results = 0 };

	(void)state;
	peer_start(&p);
	begin_at(&b, &p, 1);
	give(&b, 1, 1);
	collect(&b, 1);
	usleep(500000);
	assert_int_equal(p.open, 1);
	give(&b, 2, 2);         /* the same session */
	collect(&b, 2);
	assert_int_equal(p.connections, 1);
	usleep(6000000);
	assert_int_equal(p.open, 0);
	assert_non_null(strstr(p.said.data, "QUIT"));
	give(&b, 3, 3);
	collect(&b, 3);
	assert_int_equal(p.connections, 2);
	all_are(&b, 1, 3, OUTCOME_DELIVERED);
	end(&b);
	peer_stop(&p);
}

static void
relay_is_down(void **state)
{
	struct bench b = { .results = 0 };
	char relay[64];
	int port;

	(void)state;
	close(peer_listen(&port));
	snprintf(relay, sizeof relay, "smtp://127.0.0.1:%d", port);
	begin(&b, relay, 4);
	give(&b, 1, 100);
	collect(&b, 100);
	all_are(&b, 1, 100, OUTCOME_RELAY_DOWN);
	assert_int_equal(b.renderer.used, 0);
	assert_int_equal(b.marked, 100);
	assert_int_equal(b.begun, 0);
	end(&b);
}

/* A relay that takes the connection and says nothing: one wait for all that
 * are in the queue, not one for each. */
static void
relay_hangs(void **state)
{
	struct peer p = { .at = AT_GREETING, .how = HANG };
	struct bench b = { .results = 0 };
	int64_t start = clock_tick();

	(void)state;
	peer_start(&p);
	begin_at(&b, &p, 2);
	give(&b, 1, 50);
	collect(&b, 50);
	all_are(&b, 1, 50, OUTCOME_RELAY_DOWN);
	assert_in_range(clock_tick() - start, 900, 3500);
	/* it comes back */
	p.at = AT_NEVER;
	give(&b, 51, 60);
	collect(&b, 60);
	all_are(&b, 51, 60, OUTCOME_DELIVERED);
	end(&b);
	peer_stop(&p);
}

static void
reports_each_outcome(void **state)
{
	struct peer p = { .offers = "PIPELINING", .at = AT_RCPT, .how = REPLY,
	    .text = "550 5.1.1 who" };
	struct bench b = { .results = 0 };

	(void)state;
	peer_start(&p);
	begin_at(&b, &p, 1);
	give(&b, 1, 3);
	collect(&b, 3);
	all_are(&b, 1, 3, OUTCOME_FAILED);
	assert_int_equal(b.last[1].reply, 550);
	assert_int_equal(p.connections, 1);
	p.at = AT_NEVER;
	give_to(&b, 4, "broken", "ada@example.net");
	sender_give(b.sender, "nonsense", 8);
	give(&b, 5, 5);
	give_to(&b, 6, "other", "ada@example.net");
	collect(&b, 7);
	all_are(&b, 4, 4, OUTCOME_UNRENDERED);
	all_are(&b, 0, 0, OUTCOME_UNRENDERED);
	all_are(&b, 5, 5, OUTCOME_DELIVERED);
	all_are(&b, 6, 6, OUTCOME_OTHER_TEXT);
	assert_int_equal(sender_load(b.sender), 0);
	end(&b);
	peer_stop(&p);
}

/* A domain has an ASCII form, a local part has none. */
static void
international_addresses(void **state)
{
	struct peer p = { .offers = "8BITMIME" };
	struct bench b = { .results = 0 };

	(void)state;
	peer_start(&p);
	begin_at(&b, &p, 1);
	give_to(&b, 1, "request", "ada@b\xc3\xbc" "cher.example");
	give_to(&b, 2, "request", "\xd0\xb8@example.net");
	collect(&b, 2);
	all_are(&b, 1, 1, OUTCOME_DELIVERED);
	assert_non_null(strstr(p.said.data,
	    "RCPT TO:<ada@xn--bcher-kva.example>\n"));
	assert_null(strstr(p.said.data, "SMTPUTF8"));
	assert_non_null(strstr(p.data.data, "To: ada@xn--bcher-kva.example\n"));
	all_are(&b, 2, 2, OUTCOME_FAILED);
	assert_int_equal(b.last[2].code[1], 6);
	assert_int_equal(b.last[2].code[2], 7);
	end(&b);
	peer_stop(&p);
}

static void
tls_in_small_threads(void **state)
{
	struct peer_identity id = peer_identity("DNS:x", NULL, -60, 86400);
	struct peer p = { .offers = peer_all, .tls = peer_tls(&id) };
	struct bench b = { .results = 0 };

	(void)state;
	peer_start(&p);
	begin_at(&b, &p, 4);
	give(&b, 1, 100);
	give_updates(&b, 101, 200);
	collect(&b, 200);
	all_are(&b, 1, 200, OUTCOME_DELIVERED);
	assert_true(p.ahead > 0);
	assert_true(p.secure >= 1);
	assert_int_equal(p.secure, p.connections);
	end(&b);
	peer_stop(&p);
	SSL_CTX_free(p.tls);
	peer_identity_free(&id);
}

static void
changes_its_renderer(void **state)
{
	static struct renderer old, new;
	struct peer p = { .offers = peer_all };
	struct bench b = { .results = 0 };
	int i;

	(void)state;
	peer_start(&p);
	begin_at(&b, &p, 4);
	b.renderer.slow = 1;
	give(&b, 1, 200);
	for (i = 0; i < 20; i++) {
		struct renderer *r = i % 2 == 0 ? &new : &old;
		struct renderer *before = i == 0 ? &b.renderer :
		    i % 2 == 0 ? &old : &new;

		r->slow = 2;
		r->retired = 0;
		sender_set_renderer(b.sender, r);
		assert_int_equal(before->in_use, 0);
		before->retired = 1;    /* render_job would abort */
		usleep(3000);
	}
	collect(&b, 200);
	all_are(&b, 1, 200, OUTCOME_DELIVERED);
	assert_true(old.used > 0 && new.used > 0);
	end(&b);
	peer_stop(&p);
}

/* What is in hand ends well, what waits is left alone, the results can be had
 * afterwards. */
static void
drains(void **state)
{
	struct peer p = { .offers = peer_all, .delay = 300 };
	struct bench b = { .results = 0 };
	int64_t start;

	(void)state;
	peer_start(&p);
	b.config.delivery.timeout = 30;
	begin_at(&b, &p, 2);
	give(&b, 1, 50);
	usleep(100000);
	start = clock_tick();
	(void)sender_drain(b.sender, 5000);
	assert_in_range(clock_tick() - start, 0, 2000);
	collect(&b, 2);
	all_are(&b, 1, 2, OUTCOME_DELIVERED);
	assert_int_equal(sender_load(b.sender), 48);
	assert_int_equal(p.mails, 2);
	end(&b);
	peer_stop(&p);
}

static const struct {
	enum peer_step at;
	enum outcome_kind kind;
} cuts[] = {
	{ AT_GREETING, OUTCOME_RELAY_DOWN },
	{ AT_MAIL, OUTCOME_RELAY_DOWN },
	{ AT_END, OUTCOME_IN_DOUBT },
};

static void
cuts_off_what_hangs(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
		struct peer p = { .at = cuts[i].at, .how = HANG };
		struct bench b = { .results = 0 };
		int64_t start;

		peer_start(&p);
		b.config.delivery.timeout = 60;
		begin_at(&b, &p, 1);
		give(&b, 1, 1);
		usleep(200000);
		start = clock_tick();
		(void)sender_drain(b.sender, 200);
		assert_in_range(clock_tick() - start, 150, 1500);
		collect(&b, 1);
		all_are(&b, 1, 1, cuts[i].kind);
		end(&b);
		peer_stop(&p);
	}
}

static void
stops_at_any_time(void **state)
{
	struct peer p = { .at = AT_DATA, .how = HANG };
	struct bench b = { .results = 0 };
	struct reason why;
	int64_t start;

	(void)state;
	peer_start(&p);
	b.config.delivery.timeout = 60;
	begin_at(&b, &p, 4);
	give(&b, 1, 20);
	usleep(100000);
	start = clock_tick();
	sender_stop(&b.sender, 100);
	assert_in_range(clock_tick() - start, 0, 2000);
	/* without having been started, and NULL */
	assert_int_equal(sender_new(&b.sender, &b.config, &b.renderer, NULL,
	    NULL, &why), OK);
	give(&b, 21, 22);
	sender_stop(&b.sender, 100);
	sender_stop(&b.sender, 100);
	peer_stop(&p);
}

static void
writes_into_a_maildir(void **state)
{
	struct bench b = { .results = 0 };
	char root[] = "/tmp/sender_test.XXXXXX", relay[96], path[400];
	static const char *const subs[] = { "tmp", "new", "cur" };
	int files = 0;
	size_t i;

	(void)state;
	assert_non_null(mkdtemp(root));
	snprintf(relay, sizeof relay, "maildir:%s/mail", root);
	begin(&b, relay, 4);
	assert_int_equal(sender_port(b.sender), 0);
	assert_string_equal(sender_dir(b.sender), relay + strlen("maildir:"));
	give(&b, 1, 50);
	collect(&b, 50);
	all_are(&b, 1, 50, OUTCOME_DELIVERED);
	end(&b);
	for (i = 0; i < 3; i++) {
		struct dirent *e;
		DIR *d;

		snprintf(path, sizeof path, "%s/mail/%s", root, subs[i]);
		d = opendir(path);
		assert_non_null(d);
		while ((e = readdir(d)) != NULL) {
			if (e->d_name[0] == '.')
				continue;
			assert_int_equal(i, 1);
			files++;
			snprintf(path, sizeof path, "%s/mail/new/%s", root,
			    e->d_name);
			unlink(path);
		}
		closedir(d);
		snprintf(path, sizeof path, "%s/mail/%s", root, subs[i]);
		rmdir(path);
	}
	assert_int_equal(files, 50);
	snprintf(path, sizeof path, "%s/mail", root);
	rmdir(path);
	rmdir(root);
}

static void
refuses_a_bad_relay(void **state)
{
	static const char *const relays[] = { NULL, "", "maildir:", "maildir:x",
	    "file:/x", "smtp://" };
	struct config config = { .delivery.timeout = 1 };
	struct sender *s;
	size_t i;

	(void)state;
	config.file = (char *)(uintptr_t)"test.conf";
	config.mail_domain = (char *)(uintptr_t)"we.example.org";
	for (i = 0; i < sizeof relays / sizeof relays[0]; i++) {
		struct reason why = { "" };

		config.delivery.relay = (char *)(uintptr_t)relays[i];
		assert_int_equal(sender_new(&s, &config, NULL, NULL, NULL, &why),
		    INVALID);
		assert_null(s);
		assert_non_null(strstr(why.text, "delivery.relay"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delivers_over_several_sessions),
		cmocka_unit_test(says_before_it_begins),
		cmocka_unit_test(begins_with_the_message),
		cmocka_unit_test(updates_go_ahead),
		cmocka_unit_test(only_updates_go_ahead),
		cmocka_unit_test(sessions_end_with_updates),
		cmocka_unit_test(trouble_stays_with_its_update),
		cmocka_unit_test(relay_ends_sessions_with_updates),
		cmocka_unit_test(requests_go_before_updates),
		cmocka_unit_test(drains_updates),
		cmocka_unit_test(renews_its_session),
		cmocka_unit_test(relay_ends_sessions),
		cmocka_unit_test(relay_limits_connections),
		cmocka_unit_test(gives_up_idle_sessions),
		cmocka_unit_test(relay_is_down),
		cmocka_unit_test(relay_hangs),
		cmocka_unit_test(reports_each_outcome),
		cmocka_unit_test(international_addresses),
		cmocka_unit_test(tls_in_small_threads),
		cmocka_unit_test(changes_its_renderer),
		cmocka_unit_test(drains),
		cmocka_unit_test(cuts_off_what_hangs),
		cmocka_unit_test(stops_at_any_time),
		cmocka_unit_test(writes_into_a_maildir),
		cmocka_unit_test(refuses_a_bad_relay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
