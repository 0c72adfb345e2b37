/* SPDX-License-Identifier: Apache-2.0 */
/* read.c: what AWS writes as XML, as the contract's structs. Anything may be missing. */
#include "providers/aws/machine.h"

#include "providers/aws/mark.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define ADDRESSES_MOST 64
#define RULES_MOST 2000
#define RESTART_US (60 * TIME_US_PER_SECOND)

bool aws_is_id(const char *native_id, const char *prefix)
{
	const char *rest = native_id && text_starts_with(native_id, prefix) ? native_id + strlen(prefix) : "";
	size_t size = strlen(rest);

	return size >= 8 && size <= 32 && strspn(rest, "0123456789abcdef") == size;
}

int64_t aws_time_read(const struct xml *element)
{
	int64_t time_us;

	return time_parse(xml_text(element, ""), &time_us) ? time_us : 0;
}

size_t aws_items(const struct xml *root, const char *set, const struct xml **first)
{
	size_t count = 0;

	*first = xml_path(root, set, "item", NULL);
	for (const struct xml *item = *first; item; item = xml_next_child(item, "item"))
		count++;
	return count;
}

static const char *text_of(const struct xml *element, const char *name)
{
	const char *text = xml_text(xml_child(element, name), NULL);

	return text_is_empty(text) ? NULL : text;
}

/* ---- machines ---- */

struct state_row {
	const char *name;
	enum provider_machine_state state;
};

static const struct state_row STATES[] = {
	{ "pending", PROVIDER_MACHINE_BUILDING },         { "running", PROVIDER_MACHINE_RUNNING },
	{ "stopping", PROVIDER_MACHINE_TRANSITION },      { "stopped", PROVIDER_MACHINE_STOPPED },
	{ "shutting-down", PROVIDER_MACHINE_TRANSITION }, { "terminated", PROVIDER_MACHINE_GONE },
};

const char *aws_instance_state(const struct xml *instance)
{
	return xml_text(xml_path(instance, "instanceState", "name", NULL), "unknown");
}

static const struct xml *device_of(const struct xml *instance, const char *device)
{
	const struct xml *mapping = xml_path(instance, "blockDeviceMapping", "item", NULL);

	while (mapping && !text_equal(text_of(mapping, "deviceName"), device))
		mapping = xml_next_child(mapping, "item");
	return mapping;
}

const char *aws_root_volume(const struct xml *instance)
{
	const char *root = text_of(instance, "rootDeviceName");

	return root ? text_of(xml_child(device_of(instance, root), "ebs"), "volumeId") : NULL;
}

static void address_add(struct provider_machine *machine, const char *address)
{
	if (text_is_empty(address) || machine->address_count == ADDRESSES_MOST)
		return;
	for (size_t i = 0; i < machine->address_count; i++)
		if (text_equal(machine->addresses[i], address))
			return;
	machine->addresses[machine->address_count++] = address;
}

static void addresses_read(struct arena *arena, const struct xml *instance, struct provider_machine *machine)
{
	machine->addresses = ARENA_ARRAY(arena, ADDRESSES_MOST, const char *);
	address_add(machine, text_of(instance, "privateIpAddress"));
	address_add(machine, text_of(instance, "ipAddress"));
	for (const struct xml *card = xml_path(instance, "networkInterfaceSet", "item", NULL); card;
	     card = xml_next_child(card, "item")) {
		const struct xml *each;

		for (each = xml_path(card, "privateIpAddressesSet", "item", NULL); each;
		     each = xml_next_child(each, "item")) {
			address_add(machine, text_of(each, "privateIpAddress"));
			address_add(machine, text_of(xml_child(each, "association"), "publicIp"));
		}
		for (each = xml_path(card, "ipv6AddressesSet", "item", NULL); each; each = xml_next_child(each, "item"))
			address_add(machine, text_of(each, "ipv6Address"));
	}
}

/* launchTime moves with each start; the first network card was attached when the machine was made. */
static int64_t created_us(const struct xml *instance, int64_t launched_us)
{
	int64_t first_us = launched_us;

	for (const struct xml *card = xml_path(instance, "networkInterfaceSet", "item", NULL); card;
	     card = xml_next_child(card, "item")) {
		int64_t attached_us = aws_time_read(xml_path(card, "attachment", "attachTime", NULL));

		if (attached_us > 0 && attached_us < first_us)
			first_us = attached_us;
	}
	return first_us;
}

