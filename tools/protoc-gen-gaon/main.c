/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: protoc-gen-gaon, a protoc plug-in: CodeGeneratorRequest on stdin, CodeGeneratorResponse on stdout. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/protoc-gen-gaon/check.h"
#include "tools/protoc-gen-gaon/emit.h"
#include "tools/protoc-gen-gaon/names.h"
#include "tools/protoc-gen-gaon/option.h"

typedef Google__Protobuf__Compiler__CodeGeneratorResponse response_proto;
typedef Google__Protobuf__Compiler__CodeGeneratorResponse__File output_proto;

enum { FILES_PER_PROTO = 6 };

struct output {
	struct arena *arena;
	response_proto response;
};

static void add(struct output *output, char *name, char *content)
{
	output_proto *file = ARENA_NEW(output->arena, output_proto);
	google__protobuf__compiler__code_generator_response__file__init(file);
	file->name = name;
	file->content = content;
	output->response.file[output->response.n_file++] = file;
}

typedef char *(*emitter)(const struct model *model, const struct model_file *file);

static void add_file(struct output *output, const struct model *model, const struct model_file *file)
{
	static const struct {
		const char *ending;
		emitter emit;
		bool needs_methods;
	} kinds[FILES_PER_PROTO] = {
		{ ".gaon.h", emit_rows_header, false },        { ".gaon.c", emit_rows_source, false },
		{ ".handlers.h", emit_handlers_header, true }, { ".handlers.c", emit_handlers_source, true },
		{ ".client.h", emit_client_header, true },     { ".client.c", emit_client_source, true },
	};
	for (size_t i = 0; i < FILES_PER_PROTO; i++)
		if (file->method_count || !kinds[i].needs_methods)
			add(output, arena_printf(output->arena, "%s%s", file->stem, kinds[i].ending),
			    kinds[i].emit(model, file));
}

/* One page for each service, when its first file comes by. */
static void add_reference(struct output *output, const struct model *model, const struct model_file *file)
{
	for (const struct model_file *other = model->files; other < file; other++)
		if (other->is_generated && strcmp(other->service, file->service) == 0)
			return;
	add(output, arena_printf(output->arena, "reference/%s.md", file->service),
	    emit_reference(model, file->service));
}

static void generate(struct output *output, const struct model *model)
{
	output->response.file =
		ARENA_ARRAY(output->arena, model->file_count * (FILES_PER_PROTO + 1) + 2, output_proto *);
	for (size_t i = 0; i < model->file_count; i++) {
		if (!model->files[i].is_generated)
			continue;
		add_file(output, model, &model->files[i]);
		add_reference(output, model, &model->files[i]);
	}
	add(output, arena_strdup(output->arena, OUR_ROOT "/permissions.h"), emit_permissions_header(model));
	add(output, arena_strdup(output->arena, OUR_ROOT "/permissions.c"), emit_permissions(model));
}

static bool read_all(FILE *file, struct text *bytes)
{
	char chunk[65536];
	size_t size;
	while ((size = fread(chunk, 1, sizeof chunk, file)) > 0)
		text_append_slice(bytes, slice_of(chunk, size));
	return !ferror(file);
}

static int answer(struct output *output)
{
	size_t size = google__protobuf__compiler__code_generator_response__get_packed_size(&output->response);
	uint8_t *bytes = arena_alloc(output->arena, size);
	google__protobuf__compiler__code_generator_response__pack(&output->response, bytes);
	if (fwrite(bytes, 1, size, stdout) != size || fflush(stdout) != 0) {
		perror("protoc-gen-gaon: stdout");
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

static int run(struct arena *arena)
{
	struct text input = text_new(arena);
	if (!read_all(stdin, &input)) {
		perror("protoc-gen-gaon: stdin");
		return EXIT_FAILURE;
	}
	ProtobufCAllocator allocator = option_allocator(arena);
	Google__Protobuf__Compiler__CodeGeneratorRequest *request =
		google__protobuf__compiler__code_generator_request__unpack(&allocator, input.size,
									   (const uint8_t *)input.data);
	if (!request) {
		fputs("protoc-gen-gaon: stdin is no CodeGeneratorRequest; run me through protoc --gaon_out\n", stderr);
		return EXIT_FAILURE;
	}
	struct output output = { .arena = arena };
	google__protobuf__compiler__code_generator_response__init(&output.response);
	output.response.has_supported_features = true;
	output.response.supported_features =
		GOOGLE__PROTOBUF__COMPILER__CODE_GENERATOR_RESPONSE__FEATURE__FEATURE_PROTO3_OPTIONAL;
	struct model *model = model_new(arena, request);
	if (!model->errors.size)
		check_model(model);
	if (model->errors.size)
		output.response.error = model->errors.data;
	else
		generate(&output, model);
	return answer(&output);
}

int main(void)
{
	struct arena *arena = arena_new(0);
	int code = run(arena);
	arena_free(arena);
	return code;
}
