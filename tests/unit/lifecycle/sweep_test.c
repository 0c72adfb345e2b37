/* SPDX-License-Identifier: Apache-2.0 */
/* sweep_test.c: what was made and lost is found and removed; nothing else ever is. */
#include <stdio.h>
#include <string.h>

#include "tests/unit/lifecycle/look.h"

static Gaon__SweepOrphansResponse *sweep(void **state, bool removes, int32_t grace_seconds)
{
	struct service_fixture *fixture = *state;
	Gaon__SweepOrphansRequest request = GAON__SWEEP_ORPHANS_REQUEST__INIT;
	Gaon__SweepOrphansResponse *reply = ARENA_NEW(fixture->arena, Gaon__SweepOrphansResponse);

	request.name = LAB;
	request.remove = removes;
	request.grace_seconds = grace_seconds;
	assert_ok(service_call(*state, &gaon_lifecycle_table, "SweepOrphans", &request, reply));
	return reply;
}

/** A machine that Gaon made, and knows nothing of any more. */
static const char *orphan(void **state, const char *name)
{
	struct service_fixture *fixture = *state;
	Gaon__Machine *machine = line_machine(*state, name);

	assert_ok(service_execute(*state, "UPDATE machine SET state = 7 WHERE name = $1", SQL_ARGS(sql_text(machine->name))));
	return arena_strdup(fixture->arena, machine->native_id);
}

/** Seen so, and so for longer than the usual grace period. */
static void let_age(void **state)
{
	look(state);
	time_fake_advance(2 * TIME_US_PER_HOUR);
}

static const Gaon__OperationStep *line_of(const Gaon__Operation *operation, const char *native_id)
{
	for (size_t i = 0; i < operation->n_steps; i++)
		if (strcmp(operation->steps[i]->step, native_id) == 0)
			return operation->steps[i];
	return NULL;
}

static void a_dry_run_only_lists(void **state)
{
	struct line *line = *state;
	const char *native_id = orphan(state, "lost");

	let_age(state);
	Gaon__SweepOrphansResponse *found = sweep(state, false, 0);
	assert_int_equal(found->n_orphans, 1);
	assert_string_equal(found->orphans[0]->native_id, native_id);
	assert_non_null(found->orphans[0]->suspect_since_time);
	assert_null(found->operation);
	assert_non_null(found->sync_time);
	line_run(*state);
	assert_int_equal(simulator_count(line->endpoint, NULL), 1);
}

static void orphans_are_removed_with_a_line_each_and_seen_to_be_gone(void **state)
{
	struct line *line = *state;
	const char *first = orphan(state, "lost-1"), *second = orphan(state, "lost-2");
	Gaon__Machine *kept = line_machine(*state, "web-1");
	const char *theirs = foreign(state);

	let_age(state);
	Gaon__SweepOrphansResponse *found = sweep(state, true, 0);
	assert_int_equal(found->n_orphans, 2);
	line_run(*state);
	Gaon__Operation *operation = line_operation(*state, found->operation->name);
	assert_int_equal(operation->state, OPERATION(SUCCEEDED));
	assert_string_equal(line_of(operation, first)->outcome, "done");
	assert_non_null(strstr(line_of(operation, second)->note, "gone"));
	assert_null(line_of(operation, theirs));
	assert_int_equal(simulator_count(line->endpoint, NULL), 2);
	assert_int_equal(observed(state, OBSERVED(ORPHAN_SUSPECT))->n_observed_resources, 0);
	assert_int_equal(observed(state, OBSERVED(GONE))->n_observed_resources, 2);
	assert_int_equal(line_get(*state, kept->name)->state, STATE(RUNNING));
	assert_int_equal(sweep(state, true, 0)->n_orphans, 0);
}

static void what_became_an_orphan_a_moment_ago_is_left_alone(void **state)
{
	orphan(state, "lost");
	look(state);
	assert_int_equal(sweep(state, true, 0)->n_orphans, 0);
	time_fake_advance(90 * TIME_US_PER_SECOND);
	assert_int_equal(sweep(state, false, 60)->n_orphans, 1);
	assert_int_equal(sweep(state, false, 0)->n_orphans, 0);
	time_fake_advance(TIME_US_PER_HOUR);
	assert_int_equal(sweep(state, false, 0)->n_orphans, 1);
}

static void what_an_operation_is_making_is_never_swept(void **state)
{
	struct line *line = *state;
	const struct line_item one = { .action = ORDER_ADD, .parameters = "image=debian-12,disk_gib=5,name=web-1" };

	/* Made, its answer lost; and a look that took it for an orphan, as one without the books would. */
	line_cloud(*state, "{\"lost_reply_rate\": 1}");
	line_order(*state, WEB, &one, 1);
	service_run(*state, 3);
	line_cloud(*state, "{}");
	assert_int_equal(simulator_count(line->endpoint, NULL), 1);
	assert_ok(service_execute(*state, "UPDATE operation SET due_us = due_us + 900000000 WHERE state = 2", SQL_NO_ARGS));
	look_beside(state);
	assert_ok(service_execute(*state, "UPDATE observed_resource SET state = 4, machine = '', suspect_since_us = 1", SQL_NO_ARGS));
	assert_int_equal(sweep(state, true, 60)->n_orphans, 0);
}

