/* SPDX-License-Identifier: Apache-2.0 */
/* protojson_test.c: proto3's JSON mapping, there and back. */
#include "tests/support/arena_fixture.h"

#include <string.h>

#include "client/cli/protojson_read.h"
#include "client/cli/yaml.h"
#include "gaon/catalog/v1/catalog.gaon.h"
#include "gaon/iam/v1/iam.gaon.h"
#include "gaon/lifecycle/v1/lifecycle.pb-c.h"
#include "google/protobuf/duration.pb-c.h"
#include "runtime/message/redact.h"

static struct status read_text(void **state, const char *text, ProtobufCMessage *message)
{
	struct json *value;

	assert_ok(json_parse(*state, slice_text(text), NULL, &value));
	return protojson_read(*state, value, message, "");
}

static const char *written(void **state, const ProtobufCMessage *message)
{
	return json_print(*state, protojson_write(*state, message));
}

static void a_message_survives_the_way_there_and_back(void **state)
{
	static const char text[] =
		"{\"name\":\"tenants/a/projects/b/machines/c\",\"displayName\":\"웹 "
		"\\\"1\\\"\",\"state\":\"MACHINE_STATE_RUNNING\","
		"\"vcpus\":2,\"memoryMib\":\"9007199254740993\",\"addresses\":[\"10.0.0.1\",\"fe80::1\"],"
		"\"deletionProtection\":true,\"labels\":{\"env\":\"prod\",\"@x\":\"@y\"},\"createTime\":\"2026-11-"
		"23T12:00:00.5Z\"}";
	ProtobufCMessage *first = reflect_new(*state, &gaon__machine__descriptor);
	ProtobufCMessage *second = reflect_new(*state, &gaon__machine__descriptor);
	uint8_t packed[2][1024];

	assert_ok(read_text(state, text, first));
	assert_string_equal(((Gaon__Machine *)first)->labels[1]->value, "@y");
	assert_int_equal(((Gaon__Machine *)first)->memory_mib, INT64_C(9007199254740993));
	assert_ok(read_text(state, written(state, first), second));
	assert_int_equal(protobuf_c_message_pack(first, packed[0]), protobuf_c_message_pack(second, packed[1]));
	assert_memory_equal(packed[0], packed[1], protobuf_c_message_get_packed_size(first));
}

static void proto_names_and_nulls_are_taken_too(void **state)
{
	Gaon__Machine *machine = (Gaon__Machine *)reflect_new(*state, &gaon__machine__descriptor);

	assert_ok(read_text(state, "{\"display_name\":\"x\",\"labels\":null,\"state\":2,\"createTime\":null}",
			    &machine->base));
	assert_string_equal(machine->display_name, "x");
	assert_null(machine->create_time);
}

static void what_is_not_understood_is_said_with_its_path(void **state)
{
	static const struct {
		const char *json, *says;
	} bad[] = {
		{ "{\"machnes\":[]}", "machnes" },
		{ "{\"machines\":[{\"vcpus\":\"many\"}]}", "machines[0].vcpus" },
		{ "{\"machines\":[{\"labels\":[]}]}", "machines[0].labels" },
		{ "{\"machines\":[{\"createTime\":\"noon\"}]}", "machines[0].createTime" },
		{ "{\"machines\":[{\"displayName\":7}]}", "machines[0].displayName" },
		{ "{\"machines\":[7]}", "machines[0]" },
		{ "[]", "ListMachinesResponse" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ProtobufCMessage *message = reflect_new(*state, &gaon__list_machines_response__descriptor);
		struct status status = read_text(state, bad[i].json, message);

		assert_int_equal(status.code, STATUS_INVALID_ARGUMENT);
		if (!strstr(status.message, bad[i].says))
			fail_msg("'%s' does not name %s", status.message, bad[i].says);
	}
}

static void durations_have_as_many_digits_as_they_need(void **state)
{
	static const struct {
		int64_t seconds;
		int32_t nanos;
		const char *text;
	} cases[] = {
		{ 90, 0, "\"90s\"" },         { 1, 500000000, "\"1.500s\"" },
		{ 0, 1000, "\"0.000001s\"" }, { -1, -500000000, "\"-1.500s\"" },
		{ 0, 7, "\"0.000000007s\"" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		Google__Protobuf__Duration duration = GOOGLE__PROTOBUF__DURATION__INIT;

		duration.seconds = cases[i].seconds;
		duration.nanos = cases[i].nanos;
		assert_string_equal(written(state, &duration.base), cases[i].text);
	}
}

static void times_before_1970_keep_positive_nanos(void **state)
{
	Gaon__Machine *machine = (Gaon__Machine *)reflect_new(*state, &gaon__machine__descriptor);

	assert_ok(read_text(state, "{\"createTime\":\"1969-12-31T23:59:59.25Z\"}", &machine->base));
	assert_int_equal(machine->create_time->seconds, -1);
	assert_int_equal(machine->create_time->nanos, 250000000);
	assert_string_equal(written(state, &machine->create_time->base), "\"1969-12-31T23:59:59.250000Z\"");
}

static void yaml_quotes_whatever_could_be_something_else(void **state)
{
	struct json *value;

	assert_ok(json_parse(*state,
			     slice_text("{\"a\":\"plain\",\"b\":\"no\",\"c\":\"1.5\",\"d\":\"a: "
					"b\",\"e\":[],\"f\":[1,{\"g\":\"x\",\"h\":[2]}],"
					"\"i\":{},\"j\":null,\"k\":\"\"}"),
			     NULL, &value));
	assert_string_equal(yaml_print(*state, value),
			    "a: plain\nb: \"no\"\nc: \"1.5\"\nd: \"a: b\"\ne: []\nf:\n  - 1\n  - g: x\n"
			    "    h:\n      - 2\ni: {}\nj: null\nk: \"\"\n");
}

static void secrets_are_redacted_at_any_depth_and_only_in_the_copy(void **state)
{
	Gaon__CreateConnectionRequest request = GAON__CREATE_CONNECTION_REQUEST__INIT;
	Gaon__Connection connection = GAON__CONNECTION__INIT;
	const ProtobufCMessage *copy;

	connection.credentials = "{\"password\":\"hunter2\"}";
	connection.endpoint = "https://cloud.example.com";
	request.connection = &connection;
	copy = redact_copy(*state, &request.base, &gaon_rules_create_connection_request, REDACTED);
	assert_null(strstr(written(state, copy), "hunter2"));
	assert_non_null(strstr(written(state, copy), "[redacted]"));
	assert_non_null(strstr(written(state, copy), "cloud.example.com"));
	assert_non_null(strstr(connection.credentials, "hunter2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(a_message_survives_the_way_there_and_back),
		ARENA_TEST(proto_names_and_nulls_are_taken_too),
		ARENA_TEST(what_is_not_understood_is_said_with_its_path),
		ARENA_TEST(durations_have_as_many_digits_as_they_need),
		ARENA_TEST(times_before_1970_keep_positive_nanos),
		ARENA_TEST(yaml_quotes_whatever_could_be_something_else),
		ARENA_TEST(secrets_are_redacted_at_any_depth_and_only_in_the_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
