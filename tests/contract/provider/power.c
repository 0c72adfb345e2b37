/* SPDX-License-Identifier: Apache-2.0 */
/* power.c: switching, resizing, snapshots, console, counters. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "tests/contract/provider/contract.h"

static void state_is(const char *id, enum provider_machine_state state)
{
	struct provider_machine machine = machine_get(id);
	if (machine.state != state)
		fail_msg("the machine is %s instead of %s", provider_machine_state_name(machine.state),
			 provider_machine_state_name(state));
}

static void refuses(const char *id, enum provider_verb verb)
{
	struct provider_task task;
	struct provider_result result;
	if (!supports(verb))
		return;
	PERSIST(result, room.ops->power(room.session, &call, id, verb, &task));
	assert_class(result, PROVIDER_CONFLICT);
}

static void power_verbs_lead_to_their_state_and_repeat_without_effect(void **state)
{
	static const struct {
		enum provider_verb verb;
		enum provider_machine_state after;
		bool is_repeatable;
	} WALK[] = {
		{ VERB_SUSPEND, PROVIDER_MACHINE_SUSPENDED, true }, { VERB_RESUME, PROVIDER_MACHINE_RUNNING, true },
		{ VERB_REBOOT, PROVIDER_MACHINE_RUNNING, false },   { VERB_RESET, PROVIDER_MACHINE_RUNNING, false },
		{ VERB_STOP, PROVIDER_MACHINE_STOPPED, true },      { VERB_START, PROVIDER_MACHINE_RUNNING, true },
		{ VERB_SUSPEND, PROVIDER_MACHINE_SUSPENDED, true }, { VERB_STOP, PROVIDER_MACHINE_STOPPED, true },
	};
	struct provider_machine_spec spec = spec_new("power");
	(void)state;
	const char *id = machine_make(&spec);
	for (size_t i = 0; i < sizeof WALK / sizeof WALK[0]; i++) {
		if (!supports(WALK[i].verb))
			continue;
		/* A guest that is asked to reboot while it boots does what it likes. */
		if (room.peer->has_guest && WALK[i].verb == VERB_REBOOT)
			continue;
		power_do(id, WALK[i].verb);
		state_is(id, WALK[i].after);
		if (!WALK[i].is_repeatable)
			continue;
		power_do(id, WALK[i].verb);
		state_is(id, WALK[i].after);
	}
	machine_delete(id);
}

static void a_move_that_the_state_forbids_is_a_conflict(void **state)
{
	struct provider_machine_spec spec = spec_new("forbidden");
	(void)state;
	const char *id = machine_make(&spec);
	power_do(id, VERB_STOP);
	state_is(id, PROVIDER_MACHINE_STOPPED);
	refuses(id, VERB_RESET);
	refuses(id, VERB_REBOOT);
	refuses(id, VERB_SUSPEND);
	refuses(id, VERB_RESUME);
	state_is(id, PROVIDER_MACHINE_STOPPED);
	machine_delete(id);
}

static void a_machine_that_is_asked_shuts_down(void **state)
{
	struct provider_machine_spec spec = spec_new("asked");
	(void)state;
	need(VERB_SHUTDOWN);
	if (room.peer->has_guest)
		skip(); /* it must have booted first: the next test */
	const char *id = machine_make(&spec);
	power_do(id, VERB_SHUTDOWN);
	state_wait(id, PROVIDER_MACHINE_STOPPED);
	machine_delete(id);
}

static struct slice console_of(const char *id, size_t most)
{
	struct slice output = { NULL, 0 };
	struct provider_result result;
	PERSIST(result, room.ops->console(room.session, &call, id, most, &output));
	assert_done(result);
	return output;
}

static void wait_for_line(const char *id, const char *line, int times)
{
	int seen = 0;
	for (int64_t end = time_monotonic_us() + room.peer->boot_s * TIME_US_PER_SECOND; time_monotonic_us() < end;
	     usleep(200000)) {
		struct slice output = console_of(id, 1 << 20);
		const char *text = arena_strndup(room.arena, output.data, output.size);
		seen = 0;
		for (const char *at = text; (at = strstr(at, line)) != NULL; at++)
			seen++;
		if (seen >= times)
			return;
	}
	fail_msg("the guest said \"%s\" %d times instead of %d in %u s", line, seen, times, room.peer->boot_s);
}

