/* SPDX-License-Identifier: Apache-2.0 */
/* command.c: looking things up in the command tables. */
#include "client/cli/command.h"

#include <string.h>

#include "client/cli/value.h"

static const struct command_table *const tables[] = {
	&commands_local, &commands_iam, &commands_catalog, &commands_request, &commands_lifecycle, &commands_cost,
};

const struct noun nouns[] = {
	{ "context", "Start", "servers, keys and defaults that you work with" },
	{ "bootstrap", "Start", "make the first tenant and administrator with gaond's one-time token" },
	{ "whoami", "Start", "who you are and which roles you hold" },
	{ "health", "Start", "is the server there?" },
	{ "order", "Use", "ask for things: preview, submit, follow" },
	{ "approval", "Use", "what waits for your decision" },
	{ "deployment", "Use", "what orders made" },
	{ "machine", "Use", "virtual machines and their life" },
	{ "snapshot", "Use", "kept states of machines" },
	{ "volume", "Use", "disks that live apart from machines" },
	{ "machine-image", "Use", "images made from machines" },
	{ "operation", "Use", "long-running jobs and their journals" },
	{ "cost", "Use", "what was spent, by day, project, machine" },
	{ "available-product", "Use", "what can be ordered in a project" },
	{ "placement", "Use", "where what is ordered would go" },
	{ "provider", "Catalog", "kinds of clouds and what each can do" },
	{ "connection", "Catalog", "accounts at clouds" },
	{ "size", "Catalog", "sizes a connection offers" },
	{ "image", "Catalog", "images a connection offers" },
	{ "network", "Catalog", "networks a connection offers" },
	{ "region", "Catalog", "regions and zones a connection reaches" },
	{ "connection-quota", "Catalog", "what the cloud itself limits" },
	{ "alias", "Catalog", "other words for what a connection offers" },
	{ "product", "Catalog", "what can be ordered" },
	{ "product-version", "Catalog", "immutable versions of products" },
	{ "product-grant", "Catalog", "which tenants may order a product" },
	{ "rate-card", "Money", "prices of a private cloud" },
	{ "estimate", "Money", "what a machine would cost" },
	{ "usage", "Money", "what was measured" },
	{ "charge", "Money", "the lines that sums are made of" },
	{ "approval-policy", "Rules", "who must approve what" },
	{ "quota", "Rules", "limits on tenants and projects" },
	{ "observed", "Rules", "what clouds say exists" },
	{ "drift", "Rules", "what differs from what was asked for" },
	{ "tenant", "Access", "organisations" },
	{ "project", "Access", "what owns resources and cost" },
	{ "user", "Access", "people" },
	{ "service-account", "Access", "programs" },
	{ "group", "Access", "principals that are given rights together" },
	{ "api-key", "Access", "keys of users and service accounts" },
	{ "role", "Access", "named sets of permissions" },
	{ "permission", "Access", "every permission and the RPC it opens" },
	{ "policy", "Access", "who holds which role where" },
	{ "identity-provider", "Access", "trusted OpenID Connect issuers" },
	{ "audit", "Access", "who did what; is the record intact?" },
	{ "completion", "Shell", "completion for bash and zsh" },
	{ "version", "Shell", "versions of this program and its library" },
	{ "help", "Shell", "help on a noun or command" },
};

const size_t noun_count = sizeof(nouns) / sizeof(nouns[0]);

const struct command *command_at(size_t index)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		if (index < tables[i]->count)
			return &tables[i]->rows[index];
		index -= tables[i]->count;
	}
	return NULL;
}

const struct command *command_find(const char *noun, const char *verb)
{
	const struct command *command;

	for (size_t i = 0; (command = command_at(i)); i++)
		if (strcmp(command->noun, noun) == 0 && strcmp(command->verb, verb) == 0)
			return command;
	return NULL;
}

bool command_is_noun(const char *word)
{
	for (size_t i = 0; i < noun_count; i++)
		if (strcmp(nouns[i].noun, word) == 0)
			return true;
	return false;
}

