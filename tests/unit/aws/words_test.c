/* SPDX-License-Identifier: Apache-2.0 */
/* words_test.c: error codes as classes and words, options, endpoints, pages; and that the documentation asks for the right rights. */
#include "tests/support/arena_fixture.h"

#include <stdio.h>

#include "providers/aws/aws.h"
#include "providers/aws/machine.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define DOCUMENT_MOST (64 * 1024)

/* ---- errors ---- */

static const struct {
	const char *code;
	int status;
	enum provider_error read, change;
} CODES[] = {
	{ "InvalidInstanceID.NotFound", 400, PROVIDER_NOT_FOUND, PROVIDER_NOT_FOUND },
	{ "InvalidInstanceID.Malformed", 400, PROVIDER_NOT_FOUND, PROVIDER_NOT_FOUND },
	{ "InvalidAMIID.Unavailable", 400, PROVIDER_NOT_FOUND, PROVIDER_NOT_FOUND },
	{ "NoSuchResourceException", 400, PROVIDER_NOT_FOUND, PROVIDER_NOT_FOUND },
	{ "UnauthorizedOperation", 403, PROVIDER_FORBIDDEN, PROVIDER_FORBIDDEN },
	{ "AccessDeniedException", 400, PROVIDER_FORBIDDEN, PROVIDER_FORBIDDEN },
	{ "OptInRequired", 401, PROVIDER_FORBIDDEN, PROVIDER_FORBIDDEN },
	{ "AuthFailure", 401, PROVIDER_AUTH, PROVIDER_AUTH },
	{ "ExpiredToken", 400, PROVIDER_AUTH, PROVIDER_AUTH },
	{ "ExpiredTokenException", 400, PROVIDER_AUTH, PROVIDER_AUTH },
	{ "RequestExpired", 400, PROVIDER_AUTH, PROVIDER_AUTH },
	{ "SignatureDoesNotMatch", 403, PROVIDER_AUTH, PROVIDER_AUTH },
	{ "RequestLimitExceeded", 503, PROVIDER_THROTTLED, PROVIDER_THROTTLED },
	{ "Throttling", 400, PROVIDER_THROTTLED, PROVIDER_THROTTLED },
	{ "ThrottlingException", 400, PROVIDER_THROTTLED, PROVIDER_THROTTLED },
	{ "LimitExceededException", 400, PROVIDER_THROTTLED, PROVIDER_THROTTLED },
	{ "InsufficientInstanceCapacity", 500, PROVIDER_CAPACITY, PROVIDER_CAPACITY },
	{ "Server.InsufficientInstanceCapacity", 400, PROVIDER_CAPACITY, PROVIDER_CAPACITY },
	{ "InstanceLimitExceeded", 400, PROVIDER_QUOTA, PROVIDER_QUOTA },
	{ "VcpuLimitExceeded", 400, PROVIDER_QUOTA, PROVIDER_QUOTA },
	{ "AddressLimitExceeded", 400, PROVIDER_QUOTA, PROVIDER_QUOTA },
	{ "IncorrectInstanceState", 400, PROVIDER_CONFLICT, PROVIDER_CONFLICT },
	{ "DependencyViolation", 400, PROVIDER_CONFLICT, PROVIDER_CONFLICT },
	{ "InvalidGroup.InUse", 400, PROVIDER_CONFLICT, PROVIDER_CONFLICT },
	{ "InvalidKeyPair.Duplicate", 400, PROVIDER_CONFLICT, PROVIDER_CONFLICT },
	{ "InvalidSubnet.Conflict", 400, PROVIDER_CONFLICT, PROVIDER_CONFLICT },
	{ "IdempotentParameterMismatch", 400, PROVIDER_CONFLICT, PROVIDER_CONFLICT },
	{ "InvalidParameterValue", 400, PROVIDER_INVALID, PROVIDER_INVALID },
	{ "InvalidParameterCombination", 400, PROVIDER_INVALID, PROVIDER_INVALID },
	{ "InvalidSubnet.Range", 400, PROVIDER_INVALID, PROVIDER_INVALID },
	{ "MissingParameter", 400, PROVIDER_INVALID, PROVIDER_INVALID },
	{ "VPCIdNotSpecified", 400, PROVIDER_INVALID, PROVIDER_INVALID },
	{ "UnknownParameter", 400, PROVIDER_INVALID, PROVIDER_INVALID },
	{ "InvalidAction", 400, PROVIDER_UNSUPPORTED, PROVIDER_UNSUPPORTED },
	/* Of what the server itself does not know, a change may have happened. */
	{ "InternalError", 500, PROVIDER_UNAVAILABLE, PROVIDER_UNKNOWN_OUTCOME },
	{ "ServiceUnavailable", 503, PROVIDER_UNAVAILABLE, PROVIDER_UNKNOWN_OUTCOME },
	{ "Unavailable", 503, PROVIDER_UNAVAILABLE, PROVIDER_UNKNOWN_OUTCOME },
	{ NULL, 502, PROVIDER_UNAVAILABLE, PROVIDER_UNKNOWN_OUTCOME },
	{ "SomethingThatComesLater", 400, PROVIDER_INVALID, PROVIDER_INVALID },
};

