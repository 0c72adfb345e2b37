/* SPDX-License-Identifier: Apache-2.0 */
/* token.c: a signed token in compact form. */
#include "server/sso/token.h"

#include <string.h>

#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "server/sso/jwks.h"

static struct status malformed(struct arena *arena, const char *what)
{
	return status_fail(arena, STATUS_UNAUTHENTICATED, "TOKEN_MALFORMED",
			   "the token is no signed JWT in compact form (%s); sign in again", what);
}

bool token_looks_like_one(struct slice text)
{
	unsigned dots = 0;

	for (size_t i = 0; i < text.size; i++)
		dots += text.data[i] == '.';
	return dots == 2;
}

/* RFC 8725 §3.1, §3.5: the header says nothing about which key to trust; we have the issuer's. */
static struct status check_header(struct arena *arena, const struct json *header)
{
	static const char *const refused[] = { "jwk", "jku", "x5u", "x5c", "crit", "zip", "b64", "enc" };

	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		if (json_get(header, refused[i]) != NULL)
			return status_fail(arena, STATUS_UNAUTHENTICATED, "TOKEN_HEADER_REFUSED",
					   "the token's header has \"%s\", which is not accepted; configure the issuer without it",
					   refused[i]);
	return OK;
}

static struct status read_header(struct arena *arena, struct slice bytes, struct token *token)
{
	static const struct json_limits limits = { TOKEN_BYTES_MOST, TOKEN_DEPTH_MOST, 1000 };
	struct json *header = NULL;

	if (!status_is_ok(json_parse(arena, bytes, &limits, &header)) || json_kind(header) != JSON_OBJECT)
		return malformed(arena, "its header is no JSON object");
	TRY(check_header(arena, header));

	const struct json *algorithm = json_get(header, "alg"), *key_id = json_get(header, "kid"),
			  *type = json_get(header, "typ");

	if (algorithm == NULL || json_kind(algorithm) != JSON_TEXT)
		return malformed(arena, "its header names no algorithm");
	if ((key_id != NULL && json_kind(key_id) != JSON_TEXT) || (type != NULL && json_kind(type) != JSON_TEXT))
		return malformed(arena, "a member of its header is of the wrong kind");
	token->key_id = json_text(key_id, "");
	token->type = text_lower(arena, json_text(type, ""));
	if (strlen(token->key_id) > TOKEN_KEY_ID_MOST)
		return malformed(arena, "its key id is too long");
	if (!signature_algorithm_parse(json_text(algorithm, ""), &token->algorithm))
		return status_fail(arena, STATUS_UNAUTHENTICATED, "TOKEN_ALGORITHM_REFUSED",
				   "the token is not signed with RS256, PS256, ES256 or EdDSA; configure the issuer to do so");
	return OK;
}

struct status token_parse(struct arena *arena, struct slice text, struct token *token)
{
	struct slice parts[3];
	struct slice header;
	const char *begin = text.data;
	struct token read = { .key_id = "" };

	if (text.size > TOKEN_BYTES_MOST)
		return malformed(arena, "it is larger than 16 KiB");
	if (!token_looks_like_one(text))
		return malformed(arena, "it does not have three parts");
	for (size_t i = 0; i < 3; i++) {
		const char *end = i < 2 ? memchr(begin, '.', (size_t)(text.data + text.size - begin)) : text.data + text.size;

		parts[i] = slice_of(begin, (size_t)(end - begin));
		begin = end + 1;
	}
	if (!text_from_base64url(arena, parts[0], &header) || !text_from_base64url(arena, parts[1], &read.payload) ||
	    !text_from_base64url(arena, parts[2], &read.signature))
		return malformed(arena, "a part is no canonical base64url");
	TRY(read_header(arena, header, &read));
	read.signed_part = slice_of(text.data, parts[0].size + 1 + parts[1].size);
	*token = read;
	return OK;
}

bool algorithm_set_parse(struct arena *arena, const char *names, algorithm_set *set)
{
	char **parts = NULL;
	size_t count = text_split(arena, names, ' ', &parts);
	algorithm_set found = 0;

	for (size_t i = 0; i < count; i++) {
		enum signature_algorithm algorithm;

		if (!signature_algorithm_parse(parts[i], &algorithm))
			return false;
		found |= 1U << algorithm;
	}
	*set = found;
	return true;
}

struct status token_verify(struct arena *arena, const struct token *token, const struct jwk_set *keys, algorithm_set allowed)
{
	const struct signature_key *key = NULL;

	if ((allowed & 1U << token->algorithm) == 0)
		return status_fail(arena, STATUS_UNAUTHENTICATED, "TOKEN_ALGORITHM_REFUSED",
				   "the token is signed with %s, which its identity provider is not configured to use",
				   signature_algorithm_name(token->algorithm));
	key = jwk_set_find(keys, token->key_id, token->algorithm);
	if (key == NULL)
		return status_fail(arena, STATUS_UNAUTHENTICATED, "TOKEN_KEY_UNKNOWN",
				   "the identity provider has no key that the token names; sign in again");
	if (status_is_ok(signature_verify(arena, key, token->algorithm, token->signed_part, token->signature)))
		return OK;
	return status_fail(arena, STATUS_UNAUTHENTICATED, "TOKEN_SIGNATURE_INVALID",
			   "the token's signature does not hold; sign in again");
}
