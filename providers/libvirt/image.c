/* SPDX-License-Identifier: Apache-2.0 */
/* image.c: what a machine can be made of: the volumes of a pool, and kernels that boot directly. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "providers/libvirt/sidecar.h"
#include "runtime/base/id.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "runtime/base/xml.h"

#define SIDECAR ".boot.json"
#define SIDECAR_BYTES_MOST 65536
#define BYTES_PER_GIB (INT64_C(1) << 30)

/* A directory pool calls every unknown file "raw"; only these endings are taken for disks then. */
static const char *const RAW_ENDINGS[] = { ".img", ".raw" };
static const char *const DISK_FORMATS[] = { "qcow2", "qcow", "vmdk", "vdi", "vhdx", "qed" };
#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

static bool is_disk(const char *name, const char *format)
{
	for (size_t i = 0; i < COUNT_OF(DISK_FORMATS); i++)
		if (text_equal(format, DISK_FORMATS[i]))
			return true;
	for (size_t i = 0; i < COUNT_OF(RAW_ENDINGS); i++)
		if (text_equal(format, "raw") && text_ends_with(name, RAW_ENDINGS[i]))
			return true;
	return false;
}

static struct libvirt_image from_boot(const struct libvirt_boot *boot)
{
	return (struct libvirt_image){ .native_id = boot->name,
				       .name = boot->name,
				       .os = boot->os,
				       .kernel = boot->kernel,
				       .initrd = boot->initrd,
				       .cmdline = boot->cmdline,
				       .disk_gib = boot->disk_gib };
}

static const char *beside(struct arena *arena, const char *path, const char *file)
{
	const char *slash = strrchr(path, '/');
	if (!file || file[0] == '/' || !slash)
		return file;
	return arena_printf(arena, "%.*s/%s", (int)(slash - path), path, file);
}

static const char *path_of(struct libvirt_work *work, virStorageVolPtr volume)
{
	char *path = virStorageVolGetPath(volume);
	if (path)
		arena_defer(work->arena, free, path);
	return path;
}

/* INVALID when the file is not what it should be: the list leaves it out, a create says why. */
static struct provider_result sidecar_read(struct libvirt_work *work, virStorageVolPtr volume, const char *native_id,
					   struct libvirt_image *image)
{
	struct arena *arena = work->arena;
	struct slice content;
	struct json *json;
	const char *path = path_of(work, volume);
	if (!path)
		return libvirt_fail(work, "the path of an image is not known");
	struct provider_result result = libvirt_volume_read(work, volume, SIDECAR_BYTES_MOST, &content);
	if (result.error != PROVIDER_OK)
		return result;
	struct status status = json_parse(arena, content, NULL, &json);
	const char *kernel = status_is_ok(status) ? json_text(json_get(json, "kernel"), NULL) : NULL;
	if (!kernel)
		return provider_fail(arena, PROVIDER_INVALID, "the image file %s must be a JSON object with a \"kernel\"", path);
	*image = (struct libvirt_image){
		.native_id = arena_strdup(arena, native_id),
		.name = json_text(json_get(json, "name"), native_id),
		.os = json_text(json_get(json, "os"), "linux"),
		.kernel = beside(arena, path, kernel),
		.initrd = beside(arena, path, json_text(json_get(json, "initrd"), NULL)),
		.cmdline = json_text(json_get(json, "cmdline"), "console=ttyS0"),
		.disk_gib = json_int(json_get(json, "disk_gib"), 1),
	};
	return PROVIDER_DONE;
}

