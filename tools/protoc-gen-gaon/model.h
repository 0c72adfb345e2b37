/* SPDX-License-Identifier: Apache-2.0 */
/* model.h: what protoc sent, flattened and resolved: files, messages, fields, methods with their rules and comments. */
#ifndef GAON_PROTOC_MODEL_H
#define GAON_PROTOC_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "gaon/rpc/v1/options.pb-c.h"
#include "google/protobuf/compiler/plugin.pb-c.h"
#include "runtime/base/arena.h"
#include "runtime/base/text.h"

struct model_message;
struct model_enum;

struct model_field {
	const Google__Protobuf__FieldDescriptorProto *proto;
	const char *comment; /* "" when there is none, here and below */
	int line;
	const Gaon__Rpc__V1__FieldRule *rule; /* NULL when the proto says nothing */
	const struct model_message *message;  /* of a message field */
	const struct model_enum *enumeration; /* of an enum field */
	bool is_repeated;
};

struct model_message {
	const struct model_file *file;
	const char *full_name; /* ".gaon.lifecycle.v1.Machine", as descriptors refer to it */
	const char *local;     /* "Machine.Disk" */
	const char *comment;
	int line;
	const char *c_type;         /* "Gaon__Machine__Disk" */
	const char *c_stem;         /* "gaon__machine__disk" */
	const char *rules;          /* "gaon_rules_machine__disk"; NULL outside our packages */
	struct model_field *fields; /* by number, as protobuf-c sorts them */
	size_t field_count;
	bool is_map_entry;
	bool has_sensitive; /* itself or anything below */
};

struct model_value {
	const char *name;
	int number;
	const char *comment;
};

struct model_enum {
	const struct model_file *file;
	const char *full_name;
	const char *local;
	const char *comment;
	int line;
	struct model_value *values;
	size_t value_count;
};

struct model_method {
	const struct model_file *file;
	const char *service; /* "LifecycleService" */
	const char *name;    /* "GetMachine" */
	const char *snake;   /* "get_machine" */
	const char *comment;
	int line;
	const Gaon__Rpc__V1__MethodRule *rule; /* NULL when missing */
	const struct model_message *request;
	const struct model_message *reply;
	bool is_client_streaming;
	bool is_server_streaming;
};

struct model_file {
	const Google__Protobuf__FileDescriptorProto *proto;
	const char *path; /* "gaon/lifecycle/v1/lifecycle.proto" */
	const char *stem; /* without ".proto" */
	const char *package;
	const char *service; /* "lifecycle", or "" */
	const char *comment; /* of its first service */
	bool is_ours;
	bool is_generated;
	size_t first_message, message_count; /* in model.messages */
	size_t first_enum, enum_count;
	size_t first_method, method_count;
};

struct model {
	struct arena *arena;
	struct model_file *files;
	size_t file_count;
	struct model_message *messages;
	size_t message_count;
	struct model_enum *enums;
	size_t enum_count;
	struct model_method *methods;
	size_t method_count;
	struct text errors; /* lines "path:line: what is wrong" */
};

/** Everything of `request`, resolved. What cannot be read is added to model->errors. */
struct model *model_new(struct arena *arena, const Google__Protobuf__Compiler__CodeGeneratorRequest *request);

/** The file at `path`; NULL when protoc did not send it. */
const struct model_file *model_find_file(const struct model *model, const char *path);

/** The message's field of this name; NULL when it has none. */
const struct model_field *model_find_field(const struct model_message *message, const char *name);

/** Adds "path:line: …" to the errors. */
void model_error(struct model *model, const struct model_file *file, int line, const char *format, ...)
	PRINTF_LIKE(4, 5);

#endif
