/* SPDX-License-Identifier: Apache-2.0 */
/* gaon_command_test.c: the gaon program as people and scripts see it: what it prints, sends and exits with. */
#include "command_fixture.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/cli/file.h"
#include "gaon/catalog/v1/catalog.gaon.h"
#include "gaon/cost/v1/cost.gaon.h"
#include "gaon/iam/v1/iam.gaon.h"
#include "gaon/lifecycle/v1/lifecycle.gaon.h"
#include "gaon/request/v1/request.gaon.h"

static void a_list_is_an_aligned_table_of_all_pages(void **state)
{
	struct result result = RUN("machine", "list");

	assert_int_equal(result.code, 0);
	assert_has(result.out, "MACHINE    STATE    SIZE   VCPUS  MEMORY    DISK  ADDRESS   CLOUD");
	assert_has(result.out, "web-1      running  small      2   4 GiB  20 GiB  10.0.0.7  lab");
	assert_has(result.out, "결제-서버  stopped  -         16  64 GiB");
	assert_has(result.out, ID_2);
}

static void columns_find_fields_of_two_words(void **state)
{
	struct result result = RUN("project", "list");

	assert_has(result.out, "PROJECT  DISPLAY NAME  COST CENTER  CREATED\nweb      Web shop      4711         -\n");
	result = RUN("project", "list", "--columns", "WHO=display_name COST_CENTER");
	assert_string_equal(result.out, "WHO       COST CENTER\nWeb shop  4711\n");
}

static void a_limit_ends_the_list_and_says_so(void **state)
{
	struct result result = RUN("machine", "list", "--limit", "1");

	assert_int_equal(result.code, 0);
	assert_null(strstr(result.out, "결제"));
	assert_has(result.error, "there are more");
}

static void json_is_the_proto3_mapping(void **state)
{
	struct result result = RUN("machine", "get", "web-1", "-o", "json");

	assert_int_equal(result.code, 0);
	assert_has(result.out, "\"displayName\": \"web-1\"");
	assert_has(result.out, "\"memoryMib\": \"4096\"");
	assert_has(result.out, "\"state\": \"MACHINE_STATE_RUNNING\"");
	assert_has(result.out, "\"createTime\": \"2026-01-02T03:04:05Z\"");
	assert_has(result.out, "\"deletionProtection\": false");
	assert_has(result.out, "\"env\": \"prod\"");
	assert_null(strstr(result.out, "leaseEndTime"));
}

static void yaml_and_names_are_there_for_scripts(void **state)
{
	struct result result = RUN("machine", "list", "-o", "yaml");

	assert_has(result.out,
		   "machines:\n  - name: tenants/acme/projects/web/machines/" ID_1 "\n    displayName: web-1\n");
	result = RUN("machine", "list", "-o", "name");
	assert_string_equal(result.out, PROJECT "/machines/" ID_1 "\n" PROJECT "/machines/" ID_2 "\n");
}

static void a_display_name_finds_its_machine(void **state)
{
	assert_int_equal(RUN("machine", "stop", "web-1", "--grace-seconds", "1m").code, 0);
	assert_has(sent(state, &gaon_method_lifecycle_stop_machine), "\"name\":\"" PROJECT "/machines/" ID_1 "\"");
	assert_has(sent(state, &gaon_method_lifecycle_stop_machine), "\"graceSeconds\":60");
}

static void an_unknown_or_ambiguous_display_name_is_said(void **state)
{
	struct result result = RUN("machine", "stop", "web-9");

	assert_int_equal(result.code, 4);
	assert_has(result.error, "is called 'web-9'");
	assert_int_equal(RUN("machine", "get", "never-made").code, 0);
	assert_has(sent(state, &gaon_method_lifecycle_get_machine), ID_2);
	result = RUN("machine", "stop", "twin");
	assert_int_equal(result.code, 2);
	assert_has(result.error, ID_1 ", " ID_2);
}

