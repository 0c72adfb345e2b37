/* SPDX-License-Identifier: Apache-2.0 */
/* request.c: see request.h. */
#include "client/cli/request.h"

#include <string.h>

#include "client/cli/file.h"
#include "client/cli/protojson_read.h"
#include "client/cli/resource.h"
#include "client/cli/value.h"

enum { WORDS_MOST = 8, PAGE_MOST = 500 };

/** Everything that goes into one request. */
struct building {
	struct session *session;
	const struct command *command;
	const struct arguments *arguments;
	ProtobufCMessage *request;
};

MUST_CHECK static struct status usage(struct building *b, const char *message)
{
	struct arena *arena = b->session->arena;

	return status_with_metadata(arena, status_fail(arena, STATUS_INVALID_ARGUMENT, "USAGE", "%s", message), "usage",
				    command_usage(arena, b->command));
}

/** A file is the resource where the request has one (as `get -o json` wrote it), else the request. */
MUST_CHECK static struct status read_file(struct building *b)
{
	const char *path = b->session->options.file;
	const ProtobufCFieldDescriptor *body = command_body(b->command);
	ProtobufCMessage *into = b->request;
	struct slice content;
	struct json *value;

	if (!path)
		return OK;
	TRY(file_read(b->session->arena, path, &content));
	TRY(json_parse(b->session->arena, content, NULL, &value));
	if (body && !json_get(value, body->name) && !json_get(value, protojson_name(b->session->arena, body->name)))
		into = reflect_child(b->session->arena, b->request, body);
	return protojson_read(b->session->arena, value, into, "");
}

static const char *label_of(struct building *b, const struct word *word)
{
	const char *shown = word->collection ? word->collection : word->field, *dot = strrchr(shown, '.');
	char *label = arena_strdup(b->session->arena, dot ? dot + 1 : shown);

	for (char *at = label; *at; at++)
		*at = *at == '_' || *at == '.' ? '-' : *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
	return label;
}

/** A typed word never means a file: '@' stays what it is. */
static const char *literal(struct arena *arena, const char *text)
{
	return *text == '@' ? arena_printf(arena, "@%s", text) : text;
}

/** The one element that flags such as --parameter speak of. */
static ProtobufCMessage *implicit_item(struct building *b, const ProtobufCFieldDescriptor **items)
{
	struct arena *arena = b->session->arena;
	ProtobufCMessage *holder = b->request;
	const char *path = b->command->item, *dot = strchr(path, '.');

	if (dot) {
		holder = reflect_child(
			arena, holder,
			reflect_field(holder->descriptor, arena_strndup(arena, path, (size_t)(dot - path))));
		path = dot + 1;
	}
	*items = reflect_field(holder->descriptor, path);
	if (!reflect_count(holder, *items))
		*(ProtobufCMessage **)reflect_slot(arena, holder, *items) = reflect_new(arena, (*items)->descriptor);
	return *(ProtobufCMessage *const *)reflect_at(holder, *items, 0);
}

/** "order.items.product" → "product" when the row's item is "order.items"; else NULL. */
static const char *below_item(const struct command *command, const char *path)
{
	size_t size = command->item ? strlen(command->item) : 0;

	return size && strncmp(path, command->item, size) == 0 && path[size] == '.' ? path + size + 1 : NULL;
}

MUST_CHECK static struct status set_word(struct building *b, const struct word *word, size_t *at)
{
	const char *text = b->arguments->words[(*at)++], *name = text;
	const char *in_item = below_item(b->command, word->field);
	const ProtobufCFieldDescriptor *items;
	struct arena *arena = b->session->arena;

	if (in_item)
		return value_set(arena, implicit_item(b, &items), in_item, label_of(b, word), literal(arena, text));

	if (!word->collection)
		return value_set(arena, b->request, word->field, label_of(b, word), literal(arena, text));
	TRY(resource_name(b->session, word->collection, text, &name));
	if (word->below && !strstr(name, arena_printf(arena, "/%s/", word->below))) {
		if (*at >= b->arguments->word_count)
			return usage(b, arena_printf(arena, "which of its %s?", word->below));
		name = arena_printf(arena, "%s/%s/%s", name, word->below, b->arguments->words[(*at)++]);
	}
	return value_set(arena, b->request, word->field, label_of(b, word), literal(arena, name));
}

/** A field that was filled from the file needs no word. */
static bool is_set(struct arena *arena, const ProtobufCMessage *message, const char *path)
{
	const char *dot;
	const ProtobufCFieldDescriptor *field;

	while (message && (dot = strchr(path, '.'))) {
		message = reflect_message(message, arena_strndup(arena, path, (size_t)(dot - path)));
		path = dot + 1;
	}
	field = message ? reflect_field(message->descriptor, path) : NULL;
	return field && reflect_count(message, field);
}

