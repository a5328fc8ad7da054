/* SPDX-License-Identifier: ISC */
/*
 * The proofs of transparency-dev/merkle, good and bad: every good one must be
 * accepted and every bad one refused.  Leaves, roots and steps of another length
 * than a hash's cannot even be asked about, and so are refused, but for one case:
 * roots of two equal sizes need only be the same, whatever they are.  Those are
 * asked about by their SHA-256, which is the same question.  Where the files are:
 * corpus_test.c.
 */
#define _XOPEN_SOURCE 700
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "seal/sha256.h"
#include "tally/merkle.h"

#define FILE_MAX (1u << 20)
#define STEPS_MAX 256
#define DATA_MAX 256

static size_t good, good_right, bad, bad_right;

/* The files are written by a program: one member a line, no name twice. */
static const char *
member(const char *json, const char *name)
{
	char key[64];
	const char *at;

	(void)snprintf(key, sizeof key, "\"%s\":", name);
	at = strstr(json, key);
	return at == NULL ? NULL : at + strlen(key) + strspn(at + strlen(key), " ");
}

static uint64_t
number(const char *json, const char *name)
{
	const char *at = member(json, name);

	return at == NULL ? 0 : strtoull(at, NULL, 10);
}

/* Base64 between quotes; the number of bytes. */
static size_t
decode(const char *at, unsigned char out[DATA_MAX])
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned bits = 0, count = 0;
	const char *digit;
	size_t n = 0;

	if (at == NULL || *at++ != '"')
		return 0;
	while (*at != '\0' && (digit = strchr(alphabet, *at++)) != NULL) {
		bits = (bits << 6 | (unsigned)(digit - alphabet)) & 0xffffff;
		count += 6;
		if (count >= 8 && n < DATA_MAX) {
			count -= 8;
			out[n++] = (unsigned char)(bits >> count);
		}
	}
	return n;
}

/* False when it is not of a hash's length. */
static bool
hash(const char *at, struct merkle_hash *out)
{
	unsigned char data[DATA_MAX];

	if (decode(at, data) != MERKLE_BYTES)
		return false;
	memcpy(out->bytes, data, MERKLE_BYTES);
	return true;
}

/* Of two equal sizes, whatever it is. */
static void
name_of(const char *at, struct merkle_hash *out)
{
	unsigned char data[DATA_MAX];

	seal_sha256(data, decode(at, data), out->bytes);
}

static bool
steps(const char *json, struct merkle_hash *out, size_t *count)
{
	const char *at = member(json, "proof");

	*count = 0;
	if (at == NULL || *at != '[')
		return true;
	for (at++; *count < STEPS_MAX; (*count)++) {
		at += strcspn(at, "\"]");
		if (*at != '"')
			return true;
		if (!hash(at, &out[*count]))
			return false;
		at += 1 + strcspn(at + 1, "\"");
		at += *at == '"';
	}
	return true;
}

static bool
accepted(const char *json)
{
	static struct merkle_hash proof[STEPS_MAX];
	struct merkle_hash a, b;
	uint64_t older, newer;
	size_t count;

	if (!steps(json, proof, &count))
		return false;
	if (member(json, "treeSize") != NULL || member(json, "leafHash") != NULL)
		return hash(member(json, "leafHash"), &a) &&
		    hash(member(json, "root"), &b) &&
		    merkle_check_leaf(number(json, "leafIdx"),
		    number(json, "treeSize"), &a, &b, proof, count) == OK;
	older = number(json, "size1");
	newer = number(json, "size2");
	if (older == newer && older > 0) {
		name_of(member(json, "root1"), &a);
		name_of(member(json, "root2"), &b);
	} else if (!hash(member(json, "root1"), &a) ||
	    !hash(member(json, "root2"), &b)) {
		return false;
	}
	return merkle_check_growth(older, newer, &a, &b, proof, count) == OK;
}

static int
each(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	struct buf text = BUF_INIT;
	const char *want;
	bool ok;

	(void)st;
	(void)ftw;
	if (kind != FTW_F || strstr(path, ".json") == NULL)
		return 0;
	if (buf_read_file(&text, path, FILE_MAX, NULL) != OK)
		return 1;
	want = member(text.data, "wantErr");
	ok = accepted(text.data);
	if (want != NULL && strncmp(want, "true", 4) == 0) {
		bad++;
		bad_right += !ok;
	} else {
		good++;
		good_right += ok;
		ok = !ok;
	}
	if (ok)
		printf("  wrong: %s\n", path);
	buf_free(&text);
	return 0;
}

int
main(void)
{
	const char *folder = getenv("UNDERSIGNED_CORPORA");
	char path[4096];

	if (folder == NULL)
		folder = SOURCE_DIR "/../shared/corpora";
	(void)snprintf(path, sizeof path, "%s/merkle", folder);
	if (access(path, R_OK) != 0) {
		printf("skip\n");
		return 0;
	}
	if (nftw(path, each, 16, FTW_PHYS) != 0) {
		printf("%s cannot be read\n", path);
		return 1;
	}
	printf("merkle: good proofs accepted %zu of %zu, bad ones refused %zu of "
	    "%zu\n", good_right, good, bad_right, bad);
	return good == 0 || bad == 0 || good_right != good || bad_right != bad;
}
