/* SPDX-License-Identifier: Apache-2.0 */
/* read_test.c: what AWS writes, in the shapes of its API reference, as the contract's structs; and refusals as classes. */
#include "tests/support/arena_fixture.h"

#include "providers/aws/mark.h"
#include "providers/aws/observe.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

static struct xml *parse(struct arena *arena, const char *text)
{
	struct xml *root;
	assert_ok(xml_parse(arena, slice_text(text), NULL, &root));
	return root;
}

static const struct json *parse_json(struct arena *arena, const char *text)
{
	struct json *value;
	assert_ok(json_parse(arena, slice_text(text), NULL, &value));
	return value;
}

/* ---- machines ---- */

#define TAG(key_, value_) "<item><key>" key_ "</key><value>" value_ "</value></item>"
#define MARKS TAG("gaon:resource", "r-1") TAG("gaon:operation", "o-1") TAG("gaon:connection", "c-1") TAG("gaon:installation", "i-1")

static const char INSTANCE[] =
	"<item><instanceId>i-1234567890abcdef0</instanceId><imageId>ami-bff32ccc</imageId>"
	"<instanceState><code>0</code><name>pending</name></instanceState><privateDnsName>ip-192-168-1-88.eu-west-1.compute.internal"
	"</privateDnsName><instanceType>t2.micro</instanceType><launchTime>2018-05-08T16:46:19.000Z</launchTime>"
	"<placement><availabilityZone>eu-west-1c</availabilityZone><groupName/><tenancy>default</tenancy></placement>"
	"<subnetId>subnet-56f5f633</subnetId><vpcId>vpc-11112222</vpcId><privateIpAddress>192.168.1.88</privateIpAddress>"
	"<ipAddress>54.194.252.215</ipAddress><rootDeviceType>ebs</rootDeviceType><rootDeviceName>/dev/xvda</rootDeviceName>"
	"<blockDeviceMapping><item><deviceName>/dev/sdf</deviceName><ebs><volumeId>vol-22222222222222222</volumeId></ebs></item>"
	"<item><deviceName>/dev/xvda</deviceName><ebs><volumeId>vol-1234567890abcdef0</volumeId><status>attached</status>"
	"<attachTime>2015-12-22T10:44:09.000Z</attachTime><deleteOnTermination>true</deleteOnTermination></ebs></item></blockDeviceMapping>"
	"<tagSet>" TAG("Name", "Server_1") TAG("team", "blue") TAG("aws:ec2launchtemplate:version", "3") MARKS "</tagSet>"
	"<networkInterfaceSet><item><attachment><attachmentId>eni-attach-39697adc</attachmentId><deviceIndex>0</deviceIndex>"
	"<attachTime>2015-12-22T10:44:05.000Z</attachTime></attachment><privateIpAddressesSet><item>"
	"<privateIpAddress>192.168.1.88</privateIpAddress><association><publicIp>54.194.252.215</publicIp></association></item>"
	"<item><privateIpAddress>192.168.1.89</privateIpAddress></item></privateIpAddressesSet>"
	"<ipv6AddressesSet><item><ipv6Address>2001:db8:1234:1a2b::123</ipv6Address></item></ipv6AddressesSet></item></networkInterfaceSet>"
	"<cpuOptions><coreCount>2</coreCount><threadsPerCore>2</threadsPerCore></cpuOptions></item>";

