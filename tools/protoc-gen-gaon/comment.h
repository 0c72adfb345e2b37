/* SPDX-License-Identifier: Apache-2.0 */
/* comment.h: where a thing stands in its proto file, and what the comment beside it says. */
#ifndef GAON_PROTOC_COMMENT_H
#define GAON_PROTOC_COMMENT_H

#include "google/protobuf/descriptor.pb-c.h"
#include "runtime/base/arena.h"

/** The way to an element in FileDescriptorProto: pairs of field number and index, as SourceCodeInfo spells it. */
struct place {
	int32_t steps[32];
	size_t count;
};

/** `place` and one more step down. Nesting beyond the array is cut: protoc itself allows 32 levels at most. */
struct place place_step(struct place place, int32_t field, size_t index);

struct comment {
	const char *
		text; /* leading, else trailing comment; lines joined by '\n', blanks in front of each dropped; or "" */
	int line;     /* from 1; 0 when unknown */
};

struct comment comment_at(struct arena *arena, const Google__Protobuf__FileDescriptorProto *file, struct place place);

#endif
