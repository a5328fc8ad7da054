/* SPDX-License-Identifier: ISC
 *
 * Any text may come where a token stands.  It is never taken for one unless it
 * is exactly what token_make gives for the person it names.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "seal/keys.h"
#include "seal/token.h"

#define DAY 20780

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct keys *
make_keys(void)
{
	unsigned char master[KEY_BYTES];
	struct keys *keys = NULL;
	char path[32];
	int fd = memfd_create("key", MFD_CLOEXEC);

	seal_init();
	memset(master, 1, sizeof master);
	if (fd < 0 || write(fd, master, sizeof master) != KEY_BYTES ||
	    fchmod(fd, 0400) != 0)
		abort();
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (keys_load(&keys, path, NULL) != OK)
		abort();
	(void)close(fd);
	return keys;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct keys *keys;
	char text[256], again[TOKEN_LENGTH + 1];
	struct token_says says;

	if (keys == NULL)
		keys = make_keys();
	if (size >= sizeof text)
		size = sizeof text - 1;
	memcpy(text, data, size);
	text[size] = '\0';
	if (token_read(keys, PURPOSE_CONFIRM, 1, text, DAY, &says) != OK)
		return 0;
	token_make_marked(keys, 1, says.person, says.last_day, says.mark, again);
	if (strcasecmp(text, again) != 0)
		abort();
	return 0;
}
