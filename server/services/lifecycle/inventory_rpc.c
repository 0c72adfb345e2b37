/* SPDX-License-Identifier: Apache-2.0 */
/* inventory_rpc.c: machines come in, go, and are swept: on the wire. */
#include <string.h>

#include "gaon/lifecycle/v1/lifecycle.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/catalog/catalog.h"
#include "server/services/cost/cost.h"
#include "server/services/iam/iam.h"
#include "server/services/lifecycle/import.h"
#include "server/services/lifecycle/machine_wire.h"
#include "server/services/lifecycle/observed_wire.h"
#include "server/services/lifecycle/sweep.h"
#include "server/services/wire/wire.h"

enum { GRACE_DEFAULT_S = 3600 };

static const char PERMISSION_IMPORT[] = "lifecycle.machines.import";

/** "tenants/acme/connections/lab/observedResources/ID": the id is the cloud's, with whatever the cloud puts into it. */
static struct status read_observed_name(struct arena *arena, const char *name, const char **connection, const char **native_id)
{
	const char *ids[2], *rest = strstr(name, "/observedResources/");

	if (!rest || text_is_empty(rest + sizeof "/observedResources/" - 1))
		return status_invalid_field(arena, "observed_resource",
					    "must be \"tenants/{}/connections/{}/observedResources/ID\"; ListObservedResources gives it");
	*connection = arena_strndup(arena, name, (size_t)(rest - name));
	*native_id = rest + sizeof "/observedResources/" - 1;
	return resource_parse(arena, "observed_resource", *connection, CONNECTION_NAME, ids);
}

/** Who may not import from the connection is told what it would be told were it not there. */
static struct status check_connection(struct call *call, const char *name)
{
	struct catalog_connection connection;
	bool may;

	TRY(iam_allows(call->tx, call->principal, PERMISSION_IMPORT, name, &may));
	if (!may)
		return resource_not_found(call->arena, "Connection", name);
	TRY(catalog_connection_get(call->tx, name, &connection));
	if (!connection.is_ready)
		return status_fail(call->arena, STATUS_FAILED_PRECONDITION, "CONNECTION_NOT_READY",
				   "\"%s\" is disabled, or its last probe failed; enable or probe it first", name);
	return OK;
}

/** A rate card of the project's tenant or of one above it, as a product version's is. */
static struct status check_rate_card(struct call *call, const char *project, const char *rate_card)
{
	const char **tenants, *ids[2];
	size_t count;
	bool is_ours = false;

	if (text_is_empty(rate_card))
		return OK;
	TRY(resource_parse(call->arena, "rate_card", rate_card, "tenants/{}/rateCards/{}", ids));
	TRY(iam_ancestry(call->tx, resource_tenant(call->arena, project), &tenants, &count));
	for (size_t i = 0; i < count; i++)
		is_ours = is_ours || text_equal(tenants[i], resource_tenant(call->arena, rate_card));
	if (!is_ours)
		return status_invalid_field(call->arena, "rate_card", "must be a rate card of the project's tenant or of one above it");
	return cost_rate_card_check(call->tx, rate_card);
}

struct status lifecycle_import_machine(struct call *call, const Gaon__ImportMachineRequest *request, Gaon__Operation *reply)
{
	const char *ids[2], *id;
	struct import import = {
		.project = request->parent,
		.display_name = request->display_name,
		.product_version = "",
		.rate_card = "",
		.labels = wire_map_read(call->arena, request->n_labels, request->labels),
		.is_protected = request->deletion_protection,
		.is_untagged = request->untagged,
		.requested_by = call->principal->name,
		.now_us = call->now_us,
	};

	TRY(resource_parse(call->arena, "parent", request->parent, PROJECT_NAME, ids));
	TRY(iam_project_check(call->tx, request->parent));
	TRY(read_observed_name(call->arena, request->observed_resource, &import.connection, &import.native_id));
	TRY(check_connection(call, import.connection));
	if (!text_is_empty(request->product))
		TRY(catalog_version_on_sale(call->tx, request->parent, request->product, &import.product_version, &import.rate_card));
	TRY(check_rate_card(call, request->parent, request->rate_card));
	if (!text_is_empty(request->rate_card))
		import.rate_card = request->rate_card;
	TRY(import_begin(call->tx, &import, &id));
	return wire_operation_reply(call->tx, id, reply);
}

struct status lifecycle_unmanage_machine(struct call *call, const Gaon__UnmanageMachineRequest *request, Gaon__Operation *reply)
{
	const char *ids[3], *id;
	struct machine machine;

	TRY(resource_parse(call->arena, "name", request->name, MACHINE_NAME, ids));
	TRY(machine_get(call->tx, request->name, &machine));
	TRY(etag_check(call->arena, request->etag, machine.revision));
	TRY(unmanage_begin(call->tx, &machine, request->force, call->principal->name, call->now_us, &id));
	return wire_operation_reply(call->tx, id, reply);
}

struct status lifecycle_sweep_orphans(struct call *call, const Gaon__SweepOrphansRequest *request,
				      Gaon__SweepOrphansResponse *reply)
{
	int64_t grace_us = (request->grace_seconds > 0 ? request->grace_seconds : GRACE_DEFAULT_S) * TIME_US_PER_SECOND;
	const char *ids[2], *id, *operation;
	struct catalog_connection connection;
	struct observed *orphans;
	size_t count;
	int64_t synced_us;

	TRY(resource_parse(call->arena, "name", request->name, CONNECTION_NAME, ids));
	TRY(catalog_connection_get(call->tx, request->name, &connection));
	TRY(sync_time(call->tx, request->name, &synced_us, &operation));
	TRY(sweep_find(call->tx, request->name, grace_us, call->now_us, &orphans, &count));
	reply->sync_time = wire_timestamp(call->arena, synced_us);
	reply->has_more = count > SWEEP_MOST;
	count = count > SWEEP_MOST ? SWEEP_MOST : count;
	reply->orphans = ARENA_ARRAY(call->arena, count + 1, Gaon__ObservedResource *);
	reply->n_orphans = count;
	for (size_t i = 0; i < count; i++)
		reply->orphans[i] = observed_to_wire(call->arena, &orphans[i]);
	if (!request->remove || count == 0)
		return OK;
	TRY(sweep_begin(call->tx, request->name, orphans, count, call->principal->name, &id));
	reply->operation = ARENA_NEW(call->arena, Gaon__Operation);
	gaon__operation__init(reply->operation);
	return wire_operation_reply(call->tx, id, reply->operation);
}
