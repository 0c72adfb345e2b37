/* SPDX-License-Identifier: Apache-2.0 */
/* machine_rpc.c: machines on the wire: read, change what is ours, and begin what touches a cloud. */
#include "gaon/lifecycle/v1/lifecycle.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/catalog/catalog.h"
#include "server/services/iam/iam.h"
#include "server/services/lifecycle/machine_list.h"
#include "server/services/lifecycle/machine_wire.h"
#include "server/services/lifecycle/room.h"
#include "server/services/lifecycle/tag.h"
#include "server/services/wire/wire.h"

/** Reads the machine that a request names, and holds its etag against the present one. */
static struct status find(struct call *call, const char *field, const char *name, const char *etag, struct machine *machine)
{
	const char *ids[3];

	TRY(resource_parse(call->arena, field, name, MACHINE_NAME, ids));
	TRY(machine_get(call->tx, name, machine));
	return etag_check(call->arena, etag, machine->revision);
}

struct status lifecycle_get_machine(struct call *call, const Gaon__GetMachineRequest *request, Gaon__Machine *reply)
{
	struct machine machine;

	TRY(find(call, "name", request->name, "", &machine));
	machine_to_wire(call->arena, &machine, reply);
	return OK;
}

struct status lifecycle_list_machines(struct call *call, const Gaon__ListMachinesRequest *request,
				      Gaon__ListMachinesResponse *reply)
{
	const char *ids[2];
	struct machine *machines;
	size_t count;
	struct machine_query query = {
		.parent = request->parent,
		.filter = request->filter,
		.order_by = request->order_by,
		.page_token = request->page_token,
		.page_size = request->page_size,
		.show_deleted = request->show_deleted,
	};

	if (!resource_match(call->arena, request->parent, PROJECT_NAME, true, ids) || text_equal(ids[0], "-"))
		return status_invalid_field(call->arena, "parent", "must be a project, or \"tenants/{}/projects/-\" for all of a tenant");
	TRY(machine_list(call->tx, &query, &machines, &count, &reply->next_page_token));
	reply->machines = ARENA_ARRAY(call->arena, count + 1, Gaon__Machine *);
	reply->n_machines = count;
	for (size_t i = 0; i < count; i++) {
		reply->machines[i] = ARENA_NEW(call->arena, Gaon__Machine);
		gaon__machine__init(reply->machines[i]);
		machine_to_wire(call->arena, &machines[i], reply->machines[i]);
	}
	return OK;
}

struct status lifecycle_update_machine(struct call *call, const Gaon__UpdateMachineRequest *request, Gaon__Machine *reply)
{
	static const char *const fields[] = { "display_name", "labels", "deletion_protection", NULL };
	const Gaon__Machine *wanted = request->machine;
	struct machine machine;

	TRY(wire_mask_check(call->arena, request->update_mask, fields));
	TRY(find(call, "machine.name", wanted->name, wanted->etag, &machine));
	if (!machine_exists(&machine))
		return resource_not_found(call->arena, "Machine", wanted->name);
	if (wire_mask_has(request->update_mask, &wanted->base, "display_name"))
		machine.display_name = wanted->display_name;
	if (wire_mask_has(request->update_mask, &wanted->base, "deletion_protection"))
		machine.is_protected = wanted->deletion_protection;
	if (wire_mask_has(request->update_mask, &wanted->base, "labels")) {
		machine.labels = wire_map_read(call->arena, wanted->n_labels, wanted->labels);
		TRY(machine_put_labels(call->tx, &machine));
	}
	machine.updated_us = call->now_us;
	TRY(machine_update(call->tx, &machine));
	machine_to_wire(call->arena, &machine, reply);
	return OK;
}

/** What start, stop, reboot, suspend and resume have in common. */
static struct status begin_power(struct call *call, const char *name, const char *etag, const char *word,
				 const struct json *extra, Gaon__Operation *reply)
{
	const struct power_verb *verb = power_find(word);
	struct machine machine;
	const char *id;

	TRY(find(call, "name", name, etag, &machine));
	struct machine_begin begin = {
		.kind = verb->kind,
		.allowed = verb->allowed,
		.meanwhile = MACHINE_UPDATING,
		.verb = verb->verb,
		.extra = extra,
		.requested_by = call->principal->name,
		.now_us = call->now_us,
	};
	TRY(machine_begin(call->tx, &machine, &begin, &id));
	return wire_operation_reply(call->tx, id, reply);
}

