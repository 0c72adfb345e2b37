/* SPDX-License-Identifier: Apache-2.0 */
/* machine_wire.c: machines, deployments and snapshots as messages. */
#include "server/services/lifecycle/machine_wire.h"

#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/wire/wire.h"

static const char **texts_to_wire(struct arena *arena, const struct json *array, size_t *count)
{
	const char **texts = ARENA_ARRAY(arena, json_size(array) + 1, const char *);

	*count = json_size(array);
	for (size_t i = 0; i < *count; i++)
		texts[i] = json_text(json_at(array, i), "");
	return texts;
}

void machine_to_wire(struct arena *arena, const struct machine *machine, Gaon__Machine *message)
{
	message->name = machine->name;
	message->display_name = machine->display_name;
	message->state = (Gaon__MachineState)machine->state;
	message->state_message = machine->state_message;
	message->connection = machine->connection;
	message->native_id = machine->native_id;
	message->native_state = machine->native_state;
	message->deployment = machine->deployment;
	message->product_version = machine->product_version;
	message->size = machine->size;
	message->image = machine->image;
	message->network = machine->network;
	message->vcpus = machine->vcpus;
	message->memory_mib = machine->memory_mib;
	message->disk_gib = machine->disk_gib;
	message->addresses = texts_to_wire(arena, machine->addresses, &message->n_addresses);
	message->owner = machine->owner;
	message->deletion_protection = machine->is_protected;
	message->operation = machine->operation;
	message->labels =
		wire_map(arena, &gaon__machine__labels_entry__descriptor, machine->labels, &message->n_labels);
	message->lease_end_time = wire_timestamp(arena, machine->lease_end_us);
	message->etag = etag_format(arena, machine->revision);
	message->create_time = wire_timestamp(arena, machine->created_us);
	message->update_time = wire_timestamp(arena, machine->updated_us);
}

struct status deployment_reply(struct store_tx *tx, struct arena *arena, const struct deployment *deployment,
			       Gaon__Deployment *message)
{
	struct machine *machines;
	size_t count;

	TRY(machines_of_deployment(tx, deployment->name, &machines, &count));
	message->machines = ARENA_ARRAY(arena, count + 1, const char *);
	message->n_machines = count;
	for (size_t i = 0; i < count; i++)
		message->machines[i] = machines[i].name;
	message->name = deployment->name;
	message->display_name = deployment->display_name;
	message->order = deployment->order_name;
	message->product_version = deployment->product_version;
	message->parameters = wire_map(arena, &gaon__deployment__parameters_entry__descriptor, deployment->parameters,
				       &message->n_parameters);
	message->state = (Gaon__DeploymentState)deployment->state;
	message->lease_end_time = wire_timestamp(arena, deployment->lease_end_us);
	message->owner = deployment->owner;
	message->etag = etag_format(arena, deployment->revision);
	message->create_time = wire_timestamp(arena, deployment->created_us);
	message->update_time = wire_timestamp(arena, deployment->updated_us);
	return OK;
}

void snapshot_to_wire(struct arena *arena, const struct snapshot *snapshot, Gaon__Snapshot *message)
{
	message->name = snapshot->name;
	message->display_name = snapshot->display_name;
	message->state = (Gaon__SnapshotState)snapshot->state;
	message->native_id = snapshot->native_id;
	message->etag = etag_format(arena, snapshot->revision);
	message->create_time = wire_timestamp(arena, snapshot->created_us);
}
