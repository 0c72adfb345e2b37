/* SPDX-License-Identifier: Apache-2.0 */
/* random.h: unguessable bytes, for keys, secrets and nonces. */
#ifndef GAON_CRYPTO_RANDOM_H
#define GAON_CRYPTO_RANDOM_H

#include "runtime/base/arena.h"

/** Fills `bytes` from OpenSSL's generator. Fails INTERNAL / RANDOM_UNAVAILABLE; then `bytes` must not be used. */
MUST_CHECK struct status random_bytes(struct arena *arena, void *bytes, size_t size);

/** `size` random bytes as base64url: 32 make a secret of 43 characters. */
MUST_CHECK struct status random_text(struct arena *arena, size_t size, char **text);

#endif
