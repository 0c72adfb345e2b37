/* SPDX-License-Identifier: Apache-2.0 */
/* usage_test.c: the ledger counts everything once, by the rate of its time, and exactly, however it is cut or ordered. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/cost/cost_fixture.h"

#define MACHINE WEB "/machines/0193a1b2-0000-7000-8000-000000000001"

static const struct rate_row RATES[] = {
	{ GAON__METER__METER_MACHINE_HOUR, "1.5", 0 },	    { GAON__METER__METER_VCPU_HOUR, "10.123457", 0 },
	{ GAON__METER__METER_MEMORY_GIB_HOUR, "3.000001", 0 }, { GAON__METER__METER_DISK_GIB_HOUR, "0.1", 0 },
};

static struct cost_usage usage_of(const char *key, const char *quantity, int64_t start_us)
{
	struct cost_usage usage = { .project = WEB,
				    .source_key = key,
				    .resource = MACHINE,
				    .resource_display_name = "web-1",
				    .product_version = VERSION,
				    .rate_card = CARD,
				    .meter = COST_VCPU_HOUR,
				    .start_us = start_us,
				    .end_us = start_us + HOUR };

	assert_true(amount_parse(quantity, &usage.quantity));
	return usage;
}

static const char *total(void *state)
{
	const Gaon__QueryCostsResponse *reply = query(state, WEB, GAON__GRANULARITY__GRANULARITY_TOTAL, NULL, 0);

	return reply->n_totals == 0 ? "none" : reply->totals[0]->amount;
}

static void the_same_record_again_changes_nothing(void **state)
{
	struct cost_usage usage = usage_of("k1", "2", TODAY);
	bool is_new;

	assert_ok(make_card(*state, "standard", "KRW", RATES, 4));
	assert_ok(add_usage(*state, &usage, &is_new));
	assert_true(is_new);
	usage.resource_display_name = "renamed";
	assert_ok(add_usage(*state, &usage, &is_new));
	assert_false(is_new);
	assert_string_equal(total(*state), "20.246914");
	assert_int_equal(service_number(*state, "SELECT COUNT(*) FROM usage_record"), 1);
}

static void another_content_under_the_same_key_is_refused(void **state)
{
	struct cost_usage usage = usage_of("k1", "2", TODAY);
	bool is_new;

	assert_ok(make_card(*state, "standard", "KRW", RATES, 4));
	assert_ok(add_usage(*state, &usage, &is_new));
	usage.quantity.units = 3;
	assert_fails(add_usage(*state, &usage, &is_new), STATUS_ALREADY_EXISTS, "USAGE_CONFLICT");
	assert_string_equal(total(*state), "20.246914");
}

static void usage_is_priced_by_the_rate_that_was_in_force_when_it_began(void **state)
{
	const struct rate_row rates[] = { { GAON__METER__METER_VCPU_HOUR, "1", 0 },
					  { GAON__METER__METER_VCPU_HOUR, "100", TODAY + HOUR } };
	struct cost_usage before = usage_of("before", "1", TODAY + HOUR - 1);
	struct cost_usage after = usage_of("after", "1", TODAY + HOUR);
	bool is_new;

	assert_ok(make_card(*state, "standard", "KRW", rates, 2));
	assert_ok(add_usage(*state, &before, &is_new));
	assert_string_equal(total(*state), "1");
	assert_ok(add_usage(*state, &after, &is_new));
	assert_string_equal(total(*state), "101");
}

static void usage_without_a_rate_is_kept_and_costs_nothing(void **state)
{
	struct cost_usage no_card = usage_of("k1", "2", TODAY), no_rate = usage_of("k2", "2", TODAY);
	bool is_new;

	assert_ok(make_card(*state, "standard", "KRW", RATES, 1));
	no_card.rate_card = NULL;
	assert_ok(add_usage(*state, &no_card, &is_new));
	assert_string_equal(total(*state), "none");
	assert_ok(add_usage(*state, &no_rate, &is_new));
	assert_string_equal(total(*state), "0");
	assert_int_equal(service_number(*state, "SELECT COUNT(*) FROM charge"), 2);
}

static void a_record_over_midnight_is_refused(void **state)
{
	struct cost_usage usage = usage_of("k1", "1", TODAY + DAY - HOUR);
	bool is_new;

	assert_ok(add_usage(*state, &usage, &is_new));
	usage.source_key = "k2";
	usage.end_us++;
	assert_string_equal(failed_field(add_usage(*state, &usage, &is_new)), "end_time");
	usage.end_us = usage.start_us;
	assert_string_equal(failed_field(add_usage(*state, &usage, &is_new)), "end_time");
	assert_int_equal(service_number(*state, "SELECT COUNT(*) FROM usage_record"), 1);
}

static struct cost_metering metering_of(int64_t from_us, int64_t to_us)
{
	return (struct cost_metering){ .project = WEB,
				       .resource = MACHINE,
				       .resource_display_name = "web-1",
				       .product_version = VERSION,
				       .rate_card = CARD,
				       .shape = { 3, 1537, 21, 0 },
				       .is_running = true,
				       .from_us = from_us,
				       .to_us = to_us };
}

static void metering_cuts_at_midnight(void **state)
{
	struct cost_metering metering = metering_of(TODAY - HOUR, TODAY + 2 * HOUR);

	assert_ok(make_card(*state, "standard", "KRW", RATES, 4));
	assert_ok(meter_machine(*state, &metering));
	assert_int_equal(service_number(*state, "SELECT COUNT(*) FROM usage_record"), 8);
	assert_int_equal(service_number(*state, "SELECT COUNT(*) FROM cost_day"), 8);
	assert_ok(meter_machine(*state, &metering));
	assert_int_equal(service_number(*state, "SELECT COUNT(*) FROM usage_record"), 8);
	assert_int_equal(service_number(*state, "SELECT quantity_units FROM usage_record WHERE source_key ="
						" '0193a1b2-0000-7000-8000-000000000001/vcpu-hour/2026-11-23T00:00:00Z'"),
			 6);
}

static void metering_cuts_where_a_rate_begins(void **state)
{
	static const struct rate_row rates[] = { { GAON__METER__METER_MACHINE_HOUR, "60", 0 },
						 { GAON__METER__METER_MACHINE_HOUR, "6", TODAY + HOUR / 2 },
						 { GAON__METER__METER_MACHINE_HOUR, "600", TODAY + HOUR },
						 { GAON__METER__METER_VCPU_HOUR, "0", 0 } };
	struct cost_metering metering = metering_of(TODAY, TODAY + HOUR);

	assert_ok(make_card(*state, "standard", "KRW", rates, 4));
	assert_ok(meter_machine(*state, &metering));
	/* Half an hour of each; the rate that begins where it ends has no part in it. */
	assert_string_equal(total(*state), "33");
	assert_int_equal(service_number(*state, "SELECT COUNT(*) FROM usage_record WHERE meter = 1"), 2);
	assert_ok(meter_machine(*state, &metering));
	assert_string_equal(total(*state), "33");
	metering.from_us = TODAY + HOUR;
	metering.to_us = TODAY + 2 * HOUR;
	assert_ok(meter_machine(*state, &metering));
	assert_string_equal(total(*state), "633");
	assert_int_equal(service_number(*state, "SELECT COUNT(*) FROM usage_record WHERE meter = 1"), 3);
}

