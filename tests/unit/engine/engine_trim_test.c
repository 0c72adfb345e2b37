/* SPDX-License-Identifier: Apache-2.0 */
/* engine_trim_test.c: what has ended is forgotten some day, and nothing else is. */
#include "tests/unit/engine/script.h"

#include "runtime/base/time.h"

static int64_t count_rows(struct world *world, const char *sql)
{
	struct store_tx *tx = NULL;
	struct rows *rows = NULL;

	assert_ok(store_read_begin(world->store, world->arena, &tx));
	assert_ok(store_query(tx, sql, SQL_NO_ARGS, &rows));
	assert_true(store_next(rows));

	int64_t count = row_int(rows, 0);

	store_read_end(tx);
	return count;
}

struct trimming {
	int64_t before_us, forgotten;
	unsigned most;
};

static struct status trim(struct store_tx *tx, void *context)
{
	struct trimming *trimming = context;

	return operation_trim(tx, trimming->before_us, trimming->most, &trimming->forgotten);
}

static void what_ended_long_ago_is_forgotten_with_its_journal_and_nothing_else(void **state)
{
	struct world *world = *state;
	struct trimming old = { .most = 100 }, one = { .most = 1 };
	const char *unfinished, *young;

	for (int i = 0; i < 3; i++)
		world_run(world);
	time_fake_advance(TIME_US_PER_DAY);
	one.before_us = old.before_us = time_now_us();
	world_run(world);
	young = world->id;
	world_create(world, NULL);
	unfinished = world->id;
	time_fake_advance(TIME_US_PER_DAY);
	assert_int_equal(count_rows(world, "SELECT count(*) FROM operation"), 5);
	assert_ok(store_write(world->store, world->arena, trim, &one));
	assert_int_equal(one.forgotten, 1);
	assert_ok(store_write(world->store, world->arena, trim, &old));
	assert_int_equal(old.forgotten, 2);
	assert_int_equal(count_rows(world, "SELECT count(*) FROM operation"), 2);
	assert_int_equal(count_rows(world, arena_printf(world->arena, "SELECT count(*) FROM operation WHERE id IN ('%s', '%s')",
							young, unfinished)),
			 2);
	assert_true(count_rows(world, "SELECT count(*) FROM operation_step") > 0);
	assert_int_equal(count_rows(world, "SELECT count(*) FROM operation_step s WHERE NOT EXISTS"
					   " (SELECT 1 FROM operation o WHERE o.id = s.operation)"), 0);
	assert_ok(store_write(world->store, world->arena, trim, &old));
	assert_int_equal(old.forgotten, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_ended_long_ago_is_forgotten_with_its_journal_and_nothing_else,
						world_setup, world_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
