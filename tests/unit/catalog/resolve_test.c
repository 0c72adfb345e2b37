/* SPDX-License-Identifier: Apache-2.0 */
/* resolve_test.c: what an order means, or everything that is wrong with it. */
#include <string.h>

#include "tests/unit/catalog/catalog_fixture.h"

static size_t count_problems(const struct resolved *resolved)
{
	size_t count = 0;

	for (const struct catalog_problem *problem = resolved->problems; problem; problem = problem->next)
		count++;
	return count;
}

static void an_order_is_resolved_to_the_clouds_own_ids(void **state)
{
	struct service_fixture *fixture = *state;

	make_linux(*state);
	struct resolved resolved = resolve(*state, WEB, LINUX,
					   "{\"image\": \"debian-12\", \"disk_gib\": \"20\", \"name\": \"web-1\","
					   " \"network\": \"private\"}");
	const struct catalog_choice *choice = &resolved.choice;

	assert_null(resolved.problems);
	assert_string_equal(choice->product, LINUX);
	assert_string_equal(choice->product_version, LINUX "/versions/1");
	assert_string_equal(choice->product_kind, "machine");
	assert_int_equal(strlen(choice->version_digest), 64);
	assert_string_equal(choice->connection, LAB);
	assert_string_equal(choice->provider, "simulator");
	assert_string_equal(choice->size, "small");
	assert_string_equal(choice->image_native, "img-debian-12");
	assert_string_equal(choice->network_native, "net-private");
	assert_int_equal(choice->vcpus, 1);
	assert_int_equal(choice->memory_mib, 512);
	assert_int_equal(choice->disk_gib, 20);
	assert_string_equal(choice->display_name, "web-1");
	assert_int_equal(choice->lease_days, 30);
	assert_string_equal(choice->rate_card, ACME "/rateCards/standard");
	assert_string_equal(json_print_canonical(fixture->arena, choice->parameters),
			    "{\"backup\":false,\"disk_gib\":20,\"image\":\"debian-12\",\"name\":\"web-1\","
			    "\"network\":\"private\",\"size\":\"small\",\"tier\":\"test\"}");
}

static void what_was_resolved_resolves_to_the_same_again(void **state)
{
	struct service_fixture *fixture = *state;

	make_linux(*state);
	struct resolved first = resolve(*state, WEB, LINUX, "{\"image\": \"debian-12\", \"backup\": \"true\"}");
	const char *parameters = json_print_canonical(fixture->arena, first.choice.parameters);
	struct resolved second = resolve(*state, WEB, LINUX "/versions/1", parameters);
	assert_null(second.problems);
	assert_string_equal(json_print_canonical(fixture->arena, second.choice.parameters), parameters);
	assert_null(second.choice.network);
	assert_string_equal(second.choice.display_name, "linux");
	assert_int_equal(second.choice.disk_gib, 5);
}

static void everything_that_is_wrong_is_told_at_once(void **state)
{
	make_linux(*state);
	struct resolved resolved = resolve(*state, WEB, LINUX,
					   "{\"size\": \"enormous\", \"disk_gib\": 501, \"tier\": \"gold\", \"backup\": \"maybe\","
					   " \"lease_days\": 91, \"colour\": \"red\", \"name\": {}}");

	assert_string_equal(problem_at(&resolved, "parameters.image"), "PARAMETER_REQUIRED");
	assert_string_equal(problem_at(&resolved, "parameters.disk_gib"), "PARAMETER_INVALID");
	assert_string_equal(problem_at(&resolved, "parameters.tier"), "PARAMETER_INVALID");
	assert_string_equal(problem_at(&resolved, "parameters.backup"), "PARAMETER_INVALID");
	assert_string_equal(problem_at(&resolved, "parameters.name"), "PARAMETER_INVALID");
	assert_string_equal(problem_at(&resolved, "parameters.colour"), "PARAMETER_UNKNOWN");
	assert_string_equal(problem_at(&resolved, "parameters.lease_days"), "LEASE_TOO_LONG");
	assert_string_equal(problem_at(&resolved, "parameters.size"), "SIZE_UNKNOWN");
	assert_int_equal(count_problems(&resolved), 8);
}