static void a_machine_is_read_from_the_shape_of_the_reference(void **state)
{
	struct provider_machine machine;
	const struct xml *instance = parse(*state, INSTANCE);
	int64_t created_us;
	aws_machine_read(*state, instance, &machine);
	assert_string_equal(machine.native_id, "i-1234567890abcdef0");
	assert_string_equal(machine.name, "Server_1");
	assert_string_equal(machine.native_state, "pending");
	assert_int_equal(machine.vcpus, 4);
	assert_string_equal(machine.size, "t2.micro");
	assert_string_equal(machine.image, "ami-bff32ccc");
	assert_string_equal(machine.zone, "eu-west-1c");
	assert_string_equal(machine.network, "subnet-56f5f633");
	assert_int_equal(machine.address_count, 4);
	assert_string_equal(machine.addresses[0], "192.168.1.88");
	assert_string_equal(machine.addresses[1], "54.194.252.215");
	assert_string_equal(machine.addresses[3], "2001:db8:1234:1a2b::123");
	assert_true(time_parse("2015-12-22T10:44:05Z", &created_us));
	assert_int_equal(machine.created_us, created_us);
	/* It was launched years after it was made: it is started again, not built. */
	assert_int_equal(machine.state, PROVIDER_MACHINE_TRANSITION);
	assert_string_equal(aws_root_volume(instance), "vol-1234567890abcdef0");
	assert_int_equal(json_size(machine.tags), 1);
	assert_string_equal(json_text(json_get(machine.tags, "team"), ""), "blue");
	assert_string_equal(machine.marks.resource, "r-1");
	assert_string_equal(machine.marks.installation, "i-1");
}

static void a_machine_of_which_nothing_is_said_is_read_all_the_same(void **state)
{
	struct provider_machine machine;
	aws_machine_read(*state, parse(*state, "<item><instanceId>i-1</instanceId><tagSet>" TAG("gaon:resource", "r") "</tagSet></item>"),
			 &machine);
	assert_string_equal(machine.name, "i-1");
	assert_int_equal(machine.state, PROVIDER_MACHINE_UNKNOWN);
	assert_int_equal(machine.address_count, 0);
	/* One mark of four is none. */
	assert_null(machine.marks.resource);
}

static void only_what_can_be_an_id_is_one(void **state)
{
	(void)state;
	assert_true(aws_is_id("i-1234567890abcdef0", "i-"));
	assert_true(aws_is_id("vol-1a2b3c4d", "vol-"));
	assert_false(aws_is_id("i-1234567890ABCDEF0", "i-"));
	assert_false(aws_is_id("i-12", "i-"));
	assert_false(aws_is_id("ami-1234567890abcdef0", "i-"));
	assert_false(aws_is_id("i-1234567890abcdef0&Action=Terminate", "i-"));
	assert_false(aws_is_id("", "i-"));
	assert_false(aws_is_id(NULL, "i-"));
}

/* ---- the others ---- */

static void images_sizes_volumes_and_networks_are_read(void **state)
{
	struct provider_image image;
	struct provider_size size;
	struct provider_volume volume;
	struct provider_network network;
	aws_image_read(parse(*state, "<item><imageId>ami-1a2b3c4d</imageId><name>getting-started</name><architecture>x86_64</architecture>"
				     "<platformDetails>Windows with SQL Server</platformDetails><rootDeviceName>/dev/sda1</rootDeviceName>"
				     "<blockDeviceMapping><item><deviceName>/dev/sda1</deviceName><ebs><snapshotId>snap-1</snapshotId>"
				     "<volumeSize>30</volumeSize></ebs></item></blockDeviceMapping></item>"),
		       &image);
	assert_string_equal(image.os, "windows");
	assert_string_equal(image.name, "getting-started");
	assert_int_equal(image.min_disk_gib, 30);
	assert_true(aws_size_read(
		parse(*state,
		      "<item><instanceType>t3.micro</instanceType><vCpuInfo><defaultVCpus>2</defaultVCpus></vCpuInfo>"
		      "<memoryInfo><sizeInMiB>1024</sizeInMiB></memoryInfo></item>"),
		&size));
	assert_int_equal(size.vcpus * 10000 + size.memory_mib, 21024);
	assert_false(aws_size_read(parse(*state, "<item><instanceType>t3.micro</instanceType></item>"), &size));
	aws_volume_read(parse(*state, "<item><volumeId>vol-1234567890abcdef0</volumeId><size>80</size><availabilityZone>us-east-1a"
				      "</availabilityZone><status>in-use</status><createTime>2023-05-01T12:00:00.000Z</createTime>"
				      "<attachmentSet><item><instanceId>i-1234567890abcdef0</instanceId><device>/dev/sdh</device>"
				      "<status>attaching</status></item></attachmentSet><volumeType>gp3</volumeType></item>"),
			&volume);
	assert_int_equal(volume.state, PROVIDER_VOLUME_TRANSITION);
	assert_string_equal(volume.machine, "i-1234567890abcdef0");
	assert_int_equal(volume.size_gib, 80);
	aws_network_read(
		*state,
		parse(*state,
		      "<item><subnetId>subnet-9d4a7b6c</subnetId><vpcId>vpc-1a2b3c4d</vpcId><cidrBlock>10.0.1.0/24</"
		      "cidrBlock>"
		      "<ipv6CidrBlockAssociationSet><item><ipv6CidrBlock>2001:db8:1234:a101::/64</ipv6CidrBlock></item>"
		      "</ipv6CidrBlockAssociationSet><availabilityZone>us-east-1a</availabilityZone></item>"),
		&network);
	assert_string_equal(network.cidr, "10.0.1.0/24, 2001:db8:1234:a101::/64");
	assert_string_equal(network.parent, "vpc-1a2b3c4d");
	assert_string_equal(network.name, "subnet-9d4a7b6c");
}

