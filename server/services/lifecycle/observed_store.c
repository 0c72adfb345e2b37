/* SPDX-License-Identifier: Apache-2.0 */
/* observed_store.c: the SQL of what the clouds say exists. */
#include "runtime/base/text.h"
#include "server/services/lifecycle/observed.h"

#define OBSERVED_COLUMNS                                                                                              \
	"connection, native_id, display_name, state, machine, native_state, vcpus, memory_mib, disk_gib, first_seen_us," \
	" last_seen_us, power, size, image, network, resource_mark, operation_mark, created_us, suspect_since_us, is_pending"

static const char PUT_OBSERVED[] =
	"INSERT INTO observed_resource (" OBSERVED_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12,"
	" $13, $14, $15, $16, $17, CASE WHEN $4 = 4 THEN $10 ELSE 0 END, $18)"
	" ON CONFLICT (connection, native_id) DO UPDATE SET display_name = $3, state = $4, machine = $5, native_state = $6,"
	" vcpus = $7, memory_mib = $8, disk_gib = $9, last_seen_us = $10, power = $11, size = $12, image = $13, network = $14,"
	" resource_mark = $15, operation_mark = $16, created_us = $17, is_pending = $18, suspect_since_us ="
	" CASE WHEN $4 <> 4 THEN 0 WHEN observed_resource.suspect_since_us > 0 THEN observed_resource.suspect_since_us ELSE $10 END";
static const char SET_GONE[] =
	"UPDATE observed_resource SET state = 5, suspect_since_us = 0, is_pending = $3 WHERE connection = $1 AND native_id = $2";
static const char SET_STATE[] =
	"UPDATE observed_resource SET state = $3, machine = $4, suspect_since_us = 0, is_pending = 0"
	" WHERE connection = $1 AND native_id = $2";
static const char SET_OPERATION[] =
	"UPDATE observed_resource SET operation = $3 WHERE connection = $1 AND native_id = $2";
static const char LIST_UNSEEN[] =
	"SELECT native_id FROM observed_resource WHERE connection = $1 AND last_seen_us < $2 AND state <> 5 LIMIT $3";
static const char LIST_PENDING[] =
	"SELECT native_id FROM observed_resource WHERE connection = $1 AND is_pending = 1 ORDER BY native_id LIMIT $2";
static const char LIST_ORPHANS[] =
	"SELECT " OBSERVED_COLUMNS ", operation FROM observed_resource WHERE connection = $1 AND state = 4 AND operation = ''"
	" AND suspect_since_us > 0 AND suspect_since_us < $2 AND created_us < $2 ORDER BY native_id LIMIT $3";
static const char LIST_OBSERVED[] =
	"SELECT " OBSERVED_COLUMNS ", operation FROM observed_resource"
	" WHERE connection = $1 AND ($2 = 0 OR state = $2) AND native_id > $3 ORDER BY native_id LIMIT $4";
static const char GET_OBSERVED[] =
	"SELECT " OBSERVED_COLUMNS ", operation FROM observed_resource WHERE connection = $1 AND native_id = $2";
static const char GET_SYNC[] =
	"SELECT synced_us, operation, cursor, since_full, full_us, settings FROM connection_sync WHERE connection = $1";
static const char PUT_SYNC[] =
	"INSERT INTO connection_sync (connection, synced_us, operation, cursor, since_full, full_us, settings)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (connection) DO UPDATE SET synced_us = $2, operation = $3,"
	" cursor = $4, since_full = $5, full_us = $6, settings = $7";
static const char PUT_RELEASED[] =
	"INSERT INTO released_machine (connection, native_id, machine, released_us) VALUES ($1, $2, $3, $4)"
	" ON CONFLICT (connection, native_id) DO UPDATE SET machine = $3, released_us = $4";
static const char FORGET_RELEASED[] = "DELETE FROM released_machine WHERE connection = $1 AND native_id = $2";
static const char IS_RELEASED[] = "SELECT 1 FROM released_machine WHERE connection = $1 AND native_id = $2";

