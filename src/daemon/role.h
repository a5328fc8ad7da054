/* role.h - the roles: who they are and what each may do
 *
 * The table in role.c is the security design on one screen.  role_main
 * (role_main.c) is the life of every role: read the configuration, prepare, enter the sandbox,
 * start, say so, wait for events, stop.  What differs is a struct role_code.
 */
#ifndef DAEMON_ROLE_H
#define DAEMON_ROLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum role {
	ROLE_PARENT, ROLE_INTAKE, ROLE_KEEPER, ROLE_DELIVERY,
	ROLE_WEB,               /* only where web.listen is configured */
	ROLE_COUNT
};

enum ipc_type;
struct blackbox;
struct config;
struct event;
struct ipc;
struct poison;
struct sandbox_profile;

/* What every role has.  Filled in by role_main. */
struct role_self {
	enum role role;
	struct event *event;
	const struct config *config;
	struct blackbox *box;           /* note what is in hand */
	struct poison *poison;          /* what must not be taken in hand */
	struct ipc *peer[ROLE_COUNT];   /* NULL while there is no channel */
	int handed_fd;                  /* intake: the LMTP socket; keeper: the
	                                   key file; web: its socket; -1: none */
	int second_fd;                  /* web: the socket for metrics; keeper:
	                                   delivery's black box; or -1 */
	bool stopping;
	void *state;                    /* the role's own */
};

struct role_code {
	/* Before the sandbox: load, open, resolve.  Sets self->state. */
	enum status (*prepare)(struct role_self *, struct reason *);
	/* What only preparing has shown (a port, a folder); may be NULL. */
	void (*profile)(const struct role_self *, struct sandbox_profile *);
	/* In the sandbox: threads, watches, timers. */
	enum status (*start)(struct role_self *, struct reason *);
	/* self->peer[peer] is new.  Nothing asked before will be answered. */
	void (*joined)(struct role_self *, enum role peer);
	/* The channel is gone; self->peer[peer] is NULL already. */
	void (*lost)(struct role_self *, enum role peer);
	void (*record)(struct role_self *, enum role peer, enum ipc_type,
	    uint64_t id, const void *bytes, size_t len);
	/* self->peer[peer] was full and is no more; may be NULL. */
	void (*room)(struct role_self *, enum role peer);
	/* Read the campaigns again; keep the old ones, with a line in the log,
	 * when the new are bad. */
	enum status (*reload)(struct role_self *, struct reason *);
	/* How often each role was started; may be NULL. */
	void (*starts)(struct role_self *, const uint32_t count[ROLE_COUNT]);
	/* All roles have the campaigns that this one found; may be NULL. */
	void (*agreed)(struct role_self *);
	/* self->stopping is set: finish what was promised, then role_done. */
	void (*stop)(struct role_self *);
	/* The loop has ended: release everything. */
	void (*finish)(struct role_self *);
};

extern const struct role_code intake_role, keeper_role, delivery_role, web_role;

/* For a role whose stop() is complete: what it has sent goes out, the loop
 * ends.  May be called from anywhere, more than once. */
void role_done(struct role_self *);

/* ---- for undersignd.c ----------------------------------------------------- */

const char *role_name(enum role);
bool role_find(const char *name, enum role *out);
/* Is there such a role with this configuration? */
bool role_is_used(enum role, const struct config *);
/* Peers by the way of a message: may these two have a channel? */
bool role_are_peers(enum role, enum role);
/* Seconds of CPU one thing in hand may cost before the parent ends the role;
 * 0: no bound (delivery waits for a relay). */
int role_patience(enum role);

/* What the role may do with this configuration. */
void role_profile(enum role, const struct config *, struct sandbox_profile *out);

/* The role's side of fork and exec: descriptors at these numbers. */
#define ROLE_CONTROL_FD 3
#define ROLE_BOX_FD 4
#define ROLE_HANDED_FD 5        /* may be closed */
#define ROLE_SECOND_FD 6        /* may be closed */
#define ROLE_FDS 4

#define ROLE_EXIT_SETUP 78      /* could not start; trying again will not help */

/* Returns the exit status. */
int role_main(enum role, const char *config_file, bool debug);

#endif
