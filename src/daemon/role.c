/* SPDX-License-Identifier: ISC */
#include <dlfcn.h>
#include <iconv.h>
#include <stdio.h>
#include <string.h>

#include "config/config.h"
#include "daemon/role.h"
#include "daemon/sandbox.h"

/* Places that a role may need, as bits. */
enum {
	CAMPAIGNS = 1, TEMPLATES = 2, COUNTRIES = 4, CHARSETS = 8, CHANCE = 16,
	STATE = 32, INBOX = 64, ZONES = 128
};

/* Who may do what.  All else is refused by the kernel. */
static const struct right {
	const char *name;
	unsigned calls;                 /* sandbox.h */
	unsigned reads, edits;          /* places */
	int patience;                   /* seconds of CPU for one thing */
} rights[ROLE_COUNT] = {
	/* Starts the others; nothing from outside ever comes near it but root
	 * and its own user, by the control socket. */
	[ROLE_PARENT] = { "parent", SANDBOX_SPAWN | SANDBOX_ACCEPT, 0, 0, 0 },

	/* Hostile bytes.  No keys, no database, no socket of its own. */
	[ROLE_INTAKE] = { "intake",
	    SANDBOX_READ | SANDBOX_ACCEPT | SANDBOX_MODULES,
	    CAMPAIGNS | TEMPLATES | COUNTRIES | CHARSETS | CHANCE | ZONES,
	    INBOX, 10 },

	/* Keys and database.  No network whatever. */
	[ROLE_KEEPER] = { "keeper",
	    SANDBOX_READ | SANDBOX_EDIT,
	    CAMPAIGNS | TEMPLATES | CHANCE | ZONES, STATE, 10 },

	/* The relay's port and nothing else.  No keys, no database. */
	[ROLE_DELIVERY] = { "delivery",
	    SANDBOX_READ | SANDBOX_CONNECT | SANDBOX_THREADS,
	    CAMPAIGNS | TEMPLATES | COUNTRIES | CHANCE | ZONES, 0, 0 },

	/* HTTP.  Nothing but the sockets it was handed and public texts. */
	[ROLE_WEB] = { "web",
	    SANDBOX_READ | SANDBOX_ACCEPT,
	    CAMPAIGNS | TEMPLATES | COUNTRIES | CHANCE | ZONES, 0, 10 },
};

const char *
role_name(enum role role)
{
	return (size_t)role < ROLE_COUNT ? rights[role].name : "nobody";
}

bool
role_find(const char *name, enum role *out)
{
	size_t i;

	for (i = ROLE_PARENT + 1; i < ROLE_COUNT; i++)
		if (strcmp(name, rights[i].name) == 0) {
			*out = (enum role)i;
			return true;
		}
	return false;
}

bool
role_is_used(enum role role, const struct config *c)
{
	return role != ROLE_WEB || c->web.listen != NULL;
}

bool
role_are_peers(enum role a, enum role b)
{
	return a != b && a != ROLE_PARENT && b != ROLE_PARENT &&
	    (a == ROLE_KEEPER || b == ROLE_KEEPER);
}

int
role_patience(enum role role)
{
	return rights[role].patience;
}

/* Where glibc keeps iconv's modules: beside itself. */
static const char *
charset_dir(void)
{
	static char dir[512];
	Dl_info libc;
	char *slash;

	if (dladdr((void *)(uintptr_t)iconv_open, &libc) == 0)
		return NULL;
	if (snprintf(dir, sizeof dir - 8, "%s", libc.dli_fname) <= 0)
		return NULL;
	slash = strrchr(dir, '/');
	if (slash == NULL)
		return NULL;
	(void)snprintf(slash, 8, "/gconv");
	return dir;
}

static void
add(const char **list, const char *path)
{
	size_t i;

	for (i = 0; list[i] != NULL; i++)
		;
	if (path != NULL && i < SANDBOX_PATHS - 1)
		list[i] = path;
}

static void
add_places(const char **list, unsigned places, const struct config *c)
{
	if (places & CAMPAIGNS)
		add(list, c->campaign_dir);
	if (places & TEMPLATES)
		add(list, c->template_dir);
	if (places & COUNTRIES) {
		add(list, "/usr/share/iso-codes");
		add(list, "/usr/share/locale");
	}
	if (places & ZONES)
		add(list, "/usr/share/zoneinfo");
	if (places & CHARSETS)
		add(list, charset_dir());
	if (places & CHANCE)
		add(list, "/dev/urandom");
	if (places & STATE)
		add(list, c->state_dir);
	if (places & INBOX)
		add(list, c->intake.maildir);
}

void
role_profile(enum role role, const struct config *c, struct sandbox_profile *out)
{
	const struct right *r = &rights[role];

	memset(out, 0, sizeof *out);
	out->role = r->name;
	out->calls = r->calls;
	add_places(out->reads, r->reads, c);
	add_places(out->edits, r->edits, c);
	if (role == ROLE_INTAKE && c->intake.maildir != NULL)
		out->calls |= SANDBOX_EDIT | SANDBOX_WATCH;
	if (role == ROLE_INTAKE)
		out->descriptors = (size_t)c->intake.connections + 64;
	if (role == ROLE_WEB)
		out->descriptors = (size_t)c->web.connections + 128;
}
