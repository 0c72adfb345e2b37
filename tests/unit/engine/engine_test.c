/* SPDX-License-Identifier: Apache-2.0 */
/* engine_test.c: every operation ends, undoes what it began, and does nothing twice that it need not. */
#include "tests/unit/engine/script.h"

#include <stdio.h>
#include <string.h>

#include "runtime/base/time.h"

static int64_t count_rows(struct world *world, const char *sql)
{
	struct store_tx *tx = NULL;
	struct rows *rows = NULL;

	assert_ok(store_read_begin(world->store, world->arena, &tx));
	assert_ok(store_query(tx, sql, SQL_NO_ARGS, &rows));
	assert_true(store_next(rows));

	int64_t count = row_int(rows, 0);

	store_read_end(tx);
	return count;
}

/* ---- a table of scripts ---- */

struct scene {
	const char *name;
	struct script script;
	enum operation_state state;
	const char *log;
	const char *reason; /* of the failure; NULL: none */
	unsigned progress_percent;
};

static const struct scene scenes[] = {
	{ "all goes well", { .run = { "d", "d", "d" } }, OPERATION_SUCCEEDED, "run1 run2 run3 ", NULL, 100 },
	{ "polls keep the attempt", { .run = { "d", "aad", "d" } }, OPERATION_SUCCEEDED, "run1 run2 run2 run2 run3 ", NULL, 100 },
	{ "unavailable is tried again", { .run = { "ud" } }, OPERATION_SUCCEEDED, "run1 run1 run2 run3 ", NULL, 100 },
	{ "throttled is tried again", { .run = { "d", "ttd" } }, OPERATION_SUCCEEDED, "run1 run2 run2 run2 run3 ", NULL, 100 },
	{ "capacity is tried again", { .run = { "pd" } }, OPERATION_SUCCEEDED, "run1 run1 run2 run3 ", NULL, 100 },
	{ "an unknown outcome is tried again", { .run = { "d", "od" } }, OPERATION_SUCCEEDED, "run1 run2 run2 run3 ", NULL, 100 },
	{ "invalid is undone", { .run = { "d", "i" } }, OPERATION_FAILED, "run1 run2 undo2 undo1 ", "SCRIPTED", 33 },
	{ "no credentials is undone", { .run = { "A" } }, OPERATION_FAILED, "run1 undo1 ", "SCRIPTED", 0 },
	{ "forbidden is undone", { .run = { "f" } }, OPERATION_FAILED, "run1 undo1 ", "SCRIPTED", 0 },
	{ "not found is undone", { .run = { "n" } }, OPERATION_FAILED, "run1 undo1 ", "SCRIPTED", 0 },
	{ "conflict is undone", { .run = { "c" } }, OPERATION_FAILED, "run1 undo1 ", "SCRIPTED", 0 },
	{ "quota is undone", { .run = { "q" } }, OPERATION_FAILED, "run1 undo1 ", "SCRIPTED", 0 },
	{ "unsupported is undone", { .run = { "x" } }, OPERATION_FAILED, "run1 undo1 ", "SCRIPTED", 0 },
	{ "the last step undoes them all, last first", { .run = { "d", "d", "i" } }, OPERATION_FAILED,
	  "run1 run2 run3 undo3 undo2 undo1 ", "SCRIPTED", 66 },
	{ "an undo is tried again too", { .run = { "d", "i" }, .undo = { "ud", "ad" } }, OPERATION_FAILED,
	  "run1 run2 undo2 undo2 undo1 undo1 ", "SCRIPTED", 33 },
	{ "an undo that fails does not stop the others", { .run = { "d", "i" }, .undo = { "d", "i" } }, OPERATION_FAILED,
	  "run1 run2 undo2 undo1 ", "SCRIPTED", 33 },
	{ "a prepare that fails for good never acts", { .prepare_fails = "i" }, OPERATION_FAILED, "", "SCRIPTED", 0 },
	{ "a prepare that fails for now is tried again", { .prepare_fails = "uud" }, OPERATION_SUCCEEDED,
	  "run1 run2 run3 ", NULL, 100 },
	{ "a record that fails for good is undone", { .record_fails = "i" }, OPERATION_FAILED, "run1 undo1 ", "SCRIPTED", 0 },
	{ "a record that fails for now repeats the step", { .record_fails = "ud" }, OPERATION_SUCCEEDED,
	  "run1 run1 run2 run3 ", NULL, 100 },
	{ "cancelled in the first act", { .cancel_at = "run1" }, OPERATION_CANCELLED, "run1 undo1 ", "OPERATION_CANCELLED", 33 },
	{ "cancelled in the second act", { .cancel_at = "run2" }, OPERATION_CANCELLED, "run1 run2 undo2 undo1 ",
	  "OPERATION_CANCELLED", 66 },
	{ "cancelled while it polls", { .run = { "d", "a" }, .cancel_at = "run2" }, OPERATION_CANCELLED,
	  "run1 run2 undo2 undo1 ", "OPERATION_CANCELLED", 33 },
	{ "cancelled in the last act it is too late", { .cancel_at = "run3" }, OPERATION_SUCCEEDED, "run1 run2 run3 ", NULL, 100 },
	{ "cancelled, and the act fails", { .run = { "d", "i" }, .cancel_at = "run2" }, OPERATION_FAILED,
	  "run1 run2 undo2 undo1 ", "SCRIPTED", 33 },
	{ "cancelled, and an undo fails", { .undo = { "i" }, .cancel_at = "run1" }, OPERATION_FAILED, "run1 undo1 ",
	  "OPERATION_CANCELLED", 33 },
};

