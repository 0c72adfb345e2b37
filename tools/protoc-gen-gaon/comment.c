/* SPDX-License-Identifier: Apache-2.0 */
/* comment.c: see comment.h. */
#include "tools/protoc-gen-gaon/comment.h"

#include <string.h>

#include "runtime/base/text.h"

struct place place_step(struct place place, int32_t field, size_t index)
{
	if (place.count + 2 > sizeof place.steps / sizeof place.steps[0])
		return place;
	place.steps[place.count++] = field;
	place.steps[place.count++] = (int32_t)index;
	return place;
}

/* protoc keeps the blank after "//" and ends with a newline. */
static const char *tidy(struct arena *arena, const char *raw)
{
	struct text out = text_new(arena);
	char **lines;
	size_t count = text_split(arena, raw, '\n', &lines);
	while (count && !*lines[count - 1])
		count--;
	for (size_t i = 0; i < count; i++) {
		const char *line = lines[i] + strspn(lines[i], " \t");
		if (out.size)
			text_append_char(&out, '\n');
		text_append(&out, line);
	}
	return out.data;
}

struct comment comment_at(struct arena *arena, const Google__Protobuf__FileDescriptorProto *file, struct place place)
{
	struct comment comment = { .text = "", .line = 0 };
	size_t count = file->source_code_info ? file->source_code_info->n_location : 0;
	for (size_t i = 0; i < count; i++) {
		const Google__Protobuf__SourceCodeInfo__Location *location = file->source_code_info->location[i];
		if (location->n_path != place.count ||
		    memcmp(location->path, place.steps, place.count * sizeof place.steps[0]) != 0)
			continue;
		if (location->n_span)
			comment.line = location->span[0] + 1;
		if (location->leading_comments)
			comment.text = tidy(arena, location->leading_comments);
		if (!*comment.text && location->trailing_comments)
			comment.text = tidy(arena, location->trailing_comments);
		return comment;
	}
	return comment;
}
