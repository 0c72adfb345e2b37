/* SPDX-License-Identifier: Apache-2.0 */
/* openstack.c: the row of the OpenStack adapter: what it can, and how it is repeated. */
#include "providers/openstack/openstack.h"

#include "providers/openstack/machine.h"
#include "providers/openstack/things.h"

static const struct provider_ops OPS = {
	.check = openstack_check,
	.open = openstack_open,
	.close = openstack_close,
	.probe = openstack_probe,
	.regions = openstack_regions,
	.sizes = openstack_sizes,
	.images = openstack_images,
	.networks = openstack_networks,
	.quotas = openstack_quotas,
	.create = openstack_create,
	.find = openstack_find,
	.get = openstack_get,
	.list = openstack_list_machines,
	.changes = openstack_changes,
	.power = openstack_power,
	.resize = openstack_resize,
	.rename = openstack_rename,
	.tag = openstack_tag,
	.remove = openstack_remove,
	.snapshot_create = openstack_snapshot_create,
	.snapshot_list = openstack_snapshot_list,
	.snapshot_revert = openstack_snapshot_revert,
	.snapshot_delete = openstack_snapshot_delete,
	.console = openstack_console,
	.console_url = openstack_console_url,
	.usage = openstack_usage,
	.task = openstack_task,
	.volume = &openstack_volume_ops,
	.image = &openstack_image_ops,
	.network = &openstack_network_ops,
};

#define STATE(name) (1u << PROVIDER_MACHINE_##name)
#define STEADY (STATE(RUNNING) | STATE(STOPPED))
#define ANY (STEADY | STATE(SUSPENDED) | STATE(UNKNOWN) | STATE(BUILDING) | STATE(TRANSITION) | STATE(FAILED))
#define READS(states_, note_)                                                                                          \
	{                                                                                                              \
		SUPPORT_NATIVE, false, IDEMPOTENCE_NATURAL, states_, note_                                             \
	}
#define DOES(states_, note_)                                                                                           \
	{                                                                                                              \
		SUPPORT_NATIVE, false, IDEMPOTENCE_NATURAL, states_, note_                                             \
	}
#define WORKS(states_, note_)                                                                                          \
	{                                                                                                              \
		SUPPORT_NATIVE, true, IDEMPOTENCE_NATURAL, states_, note_                                              \
	}
#define FINDS_FIRST(is_asynchronous_, note_)                                                                           \
	{                                                                                                              \
		SUPPORT_NATIVE, is_asynchronous_, IDEMPOTENCE_TAG_LOOKUP, 0, note_                                     \
	}
#define EMULATED(is_asynchronous_, idempotence_, states_, note_)                                                       \
	{                                                                                                              \
		SUPPORT_EMULATED, is_asynchronous_, idempotence_, states_, note_                                       \
	}

