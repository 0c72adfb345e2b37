/* SPDX-License-Identifier: Apache-2.0 */
/* command_fixture.c: see command_fixture.h; with the answers of the canned server. */
#include "command_fixture.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/cli/file.h"
#include "gaon/catalog/v1/catalog.gaon.h"
#include "gaon/cost/v1/cost.gaon.h"
#include "gaon/iam/v1/iam.gaon.h"
#include "gaon/lifecycle/v1/lifecycle.gaon.h"
#include "gaon/request/v1/request.gaon.h"

#define WEB_1                                                                                                          \
	"{\"name\": \"" PROJECT "/machines/" ID_1                                                                      \
	"\", \"displayName\": \"web-1\", \"state\": \"MACHINE_STATE_RUNNING\","                                        \
	" \"size\": \"small\", \"vcpus\": 2, \"memoryMib\": \"4096\", \"diskGib\": \"20\", \"addresses\": "            \
	"[\"10.0.0.7\"],"                                                                                              \
	" \"connection\": \"tenants/acme/connections/lab\", \"deployment\": \"" PROJECT "/deployments/" ID_2 "\","     \
	" \"labels\": {\"env\": \"prod\"}, \"createTime\": \"2026-01-02T03:04:05Z\"}"
#define WEB_2                                                                                                          \
	"{\"name\": \"" PROJECT "/machines/" ID_2                                                                      \
	"\", \"displayName\": \"결제-서버\", \"state\": \"MACHINE_STATE_STOPPED\","                                \
	" \"vcpus\": 16, \"memoryMib\": \"65536\", \"createTime\": \"2026-01-02T03:04:05Z\"}"
#define STEPS                                                                                                          \
	"\"steps\": [{\"number\": 1, \"step\": \"shut-down-guest\", \"outcome\": \"done\", \"startTime\": "            \
	"\"2026-01-02T03:04:05Z\","                                                                                    \
	" \"endTime\": \"2026-01-02T03:04:06.5Z\"}]"

