/* SPDX-License-Identifier: Apache-2.0 */
/* v4_snapshot.c: recovery points of v4 that were made here; their name is their identity. */
#include "providers/nutanix/v4.h"
#include "runtime/base/text.h"

enum { POINTS_MOST = 500, SWEEP_MOST = 10 };

static const char *part_of(const struct json *row, const char *machine)
{
	const struct json *parts = json_get(row, "vmRecoveryPoints");

	for (size_t i = 0; i < json_size(parts); i++)
		if (text_equal(json_text(json_get(json_at(parts, i), "vmExtId"), NULL), machine))
			return v4_id_of(json_at(parts, i));
	return NULL;
}

/* Oldest first. */
static struct provider_result points_of(struct provider_session *session, struct provider_call *call, const char *machine,
					struct nutanix_point **points, size_t *count)
{
	const char *path = v4_path(session, call->arena, "dataprotection", "config/recovery-points");
	const char *query = v4_filter(call->arena, "vmRecoveryPoints/any(v:v/vmExtId eq '%s')", machine);
	int64_t total = 1;

	*points = ARENA_ARRAY(call->arena, POINTS_MOST, struct nutanix_point);
	*count = 0;
	for (int64_t page = 0; page * V4_LIMIT_MOST < total && page < V4_PAGES_MOST; page++) {
		const struct json *rows;
		struct provider_result result = v4_list(session, call, path, query, page, V4_LIMIT_MOST, &rows, &total);

		if (result.error != PROVIDER_OK)
			return result;
		for (size_t i = 0; i < json_size(rows) && *count < POINTS_MOST; i++) {
			const struct json *row = json_at(rows, i);
			struct nutanix_point point = { .id = v4_id_of(row),
					       .of_vm = part_of(row, machine),
					       .name = nutanix_snapshot_name_read(call->arena, json_text(json_get(row, "name"), NULL)),
					       .created_us = nutanix_time_of(json_get(row, "creationTime")) };

			if (point.id && point.of_vm && point.name)
				(*points)[(*count)++] = point;
		}
		if (json_size(rows) == 0)
			break;
	}
	nutanix_points_sort(*points, *count);
	return PROVIDER_DONE;
}

struct provider_result v4_snapshot_list(struct provider_session *session, struct provider_call *call, const char *native_id,
					struct provider_snapshot **snapshots, size_t *count)
{
	const struct json *vm;
	struct provider_machine machine;
	struct nutanix_marks marks;
	struct provider_result result = v4_machine_get(session, call, native_id, &vm, &machine, &marks, NULL);

	return result.error == PROVIDER_OK ? nutanix_points_list(session, call, points_of, native_id, snapshots, count) : result;
}

static const struct json *body_json(struct arena *arena, const char *machine, const char *name)
{
	struct json *body = nutanix_object(arena, "name", nutanix_snapshot_name_print(arena, name));
	struct json *parts = json_array(arena);

	json_append(parts, nutanix_object(arena, "vmExtId", machine));
	json_set_text(body, "recoveryPointType", "CRASH_CONSISTENT");
	json_set(body, "vmRecoveryPoints", parts);
	return body;
}

struct provider_result v4_snapshot_create(struct provider_session *session, struct provider_call *call, const char *native_id,
					  const char *name, struct provider_task *task, const char **snapshot_id)
{
	const struct json *vm;
	struct provider_machine machine;
	struct nutanix_marks marks;
	const struct nutanix_point *point = NULL;
	const char *work = "-";
	struct provider_result result = v4_machine_get(session, call, native_id, &vm, &machine, &marks, NULL);

	*task = (struct provider_task){ NULL };
	*snapshot_id = NULL;
	if (result.error == PROVIDER_OK)
		result = nutanix_name_check(call->arena, text_or_empty(name), NUTANIX_SNAPSHOT_NAME_MOST);
	if (result.error != PROVIDER_OK)
		return result;
	result = nutanix_point_find(session, call, points_of, native_id, name, &point);
	if (result.error == PROVIDER_OK) {
		*snapshot_id = point->name;
		return result;
	}
	if (result.error == PROVIDER_NOT_FOUND)
		result = nutanix_state_check(call->arena, VERB_SNAPSHOT_CREATE, machine.state, machine.native_state);
	if (result.error != PROVIDER_OK)
		return result;
	struct v4_change change = { .method = "POST",
				    .path = v4_path(session, call->arena, "dataprotection", "config/recovery-points"),
				    .body = body_json(call->arena, native_id, name),
				    .what = "making the recovery point" };
	result = v4_send(session, call, &change, &work);
	if (result.error == PROVIDER_OK) {
		*snapshot_id = arena_strdup(call->arena, name);
		*task = v4_handle(call->arena, "work", work, native_id, NULL);
	}
	return result;
}

