/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "config/campaign.h"
#include "config/config.h"
#include "ctl/campaign_end.h"
#include "ctl/ctl.h"
#include "ctl/output.h"
#include "ctl/starter.h"
#include "ctl/totals.h"
#include "message/recipient.h"
#include "store/store.h"

#define LANGUAGES 32
#define MOVES 3

/* ---- new ----------------------------------------------------------------------- */

static int
write_file(const char *dir, const char *name, const char *text)
{
	char *path = mem_printf("%s/%s", dir, name);
	FILE *f = fopen(path, "wx");
	int code = 0;

	/* Readable by the daemon's user: nothing in it is secret. */
	if (f == NULL || fchmod(fileno(f), 0644) != 0 || fputs(text, f) < 0 ||
	    fflush(f) != 0 || fsync(fileno(f)) != 0)
		code = ctl_complain(EXIT_NOT, "%s: cannot be written: %s", path,
		    strerror(errno));
	if (f != NULL)
		(void)fclose(f);
	free(path);
	return code;
}

static void
remove_files(const char *dir, char *const *languages)
{
	char *path = mem_printf("%s/campaign.conf", dir);

	(void)unlink(path);
	free(path);
	for (; *languages != NULL; languages++) {
		path = mem_printf("%s/petition.%s.md", dir, *languages);
		(void)unlink(path);
		free(path);
	}
	(void)rmdir(dir);
}

static int
write_files(const char *dir, const char *slug, const char *title,
    char *const *languages)
{
	struct buf text = BUF_INIT;
	int code;

	starter_campaign(&text, slug, title, languages);
	code = write_file(dir, "campaign.conf", text.data);
	buf_free(&text);
	for (; code == 0 && *languages != NULL; languages++) {
		char *name = mem_printf("petition.%s.md", *languages);

		code = write_file(dir, name, starter_petition(*languages));
		free(name);
	}
	return code;
}

/* "en,ru" into a NULL-ended list within TEXT; 0, or the exit code. */
static int
split_languages(const struct ctl *ctl, char *text, char **out)
{
	char *save = NULL, *word;
	size_t n = 0, i, len;

	for (word = strtok_r(text, ", ", &save); word != NULL;
	    word = strtok_r(NULL, ", ", &save)) {
		len = strspn(word, "abcdefghijklmnopqrstuvwxyz");
		if (word[len] != '\0' || len < 2 || len > 3)
			return ctl_misuse(ctl, "%s is not a language code; write "
			    "two or three small letters, such as en, ru, tg or nb",
			    word);
		for (i = 0; i < n && strcmp(out[i], word) != 0; i++)
			;
		if (i < n)
			continue;
		if (n == LANGUAGES)
			return ctl_misuse(ctl, "more than %d languages", LANGUAGES);
		out[n++] = word;
	}
	out[n] = NULL;
	return n > 0 ? 0 : ctl_misuse(ctl, "--language names no language");
}

/* 0, or the exit code after complaining. */
static int
check_slug(const struct ctl *ctl, const char *slug)
{
	struct campaigns *cs = NULL;
	const struct campaign *taken;
	struct reason why;
	char *dir;
	int code = 0;

	if (!slug_is_good(slug))
		return ctl_complain(EXIT_NOT, "%s cannot name a campaign: a name is "
		    "1 to %d of a-z, 0-9 and -, begins with a letter or digit, and "
		    "is not a word that mail systems use, such as postmaster",
		    slug, SLUG_MAX);
	dir = mem_printf("%s/%s", ctl->config->campaign_dir, slug);
	if (access(dir, F_OK) == 0)
		code = ctl_complain(EXIT_NOT, "%s is there already; choose another "
		    "name, or edit what is in it", dir);
	free(dir);
	if (code != 0)
		return code;
	if (campaigns_load(&cs, ctl->config->campaign_dir, 1, &why) != OK)
		return ctl_complain(EXIT_NOT, "%s; %s init makes it", why.text,
		    ctl_command(ctl));
	taken = campaigns_find(cs, slug, NULL);
	if (taken != NULL)
		code = ctl_complain(EXIT_NOT, "%s is an alias of the campaign %s "
		    "already; choose another name", slug, taken->slug);
	campaigns_free(&cs);
	return code;
}

