/* SPDX-License-Identifier: Apache-2.0 */
/* product_store.c: the tables product and product_grant. */
#include "server/services/catalog/product_store.h"

#include "runtime/base/resource.h"
#include "runtime/base/text.h"

enum { LINEAGE_MOST = 64 };

#define PUBLISHED                                                                                      \
	"(SELECT v.name FROM product_version v WHERE v.product = p.name AND v.state = 2"               \
	" ORDER BY v.number DESC LIMIT 1)"
#define COLUMNS                                                                                        \
	" p.name, p.tenant, p.display_name, p.description, p.kind, p.labels, p.revision, p.created_us," \
	" p.updated_us, " PUBLISHED

static const char FIND[] = "SELECT" COLUMNS " FROM product p WHERE p.name = $1";
static const char LIST[] =
	"SELECT" COLUMNS " FROM product p WHERE p.tenant = $1 AND p.name > $2 ORDER BY p.name LIMIT $3";
static const char INSERT[] = "INSERT INTO product (name, tenant, display_name, description, kind, labels, revision,"
			     " created_us, updated_us) VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7)"
			     " ON CONFLICT (name) DO NOTHING";
static const char UPDATE[] = "UPDATE product SET display_name = $3, description = $4, labels = $5, updated_us = $6,"
			     " revision = revision + 1 WHERE name = $1 AND revision = $2";
static const char DELETE_TARGETS[] =
	"DELETE FROM version_target WHERE version IN (SELECT name FROM product_version WHERE product = $1)";
static const char DELETE_VERSIONS[] = "DELETE FROM product_version WHERE product = $1";
static const char DELETE_GRANTS[] = "DELETE FROM product_grant WHERE product = $1";
static const char DELETE[] = "DELETE FROM product WHERE name = $1";
static const char OF_TENANT[] = "SELECT 1 FROM product WHERE tenant = $1 LIMIT 1";

static const char INSERT_GRANT[] = "INSERT INTO product_grant (product, tenant, created_us) VALUES ($1, $2, $3)"
				   " ON CONFLICT (product, tenant) DO NOTHING";
static const char LIST_GRANTS[] = "SELECT product, tenant, created_us FROM product_grant"
				  " WHERE product = $1 AND tenant > $2 ORDER BY tenant LIMIT $3";
static const char DELETE_GRANT[] = "DELETE FROM product_grant WHERE product = $1 AND tenant = $2";
static const char FIND_GRANT[] = "SELECT 1 FROM product_grant WHERE product = $1 AND tenant = $2";

static void read_row(const struct rows *rows, struct product *product)
{
	*product = (struct product){
		.name = row_text(rows, 0),
		.tenant = row_text(rows, 1),
		.display_name = row_text(rows, 2),
		.description = row_text(rows, 3),
		.kind = row_text(rows, 4),
		.labels = row_text(rows, 5),
		.revision = row_int(rows, 6),
		.created_us = row_int(rows, 7),
		.updated_us = row_int(rows, 8),
		.published_version = text_or_empty(row_text(rows, 9)),
	};
}

static void read_rows(struct store_tx *tx, struct rows *rows, struct product **products, size_t *count)
{
	*products = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows), struct product);
	for (*count = 0; store_next(rows); (*count)++)
		read_row(rows, &(*products)[*count]);
}

struct status product_find(struct store_tx *tx, const char *name, struct product *product, bool *is_found)
{
	struct rows *rows;

	TRY(store_query(tx, FIND, SQL_ARGS(sql_text(name)), &rows));
	*is_found = store_next(rows);
	if (*is_found)
		read_row(rows, product);
	return OK;
}

struct status product_get(struct store_tx *tx, const char *name, struct product *product)
{
	bool is_found;

	TRY(product_find(tx, name, product, &is_found));
	return is_found ? OK : resource_not_found(store_arena(tx), "Product", name);
}

struct status product_list(struct store_tx *tx, const char *tenant, const char *after, unsigned most,
			   struct product **products, size_t *count)
{
	struct rows *rows;

	TRY(store_query(tx, LIST, SQL_ARGS(sql_text(tenant), sql_text(text_or_empty(after)), sql_int(most)), &rows));
	read_rows(tx, rows, products, count);
	return OK;
}

struct status product_insert(struct store_tx *tx, const struct product *product)
{
	int64_t changed;

	TRY(store_execute(tx, INSERT,
			  SQL_ARGS(sql_text(product->name), sql_text(product->tenant), sql_text(product->display_name),
				   sql_text(product->description), sql_text(product->kind), sql_text(product->labels),
				   sql_int(product->created_us)),
			  &changed));
	if (changed == 0)
		return status_fail(store_arena(tx), STATUS_ALREADY_EXISTS, "PRODUCT_EXISTS",
				   "there is a product \"%s\" already; choose another product_id", product->name);
	return OK;
}

