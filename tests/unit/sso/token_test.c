/* SPDX-License-Identifier: Apache-2.0 */
/* token_test.c: which tokens are believed, and what each other one is refused for. */
#include <string.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/sso/claims.h"
#include "server/sso/jwks.h"
#include "server/sso/token.h"
#include "tests/support/arena_fixture.h"

#define NOW_S INT64_C(1795435200)
#define NOW_US (NOW_S * TIME_US_PER_SECOND)

/* How most claims begin. */
#define FROM_ISSUER "{\"iss\":\"https://login.example.com\","
#define COMMON FROM_ISSUER "\"aud\":\"gaon\","

static const algorithm_set every_algorithm = 1U << SIGNATURE_RS256 | 1U << SIGNATURE_PS256 | 1U << SIGNATURE_ES256 |
					     1U << SIGNATURE_EDDSA;
static const char GOOD_HEADER[] = "{\"alg\":\"ES256\",\"kid\":\"k1\",\"typ\":\"at+jwt\"}";
static const struct claim_rules rules = { "https://login.example.com", "gaon", NULL };

/* One key for all tests of the program: making them is slow, and none changes it. */
static struct signer *signer;
static struct jwk_set *keys;

static int make_keys(void **state)
{
	struct arena *arena = arena_new(0);
	struct json *jwk = NULL;

	(void)state;
	assert_ok(signer_generate(arena, SIGNATURE_ES256, &signer));
	assert_ok(signer_public_jwk(arena, signer, &jwk));
	json_set_text(jwk, "kid", "k1");
	assert_ok(jwk_set_parse(arena, slice_text(json_print(arena, jwk)), &keys));
	arena_free(arena);
	return 0;
}

static int drop_keys(void **state)
{
	(void)state;
	signer_free(signer);
	jwk_set_free(keys);
	return 0;
}

static const char *sign(struct arena *arena, const char *header, const char *payload)
{
	const char *signed_part = arena_printf(arena, "%s.%s", text_to_base64url(arena, slice_text(header)),
					       text_to_base64url(arena, slice_text(payload)));
	struct slice signature;

	assert_ok(signer_sign(arena, signer, SIGNATURE_ES256, slice_text(signed_part), &signature));
	return arena_printf(arena, "%s.%s", signed_part, text_to_base64url(arena, signature));
}

static struct status check(struct arena *arena, const char *text, struct claims *claims)
{
	struct token token;

	TRY(token_parse(arena, slice_text(text), &token));
	TRY(token_verify(arena, &token, keys, every_algorithm));
	return claims_check(arena, &token, &rules, NOW_US, claims);
}

static const char *good_claims(struct arena *arena, const char *more)
{
	return arena_printf(arena,
			    FROM_ISSUER "\"aud\":[\"other\",\"gaon\"],\"sub\":\"u1\",\"exp\":%lld%s}",
			    (long long)NOW_S + 300, more);
}

static void a_good_token_names_its_person_and_its_end(void **state)
{
	struct arena *arena = *state;
	struct claims claims;

	assert_ok(check(arena, sign(arena, GOOD_HEADER, good_claims(arena, "")), &claims));
	assert_string_equal(claims.subject, "u1");
	assert_int_equal(claims.expires_us, NOW_US + 300 * TIME_US_PER_SECOND);
}

static void every_bad_header_is_refused(void **state)
{
	static const struct {
		const char *header, *reason;
	} table[] = {
		{ "{\"alg\":\"none\"}", "TOKEN_ALGORITHM_REFUSED" },
		{ "{\"alg\":\"HS256\",\"kid\":\"k1\"}", "TOKEN_ALGORITHM_REFUSED" },
		{ "{\"alg\":\"es256\",\"kid\":\"k1\"}", "TOKEN_ALGORITHM_REFUSED" },
		{ "{\"alg\":[\"ES256\"]}", "TOKEN_MALFORMED" },
		{ "{\"kid\":\"k1\"}", "TOKEN_MALFORMED" },
		{ "{\"alg\":\"ES256\",\"alg\":\"ES256\"}", "TOKEN_MALFORMED" },
		{ "{\"alg\":\"ES256\",\"kid\":1}", "TOKEN_MALFORMED" },
		{ "[\"ES256\"]", "TOKEN_MALFORMED" },
		{ "", "TOKEN_MALFORMED" },
		{ "{\"alg\":\"ES256\",\"jwk\":{}}", "TOKEN_HEADER_REFUSED" },
		{ "{\"alg\":\"ES256\",\"jku\":\"https://evil.example\"}", "TOKEN_HEADER_REFUSED" },
		{ "{\"alg\":\"ES256\",\"x5u\":\"https://evil.example\"}", "TOKEN_HEADER_REFUSED" },
		{ "{\"alg\":\"ES256\",\"x5c\":[\"MII\"]}", "TOKEN_HEADER_REFUSED" },
		{ "{\"alg\":\"ES256\",\"crit\":[\"exp\"]}", "TOKEN_HEADER_REFUSED" },
		{ "{\"alg\":\"ES256\",\"crit\":[]}", "TOKEN_HEADER_REFUSED" },
		{ "{\"alg\":\"ES256\",\"kid\":\"k2\"}", "TOKEN_KEY_UNKNOWN" },
		{ "{\"alg\":\"RS256\",\"kid\":\"k1\"}", "TOKEN_KEY_UNKNOWN" }, /* the curve key signs no RSA */
		{ "{\"alg\":\"ES256\",\"kid\":\"k1\",\"a\":[[[[[[[[[]]]]]]]]]}", "TOKEN_MALFORMED" },
	};
	struct arena *arena = *state;
	struct claims claims;

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct status status = check(arena, sign(arena, table[i].header, good_claims(arena, "")), &claims);

		if (status.code != STATUS_UNAUTHENTICATED || strcmp(status.reason, table[i].reason) != 0)
			fail_msg("%s: %s %s", table[i].header, status_code_name(status.code),
				 status.reason ? status.reason : "");
	}
	/* Without a key id the only fitting key is meant. */
	assert_ok(check(arena, sign(arena, "{\"alg\":\"ES256\"}", good_claims(arena, "")), &claims));
}

