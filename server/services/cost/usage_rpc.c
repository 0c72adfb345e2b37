/* SPDX-License-Identifier: Apache-2.0 */
/* usage_rpc.c: usage records on the wire. */
#include "gaon/cost/v1/cost.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/cost/ledger_page.h"
#include "server/services/cost/rate_card.h"
#include "server/services/iam/iam.h"
#include "server/services/wire/wire.h"

/* A clock may be ahead of ours, but not by more than this. */
#define AHEAD_MOST_US TIME_US_PER_DAY

static const char *field_of(struct arena *arena, size_t index, const char *field)
{
	return arena_printf(arena, "usage_records[%zu].%s", index, field);
}

static struct status check_names(struct call *call, const char *project, const Gaon__UsageRecord *record, size_t index)
{
	struct arena *arena = call->arena;
	const char *ids[3];

	if (text_is_empty(record->source_key))
		return status_invalid_field(arena, field_of(arena, index, "source_key"), "must be given");
	if (!text_equal(resource_project(arena, record->resource), project) || text_equal(record->resource, project))
		return status_invalid_field(arena, field_of(arena, index, "resource"), "must be below \"%s\"", project);
	if (!text_is_empty(record->product_version))
		TRY(resource_parse(arena, field_of(arena, index, "product_version"), record->product_version,
				   "tenants/{}/products/{}/versions/{}", ids));
	if (text_is_empty(record->rate_card))
		return OK;
	TRY(resource_parse(arena, field_of(arena, index, "rate_card"), record->rate_card, "tenants/{}/rateCards/{}", ids));
	return rate_card_check_usable(call->tx, resource_tenant(arena, project), record->rate_card);
}

static struct status read_record(struct call *call, const char *project, const Gaon__UsageRecord *record, size_t index,
				 struct cost_usage *usage)
{
	struct arena *arena = call->arena;

	TRY(check_names(call, project, record, index));
	*usage = (struct cost_usage){
		.project = project,
		.source_key = record->source_key,
		.resource = record->resource,
		.resource_display_name = record->resource_display_name,
		.product_version = record->product_version,
		.rate_card = record->rate_card,
		.meter = (enum cost_meter)record->meter,
	};
	if (!amount_parse(record->quantity, &usage->quantity))
		return status_invalid_field(arena, field_of(arena, index, "quantity"),
					    "must be a decimal of up to 12 fraction digits, \"0.5\"");
	TRY(wire_timestamp_read(arena, field_of(arena, index, "start_time"), record->start_time, &usage->start_us));
	TRY(wire_timestamp_read(arena, field_of(arena, index, "end_time"), record->end_time, &usage->end_us));
	if (usage->end_us > call->now_us + AHEAD_MOST_US)
		return status_invalid_field(arena, field_of(arena, index, "end_time"),
					    "lies in the future; record what was used when it was used");
	return OK;
}

/** The rules speak of "quantity"; the caller wants to know of which record. */
static struct status place(struct arena *arena, struct status status, size_t index)
{
	if (status_is_ok(status) || !text_equal(status.reason, "INVALID_FIELD") || !status.details)
		return status;
	return status_invalid_field(arena, field_of(arena, index, status.details->key), "%s", status.details->value);
}

struct status cost_record_usage(struct call *call, const Gaon__RecordUsageRequest *request,
				Gaon__RecordUsageResponse *reply)
{
	struct arena *arena = call->arena;
	const char *ids[2];

	TRY(resource_parse(arena, "parent", request->parent, "tenants/{}/projects/{}", ids));
	TRY(iam_project_check(call->tx, request->parent));
	for (size_t i = 0; i < request->n_usage_records; i++) {
		struct cost_usage usage;
		bool is_new;

		TRY(read_record(call, request->parent, request->usage_records[i], i, &usage));
		TRY(place(arena, cost_usage_add(call->tx, &usage, &is_new), i));
		if (is_new)
			reply->added_count++;
		else
			reply->known_count++;
	}
	return OK;
}

struct status cost_list_usage_records(struct call *call, const Gaon__ListUsageRecordsRequest *request,
				      Gaon__ListUsageRecordsResponse *reply)
{
	struct arena *arena = call->arena;
	struct ledger_query query = { "ListUsageRecords", request->parent,     request->resource, request->start_time,
				      request->end_time,  request->page_size, request->page_token };
	struct ledger_line *lines;
	size_t count;

	TRY(ledger_page(call, &query, &lines, &count, &reply->next_page_token));
	reply->n_usage_records = count;
	reply->usage_records = ARENA_ARRAY(arena, count, Gaon__UsageRecord *);
	for (size_t i = 0; i < count; i++) {
		const struct cost_usage *usage = &lines[i].usage;
		Gaon__UsageRecord *record = ARENA_NEW(arena, Gaon__UsageRecord);

		gaon__usage_record__init(record);
		record->name = arena_printf(arena, "%s/usageRecords/%s", usage->project, lines[i].id);
		record->source_key = usage->source_key;
		record->resource = usage->resource;
		record->resource_display_name = usage->resource_display_name;
		record->product_version = usage->product_version;
		record->rate_card = usage->rate_card;
		record->meter = (Gaon__Meter)usage->meter;
		record->quantity = amount_format(arena, usage->quantity);
		record->start_time = wire_timestamp(arena, usage->start_us);
		record->end_time = wire_timestamp(arena, usage->end_us);
		reply->usage_records[i] = record;
	}
	return OK;
}