static void the_guest_boots_says_so_and_shuts_down_when_asked(void **state)
{
	struct provider_machine_spec spec = spec_new("guest");
	(void)state;
	if (!room.peer->has_guest) {
		printf("no guest boots on %s\n", room.peer->name);
		skip();
	}
	int64_t start = time_monotonic_us();
	const char *id = machine_make(&spec);
	int64_t made = time_monotonic_us();
	wait_for_line(id, "gaon-guest: booted guest,", 1);
	int64_t booted = time_monotonic_us();
	usleep(500000); /* the guest opens its button's device after its line */
	struct provider_usage usage = { .is_known = false };
	struct provider_result result;
	PERSIST(result, room.ops->usage(room.session, &call, id, &usage));
	assert_done(result);
	assert_true(usage.is_known);
	assert_true(usage.cpu_ns > 0);
	assert_true(usage.memory_mib > 0);
	int64_t asked = time_monotonic_us();
	power_do(id, VERB_SHUTDOWN);
	int64_t down = time_monotonic_us();
	state_is(id, PROVIDER_MACHINE_STOPPED);
	PERSIST(result, room.ops->usage(room.session, &call, id, &usage));
	assert_done(result);
	assert_false(usage.is_known);
	power_do(id, VERB_START);
	wait_for_line(id, "gaon-guest: booted guest,", 2);
	usleep(500000);
	power_do(id, VERB_REBOOT);
	wait_for_line(id, "gaon-guest: booted guest,", 3);
	state_is(id, PROVIDER_MACHINE_RUNNING);
	printf("create %lld ms, boot %lld ms, ACPI shutdown %lld ms\n", (long long)(made - start) / 1000,
	       (long long)(booted - made) / 1000, (long long)(down - asked) / 1000);
	int64_t deleted = time_monotonic_us();
	machine_delete(id);
	printf("delete %lld ms\n", (long long)(time_monotonic_us() - deleted) / 1000);
}

static void user_data_reaches_the_guest(void **state)
{
	struct provider_machine_spec spec = spec_new("seeded");
	struct provider_task task = { NULL };
	struct provider_result result;
	const char *snapshot;
	(void)state;
	if (!room.peer->has_guest)
		skip();
	spec.user_data = "#cloud-config of seeded\nruncmd: []\n";
	spec.ssh_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI nobody";
	const char *id = machine_make(&spec);
	wait_for_line(id, "gaon-guest: seed #cloud-config of seeded", 1);
	/* The seed is no qcow2, and must not stand in the way of a snapshot. */
	PERSIST(result, room.ops->snapshot_create(room.session, &call, id, "with seed", &task, &snapshot));
	task_wait(result, &task);
	machine_delete(id);
}

static void a_stopped_machine_takes_another_size(void **state)
{
	struct provider_machine_spec spec = spec_new("resize");
	struct provider_resize_spec other = { .size = room.peer->other_size };
	struct provider_task task = { NULL };
	struct provider_result result;
	(void)state;
	need(VERB_RESIZE);
	const char *id = machine_make(&spec);
	int64_t small_mib = machine_get(id).memory_mib;
	if (!(room.row->traits[VERB_RESIZE].states & (1u << PROVIDER_MACHINE_RUNNING))) {
		PERSIST(result, room.ops->resize(room.session, &call, id, &other, &task));
		assert_class(result, PROVIDER_CONFLICT);
	}
	power_do(id, VERB_STOP);
	const struct provider_resize_spec *steps[] = {
		&other, &(struct provider_resize_spec){ .size = room.peer->size },
		&(struct provider_resize_spec){ .vcpus = 2, .memory_mib = 192 }
	};
	for (size_t i = 0; i < (room.row->has_fixed_sizes ? 2 : 3); i++) {
		unsigned tries = 0;
		do {
			PERSIST(result, room.ops->resize(room.session, &call, id, steps[i], &task));
		} while (room.peer->is_faulty && result.error == PROVIDER_CONFLICT && ++tries < 100 &&
			 usleep(5000) == 0);
		task_wait(result, &task);
		while (room.peer->is_faulty && machine_get(id).state == PROVIDER_MACHINE_TRANSITION)
			usleep(5000);
		struct provider_machine after = machine_get(id);
		assert_true(text_equal(after.size, steps[i]->size));
		if (i == 0)
			assert_true(after.memory_mib > small_mib);
		if (i == 1)
			assert_int_equal(after.memory_mib, small_mib);
		if (i == 2)
			assert_int_equal(after.memory_mib * 10 + after.vcpus, 1922);
	}
	power_do(id, VERB_START);
	state_is(id, PROVIDER_MACHINE_RUNNING);
	machine_delete(id);
}

static size_t snapshots_of(const char *id, struct provider_snapshot **snapshots)
{
	size_t count = 0;
	struct provider_result result;
	PERSIST(result, room.ops->snapshot_list(room.session, &call, id, snapshots, &count));
	assert_done(result);
	return count;
}

/* A faulty peer may be busy with the attempt whose reply was lost. */
#define SETTLE(result_, expression_)                                                                                   \
	do {                                                                                                           \
		unsigned again_ = 0;                                                                                   \
		do {                                                                                                   \
			PERSIST(result_, expression_);                                                                 \
		} while (room.peer->is_faulty && (result_).error == PROVIDER_CONFLICT && ++again_ < 100 &&             \
			 usleep(5000) == 0);                                                                           \
		task_wait(result_, &task);                                                                             \
	} while (0)