/* A language we have no mails in: the daemon would not start with it. */
static void
say_untranslated(const struct ctl *ctl, const char *language)
{
	const char *dir = ctl->config->template_dir;
	char *words = mem_printf("%s/%s/words", dir, language);

	if (access(words, R_OK) != 0)
		(void)printf("  translate the mails: copy %s/en to %s/%s and edit "
		    "all in it;\n      until then mail for this campaign waits with its "
		    "senders\n", dir, dir, language);
	free(words);
}

static void
say_next(const struct ctl *ctl, const char *slug, char *const *languages)
{
	const char *dir = ctl->config->campaign_dir;
	const char *command = ctl_command(ctl);

	(void)printf("The campaign %s is in %s/%s\n\nNext:\n"
	    "  edit campaign.conf%*s titles, organisations, contacts\n",
	    slug, dir, slug, 5, "");
	for (; *languages != NULL; languages++) {
		(void)printf("  edit petition.%s.md%*s the text people sign\n",
		    *languages, (int)(6 - strlen(*languages)), "");
		say_untranslated(ctl, *languages);
	}
	(void)printf("  %s check\n"
	    "  %s\n\n"
	    "Mail to %s@%s signs it from now on: write the text before you\n"
	    "tell the address, or close it meanwhile: %s campaign close %s\n",
	    command, ctl_daemon(ctl, DAEMON_RELOAD), slug,
	    ctl->config->mail_domain, command, slug);
}

/* The folder gets its name when all of it is written, so that the daemon never
 * sees half of it. */
static int
make_campaign(const struct ctl *ctl, const char *slug, const char *title,
    char *const *languages)
{
	const char *dir = ctl->config->campaign_dir;
	char *temporary = mem_printf("%s/.new-%s.XXXXXX", dir, slug);
	char *final = mem_printf("%s/%s", dir, slug);
	struct campaign *c = NULL;
	struct reason why = { "" };
	int code;

	if (mkdtemp(temporary) == NULL) {
		code = ctl_complain(EXIT_NOT, "%s: cannot make a folder there: "
		    "%s%s", dir, strerror(errno), errno == EACCES ?
		    "; run this as root" : "");
		goto out;
	}
	code = write_files(temporary, slug, title, languages);
	if (code == 0 && (chmod(temporary, 0755) != 0 ||
	    rename(temporary, final) != 0))
		code = ctl_complain(EXIT_NOT, "%s: cannot be made: %s", final,
		    strerror(errno));
	if (code != 0) {
		remove_files(temporary, languages);
		goto out;
	}
	if (campaign_load(&c, dir, slug, &why) != OK) {
		remove_files(final, languages);
		code = ctl_complain(EXIT_NOT, "%s", why.text);
	}
	campaign_free(&c);
out:
	free(temporary);
	free(final);
	return code;
}

