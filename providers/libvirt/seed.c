/* SPDX-License-Identifier: Apache-2.0 */
/* seed.c: cloud-init's NoCloud seed: an ISO 9660 image named "cidata" with two small files (ECMA-119). */
#include <string.h>

#include "providers/libvirt/domain.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"

#define SECTOR 2048
#define DESCRIPTOR 16 /* "The Volume Descriptor Set shall begin at Logical Sector Number 16" */
#define TERMINATOR 17
#define PATH_TABLE_L 18
#define PATH_TABLE_M 19
#define ROOT 20
#define FIRST_FILE 21
#define PATH_TABLE_BYTES 10

struct file {
	const char *name;
	struct slice content;
	uint32_t sector;
};

static void put16(unsigned char *at, uint32_t value)
{
	at[0] = (unsigned char)value;
	at[1] = (unsigned char)(value >> 8);
	at[2] = at[1];
	at[3] = at[0];
}

/* Both byte orders, one after the other (7.3.3). */
static void put32(unsigned char *at, uint32_t value)
{
	for (int i = 0; i < 4; i++) {
		at[i] = (unsigned char)(value >> (8 * i));
		at[7 - i] = at[i];
	}
}

/* 9.1; returns its length. */
static size_t put_record(unsigned char *at, struct slice name, uint32_t sector, uint32_t bytes, bool is_folder)
{
	size_t length = 33 + name.size + (name.size % 2 == 0);
	at[0] = (unsigned char)length;
	put32(at + 2, sector);
	put32(at + 10, bytes);
	at[18] = 126; /* years since 1900 of a fixed date: the same seed gives the same image */
	at[19] = at[20] = 1;
	at[25] = is_folder ? 2 : 0;
	put16(at + 28, 1);
	at[32] = (unsigned char)name.size;
	memcpy(at + 33, name.data, name.size);
	return length;
}

static uint32_t sectors_of(size_t bytes)
{
	return (uint32_t)((bytes + SECTOR - 1) / SECTOR);
}

static void put_descriptor(unsigned char *at, uint32_t sectors)
{
	memset(at, 0, SECTOR);
	at[0] = 1;
	memcpy(at + 1, "CD001\1", 6);
	memset(at + 8, ' ', 64);
	memcpy(at + 40, "cidata", 6);
	put32(at + 80, sectors);
	put16(at + 120, 1);
	put16(at + 124, 1);
	put16(at + 128, SECTOR);
	put32(at + 132, PATH_TABLE_BYTES);
	at[140] = PATH_TABLE_L;
	at[151] = PATH_TABLE_M;
	put_record(at + 156, slice_of("\0", 1), ROOT, SECTOR, true);
	memset(at + 190, ' ', 623);
	for (int i = 813; i < 881; i += 17)
		memset(at + i, '0', 16);
	at[881] = 1;
	memcpy(at + SECTOR, "\377CD001\1", 7);
}

static struct slice image_of(struct arena *arena, struct file *files, size_t count)
{
	uint32_t next = FIRST_FILE;
	for (size_t i = 0; i < count; i++) {
		files[i].sector = next;
		next += sectors_of(files[i].content.size);
	}
	unsigned char *image = arena_zalloc(arena, (size_t)next * SECTOR);
	put_descriptor(image + (size_t)DESCRIPTOR * SECTOR, next);
	memcpy(image + (size_t)PATH_TABLE_L * SECTOR, "\1\0\24\0\0\0\1\0\0\0", PATH_TABLE_BYTES); /* 024: sector 20 */
	memcpy(image + (size_t)PATH_TABLE_M * SECTOR, "\1\0\0\0\0\24\0\1\0\0", PATH_TABLE_BYTES);
	unsigned char *record = image + (size_t)ROOT * SECTOR;
	record += put_record(record, slice_of("\0", 1), ROOT, SECTOR, true);
	record += put_record(record, slice_of("\1", 1), ROOT, SECTOR, true);
	for (size_t i = 0; i < count; i++) {
		record += put_record(record, slice_text(files[i].name), files[i].sector, (uint32_t)files[i].content.size, false);
		if (files[i].content.size > 0)
			memcpy(image + (size_t)files[i].sector * SECTOR, files[i].content.data, files[i].content.size);
	}
	return slice_of(image, (size_t)next * SECTOR);
}

struct slice libvirt_seed_image(struct arena *arena, const struct provider_machine_spec *spec)
{
	struct json *meta = json_object(arena);
	json_set_text(meta, "instance-id", spec->intent.resource);
	json_set_text(meta, "local-hostname", libvirt_host_name(arena, spec->name));
	if (spec->ssh_key) {
		struct json *keys = json_array(arena);
		json_append_text(keys, spec->ssh_key);
		json_set(meta, "public-keys", keys);
	}
	/* JSON is YAML. Linux shows these names in lower case, without the dot and the version. */
	struct file files[] = {
		{ .name = "META-DATA.;1", .content = slice_text(json_print(arena, meta)) },
		{ .name = "USER-DATA.;1", .content = slice_text(spec->user_data ? spec->user_data : "#cloud-config\n{}\n") },
	};
	return image_of(arena, files, sizeof files / sizeof files[0]);
}
