/* SPDX-License-Identifier: Apache-2.0 */
/* vsphere.c: the row of the vSphere adapter: what it can, how it is repeated, and what an endpoint takes away. */
#include "providers/vsphere/vsphere.h"

#include "runtime/base/text.h"

static const struct provider_ops OPS = {
	.open = vsphere_open,
	.close = vsphere_close,
	.probe = vsphere_probe,
	.regions = vsphere_regions,
	.sizes = vsphere_sizes,
	.images = vsphere_images,
	.networks = vsphere_networks,
	.quotas = vsphere_quotas,
	.create = vsphere_create,
	.find = vsphere_find,
	.get = vsphere_get,
	.list = vsphere_list,
	.changes = vsphere_changes,
	.power = vsphere_power,
	.resize = vsphere_resize,
	.rename = vsphere_rename,
	.tag = vsphere_tag,
	.remove = vsphere_remove,
	.snapshot_create = vsphere_snapshot_create,
	.snapshot_list = vsphere_snapshot_list,
	.snapshot_revert = vsphere_snapshot_revert,
	.snapshot_delete = vsphere_snapshot_delete,
	.console_url = vsphere_console_url,
	.metrics = vsphere_metrics,
	.task = vsphere_task,
	.volume = &vsphere_volume_ops,
	.image = &vsphere_image_ops,
};

#define STATE(name) (1u << PROVIDER_MACHINE_##name)
#define STEADY (STATE(RUNNING) | STATE(STOPPED) | STATE(SUSPENDED))
#define ANY (STEADY | STATE(UNKNOWN) | STATE(BUILDING) | STATE(TRANSITION) | STATE(FAILED))
#define READS(support_, states_, note_) { support_, false, IDEMPOTENCE_NATURAL, states_, note_ }
#define WORKS(states_, note_) { SUPPORT_NATIVE, true, IDEMPOTENCE_NATURAL, states_, note_ }
#define DOES(states_, note_) { SUPPORT_NATIVE, false, IDEMPOTENCE_NATURAL, states_, note_ }

