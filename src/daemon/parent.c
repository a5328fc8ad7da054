/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/wire.h"
#include "config/config.h"
#include "daemon/blackbox.h"
#include "daemon/control.h"
#include "daemon/event.h"
#include "daemon/ipc.h"
#include "daemon/listen.h"
#include "daemon/notify.h"
#include "daemon/parent.h"
#include "daemon/role.h"
#include "daemon/sandbox.h"
#include "seal/keys.h"
#include "seal/master.h"

#define PAUSE_FIRST 100         /* ms before the first new start */
#define PAUSE_MOST 30000
#define LIFE_ENOUGH 60000       /* ms of life that make good for everything */
#define WATCH_EACH 1000         /* ms */
#define WALL_FACTOR 6           /* patience is CPU time; this much on the wall */
#define STOP_WORK 3500          /* ms for intake and delivery to finish */
#define STOP_ALL 4700           /* ms for everybody */
#define EXIT_NO_MEMORY 71       /* base/buf.c */

struct child {
	struct parent *parent;
	enum role role;
	pid_t pid;                      /* 0: not running */
	struct ipc *control;
	struct blackbox *box;
	struct strikes *strikes;
	struct poison *poison;          /* told at each start */
	struct event_timer *again;
	int64_t born, pause;
	uint32_t starts;
	bool started, ever_started, reloading;
	int64_t stuck_since, stuck_cpu; /* the oldest thing in hand, when seen */
	bool stuck;                     /* ended by us for that */
	bool leaving;                   /* told to end, to come back or not */
};

struct parent {
	const struct parent_setup *setup;
	struct event *event;
	struct child child[ROLE_COUNT];
	struct event_timer *watch, *sign_of_life, *patience;
	int64_t stop_at;                /* STOP was said; 0: not yet */
	bool keeper_stopped, ready, failed;
	bool agreeing;                  /* intake waits for the others to reload */
	struct control *control;
	int key_fd;                     /* or -1 */
	unsigned char *master;          /* of a locked keeper, when it is not */
	bool key_failed;                /* it could not start with its last key */
};

#define FIRST_ROLE (ROLE_PARENT + 1)

static void spawn(struct child *);

_Static_assert(CONTROL_KEY == KEY_BYTES, "the key in a request");

/* ---- locked or not ------------------------------------------------------------- */

static bool
is_locked(const struct parent *p)
{
	return p->setup->config->key_place == KEY_LOCKED && p->master == NULL;
}

static bool
waits_for_key(const struct child *c)
{
	return c->role == ROLE_KEEPER && is_locked(c->parent);
}

static void
tell_status(const struct parent *p)
{
	notify_send(is_locked(p) ? "STATUS=Locked; undersign unlock opens it" :
	    "STATUS=Collecting signatures");
}

/* ---- being ready ------------------------------------------------------------- */

static void
tell_starter(const struct parent *p)
{
	if (p->setup->ready_fd < 0)
		return;
	if (write(p->setup->ready_fd, "1", 1) < 0)
		log_warn("start=unseen");
	(void)close(p->setup->ready_fd);
}

static void
note_reloaded(struct parent *p)
{
	size_t i;

	for (i = FIRST_ROLE; i < ROLE_COUNT; i++)
		if (p->child[i].reloading)
			return;
	notify_send("READY=1");
	if (p->agreeing && p->child[ROLE_INTAKE].control != NULL)
		ipc_send(p->child[ROLE_INTAKE].control, IPC_AGREED, 0, NULL, 0);
	p->agreeing = false;
}

static void
reload_all(struct parent *p, const struct child *but)
{
	char text[64];
	size_t i;

	if (p->stop_at != 0)
		return;
	(void)snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)clock_tick() * 1000);
	notify_send(text);
	for (i = FIRST_ROLE; i < ROLE_COUNT; i++)
		if (&p->child[i] != but && p->child[i].control != NULL) {
			p->child[i].reloading = true;
			ipc_send(p->child[i].control, IPC_RELOAD, 0, NULL, 0);
		}
	note_reloaded(p);       /* nobody may be there to answer */
}

/* One that began anew has read the campaigns as they are now.  Keeper and delivery
 * must have the same texts, or no request goes out (job.h); intake goes on with the
 * names it knows, since whoever edits them may not be done. */