static bool has_flag_for(struct building *b, const char *path)
{
	const ProtobufCFieldDescriptor *field;

	for (size_t i = 0; i < b->arguments->flag_count; i++) {
		const char *flagged =
			command_flag_path(b->session->arena, b->command, b->arguments->flags[i].flag, &field, NULL);

		if (flagged && strcmp(flagged, path) == 0)
			return true;
	}
	return false;
}

MUST_CHECK static struct status set_words(struct building *b)
{
	struct word words[WORDS_MOST];
	size_t count = command_words(b->session->arena, b->command, words, WORDS_MOST), at = 0, most = 0;

	for (size_t i = 0; i < count; i++)
		most += words[i].is_rest ? b->arguments->word_count : words[i].below ? 2 : 1;
	if (b->arguments->word_count > most)
		return usage(b, arena_printf(b->session->arena, "what is '%s' for?", b->arguments->words[most]));
	for (size_t i = 0; i < count; i++) {
		bool is_given = at < b->arguments->word_count;

		if (!is_given &&
		    (words[i].is_optional || words[i].is_rest ||
		     is_set(b->session->arena, b->request, words[i].field) || has_flag_for(b, words[i].field)))
			continue;
		if (!is_given)
			return usage(
				b, arena_printf(b->session->arena, "which %s?",
						value_kebab(b->session->arena, words[i].collection ? words[i].collection
												   : words[i].field)));
		TRY(set_word(b, &words[i], &at));
		while (words[i].is_rest && at < b->arguments->word_count)
			TRY(set_word(b, &words[i], &at));
	}
	if (at < b->arguments->word_count)
		return usage(b, arena_printf(b->session->arena, "what is '%s' for?", b->arguments->words[at]));
	return OK;
}

/** "--option image_pool=default" adds one member to the object in a JSON text. */
MUST_CHECK static struct status set_json_member(struct building *b, const char *path, const char *label,
						const char *text)
{
	struct arena *arena = b->session->arena;
	const char *equals = strchr(text, '='), *dot = strrchr(path, '.'), *old = "";
	ProtobufCMessage *holder = b->request;
	struct json *object = json_object(arena);

	if (!equals || *text == '{' || *text == '@')
		return value_set(arena, b->request, path, label, text);
	if (dot)
		holder = reflect_child(
			arena, holder,
			reflect_field(holder->descriptor, arena_strndup(arena, path, (size_t)(dot - path))));
	old = reflect_text(holder, dot ? dot + 1 : path);
	if (*old)
		TRY(json_parse(arena, slice_text(old), NULL, &object));
	json_set_text(object, arena_strndup(arena, text, (size_t)(equals - text)), equals + 1);
	return value_set(arena, b->request, path, label, json_print(arena, object));
}

static bool is_own_flag(const struct command *command, const char *flag)
{
	for (const struct command_flag *own = command->flags; own && own->name; own++)
		if (strcmp(own->name, flag) == 0)
			return true;
	return false;
}

MUST_CHECK static struct status set_flag(struct building *b, const struct argument *argument)
{
	struct arena *arena = b->session->arena;
	const char *label = arena_printf(arena, "--%s", argument->flag);
	const ProtobufCFieldDescriptor *field;
	const struct field_rule *rule = NULL;
	const char *path;

	path = command_flag_path(arena, b->command, argument->flag, &field, &rule);
	if (!path && is_own_flag(b->command, argument->flag))
		return OK;
	if (below_item(b->command, path))
		return value_set(arena, implicit_item(b, &field), below_item(b->command, path), label, argument->value);
	if (rule && rule->format == FIELD_JSON)
		return set_json_member(b, path, label, argument->value);
	return value_set(arena, b->request, path, label, argument->value);
}

MUST_CHECK static struct status set_preset(struct building *b)
{
	const char *preset = b->command->preset, *equals = preset ? strchr(preset, '=') : NULL;

	if (!equals)
		return OK;
	return value_set(b->session->arena, b->request,
			 arena_strndup(b->session->arena, preset, (size_t)(equals - preset)), b->command->verb,
			 equals + 1);
}

/** "label" and "labels.env" are the field `labels`, once. */
static void add_path(struct text *paths, const char *path, const ProtobufCFieldDescriptor *field)
{
	const char *dot = strrchr(path, '.');
	size_t parent = dot && !reflect_is_map(field) ? (size_t)(dot - path) + 1 : 0;
	const char *whole = arena_printf(paths->arena, "%.*s%s", (int)parent, path, field->name);

	if (strstr(arena_printf(paths->arena, ",%s,", paths->data), arena_printf(paths->arena, ",%s,", whole)))
		return;
	text_printf(paths, "%s%s", paths->size ? "," : "", whole);
}