const struct provider provider_vsphere = {
	.kind = "vsphere",
	.title = "VMware vSphere (vCenter, ESXi)",
	.ops = &OPS,
	.traits = {
		[VERB_REGIONS] = READS(SUPPORT_NATIVE, 0, "datacenters, then the clusters and hosts of the connection's own"),
		[VERB_SIZES] = READS(SUPPORT_EMULATED, 0, "vSphere has no sizes: a table of ours, or the option sizes"),
		[VERB_IMAGES] = READS(SUPPORT_NATIVE, 0, "templates; on ESXi machines that are named like one, with one disk"),
		[VERB_NETWORKS] = READS(SUPPORT_NATIVE, 0, "standard and distributed port groups, NSX networks"),
		[VERB_QUOTAS] = READS(SUPPORT_NATIVE, 0, "the room of the resource pool and of the datastore"),
		[VERB_CREATE] = { SUPPORT_NATIVE, true, IDEMPOTENCE_UNIQUE_NAME, 0,
				  "the machine's name (ESXi: its folder) has our id in it; takes zone, more networks, more disks" },
		[VERB_FIND] = READS(SUPPORT_NATIVE, 0, "by instanceUuid; an unfinished create is finished by it, or taken away"),
		[VERB_GET] = READS(SUPPORT_NATIVE, ANY, NULL),
		[VERB_LIST] = READS(SUPPORT_NATIVE, 0, "pages of the property collector; a token ends with the login"),
		[VERB_CHANGES] = READS(SUPPORT_NATIVE, 0, "from the vCenter's events; a cursor is good for a week"),
		[VERB_START] = WORKS(STATE(STOPPED), NULL),
		[VERB_STOP] = WORKS(STATE(RUNNING) | STATE(SUSPENDED), NULL),
		[VERB_SHUTDOWN] = WORKS(STATE(RUNNING), "asks VMware Tools; a guest that does not listen never ends"),
		[VERB_REBOOT] = WORKS(STATE(RUNNING), "asks VMware Tools (or resets, see hard_reboot); repeating it boots once more"),
		[VERB_RESET] = WORKS(STATE(RUNNING), "repeating it boots once more"),
		[VERB_SUSPEND] = WORKS(STATE(RUNNING), NULL),
		[VERB_RESUME] = WORKS(STATE(SUSPENDED), NULL),
		[VERB_RESIZE] = WORKS(STATE(STOPPED), "the machine must be stopped; memory in steps of 4 MiB"),
		[VERB_RENAME] = WORKS(ANY, "files keep their names"),
		[VERB_TAG] = WORKS(ANY, "kept in extraConfig, of machines that Gaon made"),
		[VERB_DELETE] = WORKS(ANY, "with its disks, also of a foreign machine"),
		[VERB_SNAPSHOT_CREATE] = WORKS(STEADY, "with the memory of a running machine (see memory_snapshots);"
						       " a second one with the same name is the first"),
		[VERB_SNAPSHOT_LIST] = READS(SUPPORT_NATIVE, ANY, NULL),
		[VERB_SNAPSHOT_REVERT] = WORKS(STEADY, "the size and tags of then come back too"),
		[VERB_SNAPSHOT_DELETE] = WORKS(STEADY, NULL),
		[VERB_CONSOLE_URL] = READS(SUPPORT_NATIVE, STATE(RUNNING), "a webmks ticket: for one use, within minutes"),
		[VERB_METRICS] = READS(SUPPORT_NATIVE, ANY, "20 s for an hour, then as the vCenter's statistics levels keep them"),
		[VERB_VOLUME_CREATE] = { SUPPORT_EMULATED, true, IDEMPOTENCE_UNIQUE_NAME, 0,
					 "a disk, kept by a machine that is never started; its type is a datastore" },
		[VERB_VOLUME_GET] = READS(SUPPORT_EMULATED, 0, NULL),
		[VERB_VOLUME_LIST] = READS(SUPPORT_EMULATED, 0, "pages as of machines, of which some hold no volume"),
		[VERB_VOLUME_ATTACH] = { SUPPORT_EMULATED, true, IDEMPOTENCE_NATURAL, STATE(RUNNING) | STATE(STOPPED),
					 "as an independent disk, which snapshots of the machine leave out" },
		[VERB_VOLUME_DETACH] = { SUPPORT_EMULATED, true, IDEMPOTENCE_NATURAL, 0, NULL },
		[VERB_VOLUME_GROW] = { SUPPORT_EMULATED, true, IDEMPOTENCE_NATURAL, 0, "while it is attached nowhere" },
		[VERB_VOLUME_DELETE] = { SUPPORT_EMULATED, true, IDEMPOTENCE_NATURAL, 0, NULL },
		[VERB_IMAGE_CREATE] = { SUPPORT_NATIVE, true, IDEMPOTENCE_UNIQUE_NAME, STEADY, "a clone that becomes a template" },
		[VERB_IMAGE_LIST] = READS(SUPPORT_NATIVE, 0, NULL),
		[VERB_IMAGE_DELETE] = WORKS(0, NULL),
	},
	.options = vsphere_option_rows,
	.option_count = VSPHERE_OPTION_COUNT,
	.visibility_delay_ms = 0,
	.concurrency = 8,
};

/* What only a vCenter does. */
#define NO_TEMPLATES "a standalone host makes no templates; stop a machine and name it like one (option template_prefix)"
static const struct {
	enum provider_verb verb;
	const char *note;
} CENTRAL[] = {
	{ VERB_CHANGES, "a standalone host keeps too few events; its machines are listed instead" },
	{ VERB_IMAGE_CREATE, NO_TEMPLATES },
	{ VERB_IMAGE_LIST, NO_TEMPLATES },
	{ VERB_IMAGE_DELETE, NO_TEMPLATES },
};

struct provider_result vsphere_probe(struct provider_session *session, struct provider_call *call, struct provider_info *info)
{
	const struct vsphere_service *service;
	const struct vsphere_place *place;
	const struct vsphere_datastore *datastore;

	struct provider_result result = vsphere_enter(session, call, &service);
	if (result.error == PROVIDER_OK)
		result = vsphere_place(session, call, &place);
	if (result.error == PROVIDER_OK)
		result = vsphere_datastore_choose(call, place, place->compute, NULL, &datastore);
	if (result.error != PROVIDER_OK)
		return result;
	*info = (struct provider_info){ .product = arena_strdup(call->arena, service->product),
					.version = arena_strdup(call->arena, service->version) };
	for (int verb = 0; verb < VERB_COUNT; verb++)
		info->support[verb] = provider_vsphere.traits[verb].support;
	for (size_t i = 0; i < sizeof CENTRAL / sizeof CENTRAL[0] && !service->is_vcenter; i++) {
		info->support[CENTRAL[i].verb] = SUPPORT_NONE;
		info->notes[CENTRAL[i].verb] = CENTRAL[i].note;
	}
	return result;
}
