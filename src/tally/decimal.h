/* decimal.h - numbers as the tally writes them: no sign, no leading zero
 *
 * At most 18 digits, so that every number fits any store's integers.
 */
#ifndef TALLY_DECIMAL_H
#define TALLY_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define DECIMAL_MAX UINT64_C(999999999999999999)

/* All LEN bytes of TEXT; INVALID when they are anything else. */
enum status decimal_parse(const char *text, size_t len, uint64_t *out)
    MUST_CHECK;

#endif