void aws_machine_read(struct arena *arena, const struct xml *instance, struct provider_machine *machine)
{
	int64_t launched_us = aws_time_read(xml_child(instance, "launchTime"));
	int64_t cores = xml_int(xml_path(instance, "cpuOptions", "coreCount", NULL), 0);
	int64_t threads = xml_int(xml_path(instance, "cpuOptions", "threadsPerCore", NULL), 0);

	*machine = (struct provider_machine){ .native_id = text_of(instance, "instanceId"),
					      .native_state = aws_instance_state(instance),
					      .size = text_of(instance, "instanceType"),
					      .image = text_of(instance, "imageId"),
					      .zone = text_of(xml_child(instance, "placement"), "availabilityZone"),
					      .network = text_of(instance, "subnetId"),
					      .tags = aws_tags_read(arena, instance),
					      .marks = aws_marks_read(instance) };
	machine->name = aws_name_read(instance, text_or_empty(machine->native_id));
	machine->created_us = created_us(instance, launched_us);
	if (cores > 0 && cores <= 4096 && threads > 0 && threads <= 8)
		machine->vcpus = (int32_t)(cores * threads);
	for (size_t i = 0; i < sizeof STATES / sizeof STATES[0]; i++)
		if (text_equal(STATES[i].name, machine->native_state))
			machine->state = STATES[i].state;
	/* A stopped machine that is started again is pending too. */
	if (machine->state == PROVIDER_MACHINE_BUILDING && launched_us - machine->created_us > RESTART_US)
		machine->state = PROVIDER_MACHINE_TRANSITION;
	addresses_read(arena, instance, machine);
}

/* ---- volumes, images, sizes, networks ---- */

static const struct {
	const char *name;
	enum provider_volume_state state;
} VOLUME_STATES[] = {
	{ "creating", PROVIDER_VOLUME_BUILDING }, { "available", PROVIDER_VOLUME_AVAILABLE },
	{ "in-use", PROVIDER_VOLUME_ATTACHED },   { "deleting", PROVIDER_VOLUME_TRANSITION },
	{ "error", PROVIDER_VOLUME_FAILED },
};

void aws_volume_read(const struct xml *item, struct provider_volume *volume)
{
	const struct xml *attachment = xml_path(item, "attachmentSet", "item", NULL);

	*volume = (struct provider_volume){ .native_id = text_of(item, "volumeId"),
					    .native_state = xml_text(xml_child(item, "status"), "unknown"),
					    .size_gib = xml_int(xml_child(item, "size"), 0),
					    .type = text_of(item, "volumeType"),
					    .zone = text_of(item, "availabilityZone"),
					    .machine = text_of(attachment, "instanceId"),
					    .device = text_of(attachment, "device"),
					    .created_us = aws_time_read(xml_child(item, "createTime")),
					    .marks = aws_marks_read(item) };
	volume->name = aws_name_read(item, text_or_empty(volume->native_id));
	for (size_t i = 0; i < sizeof VOLUME_STATES / sizeof VOLUME_STATES[0]; i++)
		if (text_equal(VOLUME_STATES[i].name, volume->native_state))
			volume->state = VOLUME_STATES[i].state;
	if (attachment && !text_equal(text_of(attachment, "status"), "attached") &&
	    volume->state == PROVIDER_VOLUME_ATTACHED)
		volume->state = PROVIDER_VOLUME_TRANSITION;
}

void aws_image_read(const struct xml *item, struct provider_image *image)
{
	const char *platform = xml_text(xml_child(item, "platformDetails"), "");
	const struct xml *root = device_of(item, xml_text(xml_child(item, "rootDeviceName"), ""));
	bool is_windows = text_equal(text_of(item, "platform"), "windows") || text_starts_with(platform, "Windows");

	*image = (struct provider_image){ .native_id = text_of(item, "imageId"),
					  .os = is_windows ? "windows" : "linux",
					  .architecture = xml_text(xml_child(item, "architecture"), "unknown"),
					  .min_disk_gib = xml_int(xml_path(root, "ebs", "volumeSize", NULL), 0) };
	image->name = aws_name_read(item, xml_text(xml_child(item, "name"), text_or_empty(image->native_id)));
}

bool aws_size_read(const struct xml *item, struct provider_size *size)
{
	int64_t vcpus = xml_int(xml_path(item, "vCpuInfo", "defaultVCpus", NULL), 0);

	*size = (struct provider_size){ .native_id = text_of(item, "instanceType"),
					.memory_mib = xml_int(xml_path(item, "memoryInfo", "sizeInMiB", NULL), 0) };
	size->name = size->native_id;
	if (!size->native_id || vcpus <= 0 || vcpus > INT32_MAX || size->memory_mib <= 0)
		return false;
	size->vcpus = (int32_t)vcpus;
	return true;
}

