/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "ctl/ctl.h"
#include "ctl/hand.h"
#include "ctl/key.h"
#include "seal/deal.h"

/* ---- who is to hold a share ------------------------------------------------------- */

/* NAME=PUBLIC */
static int
add_holder(struct ctl *ctl, struct deal *d, const char *text)
{
	struct deal_holder *h = &d->holders[d->count];
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-_");
	struct reason why;

	if (n == 0 || n >= DEAL_NAME || text[n] != '=')
		return ctl_misuse(ctl, "--holder needs NAME=PUBLIC, and of NAME "
		    "at most 32 of a-z, 0-9, - and _");
	memcpy(h->name, text, n);
	h->name[n] = '\0';
	if (opening_parse(OPENING_HOLDER, text + n + 1, h->public, &why) != OK)
		return ctl_complain(EXIT_NOT, "key of %s: %s", h->name, why.text);
	d->count++;
	return 0;
}

static int
take_holders(struct ctl *ctl, struct deal *d)
{
	const char *text;
	int i, code = 0;

	for (i = 0; code == 0 && (text = ctl_value_at(ctl, "holder", i)) != NULL;
	    i++) {
		if (i == 0)
			d->count = 0;
		if (d->count == SHARES_MAX)
			return ctl_misuse(ctl, "at most %d holders", SHARES_MAX);
		code = add_holder(ctl, d, text);
	}
	return code;
}

static int
take_threshold(struct ctl *ctl, struct deal *d)
{
	const char *text = ctl_value(ctl, "threshold");
	char *end;
	long n;

	if (text == NULL)
		return d->needed > 0 ? 0 : ctl_misuse(ctl, "say how many shares "
		    "are to open: --threshold K");
	n = strtol(text, &end, 10);
	if (end == text || *end != '\0' || n < 1 || n > SHARES_MAX)
		return ctl_misuse(ctl, "--threshold needs a number from 1 to the "
		    "number of holders");
	d->needed = (unsigned)n;
	return 0;
}

/* ---- dealing ---------------------------------------------------------------------- */

/* Shares of two keys in one folder cannot be told apart by their names, and one
 * that is there already would end this in the middle. */
static int
no_others(const struct deal *d, const char *dir)
{
	DIR *handle = opendir(dir);
	char begin[24];
	struct dirent *e;
	int code = 0;

	if (handle == NULL)
		return ctl_complain(EXIT_NOT, "%s: cannot be read: %s", dir,
		    strerror(errno));
	(void)snprintf(begin, sizeof begin, "share-%u-", d->number);
	while (code == 0 && (e = readdir(handle)) != NULL)
		if (strncmp(e->d_name, begin, strlen(begin)) == 0)
			code = ctl_complain(EXIT_NOT, "%s has shares already (%s); "
			    "give another folder with --output", dir, e->d_name);
	(void)closedir(handle);
	return code;
}

static int
write_shares(const struct deal *d, const struct buf *files, const char *dir)
{
	unsigned i;
	int code;

	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return ctl_complain(EXIT_NOT, "%s: cannot be made: %s", dir,
		    strerror(errno));
	code = no_others(d, dir);
	for (i = 0; code == 0 && i < d->count; i++) {
		char *path = mem_printf("%s/share-%u-%s.txt", dir, d->number,
		    d->holders[i].name);

		code = key_write_new(path, &files[i]);
		if (code == 0)
			(void)fprintf(stderr, "made %s\n", path);
		free(path);
	}
	return code;
}

