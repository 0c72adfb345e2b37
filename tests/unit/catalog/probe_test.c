/* SPDX-License-Identifier: Apache-2.0 */
/* probe_test.c: a probe tells what a cloud is and offers; a failed one says why and changes nothing else. */
#include <string.h>

#include "runtime/base/text.h"
#include "server/services/catalog/offering.h"
#include "server/services/catalog/room.h"
#include "tests/unit/catalog/catalog_fixture.h"

static size_t count_sizes(void *state)
{
	Gaon__ListSizesRequest request = GAON__LIST_SIZES_REQUEST__INIT;
	Gaon__ListSizesResponse reply;

	request.parent = LAB;
	assert_ok(catalog_call(state, "ListSizes", &request, &reply));
	return reply.n_sizes;
}

static void a_probe_makes_a_connection_ready(void **state)
{
	make_lab(*state);
	const Gaon__Connection *connection = get_connection(*state, LAB);
	assert_int_equal(connection->state, GAON__CONNECTION_STATE__CONNECTION_STATE_READY);
	assert_string_equal(connection->product, "Gaon simulator 1");
	assert_string_not_equal(connection->warning, "");
	assert_int_equal(connection->n_capabilities, VERB_COUNT);
	assert_string_equal(connection->capabilities[VERB_CREATE]->verb, "create");
	assert_int_equal(connection->capabilities[VERB_CREATE]->support, GAON__SUPPORT__SUPPORT_NATIVE);
	assert_non_null(connection->probe_time);
}

static void a_probe_finds_what_is_offered_under_our_names(void **state)
{
	Gaon__ListImagesRequest images = GAON__LIST_IMAGES_REQUEST__INIT;
	Gaon__ListImagesResponse image_reply;
	Gaon__ListNetworksRequest networks = GAON__LIST_NETWORKS_REQUEST__INIT;
	Gaon__ListNetworksResponse network_reply;

	make_lab(*state);
	assert_int_equal(count_sizes(*state), 6);
	images.parent = networks.parent = LAB;
	images.page_size = 2;
	assert_ok(catalog_call(*state, "ListImages", &images, &image_reply));
	assert_int_equal(image_reply.n_images, 2);
	assert_string_equal(image_reply.images[0]->image, "debian-12");
	assert_string_equal(image_reply.images[0]->native_id, "img-debian-12");
	assert_string_equal(image_reply.images[0]->name, LAB "/images/debian-12");
	images.page_token = image_reply.next_page_token;
	assert_ok(catalog_call(*state, "ListImages", &images, &image_reply));
	assert_int_equal(image_reply.n_images, 2);
	assert_string_equal(image_reply.images[1]->image, "windows-server-2022");
	assert_ok(catalog_call(*state, "ListNetworks", &networks, &network_reply));
	assert_int_equal(network_reply.n_networks, 2);
	networks.parent = ACME "/connections/none";
	assert_fails(catalog_call(*state, "ListNetworks", &networks, &network_reply), STATUS_NOT_FOUND,
		     "CONNECTION_NOT_FOUND");
}

static void a_cloud_that_lists_in_pages_is_read_whole(void **state)
{
	assert_ok(make_connection(*state, ACME, "lab", "{\"page_size\": 1}"));
	assert_int_equal(probe(*state, LAB), OPERATION_SUCCEEDED);
	assert_int_equal(count_sizes(*state), 6);
	assert_int_equal(service_number(*state, "SELECT COUNT(*) FROM offering"), 16);
}

static void a_failed_probe_says_why(void **state)
{
	assert_ok(make_connection(*state, ACME, "lab", "{\"failure_rate\": 1, \"failure_classes\": [\"AUTH\"]}"));
	assert_int_equal(probe(*state, LAB), OPERATION_FAILED);
	const Gaon__Connection *connection = get_connection(*state, LAB);
	assert_int_equal(connection->state, GAON__CONNECTION_STATE__CONNECTION_STATE_FAILED);
	assert_string_not_equal(connection->state_message, "");
	assert_int_equal(service_number(*state, "SELECT COUNT(*) FROM offering"), 0);
}

