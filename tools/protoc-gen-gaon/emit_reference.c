/* SPDX-License-Identifier: Apache-2.0 */
/* emit_reference.c: the page that people read: every RPC, message and enum of a service, in Markdown. */
#include <inttypes.h>
#include <string.h>

#include "tools/protoc-gen-gaon/check.h"
#include "tools/protoc-gen-gaon/emit.h"
#include "tools/protoc-gen-gaon/names.h"

/* What Markdown would take for something else: HTML anywhere; in a table a line break and a bar too. */
static void append_escaped(struct text *out, const char *text, bool is_cell)
{
	for (const char *c = text; *c; c++) {
		if (*c == '<')
			text_append(out, "&lt;");
		else if (*c == '>')
			text_append(out, "&gt;");
		else if (is_cell && *c == '\n')
			text_append_char(out, ' ');
		else if (is_cell && *c == '|')
			text_append(out, "\\|");
		else
			text_append_char(out, *c);
	}
}

static void cell(struct text *out, const char *text)
{
	append_escaped(out, text, true);
}

static void paragraph(struct text *out, const char *text)
{
	append_escaped(out, text, false);
	text_append(out, "\n\n");
}

static const char *scalar_name(int type)
{
	static const char *const names[] = {
		"",      "double",  "float", "int64",  "uint64", "int32",    "fixed64",  "fixed32", "bool",   "string",
		"group", "message", "bytes", "uint32", "enum",   "sfixed32", "sfixed64", "sint32",  "sint64",
	};
	return type > 0 && (size_t)type < sizeof names / sizeof names[0] ? names[type] : "";
}

/* A heading "Machine.Disk" gets the anchor "machinedisk" on every renderer that follows GitHub. */
static char *anchor(struct arena *arena, const char *local)
{
	struct text out = text_new(arena);
	for (const char *c = local; *c; c++)
		if (*c != '.')
			text_append_char(&out, *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c);
	return out.data;
}

/* A type of this page is a link into it, of another service's page a link there, of google.protobuf just a name. */
static void type_link(struct text *out, const struct model_file *home, const struct model_file *file, const char *local,
		      const char *full)
{
	if (!file->is_ours || !file->is_generated)
		text_printf(out, "`%s`", full + 1);
	else
		text_printf(out, "[`%s`](%s%s#%s)", local, strcmp(home->service, file->service) ? file->service : "",
			    strcmp(home->service, file->service) ? ".md" : "", anchor(out->arena, local));
}

static void message_link(struct text *out, const struct model_file *home, const struct model_message *message)
{
	type_link(out, home, message->file, message->local, message->full_name);
}

/* A map is shown as the proto writes it, not as the list of entries that it is on the wire. */
static void field_type(struct text *out, const struct model_file *home, const struct model_field *field)
{
	if (field->message && field->message->is_map_entry) {
		text_printf(out, "map of `%s` to ", scalar_name((int)field->message->fields[0].proto->type));
		field_type(out, home, &field->message->fields[1]);
		return;
	}
	if (field->is_repeated)
		text_append(out, "repeated ");
	if (field->proto->proto3_optional)
		text_append(out, "optional ");
	if (field->message)
		message_link(out, home, field->message);
	else if (field->enumeration)
		type_link(out, home, field->enumeration->file, field->enumeration->local,
			  field->enumeration->full_name);
	else
		text_printf(out, "`%s`", scalar_name((int)field->proto->type));
}

static void limit(struct text *out, size_t start, const char *format, ...) PRINTF_LIKE(3, 4);

static void limit(struct text *out, size_t start, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	text_printf(out, "%s%s", out->size > start ? ", " : "", arena_vprintf(out->arena, format, arguments));
	va_end(arguments);
}

static void field_limits(struct text *out, const struct model_field *field)
{
	static const char *const formats[] = { NULL,       "resource id", "resource name", "UUID",     "decimal",
					       "currency", "day",         "JSON",          "any UTF-8",
					       "label key" };
	static const Gaon__Rpc__V1__FieldRule none = GAON__RPC__V1__FIELD_RULE__INIT;
	const Gaon__Rpc__V1__FieldRule *rule = field->rule ? field->rule : &none;
	size_t start = out->size;
	if (rule->required)
		limit(out, start, "required");
	if (rule->output_only)
		limit(out, start, "output only");
	if (rule->immutable)
		limit(out, start, "immutable");
	if (rule->sensitive)
		limit(out, start, "secret");
	if (rule->format && (size_t)rule->format < sizeof formats / sizeof formats[0])
		limit(out, start, "%s", formats[rule->format]);
	if (rule->key_format && (size_t)rule->key_format < sizeof formats / sizeof formats[0])
		limit(out, start, "each key a %s", formats[rule->key_format]);
	if (field_is_text(field))
		limit(out, start, "≤ %u bytes", rule->max_bytes ? rule->max_bytes : 1024U);
	if (field->is_repeated)
		limit(out, start, "≤ %u items", rule->max_items ? rule->max_items : 100U);
	if (rule->least || rule->most)
		limit(out, start, "%" PRId64 " to %" PRId64, rule->least, rule->most);
}

