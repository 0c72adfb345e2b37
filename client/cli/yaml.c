/* SPDX-License-Identifier: Apache-2.0 */
/* yaml.c: see yaml.h. JSON strings are valid YAML double-quoted scalars, so quoting is never wrong. */
#include "client/cli/yaml.h"

#include <string.h>

#include "runtime/base/text.h"

/** Plain only when no YAML reader can take it for anything but a text. */
static bool is_plain(const char *text)
{
	static const char *const words[] = { "true", "false", "null", "yes", "no", "on", "off", "y", "n" };

	if (!((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z')))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(text, words[i]) == 0)
			return false;
	return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./") == strlen(text);
}

static void print_text(struct text *out, const char *text)
{
	if (is_plain(text))
		text_append(out, text);
	else
		text_append(out, json_print(out->arena, json_new_text(out->arena, text)));
}

static void print_value(struct text *out, const struct json *value, size_t indent, bool is_in_list);

static void print_below(struct text *out, const struct json *value, size_t indent)
{
	bool is_nested = (json_kind(value) == JSON_OBJECT || json_kind(value) == JSON_ARRAY) && json_size(value);

	text_append(out, is_nested ? "\n" : " ");
	print_value(out, value, indent, false);
}

static void print_object(struct text *out, const struct json *value, size_t indent, bool is_in_list)
{
	const struct json *member;
	const char *key;

	for (size_t i = 0; json_member(value, i, &key, &member); i++) {
		text_printf(out, "%*s", is_in_list && i == 0 ? 0 : (int)indent, "");
		print_text(out, key);
		text_append_char(out, ':');
		print_below(out, member, indent + 2);
	}
}

static void print_value(struct text *out, const struct json *value, size_t indent, bool is_in_list)
{
	switch (json_kind(value)) {
	case JSON_OBJECT:
		if (json_size(value))
			print_object(out, value, indent, is_in_list);
		else
			text_append(out, "{}\n");
		return;
	case JSON_ARRAY:
		if (!json_size(value))
			text_append(out, "[]\n");
		for (size_t i = 0; i < json_size(value); i++) {
			text_printf(out, "%*s- ", is_in_list && i == 0 ? 0 : (int)indent, "");
			print_value(out, json_at(value, i), indent + 2, true);
		}
		return;
	case JSON_TEXT:
		print_text(out, json_text(value, ""));
		break;
	default:
		text_append(out, json_print(out->arena, value));
	}
	text_append_char(out, '\n');
}

char *yaml_print(struct arena *arena, const struct json *value)
{
	struct text out = text_new(arena);

	print_value(&out, value, 0, false);
	return out.data;
}
