/* SPDX-License-Identifier: Apache-2.0 */
/* libvirt.c: definitions, seeds, addresses: what needs no hypervisor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "providers/libvirt/domain.h"
#include "providers/libvirt/libvirt.h"
#include "providers/libvirt/sidecar.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/base/xml.h"

#define UUID "01890000-0000-7000-8000-00000000abcd"
static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct libvirt_definition definition_of(const char *name, const struct libvirt_options *options)
{
	return (struct libvirt_definition){
		.uuid = UUID,
		.domain_name = libvirt_domain_name(arena, name, UUID),
		.domain_type = "qemu",
		.marks = { .machine = UUID, .operation = "op-1", .connection = "c", .installation = "i", .name = name,
			   .image = "img", .size = "small", .disk_gib = 3, .created_us = 12345 },
		.vcpus = 2,
		.memory_mib = 512,
		.kernel = "/boot/k & v",
		.cmdline = "console=ttyS0 a=\"<b>\"",
		.pool = "default",
		.disk_volume = "disk.qcow2",
		.options = options,
	};
}

static void a_definition_reads_back_whatever_people_call_a_machine(void **state)
{
	static const char *const NAMES[] = { "web", "a<b>&\"c'", "]]><evil/>", "가온 서버", "</name><uuid>x</uuid>", "-", "x\ty" };
	struct libvirt_options options = { .architecture = "x86_64" };
	(void)state;
	for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
		struct libvirt_definition definition = definition_of(NAMES[i], &options);
		struct provider_machine machine;
		struct libvirt_marks marks;
		const char *document = libvirt_definition_print(arena, &definition);
		assert_true(libvirt_domain_read(arena, document, &machine, &marks));
		assert_string_equal(machine.name, NAMES[i]);
		assert_string_equal(machine.native_id, UUID);
		assert_string_equal(machine.marks.resource, UUID);
		assert_string_equal(machine.marks.operation, "op-1");
		assert_int_equal(machine.vcpus, 2);
		assert_int_equal(machine.created_us, 12345);
		assert_false(marks.is_complete);
		struct xml *tree;
		assert_true(status_is_ok(xml_parse(arena, slice_text(document), NULL, &tree)));
		assert_string_equal(xml_text(xml_path(tree, "os", "kernel", NULL), ""), "/boot/k & v");
		/* One name, one uuid: nothing was smuggled in. */
		assert_null(xml_next_child(xml_child(tree, "uuid"), "uuid"));
		assert_non_null(xml_path(tree, "features", "acpi", NULL));
	}
}

static void tags_and_marks_read_back_from_both_forms(void **state)
{
	static const char TAGS[] = "{\"team\":\"a<b>&\\\"'\",\"\u00fc\":\"\",\"x y\":\"]]>\"}";
	struct libvirt_options options = { .architecture = "x86_64" };
	struct libvirt_definition definition = definition_of("tagged", &options);
	struct provider_machine machine;
	struct libvirt_marks marks;
	struct json *tags;
	struct xml *alone;
	(void)state;
	assert_true(status_is_ok(json_parse(arena, slice_text(TAGS), NULL, &tags)));
	definition.marks.tags = libvirt_tags_copy(arena, tags);
	assert_true(libvirt_domain_read(arena, libvirt_definition_print(arena, &definition), &machine, &marks));
	assert_string_equal(json_print_canonical(arena, machine.tags), json_print_canonical(arena, tags));
	assert_string_equal(machine.marks.resource, UUID);
	/* As it is set alone, where libvirt adds the namespace itself. */
	assert_true(status_is_ok(xml_parse(arena, slice_text(libvirt_marks_print(arena, &marks)), NULL, &alone)));
	assert_string_equal(xml_attribute(alone, "id", ""), UUID);
	size_t count = 0;
	for (const struct xml *tag = xml_child(alone, "tag"); tag; tag = xml_next_child(tag, "tag"))
		count++;
	assert_int_equal(count, 3);
}

