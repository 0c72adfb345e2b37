/* SPDX-License-Identifier: Apache-2.0 */
/* v4_tags.c: tags as categories of v4: things of their own, which machines refer to by id. */
#include "providers/nutanix/v4.h"

#include <string.h>

#include "runtime/base/text.h"

enum { CACHE_MOST = 20000, MACHINE_CATEGORIES_MOST = 200, PACKED_MOST = 1700 };

/* ---- what the session keeps in mind ---- */

/* By id, or (NULL) by key and value. What it gives lives as long as the session: only all of it is forgotten at once. */
static const struct nutanix_category *recall(struct provider_session *session, struct arena *arena, const char *id, const char *key,
					     const char *value)
{
	struct nutanix_category *copy = NULL;

	pthread_mutex_lock(&session->mutex);
	for (const struct nutanix_category *each = session->categories; each && !copy; each = each->next) {
		if (id ? !text_equal(each->id, id) : !text_equal(each->key, key) || !text_equal(each->value, value))
			continue;
		copy = ARENA_NEW(arena, struct nutanix_category);
		*copy = (struct nutanix_category){ .id = arena_strdup(arena, each->id),
						   .key = arena_strdup(arena, each->key),
						   .value = arena_strdup(arena, each->value) };
	}
	pthread_mutex_unlock(&session->mutex);
	return copy;
}

static void remember(struct provider_session *session, const struct nutanix_category *category)
{
	pthread_mutex_lock(&session->mutex);
	if (session->category_count == CACHE_MOST) {
		arena_reset(session->categories_arena);
		session->categories = NULL;
		session->category_count = 0;
	}
	struct arena *arena = session->categories_arena;
	struct nutanix_category *kept = ARENA_NEW(arena, struct nutanix_category);
	*kept = (struct nutanix_category){ .id = arena_strdup(arena, category->id),
					   .key = arena_strdup(arena, category->key),
					   .value = arena_strdup(arena, category->value),
					   .next = session->categories };
	session->categories = kept;
	session->category_count++;
	pthread_mutex_unlock(&session->mutex);
}

static void forget(struct provider_session *session, const char *id)
{
	pthread_mutex_lock(&session->mutex);
	for (struct nutanix_category **link = &session->categories; *link; link = &(*link)->next)
		if (text_equal((*link)->id, id)) {
			*link = (*link)->next;
			break;
		}
	pthread_mutex_unlock(&session->mutex);
}

static bool category_read(const struct json *data, struct nutanix_category *category)
{
	*category = (struct nutanix_category){ .id = v4_id_of(data),
					       .key = json_text(json_get(data, "key"), NULL),
					       .value = json_text(json_get(data, "value"), NULL) };
	return category->id && category->key && category->value;
}

/* ---- asking ---- */

static const char *path_of(struct provider_session *session, struct arena *arena)
{
	return v4_path(session, arena, "prism", "config/categories");
}

/* An OData literal: a quote is written twice. */
static const char *quoted(struct arena *arena, const char *text)
{
	struct text out = text_new(arena);

	for (; *text; text++) {
		if (*text == '\'')
			text_append_char(&out, '\'');
		text_append_char(&out, *text);
	}
	return out.data;
}

static struct provider_result category_search(struct provider_session *session, struct provider_call *call, const char *key,
					      const char *value, const char **id)
{
	const struct json *rows;
	int64_t total;
	struct nutanix_category category;
	const char *filter = v4_filter(call->arena, "key eq '%s' and value eq '%s'", quoted(call->arena, key),
				       quoted(call->arena, value));
	struct provider_result result =
		v4_list(session, call, path_of(session, call->arena), filter, 0, V4_LIMIT_MOST, &rows, &total);

	*id = NULL;
	for (size_t i = 0; result.error == PROVIDER_OK && i < json_size(rows); i++)
		if (category_read(json_at(rows, i), &category) && text_equal(category.key, key) && text_equal(category.value, value)) {
			remember(session, &category);
			*id = category.id;
			return result;
		}
	return result;
}

static struct provider_result category_make(struct provider_session *session, struct provider_call *call, const char *key,
					    const char *value)
{
	struct json *body = nutanix_object(call->arena, "key", key);
	const char *task;
	struct v4_change change = { .method = "POST",
				    .path = path_of(session, call->arena),
				    .body = body,
				    .what = "making the category of a tag",
				    .request_id = NULL };

	json_set_text(body, "value", value);
	struct provider_result result = v4_send(session, call, &change, &task);
	/* Somebody else made it, or it may have been made: the search that follows sees. */
	return result.error == PROVIDER_CONFLICT || result.error == PROVIDER_UNKNOWN_OUTCOME ? PROVIDER_DONE : result;
}

