/* SPDX-License-Identifier: Apache-2.0 */
/* create.c: a machine with all that belongs to it in one request; looked for first, as Nova remembers no client token.
 */
#include <string.h>

#include "providers/kit/flight.h"
#include "providers/openstack/machine.h"
#include "providers/openstack/marks.h"
#include "providers/openstack/things.h"
#include "providers/openstack/version.h"
#include "runtime/base/text.h"
#include "runtime/crypto/digest.h"

enum {
	DISK_GIB_MOST = 65536,
	DISKS_MOST = 25,
	NETWORKS_MOST = 25,
	GROUPS_MOST = 50,
	USER_DATA_MOST = 65535,
	KEY_NAME_DIGITS = 20
};

struct creation {
	struct provider_session *session;
	struct provider_call *call;
	const struct provider_machine_spec *spec;
	int minor;
	const char *key_name;
	struct json *server;
};

/* ---- what is wrong before anybody is asked ---- */

static struct provider_result numbers_check(struct provider_call *call, const struct provider_machine_spec *spec)
{
	if (text_is_empty(spec->size))
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "OpenStack has fixed sizes; list the sizes and choose one");
	if (text_is_empty(spec->image))
		return provider_fail(call->arena, PROVIDER_INVALID, "give the image that the machine begins as");
	if (spec->disk_gib < 0 || spec->disk_gib > DISK_GIB_MOST || spec->disk_count > DISKS_MOST)
		return provider_fail(call->arena, PROVIDER_INVALID, "give disks of 1 to %d GiB, and at most %d of them",
				     DISK_GIB_MOST, DISKS_MOST);
	for (size_t i = 0; i < spec->disk_count; i++)
		if (spec->disks[i].size_gib < 1 || spec->disks[i].size_gib > DISK_GIB_MOST)
			return provider_fail(call->arena, PROVIDER_INVALID, "the disk %zu must have 1 to %d GiB", i + 1,
					     DISK_GIB_MOST);
	if (spec->more_network_count > NETWORKS_MOST || spec->security_group_count > GROUPS_MOST)
		return provider_fail(call->arena, PROVIDER_INVALID, "give at most %d networks and %d security groups",
				     NETWORKS_MOST, GROUPS_MOST);
	if (spec->user_data && strlen(spec->user_data) > USER_DATA_MOST / 4 * 3)
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "the user data is longer than the %d bytes that OpenStack takes",
				     USER_DATA_MOST / 4 * 3);
	return PROVIDER_DONE;
}

/* The image's disk is of the size's size, unless it is a volume. */
static struct provider_result disk_check(struct creation *creation)
{
	const struct provider_machine_spec *spec = creation->spec;
	struct provider_size size;
	struct provider_result result = openstack_size(creation->session, creation->call, spec->size, NULL, &size);
	if (result.error != PROVIDER_OK || !size.native_id || creation->session->options.boots_from_volume)
		return result;
	if (size.disk_gib > 0 && spec->disk_gib > size.disk_gib)
		return provider_fail(creation->call->arena, PROVIDER_INVALID,
				     "the size \"%s\" has a disk of %lld GiB and not %lld; choose a larger size, or "
				     "the option boot = volume",
				     size.name, (long long)size.disk_gib, (long long)spec->disk_gib);
	return result;
}

/* ---- the request ---- */

static struct json *device(struct creation *creation, const char *source, const char *destination, int64_t boot_index)
{
	struct json *device = json_object(creation->call->arena);
	json_set_text(device, "source_type", source);
	json_set_text(device, "destination_type", destination);
	json_set_int(device, "boot_index", boot_index);
	json_set_bool(device, "delete_on_termination", true);
	return device;
}

static struct provider_result type_set(struct creation *creation, struct json *to, const char *type)
{
	if (!type)
		return PROVIDER_DONE;
	if (creation->minor < NOVA_VOLUME_TYPE)
		return provider_fail(creation->call->arena, PROVIDER_INVALID,
				     "this OpenStack takes no type for a disk that is made with a machine (it speaks "
				     "2.%d, and that came with "
				     "2.%d); make a volume and attach it",
				     creation->minor, NOVA_VOLUME_TYPE);
	json_set_text(to, "volume_type", type);
	return PROVIDER_DONE;
}

