/* SPDX-License-Identifier: Apache-2.0 */
/* simulator.c: the simulator's own promises: its clock, its limits, its file, its bad luck by seed. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "providers/simulator/simulator.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define ENDPOINT "sim://unit"
static struct arena *arena;
static char path[64];

static struct provider_call call_new(void)
{
	return (struct provider_call){ .arena = arena, .deadline_us = time_monotonic_us() + TIME_US_PER_MINUTE };
}

static struct provider_result try_open(const char *options, struct provider_session **session)
{
	struct json *json;
	struct provider_call call = call_new();
	assert_true(status_is_ok(json_parse(arena, slice_text(options), NULL, &json)));
	struct provider_config config = {
		.connection = "connections/one", .installation = "unit", .endpoint = ENDPOINT, .options = json
	};
	return provider_simulator.ops->open(&call, &config, session);
}

static struct provider_session *must_open(const char *options)
{
	struct provider_session *session = NULL;
	struct provider_result result = try_open(options, &session);
	if (result.error != PROVIDER_OK)
		fail_msg("%s", result.message);
	return session;
}

static void shut(struct provider_session *session)
{
	provider_simulator.ops->close(session);
}

static struct provider_result create(struct provider_session *session, const char *machine, struct provider_task *task,
				     const char **id)
{
	struct provider_call call = call_new();
	struct provider_machine_spec spec = {
		.intent = { .resource = machine, .operation = "op" }, .name = "m", .image = "img-debian-12", .size = "small"
	};
	return provider_simulator.ops->create(session, &call, &spec, task, id);
}

static enum provider_machine_state state_of(struct provider_session *session, const char *id)
{
	struct provider_call call = call_new();
	struct provider_machine machine;
	struct provider_result result = provider_simulator.ops->get(session, &call, id, &machine);
	return result.error == PROVIDER_OK ? machine.state : PROVIDER_MACHINE_GONE;
}

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(0);
	snprintf(path, sizeof path, "/tmp/gaon-sim-XXXXXX");
	int file = mkstemp(path);
	assert_true(file >= 0);
	close(file);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	time_fake_off();
	simulator_forget(ENDPOINT);
	unlink(path);
	arena_free(arena);
	return 0;
}

static char *with_file(const char *more)
{
	return arena_printf(arena, "{\"state_file\": \"%s\"%s%s}", path, *more ? ", " : "", more);
}

static void work_takes_as_long_as_the_clock_says(void **state)
{
	struct provider_task task = { NULL };
	const char *id = NULL;
	struct provider_task_status status;
	(void)state;
	time_fake_set(INT64_C(1800000000000000));
	struct provider_session *session = must_open("{\"work_ms\": 1000}");
	assert_int_equal(create(session, "intent-1", &task, &id).error, PROVIDER_OK);
	assert_non_null(task.handle);
	time_fake_advance(999999);
	struct provider_call call = call_new();
	assert_int_equal(provider_simulator.ops->task(session, &call, task.handle, &status).error, PROVIDER_OK);
	assert_int_equal(status.state, TASK_RUNNING);
	assert_int_equal(status.progress_percent, 99);
	assert_int_equal(state_of(session, id), PROVIDER_MACHINE_BUILDING);
	time_fake_advance(1);
	assert_int_equal(provider_simulator.ops->task(session, &call, task.handle, &status).error, PROVIDER_OK);
	assert_int_equal(status.state, TASK_DONE);
	assert_string_equal(status.native_id, id);
	assert_int_equal(state_of(session, id), PROVIDER_MACHINE_RUNNING);
	shut(session);
}

static void usage_counts_running_time_only(void **state)
{
	struct provider_task task = { NULL };
	const char *id = NULL;
	struct provider_usage usage;
	(void)state;
	time_fake_set(INT64_C(1800000000000000));
	struct provider_session *session = must_open("{\"work_ms\": 0}");
	assert_int_equal(create(session, "intent-1", &task, &id).error, PROVIDER_OK);
	time_fake_advance(10 * TIME_US_PER_SECOND);
	struct provider_call call = call_new();
	assert_int_equal(provider_simulator.ops->power(session, &call, id, VERB_STOP, &task).error, PROVIDER_OK);
	time_fake_advance(TIME_US_PER_HOUR);
	call = call_new();
	assert_int_equal(provider_simulator.ops->usage(session, &call, id, &usage).error, PROVIDER_OK);
	assert_int_equal(usage.cpu_ns, 10 * TIME_US_PER_SECOND * 250);
	assert_int_equal(usage.memory_mib, 0);
	shut(session);
}

static void too_many_calls_are_throttled_with_a_time_to_wait(void **state)
{
	struct provider_page page = { NULL, 0 };
	struct provider_size *sizes;
	size_t count;
	(void)state;
	time_fake_set(INT64_C(1800000000000000));
	struct provider_session *session = must_open("{\"throttle_per_second\": 4}");
	struct provider_call call = call_new();
	for (int i = 0; i < 4; i++) {
		page.token = NULL;
		assert_int_equal(provider_simulator.ops->sizes(session, &call, &page, &sizes, &count).error, PROVIDER_OK);
	}
	page.token = NULL;
	struct provider_result result = provider_simulator.ops->sizes(session, &call, &page, &sizes, &count);
	assert_int_equal(result.error, PROVIDER_THROTTLED);
	assert_in_range(result.retry_after_ms, 1, 251);
	time_fake_advance(result.retry_after_ms * TIME_US_PER_MS);
	assert_int_equal(provider_simulator.ops->sizes(session, &call, &page, &sizes, &count).error, PROVIDER_OK);
	shut(session);
}

static void quota_and_capacity_are_different_refusals(void **state)
{
	struct provider_task task = { NULL };
	const char *id = NULL;
	(void)state;
	struct provider_session *session = must_open("{\"work_ms\": 0, \"quota\": 2}");
	assert_int_equal(create(session, "a", &task, &id).error, PROVIDER_OK);
	assert_int_equal(create(session, "b", &task, &id).error, PROVIDER_OK);
	const char *last = id;
	assert_int_equal(create(session, "c", &task, &id).error, PROVIDER_QUOTA);
	shut(session);
	session = must_open("{\"work_ms\": 0, \"capacity\": 2}");
	assert_int_equal(create(session, "c", &task, &id).error, PROVIDER_CAPACITY);
	struct provider_call call = call_new();
	assert_int_equal(provider_simulator.ops->remove(session, &call, last, &task).error, PROVIDER_OK);
	assert_int_equal(create(session, "c", &task, &id).error, PROVIDER_OK);
	assert_int_equal(simulator_count(ENDPOINT, NULL), 2);
	shut(session);
}

static void a_lost_reply_is_an_unknown_outcome_whose_effect_is_found(void **state)
{
	struct provider_task task = { NULL };
	const char *id = NULL;
	(void)state;
	struct provider_session *session = must_open("{\"work_ms\": 0, \"lost_reply_rate\": 1}");
	assert_int_equal(create(session, "lost", &task, &id).error, PROVIDER_UNKNOWN_OUTCOME);
	assert_int_equal(simulator_count(ENDPOINT, "lost"), 1);
	assert_int_equal(create(session, "lost", &task, &id).error, PROVIDER_UNKNOWN_OUTCOME);
	assert_int_equal(simulator_count(ENDPOINT, "lost"), 1);
	shut(session);
	session = must_open("{\"work_ms\": 0, \"lost_request_rate\": 1}");
	assert_int_equal(create(session, "never", &task, &id).error, PROVIDER_UNKNOWN_OUTCOME);
	assert_int_equal(simulator_count(ENDPOINT, "never"), 0);
	shut(session);
}

static void a_cloud_without_a_token_makes_a_second_machine(void **state)
{
	struct provider_task task = { NULL };
	const char *first = NULL, *second = NULL;
	(void)state;
	struct provider_session *session = must_open("{\"work_ms\": 0, \"client_token\": false}");
	assert_int_equal(create(session, "naive", &task, &first).error, PROVIDER_OK);
	assert_int_equal(create(session, "naive", &task, &second).error, PROVIDER_OK);
	assert_string_not_equal(first, second);
	assert_int_equal(simulator_count(ENDPOINT, "naive"), 2);
	shut(session);
}

static void a_new_machine_shows_late(void **state)
{
	struct provider_task task = { NULL };
	const char *id = NULL;
	struct provider_machine machine;
	struct provider_intent intent = { .resource = "shy" };
	(void)state;
	time_fake_set(INT64_C(1800000000000000));
	struct provider_session *session = must_open("{\"work_ms\": 0, \"late_visibility_ms\": 500}");
	assert_int_equal(create(session, "shy", &task, &id).error, PROVIDER_OK);
	struct provider_call call = call_new();
	assert_int_equal(provider_simulator.ops->find(session, &call, &intent, &machine).error, PROVIDER_NOT_FOUND);
	time_fake_advance(provider_simulator.visibility_delay_ms * TIME_US_PER_MS);
	assert_int_equal(provider_simulator.ops->find(session, &call, &intent, &machine).error, PROVIDER_OK);
	shut(session);
	struct provider_session *none = NULL;
	assert_int_equal(try_open("{\"late_visibility_ms\": 60000}", &none).error, PROVIDER_INVALID);
}

static char *draw_history(const char *seed)
{
	struct text text = text_new(arena);
	struct provider_session *session =
		must_open(arena_printf(arena, "{\"work_ms\": 0, \"failure_rate\": 0.5, \"seed\": %s}", seed));
	for (int i = 0; i < 64; i++) {
		struct provider_task task = { NULL };
		const char *id = NULL;
		struct provider_result result = create(session, arena_printf(arena, "%d", i), &task, &id);
		text_append_char(&text, result.error == PROVIDER_OK ? '.' : 'x');
	}
	shut(session);
	assert_true(simulator_forget(ENDPOINT));
	return text.data;
}

static void the_same_seed_gives_the_same_luck(void **state)
{
	(void)state;
	const char *first = draw_history("42");
	assert_string_equal(first, draw_history("42"));
	assert_string_not_equal(first, draw_history("43"));
}

static void accepted_work_can_fail_in_the_end(void **state)
{
	struct provider_task task = { NULL };
	const char *id = NULL;
	struct provider_task_status status;
	(void)state;
	time_fake_set(INT64_C(1800000000000000));
	struct provider_session *session = must_open("{\"work_ms\": 100, \"task_failure_rate\": 1}");
	assert_int_equal(create(session, "doomed", &task, &id).error, PROVIDER_OK);
	time_fake_advance(100 * TIME_US_PER_MS);
	struct provider_call call = call_new();
	assert_int_equal(provider_simulator.ops->task(session, &call, task.handle, &status).error, PROVIDER_OK);
	assert_int_equal(status.state, TASK_FAILED);
	assert_int_equal(state_of(session, id), PROVIDER_MACHINE_FAILED);
	shut(session);
}

static void a_hanging_call_comes_back_by_its_deadline(void **state)
{
	struct provider_machine machine;
	(void)state;
	struct provider_session *session = must_open("{\"hang_rate\": 1}");
	int64_t start = time_monotonic_us();
	struct provider_call call = { .arena = arena, .deadline_us = start + 100 * TIME_US_PER_MS };
	assert_int_equal(provider_simulator.ops->get(session, &call, "sim-0000000001", &machine).error, PROVIDER_UNAVAILABLE);
	assert_in_range(time_monotonic_us() - start, 80 * TIME_US_PER_MS, 1000 * TIME_US_PER_MS);
	shut(session);
}

static void the_state_file_survives_a_kill(void **state)
{
	const char *first = NULL, *second = NULL;
	struct provider_task task = { NULL };
	int ends[2];
	(void)state;
	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0) {
		struct provider_session *session = must_open(with_file("\"work_ms\": 0"));
		(void)!create(session, "kept", &task, &first).error;
		(void)!create(session, "deleted", &task, &second).error;
		struct provider_call call = call_new();
		(void)!provider_simulator.ops->remove(session, &call, second, &task).error;
		(void)!provider_simulator.ops->snapshot_create(session, &call, first, "snap", &task, &second).error;
		(void)!write(ends[1], first, SIMULATOR_ID_SIZE < 15 ? SIMULATOR_ID_SIZE : 15);
		pause();
	}
	char told[SIMULATOR_ID_SIZE] = "";
	assert_int_equal(read(ends[0], told, 15), 15);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(ends[0]);
	close(ends[1]);
	/* What the kill left of a line that was being written. */
	int file = open(path, O_WRONLY | O_APPEND);
	assert_int_equal(write(file, "{\"number\": 7, \"na", 17), 17);
	close(file);
	struct provider_session *session = must_open(with_file("\"work_ms\": 0"));
	assert_int_equal(simulator_count(ENDPOINT, NULL), 1);
	assert_int_equal(simulator_count(ENDPOINT, "kept"), 1);
	assert_int_equal(state_of(session, told), PROVIDER_MACHINE_RUNNING);
	struct provider_snapshot *snapshots;
	size_t count;
	struct provider_call call = call_new();
	assert_int_equal(provider_simulator.ops->snapshot_list(session, &call, told, &snapshots, &count).error, PROVIDER_OK);
	assert_int_equal(count, 1);
	/* The next one follows on, and the file is whole again. */
	assert_int_equal(create(session, "next", &task, &first).error, PROVIDER_OK);
	assert_string_not_equal(first, told);
	shut(session);
	session = must_open(with_file(""));
	assert_int_equal(simulator_count(ENDPOINT, NULL), 2);
	shut(session);
}