static struct provider_result disk_read(struct libvirt_work *work, virStorageVolPtr volume, const char *native_id,
					struct libvirt_image *image)
{
	struct arena *arena = work->arena;
	struct xml *tree;
	char *document = virStorageVolGetXMLDesc(volume, 0);
	if (!document)
		return libvirt_fail(work, "an image cannot be read");
	arena_defer(arena, free, document);
	if (!status_is_ok(xml_parse(arena, slice_text(document), NULL, &tree)))
		return provider_fail(arena, PROVIDER_UNAVAILABLE, "libvirt's description of an image is not understood");
	const char *format = xml_attribute(xml_path(tree, "target", "format", NULL), "type", "raw");
	int64_t bytes = xml_int(xml_child(tree, "capacity"), 0);
	if (!work->session->options.is_test && !is_disk(native_id, format))
		return provider_fail(arena, PROVIDER_INVALID, "the volume \"%s\" is no disk that a machine can start from", native_id);
	*image = (struct libvirt_image){
		.native_id = arena_strdup(arena, native_id),
		.name = arena_strdup(arena, native_id),
		.os = "unknown",
		.path = arena_strdup(arena, xml_text(xml_path(tree, "target", "path", NULL), "")),
		.format = arena_strdup(arena, format),
		.disk_gib = (bytes + BYTES_PER_GIB - 1) / BYTES_PER_GIB,
	};
	return PROVIDER_DONE;
}

static struct provider_result volume_read(struct libvirt_work *work, virStorageVolPtr volume, const char *name,
					  struct libvirt_image *image)
{
	if (!text_ends_with(name, SIDECAR))
		return disk_read(work, volume, name, image);
	size_t size = strlen(name) - strlen(SIDECAR);
	return sidecar_read(work, volume, arena_strndup(work->arena, name, size), image);
}

/* One that was made from a machine; PROVIDER_NOT_FOUND while it is not whole. */
static struct provider_result made_read(struct libvirt_work *work, virStoragePoolPtr pool, virStorageVolPtr volume,
					const char *uuid, struct libvirt_image *image)
{
	struct libvirt_sidecar sidecar;
	struct provider_result result = libvirt_sidecar_read(work, pool, uuid, LIBVIRT_MADE_IMAGE, &sidecar);
	if (result.error == PROVIDER_OK && (!sidecar.installation || !sidecar.is_complete))
		result = provider_fail(work->arena, PROVIDER_NOT_FOUND, "the image \"%s\" is not whole yet", uuid);
	if (result.error == PROVIDER_OK)
		result = disk_read(work, volume, libvirt_sidecar_volume(work->arena, uuid, LIBVIRT_MADE_IMAGE), image);
	if (result.error != PROVIDER_OK)
		return result;
	image->native_id = uuid;
	image->name = sidecar.name;
	image->os = sidecar.os ? sidecar.os : "unknown";
	image->kernel = sidecar.kernel;
	image->initrd = sidecar.initrd;
	image->cmdline = sidecar.cmdline;
	return PROVIDER_DONE;
}

static virStorageVolPtr volume_find(struct arena *arena, virStoragePoolPtr pool, const char *native_id, const char **name)
{
	*name = arena_printf(arena, "%s" SIDECAR, native_id);
	virStorageVolPtr volume = virStorageVolLookupByName(pool, *name);
	if (volume)
		return volume;
	*name = native_id;
	return virStorageVolLookupByName(pool, native_id);
}

struct provider_result libvirt_image_find(struct libvirt_work *work, const char *native_id, struct libvirt_image *image)
{
	const struct libvirt_options *options = &work->session->options;
	for (size_t i = 0; i < options->boot_count; i++)
		if (text_equal(options->boots[i].name, native_id)) {
			*image = from_boot(&options->boots[i]);
			return PROVIDER_DONE;
		}
	virStoragePoolPtr pool;
	struct provider_result result = libvirt_pool_find(work, options->image_pool, &pool);
	if (result.error != PROVIDER_OK)
		return result;
	const char *name;
	virStorageVolPtr made =
		id_is_uuid(native_id) ?
			virStorageVolLookupByName(pool, libvirt_sidecar_volume(work->arena, native_id, LIBVIRT_MADE_IMAGE)) :
			NULL;
	if (made) {
		libvirt_volume_keep(work, made);
		result = made_read(work, pool, made, arena_strdup(work->arena, native_id), image);
		if (result.error == PROVIDER_NOT_FOUND)
			result.error = PROVIDER_INVALID; /* it is asked for too early, not looked for */
		return result;
	}
	virStorageVolPtr volume = volume_find(work->arena, pool, native_id, &name);
	/* A file that somebody put there since the pool was started is not known before a refresh. */
	if (!volume && virStoragePoolRefresh(pool, 0) == 0)
		volume = volume_find(work->arena, pool, native_id, &name);
	if (!volume || libvirt_volume_is_ours(name)) {
		if (volume)
			virStorageVolFree(volume);
		return provider_fail(work->arena, PROVIDER_INVALID,
				     "there is no image \"%.64s\" in the pool \"%s\"; list the images and choose one", native_id,
				     options->image_pool);
	}
	libvirt_volume_keep(work, volume);
	return volume_read(work, volume, name, image);
}

