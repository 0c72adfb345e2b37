/* SPDX-License-Identifier: Apache-2.0 */
/* arguments.h: the command line, taken apart. */
#ifndef GAON_CLI_ARGUMENTS_H
#define GAON_CLI_ARGUMENTS_H

#include "client/cli/command.h"

struct argument {
	const char *flag; /* as typed, without "--" */
	const char *value;
};

struct arguments {
	const struct command *command; /* NULL: none was named */
	const char *noun;              /* what was named, when it is only a noun */
	const char **words;            /* after noun and verb */
	size_t word_count;
	struct argument *flags; /* of the command itself, in order */
	size_t flag_count;
};

/** A flag that every command takes. */
struct global_flag {
	const char *name;
	char letter;       /* 0: none */
	const char *value; /* "ID"; NULL: takes none */
	const char *help;
};

extern const struct global_flag global_flags[];
extern const size_t global_flag_count;

/** Fails INVALID_ARGUMENT / USAGE, saying which word or flag and what comes near. Fills session->options. */
MUST_CHECK struct status arguments_parse(struct session *session, int argc, char **argv, struct arguments *arguments);

/** The last value of a flag, or NULL. */
const char *arguments_flag(const struct arguments *arguments, const char *flag);

#endif
