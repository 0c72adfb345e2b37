/* SPDX-License-Identifier: Apache-2.0 */
/* settings_test.c: settings and secrets go where they belong; a sealed secret opens only where it was sealed. */
#include <string.h>

#include "server/services/catalog/connection.h"
#include "server/services/catalog/credential.h"
#include "tests/unit/catalog/catalog_fixture.h"

static const struct provider_option OPTIONS[] = {
	{ "domain", "Default", "which domain", false, false },
	{ "project", NULL, "which project", true, false },
	{ "verify", "true", "check the certificate", false, false },
	{ "timeout_s", "30", "how long to wait", false, false },
	{ "address", "10.0.0.1", "where", false, false },
	{ "password", NULL, "the password", true, true },
	{ "otp", NULL, "a second factor", false, true },
};
static const struct provider CLOUD = { .kind = "cloud", .title = "Cloud", .options = OPTIONS, .option_count = 7 };

static const char *options_fail_at(void *state, const char *text)
{
	struct service_fixture *fixture = state;
	const char *canonical;

	return failed_field(connection_read_options(fixture->arena, &CLOUD, text, &canonical));
}

static const char *credentials_fail_at(void *state, const char *text)
{
	struct service_fixture *fixture = state;
	const char *canonical;
	struct status status = connection_read_credentials(fixture->arena, &CLOUD, "credentials", text, &canonical);

	if (!status_is_ok(status))
		assert_null(strstr(status.message, "s3cret"));
	return failed_field(status);
}

static void settings_are_checked_against_the_providers_table(void **state)
{
	assert_string_equal(options_fail_at(*state, "{\"project\": \"p\", \"verify\": false, \"timeout_s\": 1.5}"), "");
	assert_string_equal(options_fail_at(*state, "{\"project\": \"p\", \"address\": \"10.0.0.2\"}"), "");
	assert_string_equal(options_fail_at(*state, ""), "connection.options.project");
	assert_string_equal(options_fail_at(*state, "{\"project\": null}"), "connection.options.project");
	assert_string_equal(options_fail_at(*state, "{\"project\": \"p\", \"verify\": \"no\"}"), "connection.options.verify");
	assert_string_equal(options_fail_at(*state, "{\"project\": \"p\", \"timeout_s\": \"soon\"}"),
			    "connection.options.timeout_s");
	assert_string_equal(options_fail_at(*state, "{\"project\": \"p\", \"timeout_s\": true}"),
			    "connection.options.timeout_s");
	assert_string_equal(options_fail_at(*state, "{\"project\": \"p\", \"colour\": 1}"), "connection.options.colour");
}

static void what_a_command_line_writes_as_text_is_taken_for_what_it_is(void **state)
{
	struct service_fixture *fixture = *state;
	const char *canonical;

	assert_ok(connection_read_options(fixture->arena, &CLOUD,
					  "{\"project\": \"7\", \"timeout_s\": \"300\", \"verify\": \"false\"}", &canonical));
	assert_string_equal(canonical, "{\"project\":\"7\",\"timeout_s\":300,\"verify\":false}");
}

static void a_secret_among_the_options_is_refused_with_where_it_belongs(void **state)
{
	struct service_fixture *fixture = *state;
	const char *canonical;
	struct status status = connection_read_options(fixture->arena, &CLOUD,
						       "{\"project\": \"p\", \"password\": \"s3cret\"}", &canonical);

	assert_int_equal(status.code, STATUS_INVALID_ARGUMENT);
	assert_string_equal(failed_field(status), "connection.options.password");
	assert_non_null(strstr(status.message, "connection.credentials.password"));
	assert_null(strstr(status.message, "s3cret"));
}

