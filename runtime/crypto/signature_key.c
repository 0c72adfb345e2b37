/* SPDX-License-Identifier: Apache-2.0 */
/* signature_key.c: public keys from JWK, checked before they are believed. */
#include "runtime/crypto/signature_key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "runtime/base/text.h"

enum { MOST_EXPONENT_BYTES = 8 };

static struct status invalid(struct arena *arena, const char *what)
{
	ERR_clear_error();
	return status_fail(arena, STATUS_INVALID_ARGUMENT, "SIGNATURE_KEY_INVALID", "the JSON Web Key %s", what);
}

static bool read_bytes(struct arena *arena, const struct json *jwk, const char *member, struct slice *bytes)
{
	const char *text = json_text(json_get(jwk, member), NULL);

	return text && text_from_base64url(arena, slice_text(text), bytes);
}

static void free_params(void *params)
{
	OSSL_PARAM_free(params);
}

static void free_builder(void *builder)
{
	OSSL_PARAM_BLD_free(builder);
}

static void free_number(void *number)
{
	BN_free(number);
}

static void free_context(void *context)
{
	EVP_PKEY_CTX_free(context);
}

static void free_key(void *key)
{
	EVP_PKEY_free(key);
}

/* The arena owns what comes out; NULL when OpenSSL refuses. */
static EVP_PKEY *from_data(struct arena *arena, const char *type, OSSL_PARAM_BLD *builder)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
	EVP_PKEY *key = NULL;

	if (!params)
		return NULL;
	arena_defer(arena, free_params, params);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	if (!context)
		return NULL;
	arena_defer(arena, free_context, context);
	if (EVP_PKEY_fromdata_init(context) != 1 || EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		return NULL;
	arena_defer(arena, free_key, key);

	EVP_PKEY_CTX *check = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	if (!check)
		return NULL;
	arena_defer(arena, free_context, check);
	return EVP_PKEY_public_check_quick(check) == 1 ? key : NULL;
}

static OSSL_PARAM_BLD *builder_new(struct arena *arena)
{
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();

	if (builder)
		arena_defer(arena, free_builder, builder);
	return builder;
}

static BIGNUM *number_of(struct arena *arena, struct slice bytes)
{
	BIGNUM *number = BN_bin2bn((const unsigned char *)bytes.data, (int)bytes.size, NULL);

	if (number)
		arena_defer(arena, free_number, number);
	return number;
}

/* RFC 7518 §6.3.1: "The octet sequence MUST utilize the minimum number of octets needed to represent the value." */
static bool is_minimal(struct slice number)
{
	return number.size > 0 && number.data[0] != '\0';
}

static struct status read_rsa(struct arena *arena, const struct json *jwk, EVP_PKEY **key)
{
	struct slice n;
	struct slice e;

	if (!read_bytes(arena, jwk, "n", &n) || !read_bytes(arena, jwk, "e", &e) || !is_minimal(n) || !is_minimal(e))
		return invalid(arena, "has no valid n and e");
	if (n.size > MOST_RSA_BITS / 8 || e.size > MOST_EXPONENT_BYTES)
		return invalid(arena, "is larger than 8192 bits");

	OSSL_PARAM_BLD *builder = builder_new(arena);
	BIGNUM *modulus = number_of(arena, n);
	BIGNUM *exponent = number_of(arena, e);
	if (!builder || !modulus || !exponent)
		return invalid(arena, "cannot be held in memory");
	if (BN_num_bits(modulus) < LEAST_RSA_BITS)
		return invalid(arena, "is smaller than 2048 bits");
	if (!BN_is_odd(modulus) || !BN_is_odd(exponent) || BN_is_one(exponent))
		return invalid(arena, "has an n or e that no RSA key has");
	if (OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) != 1 ||
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent) != 1)
		return invalid(arena, "cannot be held in memory");
	*key = from_data(arena, "RSA", builder);
	return *key ? OK : invalid(arena, "is no RSA key");
}

static struct status read_ec(struct arena *arena, const struct json *jwk, EVP_PKEY **key)
{
	unsigned char point[1 + 2 * EC_NUMBER_SIZE] = { 4 /* uncompressed */ };
	struct slice x;
	struct slice y;

