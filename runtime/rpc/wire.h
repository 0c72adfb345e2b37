/* SPDX-License-Identifier: Apache-2.0 */
/* wire.h: protobuf's bytes, read with suspicion: bounded before protobuf-c may touch them. */
#ifndef GAON_RPC_WIRE_H
#define GAON_RPC_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#include "runtime/base/arena.h"
#include "runtime/base/slice.h"
#include "runtime/base/status.h"

enum wire_type { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

/** One field as it stands on the wire: `number` for VARINT and FIXED, `bytes` for BYTES. */
struct wire_field {
	uint32_t id;
	enum wire_type type;
	uint64_t number;
	struct slice bytes;
};

/** Takes one field off the front of `rest`. False at the end and on malformed bytes: the end is where rest->size is 0. */
bool wire_read(struct slice *rest, struct wire_field *field);

/** A growing message in an arena; start with {.arena = …}. */
struct wire_writer {
	struct arena *arena;
	char *data;
	size_t size, capacity;
};

void wire_put_varint(struct wire_writer *writer, uint32_t id, uint64_t number);
void wire_put_bytes(struct wire_writer *writer, uint32_t id, struct slice bytes);
static inline struct slice wire_written(const struct wire_writer *writer)
{
	return slice_of(writer->data, writer->size);
}

struct wire_limits {
	unsigned nesting_depth; /* 0: 32; at most WIRE_DEPTH_MOST */
	size_t unpacked_bytes;  /* 0: 16 MiB */
};

#define WIRE_DEPTH_MOST 64

/**
 * Walks `bytes` without recursion before anything is allocated: nesting, well-formedness, UTF-8 and NUL of strings.
 * protobuf-c checks none of it and would overflow the stack on deep nesting.
 * Fails INVALID_ARGUMENT / MESSAGE_TOO_DEEP, MESSAGE_MALFORMED or INVALID_FIELD (with the field's path).
 */
MUST_CHECK struct status wire_check(struct arena *arena, const ProtobufCMessageDescriptor *descriptor,
				    struct slice bytes, unsigned nesting_depth);

/** Checks, then unpacks into `arena`; over the byte budget: RESOURCE_EXHAUSTED / MESSAGE_TOO_LARGE. `limits` may be NULL. */
MUST_CHECK struct status wire_unpack(struct arena *arena, const ProtobufCMessageDescriptor *descriptor,
				     struct slice bytes, const struct wire_limits *limits,
				     ProtobufCMessage **message);

/** Packs into `arena`. */
struct slice wire_pack(struct arena *arena, const ProtobufCMessage *message);

#endif