static void rules_are_read_one_by_one(void **state)
{
	struct provider_security_group group;
	aws_group_read(*state,
		       parse(*state, "<item><groupId>sg-1a2b3c4d</groupId><groupName>web</"
				     "groupName><groupDescription>d</groupDescription>"
				     "<ipPermissions><item><ipProtocol>tcp</ipProtocol><fromPort>0</"
				     "fromPort><toPort>65535</toPort><groups><item>"
				     "<groupId>sg-2a2b3c4d</groupId></item></groups><ipRanges><item><cidrIp>10.0.0.0/"
				     "8</cidrIp></item><item>"
				     "<cidrIp>192.0.2.0/24</cidrIp></item></ipRanges></item></"
				     "ipPermissions><ipPermissionsEgress><item>"
				     "<ipProtocol>-1</ipProtocol><prefixListIds><item><prefixListId>pl-1</"
				     "prefixListId></item></prefixListIds>"
				     "<ipv6Ranges><item><cidrIpv6>::/0</cidrIpv6></item></ipv6Ranges></item></"
				     "ipPermissionsEgress></item>"),
		       &group);
	assert_int_equal(group.rule_count, 4);
	assert_string_equal(group.rules[0].cidr, "10.0.0.0/8");
	assert_int_equal(group.rules[0].first_port, 0);
	assert_int_equal(group.rules[0].last_port, 0);
	assert_string_equal(group.rules[2].group, "sg-2a2b3c4d");
	assert_string_equal(group.rules[3].protocol, "any");
	assert_int_equal(group.rules[3].direction, PROVIDER_EGRESS);
	assert_string_equal(group.rules[3].cidr, "::/0");
}

static void ranges_are_checked_before_they_are_sent(void **state)
{
	(void)state;
	assert_true(aws_is_range("0.0.0.0/0"));
	assert_true(aws_is_range("2001:db8::/32"));
	assert_false(aws_is_range("10.0.0.0"));
	assert_false(aws_is_range("10.0.0.256/8"));
	assert_false(aws_is_range("10.0.0.0/33"));
	assert_false(aws_is_range("10.0.0.0/8 "));
	assert_false(aws_is_range("2001:db8::/129"));
	assert_true(aws_is_subnet_range("10.0.3.0/24"));
	assert_false(aws_is_subnet_range("10.0.0.0/8"));
	assert_false(aws_is_subnet_range("10.0.0.0/29"));
}

/* ---- insight ---- */

