/* SPDX-License-Identifier: Apache-2.0 */
/* drift.c: holds a machine against what its cloud says, field by field, and does what the policy wants done. */
#include "server/services/lifecycle/drift.h"

#include <string.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/catalog/catalog.h"
#include "server/services/lifecycle/room.h"

/* More than that in a day is a fight, not a repair. */
enum { REVERTS_MOST = 3, TAGS_SHOWN_BYTES = 900 };

#define STEADY (1u << MACHINE_RUNNING | 1u << MACHINE_STOPPED | 1u << MACHINE_SUSPENDED)

enum { FIELD_POWER, FIELD_VCPUS, FIELD_MEMORY, FIELD_NAME, FIELD_TAGS, FIELD_NETWORK, FIELD_COUNT };

static const struct {
	const char *name;
	enum drift_field kind;
} FIELDS[FIELD_COUNT] = {
	[FIELD_POWER] = { "power", DRIFT_POWER },	 [FIELD_VCPUS] = { "vcpus", DRIFT_SIZE },
	[FIELD_MEMORY] = { "memory_mib", DRIFT_SIZE }, [FIELD_NAME] = { "name", DRIFT_NAME },
	[FIELD_TAGS] = { "tags", DRIFT_TAGS },	 [FIELD_NETWORK] = { "network", DRIFT_NETWORK },
};

/** One comparison under way. */
struct comparison {
	struct store_tx *tx;
	struct arena *arena;
	struct machine *machine;
	const struct drift_look *look;
	struct baseline baseline;          /* as it is to be */
	struct drift rows[FIELD_COUNT];    /* by field; connection NULL: none */
	const char *expected[FIELD_COUNT]; /* with a difference; NULL: none */
	const char *observed[FIELD_COUNT];
	bool is_row_changed, is_baseline_changed;
	bool waits[FIELD_COUNT];           /* is to be brought back */
};

/* ---- what differs ---- */

static void differ(struct comparison *comparison, int field, const char *expected, const char *observed)
{
	comparison->expected[field] = expected;
	comparison->observed[field] = observed;
}

/** What the cloud did not say is no difference. */
static void differ_by_number(struct comparison *comparison, int field, int64_t expected, int64_t seen)
{
	if (seen > 0 && seen != expected)
		differ(comparison, field, arena_printf(comparison->arena, "%lld", (long long)expected),
		       arena_printf(comparison->arena, "%lld", (long long)seen));
}

/** Compares with what was agreed; what was not known until now is agreed to at once. */
static bool differ_by_text(struct comparison *comparison, int field, const char **agreed, const char *seen)
{
	if (text_is_empty(seen) || text_equal(*agreed, seen))
		return false;
	if (text_is_empty(*agreed)) {
		*agreed = seen;
		comparison->is_baseline_changed = true;
		return false;
	}
	differ(comparison, field, *agreed, seen);
	return true;
}

/** Those members of `one` that are not the same in `other`: for people. */
static const char *unlike(struct arena *arena, const struct json *one, const struct json *other)
{
	struct json *found = json_object(arena);
	const char *key;
	const struct json *value;

	for (size_t i = 0; json_member(one, i, &key, &value); i++)
		if (!text_equal(json_text(value, ""), json_text(json_get(other, key), NULL)))
			json_set(found, key, value);
	const char *text = json_print_canonical(arena, found);
	return strlen(text) <= TAGS_SHOWN_BYTES ? text : arena_printf(arena, "%.*s…", TAGS_SHOWN_BYTES, text);
}

static void differ_by_tags(struct comparison *comparison)
{
	struct arena *arena = comparison->arena;
	const struct json *seen = comparison->look->seen->tags;
	struct json *agreed;

	if (!differ_by_text(comparison, FIELD_TAGS, &comparison->baseline.tags, baseline_tags(arena, seen)))
		return;
	if (!status_is_ok(json_parse(arena, slice_text(comparison->baseline.tags), NULL, &agreed)))
		agreed = json_object(arena);
	differ(comparison, FIELD_TAGS, unlike(arena, agreed, seen), unlike(arena, seen, agreed));
}

static const char *power_word(enum machine_state state)
{
	return state == MACHINE_RUNNING ? "RUNNING" : state == MACHINE_STOPPED ? "STOPPED" : "SUSPENDED";
}

static void find_differences(struct comparison *comparison)
{
	const struct provider_machine *seen = comparison->look->seen;
	const struct machine *machine = comparison->machine;
	enum machine_state state = machine_state_of(seen->state);

	if (state != machine->state && STEADY & 1u << state && STEADY & 1u << machine->state)
		differ(comparison, FIELD_POWER, power_word(machine->state), power_word(state));
	differ_by_number(comparison, FIELD_VCPUS, machine->vcpus, seen->vcpus);
	differ_by_number(comparison, FIELD_MEMORY, machine->memory_mib, seen->memory_mib);
	differ_by_text(comparison, FIELD_NAME, &comparison->baseline.name, seen->name);
	differ_by_tags(comparison);
	differ_by_text(comparison, FIELD_NETWORK, &comparison->baseline.network, seen->network);
}

