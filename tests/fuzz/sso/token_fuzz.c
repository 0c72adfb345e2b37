/* SPDX-License-Identifier: Apache-2.0 */
/* token_fuzz.c: whatever stands in an authorization header is taken apart or refused; none passes without its key. */
#include "runtime/base/text.h"
#include "server/sso/claims.h"
#include "server/sso/jwks.h"
#include "server/sso/token.h"
#include "tests/support/fuzz.h"

/* The public key of RFC 7515 A.3; the first seed is that example's token. */
static const char KEYS[] = "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
			   "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}";

static const char EXAMPLE[] =
	"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
	"DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

const char *const fuzz_seeds[] = {
	EXAMPLE,
	"eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UifQ.",
	"..",
	"a.b.c",
	"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}",
	"{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}",
	NULL,
};

static void try_as_keys(struct arena *arena, struct slice text)
{
	struct jwk_set *set = NULL;

	if (!status_is_ok(jwk_set_parse(arena, text, &set)))
		return;
	FUZZ_CHECK(jwk_set_count(set) > 0 && jwk_set_count(set) <= JWKS_KEYS_MOST);
	jwk_set_free(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct claim_rules rules = { "joe", "gaon", "" };
	struct arena *arena = arena_new(0);
	struct slice text = slice_of(data, size);
	struct jwk_set *keys = NULL;
	struct token token;
	struct claims claims;
	const char *issuer = NULL;

	try_as_keys(arena, text);
	if (status_is_ok(token_parse(arena, text, &token))) {
		FUZZ_CHECK(token_looks_like_one(text) && size <= TOKEN_BYTES_MOST);
		if (status_is_ok(claims_issuer(arena, &token, &issuer)))
			FUZZ_CHECK(issuer != NULL);
		if (status_is_ok(claims_check(arena, &token, &rules, 0, &claims)))
			FUZZ_CHECK(*claims.subject != '\0' && claims.expires_us > 0);
		FUZZ_CHECK(status_is_ok(jwk_set_parse(arena, slice_text(KEYS), &keys)));
		if (status_is_ok(token_verify(arena, &token, keys, 1U << SIGNATURE_ES256)))
			FUZZ_CHECK(slice_is(text, EXAMPLE));
		jwk_set_free(keys);
	}
	arena_free(arena);
	return 0;
}
