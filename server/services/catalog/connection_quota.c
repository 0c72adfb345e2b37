/* SPDX-License-Identifier: Apache-2.0 */
/* connection_quota.c: the table connection_quota. */
#include "server/services/catalog/connection_quota.h"

#include "runtime/base/text.h"
#include "server/services/catalog/offering.h"

static const char FORGET[] = "DELETE FROM connection_quota WHERE connection = $1";
static const char INSERT[] = "INSERT INTO connection_quota (connection, id, most, used) VALUES ($1, $2, $3, $4)"
			     " ON CONFLICT DO NOTHING";
static const char LIST[] = "SELECT id, most, used FROM connection_quota WHERE connection = $1 AND id > $2 ORDER BY id LIMIT $3";

struct json *connection_quotas_note(struct arena *arena, const struct provider_quota *quotas, size_t count)
{
	struct json *list = json_array(arena);

	for (size_t i = 0; i < count && json_size(list) < CONNECTION_QUOTAS_MOST; i++) {
		const char *id = offering_slug(arena, quotas[i].name);
		if (text_is_empty(id))
			continue;
		struct json *entry = json_object(arena);
		json_set_text(entry, "id", id);
		json_set_int(entry, "limit", quotas[i].limit < 0 ? -1 : quotas[i].limit);
		json_set_int(entry, "used", quotas[i].used < 0 ? -1 : quotas[i].used);
		json_append(list, entry);
	}
	return list;
}

struct status connection_quotas_set(struct store_tx *tx, const char *connection, const struct json *noted)
{
	if (!noted)
		return OK;
	TRY(store_execute(tx, FORGET, SQL_ARGS(sql_text(connection)), NULL));
	for (size_t i = 0; i < json_size(noted); i++) {
		const struct json *entry = json_at(noted, i);
		TRY(store_execute(tx, INSERT,
				  SQL_ARGS(sql_text(connection), sql_text(json_text(json_get(entry, "id"), "")),
					   sql_int(json_int(json_get(entry, "limit"), -1)),
					   sql_int(json_int(json_get(entry, "used"), -1))),
				  NULL));
	}
	return OK;
}

struct status connection_quotas_list(struct store_tx *tx, const char *connection, const char *after, unsigned most,
				     struct connection_quota **quotas, size_t *count)
{
	struct rows *rows;

	TRY(store_query(tx, LIST, SQL_ARGS(sql_text(connection), sql_text(text_or_empty(after)), sql_int(most)), &rows));
	*quotas = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows), struct connection_quota);
	for (*count = 0; store_next(rows); (*count)++)
		(*quotas)[*count] = (struct connection_quota){ row_text(rows, 0), row_int(rows, 1), row_int(rows, 2) };
	return OK;
}