static void a_write_carries_a_request_id(void **state)
{
	assert_int_equal(RUN("machine", "stop", ID_1).code, 0);
	assert_has(sent(state, &gaon_method_lifecycle_stop_machine), "\"requestId\":\"0");
	assert_int_equal(RUN("machine", "stop", ID_1, "--request-id", "0193a5c2-6f4e-7c31-9a53-3f0c8b1d2e99").code, 0);
	assert_has(sent(state, &gaon_method_lifecycle_stop_machine), "3f0c8b1d2e99");
}

static void an_operation_names_itself_and_how_to_follow_it(void **state)
{
	struct result result = RUN("machine", "stop", ID_1);

	assert_string_equal(result.out, OPERATION "\n");
	assert_has(result.error, "machine-stop of machines/" ID_1 " has begun");
	assert_has(result.error, "gaon operation watch 0193a5c2-6f4e-7c31-9a53-3f0c8b1d2eff");
}

static void waiting_prints_each_step_once_and_the_end(void **state)
{
	struct result result = RUN("machine", "stop", ID_1, "--wait");
	const char *step = strstr(result.error, "shut-down-guest");

	assert_int_equal(result.code, 0);
	assert_non_null(step);
	assert_null(strstr(step + 1, "shut-down-guest"));
	assert_has(result.error, "1.5 s");
	assert_has(result.error, "machine-stop of machines/" ID_1 " succeeded");
}

static void a_failed_operation_exits_with_seven(void **state)
{
	struct result result = RUN("operation", "watch", PROJECT "/operations/bad");

	assert_int_equal(result.code, 7);
	assert_has(result.error, "the cloud does not answer (PROVIDER_UNAVAILABLE)");
}

static void a_failure_says_what_where_and_under_which_trace(void **state)
{
	struct result result = RUN("machine", "delete", "web-1");

	assert_int_equal(result.code, 5);
	assert_has(result.error, "error: the machine is locked: unlock it first (DELETION_PROTECTED)\n");
	assert_has(result.error, "  field    name: ");
	assert_has(result.error, "  trace    ");
	assert_int_equal(RUN("tenant", "list").code, 3);
	assert_int_equal(RUN("tenant", "get", "acme").code, 3);
	assert_int_equal(RUN("user", "get", "mina").code, 4);
}

static void a_denial_names_the_permission(void **state)
{
	assert_has(RUN("tenant", "list").error, "it needs iam.tenants.list");
}

static void errors_are_json_where_output_is(void **state)
{
	assert_has(RUN("user", "get", "mina", "-o", "json").error,
		   "{\"error\":{\"code\":\"NOT_FOUND\",\"reason\":\"USER_NOT_FOUND\"");
}

static void no_server_exits_with_six_and_says_where_it_looked(void **state)
{
	struct result result = RUN("whoami", "--address", "127.0.0.1:1", "--timeout", "2s");

	assert_int_equal(result.code, 6);
	assert_has(result.error, "127.0.0.1:1");
}

static void wrong_usage_exits_with_two_and_points_the_way(void **state)
{
	assert_has(RUN("machin", "list").error, "did you mean gaon machine?");
	assert_has(RUN("machine", "stpo", "x").error, "did you mean gaon machine stop?");
	assert_has(RUN("machine", "stop").error, "which machine?\n  usage    gaon machine stop MACHINE [flags]");
	assert_has(RUN("machine", "stop", "a", "b").error, "what is 'b' for?");
	assert_has(RUN("machine", "stop", "--colour", "red").error, "has no flag --colour");
	assert_has(RUN("machine", "list", "--limit").error, "--limit needs a value");
	assert_has(RUN("order", "list", "--state", "lost").error, "is not one of pending-approval, fulfilling");
	assert_int_equal(RUN("machine", "stop").code, 2);
	assert_int_equal(RUN("nonsense").code, 2);
}

static void the_context_must_say_where(void **state)
{
	struct result result;

	unsetenv("GAON_PROJECT");
	result = RUN("machine", "list");
	setenv("GAON_PROJECT", "web", 1);
	assert_int_equal(result.code, 2);
	assert_has(result.error, "which project? give --project ID");
}

