/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot_store.c: the SQL of snapshots. */
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/lifecycle/snapshot.h"

#define SNAPSHOT_COLUMNS "name, machine, display_name, state, native_id, revision, created_us"

static const char GET_SNAPSHOT[] = "SELECT " SNAPSHOT_COLUMNS " FROM snapshot WHERE name = $1";
static const char LIST_SNAPSHOTS[] =
	"SELECT " SNAPSHOT_COLUMNS " FROM snapshot WHERE machine = $1 AND name > $2 ORDER BY name LIMIT $3";
static const char INSERT_SNAPSHOT[] = "INSERT INTO snapshot (" SNAPSHOT_COLUMNS ") VALUES ($1, $2, $3, $4, $5, 1, $6)";
static const char UPDATE_SNAPSHOT[] =
	"UPDATE snapshot SET display_name = $2, state = $3, native_id = $4, revision = revision + 1 WHERE name = $1";
static const char REMOVE_SNAPSHOT[] = "DELETE FROM snapshot WHERE name = $1";
static const char FORGET_SNAPSHOTS[] = "DELETE FROM snapshot WHERE machine = $1";

static void read_row(const struct rows *rows, struct snapshot *snapshot)
{
	*snapshot = (struct snapshot){
		.name = row_text(rows, 0),
		.machine = row_text(rows, 1),
		.display_name = row_text(rows, 2),
		.state = (enum snapshot_state)row_int(rows, 3),
		.native_id = row_text(rows, 4),
		.revision = row_int(rows, 5),
		.created_us = row_int(rows, 6),
	};
}

struct status snapshot_insert(struct store_tx *tx, const struct snapshot *snapshot)
{
	struct status status = store_execute(tx, INSERT_SNAPSHOT,
					     SQL_ARGS(sql_text(snapshot->name), sql_text(snapshot->machine),
						      sql_text(snapshot->display_name), sql_int(snapshot->state),
						      sql_text(text_or_empty(snapshot->native_id)), sql_int(snapshot->created_us)),
					     NULL);
	if (status.code == STATUS_ALREADY_EXISTS)
		return status_fail(store_arena(tx), STATUS_ALREADY_EXISTS, "SNAPSHOT_EXISTS",
				   "the machine has a snapshot \"%s\" already; take another id", resource_leaf(snapshot->name));
	return status;
}

struct status snapshot_update(struct store_tx *tx, const struct snapshot *snapshot)
{
	return store_execute(tx, UPDATE_SNAPSHOT,
			     SQL_ARGS(sql_text(snapshot->name), sql_text(snapshot->display_name), sql_int(snapshot->state),
				      sql_text(text_or_empty(snapshot->native_id))),
			     NULL);
}

struct status snapshot_remove(struct store_tx *tx, const char *name)
{
	return store_execute(tx, REMOVE_SNAPSHOT, SQL_ARGS(sql_text(name)), NULL);
}

struct status snapshot_get(struct store_tx *tx, const char *name, struct snapshot *snapshot)
{
	struct rows *rows;

	TRY(store_query(tx, GET_SNAPSHOT, SQL_ARGS(sql_text(name)), &rows));
	if (!store_next(rows))
		return resource_not_found(store_arena(tx), "Snapshot", name);
	read_row(rows, snapshot);
	return OK;
}

struct status snapshot_list(struct store_tx *tx, const char *machine, const char *after, unsigned most,
			    struct snapshot **snapshots, size_t *count)
{
	struct rows *rows;
	size_t at = 0;

	TRY(store_query(tx, LIST_SNAPSHOTS, SQL_ARGS(sql_text(machine), sql_text(text_or_empty(after)), sql_int(most)), &rows));
	struct snapshot *all = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows) + 1, struct snapshot);
	while (store_next(rows))
		read_row(rows, &all[at++]);
	*snapshots = all;
	*count = at;
	return OK;
}

struct status snapshot_forget(struct store_tx *tx, const char *machine)
{
	return store_execute(tx, FORGET_SNAPSHOTS, SQL_ARGS(sql_text(machine)), NULL);
}
