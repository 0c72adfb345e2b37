/* SPDX-License-Identifier: Apache-2.0 */
/* seal_key.h: a key as bytes that another key can seal, for ring.c only. */
#ifndef GAON_CRYPTO_SEAL_KEY_H
#define GAON_CRYPTO_SEAL_KEY_H

#include "runtime/crypto/seal.h"

/** Id and secret together, so that a data key cannot come back under another name. Borrowed from the key. */
struct slice seal_key_to_plain(const struct seal_key *key);
MUST_CHECK struct status seal_key_from_plain(struct arena *arena, struct slice plain, struct seal_key **key);

#endif
