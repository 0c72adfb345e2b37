/* SPDX-License-Identifier: Apache-2.0 */
/* server_test.c: servers, images, volumes, rules and counters by documented samples, of old clouds and of new ones. */
#include <string.h>

#include "providers/openstack/image.h"
#include "providers/openstack/machine.h"
#include "providers/openstack/things.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "tests/support/arena_fixture.h"

static struct json *parse(struct arena *arena, const char *text)
{
	struct json *json = NULL;
	assert_ok(json_parse(arena, slice_text(text), NULL, &json));
	return json;
}

/* As NHN Cloud documents GET /v2/{tenantId}/servers/{serverId}; shortened. */
static const char OLD[] =
	"{\"status\": \"ACTIVE\", \"updated\": \"2020-02-25T01:22:24Z\", \"addresses\": {\"vpc2\": "
	"[{\"OS-EXT-IPS-MAC:mac_addr\":"
	" \"fa:16:3e:54:a7:64\", \"version\": 4, \"addr\": \"172.16.0.40\", \"OS-EXT-IPS:type\": \"fixed\"}]}, "
	"\"key_name\": \"access-key\","
	" \"image\": {\"id\": \"8b9f8d47-b89b-45af-b1d6-3f7ce7e06a11\"}, \"OS-EXT-STS:task_state\": null, "
	"\"OS-EXT-STS:vm_state\": \"active\","
	" \"flavor\": {\"id\": \"35a73b57-58a7-434d-aa08-5249aaa95b3e\"}, \"id\": "
	"\"aaf2778b-ea03-4ccc-8b1b-92f4b686c3ec\","
	" \"OS-EXT-AZ:availability_zone\": \"kr-pub-b\", \"name\": \"Web-Server\", \"created\": "
	"\"2020-02-25T01:15:46Z\","
	" \"OS-EXT-STS:power_state\": 1, \"metadata\": {\"os_distro\": \"Windows\", \"volume_size\": \"50\"}}";

static void a_server_of_an_old_cloud_is_read(void **state)
{
	struct openstack_server server;
	assert_true(openstack_server_read(*state, parse(*state, OLD), &server));
	assert_string_equal(server.machine.native_id, "aaf2778b-ea03-4ccc-8b1b-92f4b686c3ec");
	assert_string_equal(server.machine.name, "Web-Server");
	assert_int_equal(server.machine.state, PROVIDER_MACHINE_RUNNING);
	assert_string_equal(server.machine.native_state, "ACTIVE");
	assert_string_equal(server.flavor_id, "35a73b57-58a7-434d-aa08-5249aaa95b3e");
	assert_int_equal(server.machine.vcpus, 0); /* to be looked up */
	assert_string_equal(server.machine.image, "8b9f8d47-b89b-45af-b1d6-3f7ce7e06a11");
	assert_string_equal(server.machine.zone, "kr-pub-b");
	assert_int_equal(server.machine.address_count, 1);
	assert_string_equal(server.machine.addresses[0], "172.16.0.40");
	assert_string_equal(time_format(*state, server.machine.created_us), "2020-02-25T01:15:46Z");
	assert_null(server.machine.marks.resource);
	assert_int_equal(json_size(server.machine.tags), 2);
}

/* Since 2.47 the flavor is said whole, without its id. */
static const char NEW[] =
	"{\"id\": \"0190a1b2-0000-7000-8000-00000000abcd\", \"name\": \"web\", \"status\": \"ERROR\", \"image\": \"\","
	" \"flavor\": {\"vcpus\": 2, \"ram\": 4096, \"disk\": 20, \"ephemeral\": 0, \"swap\": 0, \"original_name\": "
	"\"m1.medium\","
	" \"extra_specs\": {}}, \"metadata\": {\"gaon_resource\": \"r\", \"gaon_operation\": \"o\", "
	"\"gaon_connection\": \"c\","
	" \"gaon_installation\": \"i\", \"gaon_image\": \"img\", \"gaon_disk_gib\": \"40\", \"team\": \"blue\"},"
	" \"fault\": {\"code\": 500, \"created\": \"2026-01-01T00:00:00Z\", \"message\": \"No valid host was found. "
	"\"}}";

