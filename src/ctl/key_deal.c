/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "ctl/ctl.h"
#include "ctl/key.h"
#include "ctl/passphrase.h"
#include "seal/deal.h"

#define FILE_MAX 32768

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

static int
write_shares(const struct deal *d, const struct buf *files, const char *dir)
{
	unsigned i;
	int code = 0;

	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return ctl_complain(EXIT_NOT, "%s: cannot be made: %s", dir,
		    strerror(errno));
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
		    "her share; nothing else is kept.\nKeep the line: the server "
		    "of this version does not take it yet.\n", d->number,
		    d->needed, d->count);
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

/* ---- taking up shares ------------------------------------------------------------- */

struct hand {
	struct deal_share shares[SHARES_MAX];
	unsigned count;
};

static int
read_share(struct deal_share *s, const char *path)
{
	struct buf text = BUF_INIT;
	struct reason why;
	int code = 0;

	if (buf_read_file(&text, path, FILE_MAX, &why) != OK)
		code = ctl_complain(EXIT_NOT, "%s", why.text);
	else if (deal_share_read(s, text.data, &why) != OK)
		code = ctl_complain(EXIT_NOT, "%s: %s", path, why.text);
	buf_free(&text);
	return code;
}

static int
unseal_key(const struct ctl *ctl, const char *path, struct opening_pair **out)
{
	char passphrase[PASSPHRASE_MAX];
	char *prompt = mem_printf("Passphrase of %s", path);
	struct buf text = BUF_INIT;
	struct reason why;
	int code = 0;

	*out = NULL;
	if (buf_read_file(&text, path, FILE_MAX, &why) != OK)
		code = ctl_complain(EXIT_NOT, "%s", why.text);
	if (code == 0)
		code = passphrase_read(ctl, prompt, 0, passphrase,
		    sizeof passphrase);
	if (code == 0 && opening_unseal(text.data, passphrase, out, &why) != OK)
		code = ctl_complain(EXIT_NOT, "%s: %s", path, why.text);
	explicit_bzero(passphrase, sizeof passphrase);
	buf_free(&text);
	free(prompt);
	return code;
}

/* Opens what is sealed to this key. */
static int
open_with(struct hand *h, const struct opening_pair *pair)
{
	struct reason why;
	unsigned i;

	for (i = 0; i < h->count; i++)
		if (memcmp(h->shares[i].to, pair->public, OPENING_BYTES) == 0 &&
		    deal_share_open(&h->shares[i], pair, &why) != OK)
			return ctl_complain(EXIT_NOT, "%s", why.text);
	return 0;
}

static int
open_all(const struct ctl *ctl, struct hand *h)
{
	struct opening_pair *pair;
	const char *path;
	int i, code = 0;

	for (i = 0; code == 0 && (path = ctl_value_at(ctl, "key", i)) != NULL;
	    i++) {
		code = unseal_key(ctl, path, &pair);
		if (code == 0)
			code = open_with(h, pair);
		if (pair != NULL)
			opening_free(&pair);
	}
	return code;
}

static int
take_up(struct ctl *ctl, struct hand *h)
{
	const char *path;
	int i, code = 0;

	for (i = 0; code == 0 && (path = ctl_value_at(ctl, "share", i)) != NULL;
	    i++) {
		if (h->count == SHARES_MAX)
			return ctl_misuse(ctl, "at most %d shares", SHARES_MAX);
		code = read_share(&h->shares[h->count++], path);
	}
	return code == 0 ? open_all(ctl, h) : code;
}

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
	struct hand *h = mem_alloc(sizeof *h);
	int code = take_up(ctl, h);

	if (code == 0)
		code = redeal(ctl, h);
	explicit_bzero(h, sizeof *h);
	free(h);
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
	h = mem_alloc(sizeof *h);
	code = take_up(ctl, h);
	if (code == 0)
		code = pass_on(ctl, h);
	explicit_bzero(h, sizeof *h);
	free(h);
	return code;
}
