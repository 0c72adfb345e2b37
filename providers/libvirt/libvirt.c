/* SPDX-License-Identifier: Apache-2.0 */
/* libvirt.c: the row of the libvirt adapter: what it can, and how it is repeated. */
#include "providers/libvirt/libvirt.h"

#include "providers/libvirt/session.h"
#include "providers/libvirt/sidecar.h"

static struct provider_result libvirt_check(struct arena *arena, const struct provider_config *config)
{
	struct libvirt_options options;
	return libvirt_options_read(arena, config, &options);
}

static const struct provider_ops OPS = {
	.check = libvirt_check,
	.open = libvirt_open,
	.close = libvirt_close,
	.probe = libvirt_probe,
	.sizes = libvirt_sizes,
	.images = libvirt_images,
	.networks = libvirt_networks,
	.quotas = libvirt_quotas,
	.create = libvirt_create,
	.find = libvirt_find,
	.get = libvirt_get,
	.list = libvirt_list,
	.power = libvirt_power,
	.resize = libvirt_resize,
	.rename = libvirt_rename,
	.tag = libvirt_tag,
	.remove = libvirt_remove,
	.snapshot_create = libvirt_snapshot_create,
	.snapshot_list = libvirt_snapshot_list,
	.snapshot_revert = libvirt_snapshot_revert,
	.snapshot_delete = libvirt_snapshot_delete,
	.console = libvirt_console,
	.usage = libvirt_usage,
	.task = libvirt_task,
	.volume = &libvirt_volume_ops,
	.image = &libvirt_image_ops,
};

#define STATE(name) (1u << PROVIDER_MACHINE_##name)
#define STEADY (STATE(RUNNING) | STATE(STOPPED) | STATE(SUSPENDED))
#define ANY (STEADY | STATE(UNKNOWN) | STATE(BUILDING) | STATE(TRANSITION) | STATE(FAILED))
#define READS(support_, states_, note_) { support_, false, IDEMPOTENCE_NATURAL, states_, note_ }
#define DOES(states_, note_) { SUPPORT_NATIVE, false, IDEMPOTENCE_NATURAL, states_, note_ }

const struct provider provider_libvirt = {
	.kind = "libvirt",
	.title = "libvirt (KVM/QEMU)",
	.ops = &OPS,
	.traits = {
		[VERB_SIZES] = READS(SUPPORT_EMULATED, 0, "libvirt has no sizes: a table of ours, or the option sizes"),
		[VERB_IMAGES] = READS(SUPPORT_NATIVE, 0, "the volumes of the image pool, and kernels that boot directly"),
		[VERB_NETWORKS] = READS(SUPPORT_NATIVE, 0, "\"none\" is user-mode networking: out, but not in"),
		[VERB_QUOTAS] = READS(SUPPORT_NATIVE, 0, "the size of the host; running machines may have more than it has"),
		[VERB_CREATE] = { SUPPORT_NATIVE, false, IDEMPOTENCE_UNIQUE_NAME, 0,
				  "our id is the domain's UUID; takes more networks, more disks" },
		[VERB_FIND] = READS(SUPPORT_NATIVE, 0, "by UUID; an unfinished create is finished by it, or taken away"),
		[VERB_GET] = READS(SUPPORT_NATIVE, ANY, NULL),
		[VERB_LIST] = READS(SUPPORT_NATIVE, 0, NULL),
		[VERB_START] = DOES(STATE(STOPPED) | STATE(FAILED), NULL),
		[VERB_STOP] = DOES(STATE(RUNNING) | STATE(SUSPENDED) | STATE(TRANSITION) | STATE(FAILED) | STATE(UNKNOWN), NULL),
		[VERB_SHUTDOWN] = { SUPPORT_NATIVE, true, IDEMPOTENCE_NATURAL, STATE(RUNNING),
				    "asks by ACPI; a guest that does not listen never ends" },
		[VERB_REBOOT] = DOES(STATE(RUNNING), "asks by ACPI; repeating it boots once more"),
		[VERB_RESET] = DOES(STATE(RUNNING), "repeating it boots once more"),
		[VERB_SUSPEND] = DOES(STATE(RUNNING), "the memory stays in use"),
		[VERB_RESUME] = DOES(STATE(SUSPENDED), NULL),
		[VERB_RESIZE] = DOES(STATE(STOPPED), "the machine must be stopped"),
		[VERB_RENAME] = DOES(ANY, "the title and our name of it; the domain's own name stays"),
		[VERB_TAG] = DOES(ANY, "in the domain's metadata"),
		[VERB_DELETE] = DOES(ANY, "with its disks; of a foreign machine only the definition"),
		[VERB_SNAPSHOT_CREATE] = DOES(STEADY, "internal, with the memory of a running machine;"
							      " a second one with the same name is the first"),
		[VERB_SNAPSHOT_LIST] = READS(SUPPORT_NATIVE, ANY, NULL),
		[VERB_SNAPSHOT_REVERT] = DOES(STEADY, "the size of then comes back too"),
		[VERB_SNAPSHOT_DELETE] = DOES(STEADY, NULL),
		[VERB_CONSOLE] = READS(SUPPORT_NATIVE, ANY, "from a file, so only on the host of the hypervisor"),
		[VERB_USAGE] = READS(SUPPORT_NATIVE, ANY, "counters begin anew with each start"),
		[VERB_VOLUME_CREATE] = { SUPPORT_NATIVE, false, IDEMPOTENCE_UNIQUE_NAME, 0,
					 "our id is in the volume's name; our marks are in a small file beside it" },
		[VERB_VOLUME_GET] = READS(SUPPORT_NATIVE, 0, "where it is attached stands in the machines' definitions"),
		[VERB_VOLUME_LIST] = READS(SUPPORT_NATIVE, 0, "those that a Gaon made"),
		[VERB_VOLUME_ATTACH] = DOES(STATE(RUNNING) | STATE(STOPPED), NULL),
		[VERB_VOLUME_DETACH] = { SUPPORT_NATIVE, true, IDEMPOTENCE_NATURAL, 0,
					 "a guest that runs must let go of it; one that does not listen never does" },
		[VERB_VOLUME_GROW] = DOES(0, NULL),
		[VERB_VOLUME_DELETE] = DOES(0, NULL),
		[VERB_IMAGE_CREATE] = { SUPPORT_NATIVE, true, IDEMPOTENCE_UNIQUE_NAME, STATE(STOPPED),
					"a whole copy of the disk of a machine that is off" },
		[VERB_IMAGE_LIST] = READS(SUPPORT_NATIVE, 0, "those that a Gaon made"),
		[VERB_IMAGE_DELETE] = DOES(0, "refused while a machine's disk stands on it"),
	},
	.options = libvirt_option_rows,
	.option_count = LIBVIRT_OPTION_COUNT,
	.visibility_delay_ms = 0,
	.concurrency = 8,
};