static void a_server_in_error_says_why_and_what_it_boots_from(void **state)
{
	struct openstack_server server;
	struct provider_call call = { .arena = *state };
	assert_true(openstack_server_read(*state, parse(*state, NEW), &server));
	assert_int_equal(server.machine.state, PROVIDER_MACHINE_FAILED);
	assert_string_equal(server.machine.native_state, "ERROR: No valid host was found. ");
	assert_int_equal(server.machine.vcpus, 2);
	assert_int_equal(server.machine.memory_mib, 4096);
	assert_int_equal(server.machine.disk_gib, 40);
	assert_string_equal(server.flavor_name, "m1.medium");
	assert_true(server.is_volume_backed);
	assert_string_equal(server.machine.image, "img");
	assert_string_equal(server.machine.marks.resource, "r");
	assert_string_equal(server.machine.marks.installation, "i");
	assert_string_equal(json_print(*state, server.machine.tags), "{\"team\":\"blue\"}");
	struct provider_result result = openstack_server_failed(&call, &server, "making the machine");
	assert_int_equal(result.error, PROVIDER_CAPACITY);
	assert_non_null(strstr(result.message, "No valid host was found"));
}

static void a_machine_that_was_reverted_keeps_the_image_that_it_was_made_from(void **state)
{
	struct openstack_server server;
	const char *text =
		"{\"id\": \"x\", \"status\": \"ACTIVE\", \"image\": {\"id\": \"snapshot-1\"}, \"metadata\": {"
		"\"gaon_image\": \"made-from\", \"gaon_reverted\": \"snapshot-1 1700000000000000\"}}";
	assert_true(openstack_server_read(*state, parse(*state, text), &server));
	assert_string_equal(server.machine.image, "made-from");
	assert_string_equal(server.image, "snapshot-1");
	/* Rebuilt by somebody else since: that is what it is now. */
	text = "{\"id\": \"x\", \"status\": \"ACTIVE\", \"image\": {\"id\": \"another\"}, \"metadata\": {"
	       "\"gaon_image\": \"made-from\", \"gaon_reverted\": \"snapshot-1 1700000000000000\"}}";
	assert_true(openstack_server_read(*state, parse(*state, text), &server));
	assert_string_equal(server.machine.image, "another");
}

static void states_are_words_and_what_goes_on(void **state)
{
	static const struct {
		const char *status, *task;
		enum provider_machine_state state;
	} ROWS[] = {
		{ "ACTIVE", NULL, PROVIDER_MACHINE_RUNNING },
		{ "ACTIVE", "powering-off", PROVIDER_MACHINE_TRANSITION },
		{ "ACTIVE", "image_uploading", PROVIDER_MACHINE_RUNNING },
		{ "SHUTOFF", NULL, PROVIDER_MACHINE_STOPPED },
		{ "SHUTOFF", "powering-on", PROVIDER_MACHINE_TRANSITION },
		{ "SHELVED_OFFLOADED", NULL, PROVIDER_MACHINE_STOPPED },
		{ "SUSPENDED", NULL, PROVIDER_MACHINE_SUSPENDED },
		{ "PAUSED", NULL, PROVIDER_MACHINE_SUSPENDED },
		{ "BUILD", "spawning", PROVIDER_MACHINE_BUILDING },
		{ "VERIFY_RESIZE", NULL, PROVIDER_MACHINE_TRANSITION },
		{ "ERROR", "deleting", PROVIDER_MACHINE_FAILED },
		{ "DELETED", NULL, PROVIDER_MACHINE_GONE },
		{ "SOFT_DELETED", NULL, PROVIDER_MACHINE_GONE },
		{ "UNHEARD_OF", NULL, PROVIDER_MACHINE_UNKNOWN },
	};
	for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
		struct json *json = json_object(*state);
		struct openstack_server server;
		json_set_text(json, "id", "x");
		json_set_text(json, "status", ROWS[i].status);
		json_set_text(json, "OS-EXT-STS:task_state", ROWS[i].task);
		assert_true(openstack_server_read(*state, json, &server));
		if (server.machine.state != ROWS[i].state)
			fail_msg("%s (%s) is %s", ROWS[i].status, text_or_empty(ROWS[i].task),
				 provider_machine_state_name(server.machine.state));
	}
}

static void what_is_no_server_is_none(void **state)
{
	struct openstack_server server;
	assert_false(openstack_server_read(*state, parse(*state, "{}"), &server));
	assert_false(openstack_server_read(*state, NULL, &server));
	assert_false(openstack_server_read(*state, parse(*state, "[{\"id\": \"x\"}]"), &server));
	/* Of a cell that is down Nova says this much. */
	assert_true(openstack_server_read(
		*state, parse(*state, "{\"id\": \"x\", \"status\": \"UNKNOWN\", \"tenant_id\": \"p\"}"), &server));
	assert_int_equal(server.machine.state, PROVIDER_MACHINE_UNKNOWN);
	assert_string_equal(server.machine.name, "x");
}

