/* SPDX-License-Identifier: Apache-2.0 */
/* help.c: what people read after --help. */
#include "client/cli/help.h"

#include <string.h>

#include "client/cli/field_help.h"
#include "client/cli/quantity.h"
#include "client/cli/value.h"
#include "client/cli/wide.h"

enum { FLAG_CELLS = 36, NARROW_CELLS = 30 };

/** Set by the machinery, or by the words: no flags of their own in the help. */
static bool is_implied(const char *name)
{
	static const char *const names[] = { "page_size",  "page_token", "validate_only", "update_mask",
					     "request_id", "etag" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static bool is_word(struct arena *arena, const struct command *command, const char *path)
{
	struct word words[8];
	size_t count = command_words(arena, command, words, 8);

	for (size_t i = 0; i < count; i++)
		if (strcmp(words[i].field, path) == 0)
			return true;
	return command->preset && strncmp(command->preset, path, strlen(path)) == 0 &&
	       command->preset[strlen(path)] == '=';
}

static const char *format_help(const struct field_rule *rule)
{
	switch (rule ? rule->format : FIELD_ANY) {
	case FIELD_RESOURCE_NAME:
		return "id or full name";
	case FIELD_DAY:
		return "2026-11-23";
	case FIELD_JSON:
		return "KEY=VALUE adds a member";
	default:
		return "";
	}
}

/** What "FIELD=VALUE,…" may name. */
static const char *shape_help(struct arena *arena, const ProtobufCFieldDescriptor *field, const struct field_rule *rule)
{
	const ProtobufCMessageDescriptor *type = reflect_message_type(field);
	struct text names = text_new(arena);

	if (!type || reflect_is_map(field) || reflect_known(type) != KNOWN_NONE)
		return "";
	for (unsigned i = 0; i < type->n_fields; i++) {
		const struct message_rules *rules = rule ? rule->message : NULL;

		if (rules && rules->fields[i].is_output_only)
			continue;
		text_printf(&names, "%s%s", names.size ? ", " : "fields ", type->fields[i].name);
	}
	return names.data;
}

static const char *unit_help(const char *field)
{
	const char *hint = quantity_hint(field);

	return !*hint ? "" : strstr(hint, "GiB") ? "also 4GiB" : "also 90s, 7d";
}

static char *describe(struct arena *arena, const ProtobufCMessageDescriptor *type,
		      const ProtobufCFieldDescriptor *field, const struct field_rule *rule)
{
	bool is_list = reflect_is_repeated(field) || (rule && rule->format == FIELD_JSON);
	const char *parts[] = { field_help(type->name, field->name),
				format_help(rule),
				shape_help(arena, field, rule),
				unit_help(field->name),
				rule && rule->is_sensitive ? "a secret: better @FILE" : "",
				is_list ? "repeatable" : "" };
	struct text help = text_new(arena);

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (*parts[i])
			text_printf(&help, "%s%s", help.size ? "; " : "", parts[i]);
	return help.data;
}

/** Collects flags of one message. */
struct collecting {
	struct arena *arena;
	const struct command *command;
	struct help_flag *flags;
	size_t count;
};

/** The context says the parent, and flags of one item make it. */
static bool is_filled_in(const struct command *command, const char *field)
{
	if (command->item && text_ends_with(command->item, field))
		return true;
	return command->scope != SCOPE_NONE && (strcmp(field, "parent") == 0 || strcmp(field, "resource") == 0);
}

static bool is_taken(const struct collecting *c, const char *name)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->flags[i].name, name) == 0)
			return true;
	for (size_t i = 0; i < global_flag_count; i++)
		if (strcmp(global_flags[i].name, name) == 0)
			return true;
	return false;
}

