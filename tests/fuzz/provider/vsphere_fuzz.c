/* SPDX-License-Identifier: Apache-2.0 */
/* vsphere_fuzz.c: whatever a vCenter answers is read or refused; handles and names come back as they went. */
#include <string.h>

#include "providers/vsphere/vsphere.h"
#include "runtime/base/text.h"
#include "tests/support/fuzz.h"

#define RESOURCE "01890000-0000-7000-8000-00000000abcd"
#define XSI " xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'"

const char *const fuzz_seeds[] = {
	"<s:Envelope xmlns:s='x'" XSI
	"><s:Body><s:Fault><faultstring>f</faultstring><detail><NoPermissionFault xsi:type='NoPermission'>"
	"<object "
	"type='Folder'>group-v3</object><privilegeId>p</privilegeId></NoPermissionFault></detail></s:Fault></s:Body></"
	"s:Envelope>",
	"<s:Envelope" XSI
	"><s:Body><R><returnval><obj "
	"type='VirtualMachine'>vm-1</obj><propSet><name>name</name><val>n-00000000abcd</val></propSet>"
	"<propSet><name>config.instanceUuid</name><val>" RESOURCE
	"</val></propSet><propSet><name>runtime.powerState</name><val>poweredOn</val></propSet>"
	"<propSet><name>config.extraConfig</name><val><o><key>gaon.resource</key><value>" RESOURCE
	"</value></o><o><key>gaon.tags</key>"
	"<value>{\"a\":\"b\"}</value></o></val></propSet><propSet><name>config.hardware.device</"
	"name><val><VirtualDevice xsi:type='VirtualDisk'>"
	"<key>2000</key><backing xsi:type='VirtualDiskFlatVer2BackingInfo'><fileName>[d] "
	"f</fileName></backing><controllerKey>1000</controllerKey>"
	"<unitNumber>0</unitNumber><capacityInKB>1024</capacityInKB></VirtualDevice><VirtualDevice "
	"xsi:type='ParaVirtualSCSIController'>"
	"<key>1000</key></VirtualDevice></val></propSet><propSet><name>guest.net</name><val><c><ipAddress>10.0.0.1</"
	"ipAddress></c></val></propSet>"
	"</returnval></R></s:Body></s:Envelope>",
	"<e" XSI
	"><Body><R><returnval><rootSnapshotList><snapshot type='VirtualMachineSnapshot'>s-1</snapshot><name>a</name>"
	"<createTime>2026-11-27T10:00:00Z</createTime><childSnapshotList><snapshot "
	"type='VirtualMachineSnapshot'>s-2</snapshot><name>a</name>"
	"</childSnapshotList></rootSnapshotList><currentSnapshot "
	"type='VirtualMachineSnapshot'>s-2</currentSnapshot></returnval></R></Body></e>",
	"<e" XSI "><Body><R><returnval><sampleInfo><timestamp>2026-11-27T10:00:20Z</timestamp><interval>20</interval></"
		 "sampleInfo>"
	"<value><id><counterId>1</counterId></id><value>7</value></value></returnval></R></Body></e>",
	"{\"s\":\"copy\",\"t\":\"task-1\",\"v\":\"vm-1\",\"d\":5,\"g\":true}",
	"a name/with % and \\",
	NULL,
};

static void document(struct arena *arena, const struct xml *root)
{
	static const int64_t counters[VSPHERE_COUNTERS] = { 1, 2, 3, 4, 5, 6 };
	const struct provider_metrics_query query = { 0, INT64_C(4000000000000000), 60 };
	struct vsphere_place place = { .is_vcenter = true };
	struct provider_session session = { .options.template_prefix = "template-" };
	struct provider_sample *samples;
	const struct vsphere_snapshot *rows;
	struct vsphere_vm vm;
	int64_t controller, unit;
	const struct xml *first = vsphere_body(root);
	struct vsphere_fault fault = vsphere_fault_read(first);
	FUZZ_CHECK(vsphere_fault_text(arena, &fault) && vsphere_fault_class(&fault, PROVIDER_UNAVAILABLE) != PROVIDER_OK);
	const struct xml *value = xml_child(first, "returnval");
	if (!value)
		return;
	vsphere_vm_read(arena, &session, &place, value, &vm);
	FUZZ_CHECK(vm.machine.native_id && vm.machine.name && vm.machine.native_state);
	FUZZ_CHECK(!vm.machine.marks.resource || vm.is_ours);
	FUZZ_CHECK(vm.machine.disk_gib >= 0);
	(void)vsphere_disk_place(vm.devices, 3, &controller, &unit);
	size_t count = vsphere_snapshots_read(arena, value, &rows);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			FUZZ_CHECK(strcmp(rows[i].told.native_id, rows[j].told.native_id) != 0 ||
				   text_equal(rows[i].ref.id, rows[j].ref.id));
	count = vsphere_samples_read(arena, first, counters, &query, &samples);
	for (size_t i = 1; i < count; i++)
		FUZZ_CHECK(!text_equal(samples[i].metric, samples[i - 1].metric) || samples[i].time_us > samples[i - 1].time_us);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	const char *text = arena_strndup(arena, (const char *)data, size);
	struct vsphere_work work, again;
	struct xml *root;
	if (status_is_ok(xml_parse(arena, slice_text(text), NULL, &root)))
		document(arena, root);
	if (vsphere_work_read(arena, text, &work)) {
		const char *printed = vsphere_work_print(arena, &work);
		FUZZ_CHECK(vsphere_work_read(arena, printed, &again));
		FUZZ_CHECK(text_equal(vsphere_work_print(arena, &again), printed));
	}
	const char *name = vsphere_name_make(arena, text, RESOURCE);
	if (name)
		FUZZ_CHECK(text_equal(vsphere_name_read(arena, name, RESOURCE), text));
	arena_free(arena);
	return 0;
}
