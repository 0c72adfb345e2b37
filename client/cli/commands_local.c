/* SPDX-License-Identifier: Apache-2.0 */
/* commands_local.c: contexts, help and what else needs no service of Gaon's own. */
#include <stdio.h>
#include <string.h>

#include "client/cli/command.h"
#include "client/cli/file.h"
#include "client/cli/help.h"
#include "client/cli/human.h"
#include "client/cli/show.h"
#include "grpc/health/v1/health.pb-c.h"
#include "runtime/base/time.h"

MUST_CHECK static struct status usage(struct session *session, const struct command *command, const char *message)
{
	return status_with_metadata(session->arena,
				    status_fail(session->arena, STATUS_INVALID_ARGUMENT, "USAGE", "%s", message),
				    "usage", command_usage(session->arena, command));
}

MUST_CHECK static struct status one_name(struct session *session, const struct command *command,
					 const struct arguments *arguments, const char **name)
{
	if (arguments->word_count != 1)
		return usage(session, command, "which context?");
	*name = arguments->words[0];
	return OK;
}

/** What flags say over a context that is there. */
MUST_CHECK static struct status apply_flags(struct session *session, const struct arguments *arguments,
					    struct context *context)
{
	const struct options *options = &session->options;

	context->address = options->address ? options->address : context->address;
	context->tenant = options->tenant ? options->tenant : context->tenant;
	context->project = options->project ? options->project : context->project;
	context->ca = options->ca ? options->ca : context->ca;
	context->use_tls = context->use_tls || options->use_tls;
	context->allow_insecure = context->allow_insecure || arguments_flag(arguments, "allow-insecure");
	if (arguments_flag(arguments, "certificate"))
		context->certificate = arguments_flag(arguments, "certificate");
	if (arguments_flag(arguments, "key"))
		context->key = arguments_flag(arguments, "key");
	if (arguments_flag(arguments, "server-name"))
		context->server_name = arguments_flag(arguments, "server-name");
	if (text_equal(options->token, "-"))
		TRY(file_read_text(session->arena, "-", &context->token));
	else if (options->token)
		context->token = options->token;
	return OK;
}

static struct status context_add(struct session *session, const struct command *command,
				 const struct arguments *arguments)
{
	struct context context = { 0 };
	const char *name = NULL;

	TRY(one_name(session, command, arguments, &name));
	context.name = name;
	TRY(apply_flags(session, arguments, &context));
	if (text_is_empty(context.address))
		context.address = "127.0.0.1:7443";
	TRY(context_save(session->arena, &context, false));
	show_text(arena_printf(session->arena, "context %s added\n", name));
	return OK;
}

static struct status context_set(struct session *session, const struct command *command,
				 const struct arguments *arguments)
{
	struct json *file;
	const char *name = NULL;
	struct context context;

	if (arguments->word_count > 1)
		return usage(session, command, "one context at a time");
	TRY(context_read_file(session->arena, &file));
	name = arguments->word_count ? arguments->words[0] : json_text(json_get(file, "current"), "default");
	context = context_from_json(name, json_path(file, "contexts", name, NULL));
	TRY(apply_flags(session, arguments, &context));
	TRY(context_save(session->arena, &context, false));
	show_text(arena_printf(session->arena, "context %s set\n", name));
	return OK;
}

MUST_CHECK static struct status read_known(struct session *session, const char *name, struct json **file)
{
	TRY(context_read_file(session->arena, file));
	if (!json_path(*file, "contexts", name, NULL))
		return status_fail(session->arena, STATUS_NOT_FOUND, "CONTEXT_UNKNOWN",
				   "there is no context '%s': see gaon context list", name);
	return OK;
}

static struct status context_use(struct session *session, const struct command *command,
				 const struct arguments *arguments)
{
	struct json *file;
	const char *name = NULL;

	TRY(one_name(session, command, arguments, &name));
	TRY(read_known(session, name, &file));
	json_set_text(file, "current", name);
	TRY(context_write_file(session->arena, file));
	show_text(arena_printf(session->arena, "context %s is the current one\n", name));
	return OK;
}

