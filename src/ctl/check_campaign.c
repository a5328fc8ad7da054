/* check_campaign.c - what no campaign has to have, but somebody will miss: a text
 * of its own, people who read, people who approve, schedules that come, names that
 * can be told apart, mails that ask for what is agreed to
 * SPDX-License-Identifier: ISC
 */
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/clock.h"
#include "config/campaign.h"
#include "config/config.h"
#include "ctl/check.h"
#include "ctl/ctl.h"
#include "ctl/starter.h"
#include "message/address.h"
#include "schedule/schedule.h"
#include "template/library.h"
#include "words/country.h"
#include "words/text.h"

static void
check_unedited(struct checking *c, const struct campaign *campaign)
{
	size_t i;

	for (i = 0; i < campaign->language_count; i++) {
		const struct campaign_language *l = &campaign->languages[i];

		if (strcmp(l->petition, starter_petition(l->code)) == 0)
			point(c, WARN, campaign->slug, "%s is as campaign new wrote "
			    "it; write the petition there", l->petition_file);
	}
}

/* ---- people ------------------------------------------------------------------ */

/* All mail to our own domain comes to us, who have no mailbox for it. */
static void
check_mailbox(struct checking *c, const struct campaign *campaign,
    const char *who, const char *address)
{
	const char *at = strrchr(address, '@');

	if (at != NULL && strcasecmp(at + 1, c->ctl->config->mail_domain) == 0)
		point(c, WARN, campaign->slug, "%s: the address is at %s, where only "
		    "campaigns get mail; name a mailbox of another domain", who,
		    c->ctl->config->mail_domain);
}

static void
check_contacts(struct checking *c, const struct campaign *campaign)
{
	size_t i, j;

	if (campaign->contact_count == 0)
		point(c, WARN, campaign->slug, "no contact is named, so nobody "
		    "reads what signers write to people; add contact \"office\" "
		    "{ name = \"...\" address = \"...\" }");
	for (i = 0; i < campaign->contact_count; i++) {
		const struct campaign_contact *contact = &campaign->contacts[i];

		check_mailbox(c, campaign, contact->id, contact->address);
		for (j = 0; contact->countries[j] != NULL; j++)
			if (c->countries != NULL &&
			    !country_is_code(c->countries, contact->countries[j]))
				point(c, WARN, campaign->slug, "contact \"%s\": no "
				    "country has the code %s", contact->id,
				    contact->countries[j]);
	}
}

static const char *
key_of(struct arena *arena, const char *text)
{
	struct address address;

	return address_parse(&address, arena, text, strlen(text)) == OK ?
	    address_key(arena, &address) : text;
}

static bool
stands_in(struct arena *arena, char *const *list, size_t count, const char *key)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strcmp(key_of(arena, list[i]), key) == 0)
			return true;
	return false;
}

/* Approvers other than AUTHOR, each once. */
static int
others(struct arena *arena, char *const *list, const char *author)
{
	size_t i;
	int n = 0;

	for (i = 0; list[i] != NULL; i++) {
		const char *key = key_of(arena, list[i]);

		n += strcmp(key, author) != 0 && !stands_in(arena, list, i, key);
	}
	return n;
}

/* Whose update can never be approved hears of it only when she posts one. */
static void
check_approvals(struct checking *c, const struct campaign *campaign)
{
	struct arena *arena = arena_new();
	int i, n, fewest = 0, stuck = 0;

	for (i = 0; campaign->staff[i] != NULL; i++) {
		n = others(arena, campaign_approvers(campaign),
		    key_of(arena, campaign->staff[i]));
		if (n >= campaign->approvals)
			continue;
		fewest = stuck++ == 0 || n < fewest ? n : fewest;
	}
	if (stuck > 0)
		point(c, WARN, campaign->slug, "%s of staff can post an update by "
		    "mail: it takes a yes from %d other%s than its author, and "
		    "there %s %d; name more in %s, or lower approvals, or use "
		    "%s update", stuck == i ? "nobody" : "not everybody",
		    campaign->approvals, campaign->approvals == 1 ? "" : "s",
		    fewest == 1 ? "is" : "are", fewest,
		    campaign->approvers[0] == NULL ? "staff" : "approvers",
		    ctl_command(c->ctl));
	arena_free(&arena);
}