static void a_product_of_the_price_list_is_a_price(void **state)
{
	static const char PRODUCT[] = "{\"product\":{\"productFamily\":\"Compute "
				      "Instance\",\"attributes\":{\"memory\":\"1 GiB\",\"vcpu\":\"2\",\"instanceType\":"
				      "\"t3.micro\",\"operatingSystem\":\"%s\",\"tenancy\":\"Shared\",\"usagetype\":"
				      "\"EU-BoxUsage:t3.micro\"},\"sku\":\"2223B6PC\"},"
				      "\"serviceCode\":\"AmazonEC2\",\"terms\":{\"OnDemand\":{\"2223B6PC.JRTCKXETXF\":{"
				      "\"priceDimensions\":{\"2223B6PC.JRTCKXETXF."
				      "6YS6EN2CT7\":{\"unit\":\"%s\",\"endRange\":\"Inf\",\"description\":\"d\","
				      "\"rateCode\":\"r\",\"beginRange\":\"0\","
				      "\"pricePerUnit\":{\"USD\":\"%s\"}}},\"sku\":\"2223B6PC\",\"effectiveDate\":"
				      "\"2024-06-01T00:00:00Z\"}}}}";
	struct arena *arena = *state;
	struct provider_price price;
	assert_true(aws_price_read(arena, arena_printf(arena, PRODUCT, "Linux", "Hrs", "0.0114000000"), &price));
	assert_string_equal(price.size, "t3.micro");
	assert_string_equal(price.per_hour, "0.0114");
	assert_string_equal(price.currency, "USD");
	assert_string_equal(price.os, "linux");
	assert_true(aws_price_read(arena, arena_printf(arena, PRODUCT, "Windows", "Hrs", "1"), &price));
	assert_string_equal(price.os, "windows");
	assert_false(aws_price_read(arena, arena_printf(arena, PRODUCT, "RHEL", "Hrs", "1"), &price));
	assert_false(aws_price_read(arena, arena_printf(arena, PRODUCT, "Linux", "Quantity", "1"), &price));
	assert_false(aws_price_read(arena, arena_printf(arena, PRODUCT, "Linux", "Hrs", "cheap"), &price));
	assert_false(aws_price_read(arena, "{}", &price));
	assert_false(aws_price_read(arena, "no json", &price));
}

#define BILL(amount_)                                                                                                            \
	"{\"ResultsByTime\":[{\"TimePeriod\":{\"Start\":\"2024-01-01\",\"End\":\"2024-01-02\"},\"Total\":{},\"Groups\":[{\"Keys\":[" \
	"\"Amazon Elastic Compute Cloud - Compute\",\"EU-BoxUsage:t3.micro\"],\"Metrics\":{\"UnblendedCost\":{\"Amount\":\"" amount_ \
	"\",\"Unit\":\"USD\"},\"UsageQuantity\":{\"Amount\":\"24\",\"Unit\":\"Hrs\"}}}],\"Estimated\":true}]}"

static void a_bill_is_read_exactly_or_not_at_all(void **state)
{
	struct provider_bill_line *lines;
	size_t count = 0;
	assert_int_equal(aws_bill_read(*state, parse_json(*state, BILL("0.27360000004444")), "123456789012",
				       "eu-west-1", &lines, &count)
				 .error,
			 PROVIDER_OK);
	assert_int_equal(count, 1);
	assert_string_equal(lines[0].amount, "0.273600000044");
	assert_string_equal(lines[0].currency, "USD");
	assert_string_equal(lines[0].usage_quantity, "24");
	assert_string_equal(lines[0].usage_type, "EU-BoxUsage:t3.micro");
	assert_string_equal(lines[0].account, "123456789012");
	assert_string_equal(lines[0].region, "eu-west-1");
	assert_true(lines[0].is_estimated);
	assert_int_equal(lines[0].end_us - lines[0].start_us, TIME_US_PER_DAY);
	assert_int_equal(aws_bill_read(*state, parse_json(*state, BILL("9.0E-10")), "a", "r", &lines, &count).error, PROVIDER_OK);
	assert_string_equal(lines[0].amount, "0.0000000009");
	assert_int_equal(aws_bill_read(*state, parse_json(*state, BILL("much")), "a", "r", &lines, &count).error, PROVIDER_UNAVAILABLE);
}

