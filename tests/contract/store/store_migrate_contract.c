/* SPDX-License-Identifier: Apache-2.0 */
/* store_migrate_contract.c: schemas go forward, whole, and only as they were written. */
#include "tests/contract/store/fixture.h"

static const struct migration steps[] = {
	{ "room", 1, "0001_first", "CREATE TABLE first (id BIGINT NOT NULL PRIMARY KEY);" },
	{ "room", 2, "0002_second", "CREATE TABLE second (id BIGINT NOT NULL PRIMARY KEY); INSERT INTO second (id) VALUES (2);" },
	{ "other", 1, "0001_other", "CREATE TABLE other (id BIGINT NOT NULL REFERENCES first (id));" },
};

static void migrations_go_forward_once(void **state)
{
	struct fixture *f = *state;

	assert_ok(store_migrate(f->store, f->arena, steps, 1));
	assert_ok(store_migrate(f->store, f->arena, steps, 3));
	assert_ok(store_migrate(f->store, f->arena, steps, 3));
	fixture_reopen(f);
	assert_ok(store_migrate(f->store, f->arena, steps, 3));
	assert_int_equal(read_number(f->store, "SELECT COUNT(*) FROM second"), 1);
}

static void an_older_release_refuses_a_newer_database(void **state)
{
	struct fixture *f = *state;

	assert_ok(store_migrate(f->store, f->arena, steps, 3));
	assert_fails(store_migrate(f->store, f->arena, steps, 1), STATUS_FAILED_PRECONDITION, "STORE_NEWER");
}

static void a_room_of_a_newer_release_is_refused_where_all_rooms_are_given(void **state)
{
	struct fixture *f = *state;

	assert_ok(store_migrate(f->store, f->arena, steps, 3));
	assert_fails(store_migrate_whole(f->store, f->arena, steps, 2), STATUS_FAILED_PRECONDITION, "STORE_NEWER");
}

static void an_edited_step_is_refused(void **state)
{
	struct fixture *f = *state;
	struct migration edited = steps[0];

	assert_ok(store_migrate(f->store, f->arena, steps, 1));
	edited.sql = "CREATE TABLE first (id BIGINT NOT NULL PRIMARY KEY, more TEXT);";
	assert_fails(store_migrate(f->store, f->arena, &edited, 1), STATUS_FAILED_PRECONDITION, "STORE_MIGRATION_CHANGED");
}

static void a_gap_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_fails(store_migrate(f->store, f->arena, &steps[1], 1), STATUS_INTERNAL, "STORE_MIGRATION_GAP");
}

static void a_failing_upgrade_leaves_the_old_schema(void **state)
{
	struct fixture *f = *state;
	const struct migration broken[] = { steps[0], steps[1], { "room", 3, "0003_broken", "CREATE TABLE first (id BIGINT);" } };

	assert_ok(store_migrate(f->store, f->arena, steps, 1));
	assert_fails(store_migrate(f->store, f->arena, broken, 3), STATUS_INTERNAL, "STORE_SQL");
	assert_ok(store_migrate(f->store, f->arena, steps, 3));
}

const struct CMUnitTest migrate_tests[] = {
	cmocka_unit_test_setup_teardown(migrations_go_forward_once, fixture_setup, fixture_teardown),
	cmocka_unit_test_setup_teardown(an_older_release_refuses_a_newer_database, fixture_setup, fixture_teardown),
	cmocka_unit_test_setup_teardown(a_room_of_a_newer_release_is_refused_where_all_rooms_are_given, fixture_setup,
					fixture_teardown),
	cmocka_unit_test_setup_teardown(an_edited_step_is_refused, fixture_setup, fixture_teardown),
	cmocka_unit_test_setup_teardown(a_gap_is_refused, fixture_setup, fixture_teardown),
	cmocka_unit_test_setup_teardown(a_failing_upgrade_leaves_the_old_schema, fixture_setup, fixture_teardown),
};
const size_t migrate_test_count = sizeof migrate_tests / sizeof migrate_tests[0];
