/* SPDX-License-Identifier: Apache-2.0 */
/* sync.c: reads from a cloud what exists there, page by page, and compares it with what should. */
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/catalog/catalog.h"
#include "server/services/lifecycle/observed.h"
#include "server/services/lifecycle/room.h"

enum { PAGE_SIZE = 200, MACHINES_BATCH = 500, CONNECTIONS_MOST = 500 };

static const char *connection_of(const struct step *step)
{
	return step->operation->target;
}

/** One page a turn; `scratch` carries it to the record. */
struct seen_page {
	struct provider_machine *machines;
	size_t count;
};

static struct step_result act_list(struct step *step)
{
	struct reach reach;
	struct step_result result;
	struct seen_page *seen = ARENA_NEW(step->arena, struct seen_page);
	struct provider_page page = { .token = json_text(json_get(step->memo, "page"), NULL), .size = PAGE_SIZE };

	if (json_int(json_get(step->memo, "began_us"), 0) == 0)
		json_set_int(step->memo, "began_us", time_now_us());
	if (!reach_open(step, connection_of(step), &reach, &result))
		return result;
	struct provider_result said =
		reach.provider->ops->list(reach.session, &reach.call, &page, &seen->machines, &seen->count);
	if (said.error != PROVIDER_OK) {
		result = step_failed(step->arena, said);
	} else {
		step->scratch = seen;
		result = page.token ? step_again(0, NULL) : step_done(NULL);
		if (page.token)
			json_set_text(step->memo, "page", page.token);
	}
	reach_close(&reach);
	return result;
}

/** Power that was switched at the cloud is taken over; a size that was changed there is drift, and only reported. */
static struct status adopt_power(struct store_tx *tx, const struct step *step, struct machine *machine,
				 const struct provider_machine *seen)
{
	enum machine_state state = machine_state_of(seen->state);

	if (!text_is_empty(machine->operation) || machine->updated_us >= json_int(json_get(step->memo, "began_us"), 0) ||
	    state == MACHINE_UPDATING || state == machine->state)
		return OK;
	TRY(machine_meter(tx, machine, time_now_us()));
	machine->state = state;
	machine->state_message = "its power was switched at the cloud";
	machine->native_state = text_or_empty(seen->native_state);
	machine->is_running = seen->state == PROVIDER_MACHINE_RUNNING;
	machine->metered_us = time_now_us();
	machine->updated_us = machine->metered_us;
	return machine_update(tx, machine);
}

/** What a machine at the cloud is to us: by its id first, then by the marks it bears. */
static struct status classify(struct store_tx *tx, const struct step *step, const struct provider_machine *seen,
			      struct observed *observed)
{
	const struct lifecycle_options *options = step->context;
	struct machine machine;
	bool is_ours;

	TRY(machine_of_native(tx, connection_of(step), seen->native_id, &machine, &is_ours));
	if (is_ours && machine_exists(&machine)) {
		observed->state = OBSERVED_MANAGED;
		observed->machine = machine.name;
		return adopt_power(tx, step, &machine, seen);
	}
	if (!text_equal(seen->marks.installation, options->installation)) {
		observed->state = OBSERVED_FOREIGN;
		return OK;
	}
	/* Ours by its marks, but unknown, or deleted: unless an operation is making it right now. */
	TRY(machine_being_made(tx, connection_of(step), text_or_empty(seen->marks.resource), &machine, &is_ours));
	observed->state = is_ours ? OBSERVED_MANAGED : OBSERVED_ORPHAN_SUSPECT;
	observed->machine = is_ours ? machine.name : NULL;
	return OK;
}

static struct status record_page(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	const struct seen_page *page = step->scratch;

	if (result->verdict == STEP_FAILED || !page)
		return OK;
	for (size_t i = 0; i < page->count; i++) {
		const struct provider_machine *seen = &page->machines[i];
		struct observed observed = {
			.connection = connection_of(step), .native_id = seen->native_id, .display_name = seen->name,
			.native_state = seen->native_state, .vcpus = seen->vcpus, .memory_mib = seen->memory_mib,
			.disk_gib = seen->disk_gib, .last_seen_us = time_now_us(),
		};
		TRY(classify(tx, step, seen, &observed));
		TRY(observed_put(tx, &observed));
	}
	return OK;
}

