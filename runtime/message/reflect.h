/* SPDX-License-Identifier: Apache-2.0 */
/* reflect.h: fields of any protobuf-c message by descriptor, so that a new RPC needs no new code here. */
#ifndef GAON_MESSAGE_REFLECT_H
#define GAON_MESSAGE_REFLECT_H

#include <stdbool.h>
#include <stddef.h>

#include <protobuf-c/protobuf-c.h>

#include "runtime/base/arena.h"

/** Messages that have a shape of their own in text and JSON. */
enum known_type { KNOWN_NONE, KNOWN_TIMESTAMP, KNOWN_DURATION, KNOWN_FIELD_MASK, KNOWN_MONEY };

enum known_type reflect_known(const ProtobufCMessageDescriptor *descriptor);

/** An initialised message in the arena; never free it with free_unpacked. */
ProtobufCMessage *reflect_new(struct arena *arena, const ProtobufCMessageDescriptor *descriptor);

const ProtobufCFieldDescriptor *reflect_field(const ProtobufCMessageDescriptor *descriptor, const char *name);

bool reflect_is_repeated(const ProtobufCFieldDescriptor *field);
/** map<K, V> arrives as repeated entries of key and value. */
bool reflect_is_map(const ProtobufCFieldDescriptor *field);
bool reflect_is_message(const ProtobufCFieldDescriptor *field);
const ProtobufCMessageDescriptor *reflect_message_type(const ProtobufCFieldDescriptor *field);
const ProtobufCEnumDescriptor *reflect_enum_type(const ProtobufCFieldDescriptor *field);

/** Elements of a repeated field; 1 or 0 for a single one, by presence (a proto3 scalar at its default counts as
 * absent). */
size_t reflect_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);

/** True when an absent value differs from the default one: messages, oneof members, `optional` fields. */
bool reflect_has_presence(const ProtobufCFieldDescriptor *field);

/** Where element `index` (0 for a single field) is stored: char **, int64_t *, ProtobufCMessage ** … */
const void *reflect_at(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, size_t index);

/** A writable place for the field's value: marks it present; appends one to a repeated field. */
void *reflect_slot(struct arena *arena, ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);

/** The message in a single message field, made when absent. */
ProtobufCMessage *reflect_child(struct arena *arena, ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);

/** Readers by name for the few messages that are treated specially; 0 or "" when absent or of another type. */
int64_t reflect_int(const ProtobufCMessage *message, const char *field);
const char *reflect_text(const ProtobufCMessage *message, const char *field);
const ProtobufCMessage *reflect_message(const ProtobufCMessage *message, const char *field);

/** False when the message has no such string (or integer) field. */
bool reflect_set_text(struct arena *arena, ProtobufCMessage *message, const char *field, const char *value);
bool reflect_set_int(struct arena *arena, ProtobufCMessage *message, const char *field, int64_t value);

#endif