struct provider_result v4_revert_begin(struct provider_session *session, struct provider_call *call, const char *machine,
				       const char *point, const char *seed, const char **task)
{
	return v4_machine_act(session, call, machine, "revert", nutanix_object(call->arena, "vmRecoveryPointExtId", point),
			      "reverting the machine", seed, task);
}

struct provider_result v4_snapshot_revert(struct provider_session *session, struct provider_call *call, const char *native_id,
					  const char *snapshot_id, struct provider_task *task)
{
	const struct json *vm;
	struct provider_machine machine;
	struct nutanix_marks marks;
	const struct nutanix_point *point = NULL;
	const char *work = "-";
	struct provider_result result = v4_machine_get(session, call, native_id, &vm, &machine, &marks, NULL);

	*task = (struct provider_task){ NULL };
	if (result.error == PROVIDER_OK)
		result = nutanix_point_find(session, call, points_of, native_id, snapshot_id, &point);
	if (result.error == PROVIDER_OK)
		result = nutanix_state_check(call->arena, VERB_SNAPSHOT_REVERT, machine.state, machine.native_state);
	if (result.error != PROVIDER_OK)
		return result;
	bool is_running = machine.state == PROVIDER_MACHINE_RUNNING;
	if (is_running)
		result = v4_power_begin(session, call, native_id, "OFF", NULL, &work);
	else
		result = v4_revert_begin(session, call, native_id, point->of_vm, NULL, &work);
	if (result.error == PROVIDER_OK)
		*task = v4_handle(call->arena, is_running ? "revert-off" : "revert", work, native_id, point->of_vm);
	return result;
}

/* v4 wants the ETag of what is deleted. */
static struct provider_result point_delete(struct provider_session *session, struct provider_call *call, const char *id,
					   const char **work)
{
	const char *path = v4_path(session, call->arena, "dataprotection", "config/recovery-points/%s", id);
	struct v4_change change = { .method = "DELETE", .path = path, .what = "deleting the recovery point" };

	*work = "-";
	struct provider_result result = v4_send_read(session, call, path, &change, work);
	return result.error == PROVIDER_NOT_FOUND ? PROVIDER_DONE : result;
}

struct provider_result v4_snapshot_delete(struct provider_session *session, struct provider_call *call, const char *native_id,
					  const char *snapshot_id, struct provider_task *task)
{
	const struct nutanix_point *point = NULL;
	const char *work = "-";
	struct provider_result result = nutanix_id_check(call->arena, "machine", native_id);

	*task = (struct provider_task){ NULL };
	if (result.error == PROVIDER_OK)
		result = nutanix_point_find(session, call, points_of, native_id, snapshot_id, &point);
	if (result.error == PROVIDER_OK)
		result = point_delete(session, call, point->id, &work);
	if (result.error == PROVIDER_OK && !text_equal(work, "-"))
		*task = v4_handle(call->arena, "work", work, native_id, NULL);
	return result.error == PROVIDER_NOT_FOUND ? PROVIDER_DONE : result;
}

struct provider_result v4_snapshots_sweep(struct provider_session *session, struct provider_call *call, const char *machine,
					  size_t *left)
{
	struct nutanix_point *points;
	const char *work;
	struct provider_result result = points_of(session, call, machine, &points, left);

	for (size_t i = 0; result.error == PROVIDER_OK && i < *left && i < SWEEP_MOST; i++)
		result = point_delete(session, call, points[i].id, &work);
	/* One that is just being deleted, or was changed in between: the next look sees. */
	return result.error == PROVIDER_CONFLICT ? PROVIDER_DONE : result;
}
