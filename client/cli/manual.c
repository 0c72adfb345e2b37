/* SPDX-License-Identifier: Apache-2.0 */
/* manual.c: gaon(1) in man(7) macros, from the command tables. */
#include <string.h>

#include "client/cli/help.h"

/** A leading '.' or '\'' is a request to troff, a backslash an escape, a plain '-' a typographic hyphen. */
static void escape(struct text *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		text_append(out, "\\&");
	for (; *text; text++) {
		if (*text == '\\')
			text_append(out, "\\e");
		else if (*text == '-')
			text_append(out, "\\-");
		else
			text_append_char(out, *text);
	}
}

static void line(struct text *out, const char *macro, const char *text)
{
	text_append(out, macro);
	escape(out, text);
	text_append_char(out, '\n');
}

static void print_flags(struct text *out, const struct help_flag *flags, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		text_append(out, ".TP\n\\fB\\-\\-");
		escape(out, flags[i].name);
		text_append(out, "\\fR");
		if (*flags[i].value) {
			text_append(out, " \\fI");
			escape(out, flags[i].value);
			text_append(out, "\\fR");
		}
		text_append(out, flags[i].is_required ? "\nNeeded. " : "\n");
		escape(out, *flags[i].help ? flags[i].help : "\\&");
		text_append_char(out, '\n');
	}
}

static void print_command(struct text *out, const struct command *command)
{
	struct help_flag *flags;
	size_t count = help_flags(out->arena, command, &flags);

	line(out, ".SS ", command_usage(out->arena, command));
	line(out, "", command->summary);
	if (command->method && *command->method->permission) {
		text_append(out, ".br\n");
		line(out, "Permission: ", command->method->permission);
	}
	if (command->example) {
		text_append(out, ".PP\n.EX\n");
		line(out, "", arena_printf(out->arena, "gaon %s", command->example));
		text_append(out, ".EE\n");
	}
	print_flags(out, flags, count);
}

static void print_commands(struct text *out)
{
	text_append(out, ".SH COMMANDS\n");
	for (size_t i = 0; i < noun_count; i++) {
		const struct command *command;

		for (size_t k = 0; (command = command_at(k)); k++)
			if (strcmp(command->noun, nouns[i].noun) == 0)
				print_command(out, command);
	}
}

static void print_globals(struct text *out)
{
	text_append(out, ".SH FLAGS OF EVERY COMMAND\n");
	for (size_t i = 0; i < global_flag_count; i++) {
		const struct help_flag flag = { global_flags[i].name, text_or_empty(global_flags[i].value),
						global_flags[i].help, false };

		print_flags(out, &flag, 1);
	}
}

static const char ABOUT[] = ".SH NAME\ngaon \\- the Gaon cloud management platform from the command line\n"
			    ".SH SYNOPSIS\n\\fBgaon\\fR \\fINOUN VERB\\fR [\\fIwords\\fR] [\\fIflags\\fR]\n"
			    ".SH DESCRIPTION\n"
			    "Calls the Gaon control plane over gRPC. Where a resource is named, its id is enough: the "
			    "context gives tenant and\n"
			    "project. Machines may be called by their display name. Everything that touches a cloud is "
			    "an operation: it goes on\n"
			    "by itself, \\fB\\-\\-wait\\fR follows it.\n"
			    ".PP\n"
			    "A time is 2026\\-11\\-23, 2026\\-11\\-23T12:00:00Z, now, +2h or \\-7d; a duration 90s, "
			    "1h30m or 7d; money \"KRW 12.5\"; a\n"
			    "label KEY=VALUE. A text or secret may come from a file: @FILE, @\\- from standard input; "
			    "@@ stands for a leading @.\n";

static const char REST[] =
	".SH EXIT STATUS\n"
	".TP\n0\nAll went well.\n.TP\n1\nFailed for another reason than those below.\n"
	".TP\n2\nThe command line or the request was wrong.\n.TP\n3\nNot authenticated, or not permitted.\n"
	".TP\n4\nNot found.\n.TP\n5\nConflict: it exists already, it changed, or its state forbids it.\n"
	".TP\n6\nNo server, no answer in time, or the server is too busy.\n"
	".TP\n7\nThe call was fine, but the operation or order that was waited for failed.\n"
	".SH ENVIRONMENT\n"
	".TP\nGAON_CONFIG\nThe file of contexts, instead of the one below.\n"
	".TP\nGAON_CONTEXT\nThe context to use.\n"
	".TP\nGAON_ADDRESS, GAON_TOKEN, GAON_TENANT, GAON_PROJECT, GAON_CA\nEach overrides that part of the context.\n"
	".TP\nGAON_BOOTSTRAP_TOKEN\nThe one\\-time token of gaon bootstrap.\n"
	".TP\nNO_COLOR\nWhen set, nothing is coloured.\n"
	".SH FILES\n.TP\n~/.config/gaon/config.json\n"
	"Contexts with their keys, mode 0600; refused when others may read it. XDG_CONFIG_HOME is honoured.\n"
	".SH SEE ALSO\n\\fBgaond\\fR(8)\n";

char *help_manual(struct arena *arena)
{
	struct text out = text_new(arena);

	text_printf(&out, ".TH GAON 1 \"\" \"Gaon %s\" \"User Commands\"\n", gaon_version());
	text_append(&out, ABOUT);
	print_commands(&out);
	print_globals(&out);
	text_append(&out, REST);
	return out.data;
}
