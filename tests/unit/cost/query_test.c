/* SPDX-License-Identifier: Apache-2.0 */
/* query_test.c: sums by period and by what was kept apart; pages of them hold the same as the whole. */
#include <string.h>

#include "runtime/base/time.h"
#include "server/services/cost/query_store.h"
#include "tests/unit/cost/cost_fixture.h"

static const struct rate_row RATES[] = { { GAON__METER__METER_MACHINE_HOUR, "1", 0 },
					 { GAON__METER__METER_DISK_GIB_HOUR, "0.5", 0 } };

static void add(void *state, const char *project, const char *machine, enum cost_meter meter, int64_t start_us,
		const char *card)
{
	struct service_fixture *fixture = state;
	static int serial;
	bool is_new;
	struct cost_usage usage = {
		.project = project,
		.source_key = arena_printf(fixture->arena, "key-%d", ++serial),
		.resource = arena_printf(fixture->arena, "%s/machines/%s", project, machine),
		.resource_display_name = arena_printf(fixture->arena, "name of %s at %lld", machine,
						      (long long)((start_us - TODAY) / DAY)),
		.product_version = VERSION,
		.rate_card = card,
		.meter = meter,
		.quantity = { 1, 0 },
		.start_us = start_us,
		.end_us = start_us + HOUR,
	};

	assert_ok(add_usage(state, &usage, &is_new));
}

/** Two projects, three machines, two meters, three days, two currencies. */
static void fill(void *state)
{
	assert_ok(make_card(state, "standard", "KRW", RATES, 2));
	assert_ok(make_card(state, "dollar", "USD", RATES, 2));
	add(state, WEB, "a", COST_MACHINE_HOUR, TODAY, CARD);
	add(state, WEB, "a", COST_DISK_GIB_HOUR, TODAY, CARD);
	add(state, WEB, "a", COST_MACHINE_HOUR, TODAY - DAY, CARD);
	add(state, WEB, "b", COST_MACHINE_HOUR, TODAY - DAY, CARD);
	add(state, "tenants/acme/projects/api", "c", COST_MACHINE_HOUR, TODAY, "tenants/acme/rateCards/dollar");
	add(state, "tenants/other/projects/site", "d", COST_MACHINE_HOUR, TODAY, CARD);
	add(state, WEB, "a", COST_MACHINE_HOUR, TODAY - 30 * DAY, CARD); /* October */
}

static void a_project_is_summed_by_day(void **state)
{
	fill(*state);
	const Gaon__QueryCostsResponse *reply = query(*state, WEB, GAON__GRANULARITY__GRANULARITY_DAY, NULL, 0);

	assert_int_equal(reply->n_rows, 2);
	assert_string_equal(reply->rows[0]->period_start_day, "2026-11-22");
	assert_string_equal(reply->rows[0]->billed_cost->amount, "2");
	assert_string_equal(reply->rows[1]->period_start_day, "2026-11-23");
	assert_string_equal(reply->rows[1]->billed_cost->amount, "1.5");
	assert_string_equal(reply->rows[1]->project, "");
	assert_int_equal(reply->n_totals, 1);
	assert_string_equal(reply->totals[0]->amount, "3.5");
}

static void a_tenant_is_summed_over_its_projects_by_currency(void **state)
{
	const Gaon__Dimension by_project[] = { GAON__DIMENSION__DIMENSION_PROJECT };

	fill(*state);
	const Gaon__QueryCostsResponse *reply =
		query(*state, "tenants/acme", GAON__GRANULARITY__GRANULARITY_MONTH, by_project, 1);
	assert_int_equal(reply->n_rows, 2);
	assert_string_equal(reply->rows[0]->project, "tenants/acme/projects/api");
	assert_string_equal(reply->rows[0]->billed_cost->currency_code, "USD");
	assert_string_equal(reply->rows[1]->period_start_day, "2026-11-01");
	assert_string_equal(reply->rows[1]->billed_cost->amount, "3.5");
	assert_int_equal(reply->n_totals, 2);
}

