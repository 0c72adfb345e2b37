/* SPDX-License-Identifier: Apache-2.0 */
/* wire.c: reads, checks, unpacks and packs protobuf's encoding. */
#include "runtime/rpc/wire.h"

#include "runtime/base/text.h"

#define VARINT_BYTES_MOST 10
#define DEPTH_OTHERWISE 32
#define UNPACKED_OTHERWISE ((size_t)16 << 20)

static bool read_varint(struct slice *rest, uint64_t *number)
{
	uint64_t value = 0;

	for (size_t i = 0; i < rest->size && i < VARINT_BYTES_MOST; i++) {
		unsigned char byte = (unsigned char)rest->data[i];

		value |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (byte & 0x80)
			continue;
		*rest = slice_of(rest->data + i + 1, rest->size - i - 1);
		*number = value;
		return true;
	}
	return false;
}

static bool read_fixed(struct slice *rest, unsigned size, uint64_t *number)
{
	uint64_t value = 0;

	if (rest->size < size)
		return false;
	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)(unsigned char)rest->data[i] << (8 * i);
	*rest = slice_of(rest->data + size, rest->size - size);
	*number = value;
	return true;
}

static bool read_bytes(struct slice *rest, struct slice *bytes)
{
	uint64_t size;

	if (!read_varint(rest, &size) || size > rest->size)
		return false;
	*bytes = slice_of(rest->data, (size_t)size);
	*rest = slice_of(rest->data + size, rest->size - (size_t)size);
	return true;
}

bool wire_read(struct slice *rest, struct wire_field *field)
{
	struct wire_field found = { 0 };
	uint64_t tag;

	if (!read_varint(rest, &tag) || tag >> 3 == 0 || tag >> 3 > UINT32_C(0x1fffffff))
		return false;
	found.id = (uint32_t)(tag >> 3);
	found.type = (enum wire_type)(tag & 7);
	switch (found.type) {
	case WIRE_VARINT:
		if (!read_varint(rest, &found.number))
			return false;
		break;
	case WIRE_FIXED64:
		if (!read_fixed(rest, 8, &found.number))
			return false;
		break;
	case WIRE_FIXED32:
		if (!read_fixed(rest, 4, &found.number))
			return false;
		break;
	case WIRE_BYTES:
		if (!read_bytes(rest, &found.bytes))
			return false;
		break;
	default: /* groups: proto3 has none, protobuf-c refuses them */
		return false;
	}
	*field = found;
	return true;
}

static void writer_room(struct wire_writer *writer, size_t more)
{
	size_t capacity = writer->capacity ? writer->capacity : 128;
	char *data;

	if (writer->capacity - writer->size >= more)
		return;
	while (capacity - writer->size < more)
		capacity *= 2;
	data = arena_alloc(writer->arena, capacity);
	if (writer->size > 0)
		memcpy(data, writer->data, writer->size);
	writer->data = data;
	writer->capacity = capacity;
}

static void put_raw_varint(struct wire_writer *writer, uint64_t number)
{
	writer_room(writer, VARINT_BYTES_MOST);
	for (; number >= 0x80; number >>= 7)
		writer->data[writer->size++] = (char)(number | 0x80);
	writer->data[writer->size++] = (char)number;
}

void wire_put_varint(struct wire_writer *writer, uint32_t id, uint64_t number)
{
	put_raw_varint(writer, (uint64_t)id << 3 | WIRE_VARINT);
	put_raw_varint(writer, number);
}

void wire_put_bytes(struct wire_writer *writer, uint32_t id, struct slice bytes)
{
	put_raw_varint(writer, (uint64_t)id << 3 | WIRE_BYTES);
	put_raw_varint(writer, bytes.size);
	writer_room(writer, bytes.size);
	if (bytes.size > 0)
		memcpy(writer->data + writer->size, bytes.data, bytes.size);
	writer->size += bytes.size;
}

/** A message being walked, and where in it we are (for the path in an error). */
struct frame {
	const ProtobufCMessageDescriptor *descriptor;
	struct slice rest;
	const ProtobufCFieldDescriptor *field;
	size_t index; /* how many of `field` came in a row before this one */
};

struct walk {
	struct arena *arena;
	struct frame frames[WIRE_DEPTH_MOST];
	unsigned depth; /* frames in use */
	unsigned most;
};

static struct status malformed(const struct walk *walk)
{
	return status_fail(walk->arena, STATUS_INVALID_ARGUMENT, "MESSAGE_MALFORMED",
			   "the bytes are no %s message; build the client from this server's protos",
			   walk->frames[0].descriptor->name);
}

/** "machine.labels[2].key": from the outermost message to the field that stands now. */
static const char *walk_path(const struct walk *walk)
{
	struct text path = text_new(walk->arena);

	for (unsigned i = 0; i < walk->depth; i++) {
		const struct frame *frame = &walk->frames[i];

		text_printf(&path, "%s%s", i > 0 ? "." : "", frame->field->name);
		if (frame->field->label == PROTOBUF_C_LABEL_REPEATED)
			text_printf(&path, "[%zu]", frame->index);
	}
	return path.data;
}