static void every_code_has_its_class(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof CODES / sizeof CODES[0]; i++) {
		enum provider_error read = aws_error_class(CODES[i].code, CODES[i].status, true);
		enum provider_error change = aws_error_class(CODES[i].code, CODES[i].status, false);
		if (read != CODES[i].read || change != CODES[i].change)
			fail_msg("%s: %s, %s", text_or_empty(CODES[i].code), provider_error_name(read), provider_error_name(change));
	}
}

static struct aws_error error_of(struct arena *arena, const char *body)
{
	return aws_error_read(arena, slice_text(body));
}

static void refusals_of_all_protocols_are_read(void **state)
{
	struct aws_error error = error_of(
		*state,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>InvalidInstanceID.NotFound"
		"</Code><Message>The instance ID 'i-1a2b3c4d' does not exist</Message></Error></Errors>"
		"<RequestID>ea966190-f9aa-478e-9ede-example</RequestID></Response>");
	assert_string_equal(error.code, "InvalidInstanceID.NotFound");
	assert_string_equal(error.request_id, "ea966190-f9aa-478e-9ede-example");
	error = error_of(
		*state,
		"<ErrorResponse "
		"xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>ExpiredToken"
		"</Code><Message>m</Message></Error><RequestId>r</RequestId></ErrorResponse>");
	assert_string_equal(error.code, "ExpiredToken");
	assert_string_equal(error.request_id, "r");
	error = error_of(*state, "{\"__type\":\"com.amazonaws.ce#LimitExceededException:http://internal/\",\"Message\":\"slowly\"}");
	assert_string_equal(error.code, "LimitExceededException");
	assert_string_equal(error.message, "slowly");
	assert_null(error_of(*state, "<html><body>502 Bad Gateway</body>").code);
	assert_null(error_of(*state, "").code);
	struct http_response response = { .status = 503, .body = slice_text("<Response><Errors><Error><Code>RequestLimitExceeded</Code>"
									    "</Error></Errors></Response>") };
	assert_int_equal(aws_classify(&response, false), PROVIDER_THROTTLED);
	response.body = slice_text("<Response><Errors><Error><Code>InternalError</Code></Error></Errors></Response>");
	assert_int_equal(aws_classify(&response, false), PROVIDER_OK);
}

static void a_missing_right_is_named_and_what_only_aws_can_read_is_left_out(void **state)
{
	struct aws_error error = { .code = "UnauthorizedOperation",
				   .message = "You are not authorized to perform this operation. User: "
					      "arn:aws:iam::123456789012:user/x is not "
					      "authorized to perform: ec2:CreateTags on resource: "
					      "arn:aws:ec2:eu-west-1:123456789012:instance/* "
					      "because no identity-based policy allows the ec2:CreateTags action. "
					      "Encoded authorization failure "
					      "message: 9sUsX" };
	const char *text = aws_error_text(*state, AWS_RUN_INSTANCES, &error, PROVIDER_FORBIDDEN, 0);
	assert_true(text_starts_with(text, "the credentials lack the right ec2:CreateTags; UnauthorizedOperation: "));
	assert_null(strstr(text, "9sUsX"));
	error.message = "You are not authorized to perform this operation. Encoded authorization failure message: 9sUsX";
	text = aws_error_text(*state, AWS_GET_METRIC_DATA, &error, PROVIDER_FORBIDDEN, 0);
	assert_true(text_starts_with(text, "the credentials lack the right cloudwatch:GetMetricData; "));
	assert_null(aws_refused_right(*state, "is not authorized to perform: nothing"));
}