/* ---- counters ---- */

static void counters_are_added_up_in_the_standard_form_and_in_libvirts(void **state)
{
	struct provider_usage usage;
	openstack_diagnostics_read(
		parse(*state,
		      "{\"state\": \"running\", \"driver\": \"libvirt\", \"memory_details\": {\"maximum\": 512, "
		      "\"used\": 300},"
		      " \"cpu_details\": [{\"id\": 0, \"time\": 17300000000}, {\"id\": 1, \"time\": 700000000}],"
		      " \"nic_details\": [{\"rx_octets\": 2070139, \"tx_octets\": 140208}],"
		      " \"disk_details\": [{\"read_bytes\": 262144, \"write_bytes\": 5778432}, {\"read_bytes\": -1}]}"),
		&usage);
	assert_true(usage.is_known);
	assert_int_equal(usage.cpu_ns, 18000000000);
	assert_int_equal(usage.memory_mib, 300);
	assert_int_equal(usage.disk_read_bytes, 262144);
	assert_int_equal(usage.network_receive_bytes, 2070139);
	openstack_diagnostics_read(
		parse(*state,
		      "{\"cpu0_time\": 17300000000, \"cpu1_time\": 1, \"memory\": 524288, \"vda_errors\": -1,"
		      " \"vda_read\": 262144, \"vda_read_req\": 112, \"vda_write\": 5778432, \"vnet1_rx\": 2070139,"
		      " \"vnet1_rx_packets\": 26701, \"vnet1_tx\": 140208}"),
		&usage);
	assert_int_equal(usage.cpu_ns, 17300000001);
	assert_int_equal(usage.memory_mib, 512);
	assert_int_equal(usage.disk_write_bytes, 5778432);
	assert_int_equal(usage.network_send_bytes, 140208);
	openstack_diagnostics_read(parse(*state, "{\"a_time\": 9223372036854775807, \"b_time\": 5}"), &usage);
	assert_int_equal(usage.cpu_ns, INT64_MAX);
	openstack_diagnostics_read(parse(*state, "{}"), &usage);
	assert_false(usage.is_known);
}

/* ---- images, volumes, rules ---- */

static void an_image_knows_the_volume_snapshots_under_it(void **state)
{
	struct openstack_image image;
	const char *text = "{\"id\": \"0190a1b2-0000-7000-8000-00000000abcd\", \"name\": \"golden\", \"status\": "
			   "\"active\", \"size\": 0,"
			   " \"min_disk\": 10, \"virtual_size\": 21474836481, \"created_at\": "
			   "\"2026-01-01T00:00:00Z\", \"os_type\": \"windows\","
			   " \"gaon_resource\": \"r\", \"gaon_snapshot_of\": \"m\", \"block_device_mapping\": "
			   "\"[{\\\"snapshot_id\\\":"
			   " \\\"0190a1b2-0000-7000-8000-00000000aaaa\\\"}, {\\\"snapshot_id\\\": null}, 5]\"}";
	assert_true(openstack_image_read(*state, parse(*state, text), &image));
	assert_true(image.made.is_ready);
	assert_int_equal(image.made.image.min_disk_gib, 21);
	assert_string_equal(image.made.image.os, "windows");
	assert_string_equal(image.made.marks.resource, "r");
	assert_string_equal(image.snapshot_of, "m");
	assert_int_equal(image.volume_snapshot_count, 1);
	assert_string_equal(image.volume_snapshots[0], "0190a1b2-0000-7000-8000-00000000aaaa");
	assert_false(openstack_image_read(*state, parse(*state, "{\"id\": \"../x\"}"), &image));
	assert_false(openstack_image_read(
		*state, parse(*state, "{\"id\": \"0190a1b2-0000-7000-8000-00000000abcd\", \"status\": \"deleted\"}"),
		&image));
}

