/* SPDX-License-Identifier: Apache-2.0 */
/* rate_card.c: rates that have begun never change. */
#include "server/services/cost/rate_card.h"

#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/cost/meter.h"
#include "server/services/iam/iam.h"

/* A quantity that we meter has at most 6 fraction digits too: their product is exact in 12, nothing is ever rounded. */
#define PRICE_FRACTION_STEP 1000000

static const char *rate_field(struct arena *arena, size_t index, const char *field)
{
	return arena_printf(arena, "rate_card.rates[%zu].%s", index, field);
}

struct status rates_check(struct arena *arena, const struct rate *rates, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!meter_find(rates[i].meter))
			return status_invalid_field(arena, rate_field(arena, i, "meter"), "must be one of the meters");
		if (amount_compare(rates[i].price, AMOUNT_ZERO) < 0)
			return status_invalid_field(arena, rate_field(arena, i, "unit_price"), "must not be negative");
		if (rates[i].price.fraction % PRICE_FRACTION_STEP != 0)
			return status_invalid_field(arena, rate_field(arena, i, "unit_price"),
						    "must have at most 6 fraction digits, so that charges are exact");
		if (rates[i].effective_us < 0)
			return status_invalid_field(arena, rate_field(arena, i, "effective_time"),
						    "must not be before 1970");
		for (size_t j = 0; j < i; j++)
			if (rates[j].meter == rates[i].meter && rates[j].effective_us == rates[i].effective_us)
				return status_invalid_field(arena, rate_field(arena, i, "effective_time"),
							    "is that of rates[%zu] too, of the same meter", j);
	}
	return OK;
}

static bool is_among(const struct rate *rate, const struct rate *rates, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (rates[i].meter == rate->meter && rates[i].effective_us == rate->effective_us &&
		    amount_compare(rates[i].price, rate->price) == 0)
			return true;
	return false;
}

struct status rates_replace(struct store_tx *tx, const char *card, const struct rate *rates, size_t count, int64_t now_us)
{
	struct arena *arena = store_arena(tx);
	struct rate *present;
	size_t present_count;

	TRY(rates_check(arena, rates, count));
	TRY(rate_list(tx, card, &present, &present_count));
	TRY(rate_delete_after(tx, card, now_us));
	for (size_t i = 0; i < count; i++) {
		if (rates[i].effective_us > now_us) {
			TRY(rate_insert(tx, card, &rates[i]));
			continue;
		}
		if (is_among(&rates[i], present, present_count))
			continue;
		return status_with_field(arena,
					 status_fail(arena, STATUS_FAILED_PRECONDITION, "RATE_BEGUN",
						     "a rate that has begun never changes; add one that begins after %s",
						     time_format(arena, now_us)),
					 rate_field(arena, i, "effective_time"), "has passed already");
	}
	return OK;
}

struct status rate_card_check_usable(struct store_tx *tx, const char *tenant, const char *card)
{
	struct arena *arena = store_arena(tx);
	const char *owner = resource_tenant(arena, card);
	const char **tenants;
	size_t count;

	TRY(iam_ancestry(tx, tenant, &tenants, &count));
	for (size_t i = 0; i < count; i++)
		if (text_equal(tenants[i], owner))
			return cost_rate_card_check(tx, card);
	return resource_not_found(arena, "RateCard", card);
}

struct status cost_rate_card_check(struct store_tx *tx, const char *rate_card)
{
	struct rate_card card;

	return rate_card_get(tx, rate_card, &card);
}
