/* SPDX-License-Identifier: Apache-2.0 */
/* rate_card_rpc.c: rate cards on the wire. */
#include "gaon/cost/v1/cost.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/catalog/catalog.h"
#include "server/services/cost/rate_card.h"
#include "server/services/iam/iam.h"
#include "server/services/wire/wire.h"

static const char *const UPDATABLE[] = { "display_name", "rates", NULL };

static struct status rates_read(struct arena *arena, const Gaon__RateCard *message, struct rate **rates)
{
	*rates = ARENA_ARRAY(arena, message->n_rates, struct rate);
	for (size_t i = 0; i < message->n_rates; i++) {
		const Gaon__Rate *from = message->rates[i];
		struct rate *to = &(*rates)[i];

		to->meter = (int)from->meter;
		if (!amount_parse(from->unit_price, &to->price))
			return status_invalid_field(arena, arena_printf(arena, "rate_card.rates[%zu].unit_price", i),
						    "must be a decimal, \"0.05\"");
		TRY(wire_timestamp_read(arena, arena_printf(arena, "rate_card.rates[%zu].effective_time", i),
					from->effective_time, &to->effective_us));
	}
	return OK;
}

static struct status card_to_wire(struct store_tx *tx, const struct rate_card *card, Gaon__RateCard *message)
{
	struct arena *arena = store_arena(tx);
	struct rate *rates;
	size_t count;

	TRY(rate_list(tx, card->name, &rates, &count));
	message->name = card->name;
	message->display_name = card->display_name;
	message->currency_code = card->currency;
	message->etag = etag_format(arena, card->revision);
	message->create_time = wire_timestamp(arena, card->created_us);
	message->update_time = wire_timestamp(arena, card->updated_us);
	message->n_rates = count;
	message->rates = ARENA_ARRAY(arena, count, Gaon__Rate *);
	for (size_t i = 0; i < count; i++) {
		Gaon__Rate *rate = ARENA_NEW(arena, Gaon__Rate);
		gaon__rate__init(rate);
		rate->meter = (Gaon__Meter)rates[i].meter;
		rate->unit_price = amount_format(arena, rates[i].price);
		rate->effective_time = wire_timestamp(arena, rates[i].effective_us);
		message->rates[i] = rate;
	}
	return OK;
}

struct status cost_create_rate_card(struct call *call, const Gaon__CreateRateCardRequest *request, Gaon__RateCard *reply)
{
	struct arena *arena = call->arena;
	const Gaon__RateCard *message = request->rate_card;
	const char *id;
	struct rate *rates;

	TRY(resource_parse(arena, "parent", request->parent, "tenants/{}", &id));
	TRY(iam_tenant_check(call->tx, request->parent));
	if (!text_is_resource_id(request->rate_card_id))
		return status_invalid_field(arena, "rate_card_id", "must be lower-case letters, digits and '-', from a letter on");
	if (!money_is_currency(message->currency_code))
		return status_invalid_field(arena, "rate_card.currency_code", "must be three upper-case letters, \"KRW\"");
	TRY(rates_read(arena, message, &rates));
	TRY(rates_check(arena, rates, message->n_rates));

	struct rate_card card = {
		.name = arena_printf(arena, "%s/rateCards/%s", request->parent, request->rate_card_id),
		.tenant = request->parent,
		.display_name = text_is_empty(message->display_name) ? request->rate_card_id : message->display_name,
		.currency = message->currency_code,
		.revision = 1,
		.created_us = call->now_us,
		.updated_us = call->now_us,
	};
	TRY(rate_card_insert(call->tx, &card));
	for (size_t i = 0; i < message->n_rates; i++)
		TRY(rate_insert(call->tx, card.name, &rates[i]));
	return card_to_wire(call->tx, &card, reply);
}

static struct status card_of_request(struct call *call, const char *field, const char *name, struct rate_card *card)
{
	const char *ids[2];

	TRY(resource_parse(call->arena, field, name, "tenants/{}/rateCards/{}", ids));
	return rate_card_get(call->tx, name, card);
}

struct status cost_get_rate_card(struct call *call, const Gaon__GetRateCardRequest *request, Gaon__RateCard *reply)
{
	struct rate_card card;

	TRY(card_of_request(call, "name", request->name, &card));
	return card_to_wire(call->tx, &card, reply);
}

struct status cost_list_rate_cards(struct call *call, const Gaon__ListRateCardsRequest *request,
				   Gaon__ListRateCardsResponse *reply)
{
	struct arena *arena = call->arena;
	const char *id;
	struct page page;
	struct rate_card *cards;
	size_t count;

	TRY(resource_parse(arena, "parent", request->parent, "tenants/{}", &id));
	TRY(iam_tenant_check(call->tx, request->parent));
	TRY(page_read(arena, request->page_size, request->page_token,
		      arena_printf(arena, "ListRateCards|%s", request->parent), &page));
	TRY(rate_card_list(call->tx, request->parent, page.after, page.limit + 1, &cards, &count));
	if (count > page.limit) {
		count = page.limit;
		reply->next_page_token = page_next(arena, &page, cards[count - 1].name);
	}
	reply->n_rate_cards = count;
	reply->rate_cards = ARENA_ARRAY(arena, count, Gaon__RateCard *);
	for (size_t i = 0; i < count; i++) {
		reply->rate_cards[i] = ARENA_NEW(arena, Gaon__RateCard);
		gaon__rate_card__init(reply->rate_cards[i]);
		TRY(card_to_wire(call->tx, &cards[i], reply->rate_cards[i]));
	}
	return OK;
}

struct status cost_update_rate_card(struct call *call, const Gaon__UpdateRateCardRequest *request, Gaon__RateCard *reply)
{
	struct arena *arena = call->arena;
	const Gaon__RateCard *message = request->rate_card;
	struct rate_card card;

	TRY(wire_mask_check(arena, request->update_mask, UPDATABLE));
	TRY(card_of_request(call, "rate_card.name", message->name, &card));
	TRY(etag_check(arena, message->etag, card.revision));
	if (!text_is_empty(message->currency_code) && !text_equal(message->currency_code, card.currency))
		return status_invalid_field(arena, "rate_card.currency_code",
					    "is immutable; make another rate card for another currency");
	if (wire_mask_has(request->update_mask, &message->base, "display_name"))
		card.display_name = message->display_name;
	if (wire_mask_has(request->update_mask, &message->base, "rates")) {
		struct rate *rates;
		TRY(rates_read(arena, message, &rates));
		TRY(rates_replace(call->tx, card.name, rates, message->n_rates, call->now_us));
	}
	card.updated_us = call->now_us;
	TRY(rate_card_update(call->tx, &card));
	return card_to_wire(call->tx, &card, reply);
}

struct status cost_delete_rate_card(struct call *call, const Gaon__DeleteRateCardRequest *request,
				    Gaon__DeleteRateCardResponse *reply)
{
	struct arena *arena = call->arena;
	struct rate_card card;
	bool is_named;

	(void)reply;
	TRY(card_of_request(call, "name", request->name, &card));
	TRY(etag_check(arena, request->etag, card.revision));
	TRY(catalog_rate_card_used(call->tx, card.name, &is_named));
	if (is_named || card.is_charged)
		return status_fail(arena, STATUS_FAILED_PRECONDITION, "RATE_CARD_IN_USE",
				   is_named ? "a product version names this rate card; it must stay" :
					      "usage was charged by this rate card; it must stay");
	return rate_card_delete(call->tx, card.name);
}