static void
check_staff(struct checking *c, const struct campaign *campaign)
{
	size_t i;

	if (campaign->staff[0] == NULL)
		point(c, WARN, campaign->slug, "no staff is named, so nobody is told "
		    "when something needs a person; add staff = "
		    "{\"ada@example.org\", ...}");
	for (i = 0; campaign->staff[i] != NULL; i++)
		check_mailbox(c, campaign, "staff", campaign->staff[i]);
	for (i = 0; campaign->approvers[i] != NULL; i++)
		check_mailbox(c, campaign, "approvers", campaign->approvers[i]);
	check_approvals(c, campaign);
}

/* ---- schedules --------------------------------------------------------------- */

/* A campaign with a schedule that cannot be read is told already. */
static void
check_schedules(struct checking *c, const struct campaign *campaign)
{
	struct reason why = { "" };
	struct schedule *s;
	size_t i;

	for (i = 0; i < campaign->schedule_count; i++) {
		const struct campaign_schedule *plan = &campaign->schedules[i];
		const struct schedule_words words = { plan->rule, plan->timezone,
		    plan->start, plan->quiet };

		if (schedule_new(&s, &words, NULL, &why) == OK &&
		    schedule_next(s, clock_now()) == CLOCK_NEVER)
			point(c, WARN, campaign->slug, "schedule \"%s\": all its times "
			    "are past, so it makes nothing any more; correct rule "
			    "or start, or take it out", plan->name);
		schedule_free(&s);
	}
}

/* ---- organisations ----------------------------------------------------------- */

static bool
are_called_alike(struct arena *arena, const struct campaign_organisation *a,
    const struct campaign_organisation *b)
{
	const char *name = text_bare(arena, a->name);

	return strcmp(name, text_bare(arena, b->name)) == 0 ||
	    strcmp(name, text_bare(arena, b->id)) == 0;
}

/* Whose name nobody can write after SHARE so that it is clear. */
static void
check_shares(struct checking *c, const struct campaign *campaign)
{
	const struct campaign_organisation *o = campaign->organisations;
	struct arena *arena = arena_new();
	size_t i, j, n = campaign->organisation_count;

	for (i = 0; i < n; i++) {
		if (o[i].share && strchr(o[i].name, '?') != NULL)
			point(c, WARN, campaign->slug, "organisation \"%s\": SHARE "
			    "with a question mark is no consent; leave it out of "
			    "the name", o[i].id);
		for (j = 0; j < n && o[i].share; j++)
			if (j != i && are_called_alike(arena, &o[i], &o[j]))
				point(c, WARN, campaign->slug, "organisations \"%s\" "
				    "and \"%s\": nobody can share with the first by "
				    "its name, which the second has too; change one",
				    o[i].id, o[j].id);
	}
	arena_free(&arena);
}

/* ---- templates --------------------------------------------------------------- */

/* Those that ask her to sign: without this part she is not asked what she agrees
 * to.  A set that cannot be read is told already. */
static void
check_consents(struct checking *c, const struct campaign *campaign)
{
	static const char *const kinds[] = { "request", "reminder" };
	struct library *library = library_new(c->ctl->config->template_dir);
	struct library_set set;
	struct reason why = { "" };
	const struct sheet *sheet;
	size_t i, k;

	for (i = 0; i < campaign->language_count; i++) {
		if (library_set(library, campaign, campaign->languages[i].code,
		    &set, &why) != OK)
			continue;
		for (k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
			if (!library_mail_uses(&set, kinds[k], "consents", &sheet))
				point(c, WARN, campaign->slug, "%s: does not ask "
				    "what signers agree to (the list, news, sharing "
				    "with organisations); put {{>consents}} in",
				    sheet->path);
		library_set_clear(&set);
	}
	library_free(&library);
}

void
check_campaign(struct checking *c, const struct campaign *campaign)
{
	check_unedited(c, campaign);
	check_staff(c, campaign);
	check_contacts(c, campaign);
	check_schedules(c, campaign);
	check_shares(c, campaign);
	check_consents(c, campaign);
}
