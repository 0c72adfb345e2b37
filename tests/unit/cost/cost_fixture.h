/* SPDX-License-Identifier: Apache-2.0 */
/* cost_fixture.h: a store with a rate card in won, and short ways to record and to ask. */
#ifndef GAON_TESTS_COST_FIXTURE_H
#define GAON_TESTS_COST_FIXTURE_H

#include "gaon/cost/v1/cost.handlers.h"
#include "server/services/cost/cost.h"
#include "tests/support/service_fixture.h"

#define WEB "tenants/acme/projects/web"
#define CARD "tenants/acme/rateCards/standard"
#define VERSION "tenants/acme/products/linux/versions/1"
#define NOW SERVICE_NOW_US
#define HOUR INT64_C(3600000000)
#define DAY (24 * HOUR)
/* 2026-11-23T00:00:00Z */
#define TODAY (NOW - 12 * HOUR)

int cost_setup(void **state);
int cost_teardown(void **state);
#define COST_TEST(test_) cmocka_unit_test_setup_teardown((test_), cost_setup, cost_teardown)

MUST_CHECK struct status cost_call(void *state, const char *method, const void *request, void *reply);

/** A rate card with these rates, from always: {meter, "price"} pairs. */
struct rate_row {
	Gaon__Meter meter;
	const char *price;
	int64_t effective_us; /* 0: from always */
};
MUST_CHECK struct status make_card(void *state, const char *id, const char *currency, const struct rate_row *rates,
				   size_t count);
Google__Protobuf__Timestamp *timestamp(void *state, int64_t time_us);

MUST_CHECK struct status add_usage(void *state, const struct cost_usage *usage, bool *is_new);
MUST_CHECK struct status meter_machine(void *state, const struct cost_metering *metering);

/** QueryCosts over November 2026 of a parent. */
Gaon__QueryCostsResponse *query(void *state, const char *parent, Gaon__Granularity granularity,
				const Gaon__Dimension *dimensions, size_t count);

extern const struct CMUnitTest rate_card_tests[], estimate_tests[], usage_tests[], query_tests[];
extern const size_t rate_card_test_count, estimate_test_count, usage_test_count, query_test_count;

#endif