void aws_network_read(struct arena *arena, const struct xml *item, struct provider_network *network)
{
	struct text cidrs = text_new(arena);
	const char *first = text_of(item, "cidrBlock");

	text_append(&cidrs, text_or_empty(first));
	for (const struct xml *each = xml_path(item, "ipv6CidrBlockAssociationSet", "item", NULL); each;
	     each = xml_next_child(each, "item"))
		if (text_of(each, "ipv6CidrBlock"))
			text_printf(&cidrs, "%s%s", cidrs.size > 0 ? ", " : "", text_of(each, "ipv6CidrBlock"));
	*network = (struct provider_network){ .native_id = text_of(item, "subnetId"),
					      .cidr = cidrs.size > 0 ? cidrs.data : NULL,
					      .parent = text_of(item, "vpcId"),
					      .zone = text_of(item, "availabilityZone") };
	network->name = aws_name_read(item, text_or_empty(network->native_id));
}

/* ---- security groups, addresses ---- */

struct rule_list {
	struct arena *arena;
	struct provider_rule *rules;
	size_t count, capacity;
};

static struct provider_rule *rule_next(struct rule_list *list)
{
	if (list->count == list->capacity) {
		struct provider_rule *rules = ARENA_ARRAY(list->arena, list->capacity * 2 + 8, struct provider_rule);

		if (list->count > 0)
			memcpy(rules, list->rules, list->count * sizeof *rules);
		list->rules = rules;
		list->capacity = list->capacity * 2 + 8;
	}
	return &list->rules[list->count++];
}

static void rule_add(struct rule_list *list, const struct xml *permission, enum provider_direction direction,
		     const char *cidr, const char *group)
{
	const char *protocol = xml_text(xml_child(permission, "ipProtocol"), "");
	bool has_ports = text_equal(protocol, "tcp") || text_equal(protocol, "udp");
	int64_t first = xml_int(xml_child(permission, "fromPort"), 0),
		last = xml_int(xml_child(permission, "toPort"), 0);
	struct provider_rule rule = { .direction = direction, .protocol = protocol, .cidr = cidr, .group = group };

	if (list->count == RULES_MOST || (!cidr && !group))
		return;
	if (text_equal(protocol, "-1"))
		rule.protocol = "any";
	if (text_equal(protocol, "icmpv6") || text_equal(protocol, "58"))
		rule.protocol = "icmp";
	/* All ports are 0, 0 with us and 0 to 65535 there. */
	if (has_ports && first >= 0 && first <= last && last <= UINT16_MAX && !(first == 0 && last == UINT16_MAX)) {
		rule.first_port = (int32_t)first;
		rule.last_port = (int32_t)last;
	}
	*rule_next(list) = rule;
}

static void permissions_read(const struct xml *item, const char *set, enum provider_direction direction,
			     struct rule_list *list)
{
	for (const struct xml *permission = xml_path(item, set, "item", NULL); permission;
	     permission = xml_next_child(permission, "item")) {
		const struct xml *each;

		for (each = xml_path(permission, "ipRanges", "item", NULL); each; each = xml_next_child(each, "item"))
			rule_add(list, permission, direction, text_of(each, "cidrIp"), NULL);
		for (each = xml_path(permission, "ipv6Ranges", "item", NULL); each; each = xml_next_child(each, "item"))
			rule_add(list, permission, direction, text_of(each, "cidrIpv6"), NULL);
		for (each = xml_path(permission, "groups", "item", NULL); each; each = xml_next_child(each, "item"))
			rule_add(list, permission, direction, NULL, text_of(each, "groupId"));
	}
}

void aws_group_read(struct arena *arena, const struct xml *item, struct provider_security_group *group)
{
	struct rule_list list = { .arena = arena };

	permissions_read(item, "ipPermissions", PROVIDER_INGRESS, &list);
	permissions_read(item, "ipPermissionsEgress", PROVIDER_EGRESS, &list);
	*group = (struct provider_security_group){ .native_id = text_of(item, "groupId"),
						   .name = xml_text(xml_child(item, "groupName"), ""),
						   .description = xml_text(xml_child(item, "groupDescription"), ""),
						   .parent = text_of(item, "vpcId"),
						   .rules = list.rules,
						   .rule_count = list.count,
						   .marks = aws_marks_read(item) };
}

void aws_address_read(const struct xml *item, struct provider_address *address)
{
	*address = (struct provider_address){ .native_id = text_of(item, "allocationId"),
					      .address = xml_text(xml_child(item, "publicIp"), ""),
					      .machine = text_of(item, "instanceId"),
					      .marks = aws_marks_read(item) };
}
