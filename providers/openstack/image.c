/* SPDX-License-Identifier: Apache-2.0 */
/* image.c: an image of Glance, and how Nova makes one of a server. */
#include "providers/openstack/image.h"

#include <string.h>

#include "providers/openstack/marks.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

enum { VOLUME_SNAPSHOTS_MOST = 26 };

#define GIB INT64_C(1073741824)

static const char *text_of(struct arena *arena, const struct json *object, const char *key)
{
	const char *text = json_text(json_get(object, key), NULL);
	return text_is_empty(text) ? NULL : arena_strdup(arena, text);
}

/* Of an image that is a server's volumes: which of Cinder's snapshots it stands for. */
static void volume_snapshots_read(struct arena *arena, const struct json *json, struct openstack_image *image)
{
	struct json *devices;
	const char *text = json_text(json_get(json, "block_device_mapping"), NULL);
	if (!text || !status_is_ok(json_parse(arena, slice_text(text), NULL, &devices)))
		return;
	image->volume_snapshots = ARENA_ARRAY(arena, VOLUME_SNAPSHOTS_MOST, const char *);
	for (size_t i = 0; i < json_size(devices) && image->volume_snapshot_count < VOLUME_SNAPSHOTS_MOST; i++) {
		const char *id = text_of(arena, json_at(devices, i), "snapshot_id");
		if (openstack_is_id(id))
			image->volume_snapshots[image->volume_snapshot_count++] = id;
	}
}

static const char *os_of(struct arena *arena, const struct json *json)
{
	const char *type =
		text_lower(arena, json_text(json_get(json, "os_type"), json_text(json_get(json, "os_distro"), "")));
	if (text_starts_with(type, "win"))
		return "windows";
	return type[0] ? "linux" : "unknown";
}

bool openstack_image_read(struct arena *arena, const struct json *json, struct openstack_image *image)
{
	const char *id = text_of(arena, json, "id");
	*image = (struct openstack_image){ .status = text_of(arena, json, "status") };
	if (!openstack_is_id(id) || text_equal(image->status, "deleted") || text_equal(image->status, "pending_delete"))
		return false;
	int64_t virtual_bytes = json_int(json_get(json, "virtual_size"), 0),
		min_disk_gib = json_int(json_get(json, "min_disk"), 0);
	int64_t size_gib = virtual_bytes > 0 ? virtual_bytes / GIB + (virtual_bytes % GIB > 0) : 0;
	const char *architecture = text_of(arena, json, "architecture");
	const char *name = text_of(arena, json, "name");
	image->made.image = (struct provider_image){
		.native_id = id,
		.name = name ? name : id,
		.os = os_of(arena, json),
		.architecture = architecture ? architecture : text_of(arena, json, "hw_architecture"),
		.min_disk_gib = min_disk_gib > size_gib ? min_disk_gib : size_gib,
	};
	image->made.is_ready = text_equal(image->status, "active");
	image->made.is_failed = text_equal(image->status, "killed") || text_equal(image->status, "deactivated");
	image->made.marks = openstack_marks_read(json);
	image->snapshot_of = text_of(arena, json, MARK_SNAPSHOT_OF);
	(void)time_parse(json_text(json_get(json, "created_at"), ""), &image->created_us);
	volume_snapshots_read(arena, json, image);
	return true;
}

static struct provider_result ask(struct provider_session *session, struct provider_call *call, const char *method,
				  const char *native_id, struct openstack_reply *reply)
{
	bool is_read = text_equal(method, "GET");
	if (!openstack_is_id(native_id))
		return openstack_not_found(call, "image", native_id);
	return openstack_ask(session, call,
			     &(struct openstack_request){ .service = OPENSTACK_IMAGE,
							  .method = method,
							  .path = arena_printf(call->arena, "/images/%s", native_id),
							  .what = is_read ? "reading the image" : "deleting the image",
							  .is_read = is_read,
							  .member = is_read ? "id" : NULL },
			     reply);
}

struct provider_result openstack_image_get(struct provider_session *session, struct provider_call *call,
					   const char *native_id, struct openstack_image *image)
{
	struct openstack_reply reply;
	struct provider_result result = ask(session, call, "GET", native_id, &reply);
	if (result.error == PROVIDER_OK && !openstack_image_read(call->arena, reply.json, image))
		return openstack_not_found(call, "image", native_id);
	return result;
}

struct provider_result openstack_image_drop(struct provider_session *session, struct provider_call *call,
					    const char *native_id)
{
	struct openstack_reply reply;
	struct provider_result result = ask(session, call, "DELETE", native_id, &reply);
	return result.error == PROVIDER_NOT_FOUND ? PROVIDER_DONE : result;
}

struct provider_result openstack_image_take(struct provider_session *session, struct provider_call *call,
					    const char *machine, const char *name, const struct json *properties,
					    const char **image_id)
{
	struct openstack_reply reply;
	struct json *argument = json_object(call->arena);
	json_set_text(argument, "name", name);
	json_set(argument, "metadata", properties);
	struct provider_result result = openstack_server_action(session, call, machine, "createImage", argument,
								"making an image of the machine", &reply);
	if (result.error != PROVIDER_OK)
		return result;
	/* Since 2.45 in the body, before that at the end of an address. */
	const char *id = json_text(json_get(reply.json, "image_id"), NULL);
	const char *address = http_header(&reply.response, "Location", NULL),
		   *slash = address ? strrchr(address, '/') : NULL;
	if (!id && slash)
		id = arena_strdup(call->arena, slash + 1);
	if (!openstack_is_id(id))
		return provider_fail(call->arena, PROVIDER_UNKNOWN_OUTCOME,
				     "OpenStack did not say which image it makes; look for it");
	*image_id = id;
	return result;
}
