/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "config/campaign.h"
#include "config/config.h"
#include "ctl/check.h"
#include "ctl/control.h"
#include "ctl/ctl.h"
#include "ctl/output.h"
#include "ctl/peer.h"
#include "delivery/render.h"
#include "delivery/smtp.h"
#include "petition/key_fit.h"
#include "petition/key_ring.h"
#include "petition/opening_fit.h"
#include "seal/keys.h"
#include "seal/opening.h"
#include "store/sealed.h"
#include "store/store.h"
#include "template/fit.h"
#include "words/country.h"
#include "words/vocabulary.h"

#define RELAY_SECONDS 10
#define WAIT_SECONDS 60         /* for a mail to oneself */

void
point(struct checking *c, enum finding finding, const char *what,
    const char *format, ...)
{
	static const char *const words[] = { "ok", "warn", "FAIL" };
	va_list ap;

	(void)printf("%-4s  %-14s ", words[finding], what);
	va_start(ap, format);
	ctl_say(stdout, format, ap);
	va_end(ap);
	(void)fflush(stdout);   /* what comes next may take a while */
	c->warned += finding == WARN;
	c->failed += finding == FAILED;
}

/* ---- what is written --------------------------------------------------------- */

static void
tell_bad(void *arg, const char *slug, const char *why)
{
	point(arg, FAILED, slug, "%s; until then its mail waits with its sender",
	    why);
}

static void
tell_nobody(void *arg, const char *slug, const char *why)
{
	(void)arg;
	(void)slug;
	(void)why;
}

/* Of all that can be read, whether they are fit or not. */
static void
check_each(struct checking *c)
{
	const struct campaigns_rule rule = { .left_out = tell_nobody };
	struct campaigns *cs = NULL;
	struct reason why = { "" };
	size_t i;

	if (campaigns_load_by(&cs, c->ctl->config->campaign_dir, &rule,
	    &why) != OK)
		return;         /* told already */
	for (i = 0; i < campaigns_count(cs); i++)
		check_campaign(c, campaigns_at(cs, i));
	campaigns_free(&cs);
}

/* Each folder by itself, so that all mistakes are told at once. */
static void
check_campaigns(struct checking *c)
{
	const struct config *config = c->ctl->config;
	struct reason why = { "" };
	struct campaigns *cs = NULL;

	if (fit_load_telling(&cs, config, tell_bad, c, &why) != OK) {
		point(c, FAILED, "campaigns", "%s", why.text);
		return;
	}
	c->ctl->campaigns = cs;
	if (!campaigns_complete(cs))
		point(c, campaigns_count(cs) > 0 ? FINE : WARN, "campaigns",
		    "%zu other%s in %s", campaigns_count(cs),
		    campaigns_count(cs) == 1 ? "" : "s", config->campaign_dir);
	else if (campaigns_count(cs) == 0)
		point(c, WARN, "campaigns", "none in %s yet; make one with: "
		    "%s campaign new", config->campaign_dir,
		    ctl_command(c->ctl));
	else
		point(c, FINE, "campaigns", "%zu in %s", campaigns_count(cs),
		    config->campaign_dir);
	check_each(c);
}

static void
check_countries(struct checking *c)
{
	static const char *const english[] = { "en", NULL };
	struct reason why = { "" };

	if (countries_load(&c->countries, NULL, NULL, english, &why) != OK)
		point(c, FAILED, "countries", "%s", why.text);
}

static void
check_templates(struct checking *c)
{
	const struct config *config = c->ctl->config;
	const struct campaigns *cs = c->ctl->campaigns;
	struct reason why = { "" };

	if (cs == NULL || c->countries == NULL)
		return;
	if (vocabulary_load(&c->vocabulary, config->template_dir,
	    campaigns_languages(cs), &why) != OK)
		point(c, FAILED, "words", "%s", why.text);
	else
		point(c, FINE, "words", "of every language in %s",
		    config->template_dir);
	if (renderer_new(&c->renderer, config->template_dir, cs, c->countries,
	    config->mail_domain, &why) != OK)
		point(c, FAILED, "templates", "%s", why.text);
	else
		point(c, FINE, "templates", "of every language in %s",
		    config->template_dir);
}

/* ---- what is kept --------------------------------------------------------------- */

