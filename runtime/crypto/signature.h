/* SPDX-License-Identifier: Apache-2.0 */
/* signature.h: JSON Web Signatures' algorithms (RFC 7518, RFC 8037) over public keys that come as JWK (RFC 7517). */
#ifndef GAON_CRYPTO_SIGNATURE_H
#define GAON_CRYPTO_SIGNATURE_H

#include <stdbool.h>

#include "runtime/base/arena.h"
#include "runtime/base/json.h"
#include "runtime/base/slice.h"

enum signature_algorithm { SIGNATURE_RS256, SIGNATURE_PS256, SIGNATURE_ES256, SIGNATURE_EDDSA };

/** "RS256", "PS256", "ES256", "EdDSA"; false for every other name, "none" and the HMACs among them. */
bool signature_algorithm_parse(const char *name, enum signature_algorithm *algorithm);
const char *signature_algorithm_name(enum signature_algorithm algorithm);

/** A public key, immutable: threads may share it. */
struct signature_key;

/**
 * A key from a JWK: RSA (n, e; 2048 to 8192 bits), EC (P-256; x, y on the curve), OKP (Ed25519; x). A `use` other than
 * "sig", `key_ops` without "verify", a private or symmetric key are refused. Fails INVALID_ARGUMENT /
 * SIGNATURE_KEY_INVALID. Free it with signature_key_free.
 */
MUST_CHECK struct status signature_key_from_jwk(struct arena *arena, const struct json *jwk,
						struct signature_key **key);
/** Takes NULL. */
void signature_key_free(struct signature_key *key);
/** Whether the key's type, and its `alg` if it has one, fit the algorithm. */
bool signature_key_allows(const struct signature_key *key, enum signature_algorithm algorithm);

/**
 * OK when `signature` is the key holder's over `bytes`. ES256 is r || s in exactly 64 bytes.
 * Fails UNAUTHENTICATED / SIGNATURE_INVALID; SIGNATURE_KEY_MISMATCH when the key does not allow the algorithm.
 */
MUST_CHECK struct status signature_verify(struct arena *arena, const struct signature_key *key,
					  enum signature_algorithm algorithm, struct slice bytes,
					  struct slice signature);

/** A private key: for the service accounts of clouds that want a signed JWT, and for issuers in tests. */
struct signer;

/** PKCS #8 or traditional PEM, without a pass phrase. Fails INVALID_ARGUMENT / SIGNER_INVALID. */
MUST_CHECK struct status signer_from_pem(struct arena *arena, struct slice pem, struct signer **signer);
/** A new key for this algorithm (RSA with 2048 bits). */
MUST_CHECK struct status signer_generate(struct arena *arena, enum signature_algorithm algorithm,
					 struct signer **signer);
/** Takes NULL. */
void signer_free(struct signer *signer);
/** Fails INVALID_ARGUMENT / SIGNATURE_KEY_MISMATCH when the key is of another type. */
MUST_CHECK struct status signer_sign(struct arena *arena, const struct signer *signer,
				     enum signature_algorithm algorithm, struct slice bytes, struct slice *signature);
/** The public half: what signature_key_from_jwk reads. Has kty and the numbers; kid, use and alg are the caller's. */
MUST_CHECK struct status signer_public_jwk(struct arena *arena, const struct signer *signer, struct json **jwk);

#endif
