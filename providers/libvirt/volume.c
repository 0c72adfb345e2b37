/* SPDX-License-Identifier: Apache-2.0 */
/* volume.c: disks that live apart from machines: qcow2 volumes of the machine pool. */
#include "providers/volume.h"

#include <string.h>

#include "providers/libvirt/sidecar.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"

#define SIZE_GIB_MOST 65536
#define BYTES_PER_GIB (INT64_C(1) << 30)

struct volume_arguments {
	struct provider_intent intent;
	const char *name, *native_id, *machine;
	int64_t size_gib;
	bool is_waiting;
	struct provider_volume volume;
};

static struct provider_result pool_find(struct libvirt_work *work, virStoragePoolPtr *pool)
{
	return libvirt_pool_find(work, work->session->options.machine_pool, pool);
}

static struct provider_result volume_find(struct libvirt_work *work, const char *uuid, virStoragePoolPtr *pool,
					  virStorageVolPtr *volume)
{
	struct provider_result result = pool_find(work, pool);
	if (result.error != PROVIDER_OK)
		return result;
	*volume = id_is_uuid(uuid) ?
			  virStorageVolLookupByName(*pool, libvirt_sidecar_volume(work->arena, uuid, LIBVIRT_DATA)) :
			  NULL;
	if (!*volume && (!id_is_uuid(uuid) || libvirt_last_error_is(VIR_ERR_NO_STORAGE_VOL)))
		return provider_fail(work->arena, PROVIDER_NOT_FOUND, "libvirt has no volume \"%.64s\"", uuid);
	if (!*volume)
		return libvirt_fail(work, "the volume cannot be found");
	libvirt_volume_keep(work, *volume);
	return PROVIDER_DONE;
}

static struct provider_result size_read(struct libvirt_work *work, virStorageVolPtr volume, int64_t *size_gib)
{
	virStorageVolInfo about;
	if (virStorageVolGetInfo(volume, &about) != 0)
		return libvirt_fail(work, "the volume does not say how large it is");
	*size_gib = (int64_t)(about.capacity / (unsigned long long)BYTES_PER_GIB);
	return PROVIDER_DONE;
}

static struct provider_result tell(struct libvirt_work *work, const struct libvirt_attachments *attachments,
				   const char *uuid, struct provider_volume *out)
{
	struct libvirt_sidecar sidecar;
	virStoragePoolPtr pool;
	virStorageVolPtr volume;
	int64_t size_gib = 0;
	struct provider_result result = volume_find(work, uuid, &pool, &volume);
	if (result.error == PROVIDER_OK)
		result = size_read(work, volume, &size_gib);
	if (result.error == PROVIDER_OK)
		result = libvirt_sidecar_read(work, pool, uuid, LIBVIRT_DATA, &sidecar);
	if (result.error != PROVIDER_OK)
		return result;
	const struct libvirt_attachment *attachment =
		libvirt_attachment_of(attachments, libvirt_sidecar_volume(work->arena, uuid, LIBVIRT_DATA));
	bool is_attached = attachment != NULL, is_leaving = is_attached && attachment->is_live && !attachment->is_configured;
	*out = (struct provider_volume){
		.native_id = uuid,
		.name = text_is_empty(sidecar.name) ? uuid : sidecar.name,
		.state = is_leaving ? PROVIDER_VOLUME_TRANSITION : is_attached ? PROVIDER_VOLUME_ATTACHED : PROVIDER_VOLUME_AVAILABLE,
		.native_state = is_leaving ? "detaching" : is_attached ? "attached" : "available",
		.size_gib = size_gib,
		.machine = is_attached ? attachment->machine : NULL,
		.device = is_attached ? attachment->device : NULL,
		.created_us = sidecar.created_us,
		.marks = libvirt_sidecar_marks(&sidecar),
	};
	return PROVIDER_DONE;
}

static struct provider_result create_do(struct libvirt_work *work, void *pointer)
{
	const struct volume_arguments *arguments = pointer;
	static const struct libvirt_image EMPTY = { .native_id = "" };
	const char *uuid = arguments->intent.resource;
	virStoragePoolPtr pool;
	virStorageVolPtr volume;
	struct libvirt_sidecar sidecar;
	struct provider_result result = volume_find(work, uuid, &pool, &volume);
	bool is_there = result.error == PROVIDER_OK;
	if (!is_there && result.error != PROVIDER_NOT_FOUND)
		return result;
	result = libvirt_sidecar_read(work, pool, uuid, LIBVIRT_DATA, &sidecar);
	if (result.error != PROVIDER_OK)
		return result;
	if (is_there && !text_equal(sidecar.installation, work->session->installation))
		return provider_fail(work->arena, PROVIDER_CONFLICT, "libvirt has another volume with the id %s", uuid);
	if (is_there)
		return PROVIDER_DONE;
	sidecar = libvirt_sidecar_new(work, &arguments->intent, arguments->name);
	sidecar.is_complete = true;
	result = libvirt_sidecar_write(work, pool, LIBVIRT_DATA, &sidecar);
	if (result.error == PROVIDER_OK)
		result = libvirt_disk_make(work, libvirt_sidecar_volume(work->arena, uuid, LIBVIRT_DATA), &EMPTY, arguments->size_gib);
	return result;
}

