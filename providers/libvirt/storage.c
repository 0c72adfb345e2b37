/* SPDX-License-Identifier: Apache-2.0 */
/* storage.c: the machines' disks, as volumes of a storage pool. */
#include <inttypes.h>
#include <string.h>

#include "providers/libvirt/domain.h"
#include "runtime/base/text.h"
#include "runtime/base/xml.h"

#define OUR_VOLUMES "gaon-"
#define CHUNK_BYTES 65536

static void pool_free(void *pool)
{
	virStoragePoolFree(pool);
}

static void volume_free(void *volume)
{
	virStorageVolFree(volume);
}

static void stream_free(void *stream)
{
	virStreamFree(stream);
}

void libvirt_volume_keep(struct libvirt_work *work, virStorageVolPtr volume)
{
	arena_defer(work->arena, volume_free, volume);
}

char *libvirt_disk_volume(struct arena *arena, const char *uuid)
{
	return arena_printf(arena, OUR_VOLUMES "%s.qcow2", uuid);
}

char *libvirt_seed_volume(struct arena *arena, const char *uuid)
{
	return arena_printf(arena, OUR_VOLUMES "%s.seed.iso", uuid);
}

char *libvirt_more_disk_volume(struct arena *arena, const char *uuid, size_t number)
{
	return arena_printf(arena, OUR_VOLUMES "%s.disk%zu.qcow2", uuid, number + 1);
}

bool libvirt_volume_is_ours(const char *name)
{
	/* "gaon-", a UUID, and what it is; an image may well be called gaon-something. */
	return text_starts_with(name, OUR_VOLUMES) && strlen(name) > strlen(OUR_VOLUMES) + 36 &&
	       name[strlen(OUR_VOLUMES) + 36] == '.';
}

struct provider_result libvirt_pool_find(struct libvirt_work *work, const char *name, virStoragePoolPtr *pool)
{
	virStoragePoolPtr found = virStoragePoolLookupByName(work->link, name);
	if (!found) {
		struct provider_result result = libvirt_fail(work, arena_printf(work->arena, "the storage pool \"%s\"", name));
		/* Not "the machine is not found": the connection's options name a pool that is not there. */
		if (result.error == PROVIDER_NOT_FOUND)
			result.error = PROVIDER_INVALID;
		return result;
	}
	arena_defer(work->arena, pool_free, found);
	*pool = found;
	return PROVIDER_DONE;
}

static char *volume_document(struct arena *arena, const char *name, const struct libvirt_image *image, int64_t disk_gib,
			     bool is_overlay)
{
	struct xml *volume = xml_new(arena, "volume");
	xml_add_text(volume, "name", name);
	xml_set(xml_add_int(volume, "capacity", disk_gib), "unit", "GiB");
	xml_set(xml_add_int(volume, "allocation", 0), "unit", "B");
	xml_set(xml_add(xml_add(volume, "target"), "format"), "type", "qcow2");
	if (is_overlay) {
		struct xml *backing = xml_add(volume, "backingStore");
		xml_add_text(backing, "path", image->path);
		xml_set(xml_add(backing, "format"), "type", image->format);
	}
	return xml_print(arena, volume);
}

static virStorageVolPtr copy_make(struct libvirt_work *work, virStoragePoolPtr pool, const char *document,
				  const struct libvirt_image *image)
{
	virStorageVolPtr original = virStorageVolLookupByPath(work->link, image->path);
	if (!original)
		return NULL;
	libvirt_volume_keep(work, original);
	return virStorageVolCreateXMLFrom(pool, document, original, 0);
}

struct provider_result libvirt_disk_make(struct libvirt_work *work, const char *volume, const struct libvirt_image *image,
					 int64_t disk_gib)
{
	const struct libvirt_options *options = &work->session->options;
	virStoragePoolPtr pool = NULL;
	struct provider_result result = libvirt_pool_find(work, options->machine_pool, &pool);
	if (result.error != PROVIDER_OK)
		return result;
	virStorageVolPtr made = virStorageVolLookupByName(pool, volume);
	if (made) {
		libvirt_volume_keep(work, made);
		return PROVIDER_DONE;
	}
	bool is_overlay = image->path && !options->copies_disks;
	const char *document = volume_document(work->arena, volume, image, disk_gib, is_overlay);
	made = image->path && !is_overlay ? copy_make(work, pool, document, image) : virStorageVolCreateXML(pool, document, 0);
	if (!made && !libvirt_last_error_is(VIR_ERR_STORAGE_VOL_EXIST))
		return libvirt_fail(work, "the machine's disk cannot be made");
	if (made)
		libvirt_volume_keep(work, made);
	return PROVIDER_DONE;
}

