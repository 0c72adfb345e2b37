/* SPDX-License-Identifier: Apache-2.0 */
/* classify.c: what a thing at a cloud is to us, and what became of the machines that should be there. */
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/lifecycle/drift.h"
#include "server/services/lifecycle/observed.h"

/** May it be compared now? Not while somebody works on it, nor with a word that may be older than its row. */
static bool is_comparable(const struct look *look, const struct machine *machine)
{
	return text_is_empty(machine->operation) && machine->updated_us < look->began_us;
}

static struct status compare(struct store_tx *tx, const struct look *look, const struct provider_machine *seen,
			     struct machine *machine, struct observed *observed)
{
	struct baseline baseline;
	bool is_known;

	TRY(baseline_get(tx, machine->name, &baseline, &is_known));
	observed->state = baseline.imported_us > 0 ? OBSERVED_IMPORTED : OBSERVED_MANAGED;
	observed->machine = machine->name;
	observed->is_pending = !is_comparable(look, machine);
	if (observed->is_pending)
		return OK;
	if (!is_known)
		TRY(baseline_take(tx, machine->name, seen));
	struct drift_look drift = { .policy = look->policy, .seen = seen, .baseline = &baseline, .now_us = time_now_us() };
	return drift_compare(tx, machine, &drift, &observed->is_pending);
}

/** Ours by its marks, but unknown by its id: being made, seen through another connection, let go, or lost. */
static struct status classify_marked(struct store_tx *tx, const struct look *look, const struct provider_machine *seen,
				     struct observed *observed)
{
	const char *connection = seen->marks.connection;
	struct machine machine;
	bool is_ours, is_released;

	TRY(machine_being_made(tx, look->connection, text_or_empty(seen->marks.resource), &machine, &is_ours));
	if (!is_ours && !text_is_empty(connection) && !text_equal(connection, look->connection)) {
		/* Two connections lead to one cloud: what the other one made is that one's affair. */
		TRY(machine_of_native(tx, connection, seen->native_id, &machine, &is_ours));
		is_ours = is_ours && machine_exists(&machine);
		observed->state = is_ours ? OBSERVED_MANAGED : OBSERVED_FOREIGN;
		observed->machine = is_ours ? machine.name : NULL;
		return OK;
	}
	TRY(released_is(tx, look->connection, seen->native_id, &is_released));
	observed->state = is_ours ? OBSERVED_MANAGED : is_released ? OBSERVED_FOREIGN : OBSERVED_ORPHAN_SUSPECT;
	observed->machine = is_ours ? machine.name : NULL;
	return OK;
}

struct status look_at_seen(struct store_tx *tx, const struct look *look, const struct provider_machine *seen)
{
	struct machine machine;
	bool is_ours;
	struct observed observed = {
		.connection = look->connection, .native_id = seen->native_id, .display_name = seen->name,
		.state = OBSERVED_FOREIGN, .native_state = seen->native_state, .power = seen->state,
		.vcpus = seen->vcpus, .memory_mib = seen->memory_mib, .disk_gib = seen->disk_gib,
		.size = seen->size, .image = seen->image, .network = seen->network, .created_us = seen->created_us,
		.resource_mark = seen->marks.resource, .operation_mark = seen->marks.operation,
		.last_seen_us = time_now_us(),
	};

	TRY(machine_of_native(tx, look->connection, seen->native_id, &machine, &is_ours));
	if (is_ours && machine_exists(&machine))
		TRY(compare(tx, look, seen, &machine, &observed));
	else if (text_equal(seen->marks.installation, look->installation))
		TRY(classify_marked(tx, look, seen, &observed));
	return observed_put(tx, &observed);
}

static struct status set_missing(struct store_tx *tx, struct machine *machine)
{
	TRY(machine_meter(tx, machine, time_now_us()));
	machine->state = MACHINE_MISSING;
	machine->state_message = "the cloud does not have it any more; delete it here, or find out who deleted it there";
	machine->is_running = false;
	machine->metered_us = 0;
	machine->updated_us = time_now_us();
	TRY(drift_forget_all(tx, machine->connection, machine->native_id));
	return machine_update(tx, machine);
}

struct status look_at_gone(struct store_tx *tx, const struct look *look, const char *native_id)
{
	struct machine machine;
	bool is_ours;

	TRY(machine_of_native(tx, look->connection, native_id, &machine, &is_ours));
	is_ours = is_ours && machine_exists(&machine) && machine.state != MACHINE_MISSING && machine.state != MACHINE_FAILED;
	bool is_pending = is_ours && !is_comparable(look, &machine);
	TRY(observed_set_gone(tx, look->connection, native_id, is_pending));
	return is_ours && !is_pending ? set_missing(tx, &machine) : OK;
}

struct status look_at_unseen(struct store_tx *tx, const struct look *look, struct machine *machine)
{
	struct observed observed;
	bool is_seen;

	if (!is_comparable(look, machine) || text_is_empty(machine->native_id) || machine->state == MACHINE_MISSING)
		return OK;
	TRY(observed_get(tx, machine->connection, machine->native_id, &observed, &is_seen));
	return is_seen && observed.state != OBSERVED_GONE ? OK : set_missing(tx, machine);
}