static struct status set_options(void *state, const char *options)
{
	Gaon__UpdateConnectionRequest request = GAON__UPDATE_CONNECTION_REQUEST__INIT;
	Gaon__Connection connection = GAON__CONNECTION__INIT, reply;

	connection.name = LAB;
	connection.options = options;
	request.connection = &connection;
	return catalog_call(state, "UpdateConnection", &request, &reply);
}

static void a_failed_probe_leaves_what_was_found_before(void **state)
{
	make_lab(*state);
	assert_ok(set_options(*state, "{\"failure_rate\": 1, \"failure_classes\": [\"FORBIDDEN\"]}"));
	assert_int_equal(probe(*state, LAB), OPERATION_FAILED);
	assert_int_equal(get_connection(*state, LAB)->state, GAON__CONNECTION_STATE__CONNECTION_STATE_FAILED);
	assert_int_equal(count_sizes(*state), 6);
	assert_ok(set_options(*state, "{\"failure_rate\": 0}"));
	assert_int_equal(probe(*state, LAB), OPERATION_SUCCEEDED);
	assert_string_equal(get_connection(*state, LAB)->state_message, "");
}

static void a_cloud_that_stumbles_is_asked_again(void **state)
{
	assert_ok(make_connection(*state, ACME, "lab", "{\"failure_rate\": 0.4, \"seed\": 7, \"page_size\": 2}"));
	assert_int_equal(probe(*state, LAB), OPERATION_SUCCEEDED);
	assert_int_equal(service_number(*state, "SELECT COUNT(*) FROM offering"), 16);
}

static void what_is_no_longer_offered_goes_and_names_stay(void **state)
{
	static const char BEFORE[] = "{\"images\": [{\"id\": \"i-1\", \"name\": \"Debian\"}, {\"id\": \"i-2\", \"name\": \"Debian\"},"
				     " {\"id\": \"i-3\", \"name\": \"\\uac00\\uc628\"}]}";
	static const char AFTER[] = "{\"images\": [{\"id\": \"i-4\", \"name\": \"Debian\"}, {\"id\": \"i-2\", \"name\": \"Renamed\"}]}";
	Gaon__ListImagesRequest request = GAON__LIST_IMAGES_REQUEST__INIT;
	Gaon__ListImagesResponse reply;

	assert_ok(make_connection(*state, ACME, "lab", BEFORE));
	assert_int_equal(probe(*state, LAB), OPERATION_SUCCEEDED);
	request.parent = LAB;
	assert_ok(catalog_call(*state, "ListImages", &request, &reply));
	assert_int_equal(reply.n_images, 3);
	assert_string_equal(reply.images[0]->image, "debian");
	assert_string_equal(reply.images[1]->image, "debian-2");
	assert_string_equal(reply.images[1]->native_id, "i-2");
	assert_string_equal(reply.images[2]->image, "i-3");
	assert_ok(set_options(*state, AFTER));
	assert_int_equal(probe(*state, LAB), OPERATION_SUCCEEDED);
	assert_ok(catalog_call(*state, "ListImages", &request, &reply));
	/* i-2 keeps its name; i-4 does not get one that another image had before this probe. */
	assert_int_equal(reply.n_images, 2);
	assert_string_equal(reply.images[0]->image, "debian-2");
	assert_string_equal(reply.images[0]->native_id, "i-2");
	assert_string_equal(reply.images[1]->image, "debian-3");
	assert_int_equal(service_number(*state, "SELECT COUNT(DISTINCT generation) FROM offering"), 1);
}

static struct status disable(void *state)
{
	Gaon__DisableConnectionRequest request = GAON__DISABLE_CONNECTION_REQUEST__INIT;
	Gaon__Connection reply;

	request.name = LAB;
	return catalog_call(state, "DisableConnection", &request, &reply);
}

