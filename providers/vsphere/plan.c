/* SPDX-License-Identifier: Apache-2.0 */
/* plan.c: what a machine is to be: an order's spec, checked against the place. */
#include <string.h>

#include "providers/vsphere/vm.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define NETWORKS_MOST 10
#define DISKS_MOST 12
#define DISK_GIB_MOST (62 * 1024) /* vSphere's own */
#define FRESH "fresh:"
#define GIB (INT64_C(1) << 30)

static struct provider_result invalid(struct provider_call *call, const char *text)
{
	return provider_fail(call->arena, PROVIDER_INVALID, "%s", text);
}

static struct provider_result texts_check(struct provider_call *call, const struct provider_machine_spec *spec,
					  struct vsphere_plan *plan)
{
	plan->name = vsphere_name_make(call->arena, spec->name, spec->intent.resource);
	if (!id_is_uuid(text_or_empty(spec->intent.resource)))
		return invalid(call, "the intent's resource must be a UUID");
	if (!plan->name)
		return provider_fail(call->arena, PROVIDER_INVALID, "a machine's name must have 1 to %d printable characters",
				     VSPHERE_NAME_MOST - VSPHERE_SUFFIX);
	if (spec->security_group_count > 0)
		return invalid(call, "vSphere has no security groups; order the machine without any");
	if (spec->user_data && (strlen(spec->user_data) > VSPHERE_USER_DATA_MOST || !text_is_utf8(slice_text(spec->user_data))))
		return provider_fail(call->arena, PROVIDER_INVALID, "user data must be UTF-8 text of at most %d bytes",
				     VSPHERE_USER_DATA_MOST);
	return vsphere_tags_check(call->arena, spec->tags);
}

static struct provider_result numbers_check(struct provider_session *session, struct provider_call *call,
					    const struct provider_machine_spec *spec, struct vsphere_plan *plan)
{
	plan->numbers = (struct provider_resize_spec){ .vcpus = spec->vcpus, .memory_mib = spec->memory_mib };
	if (spec->disk_gib < 0 || spec->disk_gib > DISK_GIB_MOST)
		return provider_fail(call->arena, PROVIDER_INVALID, "a disk must have 1 to %d GiB", DISK_GIB_MOST);
	if (spec->disk_count > DISKS_MOST)
		return provider_fail(call->arena, PROVIDER_INVALID, "a machine can be ordered with at most %d more disks", DISKS_MOST);
	for (size_t i = 0; i < spec->disk_count; i++)
		if (spec->disks[i].size_gib < 1 || spec->disks[i].size_gib > DISK_GIB_MOST)
			return provider_fail(call->arena, PROVIDER_INVALID, "disk %zu must have 1 to %d GiB", i + 1, DISK_GIB_MOST);
	return vsphere_numbers_check(call->arena, session, spec->size, &plan->numbers);
}

static struct provider_result stores_check(struct provider_call *call, const struct vsphere_place *place,
					   const struct provider_machine_spec *spec, struct vsphere_plan *plan)
{
	const struct vsphere_datastore *ignored;

	plan->compute = spec->zone ? vsphere_compute_find(place, spec->zone) : place->compute;
	if (!plan->compute)
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "the datacenter has no cluster or host \"%.100s\"; list the regions and choose a zone", spec->zone);
	struct provider_result result = vsphere_datastore_choose(call, place, plan->compute, NULL, &plan->datastore);
	for (size_t i = 0; i < spec->disk_count && result.error == PROVIDER_OK; i++)
		if (spec->disks[i].type)
			result = vsphere_datastore_choose(call, place, plan->compute, spec->disks[i].type, &ignored);
	return result;
}

static bool is_fresh_guest(const struct provider_session *session, const char *guest)
{
	for (size_t i = 0; i < json_size(session->options.fresh_guests); i++)
		if (text_equal(json_text(json_at(session->options.fresh_guests, i), NULL), guest))
			return true;
	return false;
}

static struct provider_result no_image(struct provider_call *call, const char *image)
{
	return provider_fail(call->arena, PROVIDER_INVALID, "vSphere has no image \"%.100s\"; list the images and choose one",
			     text_or_empty(image));
}

static struct provider_result image_check(struct provider_session *session, struct provider_call *call,
					  const struct vsphere_place *place, const struct provider_machine_spec *spec,
					  struct vsphere_plan *plan)
{
	const char *image = text_or_empty(spec->image);