static void a_stopped_machine_costs_its_existence_and_its_disk(void **state)
{
	struct cost_metering metering = metering_of(TODAY, TODAY + HOUR);

	metering.is_running = false;
	assert_ok(make_card(*state, "standard", "KRW", RATES, 4));
	assert_ok(meter_machine(*state, &metering));
	/* 1 × 1.5 + 21 × 0.1 */
	assert_string_equal(total(*state), "3.6");
}

static uint64_t next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *seed >> 33;
}

/** The pieces that these cuts make of a day, in an order of the seed's choice. */
static void meter_in_pieces(void *state, uint64_t seed, unsigned pieces)
{
	int64_t cuts[66] = { TODAY };

	for (unsigned i = 1; i < pieces; i++)
		cuts[i] = TODAY + (int64_t)(next_random(&seed) % (uint64_t)(2 * DAY));
	cuts[pieces] = TODAY + 2 * DAY;
	for (unsigned i = 1; i <= pieces; i++)
		for (unsigned j = i; j > 0 && cuts[j] < cuts[j - 1]; j--) {
			int64_t swapped = cuts[j];
			cuts[j] = cuts[j - 1];
			cuts[j - 1] = swapped;
		}
	unsigned order[65];
	for (unsigned i = 0; i < pieces; i++)
		order[i] = i;
	for (unsigned i = pieces; i > 1; i--) {
		unsigned chosen = (unsigned)(next_random(&seed) % i), swapped = order[i - 1];
		order[i - 1] = order[chosen];
		order[chosen] = swapped;
	}
	for (unsigned i = 0; i < pieces; i++) {
		struct cost_metering metering = metering_of(cuts[order[i]], cuts[order[i] + 1]);
		assert_ok(meter_machine(state, &metering));
	}
}

