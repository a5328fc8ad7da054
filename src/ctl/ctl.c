/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "config/campaign.h"
#include "config/config.h"
#include "ctl/ctl.h"
#include "ctl/lock.h"
#include "petition/key_ring.h"
#include "seal/keys.h"
#include "seal/master.h"
#include "store/store.h"

/* ---- telling ---------------------------------------------------------------- */

void
ctl_say(FILE *to, const char *format, va_list ap)
{
	struct buf text = BUF_INIT, shown = BUF_INIT;

	buf_vaddf(&text, format, ap);
	buf_add_visible(&shown, text.data);
	(void)fwrite(shown.data, 1, shown.len, to);
	(void)fputc('\n', to);
	buf_free(&text);
	buf_free(&shown);
}

int
ctl_complain(int code, const char *format, ...)
{
	va_list ap;

	(void)fflush(stdout);
	va_start(ap, format);
	(void)fputs("undersign: ", stderr);
	ctl_say(stderr, format, ap);
	va_end(ap);
	return code;
}

int
ctl_misuse(const struct ctl *ctl, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)fputs("undersign: ", stderr);
	ctl_say(stderr, format, ap);
	va_end(ap);
	(void)fprintf(stderr, "Try: undersign %s%s--help\n",
	    ctl->verb == NULL ? "" : ctl->verb->name,
	    ctl->verb == NULL ? "" : " ");
	return ctl->verb != NULL && ctl->verb->sysexits ? EX_USAGE : EXIT_USE;
}

const char *
ctl_closed(const char *path)
{
	return geteuid() != 0 && access(path, R_OK) != 0 && errno == EACCES ?
	    "; run this as root" : "";
}

const char *
ctl_command(const struct ctl *ctl)
{
	return ctl->command;
}

const char *
ctl_daemon(const struct ctl *ctl, enum daemon_step step)
{
	return ctl->daemon[step];
}

void
ctl_add_shell_word(struct buf *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@%,:=";

	if (*word != '\0' && word[strspn(word, plain)] == '\0') {
		buf_addstr(out, word);
		return;
	}
	buf_addch(out, '\'');
	for (; *word != '\0'; word++)
		if (*word == '\'')
			buf_addstr(out, "'\\''");
		else
			buf_addch(out, *word);
	buf_addch(out, '\'');
}

/* The unit of systemd is for the usual configuration. */
void
ctl_find_commands(struct ctl *ctl)
{
	static const char *const usual[DAEMON_STEPS] = {
		[DAEMON_START] = "systemctl start undersigned",
		[DAEMON_ENABLE] = "systemctl enable --now undersigned",
		[DAEMON_RESTART] = "systemctl restart undersigned",
		[DAEMON_RELOAD] = "systemctl reload undersigned",
		[DAEMON_STOP] = "systemctl stop undersigned",
	}, *const other[DAEMON_STEPS] = {
		[DAEMON_START] = "undersignd -c %s",
		[DAEMON_ENABLE] = "undersignd -c %s",
		[DAEMON_RESTART] = "end it with SIGTERM, then undersignd -c %s",
		[DAEMON_RELOAD] = "send SIGHUP to undersignd",
		[DAEMON_STOP] = "send SIGTERM to undersignd",
	};
	bool is_usual = strcmp(ctl->config_file, config_default_file()) == 0;
	struct buf file = BUF_INIT;
	int i;

	ctl_add_shell_word(&file, ctl->config_file);
	ctl->command = is_usual ? mem_strdup("undersign") :
	    mem_printf("undersign -c %s", file.data);
	for (i = 0; i < DAEMON_STEPS; i++)
		ctl->daemon[i] = is_usual ? mem_strdup(usual[i]) :
		    mem_printf(other[i], file.data);
	buf_free(&file);
}

const char *
ctl_value(const struct ctl *ctl, const char *option)
{
	int i;

	for (i = 0; i < CTL_OPTIONS && ctl->verb->options[i].name != NULL; i++)
		if (strcmp(ctl->verb->options[i].name, option) == 0)
			return ctl->values[i];
	return NULL;
}

const char *
ctl_value_at(const struct ctl *ctl, const char *option, int i)
{
	int k;

	for (k = 0; k < ctl->given_count; k++)
		if (strcmp(ctl->verb->options[ctl->given[k].option].name,
		    option) == 0 && i-- == 0)
			return ctl->given[k].value;
	return NULL;
}

int
ctl_format(const struct ctl *ctl, const char *allowed)
{
	static const char *const names[] = { "table", "csv", "json" };
	const char *value = ctl_value(ctl, "format");
	int i;

	if (value == NULL)
		return FORMAT_TABLE;
	for (i = 0; i < 3; i++)
		if (strcmp(value, names[i]) == 0 &&
		    strstr(allowed, names[i]) != NULL)
			return i;
	(void)ctl_misuse(ctl, "--format must be one of: %s", allowed);
	return -1;
}

/* ---- opening ------------------------------------------------------------------- */

