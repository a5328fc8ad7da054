/* SPDX-License-Identifier: ISC */
#include <string.h>

#include <sodium.h>

#include "base/buf.h"
#include "base/log.h"
#include "seal/keys-private.h"
#include "seal/lines.h"
#include "seal/master.h"

#define HEAD "undersigned master key 1\n"

static unsigned char *
locked(void)
{
	unsigned char *master = sodium_malloc(KEY_BYTES);

	if (master == NULL)
		log_fatal("no memory for a key");
	return master;
}

unsigned char *
master_new(void)
{
	unsigned char *master = locked();

	randombytes_buf(master, KEY_BYTES);
	return master;
}

void
master_free(unsigned char **master)
{
	sodium_free(*master);
	*master = NULL;
}

enum status
master_read(const char *path, unsigned char **out, struct reason *why)
{
	unsigned char *master = locked();
	enum status st = keys_read_master(path, master, why);

	*out = NULL;
	if (st == OK)
		*out = master;
	else
		sodium_free(master);
	return st;
}

enum status
master_lock(const unsigned char *master, const char *passphrase,
    const struct passphrase_work *work, struct buf *out, struct reason *why)
{
	return passphrase_seal(HEAD, master, KEY_BYTES, passphrase, work, out,
	    why);
}

enum status
master_unlock(const char *text, const char *passphrase, unsigned char **out,
    struct reason *why)
{
	unsigned char *master = locked();
	char line[LINES_VALUE];
	enum status st;

	*out = NULL;
	if (lines_take(&text, "undersigned master key 1", line,
	    sizeof line) != OK || *line != '\0')
		st = fail(why, INVALID, "this is no locked master key");
	else
		st = passphrase_open(HEAD, text, passphrase, master, KEY_BYTES,
		    why);
	if (st == OK)
		*out = master;
	else
		sodium_free(master);
	return st;
}
