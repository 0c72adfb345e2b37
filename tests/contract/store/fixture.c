/* SPDX-License-Identifier: Apache-2.0 */
/* fixture.c: fresh stores. */
#include "tests/contract/store/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *make_sqlite(struct arena *arena)
{
	char *folder = arena_strdup(arena, "/tmp/gaon-store-XXXXXX");

	assert_non_null(mkdtemp(folder));
	return arena_printf(arena, "sqlite:%s/gaon.db", folder);
}

static void drop_sqlite(const char *url)
{
	static const char *const endings[] = { "", "-wal", "-shm", ".lock", ".backup" };
	char path[256];

	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
		snprintf(path, sizeof path, "%s%s", url + strlen("sqlite:"), endings[i]);
		unlink(path);
	}
	snprintf(path, sizeof path, "%s", url + strlen("sqlite:"));
	*strrchr(path, '/') = '\0';
	rmdir(path);
}

const struct driver_row driver_rows[] = {
	{ "sqlite", make_sqlite, drop_sqlite },
};
const size_t driver_count = sizeof driver_rows / sizeof driver_rows[0];

static const struct migration table_step[] = {
	{ "test", 1, "0001_thing",
	  "CREATE TABLE thing (id TEXT NOT NULL PRIMARY KEY, number BIGINT NOT NULL CHECK (number >= 0), data BLOB,"
	  " owner TEXT REFERENCES thing (id)); CREATE INDEX thing_by_number ON thing (number);" },
};

int fixture_setup(void **state)
{
	struct arena *arena = arena_new(0);
	struct fixture *fixture = ARENA_NEW(arena, struct fixture);

	fixture->arena = arena;
	fixture->driver = *state;
	fixture->options = (struct store_options){ .url = fixture->driver->make(arena), .busy_ms = 200, .query_rows = 2000 };
	fixture_reopen(fixture);
	assert_ok(store_migrate(fixture->store, arena, change_migrations, change_migration_count));
	assert_ok(store_migrate(fixture->store, arena, table_step, 1));
	*state = fixture;
	return 0;
}

void fixture_reopen(struct fixture *fixture)
{
	store_close(fixture->store);
	fixture->store = NULL;
	assert_ok(store_open(fixture->arena, &fixture->options, &fixture->store));
}

int fixture_teardown(void **state)
{
	struct fixture *fixture = *state;

	store_close(fixture->store);
	fixture->driver->drop(fixture->options.url);
	arena_free(fixture->arena);
	return 0;
}

struct one_statement {
	const char *sql;
	const struct sql_value *values;
	size_t count;
};

static struct status run_one(struct store_tx *tx, void *context)
{
	const struct one_statement *one = context;

	return store_execute(tx, one->sql, one->values, one->count, NULL);
}

struct status write_sql(struct store *store, struct arena *arena, const char *sql, const struct sql_value *values,
			size_t count)
{
	struct one_statement one = { sql, values, count };

	return store_write(store, arena, run_one, &one);
}

int64_t read_number(struct store *store, const char *sql)
{
	struct arena *arena = arena_new(0);
	struct store_tx *tx = NULL;
	struct rows *rows = NULL;

	assert_ok(store_read_begin(store, arena, &tx));
	assert_ok(store_query(tx, sql, SQL_NO_ARGS, &rows));

	int64_t number = store_next(rows) ? row_int(rows, 0) : -1;

	store_read_end(tx);
	arena_free(arena);
	return number;
}
