/* SPDX-License-Identifier: Apache-2.0 */
/* wire_test.c: what goes over the wire, and what comes of answers that a simulator never gives. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "tests/support/arena_fixture.h"
#include "tests/support/http_server.h"

#include "providers/aws/aws.h"
#include "providers/volume.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/http/http.h"

#define BODY_MOST 16384
#define ROLE "arn:aws:iam::123456789012:role/gaon"
#define MACHINE "i-1234567890abcdef0"

/* ---- a canned AWS ---- */

struct canned {
	const char *action; /* "DescribeInstances", or what stands in X-Amz-Target */
	int status;
	const char *body;
};

/* The rows are used up in their order; the last one of an action stays. */
static struct {
	pthread_mutex_t mutex; /* guards what follows: the server answers on threads of its own */
	const struct canned *rows;
	bool used[32];
	unsigned asked;
	char bodies[8][BODY_MOST], head[BODY_MOST];
} aws = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static bool is_about(const struct server_request *request, const char *action)
{
	char form[128], target[128];
	snprintf(form, sizeof form, "Action=%s&", action);
	snprintf(target, sizeof target, ".%s\r\n", action);
	return strncmp(request->body, form, strlen(form)) == 0 || strstr(request->head, target) != NULL;
}

static bool answer(const struct server_request *request)
{
	const struct canned *chosen = NULL;
	pthread_mutex_lock(&aws.mutex);
	snprintf(aws.bodies[aws.asked++ % 8], BODY_MOST, "%.*s", (int)request->body_size, request->body);
	snprintf(aws.head, BODY_MOST, "%.*s", (int)request->head_size, request->head);
	for (size_t i = 0; aws.rows[i].action; i++) {
		if (!is_about(request, aws.rows[i].action) || (aws.used[i] && chosen))
			continue;
		chosen = &aws.rows[i];
		if (!aws.used[i]) {
			aws.used[i] = true;
			break;
		}
	}
	pthread_mutex_unlock(&aws.mutex);
	int status = chosen ? chosen->status : 400;
	const char *body = chosen ? chosen->body : "<Response><Errors><Error><Code>InvalidAction</Code></Error></Errors></Response>";
	server_write(request->socket, "HTTP/1.1 %d Said\r\nContent-Length: %zu\r\nx-amzn-RequestId: r-%d\r\n\r\n%s",
		     status, strlen(body), status, body);
	return true;
}

static struct http_server *server;

static struct provider_session *session_of(struct arena *arena, const struct canned *rows, const char *credentials)
{
	struct json *options, *keys;
	struct provider_session *session = NULL;
	struct provider_call call = { .arena = arena, .deadline_us = time_monotonic_us() + TIME_US_PER_MINUTE };
	aws.rows = rows;
	aws.asked = 0;
	memset(aws.used, 0, sizeof aws.used);
	assert_ok(json_parse(arena, slice_text("{\"image_owners\": [\"self\"]}"), NULL, &options));
	assert_ok(json_parse(arena, slice_text(credentials), NULL, &keys));
	struct provider_config config = { .connection = "connections/eu",
					  .installation = "gaon-1",
					  .endpoint = arena_printf(arena, "http://127.0.0.1:%u", http_server_port(server)),
					  .region = "eu-west-1",
					  .options = options,
					  .credentials = keys };
	struct provider_result result = provider_aws.ops->open(&call, &config, &session);
	if (result.error != PROVIDER_OK)
		fail_msg("%s", result.message);
	return session;
}

#define KEYS "{\"access_key_id\": \"AKIAEXAMPLE\", \"secret_access_key\": \"secret-secret\"}"
#define ROLE_KEYS                                                                                                      \
	"{\"access_key_id\": \"AKIAEXAMPLE\", \"secret_access_key\": \"secret-secret\", \"role_arn\": \"" ROLE         \
	"\", \"external_id\": \"agreed-on\"}"
#define CALL(arena_) { .arena = (arena_), .deadline_us = time_monotonic_us() + 20 * TIME_US_PER_SECOND }
#define REFUSAL(code_) \
	"<Response><Errors><Error><Code>" code_ "</Code><Message>so it is</Message></Error></Errors><RequestID>b</RequestID></Response>"
#define INSTANCES(state_)                                                                                                       \
	"<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>" MACHINE                             \
	"</instanceId><instanceType>t3.micro</instanceType><instanceState><name>" state_ "</name></instanceState></item></instancesSet>" \
	"</item></reservationSet></DescribeInstancesResponse>"
