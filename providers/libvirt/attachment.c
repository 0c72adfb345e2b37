/* SPDX-License-Identifier: Apache-2.0 */
/* attachment.c: a volume as a disk of a machine: found in the definitions, plugged in, and out again. */
#include <stdlib.h>
#include <string.h>

#include "providers/libvirt/sidecar.h"
#include "runtime/base/text.h"
#include "runtime/base/xml.h"

#define ATTACHMENTS_MOST 10000

static bool document_read(struct libvirt_work *work, virDomainPtr domain, unsigned flags, struct xml **tree)
{
	struct xml_limits limits = { .size_bytes = 4 * 1024 * 1024 };
	char *document = virDomainGetXMLDesc(domain, flags);
	if (!document)
		return false;
	arena_defer(work->arena, free, document);
	return status_is_ok(xml_parse(work->arena, slice_text(document), &limits, tree));
}

static const char *volume_of(struct libvirt_work *work, const struct xml *disk)
{
	const struct xml *source = xml_child(disk, "source");
	const char *volume = xml_attribute(source, "volume", "");
	bool is_ours = text_equal(xml_attribute(source, "pool", NULL), work->session->options.machine_pool) &&
		       libvirt_sidecar_uuid(work->arena, volume, LIBVIRT_DATA);
	return is_ours ? volume : NULL;
}

static struct libvirt_attachment *row_of(struct libvirt_attachments *all, size_t first, const char *volume)
{
	for (size_t i = first; i < all->count; i++)
		if (text_equal(all->rows[i].volume, volume))
			return &all->rows[i];
	if (all->count >= ATTACHMENTS_MOST)
		return NULL;
	all->rows[all->count] = (struct libvirt_attachment){ .volume = volume };
	return &all->rows[all->count++];
}

/* What runs and what will be started can differ, after a detach that the guest did not carry out. */
static bool look(struct libvirt_work *work, virDomainPtr domain, struct libvirt_attachments *all)
{
	struct xml *trees[2] = { NULL, NULL };
	size_t first = all->count;
	if (virDomainIsActive(domain) == 1 && !document_read(work, domain, 0, &trees[0]))
		return false;
	if (!document_read(work, domain, VIR_DOMAIN_XML_INACTIVE, &trees[1]))
		return false;
	for (int i = 0; i < 2; i++)
		for (const struct xml *disk = xml_path(trees[i], "devices", "disk", NULL); disk; disk = xml_next_child(disk, "disk")) {
			const char *volume = volume_of(work, disk);
			struct libvirt_attachment *row = volume ? row_of(all, first, volume) : NULL;
			if (!row)
				continue;
			row->domain = domain;
			row->machine = xml_text(xml_child(trees[1], "uuid"), "");
			*(i == 0 ? &row->is_live : &row->is_configured) = true;
			if (!row->device)
				row->device =
					arena_printf(work->arena, "/dev/%s", xml_attribute(xml_child(disk, "target"), "dev", "?"));
		}
	return true;
}

struct provider_result libvirt_attachments_read(struct libvirt_work *work, struct libvirt_attachments *attachments)
{
	virDomainPtr *domains;
	int count = libvirt_domain_list(work, &domains);
	if (count < 0)
		return libvirt_fail(work, "the machines cannot be listed");
	*attachments = (struct libvirt_attachments){
		ARENA_ARRAY(work->arena, ATTACHMENTS_MOST, struct libvirt_attachment), 0
	};
	for (int i = 0; i < count; i++)
		if (!look(work, domains[i], attachments) && !libvirt_last_error_is(VIR_ERR_NO_DOMAIN))
			return libvirt_fail(work, "a machine's definition cannot be read");
	return PROVIDER_DONE;
}

const struct libvirt_attachment *libvirt_attachment_of(const struct libvirt_attachments *attachments, const char *volume)
{
	for (size_t i = 0; i < attachments->count; i++)
		if (text_equal(attachments->rows[i].volume, volume))
			return &attachments->rows[i];
	return NULL;
}

