/* SPDX-License-Identifier: Apache-2.0 */
/* create.c: a new machine: disk, definition, first start. Each part may be there already, from an attempt before. */
#include <string.h>

#include "providers/libvirt/domain.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

struct create_arguments {
	struct provider_machine_spec spec;
	struct provider_resize_spec numbers;
	struct libvirt_image image; /* from here on: found out on the way */
	const char *network;
	struct libvirt_marks marks;
};

static void network_free(void *network)
{
	virNetworkFree(network);
}

/* NULL: the network "default" where it is up, else user mode. */
static struct provider_result network_choose(struct libvirt_work *work, const char *wanted, const char **network)
{
	*network = NULL;
	if (text_equal(wanted, LIBVIRT_NO_NETWORK))
		return PROVIDER_DONE;
	const char *name = wanted ? wanted : "default";
	virNetworkPtr found = virNetworkLookupByName(work->link, name);
	if (found)
		arena_defer(work->arena, network_free, found);
	if (found && virNetworkIsActive(found) == 1) {
		*network = name;
		return PROVIDER_DONE;
	}
	if (!wanted)
		return PROVIDER_DONE;
	if (!found)
		return provider_fail(work->arena, PROVIDER_INVALID,
				     "libvirt has no network \"%.64s\"; list the networks and choose one", name);
	return provider_fail(work->arena, PROVIDER_CONFLICT, "the network \"%.64s\" is not active; start it and retry", name);
}

static const char *with_name(struct arena *arena, const char *cmdline, const char *name)
{
	const char *place = strstr(text_or_empty(cmdline), "{name}");
	if (!place)
		return cmdline;
	return arena_printf(arena, "%.*s%s%s", (int)(place - cmdline), cmdline, libvirt_host_name(arena, name),
			    place + strlen("{name}"));
}

/* The caller gave up: what it does instead must not be crossed by what we would still do. */
static struct provider_result wanted_check(struct libvirt_work *work)
{
	if (!libvirt_work_is_left(work))
		return PROVIDER_DONE;
	return provider_fail(work->arena, PROVIDER_UNAVAILABLE, "the caller's time was over before the machine was made");
}

static struct provider_result define(struct libvirt_work *work, struct create_arguments *arguments, virDomainPtr *domain)
{
	const struct libvirt_image *image = &arguments->image;
	struct arena *arena = work->arena;
	const struct provider_machine_spec *spec = &arguments->spec;
	const struct libvirt_options *options = &work->session->options;
	int64_t disk_gib = spec->disk_gib > image->disk_gib ? spec->disk_gib : image->disk_gib;
	struct libvirt_definition definition = {
		.uuid = spec->intent.resource,
		.domain_name = libvirt_domain_name(arena, spec->name, spec->intent.resource),
		.marks = { .machine = spec->intent.resource,
			   .operation = spec->intent.operation,
			   .connection = work->session->connection,
			   .installation = work->session->installation,
			   .name = spec->name,
			   .image = spec->image,
			   .size = arguments->numbers.size,
			   .tags = spec->tags,
			   .disk_gib = disk_gib > 0 ? disk_gib : 1,
			   .created_us = time_now_us() },
		.vcpus = arguments->numbers.vcpus,
		.memory_mib = arguments->numbers.memory_mib,
		.kernel = image->kernel,
		.initrd = image->initrd,
		.cmdline = with_name(arena, image->cmdline, spec->name),
		.pool = options->machine_pool,
		.disk_volume = libvirt_disk_volume(arena, spec->intent.resource),
		.network = arguments->network,
		.more_networks = spec->more_networks,
		.more_network_count = spec->more_network_count,
		.more_disk_count = spec->disk_count,
		.console_path = libvirt_console_path(arena, options, spec->intent.resource),
		.options = options,
	};
	struct provider_result result = libvirt_domain_type(work, &definition.domain_type);
	if (result.error == PROVIDER_OK)
		result = libvirt_disk_make(work, definition.disk_volume, image, definition.marks.disk_gib);
	if (result.error == PROVIDER_OK && (spec->user_data || spec->ssh_key)) {
		virStoragePoolPtr pool;
		definition.seed_volume = libvirt_seed_volume(arena, spec->intent.resource);
		result = libvirt_pool_find(work, options->machine_pool, &pool);
		if (result.error == PROVIDER_OK)
			result = libvirt_volume_write(work, pool, definition.seed_volume, libvirt_seed_image(arena, spec));
	}
	static const struct libvirt_image EMPTY = { .native_id = "" };
	for (size_t i = 0; i < spec->disk_count && result.error == PROVIDER_OK; i++)
		result = libvirt_disk_make(work, libvirt_more_disk_volume(arena, spec->intent.resource, i), &EMPTY,
					   spec->disks[i].size_gib);
	if (result.error == PROVIDER_OK)
		result = wanted_check(work);
	if (result.error != PROVIDER_OK)
		return result;
	*domain = virDomainDefineXML(work->link, libvirt_definition_print(arena, &definition));
	if (!*domain)
		return libvirt_fail(work, "the machine cannot be defined");
	libvirt_domain_keep(work, *domain);
	arguments->marks = definition.marks;
	return PROVIDER_DONE;
}

