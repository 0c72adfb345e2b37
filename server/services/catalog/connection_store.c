/* SPDX-License-Identifier: Apache-2.0 */
/* connection_store.c: the table connection. */
#include "server/services/catalog/connection_store.h"

#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/catalog/catalog.h"

#define COLUMNS                                                                                                  \
	" name, tenant, display_name, provider, endpoint, region, options, labels, credentials_version, state,"  \
	" state_message, is_disabled, product, warning, capabilities, probed_us, offerings, concurrency,"        \
	" rate_per_second, settings_revision, revision, created_us, updated_us"

static const char FIND[] = "SELECT" COLUMNS " FROM connection WHERE name = $1";
static const char LIST[] = "SELECT" COLUMNS " FROM connection WHERE tenant = $1 AND name > $2 ORDER BY name LIMIT $3";
static const char INSERT[] =
	"INSERT INTO connection (name, tenant, display_name, provider, endpoint, region, options, labels, concurrency,"
	" rate_per_second, created_us, updated_us, credentials_version, state, state_message, is_disabled, product,"
	" warning, capabilities, probed_us, probes, offerings, settings_revision, revision)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, 0, 1, '', 0, '', '', '[]', 0, 0, 0, 1, 1)"
	" ON CONFLICT (name) DO NOTHING";
static const char UPDATE[] =
	"UPDATE connection SET display_name = $3, options = $4, labels = $5, credentials_version = $6, state = $7,"
	" state_message = $8, is_disabled = $9, product = $10, warning = $11, capabilities = $12, probed_us = $13,"
	" offerings = $14, concurrency = $15, rate_per_second = $16, settings_revision = $17, updated_us = $18,"
	" revision = revision + 1 WHERE name = $1 AND revision = $2";
static const char DELETE[] = "DELETE FROM connection WHERE name = $1";
static const char DELETE_OFFERINGS[] = "DELETE FROM offering WHERE connection = $1";
static const char DELETE_ALIASES[] = "DELETE FROM offering_alias WHERE connection = $1";
static const char DELETE_QUOTAS[] = "DELETE FROM connection_quota WHERE connection = $1";
static const char OF_TENANT[] = "SELECT 1 FROM connection WHERE tenant = $1 LIMIT 1";
static const char IS_TARGET[] = "SELECT 1 FROM version_target t JOIN product_version v ON v.name = t.version"
				" WHERE t.connection = $1 AND v.state <> 3 LIMIT 1";
static const char CREDENTIALS[] = "SELECT credentials FROM connection WHERE name = $1";
static const char SET_CREDENTIALS[] = "UPDATE connection SET credentials = $2 WHERE name = $1";
static const char NEXT_PROBE[] = "UPDATE connection SET probes = probes + 1 WHERE name = $1 RETURNING probes";
static const char LIST_READY[] = "SELECT name FROM connection WHERE state = 2 AND is_disabled = 0 ORDER BY name LIMIT $1";

static void read_row(const struct rows *rows, struct connection *connection)
{
	*connection = (struct connection){
		.name = row_text(rows, 0),
		.tenant = row_text(rows, 1),
		.display_name = row_text(rows, 2),
		.provider = row_text(rows, 3),
		.endpoint = row_text(rows, 4),
		.region = row_text(rows, 5),
		.options = row_text(rows, 6),
		.labels = row_text(rows, 7),
		.credentials_version = row_int(rows, 8),
		.state = (enum connection_state)row_int(rows, 9),
		.state_message = row_text(rows, 10),
		.is_disabled = row_bool(rows, 11),
		.product = row_text(rows, 12),
		.warning = row_text(rows, 13),
		.capabilities = row_text(rows, 14),
		.probed_us = row_int(rows, 15),
		.offerings = row_int(rows, 16),
		.concurrency = (int32_t)row_int(rows, 17),
		.rate_per_second = (int32_t)row_int(rows, 18),
		.settings_revision = row_int(rows, 19),
		.revision = row_int(rows, 20),
		.created_us = row_int(rows, 21),
		.updated_us = row_int(rows, 22),
	};
}

struct status connection_find(struct store_tx *tx, const char *name, struct connection *connection, bool *is_found)
{
	struct rows *rows;

	TRY(store_query(tx, FIND, SQL_ARGS(sql_text(name)), &rows));
	*is_found = store_next(rows);
	if (*is_found)
		read_row(rows, connection);
	return OK;
}

struct status connection_get(struct store_tx *tx, const char *name, struct connection *connection)
{
	bool is_found;

	TRY(connection_find(tx, name, connection, &is_found));
	return is_found ? OK : resource_not_found(store_arena(tx), "Connection", name);
}

struct status connection_list(struct store_tx *tx, const char *tenant, const char *after, unsigned most,
			      struct connection **connections, size_t *count)
{
	struct rows *rows;