struct status product_update(struct store_tx *tx, struct product *product)
{
	int64_t changed;

	TRY(store_execute(tx, UPDATE,
			  SQL_ARGS(sql_text(product->name), sql_int(product->revision), sql_text(product->display_name),
				   sql_text(product->description), sql_text(product->labels),
				   sql_int(product->updated_us)),
			  &changed));
	if (changed == 0)
		return status_fail(store_arena(tx), STATUS_ABORTED, "ETAG_STALE",
				   "it changed since it was read; read it again and retry");
	product->revision++;
	return OK;
}

struct status product_delete(struct store_tx *tx, const char *name)
{
	TRY(store_execute(tx, DELETE_TARGETS, SQL_ARGS(sql_text(name)), NULL));
	TRY(store_execute(tx, DELETE_VERSIONS, SQL_ARGS(sql_text(name)), NULL));
	TRY(store_execute(tx, DELETE_GRANTS, SQL_ARGS(sql_text(name)), NULL));
	return store_execute(tx, DELETE, SQL_ARGS(sql_text(name)), NULL);
}

struct status product_of_tenant(struct store_tx *tx, const char *tenant, bool *has_any)
{
	struct rows *rows;

	TRY(store_query(tx, OF_TENANT, SQL_ARGS(sql_text(tenant)), &rows));
	*has_any = store_count(rows) > 0;
	return OK;
}

struct status grant_insert(struct store_tx *tx, const struct grant *grant)
{
	int64_t changed;

	TRY(store_execute(tx, INSERT_GRANT,
			  SQL_ARGS(sql_text(grant->product), sql_text(grant->tenant), sql_int(grant->created_us)),
			  &changed));
	if (changed == 0)
		return status_fail(store_arena(tx), STATUS_ALREADY_EXISTS, "GRANT_EXISTS",
				   "\"%s\" may order this product already", grant->tenant);
	return OK;
}

struct status grant_list(struct store_tx *tx, const char *product, const char *after, unsigned most,
			 struct grant **grants, size_t *count)
{
	struct rows *rows;

	TRY(store_query(tx, LIST_GRANTS, SQL_ARGS(sql_text(product), sql_text(text_or_empty(after)), sql_int(most)),
			&rows));
	*grants = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows), struct grant);
	for (*count = 0; store_next(rows); (*count)++)
		(*grants)[*count] = (struct grant){ row_text(rows, 0), row_text(rows, 1), row_int(rows, 2) };
	return OK;
}

struct status grant_delete(struct store_tx *tx, const char *product, const char *tenant, bool *is_found)
{
	int64_t changed;

	TRY(store_execute(tx, DELETE_GRANT, SQL_ARGS(sql_text(product), sql_text(tenant)), &changed));
	*is_found = changed > 0;
	return OK;
}

/** "$3, $4, …" for the tenants of the lineage, which are bound after the first two values. */
static const char *placeholders(struct arena *arena, size_t count, size_t first)
{
	struct text list = text_new(arena);

	for (size_t i = 0; i < count; i++)
		text_printf(&list, "%s$%zu", i == 0 ? "" : ", ", first + i);
	return list.data;
}

struct status product_list_available(struct store_tx *tx, const struct lineage *lineage, const char *after,
				     unsigned most, struct product **products, size_t *count)
{
	struct arena *arena = store_arena(tx);
	struct sql_value values[2 + LINEAGE_MOST] = { sql_text(text_or_empty(after)), sql_int(most) };
	size_t tenants = lineage->count < LINEAGE_MOST ? lineage->count : LINEAGE_MOST;
	const char *list = placeholders(arena, tenants, 3);
	struct rows *rows;

	for (size_t i = 0; i < tenants; i++)
		values[2 + i] = sql_text(lineage->tenants[i]);
	const char *sql = arena_printf(arena,
				       "SELECT" COLUMNS " FROM product p WHERE p.name > $1 AND (p.tenant IN (%s) OR p.name IN"
				       " (SELECT g.product FROM product_grant g WHERE g.tenant IN (%s)))"
				       " AND " PUBLISHED " IS NOT NULL ORDER BY p.name LIMIT $2",
				       list, list);
	TRY(store_query_dynamic(tx, sql, values, 2 + tenants, &rows));
	read_rows(tx, rows, products, count);
	return OK;
}

struct status product_is_available(struct store_tx *tx, const struct lineage *lineage, const struct product *product,
				   bool *is_available)
{
	*is_available = false;
	for (size_t i = 0; i < lineage->count && !*is_available; i++) {
		struct rows *rows;

		if (text_equal(lineage->tenants[i], product->tenant)) {
			*is_available = true;
			break;
		}
		TRY(store_query(tx, FIND_GRANT, SQL_ARGS(sql_text(product->name), sql_text(lineage->tenants[i])), &rows));
		*is_available = store_count(rows) > 0;
	}
	return OK;
}