static void collect(struct collecting *c, const struct message_rules *rules, const ProtobufCMessageDescriptor *type,
		    const char *prefix)
{
	for (unsigned i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &type->fields[i];
		const struct field_rule *rule = rules ? &rules->fields[i] : NULL;
		const char *path = arena_printf(c->arena, "%s%s", prefix, field->name);
		char *name = value_kebab(c->arena, field->name);
		size_t size = strlen(name);

		if (is_implied(field->name) || (rule && rule->is_output_only) || is_word(c->arena, c->command, path))
			continue;
		if (*prefix && strcmp(field->name, "name") == 0)
			continue;
		if (!*prefix && (field == command_body(c->command) ||
				 (c->command->item && strcmp(field->name, c->command->item) == 0)))
			continue;
		if ((reflect_is_repeated(field) || (rule && rule->format == FIELD_JSON)) && size > 1 &&
		    name[size - 1] == 's' && !text_ends_with(name, "ss"))
			name[size - 1] = '\0';
		if (is_taken(c, name))
			continue;
		c->flags[c->count++] = (struct help_flag){
			.name = name,
			.value = rule && rule->format == FIELD_JSON ? "KEY=VALUE" : value_placeholder(c->arena, field),
			.help = describe(c->arena, type, field, rule),
			.is_required = rule && rule->is_required && !is_filled_in(c->command, field->name),
		};
	}
}

size_t help_flags(struct arena *arena, const struct command *command, struct help_flag **flags)
{
	const ProtobufCFieldDescriptor *body = command_body(command);
	struct collecting c = { .arena = arena, .command = command };

	c.flags = ARENA_ARRAY(arena, 256, struct help_flag);
	for (const struct command_flag *own = command->flags; own && own->name; own++)
		c.flags[c.count++] = (struct help_flag){ own->name, own->value ? own->value : "", own->help, false };
	*flags = c.flags;
	if (!command->method)
		return c.count;
	collect(&c, command->method->request_rules, command->method->request, "");
	if (body) {
		const struct message_rules *rules = command->method->request_rules;
		size_t index = (size_t)(body - command->method->request->fields);

		collect(&c, rules ? rules->fields[index].message : NULL, body->descriptor,
			arena_printf(arena, "%s.", body->name));
	}
	if (command->item) {
		const ProtobufCFieldDescriptor *items = value_find(command->method->request, command->item, NULL);
		const struct message_rules *rules = command_item_rules(command);

		collect(&c, rules, items->descriptor, arena_printf(arena, "%s.", command->item));
	}
	return c.count;
}

