/* SPDX-License-Identifier: Apache-2.0 */
/* names.c: see names.h. */
#include "tools/protoc-gen-gaon/names.h"

#include <string.h>

#include "runtime/base/text.h"

/* isupper and friends follow the locale; a generator must not. */
static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static char to_lower(char c)
{
	return is_upper(c) ? (char)(c - 'A' + 'a') : c;
}

static char to_upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

char *name_lower(struct arena *arena, const char *camel)
{
	struct text out = text_new(arena);
	bool was_upper = true; /* no underscore in front */
	for (const char *c = camel; *c; c++) {
		if (is_upper(*c) && !was_upper)
			text_append_char(&out, '_');
		text_append_char(&out, to_lower(*c));
		was_upper = is_upper(*c);
	}
	return out.data;
}

char *name_camel(struct arena *arena, const char *snake)
{
	struct text out = text_new(arena);
	bool is_start = true;
	for (const char *c = snake; *c; c++) {
		if (*c == '_') {
			is_start = true;
			continue;
		}
		text_append_char(&out, is_start ? to_upper(*c) : *c);
		is_start = false;
	}
	return out.data;
}

typedef char *(*part_style)(struct arena *arena, const char *part);

/* Appends the dotted parts of `name`, each in `style`, with "__" between. */
static void append_parts(struct text *out, const char *name, part_style style)
{
	char **parts;
	size_t count = text_split(out->arena, name, '.', &parts);
	for (size_t i = 0; i < count; i++) {
		if (!*parts[i])
			continue;
		if (out->size)
			text_append(out, "__");
		text_append(out, style(out->arena, parts[i]));
	}
}

static char *full_name(struct arena *arena, const char *package, const char *local, part_style style)
{
	struct text out = text_new(arena);
	append_parts(&out, name_is_ours(package) ? OUR_ROOT : package, style);
	append_parts(&out, local, style);
	return out.data;
}

char *name_c_type(struct arena *arena, const char *package, const char *local)
{
	return full_name(arena, package, local, name_camel);
}

char *name_c_stem(struct arena *arena, const char *package, const char *local)
{
	return full_name(arena, package, local, name_lower);
}

char *name_rules(struct arena *arena, const char *local)
{
	struct text out = text_new(arena);
	append_parts(&out, local, name_lower);
	return out.data;
}

bool name_is_ours(const char *package)
{
	return strcmp(package, OUR_ROOT) == 0 || text_starts_with(package, OUR_ROOT ".");
}

char *name_service(struct arena *arena, const char *package)
{
	char **parts;
	size_t count = text_split(arena, package, '.', &parts);
	if (count != 3 || !name_is_ours(package))
		return arena_strdup(arena, "");
	return parts[1];
}

/* English plurals as far as method names need them. */
static void drop_plural(struct text *noun)
{
	static const struct {
		const char *ending;
		size_t drop;
		const char *add;
	} plurals[] = {
		{ "ies", 3, "y" }, { "sses", 2, "" }, { "ches", 2, "" }, { "xes", 2, "" },
		{ "ss", 0, "" },   { "us", 0, "" },   { "is", 0, "" },   { "s", 1, "" },
	};
	for (size_t i = 0; i < sizeof plurals / sizeof plurals[0]; i++) {
		if (!text_ends_with(noun->data, plurals[i].ending))
			continue;
		noun->size -= plurals[i].drop;
		noun->data[noun->size] = '\0';
		text_append(noun, plurals[i].add);
		return;
	}
}

char *name_resource(struct arena *arena, const char *method)
{
	const char *snake = name_lower(arena, method);
	const char *after_verb = strchr(snake, '_');
	struct text noun = text_new(arena);
	text_append(&noun, after_verb ? after_verb + 1 : snake);
	drop_plural(&noun);
	return noun.data;
}

char *name_guard(struct arena *arena, const char *path)
{
	char *guard = arena_strdup(arena, path);
	for (char *c = guard; *c; c++) {
		char upper = to_upper(*c);
		*c = is_upper(upper) || (upper >= '0' && upper <= '9') ? upper : '_';
	}
	return guard;
}

char *name_literal(struct arena *arena, const char *text)
{
	struct text out = text_new(arena);
	text_append_char(&out, '"');
	for (const char *c = text; *c; c++) {
		unsigned char byte = (unsigned char)*c;
		if (byte == '"' || byte == '\\')
			text_append_char(&out, '\\');
		if (byte < 0x20 || byte == 0x7f)
			text_printf(&out, "\\%03o", byte);
		else
			text_append_char(&out, *c);
	}
	text_append_char(&out, '"');
	return out.data;
}
