/* SPDX-License-Identifier: Apache-2.0 */
/* nutanix.c: the row of the Nutanix adapter: what it can, how it is repeated; each verb goes to the dialect that is spoken. */
#include "providers/nutanix/nutanix.h"

#include "providers/nutanix/common.h"

/* In the calls `s` is the session and `c` the call. */
#define SPEAK(name_, parameters_, member_, arguments_)                                                  \
	static struct provider_result speak_##name_ parameters_                                         \
	{                                                                                               \
		enum nutanix_api api = NUTANIX_API_UNKNOWN;                                             \
		struct provider_result result = nutanix_api_choose(s, c, &api);                         \
		if (result.error != PROVIDER_OK)                                                        \
			return result;                                                                  \
		const struct provider_ops *ops = api == NUTANIX_API_V3 ? &nutanix_v3_ops : &nutanix_v4_ops; \
		return ops->member_ arguments_;                                                         \
	}
#define WITH(...) (struct provider_session * s, struct provider_call * c, __VA_ARGS__)
#define ID const char *id
#define TASK struct provider_task *task
#define MADE struct provider_task *task, const char **made
#define PAGE struct provider_page *page
#define INTENT const struct provider_intent *intent
#define ROWS(kind_) struct provider_##kind_ **rows, size_t *count

/* clang-format off */
SPEAK(regions, WITH(PAGE, ROWS(region)), regions, (s, c, page, rows, count))
SPEAK(images, WITH(PAGE, ROWS(image)), images, (s, c, page, rows, count))
SPEAK(networks, WITH(PAGE, ROWS(network)), networks, (s, c, page, rows, count))
SPEAK(quotas, WITH(ROWS(quota)), quotas, (s, c, rows, count))
SPEAK(create, WITH(const struct provider_machine_spec *spec, MADE), create, (s, c, spec, task, made))
SPEAK(find, WITH(INTENT, struct provider_machine *machine), find, (s, c, intent, machine))
SPEAK(get, WITH(ID, struct provider_machine *machine), get, (s, c, id, machine))
SPEAK(list, WITH(PAGE, ROWS(machine)), list, (s, c, page, rows, count))
SPEAK(power, WITH(ID, enum provider_verb verb, TASK), power, (s, c, id, verb, task))
SPEAK(resize, WITH(ID, const struct provider_resize_spec *spec, TASK), resize, (s, c, id, spec, task))
SPEAK(rename, WITH(ID, const char *name, TASK), rename, (s, c, id, name, task))
SPEAK(tag, WITH(ID, const struct json *tags, TASK), tag, (s, c, id, tags, task))
SPEAK(remove, WITH(ID, TASK), remove, (s, c, id, task))
SPEAK(snapshot_create, WITH(ID, const char *name, MADE), snapshot_create, (s, c, id, name, task, made))
SPEAK(snapshot_list, WITH(ID, ROWS(snapshot)), snapshot_list, (s, c, id, rows, count))
SPEAK(snapshot_revert, WITH(ID, const char *snapshot, TASK), snapshot_revert, (s, c, id, snapshot, task))
SPEAK(snapshot_delete, WITH(ID, const char *snapshot, TASK), snapshot_delete, (s, c, id, snapshot, task))
SPEAK(metrics, WITH(ID, const struct provider_metrics_query *query, ROWS(sample)), metrics, (s, c, id, query, rows, count))

SPEAK(volume_create, WITH(const struct provider_volume_spec *spec, MADE), volume->create, (s, c, spec, task, made))
SPEAK(volume_get, WITH(ID, struct provider_volume *volume), volume->get, (s, c, id, volume))
SPEAK(volume_list, WITH(INTENT, PAGE, ROWS(volume)), volume->list, (s, c, intent, page, rows, count))
SPEAK(volume_attach, WITH(ID, const char *machine, TASK), volume->attach, (s, c, id, machine, task))
SPEAK(volume_detach, WITH(ID, TASK), volume->detach, (s, c, id, task))
SPEAK(volume_grow, WITH(ID, int64_t size_gib, TASK), volume->grow, (s, c, id, size_gib, task))
SPEAK(volume_remove, WITH(ID, TASK), volume->remove, (s, c, id, task))

