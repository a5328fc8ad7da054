/* SPDX-License-Identifier: ISC */
#include <string.h>

#include <sodium.h>

#include "seal/shares.h"

#define REDUCE 0x1b             /* x^8 = x^4 + x^3 + x + 1 */

/* The compiler must not find out that a mask is all or nothing, and branch. */
static unsigned
mask_of(unsigned bit)
{
	volatile unsigned seen = bit & 1;

	return 0U - seen;
}

static unsigned char
times(unsigned a, unsigned b)
{
	unsigned sum = 0;
	int i;

	for (i = 0; i < 8; i++) {
		sum ^= a & mask_of(b >> i);
		a = a << 1 ^ (REDUCE & mask_of(a >> 7));
		a &= 0xff;
	}
	return (unsigned char)sum;
}

/* a^254; 0 for 0. */
static unsigned char
inverse(unsigned char a)
{
	unsigned char power = a, out = 1;
	int i;

	for (i = 1; i < 8; i++) {
		power = times(power, power);
		out = times(out, power);
	}
	return out;
}

/* Horner, from the highest coefficient down to the secret's byte. */
static void
evaluate(struct share *share, const unsigned char secret[SHARE_BYTES],
    unsigned char coefficients[][SHARE_BYTES], unsigned needed)
{
	unsigned c, i;
	unsigned char y;

	for (i = 0; i < SHARE_BYTES; i++) {
		y = 0;
		for (c = needed - 1; c > 0; c--)
			y = times(y ^ coefficients[c - 1][i], share->number);
		share->value[i] = y ^ secret[i];
	}
}

enum status
shares_split(const unsigned char secret[SHARE_BYTES], unsigned needed,
    unsigned count, struct share *out)
{
	unsigned char coefficients[SHARES_MAX][SHARE_BYTES];
	unsigned i;

	if (needed < 1 || needed > count || count > SHARES_MAX)
		return INVALID;
	randombytes_buf(coefficients, sizeof coefficients);
	for (i = 0; i < count; i++) {
		out[i].number = (unsigned char)(i + 1);
		evaluate(&out[i], secret, coefficients, needed);
	}
	sodium_memzero(coefficients, sizeof coefficients);
	return OK;
}

/* The weight of share AT at 0 (Lagrange); numbers are no secret. */
static unsigned char
weight(const struct share *shares, unsigned given, unsigned at)
{
	unsigned char above = 1, below = 1, x = shares[at].number;
	unsigned i;

	for (i = 0; i < given; i++) {
		if (i == at)
			continue;
		above = times(above, shares[i].number);
		below = times(below, shares[i].number ^ x);
	}
	return times(above, inverse(below));
}

enum status
shares_join(const struct share *shares, unsigned given,
    unsigned char out[SHARE_BYTES])
{
	unsigned i, k;
	unsigned char w;

	memset(out, 0, SHARE_BYTES);
	if (given < 1 || given > SHARES_MAX)
		return INVALID;
	for (i = 0; i < given; i++) {
		if (shares[i].number == 0)
			return INVALID;
		for (k = 0; k < i; k++)
			if (shares[k].number == shares[i].number)
				return INVALID;
	}
	for (i = 0; i < given; i++) {
		w = weight(shares, given, i);
		for (k = 0; k < SHARE_BYTES; k++)
			out[k] ^= times(shares[i].value[k], w);
	}
	return OK;
}
