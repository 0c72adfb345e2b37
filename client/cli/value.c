/* SPDX-License-Identifier: Apache-2.0 */
/* value.c: paths, and one parser for each type of field. */
#include "client/cli/value.h"

#include <string.h>

#include "client/cli/file.h"
#include "client/cli/protojson_read.h"
#include "client/cli/quantity.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

/** One thing to set: for messages that say what was wrong where. */
struct target {
	struct arena *arena;
	ProtobufCMessage *message;
	const ProtobufCFieldDescriptor *field;
	const char *label;
};

MUST_CHECK static struct status refuse(const struct target *target, const char *text, const char *wanted)
{
	struct status status = status_fail(target->arena, STATUS_INVALID_ARGUMENT, "BAD_VALUE", "%s: '%.80s' is not %s",
					   target->label, text, wanted);

	return status_with_field(target->arena, status, target->field->name, "must be %s", wanted);
}

static char *replaced(struct arena *arena, const char *text, char from, char to)
{
	char *copy = text_lower(arena, text);

	for (char *at = copy; *at; at++)
		if (*at == from)
			*at = to;
	return copy;
}

char *value_snake(struct arena *arena, const char *text)
{
	return replaced(arena, text, '-', '_');
}

char *value_kebab(struct arena *arena, const char *text)
{
	return replaced(arena, text, '_', '-');
}

/** Exactly the name, or its singular of a repeated field: --label for labels. */
static const ProtobufCFieldDescriptor *find_here(const ProtobufCMessageDescriptor *type, const char *name, size_t size)
{
	for (unsigned i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &type->fields[i];
		size_t length = strlen(field->name);

		if (length == size && memcmp(field->name, name, size) == 0)
			return field;
	}
	for (unsigned i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &type->fields[i];
		size_t length = strlen(field->name);

		if (reflect_is_repeated(field) && length == size + 1 && field->name[size] == 's' &&
		    memcmp(field->name, name, size) == 0)
			return field;
	}
	return NULL;
}

const ProtobufCFieldDescriptor *value_find(const ProtobufCMessageDescriptor *type, const char *path,
					   const ProtobufCMessageDescriptor **holder)
{
	for (;;) {
		const char *dot = strchr(path, '.');
		const ProtobufCFieldDescriptor *field =
			find_here(type, path, dot ? (size_t)(dot - path) : strlen(path));

		if (!field)
			return NULL;
		if (!dot) {
			if (holder)
				*holder = type;
			return field;
		}
		if (reflect_is_map(field)) {
			if (holder)
				*holder = type;
			return field;
		}
		if (!reflect_is_message(field) || reflect_is_repeated(field))
			return NULL;
		type = field->descriptor;
		path = dot + 1;
	}
}

MUST_CHECK static struct status set_text(const struct target *target, const char *text)
{
	const char *given = text;

	if (text[0] == '@' && text[1] == '@')
		given = text + 1;
	else if (text[0] == '@' && text[1])
		TRY(file_read_text(target->arena, text + 1, &given));
	*(const char **)reflect_slot(target->arena, target->message, target->field) =
		arena_strdup(target->arena, given);
	return OK;
}

MUST_CHECK static struct status set_bytes(const struct target *target, const char *text)
{
	struct slice bytes;
	ProtobufCBinaryData *slot;

	if (text[0] == '@' && text[1])
		TRY(file_read(target->arena, text + 1, &bytes));
	else if (!text_from_base64(target->arena, slice_text(text), &bytes))
		return refuse(target, text, "base64, or @FILE");
	slot = reflect_slot(target->arena, target->message, target->field);
	slot->len = bytes.size;
	slot->data = arena_memdup(target->arena, bytes.data, bytes.size);
	return OK;
}