static void only_secrets_are_credentials(void **state)
{
	assert_string_equal(credentials_fail_at(*state, "{\"password\": \"s3cret\"}"), "");
	assert_string_equal(credentials_fail_at(*state, "{\"password\": \"s3cret\", \"project\": \"s3cret\"}"),
			    "credentials.project");
	assert_string_equal(credentials_fail_at(*state, "{\"pasword\": \"s3cret\"}"), "credentials.pasword");
	assert_string_equal(credentials_fail_at(*state, "{\"otp\": \"s3cret\"}"), "credentials.password");
	assert_string_equal(credentials_fail_at(*state, "s3cret"), "credentials");
	assert_string_equal(credentials_fail_at(*state, "{\"password\": s3cret}"), "credentials");
}

struct seal_call {
	struct credential_place place;
	struct slice sealed, plain;
};

static struct status run_seal(struct store_tx *tx, void *context)
{
	struct seal_call *call = context;

	return credential_seal(tx, &call->place, slice_text("{\"password\":\"s3cret\"}"), &call->sealed);
}

static struct status run_open(struct store_tx *tx, void *context)
{
	struct seal_call *call = context;

	return credential_open(tx, &call->place, call->sealed, &call->plain);
}

static void a_sealed_secret_opens_only_where_it_was_sealed(void **state)
{
	struct service_fixture *fixture = *state;
	struct seal_call call = { .place = { ACME, LAB, 1 } };
	const struct credential_place elsewhere[] = { { ACME, ACME "/connections/other", 1 }, { ACME, LAB, 2 } };

	assert_ok(store_write(fixture->store, fixture->arena, run_seal, &call));
	assert_null(memmem(call.sealed.data, call.sealed.size, "s3cret", 6));
	assert_ok(store_read(fixture->store, fixture->arena, run_open, &call));
	assert_true(slice_is(call.plain, "{\"password\":\"s3cret\"}"));
	for (size_t i = 0; i < 2; i++) {
		call.place = elsewhere[i];
		assert_fails(store_read(fixture->store, fixture->arena, run_open, &call), STATUS_DATA_LOSS, "SEAL_BROKEN");
	}
	/* Another tenant's key, made for it, opens nothing of ours. */
	struct slice ours = call.sealed;
	call.place = (struct credential_place){ "tenants/other", LAB, 1 };
	assert_ok(store_write(fixture->store, fixture->arena, run_seal, &call));
	call.sealed = ours;
	assert_fails(store_read(fixture->store, fixture->arena, run_open, &call), STATUS_DATA_LOSS, "SEAL_BROKEN");
}

static void another_server_key_is_told_as_such(void **state)
{
	struct service_fixture *fixture = *state;
	struct seal_call call = { .place = { ACME, LAB, 1 } };
	struct catalog_options options = { .store = fixture->store, .installation = "test",
					   .sealing_key = slice_text("another-key-another-key-another-") };

	assert_ok(store_write(fixture->store, fixture->arena, run_seal, &call));
	assert_ok(catalog_prepare(fixture->arena, &options));
	assert_fails(store_read(fixture->store, fixture->arena, run_open, &call), STATUS_FAILED_PRECONDITION,
		     "SEAL_KEY_UNKNOWN");
	options.sealing_key = slice_text("short");
	assert_fails(catalog_prepare(fixture->arena, &options), STATUS_INVALID_ARGUMENT, "SEAL_KEY_INVALID");
}

static struct status seal_into_row(struct store_tx *tx, void *context)
{
	struct connection connection;

	TRY(connection_get(tx, LAB, &connection));
	TRY(connection_seal(tx, &connection, context));
	return connection_update(tx, &connection);
}

static void a_provider_gets_the_newest_credentials_unsealed(void **state)
{
	struct service_fixture *fixture = *state;
	struct provider_config config;

	assert_ok(make_connection(*state, ACME, "lab", "{\"work_ms\": 5}"));
	assert_ok(catalog_connection_config(fixture->arena, LAB, &config));
	assert_null(config.credentials);
	assert_string_equal(config.connection, LAB);
	assert_string_equal(config.installation, "test-installation");
	assert_int_equal(json_int(json_get(config.options, "work_ms"), 0), 5);
	assert_ok(store_write(fixture->store, fixture->arena, seal_into_row, "{\"password\":\"first\"}"));
	assert_ok(store_write(fixture->store, fixture->arena, seal_into_row, "{\"password\":\"s3cret\"}"));
	assert_ok(catalog_connection_config(fixture->arena, LAB, &config));
	assert_string_equal(json_text(json_get(config.credentials, "password"), ""), "s3cret");
	assert_fails(catalog_connection_config(fixture->arena, ACME "/connections/none", &config), STATUS_NOT_FOUND,
		     "CONNECTION_NOT_FOUND");
}