static struct provider_result category_need(struct provider_session *session, struct provider_call *call, const char *key,
					    const char *value, const char **id)
{
	const struct nutanix_category *known = recall(session, call->arena, NULL, key, value);

	if (known) {
		*id = known->id;
		return PROVIDER_DONE;
	}
	struct provider_result result = category_search(session, call, key, value, id);
	if (result.error == PROVIDER_OK && !*id)
		result = category_make(session, call, key, value);
	if (result.error == PROVIDER_OK && !*id)
		result = category_search(session, call, key, value, id);
	if (result.error == PROVIDER_OK && !*id)
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE, "the category of the tag \"%.64s\" is not listed yet; retry", key);
	return result;
}

struct provider_result v4_tags_ensure(struct provider_session *session, struct provider_call *call, const struct json *tags,
				      struct json **references)
{
	const char *key;
	const struct json *value;

	*references = json_array(call->arena);
	for (size_t i = 0; json_member(tags, i, &key, &value); i++) {
		const char *id;
		const char *word = nutanix_tag_encode(call->arena, json_text(value, ""), NUTANIX_API_V4);
		struct provider_result result =
			category_need(session, call, nutanix_tag_encode(call->arena, key, NUTANIX_API_V4), word, &id);

		if (result.error != PROVIDER_OK)
			return result;
		json_append(*references, v4_reference(call->arena, id));
	}
	return PROVIDER_DONE;
}

/* A category that was deleted since is none. */
static struct provider_result category_of(struct provider_session *session, struct provider_call *call, const char *id,
					  const struct nutanix_category **category)
{
	const struct json *data;
	struct nutanix_category *read = ARENA_NEW(call->arena, struct nutanix_category);

	*category = recall(session, call->arena, id, NULL, NULL);
	if (*category)
		return PROVIDER_DONE;
	struct provider_result result = v4_get(session, call, arena_printf(call->arena, "%s/%s", path_of(session, call->arena), id),
					       "reading a category", &data, NULL);
	if (result.error == PROVIDER_NOT_FOUND)
		return PROVIDER_DONE;
	if (result.error == PROVIDER_OK && category_read(data, read)) {
		remember(session, read);
		*category = read;
	}
	return result;
}

struct provider_result v4_tags_read(struct provider_session *session, struct provider_call *call, const struct json *vm,
				    const struct nutanix_marks *marks, struct provider_machine *machine)
{
	const struct json *list = json_get(vm, "categories");
	struct json *tags = json_object(call->arena);

	machine->tags = NULL;
	if (marks->ours.resource && !marks->tags)
		return PROVIDER_DONE;
	for (size_t i = 0; i < json_size(list) && i < MACHINE_CATEGORIES_MOST; i++) {
		const char *id = v4_id_of(json_at(list, i));
		const struct nutanix_category *category = NULL;
		struct provider_result result = id ? category_of(session, call, id, &category) : PROVIDER_DONE;

		if (result.error != PROVIDER_OK)
			return result;
		if (category && (!marks->ours.resource || nutanix_tag_is_ours(call->arena, marks->tags, category->key)))
			json_set_text(tags, nutanix_tag_decode(call->arena, category->key),
				      nutanix_tag_decode(call->arena, category->value));
	}
	if (json_size(tags) > 0)
		machine->tags = tags;
	return PROVIDER_DONE;
}

/* ---- changing: associate what is missing, then let go of what is no longer wanted, then note down which are ours ---- */

static bool is_in(const struct json *references, const char *id)
{
	for (size_t i = 0; i < json_size(references); i++)
		if (text_equal(v4_id_of(json_at(references, i)), id))
			return true;
	return false;
}

/* Those of `wanted` that are not in `now`. */
static struct json *missing_of(struct arena *arena, const struct json *wanted, const struct json *now)
{
	struct json *missing = json_array(arena);

	for (size_t i = 0; i < json_size(wanted); i++)
		if (!is_in(now, v4_id_of(json_at(wanted, i))))
			json_append(missing, json_at(wanted, i));
	return missing;
}