static void
follow(const struct child *c)
{
	static const enum role other[ROLE_COUNT] = {
		[ROLE_KEEPER] = ROLE_DELIVERY, [ROLE_DELIVERY] = ROLE_KEEPER,
	};
	struct child *o = &c->parent->child[other[c->role]];

	if (other[c->role] != 0 && o->control != NULL) {
		o->reloading = true;
		ipc_send(o->control, IPC_RELOAD, 0, NULL, 0);
	}
}

static void
note_started(struct child *c)
{
	struct parent *p = c->parent;
	bool again = c->ever_started;
	size_t i;

	c->started = c->ever_started = true;
	if (c->role == ROLE_KEEPER)
		p->key_failed = false;
	for (i = FIRST_ROLE; i < ROLE_COUNT; i++)
		if (!p->child[i].started && !waits_for_key(&p->child[i]) &&
		    role_is_used((enum role)i, p->setup->config))
			return;
	if (p->stop_at != 0)
		return;
	tell_status(p);
	if (p->ready && again)
		follow(c);
	if (p->ready)
		return;
	p->ready = true;
	log_info("ready=yes%s", is_locked(p) ? " locked=yes" : "");
	notify_send("READY=1");
	tell_starter(p);
}

/* A channel between two roles is closed, and neither has died of it.  The
 * keeper is believed; of others it is who complains that starts anew, so that
 * one that was taken over cannot have the keeper ended. */
static void
start_anew(const struct parent *p, const struct child *from, uint64_t about)
{
	const struct child *c = from;

	if (from->role == ROLE_KEEPER && about < ROLE_COUNT &&
	    role_are_peers(ROLE_KEEPER, (enum role)about))
		c = &p->child[about];
	if (c->pid > 0 && p->stop_at == 0)
		(void)kill(c->pid, SIGKILL);
}

static void
control_record(void *arg, enum ipc_type type, uint64_t id, const void *bytes,
    size_t len, int fd)
{
	struct child *c = arg;

	(void)bytes;
	(void)len;
	(void)fd;
	if (type == IPC_STARTED)
		note_started(c);
	else if (type == IPC_RELOADED) {
		c->reloading = false;
		note_reloaded(c->parent);
	} else if (type == IPC_CHANGED) {
		c->parent->agreeing = true;
		reload_all(c->parent, c);
	} else if (type == IPC_BROKEN)
		start_anew(c->parent, c, id);
}

/* Its death is told by SIGCHLD.  One that was told to end closes the channel
 * first; at any other time it broke the rules. */
static void
control_closed(void *arg)
{
	struct child *c = arg;

	ipc_free(&c->control);
	if (c->pid > 0 && c->parent->stop_at == 0)
		(void)kill(c->pid, SIGKILL);
}

static const struct ipc_calls control_calls = {
	control_record, control_closed, NULL
};

/* ---- starting a role ------------------------------------------------------------ */

/* The key of a locked keeper goes through a pipe: memory of the kernel, which
 * no disk ever sees.  -1: it has a file. */
static int
key_pipe(const struct parent *p)
{
	int fd[2];

	if (p->master == NULL)
		return -1;
	if (pipe2(fd, O_CLOEXEC) != 0 ||
	    write(fd[1], p->master, KEY_BYTES) != KEY_BYTES)
		log_fatal("cannot hand the key over");
	(void)close(fd[1]);
	return fd[0];
}

static int
handed_fd(const struct child *c, int key)
{
	if (c->role == ROLE_INTAKE)
		return c->parent->setup->lmtp_fd;
	if (c->role == ROLE_KEEPER)
		return key >= 0 ? key : c->parent->key_fd;
	if (c->role == ROLE_WEB)
		return c->parent->setup->web_fd;
	return -1;
}

static int
second_fd(const struct child *c)
{
	if (c->role == ROLE_WEB)
		return c->parent->setup->metrics_fd;
	if (c->role == ROLE_KEEPER)
		return blackbox_fd(c->parent->child[ROLE_DELIVERY].box);
	return -1;
}

/* Descriptors to their numbers.  First out of each other's way. */
static void
place_descriptors(const int *from)
{
	int high[ROLE_FDS], i;

	for (i = 0; i < ROLE_FDS; i++)
		high[i] = from[i] < 0 ? -1 : fcntl(from[i], F_DUPFD, 16);
	for (i = 0; i < ROLE_FDS; i++) {
		(void)close(ROLE_CONTROL_FD + i);
		if (high[i] >= 0 && dup2(high[i], ROLE_CONTROL_FD + i) < 0)
			_exit(1);
	}
	(void)close_range(ROLE_CONTROL_FD + ROLE_FDS, ~0U, 0);
}

