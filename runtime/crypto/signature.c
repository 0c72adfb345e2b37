/* SPDX-License-Identifier: Apache-2.0 */
/* signature.c: which algorithms there are, and verifying with them. */
#include "runtime/crypto/signature.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "runtime/base/text.h"
#include "runtime/crypto/signature_key.h"

static const struct signature_row rows[] = {
	{ SIGNATURE_RS256, "RS256", EVP_PKEY_RSA, false },
	{ SIGNATURE_PS256, "PS256", EVP_PKEY_RSA, true },
	{ SIGNATURE_ES256, "ES256", EVP_PKEY_EC, false },
	{ SIGNATURE_EDDSA, "EdDSA", EVP_PKEY_ED25519, false },
};

const struct signature_row *signature_row(enum signature_algorithm algorithm)
{
	return &rows[algorithm];
}

bool signature_algorithm_parse(const char *name, enum signature_algorithm *algorithm)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (text_equal(rows[i].name, name)) {
			*algorithm = rows[i].algorithm;
			return true;
		}
	}
	return false;
}

const char *signature_algorithm_name(enum signature_algorithm algorithm)
{
	return rows[algorithm].name;
}

bool signature_key_allows(const struct signature_key *key, enum signature_algorithm algorithm)
{
	return key->type == rows[algorithm].type && (!key->is_bound || key->algorithm == algorithm);
}

bool signature_configure(const struct signature_row *row, EVP_PKEY_CTX *context)
{
	if (!row->is_pss)
		return true;
	/* RFC 7518 §3.5: "The size of the salt value is the same size as the hash function output." */
	return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

static void free_bytes(void *bytes)
{
	OPENSSL_free(bytes);
}

/* RFC 7518 §3.4: r and s as 32 octets each; OpenSSL wants them in DER. */
static bool to_der(struct arena *arena, struct slice raw, struct slice *der)
{
	const unsigned char *data = (const unsigned char *)raw.data;
	unsigned char *bytes = NULL;

	if (raw.size != ES256_SIZE)
		return false;

	ECDSA_SIG *signature = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(data, EC_NUMBER_SIZE, NULL);
	BIGNUM *s = BN_bin2bn(data + EC_NUMBER_SIZE, EC_NUMBER_SIZE, NULL);
	if (!signature || !r || !s || ECDSA_SIG_set0(signature, r, s) != 1) {
		ECDSA_SIG_free(signature);
		BN_free(r);
		BN_free(s);
		return false;
	}
	int size = i2d_ECDSA_SIG(signature, &bytes);
	ECDSA_SIG_free(signature);
	if (size <= 0)
		return false;
	arena_defer(arena, free_bytes, bytes);
	*der = slice_of(bytes, (size_t)size);
	return true;
}

static bool verify(const struct signature_key *key, const struct signature_row *row, struct slice bytes,
		   struct slice signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key_context;
	const EVP_MD *digest = row->type == EVP_PKEY_ED25519 ? NULL : EVP_sha256();
	/* A NULL pointer asks some of OpenSSL's functions for something else. */
	const char *data = bytes.size > 0 ? bytes.data : "";
	const char *signature_data = signature.size > 0 ? signature.data : "";

	bool is_good = context && EVP_DigestVerifyInit(context, &key_context, digest, NULL, key->key) == 1 &&
		       signature_configure(row, key_context) &&
		       EVP_DigestVerify(context, (const unsigned char *)signature_data, signature.size,
					(const unsigned char *)data, bytes.size) == 1;
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return is_good;
}

struct status signature_verify(struct arena *arena, const struct signature_key *key, enum signature_algorithm algorithm,
			       struct slice bytes, struct slice signature)
{
	const struct signature_row *row = signature_row(algorithm);
	struct slice native = signature;

	if (!signature_key_allows(key, algorithm))
		return status_fail(arena, STATUS_UNAUTHENTICATED, "SIGNATURE_KEY_MISMATCH",
				   "the key is not one for %s; use the key that the issuer publishes for it",
				   row->name);
	if (row->type == EVP_PKEY_EC && !to_der(arena, signature, &native)) {
		ERR_clear_error();
		return status_fail(arena, STATUS_UNAUTHENTICATED, "SIGNATURE_INVALID",
				   "an ES256 signature must have %d bytes", ES256_SIZE);
	}
	if (!verify(key, row, bytes, native))
		return status_fail(arena, STATUS_UNAUTHENTICATED, "SIGNATURE_INVALID",
				   "the signature does not match; ask the issuer for a new token");
	return OK;
}
