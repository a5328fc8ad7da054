/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "config/config.h"
#include "ctl/control.h"
#include "ctl/ctl.h"
#include "ctl/key.h"
#include "ctl/lock.h"
#include "ctl/passphrase.h"
#include "seal/master.h"

#define FILE_MAX 16384

/* ---- the key ------------------------------------------------------------------- */

static int
read_locked(const struct ctl *ctl, unsigned char **out)
{
	const char *path = ctl->config->key_file;
	char passphrase[PASSPHRASE_MAX];
	struct buf text = BUF_INIT;
	struct reason why;
	int code;

	if (buf_read_file(&text, path, FILE_MAX, &why) != OK)
		return ctl_complain(EXIT_NOT, "%s%s", why.text, ctl_closed(path));
	code = passphrase_read(ctl, "Passphrase of the master key", 0, passphrase,
	    sizeof passphrase);
	if (code == 0 && master_unlock(text.data, passphrase, out, &why) != OK)
		code = ctl_complain(EXIT_NOT, "%s: %s", path, why.text);
	explicit_bzero(passphrase, sizeof passphrase);
	buf_free(&text);
	return code;
}

int
lock_read_master(const struct ctl *ctl, unsigned char **out)
{
	const struct config *config = ctl->config;
	struct reason why;

	*out = NULL;
	seal_init();
	key_leave_no_trace();
	if (config->key_place == KEY_LOCKED)
		return read_locked(ctl, out);
	if (master_read(config->key_file, out, &why) == OK)
		return 0;
	return ctl_complain(EXIT_NOT, "%s%s", why.text,
	    ctl_closed(config->key_file));
}

int
lock_write_master(const struct ctl *ctl, const char *path,
    const unsigned char *master)
{
	char passphrase[PASSPHRASE_MAX];
	struct buf text = BUF_INIT;
	struct reason why;
	int code;

	if (access(path, F_OK) == 0)
		return ctl_complain(EXIT_NOT, "%s: there is a file already; it is "
		    "left as it is", path);
	code = passphrase_read(ctl, "New passphrase of the master key", 1,
	    passphrase, sizeof passphrase);
	if (code == 0 && master_lock(master, passphrase, &passphrase_usual, &text,
	    &why) != OK)
		code = ctl_complain(EXIT_NOT, "%s", why.text);
	explicit_bzero(passphrase, sizeof passphrase);
	if (code == 0)
		code = key_write_new(path, &text);
	buf_free(&text);
	return code;
}

/* ---- the daemon ------------------------------------------------------------------ */

static int
ask(const struct ctl *ctl, enum control_ask what, const unsigned char *key,
    struct control_reply *reply)
{
	struct reason why;

	if (control_ask(ctl->config, what, key, -1, reply, &why) != OK)
		return ctl_complain(EXIT_NOT, "%s", why.text);
	return 0;
}

static int
not_lockable(const struct ctl *ctl)
{
	if (ctl->config->key_place == KEY_LOCKED)
		return 0;
	return ctl_complain(EXIT_NOT, "%s does not have key_file = \"locked\": the "
	    "daemon reads its key by itself", ctl->config_file);
}

int
verb_unlock(struct ctl *ctl)
{
	struct control_reply reply;
	unsigned char *master = NULL;
	struct reason why;
	int code = not_lockable(ctl);

	if (code == 0)
		code = ask(ctl, CONTROL_STATE, NULL, &reply);
	if (code == 0 && reply.state != CONTROL_LOCKED) {
		(void)puts("It is open already.");
		return EXIT_DONE;
	}
	if (code == 0)
		code = lock_read_master(ctl, &master);
	if (code == 0)
		code = ask(ctl, CONTROL_UNLOCK, master, &reply);
	master_free(&master);
	if (code != 0)
		return code;
	if (control_wait(ctl->config, &why) != OK)
		return ctl_complain(EXIT_NOT, "%s", why.text);
	(void)puts("Open.  Mail that waited comes in as its senders try again.");
	return EXIT_DONE;
}

int
verb_lock(struct ctl *ctl)
{
	struct control_reply reply;
	int code = not_lockable(ctl);

	if (code == 0)
		code = ask(ctl, CONTROL_LOCK, NULL, &reply);
	if (code == 0)
		(void)printf("Locked.  Mail waits with its senders until %s "
		    "unlock.\n", ctl_command(ctl));
	return code;
}

/* ---- from one way to the other ------------------------------------------------------ */

int
key_lock(struct ctl *ctl)
{
	unsigned char *master = NULL;
	struct buf old = BUF_INIT;
	char *path = NULL;
	int code = ctl_open(ctl, NEED_CONFIG);

	if (code == 0 && ctl->config->key_place == KEY_LOCKED)
		code = ctl_complain(EXIT_NOT, "%s has key_file = \"locked\" "
		    "already; %s key passphrase changes the passphrase",
		    ctl->config_file, ctl_command(ctl));
	if (code == 0)
		code = key_may_write_beside(ctl->config_file);
	if (code == 0)
		code = lock_read_master(ctl, &master);
	if (code == 0) {
		path = key_beside_config(ctl, "master.locked");
		code = lock_write_master(ctl, path, master);
	}
	if (code == 0) {
		ctl_add_shell_word(&old, ctl->config->key_file);
		(void)printf("made   %s\n\nNext:\n"
		    "  set key_file = \"locked\" in %s\n"
		    "  %s\n"
		    "  %s unlock\n"
		    "Then keep one copy of the old key where no police comes, and "
		    "destroy the one here:\n  shred -u %s\n", path,
		    ctl->config_file, ctl_daemon(ctl, DAEMON_RESTART),
		    ctl_command(ctl), old.data);
	}
	buf_free(&old);
	free(path);
	master_free(&master);
	return code;
}

int
key_passphrase(struct ctl *ctl)
{
	unsigned char *master = NULL;
	char *fresh = NULL;
	int code = ctl_open(ctl, NEED_CONFIG);

	if (code == 0)
		code = not_lockable(ctl);
	if (code == 0)
		code = key_may_write_beside(ctl->config->key_file);
	if (code == 0)
		code = lock_read_master(ctl, &master);
	if (code == 0) {
		fresh = mem_printf("%s.new", ctl->config->key_file);
		(void)unlink(fresh);
		code = lock_write_master(ctl, fresh, master);
	}
	if (code == 0)
		code = key_put_in_place(fresh, ctl->config->key_file);
	if (code == 0)
		(void)puts("The passphrase is changed.  Copies of the old file still "
		    "open with the old one.");
	free(fresh);
	master_free(&master);
	return code;
}