/** `--parent acme` is the tenant (or project) of that id; full names pass. */
MUST_CHECK static struct status complete_parent(struct building *b, const char *field)
{
	const char *name;

	if (strcmp(field, "parent") != 0 || strchr(reflect_text(b->request, field), '/'))
		return OK;
	TRY(resource_name(b->session, b->command->scope == SCOPE_TENANT ? "tenant" : "project",
			  reflect_text(b->request, field), &name));
	reflect_set_text(b->session->arena, b->request, field, name);
	return OK;
}

/** AIP-134: the mask is what was flagged below the resource, or all that the file had. */
MUST_CHECK static struct status set_mask(struct building *b)
{
	const ProtobufCFieldDescriptor *mask = reflect_field(b->request->descriptor, "update_mask");
	const ProtobufCFieldDescriptor *body = command_body(b->command), *field;
	struct text paths = text_new(b->session->arena);
	const char *prefix = body ? arena_printf(b->session->arena, "%s.", body->name) : "";

	if (!mask || !body || reflect_count(b->request, mask) || b->session->options.file)
		return OK;
	if (b->command->preset)
		text_printf(&paths, "%.*s", (int)(strcspn(b->command->preset, "=") - strlen(prefix)),
			    b->command->preset + strlen(prefix));
	for (size_t i = 0; i < b->arguments->flag_count; i++) {
		const char *path =
			command_flag_path(b->session->arena, b->command, b->arguments->flags[i].flag, &field, NULL);

		if (!path || !text_starts_with(path, prefix) || strcmp(path + strlen(prefix), "etag") == 0)
			continue;
		add_path(&paths, path + strlen(prefix), field);
	}
	if (!paths.size)
		return usage(b, "what shall change? give at least one field");
	return protojson_set_mask(b->session->arena, reflect_child(b->session->arena, b->request, mask), paths.data);
}

MUST_CHECK static struct status set_defaults(struct building *b)
{
	static const char *const scoped[] = { "parent", "resource" };
	const struct options *options = &b->session->options;
	const char *scope;
	char id[37];

	for (size_t i = 0; b->command->scope != SCOPE_NONE && i < 2; i++) {
		if (!command_has_field(b->command, scoped[i]))
			continue;
		if (!is_set(b->session->arena, b->request, scoped[i])) {
			TRY(resource_scope(b->session, b->command->scope, &scope));
			reflect_set_text(b->session->arena, b->request, scoped[i], scope);
		}
		TRY(complete_parent(b, scoped[i]));
		break;
	}
	if (command_has_field(b->command, "page_size") && !is_set(b->session->arena, b->request, "page_size"))
		reflect_set_int(b->session->arena, b->request, "page_size",
				options->limit > 0 && options->limit < PAGE_MOST ? options->limit : PAGE_MOST);
	if (options->dry_run && !command_has_field(b->command, "validate_only"))
		return usage(b, "the server cannot only check this: --dry-run is for commands that make something");
	if (options->dry_run)
		reflect_set_int(b->session->arena, b->request, "validate_only", 1);
	if (command_has_field(b->command, "request_id") && !is_set(b->session->arena, b->request, "request_id")) {
		gaon_request_id(id);
		reflect_set_text(b->session->arena, b->request, "request_id", id);
	}
	return OK;
}

/** What the server would refuse anyway, said in the words of the command line. */
MUST_CHECK static struct status check_required(struct building *b)
{
	const struct message_rules *rules = b->command->method->request_rules;

	for (unsigned i = 0; rules && i < rules->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &rules->descriptor->fields[i];
		const char *flag = value_kebab(b->session->arena, field->name);

		if (!rules->fields[i].is_required || reflect_count(b->request, field))
			continue;
		if (reflect_is_message(field) && !reflect_is_repeated(field)) {
			reflect_child(b->session->arena, b->request, field);
			continue;
		}
		return usage(b, arena_printf(b->session->arena, "--%s is needed", flag));
	}
	return OK;
}

struct status request_fill(struct session *session, const struct command *command, const struct arguments *arguments,
			   ProtobufCMessage *request)
{
	struct building b = { session, command, arguments, request };

	TRY(read_file(&b));
	TRY(set_words(&b));
	for (size_t i = 0; i < arguments->flag_count; i++)
		TRY(set_flag(&b, &arguments->flags[i]));
	return set_preset(&b);
}

struct status request_finish(struct session *session, const struct command *command, const struct arguments *arguments,
			     ProtobufCMessage *request)
{
	struct building b = { session, command, arguments, request };

	TRY(set_mask(&b));
	TRY(set_defaults(&b));
	TRY(check_required(&b));
	return resource_complete(session, request);
}

struct status request_build(struct session *session, const struct command *command, const struct arguments *arguments,
			    ProtobufCMessage **request)
{
	ProtobufCMessage *made = reflect_new(session->arena, command->method->request);

	TRY(request_fill(session, command, arguments, made));
	TRY(request_finish(session, command, arguments, made));
	*request = made;
	return OK;
}