SPEAK(image_create, WITH(const struct provider_image_spec *spec, MADE), image->create, (s, c, spec, task, made))
SPEAK(image_list, WITH(INTENT, PAGE, ROWS(made_image)), image->list, (s, c, intent, page, rows, count))
SPEAK(image_remove, WITH(ID, TASK), image->remove, (s, c, id, task))
/* clang-format on */

/* A handle says itself which API it is of: the option may have been changed since. */
static struct provider_result speak_task(struct provider_session *session, struct provider_call *call, const char *text,
					 struct provider_task_status *status)
{
	struct nutanix_handle handle;
	struct provider_result result = nutanix_handle_read(call->arena, text, &handle);

	if (result.error != PROVIDER_OK)
		return result;
	return (handle.api == NUTANIX_API_V3 ? &nutanix_v3_ops : &nutanix_v4_ops)->task(session, call, text, status);
}

static struct provider_result nutanix_sizes(struct provider_session *session, struct provider_call *call,
					    struct provider_page *page, struct provider_size **sizes, size_t *count)
{
	size_t first = 0;
	struct provider_result result =
		provider_page_cut(call->arena, page, session->options.sizes.count, &first, count);

	if (result.error == PROVIDER_OK)
		*sizes = session->options.sizes.sizes + first;
	return result;
}

static const struct provider_volume_ops VOLUME_OPS = {
	.create = speak_volume_create,
	.get = speak_volume_get,
	.list = speak_volume_list,
	.attach = speak_volume_attach,
	.detach = speak_volume_detach,
	.grow = speak_volume_grow,
	.remove = speak_volume_remove,
};

static const struct provider_image_ops IMAGE_OPS = {
	.create = speak_image_create,
	.list = speak_image_list,
	.remove = speak_image_remove,
};

static const struct provider_ops OPS = {
	.check = nutanix_check,
	.open = nutanix_open,
	.close = nutanix_close,
	.probe = nutanix_probe,
	.regions = speak_regions,
	.sizes = nutanix_sizes,
	.images = speak_images,
	.networks = speak_networks,
	.quotas = speak_quotas,
	.create = speak_create,
	.find = speak_find,
	.get = speak_get,
	.list = speak_list,
	.power = speak_power,
	.resize = speak_resize,
	.rename = speak_rename,
	.tag = speak_tag,
	.remove = speak_remove,
	.snapshot_create = speak_snapshot_create,
	.snapshot_list = speak_snapshot_list,
	.snapshot_revert = speak_snapshot_revert,
	.snapshot_delete = speak_snapshot_delete,
	.metrics = speak_metrics,
	.task = speak_task,
	.volume = &VOLUME_OPS,
	.image = &IMAGE_OPS,
};

#define STATE(name) (1u << PROVIDER_MACHINE_##name)
#define STEADY (STATE(RUNNING) | STATE(STOPPED))
#define ANY (STEADY | STATE(SUSPENDED) | STATE(UNKNOWN) | STATE(BUILDING) | STATE(TRANSITION) | STATE(FAILED))
#define READS(support_, states_, note_) { support_, false, IDEMPOTENCE_NATURAL, states_, note_ }
#define WORKS(states_, note_) { SUPPORT_NATIVE, true, IDEMPOTENCE_NATURAL, states_, note_ }
#define MAKES(idempotence_, states_, note_) { SUPPORT_NATIVE, true, idempotence_, states_, note_ }

