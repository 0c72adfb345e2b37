/* SPDX-License-Identifier: Apache-2.0 */
/* credential.c: credentials at rest. */
#include "server/services/catalog/credential.h"

#include "runtime/crypto/seal.h"
#include "server/services/catalog/room.h"

static const char FIND_KEY[] = "SELECT wrapped FROM catalog_key WHERE tenant = $1";
static const char INSERT_KEY[] = "INSERT INTO catalog_key (tenant, wrapped) VALUES ($1, $2)";

static struct slice context_of(struct arena *arena, const struct credential_place *place)
{
	return slice_text(arena_printf(arena, "%s|connection|%s|credentials|%lld", place->tenant, place->connection,
				       (long long)place->version));
}

static struct slice key_context_of(struct arena *arena, const char *tenant)
{
	return slice_text(arena_printf(arena, "%s|catalog_key|%s|wrapped|1", tenant, tenant));
}

static void free_key(void *key)
{
	seal_key_free(key);
}

static struct status find_key(struct store_tx *tx, const char *tenant, struct seal_key **key)
{
	struct arena *arena = store_arena(tx);
	struct rows *rows;

	*key = NULL;
	TRY(store_query(tx, FIND_KEY, SQL_ARGS(sql_text(tenant)), &rows));
	if (!store_next(rows))
		return OK;
	TRY(seal_unwrap(arena, catalog_room.ring, row_blob(rows, 0), key_context_of(arena, tenant), key));
	arena_defer(arena, free_key, *key);
	return OK;
}

static struct status make_key(struct store_tx *tx, const char *tenant, struct seal_key **key)
{
	struct arena *arena = store_arena(tx);
	struct slice wrapped;

	TRY(seal_key_generate(arena, "tenant", key));
	arena_defer(arena, free_key, *key);
	TRY(seal_wrap(arena, catalog_room.ring, *key, key_context_of(arena, tenant), &wrapped));
	return store_execute(tx, INSERT_KEY, SQL_ARGS(sql_text(tenant), sql_blob(wrapped)), NULL);
}

static struct status seal_for(struct store_tx *tx, const char *tenant, struct slice context, struct slice plain, struct slice *sealed)
{
	struct seal_key *key;

	TRY(find_key(tx, tenant, &key));
	if (!key)
		TRY(make_key(tx, tenant, &key));
	return seal_close(store_arena(tx), key, plain, context, sealed);
}

struct status credential_seal(struct store_tx *tx, const struct credential_place *place, struct slice plain,
			      struct slice *sealed)
{
	return seal_for(tx, place->tenant, context_of(store_arena(tx), place), plain, sealed);
}

struct status credential_open(struct store_tx *tx, const struct credential_place *place, struct slice sealed,
			      struct slice *plain)
{
	struct arena *arena = store_arena(tx);
	struct seal_key *key;

	TRY(find_key(tx, place->tenant, &key));
	if (!key)
		return status_fail(arena, STATUS_DATA_LOSS, "SEAL_BROKEN",
				   "the key that sealed the credentials of \"%s\" is gone; rotate them", place->connection);
	return seal_open(arena, key, sealed, context_of(arena, place), plain);
}

/* ---- what a later room keeps for a while ---- */

static struct slice secret_context(struct arena *arena, const char *tenant, const char *name)
{
	return slice_text(arena_printf(arena, "%s|secret|%s|value|1", tenant, name));
}

struct status catalog_secret_seal(struct store_tx *tx, const char *tenant, const char *name, struct slice plain,
				  struct slice *sealed)
{
	return seal_for(tx, tenant, secret_context(store_arena(tx), tenant, name), plain, sealed);
}

struct status catalog_secret_open(struct store_tx *tx, const char *tenant, const char *name, struct slice sealed,
				  struct slice *plain)
{
	struct arena *arena = store_arena(tx);
	struct seal_key *key;

	TRY(find_key(tx, tenant, &key));
	if (!key)
		return status_fail(arena, STATUS_DATA_LOSS, "SEAL_BROKEN", "the key that sealed \"%s\" is gone; ask for it anew", name);
	return seal_open(arena, key, sealed, secret_context(arena, tenant, name), plain);
}