static void a_snapshot_is_made_once_by_its_name_reverted_to_and_deleted(void **state)
{
	struct provider_machine_spec spec = spec_new("snapshots");
	struct provider_snapshot *snapshots;
	struct provider_task task = { NULL };
	struct provider_result result;
	const char *first = NULL, *again = NULL, *second = NULL;
	(void)state;
	need(VERB_SNAPSHOT_CREATE);
	const char *id = machine_make(&spec);
	assert_int_equal(snapshots_of(id, &snapshots), 0);
	int64_t start = time_monotonic_us();
	SETTLE(result, room.ops->snapshot_create(room.session, &call, id, "before upgrade", &task, &first));
	int64_t made = time_monotonic_us();
	SETTLE(result, room.ops->snapshot_create(room.session, &call, id, "before upgrade", &task, &again));
	assert_string_equal(first, again);
	assert_int_equal(snapshots_of(id, &snapshots), 1);
	assert_string_equal(snapshots[0].name, "before upgrade");
	assert_true(snapshots[0].created_us > 0);
	assert_true(snapshots[0].is_current);
	SETTLE(result, room.ops->snapshot_create(room.session, &call, id, "second", &task, &second));
	assert_int_equal(snapshots_of(id, &snapshots), 2);
	int64_t revert = time_monotonic_us();
	SETTLE(result, room.ops->snapshot_revert(room.session, &call, id, first, &task));
	if (room.peer->has_guest)
		printf("snapshot %lld ms, revert %lld ms\n", (long long)(made - start) / 1000,
		       (long long)(time_monotonic_us() - revert) / 1000);
	state_is(id, PROVIDER_MACHINE_RUNNING);
	assert_string_equal(machine_get(id).marks.resource, spec.intent.resource);
	SETTLE(result, room.ops->snapshot_delete(room.session, &call, id, second, &task));
	SETTLE(result, room.ops->snapshot_delete(room.session, &call, id, second, &task));
	assert_int_equal(snapshots_of(id, &snapshots), 1);
	PERSIST(result, room.ops->snapshot_revert(room.session, &call, id, second, &task));
	assert_class(result, PROVIDER_NOT_FOUND);
	PERSIST(result, room.ops->snapshot_create(room.session, &call, id, "", &task, &again));
	assert_class(result, PROVIDER_INVALID);
	machine_delete(id);
}

static void console_and_counters_are_there_or_said_to_be_unsupported(void **state)
{
	struct provider_machine_spec spec = spec_new("observe");
	struct slice output = { NULL, 0 };
	struct provider_usage usage;
	struct provider_result result;
	(void)state;
	const char *id = machine_make(&spec);
	if (room.ops->console && !excuse_of(VERB_CONSOLE)) {
		PERSIST(result, room.ops->console(room.session, &call, id, 16, &output));
		assert_class(result, supports(VERB_CONSOLE) ? PROVIDER_OK : PROVIDER_UNSUPPORTED);
		assert_true(output.size <= 16);
	}
	if (room.ops->usage && !excuse_of(VERB_USAGE)) {
		PERSIST(result, room.ops->usage(room.session, &call, id, &usage));
		assert_class(result, supports(VERB_USAGE) ? PROVIDER_OK : PROVIDER_UNSUPPORTED);
	}
	machine_delete(id);
}

static void a_task_of_nobody_is_not_found(void **state)
{
	static const char *const WRONG[] = { "", "task", "task:a:b", "shutdown:x", "task:start:sim-0000000001:5:4:OK" };
	struct provider_task_status status;
	struct provider_result result;
	(void)state;
	for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
		PERSIST(result, room.ops->task(room.session, &call, WRONG[i], &status));
		assert_class(result, PROVIDER_NOT_FOUND);
	}
}

static const struct CMUnitTest TESTS[] = {
	cmocka_unit_test(power_verbs_lead_to_their_state_and_repeat_without_effect),
	cmocka_unit_test(a_move_that_the_state_forbids_is_a_conflict),
	cmocka_unit_test(a_machine_that_is_asked_shuts_down),
	cmocka_unit_test(the_guest_boots_says_so_and_shuts_down_when_asked),
	cmocka_unit_test(user_data_reaches_the_guest),
	cmocka_unit_test(a_stopped_machine_takes_another_size),
	cmocka_unit_test(a_snapshot_is_made_once_by_its_name_reverted_to_and_deleted),
	cmocka_unit_test(console_and_counters_are_there_or_said_to_be_unsupported),
	cmocka_unit_test(a_task_of_nobody_is_not_found),
};
const struct suite_part power_part = { TESTS, sizeof TESTS / sizeof TESTS[0] };
