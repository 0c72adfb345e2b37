/* SPDX-License-Identifier: Apache-2.0 */
/* emit.c: what the emitters of C files share. */
#include "tools/protoc-gen-gaon/emit.h"

struct text emit_start(struct arena *arena, const struct model_file *file, const char *what)
{
	struct text out = text_new(arena);
	text_printf(&out, "/* Made by protoc-gen-gaon from %s: %s. */\n", file->path, what);
	return out;
}

const struct model_method *emit_method_of(const struct model *model, const struct model_file *file, size_t index)
{
	return &model->methods[file->first_method + index];
}

void emit_comment(struct text *out, const char *comment)
{
	char **lines;
	size_t count = text_split(out->arena, comment, '\n', &lines);
	text_append(out, "/**\n");
	for (size_t i = 0; i < count; i++) {
		text_append(out, *lines[i] ? " * " : " *");
		for (const char *c = lines[i]; *c; c++) {
			text_append_char(out, *c);
			if (*c == '*' && c[1] == '/') /* would end the C comment */
				text_append_char(out, ' ');
		}
		text_append_char(out, '\n');
	}
	text_append(out, " */\n");
}
