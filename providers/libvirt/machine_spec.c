/* SPDX-License-Identifier: Apache-2.0 */
/* machine_spec.c: what is asked for when a machine is made: checked before libvirt is asked, and copied for its thread. */
#include <string.h>

#include "providers/libvirt/domain.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"

#define DISK_GIB_MOST 65536
#define USER_DATA_MOST (1024 * 1024)

static const char *copy(struct arena *arena, const char *text)
{
	return text ? arena_strdup(arena, text) : NULL;
}

struct provider_machine_spec libvirt_spec_copy(struct arena *arena, const struct provider_machine_spec *spec)
{
	struct provider_machine_spec copied = *spec;
	copied.intent = (struct provider_intent){ .resource = copy(arena, spec->intent.resource),
						  .operation = copy(arena, spec->intent.operation),
						  .tenant = copy(arena, spec->intent.tenant),
						  .project = copy(arena, spec->intent.project) };
	copied.name = copy(arena, spec->name);
	copied.image = copy(arena, spec->image);
	copied.network = copy(arena, spec->network);
	copied.size = copy(arena, spec->size);
	copied.user_data = copy(arena, spec->user_data);
	copied.ssh_key = copy(arena, spec->ssh_key);
	copied.tags = spec->tags ? libvirt_tags_copy(arena, spec->tags) : NULL;
	const char **networks = ARENA_ARRAY(arena, spec->more_network_count, const char *);
	for (size_t i = 0; i < spec->more_network_count; i++)
		networks[i] = arena_strdup(arena, spec->more_networks[i]);
	copied.more_networks = networks;
	struct provider_disk_spec *disks = ARENA_ARRAY(arena, spec->disk_count, struct provider_disk_spec);
	for (size_t i = 0; i < spec->disk_count; i++)
		disks[i] = (struct provider_disk_spec){ .size_gib = spec->disks[i].size_gib };
	copied.disks = disks;
	return copied;
}

static struct provider_result more_check(struct arena *arena, const struct provider_machine_spec *spec)
{
	if (spec->zone)
		return provider_fail(arena, PROVIDER_INVALID, "one hypervisor has no zones; leave the zone out");
	if (spec->security_group_count > 0)
		return provider_fail(arena, PROVIDER_INVALID, "libvirt has no security groups; leave them out");
	if (spec->more_network_count > LIBVIRT_MORE_MOST || spec->disk_count > LIBVIRT_MORE_MOST)
		return provider_fail(arena, PROVIDER_INVALID, "a machine has at most %d more networks and disks", LIBVIRT_MORE_MOST);
	for (size_t i = 0; i < spec->more_network_count; i++)
		if (text_is_empty(spec->more_networks[i]))
			return provider_fail(arena, PROVIDER_INVALID, "a further network has no name; list the networks and choose one");
	for (size_t i = 0; i < spec->disk_count; i++)
		if (spec->disks[i].size_gib < 1 || spec->disks[i].size_gib > DISK_GIB_MOST || spec->disks[i].type)
			return provider_fail(arena, PROVIDER_INVALID, "a further disk has 1 to %d GiB and no type of its own",
					     DISK_GIB_MOST);
	return libvirt_tags_check(arena, spec->tags);
}

struct provider_result libvirt_spec_check(struct arena *arena, const struct provider_machine_spec *spec)
{
	if (!spec->intent.resource || !id_is_uuid(spec->intent.resource))
		return provider_fail(arena, PROVIDER_INVALID, "the machine's id must be a UUID, as it becomes the domain's");
	if (!libvirt_is_name(spec->name))
		return provider_fail(arena, PROVIDER_INVALID, "the name must have 1 to %d printable characters", LIBVIRT_NAME_MOST);
	if (text_is_empty(spec->image))
		return provider_fail(arena, PROVIDER_INVALID, "give an image; list the images and choose one");
	if (spec->disk_gib < 0 || spec->disk_gib > DISK_GIB_MOST)
		return provider_fail(arena, PROVIDER_INVALID, "the disk must have at most %d GiB", DISK_GIB_MOST);
	if (strlen(text_or_empty(spec->user_data)) > USER_DATA_MOST)
		return provider_fail(arena, PROVIDER_INVALID, "the user data must have at most %d bytes", USER_DATA_MOST);
	return more_check(arena, spec);
}
