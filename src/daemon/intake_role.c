/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "config/campaign.h"
#include "config/config.h"
#include "daemon/blackbox.h"
#include "daemon/event.h"
#include "daemon/intake.h"
#include "daemon/ipc.h"
#include "message/findings.h"
#include "message/letter.h"
#include "message/reader.h"
#include "message/traits.h"
#include "seal/keys.h"
#include "template/fit.h"
#include "words/country.h"
#include "words/vocabulary.h"

/* The intake role: mail from LMTP connections (intake_lmtp.c) and from a
 * Maildir (intake_maildir.c) becomes letters for the keeper, and the keeper's
 * verdicts become answers. */

#define RELOAD_EACH 1000        /* ms: at most so often for an unknown slug */
#define SETTLED 2               /* seconds after which a folder's time is final */
#define STOP_MS 3000
#define BOX_SLOT 0

/* ---- campaigns and words ---------------------------------------------------- */

struct words {
	struct campaigns *campaigns;
	struct vocabulary *vocabulary;
	struct countries *countries;
	struct disposable *disposable;
	struct reader *reader;
};

static void
words_clear(struct words *w)
{
	reader_free(&w->reader);
	disposable_free(&w->disposable);
	countries_free(&w->countries);
	vocabulary_free(&w->vocabulary);
	campaigns_free(&w->campaigns);
}

/* Whom a letter may name in a sentence, where somebody asks for it. */
static void
know_organisations(struct words *w)
{
	const struct campaign *c;
	size_t i, j;

	for (i = 0; i < campaigns_count(w->campaigns); i++) {
		c = campaigns_at(w->campaigns, i);
		if (!campaign_shares(c))
			continue;
		for (j = 0; j < c->organisation_count; j++) {
			vocabulary_know(w->vocabulary, c->organisations[j].id, 1);
			vocabulary_know(w->vocabulary, c->organisations[j].name, 0);
		}
	}
}

static enum status
words_load(struct words *w, const struct config *c,
    const struct campaigns *in_use, struct reason *why)
{
	struct reader_setup setup = { .trusted_authserv = c->trusted_authserv };
	char *list = mem_printf("%s/disposable-domains", c->template_dir);
	enum status st;

	memset(w, 0, sizeof *w);
	st = fit_load(&w->campaigns, c, in_use, why);
	if (st == OK) {
		setup.languages = campaigns_languages(w->campaigns);
		st = vocabulary_load(&w->vocabulary, c->template_dir,
		    setup.languages, why);
	}
	if (st == OK)
		st = countries_load(&w->countries, NULL, NULL, setup.languages,
		    why);
	if (st == OK)
		st = disposable_load(&w->disposable, list, why);
	free(list);
	if (st != OK) {
		words_clear(w);
		return st;
	}
	know_organisations(w);
	setup.disposable = w->disposable;
	setup.vocabulary = w->vocabulary;
	setup.countries = w->countries;
	w->reader = reader_new(&setup);
	return OK;
}

/* When the folder of campaigns was changed; 0 while that may be going on. */
static int64_t
folder_time(const struct config *c)
{
	time_t now = time(NULL);
	struct stat sb;

	if (stat(c->campaign_dir, &sb) != 0 || (sb.st_mtim.tv_sec <= now &&
	    sb.st_mtim.tv_sec > now - SETTLED))
		return 0;
	return (int64_t)sb.st_mtim.tv_sec * 1000000000 + sb.st_mtim.tv_nsec;
}

static enum status
replace_words(struct intake *in, struct reason *why)
{
	int64_t seen = folder_time(in->self->config);
	struct words fresh;
	enum status st = words_load(&fresh, in->self->config,
	    in->words->campaigns, why);

	if (st != OK)
		return st;
	words_clear(in->words);
	*in->words = fresh;
	in->folder_time = seen;
	return OK;
}

/* A campaign that staff have just added is not refused for being new. */
static void
look_for_new_campaigns(struct intake *in)
{
	int64_t now = event_tick(in->self->event);
	struct reason why = { "" };

	if (now < in->reload_after ||
	    (in->folder_time != 0 &&
	    in->folder_time == folder_time(in->self->config)))
		return;
	in->reload_after = now + RELOAD_EACH;
	if (replace_words(in, &why) != OK) {
		log_warnx("reload=failed the campaigns stay as they were: %s",
		    why.text);
		return;
	}
	in->agreeing = true;
	ipc_send(in->self->peer[ROLE_PARENT], IPC_CHANGED, 0, NULL, 0);
}

