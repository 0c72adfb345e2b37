/* SPDX-License-Identifier: Apache-2.0 */
/* keys_test.c: a database and its key belong together. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/gaond.h"
#include "tests/support/arena_fixture.h"

static const struct migration steps[] = {
	{ "test", 1, "0001_installation", "CREATE TABLE installation (key TEXT PRIMARY KEY, value TEXT NOT NULL);" },
};

struct house {
	struct arena *arena;
	struct store *store;
	const char *folder, *path;
};

static struct house house_make(struct arena *arena)
{
	char *folder = arena_strdup(arena, "/tmp/gaon-keys-XXXXXX");
	assert_non_null(mkdtemp(folder));

	struct house house = { .arena = arena, .folder = folder, .path = arena_printf(arena, "%s/key", folder) };
	struct store_options options = { .url = arena_printf(arena, "%s/db", folder), .busy_ms = 100 };
	assert_true(status_is_ok(store_open(arena, &options, &house.store)));
	assert_true(status_is_ok(store_migrate(house.store, arena, steps, 1)));
	return house;
}

static void house_end(struct house *house)
{
	store_close(house->store);
	assert_int_equal(system(arena_printf(house->arena, "rm -r '%s'", house->folder)), 0);
}

static struct status load(const struct house *house, struct server_keys *keys)
{
	return keys_load(house->arena, house->store, house->path, keys);
}

static void a_new_database_gets_a_key_that_only_its_owner_reads(void **state)
{
	struct house house = house_make(*state);
	struct server_keys first, again;
	struct stat facts;

	assert_true(status_is_ok(load(&house, &first)));
	assert_int_equal(stat(house.path, &facts), 0);
	assert_int_equal(facts.st_mode & 07777, 0600);
	assert_true(status_is_ok(load(&house, &again)));
	assert_memory_equal(&first, &again, sizeof first);
	assert_memory_not_equal(first.api_keys, first.sealing, sizeof first.sealing);
	house_end(&house);
}

static void a_lost_key_is_not_made_anew(void **state)
{
	struct house house = house_make(*state);
	struct server_keys keys;

	assert_true(status_is_ok(load(&house, &keys)));
	assert_int_equal(rename(house.path, arena_printf(*state, "%s.kept", house.path)), 0);
	assert_string_equal(load(&house, &keys).reason, "KEY_FILE");
	assert_int_not_equal(access(house.path, F_OK), 0);
	assert_int_equal(rename(arena_printf(*state, "%s.kept", house.path), house.path), 0);
	assert_true(status_is_ok(load(&house, &keys)));
	house_end(&house);
}

static void another_databases_key_is_refused(void **state)
{
	struct house mine = house_make(*state), other = house_make(*state);
	struct server_keys keys;

	assert_true(status_is_ok(load(&mine, &keys)));
	assert_true(status_is_ok(load(&other, &keys)));
	mine.path = other.path;
	assert_string_equal(load(&mine, &keys).reason, "KEY_MISMATCH");
	house_end(&mine);
	house_end(&other);
}

static void a_key_that_others_may_read_is_refused(void **state)
{
	struct house house = house_make(*state);
	struct server_keys keys;

	assert_true(status_is_ok(load(&house, &keys)));
	assert_int_equal(chmod(house.path, 0640), 0);
	assert_string_equal(load(&house, &keys).reason, "KEY_FILE");
	house_end(&house);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(a_new_database_gets_a_key_that_only_its_owner_reads),
		ARENA_TEST(a_lost_key_is_not_made_anew),
		ARENA_TEST(another_databases_key_is_refused),
		ARENA_TEST(a_key_that_others_may_read_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