	if (!text_equal(json_text(json_get(jwk, "crv"), NULL), "P-256"))
		return invalid(arena, "is on a curve other than P-256");
	if (!read_bytes(arena, jwk, "x", &x) || !read_bytes(arena, jwk, "y", &y) || x.size != EC_NUMBER_SIZE ||
	    y.size != EC_NUMBER_SIZE)
		return invalid(arena, "has no x and y of 32 bytes each");
	memcpy(point + 1, x.data, EC_NUMBER_SIZE);
	memcpy(point + 1 + EC_NUMBER_SIZE, y.data, EC_NUMBER_SIZE);

	OSSL_PARAM_BLD *builder = builder_new(arena);
	if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
	    OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point) != 1)
		return invalid(arena, "cannot be held in memory");
	*key = from_data(arena, "EC", builder);
	return *key ? OK : invalid(arena, "is no point of P-256");
}

static struct status read_okp(struct arena *arena, const struct json *jwk, EVP_PKEY **key)
{
	struct slice x;

	if (!text_equal(json_text(json_get(jwk, "crv"), NULL), "Ed25519"))
		return invalid(arena, "is on a curve other than Ed25519");
	if (!read_bytes(arena, jwk, "x", &x) || x.size != ED25519_SIZE)
		return invalid(arena, "has no x of 32 bytes");
	*key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, (const unsigned char *)x.data, x.size);
	if (!*key)
		return invalid(arena, "is no Ed25519 key");
	arena_defer(arena, free_key, *key);
	return OK;
}

/* RFC 7517 §4.2 and §4.3: what the key's owner says it is for. */
static struct status check_purpose(struct arena *arena, const struct json *jwk)
{
	const struct json *use = json_get(jwk, "use");
	const struct json *operations = json_get(jwk, "key_ops");
	bool is_verify = false;

	if (json_get(jwk, "d") || json_get(jwk, "k"))
		return invalid(arena, "holds a private or symmetric key; publish the public half only");
	if (use && !text_equal(json_text(use, NULL), "sig"))
		return invalid(arena, "is not for signatures");
	for (size_t i = 0; i < json_size(operations); i++)
		is_verify = is_verify || text_equal(json_text(json_at(operations, i), NULL), "verify");
	if (operations && !is_verify)
		return invalid(arena, "is not for verifying");
	return OK;
}

struct status signature_key_from_jwk(struct arena *arena, const struct json *jwk, struct signature_key **key)
{
	static const struct {
		const char *kty;
		int type;
		struct status (*read)(struct arena *arena, const struct json *jwk, EVP_PKEY **key);
	} kinds[] = {
		{ "RSA", EVP_PKEY_RSA, read_rsa },
		{ "EC", EVP_PKEY_EC, read_ec },
		{ "OKP", EVP_PKEY_ED25519, read_okp },
	};
	const char *kty = json_text(json_get(jwk, "kty"), NULL);
	const struct json *algorithm = json_get(jwk, "alg");
	struct signature_key read = { .is_bound = algorithm != NULL };
	size_t kind = 0;

	TRY(check_purpose(arena, jwk));
	while (kind < sizeof kinds / sizeof kinds[0] && !text_equal(kinds[kind].kty, kty))
		kind++;
	if (kind == sizeof kinds / sizeof kinds[0])
		return invalid(arena, "has a kty other than RSA, EC and OKP");
	read.type = kinds[kind].type;
	if (algorithm && !signature_algorithm_parse(json_text(algorithm, NULL), &read.algorithm))
		return invalid(arena, "has an alg other than RS256, PS256, ES256 and EdDSA");
	if (algorithm && signature_row(read.algorithm)->type != read.type)
		return invalid(arena, "has an alg that does not fit its kty");
	TRY(kinds[kind].read(arena, jwk, &read.key));

	EVP_PKEY_up_ref(read.key);
	*key = MEMORY_NEW(struct signature_key);
	**key = read;
	return OK;
}

void signature_key_free(struct signature_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->key);
	memory_free(key);
}
