/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/wire.h"
#include "config/config.h"
#include "daemon/blackbox.h"
#include "daemon/event.h"
#include "daemon/ipc.h"
#include "daemon/role.h"
#include "daemon/sandbox.h"
#include "daemon/wipe.h"
#include "seal/keys.h"

#define DRAIN_MS 1000
#define PARK_SPARE (64 << 10)   /* beside the message in an IPC_PARK record */

static const struct role_code *const codes[ROLE_COUNT] = {
	[ROLE_INTAKE] = &intake_role,
	[ROLE_KEEPER] = &keeper_role,
	[ROLE_DELIVERY] = &delivery_role,
	[ROLE_WEB] = &web_role,
};

/* One process is one role: its channels, and who is at the other end. */
struct link {
	struct role_self *self;
	enum role peer;
};
static struct link links[ROLE_COUNT];

/* ---- channels to the other roles ----------------------------------------- */

static void
peer_record(void *arg, enum ipc_type type, uint64_t id, const void *bytes,
    size_t len, int fd)
{
	struct link *l = arg;

	(void)fd;               /* -1: no type between roles has one */
	codes[l->self->role]->record(l->self, l->peer, type, id, bytes, len);
}

static void
peer_closed(void *arg)
{
	struct link *l = arg;

	if (!l->self->stopping)
		log_info("peer=%s channel=lost", role_name(l->peer));
	if (ipc_is_broken(l->self->peer[l->peer]) &&
	    l->self->peer[ROLE_PARENT] != NULL)
		ipc_send(l->self->peer[ROLE_PARENT], IPC_BROKEN, l->peer, NULL, 0);
	ipc_free(&l->self->peer[l->peer]);
	codes[l->self->role]->lost(l->self, l->peer);
}

static void
peer_room(void *arg)
{
	struct link *l = arg;

	if (codes[l->self->role]->room != NULL)
		codes[l->self->role]->room(l->self, l->peer);
}

static const struct ipc_calls peer_calls = { peer_record, peer_closed, peer_room };

static void
join(struct role_self *self, uint64_t id, int fd)
{
	enum role peer = (enum role)id;

	if (id >= ROLE_COUNT || !role_are_peers(self->role, peer)) {
		(void)close(fd);
		return;
	}
	/* The peer died; we may hear of its next life before we have read what
	 * it said in the last. */
	if (self->peer[peer] != NULL)
		ipc_read_rest(self->peer[peer]);
	if (self->peer[peer] != NULL)
		peer_closed(&links[peer]);
	self->peer[peer] = ipc_new(self->event, fd, self->role, peer,
	    (size_t)self->config->limits.message_size + PARK_SPARE,
	    &peer_calls, &links[peer]);
	codes[self->role]->joined(self, peer);
}

/* ---- the parent's wishes ----------------------------------------------------- */

static void
reload(struct role_self *self)
{
	struct reason why = { "" };
	enum status st = codes[self->role]->reload(self, &why);

	if (st != OK)
		log_warnx("reload=failed the campaigns stay as they were: %s",
		    why.text);
	else
		log_info("reload=done");
	ipc_send(self->peer[ROLE_PARENT], IPC_RELOADED, st == OK ? 0 : 1, NULL, 0);
}

static void
be_told_to_stop(struct role_self *self)
{
	if (self->stopping)
		return;
	self->stopping = true;
	codes[self->role]->stop(self);
}

static void
take_starts(struct role_self *self, const void *bytes, size_t len)
{
	uint32_t count[ROLE_COUNT];
	struct wire w;
	size_t i;

	wire_open(&w, bytes, len);
	for (i = 0; i < ROLE_COUNT; i++)
		count[i] = wire_u32(&w);
	if (wire_done(&w) == OK && codes[self->role]->starts != NULL)
		codes[self->role]->starts(self, count);
}

static void
control_record(void *arg, enum ipc_type type, uint64_t id, const void *bytes,
    size_t len, int fd)
{
	struct role_self *self = arg;

	if (type == IPC_CHANNEL)
		join(self, id, fd);
	else if (type == IPC_POISON && len == BLACKBOX_NAME)
		poison_add(self->poison, bytes);
	else if (type == IPC_RELOAD)
		reload(self);
	else if (type == IPC_STOP)
		be_told_to_stop(self);
	else if (type == IPC_AGREED && codes[self->role]->agreed != NULL)
		codes[self->role]->agreed(self);
	else if (type == IPC_STARTS)
		take_starts(self, bytes, len);
}

