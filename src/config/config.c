/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "config/conf.h"
#include "config/config.h"

/* The struct as the file has it, before texts with a meaning are read. */
struct raw {
	struct config config;
	char *delimiter, *sandbox, *log, *lmtp_mode, *listen_mode;
};

#define CREDENTIAL "credential:"
#define LOCKED "locked"
/* Where systemd shows credentials to root, for the staff command. */
#define CREDENTIALS "/run/credentials/undersigned.service"

/* ---- checks ---------------------------------------------------------------- */

/* True when VALUE is one of the words, which are parted by blanks. */
static int
is_word_of(const char *value, const char *words)
{
	size_t len = strlen(value), n;

	for (; *words != '\0'; words += n + strspn(words + n, " ")) {
		n = strcspn(words, " ");
		if (n == len && memcmp(words, value, n) == 0)
			return 1;
	}
	return 0;
}

static const char *
check_domain(const char *s)
{
	static const char wrong[] = "must be a full domain name in ASCII, such "
	    "as \"petitions.example.org\" (write others in their xn-- form)";
	size_t label = 0, labels = 1;

	if (strlen(s) > 253)
		return "must be at most 253 characters long";
	for (; *s != '\0'; s++) {
		if (*s == '.') {
			if (label == 0 || s[-1] == '-')
				return wrong;
			label = 0;
			labels++;
		} else if (isascii(*s) && (isalnum((unsigned char)*s) ||
		    (*s == '-' && label > 0))) {
			if (++label > 63)
				return wrong;
		} else
			return wrong;
	}
	return labels < 2 || label == 0 || s[-1] == '-' ? wrong : NULL;
}

/* A name that mail systems give themselves: often, not always, a domain. */
static const char *
check_authserv(const char *s)
{
	return *s != '\0' && strcspn(s, " \t\r\n;()\"") == strlen(s) ? NULL :
	    "must be one name, as it stands first in Authentication-Results";
}

/* A path, or one of two other ways to have a key. */
static const char *
check_key_file(const char *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t n = strlen(CREDENTIAL);

	if (*s == '\0')
		return "must not be empty; leave the line out instead";
	if (strncmp(s, CREDENTIAL, n) != 0)
		return NULL;
	s += n;
	return *s != '\0' && *s != '.' && strspn(s, letters) == strlen(s) ? NULL :
	    "needs the name of a credential after \"credential:\", such as "
	    "\"credential:master.key\"";
}

static const char *
check_delimiter(const char *s)
{
	return strlen(s) == 1 && strchr("+-=_.#", *s) != NULL && *s != '-' ?
	    NULL : "must be one of + = _ . # (\"+\" is usual)";
}

static const char *
check_port(const char *s)
{
	char *end;
	long port = strtol(s, &end, 10);

	return isdigit((unsigned char)*s) && *end == '\0' && port >= 1 &&
	    port <= 65535 ? NULL : "needs a port from 1 to 65535 after the last \":\"";
}

static const char *
check_listen(const char *s)
{
	const char *colon = strrchr(s, ':');

	if (strncmp(s, "unix:", 5) == 0)
		return s[5] != '\0' ? NULL : "needs a path after \"unix:\"";
	if (*s == '/')
		return "must be \"unix:\" and the path of a socket, or HOST:PORT";
	if (colon == NULL || colon == s)
		return "must be \"unix:PATH\" or \"ADDRESS:PORT\"";
	return check_port(colon + 1);
}

static int
is_loopback(const char *host, size_t len)
{
	return (len == 9 && memcmp(host, "localhost", 9) == 0) ||
	    (len > 4 && memcmp(host, "127.", 4) == 0 &&
	    strspn(host, "0123456789.") == len) ||
	    (len == 5 && memcmp(host, "[::1]", 5) == 0);
}

/* Everybody who may read the numbers is on this machine. */
static const char *
check_metrics(const char *s)
{
	const char *wrong = check_listen(s);

	if (wrong != NULL || strncmp(s, "unix:", 5) == 0)
		return wrong;
	return is_loopback(s, (size_t)(strrchr(s, ':') - s)) ? NULL : "must be "
	    "on this machine: \"127.0.0.1:PORT\" or \"unix:PATH\"";
}

