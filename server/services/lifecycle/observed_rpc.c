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

enum { DRIFTS_MOST = 500, BATCH = 500 };

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

static Gaon__Drift *add_drift(struct arena *arena, Gaon__DriftReport *report, Gaon__DriftKind kind)
{
	Gaon__Drift *drift = ARENA_NEW(arena, Gaon__Drift);

	gaon__drift__init(drift);
	drift->kind = kind;
	report->drifts[report->n_drifts++] = drift;
	return drift;
}

/** What was found to differ, and what was done about it, by the last look. */
static struct status add_changed(struct call *call, const struct machine *machine, bool shows_settled, Gaon__DriftReport *report)
{
	struct drift *drifts;
	size_t count;

	TRY(drifts_of(call->tx, machine->connection, machine->native_id, &drifts, &count));
	for (size_t i = 0; i < count && report->n_drifts < DRIFTS_MOST; i++) {
		if (!drifts[i].is_open && !shows_settled)
			continue;
		Gaon__Drift *drift = add_drift(call->arena, report, GAON__DRIFT_KIND__DRIFT_KIND_CHANGED);
		drift->machine = machine->name;
		drift->native_id = machine->native_id;
		drift->display_name = machine->display_name;
		drift->field = drifts[i].field;
		drift->expected = drifts[i].expected;
		drift->observed = drifts[i].observed;
		drift->action = (Gaon__DriftAction)drifts[i].action;
		drift->outcome = drifts[i].outcome;
		drift->operation = drifts[i].operation;
		drift->first_seen_time = wire_timestamp(call->arena, drifts[i].first_seen_us);
		drift->settled = !drifts[i].is_open;
	}
	return OK;
}

/** Ours first: what is missing there, or is not as it should be. */
static struct status add_ours(struct call *call, const char *connection, bool shows_settled, Gaon__DriftReport *report)
{
	const char *after = NULL;
	struct machine *machines;
	size_t count;

	do {
		TRY(machines_of_connection(call->tx, connection, after, BATCH, &machines, &count));
		for (size_t i = 0; i < count && report->n_drifts < DRIFTS_MOST; i++) {
			struct observed observed;
			bool is_seen;
			after = machines[i].name;
			if (text_is_empty(machines[i].native_id))
				continue;
			TRY(observed_get(call->tx, connection, machines[i].native_id, &observed, &is_seen));
			bool is_gone = is_seen && observed.state == OBSERVED_GONE;
			if (machines[i].state == MACHINE_MISSING || (is_gone && text_is_empty(machines[i].operation))) {
				Gaon__Drift *drift = add_drift(call->arena, report, GAON__DRIFT_KIND__DRIFT_KIND_MISSING);
				drift->machine = machines[i].name;
				drift->native_id = machines[i].native_id;
				drift->display_name = machines[i].display_name;
			} else if (is_seen && !is_gone) {
				TRY(add_changed(call, &machines[i], shows_settled, report));
			}
		}
	} while (count == BATCH && report->n_drifts < DRIFTS_MOST);
	return OK;
}

/** Then what is not ours, or was and should not be there any more. */
static struct status add_foreign(struct call *call, const char *connection, enum observed_state state, Gaon__DriftReport *report)
{
	struct observed *all;
	size_t count;

	TRY(observed_list(call->tx, connection, state, NULL, DRIFTS_MOST, &all, &count));
	for (size_t i = 0; i < count && report->n_drifts < DRIFTS_MOST; i++) {
		Gaon__Drift *drift = add_drift(call->arena, report, GAON__DRIFT_KIND__DRIFT_KIND_FOREIGN);
		drift->native_id = all[i].native_id;
		drift->display_name = all[i].display_name;
	}
	return OK;
}

struct status lifecycle_get_drift_report(struct call *call, const Gaon__GetDriftReportRequest *request, Gaon__DriftReport *reply)
{
	int64_t synced_us;
	const char *operation;

	TRY(check_connection(call, "parent", request->parent));
	TRY(sync_time(call->tx, request->parent, &synced_us, &operation));
	reply->connection = request->parent;
	reply->sync_time = wire_timestamp(call->arena, synced_us);
	reply->drifts = ARENA_ARRAY(call->arena, DRIFTS_MOST + 1, Gaon__Drift *);
	TRY(add_ours(call, request->parent, request->show_settled, reply));
	TRY(add_foreign(call, request->parent, OBSERVED_ORPHAN_SUSPECT, reply));
	return add_foreign(call, request->parent, OBSERVED_FOREIGN, reply);
}
