/* SPDX-License-Identifier: Apache-2.0 */
/* wire.c: between our own types and the shared messages of the wire. */
#include "server/services/wire/wire.h"

#include <string.h>

#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

/* google.protobuf.Timestamp: 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z. */
#define TIMESTAMP_FIRST_S INT64_C(-62135596800)
#define TIMESTAMP_LAST_S INT64_C(253402300799)

Google__Protobuf__Timestamp *wire_timestamp(struct arena *arena, int64_t time_us)
{
	if (time_us == 0)
		return NULL;
	Google__Protobuf__Timestamp *timestamp = ARENA_NEW(arena, Google__Protobuf__Timestamp);
	google__protobuf__timestamp__init(timestamp);
	int64_t fraction_us = time_us % TIME_US_PER_SECOND;
	if (fraction_us < 0)
		fraction_us += TIME_US_PER_SECOND;
	timestamp->seconds = (time_us - fraction_us) / TIME_US_PER_SECOND;
	timestamp->nanos = (int32_t)(fraction_us * 1000);
	return timestamp;
}

struct status wire_timestamp_read(struct arena *arena, const char *field, const Google__Protobuf__Timestamp *timestamp,
				  int64_t *time_us)
{
	if (!timestamp) {
		*time_us = 0;
		return OK;
	}
	if (timestamp->seconds < TIMESTAMP_FIRST_S || timestamp->seconds > TIMESTAMP_LAST_S || timestamp->nanos < 0 ||
	    timestamp->nanos > 999999999)
		return status_invalid_field(arena, field, "must be a time between the years 0001 and 9999");
	*time_us = timestamp->seconds * TIME_US_PER_SECOND + timestamp->nanos / 1000;
	return OK;
}

Gaon__Money *wire_money(struct arena *arena, const char *currency, struct amount amount)
{
	Gaon__Money *money = ARENA_NEW(arena, Gaon__Money);
	gaon__money__init(money);
	money->currency_code = arena_strdup(arena, currency);
	money->amount = amount_format(arena, amount);
	return money;
}

struct status wire_money_read(struct arena *arena, const char *field, const Gaon__Money *money, struct money *read,
			      bool *is_given)
{
	if (!money) {
		*is_given = false;
		return OK;
	}
	if (!money_is_currency(money->currency_code))
		return status_invalid_field(arena, arena_printf(arena, "%s.currency_code", field),
					    "must be three upper-case letters, \"KRW\"");
	struct amount amount;
	if (!amount_parse(money->amount, &amount))
		return status_invalid_field(arena, arena_printf(arena, "%s.amount", field),
					    "must be a decimal of up to 12 fraction digits, \"1200.50\"");
	memcpy(read->currency, money->currency_code, sizeof read->currency);
	read->amount = amount;
	*is_given = true;
	return OK;
}

const char *wire_operation_name(struct arena *arena, const char *tenant, const char *project, const char *id)
{
	return arena_printf(arena, "%s/operations/%s", text_is_empty(project) ? tenant : project, id);
}

static Gaon__OperationStep *step_to_wire(struct arena *arena, const struct operation_step *step)
{
	Gaon__OperationStep *message = ARENA_NEW(arena, Gaon__OperationStep);
	gaon__operation_step__init(message);
	message->number = (int32_t)step->number;
	message->step = text_or_empty(step->name);
	message->undo = step->is_undo;
	message->outcome = text_or_empty(step->outcome);
	message->note = text_or_empty(step->note);
	message->provider_request_id = text_or_empty(step->provider_request_id);
	message->attempts = (int32_t)step->attempts;
	message->start_time = wire_timestamp(arena, step->started_us);
	message->end_time = wire_timestamp(arena, step->ended_us);
	return message;
}

struct status wire_operation(struct arena *arena, const struct operation *operation, const struct operation_step *steps,
			     size_t step_count, Gaon__Operation *message)
{
	message->name = wire_operation_name(arena, operation->tenant, operation->project, operation->id);
	message->kind = operation->kind;
	message->state = (Gaon__OperationState)operation->state;
	message->done = operation->state >= OPERATION_SUCCEEDED;
	message->target = text_or_empty(operation->target);
	message->requested_by = text_or_empty(operation->requested_by);
	message->progress_percent = (int32_t)operation->progress_percent;
	message->cancel_requested = operation->is_cancel_requested;
	message->create_time = wire_timestamp(arena, operation->created_us);
	message->start_time = wire_timestamp(arena, operation->started_us);
	message->end_time = wire_timestamp(arena, operation->ended_us);
	message->deadline_time = wire_timestamp(arena, operation->deadline_us);
	if (!status_is_ok(operation->failure)) {
		Gaon__OperationError *error = ARENA_NEW(arena, Gaon__OperationError);
		gaon__operation_error__init(error);
		error->code = (int32_t)operation->failure.code;
		error->reason = text_or_empty(operation->failure.reason);
		error->message = text_or_empty(operation->failure.message);
		message->error = error;
	}
	if (step_count > 0) {
		message->steps = ARENA_ARRAY(arena, step_count, Gaon__OperationStep *);
		message->n_steps = step_count;
		for (size_t i = 0; i < step_count; i++)
			message->steps[i] = step_to_wire(arena, &steps[i]);
		if (!message->done)
			message->current_step = text_or_empty(steps[step_count - 1].name);
	}
	return OK;
}