static void a_damaged_or_taken_state_file_is_refused(void **state)
{
	struct provider_session *session = NULL;
	(void)state;
	int file = open(path, O_WRONLY | O_APPEND);
	assert_int_equal(write(file, "no json\n", 8), 8);
	close(file);
	assert_int_equal(try_open(with_file(""), &session).error, PROVIDER_INVALID);
	assert_int_equal(truncate(path, 0), 0);
	session = must_open(with_file(""));
	struct provider_session *other = NULL;
	struct json *json;
	struct provider_call call = call_new();
	assert_true(status_is_ok(json_parse(arena, slice_text(with_file("")), NULL, &json)));
	struct provider_config config = { .connection = "c", .installation = "i", .endpoint = "sim://other", .options = json };
	assert_int_equal(provider_simulator.ops->open(&call, &config, &other).error, PROVIDER_UNAVAILABLE);
	shut(session);
}

static void the_state_file_is_rewritten_when_it_is_mostly_history(void **state)
{
	struct provider_task task = { NULL };
	const char *id = NULL;
	struct stat before, after;
	(void)state;
	struct provider_session *session = must_open(with_file("\"work_ms\": 0"));
	assert_int_equal(create(session, "busy", &task, &id).error, PROVIDER_OK);
	struct provider_call call = call_new();
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(provider_simulator.ops->power(session, &call, id, VERB_STOP, &task).error, PROVIDER_OK);
		assert_int_equal(provider_simulator.ops->power(session, &call, id, VERB_START, &task).error, PROVIDER_OK);
	}
	shut(session);
	assert_int_equal(stat(path, &before), 0);
	session = must_open(with_file("\"work_ms\": 0"));
	assert_int_equal(stat(path, &after), 0);
	assert_true(after.st_size * 100 < before.st_size);
	assert_int_equal(state_of(session, id), PROVIDER_MACHINE_RUNNING);
	shut(session);
}