static int
campaign_new(struct ctl *ctl, const char *slug)
{
	const char *title = ctl_value(ctl, "title");
	const char *wanted = ctl_value(ctl, "language"), *p;
	char *languages[LANGUAGES + 1], *text;
	int code;

	if (title == NULL || *title == '\0')
		return ctl_misuse(ctl, "say what the petition asks: --title "
		    "\"Free Ada Lovelace\"");
	for (p = title; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return ctl_misuse(ctl, "the title must be one line");
	if (wanted == NULL)
		return ctl_misuse(ctl, "say the languages: --language en,ru");
	text = mem_strdup(wanted);
	code = split_languages(ctl, text, languages);
	if (code == 0)
		code = check_slug(ctl, slug);
	if (code == 0)
		code = make_campaign(ctl, slug, title, languages);
	if (code == 0)
		say_next(ctl, slug, languages);
	free(text);
	return code;
}

/* ---- list ------------------------------------------------------------------------ */

struct listed {
	const struct campaign *campaign;
	int state;
	struct totals totals;
	struct buf languages;
};

static int
read_listed(struct ctl *ctl, struct listed *l, const struct campaign *c)
{
	int64_t id = 0;
	enum status st = ctl_campaign(ctl, c->slug, &id, &l->state);
	size_t i;

	if (st != OK && st != NOT_FOUND)
		return EXIT_NOT;
	l->campaign = c;
	buf_init(&l->languages);
	for (i = 0; i < c->language_count; i++)
		buf_addf(&l->languages, "%s%s", i == 0 ? "" : ",",
		    c->languages[i].code);
	st = totals_read(&l->totals, ctl->store, id);
	return st == OK ? 0 : ctl_complain(EXIT_NOT,
	    "the database cannot be read: %s", status_text(st));
}

static const char *
main_title(const struct campaign *c)
{
	return campaign_language(c, c->default_language)->title;
}

static void
list_table(const struct listed *all, size_t n)
{
	static const char *const heads[] = { "campaign", "state", "confirmed",
	    "languages", "title", NULL };
	struct table *t = table_new(heads, "llrll");
	size_t i;

	for (i = 0; i < n; i++) {
		table_cell(t, all[i].campaign->slug);
		table_cell(t, campaign_state_text(all[i].state));
		table_number(t, all[i].totals.count[0]);
		table_cell(t, all[i].languages.data);
		table_cell(t, main_title(all[i].campaign));
	}
	table_print(t, stdout);
	table_free(&t);
}

static void
list_csv(const struct listed *all, size_t n)
{
	struct buf out = BUF_INIT;
	size_t i;

	buf_addstr(&out, "campaign,state,confirmed,languages,title\r\n");
	for (i = 0; i < n; i++) {
		csv_cell(&out, all[i].campaign->slug);
		csv_cell(&out, campaign_state_text(all[i].state));
		csv_number(&out, all[i].totals.count[0]);
		csv_cell(&out, all[i].languages.data);
		csv_cell(&out, main_title(all[i].campaign));
		csv_end(&out);
	}
	(void)fwrite(out.data, 1, out.len, stdout);
	buf_free(&out);
}

static void
list_json(const struct listed *all, size_t n)
{
	size_t i, j;

	(void)putchar('[');
	for (i = 0; i < n; i++) {
		const struct campaign *c = all[i].campaign;

		(void)fputs(i == 0 ? "{\"campaign\":" : ",{\"campaign\":", stdout);
		json_string(stdout, c->slug);
		(void)printf(",\"state\":\"%s\",\"confirmed\":%" PRId64
		    ",\"title\":", campaign_state_text(all[i].state),
		    all[i].totals.count[0]);
		json_string(stdout, main_title(c));
		(void)fputs(",\"languages\":[", stdout);
		for (j = 0; j < c->language_count; j++)
			(void)printf("%s\"%s\"", j == 0 ? "" : ",",
			    c->languages[j].code);
		(void)fputs("]}", stdout);
	}
	(void)puts("]");
}

static int
campaign_list(struct ctl *ctl)
{
	int format = ctl_format(ctl, "table, csv, json"), code;
	struct listed *all;
	size_t i, n;

	if (format < 0)
		return EXIT_USE;
	code = ctl_open(ctl, NEED_CAMPAIGNS | NEED_READ);
	if (code != 0)
		return code;
	n = campaigns_count(ctl->campaigns);
	all = mem_alloc(n * sizeof *all);
	for (i = 0; code == 0 && i < n; i++)
		code = read_listed(ctl, &all[i], campaigns_at(ctl->campaigns, i));
	if (code == 0 && format == FORMAT_JSON)
		list_json(all, n);
	else if (code == 0 && format == FORMAT_CSV)
		list_csv(all, n);
	else if (code == 0 && n > 0)
		list_table(all, n);
	else if (code == 0)
		(void)printf("There is no campaign in %s yet; make one with: "
		    "%s campaign new\n", ctl->config->campaign_dir,
		    ctl_command(ctl));
	for (i = 0; i < n; i++)
		buf_free(&all[i].languages);
	free(all);
	return code;
}

/* ---- show ------------------------------------------------------------------------- */

static void
show_languages(const struct campaign *c, const char *domain)
{
	size_t i;

	for (i = 0; i < c->language_count; i++) {
		const struct campaign_language *l = &c->languages[i];

		(void)printf("%-12s %s  %s%s\n", i == 0 ? "languages" : "",
		    l->code, l->title,
		    strcmp(l->code, c->default_language) == 0 ? "  (default)" : "");
		if (l->alias != NULL)
			(void)printf("%-12s     signed by mail to %s@%s\n", "",
			    l->alias, domain);
	}
}

static void
add_list(struct buf *out, char *const *list)
{
	for (; *list != NULL; list++)
		buf_addf(out, " %s", *list);
}

static void
show_people(const struct campaign *c)
{
	struct buf whom = BUF_INIT;
	size_t i;

	for (i = 0; i < c->organisation_count; i++)
		(void)printf("%-12s %s%s%s%s\n", i == 0 ? "asked by" : "",
		    c->organisations[i].name,
		    c->organisations[i].url == NULL ? "" : "  ",
		    c->organisations[i].url == NULL ? "" :
		    c->organisations[i].url, c->organisations[i].share ?
		    "  (asks to share)" : "");
	for (i = 0; i < c->contact_count; i++) {
		buf_clear(&whom);
		add_list(&whom, c->contacts[i].countries);
		add_list(&whom, c->contacts[i].languages);
		(void)printf("%-12s %s <%s> %s%s\n", i == 0 ? "contacts" : "",
		    c->contacts[i].name, c->contacts[i].address, whom.data,
		    c->contacts[i].is_default ? " (all others)" : "");
	}
	for (i = 0; i < c->action_count; i++)
		(void)printf("%-12s %s%s%s\n", i == 0 ? "actions" : "",
		    c->actions[i].id, c->actions[i].url == NULL ? "" : "  ",
		    c->actions[i].url == NULL ? "" : c->actions[i].url);
	buf_free(&whom);
}

static int
campaign_show(struct ctl *ctl, const char *slug)
{
	struct campaign *c = NULL;
	struct reason why = { "" };
	struct totals totals;
	int64_t id = 0;
	int state, code = ctl_open(ctl, NEED_READ);
	size_t i;
	enum status st;

	if (code != 0)
		return code;
	st = ctl_campaign(ctl, slug, &id, &state);
	if (st != OK && st != NOT_FOUND)
		return EXIT_NOT;
	if (campaign_load(&c, ctl->config->campaign_dir, slug, &why) != OK)
		return ctl_complain(EXIT_NOT, "%s", why.text);
	st = totals_read(&totals, ctl->store, id);
	if (st != OK)
		code = ctl_complain(EXIT_NOT, "the database cannot be read: %s",
		    status_text(st));
	(void)printf("%-12s %s\n%-12s %s\n%-12s %s@%s\n%-12s %s\n", "campaign",
	    slug, "state", campaign_state_text(state), "address", slug,
	    ctl->config->mail_domain, "folder", c->dir);
	show_languages(c, ctl->config->mail_domain);
	show_people(c);
	(void)printf("%-12s after %d days; erased after %d\n", "reminder",
	    c->remind_after, c->expire_after);
	(void)printf("%-12s %s\n", "sealed to", c->seals ? c->opening_key :
	    "nobody: it has no opening key");
	campaign_show_end(ctl->store, c, id);
	for (i = 0; i < TOTALS; i++)
		(void)printf("%-12s %" PRId64 "\n", totals_name(i),
		    totals.count[i]);
	campaign_free(&c);
	return code;
}

int
verb_campaign(struct ctl *ctl)
{
	static const struct { const char *word; enum campaign_move move; }
	moves[] = { { "open", MOVE_OPEN }, { "close", MOVE_CLOSE },
	    { "hand-in", MOVE_HAND_IN } };
	const char *what = ctl->args[0];
	const char *slug = ctl->count > 1 ? ctl->args[1] : NULL;
	size_t i = 0;

	if (strcmp(what, "list") == 0)
		return slug == NULL ? campaign_list(ctl) :
		    ctl_misuse(ctl, "list takes no name; to see one: show %s", slug);
	while (i < MOVES && strcmp(what, moves[i].word) != 0)
		i++;
	if (strcmp(what, "new") != 0 && strcmp(what, "show") != 0 && i == MOVES)
		return ctl_misuse(ctl, "campaign can new, list, show, open, close "
		    "and hand-in, not %s", what);
	if (slug == NULL)
		return ctl_misuse(ctl, "say which campaign: campaign %s SLUG", what);
	if (strcmp(what, "new") == 0)
		return campaign_new(ctl, slug);
	if (strcmp(what, "show") == 0)
		return campaign_show(ctl, slug);
	return campaign_move(ctl, slug, moves[i].move);
}
