/* SPDX-License-Identifier: Apache-2.0 */
/* sync_test.c: what a cloud has beside what should be there. */
#include <string.h>

#include "tests/unit/lifecycle/look.h"

static const struct line_item one = { .action = ORDER_ADD, .parameters = "image=debian-12,disk_gib=5,name=web-1" };

static Gaon__DriftReport *drift(void **state)
{
	return report(state, false);
}

static void what_we_made_is_managed_and_nothing_drifts(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");

	look(state);
	Gaon__ListObservedResourcesResponse *all = observed(state, 0);
	assert_int_equal(all->n_observed_resources, 1);
	assert_int_equal(all->observed_resources[0]->state, OBSERVED(MANAGED));
	assert_string_equal(all->observed_resources[0]->machine, machine->name);
	assert_string_equal(all->observed_resources[0]->native_id, machine->native_id);
	assert_int_equal(drift(state)->n_drifts, 0);
	assert_non_null(drift(state)->sync_time);
}

static void a_machine_of_somebody_else_is_foreign(void **state)
{
	struct line *line = *state;
	char id[SIMULATOR_ID_SIZE];

	line_machine(*state, "web-1");
	assert_true(simulator_plant(line->endpoint, "theirs", id));
	look(state);
	assert_int_equal(observed(state, OBSERVED(FOREIGN))->n_observed_resources, 1);
	assert_string_equal(observed(state, OBSERVED(FOREIGN))->observed_resources[0]->native_id, id);
	assert_int_equal(drift(state)->n_drifts, 1);
	assert_int_equal(drift(state)->drifts[0]->kind, GAON__DRIFT_KIND__DRIFT_KIND_FOREIGN);
	assert_string_equal(drift(state)->drifts[0]->display_name, "theirs");
}

static void a_machine_that_vanished_is_missing_and_costs_nothing_more(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	look(state);
	assert_true(simulator_vanish(line->endpoint, machine->native_id));
	look(state);
	assert_int_equal(line_get(*state, machine->name)->state, STATE(MISSING));
	assert_int_equal(observed(state, OBSERVED(GONE))->n_observed_resources, 1);
	assert_int_equal(drift(state)->n_drifts, 1);
	assert_int_equal(drift(state)->drifts[0]->kind, GAON__DRIFT_KIND__DRIFT_KIND_MISSING);
	assert_int_equal(service_number(*state, "SELECT metered_us FROM machine"), 0);
	assert_int_equal(line_used(*state, WEB, GAON__QUOTA_METRIC__QUOTA_METRIC_MACHINES), 1);
	assert_fails(line_power(*state, "StopMachine", machine->name, &operation), STATUS_FAILED_PRECONDITION, "MACHINE_STATE");
	assert_int_equal(line_did(*state, line_delete(*state, machine->name, &operation), &operation)->state,
			 GAON__OPERATION_STATE__OPERATION_STATE_SUCCEEDED);
	assert_int_equal(line_used(*state, WEB, GAON__QUOTA_METRIC__QUOTA_METRIC_MACHINES), 0);
	assert_int_equal(drift(state)->n_drifts, 0);
}

static void a_machine_that_vanished_before_the_first_look_is_missing_too(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");

	simulator_vanish(line->endpoint, machine->native_id);
	look(state);
	assert_int_equal(line_get(*state, machine->name)->state, STATE(MISSING));
}

static void a_machine_that_was_resized_at_the_cloud_is_only_reported(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");

	assert_true(simulator_alter(line->endpoint, machine->native_id, 3, 512));
	look(state);
	assert_int_equal(line_get(*state, machine->name)->vcpus, 1);
	Gaon__DriftReport *report = drift(state);
	assert_int_equal(report->n_drifts, 1);
	assert_int_equal(report->drifts[0]->kind, GAON__DRIFT_KIND__DRIFT_KIND_CHANGED);
	assert_string_equal(report->drifts[0]->field, "vcpus");
	assert_string_equal(report->drifts[0]->expected, "1");
	assert_string_equal(report->drifts[0]->observed, "3");
	assert_string_equal(report->drifts[0]->machine, machine->name);
}

static struct status drift_page(void **state, int32_t size, const char *token, Gaon__DriftReport *reply)
{
	Gaon__GetDriftReportRequest request = GAON__GET_DRIFT_REPORT_REQUEST__INIT;

	request.parent = LAB;
	request.page_size = size;
	request.page_token = token;
	return service_call(*state, &gaon_lifecycle_table, "GetDriftReport", &request, reply);
}