	TRY(store_query(tx, LIST, SQL_ARGS(sql_text(tenant), sql_text(text_or_empty(after)), sql_int(most)), &rows));
	*connections = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows), struct connection);
	for (*count = 0; store_next(rows); (*count)++)
		read_row(rows, &(*connections)[*count]);
	return OK;
}

struct status connection_insert(struct store_tx *tx, const struct connection *connection)
{
	int64_t changed;

	TRY(store_execute(tx, INSERT,
			  SQL_ARGS(sql_text(connection->name), sql_text(connection->tenant),
				   sql_text(connection->display_name), sql_text(connection->provider),
				   sql_text(connection->endpoint), sql_text(connection->region),
				   sql_text(connection->options), sql_text(connection->labels),
				   sql_int(connection->concurrency), sql_int(connection->rate_per_second),
				   sql_int(connection->created_us)),
			  &changed));
	if (changed == 0)
		return status_fail(store_arena(tx), STATUS_ALREADY_EXISTS, "CONNECTION_EXISTS",
				   "there is a connection \"%s\" already; choose another connection_id", connection->name);
	return OK;
}

struct status connection_update(struct store_tx *tx, struct connection *connection)
{
	int64_t changed;

	TRY(store_execute(tx, UPDATE,
			  SQL_ARGS(sql_text(connection->name), sql_int(connection->revision),
				   sql_text(connection->display_name), sql_text(connection->options),
				   sql_text(connection->labels), sql_int(connection->credentials_version),
				   sql_int(connection->state), sql_text(connection->state_message),
				   sql_bool(connection->is_disabled), sql_text(connection->product),
				   sql_text(connection->warning), sql_text(connection->capabilities),
				   sql_int(connection->probed_us), sql_int(connection->offerings),
				   sql_int(connection->concurrency), sql_int(connection->rate_per_second),
				   sql_int(connection->settings_revision), sql_int(connection->updated_us)),
			  &changed));
	if (changed == 0)
		return status_fail(store_arena(tx), STATUS_ABORTED, "ETAG_STALE",
				   "it changed since it was read; read it again and retry");
	connection->revision++;
	store_mark(tx, STORE_MARK_CATALOG);
	return OK;
}

struct status connection_delete(struct store_tx *tx, const char *name)
{
	TRY(store_execute(tx, DELETE_OFFERINGS, SQL_ARGS(sql_text(name)), NULL));
	TRY(store_execute(tx, DELETE_ALIASES, SQL_ARGS(sql_text(name)), NULL));
	TRY(store_execute(tx, DELETE_QUOTAS, SQL_ARGS(sql_text(name)), NULL));
	TRY(store_execute(tx, DELETE, SQL_ARGS(sql_text(name)), NULL));
	store_mark(tx, STORE_MARK_CATALOG);
	return OK;
}

static struct status has_row(struct store_tx *tx, const char *sql, const char *name, bool *has_any)
{
	struct rows *rows;

	TRY(store_query(tx, sql, SQL_ARGS(sql_text(name)), &rows));
	*has_any = store_count(rows) > 0;
	return OK;
}

struct status connection_of_tenant(struct store_tx *tx, const char *tenant, bool *has_any)
{
	return has_row(tx, OF_TENANT, tenant, has_any);
}

struct status connection_is_target(struct store_tx *tx, const char *name, bool *is_target)
{
	return has_row(tx, IS_TARGET, name, is_target);
}

struct status connection_credentials(struct store_tx *tx, const char *name, struct slice *sealed)
{
	struct rows *rows;

	TRY(store_query(tx, CREDENTIALS, SQL_ARGS(sql_text(name)), &rows));
	*sealed = store_next(rows) && !row_is_null(rows, 0) ? row_blob(rows, 0) : (struct slice){ 0 };
	return OK;
}

struct status connection_set_credentials(struct store_tx *tx, const char *name, struct slice sealed)
{
	return store_execute(tx, SET_CREDENTIALS, SQL_ARGS(sql_text(name), sql_blob(sealed)), NULL);
}

struct status connection_next_probe(struct store_tx *tx, const char *name, int64_t *generation)
{
	struct rows *rows;

	TRY(store_query(tx, NEXT_PROBE, SQL_ARGS(sql_text(name)), &rows));
	*generation = store_next(rows) ? row_int(rows, 0) : 0;
	return OK;
}

struct status catalog_ready_connections(struct store_tx *tx, unsigned most, const char ***names, size_t *count)
{
	struct rows *rows;

	TRY(store_query(tx, LIST_READY, SQL_ARGS(sql_int(most)), &rows));
	*names = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows), const char *);
	for (*count = 0; store_next(rows); (*count)++)
		(*names)[*count] = row_text(rows, 0);
	return OK;
}
