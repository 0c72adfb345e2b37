/* SPDX-License-Identifier: Apache-2.0 */
/* offering_store.c: the table offering. */
#include "server/services/catalog/offering_store.h"

#include "runtime/base/text.h"

#define COLUMNS " o.kind, o.id, o.native_id, o.vcpus, o.memory_mib, o.disk_gib, o.os, o.architecture, o.cidr, o.parent, o.zone"
#define IN_USE                                                                                       \
	" FROM connection c JOIN offering o ON o.connection = c.name AND o.generation = c.offerings" \
	" WHERE c.name = $1 AND o.kind = $2"

static const char FIND[] = "SELECT" COLUMNS IN_USE " AND o.id = $3";
static const char LIST[] = "SELECT" COLUMNS IN_USE " AND o.id > $3 ORDER BY o.id LIMIT $4";
static const char ID_OF_NATIVE[] = "SELECT o.id" IN_USE " AND o.native_id = $3";
static const char ID_IS_TAKEN[] =
	"SELECT 1 FROM offering WHERE connection = $1 AND kind = $2 AND id = $3 AND native_id <> $4"
	" AND (generation = $5 OR generation = (SELECT offerings FROM connection WHERE name = $1)) LIMIT 1";
static const char INSERT[] = "INSERT INTO offering (connection, generation, kind, id, native_id, vcpus, memory_mib,"
			     " disk_gib, os, architecture, cidr, parent, zone)"
			     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
			     " ON CONFLICT DO NOTHING";
static const char FORGET[] = "DELETE FROM offering WHERE connection = $1 AND generation <= $2 AND generation <> $3";
static const char WITHDRAW[] = "DELETE FROM offering WHERE connection = $1 AND kind = $2 AND native_id = $3";
static const char DROP[] = "DELETE FROM offering WHERE connection = $1 AND generation = $2";

static void read_row(const struct rows *rows, struct offering *offering)
{
	*offering = (struct offering){
		.kind = (enum offering_kind)row_int(rows, 0),
		.id = row_text(rows, 1),
		.native_id = row_text(rows, 2),
		.vcpus = (int32_t)row_int(rows, 3),
		.memory_mib = row_int(rows, 4),
		.disk_gib = row_int(rows, 5),
		.os = row_text(rows, 6),
		.architecture = row_text(rows, 7),
		.cidr = row_text(rows, 8),
		.parent = row_text(rows, 9),
		.zone = row_text(rows, 10),
	};
}

struct status offering_find(struct store_tx *tx, const char *connection, enum offering_kind kind, const char *id,
			    struct offering *offering, bool *is_found)
{
	struct rows *rows;

	TRY(store_query(tx, FIND, SQL_ARGS(sql_text(connection), sql_int(kind), sql_text(id)), &rows));
	*is_found = store_next(rows);
	if (*is_found)
		read_row(rows, offering);
	return OK;
}

struct status offering_list(struct store_tx *tx, const char *connection, enum offering_kind kind, const char *after,
			    unsigned most, struct offering **offerings, size_t *count)
{
	struct rows *rows;

	TRY(store_query(tx, LIST,
			SQL_ARGS(sql_text(connection), sql_int(kind), sql_text(text_or_empty(after)), sql_int(most)),
			&rows));
	*offerings = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows), struct offering);
	for (*count = 0; store_next(rows); (*count)++)
		read_row(rows, &(*offerings)[*count]);
	return OK;
}

struct status offering_present_id(struct store_tx *tx, const char *connection, enum offering_kind kind,
				  const char *native_id, const char **id)
{
	struct rows *rows;

	TRY(store_query(tx, ID_OF_NATIVE, SQL_ARGS(sql_text(connection), sql_int(kind), sql_text(native_id)), &rows));
	*id = store_next(rows) ? row_text(rows, 0) : NULL;
	return OK;
}

struct status offering_id_is_taken(struct store_tx *tx, const char *connection, int64_t generation,
				   const struct offering *offering, bool *is_taken)
{
	struct rows *rows;

	TRY(store_query(tx, ID_IS_TAKEN,
			SQL_ARGS(sql_text(connection), sql_int(offering->kind), sql_text(offering->id),
				 sql_text(offering->native_id), sql_int(generation)),
			&rows));
	*is_taken = store_count(rows) > 0;
	return OK;
}

struct status offering_insert(struct store_tx *tx, const char *connection, int64_t generation,
			      const struct offering *offering)
{
	return store_execute(tx, INSERT,
			     SQL_ARGS(sql_text(connection), sql_int(generation), sql_int(offering->kind),
				      sql_text(offering->id), sql_text(offering->native_id), sql_int(offering->vcpus),
				      sql_int(offering->memory_mib), sql_int(offering->disk_gib), sql_text(offering->os),
				      sql_text(offering->architecture), sql_text(offering->cidr), sql_text(offering->parent),
				      sql_text(offering->zone)),
			     NULL);
}

struct status offering_forget(struct store_tx *tx, const char *connection, int64_t newest, int64_t kept)
{
	return store_execute(tx, FORGET, SQL_ARGS(sql_text(connection), sql_int(newest), sql_int(kept)), NULL);
}

struct status offering_drop(struct store_tx *tx, const char *connection, int64_t generation)
{
	return store_execute(tx, DROP, SQL_ARGS(sql_text(connection), sql_int(generation)), NULL);
}

struct status offering_withdraw(struct store_tx *tx, const char *connection, enum offering_kind kind, const char *native_id)
{
	return store_execute(tx, WITHDRAW, SQL_ARGS(sql_text(connection), sql_int(kind), sql_text(native_id)), NULL);
}