static void sums_become_rates_and_what_is_outside_is_left_out(void **state)
{
	static const char ANSWER[] =
		"<GetMetricDataResponse "
		"xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\"><GetMetricDataResult><MetricDataResults>"
		"<member><Id>m3</Id><Label>NetworkIn</Label><Timestamps><member>2024-01-01T00:00:00Z</"
		"member><member>2024-01-01T00:05:00Z</member>"
		"<member>2024-01-01T00:10:00Z</member></Timestamps><Values><member>300000.0</member><member>600.0</"
		"member><member>1.0</member>"
		"</Values><StatusCode>Complete</StatusCode></member><member><Id>m0</"
		"Id><Timestamps><member>2024-01-01T00:00:00Z</member>"
		"</Timestamps><Values><member>1.25E1</member></Values></member><member><Id>m9</Id><Timestamps/><Values/"
		"></member>"
		"</MetricDataResults></GetMetricDataResult></GetMetricDataResponse>";
	struct provider_metrics_query query = { .period_s = 60 };
	struct aws_samples samples = { NULL, 0, 0 };
	assert_true(time_parse("2024-01-01T00:00:00Z", &query.start_us));
	query.end_us = query.start_us + 10 * TIME_US_PER_MINUTE;
	aws_samples_read(*state, parse(*state, ANSWER), &query, 300, &samples);
	assert_int_equal(samples.count, 3);
	assert_string_equal(samples.rows[0].metric, "network-receive-bytes-per-s");
	assert_true(samples.rows[0].value == 1000.0);
	assert_true(samples.rows[1].value == 2.0);
	assert_string_equal(samples.rows[2].metric, "cpu-percent");
	assert_true(samples.rows[2].value == 12.5);
}

static void the_keys_of_a_role_are_read_with_their_end(void **state)
{
	static const char ANSWER[] =
		"<AssumeRoleResponse "
		"xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>"
		"<AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId><SecretAccessKey>wJalrXUtnFEMI/K7MDENG/"
		"bPxRfiCYzEXAMPLEKEY</SecretAccessKey>"
		"<SessionToken>AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22==</SessionToken><Expiration>%s</"
		"Expiration></Credentials>"
		"</AssumeRoleResult></AssumeRoleResponse>";
	struct arena *arena = *state;
	const char *token;
	int64_t expires_us;
	struct aws_credentials keys;
	assert_true(aws_role_read(arena, parse(arena, arena_printf(arena, ANSWER, "2019-11-09T13:34:41Z")), &token, &expires_us));
	assert_string_equal(time_format(arena, expires_us), "2019-11-09T13:34:41Z");
	assert_true(aws_role_token_read(arena, token, &keys));
	assert_string_equal(keys.access_key_id, "ASIAIOSFODNN7EXAMPLE");
	assert_string_equal(keys.session_token, "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22==");
	assert_false(aws_role_read(arena, parse(arena, arena_printf(arena, ANSWER, "soon")), &token, &expires_us));
	assert_false(aws_role_read(arena, parse(arena, "<AssumeRoleResponse/>"), &token, &expires_us));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(a_machine_is_read_from_the_shape_of_the_reference),
		ARENA_TEST(a_machine_of_which_nothing_is_said_is_read_all_the_same),
		ARENA_TEST(only_what_can_be_an_id_is_one),
		ARENA_TEST(images_sizes_volumes_and_networks_are_read),
		ARENA_TEST(rules_are_read_one_by_one),
		ARENA_TEST(ranges_are_checked_before_they_are_sent),
		ARENA_TEST(a_product_of_the_price_list_is_a_price),
		ARENA_TEST(a_bill_is_read_exactly_or_not_at_all),
		ARENA_TEST(sums_become_rates_and_what_is_outside_is_left_out),
		ARENA_TEST(the_keys_of_a_role_are_read_with_their_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