static void any_split_in_any_order_costs_exactly_the_same(void **state)
{
	const Gaon__Dimension by_meter[] = { GAON__DIMENSION__DIMENSION_METER };

	for (uint64_t seed = 1; seed <= 12; seed++) {
		if (seed > 1) {
			cost_teardown(state);
			cost_setup(state);
		}
		assert_ok(make_card(*state, "standard", "KRW", RATES, 4));
		meter_in_pieces(*state, seed, seed == 1 ? 1 : (unsigned)(seed * 5));
		/*
		 * 48 × (1.5 + 3 × 10.123457 + 21 × 0.1) + 72.046874 × 3.000001; of a day's 24 × 1537 / 1024 = 36.0234375
		 * GiB hours whole millionths are counted.
		 */
		assert_string_equal(total(*state), "1846.718502046874");
		const Gaon__QueryCostsResponse *reply =
			query(*state, WEB, GAON__GRANULARITY__GRANULARITY_MONTH, by_meter, 1);
		assert_int_equal(reply->n_rows, 4);
		assert_string_equal(reply->rows[1]->quantity, "144");
		assert_string_equal(reply->rows[2]->quantity, "72.046874");
	}
}

/** Sums that no 64-bit count of 10^-12 could hold, whatever the order. */
static void sums_beyond_64_bits_are_exact(void **state)
{
	const struct rate_row rates[] = { { GAON__METER__METER_VCPU_HOUR, "1", 0 } };
	bool is_new;

	assert_ok(make_card(*state, "standard", "KRW", rates, 1));
	for (int i = 0; i < 50; i++) {
		char key[16] = { 'k', (char)('0' + i / 10), (char)('0' + i % 10) };
		struct cost_usage usage = usage_of(key, "19999999999999999.999999999999", TODAY + (i % 20) * HOUR);
		assert_ok(add_usage(*state, &usage, &is_new));
	}
	assert_string_equal(total(*state), "999999999999999999.99999999995");
}

static Gaon__UsageRecord *record_of(void *state, const char *key)
{
	struct service_fixture *fixture = state;
	Gaon__UsageRecord *record = ARENA_NEW(fixture->arena, Gaon__UsageRecord);

	gaon__usage_record__init(record);
	record->source_key = key;
	record->resource = MACHINE;
	record->meter = GAON__METER__METER_VCPU_HOUR;
	record->quantity = "0.5";
	record->rate_card = CARD;
	record->start_time = timestamp(state, TODAY);
	record->end_time = timestamp(state, TODAY + HOUR);
	return record;
}

