/* SPDX-License-Identifier: Apache-2.0 */
/* protojson_read.c: JSON as messages. Strict: what is not understood is said, never dropped. */
#include <string.h>

#include "client/cli/protojson_read.h"
#include "client/cli/value.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

void protojson_set_time(struct arena *arena, ProtobufCMessage *message, int64_t us)
{
	int64_t seconds = us / TIME_US_PER_SECOND, part = us % TIME_US_PER_SECOND;

	/* Timestamp: "Non-negative fractions of a second"; a Duration's parts share their sign, which C's division
	 * gives. */
	if (part < 0 && reflect_known(message->descriptor) == KNOWN_TIMESTAMP) {
		part += TIME_US_PER_SECOND;
		seconds--;
	}
	reflect_set_int(arena, message, "seconds", seconds);
	reflect_set_int(arena, message, "nanos", part * 1000);
}

struct status protojson_set_mask(struct arena *arena, ProtobufCMessage *message, const char *paths)
{
	const ProtobufCFieldDescriptor *field = reflect_field(message->descriptor, "paths");
	char **parts;
	size_t count = text_split(arena, paths, ',', &parts);

	for (size_t i = 0; i < count; i++) {
		struct text snake = text_new(arena);

		for (const char *at = parts[i]; *at; at++) {
			bool is_upper = *at >= 'A' && *at <= 'Z';

			if (is_upper)
				text_append_char(&snake, '_');
			text_append_char(&snake, is_upper ? (char)(*at - 'A' + 'a') : *at == '-' ? '_' : *at);
		}
		*(const char **)reflect_slot(arena, message, field) = snake.data;
	}
	return OK;
}

MUST_CHECK static struct status refuse(struct arena *arena, const char *path, const char *wanted)
{
	struct status status = status_fail(arena, STATUS_INVALID_ARGUMENT, "BAD_JSON", "%s: must be %s", path, wanted);

	return status_with_field(arena, status, path, "must be %s", wanted);
}

static const ProtobufCFieldDescriptor *find_member(struct arena *arena, const ProtobufCMessageDescriptor *type,
						   const char *name)
{
	for (unsigned i = 0; i < type->n_fields; i++)
		if (strcmp(type->fields[i].name, name) == 0 ||
		    strcmp(protojson_name(arena, type->fields[i].name), name) == 0)
			return &type->fields[i];
	return NULL;
}

/** A scalar goes through the same parser as a flag: JSON text, number or bool, written as text. */
static const char *scalar_text(struct arena *arena, const struct json *value, bool is_text)
{
	switch (json_kind(value)) {
	case JSON_TEXT:
		return json_text(value, "");
	case JSON_INT:
	case JSON_REAL:
	case JSON_BOOL:
		return is_text ? NULL : json_print(arena, value);
	default:
		return NULL;
	}
}

MUST_CHECK static struct status read_scalar(struct arena *arena, const struct json *value, ProtobufCMessage *message,
					    const ProtobufCFieldDescriptor *field, const char *path)
{
	bool is_text = field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_BYTES;
	const char *text = scalar_text(arena, value, is_text);

	if (!text)
		return refuse(arena, path, is_text ? "a text" : "a number, a word or true or false");
	/* A leading '@' means a file to people at the prompt, never inside a document. */
	if (field->type == PROTOBUF_C_TYPE_STRING && *text == '@')
		text = arena_printf(arena, "@%s", text);
	if (field->type == PROTOBUF_C_TYPE_BYTES && *text == '@')
		return refuse(arena, path, "base64");
	return value_set(arena, message, field->name, path, text);
}

static bool parse_seconds(const char *text, int64_t *us)
{
	size_t size = strlen(text);
	int64_t whole = 0, part = 0, scale = TIME_US_PER_SECOND;
	bool is_negative = *text == '-';
	const char *at = text + is_negative;

	if (size < 2 || text[size - 1] != 's' || *at < '0' || *at > '9')
		return false;
	for (; *at >= '0' && *at <= '9' && whole < INT64_C(1000000000000); at++)
		whole = whole * 10 + (*at - '0');
	if (*at == '.')
		for (at++; *at >= '0' && *at <= '9'; at++) {
			scale /= 10;
			part += (*at - '0') * scale;
		}
	if (strcmp(at, "s") != 0)
		return false;
	*us = (whole * TIME_US_PER_SECOND + part) * (is_negative ? -1 : 1);
	return true;
}