/* Its passphrase is not asked for: check runs by itself at night, too. */
static void
check_locked_key(struct checking *c)
{
	const char *path = c->ctl->config->key_file;
	struct control_reply reply;
	struct reason why;

	if (access(path, F_OK) != 0)
		point(c, FAILED, "key", "%s: %s; put your copy back, or run %s "
		    "init if there never was one", path, strerror(errno),
		    ctl_command(c->ctl));
	else if (control_ask(c->ctl->config, CONTROL_STATE, NULL, -1, &reply,
	    &why) == OK && reply.state == CONTROL_LOCKED)
		point(c, WARN, "key", "locked: mail waits with its senders until "
		    "%s unlock", ctl_command(c->ctl));
	else
		point(c, FINE, "key", "%s, under a passphrase", path);
}

static void
check_key(struct checking *c)
{
	const char *path = c->ctl->config->key_file;
	struct reason why = { "" };
	enum status st;

	if (c->ctl->config->key_place == KEY_LOCKED) {
		check_locked_key(c);
		return;
	}
	seal_init();
	st = keys_load(&c->ctl->keys, path, &why);
	if (st == OK)
		point(c, FINE, "key", "%s", path);
	else
		point(c, FAILED, "key", "%s%s", why.text, ctl_closed(path));
}

/* The daemon's user has to own what the daemon writes. */
static void
check_owner(struct checking *c, const char *what, const char *path)
{
	const char *name = c->ctl->config->user;
	const struct passwd *user = name == NULL ? NULL : getpwnam(name);
	struct stat st;

	if (stat(path, &st) != 0 || name == NULL)
		return;
	if (user == NULL && geteuid() == 0)
		point(c, WARN, what, "there is no user %s, as whom the daemon is to "
		    "run; make it, or take user out to run as who starts it",
		    name);
	else if (user != NULL && geteuid() == 0 && st.st_uid != user->pw_uid)
		point(c, FAILED, what, "%s does not belong to %s; run: chown %s %s",
		    path, name, name, path);
}

static void
check_state_dir(struct checking *c)
{
	const char *path = c->ctl->config->state_dir;
	struct stat st;

	if (stat(path, &st) != 0)
		point(c, FAILED, "state", "%s: %s; %s init makes it", path,
		    strerror(errno), ctl_command(c->ctl));
	else if (!S_ISDIR(st.st_mode))
		point(c, FAILED, "state", "%s is not a folder; move it away, then "
		    "run %s init", path, ctl_command(c->ctl));
	else if ((st.st_mode & 077) != 0)
		point(c, FAILED, "state", "%s is open to others; run: chmod 700 %s",
		    path, path);
	else if (access(path, W_OK) != 0)
		point(c, WARN, "state", "%s: not ours to write; run this as root or "
		    "as the daemon's user", path);
	else
		point(c, FINE, "state", "%s", path);
	check_owner(c, "state", path);
}

static void
check_key_fits(struct checking *c)
{
	struct reason why;
	enum status st = key_ring_load(c->ctl->store, c->ctl->keys,
	    c->ctl->config->key_file, &why);

	if (st != OK) {
		point(c, FAILED, "key", "%s", why.text);
		return;
	}
	st = key_fit(c->ctl->store, c->ctl->keys, c->ctl->campaigns);
	if (st == OK)
		point(c, FINE, "key", "opens what is in the database");
	else if (st == DENIED)
		point(c, FAILED, "key", "does not open what is in the database: it is "
		    "another database's; put the right one in %s",
		    c->ctl->config->key_file);
	else if (st != NOT_FOUND)
		point(c, FAILED, "key", "cannot be tried: the database cannot be "
		    "read: %s", status_text(st));
}

/* Who opens the list needs the shares of each opening key. */
static void
check_other_openings(struct checking *c, const struct campaign *campaign,
    const struct opening_row *rows, size_t count)
{
	char text[OPENING_TEXT];
	size_t i;

	for (i = 0; i < count; i++) {
		if (campaign->seals && memcmp(rows[i].opening, campaign->opening,
		    OPENING_BYTES) == 0)
			continue;
		opening_text(OPENING_CAMPAIGN, rows[i].opening, text);
		point(c, WARN, campaign->slug, "some of its signers are sealed to "
		    "%s, which is not its opening_key any more: keep the shares of "
		    "both, the list needs them", text);
	}
}