static void a_report_of_many_differences_is_read_to_its_end_page_by_page(void **state)
{
	struct service_fixture *fixture = *state;
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	char id[SIMULATOR_ID_SIZE];
	size_t count = 0, pages = 0;
	const char *token = "";
	Gaon__DriftReport reply;

	/* Both of its sizes differ, 700 more are foreign, one is suspected to be an orphan of ours. */
	assert_true(simulator_alter(line->endpoint, machine->native_id, 3, 768));
	for (int i = 0; i < 701; i++)
		assert_true(simulator_plant(line->endpoint, "theirs", id));
	look(state);
	assert_ok(service_execute(fixture, "UPDATE observed_resource SET state = 4 WHERE native_id = $1", SQL_ARGS(sql_text(id))));
	Gaon__DriftReport *first = drift(state);
	assert_int_equal(first->n_drifts, 500);
	assert_string_not_equal(first->next_page_token, "");
	assert_string_equal(first->drifts[0]->field, "vcpus");
	assert_string_equal(first->drifts[1]->field, "memory_mib");
	assert_string_equal(first->drifts[1]->machine, machine->name);
	assert_string_equal(first->drifts[2]->native_id, id);

	/* Whatever a page holds, also one row, nothing is left out and nothing comes twice. */
	for (int32_t size = 1; size < 500; size += 248, token = "", count = pages = 0) {
		struct json *seen = json_object(fixture->arena);
		do {
			assert_ok(drift_page(state, size, token, &reply));
			assert_true(reply.n_drifts <= (size_t)size);
			for (size_t i = 0; i < reply.n_drifts; i++)
				json_set_bool(seen,
					      arena_printf(fixture->arena, "%s %s", reply.drifts[i]->native_id,
							   reply.drifts[i]->field),
					      true);
			count += reply.n_drifts;
			pages++;
			token = reply.next_page_token;
		} while (*token && pages <= 703);
		assert_int_equal(count, 703);
		assert_int_equal(json_size(seen), 703);
		assert_int_equal(pages, (703 + (size_t)size - 1) / (size_t)size);
	}
	assert_fails(drift_page(state, 10, "forged", &reply), STATUS_INVALID_ARGUMENT, "PAGE_TOKEN_INVALID");
	assert_fails(drift_page(state, -1, "", &reply), STATUS_INVALID_ARGUMENT, "INVALID_FIELD");
}

static void power_that_was_switched_at_the_cloud_is_taken_over(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	/* The cloud has it STOPPED; as if we had never heard of it. */
	line_did(*state, line_power(*state, "StopMachine", machine->name, &operation), &operation);
	assert_ok(service_execute(*state, "UPDATE machine SET state = 2, is_running = 1", SQL_NO_ARGS));
	look(state);
	assert_int_equal(line_get(*state, machine->name)->state, STATE(STOPPED));
	assert_string_not_equal(line_get(*state, machine->name)->state_message, "");
	assert_int_equal(service_number(*state, "SELECT is_running FROM machine"), 0);
}

static void a_machine_that_comes_back_is_there_again(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");

	assert_ok(service_execute(*state, "UPDATE machine SET state = 9, is_running = 0, metered_us = 0", SQL_NO_ARGS));
	look(state);
	assert_int_equal(line_get(*state, machine->name)->state, STATE(RUNNING));
	assert_int_equal(service_number(*state, "SELECT metered_us FROM machine"), time_now_us());
}

static void what_an_operation_works_on_is_left_to_it(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	assert_ok(line_power(*state, "SuspendMachine", machine->name, &operation));
	time_fake_advance(TIME_US_PER_SECOND);
	simulator_vanish(line->endpoint, machine->native_id);
	assert_ok(service_execute(*state, "UPDATE operation SET due_us = due_us + 1000000000 WHERE kind = 'machine-suspend'",
				  SQL_NO_ARGS));
	look_beside(state);
	assert_int_equal(line_get(*state, machine->name)->state, STATE(UPDATING));
	assert_string_equal(line_get(*state, machine->name)->operation, operation.name);
}

static void a_machine_that_is_being_made_is_no_orphan(void **state)
{
	struct line *line = *state;

	/* The cloud has made it; its answer was lost, so that nobody here knows its id. */
	line_cloud(*state, "{\"lost_reply_rate\": 1}");
	Gaon__Order *order = line_order(*state, WEB, &one, 1);
	service_run(*state, 3);
	assert_int_equal(simulator_count(line->endpoint, NULL), 1);
	line_cloud(*state, "{}");
	Gaon__Machine *machine = line_machine_of(*state, order->items[0]->deployment);
	assert_string_equal(machine->native_id, "");
	assert_ok(service_execute(*state, "UPDATE operation SET due_us = due_us + 60000000 WHERE state = 2", SQL_NO_ARGS));
	look_beside(state);
	assert_int_equal(line_get(*state, machine->name)->state, STATE(CREATING));
	assert_int_equal(observed(state, OBSERVED(ORPHAN_SUSPECT))->n_observed_resources, 0);
	assert_int_equal(observed(state, OBSERVED(MANAGED))->n_observed_resources, 1);
	assert_string_equal(observed(state, OBSERVED(MANAGED))->observed_resources[0]->machine, machine->name);
}

