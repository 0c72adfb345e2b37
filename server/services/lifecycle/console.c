/* SPDX-License-Identifier: Apache-2.0 */
/* console.c: fetches console output in an operation, and keeps it. */
#include "server/services/lifecycle/console.h"

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/lifecycle/room.h"

enum { CONSOLE_MOST = 64 * 1024 };

static const char PUT_CONSOLE[] =
	"INSERT INTO console_output (machine, output, fetched_us) VALUES ($1, $2, $3)"
	" ON CONFLICT (machine) DO UPDATE SET output = $2, fetched_us = $3";
static const char GET_CONSOLE[] = "SELECT output, fetched_us FROM console_output WHERE machine = $1";

struct status console_put(struct store_tx *tx, const char *machine, struct slice output, int64_t fetched_us)
{
	return store_execute(tx, PUT_CONSOLE, SQL_ARGS(sql_text(machine), sql_blob(output), sql_int(fetched_us)), NULL);
}

struct status console_get(struct store_tx *tx, const char *machine, struct slice *output, int64_t *fetched_us)
{
	struct rows *rows;

	TRY(store_query(tx, GET_CONSOLE, SQL_ARGS(sql_text(machine)), &rows));
	if (!store_next(rows))
		return status_fail(store_arena(tx), STATUS_NOT_FOUND, "CONSOLE_NOT_FETCHED",
				   "the console of this machine was never fetched; call FetchConsoleOutput first");
	*output = row_blob(rows, 0);
	*fetched_us = row_int(rows, 1);
	return OK;
}

static struct status prepare(struct store_tx *tx, struct step *step)
{
	struct machine machine;

	TRY(machine_get(tx, step_machine(step), &machine));
	json_set_text(step->memo, "native_id", machine.native_id);
	return OK;
}

static struct step_result act_fetch(struct step *step)
{
	struct reach reach;
	struct step_result result;
	struct slice *output = ARENA_NEW(step->arena, struct slice);

	if (!reach_open(step, step->operation->connection, &reach, &result))
		return result;
	struct provider_result said =
		reach.provider->ops->console(reach.session, &reach.call, json_text(json_get(step->memo, "native_id"), ""),
					     CONSOLE_MOST, output);
	result = said.error == PROVIDER_OK ? step_done(NULL) : step_failed(step->arena, said);
	step->scratch = output;
	reach_close(&reach);
	return result;
}

static struct status record_fetch(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	const struct slice *output = step->scratch;

	if (result->verdict != STEP_DONE)
		return OK;
	return console_put(tx, step_machine(step), *output, time_now_us());
}

/** Reading a console leaves the machine as it is, so there is nothing to settle but the record. */
static struct status ended(struct store_tx *tx, const struct operation *operation, void *context)
{
	(void)context;
	return settle_audit(tx, operation);
}

static const struct workflow_step steps[] = {
	{ "fetch", { .prepare = prepare, .act = act_fetch, .record = record_fetch }, .no_undo = "it only reads", .timeout_s = 60 },
};

const struct workflow workflow_console_fetch = {
	.kind = KIND_CONSOLE_FETCH, .steps = steps, .step_count = 1, .deadline_s = 120, .ended = ended,
};
