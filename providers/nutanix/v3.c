/* SPDX-License-Identifier: Apache-2.0 */
/* v3.c: the exchanges that all of the dialect v3 is made of. */
#include "providers/nutanix/v3.h"

#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/http/http.h"

enum { IDENTIFIER_MINUTES = 527040 /* a year: the most */ };

const struct provider_ops nutanix_v3_ops = {
	.probe = v3_probe,
	.regions = v3_regions,
	.images = v3_images,
	.networks = v3_networks,
	.quotas = v3_quotas,
	.create = v3_create,
	.find = v3_machine_find,
	.get = v3_machine_read_one,
	.list = v3_machine_list,
	.power = v3_power,
	.resize = v3_resize,
	.rename = v3_rename,
	.tag = v3_tag,
	.remove = v3_remove,
	.snapshot_create = v3_snapshot_create,
	.snapshot_list = v3_snapshot_list,
	.snapshot_revert = v3_snapshot_revert,
	.snapshot_delete = v3_snapshot_delete,
	.metrics = v3_metrics,
	.task = v3_task,
	.volume = &v3_volume_ops,
	.image = &v3_image_ops,
};

struct provider_result v3_get(struct provider_session *session, struct provider_call *call, const char *collection,
			      const char *uuid, const char *what, struct json **entity)
{
	struct nutanix_answer answer;
	struct provider_result result = nutanix_id_check(call->arena, what, uuid);
	struct nutanix_request request = { .method = "GET",
					   .path = arena_printf(call->arena, V3 "%s/%s", collection, text_or_empty(uuid)),
					   .what = arena_printf(call->arena, "reading the %s", what),
					   .is_read = true };

	if (result.error == PROVIDER_OK)
		result = nutanix_send(session, call, &request, &answer);
	if (result.error != PROVIDER_OK)
		return result;
	if (!text_equal(v3_uuid_of(answer.body), uuid))
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE, "Prism Central answers with another %s than it was asked for",
				     what);
	*entity = answer.body;
	return PROVIDER_DONE;
}

struct provider_result v3_list(struct provider_session *session, struct provider_call *call, const char *collection,
			       const char *kind, int64_t offset, unsigned length, const struct json **entities, int64_t *total)
{
	struct nutanix_answer answer;
	struct json *body = nutanix_object(call->arena, "kind", kind);
	struct nutanix_request request = { .method = "POST",
					   .path = arena_printf(call->arena, V3 "%s/list", collection),
					   .body = body,
					   .what = arena_printf(call->arena, "listing the %s", collection),
					   .is_read = true };

	json_set_int(body, "offset", offset);
	json_set_int(body, "length", length);
	struct provider_result result = nutanix_send(session, call, &request, &answer);
	if (result.error != PROVIDER_OK)
		return result;
	*entities = json_get(answer.body, "entities");
	*total = json_int(json_path(answer.body, "metadata", "total_matches", NULL), (int64_t)json_size(*entities));
	if (json_kind(*entities) != JSON_ARRAY)
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE, "Prism Central's list of %s is none", collection);
	if (json_size(*entities) > length)
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE, "Prism Central sends a longer page of %s than was asked for",
				     collection);
	return PROVIDER_DONE;
}

struct provider_result v3_page(struct provider_session *session, struct provider_call *call, const char *collection,
			       const char *kind, struct provider_page *page, const struct json **entities)
{
	int64_t offset = 0, total = 0;
	unsigned length = 0;
	struct provider_result result = nutanix_page_read(call->arena, page, V3_LENGTH_MOST, &offset, &length);

	if (result.error == PROVIDER_OK)
		result = v3_list(session, call, collection, kind, offset, length, entities, &total);
	if (result.error == PROVIDER_OK)
		nutanix_page_next(call->arena, page, offset, length, json_size(*entities), total);
	return result;
}

const char *v3_task_of(const struct json *entity)
{
	const struct json *task = json_path(entity, "status", "execution_context", "task_uuid", NULL);
	const char *text = json_text(json_kind(task) == JSON_ARRAY ? json_at(task, 0) : task, NULL);

	if (!text)
		text = json_text(json_get(entity, "task_uuid"), NULL);
	return id_is_uuid(text_or_empty(text)) ? text : "-";
}

const char *v3_uuid_of(const struct json *entity)
{
	const char *uuid = json_text(json_path(entity, "metadata", "uuid", NULL), NULL);

	return id_is_uuid(text_or_empty(uuid)) ? uuid : NULL;
}

struct provider_result v3_change(struct provider_session *session, struct provider_call *call, const char *method,
				 const char *path, const struct json *body, const char *what, const char **task)
{
	struct nutanix_answer answer;
	struct nutanix_request request = {
		.method = method, .path = path, .body = body, .what = what, .bucket = "change"
	};
	struct provider_result result = nutanix_send(session, call, &request, &answer);

	if (result.error != PROVIDER_OK)
		return result;
	if (answer.status != 204 && json_kind(answer.body) != JSON_OBJECT)
		return provider_fail(call->arena, PROVIDER_UNKNOWN_OUTCOME, "Prism Central's answer to %s is empty; see what it did", what);
	*task = v3_task_of(answer.body);
	return result;
}