_Noreturn static void
become(const struct child *c, int control, int key)
{
	const struct parent_setup *s = c->parent->setup;
	int from[ROLE_FDS] = { control, blackbox_fd(c->box),
	    handed_fd(c, key),
	    second_fd(c) };
	char role[32];
	char *argv[] = { (char *)(uintptr_t)"undersignd", role,
	    (char *)(uintptr_t)"-c", (char *)(uintptr_t)s->config_file,
	    s->debug ? (char *)(uintptr_t)"-d" : NULL, NULL };

	(void)snprintf(role, sizeof role, "--role=%s", role_name(c->role));
	place_descriptors(from);
	execv("/proc/self/exe", argv);
	log_warn("role=%s cannot run /proc/self/exe", role_name(c->role));
	_exit(1);
}

/* A new pair for A and B; the old one, if there is one, ends. */
static void
connect_peers(struct child *a, struct child *b)
{
	int fd[2];

	if (a->control == NULL || b->control == NULL)
		return;
	ipc_pair(fd);
	ipc_send_fd(a->control, IPC_CHANNEL, b->role, fd[0]);
	ipc_send_fd(b->control, IPC_CHANNEL, a->role, fd[1]);
}

static void
introduce(struct child *c)
{
	struct parent *p = c->parent;
	size_t i;

	for (i = 0; i < poison_count(c->poison); i++)
		ipc_send(c->control, IPC_POISON, 0, poison_at(c->poison, i),
		    BLACKBOX_NAME);
	for (i = FIRST_ROLE; i < ROLE_COUNT; i++)
		if (role_are_peers(c->role, (enum role)i))
			connect_peers(c, &p->child[i]);
}

/* The web role shows how often each role was started. */
static void
tell_starts(const struct parent *p)
{
	struct ipc *web = p->child[ROLE_WEB].control;
	struct buf *b;
	size_t i;

	if (web == NULL)
		return;
	b = ipc_begin(web, IPC_STARTS, 0);
	for (i = 0; i < ROLE_COUNT; i++)
		wire_put_u32(b, p->child[i].starts);
	ipc_end(web);
}

static void
spawn(struct child *c)
{
	struct parent *p = c->parent;
	int fd[2], key;

	if (waits_for_key(c))
		return;
	blackbox_clear(c->box);
	c->started = c->stuck = c->reloading = c->leaving = false;
	c->stuck_since = 0;
	c->born = clock_tick();
	ipc_pair(fd);
	key = c->role == ROLE_KEEPER ? key_pipe(p) : -1;
	c->pid = fork();
	if (c->pid == 0)
		become(c, fd[1], key);
	(void)close(fd[1]);
	if (key >= 0)
		(void)close(key);
	if (c->pid < 0) {
		log_warn("role=%s cannot start a process", role_name(c->role));
		(void)close(fd[0]);
		c->pid = 0;
		event_timer_set(c->again, clock_tick() + PAUSE_MOST);
		return;
	}
	log_debug("role=%s pid=%d", role_name(c->role), (int)c->pid);
	c->control = ipc_new(p->event, fd[0], ROLE_PARENT, c->role, 0,
	    &control_calls, c);
	introduce(c);
	c->starts++;
	tell_starts(p);
}

static void
spawn_again(void *arg)
{
	struct child *c = arg;

	if (c->parent->stop_at == 0 && c->pid == 0)
		spawn(c);
}

/* ---- when a role dies ---------------------------------------------------------- */

/* Whoever kills a role from outside says nothing about what it had in hand. */
static bool
is_own_fault(const struct child *c, int how)
{
	if (WIFSIGNALED(how))
		return c->stuck || WTERMSIG(how) != SIGKILL;
	return WEXITSTATUS(how) == EXIT_NO_MEMORY;
}

/* Who has to keep away from what killed C: the keeper parks what delivery died
 * of, since the outbox is the keeper's. */
static struct child *
who_parks(struct child *c)
{
	return c->role == ROLE_DELIVERY ? &c->parent->child[ROLE_KEEPER] : c;
}

