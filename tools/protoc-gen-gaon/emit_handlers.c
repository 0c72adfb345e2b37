/* SPDX-License-Identifier: Apache-2.0 */
/* emit_handlers.c: the functions that a service must write, and the table that the dispatcher reads. */
#include "tools/protoc-gen-gaon/emit.h"
#include "tools/protoc-gen-gaon/names.h"

char *emit_handlers_header(const struct model *model, const struct model_file *file)
{
	struct text out = emit_start(model->arena, file, "the handlers that the service implements");
	const char *guard = name_guard(model->arena, arena_printf(model->arena, "%s.handlers.h", file->stem));
	text_printf(&out, "#ifndef %s\n#define %s\n\n#include \"%s.gaon.h\"\n#include \"runtime/rpc/call.h\"\n\n",
		    guard, guard, file->stem);
	for (size_t i = 0; i < file->method_count; i++) {
		const struct model_method *method = emit_method_of(model, file, i);
		emit_comment(&out, method->comment);
		text_printf(&out, "MUST_CHECK struct status %s_%s(struct call *call, const %s *request", file->service,
			    method->snake, method->request->c_type);
		if (!method->is_server_streaming)
			text_printf(&out, ", %s *reply", method->reply->c_type);
		text_append(&out, ");\n\n");
	}
	text_printf(&out, "extern const struct method_table " OUR_ROOT "_%s_table;\n\n#endif\n", file->service);
	return out.data;
}

static void emit_thunk(struct text *out, const struct model_method *method)
{
	text_printf(out, "static struct status run_%s(struct call *call, const ProtobufCMessage *request",
		    method->snake);
	if (!method->is_server_streaming)
		text_append(out, ", ProtobufCMessage *reply");
	text_printf(out, ")\n{\n\treturn %s_%s(call, (const %s *)request", method->file->service, method->snake,
		    method->request->c_type);
	if (!method->is_server_streaming)
		text_printf(out, ", (%s *)reply", method->reply->c_type);
	text_append(out, ");\n}\n\n");
}

char *emit_handlers_source(const struct model *model, const struct model_file *file)
{
	struct text out = emit_start(model->arena, file, "dispatch");
	text_printf(&out, "#include \"%s.handlers.h\"\n\n", file->stem);
	for (size_t i = 0; i < file->method_count; i++)
		emit_thunk(&out, emit_method_of(model, file, i));
	text_append(&out, "static const struct method_row rows[] = {\n");
	for (size_t i = 0; i < file->method_count; i++) {
		const struct model_method *method = emit_method_of(model, file, i);
		text_printf(&out, "\t{ .method = &" OUR_ROOT "_method_%s_%s, .%s = run_%s },\n", file->service,
			    method->snake, method->is_server_streaming ? "stream" : "unary", method->snake);
	}
	text_append(&out, "};\n\n");
	text_printf(&out,
		    "const struct method_table " OUR_ROOT "_%s_table = {\n\t.service = \"%s.%s\",\n\t.rows = rows,\n"
		    "\t.count = sizeof rows / sizeof rows[0],\n};\n",
		    file->service, file->package, emit_method_of(model, file, 0)->service);
	return out.data;
}
