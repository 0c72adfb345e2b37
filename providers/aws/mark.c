/* SPDX-License-Identifier: Apache-2.0 */
/* mark.c: what stands in <tagSet>, and what we write there. */
#include "providers/aws/mark.h"

#include "runtime/base/text.h"

#define KEY_MOST 127
#define INTENT_MOST 64 /* of a client token */

/* ---- writing ---- */

struct aws_tagging aws_tagging_begin(struct aws_query *query, const char *kind)
{
	const char *prefix = arena_printf(query->arena, "TagSpecification.%u", ++query->specifications);

	aws_query_add(query, arena_printf(query->arena, "%s.ResourceType", prefix), kind);
	return (struct aws_tagging){ query, arena_printf(query->arena, "%s.Tag", prefix), 0 };
}

struct aws_tagging aws_tagging_bare(struct aws_query *query)
{
	return (struct aws_tagging){ query, "Tag", 0 };
}

void aws_tagging_add(struct aws_tagging *tagging, const char *key, const char *value)
{
	struct arena *arena = tagging->query->arena;

	tagging->count++;
	aws_query_add(tagging->query, arena_printf(arena, "%s.%zu.Key", tagging->prefix, tagging->count), key);
	aws_query_add(tagging->query, arena_printf(arena, "%s.%zu.Value", tagging->prefix, tagging->count), value);
}

void aws_tagging_ours(struct aws_tagging *tagging, struct provider_session *session)
{
	aws_tagging_add(tagging, AWS_MARK_CONNECTION, session->connection);
	aws_tagging_add(tagging, AWS_MARK_INSTALLATION, session->installation);
}

void aws_mark(struct aws_query *query, struct provider_session *session, const char *kind, const char *name,
	      const struct provider_intent *intent, const struct json *tags)
{
	struct aws_tagging tagging = aws_tagging_begin(query, kind);
	const struct json *value;
	const char *key;

	if (name)
		aws_tagging_add(&tagging, "Name", name);
	aws_tagging_add(&tagging, AWS_MARK_RESOURCE, text_or_empty(intent->resource));
	aws_tagging_add(&tagging, AWS_MARK_OPERATION, text_or_empty(intent->operation));
	aws_tagging_ours(&tagging, session);
	if (intent->tenant)
		aws_tagging_add(&tagging, AWS_MARK_TENANT, intent->tenant);
	if (intent->project)
		aws_tagging_add(&tagging, AWS_MARK_PROJECT, intent->project);
	for (size_t i = 0; json_member(tags, i, &key, &value); i++)
		aws_tagging_add(&tagging, key, json_text(value, ""));
}

/* ---- reading ---- */

static const struct xml *first_tag(const struct xml *thing)
{
	return xml_path(thing, "tagSet", "item", NULL);
}

const char *aws_tag(const struct xml *thing, const char *key)
{
	for (const struct xml *tag = first_tag(thing); tag; tag = xml_next_child(tag, "item"))
		if (text_equal(xml_text(xml_child(tag, "key"), NULL), key))
			return xml_text(xml_child(tag, "value"), "");
	return NULL;
}

struct provider_marks aws_marks_read(const struct xml *thing)
{
	struct provider_marks marks = {
		.resource = aws_tag(thing, AWS_MARK_RESOURCE),
		.operation = aws_tag(thing, AWS_MARK_OPERATION),
		.connection = aws_tag(thing, AWS_MARK_CONNECTION),
		.installation = aws_tag(thing, AWS_MARK_INSTALLATION),
	};

	if (!marks.resource || !marks.operation || !marks.connection || !marks.installation)
		return (struct provider_marks){ .resource = NULL };
	return marks;
}

/* "aws:" is AWS's own: it can neither be set nor taken away. */
static bool is_of_people(const char *key)
{
	return !text_is_empty(key) && !text_equal(key, "Name") && !text_starts_with(key, AWS_MARK_PREFIX) &&
	       !text_starts_with(key, "aws:");
}

const struct json *aws_tags_read(struct arena *arena, const struct xml *thing)
{
	struct json *tags = json_object(arena);

	for (const struct xml *tag = first_tag(thing); tag; tag = xml_next_child(tag, "item")) {
		const char *key = xml_text(xml_child(tag, "key"), NULL);

		if (is_of_people(key))
			json_set_text(tags, key, xml_text(xml_child(tag, "value"), ""));
	}
	return tags;
}

const char *aws_name_read(const struct xml *thing, const char *otherwise)
{
	const char *name = aws_tag(thing, "Name");

	return text_is_empty(name) ? otherwise : name;
}

/* ---- checking ---- */

struct provider_result aws_tags_check(struct arena *arena, const struct json *tags)
{
	const struct json *value;
	const char *key;

	if (tags && json_kind(tags) != JSON_OBJECT)
		return provider_fail(arena, PROVIDER_INVALID, "the tags must be an object of texts");
	if (json_size(tags) > AWS_TAGS_MOST)
		return provider_fail(arena, PROVIDER_INVALID,
				     "at most %d tags fit on a thing at AWS, besides Gaon's own; give fewer",
				     AWS_TAGS_MOST);
	for (size_t i = 0; json_member(tags, i, &key, &value); i++) {
		if (json_kind(value) != JSON_TEXT || strlen(json_text(value, "")) > AWS_TEXT_MOST)
			return provider_fail(arena, PROVIDER_INVALID,
					     "the tag \"%.64s\" must be a text of at most %d bytes", key,
					     AWS_TEXT_MOST);
		if (strlen(key) > KEY_MOST || !is_of_people(key))
			return provider_fail(
				arena, PROVIDER_INVALID,
				"a tag cannot be called \"%.64s\": 1 to %d bytes, and neither Name, %s… nor aws:…", key,
				KEY_MOST, AWS_MARK_PREFIX);
	}
	return PROVIDER_DONE;
}

struct provider_result aws_intent_check(struct arena *arena, const struct provider_intent *intent, const char *name)
{
	if (text_is_empty(intent->resource) || strlen(intent->resource) > INTENT_MOST ||
	    strlen(text_or_empty(intent->operation)) > AWS_TEXT_MOST)
		return provider_fail(arena, PROVIDER_INVALID, "the intent's ids must have 1 to %d characters",
				     INTENT_MOST);
	if (strlen(text_or_empty(intent->tenant)) > AWS_TEXT_MOST ||
	    strlen(text_or_empty(intent->project)) > AWS_TEXT_MOST)
		return provider_fail(arena, PROVIDER_INVALID,
				     "the tenant's and the project's name must have at most %d bytes", AWS_TEXT_MOST);
	if (name && (name[0] == '\0' || strlen(name) > AWS_TEXT_MOST || !text_is_printable(slice_text(name))))
		return provider_fail(arena, PROVIDER_INVALID, "the name must have 1 to %d printable characters",
				     AWS_TEXT_MOST);
	return PROVIDER_DONE;
}
