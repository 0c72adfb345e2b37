/* SPDX-License-Identifier: Apache-2.0 */
/* v4.c: the exchanges that all of the dialect v4 is made of. */
#include "providers/nutanix/v4.h"

#include <stdarg.h>
#include <string.h>

#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/http/http.h"

/* A task that failed longer ago than this was not begun by the request that it answers. */
#define STALE_US (10 * TIME_US_PER_SECOND)
enum { TASK_ID_MOST = 128 };

const struct provider_ops nutanix_v4_ops = {
	.probe = v4_probe,
	.regions = v4_regions,
	.images = v4_images,
	.networks = v4_networks,
	.quotas = v4_quotas,
	.create = v4_create,
	.find = v4_machine_find,
	.get = v4_machine_read_one,
	.list = v4_machine_list,
	.power = v4_power,
	.resize = v4_resize,
	.rename = v4_rename,
	.tag = v4_tag,
	.remove = v4_remove,
	.snapshot_create = v4_snapshot_create,
	.snapshot_list = v4_snapshot_list,
	.snapshot_revert = v4_snapshot_revert,
	.snapshot_delete = v4_snapshot_delete,
	.metrics = v4_metrics,
	.task = v4_task,
	.volume = &v4_volume_ops,
	.image = &v4_image_ops,
};

const char *v4_path(const struct provider_session *session, struct arena *arena, const char *name_space, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	const char *rest = arena_vprintf(arena, format, arguments);
	va_end(arguments);
	return arena_printf(arena, "/api/%s/v4.%d/%s", name_space, session->options.minor, rest);
}

const char *v4_filter(struct arena *arena, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	const char *expression = arena_vprintf(arena, format, arguments);
	va_end(arguments);
	return arena_printf(arena, "$filter=%s", http_encode(arena, expression));
}

struct provider_result v4_get(struct provider_session *session, struct provider_call *call, const char *path, const char *what,
			      const struct json **data, const char **etag)
{
	struct nutanix_answer answer;
	struct nutanix_request request = { .method = "GET", .path = path, .what = what, .is_read = true };
	struct provider_result result = nutanix_send(session, call, &request, &answer);

	if (result.error != PROVIDER_OK)
		return result;
	*data = json_get(answer.body, "data");
	if (json_kind(*data) != JSON_OBJECT)
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE, "Prism Central's answer to %s has no data", what);
	if (etag) {
		/* A header, or (through some gateways) only in the body. */
		*etag = answer.etag ? answer.etag : json_text(json_path(*data, "$reserved", "ETag", NULL), NULL);
		if (!*etag)
			return provider_fail(call->arena, PROVIDER_UNAVAILABLE, "Prism Central's answer to %s has no ETag", what);
	}
	return PROVIDER_DONE;
}

struct provider_result v4_list(struct provider_session *session, struct provider_call *call, const char *path, const char *query,
			       int64_t page, unsigned limit, const struct json **rows, int64_t *total)
{
	struct nutanix_answer answer;
	struct nutanix_request request = { .method = "GET",
					   .path = arena_printf(call->arena, "%s?$page=%lld&$limit=%u%s%s", path, (long long)page, limit,
								query ? "&" : "", text_or_empty(query)),
					   .what = "listing",
					   .is_read = true };

	request.what = arena_printf(call->arena, "listing %s", strrchr(path, '/') + 1);
	struct provider_result result = nutanix_send(session, call, &request, &answer);
	if (result.error != PROVIDER_OK)
		return result;
	*rows = json_get(answer.body, "data"); /* an empty list has none */
	if (json_kind(*rows) != JSON_ARRAY && (*rows || !json_get(answer.body, "metadata")))
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE, "Prism Central's answer to %s is no list", request.what);
	if (json_size(*rows) > limit)
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE, "Prism Central sends a longer page than was asked for");
	*total = json_int(json_path(answer.body, "metadata", "totalAvailableResults", NULL), page * limit + (int64_t)json_size(*rows));
	return PROVIDER_DONE;
}

struct provider_result v4_page(struct provider_session *session, struct provider_call *call, const char *path, const char *query,
			       struct provider_page *page, const struct json **rows)
{
	int64_t offset = 0, total = 0;
	unsigned limit = 0;
	struct provider_result result = nutanix_page_read(call->arena, page, V4_LIMIT_MOST, &offset, &limit);

	if (result.error == PROVIDER_OK && offset % limit != 0)
		result = provider_fail(call->arena, PROVIDER_INVALID, "the page token is not one of this list; start from the first page");
	if (result.error == PROVIDER_OK)
		result = v4_list(session, call, path, query, offset / limit, limit, rows, &total);
	if (result.error == PROVIDER_OK)
		nutanix_page_next(call->arena, page, offset, limit, json_size(*rows), total);
	return result;
}

