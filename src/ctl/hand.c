/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "ctl/ctl.h"
#include "ctl/hand.h"
#include "ctl/passphrase.h"

#define FILE_MAX 32768

struct hand *
hand_new(void)
{
	return mem_alloc(sizeof(struct hand));
}

void
hand_free(struct hand **h)
{
	explicit_bzero(*h, sizeof **h);
	free(*h);
	*h = NULL;
}

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

int
hand_take_up(struct ctl *ctl, struct hand *h)
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
