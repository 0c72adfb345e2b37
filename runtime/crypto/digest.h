/* SPDX-License-Identifier: Apache-2.0 */
/* digest.h: SHA-256 and HMAC-SHA-256 in one call. Aborts when the host is out of memory; cannot fail otherwise. */
#ifndef GAON_CRYPTO_DIGEST_H
#define GAON_CRYPTO_DIGEST_H

#include <stdbool.h>

#include "runtime/base/arena.h"
#include "runtime/base/slice.h"

enum { DIGEST_SIZE = 32 };

/** FIPS 180-4. */
void digest_sha256(struct slice bytes, unsigned char digest[DIGEST_SIZE]);
/** As 64 lower-case hex digits. */
char *digest_sha256_hex(struct arena *arena, struct slice bytes);
/** Over the parts one after the other, nothing between them: for chains, and for bodies in pieces. */
void digest_sha256_parts(const struct slice *parts, size_t count, unsigned char digest[DIGEST_SIZE]);

/** RFC 2104. A key of any length; the empty one too. */
void digest_hmac_sha256(struct slice key, struct slice bytes, unsigned char mac[DIGEST_SIZE]);
char *digest_hmac_sha256_hex(struct arena *arena, struct slice key, struct slice bytes);

/** Takes as long for equal as for different bytes. Sizes are no secret. */
bool digest_equal(struct slice a, struct slice b);

#endif
