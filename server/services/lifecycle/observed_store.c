/* SPDX-License-Identifier: Apache-2.0 */
/* observed_store.c: the SQL of what the clouds say exists. */
#include "runtime/base/text.h"
#include "server/services/lifecycle/observed.h"

#define OBSERVED_COLUMNS                                                                                              \
	"connection, native_id, display_name, state, machine, native_state, vcpus, memory_mib, disk_gib, first_seen_us," \
	" last_seen_us"

static const char PUT_OBSERVED[] =
	"INSERT INTO observed_resource (" OBSERVED_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)"
	" ON CONFLICT (connection, native_id) DO UPDATE SET display_name = $3, state = $4, machine = $5, native_state = $6,"
	" vcpus = $7, memory_mib = $8, disk_gib = $9, last_seen_us = $10";
static const char MARK_GONE[] =
	"UPDATE observed_resource SET state = 5 WHERE connection = $1 AND last_seen_us < $2 AND state <> 5";
static const char LIST_OBSERVED[] =
	"SELECT " OBSERVED_COLUMNS " FROM observed_resource"
	" WHERE connection = $1 AND ($2 = 0 OR state = $2) AND native_id > $3 ORDER BY native_id LIMIT $4";
static const char GET_OBSERVED[] =
	"SELECT " OBSERVED_COLUMNS " FROM observed_resource WHERE connection = $1 AND native_id = $2";
static const char GET_SYNC[] = "SELECT synced_us, operation FROM connection_sync WHERE connection = $1";
static const char PUT_SYNC[] =
	"INSERT INTO connection_sync (connection, synced_us, operation) VALUES ($1, $2, $3)"
	" ON CONFLICT (connection) DO UPDATE SET synced_us = $2, operation = $3";

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
	};
}

struct status observed_put(struct store_tx *tx, const struct observed *observed)
{
	return store_execute(tx, PUT_OBSERVED,
			     SQL_ARGS(sql_text(observed->connection), sql_text(observed->native_id),
				      sql_text(text_or_empty(observed->display_name)), sql_int(observed->state),
				      sql_text(text_or_empty(observed->machine)), sql_text(text_or_empty(observed->native_state)),
				      sql_int(observed->vcpus), sql_int(observed->memory_mib), sql_int(observed->disk_gib),
				      sql_int(observed->last_seen_us)),
			     NULL);
}

struct status observed_mark_gone(struct store_tx *tx, const char *connection, int64_t since_us)
{
	return store_execute(tx, MARK_GONE, SQL_ARGS(sql_text(connection), sql_int(since_us)), NULL);
}

struct status observed_list(struct store_tx *tx, const char *connection, enum observed_state state, const char *after,
			    unsigned most, struct observed **all, size_t *count)
{
	struct rows *rows;
	size_t at = 0;

	TRY(store_query(tx, LIST_OBSERVED,
			SQL_ARGS(sql_text(connection), sql_int(state), sql_text(text_or_empty(after)), sql_int(most)), &rows));
	struct observed *list = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows) + 1, struct observed);
	while (store_next(rows))
		read_row(rows, &list[at++]);
	*all = list;
	*count = at;
	return OK;
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

struct status sync_time(struct store_tx *tx, const char *connection, int64_t *synced_us, const char **operation)
{
	struct rows *rows;

	TRY(store_query(tx, GET_SYNC, SQL_ARGS(sql_text(connection)), &rows));
	bool is_known = store_next(rows);
	*synced_us = is_known ? row_int(rows, 0) : 0;
	*operation = is_known ? row_text(rows, 1) : "";
	return OK;
}

struct status sync_note(struct store_tx *tx, const char *connection, int64_t synced_us, const char *operation)
{
	return store_execute(tx, PUT_SYNC, SQL_ARGS(sql_text(connection), sql_int(synced_us), sql_text(operation)), NULL);
}