/* ---- what is done about it ---- */

/** Up to now it was what its row says; what is taken over counts from here on. */
static struct status begin_change(struct comparison *comparison)
{
	comparison->is_row_changed = true;
	return machine_meter(comparison->tx, comparison->machine, comparison->look->now_us);
}

static struct status take_state(struct comparison *comparison, enum machine_state state)
{
	TRY(begin_change(comparison));
	comparison->machine->state = state;
	comparison->machine->state_message = "its power was switched at the cloud";
	return OK;
}

static struct status adopt_size(struct comparison *comparison)
{
	const struct provider_machine *seen = comparison->look->seen;
	struct machine *machine = comparison->machine;

	TRY(begin_change(comparison));
	TRY(settle_size(comparison->tx, machine, seen));
	TRY(catalog_name_of(comparison->tx, machine->connection, CATALOG_SIZE, seen->size, &machine->size));
	if (text_is_empty(machine->size))
		return OK;
	return deployment_set_parameter(comparison->tx, machine->deployment, "size", machine->size, comparison->look->now_us);
}

static struct status adopt_network(struct comparison *comparison)
{
	const char *native = comparison->look->seen->network, *name;

	TRY(begin_change(comparison));
	comparison->baseline.network = native;
	comparison->is_baseline_changed = true;
	TRY(catalog_name_of(comparison->tx, comparison->machine->connection, CATALOG_NETWORK, native, &name));
	comparison->machine->network = text_is_empty(name) ? native : name;
	return OK;
}

static struct status adopt(struct comparison *comparison, int field)
{
	const struct provider_machine *seen = comparison->look->seen;

	switch (FIELDS[field].kind) {
	case DRIFT_POWER:
		return take_state(comparison, machine_state_of(seen->state));
	case DRIFT_SIZE:
		return adopt_size(comparison);
	case DRIFT_NAME:
		TRY(begin_change(comparison));
		comparison->machine->display_name = comparison->baseline.name = seen->name;
		comparison->is_baseline_changed = true;
		return OK;
	case DRIFT_TAGS:
		comparison->baseline.tags = baseline_tags(comparison->arena, seen->tags);
		comparison->is_baseline_changed = true;
		return OK;
	case DRIFT_NETWORK:
		return adopt_network(comparison);
	}
	return OK;
}

/** May it be brought back once more? What was brought back too often is only reported. */
static bool may_revert(struct drift *row, int64_t now_us)
{
	if (now_us - row->reverts_since_us > TIME_US_PER_DAY) {
		row->reverts_since_us = now_us;
		row->reverts = 0;
	}
	if (row->reverts < REVERTS_MOST)
		return true;
	row->outcome = "it was brought back three times in a day and drifted again: find out who changes it at the cloud, or choose "
		       "another action";
	return false;
}

/** The row of a difference, as it is to be written; its outcome follows. */
static void open_row(struct comparison *comparison, int field)
{
	struct drift *row = &comparison->rows[field];
	int64_t now_us = comparison->look->now_us;

	if (!row->connection)
		*row = (struct drift){ .connection = comparison->machine->connection,
				       .native_id = comparison->machine->native_id, .field = FIELDS[field].name };
	if (!row->is_open) {
		row->first_seen_us = now_us;
		row->operation = "";
	}
	row->machine = comparison->machine->name;
	row->expected = comparison->expected[field];
	row->observed = comparison->observed[field];
	row->action = comparison->look->policy->actions[FIELDS[field].kind];
	row->is_open = true;
	row->last_seen_us = now_us;
}

/** What agrees (again): brought back by us, or by itself. How often it was brought back is remembered. */
static struct status close_row(struct comparison *comparison, struct drift *row)
{
	if (!row->connection || !row->is_open)
		return OK;
	row->is_open = false;
	if (row->reverts == 0)
		return drift_forget(comparison->tx, row->connection, row->native_id, row->field);
	row->outcome = "it is as it should be again";
	row->last_seen_us = comparison->look->now_us;
	return drift_put(comparison->tx, row);
}

static struct status decide(struct comparison *comparison, int field)
{
	struct drift *row = &comparison->rows[field];
	enum drift_action action = comparison->look->policy->actions[FIELDS[field].kind];

	if (!comparison->expected[field])
		return close_row(comparison, row);
	if (action == DRIFT_IGNORE) {
		row->is_open = false;
		return row->connection ? drift_forget(comparison->tx, row->connection, row->native_id, row->field) : OK;
	}
	open_row(comparison, field);
	if (action == DRIFT_REVERT) {
		comparison->waits[field] = may_revert(row, comparison->look->now_us);
		return comparison->waits[field] ? OK : drift_put(comparison->tx, row);
	}
	row->outcome = "reported";
	if (action == DRIFT_ADOPT) {
		TRY(adopt(comparison, field));
		row->outcome = "adopted";
		row->is_open = false;
	}
	return drift_put(comparison->tx, row);
}

