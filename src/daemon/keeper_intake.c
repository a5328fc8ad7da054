/* SPDX-License-Identifier: ISC */
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/campaign.h"
#include "config/config.h"
#include "daemon/blackbox.h"
#include "daemon/ipc.h"
#include "daemon/keeper.h"
#include "message/letter.h"
#include "message/recipient.h"
#include "message/witnessed.h"
#include "petition/petition.h"

/* A campaign that intake knows and we do not is being added by staff, or its
 * folder was away when we started: its mail waits with its sender. */
static void
on_recipient(struct keeper *k, uint64_t id, const void *bytes, size_t len)
{
	const struct config *config = k->self->config;
	struct ipc *intake = k->self->peer[ROLE_INTAKE];
	struct arena *arena = arena_new();
	struct recipient to;
	char *address = arena_strndup(arena, bytes, len);
	enum verdict verdict = VERDICT_NO_USER;

	if (recipient_parse(&to, arena, address, config->mail_domain,
	    config->delimiter) == OK)
		verdict = to.purpose != PURPOSE_CHECK &&
		    campaigns_find(k->campaigns, to.slug, NULL) == NULL ?
		    VERDICT_DEFER :
		    petition_recipient(k->petition, &to, clock_now());
	ipc_send_verdict(intake, id, verdict);
	arena_free(&arena);
}

/* A letter that twice ended this role is kept as it came and not read again. */
static enum status
take_letter(struct keeper *k, const struct letter *letter, const void *record,
    size_t len, enum verdict *verdict_out)
{
	unsigned char name[BLACKBOX_NAME];
	int changed = 0;
	enum status st;

	blackbox_name_bytes(name, letter->digest, sizeof letter->digest);
	if (poison_has(k->self->poison, name)) {
		*verdict_out = VERDICT_ACCEPT;
		log_warnx("parked=letter why=keeper a letter ended the keeper "
		    "twice and is set aside; see undersign status");
		return petition_park(k->petition, "keeper", record, len,
		    clock_now());
	}
	blackbox_take(k->self->box, BOX_LETTER, name);
	st = petition_take(k->petition, k->arena, letter, clock_now(),
	    verdict_out, &changed);
	blackbox_done(k->self->box, BOX_LETTER);
	return st;
}

static void
on_letter(struct keeper *k, uint64_t id, const void *bytes, size_t len)
{
	enum verdict verdict = VERDICT_DEFER;
	struct letter letter;
	enum status st = letter_unpack(&letter, k->letter, bytes, len);

	if (st != OK)
		keeper_note_unreadable(k, "letter", "intake");
	else if (campaigns_find(k->campaigns, letter.to.slug, NULL) != NULL) {
		keeper_batch_open(k);
		if (k->batch == OK)
			st = take_letter(k, &letter, bytes, len, &verdict);
		if (st != OK)
			keeper_batch_failed(k, st);
	}
	arena_reset(k->letter);
	keeper_answer_with_batch(k, id, verdict);
	if (k->question_count >= KEEPER_BATCH_MAX || keeper_is_careful(k))
		keeper_batch_close(k);
}
/* A mail of undersign check --mail: no letter of anybody's. */
static void
on_check(struct keeper *k, uint64_t id, const void *bytes, size_t len)
{
	const struct config *config = k->self->config;
	enum verdict verdict = VERDICT_NO_USER;
	struct recipient to;
	const char *address;
	uint32_t findings;
	size_t address_len;
	enum status st;

	keeper_batch_open(k);
	if (k->batch == OK && ipc_get_check(bytes, len, &address, &address_len,
	    &findings) == OK && recipient_parse(&to, k->letter,
	    arena_strndup(k->letter, address, address_len),
	    config->mail_domain, config->delimiter) == OK &&
	    to.purpose == PURPOSE_CHECK) {
		st = petition_check(k->petition, &to, findings, clock_now(),
		    &verdict);
		if (st != OK)
			keeper_batch_failed(k, st);
	}
	arena_reset(k->letter);
	keeper_answer_with_batch(k, id, verdict);
}

/* A witness of the tally: no letter of anybody's either. */
static void
on_witness(struct keeper *k, uint64_t id, const void *bytes, size_t len)
{
	struct recipient to = { .purpose = PURPOSE_WITNESS };
	enum verdict verdict = VERDICT_DEFER;
	struct witnessed said;
	enum status st = ipc_get_witness(bytes, len, k->letter, &to.slug,
	    &to.token, &said);

	if (st != OK)
		keeper_note_unreadable(k, "witness", "intake");
	else if (campaigns_find(k->campaigns, to.slug, NULL) != NULL) {
		keeper_batch_open(k);
		if (k->batch == OK)
			st = petition_witness(k->petition, k->arena, &to, &said,
			    clock_now(), &verdict);
		if (st != OK)
			keeper_batch_failed(k, st);
	}
	arena_reset(k->letter);
	keeper_answer_with_batch(k, id, verdict);
}

static void
on_park(struct keeper *k, uint64_t id, const void *bytes, size_t len)
{
	enum verdict verdict = VERDICT_DEFER;
	char why[64];
	const void *raw;
	size_t raw_len;
	enum status st;

	keeper_batch_open(k);
	if (k->batch == OK && ipc_get_park(bytes, len, why, &raw, &raw_len) == OK) {
		verdict = VERDICT_ACCEPT;
		log_warnx("parked=message why=\"%s\" see undersign status", why);
		st = petition_park(k->petition, why, raw, raw_len, clock_now());
		if (st != OK)
			keeper_batch_failed(k, st);
	}
	keeper_answer_with_batch(k, id, verdict);
}

void
keeper_from_intake(struct keeper *k, enum ipc_type type, uint64_t id,
    const void *bytes, size_t len)
{
	switch (type) {
	case IPC_RECIPIENT:
		on_recipient(k, id, bytes, len);
		break;
	case IPC_LETTER:
		on_letter(k, id, bytes, len);
		break;
	case IPC_CHECK:
		on_check(k, id, bytes, len);
		break;
	case IPC_WITNESS:
		on_witness(k, id, bytes, len);
		break;
	case IPC_PARK:
		on_park(k, id, bytes, len);
		break;
	default:
		break;
	}
}
