/* SPDX-License-Identifier: Apache-2.0 */
/* value_test.c: what people type, and what it means. */
#include "tests/support/arena_fixture.h"

#include <string.h>

#include "client/cli/protojson_read.h"
#include "client/cli/quantity.h"
#include "client/cli/value.h"
#include "gaon/lifecycle/v1/lifecycle.pb-c.h"
#include "gaon/request/v1/request.pb-c.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

static void times_are_absolute_or_relative_to_now(void **state)
{
	int64_t now, us;

	(void)state;
	assert_true(time_parse("2026-11-23T12:00:00Z", &now));
	time_fake_set(now);
	assert_true(value_parse_time("now", &us) && us == now);
	assert_true(value_parse_time("+2h", &us) && us == now + 2 * TIME_US_PER_HOUR);
	assert_true(value_parse_time("-7d", &us) && us == now - 7 * TIME_US_PER_DAY);
	assert_true(value_parse_time("today", &us) && us == now - 12 * TIME_US_PER_HOUR);
	assert_true(value_parse_time("2026-11-23", &us) && us == now - 12 * TIME_US_PER_HOUR);
	assert_true(value_parse_time("2026-11-23T21:00:00+09:00", &us) && us == now);
	assert_false(value_parse_time("+", &us));
	assert_false(value_parse_time("soon", &us));
	assert_false(value_parse_time("", &us));
	time_fake_off();
}

static void durations_add_up_and_refuse_nonsense(void **state)
{
	int64_t us;

	(void)state;
	assert_true(value_parse_duration("1h30m", &us) && us == 90 * TIME_US_PER_MINUTE);
	assert_true(value_parse_duration("2w", &us) && us == 14 * TIME_US_PER_DAY);
	assert_true(value_parse_duration("250ms", &us) && us == 250000);
	assert_false(value_parse_duration("", &us));
	assert_false(value_parse_duration("90", &us));
	assert_false(value_parse_duration("h", &us));
	assert_false(value_parse_duration("-1h", &us));
	assert_false(value_parse_duration("99999999999999999999d", &us));
	assert_false(value_parse_duration("9999999999999d", &us));
}

static void money_names_its_currency_first_or_last(void **state)
{
	static const char *const good[] = { "KRW 12.5", "12.5 KRW", "KRW12.5", "KRW 12.50" };
	static const char *const bad[] = { "12.5", "KRW", "krw 12.5", "KRW 1,200", "KRW 12.5 USD", "", "W", "KRW x" };
	const char *currency, *amount;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(value_parse_money(*state, good[i], &currency, &amount));
		assert_string_equal(currency, "KRW");
		assert_string_equal(amount, "12.5");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (value_parse_money(*state, bad[i], &currency, &amount))
			fail_msg("'%s' is no money", bad[i]);
}

static void units_of_a_fields_name_come_out_even_or_not_at_all(void **state)
{
	int64_t number;

	assert_true(quantity_parse("memory_mib", "4GiB", &number) && number == 4096);
	assert_true(quantity_parse("memory_mib", "4096", &number) && number == 4096);
	assert_true(quantity_parse("disk_gib", "2T", &number) && number == 2048);
	assert_true(quantity_parse("lease_days", "2w", &number) && number == 14);
	assert_false(quantity_parse("disk_gib", "512MiB", &number));
	assert_false(quantity_parse("lease_days", "12h", &number));
	assert_false(quantity_parse("vcpus", "4GiB", &number));
	assert_false(quantity_parse("memory_mib", "9999999999999TiB", &number));
	assert_string_equal(quantity_format(*state, "memory_mib", 4096), "4 GiB");
	assert_string_equal(quantity_format(*state, "memory_mib", 1536), "1536 MiB");
	assert_string_equal(quantity_format(*state, "lease_days", 1), "1 day");
	assert_string_equal(quantity_format(*state, "progress_percent", 40), "40 %");
	assert_string_equal(quantity_format(*state, "vcpus", 4), "4");
}

static Gaon__UpdateMachineRequest *update(void **state)
{
	return (Gaon__UpdateMachineRequest *)reflect_new(*state, &gaon__update_machine_request__descriptor);
}