static void read_row(const struct rows *rows, struct observed *observed)
{
	*observed = (struct observed){
		.connection = row_text(rows, 0),
		.native_id = row_text(rows, 1),
		.display_name = row_text(rows, 2),
		.state = (enum observed_state)row_int(rows, 3),
		.machine = row_text(rows, 4),
		.native_state = row_text(rows, 5),
		.vcpus = (int32_t)row_int(rows, 6),
		.memory_mib = row_int(rows, 7),
		.disk_gib = row_int(rows, 8),
		.first_seen_us = row_int(rows, 9),
		.last_seen_us = row_int(rows, 10),
		.power = (enum provider_machine_state)row_int(rows, 11),
		.size = row_text(rows, 12),
		.image = row_text(rows, 13),
		.network = row_text(rows, 14),
		.resource_mark = row_text(rows, 15),
		.operation_mark = row_text(rows, 16),
		.created_us = row_int(rows, 17),
		.suspect_since_us = row_int(rows, 18),
		.is_pending = row_bool(rows, 19),
		.operation = row_text(rows, 20),
	};
}

static struct status read_all(struct store_tx *tx, struct rows *rows, struct observed **all, size_t *count)
{
	struct observed *list = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows) + 1, struct observed);
	size_t at = 0;

	while (store_next(rows))
		read_row(rows, &list[at++]);
	*all = list;
	*count = at;
	return OK;
}

static struct status read_ids(struct store_tx *tx, struct rows *rows, const char ***native_ids, size_t *count)
{
	const char **ids = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows) + 1, const char *);
	size_t at = 0;

	while (store_next(rows))
		ids[at++] = row_text(rows, 0);
	*native_ids = ids;
	*count = at;
	return OK;
}

struct status observed_put(struct store_tx *tx, const struct observed *observed)
{
	return store_execute(tx, PUT_OBSERVED,
			     SQL_ARGS(sql_text(observed->connection), sql_text(observed->native_id),
				      sql_text(text_or_empty(observed->display_name)), sql_int(observed->state),
				      sql_text(text_or_empty(observed->machine)), sql_text(text_or_empty(observed->native_state)),
				      sql_int(observed->vcpus), sql_int(observed->memory_mib), sql_int(observed->disk_gib),
				      sql_int(observed->last_seen_us), sql_int(observed->power),
				      sql_text(text_or_empty(observed->size)), sql_text(text_or_empty(observed->image)),
				      sql_text(text_or_empty(observed->network)),
				      sql_text(text_or_empty(observed->resource_mark)),
				      sql_text(text_or_empty(observed->operation_mark)), sql_int(observed->created_us),
				      sql_bool(observed->is_pending)),
			     NULL);
}

struct status observed_set_gone(struct store_tx *tx, const char *connection, const char *native_id, bool is_pending)
{
	return store_execute(tx, SET_GONE, SQL_ARGS(sql_text(connection), sql_text(native_id), sql_bool(is_pending)), NULL);
}

struct status observed_set_state(struct store_tx *tx, const char *connection, const char *native_id, enum observed_state state,
				 const char *machine)
{
	return store_execute(tx, SET_STATE,
			     SQL_ARGS(sql_text(connection), sql_text(native_id), sql_int(state), sql_text(text_or_empty(machine))),
			     NULL);
}

struct status observed_set_operation(struct store_tx *tx, const char *connection, const char *native_id, const char *operation)
{
	return store_execute(tx, SET_OPERATION, SQL_ARGS(sql_text(connection), sql_text(native_id), sql_text(operation)), NULL);
}

struct status observed_unseen(struct store_tx *tx, const char *connection, int64_t since_us, unsigned most,
			      const char ***native_ids, size_t *count)
{
	struct rows *rows;

	TRY(store_query(tx, LIST_UNSEEN, SQL_ARGS(sql_text(connection), sql_int(since_us), sql_int(most)), &rows));
	return read_ids(tx, rows, native_ids, count);
}

