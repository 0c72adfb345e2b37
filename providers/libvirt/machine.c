/* SPDX-License-Identifier: Apache-2.0 */
/* machine.c: finding, telling, listing and deleting machines. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "providers/libvirt/domain.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"

#define LIST_DEFAULT 100
#define LIST_MOST 1000

struct look_arguments {
	const char *native_id;
	struct provider_machine machine;
};

struct address_list {
	virDomainInterfacePtr *interfaces;
	int count;
};

static void address_list_free(void *pointer)
{
	struct address_list *list = pointer;
	for (int i = 0; i < list->count; i++)
		virDomainInterfaceFree(list->interfaces[i]);
	free(list->interfaces);
}

/* From the DHCP leases of libvirt's own networks; a machine elsewhere has none that libvirt knows. */
static void add_addresses(struct libvirt_work *work, virDomainPtr domain, struct provider_machine *machine)
{
	struct address_list *list = ARENA_NEW(work->arena, struct address_list);
	list->count = virDomainInterfaceAddresses(domain, &list->interfaces, VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE, 0);
	if (list->count <= 0) {
		virResetLastError();
		return;
	}
	arena_defer(work->arena, address_list_free, list);
	size_t most = 0;
	for (int i = 0; i < list->count; i++)
		most += list->interfaces[i]->naddrs;
	machine->addresses = ARENA_ARRAY(work->arena, most + 1, const char *);
	for (int i = 0; i < list->count; i++)
		for (unsigned j = 0; j < list->interfaces[i]->naddrs; j++)
			machine->addresses[machine->address_count++] = list->interfaces[i]->addrs[j].addr;
}

/*
 * Whoever looks by intent wants to know whether to create (again) or what to undo, so there must be no half of a machine:
 * one that was defined but not started is finished now or taken away, and disks without a definition are taken away.
 */
static struct provider_result find_do(struct libvirt_work *work, void *pointer)
{
	struct look_arguments *arguments = pointer;
	struct libvirt_marks marks;
	virDomainPtr domain;
	struct provider_result result = libvirt_domain_find(work, arguments->native_id, &domain);
	if (result.error == PROVIDER_NOT_FOUND && id_is_uuid(arguments->native_id)) {
		struct provider_result swept = libvirt_create_sweep(work, arguments->native_id);
		return swept.error == PROVIDER_OK ? result : swept;
	}
	if (result.error == PROVIDER_OK)
		result = libvirt_domain_tell(work, domain, &arguments->machine, &marks);
	if (result.error != PROVIDER_OK)
		return result;
	if (!text_equal(marks.machine, arguments->native_id) || !text_equal(marks.installation, work->session->installation))
		return provider_fail(work->arena, PROVIDER_NOT_FOUND, "libvirt has no machine of this intent");
	return marks.is_complete ? PROVIDER_DONE : libvirt_create_finish(work, domain, &arguments->machine, &marks);
}

static struct provider_result look_do(struct libvirt_work *work, void *pointer)
{
	struct look_arguments *arguments = pointer;
	struct libvirt_marks marks;
	virDomainPtr domain;
	struct provider_result result = libvirt_domain_find(work, arguments->native_id, &domain);
	if (result.error == PROVIDER_OK)
		result = libvirt_domain_tell(work, domain, &arguments->machine, &marks);
	if (result.error == PROVIDER_OK && arguments->machine.state == PROVIDER_MACHINE_RUNNING && !work->session->options.is_test)
		add_addresses(work, domain, &arguments->machine);
	return result;
}

static struct provider_result look(struct provider_session *session, struct provider_call *call, const char *id,
				   enum provider_verb verb, struct provider_machine *machine)
{
	struct libvirt_work *work = libvirt_work_new(session, verb);
	struct look_arguments *arguments = ARENA_NEW(work->arena, struct look_arguments);
	arguments->native_id = arena_strdup(work->arena, text_or_empty(id));
	struct provider_result result = libvirt_run(work, call, verb == VERB_FIND ? find_do : look_do, arguments);
	if (result.error == PROVIDER_OK)
		*machine = arguments->machine;
	return result;
}

struct provider_result libvirt_find(struct provider_session *session, struct provider_call *call,
				    const struct provider_intent *intent, struct provider_machine *machine)
{
	return look(session, call, intent->resource, VERB_FIND, machine);
}

struct provider_result libvirt_get(struct provider_session *session, struct provider_call *call, const char *native_id,
				   struct provider_machine *machine)
{
	return look(session, call, native_id, VERB_GET, machine);
}

struct list_arguments {
	const char *after; /* UUID of the last one told, or "" */
	size_t most;
	struct provider_machine *machines;
	size_t count;
	const char *token;
};

struct place {
	char uuid[VIR_UUID_STRING_BUFLEN];
	virDomainPtr domain;
};

static int by_uuid(const void *a, const void *b)
{
	return strcmp(((const struct place *)a)->uuid, ((const struct place *)b)->uuid);
}