static void a_batch_is_recorded_whole_or_not_at_all(void **state)
{
	Gaon__RecordUsageRequest request = GAON__RECORD_USAGE_REQUEST__INIT;
	Gaon__RecordUsageResponse reply;
	Gaon__UsageRecord *records[] = { record_of(*state, "a"), record_of(*state, "b"), record_of(*state, "a") };

	assert_ok(make_card(*state, "standard", "KRW", RATES, 4));
	request.parent = WEB;
	request.usage_records = records;
	request.n_usage_records = 3;
	records[1]->resource = "tenants/acme/projects/api/machines/x";
	assert_string_equal(failed_field(cost_call(*state, "RecordUsage", &request, &reply)), "usage_records[1].resource");
	records[1]->resource = MACHINE;
	records[1]->end_time = timestamp(*state, TODAY + 2 * DAY);
	assert_string_equal(failed_field(cost_call(*state, "RecordUsage", &request, &reply)), "usage_records[1].end_time");
	records[1]->end_time = timestamp(*state, TODAY + HOUR);
	records[1]->quantity = "-1";
	assert_string_equal(failed_field(cost_call(*state, "RecordUsage", &request, &reply)), "usage_records[1].quantity");
	assert_int_equal(service_number(*state, "SELECT COUNT(*) FROM usage_record"), 0);
	records[1]->quantity = "0.25";
	assert_ok(cost_call(*state, "RecordUsage", &request, &reply));
	assert_int_equal(reply.added_count, 2);
	assert_int_equal(reply.known_count, 1);
	records[0]->rate_card = "tenants/other/rateCards/x";
	assert_fails(cost_call(*state, "RecordUsage", &request, &reply), STATUS_NOT_FOUND, "RATE_CARD_NOT_FOUND");
}

static void the_ledger_is_listed_newest_first_in_pages(void **state)
{
	Gaon__ListChargesRequest request = GAON__LIST_CHARGES_REQUEST__INIT;
	Gaon__ListChargesResponse reply;
	bool is_new;

	assert_ok(make_card(*state, "standard", "KRW", RATES, 4));
	for (int i = 0; i < 5; i++) {
		char key[2] = { (char)('a' + i) };
		struct cost_usage usage = usage_of(key, "1", TODAY + i / 2 * HOUR);
		assert_ok(add_usage(*state, &usage, &is_new));
	}
	request.parent = WEB;
	request.page_size = 2;
	int64_t seen = 0, last = INT64_MAX;
	do {
		assert_ok(cost_call(*state, "ListCharges", &request, &reply));
		for (size_t i = 0; i < reply.n_charges; i++) {
			assert_true(reply.charges[i]->charge_period_start->seconds <= last);
			last = reply.charges[i]->charge_period_start->seconds;
			assert_string_equal(reply.charges[i]->billed_cost->amount, "10.123457");
			assert_string_equal(reply.charges[i]->charge_category, "Usage");
		}
		seen += (int64_t)reply.n_charges;
		request.page_token = reply.next_page_token;
	} while (*reply.next_page_token);
	assert_int_equal(seen, 5);
	request.page_token = "";
	request.start_time = timestamp(*state, TODAY + HOUR);
	request.end_time = timestamp(*state, TODAY + 2 * HOUR);
	assert_ok(cost_call(*state, "ListCharges", &request, &reply));
	assert_int_equal(reply.n_charges, 2);
	request.resource = WEB "/machines/none";
	assert_ok(cost_call(*state, "ListCharges", &request, &reply));
	assert_int_equal(reply.n_charges, 0);
}

const struct CMUnitTest usage_tests[] = {
	COST_TEST(the_same_record_again_changes_nothing),
	COST_TEST(another_content_under_the_same_key_is_refused),
	COST_TEST(usage_is_priced_by_the_rate_that_was_in_force_when_it_began),
	COST_TEST(usage_without_a_rate_is_kept_and_costs_nothing),
	COST_TEST(a_record_over_midnight_is_refused),
	COST_TEST(metering_cuts_at_midnight),
	COST_TEST(metering_cuts_where_a_rate_begins),
	COST_TEST(a_stopped_machine_costs_its_existence_and_its_disk),
	COST_TEST(any_split_in_any_order_costs_exactly_the_same),
	COST_TEST(sums_beyond_64_bits_are_exact),
	COST_TEST(a_batch_is_recorded_whole_or_not_at_all),
	COST_TEST(the_ledger_is_listed_newest_first_in_pages),
};
const size_t usage_test_count = sizeof usage_tests / sizeof usage_tests[0];
