/* SPDX-License-Identifier: Apache-2.0 */
/* vsphere.c: what the vSphere adapter reads and writes: names, faults, machines, handles, documents. */
#include <string.h>

#include "providers/vsphere/work.h"
#include "runtime/base/text.h"
#include "tests/support/arena_fixture.h"

#define RESOURCE "01890000-0000-7000-8000-00000000abcd"

static const struct xml *parse(struct arena *arena, const char *text)
{
	struct xml *root;
	assert_ok(xml_parse(arena, slice_text(text), NULL, &root));
	return root;
}

/* ---- names ---- */

static void a_name_is_made_unique_by_the_end_of_the_id_and_read_back(void **state)
{
	static const char *const NAMES[] = { "Web Server 1", "a", "50% of a/b\\c", "Z\xc3\xbcrich", "%2f stays", "-" };
	for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
		const char *made = vsphere_name_make(*state, NAMES[i], RESOURCE);
		assert_non_null(made);
		assert_true(text_ends_with(made, "-00000000abcd"));
		assert_null(strpbrk(made, "/\\"));
		assert_string_equal(vsphere_name_read(*state, made, RESOURCE), NAMES[i]);
	}
	/* What somebody renamed in vSphere is told as it is called there. */
	assert_string_equal(vsphere_name_read(*state, "renamed", RESOURCE), "renamed");
	assert_string_equal(vsphere_name_read(*state, "a%2fb", NULL), "a/b");
}

static void a_name_that_vsphere_would_not_take_is_refused(void **state)
{
	char name[100];
	memset(name, 'x', sizeof name);
	name[VSPHERE_NAME_MOST - VSPHERE_SUFFIX] = '\0';
	assert_non_null(vsphere_name_make(*state, name, RESOURCE));
	name[VSPHERE_NAME_MOST - VSPHERE_SUFFIX] = 'x';
	name[VSPHERE_NAME_MOST - VSPHERE_SUFFIX + 1] = '\0';
	assert_null(vsphere_name_make(*state, name, RESOURCE));
	assert_null(vsphere_name_make(*state, "", RESOURCE));
	assert_null(vsphere_name_make(*state, "two\nlines", RESOURCE));
	assert_null(vsphere_name_make(*state, "\xff", RESOURCE));
	assert_null(vsphere_name_make(*state, "fine", "no uuid"));
}

/* ---- faults ---- */

/* A soap:Fault as vCenter writes it. */
static struct vsphere_fault fault_of(struct arena *arena, const char *type, const char *members)
{
	const struct xml *envelope = parse(
		arena, arena_printf(arena,
				    "<soapenv:Envelope xmlns:soapenv='http://schemas.xmlsoap.org/soap/envelope/'"
				    " xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><soapenv:Body><soapenv:Fault>"
				    "<faultcode>ServerFaultCode</faultcode><faultstring>said so</faultstring><detail>"
				    "<%sFault xmlns='urn:vim25' xsi:type='%s'>%s</%sFault></detail></soapenv:Fault></soapenv:Body>"
				    "</soapenv:Envelope>",
				    type, type, members, type));
	return vsphere_fault_read(vsphere_body(envelope));
}

