/* SPDX-License-Identifier: Apache-2.0 */
/* wycheproof_test.c: C2SP's vectors for JSON Web Signatures and Keys; each that we do not agree with is listed, with its reason. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "server/sso/jwks.h"
#include "server/sso/token.h"
#include "tests/support/arena_fixture.h"

enum { SKIPPED = 77, FILE_BYTES_MOST = 1024 * 1024, DISAGREEMENTS_MOST = 20 };

static const char *const files[] = {
	"json_web_signature_test.json",
	"json_web_key_test.json",
	"json_web_crypto_test.json",
};

/* Valid by the vectors, refused by us on purpose: by the algorithm of the token's header. */
static const struct {
	const char *algorithm, *reason;
} refused_algorithms[] = {
	{ "HS256", "an issuer's keys are public, so an HMAC under one of them proves nothing (RFC 8725 §2.1)" },
	{ "HS384", "as HS256" },
	{ "HS512", "as HS256" },
	{ "RS384", "issuers sign with RS256, PS256, ES256 or EdDSA here; fewer algorithms, fewer ways to be wrong" },
	{ "RS512", "as RS384" },
	{ "PS384", "as RS384" },
	{ "PS512", "as RS384" },
	{ "ES384", "as RS384" },
	{ "ES512", "as RS384" },
	{ "ES521", "no registered algorithm" },
};

/* Single vectors that we treat otherwise, by file and number. */
static const struct {
	const char *file;
	int64_t number;
	const char *reason;
} exceptions[] = {
	{ "json_web_signature_test.json", 372,
	  "a character that is none of base64url's stands in the header; RFC 7515 §2 has no room for it (and it is HS256)" },
};

struct tally {
	unsigned agreed, excluded, other, disagreed;
};

static const char *shared_folder(struct arena *arena)
{
	const char *given = getenv("GAON_SHARED");

	return given != NULL ? given : arena_printf(arena, "%s/../shared", SOURCE_ROOT);
}

static bool read_file(struct arena *arena, const char *name, struct slice *bytes)
{
	char *data = arena_alloc(arena, FILE_BYTES_MOST);
	FILE *file = fopen(arena_printf(arena, "%s/peers/jose/%s", shared_folder(arena), name), "rb");

	if (file == NULL)
		return false;
	*bytes = slice_of(data, fread(data, 1, FILE_BYTES_MOST, file));
	fclose(file);
	return true;
}

/* The algorithm that the header names, read for the list of exclusions only. */
static const char *algorithm_of(struct arena *arena, const char *jws)
{
	struct slice header;
	struct json *json = NULL;

	if (!text_from_base64url(arena, slice_of(jws, strcspn(jws, ".")), &header) ||
	    !status_is_ok(json_parse(arena, header, NULL, &json)))
		return "";
	return json_text(json_get(json, "alg"), "");
}

static const char *reason_for_refusal(struct arena *arena, const char *file, int64_t number, const char *jws)
{
	const char *algorithm = algorithm_of(arena, jws);

	for (size_t i = 0; i < sizeof exceptions / sizeof exceptions[0]; i++)
		if (strcmp(exceptions[i].file, file) == 0 && exceptions[i].number == number)
			return exceptions[i].reason;
	for (size_t i = 0; i < sizeof refused_algorithms / sizeof refused_algorithms[0]; i++)
		if (strcmp(refused_algorithms[i].algorithm, algorithm) == 0)
			return refused_algorithms[i].reason;
	return NULL;
}

static bool accepts(struct arena *arena, const struct json *key, const char *jws)
{
	const algorithm_set all = 1U << SIGNATURE_RS256 | 1U << SIGNATURE_PS256 | 1U << SIGNATURE_ES256 | 1U << SIGNATURE_EDDSA;
	struct jwk_set *keys = NULL;
	struct token token;

	if (!status_is_ok(jwk_set_parse(arena, slice_text(json_print(arena, key)), &keys)))
		return false;

	struct status status = token_parse(arena, slice_text(jws), &token);

	if (status_is_ok(status))
		status = token_verify(arena, &token, keys, all);
	jwk_set_free(keys);
	return status_is_ok(status);
}

static void check_one(const char *file, const struct json *group, const struct json *test, struct tally *tally)
{
	struct arena *arena = arena_new(0);
	const struct json *key = json_get(group, "public") != NULL ? json_get(group, "public") : json_get(group, "private");
	const char *jws = json_text(json_get(test, "jws"), NULL);
	const char *result = json_text(json_get(test, "result"), "");
	int64_t number = json_int(json_get(test, "tcId"), 0);

	if (jws == NULL) {
		tally->other++; /* encryption (jwe): not ours */
	} else {
		bool is_accepted = accepts(arena, key, jws), should_be = strcmp(result, "valid") == 0;
		const char *reason = reason_for_refusal(arena, file, number, jws);

		if (is_accepted == should_be || (strcmp(result, "acceptable") == 0 && !is_accepted)) {
			tally->agreed++;
		} else if (!is_accepted && reason != NULL) {
			tally->excluded++;
		} else {
			tally->disagreed++;
			print_message("%s %lld (%s): they say %s, we %s\n", file, (long long)number,
				      json_text(json_get(test, "comment"), ""), result, is_accepted ? "accept" : "refuse");
		}
	}
	arena_free(arena);
}

static void check_file(struct arena *arena, const char *file, struct tally *tally)
{
	struct slice bytes;
	struct json *root = NULL;

	assert_true(read_file(arena, file, &bytes));
	assert_ok(json_parse(arena, bytes, NULL, &root));

	const struct json *groups = json_get(root, "testGroups");

	for (size_t g = 0; g < json_size(groups); g++) {
		const struct json *tests = json_get(json_at(groups, g), "tests");

		for (size_t t = 0; t < json_size(tests); t++)
			check_one(file, json_at(groups, g), json_at(tests, t), tally);
	}
}

static void we_agree_with_every_vector_that_applies(void **state)
{
	struct tally tally = { 0 };

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		check_file(*state, files[i], &tally);
	print_message("wycheproof: %u agreed, %u refused on purpose, %u not signatures\n", tally.agreed, tally.excluded,
		      tally.other);
	assert_int_equal(tally.disagreed, 0);
	assert_true(tally.agreed > 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = { ARENA_TEST(we_agree_with_every_vector_that_applies) };
	struct arena *arena = arena_new(0);
	struct slice bytes;
	bool is_there = read_file(arena, files[0], &bytes);

	arena_free(arena);
	if (!is_there) {
		printf("SKIP: wycheproof: no peers/jose in GAON_SHARED or ../shared\n");
		return SKIPPED;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
