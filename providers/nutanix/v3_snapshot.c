/* SPDX-License-Identifier: Apache-2.0 */
/* v3_snapshot.c: recovery points of v3 that were made here; their name is their identity. */
#include "providers/nutanix/v3.h"
#include "runtime/base/text.h"

enum { POINTS_MOST = 500, SWEEP_MOST = 10 };

static void point_add(struct arena *arena, const struct json *entity, const char *machine, struct nutanix_point *points, size_t *count)
{
	const struct json *status = json_get(entity, "status");
	const char *name = nutanix_snapshot_name_read(
		arena, json_text(json_get(status, "name"), json_text(json_path(entity, "spec", "name", NULL), NULL)));
	const char *parent = json_text(json_path(status, "resources", "parent_vm_reference", "uuid", NULL), NULL);
	const char *uuid = v3_uuid_of(entity);

	if (!name || !uuid || !text_equal(parent, machine) || *count == POINTS_MOST)
		return;
	int64_t created_us = nutanix_time_of(json_path(status, "resources", "creation_time", NULL));
	if (created_us == 0)
		created_us = nutanix_time_of(json_path(entity, "metadata", "creation_time", NULL));
	points[(*count)++] = (struct nutanix_point){
		.id = uuid, .of_vm = uuid, .name = name, .state = json_text(json_get(status, "state"), ""), .created_us = created_us
	};
}

/* v3 lists all recovery points of Prism Central; those of a machine are picked out here. Oldest first. */
static struct provider_result points_of(struct provider_session *session, struct provider_call *call, const char *machine,
					struct nutanix_point **points, size_t *count)
{
	int64_t total = 1;

	*points = ARENA_ARRAY(call->arena, POINTS_MOST, struct nutanix_point);
	*count = 0;
	for (int64_t offset = 0; offset < total; offset += V3_LENGTH_MOST) {
		const struct json *entities;
		struct provider_result result = v3_list(session, call, "vm_recovery_points", "vm_recovery_point", offset,
							V3_LENGTH_MOST, &entities, &total);

		if (result.error != PROVIDER_OK)
			return result;
		if (offset / V3_LENGTH_MOST >= V3_PAGES_MOST)
			return provider_fail(call->arena, PROVIDER_UNAVAILABLE, "Prism Central has more recovery points than can be read");
		for (size_t i = 0; i < json_size(entities); i++)
			point_add(call->arena, json_at(entities, i), machine, *points, count);
		if (json_size(entities) == 0)
			break;
	}
	nutanix_points_sort(*points, *count);
	return PROVIDER_DONE;
}

struct provider_result v3_snapshot_list(struct provider_session *session, struct provider_call *call, const char *native_id,
					struct provider_snapshot **snapshots, size_t *count)
{
	struct json *vm;
	struct provider_result result = v3_get(session, call, "vms", native_id, "machine", &vm);

	return result.error == PROVIDER_OK ? nutanix_points_list(session, call, points_of, native_id, snapshots, count) : result;
}

struct provider_result v3_snapshot_create(struct provider_session *session, struct provider_call *call, const char *native_id,
					  const char *name, struct provider_task *task, const char **snapshot_id)
{
	struct json *vm;
	struct provider_machine machine;
	struct nutanix_marks marks;
	const struct nutanix_point *point = NULL;
	const char *work = "-";
	struct provider_result result = v3_machine_get(session, call, native_id, &vm, &machine, &marks);

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
	struct json *body = nutanix_object(call->arena, "name", nutanix_snapshot_name_print(call->arena, name));
	json_set_text(body, "recovery_point_type", "CRASH_CONSISTENT");
	result = v3_change(session, call, "POST", arena_printf(call->arena, V3 "vms/%s/snapshot", native_id), body,
			   "making the recovery point", &work);
	if (result.error == PROVIDER_OK) {
		*snapshot_id = arena_strdup(call->arena, name);
		*task = v3_handle(call->arena, "work", work, native_id, NULL);
	}
	return result;
}

struct provider_result v3_revert_begin(struct provider_session *session, struct provider_call *call, const char *machine,
				       const char *point, const char **task)
{
	return v3_change(session, call, "POST", arena_printf(call->arena, V3 "vms/%s/revert", machine),
			 nutanix_object(call->arena, "vm_recovery_point_uuid", point), "reverting the machine", task);
}

struct provider_result v3_snapshot_revert(struct provider_session *session, struct provider_call *call, const char *native_id,
					  const char *snapshot_id, struct provider_task *task)
{
	struct json *vm;
	struct provider_machine machine;
	struct nutanix_marks marks;
	const struct nutanix_point *point = NULL;
	const char *work = "-";
	struct provider_result result = v3_machine_get(session, call, native_id, &vm, &machine, &marks);

	*task = (struct provider_task){ NULL };
	if (result.error == PROVIDER_OK)
		result = nutanix_point_find(session, call, points_of, native_id, snapshot_id, &point);
	if (result.error == PROVIDER_OK)
		result = nutanix_state_check(call->arena, VERB_SNAPSHOT_REVERT, machine.state, machine.native_state);
	if (result.error != PROVIDER_OK)
		return result;
	bool is_running = machine.state == PROVIDER_MACHINE_RUNNING;
	if (is_running)
		result = v3_power_begin(session, call, native_id, "OFF", &work);
	else
		result = v3_revert_begin(session, call, native_id, point->id, &work);
	if (result.error == PROVIDER_OK)
		*task = v3_handle(call->arena, is_running ? "revert-off" : "revert", work, native_id, point->id);
	return result;
}

static struct provider_result point_delete(struct provider_session *session, struct provider_call *call, const char *uuid,
					   const char **work)
{
	struct provider_result result =
		v3_change(session, call, "DELETE", arena_printf(call->arena, V3 "vm_recovery_points/%s", uuid), NULL,
			  "deleting the recovery point", work);

	return result.error == PROVIDER_NOT_FOUND ? PROVIDER_DONE : result;
}

struct provider_result v3_snapshot_delete(struct provider_session *session, struct provider_call *call, const char *native_id,
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
		*task = v3_handle(call->arena, "work", work, native_id, NULL);
	return result.error == PROVIDER_NOT_FOUND ? PROVIDER_DONE : result;
}

struct provider_result v3_snapshots_sweep(struct provider_session *session, struct provider_call *call, const char *machine,
					  size_t *left)
{
	struct nutanix_point *points;
	const char *work;
	struct provider_result result = points_of(session, call, machine, &points, left);

	for (size_t i = 0; result.error == PROVIDER_OK && i < *left && i < SWEEP_MOST; i++)
		if (!text_equal(points[i].state, "DELETE_PENDING"))
			result = point_delete(session, call, points[i].id, &work);
	/* One that is just being deleted, or was changed in between: the next look sees. */
	return result.error == PROVIDER_CONFLICT ? PROVIDER_DONE : result;
}
