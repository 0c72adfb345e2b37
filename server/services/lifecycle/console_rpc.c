/* SPDX-License-Identifier: Apache-2.0 */
/* console_rpc.c: console output on the wire. */
#include "gaon/lifecycle/v1/lifecycle.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/iam/iam.h"
#include "server/services/lifecycle/console.h"
#include "server/services/lifecycle/machine_wire.h"
#include "server/services/lifecycle/room.h"
#include "server/services/wire/wire.h"

struct status lifecycle_fetch_console_output(struct call *call, const Gaon__FetchConsoleOutputRequest *request,
					     Gaon__Operation *reply)
{
	const struct machine_begin begin = { .kind = KIND_CONSOLE_FETCH, .verb = VERB_CONSOLE, .requested_by = call->principal->name };
	const char *ids[3], *id;

	TRY(resource_parse(call->arena, "name", request->name, MACHINE_NAME, ids));
	TRY(machine_begin_look(call->tx, request->name, &begin, &id));
	return wire_operation_reply(call->tx, id, reply);
}

/** How many bytes the well-formed character at `at` has; 0: none begins there. */
static size_t character_size(struct slice rest)
{
	for (size_t size = 1; size <= 4 && size <= rest.size; size++)
		if (rest.data[0] != '\0' && text_is_utf8(slice_of(rest.data, size)))
			return size;
	return 0;
}

/** proto3 strings are UTF-8; what is none, and NUL, becomes U+FFFD. */
static const char *as_utf8(struct arena *arena, struct slice output)
{
	struct text text = text_new(arena);

	for (size_t at = 0; at < output.size;) {
		size_t size = character_size(slice_of(output.data + at, output.size - at));
		if (size > 0)
			text_append_slice(&text, slice_of(output.data + at, size));
		else
			text_append(&text, "\xEF\xBF\xBD");
		at += size > 0 ? size : 1;
	}
	return text.data;
}

struct status lifecycle_get_console_output(struct call *call, const Gaon__GetConsoleOutputRequest *request,
					   Gaon__ConsoleOutput *reply)
{
	const char *ids[3];
	struct machine machine;
	struct slice output;
	int64_t fetched_us;

	TRY(resource_parse(call->arena, "name", request->name, MACHINE_NAME, ids));
	TRY(machine_get(call->tx, request->name, &machine));
	TRY(console_get(call->tx, request->name, &output, &fetched_us));
	reply->output = as_utf8(call->arena, output);
	reply->fetch_time = wire_timestamp(call->arena, fetched_us);
	return OK;
}
