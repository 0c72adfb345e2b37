/* SPDX-License-Identifier: Apache-2.0 */
/* make_field_help.c: a build tool: a FileDescriptorSet with comments on standard input, the table of field_help.h out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "google/protobuf/descriptor.pb-c.h"
#include "runtime/base/arena.h"
#include "runtime/base/text.h"

enum { FILE_MESSAGE = 4, MESSAGE_FIELD = 2, SET_MOST_BYTES = 16 << 20 };

struct row {
	const char *field, *help;
};

static struct row rows[10000];
static size_t row_count;

static const char *comment_at(const Google__Protobuf__FileDescriptorProto *file, int message, int field)
{
	const int32_t path[] = { FILE_MESSAGE, message, MESSAGE_FIELD, field };

	for (size_t i = 0; file->source_code_info && i < file->source_code_info->n_location; i++) {
		const Google__Protobuf__SourceCodeInfo__Location *location = file->source_code_info->location[i];

		if (location->n_path == 4 && memcmp(location->path, path, sizeof(path)) == 0)
			return text_or_empty(location->leading_comments);
	}
	return "";
}

/** One line; the first sentence; first letter small and no full stop, as flags' help is written. */
static char *sentence(struct arena *arena, const char *comment)
{
	struct text out = text_new(arena);
	size_t end;

	for (comment += strspn(comment, " \n"); *comment; comment++) {
		if (*comment == '\n' || *comment == ' ') {
			if (out.size && out.data[out.size - 1] != ' ')
				text_append_char(&out, ' ');
			continue;
		}
		text_append_char(&out, *comment);
	}
	end = out.size;
	for (size_t i = 0; i + 1 < out.size && end == out.size; i++)
		if (out.data[i] == '.' && out.data[i + 1] == ' ' && i > 1)
			end = i;
	out.data[end] = '\0';
	while (end && (out.data[end - 1] == ' ' || out.data[end - 1] == '.'))
		out.data[--end] = '\0';
	if (out.data[0] >= 'A' && out.data[0] <= 'Z' && !(out.data[1] >= 'A' && out.data[1] <= 'Z'))
		out.data[0] = (char)(out.data[0] - 'A' + 'a');
	return out.data;
}

static void add_file(struct arena *arena, const Google__Protobuf__FileDescriptorProto *file)
{
	for (size_t m = 0; m < file->n_message_type; m++) {
		const Google__Protobuf__DescriptorProto *message = file->message_type[m];

		for (size_t f = 0; f < message->n_field && row_count < sizeof(rows) / sizeof(rows[0]); f++) {
			const char *help = sentence(arena, comment_at(file, (int)m, (int)f));

			if (*help)
				rows[row_count++] = (struct row){ arena_printf(arena, "%s.%s.%s", file->package,
									       message->name, message->field[f]->name),
								  help };
		}
	}
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->field, ((const struct row *)b)->field);
}

static void print_literal(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
	putchar('"');
}

int main(void)
{
	struct arena *arena = arena_new(0);
	uint8_t *bytes = arena_alloc(arena, SET_MOST_BYTES);
	size_t size = fread(bytes, 1, SET_MOST_BYTES, stdin);
	Google__Protobuf__FileDescriptorSet *set = google__protobuf__file_descriptor_set__unpack(NULL, size, bytes);

	if (!set) {
		fprintf(stderr, "make_field_help: standard input is no FileDescriptorSet\n");
		return 1;
	}
	for (size_t i = 0; i < set->n_file; i++)
		if (text_starts_with(text_or_empty(set->file[i]->package), "gaon."))
			add_file(arena, set->file[i]);
	qsort(rows, row_count, sizeof(rows[0]), compare);
	printf("/* Made by make_field_help. */\n#include \"client/cli/field_help.h\"\n\n"
	       "const struct field_help field_help_rows[] = {\n");
	for (size_t i = 0; i < row_count; i++) {
		printf("\t{ ");
		print_literal(rows[i].field);
		printf(", ");
		print_literal(rows[i].help);
		printf(" },\n");
	}
	printf("};\n\nconst size_t field_help_count = sizeof(field_help_rows) / sizeof(field_help_rows[0]);\n");
	google__protobuf__file_descriptor_set__free_unpacked(set, NULL);
	arena_free(arena);
	return 0;
}
