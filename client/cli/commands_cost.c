/* SPDX-License-Identifier: Apache-2.0 */
/* commands_cost.c: prices, usage and sums. */
#include "client/cli/command.h"
#include "gaon/cost/v1/cost.gaon.h"

static const char COST_COLUMNS[] = "PERIOD=period_start_day PROJECT? MACHINE?=resource_display_name|resource PRODUCT? "
				   "METER? QUANTITY? "
				   "COST=billed_cost";
static const char CHARGE_COLUMNS[] =
	"START=charge_period_start:at END=charge_period_end:at RESOURCE=resource_display_name|resource METER "
	"QUANTITY=pricing_quantity UNIT_PRICE=list_unit_price COST=billed_cost";
static const char USAGE_COLUMNS[] =
	"START=start_time:at END=end_time:at RESOURCE=resource_display_name|resource METER QUANTITY RATE_CARD";

static const struct command rows[] = {
	{ .noun = "rate-card",
	  .verb = "create",
	  .method = &gaon_method_cost_create_rate_card,
	  .words = "rate_card_id",
	  .scope = SCOPE_TENANT,
	  .summary = "makes a rate card",
	  .example = "rate-card create standard --currency-code KRW --rate meter=vcpu-hour,unit_price=12.5 "
		     "--rate meter=memory-gib-hour,unit_price=3" },
	{ .noun = "rate-card",
	  .verb = "get",
	  .method = &gaon_method_cost_get_rate_card,
	  .words = "name:rate-card",
	  .summary = "shows a rate card with its rates",
	  .example = "rate-card get standard" },
	{ .noun = "rate-card",
	  .verb = "list",
	  .method = &gaon_method_cost_list_rate_cards,
	  .scope = SCOPE_TENANT,
	  .columns = "RATE_CARD=name DISPLAY_NAME CURRENCY=currency_code CREATED=create_time",
	  .summary = "lists the tenant's rate cards",
	  .example = "rate-card list" },
	{ .noun = "rate-card",
	  .verb = "update",
	  .method = &gaon_method_cost_update_rate_card,
	  .words = "rate_card.name:rate-card",
	  .summary = "renames it, or replaces the rates by a list that only adds later ones",
	  .example = "rate-card update standard --display-name \"Standard 2027\"" },
	{ .noun = "rate-card",
	  .verb = "delete",
	  .method = &gaon_method_cost_delete_rate_card,
	  .words = "name:rate-card",
	  .summary = "deletes a rate card that nothing uses",
	  .example = "rate-card delete standard" },

	{ .noun = "estimate",
	  .verb = "",
	  .method = &gaon_method_cost_estimate_cost,
	  .scope = SCOPE_PROJECT,
	  .summary = "says what a machine would cost an hour and a month",
	  .example = "estimate --rate-card standard --vcpus 2 --memory-mib 4GiB --disk-gib 20" },

	{ .noun = "usage",
	  .verb = "list",
	  .method = &gaon_method_cost_list_usage_records,
	  .scope = SCOPE_PROJECT,
	  .columns = USAGE_COLUMNS,
	  .summary = "lists what was measured, newest first",
	  .example = "usage list --resource web-1 --start-time -7d" },
	{ .noun = "usage",
	  .verb = "record",
	  .method = &gaon_method_cost_record_usage,
	  .scope = SCOPE_PROJECT,
	  .summary = "adds usage that was measured elsewhere",
	  .example = "usage record --file usage.json" },
	{ .noun = "charge",
	  .verb = "list",
	  .method = &gaon_method_cost_list_charges,
	  .scope = SCOPE_PROJECT,
	  .columns = CHARGE_COLUMNS,
	  .summary = "lists the lines that sums are made of, newest first",
	  .example = "charge list --resource web-1" },
	{ .noun = "cost",
	  .verb = "query",
	  .method = &gaon_method_cost_query_costs,
	  .scope = SCOPE_NEAREST,
	  .columns = COST_COLUMNS,
	  .summary = "sums what was spent, by day or month, by project, machine, product or meter",
	  .example = "cost query --granularity day --group-by resource --start-day 2026-11-01" },
};

const struct command_table commands_cost = { rows, sizeof(rows) / sizeof(rows[0]) };
