/* SPDX-License-Identifier: Apache-2.0 */
/* protojson.h: messages as proto3's JSON, from descriptors alone (https://protobuf.dev/programming-guides/json/). */
#ifndef GAON_MESSAGE_PROTOJSON_H
#define GAON_MESSAGE_PROTOJSON_H

#include "runtime/base/json.h"
#include "runtime/message/reflect.h"

/**
 * lowerCamelCase members, 64-bit integers as text, enums by name, RFC 3339 times. Fields at their default are written too, so
 * that scripts find every member; absent messages and unset `optional` fields are not.
 */
struct json *protojson_write(struct arena *arena, const ProtobufCMessage *message);

/** Timestamp and Duration, both seconds and nanos. */
int64_t protojson_time_us(const ProtobufCMessage *message);

/** display_name → displayName */
char *protojson_name(struct arena *arena, const char *field);

#endif