static void play_scene(const struct scene *scene)
{
	void *state = NULL;

	assert_int_equal(world_setup(&state), 0);

	struct world *world = state;

	world->script = scene->script;
	world->script.store = world->store;

	struct operation operation = world_run(world);

	if (strcmp(world->script.log, scene->log) != 0 || operation.state != scene->state)
		fail_msg("%s: state %d, log \"%s\"", scene->name, operation.state, world->script.log);
	if (scene->reason == NULL)
		assert_int_equal(operation.failure.code, STATUS_OK);
	else
		assert_string_equal(operation.failure.reason, scene->reason);
	assert_int_equal(operation.progress_percent, scene->progress_percent);
	assert_int_equal(world->script.ended_count, 1);
	assert_int_equal(world->script.ended_state, scene->state);
	assert_int_equal(count_rows(world, "SELECT COUNT(*) FROM settled"), 1);
	assert_true(operation.ended_us >= operation.started_us && operation.started_us >= operation.created_us);
	assert_int_equal(world_teardown(&state), 0);
}

static void each_scene_ends_as_it_should(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++)
		play_scene(&scenes[i]);
}

/* ---- time ---- */

static void a_poll_that_was_answered_makes_the_pauses_short_again(void **state)
{
	struct world *world = *state;
	struct operation_step *lines;

	/* The polls take 70 s of the step's 100; fourteen failures in a row would take minutes. */
	world->script.run[0] = "uauauauauauauauauauauauauauad";
	struct operation operation = world_run(world);
	assert_int_equal(operation.state, OPERATION_SUCCEEDED);
	assert_int_equal(world_journal(world, &lines), 3);
	assert_int_equal(lines[0].attempts, 15);
}

static void a_step_that_polls_for_ever_ends_by_its_timeout(void **state)
{
	struct world *world = *state;

	world->script.run[1] = "a";

	struct operation operation = world_run(world);

	assert_int_equal(operation.state, OPERATION_FAILED);
	assert_string_equal(operation.failure.reason, "STEP_TIMEOUT");
	assert_int_equal(operation.failure.code, STATUS_DEADLINE_EXCEEDED);
	assert_true(operation.ended_us - operation.started_us <= 101 * TIME_US_PER_SECOND);
	assert_int_equal(world->script.run_count[1], 20);
	assert_int_equal(world->script.undo_count[1], 1);
}

static void a_step_that_is_never_available_ends_by_its_timeout(void **state)
{
	struct world *world = *state;

	world->script.run[0] = "u";

	struct operation operation = world_run(world);

	assert_int_equal(operation.state, OPERATION_FAILED);
	assert_string_equal(operation.failure.reason, "SCRIPTED");
	assert_true(operation.ended_us - operation.started_us <= 101 * TIME_US_PER_SECOND);
}