static void twenty_thousand_machines_are_made_found_and_listed_in_seconds(void **state)
{
	enum { MACHINES = 20000 };
	struct provider_task task = { NULL };
	const char *id = NULL;
	size_t listed = 0;
	(void)state;
	struct provider_session *session = must_open("{\"work_ms\": 0, \"quota\": 20000}");
	int64_t start = time_monotonic_us();
	struct arena *scratch = arena_new(0), *kept = arena;
	for (int i = 0; i < MACHINES; i++) {
		arena = scratch;
		assert_int_equal(create(session, arena_printf(scratch, "machine-%d", i), &task, &id).error, PROVIDER_OK);
		arena_reset(scratch);
	}
	for (int i = 0; i < MACHINES; i++) {
		struct provider_machine machine;
		struct provider_intent intent = { .resource = arena_printf(scratch, "machine-%d", i) };
		struct provider_call call = call_new();
		assert_int_equal(provider_simulator.ops->find(session, &call, &intent, &machine).error, PROVIDER_OK);
		arena_reset(scratch);
	}
	arena = kept;
	struct provider_page page = { NULL, 500 };
	do {
		struct provider_machine *machines;
		size_t count;
		struct provider_call call = call_new();
		assert_int_equal(provider_simulator.ops->list(session, &call, &page, &machines, &count).error, PROVIDER_OK);
		listed += count;
	} while (page.token);
	arena_free(scratch);
	assert_int_equal(listed, MACHINES);
	int64_t took_ms = (time_monotonic_us() - start) / TIME_US_PER_MS;
	printf("20000 machines made, found and listed in %lld ms\n", (long long)took_ms);
	assert_true(took_ms < 20000);
	shut(session);
}