static bool
is_campaign(struct intake *in, const char *slug)
{
	if (campaigns_find(in->words->campaigns, slug, NULL) != NULL)
		return true;
	look_for_new_campaigns(in);
	return campaigns_find(in->words->campaigns, slug, NULL) != NULL;
}

/* ---- questions to the keeper --------------------------------------------------- */

static struct ipc *
keeper(const struct intake *in)
{
	return in->self->peer[ROLE_KEEPER];
}

/* The id of a question is its slot, and how often the slot was used. */
static uint64_t
ask(struct intake *in, intake_answer answer, void *who, size_t which)
{
	struct question *q;
	size_t i;

	if (in->free_slot == in->slots) {
		in->slots = in->slots == 0 ? 64 : in->slots * 2;
		in->question = mem_realloc(in->question, in->slots,
		    sizeof *in->question);
		for (i = in->free_slot; i < in->slots; i++)
			in->question[i] = (struct question){ .next = i + 1 };
	}
	i = in->free_slot;
	q = &in->question[i];
	in->free_slot = q->next;
	q->answer = answer;
	q->who = who;
	q->which = which;
	q->turn++;
	return (uint64_t)q->turn << 32 | i;
}

static void
settle(struct intake *in, size_t slot, enum verdict v)
{
	struct question q = in->question[slot];

	in->question[slot].answer = NULL;
	in->question[slot].next = in->free_slot;
	in->free_slot = slot;
	q.answer(q.who, q.which, v);
}

static void
answered(struct intake *in, uint64_t id, enum verdict v)
{
	size_t slot = (size_t)(id & UINT32_MAX);

	if (slot < in->slots && in->question[slot].answer != NULL &&
	    in->question[slot].turn == (uint32_t)(id >> 32))
		settle(in, slot, v);
}

bool
intake_is_full(const struct intake *in)
{
	return keeper(in) != NULL && ipc_is_full(keeper(in));
}

/* A recipient whose answer waits for the keeper to have the campaign. */
struct waiting {
	char *address;
	intake_answer answer;
	void *who;
};

static void
let_wait(struct intake *in, const char *address, intake_answer answer, void *who)
{
	if (in->waiting_count == in->waiting_room) {
		in->waiting_room = in->waiting_room * 2 + 16;
		in->waiting = mem_realloc(in->waiting, in->waiting_room,
		    sizeof *in->waiting);
	}
	in->waiting[in->waiting_count++] = (struct waiting){
	    mem_strdup(address), answer, who };
}

enum verdict
intake_recipient(struct intake *in, const char *address, intake_answer answer,
    void *who, bool *asked_out)
{
	const struct config *c = in->self->config;
	struct recipient r;
	enum verdict v = VERDICT_ACCEPT;
	uint64_t id;

	*asked_out = false;
	if (recipient_parse(&r, in->ask_arena, address, c->mail_domain,
	    c->delimiter) != OK)
		v = VERDICT_NO_USER;
	else if (r.purpose != PURPOSE_CHECK && !is_campaign(in, r.slug))
		v = campaigns_complete(in->words->campaigns) ? VERDICT_NO_USER :
		    VERDICT_DEFER;
	else if (in->agreeing && answer != NULL) {
		let_wait(in, address, answer, who);
		*asked_out = true;
	} else if (purpose_letter(r.purpose) != 0 && answer != NULL) {
		if (keeper(in) == NULL)
			v = VERDICT_DEFER;
		else {
			id = ask(in, answer, who, 0);
			ipc_send(keeper(in), IPC_RECIPIENT, id, address,
			    strlen(address));
			*asked_out = true;
		}
	}
	arena_reset(in->ask_arena);
	return v;
}

static void
agreed(struct role_self *self)
{
	struct intake *in = self->state;
	struct waiting *list = in->waiting;
	size_t i, count = in->waiting_count;
	enum verdict v;
	bool asked;

	in->agreeing = false;
	in->waiting = NULL;
	in->waiting_count = in->waiting_room = 0;
	for (i = 0; i < count; i++) {
		v = intake_recipient(in, list[i].address, list[i].answer,
		    list[i].who, &asked);
		if (!asked)
			list[i].answer(list[i].who, 0, v);
		free(list[i].address);
	}
	free(list);
	if (in->maildir != NULL)
		intake_maildir_resume(in);
}