static void a_wrong_clock_is_told_from_wrong_keys(void **state)
{
	struct aws_error error = { .code = "SignatureDoesNotMatch", .message = "m" };
	int64_t time_us;
	assert_non_null(strstr(aws_error_text(*state, AWS_RUN_INSTANCES, &error, PROVIDER_AUTH, 3600), "3600 s ahead of AWS's"));
	assert_non_null(strstr(aws_error_text(*state, AWS_RUN_INSTANCES, &error, PROVIDER_AUTH, -600), "600 s behind AWS's"));
	assert_null(strstr(aws_error_text(*state, AWS_RUN_INSTANCES, &error, PROVIDER_AUTH, 20), "clock"));
	assert_true(aws_date_parse("Sun, 06 Nov 1994 08:49:37 GMT", &time_us));
	assert_string_equal(time_format(*state, time_us), "1994-11-06T08:49:37Z");
	assert_false(aws_date_parse("Sun, 06 Xxx 1994 08:49:37 GMT", &time_us));
	assert_false(aws_date_parse("Sunday, 06-Nov-94 08:49:37 GMT", &time_us));
	assert_false(aws_date_parse("", &time_us));
}

/* ---- options, endpoints ---- */

static struct provider_config config_of(struct arena *arena, const char *endpoint, const char *region, const char *options)
{
	struct json *json, *credentials;
	assert_ok(json_parse(arena, slice_text(options), NULL, &json));
	assert_ok(json_parse(arena, slice_text("{\"access_key_id\": \"AKIAEXAMPLE\", \"secret_access_key\": \"secret-secret\"}"), NULL,
			     &credentials));
	return (struct provider_config){ .connection = "connections/c",
					 .installation = "i",
					 .endpoint = endpoint,
					 .region = region,
					 .options = json,
					 .credentials = credentials };
}

static void urls_are(struct arena *arena, struct provider_config config, const char *const urls[AWS_SERVICE_COUNT])
{
	struct provider_session session = { .arena = arena };
	struct provider_result result = aws_endpoints_read(arena, &config, &session);
	if (result.error != PROVIDER_OK)
		fail_msg("%s", result.message);
	for (int i = 0; i < AWS_SERVICE_COUNT; i++)
		if (!text_equal(session.endpoints[i].url, urls[i]))
			fail_msg("%s: %s", aws_services[i].name, session.endpoints[i].url ? session.endpoints[i].url : "none");
}

static void each_region_has_its_hosts(void **state)
{
	struct arena *arena = *state;
	urls_are(arena, config_of(arena, "aws", "eu-west-1", "{}"),
		 (const char *const[]){ "https://ec2.eu-west-1.amazonaws.com/", "https://sts.eu-west-1.amazonaws.com/",
					"https://monitoring.eu-west-1.amazonaws.com/", "https://ce.us-east-1.amazonaws.com/",
					"https://api.pricing.us-east-1.amazonaws.com/", "https://servicequotas.eu-west-1.amazonaws.com/" });
	urls_are(arena, config_of(arena, "aws", "cn-north-1", "{}"),
		 (const char *const[]){ "https://ec2.cn-north-1.amazonaws.com.cn/",
					"https://sts.cn-north-1.amazonaws.com.cn/",
					"https://monitoring.cn-north-1.amazonaws.com.cn/",
					"https://ce.cn-northwest-1.amazonaws.com.cn/",
					"https://api.pricing.cn-northwest-1.amazonaws.com.cn/",
					"https://servicequotas.cn-north-1.amazonaws.com.cn/" });
	urls_are(arena, config_of(arena, "aws", "us-gov-west-1", "{}"),
		 (const char *const[]){ "https://ec2.us-gov-west-1.amazonaws.com/", "https://sts.us-gov-west-1.amazonaws.com/",
					"https://monitoring.us-gov-west-1.amazonaws.com/", NULL, NULL,
					"https://servicequotas.us-gov-west-1.amazonaws.com/" });
	urls_are(arena,
		 config_of(arena, "https://vpce-1.ec2.eu-west-1.vpce.amazonaws.com", "eu-west-1",
			   "{\"endpoints\": {\"sts\": \"https://s\"}}"),
		 (const char *const[]){ "https://vpce-1.ec2.eu-west-1.vpce.amazonaws.com", "https://s",
					"https://monitoring.eu-west-1.amazonaws.com/",
					"https://ce.us-east-1.amazonaws.com/",
					"https://api.pricing.us-east-1.amazonaws.com/",
					"https://servicequotas.eu-west-1.amazonaws.com/" });
	const char *moto = "http://127.0.0.1:5000";
	urls_are(arena, config_of(arena, moto, "eu-west-1", "{}"), (const char *const[]){ moto, moto, moto, moto, moto, moto });
}

