/* SPDX-License-Identifier: Apache-2.0 */
/* model.c: see model.h. */
#include "tools/protoc-gen-gaon/model.h"

#include <stdlib.h>
#include <string.h>

#include "tools/protoc-gen-gaon/comment.h"
#include "tools/protoc-gen-gaon/names.h"
#include "tools/protoc-gen-gaon/option.h"

/* Numbers of descriptor.proto's fields, of which SourceCodeInfo's paths are made. */
enum {
	FILE_MESSAGE = 4,
	FILE_ENUM = 5,
	FILE_SERVICE = 6,
	MESSAGE_FIELD = 2,
	MESSAGE_NESTED = 3,
	MESSAGE_ENUM = 4,
	ENUM_VALUE = 2,
	SERVICE_METHOD = 2,
};

typedef Google__Protobuf__DescriptorProto message_proto;
typedef Google__Protobuf__EnumDescriptorProto enum_proto;

void model_error(struct model *model, const struct model_file *file, int line, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	text_printf(&model->errors, "%s%s:%d: %s", model->errors.size ? "\n" : "", file->path, line,
		    arena_vprintf(model->arena, format, arguments));
	va_end(arguments);
}

const struct model_file *model_find_file(const struct model *model, const char *path)
{
	for (size_t i = 0; i < model->file_count; i++)
		if (strcmp(model->files[i].path, path) == 0)
			return &model->files[i];
	return NULL;
}

const struct model_field *model_find_field(const struct model_message *message, const char *name)
{
	for (size_t i = 0; i < message->field_count; i++)
		if (strcmp(message->fields[i].proto->name, name) == 0)
			return &message->fields[i];
	return NULL;
}

static const char *local_name(struct arena *arena, const char *outer, const char *name)
{
	return *outer ? arena_printf(arena, "%s.%s", outer, name) : arena_strdup(arena, name);
}

static const char *full_name(struct arena *arena, const struct model_file *file, const char *local)
{
	return *file->package ? arena_printf(arena, ".%s.%s", file->package, local) : arena_printf(arena, ".%s", local);
}

static int by_number(const void *a, const void *b)
{
	int left = ((const struct model_field *)a)->proto->number;
	int right = ((const struct model_field *)b)->proto->number;
	return (left > right) - (left < right);
}

static void add_fields(struct model *model, struct model_message *message, const message_proto *proto,
		       struct place place)
{
	message->fields = ARENA_ARRAY(model->arena, proto->n_field, struct model_field);
	message->field_count = proto->n_field;
	for (size_t i = 0; i < proto->n_field; i++) {
		struct model_field *field = &message->fields[i];
		field->proto = proto->field[i];
		struct comment comment =
			comment_at(model->arena, message->file->proto, place_step(place, MESSAGE_FIELD, i));
		field->comment = comment.text;
		field->line = comment.line;
		field->is_repeated =
			field->proto->label == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REPEATED;
		if (!option_field_rule(model->arena, field->proto->options, &field->rule))
			model_error(model, message->file, field->line,
				    "field %s.%s: its option (gaon.rpc.v1.field) is damaged", message->local,
				    field->proto->name);
	}
	qsort(message->fields, message->field_count, sizeof *message->fields, by_number);
}

static void add_enum(struct model *model, struct model_file *file, const char *outer, const enum_proto *proto,
		     struct place place)
{
	struct model_enum *added = &model->enums[model->enum_count++];
	struct comment comment = comment_at(model->arena, file->proto, place);
	*added = (struct model_enum){ .file = file, .comment = comment.text, .line = comment.line };
	added->local = local_name(model->arena, outer, proto->name);
	added->full_name = full_name(model->arena, file, added->local);
	added->values = ARENA_ARRAY(model->arena, proto->n_value, struct model_value);
	added->value_count = proto->n_value;
	for (size_t i = 0; i < proto->n_value; i++) {
		struct model_value *value = &added->values[i];
		value->name = proto->value[i]->name;
		value->number = proto->value[i]->number;
		value->comment = comment_at(model->arena, file->proto, place_step(place, ENUM_VALUE, i)).text;
	}
}

