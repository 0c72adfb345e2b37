/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite_file.c: a store in a file of its own. */
#include "tests/unit/store/sqlite_file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct migration step[] = {
	{ "test", 1, "0001_thing", "CREATE TABLE thing (id BIGINT NOT NULL PRIMARY KEY, data BLOB);" },
};

struct status file_open(struct file *file)
{
	const struct store_options options = { .url = file->path, .busy_ms = 60 };

	TRY(store_open(file->arena, &options, &file->store));
	return store_migrate(file->store, file->arena, step, 1);
}

void file_close(struct file *file)
{
	store_close(file->store);
	file->store = NULL;
}

int file_setup(void **state)
{
	struct arena *arena = arena_new(0);
	struct file *file = ARENA_NEW(arena, struct file);

	file->arena = arena;
	file->folder = arena_strdup(arena, "/tmp/gaon-sqlite-XXXXXX");
	assert_non_null(mkdtemp(file->folder));
	file->path = arena_printf(arena, "%s/gaon.db", file->folder);
	*state = file;
	return 0;
}

int file_teardown(void **state)
{
	struct file *file = *state;
	static const char *const endings[] = { "", "-wal", "-shm", "-journal", ".lock", ".copy", ".copy.lock", ".copy-wal" };

	file_close(file);
	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
		unlink(arena_printf(file->arena, "%s%s", file->path, endings[i]));
	rmdir(file->folder);
	arena_free(file->arena);
	return 0;
}

struct status insert_rows(struct store_tx *tx, void *context)
{
	const struct insertion *insertion = context;
	char *data = arena_zalloc(store_arena(tx), insertion->size + 1);

	for (int64_t i = 0; i < insertion->count; i++)
		TRY(store_execute(tx, "INSERT INTO thing (id, data) VALUES ($1, $2)",
				  SQL_ARGS(sql_int(insertion->first + i), sql_blob(slice_of(data, insertion->size))), NULL));
	return OK;
}

struct status file_insert(struct file *file, int64_t id, size_t size)
{
	struct arena *arena = arena_new(0);
	struct insertion insertion = { id, 1, size };
	struct status status = store_write(file->store, arena, insert_rows, &insertion);
	bool is_full = !status_is_ok(status) && strcmp(status.reason, "STORE_FULL") == 0;
	/* The arena goes: only constants may leave. */
	struct status kept = { .code = status.code, .reason = is_full ? "STORE_FULL" : "ANOTHER", .message = "" };

	arena_free(arena);
	return kept;
}

int64_t file_ask(struct file *file, const char *sql)
{
	struct arena *arena = arena_new(0);
	struct store_tx *tx = NULL;
	struct rows *rows = NULL;

	assert_ok(store_read_begin(file->store, arena, &tx));
	assert_ok(store_query(tx, sql, SQL_NO_ARGS, &rows));
	assert_true(store_next(rows));

	int64_t number = row_int(rows, 0);

	store_read_end(tx);
	arena_free(arena);
	return number;
}