struct json *v3_reference(struct arena *arena, const char *kind, const char *uuid)
{
	struct json *reference = nutanix_object(arena, "kind", kind);

	json_set_text(reference, "uuid", uuid);
	return reference;
}

struct json *v3_copy(struct arena *arena, const struct json *object)
{
	struct json *copy = json_object(arena);
	const char *key;
	const struct json *value;

	for (size_t i = 0; json_member(object, i, &key, &value); i++)
		json_set(copy, key, value);
	return copy;
}

struct provider_task v3_handle(struct arena *arena, const char *stage, const char *task, const char *entity, const char *extra)
{
	struct nutanix_handle handle = {
		.api = NUTANIX_API_V3, .stage = stage, .task = task, .entity = entity, .extra = extra
	};

	return (struct provider_task){ nutanix_handle_print(arena, &handle) };
}

/* ---- identity ---- */

static struct provider_result identifiers_read(struct provider_session *session, struct provider_call *call, const char *name,
					       const char *uuids[V3_IDENTIFIERS])
{
	struct nutanix_answer answer;
	struct nutanix_request request = { .method = "GET",
					   .path = arena_printf(call->arena, V3 "idempotence_identifiers/%s", name),
					   .what = "reading the idempotence identifiers",
					   .is_read = true };
	struct provider_result result = nutanix_send(session, call, &request, &answer);

	if (result.error != PROVIDER_OK)
		return result;
	const struct json *list = json_get(answer.body, "uuid_list");
	for (size_t i = 0; i < V3_IDENTIFIERS; i++) {
		uuids[i] = json_text(json_at(list, i), NULL);
		if (!id_is_uuid(text_or_empty(uuids[i])))
			return provider_fail(call->arena, PROVIDER_UNAVAILABLE,
					     "Prism Central keeps no usable idempotence identifiers for %s", name);
	}
	return PROVIDER_DONE;
}

static struct provider_result identifiers_make(struct provider_session *session, struct provider_call *call, const char *name)
{
	struct nutanix_answer answer;
	struct json *body = nutanix_object(call->arena, "client_identifier", name);
	struct nutanix_request request = { .method = "POST",
					   .path = V3 "idempotence_identifiers",
					   .body = body,
					   .what = "reserving idempotence identifiers",
					   .bucket = "change" };

	json_set_int(body, "count", V3_IDENTIFIERS);
	json_set_int(body, "valid_duration_in_minutes", IDENTIFIER_MINUTES);
	struct provider_result result = nutanix_send(session, call, &request, &answer);
	/* Somebody else did it just now: what is kept counts. And what may have been done is seen by reading. */
	if (result.error == PROVIDER_CONFLICT || result.error == PROVIDER_UNKNOWN_OUTCOME)
		return PROVIDER_DONE;
	return result;
}

struct provider_result v3_identifiers(struct provider_session *session, struct provider_call *call, const char *resource,
				      bool make, const char *uuids[V3_IDENTIFIERS])
{
	const char *name = arena_printf(call->arena, "gaon-%s", resource);
	struct provider_result result = identifiers_read(session, call, name, uuids);

	if (result.error != PROVIDER_NOT_FOUND || !make)
		return result;
	result = identifiers_make(session, call, name);
	/* Read again: what Prism Central keeps is the same for all who ask. */
	if (result.error == PROVIDER_OK)
		result = identifiers_read(session, call, name, uuids);
	if (result.error == PROVIDER_NOT_FOUND)
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE, "Prism Central did not keep the idempotence identifiers; retry");
	return result;
}

struct provider_result v3_find(struct provider_session *session, struct provider_call *call, const char *collection,
			       const char *what, const struct provider_intent *intent, bool make, struct json **entity,
			       const char **free_uuid)
{
	const char *uuids[V3_IDENTIFIERS];
	struct provider_result result = nutanix_id_check(call->arena, what, intent->resource);

	*free_uuid = NULL;
	if (result.error == PROVIDER_OK)
		result = v3_identifiers(session, call, intent->resource, make, uuids);
	if (result.error != PROVIDER_OK)
		return result;
	for (size_t i = 0; i < V3_IDENTIFIERS; i++) {
		struct json *read = NULL;

		result = v3_get(session, call, collection, uuids[i], what, &read);
		if (result.error == PROVIDER_NOT_FOUND) {
			*free_uuid = *free_uuid ? *free_uuid : uuids[i];
			continue;
		}
		if (result.error != PROVIDER_OK)
			return result;
		/* What failed stays with its UUID: the next attempt takes the next one. */
		if (v3_is_failed(read))
			continue;
		struct nutanix_marks marks =
			nutanix_marks_read(call->arena, json_text(json_path(read, "spec", "description", NULL), NULL), NULL);
		if (!nutanix_marks_are(&marks, session, intent))
			continue;
		*entity = read;
		return PROVIDER_DONE;
	}
	return provider_fail(call->arena, PROVIDER_NOT_FOUND, "no %s was made for %s", what, intent->resource);
}
