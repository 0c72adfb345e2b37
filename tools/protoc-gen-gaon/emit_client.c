/* SPDX-License-Identifier: Apache-2.0 */
/* emit_client.c: one typed function for each RPC, on the face of client/include/gaon/client.h. */
#include "tools/protoc-gen-gaon/emit.h"
#include "tools/protoc-gen-gaon/names.h"

char *emit_client_header(const struct model *model, const struct model_file *file)
{
	struct text out = emit_start(model->arena, file, "typed client functions");
	const char *guard = name_guard(model->arena, arena_printf(model->arena, "%s.client.h", file->stem));
	text_printf(&out, "#ifndef %s\n#define %s\n\n#include \"" OUR_ROOT "/client.h\"\n#include \"%s.pb-c.h\"\n\n",
		    guard, guard, file->stem);
	text_append(&out,
		    "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
		    "/*\n * Each returns the gRPC code number, 0 when all went well; the call keeps the details."
		    " A reply belongs to the call\n * and lives until it is reset or freed. Of a stream, `_next` gives"
		    " one message after another; NULL at its end.\n */\n\n");
	for (size_t i = 0; i < file->method_count; i++) {
		const struct model_method *method = emit_method_of(model, file, i);
		emit_comment(&out, method->comment);
		text_printf(&out, "GAON_API int " OUR_ROOT "_%s_%s(struct gaon_call *call, const %s *request",
			    file->service, method->snake, method->request->c_type);
		if (!method->is_server_streaming)
			text_printf(&out, ", const %s **reply);\n\n", method->reply->c_type);
		else
			text_printf(&out,
				    ");\nGAON_API int " OUR_ROOT
				    "_%s_%s_next(struct gaon_call *call, const %s **message);\n\n",
				    file->service, method->snake, method->reply->c_type);
	}
	text_append(&out, "#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
	return out.data;
}

char *emit_client_source(const struct model *model, const struct model_file *file)
{
	struct text out = emit_start(model->arena, file, "typed client functions");
	text_printf(&out, "#include \"%s.client.h\"\n\n#include \"%s.gaon.h\"\n\n", file->stem, file->stem);
	for (size_t i = 0; i < file->method_count; i++) {
		const struct model_method *method = emit_method_of(model, file, i);
		const char *name = arena_printf(model->arena, "%s_%s", file->service, method->snake);
		text_printf(&out, "int " OUR_ROOT "_%s(struct gaon_call *call, const %s *request", name,
			    method->request->c_type);
		if (!method->is_server_streaming) {
			text_printf(&out,
				    ", const %s **reply)\n{\n\treturn gaon_call_unary(call, &" OUR_ROOT
				    "_method_%s, (const ProtobufCMessage *)request,\n"
				    "\t\t\t       (const ProtobufCMessage **)reply);\n}\n\n",
				    method->reply->c_type, name);
			continue;
		}
		text_printf(&out,
			    ")\n{\n\treturn gaon_call_open(call, &" OUR_ROOT
			    "_method_%s, (const ProtobufCMessage *)request);\n}\n\n",
			    name);
		text_printf(&out,
			    "int " OUR_ROOT "_%s_next(struct gaon_call *call, const %s **message)\n{\n"
			    "\treturn gaon_call_next(call, (const ProtobufCMessage **)message);\n}\n\n",
			    name, method->reply->c_type);
	}
	return out.data;
}
