/* SPDX-License-Identifier: Apache-2.0 */
/* backup_test.c: copies of a working database, and which of them stay. */
#include "server/backup.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "tests/support/arena_fixture.h"

struct house {
	struct arena *arena;
	struct store *store;
	const char *folder;
};

static const struct migration steps[] = { { "test", 1, "0001_note", "CREATE TABLE note (text TEXT NOT NULL);" } };
static const char ADD[] = "INSERT INTO note (text) VALUES ($1)";
static const char COUNT[] = "SELECT count(*) FROM note";

static struct status add_note(struct store_tx *tx, void *context)
{
	return store_execute(tx, ADD, SQL_ARGS(sql_text(context)), NULL);
}

static struct status count_notes(struct store_tx *tx, void *context)
{
	struct rows *rows;

	TRY(store_query(tx, COUNT, SQL_NO_ARGS, &rows));
	*(int64_t *)context = store_next(rows) ? row_int(rows, 0) : -1;
	return OK;
}

static struct store *open_store(struct arena *arena, const char *path)
{
	struct store_options options = { .url = path, .busy_ms = 100 };
	struct store *store;

	assert_true(status_is_ok(store_open(arena, &options, &store)));
	return store;
}

static struct house house_make(struct arena *arena)
{
	char *folder = arena_strdup(arena, "/tmp/gaon-backup-XXXXXX");
	assert_non_null(mkdtemp(folder));

	struct house house = { arena, open_store(arena, arena_printf(arena, "%s/live", folder)), folder };
	assert_true(status_is_ok(store_migrate(house.store, arena, steps, 1)));
	assert_true(status_is_ok(store_write(house.store, arena, add_note, "kept")));
	return house;
}

static void house_end(struct house *house)
{
	store_close(house->store);
	time_fake_off();
	assert_int_equal(system(arena_printf(house->arena, "rm -r '%s'", house->folder)), 0);
}

static bool exists(struct arena *arena, const char *folder, const char *name)
{
	return access(arena_printf(arena, "%s/%s", folder, name), F_OK) == 0;
}

static void a_backup_opens_as_a_store_with_all_that_was_committed(void **state)
{
	struct arena *arena = *state;
	struct house house = house_make(arena);
	const char *path;
	struct stat facts;
	int64_t count = 0;

	assert_true(status_is_ok(backup_make(house.store, arena, house.folder, 2, &path)));
	assert_true(status_is_ok(store_write(house.store, arena, add_note, "later")));
	assert_int_equal(stat(path, &facts), 0);
	assert_int_equal(facts.st_mode & 07777, 0600);

	struct store *copy = open_store(arena, path);
	assert_true(status_is_ok(store_migrate(copy, arena, steps, 1)));
	assert_true(status_is_ok(store_read(copy, arena, count_notes, &count)));
	assert_int_equal(count, 1);
	store_close(copy);
	house_end(&house);
}

static void only_the_newest_stay_and_nothing_else_is_touched(void **state)
{
	struct arena *arena = *state;
	struct house house = house_make(arena);
	static const char *const others[] = { "gaon-notes.db", "gaon-20261123T134502Z.db.old", "gaon-2026.db" };
	const char *path;

	for (size_t i = 0; i < 3; i++)
		close(open(arena_printf(arena, "%s/%s", house.folder, others[i]), O_CREAT | O_WRONLY, 0600));
	time_fake_set(INT64_C(1795441502) * TIME_US_PER_SECOND);
	for (int i = 0; i < 4; i++) {
		assert_true(status_is_ok(backup_make(house.store, arena, house.folder, 2, &path)));
		time_fake_advance(TIME_US_PER_DAY);
	}
	assert_false(exists(arena, house.folder, "gaon-20261123T134502Z.db"));
	assert_false(exists(arena, house.folder, "gaon-20261124T134502Z.db"));
	assert_true(exists(arena, house.folder, "gaon-20261125T134502Z.db"));
	assert_true(exists(arena, house.folder, "gaon-20261126T134502Z.db"));
	for (size_t i = 0; i < 3; i++)
		assert_true(exists(arena, house.folder, others[i]));
	house_end(&house);
}

static void a_copy_that_fails_removes_none(void **state)
{
	struct arena *arena = *state;
	struct house house = house_make(arena);
	const char *first, *second = NULL;

	time_fake_set(INT64_C(1795441502) * TIME_US_PER_SECOND);
	assert_true(status_is_ok(backup_make(house.store, arena, house.folder, 1, &first)));
	assert_string_equal(backup_make(house.store, arena, house.folder, 1, &second).reason, "STORE_BACKUP_EXISTS");
	assert_null(second);
	assert_int_equal(access(first, F_OK), 0);
	assert_false(status_is_ok(backup_make(house.store, arena, "/nowhere/at/all", 1, &second)));
	house_end(&house);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(a_backup_opens_as_a_store_with_all_that_was_committed),
		ARENA_TEST(only_the_newest_stay_and_nothing_else_is_touched),
		ARENA_TEST(a_copy_that_fails_removes_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
