/* SPDX-License-Identifier: Apache-2.0 */
/* xml.c: parsing with expat into a small tree, bounded at each step. */
#include "runtime/base/xml.h"

#include <expat.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/text.h"

enum { DEFAULT_SIZE_BYTES = 64 * 1024 * 1024, DEFAULT_DEPTH = 64, DEFAULT_NODES = 1024 * 1024 };

enum refusal { REFUSED_NOTHING, REFUSED_DOCTYPE, REFUSED_DEPTH, REFUSED_NODES };

struct reader {
	struct arena *arena;
	XML_Parser parser;
	struct xml_limits limits;
	struct xml *root;
	struct xml *current;
	struct text *texts; /* one per open element, by depth */
	unsigned depth;
	size_t nodes;
	enum refusal refusal;
};

static void refuse(struct reader *reader, enum refusal refusal)
{
	if (reader->refusal == REFUSED_NOTHING)
		reader->refusal = refusal;
	XML_StopParser(reader->parser, XML_FALSE);
}

static void XMLCALL on_doctype(void *context, const XML_Char *name, const XML_Char *system, const XML_Char *public,
			       int has_subset)
{
	(void)name;
	(void)system;
	(void)public;
	(void)has_subset;
	refuse(context, REFUSED_DOCTYPE);
}

static void XMLCALL on_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
	struct reader *reader = context;

	if (reader->refusal != REFUSED_NOTHING)
		return;
	if (reader->depth >= reader->limits.depth) {
		refuse(reader, REFUSED_DEPTH);
		return;
	}
	reader->nodes++;
	for (size_t i = 0; attributes[i]; i += 2)
		reader->nodes++;
	if (reader->nodes > reader->limits.nodes) {
		refuse(reader, REFUSED_NODES);
		return;
	}

	struct xml *element = reader->current ? xml_add(reader->current, name) : xml_new(reader->arena, name);
	struct xml_attribute **end = &element->attributes;
	for (size_t i = 0; attributes[i]; i += 2) {
		*end = ARENA_NEW(reader->arena, struct xml_attribute);
		(*end)->name = arena_strdup(reader->arena, attributes[i]);
		(*end)->value = arena_strdup(reader->arena, attributes[i + 1]);
		end = &(*end)->next;
	}
	if (!reader->root)
		reader->root = element;
	reader->current = element;
	/* The text of an earlier element at this depth has been copied out; its room is used again. */
	reader->texts[reader->depth++].size = 0;
}

static void XMLCALL on_end(void *context, const XML_Char *name)
{
	struct reader *reader = context;

	(void)name;
	if (reader->refusal != REFUSED_NOTHING)
		return;
	const struct text *text = &reader->texts[--reader->depth];
	if (text->size > 0)
		reader->current->text = arena_strndup(reader->arena, text->data, text->size);
	reader->current = reader->current->parent;
}

static void XMLCALL on_text(void *context, const XML_Char *data, int size)
{
	struct reader *reader = context;

	if (reader->refusal != REFUSED_NOTHING || reader->depth == 0)
		return;
	struct text *text = &reader->texts[reader->depth - 1];
	if (!text->data)
		*text = text_new(reader->arena);
	text_append_slice(text, slice_of(data, (size_t)size));
}

static struct status refused(const struct reader *reader)
{
	switch (reader->refusal) {
	case REFUSED_DOCTYPE:
		return status_fail(reader->arena, STATUS_INVALID_ARGUMENT, "XML_DOCTYPE_REFUSED",
				   "the XML has a DOCTYPE; send it without one");
	case REFUSED_DEPTH:
		return status_fail(reader->arena, STATUS_INVALID_ARGUMENT, "XML_TOO_DEEP",
				   "the XML nests deeper than %u levels", reader->limits.depth);
	case REFUSED_NODES:
		return status_fail(reader->arena, STATUS_INVALID_ARGUMENT, "XML_TOO_LARGE",
				   "the XML has more than %zu elements and attributes", reader->limits.nodes);
	case REFUSED_NOTHING:
		break;
	}
	return status_fail(reader->arena, STATUS_INVALID_ARGUMENT, "XML_MALFORMED",
			   "the XML is malformed at line %lu: %s",
			   (unsigned long)XML_GetCurrentLineNumber(reader->parser),
			   XML_ErrorString(XML_GetErrorCode(reader->parser)));
}