const char *v4_id_of(const struct json *data)
{
	const char *id = json_text(json_get(data, "extId"), NULL);

	return id_is_uuid(text_or_empty(id)) ? id : NULL;
}

struct json *v4_reference(struct arena *arena, const char *id)
{
	return nutanix_object(arena, "extId", id);
}

struct json *v4_copy(struct arena *arena, const struct json *object)
{
	struct json *copy = json_object(arena);
	const char *key;
	const struct json *value;

	for (size_t i = 0; json_member(object, i, &key, &value); i++)
		json_set(copy, key, value);
	return copy;
}

struct provider_task v4_handle(struct arena *arena, const char *stage, const char *task, const char *entity, const char *extra)
{
	struct nutanix_handle handle = {
		.api = NUTANIX_API_V4, .stage = stage, .task = task, .entity = entity, .extra = extra
	};

	return (struct provider_task){ nutanix_handle_print(arena, &handle) };
}

/* ---- changes ---- */

static struct provider_result change_send(struct provider_session *session, struct provider_call *call,
					  const struct v4_change *change, const char *request_id, const char **task)
{
	struct nutanix_answer answer;
	struct nutanix_request request = { .method = change->method,
					   .path = change->path,
					   .body = change->body,
					   .what = change->what,
					   .bucket = "change",
					   .etag = change->etag,
					   .request_id = request_id };
	struct provider_result result = nutanix_send(session, call, &request, &answer);

	if (result.error != PROVIDER_OK)
		return result;
	const char *id = json_text(json_path(answer.body, "data", "extId", NULL), NULL);
	/* Without its task nobody knows whether it goes on. */
	if (!id || strlen(id) > TASK_ID_MOST)
		return provider_fail(call->arena, PROVIDER_UNKNOWN_OUTCOME, "Prism Central's answer to %s names no task; see what it did",
				     change->what);
	*task = id;
	return result;
}

struct provider_result v4_send(struct provider_session *session, struct provider_call *call, const struct v4_change *change,
			       const char **task)
{
	return change_send(session, call, change, change->request_id ? change->request_id : id_new(call->arena), task);
}

struct provider_result v4_send_read(struct provider_session *session, struct provider_call *call, const char *path,
				    const struct v4_change *change, const char **task)
{
	struct v4_change sent = *change;
	struct provider_result result = PROVIDER_DONE;

	for (int i = 0; i < NUTANIX_EDITS_MOST; i++) {
		const struct json *data;

		if (i > 0 || !sent.etag)
			result = v4_get(session, call, path, arena_printf(call->arena, "reading before %s", change->what), &data,
					&sent.etag);
		if (result.error == PROVIDER_OK)
			result = v4_send(session, call, &sent, task);
		if (result.error != PROVIDER_CONFLICT)
			return result;
	}
	return result;
}

struct provider_result v4_task_get(struct provider_session *session, struct provider_call *call, const char *task,
				   const struct json **data)
{
	return v4_get(session, call, v4_path(session, call->arena, "prism", "config/tasks/%s", http_encode(call->arena, task)),
		      "reading the task", data, NULL);
}

/* True when the task failed, and was begun before it was asked for just now. */
static bool is_stale(struct provider_session *session, struct provider_call *call, const char *task)
{
	const struct json *data;
	struct provider_result result = v4_task_get(session, call, task, &data);

	if (result.error != PROVIDER_OK)
		return false; /* it is asked again by its handle */
	const char *status = json_text(json_get(data, "status"), "");
	int64_t created_us = nutanix_time_of(json_get(data, "createdTime"));
	return (text_equal(status, "FAILED") || text_equal(status, "CANCELED")) && created_us > 0 &&
	       time_now_us() - created_us > STALE_US;
}

struct provider_result v4_send_once(struct provider_session *session, struct provider_call *call, const struct v4_change *change,
				    const char *purpose, const char *seed, const char **task)
{
	struct provider_result result = PROVIDER_DONE;

	for (unsigned i = 0; i < V4_ATTEMPTS_MOST; i++) {
		result = change_send(session, call, change, nutanix_uuid_of(call->arena, purpose, seed, i), task);
		if (result.error != PROVIDER_OK || !is_stale(session, call, *task))
			return result;
	}
	return provider_fail(call->arena, PROVIDER_CONFLICT, "%d attempts at %s have failed; look at the tasks in Prism Central",
			     V4_ATTEMPTS_MOST, change->what);
}

const char *v4_task_entity(const struct json *task, const char *kind)
{
	const struct json *list = json_get(task, "entitiesAffected");

	for (size_t i = 0; i < json_size(list); i++) {
		const char *rel = json_text(json_get(json_at(list, i), "rel"), "");

		if (text_ends_with(rel, kind))
			return v4_id_of(json_at(list, i));
	}
	return NULL;
}