void
ctl_give_files(const struct config *config)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	struct stat dir, file;
	size_t i;

	if (geteuid() != 0 || stat(config->state_dir, &dir) != 0)
		return;
	for (i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		char *path = mem_printf("%s/undersigned.db%s",
		    config->state_dir, ends[i]);

		if (lstat(path, &file) == 0 && S_ISREG(file.st_mode) &&
		    file.st_uid != dir.st_uid &&
		    lchown(path, dir.st_uid, dir.st_gid) != 0)
			log_warn("%s: cannot give it to the owner of its folder",
			    path);
		free(path);
	}
}

static int
open_store(struct ctl *ctl, unsigned needs, struct reason *why)
{
	enum status st;

	if (needs & NEED_WRITE) {
		st = store_open(&ctl->store, ctl->config->state_dir,
		    STORE_CREATE, why);
		ctl_give_files(ctl->config);
	} else {
		st = store_open(&ctl->store, ctl->config->state_dir, STORE_READ,
		    why);
		if (st == NOT_FOUND)
			st = OK;        /* nothing signed yet */
	}
	return st == OK ? 0 : ctl_complain(EXIT_NOT, "%s%s", why->text,
	    ctl_closed(ctl->config->state_dir));
}

static int
open_keys(struct ctl *ctl)
{
	unsigned char *master;
	struct reason why;
	int code = lock_read_master(ctl, &master);

	if (code == 0 && keys_from_master(&ctl->keys, master, &why) != OK)
		code = ctl_complain(EXIT_NOT, "%s: %s", ctl->config->key_file,
		    why.text);
	master_free(&master);
	return code;
}

int
ctl_load_ring(struct ctl *ctl)
{
	struct reason why;

	return key_ring_load(ctl->store, ctl->keys, ctl->config->key_file,
	    &why) == OK ? 0 : ctl_complain(EXIT_NOT, "%s", why.text);
}

int
ctl_open(struct ctl *ctl, unsigned needs)
{
	struct reason why = { "" };
	int code = ctl->verb->sysexits ? EX_CONFIG : EXIT_NOT;

	if ((needs & NEED_CONFIG) && config_load(&ctl->config, ctl->config_file,
	    &why) != OK)
		return ctl_complain(code, "%s%s", why.text,
		    ctl_closed(ctl->config_file));
	if ((needs & NEED_CAMPAIGNS) && campaigns_load(&ctl->campaigns,
	    ctl->config->campaign_dir, 1, &why) != OK)
		return ctl_complain(code, "%s", why.text);
	if ((needs & NEED_KEYS) && open_keys(ctl) != 0)
		return code;
	if ((needs & (NEED_READ | NEED_WRITE)) &&
	    open_store(ctl, needs, &why) != 0)
		return EXIT_NOT;
	if ((needs & (NEED_KEYS | NEED_READ | NEED_WRITE)) && ctl->keys != NULL &&
	    ctl->store != NULL && ctl_load_ring(ctl) != 0)
		return code;
	return 0;
}

void
ctl_close(struct ctl *ctl)
{
	int i;

	store_close(&ctl->store);
	keys_free(&ctl->keys);
	campaigns_free(&ctl->campaigns);
	config_free(&ctl->config);
	free(ctl->command);
	for (i = 0; i < DAEMON_STEPS; i++)
		free(ctl->daemon[i]);
}

static void
name_campaigns(const struct ctl *ctl, const char *slug)
{
	struct campaigns *cs = NULL;
	struct reason why;
	struct buf names = BUF_INIT;
	size_t i;

	if (campaigns_load(&cs, ctl->config->campaign_dir, 1, &why) == OK)
		for (i = 0; i < campaigns_count(cs); i++)
			buf_addf(&names, "%s%s", i == 0 ? "" : ", ",
			    campaigns_at(cs, i)->slug);
	if (names.len > 0)
		(void)ctl_complain(0, "there is no campaign %s; there are: %s",
		    slug, names.data);
	else
		(void)ctl_complain(0, "there is no campaign %s in %s; make one "
		    "with: %s campaign new", slug,
		    ctl->config->campaign_dir, ctl_command(ctl));
	buf_free(&names);
	campaigns_free(&cs);
}

enum status
ctl_campaign(const struct ctl *ctl, const char *slug, int64_t *id_out,
    int *state_out)
{
	enum campaign_state state = CAMPAIGN_OPEN;
	enum status st = NOT_FOUND;
	char *file;
	int there;

	*id_out = 0;
	if (ctl->store != NULL)
		st = store_campaign(ctl->store, slug, id_out, &state);
	if (state_out != NULL)
		*state_out = (int)state;
	if (st == OK)
		return OK;
	if (st != NOT_FOUND) {
		(void)ctl_complain(0, "the database cannot be read: %s",
		    status_text(st));
		return st;
	}
	file = mem_printf("%s/%s/campaign.conf", ctl->config->campaign_dir, slug);
	there = *slug != '.' && strchr(slug, '/') == NULL && access(file, F_OK) == 0;
	free(file);
	if (there)
		return NOT_FOUND;
	name_campaigns(ctl, slug);
	return INVALID;
}