const char *command_noun(const char *word)
{
	static const char *const aliases[][2] = {
		{ "sa", "service-account" },
		{ "op", "operation" },
		{ "vm", "machine" },
		{ "conn", "connection" },
		{ "idp", "identity-provider" },
		{ "key", "api-key" },
		{ "audit-event", "audit" },
		{ "costs", "cost" },
		{ "policies", "policy" },
		{ "identities", "whoami" },
		{ "approval-policies", "approval-policy" },
		{ "--version", "version" },
		{ "ctx", "context" },
	};

	if (command_is_noun(word))
		return word;
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (strcmp(aliases[i][0], word) == 0)
			return aliases[i][1];
	for (size_t i = 0; i < noun_count; i++) {
		size_t size = strlen(nouns[i].noun);

		if (strncmp(nouns[i].noun, word, size) == 0 && strcmp(word + size, "s") == 0)
			return nouns[i].noun;
	}
	return word;
}

/** Edits (insert, delete, replace) from one word to the other; words longer than 31 are never near. */
static unsigned distance(const char *a, const char *b)
{
	size_t size_a = strlen(a), size_b = strlen(b);
	unsigned row[32];

	if (size_a > 31 || size_b > 31)
		return 99;
	for (unsigned j = 0; j <= size_b; j++)
		row[j] = j;
	for (unsigned i = 1; i <= size_a; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= size_b; j++) {
			unsigned best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			best = row[j] + 1 < best ? row[j] + 1 : best;
			row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
		}
	}
	return row[size_b];
}

static void consider(const char *word, const char *candidate, const char **nearest, unsigned *best)
{
	unsigned edits = distance(word, candidate);
	bool is_start = strlen(word) >= 3 && text_starts_with(candidate, word);

	if (is_start)
		edits = 1;
	if (edits < *best && edits * 2 <= strlen(candidate)) {
		*best = edits;
		*nearest = candidate;
	}
}

const char *command_nearest_noun(const char *word)
{
	const char *nearest = NULL;
	unsigned best = 99;

	for (size_t i = 0; i < noun_count; i++)
		consider(word, nouns[i].noun, &nearest, &best);
	return nearest;
}

const char *command_nearest_verb(const char *noun, const char *word)
{
	const struct command *command;
	const char *nearest = NULL;
	unsigned best = 99;

	for (size_t i = 0; (command = command_at(i)); i++)
		if (strcmp(command->noun, noun) == 0)
			consider(word, command->verb, &nearest, &best);
	return nearest;
}

size_t command_words(struct arena *arena, const struct command *command, struct word *words, size_t most)
{
	char **parts;
	size_t count = text_split(arena, text_or_empty(command->words), ' ', &parts), used = 0;

	for (size_t i = 0; i < count && used < most; i++) {
		char *part = parts[i], *colon, *slash;
		size_t size = strlen(part);
		struct word *word = &words[used];

		if (!size)
			continue;
		*word = (struct word){ .is_optional = part[size - 1] == '?', .is_rest = part[size - 1] == '*' };
		if (word->is_optional || word->is_rest)
			part[size - 1] = '\0';
		colon = strchr(part, ':');
		slash = strchr(part, '/');
		if (colon)
			*colon = '\0';
		if (slash)
			*slash = '\0';
		word->field = part;
		word->collection = colon ? colon + 1 : NULL;
		word->below = slash ? slash + 1 : NULL;
		used++;
	}
	return used;
}

static void append_upper(struct text *out, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		char c = text[i];

		text_append_char(out, c == '_' || c == '.' ? '-' : c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
	}
}