/* ---- bringing back ---- */

static struct revert wanted_of(const struct comparison *comparison)
{
	return (struct revert){
		.size = comparison->waits[FIELD_VCPUS] || comparison->waits[FIELD_MEMORY],
		.power = comparison->waits[FIELD_POWER],
		.seen = machine_state_of(comparison->look->seen->state),
		.name = comparison->waits[FIELD_NAME] ? comparison->baseline.name : NULL,
		.tags = comparison->waits[FIELD_TAGS] ? comparison->baseline.tags : NULL,
	};
}

static bool is_in(const struct revert *done, enum drift_field kind)
{
	return (kind == DRIFT_SIZE && done->size) || (kind == DRIFT_POWER && done->power) ||
	       (kind == DRIFT_NAME && done->name) || (kind == DRIFT_TAGS && done->tags);
}

static struct status bring_back(struct comparison *comparison)
{
	struct revert wanted = wanted_of(comparison), done = { .size = false };
	const char *operation = "", *obstacle = NULL;

	struct status status = revert_begin(comparison->tx, comparison->machine, &wanted, comparison->look->now_us, &done, &operation);
	if (status.code == STATUS_FAILED_PRECONDITION || status.code == STATUS_INVALID_ARGUMENT)
		obstacle = status.message;
	else
		TRY(status);
	for (int field = 0; field < FIELD_COUNT; field++) {
		struct drift *row = &comparison->rows[field];
		if (!comparison->waits[field])
			continue;
		row->outcome = obstacle ? arena_printf(comparison->arena, "it cannot be brought back now: %s", obstacle)
					: "it is brought back once something else has been";
		if (!obstacle && is_in(&done, FIELDS[field].kind)) {
			row->outcome = "it is being brought back";
			row->operation = operation;
			row->reverts++;
		}
		TRY(drift_put(comparison->tx, row));
	}
	return OK;
}

/* ---- the whole ---- */

static struct status load_rows(struct comparison *comparison)
{
	struct drift *known;
	size_t count;

	TRY(drifts_of(comparison->tx, comparison->machine->connection, comparison->machine->native_id, &known, &count));
	for (size_t i = 0; i < count; i++)
		for (int field = 0; field < FIELD_COUNT; field++)
			if (text_equal(known[i].field, FIELDS[field].name))
				comparison->rows[field] = known[i];
	return OK;
}

static bool has_any(const bool *flags)
{
	bool has = false;
	for (int field = 0; field < FIELD_COUNT; field++)
		has = has || flags[field];
	return has;
}

/**
 * A machine that was missing, or is broken, is what the cloud says it is, whatever the policy for power; and what it uses is what
 * the cloud runs.
 */
static struct status follow_cloud(struct comparison *comparison)
{
	struct machine *machine = comparison->machine;
	enum machine_state state = machine_state_of(comparison->look->seen->state);
	bool runs = state == MACHINE_RUNNING;

	if (state == MACHINE_UPDATING)
		return OK;
	if (state != machine->state && !(STEADY & 1u << state && STEADY & 1u << machine->state))
		TRY(take_state(comparison, state));
	if (!comparison->is_row_changed && runs == machine->is_running)
		return OK;
	TRY(begin_change(comparison));
	machine->native_state = text_or_empty(comparison->look->seen->native_state);
	machine->is_running = runs;
	machine->metered_us = comparison->look->now_us;
	return OK;
}

/** Is there anything that a later look has to come back to, though the cloud may not tell of it again? */
static bool is_unfinished(const struct comparison *comparison)
{
	bool is_so = false;
	for (int field = 0; field < FIELD_COUNT; field++)
		is_so = is_so || (comparison->rows[field].is_open && comparison->rows[field].action == DRIFT_REVERT);
	return is_so;
}

struct status drift_compare(struct store_tx *tx, struct machine *machine, const struct drift_look *look, bool *has_rest)
{
	struct comparison comparison = { .tx = tx, .arena = store_arena(tx), .machine = machine, .look = look,
					 .baseline = *look->baseline };

	TRY(load_rows(&comparison));
	find_differences(&comparison);
	for (int field = 0; field < FIELD_COUNT; field++)
		TRY(decide(&comparison, field));
	TRY(follow_cloud(&comparison));
	if (comparison.is_row_changed) {
		machine->updated_us = look->now_us;
		TRY(machine_update(tx, machine));
	}
	if (comparison.is_baseline_changed)
		TRY(baseline_put(tx, machine->name, &comparison.baseline));
	*has_rest = is_unfinished(&comparison);
	return has_any(comparison.waits) ? bring_back(&comparison) : OK;
}