/** A machine that nobody works on and that the cloud does not have is MISSING, and no longer metered. */
static struct status compare_one(struct store_tx *tx, const struct step *step, struct machine *machine)
{
	struct observed observed;
	bool is_seen;
	int64_t began_us = json_int(json_get(step->memo, "began_us"), 0);

	if (!text_is_empty(machine->operation) || machine->updated_us >= began_us || text_is_empty(machine->native_id))
		return OK;
	TRY(observed_get(tx, machine->connection, machine->native_id, &observed, &is_seen));
	if ((is_seen && observed.state != OBSERVED_GONE) || machine->state == MACHINE_MISSING)
		return OK;
	TRY(machine_meter(tx, machine, time_now_us()));
	machine->state = MACHINE_MISSING;
	machine->state_message = "the cloud does not have it any more; delete it here, or find out who deleted it there";
	machine->is_running = false;
	machine->metered_us = 0;
	machine->updated_us = time_now_us();
	return machine_update(tx, machine);
}

static struct status compare(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	const char *after = NULL;
	struct machine *machines;
	size_t count;

	(void)result;
	TRY(observed_mark_gone(tx, connection_of(step), json_int(json_get(step->memo, "began_us"), 0)));
	do {
		TRY(machines_of_connection(tx, connection_of(step), after, MACHINES_BATCH, &machines, &count));
		for (size_t i = 0; i < count; i++)
			TRY(compare_one(tx, step, &machines[i]));
		after = count > 0 ? machines[count - 1].name : NULL;
	} while (count == MACHINES_BATCH);
	return sync_note(tx, connection_of(step), time_now_us(), step->operation->id);
}

static struct status ended(struct store_tx *tx, const struct operation *operation, void *context)
{
	(void)tx;
	(void)operation;
	(void)context;
	return OK;
}

static const struct workflow_step steps[] = {
	{ "list", { .act = act_list, .record = record_page }, .no_undo = "it only reads", .timeout_s = 900 },
	{ "compare", { .record = compare }, .no_undo = "it only reads", .timeout_s = 300 },
};

const struct workflow workflow_connection_sync = {
	.kind = KIND_CONNECTION_SYNC, .steps = steps, .step_count = 2, .deadline_s = 1800, .ended = ended,
};

struct status sync_begin(struct store_tx *tx, const char *connection, const char *requested_by, const char **id)
{
	int64_t synced_us;
	const char *last;
	struct operation running;

	TRY(sync_time(tx, connection, &synced_us, &last));
	if (!text_is_empty(last) && status_is_ok(operation_get(tx, last, &running)) && running.state < OPERATION_SUCCEEDED) {
		*id = last;
		return OK;
	}
	struct operation_spec spec = {
		.kind = KIND_CONNECTION_SYNC,
		.tenant = resource_tenant(store_arena(tx), connection),
		.target = connection,
		.connection = connection,
		.requested_by = requested_by,
		.input = json_object(store_arena(tx)),
	};
	TRY(operation_create(tx, &spec, id));
	return sync_note(tx, connection, synced_us, *id);
}

static struct status begin_due(struct store_tx *tx, void *context)
{
	const struct lifecycle_options *options = context;
	int64_t due_us = time_now_us() - options->sync_interval_ms * TIME_US_PER_MS;
	const char **connections;
	size_t count;

	TRY(catalog_ready_connections(tx, CONNECTIONS_MOST, &connections, &count));
	for (size_t i = 0; i < count; i++) {
		int64_t synced_us;
		const char *last, *id;
		TRY(sync_time(tx, connections[i], &synced_us, &last));
		if (synced_us < due_us)
			TRY(sync_begin(tx, connections[i], "", &id));
	}
	return OK;
}

struct status sync_tick(struct arena *arena, void *context)
{
	const struct lifecycle_options *options = context;
	return store_write(options->store, arena, begin_due, context);
}