char *command_usage(struct arena *arena, const struct command *command)
{
	struct text out = text_new(arena);
	struct word words[8];
	size_t count = command_words(arena, command, words, 8);

	text_printf(&out, "gaon %s%s%s", command->noun, *command->verb ? " " : "", command->verb);
	for (size_t i = 0; i < count; i++) {
		const char *shown = words[i].collection ? words[i].collection : words[i].field;
		const char *dot = strrchr(shown, '.');

		shown = dot ? dot + 1 : shown;
		text_append(&out, words[i].is_optional ? " [" : " ");
		append_upper(&out, shown, strlen(shown));
		if (words[i].below) {
			text_append_char(&out, ' ');
			append_upper(&out, words[i].below, strlen(words[i].below) - 1);
		}
		text_append(&out, words[i].is_optional ? "]" : words[i].is_rest ? "…" : "");
	}
	text_append(&out, " [flags]");
	return out.data;
}

const ProtobufCFieldDescriptor *command_body(const struct command *command)
{
	const ProtobufCFieldDescriptor *body = NULL;

	for (unsigned i = 0; command->method && i < command->method->request->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &command->method->request->fields[i];

		if (reflect_is_repeated(field) || !reflect_is_message(field) ||
		    reflect_known(field->descriptor) != KNOWN_NONE)
			continue;
		if (body)
			return NULL;
		body = field;
	}
	return body;
}

static const struct field_rule *rule_of(const struct message_rules *rules, const char *path)
{
	while (rules && rules->descriptor) {
		const char *dot = strchr(path, '.');
		size_t size = dot ? (size_t)(dot - path) : strlen(path);
		unsigned i = 0;

		while (i < rules->descriptor->n_fields &&
		       !(strncmp(rules->descriptor->fields[i].name, path, size) == 0 &&
			 (rules->descriptor->fields[i].name[size] == '\0' ||
			  strcmp(rules->descriptor->fields[i].name + size, "s") == 0)))
			i++;
		if (i == rules->descriptor->n_fields)
			return NULL;
		if (!dot)
			return &rules->fields[i];
		rules = rules->fields[i].message;
		path = dot + 1;
	}
	return NULL;
}

/** JSON texts take their plural off too: --option a=b for `options`. */
static const char *json_plural(struct arena *arena, const struct command *command, const char *path,
			       const ProtobufCFieldDescriptor **field)
{
	const char *plural = arena_printf(arena, "%ss", path);
	const struct field_rule *rule = rule_of(command->method->request_rules, plural);

	*field = value_find(command->method->request, plural, NULL);
	return *field && rule && rule->format == FIELD_JSON ? plural : NULL;
}

const char *command_flag_path(struct arena *arena, const struct command *command, const char *flag,
			      const ProtobufCFieldDescriptor **field, const struct field_rule **rule)
{
	const ProtobufCFieldDescriptor *body = command_body(command);
	const char *snake = value_snake(arena, flag), *paths[3] = { snake, NULL, NULL };

	if (!command->method)
		return NULL;
	if (body)
		paths[1] = arena_printf(arena, "%s.%s", body->name, snake);
	for (size_t i = 0; i < 2; i++) {
		const char *path = paths[i];

		if (!path)
			continue;
		*field = value_find(command->method->request, path, NULL);
		if (!*field)
			path = json_plural(arena, command, path, field);
		if (!path)
			continue;
		if (rule)
			*rule = rule_of(command->method->request_rules, path);
		return path;
	}
	if (command->item) {
		const ProtobufCFieldDescriptor *items = value_find(command->method->request, command->item, NULL);

		*field = value_find(items->descriptor, snake, NULL);
		if (rule)
			*rule = NULL;
		return *field ? arena_printf(arena, "%s.%s", command->item, snake) : NULL;
	}
	return NULL;
}

const struct message_rules *command_item_rules(const struct command *command)
{
	const struct field_rule *rule = command->item ? rule_of(command->method->request_rules, command->item) : NULL;

	return rule ? rule->message : NULL;
}

bool command_has_field(const struct command *command, const char *field)
{
	return command->method && reflect_field(command->method->request, field);
}

bool command_starts_operation(const struct command *command)
{
	return command->method && !command->method->is_server_streaming &&
	       strcmp(command->method->reply->name, "gaon.common.v1.Operation") == 0;
}