#define TYPES(more_)                                                                                                             \
	"<R><instanceTypeSet><item><instanceType>t3.micro</instanceType><vCpuInfo><defaultVCpus>2</defaultVCpus></vCpuInfo><memoryInfo>" \
	"<sizeInMiB>1024</sizeInMiB></memoryInfo></item></instanceTypeSet>" more_ "</R>"
#define IMAGE                                                                                                                \
	"<R><imagesSet><item><imageId>ami-1a2b3c4d</imageId><rootDeviceName>/dev/xvda</rootDeviceName><blockDeviceMapping><item>" \
	"<deviceName>/dev/xvda</deviceName><ebs><volumeSize>8</volumeSize></ebs></item></blockDeviceMapping></item></imagesSet></R>"

static const struct provider_machine_spec SPEC = {
	.intent = { "01890000-0000-7000-8000-000000000001", "01890000-0000-7000-8000-000000000002", "acme", "web" },
	.name = "Web & Co",
	.image = "ami-1a2b3c4d",
	.size = "t3.micro",
	.disk_gib = 4,
};

/* ---- what goes out ---- */

static void has(const char *text)
{
	if (!strstr(aws.bodies[(aws.asked - 1) % 8], text))
		fail_msg("no %s in %s", text, aws.bodies[(aws.asked - 1) % 8]);
}

static void a_machine_is_asked_for_with_its_token_its_marks_and_all_its_parts(void **state)
{
	static const struct canned ROWS[] = { { "DescribeInstanceTypes", 200, TYPES("") },
					      { "DescribeImages", 200, IMAGE },
					      { "RunInstances", 200,
						"<R><instancesSet><item><instanceId>" MACHINE
						"</instanceId><instanceState><name>pending</name></instanceState>"
						"</item></instancesSet></R>" },
					      { NULL, 0, NULL } };
	static const char *const MORE[] = { "subnet-22222222" }, *const GROUPS[] = { "sg-11111111", "sg-22222222" };
	const struct provider_disk_spec disks[] = { { 10, NULL }, { 20, "st1" } };
	struct provider_session *session = session_of(*state, ROWS, KEYS);
	struct provider_machine_spec spec = SPEC;
	struct provider_call call = CALL(*state);
	struct provider_task task;
	const char *id;
	spec.network = "subnet-11111111";
	spec.more_networks = MORE;
	spec.more_network_count = 1;
	spec.security_groups = GROUPS;
	spec.security_group_count = 2;
	spec.disks = disks;
	spec.disk_count = 2;
	spec.zone = "eu-west-1a";
	spec.user_data = "#!/bin/sh";
	struct provider_result result = provider_aws.ops->create(session, &call, &spec, &task, &id);
	assert_int_equal(result.error, PROVIDER_OK);
	assert_string_equal(result.request_id, "r-200");
	assert_string_equal(id, MACHINE);
	assert_true(text_starts_with(task.handle, "aws:state:running:" MACHINE ":"));
	has("Action=RunInstances&Version=2016-11-15&ClientToken=01890000-0000-7000-8000-000000000001&MinCount=1&MaxCount=1&");
	has("&Placement.AvailabilityZone=eu-west-1a&UserData=IyEvYmluL3No&MetadataOptions.HttpTokens=required&");
	has("&NetworkInterface.2.DeviceIndex=1&NetworkInterface.2.SubnetId=subnet-22222222&NetworkInterface.2.DeleteOnTermination=true&"
	    "NetworkInterface.2.SecurityGroupId.1=sg-11111111&NetworkInterface.2.SecurityGroupId.2=sg-22222222");
	assert_null(strstr(aws.bodies[(aws.asked - 1) % 8], "&SubnetId="));
	/* The image needs 8, so it gets 8. */
	has("&BlockDeviceMapping.1.DeviceName=%2Fdev%2Fxvda&BlockDeviceMapping.1.Ebs.VolumeSize=8&BlockDeviceMapping.1.Ebs.VolumeType=gp3&"
	    "BlockDeviceMapping.1.Ebs.DeleteOnTermination=true&BlockDeviceMapping.1.Ebs.Encrypted=true&");
	has("&BlockDeviceMapping.3.DeviceName=%2Fdev%2Fsdg&BlockDeviceMapping.3.Ebs.VolumeSize=20&BlockDeviceMapping.3."
	    "Ebs.VolumeType=st1&");
	has("&TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key=Name&TagSpecification.1.Tag.1.Value=Web+%26+Co&");
	has("&TagSpecification.2.ResourceType=volume&");
	has("Key=gaon%3Ainstallation&TagSpecification.2.Tag.5.Value=gaon-1");
	assert_non_null(strcasestr(aws.head, "Authorization: AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/"));
	assert_non_null(strstr(aws.head, "/eu-west-1/ec2/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature="));
	assert_null(strstr(aws.head, "secret-secret"));
	provider_aws.ops->close(session);
}

