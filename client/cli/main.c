/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: from argv to an exit code. */
#include <signal.h>
#include <string.h>

#include "client/cli/help.h"
#include "client/cli/run.h"
#include "client/cli/show.h"

/** What the machinery around asks, not people: candidates for completion, the manual page. */
static bool run_hidden(struct arena *arena, int argc, char **argv)
{
	if (argc >= 2 && strcmp(argv[1], "__complete") == 0) {
		show_text(help_complete(arena, (size_t)argc - 2, argv + 2));
		return true;
	}
	if (argc == 2 && strcmp(argv[1], "__manual") == 0) {
		show_text(help_manual(arena));
		return true;
	}
	return false;
}

/** "tenants/acme/projects/web" says both. */
static void take_tenant_of_project(struct arena *arena, struct context *context)
{
	const char *tenant, *projects;

	if (!text_starts_with(text_or_empty(context->project), "tenants/"))
		return;
	tenant = context->project + strlen("tenants/");
	projects = strstr(tenant, "/projects/");
	if (!projects)
		return;
	context->tenant = arena_strndup(arena, tenant, (size_t)(projects - tenant));
	context->project = projects + strlen("/projects/");
}

MUST_CHECK static struct status load_context(struct session *session, const struct command *command)
{
	const struct options *options = &session->options;
	struct context *context = &session->context;

	if (strcmp(command->noun, "context") == 0)
		return OK;
	TRY(context_load(session->arena, options->context, context));
	context->address = options->address ? options->address : context->address;
	context->token = options->token && strcmp(command->noun, "bootstrap") != 0 ? options->token : context->token;
	context->tenant = options->tenant ? options->tenant : context->tenant;
	context->project = options->project ? options->project : context->project;
	context->is_tenant_asked = options->tenant && !options->project;
	context->ca = options->ca ? options->ca : context->ca;
	context->use_tls = context->use_tls || options->use_tls;
	if (text_starts_with(text_or_empty(context->tenant), "tenants/"))
		context->tenant += strlen("tenants/");
	take_tenant_of_project(session->arena, context);
	return OK;
}

static enum exit_code show_usage(struct session *session, const struct arguments *arguments)
{
	struct text out = text_new(session->arena);

	if (arguments->command)
		help_command(session, arguments->command, &out);
	else if (arguments->noun)
		help_noun(session, arguments->noun, &out);
	else
		help_all(session, &out);
	show_text(out.data);
	return session->options.help ? EXIT_OK : EXIT_USAGE;
}

static enum exit_code run(struct session *session, int argc, char **argv)
{
	struct arguments arguments;
	struct status status = arguments_parse(session, argc, argv, &arguments);

	if (!status_is_ok(status)) {
		session_report(session, NULL, status);
		return EXIT_USAGE;
	}
	if (session->options.help || !arguments.command)
		return show_usage(session, &arguments);
	status = load_context(session, arguments.command);
	if (status_is_ok(status))
		status = run_command(session, arguments.command, &arguments);
	if (!status_is_ok(status))
		session_report(session, arguments.command->method, status);
	return exit_code_of(status);
}

int main(int argc, char **argv)
{
	struct arena *arena = arena_new(0);
	struct session session = { .arena = arena, .screen = screen_of_stdout() };
	enum exit_code code = EXIT_OK;

	sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	if (!run_hidden(arena, argc, argv))
		code = run(&session, argc, argv);
	session_close(&session);
	arena_free(arena);
	return (int)code;
}