static void paths_walk_messages_maps_and_lists(void **state)
{
	Gaon__UpdateMachineRequest *request = update(state);

	assert_ok(value_set(*state, &request->base, "machine.display-name", "--x", "web"));
	assert_ok(value_set(*state, &request->base, "machine.labels", "--x", "env=prod"));
	assert_ok(value_set(*state, &request->base, "machine.label", "--x", "team=a=b"));
	assert_ok(value_set(*state, &request->base, "machine.labels.Some-Key", "--x", "v"));
	assert_ok(value_set(*state, &request->base, "machine.lease_end_time", "--x", "2030-01-01"));
	assert_ok(value_set(*state, &request->base, "update_mask", "--x", "display-name,labels"));
	assert_string_equal(request->machine->display_name, "web");
	assert_int_equal(request->machine->n_labels, 3);
	assert_string_equal(request->machine->labels[1]->value, "a=b");
	assert_string_equal(request->machine->labels[2]->key, "Some-Key");
	assert_int_equal(request->machine->lease_end_time->seconds, 1893456000);
	assert_string_equal(request->update_mask->paths[0], "display_name");
}

static void a_bad_value_says_what_would_be_right(void **state)
{
	Gaon__UpdateMachineRequest *request = update(state);
	Gaon__CreateOrderRequest *order =
		(Gaon__CreateOrderRequest *)reflect_new(*state, &gaon__create_order_request__descriptor);

	assert_fails(value_set(*state, &request->base, "machine.colour", "--colour", "red"), STATUS_INVALID_ARGUMENT,
		     "UNKNOWN_FIELD");
	assert_fails(value_set(*state, &request->base, "machine.vcpus", "--vcpus", "two"), STATUS_INVALID_ARGUMENT,
		     "BAD_VALUE");
	assert_fails(value_set(*state, &request->base, "machine.vcpus", "--vcpus", "3000000000"),
		     STATUS_INVALID_ARGUMENT, "BAD_VALUE");
	assert_fails(value_set(*state, &request->base, "machine.labels", "--label", "novalue"), STATUS_INVALID_ARGUMENT,
		     "BAD_VALUE");
	assert_fails(value_set(*state, &request->base, "machine.deletion_protection", "--p", "maybe"),
		     STATUS_INVALID_ARGUMENT, "BAD_VALUE");
	assert_fails(value_set(*state, &order->base, "order.items", "--item", "action=fly"), STATUS_INVALID_ARGUMENT,
		     "BAD_VALUE");
	assert_fails(value_set(*state, &order->base, "order.items", "--item", "product"), STATUS_INVALID_ARGUMENT,
		     "BAD_VALUE");
}

static void enum_words_are_short_and_long(void **state)
{
	const ProtobufCEnumDescriptor *type = &gaon__machine_state__descriptor;

	assert_int_equal(value_enum_find(*state, type, "running")->value, 2);
	assert_int_equal(value_enum_find(*state, type, "RUNNING")->value, 2);
	assert_int_equal(value_enum_find(*state, type, "MACHINE_STATE_RUNNING")->value, 2);
	assert_null(value_enum_find(*state, type, "run"));
	assert_string_equal(value_enum_word(*state, type, "MACHINE_STATE_RUNNING"), "running");
	assert_true(text_starts_with(value_enum_words(*state, type, "|"), "creating|running|stopped"));
}

static void a_leading_at_means_a_file_and_two_mean_one(void **state)
{
	Gaon__UpdateMachineRequest *request = update(state);

	assert_fails(value_set(*state, &request->base, "machine.display_name", "--x", "@/no/such/file"),
		     STATUS_NOT_FOUND, "FILE_UNUSABLE");
	assert_ok(value_set(*state, &request->base, "machine.display_name", "--x", "@@home"));
	assert_string_equal(request->machine->display_name, "@home");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(times_are_absolute_or_relative_to_now),
		ARENA_TEST(durations_add_up_and_refuse_nonsense),
		ARENA_TEST(money_names_its_currency_first_or_last),
		ARENA_TEST(units_of_a_fields_name_come_out_even_or_not_at_all),
		ARENA_TEST(paths_walk_messages_maps_and_lists),
		ARENA_TEST(a_bad_value_says_what_would_be_right),
		ARENA_TEST(enum_words_are_short_and_long),
		ARENA_TEST(a_leading_at_means_a_file_and_two_mean_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