/* Links with tokens must not travel in the open (RFC 8058 wants https too). */
static const char *
check_base_url(const char *s)
{
	const char *wrong = conf_check_url(s), *host = strstr(s, "://");
	size_t len;

	if (wrong != NULL)
		return wrong;
	host += 3;
	len = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?#");
	if (len == 0 || strpbrk(host, "?#@") != NULL || strlen(s) > 200)
		return "must be a host and perhaps a path, such as "
		    "\"https://petitions.example.org\", of at most 200 characters";
	if (s[4] != 's' && !is_loopback(host, len))
		return "must begin with https://, since links carry tokens; "
		    "http:// is for this machine alone";
	return NULL;
}

static const char *
check_relay(const char *s)
{
	const char *host, *colon, *bracket;

	if (strncmp(s, "maildir:", 8) == 0)
		return s[8] != '\0' ? NULL : "needs a folder after \"maildir:\"";
	if (strncmp(s, "smtp://", 7) == 0)
		host = s + 7;
	else if (strncmp(s, "smtps://", 8) == 0)
		host = s + 8;
	else
		return "must be \"smtp://HOST:PORT\", \"smtps://HOST:PORT\" or "
		    "\"maildir:FOLDER\"";
	if (*host == '\0' || *host == ':' || strpbrk(host, "/@ ") != NULL)
		return "needs a host name after \"://\", and nothing after the port";
	bracket = strrchr(host, ']');
	colon = strrchr(bracket == NULL ? host : bracket, ':');
	return colon == NULL ? NULL : check_port(colon + 1);
}

static const char *
check_tls(const char *s)
{
	return is_word_of(s, "may require off") ? NULL :
	    "must be \"may\", \"require\" or \"off\"";
}

static const char *
check_sandbox(const char *s)
{
	return is_word_of(s, "require prefer off") ? NULL :
	    "must be \"require\", \"prefer\" or \"off\"";
}

static const char *
check_log(const char *s)
{
	return is_word_of(s, "info debug") ? NULL :
	    "must be \"info\" or \"debug\"";
}

static const char *
check_mode(const char *s)
{
	size_t n = strspn(s, "01234567");

	return (n == 3 || (n == 4 && *s == '0')) && s[n] == '\0' ? NULL :
	    "must be an octal mode such as \"0660\"";
}

/* ---- the keys ------------------------------------------------------------------ */

#define AT(member) .offset = offsetof(struct raw, config.member)
#define RAW(member) .offset = offsetof(struct raw, member)

static const struct conf_key no_keys[] = { { .name = NULL } };

static const struct conf_key intake_keys[] = {
	{ "lmtp", CONF_PLACE, AT(intake.lmtp), .check = check_listen },
	{ "lmtp_mode", CONF_TEXT, RAW(lmtp_mode), .check = check_mode,
	    .fallback = "0660" },
	{ "lmtp_group", CONF_TEXT, AT(intake.lmtp_group),
	    .check = conf_check_line },
	{ "maildir", CONF_PATH, AT(intake.maildir) },
	{ "connections", CONF_INT, AT(intake.connections), .min = 1,
	    .max = 50000, .fallback = "2000" },
	{ "idle", CONF_INT, AT(intake.idle), .min = 1, .max = 86400,
	    .fallback = "300" },
	{ "imap", CONF_GROUP, .keys = no_keys, .refused = "imap: fetching by "
	    "IMAP comes in a later version; take this section out and use lmtp "
	    "or maildir" },
	{ .name = NULL }
};

static const struct conf_key delivery_keys[] = {
	{ "relay", CONF_PLACE, AT(delivery.relay), .check = check_relay },
	{ "connections", CONF_INT, AT(delivery.connections), .min = 1,
	    .max = 64, .fallback = "4" },
	{ "user", CONF_TEXT, AT(delivery.user), .check = conf_check_line },
	{ "password_file", CONF_PATH, AT(delivery.password_file) },
	{ "tls", CONF_TEXT, AT(delivery.tls), .check = check_tls },
	{ "ca_file", CONF_PATH, AT(delivery.ca_file) },
	{ "timeout", CONF_INT, AT(delivery.timeout), .min = 1, .max = 3600,
	    .fallback = "60" },
	{ "helo", CONF_TEXT, AT(delivery.helo), .check = check_domain },
	{ .name = NULL }
};

static const struct conf_key web_keys[] = {
	{ "listen", CONF_PLACE, AT(web.listen), .check = check_listen },
	{ "base_url", CONF_TEXT, AT(web.base_url), .check = check_base_url },
	{ "metrics", CONF_PLACE, AT(web.metrics), .check = check_metrics },
	{ "listen_mode", CONF_TEXT, RAW(listen_mode), .check = check_mode,
	    .fallback = "0660" },
	{ "listen_group", CONF_TEXT, AT(web.listen_group),
	    .check = conf_check_line },
	{ "connections", CONF_INT, AT(web.connections), .min = 1, .max = 50000,
	    .fallback = "2000" },
	{ "idle", CONF_INT, AT(web.idle), .min = 1, .max = 3600,
	    .fallback = "15" },
	{ .name = NULL }
};

