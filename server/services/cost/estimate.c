/* SPDX-License-Identifier: Apache-2.0 */
/* estimate.c: what a machine would cost by the rates in force. */
#include "runtime/base/json.h"
#include "runtime/crypto/digest.h"
#include "server/services/cost/meter.h"
#include "server/services/cost/rate_card_store.h"

/* FinOps' month: 365 × 24 / 12 hours. */
enum { HOURS_PER_MONTH = 730 };

/** The rates that were looked at, as text in a fixed order: a changed price changes the digest. */
static void rates_note(struct json *noted, struct arena *arena, const struct rate *rate)
{
	struct json *entry = json_object(arena);

	json_set_int(entry, "meter", rate->meter);
	json_set_text(entry, "price", amount_format(arena, rate->price));
	json_append(noted, entry);
}

static const char *rates_digest(struct arena *arena, const struct rate_card *card, const struct json *noted)
{
	struct json *content = json_object(arena);

	json_set_text(content, "rate_card", card->name);
	json_set_text(content, "currency", card->currency);
	json_set(content, "rates", noted);
	return digest_sha256_hex(arena, slice_text(json_print_canonical(arena, content)));
}

static struct status add_line(struct arena *arena, const struct meter *meter, const struct cost_shape *shape,
			      struct amount price, struct cost_estimate *estimate)
{
	struct cost_line *line = &estimate->lines[estimate->line_count];
	struct amount count = { .units = meter->count(shape) };

	line->meter = meter->meter;
	line->unit_price = price;
	TRY(amount_scale(arena, count, 1, meter->divisor, &line->quantity));
	TRY(amount_multiply(arena, line->quantity, price, &line->hourly));
	TRY(amount_add(arena, estimate->hourly, line->hourly, &estimate->hourly));
	if (!meter->needs_running)
		TRY(amount_add(arena, estimate->hourly_stopped, line->hourly, &estimate->hourly_stopped));
	estimate->line_count++;
	return OK;
}

struct status cost_estimate(struct store_tx *tx, const char *rate_card, const struct cost_shape *shape, int64_t at_us,
			    struct cost_estimate *estimate)
{
	struct arena *arena = store_arena(tx);
	struct json *noted = json_array(arena);
	struct cost_estimate made = { .line_count = 0 };
	struct rate_card card;

	TRY(rate_card_get(tx, rate_card, &card));
	for (size_t i = 0; i < METER_COUNT; i++) {
		struct rate rate;
		bool is_found;

		TRY(rate_in_force(tx, rate_card, (int)meters[i].meter, at_us, &rate, &is_found));
		if (!is_found)
			continue;
		rates_note(noted, arena, &rate);
		if (meters[i].count && meters[i].count(shape) > 0)
			TRY(add_line(arena, &meters[i], shape, rate.price, &made));
	}
	if (json_size(noted) == 0)
		return status_fail(arena, STATUS_FAILED_PRECONDITION, "RATE_MISSING",
				   "no rate of the rate card \"%s\" has begun yet; add one to it", rate_card);
	TRY(amount_scale(arena, made.hourly, HOURS_PER_MONTH, 1, &made.monthly));
	for (int i = 0; i < 3; i++)
		made.currency[i] = card.currency[i];
	made.digest = rates_digest(arena, &card, noted);
	*estimate = made;
	return OK;
}