static void documented_faults_have_their_classes(void **state)
{
	static const struct {
		const char *type;
		enum provider_error error;
	} ROWS[] = {
		{ "InvalidLogin", PROVIDER_AUTH },
		{ "NotAuthenticated", PROVIDER_AUTH },
		{ "NoPermission", PROVIDER_FORBIDDEN },
		{ "RestrictedVersion", PROVIDER_UNSUPPORTED },
		{ "NotSupported", PROVIDER_UNSUPPORTED },
		{ "ManagedObjectNotFound", PROVIDER_NOT_FOUND },
		{ "InvalidPowerState", PROVIDER_CONFLICT },
		{ "InvalidState", PROVIDER_CONFLICT },
		{ "DuplicateName", PROVIDER_CONFLICT },
		{ "FileAlreadyExists", PROVIDER_CONFLICT },
		{ "ToolsUnavailable", PROVIDER_CONFLICT },
		{ "InsufficientResourcesFault", PROVIDER_CAPACITY },
		{ "InsufficientMemoryResourcesFault", PROVIDER_CAPACITY },
		{ "NoDiskSpace", PROVIDER_CAPACITY },
		{ "TaskInProgress", PROVIDER_UNAVAILABLE },
		{ "ConcurrentAccess", PROVIDER_UNAVAILABLE },
		{ "HostNotConnected", PROVIDER_UNAVAILABLE },
		{ "InvalidArgument", PROVIDER_INVALID },
		{ "InvalidDatastore", PROVIDER_INVALID },
		{ "InvalidDeviceSpec", PROVIDER_INVALID },
		{ "Timedout", PROVIDER_UNKNOWN_OUTCOME },
		{ "SystemError", PROVIDER_UNKNOWN_OUTCOME },
		{ "OfNoTable", PROVIDER_UNKNOWN_OUTCOME },
	};
	for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
		struct vsphere_fault fault = fault_of(*state, ROWS[i].type, "");
		assert_string_equal(fault.type, ROWS[i].type);
		if (vsphere_fault_class(&fault, PROVIDER_UNKNOWN_OUTCOME) != ROWS[i].error)
			fail_msg("%s is %s", ROWS[i].type, provider_error_name(vsphere_fault_class(&fault, PROVIDER_UNKNOWN_OUTCOME)));
		assert_non_null(strstr(vsphere_fault_text(*state, &fault), ROWS[i].type));
	}
}

static void a_missing_right_is_named_with_its_object(void **state)
{
	struct vsphere_fault fault = fault_of(*state, "NoPermission",
					      "<object type='VirtualMachine'>vm-42</object>"
					      "<privilegeId>VirtualMachine.Interact.PowerOn</privilegeId>");
	const char *text = vsphere_fault_text(*state, &fault);
	assert_non_null(strstr(text, "VirtualMachine.Interact.PowerOn"));
	assert_non_null(strstr(text, "vm-42"));
	/* 8.0 names them for each object. */
	fault = fault_of(*state, "NoPermission",
			 "<missingPrivileges><entity type='Folder'>group-v3</entity>"
			 "<privilegeIds>VirtualMachine.Inventory.Create</privilegeIds></missingPrivileges>");
	assert_non_null(strstr(vsphere_fault_text(*state, &fault), "VirtualMachine.Inventory.Create"));
	fault = fault_of(*state, "RestrictedVersion", "");
	assert_non_null(strstr(vsphere_fault_text(*state, &fault), "free ESXi"));
}

static void a_fault_without_a_type_is_known_by_its_element(void **state)
{
	const struct xml *envelope = parse(*state, "<e:Envelope xmlns:e='x'><e:Body><e:Fault><faultstring>no</faultstring>"
						   "<detail><InvalidLoginFault/></detail></e:Fault></e:Body></e:Envelope>");
	struct vsphere_fault fault = vsphere_fault_read(vsphere_body(envelope));
	assert_string_equal(fault.type, "InvalidLogin");
	envelope = parse(*state, "<Fault><faultstring>no</faultstring></Fault>");
	fault = vsphere_fault_read(envelope);
	assert_string_equal(fault.type, "");
	assert_int_equal(vsphere_fault_class(&fault, PROVIDER_UNAVAILABLE), PROVIDER_UNAVAILABLE);
	assert_non_null(vsphere_fault_text(*state, &fault));
}

/* ---- machines ---- */

#define PROPERTY(name_, value_) "<propSet><name>" name_ "</name><val>" value_ "</val></propSet>"
#define OPTION(key_, value_) "<OptionValue><key>" key_ "</key><value>" value_ "</value></OptionValue>"