static const struct conf_key limits_keys[] = {
	{ "message_size", CONF_LONG, AT(limits.message_size), .min = 4096,
	    .max = 64 << 20, .fallback = "1048576" },
	{ "requests_per_domain_hour", CONF_LONG,
	    AT(limits.requests_per_domain_hour), .max = 1000000000,
	    .fallback = "500" },
	{ "requests_per_hour", CONF_LONG, AT(limits.requests_per_hour),
	    .max = 1000000000, .fallback = "20000" },
	{ "letters_per_contact_hour", CONF_LONG,
	    AT(limits.letters_per_contact_hour), .max = 1000000000,
	    .fallback = "60" },
	{ "updates_per_hour", CONF_LONG, AT(limits.updates_per_hour),
	    .max = 1000000000, .fallback = "0" },
	{ "updates_per_domain_hour", CONF_LONG,
	    AT(limits.updates_per_domain_hour), .max = 1000000000,
	    .fallback = "0" },
	{ "recipients", CONF_INT, AT(limits.recipients), .min = 1, .max = 1000,
	    .fallback = "100" },
	{ .name = NULL }
};

static const struct conf_key bounces_keys[] = {
	{ "warn_after", CONF_INT, AT(bounces.warn_after), .min = 1, .max = 60,
	    .fallback = "3" },
	{ "probe_after", CONF_INT, AT(bounces.probe_after), .min = 1, .max = 60,
	    .fallback = "7" },
	{ "forgive_after", CONF_INT, AT(bounces.forgive_after), .min = 1,
	    .max = 60, .fallback = "30" },
	{ "soft_days", CONF_INT, AT(bounces.soft_days), .min = 1, .max = 365,
	    .fallback = "14" },
	{ .name = NULL }
};

static const struct conf_key retention_keys[] = {
	{ "parked", CONF_INT, AT(retention.parked), .min = 1, .max = 3650,
	    .fallback = "30" },
	{ .name = NULL }
};

static const struct conf_key keys[] = {
	{ "mail_domain", CONF_TEXT, AT(mail_domain), .check = check_domain,
	    .needed = 1 },
	{ "state_dir", CONF_PATH, AT(state_dir), .fallback = STATE_DIR },
	{ "key_file", CONF_TEXT, AT(key_file), .fallback = "master.key",
	    .check = check_key_file },
	{ "campaign_dir", CONF_PATH, AT(campaign_dir), .fallback = "campaigns" },
	{ "template_dir", CONF_PATH, AT(template_dir), .fallback = TEMPLATE_DIR },
	{ "user", CONF_TEXT, AT(user) },
	{ "recipient_delimiter", CONF_TEXT, RAW(delimiter),
	    .check = check_delimiter, .fallback = "+" },
	{ "trusted_authserv", CONF_TEXT, AT(trusted_authserv),
	    .check = check_authserv },
	{ "sandbox", CONF_TEXT, RAW(sandbox), .check = check_sandbox,
	    .fallback = "prefer" },
	{ "log", CONF_TEXT, RAW(log), .check = check_log, .fallback = "info" },
	{ "intake", CONF_GROUP, .keys = intake_keys },
	{ "delivery", CONF_GROUP, .keys = delivery_keys },
	{ "web", CONF_GROUP, .keys = web_keys },
	{ "limits", CONF_GROUP, .keys = limits_keys },
	{ "bounces", CONF_GROUP, .keys = bounces_keys },
	{ "retention", CONF_GROUP, .keys = retention_keys },
	{ .name = NULL }
};

/* ---- loading ---------------------------------------------------------------------- */

static void
lower(char *s)
{
	for (; s != NULL && *s != '\0'; s++)
		*s = (char)tolower((unsigned char)*s);
}

/* What follows a base URL begins with a slash. */
static void
drop_slashes(char *s)
{
	size_t len = s == NULL ? 0 : strlen(s);

	while (len > 0 && s[len - 1] == '/')
		s[--len] = '\0';
}