/* As the Block Storage v3 reference has it; shortened. */
static void a_volume_is_where_its_attachment_says(void **state)
{
	struct provider_volume volume;
	const char *text = "{\"id\": \"0190a1b2-0000-7000-8000-00000000abcd\", \"name\": \"vol-002\", \"status\": "
			   "\"in-use\", \"size\": 2,"
			   " \"availability_zone\": \"nova\", \"volume_type\": \"lvmdriver-1\", \"created_at\": "
			   "\"2018-11-28T06:21:12.715987\","
			   " \"metadata\": {\"gaon_resource\": \"r\", \"gaon_installation\": \"i\"}, \"attachments\": "
			   "[{\"server_id\": \"s-1\","
			   " \"device\": \"/dev/vdb\"}]}";
	assert_true(openstack_volume_read(*state, parse(*state, text), &volume));
	assert_int_equal(volume.state, PROVIDER_VOLUME_ATTACHED);
	assert_string_equal(volume.machine, "s-1");
	assert_string_equal(volume.device, "/dev/vdb");
	assert_string_equal(volume.type, "lvmdriver-1");
	assert_string_equal(time_format(*state, volume.created_us), "2018-11-28T06:21:12.715987Z");
	assert_string_equal(volume.marks.resource, "r");
	assert_true(openstack_volume_read(
		*state,
		parse(*state, "{\"id\": \"0190a1b2-0000-7000-8000-00000000abcd\", \"status\": \"error_extending\"}"),
		&volume));
	assert_int_equal(volume.state, PROVIDER_VOLUME_FAILED);
	assert_null(volume.machine);
}

static void rules_are_told_in_our_words(void **state)
{
	static const struct {
		const char *json, *protocol, *cidr, *group;
		int first, last;
	} ROWS[] = {
		{ "{\"direction\": \"egress\", \"ethertype\": \"IPv4\", \"protocol\": null, \"remote_ip_prefix\": "
		  "null}",
		  "any", "0.0.0.0/0", NULL, 0, 0 },
		{ "{\"direction\": \"egress\", \"ethertype\": \"IPv6\", \"protocol\": null}", "any", "::/0", NULL, 0,
		  0 },
		{ "{\"direction\": \"ingress\", \"ethertype\": \"IPv4\", \"protocol\": \"6\", \"port_range_min\": 22, "
		  "\"port_range_max\": 22,"
		  " \"remote_ip_prefix\": \"192.0.2.0/24\"}",
		  "tcp", "192.0.2.0/24", NULL, 22, 22 },
		{ "{\"direction\": \"ingress\", \"ethertype\": \"IPv6\", \"protocol\": \"ipv6-icmp\", "
		  "\"remote_group_id\": \"g\"}",
		  "icmp", NULL, "g", 0, 0 },
		{ "{\"direction\": \"ingress\", \"protocol\": \"sctp\"}", "sctp", "0.0.0.0/0", NULL, 0, 0 },
	};
	struct provider_rule rule;
	for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
		assert_true(openstack_rule_read(*state, parse(*state, ROWS[i].json), &rule));
		assert_string_equal(rule.protocol, ROWS[i].protocol);
		assert_true(text_equal(rule.cidr, ROWS[i].cidr));
		assert_true(text_equal(rule.group, ROWS[i].group));
		assert_int_equal(rule.first_port, ROWS[i].first);
		assert_int_equal(rule.last_port, ROWS[i].last);
	}
	assert_false(openstack_rule_read(*state, parse(*state, "{\"direction\": \"up\"}"), &rule));
	assert_false(openstack_rule_read(
		*state, parse(*state, "{\"direction\": \"ingress\", \"port_range_min\": 9, \"port_range_max\": 8}"),
		&rule));
}

static void the_comment_behind_a_key_is_no_part_of_it(void **state)
{
	(void)state;
	assert_true(slice_equal(openstack_key_body("ssh-ed25519  AAAA somebody@example.org\n"),
				slice_text("ssh-ed25519  AAAA")));
	assert_true(slice_equal(openstack_key_body("ssh-ed25519 AAAA"),
				openstack_key_body("ssh-ed25519 AAAA Generated-by-Nova")));
	assert_int_equal(openstack_key_body(NULL).size, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(a_server_of_an_old_cloud_is_read),
		ARENA_TEST(a_server_in_error_says_why_and_what_it_boots_from),
		ARENA_TEST(a_machine_that_was_reverted_keeps_the_image_that_it_was_made_from),
		ARENA_TEST(states_are_words_and_what_goes_on),
		ARENA_TEST(what_is_no_server_is_none),
		ARENA_TEST(counters_are_added_up_in_the_standard_form_and_in_libvirts),
		ARENA_TEST(an_image_knows_the_volume_snapshots_under_it),
		ARENA_TEST(a_volume_is_where_its_attachment_says),
		ARENA_TEST(rules_are_told_in_our_words),
		ARENA_TEST(the_comment_behind_a_key_is_no_part_of_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
