/* SPDX-License-Identifier: Apache-2.0 */
/* machine_fuzz.c: whatever JSON a Prism Central calls a machine is a machine with sane numbers, or has no id. */
#include "providers/nutanix/v3.h"
#include "providers/nutanix/v4.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "tests/support/fuzz.h"

const char *const fuzz_seeds[] = {
	"{\"metadata\":{\"uuid\":\"bdbbad7a-a401-4f9a-a789-2b8406905b56\",\"creation_time\":\"2025-06-07T18:23:52Z\","
	"\"categories_mapping\":{\"team\":[\"a\"]}},\"spec\":{\"name\":\"n\",\"description\":\"[gaon resource=a operation=b "
	"connection=c installation=d tags=team]\",\"cluster_reference\":{\"uuid\":\"x\"}},\"status\":{\"state\":\"COMPLETE\","
	"\"resources\":{\"power_state\":\"ON\",\"num_sockets\":2,\"num_vcpus_per_socket\":2,\"memory_size_mib\":1024,\"disk_list\":["
	"{\"uuid\":\"u\",\"disk_size_bytes\":8589934592,\"device_properties\":{\"device_type\":\"DISK\"}}],"
	"\"nic_list\":[{\"ip_endpoint_list\":[{\"ip\":\"10.0.0.1\"}],\"subnet_reference\":{\"uuid\":\"s\"}}]}}}",
	"{\"metadata\":{\"uuid\":\"bdbbad7a-a401-4f9a-a789-2b8406905b56\"},\"spec\":{\"resources\":{\"num_sockets\":9223372036854775807,"
	"\"num_vcpus_per_socket\":3}},\"status\":{\"state\":\"PENDING\",\"execution_context\":{\"task_uuid\":[\"x\"]}}}",
	"{\"extId\":\"bdbbad7a-a401-4f9a-a789-2b8406905b56\",\"name\":\"n\",\"description\":\"d\",\"powerState\":\"ON\",\"numSockets\":2,"
	"\"numCoresPerSocket\":2,\"memorySizeBytes\":1073741824,\"createTime\":\"2025-06-07T18:23:52Z\",\"cluster\":{\"extId\":\"c\"},"
	"\"disks\":[{\"backingInfo\":{\"$objectType\":\"vmm.v4.ahv.config.VmDisk\",\"diskSizeBytes\":1,\"dataSource\":{\"reference\":"
	"{\"imageExtId\":\"i\"}}}}],\"nics\":[{\"networkInfo\":{\"subnet\":{\"extId\":\"s\"},\"ipv4Info\":{\"learnedIpAddresses\":["
	"{\"value\":\"10.0.0.1\"}]},\"ipv4Config\":{\"ipAddress\":{\"value\":\"10.0.0.2\"}}}}]}",
	NULL,
};

static void machine_check(const struct provider_machine *machine)
{
	FUZZ_CHECK(machine->name && machine->native_state);
	FUZZ_CHECK(!machine->native_id || id_is_uuid(machine->native_id));
	FUZZ_CHECK(machine->vcpus >= 0 && machine->disk_gib >= 0 && machine->created_us >= 0);
	for (size_t i = 0; i < machine->address_count; i++)
		FUZZ_CHECK(!text_is_empty(machine->addresses[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct provider_machine machine;
	struct nutanix_marks marks;
	struct json *vm;

	if (status_is_ok(json_parse(arena, slice_of(data, size), NULL, &vm))) {
		v3_machine_read(arena, vm, &machine, &marks);
		machine_check(&machine);
		(void)v3_is_failed(vm);
		FUZZ_CHECK(text_equal(v3_task_of(vm), "-") || id_is_uuid(v3_task_of(vm)));
		v4_machine_read(arena, vm, &machine, &marks);
		machine_check(&machine);
		(void)v4_task_entity(vm, ":vm");
	}
	arena_free(arena);
	return 0;
}
