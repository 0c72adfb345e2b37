/* SPDX-License-Identifier: Apache-2.0 */
/* emit_rows.c: message rules and method rows (runtime/rpc/method.h). */
#include "tools/protoc-gen-gaon/check.h"
#include "tools/protoc-gen-gaon/emit.h"
#include "tools/protoc-gen-gaon/names.h"

#include <inttypes.h>

enum { DEFAULT_MAX_BYTES = 1024, DEFAULT_MAX_ITEMS = 100 };

static const char *const FORMATS[] = {
	"FIELD_ANY",      "FIELD_RESOURCE_ID", "FIELD_RESOURCE_NAME", "FIELD_UUID", "FIELD_DECIMAL",
	"FIELD_CURRENCY", "FIELD_DAY",         "FIELD_JSON",          "FIELD_RAW",
	"FIELD_LABEL_KEY",
};

char *emit_rows_header(const struct model *model, const struct model_file *file)
{
	struct text out = emit_start(model->arena, file, "message rules and method rows");
	const char *guard = name_guard(model->arena, arena_printf(model->arena, "%s.gaon.h", file->stem));
	text_printf(&out, "#ifndef %s\n#define %s\n\n#include \"%s.pb-c.h\"\n", guard, guard, file->stem);
	for (size_t i = 0; i < file->proto->n_dependency; i++) {
		const struct model_file *other = model_find_file(model, file->proto->dependency[i]);
		if (other && other->is_ours && other->is_generated)
			text_printf(&out, "#include \"%s.gaon.h\"\n", other->stem);
	}
	text_append(&out, "#include \"runtime/rpc/method.h\"\n\n");
	for (size_t i = 0; i < file->message_count; i++)
		text_printf(&out, "extern const struct message_rules %s;\n",
			    model->messages[file->first_message + i].rules);
	if (file->method_count)
		text_append_char(&out, '\n');
	for (size_t i = 0; i < file->method_count; i++)
		text_printf(&out, "extern const struct method " OUR_ROOT "_method_%s_%s;\n", file->service,
			    model->methods[file->first_method + i].snake);
	text_append(&out, "\n#endif\n");
	return out.data;
}

/* Only messages of files that are generated now have rules. */
static bool has_rules(const struct model_message *message)
{
	return message && message->file->is_ours && message->file->is_generated;
}

static void emit_field(struct text *out, const struct model_field *field)
{
	static const Gaon__Rpc__V1__FieldRule none = GAON__RPC__V1__FIELD_RULE__INIT;
	const Gaon__Rpc__V1__FieldRule *rule = field->rule ? field->rule : &none;
	uint32_t max_bytes = rule->max_bytes ? rule->max_bytes : DEFAULT_MAX_BYTES;
	uint32_t max_items = rule->max_items ? rule->max_items : DEFAULT_MAX_ITEMS;
	text_printf(out, "\t{ /* %s */", field->proto->name);
	if (rule->required)
		text_append(out, " .is_required = true,");
	if (rule->output_only)
		text_append(out, " .is_output_only = true,");
	if (rule->immutable)
		text_append(out, " .is_immutable = true,");
	if (rule->sensitive)
		text_append(out, " .is_sensitive = true,");
	if (field_is_text(field))
		text_printf(out, " .max_bytes = %" PRIu32 ",", max_bytes);
	if (field->is_repeated)
		text_printf(out, " .max_items = %" PRIu32 ",", max_items);
	if (rule->format && (size_t)rule->format < sizeof FORMATS / sizeof FORMATS[0])
		text_printf(out, " .format = %s,", FORMATS[rule->format]);
	if (rule->least || rule->most)
		text_printf(out, " .least = INT64_C(%" PRId64 "), .most = INT64_C(%" PRId64 "),", rule->least,
			    rule->most);
	text_printf(out, " .message = %s%s },\n", has_rules(field->message) ? "&" : "",
		    has_rules(field->message) ? field->message->rules : "NULL");
}

static void emit_rules(struct text *out, const struct model_message *message)
{
	if (message->field_count) {
		text_printf(out, "static const struct field_rule %s_fields[] = {\n", message->rules);
		for (size_t i = 0; i < message->field_count; i++)
			emit_field(out, &message->fields[i]);
		text_append(out, "};\n");
	}
	text_printf(out, "const struct message_rules %s = {\n\t.descriptor = &%s__descriptor,\n", message->rules,
		    message->c_stem);
	if (message->field_count)
		text_printf(out, "\t.fields = %s_fields,\n", message->rules);
	text_printf(out, "\t.has_sensitive = %s,\n};\n\n", message->has_sensitive ? "true" : "false");
}

static const char *truth(bool is_true)
{
	return is_true ? "true" : "false";
}

static void emit_method(struct text *out, const struct model_method *method)
{
	const Gaon__Rpc__V1__MethodRule *rule = method->rule;
	const char *resource = text_or_empty(rule->audit_resource);
	const char *service = arena_printf(out->arena, "%s.%s", method->file->package, method->service);
	bool is_public = rule->authentication == GAON__RPC__V1__AUTHENTICATION__AUTHENTICATION_NONE;
	bool is_write = rule->access == GAON__RPC__V1__ACCESS__ACCESS_WRITE;
	if (!*resource)
		resource = name_resource(out->arena, method->name);
	text_printf(out, "const struct method " OUR_ROOT "_method_%s_%s = {\n", method->file->service, method->snake);
	text_printf(out, "\t.service = \"%s\",\n\t.name = \"%s\",\n\t.path = \"/%s/%s\",\n", service, method->name,
		    service, method->name);
	text_printf(out, "\t.permission = %s,\n", name_literal(out->arena, text_or_empty(rule->permission)));
	text_printf(out, "\t.scope = %s,\n", name_literal(out->arena, text_or_empty(rule->scope)));
	text_printf(out, "\t.resource = %s,\n", name_literal(out->arena, resource));
	text_printf(out, "\t.access = %s,\n", is_write ? "METHOD_WRITE" : "METHOD_READ");
	text_printf(out, "\t.is_idempotent = %s,\n", truth(rule->idempotent));
	text_printf(out, "\t.is_public = %s,\n", truth(is_public));
	text_printf(out, "\t.is_any_authenticated = %s,\n", truth(rule->any_authenticated));
	text_printf(out, "\t.is_server_streaming = %s,\n", truth(method->is_server_streaming));
	text_printf(out, "\t.request = &%s__descriptor,\n", method->request->c_stem);
	text_printf(out, "\t.reply = &%s__descriptor,\n", method->reply->c_stem);
	text_printf(out, "\t.request_rules = %s%s,\n", has_rules(method->request) ? "&" : "",
		    has_rules(method->request) ? method->request->rules : "NULL");
	text_printf(out, "\t.reply_rules = %s%s,\n};\n\n", has_rules(method->reply) ? "&" : "",
		    has_rules(method->reply) ? method->reply->rules : "NULL");
}

char *emit_rows_source(const struct model *model, const struct model_file *file)
{
	struct text out = emit_start(model->arena, file, "message rules and method rows");
	text_printf(&out, "#include \"%s.gaon.h\"\n\n", file->stem);
	for (size_t i = 0; i < file->message_count; i++)
		emit_rules(&out, &model->messages[file->first_message + i]);
	for (size_t i = 0; i < file->method_count; i++)
		emit_method(&out, &model->methods[file->first_method + i]);
	return out.data;
}
