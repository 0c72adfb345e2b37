/* SPDX-License-Identifier: Apache-2.0 */
/* charge_rpc.c: the lines that sums are made of, in FOCUS terms. */
#include "gaon/cost/v1/cost.handlers.h"
#include "runtime/base/text.h"
#include "server/services/cost/ledger_page.h"
#include "server/services/wire/wire.h"

static Gaon__Charge *charge_to_wire(struct arena *arena, const struct ledger_line *line)
{
	const struct cost_usage *usage = &line->usage;
	Gaon__Charge *charge = ARENA_NEW(arena, Gaon__Charge);

	gaon__charge__init(charge);
	charge->name = arena_printf(arena, "%s/charges/%s", usage->project, line->id);
	charge->usage_record = arena_printf(arena, "%s/usageRecords/%s", usage->project, line->id);
	charge->resource = usage->resource;
	charge->resource_display_name = usage->resource_display_name;
	charge->product_version = usage->product_version;
	charge->charge_category = "Usage";
	charge->meter = (Gaon__Meter)usage->meter;
	charge->pricing_quantity = amount_format(arena, usage->quantity);
	charge->list_unit_price = amount_format(arena, line->unit_price);
	charge->rate_card = usage->rate_card;
	/* Without a rate card there is no currency to say 0 in. */
	if (!text_is_empty(line->currency))
		charge->billed_cost = wire_money(arena, line->currency, line->billed);
	charge->charge_period_start = wire_timestamp(arena, usage->start_us);
	charge->charge_period_end = wire_timestamp(arena, usage->end_us);
	return charge;
}

struct status cost_list_charges(struct call *call, const Gaon__ListChargesRequest *request,
				Gaon__ListChargesResponse *reply)
{
	struct ledger_query query = { "ListCharges",     request->parent,    request->resource, request->start_time,
				      request->end_time, request->page_size, request->page_token };
	struct ledger_line *lines;
	size_t count;

	TRY(ledger_page(call, &query, &lines, &count, &reply->next_page_token));
	reply->n_charges = count;
	reply->charges = ARENA_ARRAY(call->arena, count, Gaon__Charge *);
	for (size_t i = 0; i < count; i++)
		reply->charges[i] = charge_to_wire(call->arena, &lines[i]);
	return OK;
}
