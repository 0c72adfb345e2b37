/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot_rpc.c: snapshots on the wire. */
#include "gaon/lifecycle/v1/lifecycle.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/iam/iam.h"
#include "server/services/lifecycle/machine_wire.h"
#include "server/services/lifecycle/room.h"
#include "server/services/wire/wire.h"

#define AT_REST (1u << MACHINE_RUNNING | 1u << MACHINE_STOPPED | 1u << MACHINE_SUSPENDED)

static struct status find(struct call *call, const char *name, const char *etag, struct snapshot *snapshot)
{
	const char *ids[4];

	TRY(resource_parse(call->arena, "name", name, SNAPSHOT_NAME, ids));
	TRY(snapshot_get(call->tx, name, snapshot));
	return etag_check(call->arena, etag, snapshot->revision);
}

/** The machine's operation on this snapshot. */
static struct status begin(struct call *call, const char *kind, enum provider_verb verb, const struct snapshot *snapshot,
			   Gaon__Operation *reply)
{
	struct machine machine;
	struct json *extra = json_object(call->arena);
	const char *id;
	struct machine_begin begin = {
		.kind = kind,
		.allowed = AT_REST,
		.meanwhile = MACHINE_UPDATING,
		.verb = verb,
		.extra = extra,
		.requested_by = call->principal->name,
		.now_us = call->now_us,
	};

	json_set_text(extra, "snapshot", snapshot->name);
	TRY(machine_get(call->tx, snapshot->machine, &machine));
	TRY(machine_begin(call->tx, &machine, &begin, &id));
	return wire_operation_reply(call->tx, id, reply);
}

struct status lifecycle_create_snapshot(struct call *call, const Gaon__CreateSnapshotRequest *request, Gaon__Operation *reply)
{
	const char *ids[3];
	struct snapshot snapshot = {
		.name = arena_printf(call->arena, "%s/snapshots/%s", request->parent, request->snapshot_id),
		.machine = request->parent,
		.display_name = request->snapshot ? request->snapshot->display_name : "",
		.state = SNAPSHOT_CREATING,
		.created_us = call->now_us,
	};

	struct machine machine;

	TRY(resource_parse(call->arena, "parent", request->parent, MACHINE_NAME, ids));
	TRY(machine_get(call->tx, request->parent, &machine));
	TRY(snapshot_insert(call->tx, &snapshot));
	return begin(call, KIND_SNAPSHOT_CREATE, VERB_SNAPSHOT_CREATE, &snapshot, reply);
}

struct status lifecycle_get_snapshot(struct call *call, const Gaon__GetSnapshotRequest *request, Gaon__Snapshot *reply)
{
	struct snapshot snapshot;

	TRY(find(call, request->name, "", &snapshot));
	snapshot_to_wire(call->arena, &snapshot, reply);
	return OK;
}

struct status lifecycle_list_snapshots(struct call *call, const Gaon__ListSnapshotsRequest *request,
				       Gaon__ListSnapshotsResponse *reply)
{
	const char *ids[3];
	struct machine machine;
	struct page page;
	struct snapshot *snapshots;
	size_t count;

	TRY(resource_parse(call->arena, "parent", request->parent, MACHINE_NAME, ids));
	TRY(machine_get(call->tx, request->parent, &machine));
	TRY(page_read(call->arena, request->page_size, request->page_token,
		      arena_printf(call->arena, "snapshots %s", request->parent), &page));
	TRY(snapshot_list(call->tx, request->parent, page.after, page.limit + 1, &snapshots, &count));
	if (count > page.limit) {
		count = page.limit;
		reply->next_page_token = page_next(call->arena, &page, snapshots[count - 1].name);
	}
	reply->snapshots = ARENA_ARRAY(call->arena, count + 1, Gaon__Snapshot *);
	reply->n_snapshots = count;
	for (size_t i = 0; i < count; i++) {
		reply->snapshots[i] = ARENA_NEW(call->arena, Gaon__Snapshot);
		gaon__snapshot__init(reply->snapshots[i]);
		snapshot_to_wire(call->arena, &snapshots[i], reply->snapshots[i]);
	}
	return OK;
}

struct status lifecycle_revert_snapshot(struct call *call, const Gaon__RevertSnapshotRequest *request, Gaon__Operation *reply)
{
	struct snapshot snapshot;

	TRY(find(call, request->name, request->etag, &snapshot));
	if (snapshot.state != SNAPSHOT_READY)
		return status_fail(call->arena, STATUS_FAILED_PRECONDITION, "SNAPSHOT_STATE",
				   "the snapshot is not ready to be reverted to; read it and see");
	return begin(call, KIND_SNAPSHOT_REVERT, VERB_SNAPSHOT_REVERT, &snapshot, reply);
}

struct status lifecycle_delete_snapshot(struct call *call, const Gaon__DeleteSnapshotRequest *request, Gaon__Operation *reply)
{
	struct snapshot snapshot;

	TRY(find(call, request->name, request->etag, &snapshot));
	snapshot.state = SNAPSHOT_DELETING;
	TRY(snapshot_update(call->tx, &snapshot));
	return begin(call, KIND_SNAPSHOT_DELETE, VERB_SNAPSHOT_DELETE, &snapshot, reply);
}
