/* SPDX-License-Identifier: ISC */
/*
 * The log against the definitions of RFC 6962, section 2.1, written down as they
 * stand there: recursive, over the whole list of leaves, with nothing kept.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "seal/sha256.h"
#include "tally/merkle.h"

#include <cmocka.h>

#define LOGS 1000
#define LEAVES_MAX 300
#define LEAF_MAX 40

struct leaf { unsigned char data[LEAF_MAX]; size_t len; };

static uint64_t seed = 88172645463325252u;

static uint32_t
draw(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32) % below;
}

/* ---- the definitions ------------------------------------------------------ */

static size_t
k_of(size_t n)
{
	size_t k = 1;

	while (2 * k < n)
		k = 2 * k;
	return k;
}

static void
mth(const struct leaf *d, size_t n, unsigned char out[32])
{
	unsigned char in[1 + LEAF_MAX + 64];
	size_t k;

	if (n == 0) {
		seal_sha256("", 0, out);
	} else if (n == 1) {
		in[0] = 0x00;
		memcpy(in + 1, d->data, d->len);
		seal_sha256(in, 1 + d->len, out);
	} else {
		k = k_of(n);
		in[0] = 0x01;
		mth(d, k, in + 1);
		mth(d + k, n - k, in + 33);
		seal_sha256(in, 65, out);
	}
}

static size_t
path(size_t m, const struct leaf *d, size_t n, struct merkle_hash *out)
{
	size_t k, got;

	if (n == 1)
		return 0;
	k = k_of(n);
	if (m < k) {
		got = path(m, d, k, out);
		mth(d + k, n - k, out[got].bytes);
	} else {
		got = path(m - k, d + k, n - k, out);
		mth(d, k, out[got].bytes);
	}
	return got + 1;
}

static size_t
subproof(size_t m, const struct leaf *d, size_t n, bool whole,
    struct merkle_hash *out)
{
	size_t k, got;

	if (m == n && whole)
		return 0;
	if (m == n) {
		mth(d, n, out[0].bytes);
		return 1;
	}
	k = k_of(n);
	if (m <= k) {
		got = subproof(m, d, k, whole, out);
		mth(d + k, n - k, out[got].bytes);
	} else {
		got = subproof(m - k, d + k, n - k, false, out);
		mth(d, k, out[got].bytes);
	}
	return got + 1;
}

/* ---- a log in memory ------------------------------------------------------- */

struct log {
	struct merkle_frontier front;
	struct merkle_hash node[10][LEAVES_MAX];
	bool known[10][LEAVES_MAX];
	struct leaf leaf[LEAVES_MAX];
};

static void
full(void *context, unsigned level, uint64_t index, const struct merkle_hash *h)
{
	struct log *log = context;

	assert_true(level < 10 && index < LEAVES_MAX);
	assert_false(log->known[level][index]);         /* told once */
	log->node[level][index] = *h;
	log->known[level][index] = true;
}

static enum status
get(void *context, unsigned level, uint64_t index, struct merkle_hash *out)
{
	struct log *log = context;

	assert_true(level < 10 && index < LEAVES_MAX);
	if (!log->known[level][index])
		return NOT_FOUND;
	*out = log->node[level][index];
	return OK;
}

static void
grow(struct log *log, const void *data, size_t len)
{
	struct leaf *leaf = &log->leaf[log->front.size];
	struct merkle_hash hash;

	memcpy(leaf->data, data, len);
	leaf->len = len;
	merkle_leaf(data, len, &hash);
	assert_int_equal(merkle_append(&log->front, &hash, full, log), OK);
}

static void
fill(struct log *log, size_t size)
{
	unsigned char data[LEAF_MAX];
	size_t i, len;

	memset(log, 0, sizeof *log);
	while (log->front.size < size) {
		len = draw(LEAF_MAX + 1);
		for (i = 0; i < len; i++)
			data[i] = (unsigned char)draw(256);
		grow(log, data, len);
	}
}

/* ---- tests ----------------------------------------------------------------- */

