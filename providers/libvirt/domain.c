/* SPDX-License-Identifier: Apache-2.0 */
/* domain.c: finding a domain and telling what it is. */
#include "providers/libvirt/domain.h"

#include <stdlib.h>

#include "runtime/base/id.h"
#include "runtime/base/text.h"

static void domain_free(void *domain)
{
	virDomainFree(domain);
}

void libvirt_domain_keep(struct libvirt_work *work, virDomainPtr domain)
{
	arena_defer(work->arena, domain_free, domain);
}

struct provider_result libvirt_domain_find(struct libvirt_work *work, const char *native_id, virDomainPtr *domain)
{
	if (!native_id || !id_is_uuid(native_id))
		return provider_fail(work->arena, PROVIDER_NOT_FOUND, "libvirt has no machine \"%.64s\"", text_or_empty(native_id));
	virDomainPtr found = virDomainLookupByUUIDString(work->link, native_id);
	if (!found)
		return libvirt_fail(work, arena_printf(work->arena, "the machine %s cannot be found", native_id));
	libvirt_domain_keep(work, found);
	*domain = found;
	return PROVIDER_DONE;
}

struct domain_list {
	virDomainPtr *domains;
	int count;
};

static void domain_list_free(void *pointer)
{
	struct domain_list *list = pointer;
	for (int i = 0; i < list->count; i++)
		virDomainFree(list->domains[i]);
	free(list->domains);
}

int libvirt_domain_list(struct libvirt_work *work, virDomainPtr **domains)
{
	struct domain_list *list = ARENA_NEW(work->arena, struct domain_list);
	list->count = virConnectListAllDomains(work->link, &list->domains, 0);
	if (list->count < 0)
		return -1;
	arena_defer(work->arena, domain_list_free, list);
	*domains = list->domains;
	return list->count;
}

struct state_row {
	int state;
	enum provider_machine_state ours;
	const char *word;
};

static const struct state_row STATES[] = {
	{ VIR_DOMAIN_NOSTATE, PROVIDER_MACHINE_UNKNOWN, "nostate" },
	{ VIR_DOMAIN_RUNNING, PROVIDER_MACHINE_RUNNING, "running" },
	{ VIR_DOMAIN_BLOCKED, PROVIDER_MACHINE_RUNNING, "blocked" },
	{ VIR_DOMAIN_PAUSED, PROVIDER_MACHINE_SUSPENDED, "paused" },
	{ VIR_DOMAIN_SHUTDOWN, PROVIDER_MACHINE_TRANSITION, "in shutdown" },
	{ VIR_DOMAIN_SHUTOFF, PROVIDER_MACHINE_STOPPED, "shut off" },
	{ VIR_DOMAIN_CRASHED, PROVIDER_MACHINE_FAILED, "crashed" },
	{ VIR_DOMAIN_PMSUSPENDED, PROVIDER_MACHINE_SUSPENDED, "pmsuspended" },
};

/* Reasons that change what a state means to people. */
static const struct {
	int state, reason;
	enum provider_machine_state ours;
	const char *word;
} REASONS[] = {
	{ VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_STARTING_UP, PROVIDER_MACHINE_TRANSITION, "starting up" },
	{ VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_IOERROR, PROVIDER_MACHINE_SUSPENDED, "paused (disk I/O error)" },
	{ VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_SNAPSHOT, PROVIDER_MACHINE_TRANSITION, "paused (snapshot)" },
	{ VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_CRASHED, PROVIDER_MACHINE_FAILED, "paused (guest panicked)" },
	{ VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_CRASHED, PROVIDER_MACHINE_STOPPED, "shut off (crashed)" },
	{ VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_FAILED, PROVIDER_MACHINE_STOPPED, "shut off (failed to start)" },
};
#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

struct provider_result libvirt_domain_state(struct libvirt_work *work, virDomainPtr domain,
					    enum provider_machine_state *state, const char **native_state)
{
	int native, reason;
	if (virDomainGetState(domain, &native, &reason, 0) != 0)
		return libvirt_fail(work, "the machine's state cannot be read");
	*state = PROVIDER_MACHINE_UNKNOWN;
	*native_state = "unknown";
	for (size_t i = 0; i < COUNT_OF(STATES); i++)
		if (STATES[i].state == native) {
			*state = STATES[i].ours;
			*native_state = STATES[i].word;
		}
	for (size_t i = 0; i < COUNT_OF(REASONS); i++)
		if (REASONS[i].state == native && REASONS[i].reason == reason) {
			*state = REASONS[i].ours;
			*native_state = REASONS[i].word;
		}
	return PROVIDER_DONE;
}

struct provider_result libvirt_domain_tell(struct libvirt_work *work, virDomainPtr domain,
					   struct provider_machine *machine, struct libvirt_marks *marks)
{
	char *document = virDomainGetXMLDesc(domain, 0);
	if (!document)
		return libvirt_fail(work, "the machine's definition cannot be read");
	arena_defer(work->arena, free, document);
	if (!libvirt_domain_read(work->arena, document, machine, marks))
		return provider_fail(work->arena, PROVIDER_UNAVAILABLE, "libvirt's definition of the machine is not understood");
	struct provider_result result = libvirt_domain_state(work, domain, &machine->state, &machine->native_state);
	if (result.error == PROVIDER_OK && !marks->is_complete && machine->state == PROVIDER_MACHINE_STOPPED)
		machine->state = PROVIDER_MACHINE_BUILDING;
	return result;
}

struct provider_result libvirt_marks_write(struct libvirt_work *work, virDomainPtr domain,
					   const struct libvirt_marks *marks)
{
	unsigned flags = VIR_DOMAIN_AFFECT_CONFIG;
	if (virDomainIsActive(domain) == 1)
		flags |= VIR_DOMAIN_AFFECT_LIVE;
	if (virDomainSetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, libvirt_marks_print(work->arena, marks), LIBVIRT_PREFIX,
				 LIBVIRT_NAMESPACE, flags) != 0)
		return libvirt_fail(work, "the machine's marks cannot be written");
	return PROVIDER_DONE;
}

const char *libvirt_console_path(struct arena *arena, const struct libvirt_options *options, const char *uuid)
{
	if (options->is_test || !options->console_folder)
		return NULL;
	return arena_printf(arena, "%s/gaon-%s.console", options->console_folder, uuid);
}
