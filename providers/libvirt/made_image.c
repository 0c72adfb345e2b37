/* SPDX-License-Identifier: Apache-2.0 */
/* made_image.c: an image made from a machine that is off: a whole copy of its disk, in the image pool. */
#include "providers/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "providers/libvirt/sidecar.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/base/xml.h"

#define COPIES_MOST 16
#define PATIENCE_US (10 * TIME_US_PER_SECOND) /* a longer copy is told as a task */

/*
 * A copy takes minutes, and its file looks finished a moment before its marks say so. Whoever comes then must not take it for
 * what a crash left: this process knows which copies are its own.
 */
static pthread_mutex_t copies_mutex = PTHREAD_MUTEX_INITIALIZER;
static char copies[COPIES_MOST][VIR_UUID_STRING_BUFLEN]; /* "": free. Guarded by copies_mutex */

static bool is_copying(const char *uuid)
{
	bool is_found = false;
	pthread_mutex_lock(&copies_mutex);
	for (size_t i = 0; i < COPIES_MOST; i++)
		is_found = is_found || text_equal(copies[i], uuid);
	pthread_mutex_unlock(&copies_mutex);
	return is_found;
}

/* False when it is being copied already, or too many are. */
static bool copy_begin(const char *uuid)
{
	char *place = NULL;
	pthread_mutex_lock(&copies_mutex);
	for (size_t i = 0; i < COPIES_MOST; i++)
		if (text_equal(copies[i], uuid)) {
			place = NULL;
			break;
		} else if (!place && copies[i][0] == '\0') {
			place = copies[i];
		}
	if (place)
		snprintf(place, sizeof copies[0], "%s", uuid);
	pthread_mutex_unlock(&copies_mutex);
	return place != NULL;
}

static void copy_end(const char *uuid)
{
	pthread_mutex_lock(&copies_mutex);
	for (size_t i = 0; i < COPIES_MOST; i++)
		if (text_equal(copies[i], uuid))
			copies[i][0] = '\0';
	pthread_mutex_unlock(&copies_mutex);
}

/* What is known of an image: `volume` NULL when there is no file. */
struct found {
	virStoragePoolPtr pool;
	virStorageVolPtr volume;
	struct libvirt_sidecar sidecar;
};

static struct provider_result find(struct libvirt_work *work, const char *uuid, struct found *found)
{
	struct provider_result result = libvirt_pool_find(work, work->session->options.image_pool, &found->pool);
	if (result.error == PROVIDER_OK)
		result = libvirt_sidecar_read(work, found->pool, uuid, LIBVIRT_MADE_IMAGE, &found->sidecar);
	if (result.error != PROVIDER_OK)
		return result;
	found->volume =
		virStorageVolLookupByName(found->pool, libvirt_sidecar_volume(work->arena, uuid, LIBVIRT_MADE_IMAGE));
	if (found->volume)
		libvirt_volume_keep(work, found->volume);
	else if (!libvirt_last_error_is(VIR_ERR_NO_STORAGE_VOL))
		return libvirt_fail(work, "the image cannot be found");
	return PROVIDER_DONE;
}

static bool is_ready(const struct found *found)
{
	return found->volume && found->sidecar.installation && found->sidecar.is_complete;
}

/* libvirt refuses to look at a pool anew while something is being copied into it. */
static bool is_pool_busy(virStoragePoolPtr pool)
{
	bool is_busy = virStoragePoolRefresh(pool, 0) != 0;
	virResetLastError();
	return is_busy;
}

struct image_arguments {
	struct provider_intent intent;
	const char *name, *machine, *native_id;
	bool is_waiting;
	enum provider_task_state state;
};

/* The disk of a machine of ours that is off, and what else its copy needs to start. */
static struct provider_result source_find(struct libvirt_work *work, const struct image_arguments *arguments,
					  virStorageVolPtr *source, struct libvirt_sidecar *sidecar, int64_t *disk_gib)
{
	struct provider_machine machine;
	struct libvirt_marks marks;
	struct libvirt_image image;
	virStoragePoolPtr pool;
	virDomainPtr domain;
	struct provider_result result = libvirt_domain_find(work, arguments->machine, &domain);
	if (result.error == PROVIDER_OK)
		result = libvirt_domain_tell(work, domain, &machine, &marks);
	if (result.error != PROVIDER_OK)
		return result;
	if (machine.state != PROVIDER_MACHINE_STOPPED)
		return provider_fail(work->arena, PROVIDER_CONFLICT, "the machine is %s; stop it before an image is made from it",
				     machine.native_state);
	if (!marks.machine)
		return provider_fail(work->arena, PROVIDER_INVALID,
				     "the machine bears no marks of ours, so which disk it starts from is not known; adopt it first");
	result = libvirt_image_find(work, text_or_empty(marks.image), &image);
	if (result.error == PROVIDER_OK)
		result = libvirt_pool_find(work, work->session->options.machine_pool, &pool);
	if (result.error != PROVIDER_OK)
		return result;
	*source = virStorageVolLookupByName(pool, libvirt_disk_volume(work->arena, arguments->machine));
	if (!*source)
		return libvirt_fail(work, "the machine's disk cannot be found");
	libvirt_volume_keep(work, *source);
	sidecar->os = image.os;
	sidecar->kernel = image.kernel;
	sidecar->initrd = image.initrd;
	sidecar->cmdline = image.cmdline;
	*disk_gib = marks.disk_gib;
	return PROVIDER_DONE;
}

