/* SPDX-License-Identifier: Apache-2.0 */
/* redact.c: see redact.h. */
#include "runtime/message/redact.h"

/** A single text says what stands in its place; of anything else that is a secret nothing is left. */
static void hide(ProtobufCMessage *copy, const ProtobufCFieldDescriptor *field, const char *instead)
{
	char *member = (char *)copy + field->offset;

	if (reflect_is_repeated(field))
		*(size_t *)(void *)((char *)copy + field->quantifier_offset) = 0;
	else if (field->type == PROTOBUF_C_TYPE_STRING)
		*(const char **)(void *)member = instead;
	else if (field->type == PROTOBUF_C_TYPE_BYTES)
		*(ProtobufCBinaryData *)(void *)member = (ProtobufCBinaryData){ 0, NULL };
}

static void redact_field(struct arena *arena, ProtobufCMessage *copy, const ProtobufCFieldDescriptor *field,
			 const struct field_rule *rule, const char *instead)
{
	size_t count = reflect_count(copy, field);
	ProtobufCMessage **fresh;

	if (rule->is_sensitive) {
		if (count)
			hide(copy, field, instead);
		return;
	}
	if (!reflect_is_message(field) || !rule->message || !rule->message->has_sensitive || !count)
		return;
	if (!reflect_is_repeated(field)) {
		fresh = reflect_slot(arena, copy, field);
		*fresh = (ProtobufCMessage *)redact_copy(arena, *fresh, rule->message, instead);
		return;
	}
	fresh = ARENA_ARRAY(arena, count, ProtobufCMessage *);
	for (size_t i = 0; i < count; i++)
		fresh[i] = (ProtobufCMessage *)redact_copy(
			arena, *(ProtobufCMessage *const *)reflect_at(copy, field, i), rule->message, instead);
	*(ProtobufCMessage ***)((char *)copy + field->offset) = fresh;
}

const ProtobufCMessage *redact_copy(struct arena *arena, const ProtobufCMessage *message,
				    const struct message_rules *rules, const char *instead)
{
	ProtobufCMessage *copy;

	if (!rules || !rules->has_sensitive)
		return message;
	copy = arena_memdup(arena, message, message->descriptor->sizeof_message);
	for (unsigned i = 0; i < message->descriptor->n_fields; i++)
		redact_field(arena, copy, &message->descriptor->fields[i], &rules->fields[i], instead);
	return copy;
}