static void an_image_that_does_not_fit_the_disk_is_a_problem(void **state)
{
	make_linux(*state);
	struct resolved by_size = resolve(*state, WEB, LINUX, "{\"image\": \"windows-server-2022\"}");
	struct resolved by_disk = resolve(*state, WEB, LINUX, "{\"image\": \"windows-server-2022\", \"disk_gib\": 39}");
	struct resolved fits = resolve(*state, WEB, LINUX, "{\"image\": \"windows-server-2022\", \"disk_gib\": 40}");

	assert_string_equal(problem_at(&by_size, "parameters.size"), "DISK_TOO_SMALL");
	assert_string_equal(problem_at(&by_disk, "parameters.disk_gib"), "DISK_TOO_SMALL");
	assert_null(fits.problems);
}

static void what_a_project_may_not_order_is_not_there(void **state)
{
	make_linux(*state);
	struct resolved other = resolve(*state, "tenants/other/projects/site", LINUX, "{}");
	struct resolved none = resolve(*state, WEB, ACME "/products/none", "{}");
	struct resolved odd = resolve(*state, WEB, "linux", "{}");
	struct resolved below = resolve(*state, "tenants/acme-labs/projects/lab", LINUX, "{\"image\": \"debian-12\"}");

	assert_string_equal(problem_at(&other, "product"), "PRODUCT_NOT_FOUND");
	assert_string_equal(problem_at(&none, "product"), "PRODUCT_NOT_FOUND");
	assert_string_equal(problem_at(&odd, "product"), "PRODUCT_NOT_FOUND");
	assert_int_equal(count_problems(&other), 1);
	assert_null(below.problems);
}

static struct status switch_off(void *state, const char *name)
{
	Gaon__DisableConnectionRequest request = GAON__DISABLE_CONNECTION_REQUEST__INIT;
	Gaon__Connection reply;

	request.name = name;
	return catalog_call(state, "DisableConnection", &request, &reply);
}

static void the_first_target_that_can_hold_it_gets_it(void **state)
{
	struct version_row row = usual_version;
	const char *version;

	make_lab(*state);
	assert_ok(make_connection(*state, ACME, "far",
				  "{\"images\": [{\"id\": \"bsd\", \"name\": \"BSD\"}, {\"id\": \"deb\", \"name\": \"Debian 12\"}]}"));
	assert_int_equal(probe(*state, ACME "/connections/far"), OPERATION_SUCCEEDED);
	assert_ok(make_product(*state, ACME, "linux"));
	row.targets = LAB "," ACME "/connections/far";
	assert_ok(make_version(*state, LINUX, &row, &version));
	assert_ok(publish(*state, version));

	struct resolved both = resolve(*state, WEB, LINUX, "{\"image\": \"debian-12\"}");
	struct resolved only_far = resolve(*state, WEB, LINUX, "{\"image\": \"bsd\"}");
	assert_string_equal(both.choice.connection, LAB);
	assert_string_equal(only_far.choice.connection, ACME "/connections/far");
	assert_ok(switch_off(*state, LAB));
	both = resolve(*state, WEB, LINUX, "{\"image\": \"debian-12\"}");
	assert_string_equal(both.choice.connection, ACME "/connections/far");
	struct resolved neither = resolve(*state, WEB, LINUX, "{\"image\": \"rocky-linux-9\"}");
	assert_string_equal(problem_at(&neither, "parameters.image"), "IMAGE_UNKNOWN");
	neither = resolve(*state, WEB, LINUX, "{\"image\": \"bsd\", \"network\": \"moon\"}");
	assert_string_equal(problem_at(&neither, "parameters.network"), "NETWORK_UNKNOWN");
	assert_ok(switch_off(*state, ACME "/connections/far"));
	neither = resolve(*state, WEB, LINUX, "{\"image\": \"bsd\"}");
	assert_string_equal(problem_at(&neither, "product"), "TARGET_NOT_READY");
}