static struct provider_result spec_check(struct arena *arena, const struct provider_volume_spec *spec)
{
	if (!spec->intent.resource || !id_is_uuid(spec->intent.resource))
		return provider_fail(arena, PROVIDER_INVALID, "the volume's id must be a UUID");
	if (!libvirt_is_name(spec->name))
		return provider_fail(arena, PROVIDER_INVALID, "the name must have 1 to %d printable characters", LIBVIRT_NAME_MOST);
	if (spec->size_gib < 1 || spec->size_gib > SIZE_GIB_MOST)
		return provider_fail(arena, PROVIDER_INVALID, "a volume has 1 to %d GiB", SIZE_GIB_MOST);
	if (spec->type || spec->zone || spec->snapshot)
		return provider_fail(arena, PROVIDER_INVALID, "a volume of libvirt has no type, no zone and no snapshot to begin as");
	return PROVIDER_DONE;
}

static struct volume_arguments *arguments_new(struct libvirt_work *work, const char *native_id)
{
	struct volume_arguments *arguments = ARENA_NEW(work->arena, struct volume_arguments);
	arguments->native_id = arena_strdup(work->arena, text_or_empty(native_id));
	return arguments;
}

static struct provider_result volume_create(struct provider_session *session, struct provider_call *call,
					    const struct provider_volume_spec *spec, struct provider_task *task,
					    const char **native_id)
{
	*task = (struct provider_task){ NULL };
	*native_id = NULL;
	struct provider_result result = spec_check(call->arena, spec);
	if (result.error != PROVIDER_OK)
		return result;
	struct libvirt_work *work = libvirt_work_new(session, VERB_VOLUME_CREATE);
	struct volume_arguments *arguments = arguments_new(work, NULL);
	arguments->intent.resource = arena_strdup(work->arena, spec->intent.resource);
	arguments->intent.operation = arena_strdup(work->arena, text_or_empty(spec->intent.operation));
	arguments->name = arena_strdup(work->arena, spec->name);
	arguments->size_gib = spec->size_gib;
	result = libvirt_run(work, call, create_do, arguments);
	if (result.error == PROVIDER_OK)
		*native_id = arena_strdup(call->arena, spec->intent.resource);
	return result;
}

static struct provider_result get_do(struct libvirt_work *work, void *pointer)
{
	struct volume_arguments *arguments = pointer;
	struct libvirt_attachments attachments;
	struct provider_result result = libvirt_attachments_read(work, &attachments);
	return result.error == PROVIDER_OK ? tell(work, &attachments, arguments->native_id, &arguments->volume) : result;
}

static struct provider_result volume_get(struct provider_session *session, struct provider_call *call, const char *native_id,
					 struct provider_volume *volume)
{
	struct libvirt_work *work = libvirt_work_new(session, VERB_VOLUME_GET);
	struct volume_arguments *arguments = arguments_new(work, native_id);
	struct provider_result result = libvirt_run(work, call, get_do, arguments);
	if (result.error == PROVIDER_OK)
		*volume = arguments->volume;
	return result;
}

struct list_arguments {
	const char *only; /* UUID, or NULL: all */
	struct provider_page page;
	struct provider_volume *volumes;
	size_t count;
};

static bool is_wanted(const struct libvirt_work *work, const struct list_arguments *arguments,
		      const struct provider_volume *volume)
{
	return !arguments->only || (text_equal(volume->native_id, arguments->only) &&
				    text_equal(volume->marks.installation, work->session->installation));
}

