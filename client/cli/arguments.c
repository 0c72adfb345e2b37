/* SPDX-License-Identifier: Apache-2.0 */
/* arguments.c: see arguments.h. */
#include "client/cli/arguments.h"

#include <stddef.h>
#include <string.h>

#include "client/cli/value.h"

/** Global flags, and where in struct options each one lands. */
static const struct {
	size_t offset;
	enum { LAND_TEXT, LAND_TRUE, LAND_NUMBER, LAND_DURATION, LAND_OUTPUT } kind;
} landings[] = {
	{ offsetof(struct options, output), LAND_OUTPUT },
	{ offsetof(struct options, columns), LAND_TEXT },
	{ offsetof(struct options, limit), LAND_NUMBER },
	{ offsetof(struct options, wait), LAND_TRUE },
	{ offsetof(struct options, timeout_ms), LAND_DURATION },
	{ offsetof(struct options, dry_run), LAND_TRUE },
	{ offsetof(struct options, file), LAND_TEXT },
	{ offsetof(struct options, yes), LAND_TRUE },
	{ offsetof(struct options, context), LAND_TEXT },
	{ offsetof(struct options, tenant), LAND_TEXT },
	{ offsetof(struct options, project), LAND_TEXT },
	{ offsetof(struct options, address), LAND_TEXT },
	{ offsetof(struct options, token), LAND_TEXT },
	{ offsetof(struct options, use_tls), LAND_TRUE },
	{ offsetof(struct options, ca), LAND_TEXT },
	{ offsetof(struct options, verbose), LAND_TRUE },
	{ offsetof(struct options, help), LAND_TRUE },
};

const struct global_flag global_flags[] = {
	{ "output", 'o', "table|json|yaml|name", "how results are shown" },
	{ "columns", 0, "\"TITLE=field …\"", "columns of a table, your own choice" },
	{ "limit", 0, "NUMBER", "most elements of a list; 0: all; otherwise 500" },
	{ "wait", 'w', NULL, "follow the operation to its end" },
	{ "timeout", 0, "DURATION", "of one call, or of --wait: 30s, 10m" },
	{ "dry-run", 0, NULL, "only check, where the server can" },
	{ "file", 'f', "FILE", "JSON of the resource, or of the whole request; - is standard input" },
	{ "yes", 'y', NULL, "do not ask" },
	{ "context", 0, "NAME", "another context than the current one" },
	{ "tenant", 't', "ID", "another tenant than the context's" },
	{ "project", 'p', "ID", "another project than the context's" },
	{ "address", 0, "HOST:PORT", "another server than the context's" },
	{ "token", 0, "KEY", "another key; better in GAON_TOKEN, where no process list shows it" },
	{ "tls", 0, NULL, "use TLS with the system's authorities" },
	{ "ca", 0, "FILE", "use TLS with this authority" },
	{ "verbose", 'v', NULL, "show each RPC on standard error" },
	{ "help", 'h', NULL, "what this command does, with an example" },
};

const size_t global_flag_count = sizeof(global_flags) / sizeof(global_flags[0]);
_Static_assert(sizeof(landings) / sizeof(landings[0]) == sizeof(global_flags) / sizeof(global_flags[0]),
	       "each global flag lands somewhere");

/** The state of walking over argv. */
struct walk {
	struct session *session;
	struct arguments *arguments;
	int argc, at;
	char **argv;
	bool is_words_only; /* after "--" */
};

MUST_CHECK static struct status usage(struct walk *walk, const char *message)
{
	return status_fail(walk->session->arena, STATUS_INVALID_ARGUMENT, "USAGE", "%s", message);
}

MUST_CHECK static struct status land_output(struct walk *walk, const char *value)
{
	static const char *const names[] = { "table", "json", "yaml", "name" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], value) == 0) {
			walk->session->options.output = (enum output)i;
			return OK;
		}
	return usage(walk,
		     arena_printf(walk->session->arena, "--output: '%s' is not table, json, yaml or name", value));
}