/* ---- messages ---------------------------------------------------------------------- */

/* One record for all recipients, and one verdict. */
struct parked {
	intake_answer answer;
	void *who;
	size_t count;
};

static void
park_answered(void *arg, size_t which, enum verdict v)
{
	struct parked *p = arg;
	size_t i;

	(void)which;
	for (i = 0; i < p->count; i++)
		p->answer(p->who, i, v);
	free(p);
}

static void
park(struct intake *in, const struct intake_message *m,
    const unsigned char name[BLACKBOX_NAME])
{
	struct parked *p = mem_alloc(sizeof *p);

	*p = (struct parked){ m->answer, m->who, m->count };
	log_warnx("m=%02x%02x%02x%02x parked=yes reason=crash", name[0], name[1],
	    name[2], name[3]);
	ipc_send_park(keeper(in), ask(in, park_answered, p, 0),
	    "this mail ended the intake twice", m->bytes, m->len);
}

/* Only what a known signer answers is handed on (petition/verb.c), so only that
 * leaves here; of other text the keeper hears what it asks for and no more. */
static void
send_letter(struct intake *in, struct letter *letter, uint64_t id)
{
	const char *text = letter->text;

	if (letter->to.token == NULL && letter->reference.token == NULL)
		letter->text = "";
	letter_pack(letter, ipc_begin(keeper(in), IPC_LETTER, id));
	ipc_end(keeper(in));
	letter->text = text;
}

/* Of a mail to oneself only what it shows of the way it went. */
static void
send_findings(struct intake *in, const struct intake_message *m, size_t which,
    const struct letter *letter, uint64_t id)
{
	const char *domain = in->self->config->mail_domain;
	struct findings found;

	reader_findings(in->words->reader, m->bytes, m->len, domain, &found);
	found.bounce = letter->nature == NATURE_BOUNCE;
	ipc_send_check(keeper(in), id, m->recipient(m->who, which),
	    findings_pack(&found));
}

/* What comes to an envelope sender of ours is read as a report even where it
 * looks like a person's. */
static bool
is_for_returns(const struct recipient *r)
{
	return r->purpose == PURPOSE_BOUNCE || r->purpose == PURPOSE_PROBE;
}

static void
send_letters(struct intake *in, const struct intake_message *m)
{
	const struct config *c = in->self->config;
	const struct recipient *witness;
	struct letter letter;
	bool returned = false;
	uint64_t id;
	size_t i;

	reader_read(in->words->reader, in->arena, m->bytes, m->len,
	    m->reverse_path, &letter);
	for (i = 0; i < m->count; i++) {
		if (recipient_parse(&letter.to, in->arena, m->recipient(m->who, i),
		    c->mail_domain, c->delimiter) != OK) {
			m->answer(m->who, i, VERDICT_NO_USER);
			continue;
		}
		if (is_for_returns(&letter.to) && !returned) {
			reader_read_report(in->words->reader, in->arena, m->bytes,
			    m->len, &letter);
			returned = true;
		}
		letter.posts = 0;
		if (letter.to.purpose == PURPOSE_UPDATES)
			reader_read_post(in->words->reader, in->arena, m->bytes,
			    m->len, &letter);
		id = ask(in, m->answer, m->who, i);
		if (letter.to.purpose == PURPOSE_CHECK)
			send_findings(in, m, i, &letter, id);
		else if (intake_is_witness(&letter, &witness))
			intake_send_witness(keeper(in), in->words->reader,
			    in->arena, m->bytes, m->len, letter.to.slug,
			    witness->token, id);
		else
			send_letter(in, &letter, id);
	}
	log_debug("m=%02x%02x%02x%02x size=%zu nature=%s recipients=%zu",
	    letter.digest[0], letter.digest[1], letter.digest[2],
	    letter.digest[3], m->len, nature_text(letter.nature), m->count);
	arena_reset(in->arena);
}

