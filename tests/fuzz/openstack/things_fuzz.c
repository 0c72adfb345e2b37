/* SPDX-License-Identifier: Apache-2.0 */
/* things_fuzz.c: whatever the services say a server, an image, a volume, a rule or a counter is: bounded, named, never
 * twice ours. */
#include <string.h>

#include "providers/openstack/image.h"
#include "providers/openstack/machine.h"
#include "providers/openstack/marks.h"
#include "providers/openstack/things.h"
#include "runtime/base/text.h"
#include "tests/support/fuzz.h"

#define ID "0190a1b2-0000-7000-8000-00000000abcd"

const char *const fuzz_seeds[] = {
	"{\"id\": \"" ID "\", \"name\": \"web\", \"status\": \"ACTIVE\", \"image\": {\"id\": \"i\"}, "
			 "\"OS-EXT-STS:task_state\": \"powering-off\","
	" \"flavor\": {\"id\": \"m1\"}, \"addresses\": {\"net\": [{\"addr\": \"10.0.0.1\"}]}, \"metadata\": "
	"{\"gaon_resource\": \"r\","
	" \"gaon_installation\": \"x\", \"team\": \"blue\"}, \"created\": \"2020-02-25T01:15:46Z\"}",
	"{\"id\": \"" ID "\", \"status\": \"ERROR\", \"image\": \"\", \"flavor\": {\"vcpus\": 2, \"ram\": 1, \"disk\": "
			 "3, \"original_name\": \"m\"},"
	" \"fault\": {\"message\": \"No valid host was found\"}, \"metadata\": {\"gaon_disk_gib\": \"40\", "
	"\"gaon_image\": \"i\"}}",
	"{\"id\": \"" ID "\", \"status\": \"active\", \"min_disk\": 1, \"virtual_size\": 5, \"os_distro\": "
			 "\"Windows\", \"block_device_mapping\":"
	" \"[{\\\"snapshot_id\\\": \\\"" ID "\\\"}]\"}",
	"{\"id\": \"" ID
	"\", \"status\": \"in-use\", \"size\": 2, \"attachments\": [{\"server_id\": \"s\", \"device\": \"/dev/vdb\"}]}",
	"{\"direction\": \"ingress\", \"ethertype\": \"IPv6\", \"protocol\": \"58\", \"port_range_min\": 1, "
	"\"port_range_max\": 2}",
	"{\"memory_details\": {\"used\": 5}, \"cpu_details\": [{\"time\": 9223372036854775807}, {\"time\": 1}], "
	"\"vda_read\": 5}",
	NULL,
};

static void look(struct arena *arena, const struct json *json)
{
	struct openstack_server server;
	struct openstack_image image;
	struct provider_volume volume;
	struct provider_rule rule;
	struct provider_usage usage;
	if (openstack_server_read(arena, json, &server)) {
		FUZZ_CHECK(server.machine.native_id && server.machine.name && server.machine.native_state);
		FUZZ_CHECK(server.machine.address_count <= 64 && server.machine.vcpus >= 0);
		FUZZ_CHECK(server.machine.marks.resource || !server.machine.marks.installation);
		const char *key;
		const struct json *value;
		for (size_t i = 0; json_member(server.machine.tags, i, &key, &value); i++)
			FUZZ_CHECK(!text_starts_with(key, MARK_PREFIX) && json_text(value, NULL));
	}
	if (openstack_image_read(arena, json, &image)) {
		FUZZ_CHECK(image.made.image.name && image.made.image.os);
		for (size_t i = 0; i < image.volume_snapshot_count; i++)
			FUZZ_CHECK(openstack_is_id(image.volume_snapshots[i]));
	}
	if (openstack_volume_read(arena, json, &volume))
		FUZZ_CHECK(openstack_is_id(volume.native_id) && volume.native_state && volume.name);
	if (openstack_rule_read(arena, json, &rule))
		FUZZ_CHECK(rule.protocol && rule.first_port >= 0 && rule.first_port <= rule.last_port &&
			   rule.last_port <= 65535 && !rule.cidr != !rule.group);
	openstack_diagnostics_read(json, &usage);
	FUZZ_CHECK(usage.cpu_ns >= 0 && usage.disk_read_bytes >= 0 && usage.network_send_bytes >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct json *json;
	if (status_is_ok(json_parse(arena, slice_of(data, size), NULL, &json)))
		look(arena, json);
	arena_free(arena);
	return 0;
}
