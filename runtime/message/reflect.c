/* SPDX-License-Identifier: Apache-2.0 */
/* reflect.c: see reflect.h. The layout is protobuf-c's: members at offsets, quantifiers beside them. */
#include "runtime/message/reflect.h"

#include <string.h>

#include "runtime/base/text.h"

enum known_type reflect_known(const ProtobufCMessageDescriptor *descriptor)
{
	static const struct {
		const char *name;
		enum known_type type;
	} known[] = {
		{ "google.protobuf.Timestamp", KNOWN_TIMESTAMP },
		{ "google.protobuf.Duration", KNOWN_DURATION },
		{ "google.protobuf.FieldMask", KNOWN_FIELD_MASK },
		{ "gaon.common.v1.Money", KNOWN_MONEY },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(descriptor->name, known[i].name) == 0)
			return known[i].type;
	return KNOWN_NONE;
}

ProtobufCMessage *reflect_new(struct arena *arena, const ProtobufCMessageDescriptor *descriptor)
{
	ProtobufCMessage *message = arena_zalloc(arena, descriptor->sizeof_message);

	descriptor->message_init(message);
	return message;
}

const ProtobufCFieldDescriptor *reflect_field(const ProtobufCMessageDescriptor *descriptor, const char *name)
{
	return protobuf_c_message_descriptor_get_field_by_name(descriptor, name);
}

bool reflect_is_repeated(const ProtobufCFieldDescriptor *field)
{
	return field->label == PROTOBUF_C_LABEL_REPEATED;
}

bool reflect_is_message(const ProtobufCFieldDescriptor *field)
{
	return field->type == PROTOBUF_C_TYPE_MESSAGE;
}

const ProtobufCMessageDescriptor *reflect_message_type(const ProtobufCFieldDescriptor *field)
{
	return reflect_is_message(field) ? field->descriptor : NULL;
}

const ProtobufCEnumDescriptor *reflect_enum_type(const ProtobufCFieldDescriptor *field)
{
	return field->type == PROTOBUF_C_TYPE_ENUM ? field->descriptor : NULL;
}

bool reflect_is_map(const ProtobufCFieldDescriptor *field)
{
	const ProtobufCMessageDescriptor *entry = reflect_message_type(field);

	return reflect_is_repeated(field) && entry && entry->n_fields == 2 &&
	       text_ends_with(entry->short_name, "Entry") && strcmp(entry->fields[0].name, "key") == 0 &&
	       strcmp(entry->fields[1].name, "value") == 0;
}

static size_t element_size(const ProtobufCFieldDescriptor *field)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return 8;
	case PROTOBUF_C_TYPE_BOOL:
		return sizeof(protobuf_c_boolean);
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	default:
		return 4;
	}
}

static const void *member(const ProtobufCMessage *message, size_t offset)
{
	return (const char *)message + offset;
}

static bool in_oneof(const ProtobufCFieldDescriptor *field)
{
	return field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF;
}

bool reflect_has_presence(const ProtobufCFieldDescriptor *field)
{
	return reflect_is_message(field) || in_oneof(field) || field->label == PROTOBUF_C_LABEL_OPTIONAL;
}

static bool is_default(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	static const char zero[sizeof(ProtobufCBinaryData)];
	const void *at = member(message, field->offset);
	const char *text;

	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		text = *(const char *const *)at;
		return text_is_empty(text);
	case PROTOBUF_C_TYPE_BYTES:
		return ((const ProtobufCBinaryData *)at)->len == 0;
	case PROTOBUF_C_TYPE_MESSAGE:
		return *(ProtobufCMessage *const *)at == NULL;
	default:
		return memcmp(at, zero, element_size(field)) == 0;
	}
}

size_t reflect_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	if (reflect_is_repeated(field))
		return *(const size_t *)member(message, field->quantifier_offset);
	if (in_oneof(field))
		return *(const uint32_t *)member(message, field->quantifier_offset) == field->id &&
		       !(reflect_is_message(field) && is_default(message, field));
	if (field->label == PROTOBUF_C_LABEL_OPTIONAL && field->quantifier_offset)
		return *(const protobuf_c_boolean *)member(message, field->quantifier_offset) != 0;
	return !is_default(message, field);
}