static int64_t root_gib(struct creation *creation)
{
	struct provider_size size;
	if (creation->spec->disk_gib > 0)
		return creation->spec->disk_gib;
	struct provider_result result =
		openstack_size(creation->session, creation->call, creation->spec->size, NULL, &size);
	return result.error == PROVIDER_OK && size.disk_gib > 0 ? size.disk_gib : 0;
}

static struct provider_result disks_set(struct creation *creation, struct json *metadata)
{
	const struct provider_machine_spec *spec = creation->spec;
	const struct openstack_options *options = &creation->session->options;
	struct arena *arena = creation->call->arena;
	struct json *devices = json_array(arena);
	struct json *root = device(creation, "image", options->boots_from_volume ? "volume" : "local", 0);
	struct provider_result result = PROVIDER_DONE;
	json_set_text(root, "uuid", spec->image);
	if (options->boots_from_volume) {
		int64_t size_gib = root_gib(creation);
		if (size_gib == 0)
			return provider_fail(arena, PROVIDER_INVALID,
					     "give the disk's size: the size \"%.64s\" has none of its own",
					     spec->size);
		json_set_int(root, "volume_size", size_gib);
		json_set_text(metadata, MARK_DISK, arena_printf(arena, "%lld", (long long)size_gib));
		result = type_set(creation, root, options->volume_type);
	}
	json_append(devices, root);
	for (size_t i = 0; result.error == PROVIDER_OK && i < spec->disk_count; i++) {
		struct json *disk = device(creation, "blank", "volume", -1);
		json_set_int(disk, "volume_size", spec->disks[i].size_gib);
		result = type_set(creation, disk, spec->disks[i].type ? spec->disks[i].type : options->volume_type);
		json_append(devices, disk);
	}
	json_set(creation->server, "block_device_mapping_v2", devices);
	return result;
}

static void network_add(struct arena *arena, struct json *networks, const char *id)
{
	struct json *network = json_object(arena);
	json_set_text(network, "uuid", id);
	json_append(networks, network);
}

static void networks_set(struct creation *creation)
{
	const struct provider_machine_spec *spec = creation->spec;
	struct arena *arena = creation->call->arena;
	struct json *networks = json_array(arena);
	const char *first = spec->network ? spec->network : creation->session->options.network;
	if (first)
		network_add(arena, networks, first);
	for (size_t i = 0; i < spec->more_network_count; i++)
		network_add(arena, networks, spec->more_networks[i]);
	if (json_size(networks) > 0)
		json_set(creation->server, "networks", networks);
	else if (creation->minor >= NOVA_NETWORKS_NEEDED)
		json_set_text(creation->server, "networks", "auto");
}

static void groups_set(struct creation *creation)
{
	struct arena *arena = creation->call->arena;
	struct json *groups = json_array(arena);
	for (size_t i = 0; i < creation->spec->security_group_count; i++) {
		struct json *group = json_object(arena);
		json_set_text(group, "name", creation->spec->security_groups[i]); /* "by name or UUID" */
		json_append(groups, group);
	}
	if (json_size(groups) > 0)
		json_set(creation->server, "security_groups", groups);
}

