/* SPDX-License-Identifier: Apache-2.0 */
/* query_rpc.c: sums on the wire. */
#include "gaon/cost/v1/cost.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/cost/query_store.h"
#include "server/services/cost/usage_store.h"
#include "server/services/iam/iam.h"
#include "server/services/wire/wire.h"

enum { CURRENCIES_MOST = 1000 };

static struct status read_parent(struct call *call, const char *parent, struct cost_query *query)
{
	struct arena *arena = call->arena;
	const char *ids[2];

	if (resource_match(arena, parent, "tenants/{}/projects/{}", false, ids)) {
		query->project = parent;
		return iam_project_check(call->tx, parent);
	}
	if (!resource_match(arena, parent, "tenants/{}", false, ids))
		return status_invalid_field(arena, "parent",
					    "must be a project \"tenants/{}/projects/{}\" or a tenant \"tenants/{}\"");
	query->tenant = parent;
	return iam_tenant_check(call->tx, parent);
}

static struct status read_days(struct call *call, const Gaon__QueryCostsRequest *request, struct cost_query *query)
{
	query->start_us = time_month_start(call->now_us);
	query->end_us = time_day_start(call->now_us) + TIME_US_PER_DAY;
	if (!text_is_empty(request->start_day) && !time_parse_day(request->start_day, &query->start_us))
		return status_invalid_field(call->arena, "start_day", "must be a day, \"2026-11-01\"");
	if (!text_is_empty(request->end_day) && !time_parse_day(request->end_day, &query->end_us))
		return status_invalid_field(call->arena, "end_day", "must be a day, \"2026-12-01\"");
	if (query->end_us <= query->start_us)
		return status_invalid_field(call->arena, "end_day", "must be after start_day (%s)",
					    time_format_day(call->arena, query->start_us));
	return OK;
}

static struct status read_keys(struct arena *arena, const Gaon__QueryCostsRequest *request, struct cost_query *query)
{
	static const enum query_key DIMENSIONS[] = { KEY_COUNT, KEY_PROJECT, KEY_RESOURCE, KEY_PRODUCT, KEY_METER };

	if ((unsigned)request->granularity > GAON__GRANULARITY__GRANULARITY_TOTAL)
		return status_invalid_field(arena, "granularity", "must be DAY, MONTH or TOTAL");
	query->keys[KEY_DAY] = request->granularity == GAON__GRANULARITY__GRANULARITY_DAY;
	query->keys[KEY_MONTH] = request->granularity == GAON__GRANULARITY__GRANULARITY_MONTH ||
				 request->granularity == GAON__GRANULARITY__GRANULARITY_UNSPECIFIED;
	query->keys[KEY_CURRENCY] = true;
	for (size_t i = 0; i < request->n_group_by; i++) {
		unsigned dimension = (unsigned)request->group_by[i];
		const char *field = arena_printf(arena, "group_by[%zu]", i);

		if (dimension == 0 || dimension >= sizeof DIMENSIONS / sizeof DIMENSIONS[0])
			return status_invalid_field(arena, field, "must be PROJECT, RESOURCE, PRODUCT or METER");
		if (query->keys[DIMENSIONS[dimension]])
			return status_invalid_field(arena, field, "is there twice");
		query->keys[DIMENSIONS[dimension]] = true;
	}
	return OK;
}

/** All that decides what the list holds, for page tokens. */
static const char *query_text(struct arena *arena, const Gaon__QueryCostsRequest *request, const struct cost_query *query)
{
	struct text text = text_new(arena);

	text_printf(&text, "QueryCosts|%s|%s|%lld|%lld|", request->parent, request->resource, (long long)query->start_us,
		    (long long)query->end_us);
	for (int key = 0; key < KEY_COUNT; key++)
		text_append_char(&text, query->keys[key] ? '1' : '0');
	return text.data;
}

static struct status sum_to_wire(struct store_tx *tx, const struct cost_query *query, const struct cost_sum *sum,
				 Gaon__CostRow *row)
{
	struct arena *arena = store_arena(tx);
	bool has_period = query->keys[KEY_DAY] || query->keys[KEY_MONTH];

	row->period_start_day = time_format_day(arena, has_period ? sum->period_us : query->start_us);
	row->project = sum->project;
	row->resource = sum->resource;
	row->product = sum->product;
	row->meter = (Gaon__Meter)sum->meter;
	if (query->keys[KEY_RESOURCE])
		TRY(cost_resource_display_name(tx, sum->resource, &row->resource_display_name));
	if (query->keys[KEY_METER])
		row->quantity = amount_format(arena, sum->quantity);
	if (!text_is_empty(sum->currency))
		row->billed_cost = wire_money(arena, sum->currency, sum->billed);
	return OK;
}

/** Of all rows, whichever page was asked for. The resource is not kept apart, so this reads the small table. */
static struct status add_totals(struct store_tx *tx, const struct cost_query *query, Gaon__QueryCostsResponse *reply)
{
	struct cost_query whole = *query;
	struct cost_sum *sums;
	size_t count;

	for (int key = 0; key < KEY_CURRENCY; key++)
		whole.keys[key] = false;
	TRY(cost_sums(tx, &whole, NULL, CURRENCIES_MOST, &sums, &count));
	reply->totals = ARENA_ARRAY(store_arena(tx), count, Gaon__Money *);
	for (size_t i = 0; i < count; i++)
		if (!text_is_empty(sums[i].currency))
			reply->totals[reply->n_totals++] = wire_money(store_arena(tx), sums[i].currency, sums[i].billed);
	return OK;
}

struct status cost_query_costs(struct call *call, const Gaon__QueryCostsRequest *request,
			       Gaon__QueryCostsResponse *reply)
{
	struct arena *arena = call->arena;
	struct cost_query query = { .resource = request->resource };
	struct cost_sum *sums;
	struct page page;
	size_t count;

	TRY(read_parent(call, request->parent, &query));
	TRY(read_days(call, request, &query));
	TRY(read_keys(arena, request, &query));
	TRY(page_read(arena, request->page_size, request->page_token, query_text(arena, request, &query), &page));
	TRY(cost_sums(call->tx, &query, page.after, page.limit + 1, &sums, &count));
	if (count > page.limit) {
		count = page.limit;
		reply->next_page_token = page_next(arena, &page, cost_sum_place(arena, &query, &sums[count - 1]));
	}
	reply->n_rows = count;
	reply->rows = ARENA_ARRAY(arena, count, Gaon__CostRow *);
	for (size_t i = 0; i < count; i++) {
		reply->rows[i] = ARENA_NEW(arena, Gaon__CostRow);
		gaon__cost_row__init(reply->rows[i]);
		TRY(sum_to_wire(call->tx, &query, &sums[i], reply->rows[i]));
	}
	return add_totals(call->tx, &query, reply);
}
