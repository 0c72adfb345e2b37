/* SPDX-License-Identifier: Apache-2.0 */
/* metering_test.c: what a machine costs, to the microsecond, through every change of state; and what its lease does at its end. */
#include <string.h>

#include "providers/simulator/simulator.h"
#include "runtime/base/money.h"
#include "runtime/base/time.h"
#include "server/services/lifecycle/room.h"
#include "tests/support/line_fixture.h"
#include "tests/unit/cost/cost_fixture.h"

__extension__ typedef __int128 wide;

#define STATE(name) GAON__MACHINE_STATE__MACHINE_STATE_##name

static void tick(void **state, struct status (*job)(struct arena *arena, void *context))
{
	struct line *line = *state;

	assert_ok(job(line->base.arena, &line->lifecycle));
}

/** Since when it is metered: when its operation saw it run, a moment before its order noticed. */
static int64_t metered_from(void **state, const char *machine)
{
	struct service_fixture *fixture = *state;

	return service_number(*state, arena_printf(fixture->arena, "SELECT metered_us FROM machine WHERE name = '%s'", machine));
}

/** The sum of what was charged for a machine, in 1e-12 won. */
static wide charged(void **state, const char *machine)
{
	struct service_fixture *fixture = *state;
	int64_t units = service_number(*state, arena_printf(fixture->arena,
		"SELECT coalesce(sum(billed_units), 0) FROM charge WHERE id IN (SELECT id FROM usage_record WHERE resource = '%s')",
		machine));
	int64_t fraction = service_number(*state, arena_printf(fixture->arena,
		"SELECT coalesce(sum(billed_fraction), 0) FROM charge WHERE id IN (SELECT id FROM usage_record WHERE resource = '%s')",
		machine));

	return (wide)units * INT64_C(1000000000000) + fraction;
}

/**
 * What is measured is rounded to a millionth of a unit-hour at the ends of each stretch of one state, size and day, and nowhere
 * in between, however often it is metered. Units cost at most 36 + 18 + 1 an hour.
 */
static void assert_charged(void **state, const char *machine, wide won_us, int stretches)
{
	wide exact = won_us * INT64_C(1000000000000) / HOUR, is = charged(state, machine);
	wide most = stretches * INT64_C(110) * 1000000;

	if (is - exact > most || exact - is > most)
		fail_msg("charged %lld millionths of a won instead of %lld", (long long)(is / 1000000), (long long)(exact / 1000000));
}

static void a_running_machine_is_charged_for_every_microsecond(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	int64_t began_us = metered_from(state, machine->name);

	assert_int_equal(charged(state, machine->name), 0);
	for (int i = 0; i < 7; i++) {
		time_fake_advance(61 * TIME_US_PER_SECOND + 1234567);
		tick(state, metering_tick);
	}
	int64_t minute_us = time_now_us() - time_now_us() % TIME_US_PER_MINUTE;
	assert_int_equal(metered_from(state, machine->name), minute_us);
	assert_charged(state, machine->name, (wide)(minute_us - began_us) * 50, 1);
	/* Nothing twice. */
	tick(state, metering_tick);
	assert_charged(state, machine->name, (wide)(minute_us - began_us) * 50, 1);
}

static int64_t operate(void **state, struct status begun, const Gaon__Operation *operation)
{
	line_did(*state, begun, operation);
	return time_now_us();
}

static void a_machine_that_stays_what_it_is_has_a_line_an_hour_and_meter(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	int64_t began_us = metered_from(state, machine->name);
	Gaon__Operation operation;

	line->lifecycle.metering_interval_ms = HOUR / TIME_US_PER_MS;
	for (int i = 0; i < 5 * 60; i++) {
		time_fake_advance(TIME_US_PER_MINUTE);
		tick(state, metering_tick);
	}
	/* Noon and some seconds until 17:00. */
	int64_t hour_us = time_now_us() - time_now_us() % HOUR;
	assert_int_equal(service_number(*state, "SELECT count(*) FROM usage_record"), 5 * 4);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM usage_record WHERE end_us % 3600000000 <> 0"), 0);
	assert_charged(state, machine->name, (wide)(hour_us - began_us) * 50, 1);
	/* A change is charged at its own moment, and the rest of the hour after it at its own price. */
	time_fake_advance(20 * TIME_US_PER_MINUTE + 7);
	int64_t stopped_us = operate(state, line_power(*state, "StopMachine", machine->name, &operation), &operation);
	time_fake_advance(HOUR);
	tick(state, metering_tick);
	hour_us = time_now_us() - time_now_us() % HOUR;
	assert_charged(state, machine->name, (wide)(stopped_us - began_us) * 50 + (wide)(hour_us - stopped_us) * 5, 2);
	assert_int_equal(service_number(*state, "SELECT count(DISTINCT source_key) FROM usage_record"),
			 service_number(*state, "SELECT count(*) FROM usage_record"));
}