static int
deal_out(struct ctl *ctl, struct deal *d, const struct opening_pair *campaign)
{
	const char *dir = ctl_value(ctl, "output");
	struct buf files[SHARES_MAX];
	char text[OPENING_TEXT];
	struct reason why;
	int code = 0, i;

	if (dir == NULL)
		return ctl_misuse(ctl, "say where to: --output DIR");
	for (i = 0; i < SHARES_MAX; i++)
		buf_init(&files[i]);
	if (deal_make(d, campaign, files, &why) != OK)
		code = ctl_complain(EXIT_NOT, "%s", why.text);
	if (code == 0)
		code = write_shares(d, files, dir);
	if (code == 0) {
		opening_text(OPENING_CAMPAIGN, d->opening, text);
		(void)printf("opening_key = \"%s\"\n", text);
		(void)fprintf(stderr, "Deal %u: %u of %u open.  Give each holder "
		    "her share; nothing else is kept.\nThe line goes into the "
		    "campaign's campaign.conf.\n", d->number, d->needed,
		    d->count);
	}
	for (i = 0; i < SHARES_MAX; i++)
		buf_free(&files[i]);
	return code;
}

int
key_deal(struct ctl *ctl)
{
	struct deal *d = mem_alloc(sizeof *d);
	struct opening_pair *campaign;
	int code = take_threshold(ctl, d);

	d->number = 1;
	if (code == 0)
		code = take_holders(ctl, d);
	if (code == 0) {
		campaign = opening_new();
		code = deal_out(ctl, d, campaign);
		opening_free(&campaign);
	}
	free(d);
	return code;
}

/* ---- with shares ------------------------------------------------------------------- */

static int
redeal(struct ctl *ctl, const struct hand *h)
{
	struct opening_pair *campaign = NULL;
	struct deal *d;
	struct reason why;
	int code;

	if (deal_join(h->shares, h->count, &campaign, &why) != OK)
		return ctl_complain(EXIT_NOT, "%s", why.text);
	d = mem_alloc(sizeof *d);
	*d = h->shares[0].deal;
	d->number++;
	code = take_holders(ctl, d);
	if (code == 0)
		code = take_threshold(ctl, d);
	if (code == 0)
		code = deal_out(ctl, d, campaign);
	opening_free(&campaign);
	free(d);
	return code;
}

int
key_redeal(struct ctl *ctl)
{
	struct hand *h;
	int code;

	if (ctl_value(ctl, "share") == NULL || ctl_value(ctl, "key") == NULL ||
	    ctl_value(ctl, "output") == NULL)
		return ctl_misuse(ctl, "key redeal needs as many of the shares as "
		    "open (--share FILE, once for each), what unseals them (--key "
		    "FILE, likewise), and --output DIR for the new ones");
	h = hand_new();
	code = hand_take_up(ctl, h);
	if (code == 0)
		code = redeal(ctl, h);
	hand_free(&h);
	return code;
}

static int
pass_on(struct ctl *ctl, const struct hand *h)
{
	const char *to = ctl_value(ctl, "for"), *path = ctl_value(ctl, "output");
	unsigned char public[OPENING_BYTES];
	struct buf text = BUF_INIT;
	struct reason why;
	int code = 0;

	if (opening_parse(OPENING_HOLDER, to, public, &why) != OK)
		return ctl_complain(EXIT_NOT, "--for: %s", why.text);
	if (!h->shares[0].is_open)
		return ctl_complain(EXIT_NOT, "share of %s: none of the keys given "
		    "unseals it", deal_share_name(&h->shares[0]));
	if (deal_share_pass(&h->shares[0], public, &text, &why) != OK)
		code = ctl_complain(EXIT_NOT, "%s", why.text);
	else
		code = key_write_new(path, &text);
	buf_free(&text);
	return code;
}

int
key_unseal_share(struct ctl *ctl)
{
	struct hand *h;
	int code;

	if (ctl_value(ctl, "for") == NULL || ctl_value(ctl, "output") == NULL ||
	    ctl_value(ctl, "share") == NULL)
		return ctl_misuse(ctl, "key unseal-share needs --share, --key, "
		    "--for and --output");
	h = hand_new();
	code = hand_take_up(ctl, h);
	if (code == 0)
		code = pass_on(ctl, h);
	hand_free(&h);
	return code;
}