/* The leaves and roots that tests of Certificate Transparency use everywhere. */
static void
known_roots(void **state)
{
	static const struct { const char *data; size_t len; const char *root; } t[] = {
		{ "", 0, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
		{ "\0", 1, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" },
		{ "\x10", 1, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77" },
		{ "\x20\x21", 2, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" },
		{ "\x30\x31", 2, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4" },
		{ "\x40\x41\x42\x43", 4, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef" },
		{ "\x50\x51\x52\x53\x54\x55\x56\x57", 8, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c" },
		{ "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16,
		    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" },
	};
	struct log *log = mem_alloc(sizeof *log);
	struct merkle_hash root;
	char hex[65];
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof t / sizeof t[0]; i++) {
		grow(log, t[i].data, t[i].len);
		merkle_root(&log->front, &root);
		for (j = 0; j < 32; j++)
			(void)snprintf(hex + 2 * j, 3, "%02x", root.bytes[j]);
		assert_string_equal(hex, t[i].root);
	}
	free(log);
}

/* Refused: a step changed, missing, twice, too many; another leaf or root. */
static void
refuse_leaf(uint64_t index, uint64_t size, const struct merkle_hash *leaf,
    const struct merkle_hash *root, struct merkle_proof p)
{
	struct merkle_hash other = *leaf, above;
	size_t i, n = p.count;

	assert_int_equal(merkle_check_leaf(index, size, leaf, root, p.step, n), OK);
	other.bytes[draw(32)] ^= (unsigned char)(1 << draw(8));
	assert_int_equal(merkle_check_leaf(index, size, &other, root, p.step, n), INVALID);
	assert_int_equal(merkle_check_leaf(index, size, leaf, &other, p.step, n), INVALID);
	p.step[n] = *leaf;
	assert_int_equal(merkle_check_leaf(index, size, leaf, root, p.step, n + 1), INVALID);
	merkle_node(leaf, root, &above);        /* a tree too high for SIZE */
	assert_int_equal(merkle_check_leaf(index, size, leaf, &above, p.step, n + 1), INVALID);
	assert_int_equal(merkle_check_leaf(index ^ size, size, leaf, root, p.step, n), INVALID);
	assert_int_equal(merkle_check_leaf(size, size, leaf, root, p.step, n), INVALID);
	assert_int_equal(merkle_check_leaf(0, 0, leaf, root, p.step, n), INVALID);
	if (n == 0)
		return;
	assert_int_equal(merkle_check_leaf(index, size, leaf, root, p.step, n - 1), INVALID);
	assert_int_equal(merkle_check_leaf(index, size, leaf, root, p.step + 1, n - 1), INVALID);
	i = draw((uint32_t)n);
	p.step[i].bytes[draw(32)] ^= (unsigned char)(1 << draw(8));
	assert_int_equal(merkle_check_leaf(index, size, leaf, root, p.step, n), INVALID);
}

static void
one_leaf(struct log *log, size_t index, size_t size)
{
	struct merkle_hash want[MERKLE_PROOF_MAX], leaf, root;
	struct merkle_proof p;
	size_t count;

	count = path(index, log->leaf, size, want);
	assert_int_equal(merkle_prove_leaf(index, size, get, log, &p), OK);
	assert_int_equal(p.count, count);
	assert_memory_equal(p.step, want, count * sizeof want[0]);
	mth(log->leaf, size, root.bytes);
	merkle_leaf(log->leaf[index].data, log->leaf[index].len, &leaf);
	refuse_leaf(index, size, &leaf, &root, p);
}

static void
one_growth(struct log *log, size_t older, size_t newer)
{
	struct merkle_hash want[MERKLE_PROOF_MAX], a, b, got, wrong;
	struct merkle_proof p;
	size_t count;

	count = older == 0 ? 0 : subproof(older, log->leaf, newer, true, want);
	assert_int_equal(merkle_prove_growth(older, newer, get, log, &p), OK);
	assert_int_equal(p.count, count);
	assert_memory_equal(p.step, want, count * sizeof want[0]);
	mth(log->leaf, older, a.bytes);
	mth(log->leaf, newer, b.bytes);
	assert_int_equal(merkle_root_at(newer, get, log, &got), OK);
	assert_memory_equal(&got, &b, sizeof b);
	assert_int_equal(merkle_check_growth(older, newer, &a, &b, p.step, count), OK);
	wrong = a;
	wrong.bytes[draw(32)] ^= (unsigned char)(1 << draw(8));
	assert_int_equal(merkle_check_growth(older, newer, &wrong, &b, p.step, count), INVALID);
	if (older > 0)
		assert_int_equal(merkle_check_growth(older, newer, &a, &wrong, p.step, count), INVALID);
	p.step[count] = a;
	assert_int_equal(merkle_check_growth(older, newer, &a, &b, p.step, count + 1), INVALID);
	if (older > 0 && older < newer) {
		merkle_node(&a, &a, &got);
		merkle_node(&a, &b, &wrong);
		assert_int_equal(merkle_check_growth(older, newer, &got, &wrong, p.step, count + 1), INVALID);
	}
	if (older < newer)
		assert_int_equal(merkle_check_growth(newer, older, &b, &a, p.step, count), INVALID);
	if (count == 0)
		return;
	assert_int_equal(merkle_check_growth(older, newer, &a, &b, p.step, count - 1), INVALID);
	p.step[draw((uint32_t)count)].bytes[draw(32)] ^= (unsigned char)(1 << draw(8));
	assert_int_equal(merkle_check_growth(older, newer, &a, &b, p.step, count), INVALID);
}

static void
every_small_log(void **state)
{
	struct log *log = mem_alloc(sizeof *log);
	size_t m, n;

	(void)state;
	fill(log, 34);
	for (n = 1; n <= 34; n++)
		for (m = 0; m <= n; m++) {
			one_growth(log, m, n);
			if (m < n)
				one_leaf(log, m, n);
		}
	free(log);
}

static void
random_logs(void **state)
{
	struct log *log = mem_alloc(sizeof *log);
	struct merkle_hash root, want;
	size_t size, newer;
	int i;

	(void)state;
	for (i = 0; i < LOGS; i++) {
		size = 1 + draw(LEAVES_MAX);
		fill(log, size);
		merkle_root(&log->front, &root);
		mth(log->leaf, size, want.bytes);
		assert_memory_equal(&root, &want, sizeof root);
		one_leaf(log, draw((uint32_t)size), size);
		newer = 1 + draw((uint32_t)size);
		one_leaf(log, draw((uint32_t)newer), newer);
		one_growth(log, draw((uint32_t)newer + 1), newer);
		one_growth(log, draw((uint32_t)size + 1), size);
	}
	free(log);
}

/* What cannot be is refused, and a node that is not there is told. */
static void
bounds(void **state)
{
	struct merkle_frontier f = { .size = UINT64_MAX };
	struct log *log = mem_alloc(sizeof *log);
	struct merkle_hash h;
	struct merkle_proof p;
	static struct merkle_hash many[1000];

	(void)state;
	fill(log, 5);
	merkle_leaf("", 0, &h);
	assert_int_equal(merkle_append(&f, &h, NULL, NULL), LIMIT);
	assert_int_equal(merkle_prove_leaf(5, 5, get, log, &p), INVALID);
	assert_int_equal(merkle_prove_growth(6, 5, get, log, &p), INVALID);
	assert_int_equal(merkle_prove_leaf(0, 7, get, log, &p), NOT_FOUND);
	assert_int_equal(merkle_root_at(8, get, log, &h), NOT_FOUND);
	assert_int_equal(merkle_check_leaf(0, UINT64_MAX, &h, &h, many, 1000), INVALID);
	assert_int_equal(merkle_check_growth(1, UINT64_MAX, &h, &h, many, 1000), INVALID);
	free(log);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_roots),
		cmocka_unit_test(every_small_log),
		cmocka_unit_test(random_logs),
		cmocka_unit_test(bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
