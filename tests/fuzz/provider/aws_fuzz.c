/* SPDX-License-Identifier: Apache-2.0 */
/* aws_fuzz.c: whatever AWS answers is read or refused, and so are handles and page tokens that somebody thought of. */
#include <stdlib.h>
#include <string.h>

#include "providers/aws/aws.h"
#include "providers/aws/mark.h"
#include "providers/aws/observe.h"
#include "providers/aws/sign.h"
#include "runtime/base/money.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "tests/support/fuzz.h"

const char *const fuzz_seeds[] = {
	"<R><item><instanceId>i-1234567890abcdef0</instanceId><instanceState><name>running</name></"
	"instanceState><rootDeviceName>/dev/xvda"
	"</rootDeviceName><blockDeviceMapping><item><deviceName>/dev/xvda</deviceName><ebs><volumeId>vol-1</"
	"volumeId><volumeSize>8</volumeSize>"
	"</ebs></item></blockDeviceMapping><tagSet><item><key>gaon:resource</key><value>r</value></item></"
	"tagSet><networkInterfaceSet><item>"
	"<privateIpAddressesSet><item><privateIpAddress>10.0.0.1</privateIpAddress></item></privateIpAddressesSet></"
	"item></networkInterfaceSet>"
	"<cpuOptions><coreCount>1</coreCount><threadsPerCore>2</threadsPerCore></"
	"cpuOptions><ipPermissions><item><ipProtocol>tcp</ipProtocol>"
	"<fromPort>22</fromPort><toPort>22</toPort><ipRanges><item><cidrIp>10.0.0.0/8</cidrIp></item></ipRanges></"
	"item></ipPermissions></item></R>",
	"<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>is not authorized to perform: "
	"ec2:CreateTags on</Message></Error>"
	"</Errors><RequestID>r</RequestID></Response>",
	"{\"__type\":\"a#ThrottlingException:b\",\"message\":\"m\"}",
	"<R><GetMetricDataResult><MetricDataResults><member><Id>m1</Id><Timestamps><member>2024-01-01T00:00:00Z</"
	"member></Timestamps><Values>"
	"<member>1.5E3</member></Values></member></MetricDataResults></GetMetricDataResult></R>",
	"<R><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>S</"
	"SecretAccessKey><SessionToken>T</SessionToken>"
	"<Expiration>2030-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></R>",
	"{\"ResultsByTime\":[{\"TimePeriod\":{\"Start\":\"2024-01-01\",\"End\":\"2024-01-02\"},\"Groups\":[{\"Keys\":["
	"\"s\",\"u\"],\"Metrics\":{"
	"\"UnblendedCost\":{\"Amount\":\"1.5\",\"Unit\":\"USD\"},\"UsageQuantity\":{\"Amount\":\"2\",\"Unit\":\"Hrs\"}}"
	"}],\"Estimated\":false}]}",
	"{\"product\":{\"attributes\":{\"instanceType\":\"t3.micro\",\"operatingSystem\":\"Linux\"}},\"terms\":{"
	"\"OnDemand\":{\"a\":{"
	"\"priceDimensions\":{\"b\":{\"unit\":\"Hrs\",\"pricePerUnit\":{\"USD\":\"0.01\"}}}}}}}",
	"aws:revert:swap:i-1234567890abcdef0:snapset-0123456789abcdef:1:01890000-0000-7000-8000-000000000001",
	"aws:state:running:i-1234567890abcdef0:5",
	"0.5.more=",
	"Sun, 06 Nov 1994 08:49:37 GMT",
	"/a/../b//./c%20d?b=1&a=%7e&c",
	"2001:db8::/32",
	NULL,
};

static void read_things(struct arena *arena, const struct xml *root)
{
	for (const struct xml *item = root; item; item = item == root ? xml_child(root, "item") : xml_next_child(item, "item")) {
		struct provider_machine machine;
		struct provider_volume volume;
		struct provider_network network;
		struct provider_image image;
		struct provider_security_group group;
		struct provider_address address;
		struct provider_size size;
		struct provider_marks marks = aws_marks_read(item);
		aws_machine_read(arena, item, &machine);
		FUZZ_CHECK(machine.name && machine.native_state && machine.address_count <= 64 && machine.vcpus >= 0);
		aws_volume_read(item, &volume);
		FUZZ_CHECK(volume.name && volume.native_state);
		aws_network_read(arena, item, &network);
		aws_image_read(item, &image);
		FUZZ_CHECK(image.name && image.os && image.architecture);
		aws_group_read(arena, item, &group);
		for (size_t i = 0; i < group.rule_count; i++)
			FUZZ_CHECK(!group.rules[i].cidr != !group.rules[i].group && group.rules[i].first_port <= group.rules[i].last_port);
		aws_address_read(item, &address);
		FUZZ_CHECK(!aws_size_read(item, &size) || (size.vcpus > 0 && size.memory_mib > 0));
		FUZZ_CHECK(!marks.resource == !marks.installation);
	}
}

