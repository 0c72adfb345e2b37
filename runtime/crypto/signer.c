/* SPDX-License-Identifier: Apache-2.0 */
/* signer.c: private keys: reading, making, signing, and their public half as a JWK. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "runtime/base/memory.h"
#include "runtime/base/text.h"
#include "runtime/crypto/signature_key.h"

struct signer {
	EVP_PKEY *key;
};

static struct status invalid(struct arena *arena, const char *what)
{
	ERR_clear_error();
	return status_fail(arena, STATUS_INVALID_ARGUMENT, "SIGNER_INVALID", "the private key %s", what);
}

static struct signer *signer_new(EVP_PKEY *key)
{
	struct signer *signer = MEMORY_NEW(struct signer);

	signer->key = key;
	return signer;
}

/* OpenSSL would ask on the terminal. */
static int no_pass_phrase(char *buffer, int size, int is_writing, void *context)
{
	(void)buffer;
	(void)size;
	(void)is_writing;
	(void)context;
	return -1;
}

struct status signer_from_pem(struct arena *arena, struct slice pem, struct signer **signer)
{
	BIO *source = pem.size > 0 && pem.size <= 65536 ? BIO_new_mem_buf(pem.data, (int)pem.size) : NULL;

	if (!source)
		return invalid(arena, "is empty or too large");
	EVP_PKEY *key = PEM_read_bio_PrivateKey(source, NULL, no_pass_phrase, NULL);
	BIO_free(source);
	if (!key)
		return invalid(arena, "is no PEM without a pass phrase");

	bool is_known = (EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) >= LEAST_RSA_BITS) ||
			(EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_bits(key) == 256) || EVP_PKEY_is_a(key, "ED25519");
	if (!is_known) {
		EVP_PKEY_free(key);
		return invalid(arena, "must be RSA of at least 2048 bits, P-256 or Ed25519");
	}
	*signer = signer_new(key);
	return OK;
}

struct status signer_generate(struct arena *arena, enum signature_algorithm algorithm, struct signer **signer)
{
	EVP_PKEY *key = NULL;

	switch (signature_row(algorithm)->type) {
	case EVP_PKEY_RSA:
		key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)LEAST_RSA_BITS);
		break;
	case EVP_PKEY_EC:
		key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
		break;
	default:
		key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		break;
	}
	if (!key)
		return invalid(arena, "could not be made");
	*signer = signer_new(key);
	return OK;
}

void signer_free(struct signer *signer)
{
	if (!signer)
		return;
	EVP_PKEY_free(signer->key);
	memory_free(signer);
}

/* DER back to r || s. */
static bool to_raw(struct arena *arena, struct slice der, struct slice *raw)
{
	const unsigned char *at = (const unsigned char *)der.data;
	ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &at, (long)der.size);
	unsigned char *bytes = arena_alloc(arena, ES256_SIZE);

	if (!signature)
		return false;
	bool is_done =
		BN_bn2binpad(ECDSA_SIG_get0_r(signature), bytes, EC_NUMBER_SIZE) == EC_NUMBER_SIZE &&
		BN_bn2binpad(ECDSA_SIG_get0_s(signature), bytes + EC_NUMBER_SIZE, EC_NUMBER_SIZE) == EC_NUMBER_SIZE;
	ECDSA_SIG_free(signature);
	*raw = slice_of(bytes, ES256_SIZE);
	return is_done;
}

static bool sign(struct arena *arena, const struct signer *signer, const struct signature_row *row, struct slice bytes,
		 struct slice *signature)
{
	const EVP_MD *digest = row->type == EVP_PKEY_ED25519 ? NULL : EVP_sha256();
	const unsigned char *data = (const unsigned char *)(bytes.size > 0 ? bytes.data : "");
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key_context;
	size_t size = (size_t)EVP_PKEY_get_size(signer->key);
	unsigned char *out = arena_alloc(arena, size);

	bool is_done = context && EVP_DigestSignInit(context, &key_context, digest, NULL, signer->key) == 1 &&
		       signature_configure(row, key_context) &&
		       EVP_DigestSign(context, out, &size, data, bytes.size) == 1;
	EVP_MD_CTX_free(context);
	*signature = slice_of(out, size);
	return is_done && (row->type != EVP_PKEY_EC || to_raw(arena, *signature, signature));
}

struct status signer_sign(struct arena *arena, const struct signer *signer, enum signature_algorithm algorithm,
			  struct slice bytes, struct slice *signature)
{
	const struct signature_row *row = signature_row(algorithm);
	struct slice made;

	if (EVP_PKEY_get_base_id(signer->key) != row->type)
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "SIGNATURE_KEY_MISMATCH",
				   "the private key is not one for %s", row->name);
	if (!sign(arena, signer, row, bytes, &made))
		return invalid(arena, "does not sign");
	*signature = made;
	return OK;
}

static bool set_number(struct arena *arena, struct json *jwk, const char *member, const EVP_PKEY *key, const char *name)
{
	bool is_ec = EVP_PKEY_is_a(key, "EC");
	BIGNUM *number = NULL;

	if (EVP_PKEY_get_bn_param(key, name, &number) != 1)
		return false;
	int size = is_ec ? EC_NUMBER_SIZE : BN_num_bytes(number);
	unsigned char *bytes = arena_alloc(arena, (size_t)size);
	bool is_done = BN_bn2binpad(number, bytes, size) == size;
	BN_free(number);
	json_set_text(jwk, member, text_to_base64url(arena, slice_of(bytes, (size_t)size)));
	return is_done;
}

static bool describe(struct arena *arena, const EVP_PKEY *key, struct json *jwk)
{
	unsigned char x[ED25519_SIZE];
	size_t size = sizeof x;

	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA:
		json_set_text(jwk, "kty", "RSA");
		return set_number(arena, jwk, "n", key, OSSL_PKEY_PARAM_RSA_N) &&
		       set_number(arena, jwk, "e", key, OSSL_PKEY_PARAM_RSA_E);
	case EVP_PKEY_EC:
		json_set_text(jwk, "kty", "EC");
		json_set_text(jwk, "crv", "P-256");
		return set_number(arena, jwk, "x", key, OSSL_PKEY_PARAM_EC_PUB_X) &&
		       set_number(arena, jwk, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y);
	default:
		json_set_text(jwk, "kty", "OKP");
		json_set_text(jwk, "crv", "Ed25519");
		if (EVP_PKEY_get_raw_public_key(key, x, &size) != 1)
			return false;
		json_set_text(jwk, "x", text_to_base64url(arena, slice_of(x, size)));
		return true;
	}
}

struct status signer_public_jwk(struct arena *arena, const struct signer *signer, struct json **jwk)
{
	struct json *made = json_object(arena);

	if (!describe(arena, signer->key, made))
		return invalid(arena, "does not give its public half");
	*jwk = made;
	return OK;
}