static struct provider_result body_make(struct creation *creation)
{
	const struct provider_machine_spec *spec = creation->spec;
	struct arena *arena = creation->call->arena;
	struct json *server = creation->server = json_object(arena), *metadata = json_object(arena);
	struct provider_result result = openstack_tags_set(creation->call, spec->tags, metadata);
	if (result.error != PROVIDER_OK)
		return result;
	openstack_marks_set(creation->session, &spec->intent, metadata);
	json_set_text(metadata, MARK_IMAGE, spec->image);
	json_set_text(server, "name", spec->name);
	json_set_text(server, "flavorRef", spec->size);
	json_set_text(server, "imageRef", creation->session->options.boots_from_volume ? "" : spec->image);
	result = disks_set(creation, metadata);
	if (result.error != PROVIDER_OK)
		return result;
	networks_set(creation);
	groups_set(creation);
	json_set(server, "metadata", metadata);
	if (spec->zone)
		json_set_text(server, "availability_zone", spec->zone);
	if (!text_is_empty(spec->user_data))
		json_set_text(server, "user_data", text_to_base64(arena, slice_text(spec->user_data)));
	if (creation->key_name)
		json_set_text(server, "key_name", creation->key_name);
	if (creation->minor >= NOVA_TAGS_AT_CREATE) {
		struct json *tags = json_array(arena);
		json_append_text(tags, openstack_server_tag(arena, &spec->intent));
		json_set(server, "tags", tags);
	}
	return PROVIDER_DONE;
}

/* ---- asking ---- */

/* Nova puts keys into machines by the name of a key pair: one for each key, by its digest, so that it is made once. */
static struct provider_result key_prepare(struct creation *creation)
{
	const char *key = creation->spec->ssh_key;
	struct provider_key_pair pair;
	if (text_is_empty(key))
		return PROVIDER_DONE;
	const char *digest = digest_sha256_hex(creation->call->arena, openstack_key_body(key));
	creation->key_name = arena_printf(creation->call->arena, "gaon-%.*s", KEY_NAME_DIGITS, digest);
	return openstack_key_pair_import(creation->session, creation->call, creation->key_name, key, &pair);
}

static struct provider_result create_now(struct creation *creation, const char **native_id)
{
	struct openstack_reply reply;
	struct json *body = json_object(creation->call->arena);
	struct provider_result result = body_make(creation);
	if (result.error != PROVIDER_OK)
		return result;
	json_set(body, "server", creation->server);
	result = openstack_ask(creation->session, creation->call,
			       &(struct openstack_request){ .service = OPENSTACK_COMPUTE,
							    .method = "POST",
							    .path = "/servers",
							    .body = body,
							    .what = "creating the machine" },
			       &reply);
	/* What it lacks is something that was asked for: an image, a network. */
	if (result.error == PROVIDER_NOT_FOUND)
		result.error = PROVIDER_INVALID;
	if (result.error == PROVIDER_OK)
		*native_id = json_text(json_path(reply.json, "server", "id", NULL), NULL);
	return result;
}

static struct provider_result look_and_create(struct creation *creation, const char **native_id)
{
	struct openstack_server server;
	struct provider_result result =
		openstack_server_find(creation->session, creation->call, &creation->spec->intent, &server);
	if (result.error == PROVIDER_OK) {
		*native_id = server.machine.native_id;
		return result;
	}
	if (result.error == PROVIDER_NOT_FOUND)
		result = key_prepare(creation);
	return result.error == PROVIDER_OK ? create_now(creation, native_id) : result;
}

struct provider_result openstack_create(struct provider_session *session, struct provider_call *call,
					const struct provider_machine_spec *spec, struct provider_task *task,
					const char **native_id)
{
	struct creation creation = { .session = session, .call = call, .spec = spec };
	*task = (struct provider_task){ NULL };
	*native_id = NULL;
	struct provider_result result = openstack_name_check(call, "machine", spec->name);
	if (result.error == PROVIDER_OK)
		result = numbers_check(call, spec);
	if (result.error == PROVIDER_OK)
		result = openstack_minor(session, call, OPENSTACK_COMPUTE, &creation.minor);
	if (result.error == PROVIDER_OK)
		result = disk_check(&creation);
	if (result.error == PROVIDER_OK)
		result = flight_begin(session->flights, call, spec->intent.resource);
	if (result.error != PROVIDER_OK)
		return result;
	result = look_and_create(&creation, native_id);
	flight_end(session->flights, spec->intent.resource);
	if (result.error == PROVIDER_OK && *native_id)
		task->handle = arena_printf(call->arena, "create:%s", *native_id);
	return result;
}