static void a_resource_shows_its_latest_name(void **state)
{
	const Gaon__Dimension by[] = { GAON__DIMENSION__DIMENSION_METER, GAON__DIMENSION__DIMENSION_RESOURCE,
				       GAON__DIMENSION__DIMENSION_PRODUCT };

	fill(*state);
	const Gaon__QueryCostsResponse *reply = query(*state, WEB, GAON__GRANULARITY__GRANULARITY_TOTAL, by, 3);
	assert_int_equal(reply->n_rows, 3);
	assert_string_equal(reply->rows[0]->resource, WEB "/machines/a");
	assert_string_equal(reply->rows[0]->resource_display_name, "name of a at 0");
	assert_string_equal(reply->rows[0]->product, "tenants/acme/products/linux");
	assert_int_equal(reply->rows[0]->meter, GAON__METER__METER_MACHINE_HOUR);
	assert_string_equal(reply->rows[0]->quantity, "2");
	assert_int_equal(reply->rows[1]->meter, GAON__METER__METER_DISK_GIB_HOUR);
	assert_string_equal(reply->rows[2]->resource_display_name, "name of b at -1");
	assert_string_equal(reply->rows[0]->period_start_day, "2026-11-01");
}

static void both_tables_of_sums_tell_the_same(void **state)
{
	static const char DIFFERENCE[] =
		"SELECT COUNT(*) FROM (SELECT project, day_us, product, meter, currency, SUM(billed_units) AS units,"
		" SUM(billed_fraction) AS fraction FROM cost_day GROUP BY project, day_us, product, meter, currency) d"
		" JOIN cost_project_day p ON p.project = d.project AND p.day_us = d.day_us AND p.product = d.product"
		" AND p.meter = d.meter AND p.currency = d.currency WHERE p.billed_units * 1000000000000 + p.billed_fraction"
		" = d.units * 1000000000000 + d.fraction";

	fill(*state);
	int64_t rows = service_number(*state, "SELECT COUNT(*) FROM cost_project_day");
	assert_int_equal(rows, 6);
	assert_int_equal(service_number(*state, DIFFERENCE), rows);
}

/** Of a draw that is the same each time. */
static uint64_t draw(uint64_t below)
{
	static uint64_t luck = 20261123;

	luck = luck * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (luck >> 20) % below;
}

/** Amounts that carry at the twelfth digit, over resources, days of two months and currencies. */
static void fill_at_random(void *state)
{
	struct service_fixture *fixture = state;
	static const char *const cards[] = { CARD, "tenants/acme/rateCards/dollar", "" };
	bool is_new;

	assert_ok(make_card(state, "standard", "KRW", RATES, 2));
	assert_ok(make_card(state, "dollar", "USD", RATES, 2));
	for (int i = 0; i < 600; i++) {
		int64_t start_us = TODAY - (int64_t)draw(40) * DAY + (int64_t)draw(23) * HOUR;
		struct cost_usage usage = {
			.project = draw(3) ? WEB : "tenants/acme/projects/api",
			.source_key = arena_printf(fixture->arena, "random-%d", i),
			.product_version = VERSION,
			.rate_card = cards[draw(3)],
			.meter = draw(2) ? COST_MACHINE_HOUR : COST_DISK_GIB_HOUR,
			.quantity = { (int64_t)draw(1000), (int64_t)draw(UINT64_C(1000000000000)) },
			.start_us = start_us,
			.end_us = start_us + HOUR,
		};
		usage.resource = arena_printf(fixture->arena, "%s/machines/m%d", usage.project, (int)draw(7));
		assert_ok(add_usage(state, &usage, &is_new));
	}
}

