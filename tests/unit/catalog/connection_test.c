/* SPDX-License-Identifier: Apache-2.0 */
/* connection_test.c: connections come, change and go; credentials come in and never out. */
#include <string.h>

#include "server/services/catalog/connection.h"
#include "server/services/catalog/credential.h"
#include "tests/unit/catalog/catalog_fixture.h"

static struct status create(void *state, const char *provider, const char *options, const char *credentials)
{
	Gaon__CreateConnectionRequest request = GAON__CREATE_CONNECTION_REQUEST__INIT;
	Gaon__Connection connection = GAON__CONNECTION__INIT, reply;

	connection.provider = provider;
	connection.options = options;
	connection.credentials = credentials;
	request.parent = ACME;
	request.connection_id = "lab";
	request.connection = &connection;
	return catalog_call(state, "CreateConnection", &request, &reply);
}

static void a_connection_starts_unverified(void **state)
{
	assert_ok(make_connection(*state, ACME, "lab", "{\"work_ms\": 5}"));
	const Gaon__Connection *connection = get_connection(*state, LAB);
	assert_int_equal(connection->state, GAON__CONNECTION_STATE__CONNECTION_STATE_UNVERIFIED);
	assert_string_equal(connection->options, "{\"work_ms\":5}");
	assert_string_equal(connection->display_name, "lab");
	assert_string_equal(connection->credentials, "");
	assert_fails(make_connection(*state, ACME, "lab", ""), STATUS_ALREADY_EXISTS, "CONNECTION_EXISTS");
}

static void providers_that_are_not_there_are_told_apart(void **state)
{
	assert_fails(create(*state, "punchcards", "", ""), STATUS_INVALID_ARGUMENT, "PROVIDER_UNKNOWN");
	assert_fails(create(*state, "", "", ""), STATUS_INVALID_ARGUMENT, "PROVIDER_UNKNOWN");
	for (size_t i = 0; i < provider_count; i++)
		if (!providers[i]->ops)
			assert_fails(create(*state, providers[i]->kind, "", ""), STATUS_INVALID_ARGUMENT,
				     "PROVIDER_NOT_BUILT_IN");
	struct status status = create(*state, "simulator", "{\"colour\": 1}", "");
	assert_string_equal(status.reason, "OPTION_UNKNOWN");
	assert_string_equal(failed_field(status), "connection.options.colour");
	status = create(*state, "simulator", "{\"work_ms\": \"soon\"}", "");
	assert_string_equal(failed_field(status), "connection.options.work_ms");
	assert_string_equal(failed_field(create(*state, "simulator", "[]", "")), "connection.options");
	assert_string_equal(failed_field(create(*state, "simulator", "{", "")), "connection.options");
}

static void every_provider_is_listed_with_what_it_can(void **state)
{
	Gaon__ListProvidersRequest request = GAON__LIST_PROVIDERS_REQUEST__INIT;
	Gaon__ListProvidersResponse reply;
	bool has_simulator = false;

	assert_ok(catalog_call(*state, "ListProviders", &request, &reply));
	assert_int_equal(reply.n_providers, provider_count);
	for (size_t i = 0; i < reply.n_providers; i++) {
		if (strcmp(reply.providers[i]->kind, "simulator") != 0)
			continue;
		has_simulator = true;
		assert_true(reply.providers[i]->built_in);
		assert_int_equal(reply.providers[i]->n_capabilities, VERB_COUNT);
		assert_true(reply.providers[i]->n_options > 0);
	}
	assert_true(has_simulator);
}

static struct status update(void *state, Gaon__Connection *connection, const char *path, Gaon__Connection *reply)
{
	Gaon__UpdateConnectionRequest request = GAON__UPDATE_CONNECTION_REQUEST__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;

	mask.n_paths = 1;
	mask.paths = &path;
	connection->name = LAB;
	request.connection = connection;
	request.update_mask = &mask;
	return catalog_call(state, "UpdateConnection", &request, reply);
}

static int64_t settings_revision(void *state)
{
	return service_number(state, "SELECT settings_revision FROM connection");
}

static void what_may_change_changes_and_the_rest_is_refused(void **state)
{
	Gaon__Connection change = GAON__CONNECTION__INIT, reply;

	assert_ok(make_connection(*state, ACME, "lab", ""));
	int64_t revision = settings_revision(*state);
	change.concurrency = 3;
	change.display_name = "not in the mask";
	assert_ok(update(*state, &change, "concurrency", &reply));
	assert_int_equal(reply.concurrency, 3);
	assert_string_equal(reply.display_name, "lab");
	assert_true(settings_revision(*state) > revision);
	assert_string_equal(failed_field(update(*state, &change, "endpoint", &reply)), "update_mask");
	change.endpoint = "sim://elsewhere";
	assert_string_equal(failed_field(update(*state, &change, "concurrency", &reply)), "connection.endpoint");
	change.endpoint = "";
	change.credentials = "{}";
	assert_string_equal(failed_field(update(*state, &change, "concurrency", &reply)), "connection.credentials");
	change.credentials = "";
	change.etag = get_connection(*state, LAB)->etag;
	assert_ok(update(*state, &change, "concurrency", &reply));
	assert_fails(update(*state, &change, "concurrency", &reply), STATUS_ABORTED, "ETAG_STALE");
}