static void a_preset_verb_masks_only_its_field(void **state)
{
	assert_int_equal(RUN("machine", "lock", "web-1").code, 0);
	assert_has(sent(state, &gaon_method_lifecycle_update_machine), "\"deletionProtection\":true");
	assert_has(sent(state, &gaon_method_lifecycle_update_machine), "\"updateMask\":\"deletionProtection\"");
}

static void an_update_masks_what_was_given(void **state)
{
	assert_int_equal(
		RUN("project", "update", "web", "--display-name", "Shop", "--label", "a=b", "--label", "c=d").code, 0);
	assert_has(sent(state, &gaon_method_iam_update_project), "\"updateMask\":\"displayName,labels\"");
	assert_has(sent(state, &gaon_method_iam_update_project), "\"labels\":{\"a\":\"b\",\"c\":\"d\"}");
	assert_has(RUN("project", "update", "web").error, "what shall change?");
}

static void a_create_fills_the_parent_and_can_only_check(void **state)
{
	struct result result = RUN("project", "create", "web", "--display-name", "Web shop", "--dry-run");

	assert_int_equal(result.code, 0);
	assert_has(sent(state, &gaon_method_iam_create_project), "{\"parent\":\"tenants/acme\",\"projectId\":\"web\"");
	assert_has(sent(state, &gaon_method_iam_create_project), "\"validateOnly\":true");
	assert_has(result.error, "only checked");
	assert_int_equal(RUN("project", "delete", "web", "--dry-run").code, 2);
	RUN("project", "create", "sub", "--parent", "gaon");
	assert_has(sent(state, &gaon_method_iam_create_project), "{\"parent\":\"tenants/gaon\",\"projectId\":\"sub\"");
	RUN("project", "create", "sub", "--parent", "tenants/acme");
	assert_has(sent(state, &gaon_method_iam_create_project), "{\"parent\":\"tenants/acme\",");
}

static void a_delete_says_what_is_gone(void **state)
{
	assert_string_equal(RUN("project", "delete", "web").out, "project web deleted\n");
}

static void two_words_name_what_is_inside_another(void **state)
{
	assert_int_equal(RUN("snapshot", "revert", "web-1", "before").code, 0);
	assert_has(sent(state, &gaon_method_lifecycle_revert_snapshot), PROJECT "/machines/" ID_1 "/snapshots/before");
	assert_has(RUN("snapshot", "revert", "web-1").error, "which of its snapshots?");
}

static void an_order_is_made_of_flags_and_finds_a_granted_product(void **state)
{
	assert_int_equal(RUN("order", "create", "linux-machine", "--parameter", "size=small", "--parameter",
			     "name=웹-1", "--justification", "new shop")
				 .code,
			 0);
	assert_has(sent(state, &gaon_method_request_create_order),
		   "\"product\":\"tenants/gaon/products/linux-machine\"");
	assert_has(sent(state, &gaon_method_request_create_order),
		   "\"parameters\":{\"size\":\"small\",\"name\":\"웹-1\"}");
	assert_has(sent(state, &gaon_method_request_create_order), "\"justification\":\"new shop\"");
}

static void an_approval_is_bound_to_the_digest_that_was_shown(void **state)
{
	struct result result = RUN("order", "approve", ID_1);

	assert_int_equal(result.code, 2);
	assert_has(result.error, "KRW 21,17"); /* what would be approved is shown first */
	assert_has(result.error, "CONFIRMATION_NEEDED");
	assert_int_equal(RUN("order", "approve", ID_1, "--yes", "--comment", "fine").code, 0);
	assert_has(sent(state, &gaon_method_request_approve_order), "\"planDigest\":\"d16e57\"");
}

