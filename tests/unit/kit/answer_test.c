/* SPDX-License-Identifier: Apache-2.0 */
/* answer_test.c: classes, messages without secrets, bodies that are no trees, endpoints and options as people write
 * them. */
#include "tests/unit/kit/kit_fixture.h"

static struct http_response whole(int status, const char *body)
{
	return (struct http_response){ .status = status, .body = slice_text(body) };
}

static void each_status_has_a_class(void **state)
{
	static const struct {
		int status;
		enum provider_error change, read;
	} rows[] = {
		{ 302, PROVIDER_INVALID, PROVIDER_INVALID },
		{ 400, PROVIDER_INVALID, PROVIDER_INVALID },
		{ 401, PROVIDER_AUTH, PROVIDER_AUTH },
		{ 403, PROVIDER_FORBIDDEN, PROVIDER_FORBIDDEN },
		{ 404, PROVIDER_NOT_FOUND, PROVIDER_NOT_FOUND },
		{ 405, PROVIDER_UNSUPPORTED, PROVIDER_UNSUPPORTED },
		{ 408, PROVIDER_UNKNOWN_OUTCOME, PROVIDER_UNAVAILABLE },
		{ 409, PROVIDER_CONFLICT, PROVIDER_CONFLICT },
		{ 410, PROVIDER_NOT_FOUND, PROVIDER_NOT_FOUND },
		{ 412, PROVIDER_CONFLICT, PROVIDER_CONFLICT },
		{ 413, PROVIDER_QUOTA, PROVIDER_QUOTA },
		{ 418, PROVIDER_INVALID, PROVIDER_INVALID },
		{ 422, PROVIDER_INVALID, PROVIDER_INVALID },
		{ 428, PROVIDER_CONFLICT, PROVIDER_CONFLICT },
		{ 429, PROVIDER_THROTTLED, PROVIDER_THROTTLED },
		{ 500, PROVIDER_UNKNOWN_OUTCOME, PROVIDER_UNAVAILABLE },
		{ 501, PROVIDER_UNSUPPORTED, PROVIDER_UNSUPPORTED },
		{ 503, PROVIDER_UNKNOWN_OUTCOME, PROVIDER_UNAVAILABLE },
		{ 599, PROVIDER_UNKNOWN_OUTCOME, PROVIDER_UNAVAILABLE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(cloud_class(rows[i].status, false), rows[i].change);
		assert_int_equal(cloud_class(rows[i].status, true), rows[i].read);
	}
}

static void the_first_code_that_fits_decides(void **state)
{
	static const struct cloud_code rows[] = { { "InvalidInstanceID.NotFound", PROVIDER_NOT_FOUND },
						  { "Invalid*", PROVIDER_INVALID },
						  { "Throttling", PROVIDER_THROTTLED } };

	(void)state;
	assert_int_equal(cloud_code_class(rows, 3, "InvalidInstanceID.NotFound", PROVIDER_OK), PROVIDER_NOT_FOUND);
	assert_int_equal(cloud_code_class(rows, 3, "InvalidSubnet", PROVIDER_OK), PROVIDER_INVALID);
	assert_int_equal(cloud_code_class(rows, 3, "Throttling2", PROVIDER_OK), PROVIDER_OK);
	assert_int_equal(cloud_code_class(rows, 3, NULL, PROVIDER_AUTH), PROVIDER_AUTH);
}

static void a_refusal_names_who_what_and_the_exchange(void **state)
{
	struct http_header headers[] = { { "x-second-id", "req-1" }, { "Retry-After", "5" } };
	struct http_response response = { .status = 409, .headers = headers, .header_count = 2 };
	struct provider_call call = fixture_call(*state, 1000);
	struct cloud_request request = fixture_change("https://cloud.example/");
	struct cloud *cloud = fixture_cloud(*state);
	struct provider_result result =
		cloud_refusal(cloud, &call, &request, &response, PROVIDER_CONFLICT, "it exists");

	assert_int_equal(result.error, PROVIDER_CONFLICT);
	assert_string_equal(result.message, "Test Cloud refused changing: it exists");
	assert_string_equal(result.request_id, "req-1");
	assert_int_equal(result.retry_after_ms, 0);
	result = cloud_refusal(cloud, &call, &request, &response, PROVIDER_THROTTLED, NULL);
	assert_string_equal(result.message, "Test Cloud refused changing: HTTP 409 without a reason");
	assert_int_equal(result.retry_after_ms, 5000);
	/* and the next one is not even sent */
	assert_int_equal(cloud_send(cloud, &call, &request, &response).error, PROVIDER_THROTTLED);
}

static void what_a_peer_repeats_of_our_secrets_is_blanked_out(void **state)
{
	struct http_header headers[] = { { "Authorization", "Bearer tok-tok-tok" },
					 { "Cookie", "session=abcdef" },
					 { "Accept", "application/json" } };
	struct cloud_settings settings = {
		.credentials = fixture_json(
			*state, "{\"password\":\"pass\\nword\",\"more\":{\"key\":\"pass\\nword-long\"},\"n\":1}"),
	};
	struct provider_call call = fixture_call(*state, 1000);
	struct cloud_request request = fixture_change("https://cloud.example/");
	struct http_response response = whole(400, "");

	request.headers = headers;
	request.header_count = 3;
	struct provider_result result = cloud_refusal(
		fixture_cloud_with(*state, settings), &call, &request, &response, PROVIDER_INVALID,
		"bad tok-tok-tok, pass\nword-long and pass\nword,\x01 session=abcdef is no application/json");
	assert_string_equal(result.message,
			    "Test Cloud refused changing: bad ***********, ************** and *********,  "
			    "************** is no application/json");
}

static void a_long_or_ill_formed_text_is_cut_where_a_character_ends(void **state)
{
	struct provider_call call = fixture_call(*state, 1000);
	struct cloud_request request = fixture_change("https://cloud.example/");
	struct http_response response = whole(400, "");
	struct text text = text_new(*state);

	for (int i = 0; i < 10000; i++)
		text_append(&text, "\xea\xb0\x80\xff");
	struct provider_result result =
		cloud_refusal(fixture_cloud(*state), &call, &request, &response, PROVIDER_INVALID, text.data);
	assert_true(strlen(result.message) < 450);
	assert_true(text_is_utf8(slice_text(result.message)));
	assert_true(text_ends_with(result.message, "..."));
}

static char *nested(struct arena *arena, const char *open, const char *close, int depth)
{
	struct text text = text_new(arena);

	for (int i = 0; i < depth; i++)
		text_append(&text, open);
	for (int i = 0; i < depth; i++)
		text_append(&text, close);
	return text.data;
}

static void a_body_that_is_no_tree_leaves_the_outcome_open(void **state)
{
	const char *const xmls[] = { "",
				     "<a>",
				     "{}",
				     "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
				     "<!DOCTYPE a><a/>",
				     nested(*state, "<a>", "</a>", 1000) };
	const char *const jsons[] = { "", "{", "<html>login</html>", "{\"a\":1,\"a\":2}",
				      nested(*state, "[", "]", 1000) };
	struct provider_call call = fixture_call(*state, 1000);
	struct cloud_request read = fixture_read("https://cloud.example/");
	struct cloud_request change = fixture_change("https://cloud.example/");
	struct cloud *cloud = fixture_cloud(*state);
	struct json *json;
	struct xml *xml;

	for (size_t i = 0; i < sizeof xmls / sizeof xmls[0]; i++) {
		struct http_response response = whole(200, xmls[i]);

		assert_int_equal(cloud_xml(cloud, &call, &read, &response, &xml).error, PROVIDER_UNAVAILABLE);
		assert_int_equal(cloud_xml(cloud, &call, &change, &response, &xml).error, PROVIDER_UNKNOWN_OUTCOME);
	}
	for (size_t i = 0; i < sizeof jsons / sizeof jsons[0]; i++) {
		struct http_response response = whole(200, jsons[i]);

		assert_int_equal(cloud_json(cloud, &call, &read, &response, &json).error, PROVIDER_UNAVAILABLE);
		assert_int_equal(cloud_json(cloud, &call, &change, &response, &json).error, PROVIDER_UNKNOWN_OUTCOME);
	}
	struct http_response good = whole(200, "{\"a\":[1]}");
	assert_int_equal(cloud_json(cloud, &call, &read, &good, &json).error, PROVIDER_OK);
	assert_int_equal(json_size(json_get(json, "a")), 1);
	good = whole(200, "<?xml version=\"1.0\"?><a><b>1</b></a>");
	assert_int_equal(cloud_xml(cloud, &call, &read, &good, &xml).error, PROVIDER_OK);
	assert_string_equal(xml_text(xml_child(xml, "b"), ""), "1");
}

static void an_endpoint_is_https_or_this_host_or_allowed(void **state)
{
	static const char *const good[] = { "https://cloud.example",    "HTTPS://cloud.example:8443/api/",
					    "http://localhost:5000/v3", "http://127.0.0.1:1",
					    "http://[::1]:65535/",      "https://[2001:db8::1]/" };
	static const char *const bad[] = { NULL,
					   "",
					   "cloud.example",
					   "ftp://cloud.example",
					   "https://",
					   "https:///path",
					   "https://user:pass@cloud.example",
					   "https://cloud.example?x=1",
					   "https://cloud.example#x",
					   "https://cloud.example:",
					   "https://cloud.example:0",
					   "https://cloud.example:65536",
					   "https://cloud.example:8a",
					   "https://clo ud.example",
					   "https://[::1",
					   "https://[::1]x",
					   "https://cl\xc3\xb6ud.example",
					   "https://a\\b",
					   "https://cloud.example/\r\nX: y",
					   "http://cloud.example",
					   "http://10.0.0.1",
					   "http://localhost.example",
					   "http://127.evil.example" };
	struct json *allowed = fixture_json(*state, "{\"allow_cleartext\":true}");

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_int_equal(cloud_endpoint_check(*state, NULL, good[i]).error, PROVIDER_OK);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct provider_result result = cloud_endpoint_check(*state, NULL, bad[i]);

		if (result.error != PROVIDER_INVALID)
			fail_msg("%s was let through", bad[i]);
		assert_null(strstr(result.message, "pass@"));
	}
	assert_int_equal(cloud_endpoint_check(*state, allowed, "http://cloud.example").error, PROVIDER_OK);
}

