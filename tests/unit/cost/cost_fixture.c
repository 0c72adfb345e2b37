/* SPDX-License-Identifier: Apache-2.0 */
/* cost_fixture.c: a store with cost's tables. */
#include "tests/unit/cost/cost_fixture.h"

#include "server/services/catalog/catalog.h"
#include "server/services/iam/iam.h"
#include "server/store/change.h"

int cost_setup(void **state)
{
	const struct migration *rooms[] = { change_migrations, engine_migrations, iam_migrations, catalog_migrations,
					    cost_migrations };
	const size_t counts[] = { change_migration_count, engine_migration_count, iam_migration_count,
				  catalog_migration_count, cost_migration_count };
	static struct service_fixture fixture;

	service_open(&fixture, rooms, counts, sizeof counts / sizeof counts[0]);
	*state = &fixture;
	return 0;
}

int cost_teardown(void **state)
{
	service_close(*state);
	return 0;
}

struct status cost_call(void *state, const char *method, const void *request, void *reply)
{
	return service_call(state, &gaon_cost_table, method, request, reply);
}

Google__Protobuf__Timestamp *timestamp(void *state, int64_t time_us)
{
	struct service_fixture *fixture = state;
	Google__Protobuf__Timestamp *made = ARENA_NEW(fixture->arena, Google__Protobuf__Timestamp);

	if (time_us == 0)
		return NULL;
	google__protobuf__timestamp__init(made);
	made->seconds = time_us / 1000000;
	made->nanos = (int32_t)(time_us % 1000000 * 1000);
	return made;
}

struct status make_card(void *state, const char *id, const char *currency, const struct rate_row *rates, size_t count)
{
	struct service_fixture *fixture = state;
	Gaon__CreateRateCardRequest request = GAON__CREATE_RATE_CARD_REQUEST__INIT;
	Gaon__RateCard card = GAON__RATE_CARD__INIT, reply;

	card.currency_code = currency;
	card.n_rates = count;
	card.rates = ARENA_ARRAY(fixture->arena, count, Gaon__Rate *);
	for (size_t i = 0; i < count; i++) {
		card.rates[i] = ARENA_NEW(fixture->arena, Gaon__Rate);
		gaon__rate__init(card.rates[i]);
		card.rates[i]->meter = rates[i].meter;
		card.rates[i]->unit_price = rates[i].price;
		card.rates[i]->effective_time = timestamp(state, rates[i].effective_us);
	}
	request.parent = "tenants/acme";
	request.rate_card_id = id;
	request.rate_card = &card;
	return cost_call(state, "CreateRateCard", &request, &reply);
}

struct usage_call {
	const struct cost_usage *usage;
	const struct cost_metering *metering;
	bool is_new;
};

static struct status run_usage(struct store_tx *tx, void *context)
{
	struct usage_call *call = context;

	if (call->metering)
		return cost_meter_machine(tx, call->metering);
	return cost_usage_add(tx, call->usage, &call->is_new);
}

struct status add_usage(void *state, const struct cost_usage *usage, bool *is_new)
{
	struct service_fixture *fixture = state;
	struct usage_call call = { .usage = usage };
	struct status status = store_write(fixture->store, fixture->arena, run_usage, &call);

	*is_new = call.is_new;
	return status;
}

struct status meter_machine(void *state, const struct cost_metering *metering)
{
	struct service_fixture *fixture = state;
	struct usage_call call = { .metering = metering };

	return store_write(fixture->store, fixture->arena, run_usage, &call);
}

Gaon__QueryCostsResponse *query(void *state, const char *parent, Gaon__Granularity granularity,
				const Gaon__Dimension *dimensions, size_t count)
{
	struct service_fixture *fixture = state;
	Gaon__QueryCostsRequest request = GAON__QUERY_COSTS_REQUEST__INIT;
	Gaon__QueryCostsResponse *reply = ARENA_NEW(fixture->arena, Gaon__QueryCostsResponse);

	request.parent = parent;
	request.start_day = "2026-11-01";
	request.end_day = "2026-12-01";
	request.granularity = granularity;
	request.group_by = (Gaon__Dimension *)arena_memdup(fixture->arena, dimensions ? dimensions : &(Gaon__Dimension){ 0 },
							   (count ? count : 1) * sizeof *dimensions);
	request.n_group_by = count;
	assert_ok(cost_call(state, "QueryCosts", &request, reply));
	return reply;
}
