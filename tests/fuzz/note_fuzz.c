/* SPDX-License-Identifier: ISC */
/*
 * A note, a key, an entry and a path, all from the same bytes: parts lie within
 * them, and what is read would be written as the same bytes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "seal/keys.h"
#include "tally/checkpoint.h"
#include "tally/cosignature.h"
#include "tally/entry.h"
#include "tally/tile.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
demand(int true_of_it)
{
	if (!true_of_it)
		abort();
}

static void
note(const char *text, size_t len, const struct vkey *log,
    const struct vkey *witness)
{
	unsigned char signature[SIGN_SIGNATURE_BYTES];
	struct cosignature s;
	struct checkpoint c;
	struct note n;
	size_t i;

	if (note_parse(&n, text, len, NULL) == OK) {
		demand(n.text == text && n.text_len < len && n.count > 0);
		for (i = 0; i < n.count; i++) {
			demand(n.lines[i].name >= text && n.lines[i].base64 +
			    n.lines[i].base64_len < text + len);
			demand(!note_is_by(&n, i, log) || note_signature(&n, i,
			    signature, sizeof signature) == INVALID ||
			    n.lines[i].base64_len == 92);
		}
	}
	if (checkpoint_read(&c, &n, text, len, log, NULL) == OK) {
		demand(checkpoint_check(&c, log) == OK);
		if (cosignature_find(&s, &n, &c, witness, NULL) == OK)
			demand(cosignature_check(&s, &c) == OK);
	}
}

static void
spellings(const char *text, size_t len)
{
	struct buf again = BUF_INIT;
	struct entry e;
	struct vkey k;
	uint64_t index;
	unsigned width;
	int level;

	if (entry_parse(&e, text, len) == OK) {
		demand(entry_add(&again, &e) == OK && again.len == len &&
		    memcmp(again.data, text, len) == 0);
		buf_clear(&again);
	}
	buf_add(&again, text, len);
	if (vkey_parse(&k, again.data, NULL) == OK) {
		struct buf key = BUF_INIT;

		vkey_add(&key, &k);
		demand(strcmp(key.data, again.data) == 0);
		buf_free(&key);
	}
	if (tile_parse_path(again.data, &level, &index, &width) == OK) {
		struct buf path = BUF_INIT;

		tile_part_path(&path, level, index, width);
		demand(strcmp(path.data, again.data) == 0);
		buf_free(&path);
	}
	buf_free(&again);
}

/* The keys that the stored notes are signed with (tests/system/Tally.pm). */
static void
keys(struct vkey *log, struct vkey *witness)
{
	seal_init();
	demand(vkey_parse(log, "petitions.example.org/manuchehr+e5c7a754+"
	    "Af7BQoZz9q/okmSzgHNErosmnRJaUDhVICaH21pxKFef", NULL) == OK);
	demand(vkey_parse(witness, "one.example.org+64b151ed+"
	    "BE7yOzW7g+4VFMt9AKukgtynOdVqlsYA4gvyCZ4GcK9x", NULL) == OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct vkey log, witness;

	if (log.name[0] == '\0')
		keys(&log, &witness);
	note((const char *)data, len, &log, &witness);
	spellings((const char *)data, len);
	return 0;
}