static void the_whole_operation_ends_by_its_deadline(void **state)
{
	struct world *world = *state;

	for (int i = 0; i < SCRIPT_STEPS; i++)
		world->script.run[i] = "aaaaaaaaaaaaaaaaaad"; /* 90 s each: the third would end at 270 s */

	struct operation operation = world_run(world);

	assert_int_equal(operation.state, OPERATION_FAILED);
	assert_string_equal(operation.failure.reason, "OPERATION_DEADLINE");
	assert_true(operation.ended_us - operation.started_us <= 201 * TIME_US_PER_SECOND);
	assert_int_equal(world->script.undo_count[0] + world->script.undo_count[1] + world->script.undo_count[2], 3);
}

static void a_clock_that_jumps_ahead_ends_it_all_the_same(void **state)
{
	struct world *world = *state;

	world->script.run[1] = "a";
	world_create(world, NULL);
	world->engine = world_engine(world);
	engine_run_due(world->engine);
	time_fake_advance(400 * 24 * TIME_US_PER_HOUR);
	assert_int_equal(world_finish(world).state, OPERATION_FAILED);
}

static void an_undo_that_never_ends_is_given_up_and_says_what_may_be_left(void **state)
{
	struct world *world = *state;
	struct operation_step *lines = NULL;

	world->script.run[1] = "i";
	world->script.undo[0] = "u";
	world->script.undo[1] = "a";

	struct operation operation = world_run(world);

	assert_int_equal(operation.state, OPERATION_FAILED);
	assert_string_equal(operation.failure.reason, "SCRIPTED");
	assert_non_null(strstr(operation.failure.message, "second, first"));

	size_t count = world_journal(world, &lines);

	assert_int_equal(count, 4);
	assert_true(lines[2].is_undo);
	assert_string_equal(lines[2].name, "second");
	assert_string_equal(lines[2].outcome, "failed");
	assert_non_null(strstr(lines[2].note, "may be left"));
}

static void a_throttled_step_waits_at_least_as_long_as_it_was_told(void **state)
{
	struct world *world = *state;
	int64_t due_us = 0;

	world->script.run[0] = "td";
	world_create(world, NULL);
	world->engine = world_engine(world);
	engine_run_due(world->engine);
	assert_ok(engine_next_due(world->engine, world->arena, &due_us));
	assert_true(due_us >= START_US + 7 * TIME_US_PER_SECOND);
	time_fake_advance(6900 * TIME_US_PER_MS);
	engine_run_due(world->engine);
	assert_int_equal(world->script.run_count[0], 1);
	assert_int_equal(world_finish(world).state, OPERATION_SUCCEEDED);
}

static void a_throttled_connection_is_left_alone_by_the_others_too(void **state)
{
	struct world *world = *state;

	world->script.run[0] = "td";
	world_create(world, "connections/slow");
	world->engine = world_engine(world);
	engine_run_due(world->engine);
	world_create(world, "connections/slow");
	engine_run_due(world->engine);
	assert_string_equal(world->script.log, "run1 ");
	world_create(world, "connections/quick");
	engine_run_due(world->engine);
	assert_string_equal(world->script.log, "run1 run1 run2 run3 ");
}

static void a_connection_is_not_asked_more_often_than_it_bears(void **state)
{
	struct world *world = *state;

	world->engine = world_engine(world);
	engine_limit(world->engine, "connections/slow", 1, 2);
	world_create(world, "connections/slow");
	for (unsigned acts = 1; acts <= 3; acts++) {
		engine_run_due(world->engine);
		assert_int_equal(world->script.run_count[0] + world->script.run_count[1] + world->script.run_count[2], acts);
		time_fake_advance(TIME_US_PER_SECOND / 2);
	}
	engine_run_due(world->engine);
	assert_int_equal(world_read(world).state, OPERATION_SUCCEEDED);
}

/* ---- journal and feed ---- */