static void bindings_are_merged_under_the_etag(void **state)
{
	assert_int_equal(
		RUN("policy", "add-binding", "--role", "operator", "--member", "users/mina", "--member", "group:ops")
			.code,
		0);
	assert_has(
		sent(state, &gaon_method_iam_set_iam_policy),
		"{\"role\":\"roles/operator\",\"members\":[\"tenants/acme/users/mina\",\"tenants/acme/groups/ops\"]}");
	assert_has(sent(state, &gaon_method_iam_set_iam_policy), "tenants/acme/users/jun");
	assert_has(sent(state, &gaon_method_iam_set_iam_policy), "\"etag\":\"e1\"");
	assert_int_equal(RUN("policy", "remove-binding", "--role", "viewer", "--member", "jun").code, 0);
	assert_has(sent(state, &gaon_method_iam_set_iam_policy), "\"bindings\":[]");
}

static void a_binding_lands_where_it_was_asked_for(void **state)
{
	assert_int_equal(RUN("policy", "add-binding", "--role", "viewer", "--member", "jun").code, 0);
	assert_has(sent(state, &gaon_method_iam_set_iam_policy), "\"resource\":\"tenants/acme/projects/web\"");
	assert_int_equal(RUN("policy", "add-binding", "--tenant", "acme", "--role", "viewer", "--member", "jun").code, 0);
	assert_has(sent(state, &gaon_method_iam_set_iam_policy), "\"resource\":\"tenants/acme\"");
	assert_int_equal(RUN("policy", "add-binding", "--resource", "api", "--role", "viewer", "--member", "jun").code, 0);
	assert_has(sent(state, &gaon_method_iam_set_iam_policy), "\"resource\":\"tenants/acme/projects/api\"");
	assert_int_equal(RUN("machine", "list", "--project", "tenants/other/projects/dc").code, 0);
	assert_has(sent(state, &gaon_method_lifecycle_list_machines), "\"parent\":\"tenants/other/projects/dc\"");
}

static void json_texts_grow_by_key_and_value(void **state)
{
	assert_int_equal(RUN("connection", "create", "lab", "--provider", "libvirt", "--endpoint", "qemu:///system",
			     "--option", "pool=default", "--option", "network=lan", "--credentials", "{\"user\":\"x\"}")
				 .code,
			 0);
	assert_has(sent(state, &gaon_method_catalog_create_connection),
		   "\"options\":\"{\\\"pool\\\":\\\"default\\\",\\\"network\\\":\\\"lan\\\"}\"");
	assert_has(sent(state, &gaon_method_catalog_create_connection), "\"credentials\":\"{\\\"user\\\":\\\"x\\\"}\"");
}

static void lists_of_messages_are_pairs(void **state)
{
	assert_int_equal(RUN("product-version", "create", "linux-machine", "--parameter",
			     "parameter=size,type=size,required=true", "--target", "connection=lab", "--rate-card",
			     "standard", "--default-lease-days", "30d")
				 .code,
			 0);
	assert_has(sent(state, &gaon_method_catalog_create_product_version),
		   "\"type\":\"PARAMETER_TYPE_SIZE\",\"required\":true");
	assert_has(sent(state, &gaon_method_catalog_create_product_version),
		   "\"connection\":\"tenants/acme/connections/lab\"");
	assert_has(sent(state, &gaon_method_catalog_create_product_version),
		   "\"rateCard\":\"tenants/acme/rateCards/standard\"");
	assert_has(sent(state, &gaon_method_catalog_create_product_version), "\"defaultLeaseDays\":30");
}

static void the_quotas_own_limit_wins_over_the_lists(void **state)
{
	assert_int_equal(RUN("quota", "create", "vcpus", "--metric", "vcpus", "--limit", "16").code, 0);
	assert_has(sent(state, &gaon_method_request_create_quota), "\"limit\":\"16\"");
}

static void costs_are_a_table_with_totals(void **state)
{
	struct result result = RUN("cost", "query", "--granularity", "day", "--group-by", "resource");

	assert_has(result.out, "2026-11-22");
	assert_has(result.out, "KRW 12,346");
	assert_has(result.out, "Totals  KRW 13,042");
	assert_has(sent(state, &gaon_method_cost_query_costs), "\"groupBy\":[\"DIMENSION_RESOURCE\"]");
}

