/* SPDX-License-Identifier: Apache-2.0 */
/* volume_snapshot.c: snapshots of volumes, known by their names. */
#include "providers/kit/flight.h"
#include "providers/openstack/page.h"
#include "providers/openstack/volume.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

enum { SNAPSHOTS_MOST = 1000 };

struct snapshots {
	struct arena *arena;
	struct provider_snapshot *rows;
	size_t count;
};

static bool snapshot_add(void *context, const struct json *row)
{
	struct snapshots *snapshots = context;
	const char *id = json_text(json_get(row, "id"), NULL), *name = json_text(json_get(row, "name"), NULL);
	const char *created = json_text(json_get(row, "created_at"), "");
	if (!openstack_is_id(id) || text_equal(json_text(json_get(row, "status"), NULL), "deleted"))
		return true;
	struct provider_snapshot *snapshot = &snapshots->rows[snapshots->count++];
	*snapshot = (struct provider_snapshot){ .native_id = id, .name = text_is_empty(name) ? id : name };
	if (!time_parse(created, &snapshot->created_us))
		(void)time_parse(arena_printf(snapshots->arena, "%sZ", created), &snapshot->created_us);
	return snapshots->count < SNAPSHOTS_MOST;
}

static struct provider_result snapshots_read(struct provider_session *session, struct provider_call *call,
					     const char *volume, struct snapshots *snapshots)
{
	const struct openstack_list list = { .service = OPENSTACK_VOLUME,
					     .path = "/snapshots/detail",
					     .query = arena_printf(call->arena, "volume_id=%s", volume),
					     .rows = "snapshots",
					     .what = "listing the volume's snapshots" };
	*snapshots = (struct snapshots){ .arena = call->arena };
	snapshots->rows = ARENA_ARRAY(call->arena, SNAPSHOTS_MOST, struct provider_snapshot);
	return openstack_list_walk(session, call, &list, snapshot_add, snapshots);
}

struct provider_result openstack_volume_snapshot_list(struct provider_session *session, struct provider_call *call,
						      const char *native_id, struct provider_snapshot **list,
						      size_t *count)
{
	struct snapshots snapshots;
	struct provider_volume volume;
	struct provider_result result = openstack_volume_get(session, call, native_id, &volume);
	if (result.error == PROVIDER_OK)
		result = snapshots_read(session, call, native_id, &snapshots);
	if (result.error != PROVIDER_OK)
		return result;
	*list = snapshots.rows;
	*count = snapshots.count;
	return result;
}

static struct provider_result make(struct provider_session *session, struct provider_call *call, const char *volume,
				   const char *name, const char **snapshot_id)
{
	struct openstack_reply reply;
	struct snapshots snapshots;
	struct json *body = json_object(call->arena), *argument = json_object(call->arena);
	struct provider_result result = snapshots_read(session, call, volume, &snapshots);
	for (size_t i = 0; result.error == PROVIDER_OK && i < snapshots.count; i++)
		if (text_equal(snapshots.rows[i].name, name)) {
			*snapshot_id = snapshots.rows[i].native_id;
			return result;
		}
	if (result.error != PROVIDER_OK)
		return result;
	json_set_text(argument, "volume_id", volume);
	json_set_text(argument, "name", name);
	json_set_bool(argument, "force", true); /* also while it is attached */
	json_set(body, "snapshot", argument);
	result = openstack_volume_ask(session, call, "POST", "/snapshots", body, "making the snapshot", &reply);
	if (result.error == PROVIDER_OK)
		*snapshot_id = json_text(json_path(reply.json, "snapshot", "id", NULL), NULL);
	return result;
}

