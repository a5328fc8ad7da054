/* light_key - a holder's key whose passphrase is quickly tried, for tests
 *
 *	light_key FILE PASSPHRASE
 *
 * As undersign key new, but for the work of Argon2id; prints the public half.
 * SPDX-License-Identifier: ISC
 */
#include <stdio.h>

#include "base/buf.h"
#include "seal/keys.h"
#include "seal/opening.h"
#include "seal/passphrase.h"

int
main(int argc, char **argv)
{
	static const struct passphrase_work light = { 1, 8192 };
	char text[OPENING_TEXT];
	struct opening_pair *pair;
	struct buf out = BUF_INIT;
	struct reason why = { "" };
	FILE *f;

	if (argc != 3)
		return 2;
	seal_init();
	pair = opening_new();
	f = fopen(argv[1], "w");
	if (f == NULL || opening_seal(pair, argv[2], &light, &out, &why) != OK ||
	    fputs(out.data, f) < 0 || fclose(f) != 0) {
		(void)fprintf(stderr, "light_key: %s %s\n", argv[1], why.text);
		return 1;
	}
	opening_text(OPENING_HOLDER, pair->public, text);
	(void)puts(text);
	opening_free(&pair);
	buf_free(&out);
	return 0;
}
