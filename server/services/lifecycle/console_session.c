/* SPDX-License-Identifier: Apache-2.0 */
/* console_session.c: asks a cloud for the address of a screen in an operation, and keeps it sealed until it is read. */
#include "server/services/lifecycle/console_session.h"

#include <string.h>

#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/catalog/catalog.h"
#include "server/services/lifecycle/room.h"

/* How long an address is kept at the most, and one of which the cloud does not say how long it is good. */
enum { KEPT_MINUTES_MOST = 10, KEPT_MINUTES = 5, URL_MOST_BYTES = 8192 };

static const char INSERT_SESSION[] =
	"INSERT INTO console_session (name, machine, tenant, principal, operation, url, expires_us)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7)";
static const char FILL_SESSION[] = "UPDATE console_session SET url = $2, expires_us = $3 WHERE name = $1";
static const char GET_SESSION[] = "SELECT tenant, operation, url, expires_us FROM console_session"
				  " WHERE name = $1 AND principal = $2 AND expires_us > $3";
static const char REMOVE_SESSION[] = "DELETE FROM console_session WHERE name = $1";
static const char FORGET_SESSIONS[] = "DELETE FROM console_session WHERE expires_us <= $1";

/* ---- the beginning and the end ---- */

/** A screen disturbs nothing, so it may be asked for while something else works on the machine: a reboot is worth watching. */
static struct status check(struct store_tx *tx, const struct machine *machine)
{
	struct machine_begin needed = { .verb = VERB_CONSOLE_URL };

	if (!text_is_empty(machine->operation) && machine_exists(machine))
		return catalog_verb_check(tx, machine->connection, VERB_CONSOLE_URL);
	TRY(reach_states(tx, machine->connection, VERB_CONSOLE_URL, &needed.allowed));
	return machine_check(tx, machine, &needed);
}

struct status console_session_begin(struct store_tx *tx, const struct machine *machine, const char *principal, int64_t now_us,
				    const char **id)
{
	struct arena *arena = store_arena(tx);
	const char *name = arena_printf(arena, "%s/consoleSessions/%s", machine->name, id_new(arena));
	struct json *input = json_object(arena);

	TRY(check(tx, machine));
	json_set_text(input, "machine", machine->name);
	struct operation_spec spec = {
		.kind = KIND_CONSOLE_OPEN,
		.tenant = machine->tenant,
		.project = machine->project,
		.target = name,
		.connection = machine->connection,
		.requested_by = principal,
		.input = input,
	};
	TRY(operation_create(tx, &spec, id));
	return store_execute(tx, INSERT_SESSION,
			     SQL_ARGS(sql_text(name), sql_text(machine->name), sql_text(machine->tenant), sql_text(principal),
				      sql_text(arena_printf(arena, "%s/operations/%s", machine->project, *id)),
				      sql_blob(slice_text("")), sql_int(now_us + KEPT_MINUTES_MOST * TIME_US_PER_MINUTE)),
			     NULL);
}

struct status console_session_take(struct store_tx *tx, const char *name, const char *principal, int64_t now_us,
				   struct console_screen *screen)
{
	struct arena *arena = store_arena(tx);
	struct slice plain;
	struct rows *rows;

	TRY(store_query(tx, GET_SESSION, SQL_ARGS(sql_text(name), sql_text(principal), sql_int(now_us)), &rows));
	if (!store_next(rows))
		return status_fail(arena, STATUS_NOT_FOUND, "CONSOLE_SESSION_NOT_FOUND",
				   "you have no such screen: it was read already, its time is over, the cloud gave none, or somebody else "
				   "asked for it; call CreateConsoleSession for a new one");
	if (row_blob(rows, 2).size == 0)
		return status_fail(arena, STATUS_FAILED_PRECONDITION, "CONSOLE_SESSION_NOT_READY",
				   "the cloud has not answered yet; wait for %s and read again", row_text(rows, 1));
	TRY(catalog_secret_open(tx, row_text(rows, 0), name, row_blob(rows, 2), &plain));
	*screen = (struct console_screen){ .url = plain.data, .expires_us = row_int(rows, 3) };
	return store_execute(tx, REMOVE_SESSION, SQL_ARGS(sql_text(name)), NULL);
}

struct status console_sessions_forget(struct store_tx *tx, int64_t now_us)
{
	return store_execute(tx, FORGET_SESSIONS, SQL_ARGS(sql_int(now_us)), NULL);
}

/* ---- the workflow: the address goes from act to record in `scratch`, and nowhere else ---- */

struct given {
	const char *url;
	int64_t expires_us;
};

static struct status prepare(struct store_tx *tx, struct step *step)
{
	struct machine machine;

	TRY(machine_get(tx, step_machine(step), &machine));
	json_set_text(step->memo, "native_id", machine.native_id);
	return OK;
}

static bool is_address(const char *url)
{
	size_t size = strlen(text_or_empty(url));

	return size > 0 && size <= URL_MOST_BYTES && text_is_printable(slice_text(url)) && !strpbrk(url, " \t\r\n") &&
	       strstr(url, "://");
}

static struct step_result act_ask(struct step *step)
{
	struct reach reach;
	struct step_result result;
	struct given *given = ARENA_NEW(step->arena, struct given);

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	struct provider_result said =
		reach.provider->ops->console_url(reach.session, &reach.call, json_text(json_get(step->memo, "native_id"), ""),
						 &given->url, &given->expires_us);
	if (said.error != PROVIDER_OK)
		result = step_failed(step->arena, said);
	else if (!is_address(given->url))
		result = step_failed(step->arena, provider_fail(step->arena, PROVIDER_INVALID,
								"what the cloud gave is no address of a screen; look at its own console"));
	else
		result = (struct step_result){ .verdict = STEP_DONE, .provider_request_id = said.request_id };
	step->scratch = given;
	reach_close(&reach);
	return result;
}

static struct status record_ask(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	const struct given *given = step->scratch;
	int64_t now_us = time_now_us(), most_us = now_us + KEPT_MINUTES_MOST * TIME_US_PER_MINUTE;
	int64_t expires_us = given && given->expires_us > 0 ? given->expires_us : now_us + KEPT_MINUTES * TIME_US_PER_MINUTE;
	struct slice sealed;

	if (result->verdict != STEP_DONE)
		return OK;
	TRY(catalog_secret_seal(tx, step->operation->tenant, step->operation->target, slice_text(given->url), &sealed));
	return store_execute(tx, FILL_SESSION,
			     SQL_ARGS(sql_text(step->operation->target), sql_blob(sealed),
				      sql_int(expires_us < most_us ? expires_us : most_us)),
			     NULL);
}

/** What was not given is not waited for. */
static struct status ended(struct store_tx *tx, const struct operation *operation, void *context)
{
	(void)context;
	if (operation->state != OPERATION_SUCCEEDED)
		TRY(store_execute(tx, REMOVE_SESSION, SQL_ARGS(sql_text(operation->target)), NULL));
	return settle_audit(tx, operation);
}

static const struct workflow_step steps[] = {
	{ "ask-for-screen", { .prepare = prepare, .act = act_ask, .record = record_ask }, .no_undo = "what nobody reads is forgotten",
	  .timeout_s = 60 },
};

const struct workflow workflow_console_open = {
	.kind = KIND_CONSOLE_OPEN, .steps = steps, .step_count = 1, .deadline_s = 120, .ended = ended,
};