static void each_state_and_size_is_charged_at_its_own_price(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;
	int64_t at[6];

	at[0] = metered_from(state, machine->name);
	time_fake_advance(90 * TIME_US_PER_SECOND);
	at[1] = operate(state, line_power(*state, "StopMachine", machine->name, &operation), &operation);
	time_fake_advance(HOUR);
	at[2] = operate(state, line_resize(*state, machine->name, "medium", true, &operation), &operation);
	time_fake_advance(HOUR);
	at[3] = operate(state, line_power(*state, "StartMachine", machine->name, &operation), &operation);
	time_fake_advance(HOUR);
	tick(state, metering_tick);
	/* Running 36 + 9 + 5; stopped only the disk's 5; running again 2 × 36 + 18 + 5. */
	assert_charged(state, machine->name,
		       (wide)(at[1] - at[0]) * 50 + (wide)(at[3] - at[1]) * 5 +
			       (wide)(metered_from(state, machine->name) - at[3]) * 95,
		       4);
	assert_true(at[2] > at[1]);
}

static void a_day_ends_at_midnight_utc(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	int64_t began_us = metered_from(state, machine->name);
	struct service_fixture *fixture = *state;

	/* gaond was down over the weekend: the machine was not. */
	time_fake_advance(59 * HOUR);
	tick(state, metering_tick);
	assert_charged(state, machine->name, (wide)(metered_from(state, machine->name) - began_us) * 50, 3);
	Gaon__Dimension dimension = GAON__DIMENSION__DIMENSION_RESOURCE;
	Gaon__QueryCostsResponse *days = query(*state, WEB, GAON__GRANULARITY__GRANULARITY_DAY, &dimension, 1);
	assert_int_equal(days->n_rows, 3);
	/* A whole day of 24 × 50 in the middle, by the ledger's own sums. */
	assert_string_equal(days->rows[1]->billed_cost->amount, "1200");
	assert_int_equal(service_number(*state,
					arena_printf(fixture->arena, "SELECT count(*) FROM usage_record WHERE end_us - start_us > %lld",
						     (long long)DAY)),
			 0);
}

static void a_deleted_machine_is_charged_to_its_end_and_no_longer(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	int64_t began_us = metered_from(state, machine->name);
	Gaon__Operation operation;

	time_fake_advance(HOUR);
	int64_t ended_us = operate(state, line_delete(*state, machine->name, &operation), &operation);
	time_fake_advance(10 * HOUR);
	tick(state, metering_tick);
	assert_charged(state, machine->name, (wide)(ended_us - began_us) * 50, 1);
}

static void many_machines_are_metered_in_one_go(void **state)
{
	const struct line_item item = { .action = ORDER_ADD, .parameters = "image=debian-12,disk_gib=5" };
	struct line_item items[20];

	for (size_t i = 0; i < 20; i++)
		items[i] = item;
	for (int i = 0; i < 12; i++)
		line_order(*state, WEB, items, 20);
	line_run(*state);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM machine WHERE state = 2"), 240);
	time_fake_advance(HOUR);
	tick(state, metering_tick);
	assert_int_equal(service_number(*state, "SELECT count(DISTINCT resource) FROM usage_record"), 240);
	assert_int_equal(service_number(*state, "SELECT count(DISTINCT metered_us) FROM machine"), 1);
}