static void prices_are_asked_of_the_json_api_by_its_target(void **state)
{
	static const struct canned ROWS[] = {
		{ "GetProducts", 200,
		  "{\"FormatVersion\":\"aws_v1\",\"NextToken\":\"more=\",\"PriceList\":[\"{\\\"product\\\":{"
		  "\\\"attributes\\\":{\\\"instanceType\\\":"
		  "\\\"t3.micro\\\",\\\"operatingSystem\\\":\\\"Linux\\\"}},\\\"terms\\\":{\\\"OnDemand\\\":{\\\"a\\\":"
		  "{\\\"priceDimensions\\\":{\\\"b\\\":"
		  "{\\\"unit\\\":\\\"Hrs\\\",\\\"pricePerUnit\\\":{\\\"USD\\\":\\\"0.0114000000\\\"}}}}}}}\",\"{}\"]"
		  "}" },
		{ NULL, 0, NULL }
	};
	struct provider_session *session = session_of(*state, ROWS, KEYS);
	struct provider_call call = CALL(*state);
	struct provider_page page = { NULL, 50 };
	struct provider_price *prices;
	size_t count = 0;
	assert_int_equal(provider_aws.ops->prices(session, &call, &page, &prices, &count).error, PROVIDER_OK);
	assert_int_equal(count, 1);
	assert_string_equal(prices[0].per_hour, "0.0114");
	assert_string_equal(page.token, "0.0.more=");
	assert_non_null(strcasestr(aws.head, "X-Amz-Target: AWSPriceListService.GetProducts\r\n"));
	assert_non_null(strcasestr(aws.head, "Content-Type: application/x-amz-json-1.1\r\n"));
	assert_non_null(strstr(aws.head, "/us-east-1/pricing/aws4_request"));
	has("\"Field\":\"regionCode\",\"Value\":\"eu-west-1\"");
	assert_int_equal(provider_aws.ops->prices(session, &call, &page, &prices, &count).error, PROVIDER_OK);
	has("\"NextToken\":\"more=\"");
	provider_aws.ops->close(session);
}

static void sizes_are_read_to_the_last_page_and_kept(void **state)
{
	static const struct canned ROWS[] = { { "DescribeInstanceTypes", 200, TYPES("<nextToken>two</nextToken>") },
					      { "DescribeInstanceTypes", 200, TYPES("") },
					      { NULL, 0, NULL } };
	struct provider_session *session = session_of(*state, ROWS, KEYS);
	struct provider_call call = CALL(*state);
	struct provider_size *sizes;
	size_t count = 0;
	for (int i = 0; i < 3; i++) {
		struct provider_page page = { NULL, 1 };
		assert_int_equal(provider_aws.ops->sizes(session, &call, &page, &sizes, &count).error, PROVIDER_OK);
		assert_int_equal(count, 1);
		assert_string_equal(page.token, "1");
	}
	assert_int_equal(aws.asked, 2);
	assert_non_null(strstr(aws.bodies[1], "&NextToken=two&"));
	provider_aws.ops->close(session);
}

/* ---- what comes back ---- */

static void a_throttled_action_waits_and_others_do_not(void **state)
{
	static const struct canned ROWS[] = { { "DescribeInstances", 503, REFUSAL("RequestLimitExceeded") },
					      { "DescribeVolumes", 200, "<R><volumeSet/></R>" },
					      { NULL, 0, NULL } };
	struct provider_session *session = session_of(*state, ROWS, KEYS);
	struct provider_call call = CALL(*state);
	struct provider_machine machine;
	struct provider_volume *volumes;
	struct provider_page page = { NULL, 0 };
	size_t count;
	struct provider_result result = provider_aws.ops->get(session, &call, MACHINE, &machine);
	assert_int_equal(result.error, PROVIDER_THROTTLED);
	assert_string_equal(result.request_id, "r-503");
	assert_true(result.retry_after_ms > 0);
	unsigned asked = aws.asked;
	assert_int_equal(provider_aws.ops->get(session, &call, MACHINE, &machine).error, PROVIDER_THROTTLED);
	assert_int_equal(aws.asked, asked);
	assert_int_equal(provider_aws.ops->volume->list(session, &call, NULL, &page, &volumes, &count).error, PROVIDER_OK);
	provider_aws.ops->close(session);
}

