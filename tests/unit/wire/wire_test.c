/* SPDX-License-Identifier: Apache-2.0 */
/* wire_test.c: times, money, masks and maps there and back. */
#include <string.h>

#include "gaon/lifecycle/v1/lifecycle.pb-c.h"
#include "gaon/request/v1/request.pb-c.h"
#include "runtime/base/time.h"
#include "server/services/wire/wire.h"
#include "tests/support/arena_fixture.h"

static const char *field_of(struct status status)
{
	for (const struct status_detail *detail = status.details; detail; detail = detail->next)
		if (detail->kind == STATUS_DETAIL_FIELD)
			return detail->key;
	return "";
}

static void a_time_goes_there_and_back(void **state)
{
	static const int64_t times[] = { 1, -1, 999999, 1000000, -1000000, -1500000, INT64_C(1795435200123456),
					 INT64_C(253402300799999999), INT64_C(-62135596800000000) };
	int64_t back;

	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
		Google__Protobuf__Timestamp *timestamp = wire_timestamp(*state, times[i]);
		assert_in_range(timestamp->nanos, 0, 999999999);
		assert_ok(wire_timestamp_read(*state, "t", timestamp, &back));
		assert_int_equal(back, times[i]);
	}
	assert_null(wire_timestamp(*state, 0));
	assert_ok(wire_timestamp_read(*state, "t", NULL, &back));
	assert_int_equal(back, 0);
}

static void a_time_outside_of_time_is_refused(void **state)
{
	static const struct {
		int64_t seconds;
		int32_t nanos;
	} times[] = { { INT64_C(253402300800), 0 }, { INT64_C(-62135596801), 0 }, { INT64_MAX, 0 }, { INT64_MIN, 0 },
		      { 0, -1 }, { 0, 1000000000 }, { 0, INT32_MIN } };
	Google__Protobuf__Timestamp timestamp = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	int64_t back = 42;

	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
		timestamp.seconds = times[i].seconds;
		timestamp.nanos = times[i].nanos;
		struct status status = wire_timestamp_read(*state, "lease.end_time", &timestamp, &back);
		assert_int_equal(status.code, STATUS_INVALID_ARGUMENT);
		assert_string_equal(field_of(status), "lease.end_time");
		assert_int_equal(back, 42);
	}
}

static void money_goes_there_and_back_to_the_last_digit(void **state)
{
	static const char *const amounts[] = { "0", "1", "-1", "0.000000000001", "-0.000000000001", "1200.5",
					       "123456789012.123456789012" };
	Gaon__Money money = GAON__MONEY__INIT;
	struct money read;
	bool is_given;

	money.currency_code = "KRW";
	for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
		money.amount = amounts[i];
		assert_ok(wire_money_read(*state, "m", &money, &read, &is_given));
		assert_true(is_given);
		Gaon__Money *back = wire_money(*state, read.currency, read.amount);
		assert_string_equal(back->amount, amounts[i]);
		assert_string_equal(back->currency_code, "KRW");
	}
	assert_ok(wire_money_read(*state, "m", NULL, &read, &is_given));
	assert_false(is_given);
}

static void bad_money_is_refused_by_its_part(void **state)
{
	static const struct {
		const char *currency, *amount, *field;
	} cases[] = {
		{ "krw", "1", "m.currency_code" }, { "", "1", "m.currency_code" },	  { "KRWX", "1", "m.currency_code" },
		{ "KRW", "", "m.amount" },	   { "KRW", "1,5", "m.amount" },	  { "KRW", "NaN", "m.amount" },
		{ "KRW", "0x10", "m.amount" },	   { "KRW", "0.0000000000001", "m.amount" }, { "KRW", "99999999999999999999", "m.amount" },
	};
	Gaon__Money money = GAON__MONEY__INIT;
	struct money read;
	bool is_given;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		money.currency_code = cases[i].currency;
		money.amount = cases[i].amount;
		struct status status = wire_money_read(*state, "m", &money, &read, &is_given);
		assert_int_equal(status.code, STATUS_INVALID_ARGUMENT);
		assert_string_equal(field_of(status), cases[i].field);
	}
}

static void a_mask_names_what_is_updated(void **state)
{
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	Gaon__ApprovalPolicy policy = GAON__APPROVAL_POLICY__INIT;
	static const char *const allowed[] = { "display_name", "quorum", NULL };
	const char *paths[] = { "quorum", "display_name" };

	policy.display_name = "x";
	/* Without a mask: what is set. */
	assert_true(wire_mask_has(NULL, &policy.base, "display_name"));
	assert_false(wire_mask_has(NULL, &policy.base, "quorum"));
	assert_true(wire_mask_has(&mask, &policy.base, "display_name"));
	/* With one: what it names, set or not. */
	mask.paths = paths;
	mask.n_paths = 1;
	assert_true(wire_mask_has(&mask, &policy.base, "quorum"));
	assert_false(wire_mask_has(&mask, &policy.base, "display_name"));
	assert_ok(wire_mask_check(*state, &mask, allowed));
	paths[0] = "*";
	assert_true(wire_mask_has(&mask, &policy.base, "quorum"));
	assert_ok(wire_mask_check(*state, &mask, allowed));
	assert_ok(wire_mask_check(*state, NULL, allowed));
	static const char *const bad[] = { "name", "quorum ", "Quorum", "", "display_name.x" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		paths[0] = bad[i];
		struct status status = wire_mask_check(*state, &mask, allowed);
		assert_int_equal(status.code, STATUS_INVALID_ARGUMENT);
		assert_string_equal(field_of(status), "update_mask");
	}
}

