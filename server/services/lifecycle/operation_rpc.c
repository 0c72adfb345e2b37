/* SPDX-License-Identifier: Apache-2.0 */
/* operation_rpc.c: operations on the wire: read, list, watch, cancel. */
#include "gaon/lifecycle/v1/lifecycle.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/iam/iam.h"
#include "server/services/wire/wire.h"

static struct status check_name(struct arena *arena, const char *name, const char **id)
{
	const char *ids[3];

	if (!resource_match(arena, name, "tenants/{}/operations/{}", false, ids))
		TRY(resource_parse(arena, "name", name, "tenants/{}/projects/{}/operations/{}", ids));
	*id = resource_leaf(name);
	return OK;
}

/** By its id, but only under the name that it really has: an id of another tenant's is not found. */
static struct status find(struct store_tx *tx, struct arena *arena, const char *name, struct operation *operation)
{
	const char *id;

	TRY(check_name(arena, name, &id));
	struct status status = operation_get(tx, id, operation);
	if (status.code == STATUS_NOT_FOUND ||
	    (status_is_ok(status) &&
	     !text_equal(name, wire_operation_name(arena, operation->tenant, operation->project, operation->id))))
		return resource_not_found(arena, "Operation", name);
	return status;
}

struct status lifecycle_get_operation(struct call *call, const Gaon__GetOperationRequest *request, Gaon__Operation *reply)
{
	struct operation operation;

	TRY(find(call->tx, call->arena, request->name, &operation));
	return wire_operation_reply(call->tx, operation.id, reply);
}

struct status lifecycle_list_operations(struct call *call, const Gaon__ListOperationsRequest *request,
					Gaon__ListOperationsResponse *reply)
{
	const char *ids[2];
	struct page page;
	struct operation *operations;
	size_t count;
	struct operation_filter filter = {
		.target = text_is_empty(request->target) ? NULL : request->target,
		.state = (enum operation_state)request->state,
	};

	if (resource_match(call->arena, request->parent, "tenants/{}/projects/{}", false, ids))
		filter.project = request->parent;
	else
		TRY(resource_parse(call->arena, "parent", request->parent, "tenants/{}", ids));
	filter.tenant = resource_tenant(call->arena, request->parent);
	TRY(page_read(call->arena, request->page_size, request->page_token,
		      arena_printf(call->arena, "operations %s %s %d", request->parent, request->target, (int)request->state), &page));
	TRY(operation_list(call->tx, &filter, page.after, page.limit + 1, &operations, &count));
	if (count > page.limit) {
		count = page.limit;
		reply->next_page_token = page_next(call->arena, &page, operations[count - 1].id);
	}
	reply->operations = ARENA_ARRAY(call->arena, count + 1, Gaon__Operation *);
	reply->n_operations = count;
	for (size_t i = 0; i < count; i++) {
		reply->operations[i] = ARENA_NEW(call->arena, Gaon__Operation);
		gaon__operation__init(reply->operations[i]);
		TRY(wire_operation(call->arena, &operations[i], NULL, 0, reply->operations[i]));
	}
	return OK;
}

struct status lifecycle_cancel_operation(struct call *call, const Gaon__CancelOperationRequest *request, Gaon__Operation *reply)
{
	struct operation operation;

	TRY(find(call->tx, call->arena, request->name, &operation));
	TRY(operation_cancel(call->tx, operation.id, call->principal->name));
	return wire_operation_reply(call->tx, operation.id, reply);
}

struct operation_watch {
	const char *name;
	int64_t revision; /* sent last; 0: none */
	bool is_ended;
};

static struct stream_step watch_next(struct call *call, void *state, struct arena *arena, ProtobufCMessage *reply)
{
	struct operation_watch *watch = state;
	struct operation operation;
	struct stream_step step = { .verdict = STREAM_END };

	if (watch->is_ended)
		return step;
	step.status = find(call->tx, arena, watch->name, &operation);
	if (!status_is_ok(step.status))
		return step;
	if (operation.revision == watch->revision) {
		step.verdict = STREAM_IDLE;
		return step;
	}
	step.status = wire_operation_reply(call->tx, operation.id, (Gaon__Operation *)reply);
	step.verdict = status_is_ok(step.status) ? STREAM_MESSAGE : STREAM_END;
	watch->revision = operation.revision;
	watch->is_ended = operation.state >= OPERATION_SUCCEEDED;
	return step;
}

struct status lifecycle_watch_operation(struct call *call, const Gaon__WatchOperationRequest *request)
{
	struct operation operation;
	struct operation_watch *watch = ARENA_NEW(call->arena, struct operation_watch);

	TRY(find(call->tx, call->arena, request->name, &operation));
	watch->name = request->name;
	call_stream(call, watch_next, watch);
	return OK;
}
