/* SPDX-License-Identifier: Apache-2.0 */
/* jwks.c: an issuer's public keys. */
#include "server/sso/jwks.h"

#include <string.h>

#include "runtime/base/json.h"
#include "runtime/base/memory.h"
#include "runtime/base/text.h"
#include "server/sso/roca.h"

struct jwk {
	char *id;
	struct signature_key *key;
};

struct jwk_set {
	struct jwk keys[JWKS_KEYS_MOST];
	size_t count;
};

void jwk_set_free(struct jwk_set *keys)
{
	if (keys == NULL)
		return;
	for (size_t i = 0; i < keys->count; i++) {
		memory_free(keys->keys[i].id);
		signature_key_free(keys->keys[i].key);
	}
	memory_free(keys);
}

static bool is_guessable(struct arena *arena, const struct json *jwk)
{
	const char *modulus = json_text(json_get(jwk, "n"), NULL);
	struct slice bytes;

	return modulus != NULL && text_from_base64url(arena, slice_text(modulus), &bytes) && roca_has_mark(bytes);
}

static void take_key(struct arena *arena, struct jwk_set *set, const struct json *jwk)
{
	struct signature_key *key = NULL;
	const struct json *id = json_get(jwk, "kid");

	if (set->count == JWKS_KEYS_MOST || (id != NULL && json_kind(id) != JSON_TEXT))
		return;
	if (is_guessable(arena, jwk) || !status_is_ok(signature_key_from_jwk(arena, jwk, &key)))
		return;
	set->keys[set->count++] = (struct jwk){ memory_strdup(json_text(id, "")), key };
}

struct status jwk_set_parse(struct arena *arena, struct slice document, struct jwk_set **keys)
{
	static const struct json_limits limits = { JWKS_BYTES_MOST, 8, 10000 };
	struct json *root = NULL;

	if (!status_is_ok(json_parse(arena, document, &limits, &root)) || json_kind(root) != JSON_OBJECT)
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "JWKS_INVALID",
				   "the document is no JSON object with an array \"keys\" (RFC 7517)");

	const struct json *array = json_get(root, "keys");
	struct jwk_set *set = MEMORY_NEW(struct jwk_set);

	if (array != NULL && json_kind(array) == JSON_ARRAY)
		for (size_t i = 0; i < json_size(array); i++)
			take_key(arena, set, json_at(array, i));
	else if (array == NULL)
		take_key(arena, set, root);
	if (set->count == 0) {
		jwk_set_free(set);
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "JWKS_INVALID",
				   "the document has no public key for RS256, PS256, ES256 or EdDSA signatures");
	}
	*keys = set;
	return OK;
}

const struct signature_key *jwk_set_find(const struct jwk_set *keys, const char *key_id, enum signature_algorithm algorithm)
{
	const struct signature_key *found = NULL;

	for (size_t i = 0; i < keys->count; i++) {
		if (!signature_key_allows(keys->keys[i].key, algorithm))
			continue;
		if (*key_id != '\0' && strcmp(keys->keys[i].id, key_id) != 0)
			continue;
		/* Two keys for one id, or no id and a choice: which one is meant is not for us to guess. */
		if (found != NULL)
			return NULL;
		found = keys->keys[i].key;
	}
	return found;
}

bool jwk_set_has(const struct jwk_set *keys, const char *key_id)
{
	for (size_t i = 0; i < keys->count; i++)
		if (strcmp(keys->keys[i].id, key_id) == 0)
			return true;
	return false;
}

size_t jwk_set_count(const struct jwk_set *keys)
{
	return keys->count;
}
