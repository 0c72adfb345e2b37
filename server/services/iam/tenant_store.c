/* SPDX-License-Identifier: Apache-2.0 */
/* tenant_store.c: the SQL of tenants. */
#include "server/services/iam/tenant_store.h"

#include "runtime/base/resource.h"
#include "runtime/base/text.h"

#define COLUMNS " name, parent, display_name, labels, revision, create_us, update_us "

static const char INSERT_TENANT[] =
	"INSERT INTO tenant (name, parent, display_name, labels, revision, create_us, update_us)"
	" VALUES ($1, $2, $3, $4, 1, $5, $5)"
	" ON CONFLICT (name) DO NOTHING RETURNING revision";

static const char FIND_TENANT[] = "SELECT" COLUMNS "FROM tenant WHERE name = $1";

static const char TENANT_EXISTS[] = "SELECT 1 FROM tenant WHERE name = $1";

static const char UPDATE_TENANT[] =
	"UPDATE tenant SET display_name = $2, labels = $3, update_us = $4, revision = revision + 1"
	" WHERE name = $1 RETURNING revision";

static const char DELETE_TENANT[] = "DELETE FROM tenant WHERE name = $1";

static const char HAS_CONTENT[] =
	"SELECT 1 WHERE EXISTS (SELECT 1 FROM tenant WHERE parent = $1)"
	" OR EXISTS (SELECT 1 FROM project WHERE tenant = $1)"
	" OR EXISTS (SELECT 1 FROM account WHERE tenant = $1)"
	" OR EXISTS (SELECT 1 FROM principal_group WHERE tenant = $1)"
	" OR EXISTS (SELECT 1 FROM custom_role WHERE tenant = $1)"
	" OR EXISTS (SELECT 1 FROM identity_provider WHERE tenant = $1)";

static const char PAGE_OF_TENANTS[] =
	"WITH RECURSIVE below (tenant_name) AS ("
	" SELECT name FROM tenant WHERE name = $1"
	" UNION SELECT t.name FROM tenant t JOIN below ON t.parent = below.tenant_name)"
	" SELECT" COLUMNS "FROM tenant JOIN below ON name = tenant_name"
	" WHERE name > $2 ORDER BY name LIMIT $3";

static const char CHAIN[] =
	"WITH RECURSIVE up (name, parent, height) AS ("
	" SELECT name, parent, 0 FROM tenant WHERE name = $1"
	" UNION ALL SELECT t.name, t.parent, up.height + 1 FROM tenant t JOIN up ON t.name = up.parent)"
	" SELECT name FROM up ORDER BY height";

static const char ROOT[] = "SELECT root_tenant FROM iam_state WHERE id = 1";
static const char SET_ROOT[] = "UPDATE iam_state SET root_tenant = $1 WHERE id = 1";

static struct tenant read_tenant(const struct rows *rows)
{
	return (struct tenant){
		.name = row_text(rows, 0),
		.parent = row_text(rows, 1),
		.display_name = row_text(rows, 2),
		.labels = row_text(rows, 3),
		.revision = row_int(rows, 4),
		.create_us = row_int(rows, 5),
		.update_us = row_int(rows, 6),
	};
}

struct status tenant_insert(struct store_tx *tx, const struct tenant *tenant)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, INSERT_TENANT,
			SQL_ARGS(sql_text(tenant->name), sql_text(tenant->parent), sql_text(tenant->display_name),
				 sql_text(tenant->labels), sql_int(tenant->create_us)),
			&rows));
	if (!store_next(rows))
		return status_fail(store_arena(tx), STATUS_ALREADY_EXISTS, "TENANT_EXISTS",
				   "a tenant of this id exists already, here or elsewhere in the tree; choose another id");
	return OK;
}

struct status tenant_find(struct store_tx *tx, const char *name, struct tenant *tenant)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, FIND_TENANT, SQL_ARGS(sql_text(name)), &rows));
	if (!store_next(rows))
		return resource_not_found(store_arena(tx), "Tenant", name);
	*tenant = read_tenant(rows);
	return OK;
}

struct status tenant_exists(struct store_tx *tx, const char *name, bool *exists)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, TENANT_EXISTS, SQL_ARGS(sql_text(name)), &rows));
	*exists = store_next(rows);
	return OK;
}

struct status tenant_update(struct store_tx *tx, struct tenant *tenant)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, UPDATE_TENANT,
			SQL_ARGS(sql_text(tenant->name), sql_text(tenant->display_name), sql_text(tenant->labels),
				 sql_int(tenant->update_us)),
			&rows));
	if (store_next(rows))
		tenant->revision = row_int(rows, 0);
	return OK;
}

struct status tenant_delete(struct store_tx *tx, const char *name)
{
	return store_execute(tx, DELETE_TENANT, SQL_ARGS(sql_text(name)), NULL);
}

struct status tenant_has_content(struct store_tx *tx, const char *name, bool *has)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, HAS_CONTENT, SQL_ARGS(sql_text(name)), &rows));
	*has = store_next(rows);
	return OK;
}

struct status tenant_page(struct store_tx *tx, const char *root, const char *after, unsigned limit, struct tenant **tenants,
			  size_t *count)
{
	struct rows *rows = NULL;
	size_t filled = 0;

	TRY(store_query(tx, PAGE_OF_TENANTS, SQL_ARGS(sql_text(root), sql_text(text_or_empty(after)), sql_int(limit)),
			&rows));

	struct tenant *found = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows), struct tenant);

	while (store_next(rows))
		found[filled++] = read_tenant(rows);
	*tenants = found;
	*count = filled;
	return OK;
}

struct status tenant_chain(struct store_tx *tx, const char *name, const char ***tenants, size_t *count)
{
	struct rows *rows = NULL;
	size_t filled = 0;

	TRY(store_query(tx, CHAIN, SQL_ARGS(sql_text(name)), &rows));

	const char **found = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows), const char *);

	while (store_next(rows))
		found[filled++] = row_text(rows, 0);
	*tenants = found;
	*count = filled;
	return OK;
}

struct status tenant_root(struct store_tx *tx, const char **root)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, ROOT, SQL_NO_ARGS, &rows));
	*root = store_next(rows) ? text_or_empty(row_text(rows, 0)) : "";
	return OK;
}

struct status tenant_set_root(struct store_tx *tx, const char *root)
{
	return store_execute(tx, SET_ROOT, SQL_ARGS(sql_text(root)), NULL);
}
