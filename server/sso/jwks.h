/* SPDX-License-Identifier: Apache-2.0 */
/* jwks.h: an issuer's public keys (RFC 7517 §5). */
#ifndef GAON_SSO_JWKS_H
#define GAON_SSO_JWKS_H

#include "runtime/base/arena.h"
#include "runtime/base/slice.h"
#include "runtime/crypto/signature.h"

enum { JWKS_BYTES_MOST = 256 * 1024, JWKS_KEYS_MOST = 64 };

/** Immutable: threads may share it. */
struct jwk_set;

/**
 * Reads a JWKS document, or one JWK. Keys that are of no use to us (encryption, symmetric, a curve that we do not know) are passed
 * over, as RFC 7517 §5 asks. INVALID_ARGUMENT / JWKS_INVALID when it is no JWKS at all, or not one key is left.
 */
MUST_CHECK struct status jwk_set_parse(struct arena *arena, struct slice document, struct jwk_set **keys);
/** Takes NULL. */
void jwk_set_free(struct jwk_set *keys);

/** The key of this id that may make such signatures; for "" the only one that may. NULL: none, or more than one. */
const struct signature_key *jwk_set_find(const struct jwk_set *keys, const char *key_id, enum signature_algorithm algorithm);
bool jwk_set_has(const struct jwk_set *keys, const char *key_id);
size_t jwk_set_count(const struct jwk_set *keys);

#endif
