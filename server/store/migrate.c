/* SPDX-License-Identifier: Apache-2.0 */
/* migrate.c: schema steps, forward only; what ran is recorded with its digest. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/time.h"
#include "server/store/internal.h"

static const char MAKE_RECORD[] = "CREATE TABLE IF NOT EXISTS schema_step ("
				  " room TEXT NOT NULL,"
				  " number BIGINT NOT NULL,"
				  " name TEXT NOT NULL,"
				  " digest TEXT NOT NULL,"
				  " applied_us BIGINT NOT NULL,"
				  " PRIMARY KEY (room, number))";

static const char FIND_STEP[] = "SELECT digest, name FROM schema_step WHERE room = $1 AND number = $2";

static const char NEWEST_STEP[] = "SELECT COALESCE(MAX(number), 0) FROM schema_step WHERE room = $1";

static const char ROOMS[] = "SELECT DISTINCT room FROM schema_step ORDER BY room";

static const char RECORD_STEP[] = "INSERT INTO schema_step (room, number, name, digest, applied_us)"
				  " VALUES ($1, $2, $3, $4, $5)";

struct migrate_request {
	const struct migration *migrations;
	size_t count;
};

/* FNV-1a, 64 bits: it finds an edited file, it need not resist an enemy, who could edit the record as well. */
static const char *digest_of(struct arena *arena, const char *sql)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (const char *c = sql; *c != '\0'; c++)
		hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
	return arena_printf(arena, "fnv1a64:%016" PRIx64, hash);
}

static unsigned newest_known(const struct migrate_request *request, const char *room)
{
	unsigned newest = 0;

	for (size_t i = 0; i < request->count; i++)
		if (strcmp(request->migrations[i].room, room) == 0 && request->migrations[i].number > newest)
			newest = request->migrations[i].number;
	return newest;
}

static struct status refuse_newer(struct store_tx *tx, const struct migrate_request *request, const char *room)
{
	struct rows *rows = NULL;
	unsigned known = newest_known(request, room);

	TRY(store_query(tx, NEWEST_STEP, SQL_ARGS(sql_text(room)), &rows));
	if (store_next(rows) && row_int(rows, 0) > known)
		return status_fail(store_arena(tx), STATUS_FAILED_PRECONDITION, "STORE_NEWER",
				   "the database was written by a newer release (%s is at step %" PRId64
				   ", this one knows %u); start that release",
				   room, row_int(rows, 0), known);
	return OK;
}

static struct status apply(struct store_tx *tx, const struct migration *step, const char *digest)
{
	TRY(store_script(tx, step->sql));
	return store_execute(tx, RECORD_STEP,
			     SQL_ARGS(sql_text(step->room), sql_int(step->number), sql_text(step->name),
				      sql_text(digest), sql_int(time_now_us())),
			     NULL);
}

static struct status migrate_step(struct store_tx *tx, const struct migrate_request *request,
				  const struct migration *step)
{
	const char *digest = digest_of(store_arena(tx), step->sql);
	struct rows *rows = NULL;

	TRY(refuse_newer(tx, request, step->room));
	TRY(store_query(tx, FIND_STEP, SQL_ARGS(sql_text(step->room), sql_int(step->number)), &rows));
	if (store_next(rows)) {
		if (strcmp(row_text(rows, 0), digest) == 0)
			return OK;
		return status_fail(store_arena(tx), STATUS_FAILED_PRECONDITION, "STORE_MIGRATION_CHANGED",
				   "schema step %s/%s is not the one this database was made with; "
				   "a released step is never edited, add a new one",
				   step->room, step->name);
	}

	TRY(store_query(tx, NEWEST_STEP, SQL_ARGS(sql_text(step->room)), &rows));
	if (!store_next(rows) || row_int(rows, 0) + 1 != step->number)
		return status_fail(store_arena(tx), STATUS_INTERNAL, "STORE_MIGRATION_GAP",
				   "schema step %s/%s does not follow step %" PRId64, step->room, step->name,
				   row_int(rows, 0));
	return apply(tx, step, digest);
}

/* All or nothing: a failed upgrade leaves the file as the old release knows it. */
static struct status migrate(struct store_tx *tx, void *context)
{
	const struct migrate_request *request = context;

	TRY(store_script(tx, MAKE_RECORD));
	for (size_t i = 0; i < request->count; i++)
		TRY(migrate_step(tx, request, &request->migrations[i]));
	return OK;
}

struct status store_migrate(struct store *store, struct arena *arena, const struct migration *migrations, size_t count)
{
	struct migrate_request request = { migrations, count };

	return store_write(store, arena, migrate, &request);
}

static struct status refuse_unknown_rooms(struct store_tx *tx, void *context)
{
	const struct migrate_request *request = context;
	struct rows *rows = NULL;

	TRY(store_script(tx, MAKE_RECORD));
	TRY(store_query(tx, ROOMS, SQL_NO_ARGS, &rows));
	while (store_next(rows))
		if (newest_known(request, row_text(rows, 0)) == 0)
			return status_fail(store_arena(tx), STATUS_FAILED_PRECONDITION, "STORE_NEWER",
					   "the database was written by a newer release (this one knows no %s); start that release",
					   row_text(rows, 0));
	return OK;
}

struct status store_migrate_whole(struct store *store, struct arena *arena, const struct migration *migrations,
				  size_t count)
{
	struct migrate_request request = { migrations, count };

	TRY(store_write(store, arena, refuse_unknown_rooms, &request));
	return store_migrate(store, arena, migrations, count);
}
