/* SPDX-License-Identifier: Apache-2.0 */
/* xml_print.c: building and printing elements. */
#include "runtime/base/xml.h"

#include "runtime/base/text.h"

static struct xml *element_new(struct arena *arena, const char *name)
{
	struct xml *element = ARENA_NEW(arena, struct xml);

	element->arena = arena;
	element->name = arena_strdup(arena, name);
	element->text = "";
	return element;
}

struct xml *xml_new(struct arena *arena, const char *name)
{
	return element_new(arena, name);
}

struct xml *xml_add(struct xml *parent, const char *name)
{
	struct xml *element = element_new(parent->arena, name);

	element->parent = parent;
	if (parent->last_child)
		parent->last_child->next = element;
	else
		parent->children = element;
	parent->last_child = element;
	return element;
}

struct xml *xml_add_text(struct xml *parent, const char *name, const char *text)
{
	struct xml *element = xml_add(parent, name);

	xml_set_text(element, text);
	return element;
}

struct xml *xml_add_int(struct xml *parent, const char *name, int64_t number)
{
	struct xml *element = xml_add(parent, name);

	element->text = arena_printf(parent->arena, "%lld", (long long)number);
	return element;
}

struct xml *xml_set(struct xml *element, const char *attribute, const char *value)
{
	struct xml_attribute **at = &element->attributes;

	while (*at && !text_equal((*at)->name, attribute))
		at = &(*at)->next;
	if (!*at) {
		*at = ARENA_NEW(element->arena, struct xml_attribute);
		(*at)->name = arena_strdup(element->arena, attribute);
	}
	(*at)->value = arena_strdup(element->arena, text_or_empty(value));
	return element;
}

void xml_set_text(struct xml *element, const char *text)
{
	element->text = arena_strdup(element->arena, text_or_empty(text));
}

/* XML 1.0 §2.2 Char: no C0 control but tab, LF and CR, no U+FFFE and U+FFFF, in no spelling at all. */
static bool is_character(const char *at, size_t size)
{
	unsigned char first = (unsigned char)at[0];

	if (first < 0x20)
		return first == '\t' || first == '\n' || first == '\r';
	return !(size == 3 && first == 0xef && (unsigned char)at[1] == 0xbf && (unsigned char)at[2] >= 0xbe);
}

static const char *escape_of(char c, bool is_attribute)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return is_attribute ? "&quot;" : NULL;
	case '\r': /* a parser would read it as LF, and as a blank within an attribute */
		return "&#13;";
	case '\n':
		return is_attribute ? "&#10;" : NULL;
	case '\t':
		return is_attribute ? "&#9;" : NULL;
	default:
		return NULL;
	}
}

static void print_escaped(struct text *text, struct slice source, bool is_attribute)
{
	while (source.size > 0) {
		size_t size = text_utf8_step(source);
		const char *escape = escape_of(source.data[0], is_attribute);

		if (size == 0 || !is_character(source.data, size))
			text_append(text, "\xef\xbf\xbd");
		else if (escape)
			text_append(text, escape);
		else
			text_append_slice(text, slice_of(source.data, size));
		size = size > 0 ? size : 1;
		source = slice_of(source.data + size, source.size - size);
	}
}

static void print_open(struct text *text, const struct xml *element)
{
	text_append_char(text, '<');
	text_append(text, element->name);
	for (const struct xml_attribute *attribute = element->attributes; attribute; attribute = attribute->next) {
		text_append_char(text, ' ');
		text_append(text, attribute->name);
		text_append(text, "=\"");
		print_escaped(text, slice_text(attribute->value), true);
		text_append_char(text, '"');
	}
	if (!element->children && element->text[0] == '\0') {
		text_append(text, "/>");
		return;
	}
	text_append_char(text, '>');
	print_escaped(text, slice_text(element->text), false);
}

static void print_close(struct text *text, const struct xml *element)
{
	if (!element->children && element->text[0] == '\0')
		return;
	text_append(text, "</");
	text_append(text, element->name);
	text_append_char(text, '>');
}

char *xml_print(struct arena *arena, const struct xml *root)
{
	struct text text = text_new(arena);
	const struct xml *element = root;

	/* Down by children, along by next, up by parent: no recursion, so no depth is too deep. */
	for (;;) {
		print_open(&text, element);
		if (element->children) {
			element = element->children;
			continue;
		}
		print_close(&text, element);
		while (element != root && !element->next) {
			element = element->parent;
			print_close(&text, element);
		}
		if (element == root)
			return text.data;
		element = element->next;
	}
}
