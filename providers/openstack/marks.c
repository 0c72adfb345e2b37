/* SPDX-License-Identifier: Apache-2.0 */
/* marks.c: whose a thing is, and what for. */
#include "providers/openstack/marks.h"

#include <string.h>

#include "runtime/base/text.h"

enum { VALUE_MOST = 255, DESCRIPTION_MOST = 255, TAGS_MOST = 100 };

/* ---- metadata ---- */

static const char *mark(const struct json *metadata, const char *key)
{
	const char *text = json_text(json_get(metadata, key), NULL);
	return text_is_empty(text) ? NULL : text;
}

struct provider_marks openstack_marks_read(const struct json *metadata)
{
	struct provider_marks marks = { .resource = mark(metadata, MARK_RESOURCE),
					.operation = mark(metadata, MARK_OPERATION),
					.connection = mark(metadata, MARK_CONNECTION),
					.installation = mark(metadata, MARK_INSTALLATION) };
	return marks.resource ? marks : (struct provider_marks){ .resource = NULL };
}

void openstack_marks_set(const struct provider_session *session, const struct provider_intent *intent,
			 struct json *metadata)
{
	json_set_text(metadata, MARK_RESOURCE, intent->resource);
	json_set_text(metadata, MARK_OPERATION, text_or_empty(intent->operation));
	json_set_text(metadata, MARK_CONNECTION, session->connection);
	json_set_text(metadata, MARK_INSTALLATION, session->installation);
}

bool openstack_is_of(const struct provider_session *session, const struct provider_marks *marks,
		     const struct provider_intent *intent)
{
	return marks->resource && text_equal(marks->resource, intent->resource) &&
	       text_equal(text_or_empty(marks->installation), session->installation);
}

struct json *openstack_tags_read(struct arena *arena, const struct json *metadata)
{
	struct json *tags = json_object(arena);
	const char *key;
	const struct json *value;
	for (size_t i = 0; json_member(metadata, i, &key, &value); i++)
		if (!text_starts_with(key, MARK_PREFIX) && json_kind(value) == JSON_TEXT)
			json_set_text(tags, key, json_text(value, ""));
	return tags;
}

/* What Nova takes as a key of metadata. */
static bool is_key(const char *key)
{
	size_t size = strlen(key);
	return size > 0 && size <= VALUE_MOST && !text_starts_with(key, MARK_PREFIX) &&
	       strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:. ") == size;
}

struct provider_result openstack_tags_set(struct provider_call *call, const struct json *tags, struct json *metadata)
{
	const char *key;
	const struct json *value;
	if (json_size(tags) > TAGS_MOST)
		return provider_fail(call->arena, PROVIDER_INVALID, "OpenStack takes at most %d tags", TAGS_MOST);
	for (size_t i = 0; json_member(tags, i, &key, &value); i++) {
		if (!is_key(key))
			return provider_fail(call->arena, PROVIDER_INVALID,
					     "the tag \"%.64s\" is none for OpenStack: give 1 to %d letters, digits, "
					     "blanks or -_:., not "
					     "beginning with \"" MARK_PREFIX "\"",
					     key, VALUE_MOST);
		if (json_kind(value) != JSON_TEXT || strlen(json_text(value, "")) > VALUE_MOST)
			return provider_fail(call->arena, PROVIDER_INVALID,
					     "the value of the tag \"%.64s\" must be a text of at most %d bytes", key,
					     VALUE_MOST);
		json_set_text(metadata, key, json_text(value, ""));
	}
	return PROVIDER_DONE;
}

const char *openstack_server_tag(struct arena *arena, const struct provider_intent *intent)
{
	return arena_printf(arena, "gaon-%.54s", intent->resource);
}

/* ---- descriptions ---- */

#define OPENING "[gaon "

/* A blank ends a word, a bracket the marks. */
static const char *word_escape(struct arena *arena, const char *text)
{
	return text_is_empty(text) ? "-" : http_encode_path(arena, text);
}

static int hex_digit(char c)
{
	const char *digits = "0123456789ABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : -1;
}

static const char *word_restore(struct arena *arena, const char *word)
{
	struct text text = text_new(arena);
	if (text_equal(word, "-") || word[0] == '\0')
		return NULL;
	for (const char *at = word; *at; at++) {
		int high = *at == '%' ? hex_digit(at[1]) : -1, low = high >= 0 ? hex_digit(at[2]) : -1;
		bool is_escaped = low >= 0 && high * 16 + low != 0;
		text_append_char(&text, is_escaped ? (char)(high * 16 + low) : *at);
		at += is_escaped ? 2 : 0;
	}
	return text_to_utf8(arena, slice_text(text.data));
}

struct provider_result openstack_description_make(const struct provider_session *session, struct provider_call *call,
						  const struct provider_intent *intent, const char *text,
						  const char **description)
{
	struct arena *arena = call->arena;
	const char *marks = arena_printf(arena, OPENING "%s %s %s %s]", word_escape(arena, intent->resource),
					 word_escape(arena, intent->operation), word_escape(arena, session->connection),
					 word_escape(arena, session->installation));
	size_t size = strlen(marks);
	if (size > DESCRIPTION_MOST)
		return provider_fail(arena, PROVIDER_INVALID,
				     "our marks would be %zu characters, and a description at OpenStack holds %d: the "
				     "names of the connection "
				     "and of this installation are too long",
				     size, DESCRIPTION_MOST);
	struct slice people = slice_text(text_is_utf8(slice_text(text)) ? text : NULL);
	size_t kept = 0;
	/* Cut between characters; bytes are counted where OpenStack counts characters, which is never too many. */
	for (size_t step; kept < people.size; kept += step) {
		step = text_utf8_step(slice_of(people.data + kept, people.size - kept));
		if (kept + step + 1 + size > DESCRIPTION_MOST)
			break;
	}
	*description = kept > 0 ? arena_printf(arena, "%.*s %s", (int)kept, people.data, marks) : marks;
	return PROVIDER_DONE;
}

struct provider_marks openstack_description_read(struct arena *arena, const char *description, const char **text)
{
	const struct provider_marks none = { .resource = NULL };
	const char *opening = NULL;
	size_t size = strlen(text_or_empty(description));
	char **words;
	if (text)
		*text = description;
	for (const char *at = description; at && (at = strstr(at, OPENING)) != NULL; at++)
		opening = at;
	if (!opening || description[size - 1] != ']')
		return none;
	const char *inner = opening + strlen(OPENING);
	if (text_split(arena, arena_strndup(arena, inner, size - (size_t)(inner - description) - 1), ' ', &words) != 4)
		return none;
	struct provider_marks marks = { .resource = word_restore(arena, words[0]),
					.operation = word_restore(arena, words[1]),
					.connection = word_restore(arena, words[2]),
					.installation = word_restore(arena, words[3]) };
	if (!marks.resource)
		return none;
	size_t before = (size_t)(opening - description);
	if (text)
		*text = arena_strndup(arena, description, before > 0 ? before - 1 : 0);
	return marks;
}