static void add_message(struct model *model, struct model_file *file, const char *outer, const message_proto *proto,
			struct place place)
{
	struct model_message *message = &model->messages[model->message_count++];
	struct comment comment = comment_at(model->arena, file->proto, place);
	*message = (struct model_message){ .file = file, .comment = comment.text, .line = comment.line };
	message->local = local_name(model->arena, outer, proto->name);
	message->full_name = full_name(model->arena, file, message->local);
	message->c_type = name_c_type(model->arena, file->package, message->local);
	message->c_stem = name_c_stem(model->arena, file->package, message->local);
	if (file->is_ours)
		message->rules =
			arena_printf(model->arena, OUR_ROOT "_rules_%s", name_rules(model->arena, message->local));
	message->is_map_entry = proto->options && proto->options->map_entry;
	add_fields(model, message, proto, place);
	for (size_t i = 0; i < proto->n_enum_type; i++)
		add_enum(model, file, message->local, proto->enum_type[i], place_step(place, MESSAGE_ENUM, i));
	for (size_t i = 0; i < proto->n_nested_type; i++)
		add_message(model, file, message->local, proto->nested_type[i], place_step(place, MESSAGE_NESTED, i));
}

static const struct model_message *find_message(const struct model *model, const char *full)
{
	for (size_t i = 0; i < model->message_count; i++)
		if (strcmp(model->messages[i].full_name, full) == 0)
			return &model->messages[i];
	return NULL;
}

static const struct model_enum *find_enum(const struct model *model, const char *full)
{
	for (size_t i = 0; i < model->enum_count; i++)
		if (strcmp(model->enums[i].full_name, full) == 0)
			return &model->enums[i];
	return NULL;
}

static void add_method(struct model *model, struct model_file *file,
		       const Google__Protobuf__ServiceDescriptorProto *service, size_t index, struct place place)
{
	const Google__Protobuf__MethodDescriptorProto *proto = service->method[index];
	struct model_method *method = &model->methods[model->method_count++];
	struct comment comment = comment_at(model->arena, file->proto, place_step(place, SERVICE_METHOD, index));
	*method = (struct model_method){ .file = file, .comment = comment.text, .line = comment.line };
	method->service = service->name;
	method->name = proto->name;
	method->snake = name_lower(model->arena, proto->name);
	method->request = find_message(model, proto->input_type);
	method->reply = find_message(model, proto->output_type);
	method->is_client_streaming = proto->client_streaming;
	method->is_server_streaming = proto->server_streaming;
	if (!option_method_rule(model->arena, proto->options, &method->rule))
		model_error(model, file, method->line, "rpc %s.%s: its option (gaon.rpc.v1.method) is damaged",
			    service->name, proto->name);
}

static void add_file(struct model *model, const Google__Protobuf__FileDescriptorProto *proto)
{
	struct model_file *file = &model->files[model->file_count++];
	size_t path_size = strlen(proto->name);
	file->proto = proto;
	file->path = proto->name;
	file->stem = text_ends_with(proto->name, ".proto") ? arena_strndup(model->arena, proto->name, path_size - 6)
							   : proto->name;
	file->package = text_or_empty(proto->package);
	file->is_ours = name_is_ours(file->package);
	file->service = name_service(model->arena, file->package);
	file->first_message = model->message_count;
	file->first_enum = model->enum_count;
	struct place top = { .count = 0 };
	for (size_t i = 0; i < proto->n_message_type; i++)
		add_message(model, file, "", proto->message_type[i], place_step(top, FILE_MESSAGE, i));
	for (size_t i = 0; i < proto->n_enum_type; i++)
		add_enum(model, file, "", proto->enum_type[i], place_step(top, FILE_ENUM, i));
	file->message_count = model->message_count - file->first_message;
	file->enum_count = model->enum_count - file->first_enum;
}

/* After all messages are known: methods name them. */
static void add_methods(struct model *model, struct model_file *file)
{
	file->first_method = model->method_count;
	file->comment = "";
	struct place top = { .count = 0 };
	for (size_t i = 0; i < file->proto->n_service; i++) {
		struct place place = place_step(top, FILE_SERVICE, i);
		if (i == 0)
			file->comment = comment_at(model->arena, file->proto, place).text;
		for (size_t k = 0; k < file->proto->service[i]->n_method; k++)
			add_method(model, file, file->proto->service[i], k, place);
	}
	file->method_count = model->method_count - file->first_method;
}