struct change_call {
	struct catalog_existing existing;
	const struct json *parameters;
	struct resolved resolved;
};

static struct status run_change(struct store_tx *tx, void *context)
{
	struct change_call *call = context;

	return catalog_resolve_change(tx, &call->existing, call->parameters, &call->resolved.choice,
				      &call->resolved.problems);
}

static void a_change_stays_on_its_version_and_its_connection(void **state)
{
	struct service_fixture *fixture = *state;
	Gaon__RetireProductVersionRequest retire = GAON__RETIRE_PRODUCT_VERSION_REQUEST__INIT;
	Gaon__ProductVersion version;
	struct json *parameters = json_object(fixture->arena);
	struct change_call call = { { LINUX "/versions/1", LAB, 7 }, parameters, { { 0 }, NULL } };

	make_linux(*state);
	retire.name = LINUX "/versions/1";
	assert_ok(catalog_call(*state, "RetireProductVersion", &retire, &version));
	struct resolved order = resolve(*state, WEB, LINUX "/versions/1", "{\"image\": \"debian-12\"}");
	assert_string_equal(problem_at(&order, "product"), "VERSION_NOT_PUBLISHED");
	json_set_text(parameters, "image", "debian-12");
	json_set_text(parameters, "size", "large");
	assert_ok(store_read(fixture->store, fixture->arena, run_change, &call));
	assert_null(call.resolved.problems);
	assert_int_equal(call.resolved.choice.vcpus, 2);
	assert_int_equal(call.resolved.choice.disk_gib, 7);
	call.existing.connection = ACME "/connections/gone";
	assert_ok(store_read(fixture->store, fixture->arena, run_change, &call));
	assert_string_equal(problem_at(&call.resolved, "product"), "TARGET_NOT_READY");
}

struct ask {
	struct status verb, size;
	struct provider_size found;
	struct catalog_connection connection;
	const char **ready;
	size_t ready_count;
};

static struct status run_ask(struct store_tx *tx, void *context)
{
	struct ask *ask = context;

	ask->verb = catalog_verb_check(tx, LAB, VERB_CONSOLE);
	ask->size = catalog_size_get(tx, LAB, "medium", &ask->found);
	TRY(catalog_ready_connections(tx, 10, &ask->ready, &ask->ready_count));
	return catalog_connection_get(tx, LAB, &ask->connection);
}

static void other_rooms_are_told_what_a_connection_is(void **state)
{
	struct service_fixture *fixture = *state;
	struct ask ask;

	make_lab(*state);
	assert_ok(store_read(fixture->store, fixture->arena, run_ask, &ask));
	assert_ok(ask.verb);
	assert_ok(ask.size);
	assert_int_equal(ask.found.vcpus, 2);
	assert_true(ask.connection.is_ready);
	assert_int_equal(ask.ready_count, 1);
	assert_ok(switch_off(*state, LAB));
	assert_ok(store_read(fixture->store, fixture->arena, run_ask, &ask));
	assert_false(ask.connection.is_ready);
	assert_true(ask.connection.is_disabled);
	assert_int_equal(ask.ready_count, 0);
}

const struct CMUnitTest resolve_tests[] = {
	CATALOG_TEST(an_order_is_resolved_to_the_clouds_own_ids),
	CATALOG_TEST(what_was_resolved_resolves_to_the_same_again),
	CATALOG_TEST(everything_that_is_wrong_is_told_at_once),
	CATALOG_TEST(an_image_that_does_not_fit_the_disk_is_a_problem),
	CATALOG_TEST(what_a_project_may_not_order_is_not_there),
	CATALOG_TEST(the_first_target_that_can_hold_it_gets_it),
	CATALOG_TEST(a_change_stays_on_its_version_and_its_connection),
	CATALOG_TEST(other_rooms_are_told_what_a_connection_is),
};
const size_t resolve_test_count = sizeof resolve_tests / sizeof resolve_tests[0];