static void every_bad_claim_is_refused(void **state)
{
	static const struct {
		const char *claims, *reason;
	} table[] = {
		{ "{\"iss\":\"https://login.example.com/\",\"aud\":\"gaon\",\"sub\":\"u\",\"exp\":1795435500}", "TOKEN_ISSUER_WRONG" },
		{ "{\"aud\":\"gaon\",\"sub\":\"u\",\"exp\":1795435500}", "TOKEN_ISSUER_WRONG" },
		{ FROM_ISSUER "\"aud\":\"gaon2\",\"sub\":\"u\",\"exp\":1795435500}", "TOKEN_AUDIENCE_WRONG" },
		{ FROM_ISSUER "\"sub\":\"u\",\"exp\":1795435500}", "TOKEN_AUDIENCE_WRONG" },
		{ FROM_ISSUER "\"aud\":{\"0\":\"gaon\"},\"sub\":\"u\",\"exp\":1795435500}", "TOKEN_AUDIENCE_WRONG" },
		{ COMMON "\"sub\":\"u\"}", "TOKEN_EXPIRED" },
		{ COMMON "\"sub\":\"u\",\"exp\":1795435200}", "TOKEN_EXPIRED" },
		{ COMMON "\"sub\":\"u\",\"exp\":\"1795435500\"}", "TOKEN_MALFORMED" },
		{ COMMON "\"sub\":\"u\",\"exp\":1e300}", "TOKEN_MALFORMED" },
		{ COMMON "\"sub\":\"u\",\"exp\":-1}", "TOKEN_MALFORMED" },
		{ COMMON "\"sub\":\"u\",\"exp\":1795435500,\"nbf\":1795435261}", "TOKEN_NOT_YET_VALID" },
		{ COMMON "\"sub\":\"u\",\"exp\":1795435500,\"iat\":1795435261}", "TOKEN_NOT_YET_VALID" },
		{ COMMON "\"exp\":1795435500}", "TOKEN_SUBJECT_MISSING" },
		{ COMMON "\"sub\":7,\"exp\":1795435500}", "TOKEN_SUBJECT_MISSING" },
		{ COMMON "\"sub\":\"u\",\"exp\":1795435500,\"nonce\":\"n\"}", "TOKEN_TYPE_WRONG" },
		{ COMMON "\"sub\":\"u\",\"exp\":1795435500,\"at_hash\":\"h\"}", "TOKEN_TYPE_WRONG" },
		{ COMMON "\"sub\":\"u\",\"exp\":1795435500,\"typ\":\"ID\"}", "TOKEN_TYPE_WRONG" },
		{ COMMON "\"sub\":\"u\",\"sub\":\"v\",\"exp\":1795435500}", "TOKEN_MALFORMED" },
		{ "[]", "TOKEN_MALFORMED" },
	};
	struct arena *arena = *state;
	struct claims claims;

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct status status = check(arena, sign(arena, GOOD_HEADER, table[i].claims), &claims);

		if (status.code != STATUS_UNAUTHENTICATED || strcmp(status.reason, table[i].reason) != 0)
			fail_msg("%s: %s", table[i].claims, status.reason ? status.reason : "accepted");
	}
	assert_ok(check(arena, sign(arena, GOOD_HEADER, good_claims(arena, ",\"nbf\":1795435260,\"iat\":1795435259.5")),
			&claims));
}