static void a_watch_shows_events_but_no_heartbeats(void **state)
{
	struct result result = RUN("machine", "watch");

	assert_int_equal(result.code, 0);
	assert_has(result.out, "EVENT");
	assert_has(result.out, "present");
	assert_has(result.out, "deleted");
	assert_null(strstr(result.out, "heartbeat"));
}

static void bootstrap_keeps_the_key_for_its_owner_alone(void **state)
{
	const char *path = file_at(state, "config.json");
	struct result result =
		RUN("bootstrap", "the-token", "--tenant-id", "gaon", "--user-id", "mina", "--save-as", "lab");
	struct stat about;

	assert_int_equal(result.code, 0);
	assert_has(result.out, "gaon_1_secret");
	assert_string_equal(canned_server_authorization(server, *state), "");
	assert_has(sent(state, &gaon_method_iam_bootstrap), "\"token\":\"the-token\"");
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0600);
	assert_has(read_back(*state, path), "\"token\": \"gaon_1_secret\"");
	assert_has(RUN("context", "list").out, "*        lab");
	assert_int_equal(chmod(path, 0640), 0);
	result = RUN("whoami");
	assert_int_equal(result.code, 5);
	assert_has(result.error, "run chmod 600");
	unlink(path);
}

static void a_context_remembers_files_from_everywhere(void **state)
{
	char kept[4096] = "", wanted[PATH_MAX + 16], folder[PATH_MAX];

	assert_int_equal(RUN("context", "add", "one", "--address", "one:1", "--ca", "ca.pem").code, 0);

	FILE *file = fopen(file_at(state, "config.json"), "r");
	assert_non_null(file);
	assert_true(fread(kept, 1, sizeof kept - 1, file) > 0);
	fclose(file);
	assert_non_null(getcwd(folder, sizeof folder));
	snprintf(wanted, sizeof wanted, "\"%s/ca.pem\"", folder);
	assert_has(kept, wanted);
	unlink(file_at(state, "config.json"));
}

static void contexts_are_added_used_and_removed(void **state)
{
	assert_int_equal(RUN("context", "add", "one", "--address", "one:1", "--token", "k", "--tenant", "t").code, 0);
	assert_int_equal(RUN("context", "add", "two", "--address", "two:2", "--ca", "/x.pem").code, 0);
	assert_has(RUN("context", "list").out, "*        one      one:1    t       -        set   no");
	assert_int_equal(RUN("context", "use", "two").code, 0);
	assert_has(RUN("context", "list").out, "*        two");
	assert_int_equal(RUN("context", "use", "three").code, 4);
	assert_int_equal(RUN("whoami", "--context", "three").code, 4);
	assert_int_equal(RUN("context", "remove", "two").code, 0);
	assert_null(strstr(RUN("context", "list").out, "two"));
	unlink(file_at(state, "config.json"));
}

static void verbose_shows_the_rpc_but_no_secret(void **state)
{
	struct result result = RUN("bootstrap", "hush-hush", "--tenant-id", "gaon", "--user-id", "mina", "-v");

	assert_has(result.error, "/gaon.iam.v1.IamService/Bootstrap");
	assert_null(strstr(result.error, "hush-hush"));
	assert_has(result.error, "[redacted]");
	unlink(file_at(state, "config.json"));
}

static void a_file_is_the_resource_and_flags_add_to_it(void **state)
{
	const char *path = file_at(state, "file.json");

	assert_ok(file_write_private(*state, path, "{\"displayName\": \"From a file\", \"labels\": {\"a\": \"b\"}}"));
	assert_int_equal(RUN("project", "create", "web", "-f", (char *)path, "--cost-center", "4711").code, 0);
	assert_has(sent(state, &gaon_method_iam_create_project), "\"displayName\":\"From a file\"");
	assert_has(sent(state, &gaon_method_iam_create_project), "\"costCenter\":\"4711\"");
	assert_ok(file_write_private(*state, path, "{\"displayNam\": \"x\"}"));
	assert_has(RUN("project", "create", "web", "-f", (char *)path).error,
		   "displayNam: there is no such field in Project");
}