static void what_happens_behind_our_back_shows(void **state)
{
	struct provider_task task = { NULL };
	const char *id = NULL;
	char planted[SIMULATOR_ID_SIZE];
	struct provider_machine machine;
	(void)state;
	struct provider_session *session = must_open("{\"work_ms\": 0, \"foreign\": 3}");
	assert_int_equal(simulator_count(ENDPOINT, NULL), 3);
	assert_int_equal(create(session, "ours", &task, &id).error, PROVIDER_OK);
	assert_true(simulator_plant(ENDPOINT, "theirs", planted));
	assert_true(simulator_alter(ENDPOINT, id, 7, 777));
	struct provider_call call = call_new();
	assert_int_equal(provider_simulator.ops->get(session, &call, id, &machine).error, PROVIDER_OK);
	assert_int_equal(machine.vcpus, 7);
	assert_int_equal(provider_simulator.ops->get(session, &call, planted, &machine).error, PROVIDER_OK);
	assert_null(machine.marks.resource);
	assert_true(simulator_vanish(ENDPOINT, id));
	assert_int_equal(state_of(session, id), PROVIDER_MACHINE_GONE);
	assert_false(simulator_vanish(ENDPOINT, id));
	assert_true(simulator_calls(ENDPOINT, VERB_CREATE) == 1);
	assert_false(simulator_forget(ENDPOINT));
	shut(session);
}