static void a_disabled_connection_is_not_probed(void **state)
{
	Gaon__ProbeConnectionRequest request = GAON__PROBE_CONNECTION_REQUEST__INIT;
	Gaon__Operation operation;

	assert_ok(make_connection(*state, ACME, "lab", ""));
	assert_ok(disable(*state));
	request.name = LAB;
	assert_fails(catalog_call(*state, "ProbeConnection", &request, &operation), STATUS_FAILED_PRECONDITION,
		     "CONNECTION_DISABLED");
	assert_int_equal(service_number(*state, "SELECT COUNT(*) FROM operation"), 0);
}

static void a_connection_that_is_disabled_meanwhile_does_not_become_ready(void **state)
{
	Gaon__ProbeConnectionRequest request = GAON__PROBE_CONNECTION_REQUEST__INIT;
	Gaon__EnableConnectionRequest enable = GAON__ENABLE_CONNECTION_REQUEST__INIT;
	Gaon__Operation operation;
	Gaon__Connection reply;

	assert_ok(make_connection(*state, ACME, "lab", ""));
	request.name = enable.name = LAB;
	assert_ok(catalog_call(*state, "ProbeConnection", &request, &operation));
	assert_ok(disable(*state));
	service_run(*state, 1000);
	assert_int_equal(get_connection(*state, LAB)->state, GAON__CONNECTION_STATE__CONNECTION_STATE_DISABLED);
	assert_ok(catalog_call(*state, "EnableConnection", &enable, &reply));
	assert_int_equal(reply.state, GAON__CONNECTION_STATE__CONNECTION_STATE_UNVERIFIED);
	assert_int_equal(service_number(*state, "SELECT COUNT(*) FROM offering"), 0);
}

static void a_probe_finds_regions_and_their_zones(void **state)
{
	Gaon__ListRegionsRequest request = GAON__LIST_REGIONS_REQUEST__INIT;
	Gaon__ListRegionsResponse reply;

	make_lab(*state);
	request.parent = LAB;
	request.page_size = 2;
	assert_ok(catalog_call(*state, "ListRegions", &request, &reply));
	assert_int_equal(reply.n_regions, 2);
	assert_string_equal(reply.regions[0]->name, LAB "/regions/simulated-east");
	assert_string_equal(reply.regions[0]->region, "simulated-east");
	assert_string_equal(reply.regions[0]->native_id, "sim-east");
	assert_false(reply.regions[0]->zone);
	assert_string_equal(reply.regions[0]->parent, "");
	assert_string_equal(reply.regions[1]->region, "simulated-west");
	request.page_token = reply.next_page_token;
	assert_ok(catalog_call(*state, "ListRegions", &request, &reply));
	assert_int_equal(reply.n_regions, 2);
	assert_string_equal(reply.regions[0]->region, "zone-a");
	assert_true(reply.regions[0]->zone);
	assert_string_equal(reply.regions[0]->parent, "sim-east");
	assert_string_equal(reply.regions[1]->region, "zone-b");
	assert_string_equal(reply.next_page_token, "");
	request.parent = "tenants/other/connections/lab";
	request.page_token = "";
	assert_fails(catalog_call(*state, "ListRegions", &request, &reply), STATUS_NOT_FOUND, "CONNECTION_NOT_FOUND");
}

static void a_network_says_what_it_is_inside_and_where(void **state)
{
	Gaon__ListNetworksRequest request = GAON__LIST_NETWORKS_REQUEST__INIT;
	Gaon__ListNetworksResponse reply;

	assert_ok(make_connection(*state, ACME, "lab",
				  "{\"networks\": [{\"id\": \"subnet-1\", \"parent\": \"vpc-9\", \"zone\": \"sim-1b\"}]}"));
	assert_int_equal(probe(*state, LAB), OPERATION_SUCCEEDED);
	request.parent = LAB;
	assert_ok(catalog_call(*state, "ListNetworks", &request, &reply));
	assert_int_equal(reply.n_networks, 1);
	assert_string_equal(reply.networks[0]->parent, "vpc-9");
	assert_string_equal(reply.networks[0]->zone, "sim-1b");
}