/* As RetrievePropertiesEx tells it; the marks are of RESOURCE, `uuid` is the machine's own. */
static struct vsphere_vm vm_of(struct arena *arena, const char *uuid, const char *power, const char *more)
{
	struct vsphere_place place = { .is_vcenter = true };
	struct provider_session session = { .options.template_prefix = "template-" };
	struct vsphere_vm vm;
	const char *text = arena_printf(
		arena,
		"<objects xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><obj "
		"type='VirtualMachine'>vm-7</obj>" PROPERTY("name", "web-00000000abcd") PROPERTY("config.instanceUuid",
												 "%s")
			PROPERTY("runtime.powerState", "%s") PROPERTY("config.files.vmPathName", "[ds] web/web.vmx")
				PROPERTY("config.hardware.numCPU", "2") PROPERTY("config.hardware.memoryMB", "1024")
					PROPERTY("config.createDate", "2026-11-27T10:00:00.5Z") PROPERTY(
						"config.extraConfig",
						OPTION("gaon.resource", RESOURCE) OPTION("gaon.operation", "op") OPTION(
							"gaon.installation", "here") OPTION("gaon.connection", "c")
							OPTION("gaon.tags", "{\"a\":\"b\"}")
								OPTION("gaon.image", "vm-1") "%s") "</objects>",
		uuid, power, more);
	assert_true(status_is_ok(provider_status(arena, provider_sizes_read(arena, NULL, &session.options.sizes))));
	vsphere_vm_read(arena, &session, &place, parse(arena, text), &vm);
	return vm;
}

static void a_machine_of_ours_is_told_with_its_marks(void **state)
{
	struct vsphere_vm vm = vm_of(*state, RESOURCE, "poweredOn", OPTION("gaon.size", "medium"));
	assert_string_equal(vm.machine.native_id, "vm-7");
	assert_string_equal(vm.machine.name, "web");
	assert_string_equal(vm.machine.marks.resource, RESOURCE);
	assert_string_equal(vm.machine.marks.installation, "here");
	assert_string_equal(vm.machine.image, "vm-1");
	assert_string_equal(vm.machine.size, "medium");
	assert_string_equal(json_text(json_get(vm.machine.tags, "a"), NULL), "b");
	assert_int_equal(vm.machine.state, PROVIDER_MACHINE_RUNNING);
	assert_int_equal(vm.machine.vcpus * 10000 + vm.machine.memory_mib, 21024);
	assert_int_equal(vm.machine.created_us % 1000000, 500000);
	/* Somebody gave it other numbers: it has no size of ours any more. */
	assert_null(vm_of(*state, RESOURCE, "poweredOn", OPTION("gaon.size", "small")).machine.size);
}

static void a_copy_that_somebody_made_of_ours_is_foreign(void **state)
{
	struct vsphere_vm vm = vm_of(*state, "502e71fa-1a00-759b-e40f-ce778e915f16", "poweredOn", "");
	assert_false(vm.is_ours);
	assert_null(vm.machine.marks.resource);
	assert_null(vm.machine.tags);
	assert_string_equal(vm.machine.name, "web-00000000abcd");
	assert_int_equal(vm.kind, VSPHERE_MACHINE);
}

static void what_is_not_whole_yet_is_building(void **state)
{
	assert_int_equal(vm_of(*state, RESOURCE, "poweredOff", OPTION("gaon.phase", "start")).machine.state, PROVIDER_MACHINE_BUILDING);
	assert_int_equal(vm_of(*state, RESOURCE, "poweredOff", "").machine.state, PROVIDER_MACHINE_STOPPED);
	/* While it is cloned it has a name and nothing else. */
	struct vsphere_place place = { .is_vcenter = true };
	struct provider_session session = { .options.template_prefix = "template-" };
	struct vsphere_vm vm;
	const struct xml *object = parse(*state, "<objects><obj type='VirtualMachine'>vm-8</obj>" PROPERTY("name", "x") "</objects>");
	vsphere_vm_read(*state, &session, &place, object, &vm);
	assert_false(vm.is_whole);
	assert_int_equal(vm.machine.state, PROVIDER_MACHINE_BUILDING);
}