static void wrong_tags_and_names_are_refused(void **state)
{
	static const char *const WRONG[] = { "[]", "{\"\":\"x\"}", "{\"a\":5}", "{\"a\":\"x\\ny\"}", "{\"a\\tb\":\"\"}" };
	struct json *tags;
	(void)state;
	for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
		assert_true(status_is_ok(json_parse(arena, slice_text(WRONG[i]), NULL, &tags)));
		assert_int_equal(libvirt_tags_check(arena, tags).error, PROVIDER_INVALID);
	}
	assert_int_equal(libvirt_tags_check(arena, NULL).error, PROVIDER_OK);
	assert_false(libvirt_is_name(NULL));
	assert_false(libvirt_is_name("a\nb"));
	assert_false(libvirt_is_name("\xff"));
	assert_true(libvirt_is_name("가온 1"));
}

static void further_disks_and_networks_have_places_of_their_own(void **state)
{
	static const char *const MORE[] = { "private", LIBVIRT_NO_NETWORK };
	static const char *const DEVICES[] = { "vda", "vdb", "vdc", "vdd" };
	struct libvirt_options options = { .architecture = "x86_64", .machine_type = "pc-q35-7.2" };
	struct libvirt_definition definition = definition_of("more", &options);
	struct provider_machine machine;
	struct libvirt_marks marks;
	struct xml *tree;
	size_t disks = 0, interfaces = 0, ports = 0;
	(void)state;
	definition.seed_volume = "seed.iso";
	definition.more_disk_count = 2;
	definition.network = "default";
	definition.more_networks = MORE;
	definition.more_network_count = 2;
	const char *document = libvirt_definition_print(arena, &definition);
	assert_true(status_is_ok(xml_parse(arena, slice_text(document), NULL, &tree)));
	const struct xml *devices = xml_child(tree, "devices");
	for (const struct xml *disk = xml_child(devices, "disk"); disk; disk = xml_next_child(disk, "disk"))
		assert_string_equal(xml_attribute(xml_child(disk, "target"), "dev", ""), DEVICES[disks++]);
	assert_int_equal(disks, 4);
	for (const struct xml *each = xml_child(devices, "interface"); each; each = xml_next_child(each, "interface"))
		assert_string_equal(xml_attribute(each, "type", ""), interfaces++ < 2 ? "network" : "user");
	assert_int_equal(interfaces, 3);
	/* PCI Express begins with its root, and its ports come after it. */
	const struct xml *controller = xml_child(devices, "controller");
	assert_string_equal(xml_attribute(controller, "model", ""), "pcie-root");
	while ((controller = xml_next_child(controller, "controller")) != NULL)
		ports++;
	assert_in_range(ports, 8, 32);
	assert_true(libvirt_domain_read(arena, document, &machine, &marks));
	assert_string_equal(machine.network, "default");
}

static void only_a_volume_of_its_word_is_known_by_its_name(void **state)
{
	static const char *const OTHERS[] = { "gaon-" UUID ".qcow2", "gaon-" UUID ".data.json", "gaon-" UUID ".data.qcow2x",
					      "x-gaon-" UUID ".data.qcow2", "gaon-.data.qcow2", "", "gaon-" UUID };
	(void)state;
	assert_string_equal(libvirt_sidecar_volume(arena, UUID, LIBVIRT_DATA), "gaon-" UUID ".data.qcow2");
	assert_string_equal(libvirt_sidecar_uuid(arena, "gaon-" UUID ".data.qcow2", LIBVIRT_DATA), UUID);
	assert_null(libvirt_sidecar_uuid(arena, "gaon-" UUID ".data.qcow2", LIBVIRT_MADE_IMAGE));
	for (size_t i = 0; i < sizeof OTHERS / sizeof OTHERS[0]; i++)
		assert_null(libvirt_sidecar_uuid(arena, OTHERS[i], LIBVIRT_DATA));
	/* None of them is offered as an image that somebody brought. */
	assert_true(libvirt_volume_is_ours("gaon-" UUID ".data.qcow2"));
	assert_true(libvirt_volume_is_ours(libvirt_more_disk_volume(arena, UUID, 0)));
}