static void
count_strikes(struct child *c)
{
	struct blackbox_item item[BLACKBOX_SLOTS];
	struct child *to = who_parks(c);
	size_t i, n = blackbox_read(c->box, item, BLACKBOX_SLOTS);
	bool out;

	for (i = 0; i < n; i++) {
		out = strikes_add(c->strikes, item[i].name);
		log_warnx("role=%s in-hand=%02x%02x%02x%02x strike=%s",
		    role_name(c->role), item[i].name[0], item[i].name[1],
		    item[i].name[2], item[i].name[3],
		    out ? "second, it will be parked" : "first");
		if (!out)
			continue;
		poison_add(to->poison, item[i].name);
		if (to != c && to->control != NULL)
			ipc_send(to->control, IPC_POISON, 0, item[i].name,
			    BLACKBOX_NAME);
	}
}

/* One that was told to end, for another key, is gone as soon as it lets go of its
 * channel: by itself or, if we come first, by us. */
static bool
ended_as_told(const struct child *c, int how)
{
	return c->leaving && (WIFSIGNALED(how) ? WTERMSIG(how) == SIGKILL :
	    WEXITSTATUS(how) == 0);
}

static void
say_how(const struct child *c, int how)
{
	const char *name = role_name(c->role);

	if (ended_as_told(c, how))
		log_info("role=%s ended=as-told", name);
	else if (WIFSIGNALED(how) && WTERMSIG(how) == SIGSYS)
		log_warnx("role=%s died=sandbox it made a system call that it "
		    "may not make; UNDERSIGNED_SANDBOX_TRACE=1 in the "
		    "environment names the call", name);
	else if (WIFSIGNALED(how))
		log_warnx("role=%s died=signal-%d%s", name, WTERMSIG(how),
		    c->stuck ? " reason=stuck" : "");
	else if (WEXITSTATUS(how) != 0 || c->parent->stop_at == 0)
		log_warnx("role=%s died=exit-%d", name, WEXITSTATUS(how));
}

/* A life ten times as long as the pause before it makes good for it, so that
 * at most a tenth of the time goes into pauses. */
static void
start_later(struct child *c)
{
	int64_t now = clock_tick(), life = now - c->born;

	if (life >= LIFE_ENOUGH || life >= 10 * c->pause)
		c->pause = 0;
	c->pause = c->pause == 0 ? PAUSE_FIRST :
	    c->pause * 2 > PAUSE_MOST ? PAUSE_MOST : c->pause * 2;
	event_timer_set(c->again, now + c->pause);
}

static void go_on_stopping(struct parent *);
static void stop(struct parent *);

/* What cannot be set up at the first try is a mistake for a person to mend;
 * later it may be one she is just mending. */
static void
died(struct child *c, int how)
{
	struct parent *p = c->parent;

	say_how(c, how);
	if (is_own_fault(c, how))
		count_strikes(c);
	ipc_free(&c->control);
	c->pid = 0;
	c->started = false;
	if (c->reloading) {
		c->reloading = false;
		note_reloaded(p);
	}
	if (p->stop_at != 0) {
		go_on_stopping(p);
		return;
	}
	if (WIFEXITED(how) && WEXITSTATUS(how) == ROLE_EXIT_SETUP) {
		if (c->role == ROLE_KEEPER && !c->ever_started &&
		    p->master != NULL) {
			/* The wrong key, perhaps: ask for another. */
			p->key_failed = true;
			master_free(&p->master);
			tell_status(p);
			return;
		}
		if (!c->ever_started) {
			p->failed = true;
			stop(p);
			return;
		}
		p->key_failed |= c->role == ROLE_KEEPER;
	}
	start_later(c);
}

static void
reap(void *arg, int sig)
{
	struct parent *p = arg;
	pid_t pid;
	size_t i;
	int how;

	(void)sig;
	while ((pid = waitpid(-1, &how, WNOHANG)) > 0)
		for (i = FIRST_ROLE; i < ROLE_COUNT; i++)
			if (p->child[i].pid == pid)
				died(&p->child[i], how);
}

/* ---- a role that is stuck --------------------------------------------------------- */

/* Milliseconds of CPU that a process has used, or -1. */
static int64_t
cpu_of(pid_t pid)
{
	struct timespec ts;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 ||
	    clock_gettime(clock, &ts) != 0)
		return -1;
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t
oldest_in_hand(const struct child *c)
{
	struct blackbox_item item[BLACKBOX_SLOTS];
	size_t i, n = blackbox_read(c->box, item, BLACKBOX_SLOTS);
	int64_t oldest = 0;

	for (i = 0; i < n; i++)
		if (oldest == 0 || item[i].since < oldest)
			oldest = item[i].since;
	return oldest;
}

