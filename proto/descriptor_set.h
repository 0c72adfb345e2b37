/* SPDX-License-Identifier: Apache-2.0 */
/* descriptor_set.h: the compiled protos inside the program, for reflection. */
#ifndef GAON_PROTO_DESCRIPTOR_SET_H
#define GAON_PROTO_DESCRIPTOR_SET_H

#include "runtime/base/slice.h"

/** A packed google.protobuf.FileDescriptorSet of every proto and its imports, without comments. Borrowed, read-only. */
struct slice gaon_descriptor_set(void);

#endif
