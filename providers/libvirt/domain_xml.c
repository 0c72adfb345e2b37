/* SPDX-License-Identifier: Apache-2.0 */
/* domain_xml.c: a machine's definition as a tree, and back. https://libvirt.org/formatdomain.html */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "providers/libvirt/domain.h"
#include "runtime/base/text.h"
#include "runtime/base/xml.h"

#define NAME_PART_MOST 40
#define KIB_PER_MIB 1024
#define FREE_PORTS 16 /* what the definition itself has comes off it */

/* libvirt adds prefix and namespace itself where metadata is set alone, and refuses to find them there. */
static struct xml *marks_tree(struct arena *arena, const struct libvirt_marks *marks, bool is_alone)
{
	struct xml *tree = xml_new(arena, is_alone ? "machine" : LIBVIRT_PREFIX ":machine");
	if (!is_alone)
		xml_set(tree, "xmlns:" LIBVIRT_PREFIX, LIBVIRT_NAMESPACE);
	xml_set(tree, "id", marks->machine);
	xml_set(tree, "operation", text_or_empty(marks->operation));
	xml_set(tree, "connection", text_or_empty(marks->connection));
	xml_set(tree, "installation", text_or_empty(marks->installation));
	xml_set(tree, "name", text_or_empty(marks->name));
	xml_set(tree, "image", text_or_empty(marks->image));
	if (marks->size)
		xml_set(tree, "size", marks->size);
	xml_set(tree, "disk-gib", arena_printf(arena, "%" PRId64, marks->disk_gib));
	xml_set(tree, "created-us", arena_printf(arena, "%" PRId64, marks->created_us));
	xml_set(tree, "phase", marks->is_complete ? "complete" : "creating");
	const char *key;
	const struct json *value;
	for (size_t i = 0; json_member(marks->tags, i, &key, &value); i++) {
		struct xml *tag = xml_add(tree, is_alone ? "tag" : LIBVIRT_PREFIX ":tag");
		xml_set(xml_set(tag, "key", key), "value", json_text(value, ""));
	}
	return tree;
}

char *libvirt_marks_print(struct arena *arena, const struct libvirt_marks *marks)
{
	return xml_print(arena, marks_tree(arena, marks, true));
}

static void hang_in(struct xml *parent, struct xml *child)
{
	child->parent = parent;
	if (parent->last_child)
		parent->last_child->next = child;
	else
		parent->children = child;
	parent->last_child = child;
}

static void add_head(struct xml *domain, const struct libvirt_definition *definition)
{
	struct arena *arena = domain->arena;
	xml_add_text(domain, "name", definition->domain_name);
	xml_add_text(domain, "uuid", definition->uuid);
	xml_add_text(domain, "title", definition->marks.name);
	hang_in(xml_add(domain, "metadata"), marks_tree(arena, &definition->marks, false));
	xml_set(xml_add_int(domain, "memory", definition->memory_mib), "unit", "MiB");
	xml_set(xml_add_int(domain, "currentMemory", definition->memory_mib), "unit", "MiB");
	xml_add_int(domain, "vcpu", definition->vcpus);
}

static void add_os(struct xml *domain, const struct libvirt_definition *definition)
{
	const struct libvirt_options *options = definition->options;
	struct xml *os = xml_add(domain, "os");
	struct xml *type = xml_add_text(os, "type", "hvm");
	if (!options->is_test)
		xml_set(type, "arch", options->architecture);
	if (options->machine_type)
		xml_set(type, "machine", options->machine_type);
	if (definition->kernel) {
		xml_add_text(os, "kernel", definition->kernel);
		if (definition->initrd)
			xml_add_text(os, "initrd", definition->initrd);
		xml_add_text(os, "cmdline", text_or_empty(definition->cmdline));
	}
	xml_set(xml_add(os, "boot"), "dev", "hd");
	/* Without ACPI there is no orderly shutdown and no hot-plug. */
	struct xml *features = xml_add(domain, "features");
	xml_add(features, "acpi");
	if (!options->is_test)
		xml_add(features, "apic");
	if (text_equal(definition->domain_type, "kvm"))
		xml_set(xml_add(domain, "cpu"), "mode", "host-model");
	xml_set(xml_add(domain, "clock"), "offset", "utc");
	xml_add_text(domain, "on_poweroff", "destroy");
	xml_add_text(domain, "on_reboot", "restart");
	xml_add_text(domain, "on_crash", "destroy");
}

