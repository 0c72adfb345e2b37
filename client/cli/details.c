/* SPDX-License-Identifier: Apache-2.0 */
/* details.c: one message for people: "Key  value" lines, then its lists as tables. */
#include <string.h>

#include "client/cli/human.h"
#include "client/cli/show.h"
#include "client/cli/wide.h"
#include "runtime/message/protojson.h"

/* Longer lists stay a table, with cells cut, rather than run off the screen in blocks. */
enum { PIPE_CELLS = 160, MOST_BLOCKS = 4 };

static bool is_nested(const ProtobufCFieldDescriptor *field)
{
	return reflect_is_message(field) && !reflect_is_map(field) && reflect_known(field->descriptor) == KNOWN_NONE;
}

/** Texts of several lines, or JSON objects, stand below their label. */
static void print_block(struct session *session, const char *text, size_t indent, struct text *out)
{
	char **lines;
	size_t count = text_split(session->arena, wide_clean_lines(session->arena, text), '\n', &lines);

	for (size_t i = 0; i < count; i++)
		text_printf(out, "%*s%s\n", (int)indent, "", lines[i]);
}

/** Nothing has changed since it was made. */
static bool is_as_made(const ProtobufCMessage *message)
{
	const ProtobufCMessage *made = reflect_message(message, "create_time");
	const ProtobufCMessage *changed = reflect_message(message, "update_time");

	return made && changed && reflect_int(made, "seconds") == reflect_int(changed, "seconds");
}

/** A plain field that is worth a line: present, and not the machinery's own. */
static const char *line_value(struct session *session, const ProtobufCMessage *message,
			      const ProtobufCFieldDescriptor *field)
{
	struct human human = { session->arena, &session->context, HUMAN_DETAIL };
	bool is_off =
		field->type == PROTOBUF_C_TYPE_BOOL && !reflect_is_repeated(field) && !reflect_count(message, field);

	if (is_nested(field) || (strcmp(field->name, "etag") == 0 && !session->options.verbose))
		return "";
	if (is_off && strcmp(field->name, "valid") != 0)
		return "";
	if (strcmp(field->name, "update_time") == 0 && is_as_made(message))
		return "";
	return human_field(&human, message, field);
}

static void print_lines(struct session *session, const ProtobufCMessage *message, size_t indent, struct text *out)
{
	const ProtobufCMessageDescriptor *type = message->descriptor;
	size_t widest = 0;

	for (unsigned i = 0; i < type->n_fields; i++) {
		size_t cells = strlen(human_label(session->arena, type->fields[i].name));

		if (*line_value(session, message, &type->fields[i]) && cells > widest)
			widest = cells;
	}
	for (unsigned i = 0; i < type->n_fields; i++) {
		const char *value = line_value(session, message, &type->fields[i]);
		const char *label = human_label(session->arena, type->fields[i].name);

		if (!*value)
			continue;
		text_printf(out, "%*s%s", (int)indent, "", screen_dim(session->arena, &session->screen, label));
		if (strchr(value, '\n')) {
			text_append_char(out, '\n');
			print_block(session, value, indent + 2, out);
			continue;
		}
		text_printf(out, "%*s%s\n", (int)(widest - strlen(label) + 2), "",
			    screen_paint_word(session->arena, &session->screen, wide_clean(session->arena, value)));
	}
}

static bool has_content(const ProtobufCMessage *message)
{
	for (unsigned i = 0; i < message->descriptor->n_fields; i++)
		if (reflect_count(message, &message->descriptor->fields[i]))
			return true;
	return false;
}

static void print_heading(struct session *session, const char *heading, size_t indent, struct text *out)
{
	text_printf(out, "%s%*s%s\n", out->size ? "\n" : "", (int)indent, "",
		    screen_bold(session->arena, &session->screen, heading));
}

/** What a table of elements cannot hold: the lists inside each of them. */
static void print_inner(struct session *session, const ProtobufCMessage *element, size_t number,
			const ProtobufCFieldDescriptor *outer, struct text *out)
{
	const ProtobufCMessageDescriptor *type = element->descriptor;

	for (unsigned i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &type->fields[i];
		size_t count = reflect_count(element, field);

		if (!is_nested(field) || !reflect_is_repeated(field) || !count)
			continue;
		print_heading(session,
			      arena_printf(session->arena, "%.*s %zu: %s", (int)strlen(outer->name) - 1,
					   human_label(session->arena, outer->name), number,
					   text_lower(session->arena, human_label(session->arena, field->name))),
			      2, out);
		table_print(show_table(session, field->descriptor, reflect_at(element, field, 0), count, NULL),
			    &session->screen, 2, out);
	}
}

/** Lists that people look for: that they are empty is an answer. */
static bool emptiness_speaks(const char *field)
{
	static const char *const names[] = { "bindings", "drifts", "roles", "rates" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(field, names[i]) == 0)
			return true;
	return false;
}

/** A table, or one block an element where the screen cannot hold it. */
static void print_elements(struct session *session, const ProtobufCFieldDescriptor *field,
			   const ProtobufCMessage *const *elements, size_t count, size_t indent, struct text *out)
{
	struct table *table = show_table(session, field->descriptor, elements, count, NULL);
	size_t width = session->screen.width ? session->screen.width : PIPE_CELLS;

	if (table_width(table) + indent <= width || count > MOST_BLOCKS) {
		table_print(table, &session->screen, indent, out);
		for (size_t k = 0; k < count; k++)
			print_inner(session, elements[k], k + 1, field, out);
		return;
	}
	for (size_t k = 0; k < count; k++) {
		if (k)
			text_append_char(out, '\n');
		show_details(session, elements[k], indent, out);
	}
}

void show_details(struct session *session, const ProtobufCMessage *message, size_t indent, struct text *out)
{
	const ProtobufCMessageDescriptor *type = message->descriptor;

	print_lines(session, message, indent, out);
	for (unsigned i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &type->fields[i];
		size_t count = is_nested(field) ? reflect_count(message, field) : 0;
		const ProtobufCMessage *const *elements;

		if (is_nested(field) && reflect_is_repeated(field) && !count && emptiness_speaks(field->name))
			text_printf(out, "\n%*sno %s\n", (int)indent, "", field->name);
		if (!count)
			continue;
		elements = reflect_at(message, field, 0);
		if (!reflect_is_repeated(field) && !has_content(elements[0]))
			continue;
		print_heading(session, human_label(session->arena, field->name), indent, out);
		if (!reflect_is_repeated(field)) {
			show_details(session, elements[0], indent + 2, out);
			continue;
		}
		print_elements(session, field, elements, count, indent + 2, out);
	}
}