static struct place *sorted(struct libvirt_work *work, virDomainPtr *domains, int count)
{
	struct place *places = ARENA_ARRAY(work->arena, (size_t)count, struct place);
	for (int i = 0; i < count; i++) {
		places[i].domain = domains[i];
		if (virDomainGetUUIDString(domains[i], places[i].uuid) != 0)
			places[i].uuid[0] = '\0';
	}
	qsort(places, (size_t)count, sizeof *places, by_uuid);
	return places;
}

static struct provider_result list_do(struct libvirt_work *work, void *pointer)
{
	struct list_arguments *arguments = pointer;
	virDomainPtr *domains;
	int count = libvirt_domain_list(work, &domains);
	if (count < 0)
		return libvirt_fail(work, "the machines cannot be listed");
	struct place *places = sorted(work, domains, count);
	arguments->machines = ARENA_ARRAY(work->arena, arguments->most, struct provider_machine);
	arguments->count = 0;
	int i = 0;
	while (i < count && strcmp(places[i].uuid, arguments->after) <= 0)
		i++;
	for (; i < count && arguments->count < arguments->most; i++) {
		struct libvirt_marks marks;
		struct provider_result result =
			libvirt_domain_tell(work, places[i].domain, &arguments->machines[arguments->count], &marks);
		if (result.error == PROVIDER_OK)
			arguments->count++;
		else if (result.error != PROVIDER_NOT_FOUND) /* deleted since the list was made: left out */
			return result;
		arguments->token = places[i].uuid;
	}
	if (i == count)
		arguments->token = NULL;
	return PROVIDER_DONE;
}

struct provider_result libvirt_list(struct provider_session *session, struct provider_call *call,
				    struct provider_page *page, struct provider_machine **machines, size_t *count)
{
	if (page->token && !id_is_uuid(page->token))
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "the page token is not one of this list; start from the first page");
	struct libvirt_work *work = libvirt_work_new(session, VERB_LIST);
	struct list_arguments *arguments = ARENA_NEW(work->arena, struct list_arguments);
	arguments->after = arena_strdup(work->arena, text_or_empty(page->token));
	arguments->most = page->size == 0 ? LIST_DEFAULT : page->size > LIST_MOST ? LIST_MOST : page->size;
	struct provider_result result = libvirt_run(work, call, list_do, arguments);
	if (result.error != PROVIDER_OK)
		return result;
	*machines = arguments->machines;
	*count = arguments->count;
	page->token = arguments->token;
	return result;
}

struct remove_arguments {
	const char *native_id;
};

static struct provider_result undefine(struct libvirt_work *work, virDomainPtr domain)
{
	if (virDomainIsActive(domain) == 1 && virDomainDestroy(domain) != 0) {
		struct provider_result result = libvirt_fail(work, "the machine cannot be switched off");
		if (virDomainIsActive(domain) == 1)
			return result;
	}
	unsigned flags = VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA |
			 VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA | VIR_DOMAIN_UNDEFINE_NVRAM;
	/* Drivers differ in which flags they know. */
	const unsigned known[] = { flags, flags & ~(unsigned)VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA,
				   VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA, 0 };
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (virDomainUndefineFlags(domain, known[i]) == 0 || libvirt_last_error_is(VIR_ERR_NO_DOMAIN))
			return PROVIDER_DONE;
		if (!libvirt_last_error_is(VIR_ERR_INVALID_ARG) && !libvirt_last_error_is(VIR_ERR_NO_SUPPORT))
			break;
	}
	return libvirt_fail(work, "the machine cannot be undefined");
}

/* The definition first: what comes after is found by its name also when the machine is gone already. */
static struct provider_result remove_do(struct libvirt_work *work, void *pointer)
{
	const struct remove_arguments *arguments = pointer;
	virDomainPtr domain;
	struct provider_result result = libvirt_domain_find(work, arguments->native_id, &domain);
	if (result.error == PROVIDER_OK)
		result = undefine(work, domain);
	if (result.error != PROVIDER_OK && result.error != PROVIDER_NOT_FOUND)
		return result;
	result = libvirt_volume_delete(work, libvirt_disk_volume(work->arena, arguments->native_id));
	if (result.error == PROVIDER_OK)
		result = libvirt_volume_delete(work, libvirt_seed_volume(work->arena, arguments->native_id));
	if (result.error == PROVIDER_OK)
		result = libvirt_more_disks_delete(work, arguments->native_id);
	const char *console = libvirt_console_path(work->arena, &work->session->options, arguments->native_id);
	/* Not ours to delete on another host, or without the right: it is small, and bounded by virtlogd. */
	if (console && work->session->options.is_local)
		(void)unlink(console);
	return result;
}

struct provider_result libvirt_remove(struct provider_session *session, struct provider_call *call, const char *native_id,
				      struct provider_task *task)
{
	*task = (struct provider_task){ NULL };
	if (!native_id || !id_is_uuid(native_id))
		return PROVIDER_DONE; /* nothing can be there */
	struct libvirt_work *work = libvirt_work_new(session, VERB_DELETE);
	struct remove_arguments *arguments = ARENA_NEW(work->arena, struct remove_arguments);
	arguments->native_id = arena_strdup(work->arena, native_id);
	return libvirt_run(work, call, remove_do, arguments);
}
