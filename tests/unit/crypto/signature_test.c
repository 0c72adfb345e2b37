/* SPDX-License-Identifier: Apache-2.0 */
/* signature_test.c: keys and signatures that others made, and refusals. */
#include "tests/support/arena_fixture.h"

#include <string.h>

#include "runtime/base/text.h"
#include "runtime/crypto/signature.h"

/* Made by Python's cryptography over "gaon". */
static const char RSA_N[] =
	"pzV5Ii1Oe3MSAEYH_Ja6-_BMl6r4F6lD9XmWr0dluwwx_xFxvdk8_s_wqTgi_jfRLd15oEmwmUWyJwtxP9D9ffePAumd2kZkIb2S"
	"aP3G1z5AlcMhBe0npjTikvKVVy4nAg4M0gNQd65AeBLYl_quEG69RTYoFZiSFpK4UpReTmk8M8ULgaPfjUDiURgGVjkYHkK3d1cg"
	"thGkrGx976ISqR5BsZe9Oaod7gLL9Vyl8qrg5o0hcKRdaCFpzRghDc7QBZ0AWvVWl5AR5-wOLmQEixWTOE5q-dvzyew23Xne9t29"
	"MjaWd-tLI5_eE2IC4GmNyiOUIDwp44SBmbWb-8inHw";
static const char RS256[] =
	"SJprbAgtoyZsLnywKcLHzy5R9_fcZ7loWGeKKBEkEGijJ17-ge5I9-4-i2JCJZTsmDmTSgsKydmTuxRjcJGfZarlN-Bjvy6EWbRv"
	"Q8AYlrd_ndm8fOIRfaq1dgCl-TsB_GYzAiJVmXtih0hEGByPAzNVhMzMBm-SpPJ3xd2gSsmiNaUrO4y6qLsvXRW3DQfYB2j_9O_P"
	"OgLXHjaa4w24c0VsNQmILj6vggrgiFgZTFZnVVqpA3SOHqlIzscUWTw25ufW76nDKqGPR66luQBuRx3dU9mJZEGFqKzHqcdBfwe2"
	"m03znn1E8VcTSPjXgxZ4HP63BKzWQfNCv_yUSrsoAw";
static const char PS256[] =
	"DIZb7cUd6fLnYL2JuLOghKzY_bZRXyC13V6O8tHyEIPhbwE8pftKQBl1ZEmoeyu2p2vV4mM7eCHFGpMNmcP0-OOoSsquQMnDIcUH"
	"XD0RMWCf9yBK8PHw3sXrH-hisjH3TzxeNvyIPP6uz886S2xU6HR_JrASfxC2wCyYo6ca89mYahCXTmY_PbdCE-uPFPgW4gC5fr7g"
	"b16KrjbXppBIw9Xhyge9Bs3mEpXMDqh4ayuPiefr1V5qyjMXhNabY4NCfMF9ggpweXXualz45fdF2anSsA-K_TW3dqFNnkw3ml8s"
	"U4IeM9VtIpWsvkttPrOiTBSsS5LZzAj6IV3DW31mgQ";
static const char PS256_SALT_20[] =
	"D6_CJ2UTqr4B3dtv5V2aIalnCTp7tbHDg_qWjULdz_77qL-Kvu1_aseT5ZCpAsktfu9bcsvweEaVF29gLusNK8uPbtiTb1z4efCm"
	"oPq2Q-0OIepeGgq06B6eNPoNGvLyP4BjZ0MpPGtLLaevWnErkmUcHe1NqTR0ES_MnT7QeythnrzdxIcBSa_VHRd2hH5YgLVZEFzM"
	"CnQ_dPrFZkUREd7U9Mggvj71OWmwXR_OtxHUvej_DwLlhrrsBx_cLhMhLktNPLHLsHd_gB9tuvtwbdTf5MLCYQ7YxwBGt1_OPWXk"
	"nkMzO5VDzyCWEru3INhgWKtjLE9CzGLMeu-4eskAYg";