MUST_CHECK static struct status read_known(struct arena *arena, const struct json *value, ProtobufCMessage *message,
					   const char *path)
{
	const char *text = json_text(value, "");
	int64_t us;

	switch (reflect_known(message->descriptor)) {
	case KNOWN_TIMESTAMP:
		if (!time_parse(text, &us))
			return refuse(arena, path, "an RFC 3339 time such as 2026-11-23T12:00:00Z");
		protojson_set_time(arena, message, us);
		return OK;
	case KNOWN_DURATION:
		if (!parse_seconds(text, &us))
			return refuse(arena, path, "seconds such as 90s or 1.5s");
		protojson_set_time(arena, message, us);
		return OK;
	default:
		return protojson_set_mask(arena, message, text);
	}
}

MUST_CHECK static struct status read_map(struct arena *arena, const struct json *value, ProtobufCMessage *message,
					 const ProtobufCFieldDescriptor *field, const char *path)
{
	const struct json *member;
	const char *key;

	if (json_kind(value) != JSON_OBJECT)
		return refuse(arena, path, "an object");
	for (size_t i = 0; json_member(value, i, &key, &member); i++) {
		ProtobufCMessage *entry = reflect_new(arena, field->descriptor);
		const char *below = arena_printf(arena, "%s.%s", path, key);

		TRY(value_set(arena, entry, "key", below, *key == '@' ? arena_printf(arena, "@%s", key) : key));
		TRY(protojson_read_field(arena, member, entry, reflect_field(field->descriptor, "value"), below));
		*(ProtobufCMessage **)reflect_slot(arena, message, field) = entry;
	}
	return OK;
}

MUST_CHECK static struct status read_element(struct arena *arena, const struct json *value, ProtobufCMessage *message,
					     const ProtobufCFieldDescriptor *field, const char *path)
{
	ProtobufCMessage *child;

	if (!reflect_is_message(field))
		return read_scalar(arena, value, message, field, path);
	child = reflect_is_repeated(field) ? reflect_new(arena, field->descriptor)
					   : reflect_child(arena, message, field);
	TRY(protojson_read(arena, value, child, path));
	if (reflect_is_repeated(field))
		*(ProtobufCMessage **)reflect_slot(arena, message, field) = child;
	return OK;
}

struct status protojson_read_field(struct arena *arena, const struct json *value, ProtobufCMessage *message,
				   const ProtobufCFieldDescriptor *field, const char *path)
{
	if (json_kind(value) == JSON_NULL)
		return OK;
	if (reflect_is_map(field))
		return read_map(arena, value, message, field, path);
	if (!reflect_is_repeated(field) || json_kind(value) != JSON_ARRAY)
		return read_element(arena, value, message, field, path);
	for (size_t i = 0; i < json_size(value); i++)
		TRY(read_element(arena, json_at(value, i), message, field, arena_printf(arena, "%s[%zu]", path, i)));
	return OK;
}

struct status protojson_read(struct arena *arena, const struct json *value, ProtobufCMessage *message, const char *path)
{
	enum known_type known = reflect_known(message->descriptor);
	const struct json *member;
	const char *key;

	if (known != KNOWN_NONE && known != KNOWN_MONEY)
		return read_known(arena, value, message, path);
	if (json_kind(value) != JSON_OBJECT)
		return refuse(arena, *path ? path : message->descriptor->short_name, "an object");
	for (size_t i = 0; json_member(value, i, &key, &member); i++) {
		const ProtobufCFieldDescriptor *field = find_member(arena, message->descriptor, key);
		const char *below = *path ? arena_printf(arena, "%s.%s", path, key) : key;

		if (!field)
			return status_fail(arena, STATUS_INVALID_ARGUMENT, "UNKNOWN_FIELD",
					   "%s: there is no such field in %s", below, message->descriptor->short_name);
		TRY(protojson_read_field(arena, member, message, field, below));
	}
	return OK;
}
