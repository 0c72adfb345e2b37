/* SPDX-License-Identifier: Apache-2.0 */
/* protojson_write.c: messages as JSON (https://protobuf.dev/programming-guides/json/). */
#include <string.h>

#include "runtime/message/protojson.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

char *protojson_name(struct arena *arena, const char *field)
{
	struct text name = text_new(arena);

	for (const char *at = field; *at; at++) {
		bool is_raised = *at == '_' && at[1] >= 'a' && at[1] <= 'z';

		if (is_raised)
			at++;
		else if (*at == '_')
			continue;
		text_append_char(&name, is_raised ? (char)(*at - 'a' + 'A') : *at);
	}
	return name.data;
}

int64_t protojson_time_us(const ProtobufCMessage *message)
{
	return reflect_int(message, "seconds") * TIME_US_PER_SECOND + reflect_int(message, "nanos") / 1000;
}

/** "Generated output always contains 0, 3, 6, or 9 fractional digits, depending on required precision" */
static struct json *write_duration(struct arena *arena, const ProtobufCMessage *message)
{
	int64_t seconds = reflect_int(message, "seconds"), nanos = reflect_int(message, "nanos");
	bool is_negative = seconds < 0 || nanos < 0;
	long long whole = (long long)(seconds < 0 ? -seconds : seconds), part = (long long)(nanos < 0 ? -nanos : nanos);
	const char *sign = is_negative ? "-" : "";

	if (part == 0)
		return json_new_text(arena, arena_printf(arena, "%s%llds", sign, whole));
	if (part % 1000000 == 0)
		return json_new_text(arena, arena_printf(arena, "%s%lld.%03llds", sign, whole, part / 1000000));
	if (part % 1000 == 0)
		return json_new_text(arena, arena_printf(arena, "%s%lld.%06llds", sign, whole, part / 1000));
	return json_new_text(arena, arena_printf(arena, "%s%lld.%09llds", sign, whole, part));
}

static struct json *write_mask(struct arena *arena, const ProtobufCMessage *message)
{
	const ProtobufCFieldDescriptor *paths = reflect_field(message->descriptor, "paths");
	struct text joined = text_new(arena);

	for (size_t i = 0; i < reflect_count(message, paths); i++) {
		if (i)
			text_append_char(&joined, ',');
		text_append(&joined, protojson_name(arena, *(const char *const *)reflect_at(message, paths, i)));
	}
	return json_new_text(arena, joined.data);
}

static struct json *write_enum(struct arena *arena, const ProtobufCEnumDescriptor *type, int number)
{
	const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(type, number);

	return value ? json_new_text(arena, value->name) : json_new_int(arena, number);
}

static struct json *write_scalar(struct arena *arena, const ProtobufCFieldDescriptor *field, const void *at)
{
	const ProtobufCBinaryData *bytes = at;

	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		return json_new_text(arena, text_or_empty(*(const char *const *)at));
	case PROTOBUF_C_TYPE_BYTES:
		return json_new_text(arena, text_to_base64(arena, slice_of(bytes->data, bytes->len)));
	case PROTOBUF_C_TYPE_BOOL:
		return json_new_bool(arena, *(const protobuf_c_boolean *)at);
	case PROTOBUF_C_TYPE_ENUM:
		return write_enum(arena, reflect_enum_type(field), *(const int *)at);
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		return json_new_text(arena, arena_printf(arena, "%lld", (long long)*(const int64_t *)at));
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		return json_new_text(arena, arena_printf(arena, "%llu", (unsigned long long)*(const uint64_t *)at));
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		return json_new_int(arena, *(const uint32_t *)at);
	case PROTOBUF_C_TYPE_FLOAT:
		return json_new_real(arena, (double)*(const float *)at);
	case PROTOBUF_C_TYPE_DOUBLE:
		return json_new_real(arena, *(const double *)at);
	case PROTOBUF_C_TYPE_MESSAGE:
		return protojson_write(arena, *(const ProtobufCMessage *const *)at);
	default:
		return json_new_int(arena, *(const int32_t *)at);
	}
}

/** Map keys are text in JSON whatever their type. */
static const char *map_key(struct arena *arena, const ProtobufCMessage *entry)
{
	const ProtobufCFieldDescriptor *key = reflect_field(entry->descriptor, "key");

	if (key->type == PROTOBUF_C_TYPE_STRING)
		return text_or_empty(*(const char *const *)reflect_at(entry, key, 0));
	if (key->type == PROTOBUF_C_TYPE_BOOL)
		return reflect_int(entry, "key") ? "true" : "false";
	return arena_printf(arena, "%lld", (long long)reflect_int(entry, "key"));
}

static struct json *write_map(struct arena *arena, const ProtobufCMessage *message,
			      const ProtobufCFieldDescriptor *field)
{
	struct json *object = json_object(arena);

	for (size_t i = 0; i < reflect_count(message, field); i++) {
		const ProtobufCMessage *entry = *(ProtobufCMessage *const *)reflect_at(message, field, i);
		const ProtobufCFieldDescriptor *value = reflect_field(entry->descriptor, "value");

		json_set(object, map_key(arena, entry), write_scalar(arena, value, reflect_at(entry, value, 0)));
	}
	return object;
}

static struct json *write_field(struct arena *arena, const ProtobufCMessage *message,
				const ProtobufCFieldDescriptor *field)
{
	struct json *array;

	if (reflect_is_map(field))
		return write_map(arena, message, field);
	if (!reflect_is_repeated(field))
		return write_scalar(arena, field, reflect_at(message, field, 0));
	array = json_array(arena);
	for (size_t i = 0; i < reflect_count(message, field); i++)
		json_append(array, write_scalar(arena, field, reflect_at(message, field, i)));
	return array;
}

struct json *protojson_write(struct arena *arena, const ProtobufCMessage *message)
{
	struct json *object;

	switch (reflect_known(message->descriptor)) {
	case KNOWN_TIMESTAMP:
		return json_new_text(arena, time_format(arena, protojson_time_us(message)));
	case KNOWN_DURATION:
		return write_duration(arena, message);
	case KNOWN_FIELD_MASK:
		return write_mask(arena, message);
	default:
		break;
	}
	object = json_object(arena);
	for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];

		if (reflect_has_presence(field) && !reflect_is_repeated(field) && !reflect_count(message, field))
			continue;
		json_set(object, protojson_name(arena, field->name), write_field(arena, message, field));
	}
	return object;
}
