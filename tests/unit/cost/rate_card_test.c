/* SPDX-License-Identifier: Apache-2.0 */
/* rate_card_test.c: rates that have begun never change. */
#include "tests/unit/cost/cost_fixture.h"

static const struct rate_row MACHINE_HOUR[] = { { GAON__METER__METER_MACHINE_HOUR, "10", 0 } };

static Gaon__RateCard *get_card(void *state)
{
	struct service_fixture *fixture = state;
	Gaon__GetRateCardRequest request = GAON__GET_RATE_CARD_REQUEST__INIT;
	Gaon__RateCard *card = ARENA_NEW(fixture->arena, Gaon__RateCard);

	request.name = CARD;
	assert_ok(cost_call(state, "GetRateCard", &request, card));
	return card;
}

/** Updates the rates of the card to exactly these. */
static struct status update_rates(void *state, const struct rate_row *rates, size_t count, const char *etag)
{
	struct service_fixture *fixture = state;
	Gaon__UpdateRateCardRequest request = GAON__UPDATE_RATE_CARD_REQUEST__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	Gaon__RateCard card = GAON__RATE_CARD__INIT, reply;
	const char *paths[] = { "rates" };

	mask.n_paths = 1;
	mask.paths = paths;
	card.name = CARD;
	card.etag = etag;
	card.n_rates = count;
	card.rates = ARENA_ARRAY(fixture->arena, count, Gaon__Rate *);
	for (size_t i = 0; i < count; i++) {
		card.rates[i] = ARENA_NEW(fixture->arena, Gaon__Rate);
		gaon__rate__init(card.rates[i]);
		card.rates[i]->meter = rates[i].meter;
		card.rates[i]->unit_price = rates[i].price;
		card.rates[i]->effective_time = timestamp(state, rates[i].effective_us);
	}
	request.rate_card = &card;
	request.update_mask = &mask;
	return cost_call(state, "UpdateRateCard", &request, &reply);
}

static void a_rate_card_reads_back_as_it_was_made(void **state)
{
	const struct rate_row rates[] = { { GAON__METER__METER_VCPU_HOUR, "12.5", 0 },
					  { GAON__METER__METER_VCPU_HOUR, "13", NOW + DAY } };

	assert_ok(make_card(*state, "standard", "KRW", rates, 2));
	const Gaon__RateCard *card = get_card(*state);
	assert_string_equal(card->currency_code, "KRW");
	assert_string_equal(card->display_name, "standard");
	assert_int_equal(card->n_rates, 2);
	assert_string_equal(card->rates[0]->unit_price, "12.5");
	assert_null(card->rates[0]->effective_time);
	assert_int_equal(card->rates[1]->effective_time->seconds, (NOW + DAY) / 1000000);
}

static void the_same_id_twice_is_refused(void **state)
{
	assert_ok(make_card(*state, "standard", "KRW", MACHINE_HOUR, 1));
	assert_fails(make_card(*state, "standard", "KRW", MACHINE_HOUR, 1), STATUS_ALREADY_EXISTS, "RATE_CARD_EXISTS");
}

