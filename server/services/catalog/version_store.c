/* SPDX-License-Identifier: Apache-2.0 */
/* version_store.c: the tables product_version and version_target. */
#include "server/services/catalog/version_store.h"

#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/catalog/catalog.h"

#define COLUMNS                                                                                             \
	" name, product, number, state, content, rate_card, default_lease_days, max_lease_days,"            \
	" release_notes, digest, published_us, revision, created_us, updated_us"

static const char FIND[] = "SELECT" COLUMNS " FROM product_version WHERE name = $1";
static const char LIST[] = "SELECT" COLUMNS " FROM product_version WHERE product = $1 AND number < $2"
			   " ORDER BY number DESC LIMIT $3";
static const char NEXT_NUMBER[] = "SELECT COALESCE(MAX(number), 0) + 1 FROM product_version WHERE product = $1";
static const char INSERT[] =
	"INSERT INTO product_version (name, product, number, content, rate_card, default_lease_days, max_lease_days,"
	" release_notes, created_us, updated_us, state, digest, published_us, revision)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, 1, '', 0, 1)";
static const char UPDATE[] =
	"UPDATE product_version SET state = $3, content = $4, rate_card = $5, default_lease_days = $6,"
	" max_lease_days = $7, release_notes = $8, digest = $9, published_us = $10, updated_us = $11,"
	" revision = revision + 1 WHERE name = $1 AND revision = $2";
static const char DELETE_TARGETS[] = "DELETE FROM version_target WHERE version = $1";
static const char INSERT_TARGET[] = "INSERT INTO version_target (version, connection, rate_card) VALUES ($1, $2, $3)";
static const char USES_RATE_CARD[] = "SELECT 1 FROM product_version WHERE rate_card = $1"
				     " UNION ALL SELECT 1 FROM version_target WHERE rate_card = $1 LIMIT 1";

static struct status read_row(struct arena *arena, const struct rows *rows, struct version *version)
{
	*version = (struct version){
		.name = row_text(rows, 0),
		.product = row_text(rows, 1),
		.number = row_int(rows, 2),
		.state = (enum version_state)row_int(rows, 3),
		.rate_card = row_text(rows, 5),
		.default_lease_days = (int32_t)row_int(rows, 6),
		.max_lease_days = (int32_t)row_int(rows, 7),
		.release_notes = row_text(rows, 8),
		.digest = row_text(rows, 9),
		.published_us = row_int(rows, 10),
		.revision = row_int(rows, 11),
		.created_us = row_int(rows, 12),
		.updated_us = row_int(rows, 13),
	};
	return version_read_content(arena, row_text(rows, 4), version);
}

struct status version_find(struct store_tx *tx, const char *name, struct version *version, bool *is_found)
{
	struct rows *rows;

	TRY(store_query(tx, FIND, SQL_ARGS(sql_text(name)), &rows));
	*is_found = store_next(rows);
	return *is_found ? read_row(store_arena(tx), rows, version) : OK;
}

struct status version_get(struct store_tx *tx, const char *name, struct version *version)
{
	bool is_found;

	TRY(version_find(tx, name, version, &is_found));
	return is_found ? OK : resource_not_found(store_arena(tx), "ProductVersion", name);
}

struct status version_list(struct store_tx *tx, const char *product, int64_t before, unsigned most,
			   struct version **versions, size_t *count)
{
	struct rows *rows;

	TRY(store_query(tx, LIST, SQL_ARGS(sql_text(product), sql_int(before > 0 ? before : INT64_MAX), sql_int(most)),
			&rows));
	*versions = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows), struct version);
	for (*count = 0; store_next(rows); (*count)++)
		TRY(read_row(store_arena(tx), rows, &(*versions)[*count]));
	return OK;
}

static struct status write_targets(struct store_tx *tx, const struct version *version)
{
	TRY(store_execute(tx, DELETE_TARGETS, SQL_ARGS(sql_text(version->name)), NULL));
	for (size_t i = 0; i < version->target_count; i++)
		TRY(store_execute(tx, INSERT_TARGET,
				  SQL_ARGS(sql_text(version->name), sql_text(version->targets[i].connection),
					   sql_text(text_or_empty(version->targets[i].rate_card))),
				  NULL));
	return OK;
}

struct status version_insert(struct store_tx *tx, struct version *version)
{
	struct arena *arena = store_arena(tx);
	struct rows *rows;

	TRY(store_query(tx, NEXT_NUMBER, SQL_ARGS(sql_text(version->product)), &rows));
	version->number = store_next(rows) ? row_int(rows, 0) : 1;
	version->name = arena_printf(arena, "%s/versions/%lld", version->product, (long long)version->number);
	version->state = VERSION_DRAFT;
	version->revision = 1;
	version->digest = "";
	TRY(store_execute(tx, INSERT,
			  SQL_ARGS(sql_text(version->name), sql_text(version->product), sql_int(version->number),
				   sql_text(version_content(arena, version)), sql_text(version->rate_card),
				   sql_int(version->default_lease_days), sql_int(version->max_lease_days),
				   sql_text(version->release_notes), sql_int(version->created_us)),
			  NULL));
	return write_targets(tx, version);
}

struct status version_update(struct store_tx *tx, struct version *version)
{
	struct arena *arena = store_arena(tx);
	int64_t changed;

	TRY(store_execute(tx, UPDATE,
			  SQL_ARGS(sql_text(version->name), sql_int(version->revision), sql_int(version->state),
				   sql_text(version_content(arena, version)), sql_text(version->rate_card),
				   sql_int(version->default_lease_days), sql_int(version->max_lease_days),
				   sql_text(version->release_notes), sql_text(version->digest),
				   sql_int(version->published_us), sql_int(version->updated_us)),
			  &changed));
	if (changed == 0)
		return status_fail(arena, STATUS_ABORTED, "ETAG_STALE",
				   "it changed since it was read; read it again and retry");
	version->revision++;
	return write_targets(tx, version);
}

struct status catalog_rate_card_used(struct store_tx *tx, const char *rate_card, bool *is_used)
{
	struct rows *rows;

	TRY(store_query(tx, USES_RATE_CARD, SQL_ARGS(sql_text(rate_card)), &rows));
	*is_used = store_count(rows) > 0;
	return OK;
}

struct status catalog_version_lease(struct store_tx *tx, const char *product_version, int32_t *max_lease_days)
{
	struct version version;

	TRY(version_get(tx, product_version, &version));
	*max_lease_days = version.max_lease_days;
	return OK;
}