MUST_CHECK static struct status land(struct walk *walk, size_t index, const char *value)
{
	struct arena *arena = walk->session->arena;
	void *at = (char *)&walk->session->options + landings[index].offset;
	int64_t us;

	switch (landings[index].kind) {
	case LAND_TRUE:
		*(bool *)at = !text_equal(value, "false");
		return OK;
	case LAND_TEXT:
		*(const char **)at = value;
		return OK;
	case LAND_OUTPUT:
		return land_output(walk, value);
	case LAND_NUMBER:
		if (!text_to_int64(value, at) || *(int64_t *)at < 0)
			return usage(walk, arena_printf(arena, "--%s: '%s' is not a whole number",
							global_flags[index].name, value));
		return OK;
	default:
		if (!value_parse_duration(value, &us) || us < 1000)
			return usage(walk, arena_printf(arena, "--%s: '%s' is not a duration such as 30s or 10m",
							global_flags[index].name, value));
		*(int64_t *)at = us / 1000;
		return OK;
	}
}

MUST_CHECK static struct status take_value(struct walk *walk, const char *flag, const char **value)
{
	if (*value)
		return OK;
	if (walk->at + 1 >= walk->argc)
		return usage(walk, arena_printf(walk->session->arena, "--%s needs a value", flag));
	*value = walk->argv[++walk->at];
	return OK;
}

/** Global flags win over a request's fields of the same name, but not over the command's own flags. */
static const struct command_flag *own_flag(const struct command *command, const char *flag)
{
	for (const struct command_flag *own = command ? command->flags : NULL; own && own->name; own++)
		if (strcmp(own->name, flag) == 0)
			return own;
	return NULL;
}

static void add_flag(struct walk *walk, const char *flag, const char *value)
{
	walk->arguments->flags[walk->arguments->flag_count++] = (struct argument){ flag, value };
}

MUST_CHECK static struct status unknown_flag(struct walk *walk, const char *flag)
{
	const struct command *command = walk->arguments->command;
	struct arena *arena = walk->session->arena;

	if (!command)
		return usage(walk, arena_printf(arena, "--%s: name the command first, then its flags", flag));
	return usage(walk, arena_printf(arena, "gaon %s%s%s has no flag --%s: see gaon %s%s%s --help", command->noun,
					*command->verb ? " " : "", command->verb, flag, command->noun,
					*command->verb ? " " : "", command->verb));
}

MUST_CHECK static struct status field_flag(struct walk *walk, const char *flag, const char *value)
{
	const struct command *command = walk->arguments->command;
	const ProtobufCFieldDescriptor *field;
	struct arena *arena = walk->session->arena;
	const char *asked = flag;
	bool is_bool;

	if (!command || !command_flag_path(arena, command, flag, &field, NULL)) {
		asked = text_starts_with(flag, "no-") ? flag + 3 : NULL;
		if (!command || !asked || value || !command_flag_path(arena, command, asked, &field, NULL) ||
		    field->type != PROTOBUF_C_TYPE_BOOL)
			return unknown_flag(walk, flag);
		add_flag(walk, asked, "false");
		return OK;
	}
	is_bool = field->type == PROTOBUF_C_TYPE_BOOL && !reflect_is_repeated(field);
	if (is_bool && !value)
		value = "true";
	TRY(take_value(walk, flag, &value));
	add_flag(walk, flag, value);
	return OK;
}

