/* campaign.h - a campaign folder: campaign.conf, petition.LANG.md, templates/
 *
 * Trusted text that staff edit and keep in git.  Loading checks all of it:
 * each mistake is one reason with file and line.
 */
#ifndef CONFIG_CAMPAIGN_H
#define CONFIG_CAMPAIGN_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct campaign_language {
	char *code;             /* "tg" */
	char *title;            /* of the petition */
	char *alias;            /* another slug that signs in this language; NULL */
	char *petition;         /* text of petition.LANG.md, Markdown */
	char *petition_file;
	char *petition_bytes;   /* the very bytes of the file, which are signed */
	size_t petition_len;
};

struct campaign_organisation {
	char *id, *name, *url;
	char *witness;          /* vkey of one who cosigns the tally, or NULL */
	char *mail;             /* who gets its checkpoints, or NULL */
	int share;              /* it asks signers for name and address */
};

struct campaign_contact {
	char *id, *name, *address;
	char **countries;       /* NULL-ended codes; empty: any */
	char **languages;       /* likewise */
	int is_default;
};

/* What else a signer can do: a postcard to send, a letter to write, a video. */
struct campaign_action {
	char *id;               /* "postcard" "letter" "video" ... */
	char *url;              /* or NULL */
	char *address;          /* postal or mail address, or NULL */
	struct { char *language, *text; } *texts;
	size_t text_count;
};

/* An update that makes itself (schedule/plan.h). */
struct campaign_schedule {
	char *name;             /* a short word */
	char *rule;             /* RFC 5545 recurrence: "FREQ=WEEKLY;BYDAY=MO" */
	char *timezone;         /* "Asia/Dushanbe"; of the campaign if not given */
	char *start;            /* "2026-12-01" or "2026-12-01 09:30" */
	char *quiet;            /* "21:00-08:00", or NULL */
	int late;               /* hours, 24 */
	int approve;            /* it always waits for approval */
	int min_rise;           /* 1 */
	char **milestones;      /* NULL-ended numbers of signers, as written */
};

/* Days that something is kept, and from when (petition/retention.h). */
struct campaign_retention {
	int pending;            /* from the request; expire_after, 14 */
	int addresses;          /* of who wants updates; from the end, 365 */
	int names;              /* with cities; from closing, 180 */
	int comments;           /* from closing, 180 */
	int handin;             /* names, cities, comments, paper; from handing in, 60 */
	int traces;             /* keyed hashes, nonces; from the end, 400 */
	int history;            /* of mail to each; each entry, 180 */
	int logs;               /* who got an update; from its end, 90 */
	int traits;             /* what undersign review compares; from the mail, 30 */
};

enum campaign_digest { DIGEST_DAILY, DIGEST_WEEKLY, DIGEST_NONE };
enum campaign_receipts { RECEIPTS_ASK, RECEIPTS_ALWAYS };

struct campaign {
	char *slug;
	char *dir;
	char *default_language;
	struct campaign_language *languages;    size_t language_count;
	struct campaign_organisation *organisations;    size_t organisation_count;
	struct campaign_contact *contacts;      size_t contact_count;
	struct campaign_action *actions;        size_t action_count;
	char **staff;           /* NULL-ended: who gets alarms */
	char **approvers;       /* NULL-ended: who may approve an update; staff
	                           when none are named */
	int approvals;          /* how many of them, other than the author: 1 */
	struct campaign_schedule *schedules;    size_t schedule_count;
	char *timezone;         /* "UTC" */
	enum campaign_digest digest;
	char *digest_word;      /* as written */
	char *site;             /* public page, or NULL */
	int remind_after;       /* days, 3; 0: no reminder */
	int expire_after;       /* days, 14; the same as retention.pending */
	struct campaign_retention retention;
	char *opening_key;      /* as written, or NULL */
	int seals;              /* it is a key, and not the word "none" */
	unsigned char opening[32];      /* that key */
	int tally;              /* there is one: 1 */
	int tally_every;        /* minutes between batches, 60 */
	enum campaign_receipts receipts;
	char *receipts_word;    /* as written */
};

struct campaigns;

/* Every folder of DIR that holds a campaign.conf.  A bad folder makes the
 * whole INVALID unless SKIP_BAD, then it is left out and its reason logged. */
enum status campaigns_load(struct campaigns **out, const char *dir, int skip_bad,
    struct reason *) MUST_CHECK;

/* Which are taken, and who hears of the others. */
struct campaigns_rule {
	/* Those in use, or NULL.  When one of them has a mistake now, all of them
	 * are better than what is there: INVALID. */
	const struct campaigns *in_use;
	/* More that a good one needs; NULL: nothing. */
	enum status (*fit)(void *arg, const struct campaign *, struct reason *);
	/* One is left out, and why; NULL: it is logged. */
	void (*left_out)(void *arg, const char *slug, const char *why);
	void *arg;
};
enum status campaigns_load_by(struct campaigns **out, const char *dir,
    const struct campaigns_rule *, struct reason *) MUST_CHECK;

enum status campaign_load(struct campaign **out, const char *dir,
    const char *slug, struct reason *) MUST_CHECK;
void campaign_free(struct campaign **);
void campaigns_free(struct campaigns **);

size_t campaigns_count(const struct campaigns *);
/* 0 when a bad folder was left out: then a name that is not found may be one of
 * its own. */
int campaigns_complete(const struct campaigns *);
const struct campaign *campaigns_at(const struct campaigns *, size_t);
/* By slug or by a language's alias; *language_out (may be NULL) is the alias'
 * language or NULL.  NULL when there is none. */
const struct campaign *campaigns_find(const struct campaigns *,
    const char *slug, const char **language_out);

/* The languages of all campaigns together, NULL-ended, for vocabulary and
 * countries; owned by the campaigns. */
const char *const *campaigns_languages(const struct campaigns *);

const struct campaign_language *campaign_language(const struct campaign *,
    const char *code);          /* NULL when it does not speak it */
/* NULL when there is none by that id. */
const struct campaign_organisation *campaign_organisation(
    const struct campaign *, const char *id);
/* Does any organisation ask for names and addresses? */
int campaign_shares(const struct campaign *);
const struct campaign_contact *campaign_contact(const struct campaign *,
    const char *country, const char *language);         /* NULL: none at all */
/* NULL-ended: approvers, or staff. */
char *const *campaign_approvers(const struct campaign *);
/* The line of campaign.conf where WORD stands first, in the section SECTION
 * "TITLE" or below it (SECTION NULL: anywhere), for telling where a mistake is;
 * 1 when it is not there. */
int campaign_line(const struct campaign *, const char *section,
    const char *title, const char *word);
/* Text of an action in LANGUAGE, else in the default language, else "". */
const char *campaign_action_text(const struct campaign *,
    const struct campaign_action *, const char *language);

#endif