static struct xml_limits limits_or_default(const struct xml_limits *given)
{
	struct xml_limits limits = given ? *given : (struct xml_limits){ 0 };

	if (limits.size_bytes == 0)
		limits.size_bytes = DEFAULT_SIZE_BYTES;
	if (limits.size_bytes > INT_MAX)
		limits.size_bytes = INT_MAX; /* what XML_Parse takes at once */
	if (limits.depth == 0)
		limits.depth = DEFAULT_DEPTH;
	if (limits.nodes == 0)
		limits.nodes = DEFAULT_NODES;
	return limits;
}

static void free_parser(void *parser)
{
	XML_ParserFree(parser);
}

struct status xml_parse(struct arena *arena, struct slice source, const struct xml_limits *given, struct xml **root)
{
	struct reader reader = { .arena = arena, .limits = limits_or_default(given) };

	if (source.size > reader.limits.size_bytes)
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "XML_TOO_LARGE",
				   "the XML has %zu bytes; at most %zu are taken", source.size,
				   reader.limits.size_bytes);

	reader.parser = XML_ParserCreate(NULL);
	if (!reader.parser)
		abort();
	arena_defer(arena, free_parser, reader.parser);
	reader.texts = ARENA_ARRAY(arena, reader.limits.depth, struct text);
	XML_SetUserData(reader.parser, &reader);
	XML_SetStartDoctypeDeclHandler(reader.parser, on_doctype);
	XML_SetElementHandler(reader.parser, on_start, on_end);
	XML_SetCharacterDataHandler(reader.parser, on_text);
	/* Expanding entities is what makes XML grow, and without a DOCTYPE nobody can declare one. */
	if (XML_Parse(reader.parser, source.size > 0 ? source.data : "", (int)source.size, 1) != XML_STATUS_OK)
		return refused(&reader);
	*root = reader.root;
	return OK;
}

static bool is_named(const struct xml *element, const char *name)
{
	const char *colon = strchr(element->name, ':');

	return strcmp(colon ? colon + 1 : element->name, name) == 0;
}

static struct xml *first_named(struct xml *element, const char *name)
{
	while (element && !is_named(element, name))
		element = element->next;
	return element;
}

struct xml *xml_child(const struct xml *element, const char *name)
{
	return element ? first_named(element->children, name) : NULL;
}

struct xml *xml_next_child(const struct xml *previous, const char *name)
{
	return previous ? first_named(previous->next, name) : NULL;
}

struct xml *xml_path(const struct xml *element, ...)
{
	struct xml *found = NULL;
	va_list names;

	va_start(names, element);
	for (const char *name = va_arg(names, const char *); name; name = va_arg(names, const char *)) {
		found = xml_child(element, name);
		element = found;
	}
	va_end(names);
	return found;
}

const char *xml_attribute(const struct xml *element, const char *name, const char *otherwise)
{
	if (!element)
		return otherwise;
	for (const struct xml_attribute *attribute = element->attributes; attribute; attribute = attribute->next) {
		const char *colon = strchr(attribute->name, ':');

		/* xmlns:foo declares a prefix; it is no attribute called foo. */
		if (colon && text_starts_with(attribute->name, "xmlns:"))
			continue;
		if (strcmp(colon ? colon + 1 : attribute->name, name) == 0)
			return attribute->value;
	}
	return otherwise;
}

const char *xml_text(const struct xml *element, const char *otherwise)
{
	return element ? element->text : otherwise;
}

int64_t xml_int(const struct xml *element, int64_t otherwise)
{
	static const char blanks[] = " \t\r\n";
	char digits[24];
	int64_t number;

	if (!element)
		return otherwise;
	const char *start = element->text + strspn(element->text, blanks);
	size_t size = strcspn(start, blanks);
	if (size >= sizeof digits || start[size + strspn(start + size, blanks)] != '\0')
		return otherwise;
	memcpy(digits, start, size);
	digits[size] = '\0';
	return text_to_int64(digits, &number) ? number : otherwise;
}
