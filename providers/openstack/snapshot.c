/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot.c: OpenStack has no snapshots of machines: an image of the machine that bears its id; reverting rebuilds
 * from it. */
#include <stdlib.h>
#include <string.h>

#include "providers/kit/flight.h"
#include "providers/openstack/image.h"
#include "providers/openstack/machine.h"
#include "providers/openstack/marks.h"
#include "providers/openstack/task.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

enum { SNAPSHOTS_MOST = 500, DROPS_AT_ONCE = 5 };

struct snapshots {
	struct arena *arena;
	const char *machine;
	struct openstack_image *rows;
	size_t count;
};

static bool snapshot_add(void *context, const struct json *row)
{
	struct snapshots *snapshots = context;
	struct openstack_image image;
	if (openstack_image_read(snapshots->arena, row, &image) && text_equal(image.snapshot_of, snapshots->machine))
		snapshots->rows[snapshots->count++] = image;
	return snapshots->count < SNAPSHOTS_MOST;
}

static int by_age(const void *a, const void *b)
{
	const struct openstack_image *first = a, *second = b;
	if (first->created_us != second->created_us)
		return first->created_us < second->created_us ? -1 : 1;
	return strcmp(first->made.image.native_id, second->made.image.native_id);
}

/* Of this machine, whether it is there still or not; oldest first. */
static struct provider_result snapshots_read(struct provider_session *session, struct provider_call *call,
					     const char *machine, struct snapshots *snapshots)
{
	const struct openstack_list list = {
		.service = OPENSTACK_IMAGE,
		.path = "/images",
		.query = arena_printf(call->arena, "visibility=private&" MARK_SNAPSHOT_OF "=%s", machine),
		.rows = "images",
		.what = "listing the machine's snapshots"
	};
	*snapshots = (struct snapshots){ .arena = call->arena, .machine = machine };
	snapshots->rows = ARENA_ARRAY(call->arena, SNAPSHOTS_MOST, struct openstack_image);
	struct provider_result result = openstack_list_walk(session, call, &list, snapshot_add, snapshots);
	if (result.error == PROVIDER_OK && snapshots->count > 1)
		qsort(snapshots->rows, snapshots->count, sizeof *snapshots->rows, by_age);
	return result;
}

/* ---- making ---- */

static struct provider_result take(struct provider_session *session, struct provider_call *call, const char *native_id,
				   const char *name, const char **snapshot_id)
{
	struct snapshots snapshots;
	struct openstack_server server;
	struct json *properties = json_object(call->arena);
	struct provider_result result = openstack_server_get(session, call, native_id, &server);
	if (result.error == PROVIDER_OK && server.is_volume_backed)
		result = provider_fail(call->arena, PROVIDER_UNSUPPORTED,
				       "the machine boots from a volume, and OpenStack cannot put such a one back; "
				       "make snapshots of its volumes");
	if (result.error == PROVIDER_OK)
		result = snapshots_read(session, call, native_id, &snapshots);
	for (size_t i = 0; result.error == PROVIDER_OK && i < snapshots.count; i++)
		if (text_equal(snapshots.rows[i].made.image.name, name)) {
			*snapshot_id = snapshots.rows[i].made.image.native_id;
			return result;
		}
	if (result.error != PROVIDER_OK)
		return result;
	json_set_text(properties, MARK_SNAPSHOT_OF, native_id);
	json_set_text(properties, MARK_CONNECTION, session->connection);
	json_set_text(properties, MARK_INSTALLATION, session->installation);
	return openstack_image_take(session, call, native_id, name, properties, snapshot_id);
}

struct provider_result openstack_snapshot_create(struct provider_session *session, struct provider_call *call,
						 const char *native_id, const char *name, struct provider_task *task,
						 const char **snapshot_id)
{
	*task = (struct provider_task){ NULL };
	*snapshot_id = NULL;
	struct provider_result result = openstack_name_check(call, "snapshot", name);
	const char *flight = arena_printf(call->arena, "%s/%s", text_or_empty(native_id), text_or_empty(name));
	if (result.error == PROVIDER_OK)
		result = flight_begin(session->flights, call, flight);
	if (result.error != PROVIDER_OK)
		return result;
	result = take(session, call, native_id, name, snapshot_id);
	flight_end(session->flights, flight);
	if (result.error == PROVIDER_OK)
		task->handle = arena_printf(call->arena, "image:%s:%s", *snapshot_id, native_id);
	return result;
}

/* ---- listing ---- */

/* The one that the disk comes from: the newest since the machine was last reverted, else what it was reverted to. */
static size_t current_of(const struct snapshots *snapshots, const struct openstack_server *server)
{
	const char *reverted = json_text(json_get(server->metadata, MARK_REVERTED), "");
	const char *blank = strchr(reverted, ' ');
	int64_t since_us = 0;
	if (blank)
		(void)text_to_int64(blank + 1, &since_us);
	size_t newest = snapshots->count - 1;
	if (snapshots->count == 0 || snapshots->rows[newest].created_us + TIME_US_PER_SECOND > since_us)
		return newest;
	for (size_t i = 0; i < snapshots->count; i++)
		if (text_starts_with(reverted, snapshots->rows[i].made.image.native_id))
			return i;
	return SIZE_MAX;
}

