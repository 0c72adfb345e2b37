/* SPDX-License-Identifier: Apache-2.0 */
/* libgaon_test.c: the client library as its users see it: typed functions, errors, streams, waits, threads. */
#include "tests/support/arena_fixture.h"

#include <gaon/client.h>
#include <gaon/operation.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "gaon/lifecycle/v1/lifecycle.client.h"
#include "gaon/lifecycle/v1/lifecycle.gaon.h"
#include "runtime/base/time.h"
#include "tests/support/canned_server.h"

#define OPERATION "tenants/acme/projects/web/operations/0193a5c2-6f4e-7c31-9a53-3f0c8b1d2e4f"
#define MACHINE "tenants/acme/projects/web/machines/0193a5c2-6f4e-7c31-9a53-3f0c8b1d2e40"

static const struct canned answers[] = {
	{ .method = &gaon_method_lifecycle_get_machine,
	  .only_if = "e40",
	  .json = "{\"name\": \"" MACHINE
		  "\", \"displayName\": \"웹-1\", \"state\": \"MACHINE_STATE_RUNNING\", \"vcpus\": 2}" },
	{ .method = &gaon_method_lifecycle_get_machine,
	  .only_if = "locked",
	  .code = STATUS_FAILED_PRECONDITION,
	  .reason = "DELETION_PROTECTED",
	  .message = "take the lock off first",
	  .field = "name" },
	{ .method = &gaon_method_lifecycle_get_machine,
	  .only_if = "away",
	  .code = STATUS_UNAVAILABLE,
	  .reason = "STORE_BUSY",
	  .message = "try again" },
	{ .method = &gaon_method_lifecycle_stop_machine,
	  .code = STATUS_UNAVAILABLE,
	  .reason = "STORE_BUSY",
	  .message = "try again" },
	{ .method = &gaon_method_lifecycle_watch_operation,
	  .only_if = "broken",
	  .code = STATUS_UNAVAILABLE,
	  .reason = "GONE_AWAY",
	  .message = "the server restarts",
	  .json = "[{\"name\": \"" OPERATION "\", \"state\": \"OPERATION_STATE_RUNNING\", \"progressPercent\": 10}]" },
	{ .method = &gaon_method_lifecycle_watch_operation,
	  .json = "[{\"name\": \"" OPERATION "\", \"state\": \"OPERATION_STATE_RUNNING\", \"progressPercent\": 40},"
		  " {\"name\": \"" OPERATION
		  "\", \"state\": \"OPERATION_STATE_SUCCEEDED\", \"done\": true, \"progressPercent\": 100}]" },
	{ .method = &gaon_method_lifecycle_get_operation,
	  .json = "{\"name\": \"" OPERATION "\", \"state\": \"OPERATION_STATE_SUCCEEDED\", \"done\": true}" },
};

static struct canned_server *server;
static struct gaon_client *client;

static int group_setup(void **state)
{
	struct gaon_client_options options = { .size = sizeof(options), .token = "gaon_a_b" };

	(void)state;
	server = canned_server_start(answers, sizeof(answers) / sizeof(answers[0]));
	options.address = canned_server_address(server);
	return gaon_client_new(&options, &client, NULL);
}

static int group_teardown(void **state)
{
	(void)state;
	gaon_client_free(client);
	canned_server_stop(server);
	return 0;
}

static Gaon__GetMachineRequest asking_for(const char *name)
{
	Gaon__GetMachineRequest request = GAON__GET_MACHINE_REQUEST__INIT;

	request.name = name;
	return request;
}

static void a_typed_call_gives_its_reply_and_sends_the_key(void **state)
{
	Gaon__GetMachineRequest request = asking_for(MACHINE);
	struct gaon_call *call = gaon_call_new(client);
	const Gaon__Machine *machine = NULL;

	assert_int_equal(gaon_lifecycle_get_machine(call, &request, &machine), GAON_OK);
	assert_string_equal(machine->display_name, "웹-1");
	assert_int_equal(machine->vcpus, 2);
	assert_string_equal(gaon_call_reason(call), "");
	assert_string_equal(canned_server_authorization(server, *state), "Bearer gaon_a_b");
	gaon_call_free(call);
}

