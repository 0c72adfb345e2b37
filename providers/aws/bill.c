/* SPDX-License-Identifier: Apache-2.0 */
/* bill.c: what Cost Explorer says was spent, day by day, by service and kind of usage. Each question costs money
 * itself. */
#include "providers/aws/observe.h"

#include "runtime/base/money.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define LINES_MOST 50000
#define FRACTION_DIGITS 12

/* Cost Explorer writes more digits than money has, and sometimes an exponent. */
static const char *decimal_read(struct arena *arena, const char *text)
{
	struct amount amount;
	const char *dot = strchr(text, '.');
	size_t digits = dot ? strspn(dot + 1, "0123456789") : 0;

	if (digits > FRACTION_DIGITS && dot[1 + digits] == '\0')
		text = arena_strndup(arena, text, (size_t)(dot - text) + 1 + FRACTION_DIGITS);
	return amount_parse(text, &amount) ? amount_format(arena, amount) : NULL;
}

static struct provider_result unreadable(struct arena *arena, const char *what)
{
	return provider_fail(arena, PROVIDER_UNAVAILABLE,
			     "AWS Cost Explorer gave %s that cannot be read; nothing of the bill was taken", what);
}

static struct provider_result line_read(struct arena *arena, const struct json *group, struct provider_bill_line *line)
{
	const struct json *keys = json_get(group, "Keys");
	const struct json *cost = json_path(group, "Metrics", "UnblendedCost", NULL);
	const struct json *usage = json_path(group, "Metrics", "UsageQuantity", NULL);

	line->service = json_text(json_at(keys, 0), NULL);
	line->usage_type = json_text(json_at(keys, 1), NULL);
	line->amount = decimal_read(arena, json_text(json_get(cost, "Amount"), ""));
	line->currency = json_text(json_get(cost, "Unit"), "");
	line->usage_quantity = decimal_read(arena, json_text(json_get(usage, "Amount"), "0"));
	line->usage_unit = json_text(json_get(usage, "Unit"), "N/A");
	if (!line->service || !line->usage_type)
		return unreadable(arena, "a line without service or usage type");
	if (!line->amount || !line->usage_quantity || !money_is_currency(line->currency))
		return unreadable(arena, "an amount");
	return PROVIDER_DONE;
}

struct provider_result aws_bill_read(struct arena *arena, const struct json *answer, const char *account,
				     const char *region, struct provider_bill_line **lines, size_t *count)
{
	const struct json *days = json_get(answer, "ResultsByTime");
	size_t total = 0, filled = 0;

	for (size_t day = 0; day < json_size(days); day++)
		total += json_size(json_get(json_at(days, day), "Groups"));
	if (total > LINES_MOST)
		return unreadable(arena, "more lines at once");
	*lines = ARENA_ARRAY(arena, total + 1, struct provider_bill_line);
	for (size_t day = 0; day < json_size(days); day++) {
		const struct json *entry = json_at(days, day), *groups = json_get(entry, "Groups");
		struct provider_bill_line line = { .account = account, .region = region };

		if (!time_parse_day(json_text(json_path(entry, "TimePeriod", "Start", NULL), ""), &line.start_us) ||
		    !time_parse_day(json_text(json_path(entry, "TimePeriod", "End", NULL), ""), &line.end_us))
			return unreadable(arena, "a day");
		line.is_estimated = json_bool(json_get(entry, "Estimated"), false);
		for (size_t i = 0; i < json_size(groups); i++) {
			struct provider_result result = line_read(arena, json_at(groups, i), &line);

			if (result.error != PROVIDER_OK)
				return result;
			(*lines)[filled++] = line;
		}
	}
	*count = filled;
	return PROVIDER_DONE;
}

/* ---- the question ---- */

static struct json *dimension(struct arena *arena, const char *key, const char *value)
{
	struct json *filter = json_object(arena), *inner = json_object(arena), *values = json_array(arena);

	json_append_text(values, value);
	json_set_text(inner, "Key", key);
	json_set(inner, "Values", values);
	json_set(filter, "Dimensions", inner);
	return filter;
}

static struct json *grouping(struct arena *arena, const char *key)
{
	struct json *group = json_object(arena);

	json_set_text(group, "Type", "DIMENSION");
	json_set_text(group, "Key", key);
	return group;
}

/* Of this account only: a payer's Cost Explorer shows those of all its members. */
static struct json *question(struct arena *arena, int64_t start_us, int64_t end_us, const char *account,
			     const char *region)
{
	struct json *body = json_object(arena), *period = json_object(arena), *both = json_array(arena);
	struct json *filter = json_object(arena), *metrics = json_array(arena), *groups = json_array(arena);

	json_set_text(period, "Start", time_format_day(arena, start_us));
	json_set_text(period, "End", time_format_day(arena, end_us));
	json_append(both, dimension(arena, "REGION", region));
	json_append(both, dimension(arena, "LINKED_ACCOUNT", account));
	json_set(filter, "And", both);
	json_append_text(metrics, "UnblendedCost");
	json_append_text(metrics, "UsageQuantity");
	json_append(groups, grouping(arena, "SERVICE"));
	json_append(groups, grouping(arena, "USAGE_TYPE"));
	json_set(body, "TimePeriod", period);
	json_set_text(body, "Granularity", "DAILY");
	json_set(body, "Filter", filter);
	json_set(body, "Metrics", metrics);
	json_set(body, "GroupBy", groups);
	return body;
}

/* Each region is a part of the list, so that each line has its own. */
struct provider_result aws_bill(CALL, int64_t start_us, int64_t end_us, struct provider_page *page,
				struct provider_bill_line **lines, size_t *count)
{
	const struct aws_options *options = &session->options;
	size_t regions = options->bill_region_count > 0 ? options->bill_region_count : 1;
	struct aws_position position;
	struct provider_bill_line *all;
	const char *account;
	struct json *answer;
	size_t total, first, size;

	if (start_us < 0 || end_us <= start_us || time_day_start(start_us) != start_us ||
	    time_day_start(end_us) != end_us)
		return provider_fail(call->arena, PROVIDER_INVALID, "ask for the bill of whole days (UTC)");
	struct provider_result result = aws_position_read(call->arena, page, &position);
	if (result.error == PROVIDER_OK && position.part >= regions)
		result = provider_fail(call->arena, PROVIDER_INVALID,
				       "the page token is none of AWS's; list again from the start");
	if (result.error == PROVIDER_OK)
		result = aws_account(session, call, &account);
	if (result.error != PROVIDER_OK)
		return result;
	const char *region = options->bill_region_count > 0 ? options->bill_regions[position.part] : session->region;
	struct json *body = question(call->arena, start_us, end_us, account, region);
	if (position.token)
		json_set_text(body, "NextPageToken", position.token);
	result = aws_ask_json(session, call, AWS_GET_COST_AND_USAGE, body, &answer);
	if (result.error == PROVIDER_OK)
		result = aws_bill_read(call->arena, answer, account, region, &all, &total);
	if (result.error != PROVIDER_OK)
		return result;
	aws_position_cut(call->arena, &position, total, json_text(json_get(answer, "NextPageToken"), NULL),
			 position.part + 1 < regions, page, &first, &size);
	*lines = all + first;
	*count = size;
	return result;
}
