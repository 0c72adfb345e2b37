/* SPDX-License-Identifier: Apache-2.0 */
/* simulator_changes.c: what a simulated cloud tells of itself over time: changes, bills, samples. */
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "tests/unit/provider/simulator_fixture.h"

static struct provider_changes changes_since(const char *cursor)
{
	struct provider_changes changes = { .cursor = cursor };
	DONE(ops->changes(session, &call, &changes));
	return changes;
}

static void a_machine_that_changed_often_is_told_once_as_it_is(void **state)
{
	struct provider_task task;
	(void)state;
	must_open("{\"work_ms\": 0}");
	const char *cursor = changes_since(NULL).cursor;
	const char *id = machine_make("busy");
	const char *gone = machine_make("gone");
	for (int i = 0; i < 5; i++) {
		DONE(ops->power(session, &call, id, VERB_STOP, &task));
		DONE(ops->power(session, &call, id, VERB_START, &task));
	}
	machine_delete(gone);
	struct provider_changes changes = changes_since(cursor);
	assert_int_equal(changes.count, 2);
	assert_string_equal(changes.machines[0].native_id, id);
	assert_int_equal(changes.machines[0].state, PROVIDER_MACHINE_RUNNING);
	assert_string_equal(changes.machines[1].native_id, gone);
	assert_int_equal(changes.machines[1].state, PROVIDER_MACHINE_GONE);
	machine_delete(id);
	changes = changes_since(changes.cursor);
	assert_int_equal(changes.count, 1);
	assert_string_equal(changes.machines[0].native_id, id);
	assert_int_equal(changes.machines[0].state, PROVIDER_MACHINE_GONE);
	assert_int_equal(changes_since(changes.cursor).count, 0);
}

static void what_happens_behind_our_back_is_a_change(void **state)
{
	char planted[SIMULATOR_ID_SIZE];
	(void)state;
	must_open("{\"work_ms\": 0}");
	const char *cursor = changes_since(NULL).cursor;
	assert_true(simulator_plant(ENDPOINT, "theirs", planted));
	struct provider_changes changes = changes_since(cursor);
	assert_int_equal(changes.count, 1);
	assert_string_equal(changes.machines[0].native_id, planted);
	assert_true(simulator_alter(ENDPOINT, planted, 7, 777));
	changes = changes_since(changes.cursor);
	assert_int_equal(changes.machines[0].vcpus, 7);
	assert_true(simulator_vanish(ENDPOINT, planted));
	changes = changes_since(changes.cursor);
	assert_int_equal(changes.machines[0].state, PROVIDER_MACHINE_GONE);
}

static void work_that_is_due_is_a_change_when_it_is_due(void **state)
{
	(void)state;
	time_fake_set(NOON);
	must_open("{\"work_ms\": 1000, \"late_visibility_ms\": 400}");
	const char *cursor = changes_since(NULL).cursor;
	const char *id = machine_make("slow");
	assert_int_equal(changes_since(cursor).count, 0);
	time_fake_advance(400 * TIME_US_PER_MS);
	struct provider_changes changes = changes_since(cursor);
	assert_int_equal(changes.count, 1);
	assert_int_equal(changes.machines[0].state, PROVIDER_MACHINE_BUILDING);
	assert_int_equal(changes_since(changes.cursor).count, 0);
	time_fake_advance(600 * TIME_US_PER_MS);
	changes = changes_since(changes.cursor);
	assert_int_equal(changes.count, 1);
	assert_string_equal(changes.machines[0].native_id, id);
	assert_int_equal(changes.machines[0].state, PROVIDER_MACHINE_RUNNING);
}

static void a_cursor_that_lies_too_far_back_is_too_old(void **state)
{
	struct provider_task task;
	(void)state;
	must_open("{\"work_ms\": 0, \"changes_kept\": 6}");
	const char *id = machine_make("m");
	const char *cursor = changes_since(NULL).cursor;
	for (int i = 0; i < 3; i++) {
		DONE(ops->power(session, &call, id, VERB_STOP, &task));
		DONE(ops->power(session, &call, id, VERB_START, &task));
	}
	assert_int_equal(changes_since(cursor).count, 1);
	DONE(ops->power(session, &call, id, VERB_STOP, &task));
	struct provider_changes changes = changes_since(cursor);
	assert_null(changes.cursor);
	assert_int_equal(changes.count, 0);
}

static void many_changes_come_in_pages_without_a_gap(void **state)
{
	enum { MACHINES = 25 };
	size_t told = 0, pages = 0;
	(void)state;
	must_open("{\"work_ms\": 0, \"page_size\": 4}");
	struct provider_changes changes = changes_since(NULL);
	const char *cursor = changes.cursor;
	for (int i = 0; i < MACHINES; i++)
		(void)machine_make(arena_printf(arena, "m-%d", i));
	do {
		changes = changes_since(cursor);
		assert_in_range(changes.count, 1, 4);
		told += changes.count;
		pages++;
		cursor = changes.cursor;
	} while (changes.has_more);
	assert_int_equal(told, MACHINES);
	assert_int_equal(pages, (MACHINES + 3) / 4);
}

