/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "config/campaign.h"
#include "config/config.h"
#include "schedule/schedule.h"
#include "template/fit.h"
#include "template/library.h"

struct fit {
	const char *template_dir;
	struct library *library;
	bool web;                       /* pages are needed as well */
	void (*tell)(void *arg, const char *slug, const char *why);
	void *arg;
	fit_also also;                  /* or NULL */
	void *also_arg;
};

static enum status
has_words(const struct fit *fit, const struct campaign *c, const char *language,
    struct reason *why)
{
	char *file = mem_printf("%s/%s/words", fit->template_dir, language);
	enum status st = OK;

	if (access(file, R_OK) != 0)
		st = fail_errno(why, INVALID, "%s: the campaign \"%s\" speaks "
		    "\"%s\", but this list of its words cannot be read", file,
		    c->slug, language);
	free(file);
	return st;
}

static enum status
is_fit(void *arg, const struct campaign *c, struct reason *why)
{
	struct fit *fit = arg;
	struct library_set set;
	enum status st = schedule_check(c, why);
	size_t i;

	for (i = 0; st == OK && i < c->language_count; i++) {
		st = has_words(fit, c, c->languages[i].code, why);
		if (st != OK)
			break;
		st = library_set(fit->library, c, c->languages[i].code, &set,
		    why);
		if (st == OK)
			library_set_clear(&set);
		if (st != OK || !fit->web)
			continue;
		st = library_pages(fit->library, c, c->languages[i].code, &set,
		    why);
		if (st == OK)
			library_set_clear(&set);
	}
	return st == OK && fit->also != NULL ?
	    fit->also(fit->also_arg, c, why) : st;
}

static void
pass_on(void *arg, const char *slug, const char *why)
{
	struct fit *fit = arg;

	fit->tell(fit->arg, slug, why);
}

static enum status
load(struct campaigns **out, struct fit *fit, const struct config *config,
    const struct campaigns *in_use, struct reason *why)
{
	struct campaigns_rule rule = { .in_use = in_use, .fit = is_fit,
	    .left_out = fit->tell != NULL ? pass_on : NULL, .arg = fit };
	enum status st;

	fit->template_dir = config->template_dir;
	fit->web = config->web.listen != NULL;
	fit->library = library_new(config->template_dir);
	st = campaigns_load_by(out, config->campaign_dir, &rule, why);
	library_free(&fit->library);
	return st;
}

enum status
fit_load(struct campaigns **out, const struct config *config,
    const struct campaigns *in_use, struct reason *why)
{
	return fit_load_also(out, config, in_use, NULL, NULL, why);
}

enum status
fit_load_also(struct campaigns **out, const struct config *config,
    const struct campaigns *in_use, fit_also also, void *arg,
    struct reason *why)
{
	struct fit fit = { .also = also, .also_arg = arg };

	return load(out, &fit, config, in_use, why);
}

enum status
fit_load_telling(struct campaigns **out, const struct config *config,
    void (*tell)(void *arg, const char *slug, const char *why), void *arg,
    struct reason *why)
{
	struct fit fit = { .tell = tell, .arg = arg };

	return load(out, &fit, config, NULL, why);
}
