/* SPDX-License-Identifier: Apache-2.0 */
/* check.c: see check.h. */
#include "tools/protoc-gen-gaon/check.h"

#include <string.h>

#include "tools/protoc-gen-gaon/names.h"

#define TYPE(name_) GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_##name_

bool field_is_string(const struct model_field *field)
{
	return field->proto->type == TYPE(STRING);
}

bool field_is_text(const struct model_field *field)
{
	return field_is_string(field) || field->proto->type == TYPE(BYTES);
}

bool field_is_integer(const struct model_field *field)
{
	switch (field->proto->type) {
	case TYPE(INT32):
	case TYPE(INT64):
	case TYPE(UINT32):
	case TYPE(UINT64):
	case TYPE(SINT32):
	case TYPE(SINT64):
	case TYPE(FIXED32):
	case TYPE(FIXED64):
	case TYPE(SFIXED32):
	case TYPE(SFIXED64):
		return true;
	default:
		return false;
	}
}

const struct model_field *check_scope(const struct model_message *request, const char *path)
{
	const struct model_message *message = request;
	for (;;) {
		const char *dot = strchr(path, '.');
		char name[256];
		size_t size = dot ? (size_t)(dot - path) : strlen(path);
		if (!message || size >= sizeof name)
			return NULL;
		memcpy(name, path, size);
		name[size] = '\0';
		const struct model_field *field = model_find_field(message, name);
		if (!field || field->is_repeated)
			return NULL;
		if (!dot)
			return field_is_string(field) ? field : NULL;
		message = field->message;
		path = dot + 1;
	}
}

static void method_error(struct model *model, const struct model_method *method, const char *what)
{
	model_error(model, method->file, method->line, "rpc %s.%s: %s", method->service, method->name, what);
}

static void check_permission(struct model *model, const struct model_method *method)
{
	const Gaon__Rpc__V1__MethodRule *rule = method->rule;
	bool is_public = rule->authentication == GAON__RPC__V1__AUTHENTICATION__AUTHENTICATION_NONE;
	bool has_permission = *text_or_empty(rule->permission) != '\0';
	if (!has_permission && !is_public && !rule->any_authenticated)
		method_error(model, method, "no permission; name one, or say AUTHENTICATION_NONE or any_authenticated");
	if (has_permission && (is_public || rule->any_authenticated))
		method_error(model, method, "a permission that nobody checks: the rule lets everybody in");
	if (is_public && rule->any_authenticated)
		method_error(model, method, "both AUTHENTICATION_NONE and any_authenticated");
}

static void check_method(struct model *model, const struct model_method *method)
{
	if (!*method->comment)
		method_error(model, method, "no comment");
	if (method->is_client_streaming)
		method_error(model, method, "client streaming is not supported");
	if (!method->rule) {
		method_error(model, method, "no option (gaon.rpc.v1.method)");
		return;
	}
	if (method->rule->access != GAON__RPC__V1__ACCESS__ACCESS_READ &&
	    method->rule->access != GAON__RPC__V1__ACCESS__ACCESS_WRITE)
		method_error(model, method, "no access; say ACCESS_READ or ACCESS_WRITE");
	check_permission(model, method);
	const char *scope = text_or_empty(method->rule->scope);
	if (*scope && !check_scope(method->request, scope))
		method_error(model, method,
			     arena_printf(model->arena, "scope \"%s\" is no string field of %s", scope,
					  method->request->local));
}

static void field_error(struct model *model, const struct model_message *message, const struct model_field *field,
			const char *what)
{
	model_error(model, message->file, field->line, "field %s.%s: %s", message->local, field->proto->name, what);
}

/* A limit on a field that cannot have it would look like protection and be none. */
static void check_field_rule(struct model *model, const struct model_message *message, const struct model_field *field)
{
	const Gaon__Rpc__V1__FieldRule *rule = field->rule;
	bool is_map = field->message && field->message->is_map_entry;
	const struct model_field *value = is_map ? model_find_field(field->message, "value") : field;
	const struct {
		bool is_wrong;
		const char *what;
	} faults[] = {
		{ rule->sensitive && !field_is_text(value), "sensitive, but neither string nor bytes" },
		{ rule->max_bytes && !field_is_text(value), "max_bytes, but neither string nor bytes" },
		{ rule->max_items && !field->is_repeated, "max_items, but not repeated" },
		{ rule->format && !field_is_string(value), "format, but no string" },
		{ rule->key_format && !(is_map && field_is_string(model_find_field(field->message, "key"))),
		  "key_format, but no map of strings" },
		{ (rule->least || rule->most) && !field_is_integer(value), "least or most, but no integer" },
		{ rule->least > rule->most, "least is more than most" },
		{ rule->required && rule->output_only, "both required and output_only" },
	};
	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
		if (faults[i].is_wrong)
			field_error(model, message, field, faults[i].what);
}

static void check_message(struct model *model, const struct model_message *message)
{
	if (!*message->comment && !message->is_map_entry)
		model_error(model, message->file, message->line, "message %s: no comment", message->local);
	for (size_t i = 0; i < message->field_count; i++) {
		const struct model_field *field = &message->fields[i];
		if (!*field->comment && !message->is_map_entry)
			field_error(model, message, field, "no comment");
		if (field->rule && !message->is_map_entry)
			check_field_rule(model, message, field);
	}
}

/* All our packages share one C prefix, so two messages of the same name would be one C type. */
static void check_collisions(struct model *model, const struct model_message *message)
{
	for (size_t i = 0; i < model->message_count; i++) {
		const struct model_message *other = &model->messages[i];
		if (other == message)
			return;
		if (other->file->is_ours && strcmp(other->c_stem, message->c_stem) == 0)
			model_error(model, message->file, message->line,
				    "message %s: %s has one of this name too, and both are %s in C", message->local,
				    other->file->path, message->c_type);
	}
}

static void check_method_collisions(struct model *model, const struct model_method *method)
{
	for (size_t i = 0; i < model->method_count; i++) {
		const struct model_method *other = &model->methods[i];
		if (other == method)
			return;
		if (strcmp(other->file->service, method->file->service) == 0 &&
		    strcmp(other->snake, method->snake) == 0)
			method_error(model, method, "another RPC of this package has the same name in C");
	}
}

void check_model(struct model *model)
{
	for (size_t i = 0; i < model->file_count; i++) {
		const struct model_file *file = &model->files[i];
		if (!file->is_generated)
			continue;
		if (!*file->service)
			model_error(model, file, 1, "package \"%s\" is not " OUR_ROOT ".<service>.<version>",
				    file->package);
		for (size_t k = 0; k < file->message_count; k++) {
			check_message(model, &model->messages[file->first_message + k]);
			check_collisions(model, &model->messages[file->first_message + k]);
		}
		for (size_t k = 0; k < file->method_count; k++) {
			check_method(model, &model->methods[file->first_method + k]);
			check_method_collisions(model, &model->methods[file->first_method + k]);
		}
	}
}
