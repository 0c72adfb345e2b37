/* SPDX-License-Identifier: Apache-2.0 */
/* ledger_page.h: one page of the ledger, as usage records and as charges are both listed. */
#ifndef GAON_SERVICES_COST_LEDGER_PAGE_H
#define GAON_SERVICES_COST_LEDGER_PAGE_H

#include "google/protobuf/timestamp.pb-c.h"
#include "runtime/rpc/call.h"
#include "server/services/cost/usage_store.h"

/** What both requests ask. */
struct ledger_query {
	const char *method, *parent, *resource;
	const Google__Protobuf__Timestamp *start_time, *end_time;
	int32_t page_size;
	const char *page_token;
};

MUST_CHECK struct status ledger_page(struct call *call, const struct ledger_query *query, struct ledger_line **lines,
				     size_t *count, const char **next_page_token);

#endif
