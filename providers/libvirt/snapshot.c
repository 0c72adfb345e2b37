/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot.c: internal snapshots: disk, and memory of a running machine, inside the qcow2 file. */
#include <stdlib.h>
#include <string.h>

#include "providers/libvirt/domain.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/base/xml.h"

#define SNAPSHOT_NAME_MOST 128

struct snapshot_arguments {
	const char *native_id, *name;
	struct provider_snapshot *snapshots;
	size_t count;
};

static void snapshot_free(void *snapshot)
{
	virDomainSnapshotFree(snapshot);
}

static struct provider_result snapshot_find(struct libvirt_work *work, const struct snapshot_arguments *arguments,
					    virDomainPtr *domain, virDomainSnapshotPtr *snapshot)
{
	struct provider_result result = libvirt_domain_find(work, arguments->native_id, domain);
	if (result.error != PROVIDER_OK)
		return result;
	*snapshot = virDomainSnapshotLookupByName(*domain, arguments->name, 0);
	if (!*snapshot && libvirt_last_error_is(VIR_ERR_NO_DOMAIN_SNAPSHOT))
		return provider_fail(work->arena, PROVIDER_NOT_FOUND, "the machine has no snapshot \"%.64s\"", arguments->name);
	if (!*snapshot)
		return libvirt_fail(work, "the snapshot cannot be found");
	arena_defer(work->arena, snapshot_free, *snapshot);
	return PROVIDER_DONE;
}

static struct provider_result create_do(struct libvirt_work *work, void *pointer)
{
	const struct snapshot_arguments *arguments = pointer;
	virDomainPtr domain = NULL;
	virDomainSnapshotPtr snapshot;
	struct provider_result result = snapshot_find(work, arguments, &domain, &snapshot);
	if (result.error != PROVIDER_NOT_FOUND || !domain)
		return result; /* there already; or no machine */
	struct xml *document = xml_new(work->arena, "domainsnapshot");
	xml_add_text(document, "name", arguments->name);
	snapshot = virDomainSnapshotCreateXML(domain, xml_print(work->arena, document), 0);
	if (!snapshot)
		return libvirt_fail(work, "the snapshot cannot be made");
	arena_defer(work->arena, snapshot_free, snapshot);
	return PROVIDER_DONE;
}

static struct provider_result revert_do(struct libvirt_work *work, void *pointer)
{
	const struct snapshot_arguments *arguments = pointer;
	virDomainPtr domain;
	virDomainSnapshotPtr snapshot;
	struct provider_result result = snapshot_find(work, arguments, &domain, &snapshot);
	if (result.error != PROVIDER_OK || virDomainRevertToSnapshot(snapshot, 0) == 0)
		return result;
	/* Risky means: another size than now, so the machine is switched off in between. That is what was asked for. */
	if (libvirt_last_error_is(VIR_ERR_SNAPSHOT_REVERT_RISKY) &&
	    virDomainRevertToSnapshot(snapshot, VIR_DOMAIN_SNAPSHOT_REVERT_FORCE) == 0)
		return PROVIDER_DONE;
	return libvirt_fail(work, "the machine cannot be reverted to the snapshot");
}

static struct provider_result delete_do(struct libvirt_work *work, void *pointer)
{
	const struct snapshot_arguments *arguments = pointer;
	virDomainPtr domain = NULL;
	virDomainSnapshotPtr snapshot;
	struct provider_result result = snapshot_find(work, arguments, &domain, &snapshot);
	if (result.error == PROVIDER_NOT_FOUND && domain)
		return PROVIDER_DONE; /* gone already */
	if (result.error == PROVIDER_OK && virDomainSnapshotDelete(snapshot, 0) != 0)
		return libvirt_fail(work, "the snapshot cannot be deleted");
	return result;
}

struct snapshot_list {
	virDomainSnapshotPtr *snapshots;
	int count;
};

static void snapshot_list_free(void *pointer)
{
	struct snapshot_list *list = pointer;
	for (int i = 0; i < list->count; i++)
		virDomainSnapshotFree(list->snapshots[i]);
	free(list->snapshots);
}

static int by_age(const void *a, const void *b)
{
	const struct provider_snapshot *first = a, *second = b;
	if (first->created_us != second->created_us)
		return first->created_us < second->created_us ? -1 : 1;
	return strcmp(first->name, second->name);
}

