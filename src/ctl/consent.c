/* consent.c - the words in which signers were asked what they agree to
 * SPDX-License-Identifier: ISC
 */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "ctl/agreed.h"
#include "ctl/ctl.h"
#include "store/consent.h"

static void
show_line(const struct consent_text *t)
{
	char date[11], name[AGREED_NAME];

	agreed_text_name(t->hash, name);
	clock_date(t->day, date);
	(void)printf("%s  %s  since %s\n", name, t->language, date);
}

/* All of them, or the text of the one whose name begins so. */
static int
show(const struct ctl *ctl, const struct consent_text *texts, size_t count)
{
	const char *wanted = ctl->args[1];
	char name[AGREED_NAME];
	size_t i;

	if (count == 0)
		return ctl_complain(EXIT_NOT, "nobody has been asked for %s yet",
		    ctl->args[0]);
	for (i = 0; i < count; i++) {
		agreed_text_name(texts[i].hash, name);
		if (wanted == NULL)
			show_line(&texts[i]);
		else if (*wanted != '\0' &&
		    strncmp(name, wanted, strlen(wanted)) == 0) {
			(void)printf("%s", texts[i].body);
			return EXIT_DONE;
		}
	}
	return wanted == NULL ? EXIT_DONE : ctl_complain(EXIT_NOT, "%s has no "
	    "words %s; %s consent %s lists them", ctl->args[0], wanted,
	    ctl_command(ctl), ctl->args[0]);
}

int
verb_consent(struct ctl *ctl)
{
	struct consent_text *texts = NULL;
	struct arena *arena;
	size_t count = 0;
	int64_t campaign = 0;
	enum status st = ctl_campaign(ctl, ctl->args[0], &campaign, NULL);
	int code;

	if (st != OK && st != NOT_FOUND)
		return EXIT_NOT;
	arena = arena_new();
	st = store_consent_texts(ctl->store, arena, campaign, &texts, &count);
	code = st == OK ? show(ctl, texts, count) : ctl_complain(EXIT_NOT, "the "
	    "database cannot be read: %s", status_text(st));
	arena_free(&arena);
	return code;
}