static struct provider_result unwanted_of(struct provider_session *session, struct provider_call *call, const struct json *now,
					  const struct json *wanted, const char *keys, struct json *unwanted)
{
	for (size_t i = 0; i < json_size(now) && i < MACHINE_CATEGORIES_MOST; i++) {
		const char *id = v4_id_of(json_at(now, i));
		const struct nutanix_category *category = NULL;
		struct provider_result result = PROVIDER_DONE;

		if (id && !is_in(wanted, id))
			result = category_of(session, call, id, &category);
		if (result.error != PROVIDER_OK)
			return result;
		if (category && nutanix_tag_is_ours(call->arena, keys, category->key))
			json_append(unwanted, v4_reference(call->arena, id));
	}
	return PROVIDER_DONE;
}

static struct provider_result keys_edit(struct v4_edit *edit, const void *context)
{
	const char *description;

	edit->is_so_already = text_equal(edit->marks.tags, context);
	edit->marks.tags = context;
	struct provider_result result = nutanix_marks_print(edit->arena, edit->text, &edit->marks, &description);
	if (result.error == PROVIDER_OK)
		json_set_text(edit->vm, "description", description);
	return result;
}

static struct provider_result categories_act(struct provider_session *session, struct provider_call *call, const char *native_id,
					     const char *action, const struct json *references, const char **task)
{
	struct json *body = json_object(call->arena);

	json_set(body, "categories", references);
	struct provider_result result =
		v4_machine_act(session, call, native_id, action, body, "tagging the machine", NULL, task);
	/* One that was deleted at Prism Central is still in our mind: the next attempt asks for it anew. */
	for (size_t i = 0; result.error == PROVIDER_INVALID && i < json_size(references); i++)
		forget(session, v4_id_of(json_at(references, i)));
	return result;
}

struct provider_result v4_tag_step(struct provider_session *session, struct provider_call *call, const char *native_id,
				   const struct json *tags, const char **task)
{
	const struct json *vm;
	struct provider_machine machine;
	struct nutanix_marks marks;
	struct json *wanted, *unwanted = json_array(call->arena);
	struct provider_result result = v4_machine_get(session, call, native_id, &vm, &machine, &marks, NULL);

	*task = "-";
	if (result.error == PROVIDER_OK)
		result = nutanix_state_check(call->arena, VERB_TAG, machine.state, machine.native_state);
	if (result.error == PROVIDER_OK)
		result = v4_tags_ensure(session, call, tags, &wanted);
	if (result.error != PROVIDER_OK)
		return result;
	const struct json *now = json_get(vm, "categories");
	const struct json *missing = missing_of(call->arena, wanted, now);
	if (json_size(missing) > 0)
		return categories_act(session, call, native_id, "associate-categories", missing, task);
	result = unwanted_of(session, call, now, wanted, marks.tags, unwanted);
	if (result.error == PROVIDER_OK && json_size(unwanted) > 0)
		return categories_act(session, call, native_id, "disassociate-categories", unwanted, task);
	/* A machine that bears no marks of ours gets none by being tagged. */
	if (result.error != PROVIDER_OK || !marks.ours.resource)
		return result;
	return v4_machine_edit(session, call, native_id, VERB_TAG, "tagging the machine", keys_edit,
			       nutanix_tag_keys(call->arena, tags), task);
}

const char *v4_tags_pack(struct arena *arena, const struct json *tags)
{
	return text_to_base64url(arena, slice_text(json_print(arena, tags)));
}

struct json *v4_tags_unpack(struct arena *arena, const char *packed)
{
	struct slice bytes;
	struct json *tags;

	if (!text_from_base64url(arena, slice_text(packed), &bytes) || !status_is_ok(json_parse(arena, bytes, NULL, &tags)) ||
	    json_kind(tags) != JSON_OBJECT)
		return NULL;
	return tags;
}

struct provider_result v4_tag(struct provider_session *session, struct provider_call *call, const char *native_id,
			      const struct json *tags, struct provider_task *task)
{
	const char *work = "-", *packed = v4_tags_pack(call->arena, tags);
	struct provider_result result = nutanix_id_check(call->arena, "machine", native_id);

	*task = (struct provider_task){ NULL };
	if (result.error == PROVIDER_OK)
		result = nutanix_tags_check(call->arena, tags, NUTANIX_API_V4);
	if (result.error == PROVIDER_OK && strlen(packed) > PACKED_MOST)
		result = provider_fail(call->arena, PROVIDER_INVALID, "the tags are too many or too long for one change; use fewer");
	if (result.error == PROVIDER_OK)
		result = v4_tag_step(session, call, native_id, tags, &work);
	if (result.error == PROVIDER_OK && !text_equal(work, "-"))
		*task = v4_handle(call->arena, "tag", work, native_id, packed);
	return result;
}
