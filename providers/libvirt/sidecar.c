/* SPDX-License-Identifier: Apache-2.0 */
/* sidecar.c: see sidecar.h. The file is written before its volume, so that there is no volume of ours without marks. */
#include "providers/libvirt/sidecar.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define PREFIX "gaon-"
#define UUID_SIZE 36
#define SIDECAR_BYTES 16384 /* always as many, so that a new version covers the old one */

char *libvirt_sidecar_volume(struct arena *arena, const char *uuid, const char *word)
{
	return arena_printf(arena, PREFIX "%s.%s.qcow2", uuid, word);
}

static char *sidecar_name(struct arena *arena, const char *uuid, const char *word)
{
	return arena_printf(arena, PREFIX "%s.%s.json", uuid, word);
}

const char *libvirt_sidecar_uuid(struct arena *arena, const char *volume, const char *word)
{
	if (!text_starts_with(volume, PREFIX) || strlen(volume) < strlen(PREFIX) + UUID_SIZE)
		return NULL;
	const char *uuid = arena_strndup(arena, volume + strlen(PREFIX), UUID_SIZE);
	return id_is_uuid(uuid) && text_equal(volume, libvirt_sidecar_volume(arena, uuid, word)) ? uuid : NULL;
}

struct libvirt_sidecar libvirt_sidecar_new(struct libvirt_work *work, const struct provider_intent *intent, const char *name)
{
	return (struct libvirt_sidecar){ .uuid = intent->resource,
					 .operation = text_or_empty(intent->operation),
					 .connection = work->session->connection,
					 .installation = work->session->installation,
					 .name = name,
					 .created_us = time_now_us() };
}

struct provider_marks libvirt_sidecar_marks(const struct libvirt_sidecar *sidecar)
{
	if (!sidecar->installation)
		return (struct provider_marks){ .resource = NULL };
	return (struct provider_marks){ sidecar->uuid, sidecar->operation, sidecar->connection, sidecar->installation };
}

struct provider_result libvirt_sidecar_read(struct libvirt_work *work, virStoragePoolPtr pool, const char *uuid,
					    const char *word, struct libvirt_sidecar *sidecar)
{
	struct slice content;
	struct json *json;
	*sidecar = (struct libvirt_sidecar){ .uuid = uuid, .is_complete = true };
	virStorageVolPtr volume = virStorageVolLookupByName(pool, sidecar_name(work->arena, uuid, word));
	if (!volume)
		return libvirt_last_error_is(VIR_ERR_NO_STORAGE_VOL) ? PROVIDER_DONE : libvirt_fail(work, "the marks cannot be found");
	libvirt_volume_keep(work, volume);
	struct provider_result result = libvirt_volume_read(work, volume, SIDECAR_BYTES, &content);
	if (result.error != PROVIDER_OK)
		return result;
	if (!status_is_ok(json_parse(work->arena, content, NULL, &json)) ||
	    !text_equal(json_text(json_get(json, "resource"), NULL), uuid))
		return PROVIDER_DONE;
	*sidecar = (struct libvirt_sidecar){
		.uuid = uuid,
		.operation = json_text(json_get(json, "operation"), ""),
		.connection = json_text(json_get(json, "connection"), ""),
		.installation = json_text(json_get(json, "installation"), ""),
		.name = json_text(json_get(json, "name"), ""),
		.created_us = json_int(json_get(json, "created_us"), 0),
		.is_complete = json_bool(json_get(json, "complete"), false),
		.os = json_text(json_get(json, "os"), NULL),
		.kernel = json_text(json_get(json, "kernel"), NULL),
		.initrd = json_text(json_get(json, "initrd"), NULL),
		.cmdline = json_text(json_get(json, "cmdline"), NULL),
	};
	return PROVIDER_DONE;
}

struct provider_result libvirt_sidecar_write(struct libvirt_work *work, virStoragePoolPtr pool, const char *word,
					     const struct libvirt_sidecar *sidecar)
{
	struct json *json = json_object(work->arena);
	const struct {
		const char *name, *text;
	} texts[] = {
		{ "resource", sidecar->uuid },	   { "operation", sidecar->operation }, { "connection", sidecar->connection },
		{ "installation", sidecar->installation }, { "name", sidecar->name },   { "os", sidecar->os },
		{ "kernel", sidecar->kernel },	   { "initrd", sidecar->initrd },       { "cmdline", sidecar->cmdline },
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (texts[i].text)
			json_set_text(json, texts[i].name, texts[i].text);
	json_set_int(json, "created_us", sidecar->created_us);
	json_set_bool(json, "complete", sidecar->is_complete);
	const char *text = json_print(work->arena, json);
	size_t size = strlen(text);
	if (size > SIDECAR_BYTES)
		return provider_fail(work->arena, PROVIDER_INVALID, "the marks do not fit into %d bytes; choose a shorter name",
				     SIDECAR_BYTES);
	char *content = arena_alloc(work->arena, SIDECAR_BYTES);
	memset(content, ' ', SIDECAR_BYTES);
	memcpy(content, text, size);
	return libvirt_volume_write(work, pool, sidecar_name(work->arena, sidecar->uuid, word), slice_of(content, SIDECAR_BYTES));
}

struct provider_result libvirt_sidecar_delete(struct libvirt_work *work, virStoragePoolPtr pool, const char *uuid,
					      const char *word)
{
	const char *names[] = { libvirt_sidecar_volume(work->arena, uuid, word), sidecar_name(work->arena, uuid, word) };
	for (size_t i = 0; i < 2; i++) {
		virStorageVolPtr volume = virStorageVolLookupByName(pool, names[i]);
		if (!volume && libvirt_last_error_is(VIR_ERR_NO_STORAGE_VOL))
			continue;
		if (!volume)
			return libvirt_fail(work, "the volume cannot be found");
		libvirt_volume_keep(work, volume);
		if (virStorageVolDelete(volume, 0) != 0 && !libvirt_last_error_is(VIR_ERR_NO_STORAGE_VOL))
			return libvirt_fail(work, "the volume cannot be deleted");
	}
	return PROVIDER_DONE;
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

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct provider_result libvirt_sidecar_list(struct libvirt_work *work, virStoragePoolPtr pool, const char *word,
					    const char ***uuids, size_t *count)
{
	struct volume_list *list = ARENA_NEW(work->arena, struct volume_list);
	list->count = virStoragePoolListAllVolumes(pool, &list->volumes, 0);
	if (list->count < 0)
		return libvirt_fail(work, "the volumes cannot be listed");
	arena_defer(work->arena, volume_list_free, list);
	const char **rows = ARENA_ARRAY(work->arena, (size_t)list->count + 1, const char *);
	*count = 0;
	for (int i = 0; i < list->count; i++) {
		const char *uuid = libvirt_sidecar_uuid(work->arena, text_or_empty(virStorageVolGetName(list->volumes[i])), word);
		if (uuid)
			rows[(*count)++] = uuid;
	}
	qsort(rows, *count, sizeof *rows, by_text);
	*uuids = rows;
	return PROVIDER_DONE;
}