static const struct canned answers[] = {
	{ .method = &gaon_method_lifecycle_list_machines,
	  .only_if = "display_name = \\\"web-1\\\"",
	  .json = "{\"machines\": [" WEB_1 "]}" },
	{ .method = &gaon_method_lifecycle_list_machines,
	  .only_if = "display_name = \\\"twin\\\"",
	  .json = "{\"machines\": [" WEB_1 "," WEB_2 "]}" },
	{ .method = &gaon_method_lifecycle_list_machines, .only_if = "web-9", .json = "{}" },
	{ .method = &gaon_method_lifecycle_list_machines,
	  .only_if = "\"showDeleted\":true",
	  .json = "{\"machines\": [" WEB_2 "]}" },
	{ .method = &gaon_method_lifecycle_list_machines, .only_if = "display_name", .json = "{}" },
	{ .method = &gaon_method_lifecycle_list_machines,
	  .only_if = "\"pageToken\":\"two\"",
	  .json = "{\"machines\": [" WEB_2 "]}" },
	{ .method = &gaon_method_lifecycle_list_machines,
	  .json = "{\"machines\": [" WEB_1 "], \"nextPageToken\": \"two\"}" },
	{ .method = &gaon_method_lifecycle_get_machine, .json = WEB_1 },
	{ .method = &gaon_method_lifecycle_update_machine, .json = WEB_1 },
	{ .method = &gaon_method_lifecycle_stop_machine,
	  .json = "{\"name\": \"" OPERATION "\", \"kind\": \"machine-stop\", \"target\": \"" PROJECT "/machines/" ID_1
		  "\"}" },
	{ .method = &gaon_method_lifecycle_delete_machine,
	  .code = STATUS_FAILED_PRECONDITION,
	  .reason = "DELETION_PROTECTED",
	  .message = "the machine is locked: unlock it first",
	  .field = "name" },
	{ .method = &gaon_method_lifecycle_watch_operation,
	  .only_if = "bad",
	  .json = "[{\"name\": \"" PROJECT "/operations/bad\", \"kind\": \"machine-stop\", \"done\": true}]" },
	{ .method = &gaon_method_lifecycle_watch_operation,
	  .json = "[{\"name\": \"" OPERATION
		  "\", \"kind\": \"machine-stop\", \"progressPercent\": 30, \"currentStep\": \"shut-down-guest\"},"
		  "{\"name\": \"" OPERATION
		  "\", \"kind\": \"machine-stop\", \"done\": true, \"progressPercent\": 100," STEPS "}]" },
	{ .method = &gaon_method_lifecycle_get_operation,
	  .only_if = "bad",
	  .json = "{\"name\": \"" PROJECT "/operations/bad\", \"kind\": \"machine-stop\", \"done\": true, \"state\": "
		  "\"OPERATION_STATE_FAILED\","
		  " \"error\": {\"code\": 14, \"reason\": \"PROVIDER_UNAVAILABLE\", \"message\": \"the cloud does not "
		  "answer\"}}" },
	{ .method = &gaon_method_lifecycle_get_operation,
	  .json = "{\"name\": \"" OPERATION
		  "\", \"kind\": \"machine-stop\", \"done\": true, \"state\": \"OPERATION_STATE_SUCCEEDED\","
		  " \"target\": \"" PROJECT "/machines/" ID_1 "\"," STEPS "}" },
	{ .method = &gaon_method_lifecycle_watch_machines,
	  .json = "[{\"type\": \"MACHINE_EVENT_TYPE_PRESENT\", \"machine\": " WEB_1 ", \"resumeToken\": \"1\"},"
		  "{\"type\": \"MACHINE_EVENT_TYPE_HEARTBEAT\", \"resumeToken\": \"2\"},"
		  "{\"type\": \"MACHINE_EVENT_TYPE_DELETED\", \"machine\": " WEB_2 ", \"resumeToken\": \"3\"}]" },
	{ .method = &gaon_method_lifecycle_revert_snapshot,
	  .json = "{\"name\": \"" OPERATION "\", \"kind\": \"snapshot-revert\"}" },
	{ .method = &gaon_method_lifecycle_set_deployment_lease,
	  .json = "{\"name\": \"" PROJECT "/deployments/" ID_2 "\"}" },
	{ .method = &gaon_method_lifecycle_fetch_console_output,
	  .json = "{\"name\": \"" OPERATION "\", \"kind\": \"console-fetch\"}" },
	{ .method = &gaon_method_lifecycle_get_console_output,
	  .json = "{\"output\": \"Debian GNU/Linux 12\\r\\n\\u001b[2Jlogin: \"}" },
	{ .method = &gaon_method_lifecycle_fetch_machine_metrics,
	  .json = "{\"name\": \"" OPERATION "\", \"kind\": \"metrics-fetch\"}" },
	{ .method = &gaon_method_lifecycle_list_machine_metrics,
	  .json = "{\"machineMetrics\": [{\"metric\": \"cpu-percent\", \"minimum\": 0.5, \"average\": 12.25, "
		  "\"maximum\": 99.96, \"last\": 3,"
		  " \"sampleCount\": 60}, {\"metric\": \"network-send-bytes-per-s\", \"maximum\": 2621440, "
		  "\"average\": 1536,"
		  " \"last\": 10, \"sampleCount\": 60}]}" },
	{ .method = &gaon_method_lifecycle_create_console_session,
	  .json = "{\"name\": \"" OPERATION "\", \"kind\": \"console-open\", \"target\": \"" PROJECT "/machines/" ID_1
		  "/consoleSessions/" ID_2 "\"}" },
	{ .method = &gaon_method_lifecycle_get_console_session,
	  .json = "{\"url\": \"https://screen.example/7?token=\\u001b[2Jx\"}" },
	{ .method = &gaon_method_iam_bootstrap,
	  .json = "{\"tenant\": {\"name\": \"tenants/gaon\"}, \"user\": {\"name\": \"tenants/gaon/users/mina\"}, "
		  "\"apiKey\": \"gaon_1_secret\"}" },
	{ .method = &gaon_method_iam_who_am_i,
	  .json = "{\"principal\": \"tenants/acme/users/mina\", \"displayName\": \"김미나\", \"tenant\": "
		  "\"tenants/acme\","
		  " \"roles\": [{\"role\": \"roles/operator\", \"resource\": \"" PROJECT
		  "\", \"member\": \"tenants/acme/groups/operators\"}]}" },
	{ .method = &gaon_method_iam_create_project,
	  .json = "{\"name\": \"" PROJECT "\", \"displayName\": \"Web shop\"}" },
	{ .method = &gaon_method_iam_delete_project, .json = "{}" },
	{ .method = &gaon_method_iam_list_projects,
	  .json = "{\"projects\": [{\"name\": \"" PROJECT
		  "\", \"displayName\": \"Web shop\", \"costCenter\": \"4711\"}]}" },
	{ .method = &gaon_method_iam_update_project, .json = "{\"name\": \"" PROJECT "\"}" },
	{ .method = &gaon_method_iam_get_iam_policy,
	  .json = "{\"resource\": \"" PROJECT
		  "\", \"etag\": \"e1\", \"bindings\": [{\"role\": \"roles/viewer\", \"members\": "
		  "[\"tenants/acme/users/jun\"]}]}" },
	{ .method = &gaon_method_iam_set_iam_policy, .json = "{\"resource\": \"" PROJECT "\", \"etag\": \"e2\"}" },
	{ .method = &gaon_method_iam_list_tenants,
	  .code = STATUS_PERMISSION_DENIED,
	  .reason = "PERMISSION_DENIED",
	  .message = "you may not list tenants here" },
	{ .method = &gaon_method_iam_get_tenant,
	  .code = STATUS_UNAUTHENTICATED,
	  .reason = "KEY_UNKNOWN",
	  .message = "who are you?" },
	{ .method = &gaon_method_iam_get_user,
	  .code = STATUS_NOT_FOUND,
	  .reason = "USER_NOT_FOUND",
	  .message = "there is no such user" },
	{ .method = &gaon_method_catalog_create_connection, .json = "{\"name\": \"tenants/acme/connections/lab\"}" },
	{ .method = &gaon_method_catalog_list_available_products,
	  .json = "{\"availableProducts\": [{\"product\": \"tenants/gaon/products/linux-machine\"}]}" },
	{ .method = &gaon_method_catalog_create_product_version,
	  .json = "{\"name\": \"tenants/acme/products/linux-machine/versions/1\", \"state\": "
		  "\"PRODUCT_VERSION_STATE_DRAFT\"}" },
	{ .method = &gaon_method_request_create_order,
	  .json = "{\"name\": \"" PROJECT "/orders/" ID_1 "\", \"state\": \"ORDER_STATE_PENDING_APPROVAL\"}" },
	{ .method = &gaon_method_request_get_order,
	  .json = "{\"name\": \"" PROJECT "/orders/" ID_1
		  "\", \"state\": \"ORDER_STATE_PENDING_APPROVAL\", \"planDigest\": \"d16e57\","
		  " \"monthly\": {\"currencyCode\": \"KRW\", \"amount\": \"21170.5\"}, \"approvalStages\": "
		  "[{\"number\": 1, \"quorum\": 1,"
		  " \"approvers\": [\"roles/approver\"], \"decisions\": [{\"principal\": \"tenants/acme/users/jun\", "
		  "\"comment\": \"ok\"}]}]}" },
	{ .method = &gaon_method_request_approve_order,
	  .json = "{\"name\": \"" PROJECT "/orders/" ID_1 "\", \"state\": \"ORDER_STATE_FULFILLING\"}" },
	{ .method = &gaon_method_request_create_quota,
	  .json = "{\"name\": \"" PROJECT "/quotas/vcpus\", \"limit\": \"16\"}" },
	{ .method = &gaon_method_cost_query_costs,
	  .json = "{\"rows\": [{\"periodStartDay\": \"2026-11-22\", \"resource\": \"" PROJECT "/machines/" ID_1 "\","
		  " \"resourceDisplayName\": \"web-1\", \"billedCost\": {\"currencyCode\": \"KRW\", \"amount\": "
		  "\"696\"}},"
		  "{\"periodStartDay\": \"2026-11-23\", \"resource\": \"" PROJECT "/machines/" ID_1 "\","
		  " \"resourceDisplayName\": \"web-1\", \"billedCost\": {\"currencyCode\": \"KRW\", \"amount\": "
		  "\"12345.678\"}}],"
		  " \"totals\": [{\"currencyCode\": \"KRW\", \"amount\": \"13041.678\"}]}" },
	{ .method = &gaon_method_cost_estimate_cost,
	  .json = "{\"hourly\": {\"currencyCode\": \"KRW\", \"amount\": \"29\"}}" },
};