const struct provider provider_openstack = {
	.kind = "openstack",
	.title = "OpenStack",
	.ops = &OPS,
	.traits = {
		[VERB_REGIONS] = READS(0, "regions of the catalog, availability zones of Nova"),
		[VERB_SIZES] = READS(0, "flavors"),
		[VERB_IMAGES] = READS(0, "active images, without snapshots of machines"),
		[VERB_NETWORKS] = READS(0, "with the addresses of all subnets; external ones only when they are shared"),
		[VERB_QUOTAS] = READS(0, "of Nova, Cinder and Neutron: three exchanges"),
		[VERB_CREATE] = FINDS_FIRST(true, "takes a zone, more networks, security groups, more disks;"
						  " a key becomes a key pair named by its digest"),
		[VERB_FIND] = READS(0, "by server tag; where Nova is older than 2.52 all machines are looked at"),
		[VERB_GET] = READS(ANY, NULL),
		[VERB_LIST] = READS(0, NULL),
		[VERB_CHANGES] = READS(0, "what changed in the last 10 s is told twice; a cursor is good for 24 h"),
		[VERB_START] = WORKS(STATE(STOPPED) | STATE(FAILED), "a shelved machine is unshelved"),
		[VERB_STOP] = WORKS(STATE(RUNNING) | STATE(SUSPENDED) | STATE(FAILED),
				    "Nova asks the guest first, and switches it off after a time of its own;"
				    " a suspended one is woken before"),
		[VERB_SHUTDOWN] = WORKS(STATE(RUNNING), "as stop: Nova asks the guest, and switches it off after a time of its own"),
		[VERB_REBOOT] = WORKS(STATE(RUNNING), "repeating it boots once more"),
		[VERB_RESET] = WORKS(STATE(RUNNING), "repeating it boots once more"),
		[VERB_SUSPEND] = WORKS(STATE(RUNNING), NULL),
		[VERB_RESUME] = WORKS(STATE(SUSPENDED), "a paused machine too"),
		[VERB_RESIZE] = WORKS(STEADY, "confirmed by itself; a running machine is stopped and started by Nova"),
		[VERB_RENAME] = DOES(ANY, NULL),
		[VERB_TAG] = DOES(ANY, "as metadata: read, then replaced"),
		[VERB_DELETE] = WORKS(ANY, "with the disks it was made with, and the images that are its snapshots"),
		[VERB_SNAPSHOT_CREATE] = EMULATED(true, IDEMPOTENCE_TAG_LOOKUP, STEADY,
						  "an image of the machine that bears its id; without memory;"
						  " not where machines boot from volumes"),
		[VERB_SNAPSHOT_LIST] = EMULATED(false, IDEMPOTENCE_NATURAL, ANY, "the images that bear the machine's id"),
		[VERB_SNAPSHOT_REVERT] = EMULATED(true, IDEMPOTENCE_NATURAL, STEADY | STATE(FAILED),
						  "the machine is rebuilt from the image: its disk is replaced, its size stays"),
		[VERB_SNAPSHOT_DELETE] = EMULATED(false, IDEMPOTENCE_NATURAL, ANY, "the image is deleted"),
		[VERB_CONSOLE] = READS(ANY, NULL),
		[VERB_CONSOLE_URL] = READS(STATE(RUNNING), "of the option console_type"),
		[VERB_USAGE] = READS(ANY, "Nova shows diagnostics to administrators, unless its policy says otherwise; unknown then"),
		[VERB_VOLUME_CREATE] = FINDS_FIRST(true, NULL),
		[VERB_VOLUME_GET] = READS(0, NULL),
		[VERB_VOLUME_LIST] = READS(0, NULL),
		[VERB_VOLUME_ATTACH] = WORKS(STEADY, NULL),
		[VERB_VOLUME_DETACH] = WORKS(0, NULL),
		[VERB_VOLUME_GROW] = WORKS(0, "an attached one only where Cinder and its backend can"),
		[VERB_VOLUME_DELETE] = WORKS(0, "one with snapshots is a conflict"),
		[VERB_VOLUME_SNAPSHOT_CREATE] = FINDS_FIRST(true, "also of an attached volume: as a disk looks after the power went"),
		[VERB_VOLUME_SNAPSHOT_LIST] = READS(0, NULL),
		[VERB_VOLUME_SNAPSHOT_DELETE] = WORKS(0, NULL),
		[VERB_IMAGE_CREATE] = FINDS_FIRST(true, "of a running machine too;"
							" of one that boots from a volume it stands for volume snapshots"),
		[VERB_IMAGE_LIST] = READS(0, "the project's own"),
		[VERB_IMAGE_DELETE] = WORKS(0, "with the volume snapshots under it"),
		[VERB_NETWORK_CREATE] = FINDS_FIRST(false, "network, subnet and (parent: a router) the router's port: three exchanges"),
		[VERB_NETWORK_LIST] = READS(0, "our marks stand in the description"),
		[VERB_NETWORK_DELETE] = DOES(0, "one of ours is taken off its router first"),
		[VERB_SECURITY_GROUP_CREATE] = FINDS_FIRST(false, "Neutron lets everything out until there are rules"),
		[VERB_SECURITY_GROUP_LIST] = READS(0, NULL),
		[VERB_SECURITY_GROUP_RULES] = EMULATED(false, IDEMPOTENCE_NATURAL, 0,
						       "what is missing is added at once, then each that is too many removed"),
		[VERB_SECURITY_GROUP_DELETE] = DOES(0, NULL),
		[VERB_ADDRESS_ALLOCATE] = FINDS_FIRST(false, "floating addresses"),
		[VERB_ADDRESS_LIST] = READS(0, NULL),
		[VERB_ADDRESS_ASSOCIATE] = DOES(0, "to the first port of the machine that has an IPv4 address"),
		[VERB_ADDRESS_DISASSOCIATE] = DOES(0, NULL),
		[VERB_ADDRESS_RELEASE] = DOES(0, NULL),
		[VERB_KEY_PAIR_IMPORT] = { SUPPORT_NATIVE, false, IDEMPOTENCE_UNIQUE_NAME, 0, "of the user that signs in" },
		[VERB_KEY_PAIR_LIST] = READS(0, NULL),
		[VERB_KEY_PAIR_DELETE] = DOES(0, NULL),
	},
	.options = openstack_option_rows,
	.option_count = OPENSTACK_OPTION_COUNT,
	.has_fixed_sizes = true,
	/* Nova does not stop when its asker has gone: a machine was seen to be made 13 s after a time-out of 20, on a busy cloud. */
	.visibility_delay_ms = 60000,
	.concurrency = 8,
};
