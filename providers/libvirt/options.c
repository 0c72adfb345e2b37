/* SPDX-License-Identifier: Apache-2.0 */
/* options.c: what a libvirt connection may be told, and which addresses it may have. */
#include <string.h>

#include "providers/libvirt/session.h"
#include "runtime/base/text.h"

#define BOOTS_MOST 100

const struct provider_option libvirt_option_rows[LIBVIRT_OPTION_COUNT] = {
	{ "domain_type", "auto", "auto, kvm or qemu (emulated, slow); auto takes kvm where the CPU can do it", false, false },
	{ "machine_type", NULL, "QEMU machine type, as in q35; the hypervisor's default without it", false, false },
	{ "architecture", "x86_64", "the guests' CPU architecture", false, false },
	{ "image_pool", "default", "storage pool whose volumes, and <name>.boot.json files, are the images", false, false },
	{ "machine_pool", NULL, "storage pool for the machines' disks; the image pool without it", false, false },
	{ "disk_mode", "overlay", "overlay: a disk refers to its image; copy: it is independent of it", false, false },
	{ "console_dir", "/var/log/libvirt/qemu", "where the hypervisor writes the serial consoles", false, false },
	{ "direct_boot", NULL, "array of {name, kernel, initrd, cmdline, os, disk_gib}: images that boot a kernel directly", false,
	  false },
	{ "sizes", NULL, "array of {id, name, vcpus, memory_mib, disk_gib} instead of the default table", false, false },
	{ "keepalive_s", "5", "seconds between signs of life on the connection; six missing ones close it", false, false },
};

/* No +ext, no "command", no "netcat": those run programs of the connection's author on our host. */
static const char *const SCHEMES[] = { "qemu", "qemu+unix", "qemu+tls", "qemu+ssh", "qemu+tcp", "test" };
static const char *const PARAMETERS[] = { "socket", "pkipath", "keyfile", "no_tty" };
#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

static bool is_among(const char *const *table, size_t count, const char *text, size_t size)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(table[i]) == size && memcmp(table[i], text, size) == 0)
			return true;
	return false;
}

static struct provider_result uri_check(struct arena *arena, const char *uri)
{
	const char *rest = uri ? strstr(uri, "://") : NULL;
	if (!rest || strlen(uri) > 1024 || !text_is_printable(slice_text(uri)) ||
	    !is_among(SCHEMES, COUNT_OF(SCHEMES), uri, (size_t)(rest - uri)))
		return provider_fail(arena, PROVIDER_INVALID,
				     "the endpoint must be a libvirt URI like qemu:///system, qemu+ssh://host/system or test:///default");
	if (text_starts_with(uri, "test:") && !text_equal(uri, "test:///default"))
		return provider_fail(arena, PROVIDER_INVALID, "the only address of libvirt's test driver here is test:///default");
	const char *parameter = strchr(uri, '?');
	while (parameter) {
		const char *name = parameter + 1;
		size_t size = strcspn(name, "=&");
		if (!is_among(PARAMETERS, COUNT_OF(PARAMETERS), name, size))
			return provider_fail(arena, PROVIDER_INVALID, "the endpoint's parameter \"%.*s\" is not allowed", (int)size, name);
		parameter = strpbrk(name, "&");
	}
	return PROVIDER_DONE;
}

static const char *text_option(struct arena *arena, const struct json *options, const char *name, const char *otherwise)
{
	const char *value = json_text(json_get(options, name), otherwise);
	return text_is_empty(value) ? NULL : arena_strdup(arena, value);
}