static void keepers_of_volumes_and_images_are_no_machines(void **state)
{
	assert_int_equal(vm_of(*state, RESOURCE, "poweredOff", OPTION("gaon.kind", "volume")).kind, VSPHERE_VOLUME);
	assert_int_equal(vm_of(*state, RESOURCE, "poweredOff", OPTION("gaon.kind", "image")).kind, VSPHERE_IMAGE);
	assert_int_equal(vm_of(*state, RESOURCE, "poweredOff", OPTION("gaon.kind", "")).kind, VSPHERE_MACHINE);
}

/* ---- devices ---- */

#define DEVICE(type_, members_) "<VirtualDevice xsi:type='" type_ "'>" members_ "</VirtualDevice>"
#define DISK(key_, controller_, unit_, file_)                                                                            \
	DEVICE("VirtualDisk", "<key>" key_ "</key><backing xsi:type='VirtualDiskFlatVer2BackingInfo'><fileName>" file_     \
			      "</fileName></backing><controllerKey>" controller_ "</controllerKey><unitNumber>" unit_      \
			      "</unitNumber><capacityInKB>1048576</capacityInKB>")

static void the_first_place_on_the_first_controller_is_the_boot_disk(void **state)
{
	const struct xml *devices = parse(*state, "<val xmlns:xsi='x'>" DISK("2002", "1000", "2", "c") DISK("2001", "1000", "0", "a")
							  DISK("2003", "1001", "0", "d")
								  DEVICE("ParaVirtualSCSIController", "<key>1000</key>") "</val>");
	int64_t controller, unit;
	assert_string_equal(vsphere_disk_file(vsphere_boot_disk(devices)), "a");
	assert_int_equal(vsphere_disk_count(devices), 3);
	assert_int_equal(vsphere_disk_bytes(vsphere_boot_disk(devices)), 1 << 30);
	assert_true(vsphere_disk_place(devices, 0, &controller, &unit));
	assert_int_equal(controller * 100 + unit, 100001);
	/* The eighth place of a SCSI controller is its own. */
	assert_true(vsphere_disk_place(devices, 5, &controller, &unit));
	assert_int_equal(unit, 8);
	assert_false(vsphere_disk_place(devices, 50, &controller, &unit));
	assert_null(vsphere_boot_disk(NULL));
}

static void a_document_is_a_tree_whatever_people_type(void **state)
{
	struct xml *method = vsphere_method(*state, "Rename_Task", (struct vsphere_ref){ "VirtualMachine", "vm-1" });
	xml_add_text(method, "newName", "a</newName><b x='&'>");
	const char *text = vsphere_document(*state, method);
	const struct xml *read = vsphere_body(parse(*state, text));
	assert_string_equal(read->name, "Rename_Task");
	assert_string_equal(xml_text(xml_child(read, "newName"), ""), "a</newName><b x='&'>");
	assert_string_equal(vsphere_ref_read(xml_child(read, "_this")).type, "VirtualMachine");
}

static void a_reference_has_a_type_beside_the_prefixed_one(void **state)
{
	const struct xml *value =
		parse(*state,
		      "<val xmlns:xsi='x' xsi:type='ManagedObjectReference' type='Network'>HaNetwork-VM Network</val>");
	assert_string_equal(vsphere_type(value), "ManagedObjectReference");
	assert_string_equal(vsphere_ref_read(value).type, "Network");
	assert_string_equal(vsphere_ref_read(value).id, "HaNetwork-VM Network");
	assert_null(vsphere_ref_read(parse(*state, "<val>vm-1</val>")).id);
	assert_false(vsphere_is_id("HaNetwork-VM Network"));
	assert_false(vsphere_is_id("../../etc"));
	assert_true(vsphere_is_id("vm-1.x:y_z"));
}

/* ---- handles ---- */