struct canned_server *server;
static char folder[] = "/tmp/gaon-command-XXXXXX";

const char *read_back(struct arena *arena, const char *path)
{
	struct slice content;

	assert_ok(file_read(arena, path, &content));
	return arena_strndup(arena, content.data, content.size);
}

struct result run_line(struct arena *arena, char **argv)
{
	const char *out = arena_printf(arena, "%s/out", folder), *error = arena_printf(arena, "%s/error", folder);
	posix_spawn_file_actions_t actions;
	struct result result;
	int state;
	pid_t child;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, error, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(posix_spawn(&child, GAON_BINARY, &actions, NULL, argv, environ), 0);
	posix_spawn_file_actions_destroy(&actions);
	assert_int_equal(waitpid(child, &state, 0), child);
	result.code = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
	result.out = read_back(arena, out);
	result.error = read_back(arena, error);
	if (getenv("GAON_SHOW")) {
		for (size_t i = 0; argv[i]; i++)
			printf("%s%s", i ? " " : "$ ", argv[i]);
		printf("\n%s%s[exit %d]\n\n", result.out, result.error, result.code);
	}
	return result;
}

void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

const char *sent(void **state, const struct method *method)
{
	return canned_server_request(server, *state, method);
}

int group_setup(void **state)
{
	(void)state;
	server = canned_server_start(answers, sizeof(answers) / sizeof(answers[0]));
	assert_non_null(mkdtemp(folder));
	setenv("GAON_ADDRESS", canned_server_address(server), 1);
	setenv("GAON_CONFIG", arena_printf(*state = arena_new(0), "%s/config.json", folder), 1);
	setenv("GAON_TENANT", "acme", 1);
	setenv("GAON_PROJECT", "web", 1);
	setenv("GAON_TOKEN", "gaon_0_test", 1);
	setenv("COLUMNS", "200", 1);
	return 0;
}

int group_teardown(void **state)
{
	static const char *const names[] = { "out", "error", "config.json", "file.json" };

	for (size_t i = 0; i < 4; i++)
		unlink(arena_printf(*state, "%s/%s", folder, names[i]));
	rmdir(folder);
	canned_server_stop(server);
	arena_free(*state);
	return 0;
}

const char *file_at(void **state, const char *name)
{
	return arena_printf(*state, "%s/%s", folder, name);
}