const struct provider provider_nutanix = {
	.kind = "nutanix",
	.title = "Nutanix Prism Central",
	.ops = &OPS,
	.traits = {
		[VERB_REGIONS] = READS(SUPPORT_NATIVE, 0, "a region is a cluster, and the one zone in it too"),
		[VERB_SIZES] = READS(SUPPORT_EMULATED, 0, "Nutanix has no sizes: a table of ours, or the option sizes"),
		[VERB_IMAGES] = READS(SUPPORT_NATIVE, 0, "disk images, and the machines that the option templates names"),
		[VERB_NETWORKS] = READS(SUPPORT_NATIVE, 0, "subnets; inside a VPC it is the parent"),
		[VERB_QUOTAS] = READS(SUPPORT_NATIVE, 0, "the project's limits (v3), the hosts' memory, and how many machines there are"),
		[VERB_CREATE] = { SUPPORT_NATIVE, true, IDEMPOTENCE_TOKEN, 0,
				  "takes zone, more networks, more disks; v3: by an idempotence identifier, v4: by NTNX-Request-Id" },
		[VERB_FIND] = READS(SUPPORT_NATIVE, 0, "v3: by the identifier; v4: by our marks in all descriptions, page by page"),
		[VERB_GET] = READS(SUPPORT_NATIVE, ANY, NULL),
		[VERB_LIST] = READS(SUPPORT_NATIVE, 0, NULL),
		[VERB_START] = WORKS(STATE(STOPPED), NULL),
		[VERB_STOP] = WORKS(STATE(RUNNING) | STATE(SUSPENDED) | STATE(UNKNOWN), NULL),
		[VERB_SHUTDOWN] = WORKS(STATE(RUNNING), "asks by ACPI; a guest that does not listen never ends"),
		[VERB_REBOOT] = WORKS(STATE(RUNNING), "asks by ACPI; repeating it boots once more"),
		[VERB_RESET] = WORKS(STATE(RUNNING), "repeating it boots once more"),
		[VERB_RESIZE] = WORKS(STATE(STOPPED), "the machine must be stopped"),
		[VERB_RENAME] = WORKS(STEADY, NULL),
		[VERB_TAG] = WORKS(STEADY, "tags are categories, made where there are none; those of others stay"),
		[VERB_DELETE] = WORKS(ANY, "with the recovery points that were made here; those of protection policies stay"),
		[VERB_SNAPSHOT_CREATE] = MAKES(IDEMPOTENCE_TAG_LOOKUP, STEADY,
					       "a crash-consistent recovery point; a second one with the same name is the first"),
		[VERB_SNAPSHOT_LIST] = READS(SUPPORT_NATIVE, ANY, "those that were made here"),
		[VERB_SNAPSHOT_REVERT] = { SUPPORT_EMULATED, true, IDEMPOTENCE_NATURAL, STEADY,
					   "a running machine is switched off, reverted and started again" },
		[VERB_SNAPSHOT_DELETE] = WORKS(ANY, NULL),
		[VERB_METRICS] = READS(SUPPORT_NATIVE, ANY, "processor, memory, disk; 30 s are the finest"),
		[VERB_VOLUME_CREATE] = MAKES(IDEMPOTENCE_TOKEN, 0, "a volume group with one disk; its type is a storage container"),
		[VERB_VOLUME_GET] = READS(SUPPORT_NATIVE, 0, NULL),
		[VERB_VOLUME_LIST] = READS(SUPPORT_NATIVE, 0, "volume groups with one disk"),
		[VERB_VOLUME_ATTACH] = WORKS(STEADY, NULL),
		[VERB_VOLUME_DETACH] = WORKS(0, NULL),
		[VERB_VOLUME_GROW] = WORKS(0, NULL),
		[VERB_VOLUME_DELETE] = WORKS(0, NULL),
		[VERB_IMAGE_CREATE] = MAKES(IDEMPOTENCE_TOKEN, STEADY, "of the first disk, as it is at that moment"),
		[VERB_IMAGE_LIST] = READS(SUPPORT_NATIVE, 0, NULL),
		[VERB_IMAGE_DELETE] = WORKS(0, NULL),
	},
	.options = nutanix_option_rows,
	.option_count = NUTANIX_OPTION_COUNT,
	.visibility_delay_ms = 5000, /* the lists of v4 come from an index that is written a little later */
	.concurrency = 8,
	.rate_per_second = 20,
};