static enum status
check_unsealed(struct checking *c, const struct campaign *campaign, int64_t id)
{
	int64_t n = 0;
	enum status st = campaign->seals ?
	    store_unsealed_count(c->ctl->store, id, &n) : OK;

	if (st == OK && n > 0)
		point(c, WARN, campaign->slug, "%lld %s signed before it had "
		    "its opening_key and %s not sealed; run: %s seal %s",
		    (long long)n, count_words(n, "person", "people"),
		    count_words(n, "is", "are"), ctl_command(c->ctl), campaign->slug);
	else if (st == OK && campaign->seals)
		point(c, FINE, campaign->slug, "all who have signed are sealed");
	return st;
}

static void
check_sealing(struct checking *c, const struct campaign *campaign)
{
	struct opening_row rows[8];
	enum campaign_state state;
	struct reason why = { "" };
	size_t count = 0;
	int64_t id;
	enum status st = opening_fit(c->ctl->store, campaign, &why);

	if (st == INVALID) {
		point(c, FAILED, campaign->slug, "%s; until then its mail waits "
		    "with its sender", why.text);
		return;
	}
	if (st == OK)
		st = store_campaign(c->ctl->store, campaign->slug, &id, &state);
	if (st == NOT_FOUND)
		return;
	if (st == OK)
		st = store_openings(c->ctl->store, id, rows, 8, &count);
	if (st == OK)
		check_other_openings(c, campaign, rows, count);
	if (st == OK)
		st = check_unsealed(c, campaign, id);
	if (st != OK)
		point(c, FAILED, campaign->slug, "who is sealed cannot be read: "
		    "%s", status_text(st));
}

static void
check_all_sealing(struct checking *c)
{
	size_t i;

	for (i = 0; i < campaigns_count(c->ctl->campaigns); i++)
		check_sealing(c, campaigns_at(c->ctl->campaigns, i));
}

static void
check_store(struct checking *c)
{
	struct reason why = { "" };
	int64_t wrong = 0;
	enum status st;

	st = store_open(&c->ctl->store, c->ctl->config->state_dir, STORE_READ, &why);
	if (st == NOT_FOUND) {
		point(c, FINE, "database", "none yet: the daemon makes it");
		return;
	}
	if (st == OK)
		st = store_verify(c->ctl->store, &why);
	if (st != OK) {
		point(c, FAILED, "database", "%s%s", why.text,
		    ctl_closed(c->ctl->config->state_dir));
		return;
	}
	point(c, FINE, "database", "sound");
	st = store_check_counts(c->ctl->store, &wrong);
	if (st != OK)
		point(c, FAILED, "counts", "cannot be compared with the rows: %s",
		    status_text(st));
	else if (wrong != 0)
		point(c, FAILED, "counts", "%lld %s from the rows; keep a copy of "
		    "the database and report this", (long long)wrong,
		    count_words(wrong, "differs", "differ"));
	else
		point(c, FINE, "counts", "as the rows say");
	if (c->ctl->keys != NULL && c->ctl->campaigns != NULL)
		check_key_fits(c);
	if (c->ctl->campaigns != NULL)
		check_all_sealing(c);
}

/* ---- the world outside --------------------------------------------------------- */

static void
check_daemon(struct checking *c)
{
	const struct config *config = c->ctl->config;
	struct reason why = { "" };

	if (config->intake.lmtp == NULL && config->intake.maildir == NULL)
		point(c, FAILED, "intake", "%s says no way for mail to come in; add "
		    "intake { lmtp = \"unix:...\" }", config->file);
	else if (config->intake.lmtp == NULL)
		point(c, FINE, "intake", "%s", config->intake.maildir);
	else if (peer_probe(config->intake.lmtp, &why) == OK)
		point(c, FINE, "daemon", "answers at %s", config->intake.lmtp);
	else if (strncmp(config->intake.lmtp, "unix:", 5) == 0 &&
	    *ctl_closed(config->intake.lmtp + 5) != '\0')
		point(c, WARN, "daemon", "%s%s", why.text,
		    ctl_closed(config->intake.lmtp + 5));
	else
		point(c, WARN, "daemon", "%s; start it: %s", why.text,
		    ctl_daemon(c->ctl, DAEMON_START));
}

