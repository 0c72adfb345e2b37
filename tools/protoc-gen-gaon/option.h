/* SPDX-License-Identifier: Apache-2.0 */
/* option.h: gaon.rpc.v1's custom options, which protobuf-c keeps as unknown fields of the descriptor's options. */
#ifndef GAON_PROTOC_OPTION_H
#define GAON_PROTOC_OPTION_H

#include <stdbool.h>

#include "gaon/rpc/v1/options.pb-c.h"
#include "google/protobuf/descriptor.pb-c.h"
#include "runtime/base/arena.h"

/** `rule` becomes NULL when the option is not there. False when it is there and cannot be read. */
bool option_method_rule(struct arena *arena, const Google__Protobuf__MethodOptions *options,
			const Gaon__Rpc__V1__MethodRule **rule);
bool option_field_rule(struct arena *arena, const Google__Protobuf__FieldOptions *options,
		       const Gaon__Rpc__V1__FieldRule **rule);

/** Unpacks into `arena`, so that nothing is freed one by one. */
ProtobufCAllocator option_allocator(struct arena *arena);

#endif