static void replies_stay_valid_until_the_call_is_reset(void **state)
{
	Gaon__GetMachineRequest request = asking_for(MACHINE);
	struct gaon_call *call = gaon_call_new(client);
	const Gaon__Machine *first = NULL, *second = NULL;

	(void)state;
	assert_int_equal(gaon_lifecycle_get_machine(call, &request, &first), GAON_OK);
	assert_int_equal(gaon_lifecycle_get_machine(call, &request, &second), GAON_OK);
	assert_ptr_not_equal(first, second);
	assert_string_equal(first->name, second->name);
	gaon_call_reset(call);
	assert_int_equal(gaon_call_code(call), GAON_OK);
	gaon_call_free(call);
}

static void a_failure_carries_reason_message_field_and_trace_id(void **state)
{
	Gaon__GetMachineRequest request = asking_for("tenants/acme/projects/web/machines/locked");
	struct gaon_call *call = gaon_call_new(client);
	const Gaon__Machine *machine = NULL;
	const char *field, *description;

	(void)state;
	gaon_call_set_trace_id(call, "trace-of-mine");
	assert_int_equal(gaon_lifecycle_get_machine(call, &request, &machine), GAON_FAILED_PRECONDITION);
	assert_null(machine);
	assert_string_equal(gaon_call_reason(call), "DELETION_PROTECTED");
	assert_string_equal(gaon_call_message(call), "take the lock off first");
	assert_true(gaon_call_field_violation(call, 0, &field, &description));
	assert_string_equal(field, "name");
	assert_false(gaon_call_field_violation(call, 1, &field, &description));
	assert_string_equal(gaon_call_trace_id(call), "trace-of-mine");
	assert_int_equal(gaon_call_retry_ms(call), -1);
	gaon_call_free(call);
}

static void a_request_of_another_type_is_refused_before_it_is_sent(void **state)
{
	Gaon__GetOperationRequest request = GAON__GET_OPERATION_REQUEST__INIT;
	struct gaon_call *call = gaon_call_new(client);
	const ProtobufCMessage *reply = NULL;
	unsigned before = canned_server_calls(server);

	(void)state;
	assert_int_equal(gaon_call_unary(call, &gaon_method_lifecycle_get_machine, &request.base, &reply),
			 GAON_INVALID_ARGUMENT);
	assert_string_equal(gaon_call_reason(call), "REQUEST_TYPE");
	assert_int_equal(canned_server_calls(server), before);
	gaon_call_free(call);
}

static void what_is_idempotent_is_tried_again_after_a_pause_and_nothing_else(void **state)
{
	Gaon__GetMachineRequest harmless = asking_for("tenants/acme/projects/web/machines/away");
	Gaon__StopMachineRequest harmful = GAON__STOP_MACHINE_REQUEST__INIT;
	struct gaon_call *call = gaon_call_new(client);
	const Gaon__Machine *machine = NULL;
	const Gaon__Operation *operation = NULL;
	unsigned before = canned_server_calls(server);
	int64_t began_us = time_monotonic_us();

	(void)state;
	assert_int_equal(gaon_lifecycle_get_machine(call, &harmless, &machine), GAON_UNAVAILABLE);
	assert_string_equal(gaon_call_reason(call), "STORE_BUSY");
	assert_int_equal(canned_server_calls(server) - before, 4);
	/* Three pauses, each of at least half of 100, 200 and 400 ms. */
	assert_in_range(time_monotonic_us() - began_us, 350 * TIME_US_PER_MS, 10 * TIME_US_PER_SECOND);

	gaon_call_set_attempts(call, 2);
	before = canned_server_calls(server);
	assert_int_equal(gaon_lifecycle_get_machine(call, &harmless, &machine), GAON_UNAVAILABLE);
	assert_int_equal(canned_server_calls(server) - before, 2);

	gaon_call_set_attempts(call, 4);
	before = canned_server_calls(server);
	harmful.name = MACHINE;
	assert_int_equal(gaon_lifecycle_stop_machine(call, &harmful, &operation), GAON_UNAVAILABLE);
	assert_int_equal(canned_server_calls(server) - before, 1);
	gaon_call_free(call);
}