/* The first start, and then the mark that it was. Both may be done already, by an attempt before or beside this one. */
static struct provider_result finish(struct libvirt_work *work, virDomainPtr domain, struct libvirt_marks *marks)
{
	struct provider_result result = wanted_check(work);
	if (result.error != PROVIDER_OK)
		return result;
	if (virDomainIsActive(domain) != 1 && virDomainCreate(domain) != 0) {
		result = libvirt_fail(work, "the machine cannot be started");
		if (virDomainIsActive(domain) != 1)
			return result;
	}
	marks->is_complete = true;
	return libvirt_marks_write(work, domain, marks);
}

/*
 * A create that failed leaves nothing, so that "there is none" is true when it is said. Only where libvirt really
 * answered, and nothing runs: after a lost connection the next find or create sees what is there.
 */
static bool clean_up(struct libvirt_work *work, const char *uuid)
{
	virDomainPtr domain = NULL;
	struct provider_result result = libvirt_domain_find(work, uuid, &domain);
	if (result.error != PROVIDER_OK && result.error != PROVIDER_NOT_FOUND)
		return false;
	if (domain && (virDomainIsActive(domain) != 0 || virDomainUndefineFlags(domain, VIR_DOMAIN_UNDEFINE_NVRAM) != 0))
		return false;
	return libvirt_create_sweep(work, uuid).error == PROVIDER_OK;
}

struct provider_result libvirt_create_finish(struct libvirt_work *work, virDomainPtr domain,
					     struct provider_machine *machine, struct libvirt_marks *marks)
{
	const char *uuid = marks->machine;
	struct provider_result result = finish(work, domain, marks);
	if (result.error == PROVIDER_OK)
		return libvirt_domain_tell(work, domain, machine, marks);
	if (virConnectIsAlive(work->link) != 1 || libvirt_work_is_left(work))
		return result;
	if (clean_up(work, uuid))
		return provider_fail(work->arena, PROVIDER_NOT_FOUND, "the machine was not finished, and was taken away again: %s",
				     result.message);
	machine->state = PROVIDER_MACHINE_FAILED;
	return PROVIDER_DONE;
}

struct provider_result libvirt_create_sweep(struct libvirt_work *work, const char *uuid)
{
	struct provider_result result = libvirt_volume_delete(work, libvirt_disk_volume(work->arena, uuid));
	if (result.error == PROVIDER_OK)
		result = libvirt_volume_delete(work, libvirt_seed_volume(work->arena, uuid));
	return result.error == PROVIDER_OK ? libvirt_more_disks_delete(work, uuid) : result;
}

static struct provider_result go_on(struct libvirt_work *work, virDomainPtr domain, const char *uuid)
{
	struct provider_machine machine;
	struct libvirt_marks marks;
	struct provider_result result = libvirt_domain_tell(work, domain, &machine, &marks);
	if (result.error != PROVIDER_OK)
		return result;
	if (!text_equal(marks.machine, uuid) || !text_equal(marks.installation, work->session->installation))
		return provider_fail(work->arena, PROVIDER_CONFLICT, "libvirt has another machine with the UUID %s", uuid);
	return marks.is_complete ? PROVIDER_DONE : finish(work, domain, &marks);
}

static struct provider_result make(struct libvirt_work *work, struct create_arguments *arguments)
{
	virDomainPtr domain;
	struct provider_result result = libvirt_image_find(work, arguments->spec.image, &arguments->image);
	const char *ignored;
	if (result.error == PROVIDER_OK)
		result = network_choose(work, arguments->spec.network, &arguments->network);
	for (size_t i = 0; i < arguments->spec.more_network_count && result.error == PROVIDER_OK; i++)
		result = network_choose(work, arguments->spec.more_networks[i], &ignored);
	if (result.error == PROVIDER_OK)
		result = define(work, arguments, &domain);
	return result.error == PROVIDER_OK ? finish(work, domain, &arguments->marks) : result;
}

static struct provider_result create_do(struct libvirt_work *work, void *pointer)
{
	struct create_arguments *arguments = pointer;
	const char *uuid = arguments->spec.intent.resource;
	virDomainPtr domain = NULL;
	struct provider_result result = libvirt_domain_find(work, uuid, &domain);
	if (result.error == PROVIDER_OK)
		return go_on(work, domain, uuid);
	if (result.error != PROVIDER_NOT_FOUND)
		return result;
	result = make(work, arguments);
	if (result.error != PROVIDER_OK && result.error != PROVIDER_UNKNOWN_OUTCOME && virConnectIsAlive(work->link) == 1 &&
	    !clean_up(work, uuid))
		virResetLastError(); /* it stays for find to finish or to take away */
	return result;
}

struct provider_result libvirt_create(struct provider_session *session, struct provider_call *call,
				      const struct provider_machine_spec *spec, struct provider_task *task,
				      const char **native_id)
{
	*task = (struct provider_task){ NULL };
	*native_id = NULL;
	struct provider_resize_spec numbers = { .vcpus = spec->vcpus, .memory_mib = spec->memory_mib };
	struct provider_result result = libvirt_spec_check(call->arena, spec);
	if (result.error == PROVIDER_OK)
		result = provider_size_resolve(call->arena, &session->options.sizes, spec->size, &numbers);
	if (result.error != PROVIDER_OK)
		return result;
	struct libvirt_work *work = libvirt_work_new(session, VERB_CREATE);
	struct create_arguments *arguments = ARENA_NEW(work->arena, struct create_arguments);
	arguments->spec = libvirt_spec_copy(work->arena, spec);
	arguments->numbers = numbers;
	result = libvirt_run(work, call, create_do, arguments);
	if (result.error == PROVIDER_OK)
		*native_id = arena_strdup(call->arena, spec->intent.resource);
	return result;
}
