/* SPDX-License-Identifier: Apache-2.0 */
/* machine_image_rpc.c: images made from machines on the wire. */
#include "gaon/lifecycle/v1/lifecycle.handlers.h"
#include "runtime/base/id.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/iam/iam.h"
#include "server/services/lifecycle/machine_image.h"
#include "server/services/lifecycle/machine_wire.h"
#include "server/services/lifecycle/room.h"
#include "server/services/wire/wire.h"

#define MACHINE_IMAGE_NAME "tenants/{}/projects/{}/machineImages/{}"

static void image_to_wire(struct arena *arena, const struct machine_image *image, Gaon__MachineImage *message)
{
	message->name = image->name;
	message->display_name = image->display_name;
	message->state = (Gaon__MachineImageState)image->state;
	message->state_message = image->state_message;
	message->machine = image->machine;
	message->connection = image->connection;
	message->native_id = image->native_id;
	message->image = image->image;
	message->os = image->os;
	message->architecture = image->architecture;
	message->size_gib = image->size_gib;
	message->owner = image->owner;
	message->operation = image->operation;
	message->etag = etag_format(arena, image->revision);
	message->create_time = wire_timestamp(arena, image->created_us);
	message->update_time = wire_timestamp(arena, image->updated_us);
}

static struct status find(struct call *call, const char *name, const char *etag, struct machine_image *image)
{
	const char *ids[3];

	TRY(resource_parse(call->arena, "name", name, MACHINE_IMAGE_NAME, ids));
	TRY(machine_image_get(call->tx, name, image));
	return etag_check(call->arena, etag, image->revision);
}

/** The machine that a request names, of this project: another project's is not there. */
static struct status find_machine(struct call *call, const char *name, const char *project, struct machine *machine)
{
	const char *ids[3];

	if (text_is_empty(name))
		return status_invalid_field(call->arena, "machine_image.machine", "must name the machine that it is made from");
	TRY(resource_parse(call->arena, "machine_image.machine", name, MACHINE_NAME, ids));
	if (!text_equal(resource_project(call->arena, name), project))
		return status_invalid_field(call->arena, "machine_image.machine", "must be a machine of the image's own project");
	TRY(machine_get(call->tx, name, machine));
	return machine_exists(machine) ? OK : resource_not_found(call->arena, "Machine", name);
}

struct status lifecycle_create_machine_image(struct call *call, const Gaon__CreateMachineImageRequest *request,
					     Gaon__Operation *reply)
{
	const Gaon__MachineImage *wanted = request->machine_image;
	struct machine machine;
	const char *ids[2], *id;

	TRY(resource_parse(call->arena, "parent", request->parent, PROJECT_NAME, ids));
	TRY(find_machine(call, wanted->machine, request->parent, &machine));
	struct machine_image image = {
		/* Its id is the intent: the cloud is told it before anything is made, and it is found by it. */
		.name = arena_printf(call->arena, "%s/machineImages/%s", request->parent, id_new(call->arena)),
		.tenant = machine.tenant,
		.project = machine.project,
		.display_name = text_is_empty(wanted->display_name) ? machine.display_name : wanted->display_name,
		.state = MACHINE_IMAGE_CREATING,
		.machine = machine.name,
		.connection = machine.connection,
		.product_version = machine.product_version,
		.rate_card = machine.rate_card,
		.quota_gib = machine.disk_gib,
		.owner = call->principal->name,
		.created_us = call->now_us,
		.updated_us = call->now_us,
	};
	TRY(machine_image_begin_create(call->tx, &image, &machine, request->may_stop, &id));
	return wire_operation_reply(call->tx, id, reply);
}

struct status lifecycle_get_machine_image(struct call *call, const Gaon__GetMachineImageRequest *request, Gaon__MachineImage *reply)
{
	struct machine_image image;

	TRY(find(call, request->name, "", &image));
	image_to_wire(call->arena, &image, reply);
	return OK;
}

struct status lifecycle_list_machine_images(struct call *call, const Gaon__ListMachineImagesRequest *request,
					    Gaon__ListMachineImagesResponse *reply)
{
	const char *ids[2];
	struct page page;
	struct machine_image *images;
	size_t count;

	TRY(resource_parse(call->arena, "parent", request->parent, PROJECT_NAME, ids));
	TRY(page_read(call->arena, request->page_size, request->page_token,
		      arena_printf(call->arena, "machineImages %s %s %d", request->parent, request->machine, request->show_deleted),
		      &page));
	struct machine_image_query query = { .project = request->parent, .machine = request->machine, .after = page.after,
					     .most = page.limit + 1, .show_deleted = request->show_deleted };
	TRY(machine_image_list(call->tx, &query, &images, &count));
	if (count > page.limit) {
		count = page.limit;
		reply->next_page_token = page_next(call->arena, &page, images[count - 1].name);
	}
	reply->machine_images = ARENA_ARRAY(call->arena, count + 1, Gaon__MachineImage *);
	reply->n_machine_images = count;
	for (size_t i = 0; i < count; i++) {
		reply->machine_images[i] = ARENA_NEW(call->arena, Gaon__MachineImage);
		gaon__machine_image__init(reply->machine_images[i]);
		image_to_wire(call->arena, &images[i], reply->machine_images[i]);
	}
	return OK;
}

struct status lifecycle_delete_machine_image(struct call *call, const Gaon__DeleteMachineImageRequest *request,
					     Gaon__Operation *reply)
{
	struct machine_image image;
	const char *id;

	TRY(find(call, request->name, request->etag, &image));
	TRY(machine_image_begin_delete(call->tx, &image, call->principal->name, call->now_us, &id));
	return wire_operation_reply(call->tx, id, reply);
}
