/* SPDX-License-Identifier: Apache-2.0 */
/* audit_rpc.c: the audit chain on the wire. */
#include "gaon/iam/v1/iam.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/iam/audit.h"
#include "server/services/wire/wire.h"

enum { WINDOW = 20000 }; /* events that one page looks at, so that a filter which nothing passes keeps nobody waiting */

/* What was tried before there was a tenant is the root's. */
static void event_to_wire(struct arena *arena, const struct audit_event *event, const char *root, Gaon__AuditEvent *message)
{
	message->name = arena_printf(arena, "%s/auditEvents/%lld", text_is_empty(event->tenant) ? root : event->tenant,
				     (long long)event->sequence);
	message->sequence = event->sequence;
	message->event_time = wire_timestamp(arena, event->at_us);
	message->principal = event->principal;
	message->authentication_method = event->authentication_method;
	message->peer = event->peer;
	message->method = event->method;
	message->resource = event->resource;
	message->code = (int32_t)event->code;
	message->reason = event->reason;
	message->trace_id = event->trace_id;
	message->request = event->request;
	message->previous_hash = text_to_hex(arena, event->previous_hash);
	message->hash = text_to_hex(arena, event->hash);
}

static struct status read_query(struct call *call, const Gaon__ListAuditEventsRequest *request, struct audit_query *query,
				struct page *page)
{
	const char *root = NULL;
	int64_t before = INT64_MAX, newest = 0;

	*query = (struct audit_query){
		.tenant = request->parent,
		.principal = text_or_empty(request->principal),
		.resource = text_or_empty(request->resource),
		.end_us = INT64_MAX,
		.denied_only = request->denied_only,
	};
	TRY(wire_timestamp_read(call->arena, "start_time", request->start_time, &query->start_us));
	if (request->end_time != NULL)
		TRY(wire_timestamp_read(call->arena, "end_time", request->end_time, &query->end_us));
	TRY(page_read(call->arena, request->page_size, request->page_token,
		      arena_printf(call->arena, "auditEvents %s %s %s %lld %lld %d", query->tenant, query->principal,
				   query->resource, (long long)query->start_us, (long long)query->end_us,
				   query->denied_only),
		      page));
	if (page->after != NULL && !text_to_int64(page->after, &before))
		return status_fail(call->arena, STATUS_INVALID_ARGUMENT, "PAGE_TOKEN_INVALID",
				   "the page_token is not one that this list gave; begin again without it");
	TRY(iam_root_tenant(call->tx, &root));
	TRY(audit_newest(call->tx, &newest));
	query->before = before <= newest ? before : newest + 1;
	query->from = query->before > WINDOW ? query->before - WINDOW : 0;
	query->limit = page->limit + 1;
	/* Of the root: everything, also what tenants left behind that are gone. */
	query->is_root = text_equal(root, request->parent);
	return OK;
}

struct status iam_list_audit_events(struct call *call, const Gaon__ListAuditEventsRequest *request,
				    Gaon__ListAuditEventsResponse *reply)
{
	const char *ids[1];
	struct audit_query query;
	struct page page;
	struct audit_event *events = NULL;
	size_t count = 0;

	TRY(resource_parse(call->arena, "parent", request->parent, "tenants/{}", ids));
	TRY(read_query(call, request, &query, &page));
	TRY(audit_page(call->tx, &query, &events, &count));
	if (count > page.limit) {
		count = page.limit;
		reply->next_page_token = page_next(call->arena, &page,
						   arena_printf(call->arena, "%lld", (long long)events[count - 1].sequence));
	}
	if (count <= page.limit && query.from > 1 && text_is_empty(reply->next_page_token))
		reply->next_page_token =
			page_next(call->arena, &page, arena_printf(call->arena, "%lld", (long long)query.from));
	reply->audit_events = ARENA_ARRAY(call->arena, count, Gaon__AuditEvent *);
	for (size_t i = 0; i < count; i++) {
		Gaon__AuditEvent *message = ARENA_NEW(call->arena, Gaon__AuditEvent);

		gaon__audit_event__init(message);
		event_to_wire(call->arena, &events[i], request->parent, message);
		reply->audit_events[reply->n_audit_events++] = message;
	}
	return OK;
}

struct status iam_verify_audit_chain(struct call *call, const Gaon__VerifyAuditChainRequest *request,
				     Gaon__VerifyAuditChainResponse *reply)
{
	struct audit_check check = {
		.first = request->first_sequence,
		.last = request->last_sequence,
		.expected_sequence = request->expected_sequence,
		.is_cancelled = &call->is_cancelled,
	};
	struct audit_finding finding;

	if (!text_is_empty(request->expected_hash) &&
	    (!text_from_hex(call->arena, request->expected_hash, &check.expected) || check.expected.size != HASH_SIZE))
		return status_invalid_field(call->arena, "expected_hash", "must be %d hex digits, as head_hash was", 2 * HASH_SIZE);
	if (check.last != 0 && check.first > check.last)
		return status_invalid_field(call->arena, "first_sequence", "must not be after last_sequence");
	if (text_is_empty(request->expected_hash) != (request->expected_sequence == 0))
		return status_invalid_field(call->arena, "expected_sequence", "and expected_hash come together");
	TRY(audit_verify(call->tx, &check, &finding));
	reply->valid = finding.is_valid;
	reply->checked_count = finding.checked;
	reply->head_sequence = finding.head_sequence;
	reply->head_hash = finding.head_hash;
	reply->broken_sequence = finding.broken;
	reply->problem = finding.problem;
	reply->next_sequence = finding.next;
	return OK;
}