static void a_machine_whose_id_our_books_have_wrong_is_not_swept(void **state)
{
	line_machine(*state, "web-1");
	assert_ok(service_execute(*state, "UPDATE machine SET native_id = 'sim-elsewhere'", SQL_NO_ARGS));
	let_age(state);
	assert_int_equal(observed(state, OBSERVED(ORPHAN_SUSPECT))->n_observed_resources, 1);
	assert_int_equal(sweep(state, true, 0)->n_orphans, 0);
}

static void what_came_to_be_known_meanwhile_is_skipped(void **state)
{
	struct line *line = *state;
	const char *native_id = orphan(state, "found");

	let_age(state);
	Gaon__SweepOrphansResponse *found = sweep(state, true, 0);
	assert_int_equal(found->n_orphans, 1);
	assert_ok(service_execute(*state, "UPDATE machine SET state = 2", SQL_NO_ARGS));
	line_run(*state);
	Gaon__Operation *operation = line_operation(*state, found->operation->name);
	assert_int_equal(operation->state, OPERATION(SUCCEEDED));
	assert_string_equal(line_of(operation, native_id)->outcome, "skipped");
	assert_int_equal(simulator_count(line->endpoint, NULL), 1);
}

/** A machine that another Gaon made at the same cloud. */
static const char *made_by_another(void **state)
{
	struct line *line = *state;
	const struct provider *provider = provider_find("simulator");
	struct provider_call call = { .arena = line->base.arena, .deadline_us = time_monotonic_us() + TIME_US_PER_SECOND };
	struct provider_config config = { .connection = LAB, .installation = "another", .endpoint = line->endpoint,
					  .options = json_object(line->base.arena) };
	struct provider_machine_spec spec = { .intent = { "01960000-0000-7000-8000-00000000000a", "01960000-0000-7000-8000-00000000000b",
							  ACME, WEB },
					      .name = "of-another", .image = "img-debian-12", .vcpus = 1,
					      .memory_mib = 512, .disk_gib = 5 };
	struct provider_session *session;
	struct provider_task task;
	const char *native_id;

	assert_int_equal(provider->ops->open(&call, &config, &session).error, PROVIDER_OK);
	assert_int_equal(provider->ops->create(session, &call, &spec, &task, &native_id).error, PROVIDER_OK);
	provider->ops->close(session);
	return native_id;
}

static void what_bears_the_marks_of_another_installation_is_never_touched(void **state)
{
	struct line *line = *state;
	const char *native_id = made_by_another(state);

	let_age(state);
	assert_int_equal(observed(state, OBSERVED(FOREIGN))->n_observed_resources, 1);
	assert_int_equal(sweep(state, true, 0)->n_orphans, 0);
	/* Not even if our books had it wrong. */
	assert_ok(service_execute(*state, "UPDATE observed_resource SET state = 4, suspect_since_us = 1", SQL_NO_ARGS));
	Gaon__SweepOrphansResponse *found = sweep(state, true, 0);
	assert_int_equal(found->n_orphans, 1);
	line_run(*state);
	assert_string_equal(line_of(line_operation(*state, found->operation->name), native_id)->outcome, "skipped");
	assert_int_equal(simulator_count(line->endpoint, NULL), 1);
}

static void what_went_to_another_machine_meanwhile_is_skipped(void **state)
{
	struct line *line = *state;
	const char *native_id = orphan(state, "lost");

	let_age(state);
	assert_ok(service_execute(*state, "UPDATE observed_resource SET resource_mark = '01960000-0000-7000-8000-000000000001'",
				  SQL_NO_ARGS));
	Gaon__SweepOrphansResponse *found = sweep(state, true, 0);
	line_run(*state);
	assert_string_equal(line_of(line_operation(*state, found->operation->name), native_id)->outcome, "skipped");
	assert_int_equal(simulator_count(line->endpoint, NULL), 1);
	assert_string_equal(observed(state, OBSERVED(ORPHAN_SUSPECT))->observed_resources[0]->operation, "");
}