static struct status create(void *state, const char *provider, const char *endpoint, const char *options)
{
	Gaon__CreateConnectionRequest request = GAON__CREATE_CONNECTION_REQUEST__INIT;
	Gaon__Connection connection = GAON__CONNECTION__INIT, reply;

	connection.provider = provider;
	connection.endpoint = endpoint;
	connection.options = options;
	request.parent = ACME;
	request.connection_id = "typed";
	request.connection = &connection;
	return catalog_call(state, "CreateConnection", &request, &reply);
}

static void what_cannot_be_an_endpoint_or_option_is_refused_at_once(void **state)
{
	static const struct {
		const char *provider, *endpoint, *options, *field;
	} rows[] = {
		{ "libvirt", "", "", "connection.endpoint" },
		{ "libvirt", "qemu", "", "connection.endpoint" },
		{ "libvirt", "http://hypervisor", "", "connection.endpoint" },
		{ "libvirt", "qemu:///system?command=x", "", "connection.endpoint" },
		{ "libvirt", "qemu:///system", "{\"disk_mode\": \"move\"}", "connection.options.disk_mode" },
		{ "simulator", "east", "", "connection.endpoint" },
		{ "simulator", "sim://east", "{\"failure_rate\": 2}", "connection.options.failure_rate" },
		{ "simulator", "sim://east", "{\"images\": [{}]}", "connection.options.images[0]" },
	};
	Gaon__UpdateConnectionRequest update = GAON__UPDATE_CONNECTION_REQUEST__INIT;
	Gaon__Connection connection = GAON__CONNECTION__INIT, reply;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct status status = create(*state, rows[i].provider, rows[i].endpoint, rows[i].options);
		assert_int_equal(status.code, STATUS_INVALID_ARGUMENT);
		assert_string_equal(failed_field(status), rows[i].field);
	}
	assert_int_equal(service_number(*state, "SELECT COUNT(*) FROM connection"), 0);
	/* What only the cloud could tell is not asked now: nobody listens there. */
	assert_ok(create(*state, "libvirt", "qemu+unix:///system?socket=/nonexistent", "{\"disk_mode\": \"copy\"}"));
	connection.name = ACME "/connections/typed";
	connection.options = "{\"disk_mode\": \"move\"}";
	update.connection = &connection;
	struct status status = catalog_call(*state, "UpdateConnection", &update, &reply);
	assert_int_equal(status.code, STATUS_INVALID_ARGUMENT);
	assert_string_equal(failed_field(status), "connection.options.disk_mode");
	connection.options = "{\"disk_mode\": \"overlay\"}";
	assert_ok(catalog_call(*state, "UpdateConnection", &update, &reply));
}

const struct CMUnitTest settings_tests[] = {
	CATALOG_TEST(what_cannot_be_an_endpoint_or_option_is_refused_at_once),
	CATALOG_TEST(settings_are_checked_against_the_providers_table),
	CATALOG_TEST(what_a_command_line_writes_as_text_is_taken_for_what_it_is),
	CATALOG_TEST(a_secret_among_the_options_is_refused_with_where_it_belongs),
	CATALOG_TEST(only_secrets_are_credentials),
	CATALOG_TEST(a_sealed_secret_opens_only_where_it_was_sealed),
	CATALOG_TEST(another_server_key_is_told_as_such),
	CATALOG_TEST(a_provider_gets_the_newest_credentials_unsealed),
};
const size_t settings_test_count = sizeof settings_tests / sizeof settings_tests[0];