static void refuses(struct arena *arena, struct provider_config config, const char *word)
{
	struct provider_call call = { .arena = arena };
	struct provider_session *session = NULL;
	struct provider_result result = provider_aws.ops->open(&call, &config, &session);
	assert_int_equal(result.error, PROVIDER_INVALID);
	if (!strstr(result.message, word))
		fail_msg("\"%s\" does not speak of %s", result.message, word);
	assert_null(strstr(result.message, "secret-secret"));
	assert_null(session);
}

static void refuses_before_it_is_made(struct arena *arena, struct provider_config config, const char *word)
{
	config.credentials = NULL;
	struct provider_result result = provider_aws.ops->check(arena, &config);
	assert_int_equal(result.error, PROVIDER_INVALID);
	assert_non_null(strstr(result.message, word));
}

static void what_is_wrong_in_a_connection_is_named(void **state)
{
	static const struct {
		const char *endpoint, *region, *options, *word;
	} WRONG[] = {
		{ "aws", NULL, "{}", "region" },
		{ "aws", "Frankfurt", "{}", "region" },
		{ "aws", "eu-west-1/../", "{}", "region" },
		{ "", "eu-west-1", "{}", "endpoint" },
		{ "http://ec2.example.org", "eu-west-1", "{}", "https" },
		{ "aws", "eu-west-1", "{\"regions\": 1}", "regions" },
		{ "aws", "eu-west-1", "{\"image_owners\": []}", "image_owners" },
		{ "aws", "eu-west-1", "{\"image_owners\": [5]}", "image_owners[0]" },
		{ "aws", "eu-west-1", "{\"encrypt_disks\": \"yes\"}", "encrypt_disks" },
		{ "aws", "eu-west-1", "{\"metadata_tokens\": \"never\"}", "metadata_tokens" },
		{ "aws", "eu-west-1", "{\"disk_type\": \"gp 3\"}", "disk_type" },
		{ "aws", "eu-west-1", "{\"role_duration_s\": 60}", "role_duration_s" },
		{ "aws", "eu-west-1", "{\"endpoints\": {\"s3\": \"https://s3\"}}", "endpoints.s3" },
		{ "aws", "eu-west-1", "{\"endpoints\": {\"ec2\": \"http://e\"}}", "endpoints.ec2" },
		{ "aws", "eu-west-1", "{\"timeout_s\": 0}", "timeout_s" },
	};
	struct provider_config good = config_of(*state, "aws", "eu-west-1", "{\"timeout_s\": 5}");
	good.credentials = NULL;
	assert_int_equal(provider_aws.ops->check(*state, &good).error, PROVIDER_OK);
	for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
		struct provider_config config = config_of(*state, WRONG[i].endpoint, WRONG[i].region, WRONG[i].options);
		refuses(*state, config, WRONG[i].word);
		refuses_before_it_is_made(*state, config, WRONG[i].word);
	}
}

static void what_is_wrong_in_the_keys_is_named_without_them(void **state)
{
	static const char *const WRONG[][2] = {
		{ "{}", "access_key_id" },
		{ "{\"access_key_id\": \"AKIA\"}", "secret_access_key" },
		{ "{\"access_key_id\": \"AKIA\", \"secret_access_key\": \"secret-secret with blanks\"}", "secret_access_key" },
		{ "{\"access_key_id\": \"AKIA\", \"secret_access_key\": \"s\", \"password\": \"secret-secret\"}", "password" },
		{ "{\"access_key_id\": \"AKIA\", \"secret_access_key\": \"s\", \"role_arn\": \"gaon\"}", "role_arn" },
		{ "{\"access_key_id\": \"AKIA\", \"secret_access_key\": \"s\", \"external_id\": \"secret-secret\"}", "external_id" },
	};
	for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
		struct provider_config config = config_of(*state, "aws", "eu-west-1", "{}");
		struct json *credentials;
		assert_ok(json_parse(*state, slice_text(WRONG[i][0]), NULL, &credentials));
		config.credentials = credentials;
		refuses(*state, config, WRONG[i][1]);
	}
}