static void what_bears_our_marks_and_is_unknown_is_suspect(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");

	assert_int_equal(simulator_count(line->endpoint, NULL), 1);
	assert_ok(service_execute(*state, "UPDATE machine SET native_id = 'sim-elsewhere'", SQL_NO_ARGS));
	look(state);
	assert_int_equal(observed(state, OBSERVED(ORPHAN_SUSPECT))->n_observed_resources, 1);
	assert_string_equal(observed(state, OBSERVED(ORPHAN_SUSPECT))->observed_resources[0]->native_id, machine->native_id);
	assert_int_equal(drift(state)->n_drifts, 2);
}

static void every_planted_machine_is_found_page_by_page(void **state)
{
	struct line *line = *state;
	char id[SIMULATOR_ID_SIZE];

	line_cloud(*state, "{\"page_size\": 7}");
	for (int i = 0; i < 100; i++)
		assert_true(simulator_plant(line->endpoint, "theirs", id));
	look(state);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM observed_resource WHERE state = 3"), 100);
	assert_true(simulator_vanish(line->endpoint, id));
	look(state);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM observed_resource WHERE state = 3"), 99);
	assert_int_equal(observed(state, OBSERVED(GONE))->n_observed_resources, 1);
}

static void a_cloud_that_cannot_be_read_makes_nothing_missing(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__SyncConnectionRequest request = GAON__SYNC_CONNECTION_REQUEST__INIT;
	Gaon__Operation operation;

	look(state);
	line_cloud(*state, "{\"failure_rate\": 1, \"failure_classes\": [\"AUTH\"]}");
	request.name = LAB;
	assert_int_equal(line_did(*state, service_call(*state, &gaon_lifecycle_table, "SyncConnection", &request, &operation),
				  &operation)
				 ->state,
			 GAON__OPERATION_STATE__OPERATION_STATE_FAILED);
	assert_int_equal(line_get(*state, machine->name)->state, STATE(RUNNING));
	assert_int_equal(observed(state, OBSERVED(MANAGED))->n_observed_resources, 1);
}

static void a_look_that_goes_on_is_not_begun_again(void **state)
{
	Gaon__SyncConnectionRequest request = GAON__SYNC_CONNECTION_REQUEST__INIT;
	Gaon__Operation first, second;
	struct line *line = *state;

	request.name = LAB;
	assert_ok(service_call(*state, &gaon_lifecycle_table, "SyncConnection", &request, &first));
	assert_ok(service_call(*state, &gaon_lifecycle_table, "SyncConnection", &request, &second));
	assert_string_equal(first.name, second.name);
	assert_ok(sync_tick(line->base.arena, &line->lifecycle));
	line_run(*state);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM operation WHERE kind = 'connection-sync'"), 1);
	/* Not before its time; then by itself. */
	assert_ok(sync_tick(line->base.arena, &line->lifecycle));
	assert_int_equal(service_number(*state, "SELECT count(*) FROM operation WHERE kind = 'connection-sync'"), 1);
	time_fake_advance(301 * TIME_US_PER_SECOND);
	assert_ok(sync_tick(line->base.arena, &line->lifecycle));
	assert_int_equal(service_number(*state, "SELECT count(*) FROM operation WHERE kind = 'connection-sync'"), 2);
}

static uint64_t lists(void **state)
{
	struct line *line = *state;
	return simulator_calls(line->endpoint, VERB_LIST);
}

static void only_what_changed_since_the_last_look_is_read(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	char id[SIMULATOR_ID_SIZE], other[SIMULATOR_ID_SIZE];

	assert_true(simulator_plant(line->endpoint, "theirs", id));
	look(state);
	uint64_t before = lists(state);
	assert_true(simulator_plant(line->endpoint, "new", other));
	assert_true(simulator_vanish(line->endpoint, id));
	assert_true(simulator_vanish(line->endpoint, machine->native_id));
	look(state);
	assert_int_equal(lists(state), before);
	assert_int_equal(observed(state, OBSERVED(FOREIGN))->n_observed_resources, 1);
	assert_string_equal(observed(state, OBSERVED(FOREIGN))->observed_resources[0]->native_id, other);
	assert_int_equal(observed(state, OBSERVED(GONE))->n_observed_resources, 2);
	assert_int_equal(line_get(*state, machine->name)->state, STATE(MISSING));
	assert_int_equal(service_number(*state, "SELECT since_full FROM connection_sync"), 1);
}