static void create_is(struct arena *arena, int status, const char *body, enum provider_error error)
{
	const struct canned rows[] = { { "DescribeInstanceTypes", 200, TYPES("") },
				       { "DescribeImages", 200, IMAGE },
				       { "RunInstances", status, body },
				       { NULL, 0, NULL } };
	struct provider_session *session = session_of(arena, rows, KEYS);
	struct provider_call call = CALL(arena);
	struct provider_task task;
	const char *id;
	struct provider_result result = provider_aws.ops->create(session, &call, &SPEC, &task, &id);
	if (result.error != error)
		fail_msg("%d %s: %s: %s", status, body, provider_error_name(result.error), text_or_empty(result.message));
	assert_int_equal(aws.asked, 3);
	provider_aws.ops->close(session);
}

static void a_create_is_sent_once_and_its_outcome_is_told_by_the_code(void **state)
{
	create_is(*state, 500, REFUSAL("InsufficientInstanceCapacity"), PROVIDER_CAPACITY);
	create_is(*state, 500, REFUSAL("InternalError"), PROVIDER_UNKNOWN_OUTCOME);
	create_is(*state, 503, REFUSAL("Unavailable"), PROVIDER_UNKNOWN_OUTCOME);
	create_is(*state, 503, REFUSAL("RequestLimitExceeded"), PROVIDER_THROTTLED);
	create_is(*state, 502, "<html>bad gateway</html>", PROVIDER_UNKNOWN_OUTCOME);
	create_is(*state, 200, "<html>all is well", PROVIDER_UNKNOWN_OUTCOME);
	create_is(*state, 200, "<R><instancesSet/></R>", PROVIDER_UNKNOWN_OUTCOME);
	create_is(*state, 400, REFUSAL("VcpuLimitExceeded"), PROVIDER_QUOTA);
	create_is(*state, 400, REFUSAL("InvalidSubnetID.NotFound"), PROVIDER_INVALID);
	create_is(*state, 400, REFUSAL("IdempotentParameterMismatch"), PROVIDER_CONFLICT);
	/* The token remembers a machine that is gone. */
	create_is(*state, 200,
		  "<R><instancesSet><item><instanceId>" MACHINE "</instanceId><instanceState><name>terminated</name></instanceState></item>"
		  "</instancesSet></R>",
		  PROVIDER_CONFLICT);
}