struct volume_list {
	virStorageVolPtr *volumes;
	int count;
};

static void volume_list_free(void *pointer)
{
	struct volume_list *list = pointer;
	for (int i = 0; i < list->count; i++)
		virStorageVolFree(list->volumes[i]);
	free(list->volumes);
}

static struct provider_result pool_list(struct libvirt_work *work, virStoragePoolPtr *pool, struct volume_list *list)
{
	struct provider_result result = libvirt_pool_find(work, work->session->options.image_pool, pool);
	if (result.error != PROVIDER_OK)
		return result;
	/* Files that somebody put there since the pool was started. */
	if (virStoragePoolRefresh(*pool, 0) != 0)
		virResetLastError();
	list->count = virStoragePoolListAllVolumes(*pool, &list->volumes, 0);
	if (list->count < 0)
		return libvirt_fail(work, "the images cannot be listed");
	arena_defer(work->arena, volume_list_free, list);
	return PROVIDER_DONE;
}

static bool is_part_of_another(const struct libvirt_image *images, size_t count, const char *path)
{
	for (size_t i = 0; i < count; i++)
		if (text_equal(images[i].kernel, path) || text_equal(images[i].initrd, path))
			return true;
	return false;
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct libvirt_image *)a)->native_id, ((const struct libvirt_image *)b)->native_id);
}

struct provider_result libvirt_image_list(struct libvirt_work *work, struct libvirt_image **images, size_t *count)
{
	const struct libvirt_options *options = &work->session->options;
	struct volume_list *list = ARENA_NEW(work->arena, struct volume_list);
	virStoragePoolPtr pool;
	struct provider_result result = pool_list(work, &pool, list);
	if (result.error != PROVIDER_OK)
		return result;
	struct libvirt_image *rows = ARENA_ARRAY(work->arena, options->boot_count + (size_t)list->count + 1, struct libvirt_image);
	size_t filled = 0;
	for (size_t i = 0; i < options->boot_count; i++)
		rows[filled++] = from_boot(&options->boots[i]);
	/* The sidecars first: what they name is no image of its own. */
	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < list->count; i++) {
			const char *name = virStorageVolGetName(list->volumes[i]);
			bool is_sidecar = name && text_ends_with(name, SIDECAR);
			const char *made = name && pass == 1 ? libvirt_sidecar_uuid(work->arena, name, LIBVIRT_MADE_IMAGE) : NULL;
			if (made && made_read(work, pool, list->volumes[i], made, &rows[filled]).error == PROVIDER_OK)
				filled++;
			if (!name || is_sidecar != (pass == 0) || libvirt_volume_is_ours(name))
				continue;
			if (pass == 1 && is_part_of_another(rows, filled, path_of(work, list->volumes[i])))
				continue;
			if (volume_read(work, list->volumes[i], name, &rows[filled]).error == PROVIDER_OK)
				filled++;
		}
	qsort(rows, filled, sizeof *rows, by_id);
	*images = rows;
	*count = filled;
	return PROVIDER_DONE;
}