static void completion_asks_the_server_for_names(void **state)
{
	assert_string_equal(RUN("__complete", "machine", "stop", "").out, "web-1\t\n");
	assert_string_equal(RUN("__complete", "project", "get", "w").out, "web\t\n");
	assert_string_equal(RUN("__complete", "user", "get", "").out, "");
}

static void health_needs_no_context(void **state)
{
	assert_has(RUN("health").out, "is serving");
}

static void details_are_labelled_lines_and_nested_tables(void **state)
{
	struct result result = RUN("whoami");

	assert_has(result.out, "Principal");
	assert_has(result.out, "김미나");
	assert_has(result.out, "roles/operator");
	assert_has(RUN("estimate", "--rate-card", "standard", "--vcpus", "2", "--memory-mib", "4GiB").out, "KRW 29");
	assert_has(sent(state, &gaon_method_cost_estimate_cost), "\"memoryMib\":\"4096\"");
}

#define COMMAND_TEST(test_) cmocka_unit_test_setup_teardown((test_), arena_setup, arena_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		COMMAND_TEST(a_list_is_an_aligned_table_of_all_pages),
		COMMAND_TEST(columns_find_fields_of_two_words),
		COMMAND_TEST(a_limit_ends_the_list_and_says_so),
		COMMAND_TEST(json_is_the_proto3_mapping),
		COMMAND_TEST(yaml_and_names_are_there_for_scripts),
		COMMAND_TEST(a_display_name_finds_its_machine),
		COMMAND_TEST(an_unknown_or_ambiguous_display_name_is_said),
		COMMAND_TEST(a_write_carries_a_request_id),
		COMMAND_TEST(an_operation_names_itself_and_how_to_follow_it),
		COMMAND_TEST(waiting_prints_each_step_once_and_the_end),
		COMMAND_TEST(a_failed_operation_exits_with_seven),
		COMMAND_TEST(a_failure_says_what_where_and_under_which_trace),
		COMMAND_TEST(a_denial_names_the_permission),
		COMMAND_TEST(errors_are_json_where_output_is),
		COMMAND_TEST(no_server_exits_with_six_and_says_where_it_looked),
		COMMAND_TEST(wrong_usage_exits_with_two_and_points_the_way),
		COMMAND_TEST(the_context_must_say_where),
		COMMAND_TEST(a_preset_verb_masks_only_its_field),
		COMMAND_TEST(an_update_masks_what_was_given),
		COMMAND_TEST(a_create_fills_the_parent_and_can_only_check),
		COMMAND_TEST(a_delete_says_what_is_gone),
		COMMAND_TEST(two_words_name_what_is_inside_another),
		COMMAND_TEST(an_order_is_made_of_flags_and_finds_a_granted_product),
		COMMAND_TEST(an_approval_is_bound_to_the_digest_that_was_shown),
		COMMAND_TEST(bindings_are_merged_under_the_etag),
		COMMAND_TEST(a_binding_lands_where_it_was_asked_for),
		COMMAND_TEST(json_texts_grow_by_key_and_value),
		COMMAND_TEST(lists_of_messages_are_pairs),
		COMMAND_TEST(the_quotas_own_limit_wins_over_the_lists),
		COMMAND_TEST(costs_are_a_table_with_totals),
		COMMAND_TEST(a_watch_shows_events_but_no_heartbeats),
		COMMAND_TEST(bootstrap_keeps_the_key_for_its_owner_alone),
		COMMAND_TEST(a_context_remembers_files_from_everywhere),
		COMMAND_TEST(contexts_are_added_used_and_removed),
		COMMAND_TEST(verbose_shows_the_rpc_but_no_secret),
		COMMAND_TEST(a_file_is_the_resource_and_flags_add_to_it),
		COMMAND_TEST(completion_asks_the_server_for_names),
		COMMAND_TEST(health_needs_no_context),
		COMMAND_TEST(details_are_labelled_lines_and_nested_tables),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