struct status observed_pending(struct store_tx *tx, const char *connection, unsigned most, const char ***native_ids,
			       size_t *count)
{
	struct rows *rows;

	TRY(store_query(tx, LIST_PENDING, SQL_ARGS(sql_text(connection), sql_int(most)), &rows));
	return read_ids(tx, rows, native_ids, count);
}

struct status observed_orphans(struct store_tx *tx, const char *connection, int64_t before_us, unsigned most,
			       struct observed **all, size_t *count)
{
	struct rows *rows;

	TRY(store_query(tx, LIST_ORPHANS, SQL_ARGS(sql_text(connection), sql_int(before_us), sql_int(most)), &rows));
	return read_all(tx, rows, all, count);
}

struct status observed_list(struct store_tx *tx, const char *connection, enum observed_state state, const char *after,
			    unsigned most, struct observed **all, size_t *count)
{
	struct rows *rows;

	TRY(store_query(tx, LIST_OBSERVED,
			SQL_ARGS(sql_text(connection), sql_int(state), sql_text(text_or_empty(after)), sql_int(most)), &rows));
	return read_all(tx, rows, all, count);
}

struct status observed_get(struct store_tx *tx, const char *connection, const char *native_id, struct observed *observed,
			   bool *is_found)
{
	struct rows *rows;

	TRY(store_query(tx, GET_OBSERVED, SQL_ARGS(sql_text(connection), sql_text(native_id)), &rows));
	*is_found = store_next(rows);
	if (*is_found)
		read_row(rows, observed);
	return OK;
}

struct status sync_read(struct store_tx *tx, const char *connection, struct sync_row *row)
{
	struct rows *rows;

	TRY(store_query(tx, GET_SYNC, SQL_ARGS(sql_text(connection)), &rows));
	*row = (struct sync_row){ .operation = "", .cursor = "" };
	if (store_next(rows))
		*row = (struct sync_row){
			.synced_us = row_int(rows, 0),
			.operation = row_text(rows, 1),
			.cursor = row_text(rows, 2),
			.since_full = row_int(rows, 3),
			.full_us = row_int(rows, 4),
			.settings = row_int(rows, 5),
		};
	return OK;
}

struct status sync_write(struct store_tx *tx, const char *connection, const struct sync_row *row)
{
	return store_execute(tx, PUT_SYNC,
			     SQL_ARGS(sql_text(connection), sql_int(row->synced_us), sql_text(row->operation), sql_text(row->cursor),
				      sql_int(row->since_full), sql_int(row->full_us), sql_int(row->settings)),
			     NULL);
}

struct status sync_time(struct store_tx *tx, const char *connection, int64_t *synced_us, const char **operation)
{
	struct sync_row row;

	TRY(sync_read(tx, connection, &row));
	*synced_us = row.synced_us;
	*operation = row.operation;
	return OK;
}

struct status released_put(struct store_tx *tx, const struct machine *machine, int64_t now_us)
{
	return store_execute(tx, PUT_RELEASED,
			     SQL_ARGS(sql_text(machine->connection), sql_text(machine->native_id), sql_text(machine->name),
				      sql_int(now_us)),
			     NULL);
}

struct status released_forget(struct store_tx *tx, const char *connection, const char *native_id)
{
	return store_execute(tx, FORGET_RELEASED, SQL_ARGS(sql_text(connection), sql_text(native_id)), NULL);
}

struct status released_is(struct store_tx *tx, const char *connection, const char *native_id, bool *is_released)
{
	struct rows *rows;

	TRY(store_query(tx, IS_RELEASED, SQL_ARGS(sql_text(connection), sql_text(native_id)), &rows));
	*is_released = store_count(rows) > 0;
	return OK;
}