static Gaon__ListConnectionQuotasResponse quotas_of(void *state, const char *page_token)
{
	Gaon__ListConnectionQuotasRequest request = GAON__LIST_CONNECTION_QUOTAS_REQUEST__INIT;
	Gaon__ListConnectionQuotasResponse reply;

	request.parent = LAB;
	request.page_size = 1;
	request.page_token = page_token;
	assert_ok(catalog_call(state, "ListConnectionQuotas", &request, &reply));
	return reply;
}

/** The quota of this name, looked for page by page. */
static Gaon__ConnectionQuota *quota_named(void *state, const char *quota)
{
	Gaon__ListConnectionQuotasResponse reply = quotas_of(state, "");

	while (reply.n_connection_quotas == 1 && !text_equal(reply.connection_quotas[0]->quota, quota) && *reply.next_page_token)
		reply = quotas_of(state, reply.next_page_token);
	assert_int_equal(reply.n_connection_quotas, 1);
	assert_string_equal(reply.connection_quotas[0]->quota, quota);
	return reply.connection_quotas[0];
}

static void a_probe_tells_what_the_cloud_limits(void **state)
{
	Gaon__DeleteConnectionRequest delete = GAON__DELETE_CONNECTION_REQUEST__INIT;
	Gaon__DeleteConnectionResponse deleted;

	assert_ok(make_connection(*state, ACME, "lab", "{\"quota\": 20}"));
	assert_int_equal(quotas_of(*state, "").n_connection_quotas, 0);
	assert_int_equal(probe(*state, LAB), OPERATION_SUCCEEDED);
	Gaon__ConnectionQuota *machines = quota_named(*state, "machines");
	assert_string_equal(machines->name, LAB "/quotas/machines");
	assert_int_equal(machines->limit, 20);
	assert_int_equal(machines->used, 0);
	assert_int_equal(quota_named(*state, "vcpus")->limit, -1);
	/* The next probe takes the place of this one. */
	assert_ok(set_options(*state, "{\"quota\": 30}"));
	assert_int_equal(probe(*state, LAB), OPERATION_SUCCEEDED);
	assert_int_equal(quota_named(*state, "machines")->limit, 30);
	delete.name = LAB;
	assert_ok(catalog_call(*state, "DeleteConnection", &delete, &deleted));
	assert_int_equal(service_number(*state, "SELECT COUNT(*) FROM connection_quota"), 0);
}

static struct status begin_old_probe(struct store_tx *tx, void *context)
{
	struct service_fixture *fixture = context;
	struct json *input = json_object(fixture->arena);
	const char *name;

	json_set_text(input, "connection", LAB);
	return operation_create(tx,
				&(struct operation_spec){ .kind = "connection-probe",
							  .tenant = ACME,
							  .target = LAB,
							  .connection = LAB,
							  .input = input },
				&name);
}

static void a_probe_of_an_earlier_version_goes_on_to_its_end(void **state)
{
	struct service_fixture *fixture = *state;

	assert_ok(make_connection(*state, ACME, "lab", ""));
	assert_ok(store_write(fixture->store, fixture->arena, begin_old_probe, fixture));
	service_run(fixture, 1000);
	assert_int_equal(get_connection(*state, LAB)->state, GAON__CONNECTION_STATE__CONNECTION_STATE_READY);
	assert_int_equal(service_number(fixture, "SELECT COUNT(*) FROM offering"), 12);
	assert_int_equal(service_number(fixture, "SELECT COUNT(*) FROM connection_quota"), 0);
}

/** The last step of a probe, as the engine runs it. */
static struct status run_last_step(struct store_tx *tx, void *context)
{
	struct service_fixture *fixture = context;
	struct json *input = json_object(fixture->arena), *memo = json_object(fixture->arena);
	struct step step = { .arena = fixture->arena, .input = input, .memo = memo };
	const struct step_result done = { .verdict = STEP_DONE };

