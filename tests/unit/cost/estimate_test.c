/* SPDX-License-Identifier: Apache-2.0 */
/* estimate_test.c: a price is exact, and says how it comes about. */
#include <string.h>

#include "tests/unit/cost/cost_fixture.h"

static const struct rate_row RATES[] = {
	{ GAON__METER__METER_MACHINE_HOUR, "1", 0 },	  { GAON__METER__METER_VCPU_HOUR, "0.01", 0 },
	{ GAON__METER__METER_MEMORY_GIB_HOUR, "0.003", 0 }, { GAON__METER__METER_DISK_GIB_HOUR, "0.0001", 0 },
	{ GAON__METER__METER_VCPU_HOUR, "0.02", NOW + DAY },
};

struct estimate_call {
	const char *card;
	struct cost_shape shape;
	int64_t at_us;
	struct cost_estimate estimate;
};

static struct status run_estimate(struct store_tx *tx, void *context)
{
	struct estimate_call *call = context;

	return cost_estimate(tx, call->card, &call->shape, call->at_us, &call->estimate);
}

static struct status estimate(void *state, struct estimate_call *call)
{
	struct service_fixture *fixture = state;

	return store_read(fixture->store, fixture->arena, run_estimate, call);
}

static void an_estimate_is_the_exact_sum_of_its_lines(void **state)
{
	struct service_fixture *fixture = *state;
	struct estimate_call call = { CARD, { 2, 1536, 20, 0 }, NOW, { .line_count = 0 } };

	assert_ok(make_card(*state, "standard", "KRW", RATES, 5));
	assert_ok(estimate(*state, &call));
	/* 1 + 2 × 0.01 + 1.5 × 0.003 + 20 × 0.0001 */
	assert_string_equal(amount_format(fixture->arena, call.estimate.hourly), "1.0265");
	assert_string_equal(amount_format(fixture->arena, call.estimate.hourly_stopped), "1.002");
	assert_string_equal(amount_format(fixture->arena, call.estimate.monthly), "749.345");
	assert_string_equal(call.estimate.currency, "KRW");
	assert_int_equal(call.estimate.line_count, 4);
	assert_string_equal(amount_format(fixture->arena, call.estimate.lines[2].quantity), "1.5");
}

static void an_estimate_uses_the_rate_in_force_then(void **state)
{
	struct service_fixture *fixture = *state;
	struct estimate_call now = { CARD, { 2, 0, 0, 0 }, NOW + DAY - 1, { .line_count = 0 } };
	struct estimate_call later = { CARD, { 2, 0, 0, 0 }, NOW + DAY, { .line_count = 0 } };

	assert_ok(make_card(*state, "standard", "KRW", RATES, 5));
	assert_ok(estimate(*state, &now));
	assert_ok(estimate(*state, &later));
	assert_string_equal(amount_format(fixture->arena, now.estimate.hourly), "1.02");
	assert_string_equal(amount_format(fixture->arena, later.estimate.hourly), "1.04");
	assert_string_not_equal(now.estimate.digest, later.estimate.digest);
	now.at_us = NOW;
	const char *digest = now.estimate.digest;
	assert_ok(estimate(*state, &now));
	assert_string_equal(now.estimate.digest, digest);
}

static void a_card_without_a_rate_in_force_gives_no_price(void **state)
{
	const struct rate_row later[] = { { GAON__METER__METER_VCPU_HOUR, "1", NOW + DAY } };
	struct estimate_call call = { CARD, { 1, 1, 1, 0 }, NOW, { .line_count = 0 } };

	assert_fails(estimate(*state, &call), STATUS_NOT_FOUND, "RATE_CARD_NOT_FOUND");
	assert_ok(make_card(*state, "standard", "KRW", later, 1));
	assert_fails(estimate(*state, &call), STATUS_FAILED_PRECONDITION, "RATE_MISSING");
}

static void a_price_for_several_is_so_many_times_one(void **state)
{
	Gaon__EstimateCostRequest request = GAON__ESTIMATE_COST_REQUEST__INIT;
	Gaon__EstimateCostResponse reply;

	assert_ok(make_card(*state, "standard", "KRW", RATES, 5));
	request.parent = WEB;
	request.rate_card = CARD;
	request.vcpus = 2;
	request.quantity = 3;
	assert_ok(cost_call(*state, "EstimateCost", &request, &reply));
	assert_string_equal(reply.hourly->amount, "3.06");
	assert_string_equal(reply.monthly->amount, "2233.8");
	assert_int_equal(reply.n_lines, 2);
	assert_string_equal(reply.lines[1]->quantity, "6");
	assert_string_equal(reply.lines[1]->hourly->amount, "0.06");
}

static void a_rate_card_of_another_tenant_is_not_there(void **state)
{
	Gaon__EstimateCostRequest request = GAON__ESTIMATE_COST_REQUEST__INIT;
	Gaon__EstimateCostResponse reply;

	assert_ok(make_card(*state, "standard", "KRW", RATES, 5));
	request.rate_card = CARD;
	request.parent = "tenants/other/projects/site";
	assert_fails(cost_call(*state, "EstimateCost", &request, &reply), STATUS_NOT_FOUND, "RATE_CARD_NOT_FOUND");
	request.parent = "tenants/acme-labs/projects/lab";
	assert_ok(cost_call(*state, "EstimateCost", &request, &reply));
	request.parent = "tenants/acme/projects/none";
	assert_fails(cost_call(*state, "EstimateCost", &request, &reply), STATUS_NOT_FOUND, "PROJECT_NOT_FOUND");
}

const struct CMUnitTest estimate_tests[] = {
	COST_TEST(an_estimate_is_the_exact_sum_of_its_lines),
	COST_TEST(an_estimate_uses_the_rate_in_force_then),
	COST_TEST(a_card_without_a_rate_in_force_gives_no_price),
	COST_TEST(a_price_for_several_is_so_many_times_one),
	COST_TEST(a_rate_card_of_another_tenant_is_not_there),
};
const size_t estimate_test_count = sizeof estimate_tests / sizeof estimate_tests[0];
