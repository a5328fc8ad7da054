/* config.h - undersigned.conf
 *
 * Read once at start by every program and role.  A mistake is told with file
 * and line and what would be right; unknown keys are mistakes.  libconfuse is
 * used in this folder only.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

/* Where the master key is. */
enum key_place {
	KEY_IN_FILE,            /* key_file is its path */
	KEY_IN_CREDENTIAL,      /* of systemd: likewise */
	KEY_LOCKED              /* in memory, once it was unlocked; key_file is the
	                           path of the file that a passphrase opens */
};

enum sandbox_wish { SANDBOX_REQUIRE, SANDBOX_PREFER, SANDBOX_OFF };

struct config {
	char *file;             /* where it was read from */
	char *mail_domain;      /* lower case */
	char *state_dir;
	char *key_file;
	enum key_place key_place;
	char *campaign_dir;
	char *template_dir;     /* default: where make install puts them */
	char *user;             /* what root becomes; NULL: stays as started */
	char delimiter;         /* recipient_delimiter, '+' */
	char *trusted_authserv; /* or NULL */
	enum sandbox_wish sandbox;      /* sandbox = "prefer" */
	bool debug;             /* log = "debug" */

	struct {
		char *lmtp;     /* "unix:/path" or "127.0.0.1:2424"; NULL: none */
		int lmtp_mode;  /* of the Unix socket, default 0660 */
		char *lmtp_group;       /* of the Unix socket, or NULL */
		char *maildir;  /* or NULL */
		int connections;        /* 2000 */
		int idle;               /* seconds, 300 */
	} intake;
	struct {
		char *relay;    /* smtp://host:port, smtps://, maildir:DIR; or NULL */
		int connections;        /* 4 */
		char *user, *password_file;     /* AUTH; or NULL */
		char *tls;      /* "may" | "require" | "off"; default may on
		                   loopback, else require */
		char *ca_file;  /* or NULL: the system's */
		int timeout;    /* seconds for one command, 60 */
		char *helo;     /* EHLO name, default mail_domain */
	} delivery;
	struct {
		char *listen;   /* "unix:/path" or "127.0.0.1:8026"; NULL: no web
		                   face */
		char *base_url; /* as the world sees it, without "/" at the end */
		char *metrics;  /* Prometheus text: as listen; or NULL */
		int listen_mode;        /* of the Unix sockets, default 0660 */
		char *listen_group;     /* of the Unix sockets, or NULL */
		int connections;        /* 2000 */
		int idle;               /* seconds, 15 */
	} web;
	struct {
		int64_t message_size;           /* octets, 1048576 */
		int64_t requests_per_domain_hour;       /* 500; 0: no limit */
		int64_t requests_per_hour;              /* 20000; 0: no limit */
		int64_t letters_per_contact_hour;       /* 60; 0: no limit */
		int64_t updates_per_hour;               /* 0: no limit */
		int64_t updates_per_domain_hour;        /* 0: no limit */
		int recipients;                 /* per message, 100 */
	} limits;
	struct {                /* days; petition/ladder.h */
		int warn_after;         /* from the first bounce, 3 */
		int probe_after;        /* from the warning, 7 */
		int forgive_after;      /* without another bounce, 30 */
		int soft_days;          /* until soft bounces count, 14 */
	} bounces;
	struct {                /* days */
		int parked;             /* messages set aside, 30 */
	} retention;
};

/* INVALID with "file:line: what and what to do". */
enum status config_load(struct config **out, const char *file, struct reason *)
    MUST_CHECK;
void config_free(struct config **);

/* Where the configuration is when -c is not given. */
const char *config_default_file(void);

#endif