static void a_stream_gives_its_messages_and_a_clean_end(void **state)
{
	Gaon__WatchOperationRequest request = GAON__WATCH_OPERATION_REQUEST__INIT;
	struct gaon_call *call = gaon_call_new(client);
	const Gaon__Operation *operation = NULL;

	(void)state;
	request.name = OPERATION;
	assert_int_equal(gaon_lifecycle_watch_operation(call, &request), GAON_OK);
	assert_int_equal(gaon_lifecycle_watch_operation_next(call, &operation), GAON_OK);
	assert_int_equal(operation->progress_percent, 40);
	assert_int_equal(gaon_lifecycle_watch_operation_next(call, &operation), GAON_OK);
	assert_true(operation->done);
	assert_int_equal(gaon_lifecycle_watch_operation_next(call, &operation), GAON_OK);
	assert_null(operation);
	gaon_call_free(call);
}

static void a_cancel_before_the_stream_opens_is_not_lost(void **state)
{
	Gaon__WatchOperationRequest request = GAON__WATCH_OPERATION_REQUEST__INIT;
	struct gaon_call *call = gaon_call_new(client);
	const Gaon__Operation *operation = NULL;
	int code;

	(void)state;
	request.name = OPERATION;
	gaon_call_cancel(call);
	code = gaon_lifecycle_watch_operation(call, &request);
	for (int i = 0; code == GAON_OK && i < 4; i++)
		code = gaon_lifecycle_watch_operation_next(call, &operation);
	assert_int_equal(code, GAON_CANCELLED);
	assert_int_equal(gaon_lifecycle_watch_operation(call, &request), GAON_OK);
	assert_int_equal(gaon_lifecycle_watch_operation_next(call, &operation), GAON_OK);
	gaon_call_free(call);
}

static void next_without_a_stream_says_so(void **state)
{
	struct gaon_call *call = gaon_call_new(client);
	const ProtobufCMessage *message = NULL;

	(void)state;
	assert_int_equal(gaon_call_next(call, &message), GAON_FAILED_PRECONDITION);
	assert_string_equal(gaon_call_reason(call), "NO_STREAM");
	gaon_call_free(call);
}

static void count_progress(void *user, const Gaon__Operation *operation)
{
	unsigned *count = user;

	assert_string_equal(operation->name, OPERATION);
	(*count)++;
}

static void a_wait_reports_progress_and_ends_with_the_operation(void **state)
{
	unsigned count = 0;
	struct gaon_operation_wait_options options = { .size = sizeof(options),
						       .progress = count_progress,
						       .user = &count };
	struct gaon_call *call = gaon_call_new(client);
	const Gaon__Operation *operation = NULL;

	(void)state;
	assert_int_equal(gaon_operation_wait(call, OPERATION, &options, &operation), GAON_OK);
	assert_int_equal(count, 2);
	assert_true(operation->done);
	gaon_call_free(call);
}

static void a_wait_survives_a_broken_stream(void **state)
{
	unsigned count = 0;
	struct gaon_operation_wait_options options = { .size = sizeof(options),
						       .progress = count_progress,
						       .user = &count };
	struct gaon_call *call = gaon_call_new(client);
	const Gaon__Operation *operation = NULL;

	(void)state;
	gaon_call_set_attempts(call, 1);
	assert_int_equal(gaon_operation_wait(call, "tenants/acme/operations/broken", &options, &operation), GAON_OK);
	assert_true(operation->done);
	assert_int_equal(count, 2); /* the message before the break, and the end that was asked for */
	gaon_call_free(call);
}