	if (text_starts_with(image, FRESH)) {
		plan->guest_id = image + strlen(FRESH);
		return is_fresh_guest(session, plan->guest_id) ? PROVIDER_DONE : no_image(call, image);
	}
	struct provider_result result = vsphere_vm_get(session, call, image, VSPHERE_IMAGE, &plan->image);
	if (result.error == PROVIDER_NOT_FOUND)
		return no_image(call, image);
	if (result.error != PROVIDER_OK)
		return result;
	const struct xml *disk = vsphere_boot_disk(plan->image.devices);
	if (!vsphere_is_ready(place, &plan->image))
		return no_image(call, image);
	if (!disk)
		return provider_fail(call->arena, PROVIDER_INVALID, "the image \"%.100s\" has no disk; choose another one", image);
	if (!place->is_vcenter && vsphere_disk_count(plan->image.devices) > 1)
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "the image \"%.100s\" has several disks, which only a vCenter can clone; choose another one", image);
	if (spec->disk_gib > 0 && spec->disk_gib * GIB < vsphere_disk_bytes(disk))
		return provider_fail(call->arena, PROVIDER_INVALID, "the image \"%.100s\" needs a disk of %lld GiB at least", image,
				     (long long)plan->image.machine.disk_gib);
	plan->guest_id = plan->image.guest_id;
	return PROVIDER_DONE;
}

static struct provider_result networks_check(struct provider_session *session, struct provider_call *call,
					     const struct vsphere_place *place, const struct provider_machine_spec *spec,
					     struct vsphere_plan *plan)
{
	const char *first = spec->network ? spec->network : session->options.network;
	struct provider_result result = PROVIDER_DONE;

	if (spec->more_network_count > NETWORKS_MOST - 1)
		return provider_fail(call->arena, PROVIDER_INVALID, "a machine can be on at most %d networks", NETWORKS_MOST);
	/* An image without a card, and what vCenter does not clone: something must be the first network. */
	if (!first && plan->image.machine.network)
		first = plan->image.machine.network;
	if (!first && place->network_count > 0)
		first = place->networks[0].ref.id;
	plan->networks = ARENA_ARRAY(call->arena, NETWORKS_MOST, struct vsphere_network);
	for (size_t i = 0; i <= spec->more_network_count && result.error == PROVIDER_OK; i++) {
		const char *id = i == 0 ? first : spec->more_networks[i - 1];
		if (!id && i == 0)
			continue;
		result = vsphere_network_find(session, call, place, text_or_empty(id), &plan->networks[plan->network_count]);
		plan->network_count += result.error == PROVIDER_OK;
	}
	return result;
}

struct provider_result vsphere_plan_make(struct provider_session *session, struct provider_call *call,
					 const struct provider_machine_spec *spec, struct vsphere_plan *plan)
{
	const struct vsphere_place *place;

	*plan = (struct vsphere_plan){ .spec = spec };
	struct provider_result result = texts_check(call, spec, plan);
	if (result.error == PROVIDER_OK)
		result = numbers_check(session, call, spec, plan);
	if (result.error == PROVIDER_OK)
		result = vsphere_place(session, call, &place);
	if (result.error == PROVIDER_OK)
		result = stores_check(call, place, spec, plan);
	if (result.error == PROVIDER_OK)
		result = image_check(session, call, place, spec, plan);
	if (result.error == PROVIDER_OK)
		result = networks_check(session, call, place, spec, plan);
	return result;
}

void vsphere_add_more_disks(struct xml *config, const struct provider_session *session, const struct vsphere_plan *plan,
			    const struct xml *devices, int64_t controller)
{
	for (size_t i = 0; i < plan->spec->disk_count; i++) {
		const struct provider_disk_spec *spec = &plan->spec->disks[i];
		struct vsphere_new_disk disk = { .key = -200 - (int64_t)i, .controller = controller, .is_new = true };
		/* Without devices the first place is the first disk's, and the eighth the controller's. */
		disk.unit = (int64_t)i + 1 + (i + 1 >= 7);
		if (devices && !vsphere_disk_place(devices, i, &disk.controller, &disk.unit))
			disk.unit = -1;
		disk.kib = spec->size_gib * (GIB / 1024);
		disk.file = spec->type ? arena_printf(config->arena, "[%s]", spec->type) : "";
		disk.is_thin = text_equal(session->options.disk_mode, "thin");
		vsphere_add_disk(config, &disk);
	}
}

void vsphere_add_new(struct xml *config, const struct provider_session *session, const struct vsphere_plan *plan,
		     const char *phase)
{
	const struct provider_machine_spec *spec = plan->spec;

	vsphere_add_marks(config, session, &spec->intent, VSPHERE_MACHINE, phase);
	vsphere_add_option(config, "extraConfig", "gaon.image", spec->image);
	vsphere_add_option(config, "extraConfig", "gaon.size", plan->numbers.size);
	vsphere_add_option(config, "extraConfig", "gaon.created", time_format(config->arena, time_now_us()));
	vsphere_add_tags(config, spec->tags);
	vsphere_add_user_data(config, spec, spec->name);
}