static void a_type_that_names_another_purpose_is_refused(void **state)
{
	struct arena *arena = *state;
	struct claims claims;

	assert_fails(check(arena, sign(arena, "{\"alg\":\"ES256\",\"typ\":\"logout+jwt\"}", good_claims(arena, "")), &claims),
		     STATUS_UNAUTHENTICATED, "TOKEN_TYPE_WRONG");
	assert_ok(check(arena, sign(arena, "{\"alg\":\"ES256\",\"typ\":\"AT+JWT\"}", good_claims(arena, "")), &claims));
}

static void an_issuer_signs_only_as_it_is_configured(void **state)
{
	struct arena *arena = *state;
	struct token token;
	algorithm_set set = 0;

	assert_true(algorithm_set_parse(arena, "RS256 EdDSA", &set));
	assert_ok(token_parse(arena, slice_text(sign(arena, GOOD_HEADER, good_claims(arena, ""))), &token));
	assert_fails(token_verify(arena, &token, keys, set), STATUS_UNAUTHENTICATED, "TOKEN_ALGORITHM_REFUSED");
	assert_false(algorithm_set_parse(arena, "RS256 HS256", &set));
	assert_false(algorithm_set_parse(arena, "none", &set));
	assert_false(algorithm_set_parse(arena, "", &set));
}

static void no_changed_bit_passes(void **state)
{
	struct arena *arena = *state;
	const char *good = sign(arena, GOOD_HEADER, good_claims(arena, ""));
	size_t size = strlen(good);
	struct claims claims;

	for (size_t i = 0; i < size; i++) {
		char *changed = arena_strdup(arena, good);

		changed[i] = changed[i] == 'A' ? 'B' : 'A';
		if (good[i] != changed[i] && status_is_ok(check(arena, changed, &claims)))
			fail_msg("a change at %zu went through", i);
	}
	for (size_t cut = 1; cut < size; cut++)
		if (status_is_ok(check(arena, arena_strndup(arena, good, size - cut), &claims)))
			fail_msg("%zu characters less went through", cut);
	assert_false(status_is_ok(check(arena, arena_printf(arena, "%s=", good), &claims)));
	assert_false(status_is_ok(check(arena, arena_printf(arena, "%s.", good), &claims)));
	assert_false(status_is_ok(check(arena, arena_printf(arena, " %s", good), &claims)));
}

static void a_token_beyond_the_limit_is_refused_before_it_is_read(void **state)
{
	struct arena *arena = *state;
	char *large = arena_zalloc(arena, TOKEN_BYTES_MOST + 10);
	struct token token;

	memset(large, 'A', TOKEN_BYTES_MOST + 1);
	large[10] = large[20] = '.';
	assert_fails(token_parse(arena, slice_text(large), &token), STATUS_UNAUTHENTICATED, "TOKEN_MALFORMED");
}

static void two_keys_of_one_id_are_no_key(void **state)
{
	struct arena *arena = *state;
	struct signer *other = NULL;
	struct json *jwk = NULL, *second = NULL, *set = json_object(arena), *array = json_array(arena);
	struct jwk_set *parsed = NULL;

	assert_ok(signer_generate(arena, SIGNATURE_ES256, &other));
	assert_ok(signer_public_jwk(arena, signer, &jwk));
	assert_ok(signer_public_jwk(arena, other, &second));
	json_set_text(jwk, "kid", "same");
	json_set_text(second, "kid", "same");
	json_append(array, jwk);
	json_append(array, second);
	json_set(set, "keys", array);
	assert_ok(jwk_set_parse(arena, slice_text(json_print(arena, set)), &parsed));
	assert_int_equal(jwk_set_count(parsed), 2);
	assert_null(jwk_set_find(parsed, "same", SIGNATURE_ES256));
	assert_null(jwk_set_find(parsed, "", SIGNATURE_ES256));
	jwk_set_free(parsed);
	signer_free(other);
}

static void what_is_no_key_set_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "[]", "{}", "{\"keys\":{}}", "{\"keys\":[]}", "{\"keys\":[1,null,{}]}",
		"{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}",
	};
	struct arena *arena = *state;
	struct jwk_set *parsed = NULL;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_fails(jwk_set_parse(arena, slice_text(bad[i]), &parsed), STATUS_INVALID_ARGUMENT, "JWKS_INVALID");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(a_good_token_names_its_person_and_its_end),
		ARENA_TEST(every_bad_header_is_refused),
		ARENA_TEST(every_bad_claim_is_refused),
		ARENA_TEST(a_type_that_names_another_purpose_is_refused),
		ARENA_TEST(an_issuer_signs_only_as_it_is_configured),
		ARENA_TEST(no_changed_bit_passes),
		ARENA_TEST(a_token_beyond_the_limit_is_refused_before_it_is_read),
		ARENA_TEST(two_keys_of_one_id_are_no_key),
		ARENA_TEST(what_is_no_key_set_is_refused),
	};

	return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