static void a_domain_name_is_plain_and_ends_with_what_differs(void **state)
{
	(void)state;
	assert_string_equal(libvirt_domain_name(arena, "Web/1", UUID), "web-1-00000000abcd");
	assert_string_equal(libvirt_host_name(arena, "../..;rm"), "------rm");
	assert_true(strlen(libvirt_domain_name(arena, arena_printf(arena, "%0200d", 0), UUID)) < 64);
}

static void a_foreign_domain_has_no_marks(void **state)
{
	static const char DOCUMENT[] =
		"<domain type='kvm'><name>other</name><uuid>" UUID "</uuid><metadata>"
		"<x:machine xmlns:x='http://example.com/other' id='not-ours'/></metadata>"
		"<memory unit='KiB'>1048576</memory><vcpu current='2'>4</vcpu></domain>";
	struct provider_machine machine;
	struct libvirt_marks marks;
	(void)state;
	assert_true(libvirt_domain_read(arena, DOCUMENT, &machine, &marks));
	assert_null(machine.marks.resource);
	assert_null(machine.marks.installation);
	assert_string_equal(machine.name, "other");
	assert_int_equal(machine.memory_mib, 1024);
	assert_int_equal(machine.vcpus, 2);
	assert_false(libvirt_domain_read(arena, "<domain", &machine, &marks));
	assert_false(libvirt_domain_read(arena, "<network/>", &machine, &marks));
}

static void a_seed_is_an_image_called_cidata_with_both_files(void **state)
{
	struct provider_machine_spec spec = { .intent = { .resource = UUID }, .name = "seeded", .user_data = "#cloud-config\nx: 1\n",
					      .ssh_key = "ssh-ed25519 AAAA \"quoted\"" };
	(void)state;
	struct slice image = libvirt_seed_image(arena, &spec);
	assert_int_equal(image.size % 2048, 0);
	assert_memory_equal(image.data + 16 * 2048 + 1, "CD001", 5);
	assert_memory_equal(image.data + 16 * 2048 + 40, "cidata ", 7);
	/* The root's third and fourth records are the files; each says where it is and how long. */
	const unsigned char *record = (const unsigned char *)image.data + 20 * 2048 + 34 + 34;
	assert_memory_equal(record + 33, "META-DATA.;1", 12);
	uint32_t sector = record[2], size = record[10] | (uint32_t)record[11] << 8;
	struct json *meta;
	assert_true(status_is_ok(json_parse(arena, slice_of(image.data + sector * 2048, size), NULL, &meta)));
	assert_string_equal(json_text(json_get(meta, "instance-id"), ""), UUID);
	assert_string_equal(json_text(json_at(json_get(meta, "public-keys"), 0), ""), spec.ssh_key);
	record += record[0];
	assert_memory_equal(record + 33, "USER-DATA.;1", 12);
	assert_memory_equal(image.data + record[2] * 2048, spec.user_data, strlen(spec.user_data));
}

static enum provider_error open_error(const char *endpoint, int64_t within_ms)
{
	struct provider_call call = { .arena = arena, .deadline_us = time_monotonic_us() + within_ms * TIME_US_PER_MS };
	struct provider_config config = { .connection = "c", .installation = "i", .endpoint = endpoint, .options = json_object(arena) };
	struct provider_session *session = NULL;
	struct provider_result result = provider_libvirt.ops->open(&call, &config, &session);
	if (session)
		provider_libvirt.ops->close(session);
	return result.error;
}