static struct provider_result copy(struct libvirt_work *work, struct image_arguments *arguments, virStoragePoolPtr pool)
{
	const char *uuid = arguments->intent.resource;
	struct libvirt_sidecar sidecar = libvirt_sidecar_new(work, &arguments->intent, arguments->name);
	virStorageVolPtr source;
	int64_t disk_gib = 0;
	struct provider_result result = source_find(work, arguments, &source, &sidecar, &disk_gib);
	if (result.error == PROVIDER_OK)
		result = libvirt_sidecar_write(work, pool, LIBVIRT_MADE_IMAGE, &sidecar);
	if (result.error != PROVIDER_OK)
		return result;
	struct xml *document = xml_new(work->arena, "volume");
	xml_add_text(document, "name", libvirt_sidecar_volume(work->arena, uuid, LIBVIRT_MADE_IMAGE));
	xml_set(xml_add_int(document, "capacity", disk_gib), "unit", "GiB");
	xml_set(xml_add(xml_add(document, "target"), "format"), "type", "qcow2");
	virStorageVolPtr made = virStorageVolCreateXMLFrom(pool, xml_print(work->arena, document), source, 0);
	if (!made) {
		result = libvirt_fail(work, "the machine's disk cannot be copied");
		/* Nothing of it stays, so that "there is none" is true when it is said. */
		if (result.error != PROVIDER_UNKNOWN_OUTCOME &&
		    libvirt_sidecar_delete(work, pool, uuid, LIBVIRT_MADE_IMAGE).error != PROVIDER_OK)
			virResetLastError();
		return result;
	}
	libvirt_volume_keep(work, made);
	sidecar.is_complete = true;
	return libvirt_sidecar_write(work, pool, LIBVIRT_MADE_IMAGE, &sidecar);
}

static struct provider_result create_do(struct libvirt_work *work, void *pointer)
{
	struct image_arguments *arguments = pointer;
	const char *uuid = arguments->intent.resource;
	struct found found;
	struct provider_result result = find(work, uuid, &found);
	if (result.error != PROVIDER_OK || is_ready(&found))
		return result;
	if (found.volume && !text_equal(found.sidecar.installation, work->session->installation))
		return provider_fail(work->arena, PROVIDER_CONFLICT, "libvirt has another image with the id %s", uuid);
	arguments->is_waiting = is_copying(uuid) || (found.volume && is_pool_busy(found.pool));
	if (arguments->is_waiting)
		return PROVIDER_DONE;
	if (!copy_begin(uuid))
		return provider_fail(work->arena, PROVIDER_UNAVAILABLE, "%d disks are being copied already; retry later", COPIES_MOST);
	/* A file that nobody writes and that is not marked complete was cut off. */
	if (found.volume)
		result = libvirt_sidecar_delete(work, found.pool, uuid, LIBVIRT_MADE_IMAGE);
	if (result.error == PROVIDER_OK)
		result = copy(work, arguments, found.pool);
	copy_end(uuid);
	return result;
}

