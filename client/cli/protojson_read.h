/* SPDX-License-Identifier: Apache-2.0 */
/* protojson_read.h: proto3's JSON mapping, the way in. */
#ifndef GAON_CLI_PROTOJSON_READ_H
#define GAON_CLI_PROTOJSON_READ_H

#include "runtime/message/protojson.h"

/** Takes lowerCamelCase and proto names. Fails INVALID_ARGUMENT / BAD_JSON and says at which path. */
MUST_CHECK struct status protojson_read(struct arena *arena, const struct json *value, ProtobufCMessage *message,
					const char *path);
/** One value into one field; an array appends every element of a repeated field, an object every entry of a map. */
MUST_CHECK struct status protojson_read_field(struct arena *arena, const struct json *value, ProtobufCMessage *message,
					      const ProtobufCFieldDescriptor *field, const char *path);

/** Timestamp and Duration, both seconds and nanos. */
void protojson_set_time(struct arena *arena, ProtobufCMessage *message, int64_t us);
/** "display_name,labels" */
MUST_CHECK struct status protojson_set_mask(struct arena *arena, ProtobufCMessage *message, const char *paths);

#endif