static void add_disk(struct xml *devices, const struct libvirt_definition *definition, const char *volume, const char *device)
{
	/* The seed on the same bus: a guest that sees its disk sees its seed, whatever drivers it lacks. */
	bool is_seed = volume == definition->seed_volume;
	struct xml *disk = xml_set(xml_add(devices, "disk"), "type", "volume");
	xml_set(disk, "device", "disk");
	struct xml *driver = xml_set(xml_add(disk, "driver"), "name", "qemu");
	xml_set(driver, "type", is_seed ? "raw" : "qcow2");
	if (!is_seed)
		xml_set(driver, "discard", "unmap");
	xml_set(xml_set(xml_add(disk, "source"), "pool", definition->pool), "volume", volume);
	xml_set(xml_set(xml_add(disk, "target"), "dev", device), "bus", "virtio");
	if (is_seed)
		xml_add(disk, "readonly");
}

static void add_serial(struct xml *devices, const struct libvirt_definition *definition)
{
	struct xml *serial = xml_set(xml_add(devices, "serial"), "type", "pty");
	if (definition->console_path)
		xml_set(xml_set(xml_add(serial, "log"), "file", definition->console_path), "append", "on");
	xml_set(xml_add(serial, "target"), "port", "0");
	struct xml *console = xml_set(xml_add(devices, "console"), "type", "pty");
	xml_set(xml_set(xml_add(console, "target"), "type", "serial"), "port", "0");
}

static void add_interface(struct xml *devices, const char *network)
{
	struct xml *interface = xml_add(devices, "interface");
	bool is_user = !network || text_equal(network, LIBVIRT_NO_NETWORK);
	xml_set(interface, "type", is_user ? "user" : "network");
	if (!is_user)
		xml_set(xml_add(interface, "source"), "network", network);
	xml_set(xml_add(interface, "model"), "type", "virtio");
}

/* On PCI Express a disk can be plugged into a running machine only where a root port is free. */
static void add_ports(struct xml *devices, const struct libvirt_options *options)
{
	if (options->is_test || !options->machine_type || !strstr(options->machine_type, "q35"))
		return;
	struct xml *root = xml_set(xml_set(xml_add(devices, "controller"), "type", "pci"), "index", "0");
	xml_set(root, "model", "pcie-root");
	for (int i = 0; i < FREE_PORTS; i++)
		xml_set(xml_set(xml_add(devices, "controller"), "type", "pci"), "model", "pcie-root-port");
}

static void add_devices(struct xml *domain, const struct libvirt_definition *definition)
{
	struct xml *devices = xml_add(domain, "devices");
	struct arena *arena = devices->arena;
	char letter = 'b';
	add_ports(devices, definition->options);
	add_disk(devices, definition, definition->disk_volume, "vda");
	if (definition->seed_volume)
		add_disk(devices, definition, definition->seed_volume, arena_printf(arena, "vd%c", letter++));
	for (size_t i = 0; i < definition->more_disk_count; i++)
		add_disk(devices, definition, libvirt_more_disk_volume(arena, definition->uuid, i),
			 arena_printf(arena, "vd%c", letter++));
	add_interface(devices, definition->network);
	for (size_t i = 0; i < definition->more_network_count; i++)
		add_interface(devices, definition->more_networks[i]);
	add_serial(devices, definition);
	if (definition->options->is_test)
		return;
	xml_set(xml_add(devices, "memballoon"), "model", "virtio");
	xml_set(xml_add_text(xml_set(xml_add(devices, "rng"), "model", "virtio"), "backend", "/dev/urandom"), "model", "random");
}

char *libvirt_definition_print(struct arena *arena, const struct libvirt_definition *definition)
{
	struct xml *domain = xml_set(xml_new(arena, "domain"), "type", definition->domain_type);
	add_head(domain, definition);
	add_os(domain, definition);
	add_devices(domain, definition);
	return xml_print(arena, domain);
}

/* The declaration of our namespace: no attribute as xml_attribute understands it. */
static bool is_in_our_namespace(const struct xml *element)
{
	for (const struct xml_attribute *each = element->attributes; each; each = each->next)
		if (text_starts_with(each->name, "xmlns:") && text_equal(each->value, LIBVIRT_NAMESPACE))
			return true;
	return false;
}

