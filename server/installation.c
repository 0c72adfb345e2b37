/* SPDX-License-Identifier: Apache-2.0 */
/* installation.c: this Gaon's own id: what another Gaon made at a cloud is FOREIGN to us. */
#include "runtime/base/id.h"
#include "server/gaond.h"

static const char KEEP_ID[] = "INSERT INTO installation (key, value) VALUES ('id', $1) ON CONFLICT (key) DO NOTHING";
static const char READ_ID[] = "SELECT value FROM installation WHERE key = 'id'";

static struct status keep_and_read(struct store_tx *tx, void *context)
{
	const char **id = context;
	struct rows *rows;

	TRY(store_execute(tx, KEEP_ID, SQL_ARGS(sql_text(id_new(store_arena(tx)))), NULL));
	TRY(store_query(tx, READ_ID, SQL_NO_ARGS, &rows));
	if (!store_next(rows))
		return status_fail(store_arena(tx), STATUS_DATA_LOSS, "INSTALLATION_LOST", "the installation id cannot be read back");
	*id = row_text(rows, 0);
	return OK;
}

struct status installation_id(struct store *store, struct arena *arena, const char **id)
{
	return store_write(store, arena, keep_and_read, id);
}

static const char KEEP_KEY[] = "INSERT INTO installation (key, value) VALUES ('key', $1) ON CONFLICT (key) DO NOTHING";
static const char READ_KEY[] = "SELECT value FROM installation WHERE key = 'key'";

struct found_key {
	struct arena *arena;
	const char *fingerprint;
};

static struct status read_key(struct store_tx *tx, void *context)
{
	struct found_key *found = context;
	struct rows *rows;

	TRY(store_query(tx, READ_KEY, SQL_NO_ARGS, &rows));
	found->fingerprint = store_next(rows) ? arena_strdup(found->arena, row_text(rows, 0)) : "";
	return OK;
}

static struct status keep_key(struct store_tx *tx, void *context)
{
	return store_execute(tx, KEEP_KEY, SQL_ARGS(sql_text(context)), NULL);
}

struct status installation_key(struct store *store, struct arena *arena, const char **fingerprint)
{
	struct found_key found = { .arena = arena };

	TRY(store_read(store, arena, read_key, &found));
	*fingerprint = found.fingerprint;
	return OK;
}

struct status installation_keep_key(struct store *store, struct arena *arena, const char *fingerprint)
{
	return store_write(store, arena, keep_key, arena_strdup(arena, fingerprint));
}
