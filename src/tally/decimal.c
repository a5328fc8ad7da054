/* SPDX-License-Identifier: ISC */
#include "tally/decimal.h"

#define DIGITS 18

enum status
decimal_parse(const char *text, size_t len, uint64_t *out)
{
	uint64_t n = 0;
	size_t i;

	if (len == 0 || len > DIGITS || (len > 1 && text[0] == '0'))
		return INVALID;
	for (i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return INVALID;
		n = n * 10 + (uint64_t)(text[i] - '0');
	}
	*out = n;
	return OK;
}