struct provider_result libvirt_attachment_find(struct libvirt_work *work, const char *volume,
					       const struct libvirt_attachment **attachment)
{
	struct libvirt_attachments all;
	struct provider_result result = libvirt_attachments_read(work, &all);
	if (result.error == PROVIDER_OK)
		*attachment = libvirt_attachment_of(&all, volume);
	return result;
}

/* The first of vdb to vdz that neither what runs nor what will be started has. */
static const char *device_choose(struct libvirt_work *work, virDomainPtr domain)
{
	struct xml *trees[2] = { NULL, NULL };
	bool is_taken['z' - 'a' + 1] = { true };
	if (!document_read(work, domain, 0, &trees[0]) || !document_read(work, domain, VIR_DOMAIN_XML_INACTIVE, &trees[1]))
		return NULL;
	for (int i = 0; i < 2; i++)
		for (const struct xml *disk = xml_path(trees[i], "devices", "disk", NULL); disk; disk = xml_next_child(disk, "disk")) {
			const char *device = xml_attribute(xml_child(disk, "target"), "dev", "");
			if (strlen(device) == 3 && text_starts_with(device, "vd") && device[2] >= 'a' && device[2] <= 'z')
				is_taken[device[2] - 'a'] = true;
		}
	for (int letter = 'b'; letter <= 'z'; letter++)
		if (!is_taken[letter - 'a'])
			return arena_printf(work->arena, "vd%c", letter);
	return NULL;
}

static char *disk_document(struct libvirt_work *work, const char *volume, const char *device)
{
	struct xml *disk = xml_set(xml_set(xml_new(work->arena, "disk"), "type", "volume"), "device", "disk");
	xml_set(xml_set(xml_set(xml_add(disk, "driver"), "name", "qemu"), "type", "qcow2"), "discard", "unmap");
	xml_set(xml_set(xml_add(disk, "source"), "pool", work->session->options.machine_pool), "volume", volume);
	xml_set(xml_set(xml_add(disk, "target"), "dev", device), "bus", "virtio");
	return xml_print(work->arena, disk);
}

struct provider_result libvirt_attachment_make(struct libvirt_work *work, virDomainPtr domain, const char *volume)
{
	const char *device = device_choose(work, domain);
	if (!device)
		return provider_fail(work->arena, PROVIDER_CONFLICT, "the machine has no free place for another disk; detach one");
	unsigned flags = VIR_DOMAIN_AFFECT_CONFIG;
	if (virDomainIsActive(domain) == 1)
		flags |= VIR_DOMAIN_AFFECT_LIVE;
	if (virDomainAttachDeviceFlags(domain, disk_document(work, volume, device), flags) != 0)
		return libvirt_fail(work, "the volume cannot be attached");
	return PROVIDER_DONE;
}

struct provider_result libvirt_attachment_end(struct libvirt_work *work, const struct libvirt_attachment *attachment,
					      bool *is_waiting)
{
	const char *document = disk_document(work, attachment->volume, attachment->device + strlen("/dev/"));
	const struct libvirt_attachment *after = NULL;
	*is_waiting = false;
	if (attachment->is_configured &&
	    virDomainDetachDeviceFlags(attachment->domain, document, VIR_DOMAIN_AFFECT_CONFIG) != 0)
		return libvirt_fail(work, "the volume cannot be detached");
	if (!attachment->is_live)
		return PROVIDER_DONE;
	struct provider_result refusal = PROVIDER_DONE;
	if (virDomainDetachDeviceFlags(attachment->domain, document, VIR_DOMAIN_AFFECT_LIVE) != 0)
		refusal = libvirt_fail(work, "the volume cannot be detached");
	/* The guest lets go in its own time; who asks again meanwhile is refused by QEMU, and that is no failure. */
	struct provider_result result = libvirt_attachment_find(work, attachment->volume, &after);
	if (result.error != PROVIDER_OK)
		return result;
	*is_waiting = after && after->is_live;
	bool is_patient = refusal.error == PROVIDER_UNAVAILABLE || refusal.error == PROVIDER_CONFLICT;
	return *is_waiting && refusal.error != PROVIDER_OK && !is_patient ? refusal : PROVIDER_DONE;
}