/* Without its parent a role has nobody to answer to. */
static void
control_closed(void *arg)
{
	struct role_self *self = arg;

	event_stop(self->event);
}

static const struct ipc_calls control_calls = {
	control_record, control_closed, NULL
};

void
role_done(struct role_self *self)
{
	event_stop(self->event);
}

/* ---- a role's life ------------------------------------------------------------- */

/* Signals that a terminal or a service manager sends to all processes are for
 * the parent, who asks us in its turn. */
static void
mind_signals(void)
{
	sigset_t none;

	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Before anything is opened here, which might get a number that was not used. */
static void
look_at_descriptors(struct role_self *self)
{
	int fd;

	for (fd = ROLE_CONTROL_FD; fd < ROLE_CONTROL_FD + ROLE_FDS; fd++)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	self->handed_fd = fcntl(ROLE_HANDED_FD, F_GETFD) < 0 ? -1 : ROLE_HANDED_FD;
	self->second_fd = fcntl(ROLE_SECOND_FD, F_GETFD) < 0 ? -1 : ROLE_SECOND_FD;
}

static void
take_descriptors(struct role_self *self)
{
	self->box = blackbox_open(ROLE_BOX_FD);
	self->peer[ROLE_PARENT] = ipc_new(self->event, ROLE_CONTROL_FD,
	    self->role, ROLE_PARENT, 0, &control_calls, self);
}

static enum status
begin(struct role_self *self, struct reason *why)
{
	const struct role_code *code = codes[self->role];
	struct sandbox_profile profile;
	enum status st;

	st = code->prepare(self, why);
	if (st != OK)
		return st;
	role_profile(self->role, self->config, &profile);
	if (code->profile != NULL)
		code->profile(self, &profile);
	st = sandbox_enter(&profile, self->config->sandbox, why);
	if (st == OK && code->start != NULL)
		st = code->start(self, why);
	return st;
}

static void
end(struct role_self *self)
{
	size_t i;

	for (i = 0; i < ROLE_COUNT; i++)
		if (self->peer[i] != NULL)
			ipc_drain(self->peer[i], DRAIN_MS);
	codes[self->role]->finish(self);
	for (i = 0; i < ROLE_COUNT; i++)
		ipc_free(&self->peer[i]);
	blackbox_close(&self->box);
	poison_free(&self->poison);
	event_free(&self->event);
}

/* What will be no better in a moment. */
static bool
is_lasting(enum status st)
{
	return st != TEMPFAIL && st != FULL && st != AGAIN;
}

static _Noreturn void
complain(enum status st, const struct reason *why)
{
	log_warnx("start=failed %s", why->text[0] != '\0' ? why->text :
	    status_text(st));
	/* Without more ado: what was begun is not taken apart, and the parent
	 * goes by the status, which a leak report at exit would change. */
	_exit(is_lasting(st) ? ROLE_EXIT_SETUP : 1);
}

int
role_main(enum role role, const char *config_file, bool debug)
{
	struct role_self self = { .role = role };
	struct config *config = NULL;
	struct reason why = { "" };
	enum status st;
	size_t i;

	wipe_freed();
	look_at_descriptors(&self);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	mind_signals();
	log_open(role_name(role), debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	tzset();
	clock_open();
	seal_init();
	st = config_load(&config, config_file, &why);
	if (st != OK)
		complain(st, &why);
	if (config->debug)
		log_open(role_name(role), LOG_LEVEL_DEBUG);
	self.config = config;
	self.event = event_new();
	self.poison = poison_new();
	for (i = 0; i < ROLE_COUNT; i++)
		links[i] = (struct link){ &self, (enum role)i };
	take_descriptors(&self);
	st = begin(&self, &why);
	if (st != OK)
		complain(st, &why);
	ipc_send(self.peer[ROLE_PARENT], IPC_STARTED, 0, NULL, 0);
	event_run(self.event);
	end(&self);
	config_free(&config);
	return 0;
}
