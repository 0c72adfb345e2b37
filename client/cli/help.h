/* SPDX-License-Identifier: Apache-2.0 */
/* help.h: help, manual page and completion, all from the command tables. */
#ifndef GAON_CLI_HELP_H
#define GAON_CLI_HELP_H

#include "client/cli/arguments.h"

void help_all(struct session *session, struct text *out);
void help_noun(struct session *session, const char *noun, struct text *out);
void help_command(struct session *session, const struct command *command, struct text *out);

/** A flag that a command takes beside the global ones: from its request or its own row. */
struct help_flag {
	const char *name, *value, *help;
	bool is_required;
};

/** All of them, in the order of the proto; returns how many. */
size_t help_flags(struct arena *arena, const struct command *command, struct help_flag **flags);

/** gaon(1) as troff. */
char *help_manual(struct arena *arena);

/** Candidates for the last of `words`, one a line, "word\thelp". */
char *help_complete(struct arena *arena, size_t count, char **words);
/** Names in a collection of the current context, at most 200; 0 when the server does not answer at once. */
size_t help_complete_names(struct arena *arena, const char *collection, const char **names);
/** The script for "bash" or "zsh"; NULL for another shell. */
const char *help_completion_script(const char *shell);

#endif