static void an_option_that_is_wrong_is_named(void **state)
{
	static const struct {
		const char *json, *name;
	} rows[] = {
		{ "{\"timeout_s\":0}", "timeout_s" },
		{ "{\"timeout_s\":301}", "timeout_s" },
		{ "{\"timeout_s\":\"soon\"}", "timeout_s" },
		{ "{\"timeout_s\":[]}", "timeout_s" },
		{ "{\"allow_cleartext\":\"perhaps\"}", "allow_cleartext" },
		{ "{\"allow_cleartext\":1}", "allow_cleartext" },
		{ "{\"ca_pem\":\"/etc/ssl/ca.pem\"}", "ca_pem" },
		{ "{\"ca_pem\":7}", "ca_pem" },
	};
	static const char *const good[] = { "{}", "{\"timeout_s\":300,\"allow_cleartext\":false,\"ca_pem\":\"\"}",
					    "{\"timeout_s\":\"1\",\"allow_cleartext\":\"true\",\"ca_pem\":null}" };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct cloud_settings settings = { .title = "Test", .options = fixture_json(*state, rows[i].json) };
		struct cloud *cloud = NULL;
		struct provider_result result = cloud_new(*state, &settings, &cloud);

		assert_int_equal(result.error, PROVIDER_INVALID);
		assert_non_null(strstr(result.message, rows[i].name));
		assert_null(cloud);
	}
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		fixture_cloud_with(*state, (struct cloud_settings){ .options = fixture_json(*state, good[i]) });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(each_status_has_a_class),
		ARENA_TEST(the_first_code_that_fits_decides),
		ARENA_TEST(a_refusal_names_who_what_and_the_exchange),
		ARENA_TEST(what_a_peer_repeats_of_our_secrets_is_blanked_out),
		ARENA_TEST(a_long_or_ill_formed_text_is_cut_where_a_character_ends),
		ARENA_TEST(a_body_that_is_no_tree_leaves_the_outcome_open),
		ARENA_TEST(an_endpoint_is_https_or_this_host_or_allowed),
		ARENA_TEST(an_option_that_is_wrong_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