/** Most strings: plain ASCII without NUL, seen eight bytes at a time. */
static bool is_plain(struct slice bytes)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones << 7;
	uint64_t word = 0;
	size_t i = 0;

	for (; i + sizeof word <= bytes.size; i += sizeof word) {
		memcpy(&word, bytes.data + i, sizeof word);
		/* A zero byte borrows into its highest bit; a byte above 127 has it already. */
		if (((word - ones) | word) & highs)
			return false;
	}
	for (; i < bytes.size; i++)
		if ((signed char)bytes.data[i] <= 0)
			return false;
	return true;
}

static struct status check_string(const struct walk *walk, struct slice bytes)
{
	if (is_plain(bytes))
		return OK;
	if (bytes.size > 0 && memchr(bytes.data, '\0', bytes.size))
		return status_invalid_field(walk->arena, walk_path(walk), "holds a NUL character; remove it");
	if (!text_is_utf8(bytes))
		return status_invalid_field(walk->arena, walk_path(walk), "is not valid UTF-8; encode it as UTF-8");
	return OK;
}

static struct status enter_message(struct walk *walk, struct slice bytes)
{
	const struct frame *outer = &walk->frames[walk->depth - 1];

	if (walk->depth >= walk->most)
		return status_fail(walk->arena, STATUS_INVALID_ARGUMENT, "MESSAGE_TOO_DEEP",
				   "the message nests deeper than %u; send a flatter one", walk->most);
	walk->frames[walk->depth++] = (struct frame){ .descriptor = outer->field->descriptor, .rest = bytes };
	return OK;
}

static struct status check_field(struct walk *walk, struct frame *frame, const struct wire_field *field)
{
	const ProtobufCFieldDescriptor *known;

	/* Fields mostly come in order or repeat: ask the last one before searching. */
	if (frame->field && frame->field->id == field->id) {
		known = frame->field;
		frame->index++;
	} else {
		known = protobuf_c_message_descriptor_get_field(frame->descriptor, field->id);
		frame->field = known;
		frame->index = 0;
	}
	if (!known || field->type != WIRE_BYTES)
		return OK;
	if (known->type == PROTOBUF_C_TYPE_STRING)
		return check_string(walk, field->bytes);
	if (known->type == PROTOBUF_C_TYPE_MESSAGE)
		return enter_message(walk, field->bytes);
	return OK;
}

struct status wire_check(struct arena *arena, const ProtobufCMessageDescriptor *descriptor, struct slice bytes,
			 unsigned nesting_depth)
{
	struct walk walk; /* not zeroed: only the frames in use are read */

	walk.arena = arena;
	walk.most = nesting_depth ? nesting_depth : DEPTH_OTHERWISE;
	walk.most = walk.most < WIRE_DEPTH_MOST ? walk.most : WIRE_DEPTH_MOST;
	walk.depth = 1;
	walk.frames[0] = (struct frame){ .descriptor = descriptor, .rest = bytes };
	while (walk.depth > 0) {
		struct frame *frame = &walk.frames[walk.depth - 1];
		struct wire_field field;

		if (frame->rest.size == 0) {
			walk.depth--;
			continue;
		}
		if (!wire_read(&frame->rest, &field))
			return malformed(&walk);
		TRY(check_field(&walk, frame, &field));
	}
	return OK;
}

/** What protobuf-c may take from the arena for one message. */
struct budget {
	struct arena *arena;
	size_t left;
	bool is_exceeded;
};

static void *budget_alloc(void *data, size_t size)
{
	struct budget *budget = data;
	void *memory = size <= budget->left ? arena_try_alloc(budget->arena, size) : NULL;

	if (memory)
		budget->left -= size;
	else
		budget->is_exceeded = true;
	return memory;
}

static void budget_free(void *data, void *memory)
{
	(void)data;
	(void)memory; /* the arena frees all at once */
}

struct status wire_unpack(struct arena *arena, const ProtobufCMessageDescriptor *descriptor, struct slice bytes,
			  const struct wire_limits *limits, ProtobufCMessage **message)
{
	struct budget budget = { .arena = arena,
				 .left = limits && limits->unpacked_bytes ? limits->unpacked_bytes
									  : UNPACKED_OTHERWISE };
	ProtobufCAllocator allocator = { .alloc = budget_alloc, .free = budget_free, .allocator_data = &budget };
	ProtobufCMessage *unpacked;

	TRY(wire_check(arena, descriptor, bytes, limits ? limits->nesting_depth : 0));
	unpacked = protobuf_c_message_unpack(descriptor, &allocator, bytes.size, (const uint8_t *)bytes.data);
	if (budget.is_exceeded)
		return status_fail(arena, STATUS_RESOURCE_EXHAUSTED, "MESSAGE_TOO_LARGE",
				   "the message needs too much memory when unpacked; send fewer elements at once");
	if (!unpacked)
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "MESSAGE_MALFORMED",
				   "the bytes are no %s message; build the client from this server's protos",
				   descriptor->name);
	*message = unpacked;
	return OK;
}

struct slice wire_pack(struct arena *arena, const ProtobufCMessage *message)
{
	size_t size = protobuf_c_message_get_packed_size(message);
	uint8_t *data = arena_alloc(arena, size);

	return slice_of(data, protobuf_c_message_pack(message, data));
}