/* A key that needs another. */
static enum status
check_together(const struct config *c, const struct buf *source,
    struct reason *why)
{
	if ((c->delivery.user == NULL) != (c->delivery.password_file == NULL))
		return fail(why, INVALID, "%s:%d: delivery needs user and "
		    "password_file together; add %s or take %s out", c->file,
		    conf_line(source, "password_file"),
		    c->delivery.user == NULL ? "user" : "password_file",
		    c->delivery.user == NULL ? "password_file" : "user");
	if (c->web.listen != NULL && c->web.base_url == NULL)
		return fail(why, INVALID, "%s:%d: web needs base_url as well: the "
		    "address at which the world reaches it", c->file,
		    conf_line(source, "listen"));
	if (c->web.listen == NULL && c->web.metrics != NULL)
		return fail(why, INVALID, "%s:%d: web needs listen as well, for "
		    "metrics are the web face's", c->file,
		    conf_line(source, "metrics"));
	return OK;
}

/*
 * Programs that were not installed, or that stand elsewhere than configure was
 * told, find the shipped templates beside themselves.
 */
static void
find_templates(char **dir)
{
	static const char *const beside[] = { "../share/undersigned/templates",
	    "templates" };
	char self[PATH_MAX];
	ssize_t len;
	size_t i;

	if (strcmp(*dir, TEMPLATE_DIR) != 0 || access(*dir, F_OK) == 0)
		return;
	len = readlink("/proc/self/exe", self, sizeof self - 1);
	if (len <= 0)
		return;
	self[len] = '\0';
	if (strrchr(self, '/') == NULL)
		return;
	*strrchr(self, '/') = '\0';
	for (i = 0; i < sizeof beside / sizeof beside[0]; i++) {
		char *there = mem_printf("%s/%s", self, beside[i]);

		if (access(there, F_OK) == 0) {
			free(*dir);
			*dir = there;
			return;
		}
		free(there);
	}
}

/* What key_file says, and where that is. */
static void
find_key(struct config *c, const char *file)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	char *path;

	if (strcmp(c->key_file, LOCKED) == 0) {
		c->key_place = KEY_LOCKED;
		path = conf_beside(file, "master.locked");
	} else if (strncmp(c->key_file, CREDENTIAL, strlen(CREDENTIAL)) == 0) {
		c->key_place = KEY_IN_CREDENTIAL;
		path = mem_printf("%s/%s", dir != NULL ? dir : CREDENTIALS,
		    c->key_file + strlen(CREDENTIAL));
	} else
		path = conf_beside(file, c->key_file);
	free(c->key_file);
	c->key_file = path;
}

static void
finish(struct raw *raw, const char *file)
{
	struct config *c = &raw->config;

	c->file = conf_beside(file, strrchr(file, '/') == NULL ? file :
	    strrchr(file, '/') + 1);
	c->delimiter = *raw->delimiter;
	c->debug = strcmp(raw->log, "debug") == 0;
	c->sandbox = strcmp(raw->sandbox, "off") == 0 ? SANDBOX_OFF :
	    strcmp(raw->sandbox, "require") == 0 ? SANDBOX_REQUIRE :
	    SANDBOX_PREFER;
	c->intake.lmtp_mode = (int)strtol(raw->lmtp_mode, NULL, 8);
	c->web.listen_mode = (int)strtol(raw->listen_mode, NULL, 8);
	drop_slashes(c->web.base_url);
	find_templates(&c->template_dir);
	find_key(c, file);
	lower(c->mail_domain);
	lower(c->trusted_authserv);
	if (c->user != NULL && *c->user == '\0') {
		free(c->user);
		c->user = NULL;
	}
	if (c->delivery.helo == NULL)
		c->delivery.helo = mem_strdup(c->mail_domain);
}

enum status
config_load(struct config **out, const char *file, struct reason *why)
{
	struct raw *raw = mem_alloc(sizeof *raw);
	struct config *c = &raw->config;
	struct buf source = BUF_INIT;
	enum status st;

	*out = NULL;
	st = conf_read(raw, keys, file, &source, why);
	if (st == NOT_FOUND)
		st = fail(why, NOT_FOUND, "%s: there is no such file; undersign "
		    "init makes one, or name yours with -c FILE", file);
	if (st == OK) {
		finish(raw, file);
		st = check_together(c, &source, why);
	}
	buf_free(&source);
	if (st != OK)
		config_free(&c);
	*out = c;
	return st;
}

void
config_free(struct config **c)
{
	struct raw *raw;

	if (*c == NULL)
		return;
	/* config_load gave out the first member of a struct raw. */
	raw = (struct raw *)(void *)*c;
	free(raw->config.file);
	conf_free(raw, keys);
	free(raw);
	*c = NULL;
}

const char *
config_default_file(void)
{
	return CONF_FILE;
}