static void read_xml(struct arena *arena, struct slice input)
{
	struct provider_metrics_query query = { 0, INT64_MAX, 60 };
	struct aws_samples samples = { NULL, 0, 0 };
	struct aws_credentials keys;
	struct xml *root;
	const char *token;
	int64_t expires_us;
	if (!status_is_ok(xml_parse(arena, input, NULL, &root)))
		return;
	read_things(arena, root);
	aws_samples_read(arena, root, &query, 300, &samples);
	if (aws_role_read(arena, root, &token, &expires_us))
		FUZZ_CHECK(aws_role_token_read(arena, token, &keys) && keys.session_token);
}

static void read_json(struct arena *arena, const char *text)
{
	struct provider_bill_line *lines;
	struct provider_price price;
	struct amount amount;
	struct json *json;
	size_t count;
	if (aws_price_read(arena, text, &price))
		FUZZ_CHECK(amount_parse(price.per_hour, &amount) && money_is_currency(price.currency));
	if (!status_is_ok(json_parse(arena, slice_text(text), NULL, &json)) ||
	    aws_bill_read(arena, json, "a", "r", &lines, &count).error != PROVIDER_OK)
		return;
	for (size_t i = 0; i < count; i++)
		FUZZ_CHECK(amount_parse(lines[i].amount, &amount) && amount_parse(lines[i].usage_quantity, &amount));
}

static struct provider_session *session_of(struct arena *arena)
{
	struct provider_session *session = NULL;
	struct provider_call call = { .arena = arena };
	struct json *keys = json_object(arena);
	json_set_text(keys, "access_key_id", "A");
	json_set_text(keys, "secret_access_key", "S");
	struct provider_config config = { .endpoint = "http://127.0.0.1:1", .region = "eu-west-1", .credentials = keys };
	FUZZ_CHECK(provider_aws.ops->open(&call, &config, &session).error == PROVIDER_OK);
	return session;
}

/* The deadline has passed, so nothing is asked: what is no handle or id is refused before that. */
static void ask(struct arena *arena, const char *text)
{
	static struct provider_session *session;
	struct provider_call call = { .arena = arena, .deadline_us = 0 };
	struct provider_task_status status;
	struct provider_machine machine;
	struct aws_position position, again;
	struct provider_page page = { text, 3 };
	size_t first, size;
	if (!session) {
		struct arena *own = arena_new(0);
		session = session_of(own);
		arena_free(own);
	}
	enum provider_error error = provider_aws.ops->task(session, &call, text, &status).error;
	FUZZ_CHECK(error == PROVIDER_NOT_FOUND || error == PROVIDER_UNAVAILABLE);
	error = provider_aws.ops->get(session, &call, text, &machine).error;
	FUZZ_CHECK(error == PROVIDER_NOT_FOUND || error == PROVIDER_UNAVAILABLE);
	if (aws_position_read(arena, &page, &position).error != PROVIDER_OK)
		return;
	aws_position_cut(arena, &position, 10, position.token, true, &page, &first, &size);
	FUZZ_CHECK(first + size <= 10 && size <= 3 && page.token);
	FUZZ_CHECK(aws_position_read(arena, &page, &again).error == PROVIDER_OK || again.part > 999);
}

/* A path and a query come out as they would if they had been written properly: signing that again changes nothing. */
static void sign(struct arena *arena, const char *text)
{
	struct http_header host = { "Host", "h" };
	struct sign_key key = { "A", "S", "r", "s" };
	struct sign_request request = { .method = "GET", .path = "/", .headers = &host, .header_count = 1, .date = "20150830T123600Z" };
	request.query = text;
	const char *once = aws_sign(arena, &key, &request).canonical + strlen("GET\n/\n");
	request.query = arena_strndup(arena, once, strcspn(once, "\n"));
	const char *twice = aws_sign(arena, &key, &request).canonical + strlen("GET\n/\n");
	FUZZ_CHECK(text_equal(once, twice));
	request.path = text;
	(void)aws_sign(arena, &key, &request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct slice input = slice_of(data, size);
	const char *text = arena_strndup(arena, (const char *)data, size);
	struct aws_error error = aws_error_read(arena, input);
	int64_t time_us;
	const char *right = aws_refused_right(arena, error.message);
	FUZZ_CHECK(!right || strchr(right, ':'));
	(void)aws_error_text(arena, AWS_RUN_INSTANCES, &error, aws_error_class(error.code, 400, false), 0);
	(void)aws_date_parse(text, &time_us);
	(void)aws_is_range(text);
	read_xml(arena, input);
	read_json(arena, text);
	if (text_is_utf8(input)) {
		ask(arena, text);
		sign(arena, text);
	}
	arena_free(arena);
	return 0;
}