static struct provider_result check(const char *endpoint, const char *options)
{
	struct json *json;
	assert_true(status_is_ok(json_parse(arena, slice_text(options), NULL, &json)));
	return provider_simulator.ops->check(arena, &(struct provider_config){ .endpoint = endpoint, .options = json });
}

static void what_could_be_no_simulator_is_told_without_making_one(void **state)
{
	(void)state;
	assert_int_equal(check("sim://nobody-was-here", "{\"latency_ms\": 5}").error, PROVIDER_OK);
	assert_int_equal(simulator_count("sim://nobody-was-here", NULL), 0);
	assert_int_equal(simulator_calls("sim://nobody-was-here", VERB_GET), 0);
	assert_int_equal(check("east", "{}").error, PROVIDER_INVALID);
	assert_int_equal(check(NULL, "{}").error, PROVIDER_INVALID);
	assert_true(text_starts_with(check("sim://east", "{\"failure_rate\": 2}").message, "options.failure_rate:"));
	assert_true(text_starts_with(check("sim://east", "{\"images\": [{}]}").message, "options.images[0]:"));
	assert_true(text_starts_with(check("sim://east", "{\"sizes\": 5}").message, "options.sizes"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(work_takes_as_long_as_the_clock_says),
		TEST(usage_counts_running_time_only),
		TEST(too_many_calls_are_throttled_with_a_time_to_wait),
		TEST(quota_and_capacity_are_different_refusals),
		TEST(a_lost_reply_is_an_unknown_outcome_whose_effect_is_found),
		TEST(a_cloud_without_a_token_makes_a_second_machine),
		TEST(a_new_machine_shows_late),
		TEST(the_same_seed_gives_the_same_luck),
		TEST(accepted_work_can_fail_in_the_end),
		TEST(a_hanging_call_comes_back_by_its_deadline),
		TEST(the_state_file_survives_a_kill),
		TEST(a_damaged_or_taken_state_file_is_refused),
		TEST(the_state_file_is_rewritten_when_it_is_mostly_history),
		TEST(twenty_thousand_machines_are_made_found_and_listed_in_seconds),
		TEST(what_happens_behind_our_back_shows),
		TEST(what_could_be_no_simulator_is_told_without_making_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