static void the_journal_tells_people_what_happened(void **state)
{
	struct world *world = *state;
	struct operation_step *lines = NULL;

	world->script.run[0] = "ud";
	world->script.run[1] = "ai";
	world_run(world);
	assert_int_equal(world_journal(world, &lines), 4);
	assert_string_equal(lines[0].name, "first");
	assert_string_equal(lines[0].outcome, "done");
	assert_string_equal(lines[0].note, "went well");
	assert_string_equal(lines[0].provider_request_id, "r-1");
	assert_int_equal(lines[0].attempts, 2);
	assert_true(lines[0].ended_us >= lines[0].started_us);
	assert_string_equal(lines[1].outcome, "failed");
	assert_non_null(strstr(lines[1].note, "the script said i"));
	assert_int_equal(lines[1].attempts, 1);
	assert_true(lines[2].is_undo && lines[3].is_undo);
	assert_string_equal(lines[3].name, "first");
	assert_string_equal(lines[3].outcome, "done");
}

static void a_step_without_an_undo_says_why(void **state)
{
	struct world *world = *state;
	struct operation_step *lines = NULL;
	struct workflow_step steps[SCRIPT_STEPS];

	memcpy(steps, script_steps, sizeof steps);
	steps[0].undo = (struct step_action){ NULL, NULL, NULL };
	steps[0].no_undo = "it changed nothing";
	world->workflow.steps = steps;
	world->script.run[1] = "i";
	world_run(world);
	assert_string_equal(world->script.log, "run1 run2 undo2 ");
	assert_int_equal(world_journal(world, &lines), 4);
	assert_string_equal(lines[3].outcome, "skipped");
	assert_string_equal(lines[3].note, "it changed nothing");
	engine_stop(world->engine, 0);
	world->engine = NULL;
}

static void watchers_see_news_but_not_every_poll(void **state)
{
	struct world *world = *state;

	world->script.run[1] = "aaaaaaaaaad";
	world_run(world);
	assert_int_equal(count_rows(world, "SELECT COUNT(*) FROM change WHERE type = 'operation' AND kind = 1"), 1);
	/* claimed; three steps begun; three done; the first poll; ended */
	assert_int_equal(count_rows(world, "SELECT COUNT(*) FROM change WHERE kind = 2"), 9);

	char name[128];

	snprintf(name, sizeof name, "tenants/acme/projects/web/operations/%s", world->id);

	struct store_tx *tx = NULL;
	struct rows *rows = NULL;

	assert_ok(store_read_begin(world->store, world->arena, &tx));
	assert_ok(store_query(tx, "SELECT DISTINCT name FROM change", SQL_NO_ARGS, &rows));
	assert_int_equal(store_count(rows), 1);
	assert_true(store_next(rows));
	assert_string_equal(row_text(rows, 0), name);
	store_read_end(tx);
}

static void the_memo_is_kept_from_step_to_step(void **state)
{
	struct world *world = *state;

	world->script.run[1] = "ad";

	struct operation operation = world_run(world);

	assert_string_equal(json_text(json_get(operation.memo, "intent"), ""), "i-1");
	assert_int_equal(json_int(json_get(operation.memo, "run2"), 0), 2);
	assert_string_equal(json_text(json_get(operation.input, "size"), ""), "small");
}

/* ---- ends ---- */

static void an_end_that_cannot_be_settled_is_tried_again(void **state)
{
	struct world *world = *state;

	world->script.ended_failures = 3;
	assert_int_equal(world_run(world).state, OPERATION_SUCCEEDED);
	assert_int_equal(world->script.ended_count, 4);
	assert_int_equal(count_rows(world, "SELECT COUNT(*) FROM settled"), 1);
	assert_string_equal(world->script.log, "run1 run2 run3 ");
}

static void work_of_an_unknown_kind_fails_and_the_engine_goes_on(void **state)
{
	struct world *world = *state;

	world->workflow.kind = "renamed";
	world_create(world, NULL);
	world->engine = world_engine(world);
	engine_run_due(world->engine);

	struct operation operation = world_read(world);

	assert_int_equal(operation.state, OPERATION_FAILED);
	assert_string_equal(operation.failure.reason, "WORKFLOW_UNKNOWN");
}

static void one_that_was_cancelled_before_it_began_does_nothing(void **state)
{
	struct world *world = *state;

	world_create(world, NULL);
	world_cancel(world);
	assert_int_equal(world_finish(world).state, OPERATION_CANCELLED);
	assert_string_equal(world->script.log, "");
	assert_int_equal(world->script.ended_count, 1);
}