static void a_cursor_does_not_outlive_its_world(void **state)
{
	(void)state;
	must_open(with_file(""));
	(void)machine_make("m");
	const char *cursor = changes_since(NULL).cursor;
	shut();
	must_open(with_file(""));
	assert_null(changes_since(cursor).cursor);
	EXPECT(PROVIDER_INVALID,
	       ops->changes(session, &call, &(struct provider_changes){ .cursor = "nonsense" }));
}

/* ---- prices, bills, samples ---- */

static void a_bill_splits_a_stay_at_midnight_exactly(void **state)
{
	struct provider_bill_line *lines;
	struct provider_page page = { NULL, 0 };
	size_t count = 0;
	int64_t day = time_day_start(NOON);
	(void)state;
	time_fake_set(NOON + 6 * TIME_US_PER_HOUR);
	must_open("{\"work_ms\": 0}");
	const char *id = machine_make("billed");
	time_fake_advance(8 * TIME_US_PER_HOUR + TIME_US_PER_HOUR / 2);
	machine_delete(id);
	time_fake_advance(3 * TIME_US_PER_DAY);
	DONE(ops->bill(session, &call, day, day + 4 * TIME_US_PER_DAY, &page, &lines, &count));
	assert_int_equal(count, 2);
	/* 1 vcpu at 0.01 and half a GiB at 0.005 an hour. */
	assert_string_equal(lines[0].usage_quantity, "6");
	assert_string_equal(lines[0].amount, "0.075");
	assert_int_equal(lines[0].start_us, day);
	assert_string_equal(lines[1].usage_quantity, "2.5");
	assert_string_equal(lines[1].amount, "0.03125");
	assert_int_equal(lines[1].start_us, day + TIME_US_PER_DAY);
	assert_string_equal(lines[1].resource, id);
	assert_false(lines[1].is_estimated);
	EXPECT(PROVIDER_INVALID, ops->bill(session, &call, day + 1, day + TIME_US_PER_DAY, &page, &lines, &count));
	EXPECT(PROVIDER_INVALID, ops->bill(session, &call, day, day + 400 * TIME_US_PER_DAY, &page, &lines, &count));
}

static void a_bill_comes_in_pages_each_line_once(void **state)
{
	enum { MACHINES = 7 };
	struct provider_page page = { NULL, 3 };
	size_t total = 0;
	int64_t day = time_day_start(NOON);
	(void)state;
	time_fake_set(NOON);
	must_open("{\"work_ms\": 0}");
	for (int i = 0; i < MACHINES; i++)
		(void)machine_make(arena_printf(arena, "m-%d", i));
	time_fake_advance(TIME_US_PER_DAY);
	do {
		struct provider_bill_line *lines;
		size_t count = 0;
		page.size = 3;
		DONE(ops->bill(session, &call, day, day + 2 * TIME_US_PER_DAY, &page, &lines, &count));
		assert_in_range(count, 1, 3);
		for (size_t i = 0; i < count; i++, total++)
			assert_string_equal(lines[i].resource,
					    arena_printf(arena, "sim-%010d", (int)(total % MACHINES) + 1));
	} while (page.token);
	assert_int_equal(total, 2 * MACHINES);
}

static void samples_are_of_the_present_run(void **state)
{
	struct provider_sample *samples;
	struct provider_task task;
	size_t count = 0;
	(void)state;
	time_fake_set(NOON);
	must_open("{\"work_ms\": 0}");
	const char *id = machine_make("m");
	time_fake_advance(10 * TIME_US_PER_MINUTE);
	struct provider_metrics_query query = { NOON, NOON + 10 * TIME_US_PER_MINUTE, 300 };
	DONE(ops->metrics(session, &call, id, &query, &samples, &count));
	assert_int_equal(count, 2 * 6);
	assert_string_equal(samples[0].metric, "cpu-percent");
	assert_int_equal(samples[0].time_us, NOON);
	assert_int_equal(samples[1].time_us, NOON + 5 * TIME_US_PER_MINUTE);
	assert_true(samples[0].value > 24.9 && samples[0].value < 25.1);
	DONE(ops->power(session, &call, id, VERB_STOP, &task));
	DONE(ops->metrics(session, &call, id, &query, &samples, &count));
	assert_int_equal(count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_machine_that_changed_often_is_told_once_as_it_is),
		TEST(what_happens_behind_our_back_is_a_change),
		TEST(work_that_is_due_is_a_change_when_it_is_due),
		TEST(a_cursor_that_lies_too_far_back_is_too_old),
		TEST(many_changes_come_in_pages_without_a_gap),
		TEST(a_cursor_does_not_outlive_its_world),
		TEST(a_bill_splits_a_stay_at_midnight_exactly),
		TEST(a_bill_comes_in_pages_each_line_once),
		TEST(samples_are_of_the_present_run),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
