/* SPDX-License-Identifier: Apache-2.0 */
/* jwk_fuzz.c: any key is taken or refused, and no signature verifies that nobody made. */
#include <string.h>

#include "runtime/base/text.h"
#include "runtime/crypto/signature.h"
#include "tests/support/fuzz.h"

const char *const fuzz_seeds[] = {
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
	"\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}",
	"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
	"{\"kty\":\"RSA\",\"e\":\"AQAB\",\"use\":\"sig\",\"key_ops\":[\"verify\"],\"alg\":\"RS256\",\"n\":"
	"\"0vx7agoebGcQSuuPiLJXZptN9nndrQmb"
	"XEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-"
	"5JsGY4Hc5n9yBXArwl93lqt7_RN5w"
	"6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-"
	"bFTWhAI4vMQFh6WeZu0f"
	"M4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw\"}",
	"{\"kty\":\"oct\",\"k\":\"AAAA\"}",
	NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct signature_key *key;
	struct json *jwk;
	char signature[256] = { 0 };

	memcpy(signature, data, size < sizeof signature ? size : sizeof signature);
	if (status_is_ok(json_parse(arena, slice_of(data, size), NULL, &jwk)) &&
	    status_is_ok(signature_key_from_jwk(arena, jwk, &key))) {
		for (int i = SIGNATURE_RS256; i <= SIGNATURE_ES256; i++) {
			FUZZ_CHECK(
				!status_is_ok(signature_verify(arena, key, (enum signature_algorithm)i, slice_text("x"),
							       slice_of(signature, i == SIGNATURE_ES256 ? 64 : 256))));
		}
		signature_key_free(key);
	}
	arena_free(arena);
	return 0;
}
