/* SPDX-License-Identifier: Apache-2.0 */
/* command.h: nouns and verbs as rows. A new RPC needs one row, and nothing else here. */
#ifndef GAON_CLI_COMMAND_H
#define GAON_CLI_COMMAND_H

#include "client/cli/session.h"
#include "runtime/rpc/method.h"

struct arguments;
struct command;

/** Which collection `parent` (or `resource`) defaults to. */
enum scope {
	SCOPE_NONE,
	SCOPE_TENANT,
	SCOPE_PROJECT,
	SCOPE_NEAREST, /* the project when there is one, else the tenant */
};

typedef struct status (*command_run)(struct session *session, const struct command *command,
				     const struct arguments *arguments);

/** A flag of one command that is no field of its request. */
struct command_flag {
	const char *name;  /* "save-as" */
	const char *value; /* "NAME"; NULL: takes none */
	const char *help;
};

struct command {
	const char *noun, *verb; /* verb "": a command of one word */
	const char *summary;
	const struct method *method; /* NULL: purely local */
	/*
	 * What the words after noun and verb set, blank-separated: "tenant_id" a field as typed; "name:machine" a
	 * resource name, short ids resolved in the collection "machine"; "name:machine/snapshots" two words, MACHINE
	 * and SNAPSHOT; a last '?' may be left out, a last '*' takes all the rest.
	 */
	const char *words;
	const char *columns; /* of list elements: see show_reply; NULL: all plain fields */
	const char *example; /* without "gaon " */
	enum scope scope;
	const char *item;   /* "order.items": flags may name fields of one element, made when one is given */
	const char *preset; /* "machine.deletion_protection=true": what the verb itself says, one field */
	command_run run;    /* NULL: the generic way */
	const struct command_flag *flags; /* ends with a NULL name */
};

struct command_table {
	const struct command *rows;
	size_t count;
};

extern const struct command_table commands_iam, commands_catalog, commands_cost, commands_request, commands_lifecycle,
	commands_local;

/** What a noun stands for, in the order of help. */
struct noun {
	const char *noun;
	const char *group; /* "Access", "Catalog" … */
	const char *help;
};

extern const struct noun nouns[];
extern const size_t noun_count;

/** Row number `index` over all tables, or NULL past the end. */
const struct command *command_at(size_t index);
const struct command *command_find(const char *noun, const char *verb);
bool command_is_noun(const char *word);
/** The noun that `word` is an abbreviation or a plural of ("machines", "sa"), or itself. */
const char *command_noun(const char *word);
/** The known word that is most like `word`, or NULL when none comes near. */
const char *command_nearest_noun(const char *word);
const char *command_nearest_verb(const char *noun, const char *word);

/** One word of `command->words`. */
struct word {
	const char *field;
	const char *collection; /* NULL: none */
	const char *below;      /* "snapshots": a second word follows; NULL: no */
	bool is_optional, is_rest;
};

/** Parses command->words; fills at most `most` and returns how many there are. */
size_t command_words(struct arena *arena, const struct command *command, struct word *words, size_t most);

/** "gaon snapshot revert MACHINE SNAPSHOT [flags]" */
char *command_usage(struct arena *arena, const struct command *command);

/** The resource inside the request ("machine" of UpdateMachineRequest): its only single message of ours, or NULL. */
const ProtobufCFieldDescriptor *command_body(const struct command *command);

/**
 * The request path that a flag names: a field of the request, of its body, or of its item. NULL when there is none.
 * *field is what it ends at, *rule (may be NULL) what the proto says of it.
 */
const char *command_flag_path(struct arena *arena, const struct command *command, const char *flag,
			      const ProtobufCFieldDescriptor **field, const struct field_rule **rule);

/** The rules of the element that `item` names, or NULL. */
const struct message_rules *command_item_rules(const struct command *command);

/** True when the request has this plain field (validate_only, request_id …). */
bool command_has_field(const struct command *command, const char *field);
/** True when the reply is gaon.common.v1.Operation. */
bool command_starts_operation(const struct command *command);

#endif
