/* SPDX-License-Identifier: Apache-2.0 */
/* price.c: what a size costs by the hour, from the price list, which gives each product as JSON in a text. */
#include "providers/aws/machine.h"

#include "runtime/base/money.h"
#include "runtime/base/text.h"

#define PRODUCTS_MOST 100 /* of one page */

/* Only plain machines: on demand, shared hardware, no software on top, nothing that stands by. */
static const char *const FILTERS[][2] = {
	{ "tenancy", "Shared" },
	{ "preInstalledSw", "NA" },
	{ "capacitystatus", "Used" },
	{ "marketoption", "OnDemand" },
	{ "productFamily", "Compute Instance" },
};

static void filter_add(struct json *filters, struct arena *arena, const char *field, const char *value)
{
	struct json *filter = json_object(arena);

	json_set_text(filter, "Type", "TERM_MATCH");
	json_set_text(filter, "Field", field);
	json_set_text(filter, "Value", value);
	json_append(filters, filter);
}

/* The first member's value: terms and dimensions are keyed by codes that say nothing. */
static const struct json *only(const struct json *object)
{
	const struct json *value = NULL;
	const char *key;

	return json_member(object, 0, &key, &value) ? value : NULL;
}

bool aws_price_read(struct arena *arena, const char *product, struct provider_price *price)
{
	struct json *json;
	struct json_limits limits = { .size_bytes = (size_t)256 * 1024 };
	struct amount amount;
	const char *currency, *system;
	const struct json *text;

	if (!status_is_ok(json_parse(arena, slice_text(product), &limits, &json)))
		return false;
	const struct json *attributes = json_path(json, "product", "attributes", NULL);
	const struct json *dimension =
		only(json_get(only(json_path(json, "terms", "OnDemand", NULL)), "priceDimensions"));
	system = json_text(json_get(attributes, "operatingSystem"), "");
	if (!text_equal(system, "Linux") && !text_equal(system, "Windows"))
		return false;
	if (!text_equal(json_text(json_get(dimension, "unit"), ""), "Hrs") ||
	    !json_member(json_get(dimension, "pricePerUnit"), 0, &currency, &text))
		return false;
	*price = (struct provider_price){ .size = json_text(json_get(attributes, "instanceType"), NULL),
					  .currency = currency,
					  .os = system[0] == 'L' ? "linux" : "windows" };
	if (!price->size || !money_is_currency(currency) || !amount_parse(json_text(text, ""), &amount))
		return false;
	price->per_hour = amount_format(arena, amount);
	return true;
}

static struct json *question(CALL, const struct aws_position *position)
{
	struct json *body = json_object(call->arena), *filters = json_array(call->arena);

	for (size_t i = 0; i < sizeof FILTERS / sizeof FILTERS[0]; i++)
		filter_add(filters, call->arena, FILTERS[i][0], FILTERS[i][1]);
	filter_add(filters, call->arena, "regionCode", session->region);
	filter_add(filters, call->arena, "licenseModel", "No License required");
	json_set_text(body, "ServiceCode", "AmazonEC2");
	json_set_text(body, "FormatVersion", "aws_v1");
	json_set_int(body, "MaxResults", PRODUCTS_MOST);
	json_set(body, "Filters", filters);
	if (position->token)
		json_set_text(body, "NextToken", position->token);
	return body;
}

struct provider_result aws_prices(CALL, struct provider_page *page, struct provider_price **prices, size_t *count)
{
	struct aws_position position;
	struct json *answer;
	size_t first, size, total = 0;

	struct provider_result result = aws_position_read(call->arena, page, &position);
	if (result.error == PROVIDER_OK)
		result = aws_ask_json(session, call, AWS_GET_PRODUCTS, question(session, call, &position), &answer);
	if (result.error != PROVIDER_OK)
		return result;
	const struct json *products = json_get(answer, "PriceList");
	size_t products_count = json_size(products) < 1000 ? json_size(products) : 1000;
	struct provider_price *rows = ARENA_ARRAY(call->arena, products_count + 1, struct provider_price);
	for (size_t i = 0; i < products_count; i++)
		if (aws_price_read(call->arena, json_text(json_at(products, i), ""), &rows[total]))
			total++;
	aws_position_cut(call->arena, &position, total, json_text(json_get(answer, "NextToken"), NULL), false, page,
			 &first, &size);
	*prices = rows + first;
	*count = size;
	return result;
}