static void freeing_the_client_first_leaves_its_calls_whole(void **state)
{
	struct gaon_client_options options = { .size = sizeof(options), .address = canned_server_address(server) };
	Gaon__GetMachineRequest request = asking_for(MACHINE);
	const Gaon__Machine *machine = NULL;
	struct gaon_client *other;
	struct gaon_call *call;

	(void)state;
	assert_int_equal(gaon_client_new(&options, &other, NULL), GAON_OK);
	call = gaon_call_new(other);
	gaon_client_free(other);
	assert_int_equal(gaon_lifecycle_get_machine(call, &request, &machine), GAON_OK);
	gaon_call_free(call);
}

static void bad_options_are_refused_with_a_reason(void **state)
{
	struct gaon_client_options options = { 0 };
	struct gaon_client *none = NULL;
	struct gaon_error error;

	(void)state;
	assert_int_equal(gaon_client_new(&options, &none, &error), GAON_INVALID_ARGUMENT);
	assert_string_equal(error.reason, "OPTIONS_SIZE");
	options.size = sizeof(options);
	assert_int_equal(gaon_client_new(&options, &none, &error), GAON_INVALID_ARGUMENT);
	assert_string_equal(error.reason, "INVALID_FIELD");
	assert_null(none);
}

static void null_calls_are_answered_not_followed(void **state)
{
	const ProtobufCMessage *reply = NULL;

	(void)state;
	assert_int_equal(gaon_call_unary(NULL, NULL, NULL, &reply), GAON_RESOURCE_EXHAUSTED);
	assert_string_equal(gaon_call_reason(NULL), "OUT_OF_MEMORY");
	gaon_call_cancel(NULL);
	gaon_call_free(NULL);
	gaon_client_free(NULL);
}

static int call_once(struct gaon_call *call)
{
	Gaon__GetMachineRequest request = asking_for(MACHINE);
	const Gaon__Machine *machine = NULL;

	gaon_call_reset(call);
	return gaon_lifecycle_get_machine(call, &request, &machine);
}

/* The core makes progress only while somebody polls: a client that sleeps between its tries must come back all the same. */
static void a_client_that_rests_between_calls_finds_a_restarted_server(void **state)
{
	size_t count = sizeof(answers) / sizeof(answers[0]);
	struct canned_server *first = canned_server_start(answers, count);
	struct gaon_client_options options = { .size = sizeof(options), .address = canned_server_address(first) };
	const char *address = arena_strdup(*state, options.address);
	struct gaon_client *other;
	struct gaon_call *call;
	int tries = 0, code;

	assert_int_equal(gaon_client_new(&options, &other, NULL), GAON_OK);
	call = gaon_call_new(other);
	assert_int_equal(call_once(call), GAON_OK);
	canned_server_stop(first);
	gaon_call_set_attempts(call, 1);
	for (int i = 0; i < 4; i++)
		assert_int_equal(call_once(call), GAON_UNAVAILABLE);
	first = canned_server_start_at(answers, count, address);
	while ((code = call_once(call)) == GAON_UNAVAILABLE && ++tries < 12)
		poll(NULL, 0, 1000);
	assert_int_equal(code, GAON_OK);
	gaon_call_free(call);
	gaon_client_free(other);
	canned_server_stop(first);
}

/* Between two looks the wait itself is what polls. */
static void *restart(void *argument)
{
	struct canned_server **slot = argument;
	size_t count = sizeof(answers) / sizeof(answers[0]);
	char address[64];

	snprintf(address, sizeof(address), "%s", canned_server_address(*slot));
	canned_server_stop(*slot);
	poll(NULL, 0, 4000);
	*slot = canned_server_start_at(answers, count, address);
	return NULL;
}