static void
look_at(struct child *c)
{
	int64_t most = (int64_t)role_patience(c->role) * 1000;
	int64_t since, cpu;

	if (c->pid == 0 || most == 0)
		return;
	since = oldest_in_hand(c);
	cpu = cpu_of(c->pid);
	if (since == 0 || since != c->stuck_since) {
		c->stuck_since = since;
		c->stuck_cpu = cpu;
		return;
	}
	if (cpu - c->stuck_cpu < most &&
	    clock_tick() - since < most * WALL_FACTOR)
		return;
	log_warnx("role=%s stuck with one thing in hand: ending it",
	    role_name(c->role));
	c->stuck = true;
	(void)kill(c->pid, SIGKILL);
}

static void
look_at_all(void *arg)
{
	struct parent *p = arg;
	size_t i;

	for (i = FIRST_ROLE; i < ROLE_COUNT; i++)
		look_at(&p->child[i]);
	event_timer_set(p->watch, clock_tick() + WATCH_EACH);
}

static void
give_sign_of_life(void *arg)
{
	struct parent *p = arg;

	notify_send("WATCHDOG=1");
	event_timer_set(p->sign_of_life, clock_tick() + notify_watchdog() / 2);
}

/* ---- stopping, reloading -------------------------------------------------------------- */

static bool
running(const struct parent *p, enum role role)
{
	return p->child[role].pid != 0;
}

/* Of those that the keeper waits for. */
static bool
any_running(const struct parent *p)
{
	return running(p, ROLE_INTAKE) || running(p, ROLE_DELIVERY) ||
	    running(p, ROLE_WEB);
}

static void
kill_all(struct parent *p, const char *why)
{
	size_t i;

	for (i = FIRST_ROLE; i < ROLE_COUNT; i++)
		if (p->child[i].pid != 0) {
			log_warnx("role=%s did not end in time (%s)",
			    role_name((enum role)i), why);
			(void)kill(p->child[i].pid, SIGKILL);
		}
}

/* The keeper is last: it takes in what the others finish. */
static void
go_on_stopping(struct parent *p)
{
	int64_t passed = clock_tick() - p->stop_at;

	if (!any_running(p) && !running(p, ROLE_KEEPER)) {
		event_stop(p->event);
		return;
	}
	if (passed >= STOP_ALL) {
		kill_all(p, "all");
		return;
	}
	if (!p->keeper_stopped && (passed >= STOP_WORK ||
	    !any_running(p))) {
		p->keeper_stopped = true;
		if (p->child[ROLE_KEEPER].control != NULL)
			ipc_send(p->child[ROLE_KEEPER].control, IPC_STOP, 0,
			    NULL, 0);
	}
	event_timer_set(p->patience, p->stop_at +
	    (passed < STOP_WORK ? STOP_WORK : STOP_ALL));
}

static void
patience_ends(void *arg)
{
	go_on_stopping(arg);
}

static void
stop(struct parent *p)
{
	const enum role first[] = { ROLE_INTAKE, ROLE_DELIVERY, ROLE_WEB };
	size_t i;

	if (p->stop_at != 0)
		return;
	log_info("stopping=yes");
	notify_send("STOPPING=1");
	p->stop_at = clock_tick();
	for (i = 0; i < sizeof first / sizeof first[0]; i++)
		if (p->child[first[i]].control != NULL)
			ipc_send(p->child[first[i]].control, IPC_STOP, 0, NULL, 0);
	go_on_stopping(p);
}

static void
stop_signal(void *arg, int sig)
{
	(void)sig;
	stop(arg);
}

static void
reload_signal(void *arg, int sig)
{
	(void)sig;
	reload_all(arg, NULL);
}

/* ---- what the staff command asks ------------------------------------------------------ */

static void
take_master(struct parent *p, const unsigned char *key)
{
	master_free(&p->master);
	p->master = master_new();
	memcpy(p->master, key, KEY_BYTES);
}

/* The keeper ends as at a stop, and comes back if it has a key. */
static void
renew_keeper(struct parent *p)
{
	struct child *c = &p->child[ROLE_KEEPER];

	p->key_failed = false;
	tell_status(p);
	if (c->pid == 0) {
		spawn(c);
		return;
	}
	c->leaving = true;
	c->started = false;
	if (c->control != NULL)
		ipc_send(c->control, IPC_STOP, 0, NULL, 0);
}

