/* SPDX-License-Identifier: Apache-2.0 */
/* offering_alias.c: the table offering_alias, and what a word means on a connection. */
#include "server/services/catalog/offering_alias.h"

#include "runtime/base/text.h"

static const char INSERT[] =
	"INSERT INTO offering_alias (connection, kind, alias, offering, created_us) VALUES ($1, $2, $3, $4, $5)"
	" ON CONFLICT DO NOTHING";
static const char DELETE[] = "DELETE FROM offering_alias WHERE connection = $1 AND kind = $2 AND alias = $3";
static const char LIST[] =
	"SELECT kind, alias, offering FROM offering_alias WHERE connection = $1 AND (kind > $2 OR (kind = $2 AND alias > $3))"
	" ORDER BY kind, alias LIMIT $4";
static const char COUNT[] = "SELECT count(*) FROM offering_alias WHERE connection = $1";
static const char FIND[] = "SELECT offering FROM offering_alias WHERE connection = $1 AND kind = $2 AND alias = $3";
static const char SMALLEST[] =
	"SELECT o.id FROM connection c JOIN offering o ON o.connection = c.name AND o.generation = c.offerings"
	" WHERE c.name = $1 AND o.kind = 1 AND o.vcpus >= $2 AND o.memory_mib >= $3"
	" ORDER BY o.vcpus, o.memory_mib, o.disk_gib, o.id LIMIT 1";

struct status alias_insert(struct store_tx *tx, const char *connection, const struct offering_alias *alias, int64_t now_us)
{
	int64_t made;

	TRY(store_execute(tx, INSERT,
			  SQL_ARGS(sql_text(connection), sql_int(alias->kind), sql_text(alias->alias), sql_text(alias->offering),
				   sql_int(now_us)),
			  &made));
	return made > 0 ? OK
			: status_fail(store_arena(tx), STATUS_ALREADY_EXISTS, "ALIAS_EXISTS",
				      "\"%s\" has a meaning here already; delete that alias first", alias->alias);
}

struct status alias_delete(struct store_tx *tx, const char *connection, enum offering_kind kind, const char *alias,
			   bool *is_found)
{
	int64_t gone;

	TRY(store_execute(tx, DELETE, SQL_ARGS(sql_text(connection), sql_int(kind), sql_text(alias)), &gone));
	*is_found = gone > 0;
	return OK;
}

struct status alias_list(struct store_tx *tx, const char *connection, const struct offering_alias *after, unsigned most,
			 struct offering_alias **aliases, size_t *count)
{
	struct rows *rows;

	TRY(store_query(tx, LIST,
			SQL_ARGS(sql_text(connection), sql_int(after->kind), sql_text(text_or_empty(after->alias)), sql_int(most)),
			&rows));
	*aliases = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows) + 1, struct offering_alias);
	for (*count = 0; store_next(rows); (*count)++)
		(*aliases)[*count] =
			(struct offering_alias){ (enum offering_kind)row_int(rows, 0), row_text(rows, 1), row_text(rows, 2) };
	return OK;
}

struct status alias_count(struct store_tx *tx, const char *connection, int64_t *count)
{
	struct rows *rows;

	TRY(store_query(tx, COUNT, SQL_ARGS(sql_text(connection)), &rows));
	*count = store_next(rows) ? row_int(rows, 0) : 0;
	return OK;
}

static const struct size_class *class_of(const struct version *version, const struct offering_alias *word)
{
	for (size_t i = 0; version && word->kind == OFFERING_SIZE && i < version->size_count; i++)
		if (text_equal(version->sizes[i].name, word->alias))
			return &version->sizes[i];
	return NULL;
}

struct status offering_of_word(struct store_tx *tx, const struct version *version, const char *connection,
			       const struct offering_alias *word, struct offering *offering, bool *is_found)
{
	const struct size_class *class = class_of(version, word);
	const char *id = word->alias;
	struct rows *rows;

	TRY(store_query(tx, FIND, SQL_ARGS(sql_text(connection), sql_int(word->kind), sql_text(word->alias)), &rows));
	if (store_next(rows)) {
		id = row_text(rows, 0);
	} else if (class) {
		TRY(store_query(tx, SMALLEST,
				SQL_ARGS(sql_text(connection), sql_int(class->least_vcpus), sql_int(class->least_memory_mib)), &rows));
		*is_found = store_next(rows);
		if (!*is_found)
			return OK;
		id = row_text(rows, 0);
	}
	return offering_find(tx, connection, word->kind, id, offering, is_found);
}
