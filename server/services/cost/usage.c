/* SPDX-License-Identifier: Apache-2.0 */
/* usage.c: writes down what was used: the record, its charge and the sums of its day, all or none. */
#include "runtime/base/id.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/cost/day_store.h"
#include "server/services/cost/meter.h"
#include "server/services/cost/rate_card_store.h"
#include "server/services/cost/usage_store.h"

static struct status usage_check(struct arena *arena, const struct cost_usage *usage)
{
	if (!meter_find((int)usage->meter))
		return status_invalid_field(arena, "meter", "must be one of the meters");
	if (amount_compare(usage->quantity, AMOUNT_ZERO) < 0)
		return status_invalid_field(arena, "quantity", "must not be negative");
	if (usage->start_us <= 0)
		return status_invalid_field(arena, "start_time", "must be given, and after 1970");
	if (usage->end_us <= usage->start_us)
		return status_invalid_field(arena, "end_time", "must be after start_time");
	if (usage->end_us > time_day_start(usage->start_us) + TIME_US_PER_DAY)
		return status_invalid_field(arena, "end_time",
					    "must be on the UTC day of start_time or the midnight after it; cut it there");
	return OK;
}

/** By the rate in force when it began. Without a card or a rate it costs nothing. */
static struct status price(struct store_tx *tx, struct ledger_line *line)
{
	struct rate_card card;
	struct rate rate;
	bool is_found = false;

	line->currency = "";
	if (!text_is_empty(line->usage.rate_card))
		TRY(rate_card_find(tx, line->usage.rate_card, &card, &is_found));
	if (!is_found)
		return OK;
	line->currency = card.currency;
	TRY(rate_in_force(tx, card.name, (int)line->usage.meter, line->usage.start_us, &rate, &is_found));
	if (!is_found)
		return OK;
	line->unit_price = rate.price;
	TRY(amount_multiply(store_arena(tx), line->usage.quantity, rate.price, &line->billed));
	return card.is_charged ? OK : rate_card_mark_charged(tx, card.name);
}

/** The name for people is not compared: it may have changed between two tries. */
static bool is_same(const struct cost_usage *a, const struct cost_usage *b)
{
	return text_equal(a->resource, b->resource) && text_equal(a->product_version, b->product_version) &&
	       text_equal(a->rate_card, b->rate_card) && a->meter == b->meter &&
	       amount_compare(a->quantity, b->quantity) == 0 && a->start_us == b->start_us && a->end_us == b->end_us;
}

static struct status check_known(struct store_tx *tx, const struct cost_usage *usage)
{
	struct ledger_line known;

	TRY(usage_by_key(tx, usage->project, usage->source_key, &known));
	if (is_same(usage, &known.usage))
		return OK;
	return status_fail(store_arena(tx), STATUS_ALREADY_EXISTS, "USAGE_CONFLICT",
			   "the source_key \"%s\" stands for another record already; "
			   "give each measurement a key of its own",
			   usage->source_key);
}

struct status cost_usage_add(struct store_tx *tx, const struct cost_usage *usage, bool *is_new)
{
	struct arena *arena = store_arena(tx);
	struct ledger_line line = { .id = id_new(arena), .usage = *usage };
	bool is_added;

	line.tenant = resource_tenant(arena, usage->project);
	line.usage.resource_display_name = text_or_empty(usage->resource_display_name);
	line.usage.product_version = text_or_empty(usage->product_version);
	line.usage.rate_card = text_or_empty(usage->rate_card);
	TRY(usage_check(arena, &line.usage));
	TRY(usage_insert(tx, &line, time_now_us(), &is_added));
	if (!is_added) {
		TRY(check_known(tx, &line.usage));
		*is_new = false;
		return OK;
	}
	TRY(price(tx, &line));
	TRY(charge_insert(tx, &line));
	TRY(day_add(tx, &line));
	if (!text_is_empty(line.usage.resource_display_name))
		TRY(cost_resource_seen(tx, usage->resource, line.usage.resource_display_name, usage->start_us));
	*is_new = true;
	return OK;
}

static struct status meter_piece(struct store_tx *tx, const struct cost_metering *metering, int64_t from_us, int64_t to_us)
{
	struct arena *arena = store_arena(tx);
	bool is_new;

	for (size_t i = 0; i < METER_COUNT; i++) {
		const struct meter *meter = &meters[i];
		if (!meter->count || (meter->needs_running && !metering->is_running))
			continue;
		int64_t millionths = meter_quantity(meter, &metering->shape, time_day_start(from_us), from_us, to_us);
		if (millionths <= 0)
			continue;
		struct cost_usage usage = {
			.project = metering->project,
			.source_key = arena_printf(arena, "%s/%s/%s", resource_leaf(metering->resource), meter->name,
						   time_format(arena, from_us)),
			.resource = metering->resource,
			.resource_display_name = metering->resource_display_name,
			.product_version = metering->product_version,
			.rate_card = metering->rate_card,
			.meter = meter->meter,
			.quantity = { millionths / 1000000, millionths % 1000000 * (MONEY_FRACTION_PER_UNIT / 1000000) },
			.start_us = from_us,
			.end_us = to_us,
		};
		TRY(cost_usage_add(tx, &usage, &is_new));
	}
	return OK;
}

struct status cost_meter_machine(struct store_tx *tx, const struct cost_metering *metering)
{
	for (int64_t from_us = metering->from_us; from_us < metering->to_us;) {
		int64_t midnight_us = time_day_start(from_us) + TIME_US_PER_DAY;
		int64_t to_us = midnight_us < metering->to_us ? midnight_us : metering->to_us;

		/* A record has the rate of its beginning: so it ends where another begins. */
		if (!text_is_empty(metering->rate_card))
			TRY(rate_next_beginning(tx, metering->rate_card, from_us, to_us, &to_us));
		TRY(meter_piece(tx, metering, from_us, to_us));
		from_us = to_us;
	}
	return OK;
}