MUST_CHECK static struct status set_bool(const struct target *target, const char *text)
{
	bool is_yes = text_equal(text, "true") || text_equal(text, "yes") || text_equal(text, "1");

	if (!is_yes && !text_equal(text, "false") && !text_equal(text, "no") && !text_equal(text, "0"))
		return refuse(target, text, "true or false");
	*(protobuf_c_boolean *)reflect_slot(target->arena, target->message, target->field) = is_yes;
	return OK;
}

MUST_CHECK static struct status set_enum(const struct target *target, const char *text)
{
	const ProtobufCEnumDescriptor *type = reflect_enum_type(target->field);
	const ProtobufCEnumValue *value = value_enum_find(target->arena, type, text);

	if (!value)
		return refuse(target, text,
			      arena_printf(target->arena, "one of %s", value_enum_words(target->arena, type, ", ")));
	*(int *)reflect_slot(target->arena, target->message, target->field) = value->value;
	return OK;
}

MUST_CHECK static struct status set_int(const struct target *target, const char *text, int64_t least, int64_t most)
{
	int64_t number;

	if (!quantity_parse(target->field->name, text, &number))
		return refuse(target, text,
			      arena_printf(target->arena, "a whole number%s", quantity_hint(target->field->name)));
	if (number < least || number > most)
		return refuse(target, text, "a number that fits: it is too small or too large");
	if (least == INT64_MIN)
		*(int64_t *)reflect_slot(target->arena, target->message, target->field) = number;
	else
		*(uint32_t *)reflect_slot(target->arena, target->message, target->field) = (uint32_t)number;
	return OK;
}

MUST_CHECK static struct status set_uint64(const struct target *target, const char *text)
{
	uint64_t number;

	if (!text_to_uint64(text, &number))
		return refuse(target, text, "a whole number");
	*(uint64_t *)reflect_slot(target->arena, target->message, target->field) = number;
	return OK;
}

/** Sixteen digits of JSON's number grammar are what a double can hold; people type no more. */
MUST_CHECK static struct status set_real(const struct target *target, const char *text)
{
	struct json *value;
	struct status status = json_parse(target->arena, slice_text(text), NULL, &value);

	if (!status_is_ok(status) || (json_kind(value) != JSON_REAL && json_kind(value) != JSON_INT))
		return refuse(target, text, "a number");
	if (target->field->type == PROTOBUF_C_TYPE_FLOAT)
		*(float *)reflect_slot(target->arena, target->message, target->field) = (float)json_real(value, 0);
	else
		*(double *)reflect_slot(target->arena, target->message, target->field) = json_real(value, 0);
	return OK;
}

MUST_CHECK static struct status set_map_entry(const struct target *target, const char *text)
{
	const char *equals = strchr(text, '=');
	ProtobufCMessage *entry;

	if (!equals || equals == text)
		return refuse(target, text, "KEY=VALUE");
	entry = reflect_new(target->arena, target->field->descriptor);
	TRY(value_set(target->arena, entry, "key", target->label,
		      arena_strndup(target->arena, text, (size_t)(equals - text))));
	TRY(value_set(target->arena, entry, "value", target->label, equals + 1));
	*(ProtobufCMessage **)reflect_slot(target->arena, target->message, target->field) = entry;
	return OK;
}

/** "role=viewer,members=users/mina": for the small messages that lists are made of. */
MUST_CHECK static struct status set_pairs(const struct target *target, ProtobufCMessage *message, const char *text)
{
	char **parts;
	size_t count = text_split(target->arena, text, ',', &parts);

	for (size_t i = 0; i < count; i++) {
		char *equals = strchr(parts[i], '=');

		if (!equals)
			return refuse(target, text, "FIELD=VALUE,…, a JSON object, or @FILE with one");
		*equals = '\0';
		TRY(value_set(target->arena, message, parts[i], target->label, equals + 1));
	}
	return OK;
}