struct provider_result openstack_snapshot_list(struct provider_session *session, struct provider_call *call,
					       const char *native_id, struct provider_snapshot **list, size_t *count)
{
	struct snapshots snapshots;
	struct openstack_server server;
	struct provider_result result = openstack_server_get(session, call, native_id, &server);
	if (result.error == PROVIDER_OK)
		result = snapshots_read(session, call, native_id, &snapshots);
	if (result.error != PROVIDER_OK)
		return result;
	size_t current = current_of(&snapshots, &server);
	*list = ARENA_ARRAY(call->arena, snapshots.count + 1, struct provider_snapshot);
	*count = snapshots.count;
	for (size_t i = 0; i < snapshots.count; i++)
		(*list)[i] = (struct provider_snapshot){ .native_id = snapshots.rows[i].made.image.native_id,
							 .name = snapshots.rows[i].made.image.name,
							 .created_us = snapshots.rows[i].created_us,
							 .is_current = i == current };
	return result;
}

/* ---- reverting ---- */

static struct provider_result rebuild(struct provider_session *session, struct provider_call *call,
				      const struct openstack_server *server, const char *snapshot_id)
{
	struct json *argument = json_object(call->arena), *metadata = json_object(call->arena);
	const char *key;
	const struct json *value;
	/* Rebuilding replaces the metadata: all of it goes along, with the snapshot and the time. */
	for (size_t i = 0; json_member(server->metadata, i, &key, &value); i++)
		json_set(metadata, key, value);
	if (!json_get(metadata, MARK_IMAGE) && server->image)
		json_set_text(metadata, MARK_IMAGE, server->image);
	json_set_text(metadata, MARK_REVERTED,
		      arena_printf(call->arena, "%s %lld", snapshot_id, (long long)time_now_us()));
	json_set_text(argument, "imageRef", snapshot_id);
	json_set(argument, "metadata", metadata);
	return openstack_server_action(session, call, server->machine.native_id, "rebuild", argument,
				       "reverting the machine", NULL);
}

struct provider_result openstack_snapshot_revert(struct provider_session *session, struct provider_call *call,
						 const char *native_id, const char *snapshot_id,
						 struct provider_task *task)
{
	struct openstack_image image;
	struct openstack_server server;
	*task = (struct provider_task){ NULL };
	struct provider_result result = openstack_server_get(session, call, native_id, &server);
	if (result.error == PROVIDER_OK)
		result = openstack_image_get(session, call, snapshot_id, &image);
	if (result.error == PROVIDER_OK && !text_equal(image.snapshot_of, native_id))
		result = openstack_not_found(call, "snapshot of this machine", snapshot_id);
	if (result.error != PROVIDER_OK)
		return result;
	bool is_steady = server.machine.state == PROVIDER_MACHINE_RUNNING ||
			 server.machine.state == PROVIDER_MACHINE_STOPPED ||
			 server.machine.state == PROVIDER_MACHINE_FAILED;
	if (!is_steady || !image.made.is_ready)
		return provider_fail(call->arena, PROVIDER_CONFLICT,
				     "the machine is %s and the snapshot %s; it is reverted when it runs or is "
				     "stopped, to a snapshot that is active",
				     server.machine.native_state, text_or_empty(image.status));
	result = rebuild(session, call, &server, snapshot_id);
	if (result.error == PROVIDER_OK)
		task->handle = arena_printf(call->arena, "revert:%s:%s", native_id, snapshot_id);
	return result;
}

struct provider_result openstack_revert_poll(struct provider_session *session, struct provider_call *call,
					     const struct openstack_handle *handle, struct provider_task_status *status)
{
	struct openstack_server server;
	struct provider_result result = openstack_server_get(session, call, handle->id, &server);
	if (result.error != PROVIDER_OK)
		return result;
	if (server.machine.state == PROVIDER_MACHINE_TRANSITION)
		return openstack_task_running(status, 50, server.machine.native_state);
	if (server.machine.state != PROVIDER_MACHINE_FAILED && text_equal(server.image, handle->more))
		return openstack_task_done(status);
	return openstack_task_failed(status, openstack_server_failed(call, &server, "reverting the machine"));
}

/* ---- deleting ---- */

struct provider_result openstack_snapshot_delete(struct provider_session *session, struct provider_call *call,
						 const char *native_id, const char *snapshot_id,
						 struct provider_task *task)
{
	struct openstack_image image;
	struct openstack_server server;
	*task = (struct provider_task){ NULL };
	struct provider_result result = openstack_server_get(session, call, native_id, &server);
	if (result.error != PROVIDER_OK)
		return result;
	result = openstack_image_get(session, call, snapshot_id, &image);
	if (result.error == PROVIDER_NOT_FOUND)
		return PROVIDER_DONE;
	/* Somebody else's image is not this machine's snapshot, so there is nothing to delete. */
	if (result.error != PROVIDER_OK || !text_equal(image.snapshot_of, native_id))
		return result;
	return openstack_image_drop(session, call, snapshot_id);
}

struct provider_result openstack_snapshot_drop(struct provider_session *session, struct provider_call *call,
					       const char *native_id, bool *left)
{
	struct snapshots snapshots = { .count = 0 };
	bool has_images = false;
	struct provider_result result = openstack_has_service(session, call, OPENSTACK_IMAGE, &has_images);
	if (result.error == PROVIDER_OK && has_images)
		result = snapshots_read(session, call, native_id, &snapshots);
	*left = result.error == PROVIDER_OK && snapshots.count > 0;
	for (size_t i = 0; result.error == PROVIDER_OK && i < snapshots.count && i < DROPS_AT_ONCE; i++)
		result = openstack_image_drop(session, call, snapshots.rows[i].made.image.native_id);
	return result;
}