static void bad_rates_are_refused_by_field(void **state)
{
	const struct {
		struct rate_row rate;
		const char *field;
	} rows[] = {
		{ { GAON__METER__METER_UNSPECIFIED, "1", 0 }, "rate_card.rates[0].meter" },
		{ { (Gaon__Meter)77, "1", 0 }, "rate_card.rates[0].meter" },
		{ { GAON__METER__METER_VCPU_HOUR, "-1", 0 }, "rate_card.rates[0].unit_price" },
		{ { GAON__METER__METER_VCPU_HOUR, "0.0000001", 0 }, "rate_card.rates[0].unit_price" },
		{ { GAON__METER__METER_VCPU_HOUR, "one", 0 }, "rate_card.rates[0].unit_price" },
		{ { GAON__METER__METER_VCPU_HOUR, "1", -DAY }, "rate_card.rates[0].effective_time" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct status status = make_card(*state, "standard", "KRW", &rows[i].rate, 1);
		assert_int_equal(status.code, STATUS_INVALID_ARGUMENT);
		assert_string_equal(failed_field(status), rows[i].field);
	}
	assert_string_equal(failed_field(make_card(*state, "standard", "won", MACHINE_HOUR, 1)), "rate_card.currency_code");
	assert_string_equal(failed_field(make_card(*state, "Standard", "KRW", MACHINE_HOUR, 1)), "rate_card_id");
	assert_int_equal(service_number(*state, "SELECT COUNT(*) FROM rate_card"), 0);
}

static void a_rate_that_has_begun_does_not_change(void **state)
{
	const struct rate_row dearer[] = { { GAON__METER__METER_MACHINE_HOUR, "11", 0 } };
	const struct rate_row past[] = { { GAON__METER__METER_MACHINE_HOUR, "10", 0 },
					 { GAON__METER__METER_MACHINE_HOUR, "11", NOW - 1 } };

	assert_ok(make_card(*state, "standard", "KRW", MACHINE_HOUR, 1));
	assert_fails(update_rates(*state, dearer, 1, ""), STATUS_FAILED_PRECONDITION, "RATE_BEGUN");
	struct status status = update_rates(*state, past, 2, "");
	assert_string_equal(status.reason, "RATE_BEGUN");
	assert_string_equal(failed_field(status), "rate_card.rates[1].effective_time");
	assert_string_equal(get_card(*state)->rates[0]->unit_price, "10");
}

static void future_rates_are_replaced_and_begun_ones_stay(void **state)
{
	const struct rate_row first[] = { { GAON__METER__METER_MACHINE_HOUR, "11", NOW + DAY } };
	const struct rate_row second[] = { { GAON__METER__METER_MACHINE_HOUR, "10", 0 },
					   { GAON__METER__METER_MACHINE_HOUR, "12", NOW + 2 * DAY } };

	assert_ok(make_card(*state, "standard", "KRW", MACHINE_HOUR, 1));
	assert_ok(update_rates(*state, first, 1, ""));
	assert_int_equal(get_card(*state)->n_rates, 2);
	assert_ok(update_rates(*state, second, 2, ""));
	const Gaon__RateCard *card = get_card(*state);
	assert_int_equal(card->n_rates, 2);
	assert_string_equal(card->rates[0]->unit_price, "10");
	assert_string_equal(card->rates[1]->unit_price, "12");
}

static void a_stale_etag_changes_nothing(void **state)
{
	const struct rate_row next[] = { { GAON__METER__METER_MACHINE_HOUR, "11", NOW + DAY } };

	assert_ok(make_card(*state, "standard", "KRW", MACHINE_HOUR, 1));
	const char *etag = get_card(*state)->etag;
	assert_ok(update_rates(*state, next, 1, etag));
	assert_fails(update_rates(*state, MACHINE_HOUR, 1, etag), STATUS_ABORTED, "ETAG_STALE");
	assert_int_equal(get_card(*state)->n_rates, 2);
}

static void a_rate_card_that_charged_stays(void **state)
{
	Gaon__DeleteRateCardRequest request = GAON__DELETE_RATE_CARD_REQUEST__INIT;
	Gaon__DeleteRateCardResponse reply;
	bool is_new;
	struct cost_usage usage = { .project = WEB, .source_key = "k", .resource = WEB "/machines/m", .rate_card = CARD,
				    .meter = COST_MACHINE_HOUR, .quantity = { 1, 0 }, .start_us = TODAY,
				    .end_us = TODAY + HOUR };

	assert_ok(make_card(*state, "standard", "KRW", MACHINE_HOUR, 1));
	assert_ok(add_usage(*state, &usage, &is_new));
	request.name = CARD;
	assert_fails(cost_call(*state, "DeleteRateCard", &request, &reply), STATUS_FAILED_PRECONDITION, "RATE_CARD_IN_USE");
	assert_int_equal(service_number(*state, "SELECT COUNT(*) FROM rate"), 1);
}

static void an_unused_rate_card_goes_with_its_rates(void **state)
{
	Gaon__DeleteRateCardRequest request = GAON__DELETE_RATE_CARD_REQUEST__INIT;
	Gaon__DeleteRateCardResponse reply;

	assert_ok(make_card(*state, "standard", "KRW", MACHINE_HOUR, 1));
	request.name = CARD;
	assert_ok(cost_call(*state, "DeleteRateCard", &request, &reply));
	assert_int_equal(service_number(*state, "SELECT COUNT(*) FROM rate"), 0);
	assert_fails(cost_call(*state, "DeleteRateCard", &request, &reply), STATUS_NOT_FOUND, "RATE_CARD_NOT_FOUND");
}

static void rate_cards_come_in_pages(void **state)
{
	Gaon__ListRateCardsRequest request = GAON__LIST_RATE_CARDS_REQUEST__INIT;
	Gaon__ListRateCardsResponse reply;

	assert_ok(make_card(*state, "a", "KRW", MACHINE_HOUR, 1));
	assert_ok(make_card(*state, "b", "USD", MACHINE_HOUR, 1));
	assert_ok(make_card(*state, "c", "KRW", MACHINE_HOUR, 1));
	request.parent = "tenants/acme";
	request.page_size = 2;
	assert_ok(cost_call(*state, "ListRateCards", &request, &reply));
	assert_int_equal(reply.n_rate_cards, 2);
	request.page_token = reply.next_page_token;
	assert_ok(cost_call(*state, "ListRateCards", &request, &reply));
	assert_int_equal(reply.n_rate_cards, 1);
	assert_string_equal(reply.rate_cards[0]->name, "tenants/acme/rateCards/c");
	assert_string_equal(reply.next_page_token, "");
	request.parent = "tenants/other";
	assert_fails(cost_call(*state, "ListRateCards", &request, &reply), STATUS_INVALID_ARGUMENT, "PAGE_TOKEN_INVALID");
}

const struct CMUnitTest rate_card_tests[] = {
	COST_TEST(a_rate_card_reads_back_as_it_was_made),
	COST_TEST(the_same_id_twice_is_refused),
	COST_TEST(bad_rates_are_refused_by_field),
	COST_TEST(a_rate_that_has_begun_does_not_change),
	COST_TEST(future_rates_are_replaced_and_begun_ones_stay),
	COST_TEST(a_stale_etag_changes_nothing),
	COST_TEST(a_rate_card_that_charged_stays),
	COST_TEST(an_unused_rate_card_goes_with_its_rates),
	COST_TEST(rate_cards_come_in_pages),
};
const size_t rate_card_test_count = sizeof rate_card_tests / sizeof rate_card_tests[0];
