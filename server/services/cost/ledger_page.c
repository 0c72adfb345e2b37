/* SPDX-License-Identifier: Apache-2.0 */
/* ledger_page.c: one page of the ledger. */
#include "server/services/cost/ledger_page.h"

#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/iam/iam.h"
#include "server/services/wire/wire.h"

/** A line's place in the list: "<start_us>:<id>". */
static struct status read_place(struct arena *arena, const char *place, struct ledger_filter *filter)
{
	char **parts;

	if (!place)
		return OK;
	if (text_split(arena, place, ':', &parts) != 2 || !text_to_int64(parts[0], &filter->after_us))
		return status_invalid_field(arena, "page_token", "is not a token of this list");
	filter->after_id = parts[1];
	return OK;
}

static struct status read_filter(struct call *call, const struct ledger_query *query, struct ledger_filter *filter)
{
	struct arena *arena = call->arena;
	const char *ids[2];

	TRY(resource_parse(arena, "parent", query->parent, "tenants/{}/projects/{}", ids));
	TRY(iam_project_check(call->tx, query->parent));
	*filter = (struct ledger_filter){ .project = query->parent, .resource = query->resource };
	TRY(wire_timestamp_read(arena, "start_time", query->start_time, &filter->start_us));
	TRY(wire_timestamp_read(arena, "end_time", query->end_time, &filter->end_us));
	if (!query->end_time)
		filter->end_us = INT64_MAX;
	else if (filter->end_us <= filter->start_us)
		return status_invalid_field(arena, "end_time", "must be after start_time");
	return OK;
}

struct status ledger_page(struct call *call, const struct ledger_query *query, struct ledger_line **lines, size_t *count,
			  const char **next_page_token)
{
	struct arena *arena = call->arena;
	struct ledger_filter filter;
	struct page page;

	TRY(read_filter(call, query, &filter));
	TRY(page_read(arena, query->page_size, query->page_token,
		      arena_printf(arena, "%s|%s|%s|%lld|%lld", query->method, query->parent,
				   text_or_empty(query->resource), (long long)filter.start_us, (long long)filter.end_us),
		      &page));
	TRY(read_place(arena, page.after, &filter));
	filter.most = page.limit + 1;
	TRY(ledger_list(call->tx, &filter, lines, count));
	if (*count > page.limit) {
		const struct ledger_line *last = &(*lines)[page.limit - 1];

		*count = page.limit;
		*next_page_token = page_next(arena, &page,
					     arena_printf(arena, "%lld:%s", (long long)last->usage.start_us, last->id));
	}
	return OK;
}
