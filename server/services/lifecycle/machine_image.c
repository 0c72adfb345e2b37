/* SPDX-License-Identifier: Apache-2.0 */
/* machine_image.c: the rules of images made from machines: beginnings, endings, metering, and whose they are. */
#include "server/services/lifecycle/machine_image.h"

#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/cost/cost.h"
#include "server/services/iam/iam.h"
#include "server/services/lifecycle/room.h"
#include "server/services/request/request.h"

static const char *const state_names[] = {
	[MACHINE_IMAGE_CREATING] = "CREATING", [MACHINE_IMAGE_READY] = "READY",   [MACHINE_IMAGE_DELETING] = "DELETING",
	[MACHINE_IMAGE_DELETED] = "DELETED",   [MACHINE_IMAGE_FAILED] = "FAILED",
};

bool machine_image_exists(const struct machine_image *image)
{
	return image->state != MACHINE_IMAGE_DELETED && !(image->state == MACHINE_IMAGE_FAILED && text_is_empty(image->native_id));
}

static struct status begin(struct store_tx *tx, struct machine_image *image, const char *kind, const char *requested_by,
			   struct json *input, const char **id)
{
	json_set_text(input, "image", image->name);
	json_set_int(input, "state_before", image->state);
	struct operation_spec spec = {
		.kind = kind,
		.tenant = image->tenant,
		.project = image->project,
		.target = image->name,
		.connection = image->connection,
		.requested_by = requested_by,
		.input = input,
	};
	TRY(operation_create(tx, &spec, id));
	image->operation = arena_printf(store_arena(tx), "%s/operations/%s", image->project, *id);
	return OK;
}

struct status machine_image_begin_create(struct store_tx *tx, struct machine_image *image, struct machine *machine, bool may_stop,
					 const char **id)
{
	struct json *input = json_object(store_arena(tx));
	struct machine_begin needed = { .verb = VERB_IMAGE_CREATE };
	struct quota_delta more = { .disk_gib = image->quota_gib };

	TRY(reach_states(tx, machine->connection, VERB_IMAGE_CREATE, &needed.allowed));
	TRY(machine_check(tx, machine, &needed));
	TRY(request_quota_adjust(tx, image->project, &more));
	json_set_text(input, "machine", machine->name);
	json_set_text(input, "display_name", image->display_name);
	json_set_bool(input, "may_stop", may_stop);
	TRY(begin(tx, image, KIND_MACHINE_IMAGE_CREATE, image->owner, input, id));
	TRY(machine_image_insert(tx, image));
	machine->operation = image->operation;
	machine->updated_us = image->created_us;
	return machine_update(tx, machine);
}

struct status machine_image_begin_delete(struct store_tx *tx, struct machine_image *image, const char *requested_by, int64_t now_us,
					 const char **id)
{
	struct arena *arena = store_arena(tx);

	if (!machine_image_exists(image))
		return resource_not_found(arena, "MachineImage", image->name);
	if (!text_is_empty(image->operation))
		return status_with_metadata(arena,
					    status_fail(arena, STATUS_FAILED_PRECONDITION, "MACHINE_IMAGE_BUSY",
							"another operation works on the image; wait for %s and retry", image->operation),
					    "operation", image->operation);
	if (image->state != MACHINE_IMAGE_READY && image->state != MACHINE_IMAGE_FAILED)
		return status_fail(arena, STATUS_FAILED_PRECONDITION, "MACHINE_IMAGE_STATE", "the image is %s; this needs READY or FAILED",
				   state_names[image->state]);
	TRY(catalog_verb_check(tx, image->connection, VERB_IMAGE_DELETE));
	TRY(begin(tx, image, KIND_MACHINE_IMAGE_DELETE, requested_by, json_object(arena), id));
	image->state = MACHINE_IMAGE_DELETING;
	image->updated_us = now_us;
	return machine_image_update(tx, image);
}

struct status machine_image_meter(struct store_tx *tx, struct machine_image *image, int64_t now_us)
{
	if (image->metered_us == 0 || now_us <= image->metered_us)
		return OK;
	struct cost_metering metering = {
		.project = image->project,
		.resource = image->name,
		.resource_display_name = image->display_name,
		.product_version = image->product_version,
		.rate_card = image->rate_card,
		.shape = { .snapshot_gib = image->size_gib },
		.from_us = image->metered_us,
		.to_us = now_us,
	};
	TRY(cost_meter_machine(tx, &metering));
	image->metered_us = now_us;
	return OK;
}

/** What an operation that did not succeed left as it was. */
static enum machine_image_state resting_state(const struct machine_image *image, const struct operation *operation)
{
	enum machine_image_state before =
		(enum machine_image_state)json_int(json_get(operation->input, "state_before"), MACHINE_IMAGE_READY);

	if (image->state == MACHINE_IMAGE_DELETED)
		return image->state;
	if (operation->state == OPERATION_SUCCEEDED)
		return MACHINE_IMAGE_READY;
	return before == MACHINE_IMAGE_CREATING ? MACHINE_IMAGE_FAILED : before;
}

/** What never came to be counts no more. */
static struct status give_back(struct store_tx *tx, struct machine_image *image)
{
	struct quota_delta back = { .disk_gib = -image->quota_gib };

	if (machine_image_exists(image) || image->quota_gib == 0)
		return OK;
	image->quota_gib = 0;
	return request_quota_adjust(tx, image->project, &back);
}

struct status machine_image_settle(struct store_tx *tx, const struct operation *operation)
{
	const char *machine = json_text(json_get(operation->input, "machine"), NULL);
	struct machine_image image;

	TRY(machine_image_get(tx, json_text(json_get(operation->input, "image"), ""), &image));
	TRY(machine_image_meter(tx, &image, time_now_us()));
	image.state = resting_state(&image, operation);
	if (image.state == MACHINE_IMAGE_FAILED || image.state == MACHINE_IMAGE_DELETED)
		image.metered_us = 0;
	image.state_message = status_is_ok(operation->failure) ? "" : text_or_empty(operation->failure.message);
	image.operation = "";
	image.updated_us = time_now_us();
	TRY(give_back(tx, &image));
	TRY(machine_image_update(tx, &image));
	if (machine)
		TRY(settle_free_machine(tx, operation, machine));
	return settle_audit(tx, operation);
}

struct status machine_image_may_use(struct store_tx *tx, const struct catalog_image_use *use, bool *may)
{
	struct machine_image image;
	const char **tenants;
	size_t count;
	bool is_ours;

	*may = true;
	TRY(machine_image_of_native(tx, use->connection, use->native_id, &image, &is_ours));
	if (!is_ours)
		return OK;
	TRY(iam_ancestry(tx, resource_tenant(store_arena(tx), use->project), &tenants, &count));
	*may = false;
	for (size_t i = 0; i < count && image.state == MACHINE_IMAGE_READY; i++)
		*may = *may || text_equal(tenants[i], image.tenant);
	return OK;
}