	json_set_text(input, "connection", LAB);
	json_set_int(memo, "generation", 7);
	json_set(memo, "capabilities", json_array(fixture->arena));
	return probe_workflow.steps[probe_workflow.step_count - 1].run.record(tx, &step, &done);
}

static void a_probe_takes_nothing_into_use_once_its_connection_is_disabled(void **state)
{
	struct service_fixture *fixture = *state;

	make_lab(*state);
	assert_ok(disable(*state));
	assert_fails(store_write(fixture->store, fixture->arena, run_last_step, fixture), STATUS_FAILED_PRECONDITION,
		     "CONNECTION_DISABLED");
	assert_int_equal(count_sizes(*state), 6);
}

static void a_connection_that_is_deleted_meanwhile_ends_its_probe(void **state)
{
	Gaon__ProbeConnectionRequest request = GAON__PROBE_CONNECTION_REQUEST__INIT;
	Gaon__DeleteConnectionRequest delete = GAON__DELETE_CONNECTION_REQUEST__INIT;
	Gaon__DeleteConnectionResponse deleted;
	Gaon__Operation operation;

	assert_ok(make_connection(*state, ACME, "lab", ""));
	request.name = delete.name = LAB;
	assert_ok(catalog_call(*state, "ProbeConnection", &request, &operation));
	assert_ok(catalog_call(*state, "DeleteConnection", &delete, &deleted));
	service_run(*state, 1000);
	assert_int_equal(service_number(*state, "SELECT COUNT(*) FROM operation WHERE state = 5"), 1);
	assert_int_equal(service_number(*state, "SELECT COUNT(*) FROM offering"), 0);
}

static void slugs_are_what_people_can_type(void **state)
{
	struct service_fixture *fixture = *state;
	static const char *const ROWS[][2] = {
		{ "Debian 12 (bookworm)", "debian-12-bookworm" },
		{ "m5.large", "m5.large" },
		{ "  -- Weird__Name -- ", "weird__name" },
		{ "\xea\xb0\x80\xec\x98\xa8", "" },
		{ "a/b/../c", "a-b-..-c" },
		{ "", "" },
		{ "0123456789012345678901234567890123456789012345678901234567890123456789",
		  "012345678901234567890123456789012345678901234567" },
	};

	for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
		assert_string_equal(offering_slug(fixture->arena, ROWS[i][0]), ROWS[i][1]);
}

const struct CMUnitTest probe_tests[] = {
	CATALOG_TEST(a_probe_makes_a_connection_ready),
	CATALOG_TEST(a_probe_finds_what_is_offered_under_our_names),
	CATALOG_TEST(a_cloud_that_lists_in_pages_is_read_whole),
	CATALOG_TEST(a_probe_finds_regions_and_their_zones),
	CATALOG_TEST(a_network_says_what_it_is_inside_and_where),
	CATALOG_TEST(a_probe_tells_what_the_cloud_limits),
	CATALOG_TEST(a_probe_of_an_earlier_version_goes_on_to_its_end),
	CATALOG_TEST(a_failed_probe_says_why),
	CATALOG_TEST(a_failed_probe_leaves_what_was_found_before),
	CATALOG_TEST(a_cloud_that_stumbles_is_asked_again),
	CATALOG_TEST(what_is_no_longer_offered_goes_and_names_stay),
	CATALOG_TEST(a_disabled_connection_is_not_probed),
	CATALOG_TEST(a_connection_that_is_disabled_meanwhile_does_not_become_ready),
	CATALOG_TEST(a_probe_takes_nothing_into_use_once_its_connection_is_disabled),
	CATALOG_TEST(a_connection_that_is_deleted_meanwhile_ends_its_probe),
	CATALOG_TEST(slugs_are_what_people_can_type),
};
const size_t probe_test_count = sizeof probe_tests / sizeof probe_tests[0];