void
intake_message(struct intake *in, const struct intake_message *m)
{
	unsigned char name[BLACKBOX_NAME];
	size_t i;

	if (keeper(in) == NULL) {
		for (i = 0; i < m->count; i++)
			m->answer(m->who, i, VERDICT_DEFER);
		return;
	}
	blackbox_name_bytes(name, m->bytes, m->len);
	if (poison_has(in->self->poison, name)) {
		park(in, m, name);
		return;
	}
	blackbox_take(in->self->box, BOX_SLOT, name);
	send_letters(in, m);
	blackbox_done(in->self->box, BOX_SLOT);
}

/* A message whose recipients cannot even be read is parked all the same: its
 * one recipient is then nobody in particular. */
bool
intake_look_in(struct intake *in, struct arena *arena, const char *bytes,
    size_t len, struct reader_more *out)
{
	unsigned char name[BLACKBOX_NAME];

	memset(out, 0, sizeof *out);
	blackbox_name_bytes(name, bytes, len);
	if (poison_has(in->self->poison, name))
		return false;
	blackbox_take(in->self->box, BOX_SLOT, name);
	reader_read_more(in->words->reader, arena, bytes, len, out);
	blackbox_done(in->self->box, BOX_SLOT);
	return true;
}

/* ---- the role ---------------------------------------------------------------------- */

static enum status
prepare(struct role_self *self, struct reason *why)
{
	const struct config *c = self->config;
	struct intake *in = mem_alloc(sizeof *in);
	enum status st;

	self->state = in;
	in->self = self;
	in->arena = arena_new();
	in->ask_arena = arena_new();
	in->words = mem_alloc(sizeof *in->words);
	seal_init();            /* signatures are looked at; there is no key here */
	st = replace_words(in, why);
	if (st == OK && c->intake.maildir != NULL)
		st = intake_maildir_open(in, why);
	return st;
}

static enum status
start(struct role_self *self, struct reason *why)
{
	struct intake *in = self->state;

	(void)why;
	if (self->handed_fd >= 0)
		intake_lmtp_start(in);
	if (in->maildir != NULL)
		intake_maildir_start(in);
	return OK;
}

/* Nothing was promised: whoever waits hears "not now". */
static void
lost(struct role_self *self, enum role peer)
{
	struct intake *in = self->state;
	size_t i;

	(void)peer;
	for (i = 0; i < in->slots; i++)
		if (in->question[i].answer != NULL)
			settle(in, i, VERDICT_DEFER);
}

static void
room(struct role_self *self, enum role peer)
{
	struct intake *in = self->state;

	(void)peer;
	if (in->lmtp != NULL)
		intake_lmtp_resume(in);
	if (in->maildir != NULL)
		intake_maildir_resume(in);
}

static void
record(struct role_self *self, enum role peer, enum ipc_type type, uint64_t id,
    const void *bytes, size_t len)
{
	enum verdict v;

	(void)peer;
	if (type != IPC_VERDICT)
		return;
	if (ipc_get_verdict(bytes, len, &v) != OK)
		v = VERDICT_DEFER;
	answered(self->state, id, v);
}

static enum status
reload(struct role_self *self, struct reason *why)
{
	return replace_words(self->state, why);
}

void
intake_check_stop(struct intake *in)
{
	if (in->self->stopping && intake_lmtp_count(in) == 0 &&
	    intake_maildir_count(in) == 0)
		role_done(in->self);
}

static void
stop_late(void *arg)
{
	role_done(arg);
}

static void
stop(struct role_self *self)
{
	struct intake *in = self->state;

	in->stop_timer = event_timer_new(self->event, stop_late, self);
	event_timer_set(in->stop_timer, event_tick(self->event) + STOP_MS);
	if (in->lmtp != NULL)
		intake_lmtp_stop(in);
	intake_check_stop(in);
}

static void
finish(struct role_self *self)
{
	struct intake *in = self->state;
	size_t i;

	intake_lmtp_free(in);
	intake_maildir_free(in);
	event_timer_free(&in->stop_timer);
	words_clear(in->words);
	free(in->words);
	arena_free(&in->arena);
	arena_free(&in->ask_arena);
	free(in->question);
	for (i = 0; i < in->waiting_count; i++)
		free(in->waiting[i].address);
	free(in->waiting);
	free(in);
	self->state = NULL;
}

const struct role_code intake_role = {
	.prepare = prepare,
	.start = start,
	.joined = room,
	.lost = lost,
	.record = record,
	.room = room,
	.reload = reload,
	.agreed = agreed,
	.stop = stop,
	.finish = finish,
};