struct status wire_operation_reply(struct store_tx *tx, const char *id, Gaon__Operation *reply)
{
	struct operation operation;
	struct operation_step *steps;
	size_t count;

	TRY(operation_get(tx, id, &operation));
	TRY(operation_steps(tx, id, &steps, &count));
	return wire_operation(store_arena(tx), &operation, steps, count, reply);
}

/** True when the field holds something other than its default. */
static bool field_is_set(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	const char *member = (const char *)message + field->offset;

	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		return *(const size_t *)(const void *)((const char *)message + field->quantifier_offset) > 0;
	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		return !text_is_empty(*(const char *const *)(const void *)member);
	case PROTOBUF_C_TYPE_MESSAGE:
		return *(const void *const *)(const void *)member != NULL;
	case PROTOBUF_C_TYPE_BYTES:
		return ((const ProtobufCBinaryData *)(const void *)member)->len > 0;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return *(const int64_t *)(const void *)member != 0;
	default: /* 32 bits: ints, bool (protobuf_c_boolean is an int), enum, float */
		return *(const int32_t *)(const void *)member != 0;
	}
}

bool wire_mask_has(const Google__Protobuf__FieldMask *mask, const ProtobufCMessage *message, const char *field)
{
	if (mask && mask->n_paths > 0) {
		for (size_t i = 0; i < mask->n_paths; i++)
			if (strcmp(mask->paths[i], field) == 0 || strcmp(mask->paths[i], "*") == 0)
				return true;
		return false;
	}
	const ProtobufCFieldDescriptor *descriptor =
		protobuf_c_message_descriptor_get_field_by_name(message->descriptor, field);
	return descriptor && field_is_set(message, descriptor);
}

struct status wire_mask_check(struct arena *arena, const Google__Protobuf__FieldMask *mask, const char *const *allowed)
{
	for (size_t i = 0; mask && i < mask->n_paths; i++) {
		bool is_known = strcmp(mask->paths[i], "*") == 0;
		for (const char *const *field = allowed; !is_known && *field; field++)
			is_known = strcmp(mask->paths[i], *field) == 0;
		if (is_known)
			continue;
		struct text names = text_new(arena);
		for (const char *const *field = allowed; *field; field++)
			text_printf(&names, "%s%s", field == allowed ? "" : ", ", *field);
		return status_invalid_field(arena, "update_mask", "\"%s\" cannot be updated; these can: %s", mask->paths[i],
					    names.data);
	}
	return OK;
}

/** The layout that protoc-c gives every map<string, string> entry. */
struct map_entry {
	ProtobufCMessage base;
	const char *key;
	const char *value;
};

struct json *wire_map_read(struct arena *arena, size_t count, void *entries)
{
	struct json *object = json_object(arena);
	void **pointers = entries;
	for (size_t i = 0; i < count; i++) {
		const struct map_entry *entry = pointers[i];
		json_set_text(object, text_or_empty(entry->key), text_or_empty(entry->value));
	}
	return object;
}

void *wire_map(struct arena *arena, const ProtobufCMessageDescriptor *descriptor, const struct json *object, size_t *count)
{
	size_t size = json_size(object);
	void **entries = ARENA_ARRAY(arena, size > 0 ? size : 1, void *);

	for (size_t i = 0; i < size; i++) {
		const char *key;
		const struct json *value;
		struct map_entry *entry = arena_zalloc(arena, descriptor->sizeof_message);
		descriptor->message_init((ProtobufCMessage *)entry);
		if (!json_member(object, i, &key, &value))
			break;
		entry->key = key;
		entry->value = json_kind(value) == JSON_TEXT ? json_text(value, "") : json_print(arena, value);
		entries[i] = entry;
	}
	*count = size;
	return entries;
}