/** What the ledger itself says that a row of QueryCosts sums, to the twelfth digit. */
static const char *by_the_ledger(void *state, const Gaon__CostRow *row, int64_t start_us, int64_t end_us)
{
	struct service_fixture *fixture = state;
	const char *where = arena_printf(fixture->arena,
					 "FROM charge c JOIN usage_record u ON u.id = c.id WHERE u.resource = '%s' AND c.currency = '%s'"
					 " AND u.start_us >= %lld AND u.start_us < %lld",
					 row->resource, row->billed_cost ? row->billed_cost->currency_code : "",
					 (long long)start_us, (long long)end_us);
	int64_t units = service_number(state, arena_printf(fixture->arena, "SELECT sum(c.billed_units) %s", where));
	int64_t fraction = service_number(state, arena_printf(fixture->arena, "SELECT sum(c.billed_fraction) %s", where));

	return amount_format(fixture->arena, (struct amount){ units + fraction / MONEY_FRACTION_PER_UNIT,
							      fraction % MONEY_FRACTION_PER_UNIT });
}

/** Adds a row to the sum of its currency, of the two that there are. */
static void add_up(void *state, const Gaon__CostRow *row, struct amount sums[2])
{
	struct service_fixture *fixture = state;
	struct amount amount;

	if (!row->billed_cost)
		return;
	struct amount *sum = &sums[strcmp(row->billed_cost->currency_code, "USD") == 0];
	assert_true(amount_parse(row->billed_cost->amount, &amount));
	assert_ok(amount_add(fixture->arena, *sum, amount, sum));
}

static void sums_by_resource_are_the_ledgers_to_the_last_digit(void **state)
{
	static const struct {
		Gaon__Granularity granularity;
		const char *start, *end;
	} queries[] = {
		{ GAON__GRANULARITY__GRANULARITY_DAY, "2026-10-14", "2026-11-24" },
		{ GAON__GRANULARITY__GRANULARITY_MONTH, "2026-10-14", "2026-11-24" },
		{ GAON__GRANULARITY__GRANULARITY_MONTH, "2026-10-20", "2026-11-09" },
		{ GAON__GRANULARITY__GRANULARITY_TOTAL, "2026-10-20", "2026-11-09" },
	};
	static const char *const parents[] = { WEB, "tenants/acme" };
	Gaon__Dimension by = GAON__DIMENSION__DIMENSION_RESOURCE;

	fill_at_random(*state);
	for (size_t i = 0; i < 2 * sizeof queries / sizeof queries[0]; i++) {
		Gaon__QueryCostsRequest request = GAON__QUERY_COSTS_REQUEST__INIT;
		Gaon__QueryCostsResponse reply;
		size_t seen = 0;
		struct amount sums[2] = { { 0, 0 }, { 0, 0 } };
		int64_t first_us, last_us;

		request.parent = parents[i % 2];
		request.start_day = queries[i / 2].start;
		request.end_day = queries[i / 2].end;
		request.granularity = queries[i / 2].granularity;
		request.group_by = &by;
		request.n_group_by = 1;
		request.page_size = 7;
		assert_true(time_parse_day(request.start_day, &first_us) && time_parse_day(request.end_day, &last_us));
		do {
			assert_ok(cost_call(*state, "QueryCosts", &request, &reply));
			for (size_t r = 0; r < reply.n_rows; r++, seen++) {
				int64_t start_us, end_us = last_us;
				assert_true(time_parse_day(reply.rows[r]->period_start_day, &start_us));
				if (request.granularity == GAON__GRANULARITY__GRANULARITY_DAY)
					end_us = start_us + DAY;
				else if (request.granularity == GAON__GRANULARITY__GRANULARITY_MONTH)
					end_us = time_month_start(start_us + 32 * DAY) < last_us ? time_month_start(start_us + 32 * DAY) :
												     last_us;
				start_us = start_us < first_us ? first_us : start_us;
				add_up(*state, reply.rows[r], sums);
				if (reply.rows[r]->billed_cost)
					assert_string_equal(reply.rows[r]->billed_cost->amount,
							    by_the_ledger(*state, reply.rows[r], start_us, end_us));
			}
			request.page_token = reply.next_page_token;
		} while (*reply.next_page_token && seen < 10000);
		assert_in_range(seen, 14, 600);
		/* Nothing is left out: the totals are those of the table without resources. */
		assert_int_equal(reply.n_totals, 2);
		for (size_t t = 0; t < 2; t++)
			assert_string_equal(reply.totals[t]->amount,
					    amount_format(((struct service_fixture *)*state)->arena,
							  sums[strcmp(reply.totals[t]->currency_code, "USD") == 0]));
	}
}