static const char RS1[] =
	"NKLoggmEoH-GS70ZyYJoj_CBckyHbTIj8ee4rqoxxJ0SXIWU7wpKJyYg9JrjtazJU3FbDUyAXHwmR9G-B6RGVi6oCZf70Trm9V_s"
	"8lBrEJBZVpAGWU-SwlOqo-mX-EpeJfbWCPH-3kbiWCQoagV05bqvc2aeuH7GYyQsG6Uy83FsyG9hUJOlR4LFbrU8MnmhfGskk767"
	"gXnSmEOVMNdbJB-4CG4pyr0kubDr2vTz1PVbXgv_K5OIHB0ZPQsQ6cmKoWRgCP3ka0zQ6a8ItpE-NhqdsuUYROdYUfA2JgMelBQD"
	"v3cvouwApokE65xD1oKadrXjzNee0U0yzXTc7aEcHA";
static const char RSA_1024_N[] =
	"0opLpo5h-wPWjA5O7h7LJasJ0aHyE79C0_fXScGsvsCUWSZJSQ1ZBBwLvVFB05DzMULi7rzaGAxGzb7Eq-RRNjKbgsyX7dfjI_j1"
	"inzb8GOJbdB6UDoY3m33y1o3tNl-azT1CC2QCSleIfi66-Y_w3nSUtwRqmPAX8OS1mysgyc";

/* RFC 7515 appendix A.3. */
static const char EC_JWK[] = "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
			     "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}";
static const char EC_BYTES[] = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
			       "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
static const char EC_SIGNATURE[] =
	"DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

/* RFC 8037 appendix A. */
static const char ED_JWK[] =
	"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}";
static const char ED_BYTES[] = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
static const char ED_SIGNATURE[] =
	"hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

static void free_key(void *key)
{
	signature_key_free(key);
}

static void free_signer(void *signer)
{
	signer_free(signer);
}

static const struct json *parsed(struct arena *arena, const char *source)
{
	struct json *value;

	assert_ok(json_parse(arena, slice_text(source), NULL, &value));
	return value;
}

static const struct signature_key *key_of(struct arena *arena, const char *jwk)
{
	struct signature_key *key;

	assert_ok(signature_key_from_jwk(arena, parsed(arena, jwk), &key));
	arena_defer(arena, free_key, key);
	return key;
}

static const struct signature_key *rsa_key(struct arena *arena, const char *more)
{
	return key_of(arena, arena_printf(arena, "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"%s\"%s}", RSA_N, more));
}

static struct slice decoded(struct arena *arena, const char *base64url)
{
	struct slice bytes;

	assert_true(text_from_base64url(arena, slice_text(base64url), &bytes));
	return bytes;
}

static void signatures_of_others_verify(void **state)
{
	const struct signature_key *rsa = rsa_key(*state, "");

	assert_ok(signature_verify(*state, rsa, SIGNATURE_RS256, slice_text("gaon"), decoded(*state, RS256)));
	assert_ok(signature_verify(*state, rsa, SIGNATURE_PS256, slice_text("gaon"), decoded(*state, PS256)));
	assert_ok(signature_verify(*state, key_of(*state, EC_JWK), SIGNATURE_ES256, slice_text(EC_BYTES),
				   decoded(*state, EC_SIGNATURE)));
	assert_ok(signature_verify(*state, key_of(*state, ED_JWK), SIGNATURE_EDDSA, slice_text(ED_BYTES),
				   decoded(*state, ED_SIGNATURE)));
}

