/* SPDX-License-Identifier: Apache-2.0 */
/* watch_rpc.c: WatchMachines: what is there now, then every change, without gap or repeat. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gaon/lifecycle/v1/lifecycle.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/iam/iam.h"
#include "server/services/lifecycle/machine_wire.h"
#include "server/services/lifecycle/room.h"
#include "server/store/change.h"

enum { NAME_MOST = 512, HEARTBEAT_S = 30 };

/**
 * Where a watch stands. `sequence` is the position in the change feed that was noted before the first machine was listed, so
 * that a change during the listing comes again as an event: listed twice is better than missed, and the token order is kept.
 */
struct machine_watch {
	const char *tenant, *project; /* project NULL: all of the tenant */
	bool is_listing;
	char after[NAME_MOST]; /* while listing: the machine sent last */
	int64_t sequence;
	int64_t heartbeat_us; /* when the client hears at least that we live */
};

static const char NEXT_OF_PROJECT[] =
	MACHINE_SELECT " WHERE project = $1 AND name > $2 AND state <> 7 ORDER BY name LIMIT 1";
static const char NEXT_OF_TENANT[] =
	MACHINE_SELECT " WHERE tenant = $1 AND name > $2 AND state <> 7 ORDER BY name LIMIT 1";

/** "42" goes on with the changes after 42; "42:NAME" goes on listing after NAME. */
static const char *make_token(struct arena *arena, const struct machine_watch *watch)
{
	const char *plain = watch->is_listing ? arena_printf(arena, "%" PRId64 ":%s", watch->sequence, watch->after)
					      : arena_printf(arena, "%" PRId64, watch->sequence);
	return text_to_base64url(arena, slice_text(plain));
}

static struct status read_token(struct call *call, const char *token, struct machine_watch *watch)
{
	struct slice plain;
	struct status refusal = status_invalid_field(call->arena, "resume_token", "is not one that this watch gave; begin without it");

	if (!text_from_base64url(call->arena, slice_text(token), &plain) || plain.size >= NAME_MOST)
		return refusal;
	char *text = arena_strndup(call->arena, plain.data, plain.size), *colon = strchr(text, ':');
	if (colon)
		*colon++ = '\0';
	if (!text_to_int64(text, &watch->sequence) || watch->sequence < 0)
		return refusal;
	watch->is_listing = colon != NULL;
	snprintf(watch->after, sizeof watch->after, "%s", colon ? colon : "");
	return OK;
}

static struct stream_step fail(struct status status)
{
	return (struct stream_step){ .verdict = STREAM_END, .status = status };
}

static struct stream_step send(struct machine_watch *watch, struct arena *arena, const struct machine *machine,
			       Gaon__MachineEvent *event)
{
	event->machine = ARENA_NEW(arena, Gaon__Machine);
	gaon__machine__init(event->machine);
	machine_to_wire(arena, machine, event->machine);
	event->resume_token = make_token(arena, watch);
	watch->heartbeat_us = time_monotonic_us() + HEARTBEAT_S * TIME_US_PER_SECOND;
	return (struct stream_step){ .verdict = STREAM_MESSAGE };
}

static struct status next_present(struct call *call, const struct machine_watch *watch, struct machine *machine, bool *is_found)
{
	struct rows *rows;

	TRY(store_query(call->tx, watch->project ? NEXT_OF_PROJECT : NEXT_OF_TENANT,
			SQL_ARGS(sql_text(watch->project ? watch->project : watch->tenant), sql_text(watch->after)), &rows));
	*is_found = store_next(rows);
	return *is_found ? machine_read(call->tx, rows, machine) : OK;
}

static struct stream_step next_change(struct call *call, struct machine_watch *watch, struct arena *arena,
				      Gaon__MachineEvent *event)
{
	struct change_filter filter = { .type = "machine", .tenant = watch->tenant, .project = watch->project };
	struct change *changes;
	size_t count;
	struct machine machine;

	struct status status = change_read(call->tx, watch->sequence, &filter, 1, &changes, &count);
	/* One from the future is of before a restore: its owner has seen what is not so any more, and lists again likewise. */
	if (text_equal(status.reason, "CHANGE_TOO_OLD") || text_equal(status.reason, "CHANGE_IN_FUTURE"))
		status.reason = "RESUME_TOKEN_TOO_OLD";
	if (!status_is_ok(status))
		return fail(status);
	if (count == 0) {
		/* The feed goes on elsewhere, and is trimmed: who hears nothing for long must not be left behind. */
		status = change_newest(call->tx, &watch->sequence);
		if (!status_is_ok(status))
			return fail(status);
		if (time_monotonic_us() < watch->heartbeat_us)
			return (struct stream_step){ .verdict = STREAM_IDLE, .wake_us = watch->heartbeat_us };
		event->type = GAON__MACHINE_EVENT_TYPE__MACHINE_EVENT_TYPE_HEARTBEAT;
		event->resume_token = make_token(arena, watch);
		watch->heartbeat_us = time_monotonic_us() + HEARTBEAT_S * TIME_US_PER_SECOND;
		return (struct stream_step){ .verdict = STREAM_MESSAGE };
	}
	watch->sequence = changes[0].sequence;
	event->type = (Gaon__MachineEventType)(changes[0].kind + 1); /* CREATED, UPDATED, DELETED follow PRESENT */
	status = machine_get(call->tx, changes[0].name, &machine);
	return status_is_ok(status) ? send(watch, arena, &machine, event) : fail(status);
}

static struct stream_step watch_next(struct call *call, void *state, struct arena *arena, ProtobufCMessage *reply)
{
	struct machine_watch *watch = state;
	Gaon__MachineEvent *event = (Gaon__MachineEvent *)reply;
	struct machine machine;
	bool is_found;

	if (watch->is_listing) {
		struct status status = next_present(call, watch, &machine, &is_found);
		if (!status_is_ok(status))
			return fail(status);
		if (is_found) {
			snprintf(watch->after, sizeof watch->after, "%s", machine.name);
			event->type = GAON__MACHINE_EVENT_TYPE__MACHINE_EVENT_TYPE_PRESENT;
			return send(watch, arena, &machine, event);
		}
		watch->is_listing = false;
	}
	return next_change(call, watch, arena, event);
}

struct status lifecycle_watch_machines(struct call *call, const Gaon__WatchMachinesRequest *request)
{
	const char *ids[2];
	struct machine_watch *watch = ARENA_NEW(call->arena, struct machine_watch);

	if (!resource_match(call->arena, request->parent, PROJECT_NAME, true, ids) || text_equal(ids[0], "-"))
		return status_invalid_field(call->arena, "parent", "must be a project, or \"tenants/{}/projects/-\" for all of a tenant");
	watch->tenant = resource_tenant(call->arena, request->parent);
	watch->project = text_equal(ids[1], "-") ? NULL : request->parent;
	if (!text_is_empty(request->resume_token)) {
		TRY(read_token(call, request->resume_token, watch));
	} else {
		watch->is_listing = true;
		TRY(change_newest(call->tx, &watch->sequence));
	}
	watch->heartbeat_us = time_monotonic_us() + HEARTBEAT_S * TIME_US_PER_SECOND;
	call_stream(call, watch_next, watch);
	return OK;
}