MUST_CHECK static struct status long_flag(struct walk *walk, const char *text)
{
	const char *equals = strchr(text, '=');
	const char *flag = arena_strndup(walk->session->arena, text, equals ? (size_t)(equals - text) : strlen(text));
	const char *value = equals ? equals + 1 : NULL;
	const struct command_flag *own = own_flag(walk->arguments->command, flag);

	if (own) {
		if (!own->value && !value)
			value = "true";
		TRY(take_value(walk, flag, &value));
		add_flag(walk, flag, value);
		return OK;
	}
	for (size_t i = 0; i < global_flag_count; i++) {
		if (strcmp(global_flags[i].name, flag) != 0)
			continue;
		if (global_flags[i].value)
			TRY(take_value(walk, flag, &value));
		return land(walk, i, value);
	}
	return field_flag(walk, flag, value);
}

MUST_CHECK static struct status short_flag(struct walk *walk, const char *text)
{
	for (size_t i = 0; i < global_flag_count; i++) {
		const char *value = text[1] == '=' ? text + 2 : text[1] ? text + 1 : NULL;

		if (global_flags[i].letter != *text)
			continue;
		if (global_flags[i].value)
			TRY(take_value(walk, global_flags[i].name, &value));
		else if (value)
			return usage(walk, arena_printf(walk->session->arena,
							"-%c takes no value: write single letters apart", *text));
		return land(walk, i, value);
	}
	return usage(walk, arena_printf(walk->session->arena, "there is no flag -%s: see gaon --help", text));
}

MUST_CHECK static struct status unknown_verb(struct walk *walk, const char *noun, const char *verb)
{
	const char *near = command_nearest_verb(noun, verb);
	struct arena *arena = walk->session->arena;

	if (near)
		return usage(walk, arena_printf(arena, "gaon %s has no '%s': did you mean gaon %s %s?", noun, verb,
						noun, near));
	return usage(walk, arena_printf(arena, "gaon %s has no '%s': see gaon %s --help", noun, verb, noun));
}

MUST_CHECK static struct status plain_word(struct walk *walk, const char *text)
{
	struct arguments *arguments = walk->arguments;
	struct arena *arena = walk->session->arena;

	if (arguments->command) {
		arguments->words[arguments->word_count++] = text;
		return OK;
	}
	if (arguments->noun) {
		arguments->command = command_find(arguments->noun, text);
		return arguments->command ? OK : unknown_verb(walk, arguments->noun, text);
	}
	text = command_noun(text);
	if (!command_is_noun(text)) {
		const char *near = command_nearest_noun(text);

		return usage(walk, near ? arena_printf(arena, "there is no '%s': did you mean gaon %s?", text, near)
					: arena_printf(arena, "there is no '%s': see gaon --help", text));
	}
	arguments->noun = text;
	arguments->command = command_find(text, "");
	return OK;
}

struct status arguments_parse(struct session *session, int argc, char **argv, struct arguments *arguments)
{
	struct walk walk = { .session = session, .arguments = arguments, .argc = argc, .argv = argv };

	memset(arguments, 0, sizeof(*arguments));
	session->options.limit = -1;
	arguments->words = ARENA_ARRAY(session->arena, (size_t)argc + 1, const char *);
	arguments->flags = ARENA_ARRAY(session->arena, (size_t)argc + 1, struct argument);
	for (walk.at = 1; walk.at < argc; walk.at++) {
		const char *text = argv[walk.at];

		if (!text_is_utf8(slice_text(text)))
			return usage(&walk, "an argument is not UTF-8");
		if (walk.is_words_only || text[0] != '-' || !text[1])
			TRY(plain_word(&walk, text));
		else if (strcmp(text, "--") == 0)
			walk.is_words_only = true;
		else if (strcmp(text, "--version") == 0 && !arguments->noun)
			TRY(plain_word(&walk, text));
		else if (text[1] == '-')
			TRY(long_flag(&walk, text + 2));
		else
			TRY(short_flag(&walk, text + 1));
	}
	return OK;
}

const char *arguments_flag(const struct arguments *arguments, const char *flag)
{
	for (size_t i = arguments->flag_count; i--;)
		if (strcmp(arguments->flags[i].flag, flag) == 0)
			return arguments->flags[i].value;
	return NULL;
}