static struct status context_remove(struct session *session, const struct command *command,
				    const struct arguments *arguments)
{
	struct json *file, *left = json_object(session->arena);
	const struct json *member;
	const char *name = NULL, *key;

	TRY(one_name(session, command, arguments, &name));
	TRY(read_known(session, name, &file));
	for (size_t i = 0; json_member(json_get(file, "contexts"), i, &key, &member); i++)
		if (strcmp(key, name) != 0)
			json_set(left, key, member);
	json_set(file, "contexts", left);
	if (strcmp(json_text(json_get(file, "current"), ""), name) == 0)
		json_remove(file, "current");
	TRY(context_write_file(session->arena, file));
	show_text(arena_printf(session->arena, "context %s removed\n", name));
	return OK;
}

/** Enough of a key to tell it from another: its public id. */
static const char *key_hint(struct arena *arena, const char *token)
{
	const char *end = text_starts_with(text_or_empty(token), "gaon_") ? strchr(token + 5, '_') : NULL;

	if (text_is_empty(token))
		return "none";
	return end && end - token > 12 ? arena_printf(arena, "gaon_…%.6s", end - 6) : "set";
}

static struct status context_list(struct session *session, const struct command *command,
				  const struct arguments *arguments)
{
	static const char *const titles[] = { "CURRENT", "CONTEXT", "ADDRESS", "TENANT", "PROJECT", "KEY", "TLS" };
	struct table *table = table_new(session->arena, 7);
	struct text out = text_new(session->arena);
	struct json *file, *names = json_array(session->arena);
	const struct json *member;
	const char *name;

	if (arguments->word_count)
		return usage(session, command, "it takes no words");
	TRY(context_read_file(session->arena, &file));
	for (size_t i = 0; i < 7; i++)
		table_head(table, i, titles[i], false);
	for (size_t i = 0; json_member(json_get(file, "contexts"), i, &name, &member); i++) {
		struct context context = context_from_json(name, member);
		bool is_current = strcmp(json_text(json_get(file, "current"), ""), name) == 0;
		bool has_tls = context.use_tls || context.ca || context.certificate;
		const char *cells[] = { is_current ? "*" : "",
					name,
					text_or_empty(context.address),
					text_is_empty(context.tenant) ? "-" : context.tenant,
					text_is_empty(context.project) ? "-" : context.project,
					key_hint(session->arena, context.token),
					has_tls ? "yes" : "no" };

		json_append_text(names, name);
		table_row(table);
		for (size_t k = 0; k < 7; k++)
			table_cell(table, k, cells[k]);
	}
	if (session->options.output == OUTPUT_JSON || session->options.output == OUTPUT_YAML) {
		show_json(session, names);
		return OK;
	}
	if (!json_size(names)) {
		fprintf(stderr, "no contexts in %s: gaon context add NAME --address HOST:PORT --token KEY\n",
			context_path(session->arena));
		return OK;
	}
	table_print(table, &session->screen, 0, &out);
	show_text(out.data);
	return OK;
}

static struct status show_version(struct session *session, const struct command *command,
				  const struct arguments *arguments)
{
	(void)command;
	(void)arguments;
	show_text(arena_printf(session->arena, "gaon %s (libgaon %s)\n", GAON_VERSION_TEXT, gaon_version()));
	return OK;
}

static struct status show_help(struct session *session, const struct command *command,
			       const struct arguments *arguments)
{
	struct text out = text_new(session->arena);
	const char *noun = arguments->word_count ? command_noun(arguments->words[0]) : NULL;
	const struct command *asked =
		noun ? command_find(noun, arguments->word_count > 1 ? arguments->words[1] : "") : NULL;

	if (!noun)
		help_all(session, &out);
	else if (asked)
		help_command(session, asked, &out);
	else if (command_is_noun(noun) && arguments->word_count == 1)
		help_noun(session, noun, &out);
	else
		return usage(session, command, "there is no such command");
	show_text(out.data);
	return OK;
}