static enum control_answer
change_key(struct parent *p, const struct control_request *request, int *fd)
{
	if (p->setup->config->key_place == KEY_LOCKED) {
		if (p->master == NULL)
			return CONTROL_REFUSED;
		take_master(p, request->key);
	} else {
		if (*fd < 0)
			return CONTROL_REFUSED;
		(void)close(p->key_fd);
		p->key_fd = *fd;
		*fd = -1;
	}
	log_info("key=changed");
	renew_keeper(p);
	return CONTROL_DONE;
}

static enum control_answer
on_ask(void *arg, const struct control_request *request, int *fd)
{
	struct parent *p = arg;
	bool lockable = p->setup->config->key_place == KEY_LOCKED;

	if (request->ask == CONTROL_STATE)
		return p->key_failed ? CONTROL_FAILED : CONTROL_DONE;
	if (p->stop_at != 0)
		return CONTROL_REFUSED;
	if (request->ask == CONTROL_CHANGE)
		return change_key(p, request, fd);
	if (!lockable)
		return CONTROL_REFUSED;
	if (request->ask == CONTROL_UNLOCK) {
		if (p->master != NULL)
			return CONTROL_REFUSED;
		take_master(p, request->key);
		log_info("key=unlocked");
	} else if (request->ask == CONTROL_LOCK) {
		master_free(&p->master);
		log_info("key=locked mail waits with its sender");
	} else
		return CONTROL_REFUSED;
	renew_keeper(p);
	return CONTROL_DONE;
}

static enum control_state
on_state(void *arg)
{
	const struct parent *p = arg;

	if (p->stop_at != 0)
		return CONTROL_STARTING;
	return is_locked(p) ? CONTROL_LOCKED : p->child[ROLE_KEEPER].started ?
	    CONTROL_OPEN : CONTROL_STARTING;
}

static const struct control_calls asked = { on_ask, on_state };

/* ---- all of it --------------------------------------------------------------------------- */

static void
init(struct parent *p, const struct parent_setup *setup)
{
	size_t i;

	p->setup = setup;
	p->key_fd = setup->key_fd;
	p->event = event_new();
	p->control = control_new(p->event, setup->control_fd, &asked, p);
	for (i = FIRST_ROLE; i < ROLE_COUNT; i++) {
		struct child *c = &p->child[i];

		c->parent = p;
		c->role = (enum role)i;
		c->box = blackbox_new();
		c->strikes = strikes_new();
		c->poison = poison_new();
		c->again = event_timer_new(p->event, spawn_again, c);
	}
	p->watch = event_timer_new(p->event, look_at_all, p);
	p->sign_of_life = event_timer_new(p->event, give_sign_of_life, p);
	p->patience = event_timer_new(p->event, patience_ends, p);
	event_signal(p->event, SIGCHLD, reap, p);
	event_signal(p->event, SIGTERM, stop_signal, p);
	event_signal(p->event, SIGINT, stop_signal, p);
	event_signal(p->event, SIGHUP, reload_signal, p);
	(void)signal(SIGPIPE, SIG_IGN);
}

static void
clear(struct parent *p)
{
	size_t i;

	control_free(&p->control);
	master_free(&p->master);
	for (i = FIRST_ROLE; i < ROLE_COUNT; i++) {
		struct child *c = &p->child[i];

		ipc_free(&c->control);
		event_timer_free(&c->again);
		blackbox_close(&c->box);
		strikes_free(&c->strikes);
		poison_free(&c->poison);
	}
	event_timer_free(&p->watch);
	event_timer_free(&p->sign_of_life);
	event_timer_free(&p->patience);
	event_free(&p->event);
}

int
parent_run(const struct parent_setup *setup)
{
	struct parent p = { 0 };
	size_t i;

	init(&p, setup);
	for (i = FIRST_ROLE; i < ROLE_COUNT; i++)
		if (role_is_used((enum role)i, setup->config))
			spawn(&p.child[i]);
	look_at_all(&p);
	if (notify_watchdog() > 0)
		give_sign_of_life(&p);
	event_run(p.event);
	log_info("stopped=yes");
	clear(&p);
	return p.failed ? 1 : 0;
}