MUST_CHECK static struct status set_known(const struct target *target, ProtobufCMessage *message, const char *text)
{
	const char *currency, *amount;
	int64_t us;

	switch (reflect_known(message->descriptor)) {
	case KNOWN_TIMESTAMP:
		if (!value_parse_time(text, &us))
			return refuse(target, text, "a time: 2026-11-23, 2026-11-23T12:00:00Z, now, +2h or -7d");
		protojson_set_time(target->arena, message, us);
		return OK;
	case KNOWN_DURATION:
		if (!value_parse_duration(text, &us))
			return refuse(target, text, "a duration: 90s, 30m, 1h30m or 7d");
		protojson_set_time(target->arena, message, us);
		return OK;
	case KNOWN_MONEY:
		if (!value_parse_money(target->arena, text, &currency, &amount))
			return refuse(target, text, "an amount with its currency: \"KRW 12.5\"");
		reflect_set_text(target->arena, message, "currency_code", currency);
		reflect_set_text(target->arena, message, "amount", amount);
		return OK;
	case KNOWN_FIELD_MASK:
		return protojson_set_mask(target->arena, message, text);
	default:
		return set_pairs(target, message, text);
	}
}

MUST_CHECK static struct status set_message(const struct target *target, const char *text)
{
	const ProtobufCFieldDescriptor *field = target->field;
	ProtobufCMessage *message;
	struct json *value;

	if (reflect_is_map(field) && *text != '{' && *text != '@')
		return set_map_entry(target, text);
	if (text[0] == '@' && text[1])
		TRY(file_read_text(target->arena, text + 1, &text));
	if (*text == '{' || *text == '[') {
		TRY(json_parse(target->arena, slice_text(text), NULL, &value));
		return protojson_read_field(target->arena, value, target->message, field, target->label);
	}
	message = reflect_is_repeated(field) ? reflect_new(target->arena, field->descriptor)
					     : reflect_child(target->arena, target->message, field);
	TRY(set_known(target, message, text));
	if (reflect_is_repeated(field))
		*(ProtobufCMessage **)reflect_slot(target->arena, target->message, field) = message;
	return OK;
}

MUST_CHECK static struct status set_field(const struct target *target, const char *text)
{
	switch (target->field->type) {
	case PROTOBUF_C_TYPE_STRING:
		return set_text(target, text);
	case PROTOBUF_C_TYPE_BYTES:
		return set_bytes(target, text);
	case PROTOBUF_C_TYPE_BOOL:
		return set_bool(target, text);
	case PROTOBUF_C_TYPE_ENUM:
		return set_enum(target, text);
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		return set_int(target, text, INT32_MIN, INT32_MAX);
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		return set_int(target, text, 0, UINT32_MAX);
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		return set_int(target, text, INT64_MIN, INT64_MAX);
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		return set_uint64(target, text);
	case PROTOBUF_C_TYPE_FLOAT:
	case PROTOBUF_C_TYPE_DOUBLE:
		return set_real(target, text);
	default:
		return set_message(target, text);
	}
}

struct status value_set(struct arena *arena, ProtobufCMessage *message, const char *path, const char *label,
			const char *text)
{
	const char *start = value_snake(arena, path), *at = start;
	const char *dot;

	if (!value_find(message->descriptor, at, NULL))
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "UNKNOWN_FIELD", "%s: there is no field '%s' in %s",
				   label, path, message->descriptor->short_name);
	while ((dot = strchr(at, '.'))) {
		const ProtobufCFieldDescriptor *field = find_here(message->descriptor, at, (size_t)(dot - at));
		struct target entry = { arena, message, field, label };

		/* What follows a map's name is a key, as it was typed. */
		if (reflect_is_map(field))
			return set_map_entry(&entry, arena_printf(arena, "%s=%s", path + (dot + 1 - start), text));
		message = reflect_child(arena, message, field);
		at = dot + 1;
	}
	return set_field(&(struct target){ arena, message, find_here(message->descriptor, at, strlen(at)), label },
			 text);
}
