/* SPDX-License-Identifier: Apache-2.0 */
/* redact.c: see redact.h. */
#include "runtime/message/redact.h"

static void redact_field(struct arena *arena, ProtobufCMessage *copy, const ProtobufCFieldDescriptor *field,
			 const struct field_rule *rule)
{
	size_t count = reflect_count(copy, field);
	ProtobufCMessage **fresh;

	if (rule->is_sensitive && field->type == PROTOBUF_C_TYPE_STRING && !reflect_is_repeated(field) && count) {
		*(const char **)reflect_slot(arena, copy, field) = "[redacted]";
		return;
	}
	if (!reflect_is_message(field) || !rule->message || !rule->message->has_sensitive || !count)
		return;
	if (!reflect_is_repeated(field)) {
		fresh = reflect_slot(arena, copy, field);
		*fresh = (ProtobufCMessage *)redact_copy(arena, *fresh, rule->message);
		return;
	}
	fresh = ARENA_ARRAY(arena, count, ProtobufCMessage *);
	for (size_t i = 0; i < count; i++)
		fresh[i] = (ProtobufCMessage *)redact_copy(
			arena, *(ProtobufCMessage *const *)reflect_at(copy, field, i), rule->message);
	*(ProtobufCMessage ***)((char *)copy + field->offset) = fresh;
}

const ProtobufCMessage *redact_copy(struct arena *arena, const ProtobufCMessage *message,
				    const struct message_rules *rules)
{
	ProtobufCMessage *copy;

	if (!rules || !rules->has_sensitive)
		return message;
	copy = arena_memdup(arena, message, message->descriptor->sizeof_message);
	for (unsigned i = 0; i < message->descriptor->n_fields; i++)
		redact_field(arena, copy, &message->descriptor->fields[i], &rules->fields[i]);
	return copy;
}