static void a_handle_keeps_what_is_needed_after_a_restart(void **state)
{
	struct vsphere_work work = { .stage = "copy", .task = "task-9", .vm = "12", .resource = RESOURCE, .image = "13",
				     .file = "[ds] gaon-x/disk.vmdk", .disk_gib = 20, .is_image = true }, read;
	const char *handle = vsphere_work_print(*state, &work);
	assert_true(strlen(handle) < PROVIDER_HANDLE_MOST);
	assert_true(vsphere_work_read(*state, handle, &read));
	assert_string_equal(vsphere_work_print(*state, &read), handle);
	assert_string_equal(read.file, work.file);
	assert_int_equal(read.disk_gib, 20);
	assert_true(read.is_image);
}

static void what_is_no_handle_of_ours_is_refused(void **state)
{
	static const char *const WRONG[] = { "", "task", "{}", "[]", "{\"s\":5}", "{\"s\":\"copy\",\"t\":\"../x\"}",
					     "{\"s\":\"copy\",\"v\":\"a b\"}", "{\"s\":\"copy\"", NULL };
	struct vsphere_work work;
	for (size_t i = 0; WRONG[i]; i++)
		assert_false(vsphere_work_read(*state, WRONG[i], &work));
	assert_false(vsphere_work_read(*state, NULL, &work));
}

/* ---- user data ---- */

static const char *option_of(const struct xml *config, const char *key)
{
	for (const struct xml *each = xml_child(config, "extraConfig"); each; each = xml_next_child(each, "extraConfig"))
		if (text_equal(xml_text(xml_child(each, "key"), NULL), key))
			return xml_text(xml_child(each, "value"), "");
	return NULL;
}

static void user_data_and_key_become_guestinfo_and_an_images_own_goes(void **state)
{
	struct provider_machine_spec spec = { .intent = { .resource = RESOURCE }, .user_data = "#cloud-config\n",
					      .ssh_key = "ssh-ed25519 AAAA x" };
	struct xml *config = xml_new(*state, "config");
	struct slice decoded;
	struct json *metadata;
	vsphere_add_user_data(config, &spec, "Web Server #1");
	assert_string_equal(option_of(config, "guestinfo.userdata.encoding"), "base64");
	assert_true(text_from_base64(*state, slice_text(option_of(config, "guestinfo.userdata")), &decoded));
	assert_true(slice_is(decoded, "#cloud-config\n"));
	assert_true(text_from_base64(*state, slice_text(option_of(config, "guestinfo.metadata")), &decoded));
	assert_ok(json_parse(*state, decoded, NULL, &metadata));
	assert_string_equal(json_text(json_get(metadata, "local-hostname"), NULL), "web-server-1");
	assert_string_equal(json_text(json_get(metadata, "public-keys-data"), NULL), spec.ssh_key);
	spec.user_data = NULL;
	config = xml_new(*state, "config");
	vsphere_add_user_data(config, &spec, "x");
	assert_string_equal(option_of(config, "guestinfo.userdata"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(a_name_is_made_unique_by_the_end_of_the_id_and_read_back),
		ARENA_TEST(a_name_that_vsphere_would_not_take_is_refused),
		ARENA_TEST(documented_faults_have_their_classes),
		ARENA_TEST(a_missing_right_is_named_with_its_object),
		ARENA_TEST(a_fault_without_a_type_is_known_by_its_element),
		ARENA_TEST(a_machine_of_ours_is_told_with_its_marks),
		ARENA_TEST(a_copy_that_somebody_made_of_ours_is_foreign),
		ARENA_TEST(what_is_not_whole_yet_is_building),
		ARENA_TEST(keepers_of_volumes_and_images_are_no_machines),
		ARENA_TEST(the_first_place_on_the_first_controller_is_the_boot_disk),
		ARENA_TEST(a_document_is_a_tree_whatever_people_type),
		ARENA_TEST(a_reference_has_a_type_beside_the_prefixed_one),
		ARENA_TEST(a_handle_keeps_what_is_needed_after_a_restart),
		ARENA_TEST(what_is_no_handle_of_ours_is_refused),
		ARENA_TEST(user_data_and_key_become_guestinfo_and_an_images_own_goes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
