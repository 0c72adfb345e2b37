/* SPDX-License-Identifier: Apache-2.0 */
/* signature_key.h: what keys and algorithms are made of, for signature*.c and signer.c only. */
#ifndef GAON_CRYPTO_SIGNATURE_KEY_H
#define GAON_CRYPTO_SIGNATURE_KEY_H

#include <openssl/evp.h>

#include "runtime/crypto/signature.h"

enum { EC_NUMBER_SIZE = 32, ES256_SIZE = 64, ED25519_SIZE = 32, LEAST_RSA_BITS = 2048, MOST_RSA_BITS = 8192 };

struct signature_key {
	EVP_PKEY *key;
	int type;      /* EVP_PKEY_RSA, EVP_PKEY_EC (P-256 only), EVP_PKEY_ED25519 */
	bool is_bound; /* the JWK named an algorithm */
	enum signature_algorithm algorithm;
};

struct signature_row {
	enum signature_algorithm algorithm;
	const char *name;
	int type;
	bool is_pss;
};

const struct signature_row *signature_row(enum signature_algorithm algorithm);

/** Digest, padding and salt of the row on a fresh context for verifying or signing. */
bool signature_configure(const struct signature_row *row, EVP_PKEY_CTX *context);

#endif
