/* SPDX-License-Identifier: Apache-2.0 */
/* role_store.c: the SQL of the tenants' own roles. */
#include "server/services/iam/role_store.h"

#include "runtime/base/json.h"
#include "runtime/base/text.h"

#define COLUMNS " name, tenant, display_name, permissions, revision, create_us, update_us "

static const char INSERT_ROLE[] =
	"INSERT INTO custom_role (name, tenant, display_name, permissions, revision, create_us, update_us)"
	" VALUES ($1, $2, $3, $4, 1, $5, $5)"
	" ON CONFLICT (name) DO NOTHING RETURNING revision";

static const char FIND_ROLE[] = "SELECT" COLUMNS "FROM custom_role WHERE name = $1";

static const char UPDATE_ROLE[] =
	"UPDATE custom_role SET display_name = $2, permissions = $3, update_us = $4, revision = revision + 1"
	" WHERE name = $1 RETURNING revision";

static const char DELETE_ROLE[] = "DELETE FROM custom_role WHERE name = $1";

static const char BOUND_ROLE[] = "SELECT 1 FROM role_binding WHERE role = $1 LIMIT 1";

static const char PAGE_OF_ROLES[] =
	"SELECT" COLUMNS "FROM custom_role WHERE tenant = $1 AND name > $2 ORDER BY name LIMIT $3";

static const char *permissions_to_json(struct arena *arena, const struct role *role)
{
	struct json *array = json_array(arena);

	for (size_t i = 0; i < role->permission_count; i++)
		json_append_text(array, role->permissions[i]);
	return json_print(arena, array);
}

static struct status read_role(struct store_tx *tx, const struct rows *rows, struct role *role)
{
	struct arena *arena = store_arena(tx);
	struct json *array = NULL;

	TRY(json_parse(arena, row_blob(rows, 3), NULL, &array));
	*role = (struct role){
		.name = row_text(rows, 0),
		.tenant = row_text(rows, 1),
		.display_name = row_text(rows, 2),
		.permissions = ARENA_ARRAY(arena, json_size(array), const char *),
		.permission_count = json_size(array),
		.revision = row_int(rows, 4),
		.create_us = row_int(rows, 5),
		.update_us = row_int(rows, 6),
	};
	for (size_t i = 0; i < role->permission_count; i++)
		role->permissions[i] = json_text(json_at(array, i), "");
	return OK;
}

struct status role_insert(struct store_tx *tx, const struct role *role)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, INSERT_ROLE,
			SQL_ARGS(sql_text(role->name), sql_text(role->tenant), sql_text(role->display_name),
				 sql_text(permissions_to_json(store_arena(tx), role)), sql_int(role->create_us)),
			&rows));
	if (!store_next(rows))
		return status_fail(store_arena(tx), STATUS_ALREADY_EXISTS, "ROLE_EXISTS",
				   "there is a role of this id already; choose another id");
	return OK;
}

struct status role_find(struct store_tx *tx, const char *name, struct role *role, bool *found)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, FIND_ROLE, SQL_ARGS(sql_text(name)), &rows));
	*found = store_next(rows);
	return *found ? read_role(tx, rows, role) : OK;
}

struct status role_update(struct store_tx *tx, struct role *role)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, UPDATE_ROLE,
			SQL_ARGS(sql_text(role->name), sql_text(role->display_name),
				 sql_text(permissions_to_json(store_arena(tx), role)), sql_int(role->update_us)),
			&rows));
	if (store_next(rows))
		role->revision = row_int(rows, 0);
	return OK;
}

struct status role_delete(struct store_tx *tx, const char *name)
{
	return store_execute(tx, DELETE_ROLE, SQL_ARGS(sql_text(name)), NULL);
}

struct status role_is_bound(struct store_tx *tx, const char *name, bool *is_bound)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, BOUND_ROLE, SQL_ARGS(sql_text(name)), &rows));
	*is_bound = store_next(rows);
	return OK;
}

struct status role_page(struct store_tx *tx, const char *tenant, const char *after, unsigned limit, struct role **roles,
			size_t *count)
{
	struct rows *rows = NULL;
	size_t filled = 0;

	TRY(store_query(tx, PAGE_OF_ROLES, SQL_ARGS(sql_text(tenant), sql_text(text_or_empty(after)), sql_int(limit)), &rows));

	struct role *found = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows), struct role);

	while (store_next(rows))
		TRY(read_role(tx, rows, &found[filled++]));
	*roles = found;
	*count = filled;
	return OK;
}
