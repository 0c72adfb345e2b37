/* SPDX-License-Identifier: Apache-2.0 */
/* machine.c: finding, listing, naming, tagging, removing. */
#include "providers/openstack/machine.h"

#include <string.h>

#include "providers/openstack/marks.h"
#include "providers/openstack/page.h"
#include "providers/openstack/version.h"
#include "runtime/base/text.h"

/* ---- finding ---- */

struct search {
	struct provider_session *session;
	struct arena *arena;
	const struct provider_intent *intent;
	const struct json *found; /* the oldest of them */
	const char *created;
};

static bool search_look(void *context, const struct json *row)
{
	struct search *search = context;
	struct provider_marks marks = openstack_marks_read(json_get(row, "metadata"));
	const char *created = json_text(json_get(row, "created"), "");
	bool is_deleted = text_equal(json_text(json_get(row, "status"), NULL), "DELETED");
	if (is_deleted || !openstack_is_of(search->session, &marks, search->intent))
		return true;
	/* Should there be two, every caller takes the same one. */
	if (!search->found || strcmp(created, search->created) < 0) {
		search->found = row;
		search->created = created;
	}
	return true;
}

struct provider_result openstack_server_find(struct provider_session *session, struct provider_call *call,
					     const struct provider_intent *intent, struct openstack_server *server)
{
	struct search search = { .session = session, .arena = call->arena, .intent = intent };
	struct openstack_list list = { .service = OPENSTACK_COMPUTE,
				       .path = "/servers/detail",
				       .rows = "servers",
				       .what = "looking for the machine" };
	int minor;
	struct provider_result result = openstack_minor(session, call, OPENSTACK_COMPUTE, &minor);
	if (result.error != PROVIDER_OK)
		return result;
	if (minor >= NOVA_TAGS_AT_CREATE)
		list.query = arena_printf(call->arena, "tags=%s", openstack_server_tag(call->arena, intent));
	result = openstack_list_walk(session, call, &list, search_look, &search);
	if (result.error != PROVIDER_OK)
		return result;
	if (!search.found)
		return openstack_not_found(call, "machine for", intent->resource);
	return openstack_server_tell(session, call, search.found, server);
}

struct provider_result openstack_find(struct provider_session *session, struct provider_call *call,
				      const struct provider_intent *intent, struct provider_machine *machine)
{
	struct openstack_server server;
	struct provider_result result = openstack_server_find(session, call, intent, &server);
	if (result.error == PROVIDER_OK)
		*machine = server.machine;
	return result;
}

struct provider_result openstack_get(struct provider_session *session, struct provider_call *call,
				     const char *native_id, struct provider_machine *machine)
{
	struct openstack_server server;
	struct provider_result result = openstack_server_get(session, call, native_id, &server);
	if (result.error == PROVIDER_OK)
		*machine = server.machine;
	return result;
}

struct provider_result openstack_list_machines(struct provider_session *session, struct provider_call *call,
					       struct provider_page *page, struct provider_machine **machines,
					       size_t *count)
{
	static const struct openstack_list LIST = { .service = OPENSTACK_COMPUTE,
						    .path = "/servers/detail",
						    .rows = "servers",
						    .what = "listing the machines" };
	const struct json *rows;
	struct provider_result result = openstack_list_page(session, call, &LIST, page, &rows);
	if (result.error != PROVIDER_OK)
		return result;
	struct provider_machine *told = ARENA_ARRAY(call->arena, json_size(rows) + 1, struct provider_machine);
	size_t told_count = 0;
	for (size_t i = 0; i < json_size(rows); i++) {
		struct openstack_server server;
		result = openstack_server_tell(session, call, json_at(rows, i), &server);
		if (result.error == PROVIDER_OK && server.machine.state != PROVIDER_MACHINE_GONE)
			told[told_count++] = server.machine;
		else if (result.error != PROVIDER_OK && result.error != PROVIDER_NOT_FOUND)
			return result;
	}
	*machines = told;
	*count = told_count;
	return PROVIDER_DONE;
}

/* ---- changing ---- */

struct provider_result openstack_rename(struct provider_session *session, struct provider_call *call,
					const char *native_id, const char *name, struct provider_task *task)
{
	struct openstack_reply reply;
	struct json *body = json_object(call->arena), *server = json_object(call->arena);
	*task = (struct provider_task){ NULL };
	struct provider_result result = openstack_name_check(call, "machine", name);
	if (result.error != PROVIDER_OK)
		return result;
	if (!openstack_is_id(native_id))
		return openstack_not_found(call, "machine", native_id);
	json_set_text(server, "name", name);
	json_set(body, "server", server);
	return openstack_ask(session, call,
			     &(struct openstack_request){ .service = OPENSTACK_COMPUTE,
							  .method = "PUT",
							  .path = arena_printf(call->arena, "/servers/%s", native_id),
							  .body = body,
							  .what = "renaming the machine" },
			     &reply);
}

/* The whole metadata is replaced: so what of it is ours is read first, and nobody but us changes that. */
struct provider_result openstack_tag(struct provider_session *session, struct provider_call *call,
				     const char *native_id, const struct json *tags, struct provider_task *task)
{
	struct openstack_reply reply;
	struct openstack_server server;
	struct json *body = json_object(call->arena), *metadata = json_object(call->arena);
	const char *key;
	const struct json *value;
	*task = (struct provider_task){ NULL };
	struct provider_result result = openstack_tags_set(call, tags, metadata);
	if (result.error == PROVIDER_OK)
		result = openstack_server_get(session, call, native_id, &server);
	if (result.error != PROVIDER_OK)
		return result;
	for (size_t i = 0; json_member(server.metadata, i, &key, &value); i++)
		if (text_starts_with(key, MARK_PREFIX))
			json_set(metadata, key, value);
	json_set(body, "metadata", metadata);
	return openstack_ask(
		session, call,
		&(struct openstack_request){ .service = OPENSTACK_COMPUTE,
					     .method = "PUT",
					     .path = arena_printf(call->arena, "/servers/%s/metadata", native_id),
					     .body = body,
					     .what = "tagging the machine" },
		&reply);
}

/* ---- removing ---- */

struct provider_result openstack_remove(struct provider_session *session, struct provider_call *call,
					const char *native_id, struct provider_task *task)
{
	struct openstack_reply reply;
	*task = (struct provider_task){ NULL };
	if (!openstack_is_id(native_id))
		return PROVIDER_DONE; /* no machine has such an id */
	struct provider_result result =
		openstack_ask(session, call,
			      &(struct openstack_request){ .service = OPENSTACK_COMPUTE,
							   .method = "DELETE",
							   .path = arena_printf(call->arena, "/servers/%s", native_id),
							   .what = "deleting the machine" },
			      &reply);
	if (result.error != PROVIDER_OK && result.error != PROVIDER_NOT_FOUND)
		return result;
	/* Its snapshots go when it is gone; there may be some of one that was deleted long ago. */
	task->handle = arena_printf(call->arena, "delete:%s", native_id);
	return PROVIDER_DONE;
}
