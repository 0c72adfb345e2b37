/* SPDX-License-Identifier: Apache-2.0 */
/* api_key_store.c: the SQL of API keys. */
#include "server/services/iam/api_key_store.h"

#include "runtime/base/text.h"

#define COLUMNS " id, name, account, display_name, hash, expires_us, last_use_us, create_us "

static const char INSERT_KEY[] =
	"INSERT INTO api_key (id, name, account, display_name, hash, expires_us, create_us)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7)";

static const char FIND_KEY[] = "SELECT" COLUMNS "FROM api_key WHERE id = $1";

static const char DELETE_KEY[] = "DELETE FROM api_key WHERE id = $1";

static const char COUNT_KEYS[] = "SELECT COUNT(*) FROM api_key WHERE account = $1";

static const char USED_KEY[] =
	"UPDATE api_key SET last_use_us = $2 WHERE id = $1 AND (last_use_us IS NULL OR last_use_us < $2)";

static const char PAGE_OF_KEYS[] =
	"SELECT" COLUMNS "FROM api_key WHERE account = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3";

static struct sql_value time_or_null(int64_t time_us)
{
	return time_us == 0 ? sql_null() : sql_int(time_us);
}

static struct api_key read_key(const struct rows *rows)
{
	return (struct api_key){
		.id = row_text(rows, 0),
		.name = row_text(rows, 1),
		.account = row_text(rows, 2),
		.display_name = row_text(rows, 3),
		.hash = row_blob(rows, 4),
		.expires_us = row_int(rows, 5),
		.last_use_us = row_int(rows, 6),
		.create_us = row_int(rows, 7),
	};
}

struct status api_key_insert(struct store_tx *tx, const struct api_key *key)
{
	return store_execute(tx, INSERT_KEY,
			     SQL_ARGS(sql_text(key->id), sql_text(key->name), sql_text(key->account),
				      sql_text(key->display_name), sql_blob(key->hash), time_or_null(key->expires_us),
				      sql_int(key->create_us)),
			     NULL);
}

struct status api_key_find(struct store_tx *tx, const char *id, struct api_key *key, bool *found)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, FIND_KEY, SQL_ARGS(sql_text(id)), &rows));
	*found = store_next(rows);
	if (*found)
		*key = read_key(rows);
	return OK;
}

struct status api_key_delete(struct store_tx *tx, const char *id)
{
	return store_execute(tx, DELETE_KEY, SQL_ARGS(sql_text(id)), NULL);
}

struct status api_key_count(struct store_tx *tx, const char *account, int64_t *count)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, COUNT_KEYS, SQL_ARGS(sql_text(account)), &rows));
	*count = store_next(rows) ? row_int(rows, 0) : 0;
	return OK;
}

struct status api_key_used(struct store_tx *tx, const char *id, int64_t at_us)
{
	return store_execute(tx, USED_KEY, SQL_ARGS(sql_text(id), sql_int(at_us)), NULL);
}

struct status api_key_page(struct store_tx *tx, const char *account, const char *before, unsigned limit,
			   struct api_key **keys, size_t *count)
{
	struct rows *rows = NULL;
	size_t filled = 0;

	TRY(store_query(tx, PAGE_OF_KEYS, SQL_ARGS(sql_text(account), sql_text(text_or_empty(before)), sql_int(limit)),
			&rows));

	struct api_key *found = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows), struct api_key);

	while (store_next(rows))
		found[filled++] = read_key(rows);
	*keys = found;
	*count = filled;
	return OK;
}