static void what_the_holder_did_not_sign_is_refused(void **state)
{
	const struct signature_key *rsa = rsa_key(*state, "");
	const struct {
		enum signature_algorithm algorithm;
		const char *bytes, *signature;
	} rows[] = {
		{ SIGNATURE_RS256, "gaom", RS256 },
		{ SIGNATURE_RS256, "gaon", PS256 },
		{ SIGNATURE_PS256, "gaon", RS256 },
		{ SIGNATURE_PS256, "gaom", PS256 },
		{ SIGNATURE_PS256, "gaon", PS256_SALT_20 },
		{ SIGNATURE_RS256, "gaon", RS1 },
		{ SIGNATURE_RS256, "gaon", "" },
		{ SIGNATURE_RS256, "", "" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_fails(signature_verify(*state, rsa, rows[i].algorithm, slice_text(rows[i].bytes),
					      decoded(*state, rows[i].signature)),
			     STATUS_UNAUTHENTICATED, "SIGNATURE_INVALID");
	assert_fails(signature_verify(*state, key_of(*state, ED_JWK), SIGNATURE_EDDSA, slice_text("x"),
				      decoded(*state, ED_SIGNATURE)),
		     STATUS_UNAUTHENTICATED, "SIGNATURE_INVALID");
}

static void an_es256_signature_is_exactly_64_bytes(void **state)
{
	const struct signature_key *key = key_of(*state, EC_JWK);
	struct slice good = decoded(*state, EC_SIGNATURE);
	char longer[65] = { 0 };
	char zero[64] = { 0 };

	memcpy(longer + 1, good.data, 64);
	assert_fails(signature_verify(*state, key, SIGNATURE_ES256, slice_text(EC_BYTES), slice_of(longer, 65)),
		     STATUS_UNAUTHENTICATED, "SIGNATURE_INVALID");
	assert_fails(signature_verify(*state, key, SIGNATURE_ES256, slice_text(EC_BYTES), slice_of(good.data, 63)),
		     STATUS_UNAUTHENTICATED, "SIGNATURE_INVALID");
	memcpy(longer, good.data, 64);
	assert_fails(signature_verify(*state, key, SIGNATURE_ES256, slice_text(EC_BYTES), slice_of(longer, 65)),
		     STATUS_UNAUTHENTICATED, "SIGNATURE_INVALID");
	/* r = s = 0, the "psychic signature" */
	assert_fails(signature_verify(*state, key, SIGNATURE_ES256, slice_text(EC_BYTES), slice_of(zero, 64)),
		     STATUS_UNAUTHENTICATED, "SIGNATURE_INVALID");
	memcpy(longer, good.data, 64);
	longer[10] ^= 1;
	assert_fails(signature_verify(*state, key, SIGNATURE_ES256, slice_text(EC_BYTES), slice_of(longer, 64)),
		     STATUS_UNAUTHENTICATED, "SIGNATURE_INVALID");
}

static void a_key_verifies_only_with_its_own_algorithms(void **state)
{
	const struct signature_key *bound = rsa_key(*state, ",\"alg\":\"PS256\"");

	assert_true(signature_key_allows(rsa_key(*state, ""), SIGNATURE_RS256));
	assert_true(signature_key_allows(rsa_key(*state, ""), SIGNATURE_PS256));
	assert_false(signature_key_allows(rsa_key(*state, ""), SIGNATURE_ES256));
	assert_ok(signature_verify(*state, bound, SIGNATURE_PS256, slice_text("gaon"), decoded(*state, PS256)));
	assert_fails(signature_verify(*state, bound, SIGNATURE_RS256, slice_text("gaon"), decoded(*state, RS256)),
		     STATUS_UNAUTHENTICATED, "SIGNATURE_KEY_MISMATCH");
	assert_fails(
		signature_verify(*state, key_of(*state, EC_JWK), SIGNATURE_EDDSA, slice_text("x"), slice_text("y")),
		STATUS_UNAUTHENTICATED, "SIGNATURE_KEY_MISMATCH");
}

static void keys_that_are_weak_wrong_or_meant_for_else_are_refused(void **state)
{
	const char *const bad[] = {
		"{}",
		"[]",
		"{\"kty\":\"oct\",\"k\":\"AAAA\"}",
		"{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
		"{\"kty\":\"RSA\"}",
		arena_printf(*state, "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"%s\"}", RSA_1024_N),
		arena_printf(*state, "{\"kty\":\"RSA\",\"e\":\"AQ\",\"n\":\"%s\"}", RSA_N),
		arena_printf(*state, "{\"kty\":\"RSA\",\"e\":\"Ag\",\"n\":\"%s\"}", RSA_N),
		arena_printf(*state, "{\"kty\":\"RSA\",\"e\":\"AQAB=\",\"n\":\"%s\"}", RSA_N),
		arena_printf(*state, "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"%s\",\"use\":\"enc\"}", RSA_N),
		arena_printf(*state, "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"%s\",\"key_ops\":[\"sign\"]}", RSA_N),
		arena_printf(*state, "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"%s\",\"d\":\"AQAB\"}", RSA_N),
		arena_printf(*state, "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"%s\",\"alg\":\"ES256\"}", RSA_N),
		arena_printf(*state, "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"%s\",\"alg\":\"none\"}", RSA_N),
		arena_printf(*state, "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"%s\",\"alg\":7}", RSA_N),
		/* not on the curve */
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
		"\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a1\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
		"\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a4\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
		"\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"83OJ\",\"y\":\"x_FE\"}",
		"{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
		"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qY\"}",
	};
	struct signature_key *key = NULL;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct status status = signature_key_from_jwk(*state, parsed(*state, bad[i]), &key);

		if (status_is_ok(status))
			fail_msg("%s is taken", bad[i]);
		assert_string_equal(status.reason, "SIGNATURE_KEY_INVALID");
		assert_null(key);
	}
}

static void every_algorithm_signs_what_it_verifies(void **state)
{
	for (int i = SIGNATURE_RS256; i <= SIGNATURE_EDDSA; i++) {
		enum signature_algorithm algorithm = (enum signature_algorithm)i;
		struct signature_key *key;
		struct signer *signer;
		struct json *jwk;
		struct slice signature;

		assert_ok(signer_generate(*state, algorithm, &signer));
		arena_defer(*state, free_signer, signer);
		assert_ok(signer_public_jwk(*state, signer, &jwk));
		json_set_text(jwk, "use", "sig");
		json_set_text(jwk, "alg", signature_algorithm_name(algorithm));
		assert_ok(signature_key_from_jwk(*state, jwk, &key));
		arena_defer(*state, free_key, key);
		assert_ok(signer_sign(*state, signer, algorithm, slice_text("bytes"), &signature));
		assert_ok(signature_verify(*state, key, algorithm, slice_text("bytes"), signature));
		assert_fails(signature_verify(*state, key, algorithm, slice_text("byte"), signature),
			     STATUS_UNAUTHENTICATED, "SIGNATURE_INVALID");
	}
}

static void private_keys_come_as_pem(void **state)
{
	/* RFC 8410 §10.3 */
	static const char pem[] = "-----BEGIN PRIVATE KEY-----\n"
				  "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
				  "-----END PRIVATE KEY-----\n";
	struct signer *signer = NULL;
	struct slice signature;
	struct json *jwk;

	assert_ok(signer_from_pem(*state, slice_text(pem), &signer));
	arena_defer(*state, free_signer, signer);
	assert_ok(signer_public_jwk(*state, signer, &jwk));
	assert_string_equal(json_text(json_get(jwk, "x"), ""), "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE");
	assert_fails(signer_sign(*state, signer, SIGNATURE_RS256, slice_text("x"), &signature), STATUS_INVALID_ARGUMENT,
		     "SIGNATURE_KEY_MISMATCH");
	assert_fails(signer_from_pem(*state, slice_text("-----BEGIN"), &signer), STATUS_INVALID_ARGUMENT,
		     "SIGNER_INVALID");
	assert_fails(signer_from_pem(*state, slice_text(""), &signer), STATUS_INVALID_ARGUMENT, "SIGNER_INVALID");
}

static void only_the_four_algorithms_have_names(void **state)
{
	static const char *const bad[] = { "none", "None", "", "HS256", "RS384", "rs256", "ES256K", NULL };
	enum signature_algorithm algorithm;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(signature_algorithm_parse(bad[i], &algorithm));
	assert_true(signature_algorithm_parse("EdDSA", &algorithm));
	assert_int_equal(algorithm, SIGNATURE_EDDSA);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(signatures_of_others_verify),
		ARENA_TEST(what_the_holder_did_not_sign_is_refused),
		ARENA_TEST(an_es256_signature_is_exactly_64_bytes),
		ARENA_TEST(a_key_verifies_only_with_its_own_algorithms),
		ARENA_TEST(keys_that_are_weak_wrong_or_meant_for_else_are_refused),
		ARENA_TEST(every_algorithm_signs_what_it_verifies),
		ARENA_TEST(private_keys_come_as_pem),
		ARENA_TEST(only_the_four_algorithms_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
