/* SPDX-License-Identifier: Apache-2.0 */
/* device.c: reading the devices of a virtual machine. */
#include <string.h>

#include "providers/vsphere/vm.h"
#include "runtime/base/text.h"

#define BUS_WIDTH 16      /* places on a SCSI controller; the eighth is the controller itself */
#define OWN_UNIT 7

static bool is_one_of(const char *type, const char *const *types)
{
	for (; *types; types++)
		if (text_equal(type, *types))
			return true;
	return false;
}

bool vsphere_is_disk(const struct xml *device)
{
	return text_equal(vsphere_type(device), "VirtualDisk");
}

bool vsphere_is_network_card(const struct xml *device)
{
	static const char *const TYPES[] = { "VirtualVmxnet3", "VirtualVmxnet3Vrdma", "VirtualVmxnet2", "VirtualVmxnet",
					     "VirtualE1000",   "VirtualE1000e",       "VirtualPCNet32", "VirtualSriovEthernetCard",
					     NULL };

	return is_one_of(vsphere_type(device), TYPES);
}

static bool is_scsi(const char *type)
{
	static const char *const TYPES[] = { "ParaVirtualSCSIController", "VirtualLsiLogicController",
					     "VirtualLsiLogicSASController", "VirtualBusLogicController", NULL };

	return is_one_of(type, TYPES);
}

bool vsphere_is_disk_controller(const struct xml *device)
{
	const char *type = vsphere_type(device);

	return is_scsi(type) || text_equal(type, "VirtualNVMEController") || text_equal(type, "VirtualAHCIController");
}

int64_t vsphere_device_int(const struct xml *device, const char *name, int64_t otherwise)
{
	return xml_int(xml_child(device, name), otherwise);
}

const struct xml *vsphere_boot_disk(const struct xml *devices)
{
	const struct xml *first = NULL;

	for (const struct xml *each = devices ? devices->children : NULL; each; each = each->next) {
		if (!vsphere_is_disk(each))
			continue;
		int64_t controller = vsphere_device_int(each, "controllerKey", INT64_MAX);
		int64_t least = vsphere_device_int(first, "controllerKey", INT64_MAX);
		bool is_before = controller < least ||
				 (controller == least && vsphere_device_int(each, "unitNumber", INT64_MAX) <
								 vsphere_device_int(first, "unitNumber", INT64_MAX));
		if (!first || is_before)
			first = each;
	}
	return first;
}

size_t vsphere_disk_count(const struct xml *devices)
{
	size_t count = 0;

	for (const struct xml *each = devices ? devices->children : NULL; each; each = each->next)
		count += vsphere_is_disk(each);
	return count;
}

const char *vsphere_disk_file(const struct xml *disk)
{
	return xml_text(xml_path(disk, "backing", "fileName", NULL), "");
}

int64_t vsphere_disk_bytes(const struct xml *disk)
{
	int64_t kib = vsphere_device_int(disk, "capacityInKB", 0);

	if (kib < 0 || kib > INT64_MAX / 1024)
		kib = 0;
	return vsphere_device_int(disk, "capacityInBytes", kib * 1024);
}

static bool is_taken(const struct xml *devices, int64_t controller, int64_t unit)
{
	for (const struct xml *each = devices->children; each; each = each->next)
		if (vsphere_device_int(each, "controllerKey", -1) == controller &&
		    vsphere_device_int(each, "unitNumber", -1) == unit)
			return true;
	return false;
}

bool vsphere_disk_place(const struct xml *devices, size_t skip, int64_t *controller, int64_t *unit)
{
	for (const struct xml *each = devices ? devices->children : NULL; each; each = each->next) {
		int64_t key = vsphere_device_int(each, "key", -1);
		if (!vsphere_is_disk_controller(each))
			continue;
		for (int64_t at = 0; at < BUS_WIDTH - 1; at++) {
			if ((is_scsi(vsphere_type(each)) && at == OWN_UNIT) || is_taken(devices, key, at))
				continue;
			if (skip-- > 0)
				continue;
			*controller = key;
			*unit = at;
			return true;
		}
	}
	return false;
}

const char *vsphere_card_network(struct arena *arena, const struct xml *card)
{
	const struct xml *backing = xml_child(card, "backing");
	const char *key = xml_text(xml_path(backing, "port", "portgroupKey", NULL), NULL);

	/* A distributed port group's key is its managed object's id. */
	if (vsphere_is_id(key))
		return arena_strdup(arena, key);
	struct vsphere_ref network = vsphere_ref_read(xml_child(backing, "network"));
	return network.id ? arena_strdup(arena, network.id) : NULL;
}