struct provider_result libvirt_volume_delete(struct libvirt_work *work, const char *name)
{
	virStoragePoolPtr pool = NULL;
	struct provider_result result = libvirt_pool_find(work, work->session->options.machine_pool, &pool);
	if (result.error != PROVIDER_OK)
		return result;
	virStorageVolPtr volume = virStorageVolLookupByName(pool, name);
	if (!volume)
		return libvirt_last_error_is(VIR_ERR_NO_STORAGE_VOL) ? PROVIDER_DONE :
								       libvirt_fail(work, "the machine's disk cannot be found");
	libvirt_volume_keep(work, volume);
	if (virStorageVolDelete(volume, 0) != 0 && !libvirt_last_error_is(VIR_ERR_NO_STORAGE_VOL))
		return libvirt_fail(work, "the machine's disk cannot be deleted");
	return PROVIDER_DONE;
}

/* The last one first: what is left when this is cut off still begins with the first. */
struct provider_result libvirt_more_disks_delete(struct libvirt_work *work, const char *uuid)
{
	virStoragePoolPtr pool = NULL;
	size_t count = 0;
	struct provider_result result = libvirt_pool_find(work, work->session->options.machine_pool, &pool);
	while (result.error == PROVIDER_OK && count < LIBVIRT_MORE_MOST) {
		virStorageVolPtr volume = virStorageVolLookupByName(pool, libvirt_more_disk_volume(work->arena, uuid, count));
		if (!volume && !libvirt_last_error_is(VIR_ERR_NO_STORAGE_VOL))
			return libvirt_fail(work, "the machine's disks cannot be found");
		if (!volume)
			break;
		libvirt_volume_keep(work, volume);
		count++;
	}
	while (result.error == PROVIDER_OK && count > 0)
		result = libvirt_volume_delete(work, libvirt_more_disk_volume(work->arena, uuid, --count));
	return result;
}

static virStreamPtr stream_new(struct libvirt_work *work)
{
	virStreamPtr stream = virStreamNew(work->link, 0);
	if (stream)
		arena_defer(work->arena, stream_free, stream);
	return stream;
}

struct provider_result libvirt_volume_read(struct libvirt_work *work, virStorageVolPtr volume, size_t most,
					   struct slice *content)
{
	virStreamPtr stream = stream_new(work);
	if (!stream || virStorageVolDownload(volume, stream, 0, most, 0) != 0)
		return libvirt_fail(work, "the volume cannot be read");
	char *data = arena_alloc(work->arena, most);
	size_t size = 0;
	int got = 1;
	while (size < most && got > 0) {
		got = virStreamRecv(stream, data + size, most - size);
		size += got > 0 ? (size_t)got : 0;
	}
	struct provider_result result = got < 0 ? libvirt_fail(work, "the volume cannot be read") : PROVIDER_DONE;
	if (result.error == PROVIDER_OK && virStreamFinish(stream) != 0)
		virResetLastError(); /* all bytes are here */
	*content = slice_of(data, size);
	return result;
}

static struct provider_result upload(struct libvirt_work *work, virStorageVolPtr volume, struct slice content)
{
	virStreamPtr stream = stream_new(work);
	if (!stream || virStorageVolUpload(volume, stream, 0, content.size, 0) != 0)
		return libvirt_fail(work, "the volume cannot be written");
	size_t sent = 0;
	while (sent < content.size) {
		size_t left = content.size - sent;
		int took = virStreamSend(stream, content.data + sent, left < CHUNK_BYTES ? left : CHUNK_BYTES);
		if (took < 0)
			return libvirt_fail(work, "the volume cannot be written");
		sent += (size_t)took;
	}
	return virStreamFinish(stream) == 0 ? PROVIDER_DONE : libvirt_fail(work, "the volume cannot be written");
}

struct provider_result libvirt_volume_write(struct libvirt_work *work, virStoragePoolPtr pool, const char *name,
					    struct slice content)
{
	virStorageVolPtr volume = virStorageVolLookupByName(pool, name);
	if (!volume) {
		struct xml *document = xml_new(work->arena, "volume");
		xml_add_text(document, "name", name);
		xml_set(xml_add_int(document, "capacity", (int64_t)content.size), "unit", "B");
		xml_set(xml_add(xml_add(document, "target"), "format"), "type", "raw");
		volume = virStorageVolCreateXML(pool, xml_print(work->arena, document), 0);
	}
	if (!volume)
		return libvirt_fail(work, "the volume cannot be made");
	libvirt_volume_keep(work, volume);
	return upload(work, volume, content);
}
