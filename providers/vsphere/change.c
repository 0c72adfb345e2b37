/* SPDX-License-Identifier: Apache-2.0 */
/* change.c: changes of devices: what a ConfigSpec's deviceChange says, in the order of the schema. */
#include <string.h>

#include "providers/vsphere/vm.h"
#include "runtime/base/text.h"

/* operation, and the device with its key. */
static struct xml *change_new(struct xml *config, const char *operation, const char *file_operation, const char *type, int64_t key)
{
	struct xml *change = vsphere_add_typed(config, "deviceChange", "VirtualDeviceConfigSpec");

	xml_add_text(change, "operation", operation);
	if (file_operation)
		xml_add_text(change, "fileOperation", file_operation);
	struct xml *device = vsphere_add_typed(change, "device", type);
	xml_add_int(device, "key", key);
	return device;
}

static void place_add(struct xml *device, const struct xml *from)
{
	if (xml_child(from, "controllerKey"))
		xml_add_int(device, "controllerKey", vsphere_device_int(from, "controllerKey", 0));
	if (xml_child(from, "unitNumber"))
		xml_add_int(device, "unitNumber", vsphere_device_int(from, "unitNumber", 0));
}

static void network_add(struct xml *device, const struct vsphere_network *network)
{
	struct xml *backing;

	if (network->switch_uuid) {
		backing = vsphere_add_typed(device, "backing", "VirtualEthernetCardDistributedVirtualPortBackingInfo");
		struct xml *port = xml_add(backing, "port");
		xml_add_text(port, "switchUuid", network->switch_uuid);
		xml_add_text(port, "portgroupKey", network->port_group_key);
	} else if (network->opaque_id) {
		backing = vsphere_add_typed(device, "backing", "VirtualEthernetCardOpaqueNetworkBackingInfo");
		xml_add_text(backing, "opaqueNetworkId", network->opaque_id);
		xml_add_text(backing, "opaqueNetworkType", network->opaque_type);
	} else {
		backing = vsphere_add_typed(device, "backing", "VirtualEthernetCardNetworkBackingInfo");
		xml_add_text(backing, "deviceName", network->name);
	}
}

static void connection_add(struct xml *device)
{
	struct xml *connectable = xml_add(device, "connectable");

	vsphere_add_bool(connectable, "startConnected", true);
	vsphere_add_bool(connectable, "allowGuestControl", true);
	vsphere_add_bool(connectable, "connected", true);
}

void vsphere_change_card(struct xml *config, const struct xml *card, const struct vsphere_network *network)
{
	struct xml *device = change_new(config, "edit", NULL, vsphere_type(card), vsphere_device_int(card, "key", 0));

	network_add(device, network);
	connection_add(device);
	place_add(device, card);
}

void vsphere_add_card(struct xml *config, const char *type, int64_t key, const struct vsphere_network *network)
{
	struct xml *device = change_new(config, "add", NULL, type, key);

	network_add(device, network);
	connection_add(device);
	xml_add_text(device, "addressType", "generated");
}

void vsphere_add_controller(struct xml *config, const char *type, int64_t key)
{
	struct xml *device = change_new(config, "add", NULL, type, key);

	xml_add_int(device, "busNumber", 0);
	if (text_ends_with(type, "SCSIController") || text_ends_with(type, "LogicController") ||
	    text_ends_with(type, "LogicSASController"))
		xml_add_text(device, "sharedBus", "noSharing");
}

void vsphere_add_disk(struct xml *config, const struct vsphere_new_disk *disk)
{
	struct xml *device = change_new(config, "add", disk->is_new ? "create" : NULL, "VirtualDisk", disk->key);
	struct xml *backing = vsphere_add_typed(device, "backing", "VirtualDiskFlatVer2BackingInfo");

	xml_add_text(backing, "fileName", disk->file);
	xml_add_text(backing, "diskMode", disk->is_independent ? "independent_persistent" : "persistent");
	if (disk->is_new)
		vsphere_add_bool(backing, "thinProvisioned", disk->is_thin);
	xml_add_int(device, "controllerKey", disk->controller);
	xml_add_int(device, "unitNumber", disk->unit);
	xml_add_int(device, "capacityInKB", disk->kib);
}

static struct xml *disk_again(struct xml *config, const char *operation, const struct xml *disk)
{
	const struct xml *from = xml_child(disk, "backing");
	struct xml *device = change_new(config, operation, NULL, "VirtualDisk", vsphere_device_int(disk, "key", 0));
	struct xml *backing = vsphere_add_typed(device, "backing", vsphere_type(from));

	xml_add_text(backing, "fileName", vsphere_disk_file(disk));
	xml_add_text(backing, "diskMode", xml_text(xml_child(from, "diskMode"), "persistent"));
	place_add(device, disk);
	return device;
}

void vsphere_grow_disk(struct xml *config, const struct xml *disk, int64_t kib)
{
	struct xml *device = disk_again(config, "edit", disk);

	xml_add_int(device, "capacityInKB", kib);
	xml_add_int(device, "capacityInBytes", kib * 1024);
}

/* Without a fileOperation: the file stays. */
void vsphere_remove_device(struct xml *config, const struct xml *device)
{
	if (vsphere_is_disk(device)) {
		xml_add_int(disk_again(config, "remove", device), "capacityInKB", vsphere_device_int(device, "capacityInKB", 0));
		return;
	}
	place_add(change_new(config, "remove", NULL, vsphere_type(device), vsphere_device_int(device, "key", 0)), device);
}