static void a_wait_outlives_a_server_that_is_away_for_seconds(void **state)
{
	struct canned_server *away = canned_server_start(answers, sizeof(answers) / sizeof(answers[0]));
	struct gaon_client_options options = { .size = sizeof(options), .address = canned_server_address(away) };
	struct gaon_operation_wait_options wait = { .size = sizeof(wait), .timeout_ms = 20000 };
	const Gaon__Operation *operation = NULL;
	struct gaon_client *other;
	struct gaon_call *call;
	pthread_t thread;

	(void)state;
	assert_int_equal(gaon_client_new(&options, &other, NULL), GAON_OK);
	call = gaon_call_new(other);
	assert_int_equal(call_once(call), GAON_OK);
	pthread_create(&thread, NULL, restart, &away);
	poll(NULL, 0, 300);
	assert_int_equal(gaon_operation_wait(call, OPERATION, &wait, &operation), GAON_OK);
	assert_true(operation->done);
	pthread_join(thread, NULL);
	gaon_call_free(call);
	gaon_client_free(other);
	canned_server_stop(away);
}

enum { THREADS = 8, CALLS = 50 };

static void *many_calls(void *argument)
{
	Gaon__GetMachineRequest request = asking_for(MACHINE);
	struct gaon_call *call = gaon_call_new(client);
	size_t *good = argument;

	for (int i = 0; i < CALLS; i++) {
		const Gaon__Machine *machine = NULL;

		gaon_call_reset(call);
		*good += gaon_lifecycle_get_machine(call, &request, &machine) == GAON_OK && machine->vcpus == 2;
	}
	gaon_call_free(call);
	return NULL;
}

static void many_threads_share_one_client(void **state)
{
	pthread_t threads[THREADS];
	size_t good[THREADS] = { 0 };

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, many_calls, &good[i]), 0);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(good[i], CALLS);
	}
}

static void *cancel_soon(void *argument)
{
	gaon_call_cancel(argument);
	return NULL;
}

static void a_cancel_from_another_thread_races_with_nothing(void **state)
{
	Gaon__WatchOperationRequest request = GAON__WATCH_OPERATION_REQUEST__INIT;
	struct gaon_call *call = gaon_call_new(client);

	(void)state;
	request.name = OPERATION;
	for (int i = 0; i < 50; i++) {
		const Gaon__Operation *operation = NULL;
		pthread_t thread;
		int code = gaon_lifecycle_watch_operation(call, &request);

		pthread_create(&thread, NULL, cancel_soon, call);
		while (code == GAON_OK) {
			code = gaon_lifecycle_watch_operation_next(call, &operation);
			if (!operation)
				break;
		}
		assert_true(code == GAON_OK || code == GAON_CANCELLED);
		gaon_call_reset(call);
		pthread_join(thread, NULL);
		gaon_call_reset(call);
	}
	gaon_call_free(call);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(a_typed_call_gives_its_reply_and_sends_the_key),
		cmocka_unit_test(replies_stay_valid_until_the_call_is_reset),
		cmocka_unit_test(a_failure_carries_reason_message_field_and_trace_id),
		cmocka_unit_test(a_request_of_another_type_is_refused_before_it_is_sent),
		cmocka_unit_test(what_is_idempotent_is_tried_again_after_a_pause_and_nothing_else),
		cmocka_unit_test(a_stream_gives_its_messages_and_a_clean_end),
		cmocka_unit_test(a_cancel_before_the_stream_opens_is_not_lost),
		cmocka_unit_test(next_without_a_stream_says_so),
		cmocka_unit_test(a_wait_reports_progress_and_ends_with_the_operation),
		cmocka_unit_test(a_wait_survives_a_broken_stream),
		cmocka_unit_test(freeing_the_client_first_leaves_its_calls_whole),
		cmocka_unit_test(bad_options_are_refused_with_a_reason),
		cmocka_unit_test(null_calls_are_answered_not_followed),
		ARENA_TEST(a_client_that_rests_between_calls_finds_a_restarted_server),
		cmocka_unit_test(a_wait_outlives_a_server_that_is_away_for_seconds),
		cmocka_unit_test(many_threads_share_one_client),
		cmocka_unit_test(a_cancel_from_another_thread_races_with_nothing),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
