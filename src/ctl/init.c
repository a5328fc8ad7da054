/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "config/config.h"
#include "config/conf.h"
#include "ctl/ctl.h"
#include "ctl/key.h"
#include "ctl/lock.h"
#include "ctl/starter.h"
#include "seal/keys.h"
#include "seal/master.h"

struct making {
	struct ctl *ctl;
	const struct passwd *user;      /* to own state and key; NULL: leave */
	int made;
};

static void
say(struct making *m, const char *what, const char *path, int made)
{
	(void)printf("%-6s %-14s %s\n", made ? "made" : "kept", what, path);
	m->made |= made;
}

static int
give(const struct making *m, const char *path)
{
	if (m->user == NULL ||
	    chown(path, m->user->pw_uid, m->user->pw_gid) == 0)
		return 0;
	return ctl_complain(EXIT_NOT, "%s: cannot be given to the user %s: %s",
	    path, m->user->pw_name, strerror(errno));
}

/* With all that is above it.  0 made, 1 was there, -1 errno. */
static int
make_folder(const char *path, mode_t mode)
{
	char *part = mem_strdup(path), *p;
	struct stat st;
	int code;

	for (p = strchr(part + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdir(part, 0755) == 0)
			(void)chmod(part, 0755);        /* whatever the umask */
		*p = '/';
	}
	free(part);
	code = mkdir(path, mode) == 0 ? chmod(path, mode) : -1;
	if (code != 0 && errno == EEXIST && stat(path, &st) == 0) {
		errno = ENOTDIR;
		return S_ISDIR(st.st_mode) ? 1 : -1;
	}
	return code;
}

static int
folder(struct making *m, const char *what, const char *path, mode_t mode,
    int ours)
{
	int made = make_folder(path, mode);

	if (made < 0)
		return ctl_complain(EXIT_NOT, "%s: cannot be made: %s%s", path,
		    strerror(errno), errno == EACCES ? "; run this as root" : "");
	say(m, what, path, made == 0);
	return ours ? give(m, path) : 0;
}

static char *
folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL || slash == path ? mem_strdup("/") :
	    mem_strndup(path, (size_t)(slash - path));
}

/* A new key beside an old database would open nothing in it. */
static int
key_is_lost(const struct making *m)
{
	const struct config *config = m->ctl->config;
	char *database = mem_printf("%s/undersigned.db", config->state_dir);
	int lost = access(config->key_file, F_OK) != 0 && errno == ENOENT &&
	    access(database, F_OK) == 0;

	if (lost)
		(void)ctl_complain(0, "%s is missing, and %s is there, which no "
		    "other key opens; put back your copy of the key, or, to begin "
		    "anew, move the database away first", config->key_file,
		    database);
	free(database);
	return lost;
}

/* Known to nobody but by a passphrase. */
static int
locked_key(struct making *m, const char *path)
{
	unsigned char *master;
	int code = 0, there = access(path, F_OK) == 0;

	if (!there) {
		seal_init();
		key_leave_no_trace();
		master = master_new();
		code = lock_write_master(m->ctl, path, master);
		master_free(&master);
	}
	if (code != 0)
		return code;
	say(m, "key", path, !there);
	return give(m, path);
}

static int
key(struct making *m)
{
	const char *path = m->ctl->config->key_file;
	struct reason why = { "" };
	char *dir = folder_of(path);
	enum status st;
	int code = 0;

	if (key_is_lost(m))
		code = EXIT_NOT;
	else if (make_folder(dir, 0755) < 0)
		code = ctl_complain(EXIT_NOT, "%s: cannot be made: %s", dir,
		    strerror(errno));
	free(dir);
	if (code != 0)
		return code;
	if (m->ctl->config->key_place == KEY_LOCKED)
		return locked_key(m, path);
	seal_init();
	st = keys_create(path, &why);
	if (st != OK && st != EXISTS)
		return ctl_complain(EXIT_NOT, "%s", why.text);
	say(m, "key", path, st == OK);
	return give(m, path);
}

/* ---- the configuration ---------------------------------------------------------- */

