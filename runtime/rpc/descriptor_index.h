/* SPDX-License-Identifier: Apache-2.0 */
/* descriptor_index.h: which file of a descriptor set defines what: the memory of the reflection service. */
#ifndef GAON_RPC_DESCRIPTOR_INDEX_H
#define GAON_RPC_DESCRIPTOR_INDEX_H

#include "runtime/base/arena.h"
#include "runtime/base/slice.h"

struct descriptor_index;

/** A list of packed google.protobuf.FileDescriptorProto, or of extension numbers. */
struct descriptor_files {
	const struct slice *files;
	size_t count;
};

/** Reads a packed google.protobuf.FileDescriptorSet, which must live as long as the index. Passes over what it cannot read. */
struct descriptor_index *descriptor_index_new(struct arena *arena, struct slice descriptor_set);

/** All below: the file first, then everything that it imports, each once; count 0 when nothing is found. */
struct descriptor_files descriptor_of_file(const struct descriptor_index *index, struct arena *arena, const char *path);
struct descriptor_files descriptor_of_symbol(const struct descriptor_index *index, struct arena *arena,
					     const char *name);
struct descriptor_files descriptor_of_extension(const struct descriptor_index *index, struct arena *arena,
						const char *extendee, int32_t number);

/** The numbers of all extensions of a message. False when no such message is known. */
bool descriptor_extensions(const struct descriptor_index *index, struct arena *arena, const char *extendee,
			   int32_t **numbers, size_t *count);

#endif
