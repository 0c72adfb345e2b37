/* SPDX-License-Identifier: Apache-2.0 */
/* complete_names.c: names of resources while somebody types, asked of the server, briefly and silently. */
#include <string.h>

#include "client/cli/help.h"
#include "client/cli/request.h"
#include "client/cli/show.h"

enum { NAMES_TIMEOUT_MS = 1500, NAMES_MOST = 200 };

/** What people call it: its display name where ids are UUIDs, else the last part of its name. */
static const char *called(const ProtobufCMessage *element, bool by_display_name)
{
	const char *name = reflect_text(element, "name"), *slash = strrchr(name, '/');

	if (by_display_name && *reflect_text(element, "display_name"))
		return reflect_text(element, "display_name");
	return slash ? slash + 1 : name;
}

/** Lists only what the context's place holds: `parent` must follow from it alone. */
MUST_CHECK static struct status list(struct session *session, const struct command *command,
				     const ProtobufCMessage **reply)
{
	const struct arguments nothing = { .command = command };
	ProtobufCMessage *request;

	TRY(context_load(session->arena, NULL, &session->context));
	TRY(request_build(session, command, &nothing, &request));
	TRY(session_connect(session));
	gaon_call_set_attempts(session->call, 1);
	return session_call(session, command->method, request, reply);
}

size_t help_complete_names(struct arena *arena, const char *collection, const char **names)
{
	const struct command *command =
		command_find(strcmp(collection, "principal") == 0 ? "user" : collection, "list");
	struct session session = { .arena = arena, .options = { .timeout_ms = NAMES_TIMEOUT_MS, .limit = NAMES_MOST } };
	const ProtobufCFieldDescriptor *field =
		command && command->method ? show_list_field(command->method->reply) : NULL;
	bool has_display_names = strcmp(collection, "machine") == 0 || strcmp(collection, "volume") == 0;
	const ProtobufCMessage *reply;
	size_t count = 0;

	if (field && status_is_ok(list(&session, command, &reply)))
		for (; count < reflect_count(reply, field) && count < NAMES_MOST; count++) {
			const ProtobufCMessage *element = *(ProtobufCMessage *const *)reflect_at(reply, field, count);

			names[count] = arena_strdup(arena, called(element, has_display_names));
		}
	session_close(&session);
	return count;
}
