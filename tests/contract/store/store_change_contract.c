/* SPDX-License-Identifier: Apache-2.0 */
/* store_change_contract.c: the change feed: no gap, no duplicate, resumable, and it says when a position is too old. */
#include "tests/contract/store/fixture.h"

#include <string.h>

static struct status append(struct store_tx *tx, void *context)
{
	return change_append(tx, context);
}

static void add(struct fixture *f, const char *tenant, const char *project, const char *type, const char *name,
		int64_t at_us)
{
	struct change change = { .tenant = tenant, .project = project, .type = type, .name = name,
				 .kind = CHANGE_UPDATED, .at_us = at_us };

	assert_ok(store_write(f->store, f->arena, append, &change));
}

struct reading {
	int64_t after;
	struct change_filter filter;
	unsigned most;
	struct change *changes;
	size_t count;
};

static struct status read_changes(struct store_tx *tx, void *context)
{
	struct reading *reading = context;

	return change_read(tx, reading->after, &reading->filter, reading->most, &reading->changes, &reading->count);
}

static struct reading read_after(struct fixture *f, int64_t after, struct change_filter filter, unsigned most)
{
	struct reading reading = { after, filter, most, NULL, 0 };

	assert_ok(store_read(f->store, f->arena, read_changes, &reading));
	return reading;
}

static int64_t newest(struct fixture *f)
{
	return read_number(f->store, "SELECT newest FROM change_head");
}

static void a_reader_that_goes_on_gets_each_change_once_in_order(void **state)
{
	struct fixture *f = *state;
	int64_t position = 0;
	int seen = 0;

	for (int i = 0; i < 10; i++)
		add(f, "acme", "web", "machine", arena_printf(f->arena, "m%d", i), 1);
	for (;;) {
		struct reading reading = read_after(f, position, (struct change_filter){ .type = "machine" }, 3);

		for (size_t i = 0; i < reading.count; i++) {
			assert_string_equal(reading.changes[i].name, arena_printf(f->arena, "m%d", seen++));
			assert_true(reading.changes[i].sequence > position);
			position = reading.changes[i].sequence;
		}
		if (reading.count == 0)
			break;
	}
	assert_int_equal(seen, 10);
	assert_int_equal(position, newest(f));
}

static void filters_choose_by_tenant_project_type_and_name(void **state)
{
	struct fixture *f = *state;
	const struct {
		struct change_filter filter;
		size_t count;
	} rows[] = {
		{ { .type = "machine" }, 4 },
		{ { .type = "order" }, 1 },
		{ { .type = "machine", .tenant = "acme" }, 3 },
		{ { .type = "machine", .tenant = "acme", .project = "web" }, 2 },
		{ { .type = "machine", .name = "b" }, 1 },
		{ { .type = "machine", .tenant = "acme", .name = "d" }, 0 },
		{ { .type = "machine", .tenant = "nobody" }, 0 },
	};

	add(f, "acme", "web", "machine", "a", 1);
	add(f, "acme", "web", "machine", "b", 1);
	add(f, "acme", "shop", "machine", "c", 1);
	add(f, "other", "web", "machine", "d", 1);
	add(f, "acme", NULL, "order", "e", 1);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(read_after(f, 0, rows[i].filter, 100).count, rows[i].count);
	assert_null(read_after(f, 0, rows[1].filter, 100).changes[0].project);
}

struct trim {
	int64_t before_us, most;
};

static struct status trim_changes(struct store_tx *tx, void *context)
{
	struct trim *trim = context;

	return change_trim(tx, trim->before_us, trim->most, NULL);
}

static void a_trimmed_position_is_too_old_and_numbers_never_come_again(void **state)
{
	struct fixture *f = *state;
	struct trim two = { 100, 2 };
	struct trim all = { 100, 1000 };
	struct reading late = { .after = 1, .filter = { .type = "machine" }, .most = 10 };

	for (int i = 0; i < 5; i++)
		add(f, "acme", "web", "machine", "m", 10 + i);
	assert_ok(store_write(f->store, f->arena, trim_changes, &two));
	assert_int_equal(read_after(f, 2, late.filter, 10).count, 3);
	assert_fails(store_read(f->store, f->arena, read_changes, &late), STATUS_OUT_OF_RANGE, "CHANGE_TOO_OLD");
	assert_ok(store_write(f->store, f->arena, trim_changes, &all));
	assert_int_equal(read_number(f->store, "SELECT COUNT(*) FROM change"), 0);
	assert_ok(store_write(f->store, f->arena, trim_changes, &all));
	add(f, "acme", "web", "machine", "m", 200);
	assert_int_equal(newest(f), 6);
	assert_int_equal(read_after(f, 5, late.filter, 10).count, 1);
	assert_ok(store_write(f->store, f->arena, trim_changes, &all));
	assert_int_equal(read_number(f->store, "SELECT COUNT(*) FROM change"), 1);
}

static void a_position_never_given_out_is_refused(void **state)
{
	struct fixture *f = *state;
	struct reading ahead = { .after = 7, .filter = { .type = "machine" }, .most = 10 };

	add(f, "acme", "web", "machine", "m", 1);
	assert_fails(store_read(f->store, f->arena, read_changes, &ahead), STATUS_OUT_OF_RANGE, "CHANGE_IN_FUTURE");
}

const struct CMUnitTest change_tests[] = {
	cmocka_unit_test_setup_teardown(a_reader_that_goes_on_gets_each_change_once_in_order, fixture_setup,
					fixture_teardown),
	cmocka_unit_test_setup_teardown(filters_choose_by_tenant_project_type_and_name, fixture_setup, fixture_teardown),
	cmocka_unit_test_setup_teardown(a_trimmed_position_is_too_old_and_numbers_never_come_again, fixture_setup,
					fixture_teardown),
	cmocka_unit_test_setup_teardown(a_position_never_given_out_is_refused, fixture_setup, fixture_teardown),
};
const size_t change_test_count = sizeof change_tests / sizeof change_tests[0];
