/* SPDX-License-Identifier: Apache-2.0 */
/* special_machine.c: leases by machine, the serial console, operations watched by name, orphans listed before they go. */
#include <stdio.h>
#include <string.h>

#include "client/cli/protojson_read.h"
#include "client/cli/request.h"
#include "client/cli/resource.h"
#include "client/cli/run.h"
#include "client/cli/show.h"
#include "client/cli/special.h"
#include "client/cli/value.h"
#include "client/cli/wait.h"
#include "client/cli/wide.h"
#include "gaon/lifecycle/v1/lifecycle.gaon.h"

MUST_CHECK static struct status one_word(struct session *session, const struct command *command,
					 const struct arguments *arguments, const char *collection, const char **name)
{
	if (arguments->word_count != 1)
		return status_with_metadata(
			session->arena,
			status_fail(session->arena, STATUS_INVALID_ARGUMENT, "USAGE", "which %s?", collection), "usage",
			command_usage(session->arena, command));
	return resource_name(session, collection, arguments->words[0], name);
}

/** The lease is the deployment's; people think of the machine. */
struct status special_lease(struct session *session, const struct command *command, const struct arguments *arguments)
{
	Gaon__SetDeploymentLeaseRequest set = GAON__SET_DEPLOYMENT_LEASE_REQUEST__INIT;
	Gaon__GetMachineRequest get = GAON__GET_MACHINE_REQUEST__INIT;
	const char *until = arguments_flag(arguments, "until");
	const Gaon__Machine *machine;
	const ProtobufCMessage *reply;
	char id[37];

	TRY(one_word(session, command, arguments, "machine", &get.name));
	if (!until)
		return status_fail(session->arena, STATUS_INVALID_ARGUMENT, "USAGE",
				   "--until is needed: +30d, 2026-12-31, never");
	TRY(session_call(session, &gaon_method_lifecycle_get_machine, &get.base, (const ProtobufCMessage **)&machine));
	set.name = machine->deployment;
	if (strcmp(until, "never") != 0)
		TRY(value_set(session->arena, &set.base, "lease_end_time", "--until", until));
	gaon_request_id(id);
	set.request_id = id;
	TRY(session_call(session, command->method, &set.base, &reply));
	return run_show(session, command, &set.base, reply);
}

struct status special_console(struct session *session, const struct command *command, const struct arguments *arguments)
{
	Gaon__FetchConsoleOutputRequest fetch = GAON__FETCH_CONSOLE_OUTPUT_REQUEST__INIT;
	Gaon__GetConsoleOutputRequest get = GAON__GET_CONSOLE_OUTPUT_REQUEST__INIT;
	const Gaon__Operation *operation;
	const Gaon__ConsoleOutput *output;
	char id[37];

	TRY(one_word(session, command, arguments, "machine", &get.name));
	if (!arguments_flag(arguments, "cached")) {
		fetch.name = get.name;
		gaon_request_id(id);
		fetch.request_id = id;
		TRY(session_call(session, &gaon_method_lifecycle_fetch_console_output, &fetch.base,
				 (const ProtobufCMessage **)&operation));
		TRY(wait_operation(session, arena_strdup(session->arena, operation->name), &operation));
	}
	TRY(session_call(session, command->method, &get.base, (const ProtobufCMessage **)&output));
	if (session->options.output != OUTPUT_TABLE) {
		show_reply(session, &output->base, NULL, false);
		return OK;
	}
	show_text(wide_clean_lines(session->arena, text_or_empty(output->output)));
	if (!text_ends_with(text_or_empty(output->output), "\n"))
		show_text("\n");
	return OK;
}

struct status special_screen(struct session *session, const struct command *command, const struct arguments *arguments)
{
	Gaon__CreateConsoleSessionRequest create = GAON__CREATE_CONSOLE_SESSION_REQUEST__INIT;
	Gaon__GetConsoleSessionRequest get = GAON__GET_CONSOLE_SESSION_REQUEST__INIT;
	const Gaon__Operation *operation;
	const Gaon__ConsoleSession *screen;
	char id[37];

	TRY(one_word(session, command, arguments, "machine", &create.parent));
	gaon_request_id(id);
	create.request_id = id;
	TRY(session_call(session, &gaon_method_lifecycle_create_console_session, &create.base,
			 (const ProtobufCMessage **)&operation));
	get.name = arena_strdup(session->arena, operation->target);
	TRY(wait_operation(session, arena_strdup(session->arena, operation->name), &operation));
	TRY(session_call(session, command->method, &get.base, (const ProtobufCMessage **)&screen));
	if (session->options.output != OUTPUT_TABLE) {
		show_reply(session, &screen->base, NULL, false);
		return OK;
	}
	show_text(arena_printf(session->arena, "%s\n", wide_clean(session->arena, text_or_empty(screen->url))));
	fprintf(stderr, "it lets in who has it, and is not shown again\n");
	return OK;
}

/** The list first, in either case; then, when they are removed, the operation that does it. */
struct status special_sweep(struct session *session, const struct command *command, const struct arguments *arguments)
{
	const Gaon__SweepOrphansResponse *found;
	const Gaon__Operation *operation;
	const ProtobufCMessage *reply;
	ProtobufCMessage *request;

	TRY(request_build(session, command, arguments, &request));
	TRY(session_call(session, command->method, request, &reply));
	found = (const Gaon__SweepOrphansResponse *)reply;
	show_reply(session, reply, command->columns, false);
	if (found->has_more)
		fprintf(stderr, "there are more: sweep again when these are gone\n");
	if (!found->operation) {
		fprintf(stderr, "%s\n", found->n_orphans ? "nothing was changed; --remove removes them" :
				       found->sync_time ? "there is nothing to sweep" :
							  "nobody has looked at this connection yet: gaon observed sync");
		return OK;
	}
	if (!session->options.wait) {
		wait_hint(session, found->operation);
		return OK;
	}
	return wait_operation(session, arena_strdup(session->arena, found->operation->name), &operation);
}

struct status special_watch_operation(struct session *session, const struct command *command,
				      const struct arguments *arguments)
{
	const Gaon__Operation *operation = NULL;
	const char *name;
	struct status status;

	TRY(one_word(session, command, arguments, "operation", &name));
	status = wait_operation(session, name, &operation);
	if (operation && session->options.output != OUTPUT_TABLE)
		show_reply(session, &operation->base, NULL, false);
	return status;
}