const void *reflect_at(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, size_t index)
{
	const void *at = member(message, field->offset);

	if (!reflect_is_repeated(field))
		return at;
	return *(const char *const *)at + index * element_size(field);
}

static void *append_slot(struct arena *arena, ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	size_t *count = (size_t *)((char *)message + field->quantifier_offset);
	void **array = (void **)((char *)message + field->offset);
	size_t size = element_size(field);
	char *grown = arena_array(arena, *count + 1, size);

	if (*count)
		memcpy(grown, *array, *count * size);
	*array = grown;
	return grown + (*count)++ * size;
}

void *reflect_slot(struct arena *arena, ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	if (reflect_is_repeated(field))
		return append_slot(arena, message, field);
	if (in_oneof(field)) {
		uint32_t *chosen = (uint32_t *)((char *)message + field->quantifier_offset);

		/* The members of a oneof share their bytes: another member's value means nothing to this one. */
		if (*chosen != field->id)
			memset((char *)message + field->offset, 0, element_size(field));
		*chosen = field->id;
	} else if (field->label == PROTOBUF_C_LABEL_OPTIONAL && field->quantifier_offset) {
		*(protobuf_c_boolean *)((char *)message + field->quantifier_offset) = 1;
	}
	return (char *)message + field->offset;
}

ProtobufCMessage *reflect_child(struct arena *arena, ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	ProtobufCMessage **slot = reflect_slot(arena, message, field);

	if (!*slot)
		*slot = reflect_new(arena, field->descriptor);
	return *slot;
}

int64_t reflect_int(const ProtobufCMessage *message, const char *name)
{
	const ProtobufCFieldDescriptor *field = message ? reflect_field(message->descriptor, name) : NULL;

	if (!field || reflect_is_repeated(field) || !reflect_count(message, field))
		return 0;
	switch (field->type) {
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		return *(const int64_t *)reflect_at(message, field, 0);
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_ENUM:
	case PROTOBUF_C_TYPE_BOOL:
		return *(const int32_t *)reflect_at(message, field, 0);
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		return *(const uint32_t *)reflect_at(message, field, 0);
	default:
		return 0;
	}
}

const char *reflect_text(const ProtobufCMessage *message, const char *name)
{
	const ProtobufCFieldDescriptor *field = message ? reflect_field(message->descriptor, name) : NULL;

	if (!field || field->type != PROTOBUF_C_TYPE_STRING || reflect_is_repeated(field) ||
	    !reflect_count(message, field))
		return "";
	return *(const char *const *)reflect_at(message, field, 0);
}

const ProtobufCMessage *reflect_message(const ProtobufCMessage *message, const char *name)
{
	const ProtobufCFieldDescriptor *field = message ? reflect_field(message->descriptor, name) : NULL;

	if (!field || !reflect_is_message(field) || reflect_is_repeated(field) || !reflect_count(message, field))
		return NULL;
	return *(ProtobufCMessage *const *)reflect_at(message, field, 0);
}

bool reflect_set_text(struct arena *arena, ProtobufCMessage *message, const char *name, const char *value)
{
	const ProtobufCFieldDescriptor *field = reflect_field(message->descriptor, name);

	if (!field || field->type != PROTOBUF_C_TYPE_STRING || reflect_is_repeated(field))
		return false;
	*(const char **)reflect_slot(arena, message, field) = arena_strdup(arena, value);
	return true;
}

bool reflect_set_int(struct arena *arena, ProtobufCMessage *message, const char *name, int64_t value)
{
	const ProtobufCFieldDescriptor *field = reflect_field(message->descriptor, name);

	if (!field || reflect_is_repeated(field) || field->type == PROTOBUF_C_TYPE_STRING ||
	    reflect_is_message(field) || field->type == PROTOBUF_C_TYPE_BYTES)
		return false;
	if (element_size(field) == 8)
		*(int64_t *)reflect_slot(arena, message, field) = value;
	else
		*(int32_t *)reflect_slot(arena, message, field) = (int32_t)value;
	return true;
}
