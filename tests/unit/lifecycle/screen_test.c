/* SPDX-License-Identifier: Apache-2.0 */
/* screen_test.c: the address of a screen is a secret: for one reader, once, for some minutes, and in clear nowhere. */
#include <string.h>

#include "tests/unit/lifecycle/look.h"

static struct status call(void **state, const char *method, const void *request, void *reply)
{
	return service_call(*state, &gaon_lifecycle_table, method, request, reply);
}

static struct status ask(void **state, const char *machine, Gaon__Operation *operation)
{
	Gaon__CreateConsoleSessionRequest request = GAON__CREATE_CONSOLE_SESSION_REQUEST__INIT;

	request.parent = machine;
	return call(state, "CreateConsoleSession", &request, operation);
}

static struct status take(void **state, const char *name, Gaon__ConsoleSession *screen)
{
	Gaon__GetConsoleSessionRequest request = GAON__GET_CONSOLE_SESSION_REQUEST__INIT;

	request.name = name;
	return call(state, "GetConsoleSession", &request, screen);
}

/** A session whose address waits to be read. */
static const char *made(void **state, const char *machine)
{
	Gaon__Operation operation;
	Gaon__Operation *ended = line_did(*state, ask(state, machine, &operation), &operation);

	assert_int_equal(ended->state, OPERATION(SUCCEEDED));
	return ended->target;
}

static void an_address_is_read_once(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__ConsoleSession screen;
	const char *name = made(state, machine->name);
	int64_t now_s = time_now_us() / TIME_US_PER_SECOND;

	assert_memory_equal(name, machine->name, strlen(machine->name));
	assert_ok(take(state, name, &screen));
	assert_string_equal(screen.name, name);
	assert_non_null(strstr(screen.url, machine->native_id));
	assert_in_range(screen.expire_time->seconds, now_s + 1, now_s + 600);
	assert_fails(take(state, name, &screen), STATUS_NOT_FOUND, "CONSOLE_SESSION_NOT_FOUND");
	assert_int_equal(service_number(*state, "SELECT count(*) FROM console_session"), 0);
	assert_string_equal(line_get(*state, machine->name)->operation, "");
}

static void only_who_asked_for_it_reads_it(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__ConsoleSession screen;
	const char *name = made(state, machine->name);

	line_as(*state, "pia");
	assert_fails(take(state, name, &screen), STATUS_NOT_FOUND, "CONSOLE_SESSION_NOT_FOUND");
	line_as(*state, "mina");
	assert_ok(take(state, name, &screen));
}

static void it_stands_in_clear_nowhere(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");

	made(state, machine->name);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM console_session WHERE length(url) > 60"), 1);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM console_session WHERE instr(url, CAST('token' AS BLOB)) > 0"), 0);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM operation WHERE memo LIKE '%token=%' OR input LIKE '%token=%'"), 0);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM operation_step WHERE note LIKE '%token=%'"), 0);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM audit_event WHERE request LIKE '%token=%'"), 0);
}

static void an_address_of_another_session_does_not_open(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__ConsoleSession screen;
	const char *one = made(state, machine->name);

	made(state, machine->name);
	assert_ok(service_execute(*state, "UPDATE console_session SET url = (SELECT url FROM console_session WHERE name <> $1)"
					  " WHERE name = $1", SQL_ARGS(sql_text(one))));
	assert_fails(take(state, one, &screen), STATUS_DATA_LOSS, "SEAL_BROKEN");
}

static void it_is_not_there_before_the_cloud_answered(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__ConsoleSession screen;
	Gaon__Operation operation;

	assert_ok(ask(state, machine->name, &operation));
	struct status status = take(state, operation.target, &screen);
	assert_fails(status, STATUS_FAILED_PRECONDITION, "CONSOLE_SESSION_NOT_READY");
	assert_non_null(strstr(status.message, operation.name));
	line_run(*state);
	assert_ok(take(state, operation.target, &screen));
}

static void what_nobody_reads_is_forgotten(void **state)
{
	struct line *line = *state;
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__ConsoleSession screen;
	const char *name = made(state, machine->name);

	assert_ok(lease_tick(line->base.arena, &line->lifecycle));
	assert_int_equal(service_number(*state, "SELECT count(*) FROM console_session"), 1);
	time_fake_advance(10 * TIME_US_PER_MINUTE);
	assert_fails(take(state, name, &screen), STATUS_NOT_FOUND, "CONSOLE_SESSION_NOT_FOUND");
	assert_ok(lease_tick(line->base.arena, &line->lifecycle));
	assert_int_equal(service_number(*state, "SELECT count(*) FROM console_session"), 0);
}

static void a_machine_without_a_screen_says_why(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;

	assert_int_equal(line_did(*state, line_power(*state, "StopMachine", machine->name, &operation), &operation)->state,
			 OPERATION(SUCCEEDED));
	assert_fails(ask(state, machine->name, &operation), STATUS_FAILED_PRECONDITION, "MACHINE_STATE");
	/* While it starts the cloud is asked, and what it says is said. */
	assert_ok(line_power(*state, "StartMachine", machine->name, &operation));
	assert_ok(service_execute(*state, "UPDATE connection SET capabilities = '[{\"verb\":\"console-url\",\"support\":0}]'",
				  SQL_NO_ARGS));
	assert_fails(ask(state, machine->name, &operation), STATUS_FAILED_PRECONDITION, "VERB_UNSUPPORTED");
	assert_fails(ask(state, WEB "/machines/nothing", &operation), STATUS_NOT_FOUND, "MACHINE_NOT_FOUND");
	assert_int_equal(service_number(*state, "SELECT count(*) FROM console_session"), 0);
}

static void a_cloud_that_refuses_leaves_no_session(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__ConsoleSession screen;
	Gaon__Operation operation;

	line_cloud(*state, "{\"failure_rate\": 1, \"failure_classes\": [\"FORBIDDEN\"]}");
	assert_int_equal(line_did(*state, ask(state, machine->name, &operation), &operation)->state, OPERATION(FAILED));
	assert_fails(take(state, operation.target, &screen), STATUS_NOT_FOUND, "CONSOLE_SESSION_NOT_FOUND");
}

static void on_a_cloud_that_loses_replies_each_session_has_its_address(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__ConsoleSession screen;

	line_cloud(*state, "{\"lost_reply_rate\": 0.3, \"failure_rate\": 0.2, \"seed\": 3}");
	for (int i = 0; i < 20; i++)
		assert_ok(take(state, made(state, machine->name), &screen));
	assert_int_equal(service_number(*state, "SELECT count(*) FROM console_session"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(an_address_is_read_once),
		LINE_TEST(only_who_asked_for_it_reads_it),
		LINE_TEST(it_stands_in_clear_nowhere),
		LINE_TEST(an_address_of_another_session_does_not_open),
		LINE_TEST(it_is_not_there_before_the_cloud_answered),
		LINE_TEST(what_nobody_reads_is_forgotten),
		LINE_TEST(a_machine_without_a_screen_says_why),
		LINE_TEST(a_cloud_that_refuses_leaves_no_session),
		LINE_TEST(on_a_cloud_that_loses_replies_each_session_has_its_address),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