static struct provider_result list_do(struct libvirt_work *work, void *pointer)
{
	struct list_arguments *arguments = pointer;
	struct libvirt_attachments attachments;
	virStoragePoolPtr pool;
	const char **uuids;
	size_t total = 0, first = 0, count = 0;
	struct provider_result result = pool_find(work, &pool);
	if (result.error == PROVIDER_OK)
		result = libvirt_sidecar_list(work, pool, LIBVIRT_DATA, &uuids, &total);
	if (result.error == PROVIDER_OK && arguments->only) {
		uuids = &arguments->only;
		total = 1;
	}
	if (result.error == PROVIDER_OK)
		result = provider_page_cut(work->arena, &arguments->page, total, &first, &count);
	if (result.error == PROVIDER_OK)
		result = libvirt_attachments_read(work, &attachments);
	arguments->count = 0;
	arguments->volumes = ARENA_ARRAY(work->arena, count, struct provider_volume);
	for (size_t i = first; i < first + count && result.error == PROVIDER_OK; i++) {
		struct provider_volume *row = &arguments->volumes[arguments->count];
		result = tell(work, &attachments, uuids[i], row);
		if (result.error == PROVIDER_OK && is_wanted(work, arguments, row))
			arguments->count++;
		if (result.error == PROVIDER_NOT_FOUND) /* removed since the list was made */
			result = PROVIDER_DONE;
	}
	return result;
}

static struct provider_result volume_list(struct provider_session *session, struct provider_call *call,
					  const struct provider_intent *intent, struct provider_page *page,
					  struct provider_volume **volumes, size_t *count)
{
	struct libvirt_work *work = libvirt_work_new(session, VERB_VOLUME_LIST);
	struct list_arguments *arguments = ARENA_NEW(work->arena, struct list_arguments);
	arguments->only = intent ? arena_strdup(work->arena, text_or_empty(intent->resource)) : NULL;
	arguments->page.token = page->token ? arena_strdup(work->arena, page->token) : NULL;
	arguments->page.size = page->size;
	struct provider_result result = libvirt_run(work, call, list_do, arguments);
	if (result.error != PROVIDER_OK)
		return result;
	*volumes = arguments->volumes;
	*count = arguments->count;
	page->token = arguments->page.token;
	return result;
}

static struct provider_result attach_do(struct libvirt_work *work, void *pointer)
{
	const struct volume_arguments *arguments = pointer;
	virStoragePoolPtr pool;
	virStorageVolPtr volume;
	virDomainPtr domain;
	const struct libvirt_attachment *attachment;
	const char *name = libvirt_sidecar_volume(work->arena, arguments->native_id, LIBVIRT_DATA);
	struct provider_result result = volume_find(work, arguments->native_id, &pool, &volume);
	if (result.error == PROVIDER_OK)
		result = libvirt_domain_find(work, arguments->machine, &domain);
	if (result.error == PROVIDER_OK)
		result = libvirt_attachment_find(work, name, &attachment);
	if (result.error != PROVIDER_OK)
		return result;
	if (!attachment)
		return libvirt_attachment_make(work, domain, name);
	if (!text_equal(attachment->machine, arguments->machine))
		return provider_fail(work->arena, PROVIDER_CONFLICT, "the volume is attached to another machine; detach it there first");
	return attachment->is_configured ?
		       PROVIDER_DONE :
		       provider_fail(work->arena, PROVIDER_CONFLICT, "the machine still lets go of the volume; wait until it has");
}

static struct provider_result volume_attach(struct provider_session *session, struct provider_call *call,
					    const char *native_id, const char *machine, struct provider_task *task)
{
	*task = (struct provider_task){ NULL };
	struct libvirt_work *work = libvirt_work_new(session, VERB_VOLUME_ATTACH);
	struct volume_arguments *arguments = arguments_new(work, native_id);
	arguments->machine = arena_strdup(work->arena, text_or_empty(machine));
	return libvirt_run(work, call, attach_do, arguments);
}

static struct provider_result detach_do(struct libvirt_work *work, void *pointer)
{
	struct volume_arguments *arguments = pointer;
	virStoragePoolPtr pool;
	virStorageVolPtr volume;
	const struct libvirt_attachment *attachment;
	const char *name = libvirt_sidecar_volume(work->arena, arguments->native_id, LIBVIRT_DATA);
	struct provider_result result = volume_find(work, arguments->native_id, &pool, &volume);
	if (result.error == PROVIDER_OK)
		result = libvirt_attachment_find(work, name, &attachment);
	if (result.error != PROVIDER_OK || !attachment)
		return result;
	return libvirt_attachment_end(work, attachment, &arguments->is_waiting);
}

static struct provider_result volume_detach(struct provider_session *session, struct provider_call *call,
					    const char *native_id, struct provider_task *task)
{
	*task = (struct provider_task){ NULL };
	struct libvirt_work *work = libvirt_work_new(session, VERB_VOLUME_DETACH);
	struct volume_arguments *arguments = arguments_new(work, native_id);
	struct provider_result result = libvirt_run(work, call, detach_do, arguments);
	if (result.error == PROVIDER_OK && arguments->is_waiting)
		task->handle = arena_printf(call->arena, LIBVIRT_DETACH_HANDLE "%s", native_id);
	return result;
}