static struct provider_result image_create(struct provider_session *session, struct provider_call *call,
					   const struct provider_image_spec *spec, struct provider_task *task,
					   const char **native_id)
{
	*task = (struct provider_task){ NULL };
	*native_id = NULL;
	if (!spec->intent.resource || !id_is_uuid(spec->intent.resource))
		return provider_fail(call->arena, PROVIDER_INVALID, "the image's id must be a UUID");
	if (!libvirt_is_name(spec->name))
		return provider_fail(call->arena, PROVIDER_INVALID, "the name must have 1 to %d printable characters",
				     LIBVIRT_NAME_MOST);
	struct libvirt_work *work = libvirt_work_new(session, VERB_IMAGE_CREATE);
	struct image_arguments *arguments = ARENA_NEW(work->arena, struct image_arguments);
	arguments->intent.resource = arena_strdup(work->arena, spec->intent.resource);
	arguments->intent.operation = arena_strdup(work->arena, text_or_empty(spec->intent.operation));
	arguments->name = arena_strdup(work->arena, spec->name);
	arguments->machine = arena_strdup(work->arena, text_or_empty(spec->machine));
	struct provider_call patient = *call;
	int64_t soon_us = time_monotonic_us() + PATIENCE_US;
	if (patient.deadline_us == 0 || patient.deadline_us > soon_us)
		patient.deadline_us = soon_us;
	struct provider_result result = libvirt_run(work, &patient, create_do, arguments);
	/* The thread copies on when nobody waits for it; from here on only its task is asked. */
	bool is_slow = result.error == PROVIDER_UNKNOWN_OUTCOME && is_copying(spec->intent.resource);
	if (result.error != PROVIDER_OK && !is_slow)
		return result;
	if (is_slow || arguments->is_waiting)
		task->handle = arena_printf(call->arena, LIBVIRT_IMAGE_HANDLE "%s", spec->intent.resource);
	*native_id = arena_strdup(call->arena, spec->intent.resource);
	return PROVIDER_DONE;
}

static struct provider_result task_do(struct libvirt_work *work, void *pointer)
{
	struct image_arguments *arguments = pointer;
	struct found found;
	bool was_copying = is_copying(arguments->native_id);
	struct provider_result result = find(work, arguments->native_id, &found);
	if (result.error != PROVIDER_OK)
		return result;
	arguments->state = is_ready(&found) ? TASK_DONE : TASK_FAILED;
	if (arguments->state == TASK_FAILED && (was_copying || (found.volume && is_pool_busy(found.pool))))
		arguments->state = TASK_RUNNING;
	return PROVIDER_DONE;
}

struct provider_result libvirt_image_task(struct provider_session *session, struct provider_call *call, const char *uuid,
					  struct provider_task_status *status)
{
	struct libvirt_work *work = libvirt_work_new(session, VERB_IMAGE_LIST);
	struct image_arguments *arguments = ARENA_NEW(work->arena, struct image_arguments);
	arguments->native_id = arena_strdup(work->arena, uuid);
	struct provider_result result = libvirt_run(work, call, task_do, arguments);
	if (result.error != PROVIDER_OK)
		return result;
	*status = (struct provider_task_status){ .state = arguments->state,
						 .progress_percent = arguments->state == TASK_RUNNING ? 50 : 100,
						 .native_id = arena_strdup(call->arena, uuid),
						 .stage = arguments->state == TASK_RUNNING ? "copying the disk" : NULL };
	if (arguments->state == TASK_FAILED)
		status->failure =
			provider_fail(call->arena, PROVIDER_UNAVAILABLE, "the copy of the disk was cut off; make the image again");
	return PROVIDER_DONE;
}

struct list_arguments {
	const char *only; /* UUID, or NULL: all */
	struct provider_page page;
	struct provider_made_image *images;
	size_t count;
};

static struct provider_result image_tell(struct libvirt_work *work, const char *uuid, struct provider_made_image *out)
{
	struct found found;
	struct libvirt_image image = { .native_id = uuid };
	struct provider_result result = find(work, uuid, &found);
	if (result.error == PROVIDER_OK && !found.volume)
		return provider_fail(work->arena, PROVIDER_NOT_FOUND, "libvirt has no image \"%s\"", uuid);
	if (result.error == PROVIDER_OK && is_ready(&found))
		result = libvirt_image_find(work, uuid, &image);
	if (result.error != PROVIDER_OK)
		return result;
	*out = (struct provider_made_image){
		.image = { .native_id = uuid,
			   .name = text_is_empty(found.sidecar.name) ? uuid : found.sidecar.name,
			   .os = text_is_empty(found.sidecar.os) ? "unknown" : found.sidecar.os,
			   .architecture = work->session->options.architecture,
			   .min_disk_gib = image.disk_gib },
		.is_ready = is_ready(&found),
		.marks = libvirt_sidecar_marks(&found.sidecar),
	};
	return PROVIDER_DONE;
}