static void a_clock_that_goes_back_charges_nothing_twice(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	int64_t began_us = metered_from(state, machine->name);

	time_fake_advance(HOUR);
	tick(state, metering_tick);
	time_fake_advance(-HOUR / 2);
	tick(state, metering_tick);
	time_fake_advance(HOUR);
	tick(state, metering_tick);
	assert_charged(state, machine->name, (wide)(metered_from(state, machine->name) - began_us) * 50, 1);
	assert_true(time_now_us() - metered_from(state, machine->name) < TIME_US_PER_MINUTE);
}

/* ---- leases ---- */

static void protect(void **state, const char *machine)
{
	struct service_fixture *fixture = *state;

	assert_ok(service_execute(*state, arena_printf(fixture->arena, "UPDATE machine SET is_protected = 1 WHERE name = '%s'", machine),
				  SQL_NO_ARGS));
}

static void the_end_of_a_lease_deletes_what_nobody_wants_any_more(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1"), *kept = line_machine(*state, "web-2");

	protect(state, kept->name);
	time_fake_advance(30 * DAY - TIME_US_PER_MINUTE);
	tick(state, lease_tick);
	line_run(*state);
	assert_int_equal(line_get(*state, machine->name)->state, STATE(RUNNING));
	time_fake_advance(2 * TIME_US_PER_MINUTE);
	tick(state, lease_tick);
	line_run(*state);
	assert_int_equal(line_get(*state, machine->name)->state, STATE(DELETED));
	assert_int_equal(line_get(*state, kept->name)->state, STATE(RUNNING));
	assert_int_equal(simulator_count(line->endpoint, NULL), 1);
	/* The protection taken off, its time is over too. */
	assert_ok(service_execute(*state, "UPDATE machine SET is_protected = 0", SQL_NO_ARGS));
	tick(state, lease_tick);
	line_run(*state);
	assert_int_equal(simulator_count(line->endpoint, NULL), 0);
}

static void those_that_must_stay_do_not_hold_up_the_others(void **state)
{
	struct line *line = *state;
	const struct line_item item = { .action = ORDER_ADD, .parameters = "image=debian-12,disk_gib=5,lease_days=1" };
	struct line_item items[20];

	for (size_t i = 0; i < 20; i++)
		items[i] = item;
	for (int i = 0; i < 4; i++)
		line_order(*state, WEB, items, 20);
	line_run(*state);
	assert_ok(service_execute(*state, "UPDATE machine SET is_protected = 1", SQL_NO_ARGS));
	Gaon__Machine *last = line_machine(*state, "last"); /* its lease ends after all theirs */
	time_fake_advance(31 * DAY);
	tick(state, lease_tick);
	line_run(*state);
	assert_int_equal(line_get(*state, last->name)->state, STATE(DELETED));
	assert_int_equal(simulator_count(line->endpoint, NULL), 80);
}

static void a_lease_that_ends_during_an_operation_is_ended_after_it(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	assert_ok(line_power(*state, "StopMachine", machine->name, &operation));
	time_fake_advance(31 * DAY);
	tick(state, lease_tick);
	assert_string_equal(line_get(*state, machine->name)->operation, operation.name);
	line_run(*state);
	tick(state, lease_tick);
	line_run(*state);
	assert_int_equal(line_get(*state, machine->name)->state, STATE(DELETED));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(a_running_machine_is_charged_for_every_microsecond),
		LINE_TEST(a_machine_that_stays_what_it_is_has_a_line_an_hour_and_meter),
		LINE_TEST(each_state_and_size_is_charged_at_its_own_price),
		LINE_TEST(a_day_ends_at_midnight_utc),
		LINE_TEST(a_deleted_machine_is_charged_to_its_end_and_no_longer),
		LINE_TEST(many_machines_are_metered_in_one_go),
		LINE_TEST(a_clock_that_goes_back_charges_nothing_twice),
		LINE_TEST(the_end_of_a_lease_deletes_what_nobody_wants_any_more),
		LINE_TEST(those_that_must_stay_do_not_hold_up_the_others),
		LINE_TEST(a_lease_that_ends_during_an_operation_is_ended_after_it),
	};

	return cmocka_run_group_tests_name("lifecycle_metering", tests, NULL, NULL);
}