/* What a rule says of one element holds for the values of a map; the list's own limits stay with the list. */
static void hand_to_entries(struct model *model, const struct model_field *map)
{
	const struct model_field *key = map->message ? model_find_field(map->message, "key") : NULL;
	const struct model_field *value = map->message ? model_find_field(map->message, "value") : NULL;
	if (!map->rule || !key || !value || !map->message->is_map_entry)
		return;
	if (map->rule->key_format) {
		Gaon__Rpc__V1__FieldRule *of_key = ARENA_NEW(model->arena, Gaon__Rpc__V1__FieldRule);
		gaon__rpc__v1__field_rule__init(of_key);
		of_key->required = true;
		of_key->format = map->rule->key_format;
		((struct model_field *)key)->rule = of_key;
	}
	Gaon__Rpc__V1__FieldRule *rule = ARENA_NEW(model->arena, Gaon__Rpc__V1__FieldRule);
	gaon__rpc__v1__field_rule__init(rule);
	rule->sensitive = map->rule->sensitive;
	rule->max_bytes = map->rule->max_bytes;
	rule->format = map->rule->format;
	rule->least = map->rule->least;
	rule->most = map->rule->most;
	((struct model_field *)value)->rule = rule;
}

static void resolve_fields(struct model *model, struct model_message *message)
{
	for (size_t i = 0; i < message->field_count; i++) {
		struct model_field *field = &message->fields[i];
		if (!field->proto->type_name)
			continue;
		field->message = find_message(model, field->proto->type_name);
		field->enumeration = find_enum(model, field->proto->type_name);
		hand_to_entries(model, field);
	}
}

static bool has_sensitive_field(const struct model_message *message)
{
	for (size_t i = 0; i < message->field_count; i++) {
		const struct model_field *field = &message->fields[i];
		if ((field->rule && field->rule->sensitive) || (field->message && field->message->has_sensitive))
			return true;
	}
	return false;
}

/* Messages may refer to each other in a circle: repeat until nothing changes. */
static void find_sensitive(struct model *model)
{
	for (bool is_changed = true; is_changed;) {
		is_changed = false;
		for (size_t i = 0; i < model->message_count; i++) {
			struct model_message *message = &model->messages[i];
			bool is_sensitive = message->file->is_ours && has_sensitive_field(message);
			is_changed |= is_sensitive != message->has_sensitive;
			message->has_sensitive = is_sensitive;
		}
	}
}

static void count_messages(const message_proto *proto, size_t *messages, size_t *enums)
{
	*messages += 1;
	*enums += proto->n_enum_type;
	for (size_t i = 0; i < proto->n_nested_type; i++)
		count_messages(proto->nested_type[i], messages, enums);
}

static void reserve(struct model *model, const Google__Protobuf__Compiler__CodeGeneratorRequest *request)
{
	size_t messages = 0, enums = 0, methods = 0;
	for (size_t i = 0; i < request->n_proto_file; i++) {
		const Google__Protobuf__FileDescriptorProto *file = request->proto_file[i];
		enums += file->n_enum_type;
		for (size_t k = 0; k < file->n_message_type; k++)
			count_messages(file->message_type[k], &messages, &enums);
		for (size_t k = 0; k < file->n_service; k++)
			methods += file->service[k]->n_method;
	}
	model->files = ARENA_ARRAY(model->arena, request->n_proto_file, struct model_file);
	model->messages = ARENA_ARRAY(model->arena, messages, struct model_message);
	model->enums = ARENA_ARRAY(model->arena, enums, struct model_enum);
	model->methods = ARENA_ARRAY(model->arena, methods, struct model_method);
}

struct model *model_new(struct arena *arena, const Google__Protobuf__Compiler__CodeGeneratorRequest *request)
{
	struct model *model = ARENA_NEW(arena, struct model);
	model->arena = arena;
	model->errors = text_new(arena);
	reserve(model, request);
	for (size_t i = 0; i < request->n_proto_file; i++)
		add_file(model, request->proto_file[i]);
	for (size_t i = 0; i < model->message_count; i++)
		resolve_fields(model, &model->messages[i]);
	find_sensitive(model);
	for (size_t i = 0; i < model->file_count; i++) {
		add_methods(model, &model->files[i]);
		for (size_t k = 0; k < request->n_file_to_generate; k++)
			model->files[i].is_generated |= strcmp(model->files[i].path, request->file_to_generate[k]) == 0;
	}
	return model;
}
