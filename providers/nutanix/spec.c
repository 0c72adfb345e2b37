/* SPDX-License-Identifier: Apache-2.0 */
/* spec.c: what is asked for, checked as far as that goes without asking Prism Central. */
#include <string.h>

#include "providers/nutanix/common.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"

#define TEMPLATE_PREFIX "vm:"
enum {
	DISK_GIB_MOST = 65536,
	DISKS_MOST = 32,
	NETWORKS_MOST = 16,
	USER_DATA_MOST = 96000, /* base64 makes 128,000 of it */
	SSH_KEY_MOST = 8192,
};

struct provider_result nutanix_name_check(struct arena *arena, const char *name, size_t most)
{
	struct slice bytes = slice_text(name);

	if (bytes.size >= 1 && bytes.size <= most && text_is_utf8(bytes) && text_is_printable(bytes) && !strpbrk(name, "\r\n\t"))
		return PROVIDER_DONE;
	return provider_fail(arena, PROVIDER_INVALID, "the name must have 1 to %zu printable bytes", most);
}

const char *nutanix_template_of(const char *image)
{
	if (!text_starts_with(text_or_empty(image), TEMPLATE_PREFIX))
		return NULL;
	const char *uuid = image + strlen(TEMPLATE_PREFIX);
	return id_is_uuid(uuid) ? uuid : NULL;
}

static struct provider_result disks_check(struct arena *arena, const struct provider_machine_spec *spec)
{
	if (spec->disk_gib < 0 || spec->disk_gib > DISK_GIB_MOST)
		return provider_fail(arena, PROVIDER_INVALID, "the disk must have at most %d GiB", DISK_GIB_MOST);
	if (spec->disk_count > DISKS_MOST)
		return provider_fail(arena, PROVIDER_INVALID, "at most %d more disks", DISKS_MOST);
	for (size_t i = 0; i < spec->disk_count; i++) {
		if (spec->disks[i].size_gib < 1 || spec->disks[i].size_gib > DISK_GIB_MOST)
			return provider_fail(arena, PROVIDER_INVALID, "disk %zu must have 1 to %d GiB", i, DISK_GIB_MOST);
		if (spec->disks[i].type && !id_is_uuid(spec->disks[i].type))
			return provider_fail(arena, PROVIDER_INVALID, "the type of disk %zu must be the UUID of a storage container", i);
	}
	return PROVIDER_DONE;
}

static struct provider_result networks_check(struct arena *arena, const struct provider_machine_spec *spec)
{
	if (spec->more_network_count > NETWORKS_MOST)
		return provider_fail(arena, PROVIDER_INVALID, "at most %d more networks", NETWORKS_MOST);
	if (spec->network && !id_is_uuid(spec->network))
		return provider_fail(arena, PROVIDER_INVALID, "there is no network \"%.64s\"; list the networks and choose one",
				     spec->network);
	for (size_t i = 0; i < spec->more_network_count; i++)
		if (!id_is_uuid(text_or_empty(spec->more_networks[i])))
			return provider_fail(arena, PROVIDER_INVALID, "there is no network \"%.64s\"; list the networks and choose one",
					     text_or_empty(spec->more_networks[i]));
	if (spec->security_group_count > 0)
		return provider_fail(arena, PROVIDER_INVALID,
				     "Nutanix has no security groups of a machine: its policies hang on categories; use tags");
	if (spec->zone && !id_is_uuid(spec->zone))
		return provider_fail(arena, PROVIDER_INVALID, "there is no zone \"%.64s\": a zone is a cluster, by its UUID", spec->zone);
	return PROVIDER_DONE;
}

struct provider_result nutanix_spec_check(struct provider_session *session, struct provider_call *call,
					  const struct provider_machine_spec *spec, struct provider_resize_spec *numbers)
{
	struct arena *arena = call->arena;
	struct provider_result result = nutanix_name_check(arena, text_or_empty(spec->name), NUTANIX_NAME_MOST);

	*numbers = (struct provider_resize_spec){ .vcpus = spec->vcpus, .memory_mib = spec->memory_mib };
	if (result.error == PROVIDER_OK && !id_is_uuid(text_or_empty(spec->intent.resource)))
		result = provider_fail(arena, PROVIDER_INVALID, "the machine's id must be a UUID");
	if (result.error == PROVIDER_OK && !id_is_uuid(text_or_empty(spec->image)) && !nutanix_template_of(spec->image))
		result = provider_fail(arena, PROVIDER_INVALID, "there is no image \"%.64s\"; list the images and choose one",
				       text_or_empty(spec->image));
	if (result.error == PROVIDER_OK)
		result = disks_check(arena, spec);
	if (result.error == PROVIDER_OK)
		result = networks_check(arena, spec);
	if (result.error == PROVIDER_OK && (strlen(text_or_empty(spec->user_data)) > USER_DATA_MOST ||
					    strlen(text_or_empty(spec->ssh_key)) > SSH_KEY_MOST))
		result = provider_fail(arena, PROVIDER_INVALID, "the user data must have at most %d bytes, the key %d", USER_DATA_MOST,
				       SSH_KEY_MOST);
	return result.error == PROVIDER_OK ? provider_size_resolve(arena, &session->options.sizes, spec->size, numbers) : result;
}

const char **nutanix_networks_of(const struct provider_session *session, struct arena *arena,
				 const struct provider_machine_spec *spec)
{
	const char **networks = ARENA_ARRAY(arena, spec->more_network_count + 2, const char *);
	const char *first = spec->network ? spec->network : session->options.network;
	size_t count = 0;

	if (first)
		networks[count++] = first;
	for (size_t i = 0; i < spec->more_network_count; i++)
		networks[count++] = spec->more_networks[i];
	return networks;
}

/* AHV gives cloud-init a config drive: its meta_data.json knows hostname, uuid and public_keys. */
struct nutanix_seed nutanix_seed_of(struct arena *arena, const struct provider_machine_spec *spec)
{
	struct nutanix_seed seed = { NULL, NULL };

	if (!spec->user_data && !spec->ssh_key)
		return seed;
	struct json *meta = nutanix_object(arena, "uuid", spec->intent.resource);
	json_set_text(meta, "hostname", spec->name);
	if (spec->ssh_key)
		json_set(meta, "public_keys", nutanix_object(arena, "gaon", spec->ssh_key));
	const char *user_data = spec->user_data ? spec->user_data : "#cloud-config\n";
	seed.meta_data = text_to_base64(arena, slice_text(json_print(arena, meta)));
	seed.user_data = text_to_base64(arena, slice_text(user_data));
	return seed;
}