static void marks_read(struct arena *arena, const struct xml *domain, struct libvirt_marks *marks)
{
	struct xml *each = xml_child(xml_child(domain, "metadata"), "machine");
	while (each && !is_in_our_namespace(each))
		each = xml_next_child(each, "machine");
	*marks = (struct libvirt_marks){ .is_complete = true };
	if (!each)
		return;
	int64_t number;
	marks->machine = arena_strdup(arena, xml_attribute(each, "id", ""));
	marks->operation = arena_strdup(arena, xml_attribute(each, "operation", ""));
	marks->connection = arena_strdup(arena, xml_attribute(each, "connection", ""));
	marks->installation = arena_strdup(arena, xml_attribute(each, "installation", ""));
	marks->name = arena_strdup(arena, xml_attribute(each, "name", ""));
	marks->image = arena_strdup(arena, xml_attribute(each, "image", ""));
	marks->size = xml_attribute(each, "size", NULL);
	marks->disk_gib = text_to_int64(xml_attribute(each, "disk-gib", ""), &number) ? number : 0;
	marks->created_us = text_to_int64(xml_attribute(each, "created-us", ""), &number) ? number : 0;
	marks->is_complete = !text_equal(xml_attribute(each, "phase", NULL), "creating");
	struct json *tags = json_object(arena);
	for (const struct xml *tag = xml_child(each, "tag"); tag; tag = xml_next_child(tag, "tag"))
		json_set_text(tags, xml_attribute(tag, "key", ""), xml_attribute(tag, "value", ""));
	marks->tags = tags;
}

static int64_t memory_mib(const struct xml *domain)
{
	/* libvirt always prints KiB, whatever was defined. */
	return xml_int(xml_child(domain, "memory"), 0) / KIB_PER_MIB;
}

static int32_t vcpus(const struct xml *domain)
{
	const struct xml *vcpu = xml_child(domain, "vcpu");
	int64_t current;
	if (!text_to_int64(xml_attribute(vcpu, "current", ""), &current))
		current = xml_int(vcpu, 0);
	return (int32_t)current;
}

/* What the first interface is attached to. */
static const char *network(const struct xml *domain)
{
	const struct xml *interface = xml_path(domain, "devices", "interface", NULL);
	if (!interface)
		return NULL;
	return text_equal(xml_attribute(interface, "type", ""), "user") ?
		       LIBVIRT_NO_NETWORK :
		       xml_attribute(xml_child(interface, "source"), "network", NULL);
}

bool libvirt_domain_read(struct arena *arena, const char *document, struct provider_machine *machine,
			 struct libvirt_marks *marks)
{
	struct xml *domain;
	struct xml_limits limits = { .size_bytes = 4 * 1024 * 1024 };
	if (!status_is_ok(xml_parse(arena, slice_text(document), &limits, &domain)) || !text_equal(domain->name, "domain"))
		return false;
	marks_read(arena, domain, marks);
	bool is_ours = !text_is_empty(marks->machine);
	const char *name = is_ours && !text_is_empty(marks->name) ? marks->name : xml_text(xml_child(domain, "name"), "");
	*machine = (struct provider_machine){
		.native_id = xml_text(xml_child(domain, "uuid"), ""),
		.name = name,
		.size = marks->size,
		.image = text_is_empty(marks->image) ? NULL : marks->image,
		.vcpus = vcpus(domain),
		.memory_mib = memory_mib(domain),
		.disk_gib = marks->disk_gib,
		.created_us = marks->created_us,
		.network = network(domain),
		.tags = is_ours ? marks->tags : NULL,
	};
	if (is_ours) {
		machine->marks = (struct provider_marks){ marks->machine, marks->operation, marks->connection, marks->installation };
	}
	return true;
}

char *libvirt_host_name(struct arena *arena, const char *name)
{
	char *host = arena_strndup(arena, name, strnlen(name, NAME_PART_MOST));
	for (char *at = host; *at; at++)
		*at = isalnum((unsigned char)*at) ? (char)tolower((unsigned char)*at) : '-';
	return host[0] ? host : arena_strdup(arena, "machine");
}

char *libvirt_domain_name(struct arena *arena, const char *name, const char *uuid)
{
	size_t size = strlen(uuid);
	/* Version 7 begins with the time: the end is what differs. */
	return arena_printf(arena, "%s-%s", libvirt_host_name(arena, name), size > 12 ? uuid + size - 12 : uuid);
}