static struct provider_result list_do(struct libvirt_work *work, void *pointer)
{
	struct list_arguments *arguments = pointer;
	virStoragePoolPtr pool;
	const char **uuids;
	size_t total = 0, first = 0, count = 0;
	struct provider_result result = libvirt_pool_find(work, work->session->options.image_pool, &pool);
	if (result.error == PROVIDER_OK)
		result = libvirt_sidecar_list(work, pool, LIBVIRT_MADE_IMAGE, &uuids, &total);
	if (result.error == PROVIDER_OK && arguments->only) {
		uuids = &arguments->only;
		total = id_is_uuid(arguments->only) ? 1 : 0;
	}
	if (result.error == PROVIDER_OK)
		result = provider_page_cut(work->arena, &arguments->page, total, &first, &count);
	arguments->count = 0;
	arguments->images = ARENA_ARRAY(work->arena, count, struct provider_made_image);
	for (size_t i = first; i < first + count && result.error == PROVIDER_OK; i++) {
		struct provider_made_image *row = &arguments->images[arguments->count];
		result = image_tell(work, uuids[i], row);
		if (result.error == PROVIDER_OK &&
		    (!arguments->only || text_equal(row->marks.installation, work->session->installation)))
			arguments->count++;
		if (result.error == PROVIDER_NOT_FOUND) /* removed since the list was made */
			result = PROVIDER_DONE;
	}
	return result;
}

static struct provider_result image_list(struct provider_session *session, struct provider_call *call,
					 const struct provider_intent *intent, struct provider_page *page,
					 struct provider_made_image **images, size_t *count)
{
	struct libvirt_work *work = libvirt_work_new(session, VERB_IMAGE_LIST);
	struct list_arguments *arguments = ARENA_NEW(work->arena, struct list_arguments);
	arguments->only = intent ? arena_strdup(work->arena, text_or_empty(intent->resource)) : NULL;
	arguments->page.token = page->token ? arena_strdup(work->arena, page->token) : NULL;
	arguments->page.size = page->size;
	struct provider_result result = libvirt_run(work, call, list_do, arguments);
	if (result.error != PROVIDER_OK)
		return result;
	*images = arguments->images;
	*count = arguments->count;
	page->token = arguments->page.token;
	return result;
}

static const char *backing_path(struct libvirt_work *work, virStorageVolPtr volume)
{
	struct xml *tree;
	char *document = virStorageVolGetXMLDesc(volume, 0);
	if (!document)
		return NULL;
	arena_defer(work->arena, free, document);
	return status_is_ok(xml_parse(work->arena, slice_text(document), NULL, &tree)) ?
		       xml_text(xml_path(tree, "backingStore", "path", NULL), NULL) :
		       NULL;
}

/* A machine's disk that is only an overlay on it. */
static struct provider_result is_free(struct libvirt_work *work, const char *path)
{
	virStoragePoolPtr pool;
	virStorageVolPtr *volumes = NULL;
	const char *user = NULL;
	struct provider_result result = libvirt_pool_find(work, work->session->options.machine_pool, &pool);
	if (result.error != PROVIDER_OK)
		return result;
	int count = virStoragePoolListAllVolumes(pool, &volumes, 0);
	if (count < 0)
		return libvirt_fail(work, "the machines' disks cannot be listed");
	for (int i = 0; i < count; i++) {
		if (!user && text_equal(backing_path(work, volumes[i]), path))
			user = arena_strdup(work->arena, text_or_empty(virStorageVolGetName(volumes[i])));
		virStorageVolFree(volumes[i]);
	}
	free(volumes);
	return user ? provider_fail(work->arena, PROVIDER_CONFLICT, "the disk %s stands on the image; delete its machine first", user)
		    : PROVIDER_DONE;
}

static struct provider_result remove_do(struct libvirt_work *work, void *pointer)
{
	const struct image_arguments *arguments = pointer;
	struct found found;
	struct provider_result result = find(work, arguments->native_id, &found);
	if (result.error != PROVIDER_OK)
		return result;
	if (is_copying(arguments->native_id))
		return provider_fail(work->arena, PROVIDER_CONFLICT, "the image is still being made; wait until it is");
	char *path = found.volume ? virStorageVolGetPath(found.volume) : NULL;
	if (path) {
		arena_defer(work->arena, free, path);
		result = is_free(work, path);
	}
	return result.error == PROVIDER_OK ?
		       libvirt_sidecar_delete(work, found.pool, arguments->native_id, LIBVIRT_MADE_IMAGE) :
		       result;
}

static struct provider_result image_remove(struct provider_session *session, struct provider_call *call,
					   const char *native_id, struct provider_task *task)
{
	*task = (struct provider_task){ NULL };
	if (!native_id || !id_is_uuid(native_id))
		return PROVIDER_DONE; /* none that we made */
	struct libvirt_work *work = libvirt_work_new(session, VERB_IMAGE_DELETE);
	struct image_arguments *arguments = ARENA_NEW(work->arena, struct image_arguments);
	arguments->native_id = arena_strdup(work->arena, native_id);
	return libvirt_run(work, call, remove_do, arguments);
}

const struct provider_image_ops libvirt_image_ops = { .create = image_create, .list = image_list, .remove = image_remove };