struct provider_result openstack_volume_snapshot_create(struct provider_session *session, struct provider_call *call,
							const char *native_id, const char *name,
							struct provider_task *task, const char **snapshot_id)
{
	*task = (struct provider_task){ NULL };
	*snapshot_id = NULL;
	struct provider_result result = openstack_name_check(call, "snapshot", name);
	if (result.error == PROVIDER_OK && !openstack_is_id(native_id))
		result = openstack_not_found(call, "volume", native_id);
	const char *flight = arena_printf(call->arena, "%s/%s", text_or_empty(native_id), text_or_empty(name));
	if (result.error == PROVIDER_OK)
		result = flight_begin(session->flights, call, flight);
	if (result.error != PROVIDER_OK)
		return result;
	result = make(session, call, native_id, name, snapshot_id);
	flight_end(session->flights, flight);
	if (result.error == PROVIDER_OK && *snapshot_id)
		task->handle = arena_printf(call->arena, "volume-snapshot:%s", *snapshot_id);
	return result;
}

static struct provider_result status_read(struct provider_session *session, struct provider_call *call,
					  const char *snapshot_id, const char **status)
{
	struct openstack_reply reply;
	struct provider_result result =
		openstack_volume_look(session, call, arena_printf(call->arena, "/snapshots/%s", snapshot_id),
				      "snapshot", "reading the snapshot", &reply);
	*status = json_text(json_path(reply.json, "snapshot", "status", NULL), "unknown");
	return result;
}

struct provider_result openstack_volume_snapshot_poll(struct provider_session *session, struct provider_call *call,
						      const struct openstack_handle *handle,
						      struct provider_task_status *status)
{
	const char *said;
	struct provider_result result = status_read(session, call, handle->id, &said);
	if (result.error == PROVIDER_NOT_FOUND)
		return openstack_task_failed(status, result);
	if (result.error != PROVIDER_OK)
		return result;
	status->native_id = handle->id;
	if (text_equal(said, "available"))
		return openstack_task_done(status);
	if (text_starts_with(said, "error"))
		return openstack_task_failed(
			status,
			provider_fail(call->arena, PROVIDER_CONFLICT,
				      "OpenStack could not make the snapshot (%s); see that the volume is well", said));
	return openstack_task_running(status, 50, said);
}

/* ---- removing ---- */

struct provider_result openstack_volume_snapshot_drop(struct provider_session *session, struct provider_call *call,
						      const char *snapshot_id, bool *is_gone)
{
	struct openstack_reply reply;
	const char *said;
	struct provider_result result = status_read(session, call, snapshot_id, &said);
	*is_gone = result.error == PROVIDER_NOT_FOUND;
	if (*is_gone)
		return PROVIDER_DONE;
	if (result.error != PROVIDER_OK || text_equal(said, "deleting"))
		return result;
	if (text_equal(said, "error_deleting"))
		return provider_fail(call->arena, PROVIDER_CONFLICT,
				     "OpenStack could not delete the snapshot; its operator must look at the backend");
	result = openstack_volume_ask(session, call, "DELETE", arena_printf(call->arena, "/snapshots/%s", snapshot_id),
				      NULL, "deleting the snapshot", &reply);
	return result.error == PROVIDER_NOT_FOUND ? PROVIDER_DONE : result;
}

struct provider_result openstack_volume_snapshot_remove(struct provider_session *session, struct provider_call *call,
							const char *snapshot_id, struct provider_task *task)
{
	bool is_gone = true;
	struct provider_result result = PROVIDER_DONE;
	*task = (struct provider_task){ NULL };
	if (openstack_is_id(snapshot_id))
		result = openstack_volume_snapshot_drop(session, call, snapshot_id, &is_gone);
	if (result.error == PROVIDER_OK && !is_gone)
		task->handle = arena_printf(call->arena, "volume-snapshot-delete:%s", snapshot_id);
	return result;
}

struct provider_result openstack_volume_snapshot_delete_poll(struct provider_session *session,
							     struct provider_call *call,
							     const struct openstack_handle *handle,
							     struct provider_task_status *status)
{
	const char *said;
	struct provider_result result = status_read(session, call, handle->id, &said);
	if (result.error == PROVIDER_NOT_FOUND)
		return openstack_task_done(status);
	if (result.error != PROVIDER_OK)
		return result;
	if (text_equal(said, "error_deleting"))
		return openstack_task_failed(
			status,
			provider_fail(
				call->arena, PROVIDER_CONFLICT,
				"OpenStack could not delete the snapshot; its operator must look at the backend"));
	return openstack_task_running(status, 50, said);
}