static void a_waiting_one_is_woken_by_its_cancellation(void **state)
{
	struct world *world = *state;

	world->script.run[0] = "a";
	world_create(world, NULL);
	world->engine = world_engine(world);
	engine_run_due(world->engine);
	world_cancel(world);
	world_cancel(world); /* twice is once */
	engine_run_due(world->engine);
	assert_int_equal(world_read(world).state, OPERATION_CANCELLED);
	assert_string_equal(world->script.log, "run1 undo1 ");
}

static struct status cancel_it(struct store_tx *tx, void *context)
{
	return operation_cancel(tx, context, "users/tester");
}

static void an_ended_one_cannot_be_cancelled(void **state)
{
	struct world *world = *state;

	world_run(world);

	struct status status = store_write(world->store, world->arena, cancel_it, (void *)(uintptr_t)world->id);

	assert_int_equal(status.code, STATUS_FAILED_PRECONDITION);
	assert_string_equal(status.reason, "OPERATION_ENDED");
	status = store_write(world->store, world->arena, cancel_it, (void *)(uintptr_t)"none");
	assert_int_equal(status.code, STATUS_NOT_FOUND);
}

/* ---- lists ---- */

struct listing {
	struct operation_filter filter;
	const char *after;
	unsigned most;
	struct operation *operations;
	size_t count;
};

static struct status list(struct store_tx *tx, void *context)
{
	struct listing *listing = context;

	return operation_list(tx, &listing->filter, listing->after, listing->most, &listing->operations, &listing->count);
}

static void lists_are_newest_first_filtered_and_paged(void **state)
{
	struct world *world = *state;
	const char *ids[5];
	struct listing first = { .filter = { .tenant = "tenants/acme" }, .most = 3 };
	struct listing none = { .filter = { .tenant = "tenants/acme", .state = OPERATION_FAILED }, .most = 3 };
	struct listing kind = { .filter = { .target = "tenants/acme/projects/web/machines/m1", .kind = "scripted" }, .most = 9 };

	for (int i = 0; i < 5; i++) {
		world_create(world, NULL);
		ids[i] = world->id;
	}
	assert_ok(store_read(world->store, world->arena, list, &first));
	assert_int_equal(first.count, 3);
	assert_string_equal(first.operations[0].id, ids[4]);
	first.after = first.operations[2].id;
	assert_ok(store_read(world->store, world->arena, list, &first));
	assert_int_equal(first.count, 2);
	assert_string_equal(first.operations[1].id, ids[0]);
	assert_ok(store_read(world->store, world->arena, list, &none));
	assert_int_equal(none.count, 0);
	assert_ok(store_read(world->store, world->arena, list, &kind));
	assert_int_equal(kind.count, 5);
}

#define engine_case(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_scene_ends_as_it_should),
		engine_case(a_poll_that_was_answered_makes_the_pauses_short_again),
		engine_case(a_step_that_polls_for_ever_ends_by_its_timeout),
		engine_case(a_step_that_is_never_available_ends_by_its_timeout),
		engine_case(the_whole_operation_ends_by_its_deadline),
		engine_case(a_clock_that_jumps_ahead_ends_it_all_the_same),
		engine_case(an_undo_that_never_ends_is_given_up_and_says_what_may_be_left),
		engine_case(a_throttled_step_waits_at_least_as_long_as_it_was_told),
		engine_case(a_throttled_connection_is_left_alone_by_the_others_too),
		engine_case(a_connection_is_not_asked_more_often_than_it_bears),
		engine_case(the_journal_tells_people_what_happened),
		engine_case(a_step_without_an_undo_says_why),
		engine_case(watchers_see_news_but_not_every_poll),
		engine_case(the_memo_is_kept_from_step_to_step),
		engine_case(an_end_that_cannot_be_settled_is_tried_again),
		engine_case(work_of_an_unknown_kind_fails_and_the_engine_goes_on),
		engine_case(one_that_was_cancelled_before_it_began_does_nothing),
		engine_case(a_waiting_one_is_woken_by_its_cancellation),
		engine_case(an_ended_one_cannot_be_cancelled),
		engine_case(lists_are_newest_first_filtered_and_paged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