static void a_machine_that_ends_while_it_is_built_says_why(void **state)
{
	static const struct canned ROWS[] = {
		{ "DescribeInstances", 400, REFUSAL("InvalidInstanceID.NotFound") },
		{ "DescribeInstances", 200, INSTANCES("pending") },
		{ "DescribeInstances", 200,
		  "<R><reservationSet><item><instancesSet><item><instanceId>" MACHINE
		  "</instanceId><instanceState><name>terminated</name>"
		  "</instanceState><stateReason><code>Server.InsufficientInstanceCapacity</code><message>no "
		  "room</message></stateReason></item>"
		  "</instancesSet></item></reservationSet></R>" },
		{ NULL, 0, NULL }
	};
	struct provider_session *session = session_of(*state, ROWS, KEYS);
	struct provider_call call = CALL(*state);
	struct provider_task_status status;
	const char *handle = arena_printf(*state, "aws:state:running:" MACHINE ":%lld", (long long)time_now_us());
	/* At first it is not in view everywhere. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(provider_aws.ops->task(session, &call, handle, &status).error, PROVIDER_OK);
		assert_int_equal(status.state, TASK_RUNNING);
	}
	assert_int_equal(provider_aws.ops->task(session, &call, handle, &status).error, PROVIDER_OK);
	assert_int_equal(status.state, TASK_FAILED);
	assert_int_equal(status.failure.error, PROVIDER_CAPACITY);
	assert_non_null(strstr(status.failure.message, "no room"));
	provider_aws.ops->close(session);
}

static void an_old_console_is_read_where_the_newest_is_not_to_be_had(void **state)
{
	static const struct canned ROWS[] = { { "GetConsoleOutput", 400, REFUSAL("UnsupportedOperation") },
					      { "GetConsoleOutput", 200, "<R><output>bGludXggYm9v\ndHM=</output></R>" },
					      { NULL, 0, NULL } };
	struct provider_session *session = session_of(*state, ROWS, KEYS);
	struct provider_call call = CALL(*state);
	struct slice output;
	assert_int_equal(provider_aws.ops->console(session, &call, MACHINE, 5, &output).error, PROVIDER_OK);
	assert_true(slice_is(output, "boots"));
	assert_int_equal(aws.asked, 2);
	assert_non_null(strstr(aws.bodies[0], "&Latest=true"));
	assert_null(strstr(aws.bodies[1], "&Latest=true"));
	provider_aws.ops->close(session);
}

/* ---- roles ---- */

#define ASSUMED(key_)                                                                                                  \
	"<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>" key_                                        \
	"</AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey>"                                                 \
	"<SessionToken>role-token-" key_                                                                               \
	"</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>"                \
	"</AssumeRoleResponse>"

static void keys_of_a_role_that_ended_are_renewed_once(void **state)
{
	static const struct canned ROWS[] = { { "AssumeRole", 200, ASSUMED("ASIAONE") },
					      { "AssumeRole", 200, ASSUMED("ASIATWO") },
					      { "RebootInstances", 400, REFUSAL("ExpiredToken") },
					      { "RebootInstances", 200, "<R/>" },
					      { "DescribeInstances", 200, INSTANCES("running") },
					      { NULL, 0, NULL } };
	struct provider_session *session = session_of(*state, ROWS, ROLE_KEYS);
	struct provider_call call = CALL(*state);
	struct provider_task task;
	struct provider_result result = provider_aws.ops->power(session, &call, MACHINE, VERB_REBOOT, &task);
	assert_int_equal(result.error, PROVIDER_OK);
	/* AssumeRole, DescribeInstances, RebootInstances refused, AssumeRole, RebootInstances */
	assert_int_equal(aws.asked, 5);
	assert_non_null(strstr(aws.bodies[0], "&ExternalId=agreed-on&DurationSeconds=3600"));
	assert_non_null(strstr(aws.bodies[0], "&RoleSessionName=gaon-connections-eu&"));
	assert_non_null(strcasestr(aws.head, "X-Amz-Security-Token: role-token-ASIATWO\r\n"));
	assert_non_null(strstr(aws.head, "Credential=ASIATWO/"));
	assert_non_null(strstr(aws.head, "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token,"));
	provider_aws.ops->close(session);
}

static void a_role_that_may_not_be_taken_on_is_a_matter_of_the_keys(void **state)
{
	static const struct canned ROWS[] = {
		{ "AssumeRole", 403,
		  "<ErrorResponse><Error><Code>AccessDenied</Code><Message>User: arn:aws:iam::1:user/x is not "
		  "authorized to perform: sts:AssumeRole on "
		  "resource: " ROLE " agreed-on</Message></Error><RequestId>r</RequestId></ErrorResponse>" },
		{ NULL, 0, NULL }
	};
	struct provider_session *session = session_of(*state, ROWS, ROLE_KEYS);
	struct provider_call call = CALL(*state);
	struct provider_machine machine;
	struct provider_result result = provider_aws.ops->get(session, &call, MACHINE, &machine);
	assert_int_equal(result.error, PROVIDER_AUTH);
	assert_non_null(strstr(result.message, "trust policy"));
	assert_non_null(strstr(result.message, "sts:AssumeRole"));
	assert_null(strstr(result.message, "agreed-on"));
	provider_aws.ops->close(session);
}

static int start(void **state)
{
	(void)state;
	struct arena *arena = arena_new(0);
	bool is_allowed = status_is_ok(http_allow_networks(arena, "127.0.0.0/8"));
	arena_free(arena);
	server = http_server_start(answer, NULL);
	return is_allowed && server ? 0 : -1;
}

static int stop(void **state)
{
	(void)state;
	http_server_stop(server);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(a_machine_is_asked_for_with_its_token_its_marks_and_all_its_parts),
		ARENA_TEST(prices_are_asked_of_the_json_api_by_its_target),
		ARENA_TEST(sizes_are_read_to_the_last_page_and_kept),
		ARENA_TEST(a_throttled_action_waits_and_others_do_not),
		ARENA_TEST(a_create_is_sent_once_and_its_outcome_is_told_by_the_code),
		ARENA_TEST(a_machine_that_ends_while_it_is_built_says_why),
		ARENA_TEST(an_old_console_is_read_where_the_newest_is_not_to_be_had),
		ARENA_TEST(keys_of_a_role_that_ended_are_renewed_once),
		ARENA_TEST(a_role_that_may_not_be_taken_on_is_a_matter_of_the_keys),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