static void an_address_that_would_run_a_program_here_is_refused(void **state)
{
	static const char *const EVIL[] = {
		"qemu+ext:///system?command=/bin/true",
		"qemu+ssh://host/system?command=/bin/true",
		"qemu+ssh://host/system?keyfile=/k&netcat=/bin/true",
		"qemu+ssh://host/system?proxy=netcat&netcat=/bin/true",
		"test:///etc/passwd",
		"esx://host",
		"file:///etc/passwd",
		"://",
		"qemu:///system?",
	};
	(void)state;
	for (size_t i = 0; i < sizeof EVIL / sizeof EVIL[0]; i++)
		assert_int_equal(open_error(EVIL[i], 5000), PROVIDER_INVALID);
}

static void a_daemon_that_never_answers_costs_no_more_than_the_deadline(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	(void)state;
	snprintf(address.sun_path, sizeof address.sun_path, "/tmp/gaon-silent-%d.sock", (int)getpid());
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(listener, 8), 0);
	int64_t start = time_monotonic_us();
	const char *endpoint = arena_printf(arena, "qemu+unix:///system?socket=%s", address.sun_path);
	assert_int_equal(open_error(endpoint, 200), PROVIDER_UNAVAILABLE);
	assert_in_range(time_monotonic_us() - start, 150 * TIME_US_PER_MS, 1500 * TIME_US_PER_MS);
	/* Now the thread that was left behind learns that there is nobody, and ends. */
	close(listener);
	unlink(address.sun_path);
	usleep(200000);
}

static void a_daemon_that_is_not_there_is_unavailable(void **state)
{
	(void)state;
	assert_int_equal(open_error("qemu+unix:///system?socket=/nonexistent/libvirt-sock", 5000), PROVIDER_UNAVAILABLE);
}

static struct provider_result check(const char *endpoint, const char *options)
{
	struct json *json;

	assert_true(status_is_ok(json_parse(arena, slice_text(options), NULL, &json)));
	return provider_libvirt.ops->check(arena, &(struct provider_config){ .endpoint = endpoint, .options = json });
}

static void what_could_be_no_connection_is_told_without_looking(void **state)
{
	static const char *const not_one[] = { "", "qemu", "qemu:/system", "http://hypervisor", "xen:///", "qemu+ext:///system",
					       "qemu:///system?command=/bin/sh", "test:///elsewhere" };
	(void)state;
	for (size_t i = 0; i < sizeof not_one / sizeof not_one[0]; i++) {
		struct provider_result result = check(not_one[i], "{}");
		assert_int_equal(result.error, PROVIDER_INVALID);
		assert_false(text_starts_with(result.message, "options."));
	}
	assert_int_equal(check(NULL, "{}").error, PROVIDER_INVALID);
	/* Nobody is asked: there is no such socket. */
	assert_int_equal(check("qemu+unix:///system?socket=/nonexistent", "{}").error, PROVIDER_OK);
	assert_int_equal(check("qemu+ssh://host/system", "{\"disk_mode\": \"copy\"}").error, PROVIDER_OK);
	assert_true(text_starts_with(check("qemu:///system", "{\"disk_mode\": \"move\"}").message, "options.disk_mode:"));
	assert_true(text_starts_with(check("qemu:///system", "{\"sizes\": [{}]}").message, "options.sizes"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_definition_reads_back_whatever_people_call_a_machine),
		TEST(tags_and_marks_read_back_from_both_forms),
		TEST(wrong_tags_and_names_are_refused),
		TEST(further_disks_and_networks_have_places_of_their_own),
		TEST(only_a_volume_of_its_word_is_known_by_its_name),
		TEST(a_domain_name_is_plain_and_ends_with_what_differs),
		TEST(a_foreign_domain_has_no_marks),
		TEST(a_seed_is_an_image_called_cidata_with_both_files),
		TEST(an_address_that_would_run_a_program_here_is_refused),
		TEST(what_could_be_no_connection_is_told_without_looking),
		TEST(a_daemon_that_never_answers_costs_no_more_than_the_deadline),
		TEST(a_daemon_that_is_not_there_is_unavailable),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