static struct provider_snapshot snapshot_tell(struct libvirt_work *work, virDomainSnapshotPtr snapshot)
{
	const char *name = arena_strdup(work->arena, text_or_empty(virDomainSnapshotGetName(snapshot)));
	struct provider_snapshot told = { .native_id = name,
					  .name = name,
					  .is_current = virDomainSnapshotIsCurrent(snapshot, 0) == 1 };
	struct xml *tree;
	char *document = virDomainSnapshotGetXMLDesc(snapshot, 0);
	if (!document)
		return told;
	arena_defer(work->arena, free, document);
	if (status_is_ok(xml_parse(work->arena, slice_text(document), NULL, &tree)))
		told.created_us = xml_int(xml_child(tree, "creationTime"), 0) * TIME_US_PER_SECOND;
	return told;
}

static struct provider_result list_do(struct libvirt_work *work, void *pointer)
{
	struct snapshot_arguments *arguments = pointer;
	virDomainPtr domain;
	struct provider_result result = libvirt_domain_find(work, arguments->native_id, &domain);
	if (result.error != PROVIDER_OK)
		return result;
	struct snapshot_list *list = ARENA_NEW(work->arena, struct snapshot_list);
	list->count = virDomainListAllSnapshots(domain, &list->snapshots, 0);
	if (list->count < 0)
		return libvirt_fail(work, "the snapshots cannot be listed");
	arena_defer(work->arena, snapshot_list_free, list);
	arguments->count = (size_t)list->count;
	arguments->snapshots = ARENA_ARRAY(work->arena, arguments->count, struct provider_snapshot);
	for (int i = 0; i < list->count; i++)
		arguments->snapshots[i] = snapshot_tell(work, list->snapshots[i]);
	qsort(arguments->snapshots, arguments->count, sizeof *arguments->snapshots, by_age);
	return PROVIDER_DONE;
}

static struct snapshot_arguments *arguments_new(struct libvirt_work *work, const char *native_id, const char *name)
{
	struct snapshot_arguments *arguments = ARENA_NEW(work->arena, struct snapshot_arguments);
	arguments->native_id = arena_strdup(work->arena, text_or_empty(native_id));
	arguments->name = arena_strdup(work->arena, text_or_empty(name));
	return arguments;
}

/* The name becomes part of a file name at the hypervisor. */
static bool is_name(const char *name)
{
	return !text_is_empty(name) && strlen(name) <= SNAPSHOT_NAME_MOST && name[0] != '.' && !strpbrk(name, "/\n") &&
	       text_is_utf8(slice_text(name)) && text_is_printable(slice_text(name));
}

struct provider_result libvirt_snapshot_create(struct provider_session *session, struct provider_call *call,
					       const char *native_id, const char *name, struct provider_task *task,
					       const char **snapshot_id)
{
	*task = (struct provider_task){ NULL };
	*snapshot_id = NULL;
	if (!is_name(name))
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "a snapshot's name must have 1 to %d printable characters, no '/', no '.' in front",
				     SNAPSHOT_NAME_MOST);
	struct libvirt_work *work = libvirt_work_new(session, VERB_SNAPSHOT_CREATE);
	struct provider_result result = libvirt_run(work, call, create_do, arguments_new(work, native_id, name));
	if (result.error == PROVIDER_OK)
		*snapshot_id = arena_strdup(call->arena, name);
	return result;
}

struct provider_result libvirt_snapshot_list(struct provider_session *session, struct provider_call *call,
					     const char *native_id, struct provider_snapshot **snapshots, size_t *count)
{
	struct libvirt_work *work = libvirt_work_new(session, VERB_SNAPSHOT_LIST);
	struct snapshot_arguments *arguments = arguments_new(work, native_id, NULL);
	struct provider_result result = libvirt_run(work, call, list_do, arguments);
	if (result.error != PROVIDER_OK)
		return result;
	*snapshots = arguments->snapshots;
	*count = arguments->count;
	return result;
}

struct provider_result libvirt_snapshot_revert(struct provider_session *session, struct provider_call *call,
					       const char *native_id, const char *snapshot_id, struct provider_task *task)
{
	*task = (struct provider_task){ NULL };
	struct libvirt_work *work = libvirt_work_new(session, VERB_SNAPSHOT_REVERT);
	return libvirt_run(work, call, revert_do, arguments_new(work, native_id, snapshot_id));
}

struct provider_result libvirt_snapshot_delete(struct provider_session *session, struct provider_call *call,
					       const char *native_id, const char *snapshot_id, struct provider_task *task)
{
	*task = (struct provider_task){ NULL };
	struct libvirt_work *work = libvirt_work_new(session, VERB_SNAPSHOT_DELETE);
	return libvirt_run(work, call, delete_do, arguments_new(work, native_id, snapshot_id));
}