static struct status completion(struct session *session, const struct command *command,
				const struct arguments *arguments)
{
	const char *script = arguments->word_count == 1 ? help_completion_script(arguments->words[0]) : NULL;

	if (!script)
		return usage(session, command, "which shell? bash or zsh");
	show_text(script);
	return OK;
}

/** grpc.health.v1 is not one of ours, so no row is generated for it. */
static const struct method health_check = {
	.service = "grpc.health.v1.Health",
	.name = "Check",
	.path = "/grpc.health.v1.Health/Check",
	.permission = "",
	.scope = "",
	.resource = "health",
	.access = METHOD_READ,
	.is_idempotent = true,
	.is_public = true,
	.request = &grpc__health__v1__health_check_request__descriptor,
	.reply = &grpc__health__v1__health_check_response__descriptor,
};

static struct status health(struct session *session, const struct command *command, const struct arguments *arguments)
{
	Grpc__Health__V1__HealthCheckRequest request = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
	const Grpc__Health__V1__HealthCheckResponse *response;
	const ProtobufCMessage *reply;
	int64_t start_us = time_monotonic_us();

	(void)arguments;
	TRY(session_call(session, command->method, &request.base, &reply));
	response = (const Grpc__Health__V1__HealthCheckResponse *)reply;
	if (response->status != GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING)
		return status_fail(session->arena, STATUS_UNAVAILABLE, "NOT_SERVING",
				   "%s is there, but does not serve (yet)", session->context.address);
	show_text(arena_printf(session->arena, "%s is serving (%s)\n", session->context.address,
			       human_duration(session->arena, time_monotonic_us() - start_us)));
	return OK;
}

static const struct command_flag context_flags[] = {
	{ "certificate", "FILE", "PEM of this client, for mutual TLS" },
	{ "key", "FILE", "its private key" },
	{ "server-name", "NAME", "the name that the server's certificate bears" },
	{ "allow-insecure", NULL, "send the key in clear text to another host" },
	{ NULL, NULL, NULL },
};

static const struct command rows[] = {
	{ .noun = "context",
	  .verb = "add",
	  .words = "name",
	  .run = context_add,
	  .flags = context_flags,
	  .summary = "adds or replaces a context; --token - reads the key from standard input",
	  .example = "context add lab --address gaon.example.com:7443 --tls --tenant acme --project web --token -" },
	{ .noun = "context",
	  .verb = "use",
	  .words = "name",
	  .run = context_use,
	  .summary = "makes a context the current one",
	  .example = "context use lab" },
	{ .noun = "context",
	  .verb = "set",
	  .words = "name?",
	  .run = context_set,
	  .flags = context_flags,
	  .summary = "changes the current (or the named) context",
	  .example = "context set --tenant acme --project web" },
	{ .noun = "context",
	  .verb = "list",
	  .run = context_list,
	  .summary = "lists the contexts",
	  .example = "context list" },
	{ .noun = "context",
	  .verb = "remove",
	  .words = "name",
	  .run = context_remove,
	  .summary = "forgets a context and its key",
	  .example = "context remove lab" },
	{ .noun = "health",
	  .verb = "",
	  .method = &health_check,
	  .run = health,
	  .summary = "asks whether the server serves",
	  .example = "health" },
	{ .noun = "completion",
	  .verb = "",
	  .words = "shell",
	  .run = completion,
	  .summary = "prints the completion script for bash or zsh",
	  .example = "completion bash > ~/.local/share/bash-completion/completions/gaon" },
	{ .noun = "version", .verb = "", .run = show_version, .summary = "prints versions", .example = "version" },
	{ .noun = "help",
	  .verb = "",
	  .words = "noun? verb?",
	  .run = show_help,
	  .summary = "prints help",
	  .example = "help machine stop" },
};

const struct command_table commands_local = { rows, sizeof(rows) / sizeof(rows[0]) };
