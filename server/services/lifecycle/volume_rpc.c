/* SPDX-License-Identifier: Apache-2.0 */
/* volume_rpc.c: volumes on the wire. */
#include "gaon/lifecycle/v1/lifecycle.handlers.h"
#include "runtime/base/id.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/iam/iam.h"
#include "server/services/lifecycle/machine_wire.h"
#include "server/services/lifecycle/room.h"
#include "server/services/lifecycle/volume.h"
#include "server/services/request/request.h"
#include "server/services/wire/wire.h"

#define VOLUME_NAME "tenants/{}/projects/{}/volumes/{}"

static void volume_to_wire(struct arena *arena, const struct volume *volume, Gaon__Volume *message)
{
	message->name = volume->name;
	message->display_name = volume->display_name;
	message->state = (Gaon__VolumeState)volume->state;
	message->state_message = volume->state_message;
	message->machine = volume->machine;
	message->size_gib = volume->size_gib;
	message->type = volume->type;
	message->connection = volume->connection;
	message->zone = volume->zone;
	message->native_id = volume->native_id;
	message->native_state = volume->native_state;
	message->device = volume->device;
	message->owner = volume->owner;
	message->operation = volume->operation;
	message->etag = etag_format(arena, volume->revision);
	message->create_time = wire_timestamp(arena, volume->created_us);
	message->update_time = wire_timestamp(arena, volume->updated_us);
}

static struct status find(struct call *call, const char *name, const char *etag, struct volume *volume)
{
	const char *ids[3];

	TRY(resource_parse(call->arena, "name", name, VOLUME_NAME, ids));
	TRY(volume_get(call->tx, name, volume));
	return etag_check(call->arena, etag, volume->revision);
}

/** The machine that a request names, of this project: another project's is not there. */
static struct status find_machine(struct call *call, const char *field, const char *name, const char *project,
				  struct machine *machine)
{
	const char *ids[3];

	TRY(resource_parse(call->arena, field, name, MACHINE_NAME, ids));
	if (!text_equal(resource_project(call->arena, name), project))
		return status_invalid_field(call->arena, field, "must be a machine of the volume's own project");
	TRY(machine_get(call->tx, name, machine));
	return machine_exists(machine) ? OK : resource_not_found(call->arena, "Machine", name);
}

struct status lifecycle_create_volume(struct call *call, const Gaon__CreateVolumeRequest *request, Gaon__Operation *reply)
{
	const Gaon__Volume *wanted = request->volume;
	struct json *extra = json_object(call->arena);
	struct quota_delta more = { .disk_gib = wanted->size_gib };
	struct machine machine;
	const char *ids[2], *id;

	TRY(resource_parse(call->arena, "parent", request->parent, PROJECT_NAME, ids));
	if (wanted->size_gib < 1)
		return status_invalid_field(call->arena, "volume.size_gib", "must be 1 to 65536");
	if (text_is_empty(wanted->machine))
		return status_invalid_field(call->arena, "volume.machine",
					    "must name a machine: the volume is made where it is, and attached to it");
	TRY(find_machine(call, "volume.machine", wanted->machine, request->parent, &machine));
	struct volume volume = {
		/* Its id is the intent: the cloud is told it before anything is made, and it is found by it. */
		.name = arena_printf(call->arena, "%s/volumes/%s", request->parent, id_new(call->arena)),
		.tenant = machine.tenant,
		.project = machine.project,
		.display_name = text_is_empty(wanted->display_name) ? "volume" : wanted->display_name,
		.state = VOLUME_CREATING,
		.connection = machine.connection,
		.type = wanted->type,
		.product_version = machine.product_version,
		.rate_card = machine.rate_card,
		.size_gib = wanted->size_gib,
		.owner = call->principal->name,
		.created_us = call->now_us,
		.updated_us = call->now_us,
	};
	struct volume_begin begin = {
		.kind = KIND_VOLUME_CREATE,
		.allowed = 1u << VOLUME_CREATING,
		.meanwhile = VOLUME_CREATING,
		.verb = VERB_VOLUME_CREATE,
		.machine = &machine,
		.extra = extra,
		.requested_by = call->principal->name,
		.now_us = call->now_us,
	};
	json_set_text(extra, "display_name", volume.display_name);
	json_set_text(extra, "type", volume.type);
	json_set_int(extra, "size_gib", volume.size_gib);
	TRY(volume_insert(call->tx, &volume));
	TRY(request_quota_adjust(call->tx, volume.project, &more));
	TRY(volume_begin(call->tx, &volume, &begin, &id));
	return wire_operation_reply(call->tx, id, reply);
}

struct status lifecycle_get_volume(struct call *call, const Gaon__GetVolumeRequest *request, Gaon__Volume *reply)
{
	struct volume volume;

	TRY(find(call, request->name, "", &volume));
	volume_to_wire(call->arena, &volume, reply);
	return OK;
}

