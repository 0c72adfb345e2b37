/* SPDX-License-Identifier: Apache-2.0 */
/* machine_command_test.c: the gaon program's commands on machines that are more than one RPC. */
#include "command_fixture.h"

#include <string.h>

#include "gaon/lifecycle/v1/lifecycle.gaon.h"

static void a_console_cannot_steer_the_terminal(void **state)
{
	struct result result = RUN("machine", "console", "web-1");

	assert_int_equal(result.code, 0);
	assert_has(result.out, "Debian GNU/Linux 12\n");
	assert_null(strchr(result.out, '\033'));
	assert_has(result.out, "\nlogin: ");
}

static void metrics_are_fetched_and_shown_with_their_units(void **state)
{
	struct result result = RUN("machine", "metrics", "web-1", "--since", "2h");

	assert_int_equal(result.code, 0);
	assert_has(sent(state, &gaon_method_lifecycle_fetch_machine_metrics), "\"sinceSeconds\":7200");
	assert_has(result.out, "cpu-percent               0.5 %     12.2 %    100.0 %   3.0 %       60\n");
	assert_has(result.out, "network-send-bytes-per-s  0 B/s  1.5 KiB/s  2.5 MiB/s  10 B/s       60\n");
	assert_int_equal(RUN("machine", "metrics", "web-1", "--since", "soon").code, 2);
	assert_int_equal(RUN("machine", "metrics", "web-1", "--since", "32d").code, 2);
}

static void the_address_of_a_screen_is_all_that_is_printed(void **state)
{
	struct result result = RUN("machine", "screen", "web-1");

	assert_int_equal(result.code, 0);
	assert_has(sent(state, &gaon_method_lifecycle_get_console_session), "/consoleSessions/" ID_2);
	assert_memory_equal(result.out, "https://screen.example/7?token=", 31);
	assert_null(strchr(result.out, '\033'));
	assert_ptr_equal(strchr(result.out, '\n'), result.out + strlen(result.out) - 1);
}

static void a_lease_is_moved_by_the_machines_name(void **state)
{
	assert_int_equal(RUN("machine", "lease", "web-1", "--until", "2030-01-01").code, 0);
	assert_has(sent(state, &gaon_method_lifecycle_set_deployment_lease),
		   "\"leaseEndTime\":\"2030-01-01T00:00:00Z\"");
	assert_has(sent(state, &gaon_method_lifecycle_set_deployment_lease), "/deployments/" ID_2);
}

#define COMMAND_TEST(test_) cmocka_unit_test_setup_teardown((test_), arena_setup, arena_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		COMMAND_TEST(a_console_cannot_steer_the_terminal),
		COMMAND_TEST(metrics_are_fetched_and_shown_with_their_units),
		COMMAND_TEST(the_address_of_a_screen_is_all_that_is_printed),
		COMMAND_TEST(a_lease_is_moved_by_the_machines_name),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