static void one_that_cannot_be_removed_does_not_hold_up_the_others(void **state)
{
	struct line *line = *state;
	const char *first = orphan(state, "lost-1"), *second = orphan(state, "lost-2");

	let_age(state);
	Gaon__SweepOrphansResponse *found = sweep(state, true, 0);
	line_cloud(*state, "{\"failure_rate\": 1, \"failure_classes\": [\"FORBIDDEN\"]}");
	service_run(*state, 2);
	line_cloud(*state, "{}");
	line_run(*state);
	Gaon__Operation *operation = line_operation(*state, found->operation->name);
	assert_int_equal(operation->state, OPERATION(FAILED));
	assert_string_equal(operation->error->reason, "ORPHANS_LEFT");
	assert_string_equal(line_of(operation, first)->outcome, "failed");
	assert_string_equal(line_of(operation, second)->outcome, "done");
	assert_int_equal(simulator_count(line->endpoint, NULL), 1);
	found = sweep(state, true, 0);
	line_run(*state);
	assert_int_equal(line_operation(*state, found->operation->name)->state, OPERATION(SUCCEEDED));
	assert_int_equal(simulator_count(line->endpoint, NULL), 0);
}

static void a_sweep_over_a_cloud_that_stumbles_leaves_nothing(void **state)
{
	struct line *line = *state;
	char name[16];

	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof name, "lost-%d", i);
		orphan(state, name);
	}
	let_age(state);
	line_cloud(*state, "{\"failure_rate\": 0.2, \"lost_reply_rate\": 0.2, \"lost_request_rate\": 0.1, \"seed\": 3}");
	for (int i = 0; i < 5 && simulator_count(line->endpoint, NULL) > 0; i++) {
		sweep(state, true, 0);
		line_run(*state);
	}
	assert_int_equal(simulator_count(line->endpoint, NULL), 0);
}

static void what_is_being_swept_can_be_neither_imported_nor_swept_twice(void **state)
{
	Gaon__ImportMachineRequest request = GAON__IMPORT_MACHINE_REQUEST__INIT;
	const char *native_id = orphan(state, "lost");
	Gaon__Operation operation;

	let_age(state);
	sweep(state, true, 0);
	assert_int_equal(sweep(state, true, 0)->n_orphans, 0);
	line_as(*state, "pia");
	request.parent = WEB;
	request.observed_resource = observed_name(state, native_id);
	assert_fails(service_call(*state, &gaon_lifecycle_table, "ImportMachine", &request, &operation), STATUS_FAILED_PRECONDITION,
		     "OBSERVED_RESOURCE_BUSY");
}

static void what_another_connection_to_the_same_cloud_made_is_its_own(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");

	/* The row is another connection's now, and so are the marks: what LAB sees there is managed, not lost. */
	assert_ok(make_connection(*state, ACME, "twin", ""));
	assert_ok(service_execute(*state, "UPDATE connection SET endpoint = $1 WHERE name = 'tenants/acme/connections/twin'",
				  SQL_ARGS(sql_text(line->endpoint))));
	assert_int_equal(probe(*state, "tenants/acme/connections/twin"), OPERATION_SUCCEEDED);
	Gaon__SyncConnectionRequest request = GAON__SYNC_CONNECTION_REQUEST__INIT;
	Gaon__Operation operation;
	request.name = "tenants/acme/connections/twin";
	time_fake_advance(TIME_US_PER_SECOND);
	line_did(*state, service_call(*state, &gaon_lifecycle_table, "SyncConnection", &request, &operation), &operation);
	Gaon__ListObservedResourcesRequest list = GAON__LIST_OBSERVED_RESOURCES_REQUEST__INIT;
	Gaon__ListObservedResourcesResponse seen;
	list.parent = request.name;
	assert_ok(service_call(*state, &gaon_lifecycle_table, "ListObservedResources", &list, &seen));
	assert_int_equal(seen.n_observed_resources, 1);
	assert_int_equal(seen.observed_resources[0]->state, OBSERVED(MANAGED));
	assert_string_equal(seen.observed_resources[0]->machine, machine->name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(a_dry_run_only_lists),
		LINE_TEST(orphans_are_removed_with_a_line_each_and_seen_to_be_gone),
		LINE_TEST(what_became_an_orphan_a_moment_ago_is_left_alone),
		LINE_TEST(what_an_operation_is_making_is_never_swept),
		LINE_TEST(a_machine_whose_id_our_books_have_wrong_is_not_swept),
		LINE_TEST(what_came_to_be_known_meanwhile_is_skipped),
		LINE_TEST(what_bears_the_marks_of_another_installation_is_never_touched),
		LINE_TEST(what_went_to_another_machine_meanwhile_is_skipped),
		LINE_TEST(one_that_cannot_be_removed_does_not_hold_up_the_others),
		LINE_TEST(a_sweep_over_a_cloud_that_stumbles_leaves_nothing),
		LINE_TEST(what_is_being_swept_can_be_neither_imported_nor_swept_twice),
		LINE_TEST(what_another_connection_to_the_same_cloud_made_is_its_own),
	};

	return cmocka_run_group_tests_name("lifecycle_sweep", tests, NULL, NULL);
}
