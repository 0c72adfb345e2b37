/* SPDX-License-Identifier: Apache-2.0 */
/* observed_rpc.c: what the clouds have, and how it differs from what should be. */
#include "gaon/lifecycle/v1/lifecycle.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/catalog/catalog.h"
#include "server/services/iam/iam.h"
#include "server/services/lifecycle/drift.h"
#include "server/services/lifecycle/machine_wire.h"
#include "server/services/lifecycle/observed_wire.h"
#include "server/services/wire/wire.h"

enum { DRIFTS_USUALLY = 500 };

static struct status check_connection(struct call *call, const char *field, const char *name)
{
	const char *ids[2];
	struct catalog_connection connection;

	TRY(resource_parse(call->arena, field, name, CONNECTION_NAME, ids));
	return catalog_connection_get(call->tx, name, &connection);
}

struct status lifecycle_sync_connection(struct call *call, const Gaon__SyncConnectionRequest *request, Gaon__Operation *reply)
{
	const char *id;

	TRY(check_connection(call, "name", request->name));
	TRY(sync_begin(call->tx, request->name, call->principal->name, request->full, &id));
	return wire_operation_reply(call->tx, id, reply);
}

Gaon__ObservedResource *observed_to_wire(struct arena *arena, const struct observed *observed)
{
	Gaon__ObservedResource *message = ARENA_NEW(arena, Gaon__ObservedResource);

	gaon__observed_resource__init(message);
	message->name = arena_printf(arena, "%s/observedResources/%s", observed->connection, observed->native_id);
	message->native_id = observed->native_id;
	message->display_name = observed->display_name;
	message->state = (Gaon__ObservedState)observed->state;
	message->machine = observed->machine;
	message->native_state = observed->native_state;
	message->vcpus = observed->vcpus;
	message->memory_mib = observed->memory_mib;
	message->disk_gib = observed->disk_gib;
	message->first_seen_time = wire_timestamp(arena, observed->first_seen_us);
	message->last_seen_time = wire_timestamp(arena, observed->last_seen_us);
	message->suspect_since_time = wire_timestamp(arena, observed->suspect_since_us);
	message->operation = text_or_empty(observed->operation);
	return message;
}

struct status lifecycle_list_observed_resources(struct call *call, const Gaon__ListObservedResourcesRequest *request,
						Gaon__ListObservedResourcesResponse *reply)
{
	struct page page;
	struct observed *all;
	size_t count;

	TRY(check_connection(call, "parent", request->parent));
	TRY(page_read(call->arena, request->page_size, request->page_token,
		      arena_printf(call->arena, "observed %s %d", request->parent, (int)request->state), &page));
	TRY(observed_list(call->tx, request->parent, (enum observed_state)request->state, page.after, page.limit + 1, &all, &count));
	if (count > page.limit) {
		count = page.limit;
		reply->next_page_token = page_next(call->arena, &page, all[count - 1].native_id);
	}
	reply->observed_resources = ARENA_ARRAY(call->arena, count + 1, Gaon__ObservedResource *);
	reply->n_observed_resources = count;
	for (size_t i = 0; i < count; i++)
		reply->observed_resources[i] = observed_to_wire(call->arena, &all[i]);
	return OK;
}

static Gaon__Drift *drift_to_wire(struct arena *arena, const struct drift_line *line)
{
	Gaon__Drift *message = ARENA_NEW(arena, Gaon__Drift);

	gaon__drift__init(message);
	message->kind = (Gaon__DriftKind)line->kind;
	message->machine = line->machine;
	message->native_id = line->native_id;
	message->display_name = line->display_name;
	message->field = line->field;
	message->expected = line->expected;
	message->observed = line->observed;
	message->action = (Gaon__DriftAction)line->action;
	message->outcome = line->outcome;
	message->operation = line->operation;
	message->settled = !line->is_open;
	message->first_seen_time = wire_timestamp(arena, line->first_seen_us);
	return message;
}

struct status lifecycle_get_drift_report(struct call *call, const Gaon__GetDriftReportRequest *request, Gaon__DriftReport *reply)
{
	struct arena *arena = call->arena;
	int64_t synced_us;
	const char *operation;
	struct page page;
	struct drift_line *lines;
	size_t count;

	TRY(check_connection(call, "parent", request->parent));
	TRY(page_read(arena, request->page_size == 0 ? DRIFTS_USUALLY : request->page_size, request->page_token,
		      arena_printf(arena, "drift %s %d", request->parent, request->show_settled), &page));
	TRY(sync_time(call->tx, request->parent, &synced_us, &operation));
	struct drift_query query = { request->parent, page.after, page.limit + 1, request->show_settled };
	TRY(drift_report(call->tx, &query, &lines, &count));
	if (count > page.limit) {
		count = page.limit;
		reply->next_page_token = page_next(arena, &page, lines[count - 1].key);
	}
	reply->connection = request->parent;
	reply->sync_time = wire_timestamp(arena, synced_us);
	reply->drifts = ARENA_ARRAY(arena, count + 1, Gaon__Drift *);
	for (reply->n_drifts = 0; reply->n_drifts < count; reply->n_drifts++)
		reply->drifts[reply->n_drifts] = drift_to_wire(arena, &lines[reply->n_drifts]);
	return OK;
}