static struct provider_result boots_read(struct arena *arena, const struct json *rows, struct libvirt_options *options)
{
	size_t count = json_size(rows);
	if (rows && (json_kind(rows) != JSON_ARRAY || count > BOOTS_MOST))
		return provider_fail(arena, PROVIDER_INVALID, "options.direct_boot: give an array of at most %d", BOOTS_MOST);
	options->boots = ARENA_ARRAY(arena, count + 1, struct libvirt_boot);
	for (size_t i = 0; i < count; i++) {
		const struct json *row = json_at(rows, i);
		options->boots[i] = (struct libvirt_boot){
			.name = text_option(arena, row, "name", NULL),
			.kernel = text_option(arena, row, "kernel", NULL),
			.initrd = text_option(arena, row, "initrd", NULL),
			.cmdline = text_option(arena, row, "cmdline", "console=ttyS0"),
			.os = text_option(arena, row, "os", "linux"),
			.disk_gib = json_int(json_get(row, "disk_gib"), 1),
		};
		if (!options->boots[i].name || !options->boots[i].kernel || options->boots[i].kernel[0] != '/')
			return provider_fail(arena, PROVIDER_INVALID,
					     "options.direct_boot[%zu]: give a name and the absolute path of a kernel", i);
	}
	options->boot_count = count;
	/* The test driver has no volumes at first: without an image nothing could be tried on it. */
	if (options->is_test && count == 0)
		options->boots[options->boot_count++] =
			(struct libvirt_boot){ .name = "test-linux", .cmdline = "console=ttyS0", .os = "linux", .disk_gib = 1 };
	return PROVIDER_DONE;
}

static struct provider_result names_check(struct arena *arena, const struct json *json)
{
	const char *key;
	const struct json *value;
	for (size_t i = 0; json_member(json, i, &key, &value); i++) {
		size_t row = 0;
		while (row < LIBVIRT_OPTION_COUNT && !text_equal(libvirt_option_rows[row].name, key))
			row++;
		if (row == LIBVIRT_OPTION_COUNT)
			return provider_fail(arena, PROVIDER_INVALID, "options.%s: libvirt has no such option", key);
	}
	return PROVIDER_DONE;
}

struct provider_result libvirt_options_read(struct arena *arena, const struct provider_config *config,
					    struct libvirt_options *options)
{
	const struct json *json = config->options;
	struct provider_result result = uri_check(arena, config->endpoint);
	if (result.error == PROVIDER_OK)
		result = names_check(arena, json);
	if (result.error != PROVIDER_OK)
		return result;
	bool is_test = text_starts_with(config->endpoint, "test:");
	const char *disk_mode = json_text(json_get(json, "disk_mode"), "overlay");
	*options = (struct libvirt_options){
		.uri = arena_strdup(arena, config->endpoint),
		.is_test = is_test,
		.is_local = text_starts_with(config->endpoint, "qemu:///") || text_starts_with(config->endpoint, "qemu+unix:///"),
		.domain_type = text_option(arena, json, "domain_type", "auto"),
		.machine_type = text_option(arena, json, "machine_type", NULL),
		.architecture = text_option(arena, json, "architecture", "x86_64"),
		.image_pool = text_option(arena, json, "image_pool", is_test ? "default-pool" : "default"),
		.console_folder = text_option(arena, json, "console_dir", "/var/log/libvirt/qemu"),
		.copies_disks = text_equal(disk_mode, "copy"),
		.keepalive_s = (int)json_int(json_get(json, "keepalive_s"), 5),
	};
	options->machine_pool = text_option(arena, json, "machine_pool", options->image_pool);
	if (!text_equal(options->domain_type, "auto") && !text_equal(options->domain_type, "kvm") &&
	    !text_equal(options->domain_type, "qemu"))
		return provider_fail(arena, PROVIDER_INVALID, "options.domain_type: give auto, kvm or qemu");
	if (!options->copies_disks && !text_equal(disk_mode, "overlay"))
		return provider_fail(arena, PROVIDER_INVALID, "options.disk_mode: give overlay or copy");
	if (options->keepalive_s < 0 || options->keepalive_s > 3600)
		return provider_fail(arena, PROVIDER_INVALID, "options.keepalive_s: give a number from 0 (off) to 3600");
	if (options->console_folder && options->console_folder[0] != '/')
		return provider_fail(arena, PROVIDER_INVALID, "options.console_dir: give an absolute path");
	result = boots_read(arena, json_get(json, "direct_boot"), options);
	return result.error == PROVIDER_OK ? provider_sizes_read(arena, json, &options->sizes) : result;
}
