/* sha256.h - SHA-256, where a format of others asks for it
 *
 * Our own names for things are in seal/digest.h.  Knows no key.
 */
#ifndef SEAL_SHA256_H
#define SEAL_SHA256_H

#include <stddef.h>

#define SHA256_BYTES 32
#define SHA256_NAME 16          /* letters of a name made of it */

void seal_sha256(const void *, size_t len, unsigned char out[SHA256_BYTES]);

/* Of FIRST followed by SECOND; OUT may be part of either. */
void seal_sha256_two(const void *first, size_t first_len, const void *second,
    size_t second_len, unsigned char out[SHA256_BYTES]);

/* Its first octets as 0-9 and a-f: tells apart what nobody tries to make
 * alike. */
void seal_sha256_name(const void *, size_t len, char out[SHA256_NAME + 1]);

#endif
