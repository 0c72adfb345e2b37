/* SPDX-License-Identifier: Apache-2.0 */
/* v3_tags.c: tags as categories of v3: {"categories_mapping": {"team": ["blue"]}}. */
#include "providers/nutanix/v3.h"
#include "runtime/base/text.h"
#include "runtime/http/http.h"

static struct provider_result category_put(struct provider_session *session, struct provider_call *call, const char *path,
					   const struct json *body)
{
	struct nutanix_answer answer;
	struct nutanix_request request = {
		.method = "PUT", .path = path, .body = body, .what = "making the category of a tag", .bucket = "change"
	};
	struct provider_result result = nutanix_send(session, call, &request, &answer);

	/* A PUT of what is there already changes nothing, so it may be sent again whatever came of it. */
	if (result.error == PROVIDER_UNKNOWN_OUTCOME)
		result.error = PROVIDER_UNAVAILABLE;
	return result.error == PROVIDER_CONFLICT ? PROVIDER_DONE : result;
}

struct provider_result v3_tags_ensure(struct provider_session *session, struct provider_call *call, const struct json *tags)
{
	struct provider_result result = PROVIDER_DONE;
	const char *key;
	const struct json *value;

	for (size_t i = 0; result.error == PROVIDER_OK && json_member(tags, i, &key, &value); i++) {
		const char *word = nutanix_tag_encode(call->arena, json_text(value, ""), NUTANIX_API_V3);
		const char *key_word = nutanix_tag_encode(call->arena, key, NUTANIX_API_V3);
		const char *name = http_encode(call->arena, key_word);

		result = category_put(session, call, arena_printf(call->arena, V3 "categories/%s", name),
				      nutanix_object(call->arena, "name", key_word));
		if (result.error == PROVIDER_OK)
			result = category_put(session, call,
					      arena_printf(call->arena, V3 "categories/%s/%s", name, http_encode(call->arena, word)),
					      nutanix_object(call->arena, "value", word));
	}
	return result;
}

/* As they are now, key by key a list of values. */
static struct json *mapping_of(struct arena *arena, const struct json *metadata)
{
	struct json *mapping = v3_copy(arena, json_get(metadata, "categories_mapping"));
	const char *key;
	const struct json *value;

	if (json_size(mapping) > 0)
		return mapping;
	for (size_t i = 0; json_member(json_get(metadata, "categories"), i, &key, &value); i++) {
		struct json *list = json_array(arena);

		json_append(list, value);
		json_set(mapping, key, list);
	}
	return mapping;
}

void v3_tags_write(struct arena *arena, struct json *metadata, const char *keys_before, const struct json *tags)
{
	const struct json *before = mapping_of(arena, metadata);
	struct json *after = json_object(arena);
	const char *key;
	const struct json *value;

	for (size_t i = 0; json_member(before, i, &key, &value); i++)
		if (!nutanix_tag_is_ours(arena, keys_before, key))
			json_set(after, key, value);
	for (size_t i = 0; json_member(tags, i, &key, &value); i++) {
		struct json *list = json_array(arena);

		json_append_text(list, nutanix_tag_encode(arena, json_text(value, ""), NUTANIX_API_V3));
		json_set(after, nutanix_tag_encode(arena, key, NUTANIX_API_V3), list);
	}
	json_remove(metadata, "categories");
	json_set_bool(metadata, "use_categories_mapping", true);
	json_set(metadata, "categories_mapping", after);
}

const struct json *v3_tags_read(struct arena *arena, const struct json *metadata, const struct nutanix_marks *marks)
{
	const struct json *mapping = mapping_of(arena, metadata);
	struct json *tags = json_object(arena);
	const char *key;
	const struct json *value;

	for (size_t i = 0; json_member(mapping, i, &key, &value); i++) {
		const char *word = json_text(json_at(value, 0), NULL);

		if (!word || json_size(value) != 1 || (marks->ours.resource && !nutanix_tag_is_ours(arena, marks->tags, key)))
			continue;
		json_set_text(tags, nutanix_tag_decode(arena, key), nutanix_tag_decode(arena, word));
	}
	return json_size(tags) > 0 ? tags : NULL;
}