static void every_kind_of_field_can_be_set_or_not(void **state)
{
	Gaon__ApprovalPolicy policy = GAON__APPROVAL_POLICY__INIT;
	Gaon__Quota quota = GAON__QUOTA__INIT;
	Gaon__Money money = GAON__MONEY__INIT;
	const char *one = "x";

	(void)state;
	static const char *const fields[] = { "products", "least_monthly", "quorum", "disabled", "display_name" };
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		assert_false(wire_mask_has(NULL, &policy.base, fields[i]));
	policy.n_products = 1;
	policy.products = &one;
	policy.least_monthly = &money;
	policy.quorum = -1;
	policy.disabled = true;
	policy.display_name = one;
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		assert_true(wire_mask_has(NULL, &policy.base, fields[i]));
	assert_false(wire_mask_has(NULL, &quota.base, "limit"));
	quota.limit = INT64_C(1) << 40; /* nothing in its lower 32 bits */
	assert_true(wire_mask_has(NULL, &quota.base, "limit"));
	assert_false(wire_mask_has(NULL, &quota.base, "no_such_field"));
}

static void a_map_goes_there_and_back(void **state)
{
	struct json *object = json_object(*state);
	size_t count;

	json_set_text(object, "env", "prod");
	json_set_text(object, "", "empty key");
	json_set_text(object, "가온", "\"quoted\"");
	void *entries = wire_map(*state, &gaon__machine__labels_entry__descriptor, object, &count);
	assert_int_equal(count, 3);
	assert_string_equal(((Gaon__Machine__LabelsEntry **)entries)[0]->base.descriptor->name,
			    gaon__machine__labels_entry__descriptor.name);
	struct json *back = wire_map_read(*state, count, entries);
	assert_string_equal(json_print_canonical(*state, back), json_print_canonical(*state, object));
	/* A key that comes twice: the last one counts, as protobuf says. */
	Gaon__Machine__LabelsEntry first = GAON__MACHINE__LABELS_ENTRY__INIT, second = GAON__MACHINE__LABELS_ENTRY__INIT;
	Gaon__Machine__LabelsEntry *both[] = { &first, &second };
	first.key = second.key = "k";
	first.value = "1";
	second.value = "2";
	back = wire_map_read(*state, 2, both);
	assert_int_equal(json_size(back), 1);
	assert_string_equal(json_text(json_get(back, "k"), ""), "2");
	wire_map(*state, &gaon__machine__labels_entry__descriptor, NULL, &count);
	assert_int_equal(count, 0);
	assert_int_equal(json_size(wire_map_read(*state, 0, NULL)), 0);
}

static void an_operation_says_how_far_it_is(void **state)
{
	struct operation operation = { .id = "o1", .kind = "machine-stop", .tenant = "tenants/acme",
				       .project = "tenants/acme/projects/web", .state = OPERATION_RUNNING, .progress_percent = 30,
				       .created_us = 1, .started_us = 2 };
	struct operation_step steps[] = { { .number = 1, .name = "send", .outcome = "done", .attempts = 2, .started_us = 2, .ended_us = 3 },
					  { .number = 2, .name = "await", .outcome = "running", .attempts = 1, .started_us = 3 } };
	Gaon__Operation message = GAON__OPERATION__INIT;

	assert_ok(wire_operation(*state, &operation, steps, 2, &message));
	assert_string_equal(message.name, "tenants/acme/projects/web/operations/o1");
	assert_string_equal(message.current_step, "await");
	assert_false(message.done);
	assert_null(message.error);
	assert_null(message.end_time);
	assert_int_equal(message.n_steps, 2);
	assert_int_equal(message.steps[0]->attempts, 2);
	operation.state = OPERATION_FAILED;
	operation.failure = (struct status){ .code = STATUS_UNAVAILABLE, .reason = "PROVIDER_UNAVAILABLE", .message = "later" };
	operation.project = NULL;
	gaon__operation__init(&message);
	assert_ok(wire_operation(*state, &operation, NULL, 0, &message));
	assert_string_equal(message.name, "tenants/acme/operations/o1");
	assert_true(message.done);
	assert_int_equal(message.error->code, STATUS_UNAVAILABLE);
	assert_string_equal(message.error->reason, "PROVIDER_UNAVAILABLE");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(a_time_goes_there_and_back),
		ARENA_TEST(a_time_outside_of_time_is_refused),
		ARENA_TEST(money_goes_there_and_back_to_the_last_digit),
		ARENA_TEST(bad_money_is_refused_by_its_part),
		ARENA_TEST(a_mask_names_what_is_updated),
		ARENA_TEST(every_kind_of_field_can_be_set_or_not),
		ARENA_TEST(a_map_goes_there_and_back),
		ARENA_TEST(an_operation_says_how_far_it_is),
	};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