/** The words of `help` from column `indent` on, in lines that the screen holds; without a screen in one line. */
static void print_wrapped(struct session *session, struct text *out, const char *help, size_t indent)
{
	size_t width = session->screen.width > indent + NARROW_CELLS ? session->screen.width : (size_t)-1;
	size_t at = indent;
	char **words;
	size_t count = text_split(session->arena, help, ' ', &words);

	for (size_t i = 0; i < count; i++) {
		size_t cells = wide_cells(words[i]);

		if (i && at + 1 + cells > width) {
			text_printf(out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (i) {
			text_append_char(out, ' ');
			at++;
		}
		text_append(out, words[i]);
		at += cells;
	}
	text_append_char(out, '\n');
}

static void print_flag(struct session *session, struct text *out, const char *name, const char *value, const char *help)
{
	const char *shown = arena_printf(session->arena, "--%s%s%s", name, *value ? " " : "", value);
	size_t cells = wide_cells(shown);

	bool is_long = cells >= FLAG_CELLS && session->screen.width;

	text_printf(out, "  %s%s%*s", shown, is_long ? "\n" : "",
		    (int)(is_long ? FLAG_CELLS + 2 : cells < FLAG_CELLS ? FLAG_CELLS - cells : 2), "");
	print_wrapped(session, out, help, FLAG_CELLS + 2);
}

void help_command(struct session *session, const struct command *command, struct text *out)
{
	struct help_flag *flags;
	size_t count = help_flags(session->arena, command, &flags);
	struct arena *arena = session->arena;

	text_printf(out, "%s: %s\n\n",
		    screen_bold(arena, &session->screen,
				arena_printf(arena, "gaon %s%s%s", command->noun, *command->verb ? " " : "",
					     command->verb)),
		    command->summary);
	text_printf(out, "%s\n  %s\n", screen_dim(arena, &session->screen, "usage"), command_usage(arena, command));
	if (command->example)
		text_printf(out, "\n%s\n  gaon %s\n", screen_dim(arena, &session->screen, "example"), command->example);
	if (count)
		text_printf(out, "\n%s\n", screen_dim(arena, &session->screen, "flags"));
	for (size_t i = 0; i < count; i++)
		print_flag(session, out, flags[i].name, flags[i].value,
			   flags[i].is_required
				   ? arena_printf(arena, "%s%sneeded", flags[i].help, *flags[i].help ? "; " : "")
				   : flags[i].help);
	if (command->method) {
		text_printf(out, "\n%s\n  %s%s%s\n", screen_dim(arena, &session->screen, "calls"),
			    command->method->path + 1, *command->method->permission ? ", needs " : "",
			    command->method->permission);
	}
	text_append(out, "\nFlags that every command takes: gaon --help\n");
}

void help_noun(struct session *session, const char *noun, struct text *out)
{
	const struct command *command;
	struct table *table = table_new(session->arena, 2);

	for (size_t i = 0; i < noun_count; i++)
		if (strcmp(nouns[i].noun, noun) == 0)
			text_printf(out, "%s: %s\n\n",
				    screen_bold(session->arena, &session->screen,
						arena_printf(session->arena, "gaon %s", noun)),
				    nouns[i].help);
	for (size_t i = 0; (command = command_at(i)); i++) {
		if (strcmp(command->noun, noun) != 0)
			continue;
		table_row(table);
		table_cell(table, 0, command->verb);
		table_cell(table, 1, command->summary);
	}
	table_head(table, 0, "VERB", false);
	table_print(table, &session->screen, 2, out);
	text_printf(out, "\nMore on one of them: gaon %s VERB --help\n", noun);
}

void help_all(struct session *session, struct text *out)
{
	struct arena *arena = session->arena;
	const char *group = "";

	text_printf(out, "%s: one control plane over many clouds, from the command line\n\n",
		    screen_bold(arena, &session->screen, "gaon"));
	text_printf(out, "%s\n  gaon NOUN VERB [words] [flags]\n\n%s\n", screen_dim(arena, &session->screen, "usage"),
		    screen_dim(arena, &session->screen, "example"));
	text_append(out, "  gaon order create linux-machine --parameter size=small --parameter name=web-1 --wait\n"
			 "  gaon machine list\n  gaon machine stop web-1 --wait\n");
	for (size_t i = 0; i < noun_count; i++) {
		if (strcmp(group, nouns[i].group) != 0)
			text_printf(out, "\n%s\n", screen_dim(arena, &session->screen, nouns[i].group));
		group = nouns[i].group;
		text_printf(out, "  %-20s%s\n", nouns[i].noun, nouns[i].help);
	}
	text_printf(out, "\n%s\n", screen_dim(arena, &session->screen, "flags of every command"));
	for (size_t i = 0; i < global_flag_count; i++) {
		const char *letter =
			global_flags[i].letter ? arena_printf(arena, "-%c, ", global_flags[i].letter) : "    ";
		const char *shown = arena_printf(arena, "%s--%s %s", letter, global_flags[i].name,
						 text_or_empty(global_flags[i].value));

		text_printf(out, "  %s%*s%s\n", shown, (int)(38 - wide_cells(shown)), "", global_flags[i].help);
	}
	text_append(out,
		    "\nA time is 2026-11-23, 2026-11-23T12:00:00Z, now, +2h or -7d; money \"KRW 12.5\"; a label "
		    "KEY=VALUE;\n"
		    "a text or secret may come from a file: @FILE, @- from standard input.\n"
		    "Exit codes: 0 well, 1 failed, 2 wrong usage or request, 3 not allowed, 4 not found, 5 conflict,\n"
		    "6 no server or no answer in time, 7 the operation failed.\n");
}