static void sums_by_resource_of_before_are_made_from_those_by_meter(void **state)
{
	static const char CHECK[] = "SELECT count(*) FROM cost_resource_day n JOIN kept k ON k.project = n.project AND k.day_us = n.day_us"
				    " AND k.resource = n.resource AND k.currency = n.currency AND k.billed_units = n.billed_units"
				    " AND k.billed_fraction = n.billed_fraction AND k.month_us = n.month_us AND k.tenant = n.tenant";
	struct service_fixture *fixture = *state;
	const struct migration *step = NULL;

	fill_at_random(*state);
	for (size_t i = 0; i < cost_migration_count; i++)
		if (strstr(cost_migrations[i].sql, "INSERT INTO cost_resource_day"))
			step = &cost_migrations[i];
	assert_non_null(step);
	/* Two copies of the ledger's sums: as they were kept, and as the step would have made them. */
	assert_ok(store_migrate(fixture->store, fixture->arena,
				&(struct migration){ "test", 1, "0001_kept", "CREATE TABLE kept AS SELECT * FROM cost_resource_day;" }, 1));
	assert_ok(service_execute(fixture, "DELETE FROM cost_resource_day", SQL_NO_ARGS));
	assert_ok(service_execute(fixture, strstr(step->sql, "INSERT INTO cost_resource_day"), SQL_NO_ARGS));
	assert_true(service_number(fixture, "SELECT count(*) FROM kept") > 300);
	assert_int_equal(service_number(fixture, CHECK), service_number(fixture, "SELECT count(*) FROM kept"));
	assert_int_equal(service_number(fixture, "SELECT count(*) FROM cost_resource_day"),
			 service_number(fixture, "SELECT count(*) FROM kept"));
}

static void one_resource_is_summed_alone_for_its_tenant_and_its_project(void **state)
{
	Gaon__QueryCostsRequest request = GAON__QUERY_COSTS_REQUEST__INIT;
	Gaon__QueryCostsResponse reply;
	static const char *const parents[] = { WEB, "tenants/acme" };

	fill(*state);
	request.resource = WEB "/machines/a";
	request.start_day = "2026-11-01";
	for (size_t i = 0; i < 2; i++) {
		request.parent = parents[i];
		assert_ok(cost_call(*state, "QueryCosts", &request, &reply));
		assert_int_equal(reply.n_rows, 1);
		assert_string_equal(reply.rows[0]->billed_cost->amount, "2.5");
	}
	/* Another tenant's is not there, whatever its name. */
	request.resource = "tenants/other/projects/site/machines/d";
	assert_ok(cost_call(*state, "QueryCosts", &request, &reply));
	assert_int_equal(reply.n_rows, 0);
}

static void pages_hold_what_the_whole_holds(void **state)
{
	Gaon__Dimension by[] = { GAON__DIMENSION__DIMENSION_RESOURCE, GAON__DIMENSION__DIMENSION_METER };
	Gaon__QueryCostsRequest request = GAON__QUERY_COSTS_REQUEST__INIT;
	Gaon__QueryCostsResponse reply;

	fill(*state);
	const Gaon__QueryCostsResponse *whole = query(*state, WEB, GAON__GRANULARITY__GRANULARITY_DAY, by, 2);
	assert_int_equal(whole->n_rows, 4);
	request.parent = WEB;
	request.start_day = "2026-11-01";
	request.end_day = "2026-12-01";
	request.granularity = GAON__GRANULARITY__GRANULARITY_DAY;
	request.group_by = by;
	request.n_group_by = 2;
	request.page_size = 1;
	for (size_t i = 0; i < whole->n_rows; i++) {
		assert_ok(cost_call(*state, "QueryCosts", &request, &reply));
		assert_int_equal(reply.n_rows, 1);
		assert_string_equal(reply.rows[0]->resource, whole->rows[i]->resource);
		assert_string_equal(reply.rows[0]->billed_cost->amount, whole->rows[i]->billed_cost->amount);
		assert_string_equal(reply.totals[0]->amount, "3.5");
		request.page_token = reply.next_page_token;
	}
	assert_string_equal(reply.next_page_token, "");
}