static struct status delete_lab(void *state)
{
	Gaon__DeleteConnectionRequest request = GAON__DELETE_CONNECTION_REQUEST__INIT;
	Gaon__DeleteConnectionResponse reply;

	request.name = LAB;
	return catalog_call(state, "DeleteConnection", &request, &reply);
}

static void a_connection_in_use_stays(void **state)
{
	Gaon__RetireProductVersionRequest retire = GAON__RETIRE_PRODUCT_VERSION_REQUEST__INIT;
	Gaon__ProductVersion version;

	make_linux(*state);
	assert_fails(delete_lab(*state), STATUS_FAILED_PRECONDITION, "CONNECTION_IN_USE");
	retire.name = LINUX "/versions/1";
	assert_ok(catalog_call(*state, "RetireProductVersion", &retire, &version));
	held_name = LAB;
	assert_fails(delete_lab(*state), STATUS_FAILED_PRECONDITION, "CONNECTION_IN_USE");
	held_name = NULL;
	assert_ok(delete_lab(*state));
	assert_int_equal(service_number(*state, "SELECT COUNT(*) FROM offering"), 0);
	assert_fails(delete_lab(*state), STATUS_NOT_FOUND, "CONNECTION_NOT_FOUND");
}

static struct status set_disabled(void *state, bool is_disabled)
{
	Gaon__DisableConnectionRequest disable = GAON__DISABLE_CONNECTION_REQUEST__INIT;
	Gaon__EnableConnectionRequest enable = GAON__ENABLE_CONNECTION_REQUEST__INIT;
	Gaon__Connection reply;

	disable.name = enable.name = LAB;
	if (is_disabled)
		return catalog_call(state, "DisableConnection", &disable, &reply);
	return catalog_call(state, "EnableConnection", &enable, &reply);
}

static void a_disabled_connection_keeps_what_it_was(void **state)
{
	make_lab(*state);
	assert_ok(set_disabled(*state, true));
	assert_ok(set_disabled(*state, true));
	assert_int_equal(get_connection(*state, LAB)->state, GAON__CONNECTION_STATE__CONNECTION_STATE_DISABLED);
	assert_ok(set_disabled(*state, false));
	assert_int_equal(get_connection(*state, LAB)->state, GAON__CONNECTION_STATE__CONNECTION_STATE_READY);
}

static void connections_come_in_pages(void **state)
{
	Gaon__ListConnectionsRequest request = GAON__LIST_CONNECTIONS_REQUEST__INIT;
	Gaon__ListConnectionsResponse reply;

	assert_ok(make_connection(*state, ACME, "a", ""));
	assert_ok(make_connection(*state, ACME, "b", ""));
	assert_ok(make_connection(*state, "tenants/other", "c", ""));
	request.parent = ACME;
	request.page_size = 1;
	assert_ok(catalog_call(*state, "ListConnections", &request, &reply));
	assert_string_equal(reply.connections[0]->name, ACME "/connections/a");
	request.page_token = reply.next_page_token;
	assert_ok(catalog_call(*state, "ListConnections", &request, &reply));
	assert_string_equal(reply.connections[0]->name, ACME "/connections/b");
	assert_string_equal(reply.next_page_token, "");
	request.parent = "tenants/nobody";
	assert_fails(catalog_call(*state, "ListConnections", &request, &reply), STATUS_NOT_FOUND, "TENANT_NOT_FOUND");
}

static void a_tenant_with_a_connection_is_not_empty(void **state)
{
	assert_ok(make_connection(*state, ACME, "lab", ""));
	assert_int_equal(service_number(*state, "SELECT COUNT(*) FROM connection WHERE tenant = 'tenants/acme'"), 1);
	assert_fails(make_connection(*state, "tenants/nobody", "lab", ""), STATUS_NOT_FOUND, "TENANT_NOT_FOUND");
}

const struct CMUnitTest connection_tests[] = {
	CATALOG_TEST(a_connection_starts_unverified),
	CATALOG_TEST(providers_that_are_not_there_are_told_apart),
	CATALOG_TEST(every_provider_is_listed_with_what_it_can),
	CATALOG_TEST(what_may_change_changes_and_the_rest_is_refused),
	CATALOG_TEST(a_connection_in_use_stays),
	CATALOG_TEST(a_disabled_connection_keeps_what_it_was),
	CATALOG_TEST(connections_come_in_pages),
	CATALOG_TEST(a_tenant_with_a_connection_is_not_empty),
};
const size_t connection_test_count = sizeof connection_tests / sizeof connection_tests[0];
