/* SPDX-License-Identifier: Apache-2.0 */
/* console_session_rpc.c: screens on the wire. */
#include "gaon/lifecycle/v1/lifecycle.handlers.h"
#include "runtime/base/resource.h"
#include "server/services/iam/iam.h"
#include "server/services/lifecycle/console_session.h"
#include "server/services/lifecycle/machine_wire.h"
#include "server/services/wire/wire.h"

struct status lifecycle_create_console_session(struct call *call, const Gaon__CreateConsoleSessionRequest *request,
					       Gaon__Operation *reply)
{
	const char *ids[3], *id;
	struct machine machine;

	TRY(resource_parse(call->arena, "parent", request->parent, MACHINE_NAME, ids));
	TRY(machine_get(call->tx, request->parent, &machine));
	TRY(console_session_begin(call->tx, &machine, call->principal->name, call->now_us, &id));
	return wire_operation_reply(call->tx, id, reply);
}

struct status lifecycle_get_console_session(struct call *call, const Gaon__GetConsoleSessionRequest *request,
					    Gaon__ConsoleSession *reply)
{
	const char *ids[4];
	struct console_screen screen;

	TRY(resource_parse(call->arena, "name", request->name, MACHINE_NAME "/consoleSessions/{}", ids));
	TRY(console_session_take(call->tx, request->name, call->principal->name, call->now_us, &screen));
	reply->name = request->name;
	reply->url = screen.url;
	reply->expire_time = wire_timestamp(call->arena, screen.expires_us);
	return OK;
}
