/* SPDX-License-Identifier: Apache-2.0 */
/* show.h: a reply as table, details, JSON, YAML or bare names. */
#ifndef GAON_CLI_SHOW_H
#define GAON_CLI_SHOW_H

#include "client/cli/session.h"
#include "runtime/message/reflect.h"

/** The one repeated message field of a list reply, or NULL: what its pages are made of. */
const ProtobufCFieldDescriptor *show_list_field(const ProtobufCMessageDescriptor *reply);

/**
 * Shows a reply as the session asks. `columns` ("NAME=display_name AGE=create_time") is for the elements of a list;
 * NULL: all plain fields. `more` counts what lies beyond the limit (0: nothing).
 */
void show_reply(struct session *session, const ProtobufCMessage *reply, const char *columns, bool has_more);

/** One message of a stream, as soon as it comes: a line of JSON, or a table row under one heading. */
void show_event(struct session *session, const ProtobufCMessage *event, const char *columns, bool is_first);

/** "Key  value" lines and nested tables, indented. */
void show_details(struct session *session, const ProtobufCMessage *message, size_t indent, struct text *out);

/** A JSON value as the session asks: pretty JSON or YAML. */
void show_json(struct session *session, const struct json *value);

/** Writes to standard output; ends the program quietly when nobody reads it any more. */
void show_text(const char *text);

/** A row of `columns` for each of the messages. */
struct table *show_table(struct session *session, const ProtobufCMessageDescriptor *type,
			 const ProtobufCMessage *const *messages, size_t count, const char *columns);

#endif