static void emit_method(struct text *out, const struct model_method *method)
{
	const Gaon__Rpc__V1__MethodRule *rule = method->rule;
	const char *scope = text_or_empty(rule->scope);
	text_printf(out, "### %s\n\n", method->name);
	paragraph(out, method->comment);
	text_append(out, "| | |\n|---|---|\n| Request | ");
	message_link(out, method->file, method->request);
	text_printf(out, " |\n| %s | ", method->is_server_streaming ? "Reply, a stream of" : "Reply");
	message_link(out, method->file, method->reply);
	text_append(out, " |\n| Permission | ");
	if (rule->authentication == GAON__RPC__V1__AUTHENTICATION__AUTHENTICATION_NONE)
		text_append(out, "none: no credential is needed");
	else if (rule->any_authenticated)
		text_append(out, "none: any credential will do");
	else if (*scope)
		text_printf(out, "`%s` on what `%s` names", rule->permission, scope);
	else
		text_printf(out, "`%s` on the root", rule->permission);
	bool is_write = rule->access == GAON__RPC__V1__ACCESS__ACCESS_WRITE;
	text_printf(out, " |\n| Access | %s |\n| Safe to repeat | %s |\n\n", is_write ? "write" : "read",
		    rule->idempotent ? "yes" : "no");
}

static void emit_message(struct text *out, const struct model_message *message)
{
	if (message->is_map_entry)
		return;
	text_printf(out, "### %s\n\n", message->local);
	paragraph(out, message->comment);
	if (!message->field_count)
		return;
	text_append(out, "| # | Field | Type | Limits | Meaning |\n|---|---|---|---|---|\n");
	for (size_t i = 0; i < message->field_count; i++) {
		const struct model_field *field = &message->fields[i];
		text_printf(out, "| %d | `%s` | ", field->proto->number, field->proto->name);
		field_type(out, message->file, field);
		text_append(out, " | ");
		field_limits(out, field);
		text_append(out, " | ");
		cell(out, field->comment);
		text_append(out, " |\n");
	}
	text_append_char(out, '\n');
}

static void emit_enum(struct text *out, const struct model_enum *enumeration)
{
	text_printf(out, "### %s\n\n", enumeration->local);
	paragraph(out, enumeration->comment);
	text_append(out, "| # | Value | Meaning |\n|---|---|---|\n");
	for (size_t i = 0; i < enumeration->value_count; i++) {
		text_printf(out, "| %d | `%s` | ", enumeration->values[i].number, enumeration->values[i].name);
		cell(out, enumeration->values[i].comment);
		text_append(out, " |\n");
	}
	text_append_char(out, '\n');
}

typedef void (*file_part)(struct text *out, const struct model *model, const struct model_file *file);

static void all_methods(struct text *out, const struct model *model, const struct model_file *file)
{
	for (size_t i = 0; i < file->method_count; i++)
		emit_method(out, &model->methods[file->first_method + i]);
}

static void all_messages(struct text *out, const struct model *model, const struct model_file *file)
{
	for (size_t i = 0; i < file->message_count; i++)
		emit_message(out, &model->messages[file->first_message + i]);
}

static void all_enums(struct text *out, const struct model *model, const struct model_file *file)
{
	for (size_t i = 0; i < file->enum_count; i++)
		emit_enum(out, &model->enums[file->first_enum + i]);
}

/* A section of all files of the service; no heading when it is empty. */
static void section(struct text *out, const struct model *model, const char *service, const char *title, file_part part)
{
	struct text body = text_new(out->arena);
	for (size_t i = 0; i < model->file_count; i++)
		if (model->files[i].is_generated && strcmp(model->files[i].service, service) == 0)
			part(&body, model, &model->files[i]);
	if (body.size)
		text_printf(out, "## %s\n\n%s", title, body.data);
}

char *emit_reference(const struct model *model, const char *service)
{
	struct text out = text_new(model->arena);
	text_printf(&out, "# %s\n\n", service);
	for (size_t i = 0; i < model->file_count; i++) {
		const struct model_file *file = &model->files[i];
		if (!file->is_generated || strcmp(file->service, service) != 0)
			continue;
		text_printf(&out, "Package `%s`, file `%s`.\n\n", file->package, file->path);
		if (*file->comment)
			paragraph(&out, file->comment);
	}
	section(&out, model, service, "RPCs", all_methods);
	section(&out, model, service, "Messages", all_messages);
	section(&out, model, service, "Enums", all_enums);
	return out.data;
}