/* ---- pages ---- */

static void pages_are_cut_out_of_those_of_aws(void **state)
{
	struct arena *arena = *state;
	struct aws_position position;
	struct provider_page page = { NULL, 2 };
	size_t first, size;
	assert_int_equal(aws_position_read(arena, &page, &position).error, PROVIDER_OK);
	aws_position_cut(arena, &position, 5, "more=", false, &page, &first, &size);
	assert_int_equal(first * 10 + size, 2);
	assert_string_equal(page.token, "0.2.");
	assert_int_equal(aws_position_read(arena, &page, &position).error, PROVIDER_OK);
	assert_null(position.token);
	page.token = "0.4.";
	assert_int_equal(aws_position_read(arena, &page, &position).error, PROVIDER_OK);
	aws_position_cut(arena, &position, 5, "more=", false, &page, &first, &size);
	assert_int_equal(first * 10 + size, 41);
	assert_string_equal(page.token, "0.0.more=");
	assert_int_equal(aws_position_read(arena, &page, &position).error, PROVIDER_OK);
	assert_string_equal(position.token, "more=");
	aws_position_cut(arena, &position, 1, NULL, true, &page, &first, &size);
	assert_string_equal(page.token, "1.0.");
	aws_position_cut(arena, &position, 1, NULL, false, &page, &first, &size);
	assert_null(page.token);
	static const char *const WRONG[] = { "", "no token", "1.2", "-1.0.", "0.x.t", "99999999.0.", "0.99999999999999999999." };
	for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
		page.token = WRONG[i];
		assert_int_equal(aws_position_read(arena, &page, &position).error, PROVIDER_INVALID);
	}
}

/* ---- rights ---- */

static const char *document_read(struct arena *arena)
{
	char *text = arena_zalloc(arena, DOCUMENT_MOST + 1);
	FILE *file = fopen(SOURCE_FOLDER "/docs/providers/aws.md", "r");
	assert_non_null(file);
	assert_in_range(fread(text, 1, DOCUMENT_MOST, file), 1, DOCUMENT_MOST - 1);
	fclose(file);
	return text;
}

static const struct json *policy_read(struct arena *arena)
{
	const char *start = strstr(document_read(arena), "```json\n{\n  \"Version\"");
	struct json *policy;
	assert_non_null(start);
	start += strlen("```json\n");
	const char *end = strstr(start, "```");
	assert_non_null(end);
	assert_ok(json_parse(arena, slice_of(start, (size_t)(end - start)), NULL, &policy));
	return json_get(policy, "Statement");
}

/* sts:AssumeRole stands apart: it is the user's right, not the role's. */
static void the_documented_policy_has_each_action_that_is_asked_for_and_no_other(void **state)
{
	const struct json *statements = policy_read(*state);
	size_t found = 0, listed = 0;
	for (size_t i = 0; i < json_size(statements); i++) {
		const struct json *actions = json_get(json_at(statements, i), "Action");
		listed += json_size(actions);
		for (int action = 0; action < AWS_ACTION_COUNT; action++) {
			const char *right = arena_printf(*state, "%s:%s", aws_services[aws_actions[action].service].rights,
							 aws_actions[action].name);
			for (size_t row = 0; row < json_size(actions); row++)
				found += text_equal(json_text(json_at(actions, row), ""), right);
		}
	}
	assert_int_equal(found, AWS_ACTION_COUNT - 1);
	assert_int_equal(listed, AWS_ACTION_COUNT - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(every_code_has_its_class),
		ARENA_TEST(refusals_of_all_protocols_are_read),
		ARENA_TEST(a_missing_right_is_named_and_what_only_aws_can_read_is_left_out),
		ARENA_TEST(a_wrong_clock_is_told_from_wrong_keys),
		ARENA_TEST(each_region_has_its_hosts),
		ARENA_TEST(what_is_wrong_in_a_connection_is_named),
		ARENA_TEST(what_is_wrong_in_the_keys_is_named_without_them),
		ARENA_TEST(pages_are_cut_out_of_those_of_aws),
		ARENA_TEST(the_documented_policy_has_each_action_that_is_asked_for_and_no_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