struct status lifecycle_list_volumes(struct call *call, const Gaon__ListVolumesRequest *request,
				     Gaon__ListVolumesResponse *reply)
{
	const char *ids[2];
	struct page page;
	struct volume *volumes;
	size_t count;

	TRY(resource_parse(call->arena, "parent", request->parent, PROJECT_NAME, ids));
	TRY(page_read(call->arena, request->page_size, request->page_token,
		      arena_printf(call->arena, "volumes %s %s %d", request->parent, request->machine, request->show_deleted),
		      &page));
	struct volume_query query = { .project = request->parent, .machine = request->machine, .after = page.after,
				      .most = page.limit + 1, .show_deleted = request->show_deleted };
	TRY(volume_list(call->tx, &query, &volumes, &count));
	if (count > page.limit) {
		count = page.limit;
		reply->next_page_token = page_next(call->arena, &page, volumes[count - 1].name);
	}
	reply->volumes = ARENA_ARRAY(call->arena, count + 1, Gaon__Volume *);
	reply->n_volumes = count;
	for (size_t i = 0; i < count; i++) {
		reply->volumes[i] = ARENA_NEW(call->arena, Gaon__Volume);
		gaon__volume__init(reply->volumes[i]);
		volume_to_wire(call->arena, &volumes[i], reply->volumes[i]);
	}
	return OK;
}

static struct status begin(struct call *call, struct volume *volume, struct volume_begin *begin, Gaon__Operation *reply)
{
	const char *id;

	begin->requested_by = call->principal->name;
	begin->now_us = call->now_us;
	TRY(volume_begin(call->tx, volume, begin, &id));
	return wire_operation_reply(call->tx, id, reply);
}

struct status lifecycle_attach_volume(struct call *call, const Gaon__AttachVolumeRequest *request, Gaon__Operation *reply)
{
	struct volume volume;
	struct machine machine;
	struct volume_begin attach = { .kind = KIND_VOLUME_ATTACH, .allowed = 1u << VOLUME_AVAILABLE,
				       .meanwhile = VOLUME_UPDATING, .verb = VERB_VOLUME_ATTACH, .machine = &machine };

	TRY(find(call, request->name, request->etag, &volume));
	TRY(find_machine(call, "machine", request->machine, volume.project, &machine));
	if (!text_equal(machine.connection, volume.connection))
		return status_fail(call->arena, STATUS_FAILED_PRECONDITION, "VOLUME_ELSEWHERE",
				   "the volume lives on %s, the machine on %s; make a volume where the machine is",
				   volume.connection, machine.connection);
	return begin(call, &volume, &attach, reply);
}

struct status lifecycle_detach_volume(struct call *call, const Gaon__DetachVolumeRequest *request, Gaon__Operation *reply)
{
	struct volume volume;
	struct machine machine;
	struct volume_begin detach = { .kind = KIND_VOLUME_DETACH, .allowed = 1u << VOLUME_ATTACHED,
				       .meanwhile = VOLUME_UPDATING, .verb = VERB_VOLUME_DETACH };

	TRY(find(call, request->name, request->etag, &volume));
	if (!text_is_empty(volume.machine)) {
		TRY(machine_get(call->tx, volume.machine, &machine));
		detach.machine = &machine;
	}
	return begin(call, &volume, &detach, reply);
}

struct status lifecycle_grow_volume(struct call *call, const Gaon__GrowVolumeRequest *request, Gaon__Operation *reply)
{
	struct json *extra = json_object(call->arena);
	struct volume volume;
	struct machine machine;
	struct volume_begin grow = { .kind = KIND_VOLUME_GROW, .allowed = 1u << VOLUME_AVAILABLE | 1u << VOLUME_ATTACHED,
				     .meanwhile = VOLUME_UPDATING, .verb = VERB_VOLUME_GROW, .extra = extra };

	TRY(find(call, request->name, request->etag, &volume));
	TRY(volume_check(call->tx, &volume, &grow));
	struct quota_delta more = { .disk_gib = request->size_gib - volume.size_gib };
	if (more.disk_gib <= 0)
		return status_with_field(call->arena,
					 status_fail(call->arena, STATUS_INVALID_ARGUMENT, "VOLUME_SMALLER",
						     "the volume has %lld GiB; it only ever becomes larger", (long long)volume.size_gib),
					 "size_gib", "must be more than the present size");
	if (!text_is_empty(volume.machine)) {
		TRY(machine_get(call->tx, volume.machine, &machine));
		grow.machine = &machine;
	}
	json_set_int(extra, "size_gib", request->size_gib);
	json_set_int(extra, "more_gib", more.disk_gib);
	TRY(request_quota_adjust(call->tx, volume.project, &more));
	return begin(call, &volume, &grow, reply);
}

struct status lifecycle_delete_volume(struct call *call, const Gaon__DeleteVolumeRequest *request, Gaon__Operation *reply)
{
	struct volume volume;
	struct volume_begin delete = { .kind = KIND_VOLUME_DELETE, .allowed = 1u << VOLUME_AVAILABLE | 1u << VOLUME_FAILED,
				       .meanwhile = VOLUME_DELETING, .verb = VERB_VOLUME_DELETE };

	TRY(find(call, request->name, request->etag, &volume));
	return begin(call, &volume, &delete, reply);
}
