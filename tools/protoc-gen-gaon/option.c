/* SPDX-License-Identifier: Apache-2.0 */
/* option.c: see option.h. */
#include "tools/protoc-gen-gaon/option.h"

#include "runtime/base/text.h"

enum { METHOD_RULE_NUMBER = 51001, FIELD_RULE_NUMBER = 51002 };

static void *allocate(void *arena, size_t size)
{
	return arena_alloc(arena, size);
}

static void leave(void *arena, void *pointer)
{
	(void)arena;
	(void)pointer;
}

ProtobufCAllocator option_allocator(struct arena *arena)
{
	return (ProtobufCAllocator){ .alloc = allocate, .free = leave, .allocator_data = arena };
}

/* Skips the length varint in front of a length-delimited unknown field; false when it does not fit. */
static bool payload(const ProtobufCMessageUnknownField *field, struct slice *bytes)
{
	size_t prefix = 0;
	uint64_t size = 0;
	if (field->wire_type != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED)
		return false;
	do {
		if (prefix >= field->len || prefix > 4)
			return false;
		size |= (uint64_t)(field->data[prefix] & 0x7f) << (7 * prefix);
	} while (field->data[prefix++] & 0x80);
	*bytes = slice_of(field->data + prefix, field->len - prefix);
	return bytes->size == size;
}

/*
 * An option may be written in parts, `option (x).a = 1; option (x).b = 2;`: protoc sends one occurrence then, merged,
 * or several. Several concatenated payloads unpack as their merge, which is what protobuf's encoding promises.
 */
static bool find_rule(struct arena *arena, const ProtobufCMessage *options, uint32_t number,
		      const ProtobufCMessageDescriptor *descriptor, ProtobufCMessage **rule)
{
	struct text merged = text_new(arena);
	bool is_found = false;
	for (unsigned i = 0; options && i < options->n_unknown_fields; i++) {
		const ProtobufCMessageUnknownField *field = &options->unknown_fields[i];
		struct slice bytes;
		if (field->tag != number)
			continue;
		if (!payload(field, &bytes))
			return false;
		text_append_slice(&merged, bytes);
		is_found = true;
	}
	ProtobufCAllocator allocator = option_allocator(arena);
	*rule = is_found ? protobuf_c_message_unpack(descriptor, &allocator, merged.size, (const uint8_t *)merged.data)
			 : NULL;
	return !is_found || *rule;
}

bool option_method_rule(struct arena *arena, const Google__Protobuf__MethodOptions *options,
			const Gaon__Rpc__V1__MethodRule **rule)
{
	ProtobufCMessage *found = NULL;
	bool is_good = find_rule(arena, options ? &options->base : NULL, METHOD_RULE_NUMBER,
				 &gaon__rpc__v1__method_rule__descriptor, &found);
	*rule = (const Gaon__Rpc__V1__MethodRule *)found;
	return is_good;
}

bool option_field_rule(struct arena *arena, const Google__Protobuf__FieldOptions *options,
		       const Gaon__Rpc__V1__FieldRule **rule)
{
	ProtobufCMessage *found = NULL;
	bool is_good = find_rule(arena, options ? &options->base : NULL, FIELD_RULE_NUMBER,
				 &gaon__rpc__v1__field_rule__descriptor, &found);
	*rule = (const Gaon__Rpc__V1__FieldRule *)found;
	return is_good;
}