static void all_is_listed_when_somebody_asks_and_every_so_often(void **state)
{
	line_machine(*state, "web-1");
	look(state);
	uint64_t before = lists(state);
	look(state);
	assert_int_equal(lists(state), before);
	assert_int_equal(look_in(state, true)->state, OPERATION(SUCCEEDED));
	assert_int_equal(lists(state), ++before);
	for (int i = 0; i < 23; i++)
		look(state);
	assert_int_equal(lists(state), before);
	look(state);
	assert_int_equal(lists(state), ++before);
	time_fake_advance(25 * TIME_US_PER_HOUR);
	look(state);
	assert_int_equal(lists(state), before + 1);
}

static void a_cursor_that_is_too_old_makes_the_look_a_full_one(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	char id[SIMULATOR_ID_SIZE];

	line_cloud(*state, "{\"changes_kept\": 2}");
	look(state);
	uint64_t before = lists(state);
	assert_true(simulator_vanish(line->endpoint, machine->native_id));
	for (int i = 0; i < 5; i++)
		assert_true(simulator_plant(line->endpoint, "theirs", id));
	look(state);
	assert_true(lists(state) > before);
	assert_int_equal(observed(state, OBSERVED(FOREIGN))->n_observed_resources, 5);
	assert_int_equal(line_get(*state, machine->name)->state, STATE(MISSING));
	assert_int_equal(service_number(*state, "SELECT since_full FROM connection_sync"), 0);
}

static void what_changed_while_it_was_worked_on_is_seen_by_the_look_after(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	look(state);
	assert_ok(line_power(*state, "RebootMachine", machine->name, &operation));
	assert_ok(service_execute(*state, "UPDATE operation SET due_us = due_us + 60000000 WHERE kind = 'machine-reboot'", SQL_NO_ARGS));
	assert_true(simulator_vanish(line->endpoint, machine->native_id));
	look_beside(state);
	assert_int_equal(line_get(*state, machine->name)->state, STATE(UPDATING));
	line_run(*state);
	uint64_t before = lists(state);
	look(state);
	assert_int_equal(lists(state), before);
	assert_int_equal(line_get(*state, machine->name)->state, STATE(MISSING));
}

static void a_connection_that_is_made_anew_does_not_go_on_from_the_old_ones_cursor(void **state)
{
	line_machine(*state, "web-1");
	look(state);
	uint64_t before = lists(state);
	assert_ok(service_execute(*state, "UPDATE connection SET created_us = $1", SQL_ARGS(sql_int(time_now_us() + 1))));
	look(state);
	assert_int_equal(lists(state), before + 1);
}

static void looks_over_a_cloud_that_stumbles_see_all(void **state)
{
	struct line *line = *state;
	char id[SIMULATOR_ID_SIZE];

	line_cloud(*state, "{\"page_size\": 7, \"failure_rate\": 0.2, \"lost_reply_rate\": 0.2, \"seed\": 5}");
	for (int i = 0; i < 60; i++)
		assert_true(simulator_plant(line->endpoint, "theirs", id));
	look(state);
	for (int i = 0; i < 20; i++)
		assert_true(simulator_plant(line->endpoint, "theirs", id));
	assert_true(simulator_vanish(line->endpoint, id));
	look(state);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM observed_resource WHERE state = 3"), 79);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(what_we_made_is_managed_and_nothing_drifts),
		LINE_TEST(a_machine_of_somebody_else_is_foreign),
		LINE_TEST(a_machine_that_vanished_is_missing_and_costs_nothing_more),
		LINE_TEST(a_machine_that_vanished_before_the_first_look_is_missing_too),
		LINE_TEST(a_machine_that_was_resized_at_the_cloud_is_only_reported),
		LINE_TEST(a_report_of_many_differences_is_read_to_its_end_page_by_page),
		LINE_TEST(power_that_was_switched_at_the_cloud_is_taken_over),
		LINE_TEST(a_machine_that_comes_back_is_there_again),
		LINE_TEST(what_an_operation_works_on_is_left_to_it),
		LINE_TEST(a_machine_that_is_being_made_is_no_orphan),
		LINE_TEST(what_bears_our_marks_and_is_unknown_is_suspect),
		LINE_TEST(every_planted_machine_is_found_page_by_page),
		LINE_TEST(a_cloud_that_cannot_be_read_makes_nothing_missing),
		LINE_TEST(a_look_that_goes_on_is_not_begun_again),
		LINE_TEST(only_what_changed_since_the_last_look_is_read),
		LINE_TEST(all_is_listed_when_somebody_asks_and_every_so_often),
		LINE_TEST(a_cursor_that_is_too_old_makes_the_look_a_full_one),
		LINE_TEST(what_changed_while_it_was_worked_on_is_seen_by_the_look_after),
		LINE_TEST(a_connection_that_is_made_anew_does_not_go_on_from_the_old_ones_cursor),
		LINE_TEST(looks_over_a_cloud_that_stumbles_see_all),
	};

	return cmocka_run_group_tests_name("lifecycle_sync", tests, NULL, NULL);
}
