/* SPDX-License-Identifier: Apache-2.0 */
/* complete.c: candidates for a shell, from the same tables that parse. The scripts only ask. */
#include <string.h>

#include "client/cli/context.h"
#include "client/cli/help.h"
#include "client/cli/value.h"

static const char BASH_SCRIPT[] = "# bash completion of gaon: eval \"$(gaon completion bash)\"\n"
				  "_gaon() {\n"
				  "\tlocal line\n"
				  "\tCOMPREPLY=()\n"
				  "\twhile IFS= read -r line; do\n"
				  "\t\tCOMPREPLY+=(\"${line%%$'\\t'*}\")\n"
				  "\tdone < <(gaon __complete \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null)\n"
				  "\tif [ ${#COMPREPLY[@]} -eq 0 ]; then\n"
				  "\t\tcompopt -o default 2>/dev/null\n"
				  "\tfi\n"
				  "}\n"
				  "complete -F _gaon gaon\n";

static const char ZSH_SCRIPT[] = "#compdef gaon\n"
				 "# zsh completion of gaon: source <(gaon completion zsh)\n"
				 "_gaon() {\n"
				 "\tlocal -a candidates\n"
				 "\tlocal line\n"
				 "\twhile IFS= read -r line; do\n"
				 "\t\tcandidates+=(\"${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}\")\n"
				 "\tdone < <(gaon __complete \"${(@)words[2,CURRENT]}\" 2>/dev/null)\n"
				 "\tif (( ${#candidates} )); then\n"
				 "\t\t_describe 'gaon' candidates\n"
				 "\telse\n"
				 "\t\t_files\n"
				 "\tfi\n"
				 "}\n"
				 "if [ \"$funcstack[1]\" = _gaon ]; then _gaon \"$@\"; else compdef _gaon gaon; fi\n";

const char *help_completion_script(const char *shell)
{
	return strcmp(shell, "bash") == 0 ? BASH_SCRIPT : strcmp(shell, "zsh") == 0 ? ZSH_SCRIPT : NULL;
}

/** What has been typed, and what comes out. */
struct completing {
	struct arena *arena;
	struct text out;
	const char *last; /* the word that is being typed */
	const char *noun;
	const struct command *command;
	const char *flag; /* the flag that waits for its value, or NULL */
	size_t words;     /* after noun and verb, before the one that is being typed */
};

static void offer(struct completing *c, const char *word, const char *help)
{
	if (text_starts_with(word, c->last))
		text_printf(&c->out, "%s\t%s\n", word, help);
}

static const struct global_flag *global_of(const char *flag)
{
	for (size_t i = 0; i < global_flag_count; i++) {
		bool is_letter = flag[0] == '-' && flag[1] && flag[1] == global_flags[i].letter && !flag[2];

		if (is_letter || (text_starts_with(flag, "--") && strcmp(flag + 2, global_flags[i].name) == 0))
			return &global_flags[i];
	}
	return NULL;
}

static bool waits_for_value(struct completing *c, const char *flag)
{
	const struct global_flag *global = global_of(flag);
	const ProtobufCFieldDescriptor *field;

	if (strchr(flag, '='))
		return false;
	if (global)
		return global->value != NULL;
	if (!text_starts_with(flag, "--"))
		return false;
	for (const struct command_flag *own = c->command ? c->command->flags : NULL; own && own->name; own++)
		if (strcmp(own->name, flag + 2) == 0)
			return own->value != NULL;
	return c->command && command_flag_path(c->arena, c->command, flag + 2, &field, NULL) &&
	       field->type != PROTOBUF_C_TYPE_BOOL;
}

static void read_words(struct completing *c, size_t count, char **words)
{
	for (size_t i = 0; i < count; i++) {
		if (c->flag) {
			c->flag = NULL;
		} else if (words[i][0] == '-') {
			c->flag = waits_for_value(c, words[i]) ? words[i] : NULL;
		} else if (!c->noun) {
			c->noun = command_noun(words[i]);
			c->command = command_find(c->noun, "");
		} else if (!c->command) {
			c->command = command_find(c->noun, words[i]);
		} else {
			c->words++;
		}
	}
}

static void offer_contexts(struct completing *c)
{
	struct json *file;
	const struct json *member;
	const char *name;

	if (!status_is_ok(context_read_file(c->arena, &file)))
		return;
	for (size_t i = 0; json_member(json_get(file, "contexts"), i, &name, &member); i++)
		offer(c, name, json_text(json_get(member, "address"), ""));
}

static void offer_values(struct completing *c)
{
	static const char *const outputs[] = { "table", "json", "yaml", "name" };
	const struct global_flag *global = global_of(c->flag);
	const ProtobufCFieldDescriptor *field = NULL;

	if (global && strcmp(global->name, "context") == 0)
		offer_contexts(c);
	for (size_t i = 0; global && strcmp(global->name, "output") == 0 && i < 4; i++)
		offer(c, outputs[i], "");
	if (global || !c->command || !command_flag_path(c->arena, c->command, c->flag + 2, &field, NULL))
		return;
	for (unsigned i = 0; reflect_enum_type(field) && i < reflect_enum_type(field)->n_values; i++)
		if (reflect_enum_type(field)->values[i].value)
			offer(c,
			      value_enum_word(c->arena, reflect_enum_type(field),
					      reflect_enum_type(field)->values[i].name),
			      "");
}

static void offer_flags(struct completing *c)
{
	struct help_flag *flags;
	size_t count = c->command ? help_flags(c->arena, c->command, &flags) : 0;

	for (size_t i = 0; i < count; i++)
		offer(c, arena_printf(c->arena, "--%s", flags[i].name), flags[i].help);
	for (size_t i = 0; i < global_flag_count; i++)
		offer(c, arena_printf(c->arena, "--%s", global_flags[i].name), global_flags[i].help);
}

static void offer_verbs(struct completing *c)
{
	const struct command *command;

	for (size_t i = 0; (command = command_at(i)); i++)
		if (strcmp(command->noun, c->noun) == 0)
			offer(c, command->verb, command->summary);
}

/** Resources for the word whose turn it is. */
static void offer_names(struct completing *c)
{
	struct word words[8];
	size_t count = command_words(c->arena, c->command, words, 8);
	const char **names = ARENA_ARRAY(c->arena, 256, const char *);

	if (c->words >= count || !words[c->words].collection)
		return;
	count = help_complete_names(c->arena, words[c->words].collection, names);
	for (size_t i = 0; i < count; i++)
		if (!strchr(names[i], ' '))
			offer(c, names[i], "");
}

char *help_complete(struct arena *arena, size_t count, char **words)
{
	struct completing c = { .arena = arena, .out = text_new(arena), .last = count ? words[count - 1] : "" };

	read_words(&c, count ? count - 1 : 0, words);
	if (c.flag)
		offer_values(&c);
	else if (c.last[0] == '-')
		offer_flags(&c);
	else if (!c.noun)
		for (size_t i = 0; i < noun_count; i++)
			offer(&c, nouns[i].noun, nouns[i].help);
	else if (!c.command)
		offer_verbs(&c);
	else if (strcmp(c.noun, "context") == 0)
		offer_contexts(&c);
	else if (strcmp(c.noun, "completion") == 0)
		offer(&c, "bash", ""), offer(&c, "zsh", "");
	else
		offer_names(&c);
	return c.out.data;
}
