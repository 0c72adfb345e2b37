/* SPDX-License-Identifier: Apache-2.0 */
/* api_key.c: making keys. */
#include "server/services/iam/api_key.h"

#include "runtime/base/id.h"
#include "server/services/iam/credential.h"
#include "server/services/iam/secret.h"

struct status api_key_make(struct store_tx *tx, struct api_key *key, const char **token)
{
	struct arena *arena = store_arena(tx);
	const char *secret = NULL;

	TRY(secret_new(arena, &secret));
	key->id = id_new(arena);
	key->name = arena_printf(arena, "%s/apiKeys/%s", key->account, key->id);
	key->hash = credential_hash_key(arena, key->id, slice_text(secret));
	TRY(api_key_insert(tx, key));
	*token = credential_format_key(arena, key->id, secret);
	return OK;
}