struct status lifecycle_start_machine(struct call *call, const Gaon__StartMachineRequest *request, Gaon__Operation *reply)
{
	return begin_power(call, request->name, request->etag, "start", NULL, reply);
}

struct status lifecycle_stop_machine(struct call *call, const Gaon__StopMachineRequest *request, Gaon__Operation *reply)
{
	struct json *extra = json_object(call->arena);

	if (request->grace_seconds > 0)
		json_set_int(extra, "grace_seconds", request->grace_seconds);
	json_set_bool(extra, "force", request->force);
	return begin_power(call, request->name, request->etag, "stop", extra, reply);
}

struct status lifecycle_reboot_machine(struct call *call, const Gaon__RebootMachineRequest *request, Gaon__Operation *reply)
{
	struct json *extra = json_object(call->arena);

	json_set_bool(extra, "force", request->force);
	return begin_power(call, request->name, request->etag, "reboot", extra, reply);
}

struct status lifecycle_suspend_machine(struct call *call, const Gaon__SuspendMachineRequest *request, Gaon__Operation *reply)
{
	return begin_power(call, request->name, request->etag, "suspend", NULL, reply);
}

struct status lifecycle_resume_machine(struct call *call, const Gaon__ResumeMachineRequest *request, Gaon__Operation *reply)
{
	return begin_power(call, request->name, request->etag, "resume", NULL, reply);
}

struct status lifecycle_resize_machine(struct call *call, const Gaon__ResizeMachineRequest *request, Gaon__Operation *reply)
{
	struct machine machine;
	struct machine_begin begin = { .requested_by = call->principal->name, .now_us = call->now_us };
	const char *size, *id;

	TRY(find(call, "name", request->name, request->etag, &machine));
	TRY(catalog_size_of_word(call->tx, machine.product_version, machine.connection, request->size, &size));
	TRY(resize_begin(call->tx, &machine, size, request->allow_restart, &begin, &id));
	return wire_operation_reply(call->tx, id, reply);
}

struct status lifecycle_rename_machine(struct call *call, const Gaon__RenameMachineRequest *request, Gaon__Operation *reply)
{
	struct machine machine;
	struct machine_begin begin = { .requested_by = call->principal->name, .now_us = call->now_us };
	const char *id;

	TRY(find(call, "name", request->name, request->etag, &machine));
	TRY(rename_begin(call->tx, &machine, request->display_name, &begin, &id));
	return wire_operation_reply(call->tx, id, reply);
}

struct status lifecycle_tag_machine(struct call *call, const Gaon__TagMachineRequest *request, Gaon__Operation *reply)
{
	struct machine machine;
	struct machine_begin begin = { .requested_by = call->principal->name, .now_us = call->now_us };
	const char *id;

	TRY(find(call, "name", request->name, request->etag, &machine));
	TRY(tag_begin(call->tx, &machine, request->overwrite, &begin, &id));
	return wire_operation_reply(call->tx, id, reply);
}

struct status lifecycle_delete_machine(struct call *call, const Gaon__DeleteMachineRequest *request, Gaon__Operation *reply)
{
	struct machine machine;
	struct deployment deployment;
	const char *id;
	struct machine_begin begin = {
		.kind = KIND_MACHINE_DELETE,
		.allowed = ~0u,
		.meanwhile = MACHINE_DELETING,
		.verb = VERB_DELETE,
		.requested_by = call->principal->name,
		.now_us = call->now_us,
	};

	TRY(find(call, "name", request->name, request->etag, &machine));
	TRY(deployment_get(call->tx, machine.deployment, &deployment));
	TRY(deployment_begin_delete(call->tx, &deployment, &begin, &id));
	if (!id && machine.state == MACHINE_FAILED)
		return machine_check(call->tx, &machine, &begin); /* says why */
	if (!id)
		return resource_not_found(call->arena, "Machine", request->name);
	return wire_operation_reply(call->tx, id, reply);
}