/* A guest that still booted when it was asked did not hear it: it is asked again at each look. */
struct provider_result libvirt_detach_task(struct provider_session *session, struct provider_call *call, const char *uuid,
					   struct provider_task_status *status)
{
	struct provider_task task;
	struct provider_result result = volume_detach(session, call, uuid, &task);
	/* Asking again changes nothing: an answer that is lost is only a look that failed. */
	if (result.error == PROVIDER_UNKNOWN_OUTCOME)
		result.error = PROVIDER_UNAVAILABLE;
	if (result.error != PROVIDER_OK && result.error != PROVIDER_NOT_FOUND)
		return result;
	bool is_over = result.error == PROVIDER_NOT_FOUND || !task.handle;
	*status = (struct provider_task_status){ .state = is_over ? TASK_DONE : TASK_RUNNING,
						 .progress_percent = is_over ? 100 : 50,
						 .native_id = arena_strdup(call->arena, uuid),
						 .stage = is_over ? NULL : "waiting for the guest to let go" };
	return PROVIDER_DONE;
}

static struct provider_result grow_do(struct libvirt_work *work, void *pointer)
{
	const struct volume_arguments *arguments = pointer;
	virStoragePoolPtr pool;
	virStorageVolPtr volume;
	const struct libvirt_attachment *attachment;
	int64_t now_gib = 0;
	const char *name = libvirt_sidecar_volume(work->arena, arguments->native_id, LIBVIRT_DATA);
	struct provider_result result = volume_find(work, arguments->native_id, &pool, &volume);
	if (result.error == PROVIDER_OK)
		result = size_read(work, volume, &now_gib);
	if (result.error == PROVIDER_OK)
		result = libvirt_attachment_find(work, name, &attachment);
	if (result.error != PROVIDER_OK)
		return result;
	if (arguments->size_gib < now_gib || arguments->size_gib > SIZE_GIB_MOST)
		return provider_fail(work->arena, PROVIDER_INVALID, "the volume has %lld GiB and only grows, to at most %d",
				     (long long)now_gib, SIZE_GIB_MOST);
	if (arguments->size_gib == now_gib)
		return PROVIDER_DONE;
	unsigned long long bytes = (unsigned long long)(arguments->size_gib * BYTES_PER_GIB);
	/* What a guest has open only its own hypervisor may change. */
	bool is_open = attachment && attachment->is_live;
	int changed = is_open ? virDomainBlockResize(attachment->domain, attachment->device + strlen("/dev/"), bytes,
						     VIR_DOMAIN_BLOCK_RESIZE_BYTES) :
				virStorageVolResize(volume, bytes, 0);
	return changed == 0 ? PROVIDER_DONE : libvirt_fail(work, "the volume cannot grow");
}

static struct provider_result volume_grow(struct provider_session *session, struct provider_call *call, const char *native_id,
					  int64_t size_gib, struct provider_task *task)
{
	*task = (struct provider_task){ NULL };
	struct libvirt_work *work = libvirt_work_new(session, VERB_VOLUME_GROW);
	struct volume_arguments *arguments = arguments_new(work, native_id);
	arguments->size_gib = size_gib;
	return libvirt_run(work, call, grow_do, arguments);
}

static struct provider_result remove_do(struct libvirt_work *work, void *pointer)
{
	const struct volume_arguments *arguments = pointer;
	virStoragePoolPtr pool;
	const struct libvirt_attachment *attachment;
	struct provider_result result = libvirt_attachment_find(
		work, libvirt_sidecar_volume(work->arena, arguments->native_id, LIBVIRT_DATA), &attachment);
	if (result.error == PROVIDER_OK && attachment)
		return provider_fail(work->arena, PROVIDER_CONFLICT, "the volume is attached to a machine; detach it first");
	if (result.error == PROVIDER_OK)
		result = pool_find(work, &pool);
	return result.error == PROVIDER_OK ? libvirt_sidecar_delete(work, pool, arguments->native_id, LIBVIRT_DATA) : result;
}

static struct provider_result volume_remove(struct provider_session *session, struct provider_call *call,
					    const char *native_id, struct provider_task *task)
{
	*task = (struct provider_task){ NULL };
	if (!native_id || !id_is_uuid(native_id))
		return PROVIDER_DONE; /* nothing can be there */
	struct libvirt_work *work = libvirt_work_new(session, VERB_VOLUME_DELETE);
	return libvirt_run(work, call, remove_do, arguments_new(work, native_id));
}

const struct provider_volume_ops libvirt_volume_ops = {
	.create = volume_create,
	.get = volume_get,
	.list = volume_list,
	.attach = volume_attach,
	.detach = volume_detach,
	.grow = volume_grow,
	.remove = volume_remove,
};