static int
write_config(struct making *m, const char *file, const struct buf *text)
{
	char *dir = folder_of(file);
	FILE *f = NULL;
	int code = 0;

	if (make_folder(dir, 0755) >= 0)
		f = fopen(file, "wxe");
	/* The daemon's user must read it, and it holds no secret. */
	if (f == NULL || fchmod(fileno(f), 0644) != 0 ||
	    fputs(text->data, f) < 0 || fflush(f) != 0)
		code = ctl_complain(EXIT_NOT, "%s: cannot be written: %s%s", file,
		    strerror(errno), errno == EACCES ? "; run this as root" : "");
	if (f != NULL)
		(void)fclose(f);
	free(dir);
	if (code == 0)
		say(m, "configuration", file, 1);
	return code;
}

/* In its usual place the configuration names the usual places; elsewhere all
 * goes beside it, for trying things out. */
static int
make_config(struct making *m, const char *file, const char *domain)
{
	int usual = strcmp(file, config_default_file()) == 0;
	char *state = usual ? mem_strdup(STATE_DIR) : conf_beside(file, "state");
	char *socket = usual ? mem_strdup(RUN_DIR "/lmtp.sock") :
	    conf_beside(file, "lmtp.sock");
	char *lmtp = mem_printf("unix:%s", socket);
	char *key_file = ctl_value(m->ctl, "locked") != NULL ?
	    mem_strdup("locked") : conf_beside(file, "master.key");
	char *campaigns = conf_beside(file, "campaigns");
	struct buf text = BUF_INIT;
	int code;

	starter_config(&text, domain, state, lmtp, key_file, campaigns,
	    usual);
	code = write_config(m, file, &text);
	buf_free(&text);
	free(state);
	free(socket);
	free(lmtp);
	free(key_file);
	free(campaigns);
	return code;
}

static int
config(struct making *m)
{
	struct ctl *ctl = m->ctl;
	const char *domain = ctl_value(ctl, "domain");
	int there = access(ctl->config_file, F_OK) == 0, code = 0;

	if (!there && domain == NULL)
		return ctl_misuse(ctl, "%s is not there yet; say the mail domain "
		    "it is for: --domain=petitions.example.org",
		    ctl->config_file);
	if (!there)
		code = make_config(m, ctl->config_file, domain);
	else
		say(m, "configuration", ctl->config_file, 0);
	if (code == 0)
		code = ctl_open(ctl, NEED_CONFIG);
	/* A domain that cannot be one is found when the file is read. */
	if (code != 0 && !there)
		(void)unlink(ctl->config_file);
	if (code == 0 && there && domain != NULL &&
	    strcasecmp(domain, ctl->config->mail_domain) != 0)
		(void)ctl_complain(0, "%s has mail_domain = \"%s\"; --domain "
		    "changes nothing there, edit the file",
		    ctl->config_file, ctl->config->mail_domain);
	return code;
}

/* 1 when it is needed and not there. */
static int
find_user(struct making *m)
{
	const char *name = m->ctl->config->user;

	if (geteuid() != 0 || name == NULL)
		return 0;
	m->user = getpwnam(name);
	return m->user == NULL;
}

static void
say_next(const struct making *m, int user_missing)
{
	const struct ctl *ctl = m->ctl;
	const char *command = ctl_command(ctl);
	int locked = ctl->config->key_place == KEY_LOCKED;

	if (!m->made)
		(void)puts("\nEverything was there already.");
	if (user_missing)
		(void)printf("\nThere is no user %s yet, as whom the daemon is to "
		    "run.  Make it, then run init\nagain, which gives it what it "
		    "needs:\n  useradd --system --home-dir / --shell "
		    "/usr/sbin/nologin %s\n", ctl->config->user,
		    ctl->config->user);
	(void)printf("\nNext:\n"
	    "  copy %s to a safe place: without it%s the names\n"
	    "  in the database cannot be read\n"
	    "  %s campaign new SLUG --title \"...\" --language en,ru\n"
	    "  %s check\n"
	    "  %s\n", ctl->config->key_file, locked ? " and its passphrase" : "",
	    command, command, ctl_daemon(ctl, DAEMON_ENABLE));
	if (locked)
		(void)printf("  %s unlock, now and after each start\n", command);
}

int
verb_init(struct ctl *ctl)
{
	struct making m = { .ctl = ctl };
	int code = config(&m), user_missing;

	if (code != 0)
		return code;
	user_missing = find_user(&m);
	code = folder(&m, "state", ctl->config->state_dir, 0700, 1);
	if (code == 0)
		code = folder(&m, "campaigns", ctl->config->campaign_dir, 0755, 0);
	if (code == 0)
		code = key(&m);
	if (code == 0)
		say_next(&m, user_missing);
	return code;
}