/* What stands in web { } since the daemon was started is not open yet. */
static void
check_web(struct checking *c)
{
	const char *place = c->ctl->config->web.listen;
	struct peer *peer = NULL;
	struct reason why = { "" };

	if (place == NULL)
		return;
	if (peer_open(&peer, place, 5000, &why) == OK)
		point(c, FINE, "web", "answers at %s", place);
	else
		point(c, WARN, "web", "%s; the daemon opens it when it starts: "
		    "%s", why.text, ctl_daemon(c->ctl, DAEMON_RESTART));
	peer_close(&peer);
}

static void
check_outgoing_dir(struct checking *c, const char *dir)
{
	struct stat st;

	if (stat(dir, &st) != 0)
		point(c, WARN, "relay", "%s is not there yet; the daemon makes it "
		    "if it may", dir);
	else if (!S_ISDIR(st.st_mode))
		point(c, FAILED, "relay", "%s is not a folder", dir);
	else
		point(c, FINE, "relay", "mail is written to %s", dir);
}

enum status
check_relay_new(const struct checking *c, struct smtp_relay **out,
    struct reason *why)
{
	const struct config *config = c->ctl->config;

	return smtp_relay_new(out, config->delivery.relay, config->delivery.tls,
	    config->delivery.ca_file, config->delivery.user,
	    config->delivery.password_file, config->delivery.timeout <
	    RELAY_SECONDS ? config->delivery.timeout : RELAY_SECONDS,
	    config->delivery.helo, why);
}

static void
check_relay(struct checking *c)
{
	const struct config *config = c->ctl->config;
	const char *url = config->delivery.relay;
	struct smtp_relay *relay = NULL;
	struct smtp *session = NULL;
	struct reason why = { "" };
	struct outcome outcome;
	enum status st;

	if (url == NULL) {
		point(c, FAILED, "relay", "%s says no way for mail to go out; add "
		    "delivery { relay = \"smtp://127.0.0.1:25\" }", config->file);
		return;
	}
	if (strncmp(url, "maildir:", 8) == 0) {
		check_outgoing_dir(c, url + 8);
		return;
	}
	if (c->offline)
		return;
	st = check_relay_new(c, &relay, &why);
	if (st == OK)
		st = smtp_open(&session, relay, &outcome, &why);
	if (st == OK)
		point(c, FINE, "relay", "%s takes our connection", url);
	else
		point(c, FAILED, "relay", "%s; see that the mail system runs "
		    "there, or correct delivery { relay }", why.text);
	if (session != NULL)
		smtp_close(&session);
	smtp_relay_free(&relay);
}

static int
read_wait(const struct ctl *ctl, int *seconds)
{
	const char *value = ctl_value(ctl, "wait");
	char *end;
	long n;

	if (value == NULL)
		return 0;
	n = strtol(value, &end, 10);
	if (*value < '0' || *value > '9' || *end != '\0' || n < 1 || n > 3600)
		return ctl_misuse(ctl, "--wait must be 1 to 3600 seconds");
	*seconds = (int)n;
	return 0;
}

int
verb_check(struct ctl *ctl)
{
	struct checking c = { .ctl = ctl,
	    .offline = ctl_value(ctl, "offline") != NULL };
	int seconds = WAIT_SECONDS;

	if (read_wait(ctl, &seconds) != 0)
		return EXIT_USE;
	point(&c, FINE, "configuration", "%s", ctl->config->file);
	check_countries(&c);
	check_campaigns(&c);
	check_templates(&c);
	check_key(&c);
	check_state_dir(&c);
	check_store(&c);
	check_daemon(&c);
	check_web(&c);
	check_relay(&c);
	if (!c.offline)
		check_dns(&c);
	if (ctl_value(ctl, "mail") != NULL)
		check_mail(&c, seconds);
	renderer_free(&c.renderer);
	vocabulary_free(&c.vocabulary);
	countries_free(&c.countries);
	if (c.failed > 0)
		(void)printf("\n%d to be mended.\n", c.failed);
	else if (c.warned > 0)
		(void)printf("\nNothing is broken; %d to look at.\n", c.warned);
	else
		(void)puts("\nAll is well.");
	return c.failed > 0 ? EXIT_NOT : EXIT_DONE;
}