static void the_default_interval_is_this_month_to_today(void **state)
{
	Gaon__QueryCostsRequest request = GAON__QUERY_COSTS_REQUEST__INIT;
	Gaon__QueryCostsResponse reply;

	fill(*state);
	request.parent = WEB;
	assert_ok(cost_call(*state, "QueryCosts", &request, &reply));
	assert_int_equal(reply.n_rows, 1);
	assert_string_equal(reply.totals[0]->amount, "3.5");
	request.start_day = "2026-10-01";
	assert_ok(cost_call(*state, "QueryCosts", &request, &reply));
	assert_int_equal(reply.n_rows, 2);
	assert_string_equal(reply.totals[0]->amount, "4.5");
}

struct used_call {
	const char *product;
	bool is_used;
};

static struct status run_used(struct store_tx *tx, void *context)
{
	struct used_call *call = context;

	return cost_product_used(tx, call->product, &call->is_used);
}

static void a_product_that_was_charged_is_known_as_used(void **state)
{
	struct service_fixture *fixture = *state;
	struct used_call call = { "tenants/acme/products/linux", true };

	assert_ok(store_read(fixture->store, fixture->arena, run_used, &call));
	assert_false(call.is_used);
	fill(*state);
	assert_ok(store_read(fixture->store, fixture->arena, run_used, &call));
	assert_true(call.is_used);
}

static void bad_queries_are_refused_by_field(void **state)
{
	Gaon__Dimension twice[] = { GAON__DIMENSION__DIMENSION_METER, GAON__DIMENSION__DIMENSION_METER };
	Gaon__QueryCostsRequest request = GAON__QUERY_COSTS_REQUEST__INIT;
	Gaon__QueryCostsResponse reply;

	request.parent = "projects/web";
	assert_string_equal(failed_field(cost_call(*state, "QueryCosts", &request, &reply)), "parent");
	request.parent = WEB;
	request.start_day = "2026-13-01";
	assert_string_equal(failed_field(cost_call(*state, "QueryCosts", &request, &reply)), "start_day");
	request.start_day = "2027-01-01";
	assert_string_equal(failed_field(cost_call(*state, "QueryCosts", &request, &reply)), "end_day");
	request.start_day = "";
	request.granularity = (Gaon__Granularity)9;
	assert_string_equal(failed_field(cost_call(*state, "QueryCosts", &request, &reply)), "granularity");
	request.granularity = GAON__GRANULARITY__GRANULARITY_DAY;
	request.group_by = twice;
	request.n_group_by = 2;
	assert_string_equal(failed_field(cost_call(*state, "QueryCosts", &request, &reply)), "group_by[1]");
	twice[1] = (Gaon__Dimension)99;
	assert_string_equal(failed_field(cost_call(*state, "QueryCosts", &request, &reply)), "group_by[1]");
}

const struct CMUnitTest query_tests[] = {
	COST_TEST(a_project_is_summed_by_day),
	COST_TEST(a_tenant_is_summed_over_its_projects_by_currency),
	COST_TEST(a_resource_shows_its_latest_name),
	COST_TEST(both_tables_of_sums_tell_the_same),
	COST_TEST(sums_by_resource_are_the_ledgers_to_the_last_digit),
	COST_TEST(sums_by_resource_of_before_are_made_from_those_by_meter),
	COST_TEST(one_resource_is_summed_alone_for_its_tenant_and_its_project),
	COST_TEST(pages_hold_what_the_whole_holds),
	COST_TEST(the_default_interval_is_this_month_to_today),
	COST_TEST(a_product_that_was_charged_is_known_as_used),
	COST_TEST(bad_queries_are_refused_by_field),
};
const size_t query_test_count = sizeof query_tests / sizeof query_tests[0];
