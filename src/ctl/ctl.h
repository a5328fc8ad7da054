/* ctl.h - the staff command: what every verb has, and what they are
 *
 * A verb is one row of a table (undersign.c) and one function in a file of its
 * own.  The row says which options it takes and what it needs opened, so that
 * help, parsing and opening are written once.
 *
 * Results go to standard output and nothing else does.  Exit: 0 done, 1 not
 * done, 2 the command line was wrong; deliver answers sysexits instead.
 */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"

struct campaigns;
struct config;
struct keys;
struct store;

#define EXIT_DONE 0
#define EXIT_NOT 1
#define EXIT_USE 2

enum need {
	NEED_CONFIG = 1,
	NEED_CAMPAIGNS = 2,     /* bad folders are left out with a warning */
	NEED_KEYS = 4,
	NEED_READ = 8,          /* the store; NULL while there is none yet */
	NEED_WRITE = 16,        /* the store, made when there is none yet */
	MAY_ASK = 32,           /* a passphrase; who needs keys may, too */
};

#define CTL_OPTIONS 12
#define CTL_GIVEN 32            /* options on one command line */
struct ctl_option {
	const char *name;
	char letter;            /* or 0 */
	const char *argument;   /* for help; NULL: takes none */
	const char *help;
};

struct ctl;

/* What can be done with the daemon. */
enum daemon_step { DAEMON_START, DAEMON_ENABLE, DAEMON_RESTART, DAEMON_RELOAD,
    DAEMON_STOP, DAEMON_STEPS };

struct ctl_verb {
	const char *name;
	const char *arguments;  /* as in help */
	const char *help;       /* one line */
	int least, most;        /* arguments; most -1: any number */
	unsigned needs;
	struct ctl_option options[CTL_OPTIONS];
	int (*run)(struct ctl *);
	bool sysexits;          /* for being run by a mail system */
};

struct buf;

struct ctl {
	const struct ctl_verb *verb;
	const char *config_file;
	char *command;                  /* ctl_command */
	char *daemon[DAEMON_STEPS];     /* ctl_daemon */
	const char *passphrase_fd;      /* of --passphrase-fd, or NULL */
	struct config *config;
	struct campaigns *campaigns;
	struct keys *keys;
	struct store *store;
	int count;              /* arguments after the verb */
	char **args;
	const char *values[CTL_OPTIONS];        /* as given; "" without argument */
	struct { int option; const char *value; } given[CTL_GIVEN];
	int given_count;
};

/* The value of an option, or NULL when it was not given. */
const char *ctl_value(const struct ctl *, const char *option);
/* Of one that may be given several times: value number I from 0, or NULL. */
const char *ctl_value_at(const struct ctl *, const char *option, int i);

/* One line; what would steer a terminal, in an argument or a file's name, is made
 * visible. */
void ctl_say(FILE *, const char *format, va_list) PRINTF_LIKE(2, 0);
/* "undersign: ..." on standard error; returns CODE. */
int ctl_complain(int code, const char *format, ...) PRINTF_LIKE(2, 3);
/* A wrong command line: the same and where to find help. */
int ctl_misuse(const struct ctl *, const char *format, ...) PRINTF_LIKE(2, 3);
/* What to add to a complaint when PATH is closed to who runs this; else "". */
const char *ctl_closed(const char *path);


/* How this command is called for this configuration, in a shell: "undersign", or
 * with -c FILE where that is not the usual one. */
const char *ctl_command(const struct ctl *);
/* WORD as a shell takes it for one. */
void ctl_add_shell_word(struct buf *out, const char *word);
/* How that is done with the daemon of this configuration: a command as it can be
 * typed, or words where there is none, to stand after a colon. */
const char *ctl_daemon(const struct ctl *, enum daemon_step);
/* Once, when config_file is known: what these two say. */
void ctl_find_commands(struct ctl *);

/* Open what NEEDS says; 0, or the exit code after complaining.  Main does it
 * for verbs; init does it itself. */
int ctl_open(struct ctl *, unsigned needs);
void ctl_close(struct ctl *);
/* ctl->keys get what is kept of earlier ones in ctl->store; ctl_open does it. */
int ctl_load_ring(struct ctl *);

/* The number of a campaign in the store.  OK; NOT_FOUND when nothing has been
 * stored for it yet, though there is a folder; INVALID, with a complaint that
 * names those there are, when there is neither; else the store's trouble,
 * complained about. */
enum status ctl_campaign(const struct ctl *, const char *slug, int64_t *id_out,
    int *state_out) MUST_CHECK;

/* After making files in the state folder as root: give them to its owner, so
 * that the daemon can use them.  Does nothing for others. */
void ctl_give_files(const struct config *);

/* "table" "csv" "json" of --format; -1 after complaining. */
enum ctl_format { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON };
int ctl_format(const struct ctl *, const char *allowed);

/* ---- verbs ---------------------------------------------------------------- */

int verb_init(struct ctl *);
int verb_check(struct ctl *);
int verb_campaign(struct ctl *);
int verb_consent(struct ctl *);
int verb_counts(struct ctl *);
int verb_export(struct ctl *);
int verb_list(struct ctl *);
int verb_signer(struct ctl *);
int verb_import(struct ctl *);
int verb_review(struct ctl *);
int verb_uncount(struct ctl *);
int verb_purge(struct ctl *);
int verb_update(struct ctl *);
int verb_key(struct ctl *);
int verb_open(struct ctl *);
int verb_seal(struct ctl *);
int verb_unlock(struct ctl *);
int verb_lock(struct ctl *);
int verb_verify(struct ctl *);
int verb_witness(struct ctl *);
int verb_deliver(struct ctl *);
int verb_status(struct ctl *);
int verb_tally(struct ctl *);
int verb_backup(struct ctl *);
int verb_restore(struct ctl *);

#endif
