/* SPDX-License-Identifier: Apache-2.0 */
/* seal.h: secrets at rest. AES-256-GCM under a data key, the data key under a key-encryption key of the ring. */
#ifndef GAON_CRYPTO_SEAL_H
#define GAON_CRYPTO_SEAL_H

#include <stdbool.h>

#include "runtime/base/arena.h"
#include "runtime/base/slice.h"

/*
 * What is sealed looks so: version (1), size of the key's id (1), the id, nonce (12), tag (16), ciphertext. The header
 * is authenticated with the caller's `context`, so neither can be swapped. Nonces are random: seal at most 2^32 texts
 * with one key (NIST SP 800-38D §8.3); with a data key per tenant that is far away.
 */

enum { SEAL_KEY_SIZE = 32, SEAL_KEY_ID_SIZE = 63 };

/** One key, immutable: threads may share it. */
struct seal_key;

/**
 * `id` is 1 to 63 characters of [A-Za-z0-9._-], stored in clear beside what the key seals. Copies the secret.
 * Fails INVALID_ARGUMENT / SEAL_KEY_INVALID.
 */
MUST_CHECK struct status seal_key_new(struct arena *arena, const char *id, struct slice secret, struct seal_key **key);
/** A new random key: a tenant's data key. */
MUST_CHECK struct status seal_key_generate(struct arena *arena, const char *id, struct seal_key **key);
/** Wipes the secret. Takes NULL. */
void seal_key_free(struct seal_key *key);
const char *seal_key_id(const struct seal_key *key);

/**
 * Seals `plain`. `context` says what it is and where it belongs ("tenant|table|row|column|version") and must be given
 * again to open it; it is not stored.
 */
MUST_CHECK struct status seal_close(struct arena *arena, const struct seal_key *key, struct slice plain,
				    struct slice context, struct slice *sealed);
/**
 * Opens what seal_close made with the same key and context. `plain` is NUL-terminated past its end and wiped when the
 * arena goes. Fails FAILED_PRECONDITION / SEAL_KEY_UNKNOWN when another key sealed it, DATA_LOSS / SEAL_BROKEN for
 * anything else.
 */
MUST_CHECK struct status seal_open(struct arena *arena, const struct seal_key *key, struct slice sealed,
				   struct slice context, struct slice *plain);
/** The id of the key that `sealed` names, NULL when it is no sealed text at all. */
char *seal_key_id_of(struct arena *arena, struct slice sealed);

/** The key-encryption keys: the first seals, all open. Immutable once read: threads may share it. */
struct seal_ring;

/**
 * Reads "id base64-of-32-bytes" lines; blank lines and lines that start with '#' are passed over. To rotate, put the
 * new key first and keep the old ones until seal_is_current is true for every data key. Fails INVALID_ARGUMENT /
 * SEAL_RING_INVALID, with the line, never with the key.
 */
MUST_CHECK struct status seal_ring_read(struct arena *arena, struct slice source, struct seal_ring **ring);
/** Wipes the keys. Takes NULL. */
void seal_ring_free(struct seal_ring *ring);
const struct seal_key *seal_ring_primary(const struct seal_ring *ring);

/** Seals a data key under the ring's first key. */
MUST_CHECK struct status seal_wrap(struct arena *arena, const struct seal_ring *ring, const struct seal_key *data_key,
				   struct slice context, struct slice *wrapped);
/** Opens a data key; free it with seal_key_free. Fails as seal_open does. */
MUST_CHECK struct status seal_unwrap(struct arena *arena, const struct seal_ring *ring, struct slice wrapped,
				     struct slice context, struct seal_key **data_key);
/** False when an older key of the ring sealed it: unwrap and wrap it again. */
bool seal_is_current(const struct seal_ring *ring, struct slice wrapped);

#endif
