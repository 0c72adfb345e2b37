/* SPDX-License-Identifier: Apache-2.0 */
/* size.c: sizes from a table, and pages of tables. */
#include "providers/size.h"

#include "runtime/base/text.h"

#define VCPUS_MOST 1024
#define MEMORY_MIB_MOST (INT64_C(64) * 1024 * 1024)
#define SIZES_MOST 1000
#define PAGE_DEFAULT 100
#define PAGE_MOST 1000

static const struct provider_size DEFAULTS[] = {
	{ "tiny", "Tiny", 1, 128, 1 },        { "small", "Small", 1, 512, 5 },
	{ "medium", "Medium", 2, 1024, 10 },  { "large", "Large", 2, 2048, 20 },
	{ "xlarge", "X-Large", 4, 8192, 40 }, { "2xlarge", "2X-Large", 8, 16384, 80 },
};
#define DEFAULT_COUNT (sizeof DEFAULTS / sizeof DEFAULTS[0])

static bool are_sane(int64_t vcpus, int64_t memory_mib)
{
	return vcpus >= 1 && vcpus <= VCPUS_MOST && memory_mib >= 16 && memory_mib <= MEMORY_MIB_MOST;
}

struct provider_result provider_sizes_read(struct arena *arena, const struct json *options,
					   struct provider_size_table *table)
{
	const struct json *rows = json_get(options, "sizes");
	if (!rows) {
		table->sizes = arena_memdup(arena, DEFAULTS, sizeof DEFAULTS);
		table->count = DEFAULT_COUNT;
		return PROVIDER_DONE;
	}
	size_t count = json_size(rows);
	if (json_kind(rows) != JSON_ARRAY || count == 0 || count > SIZES_MOST)
		return provider_fail(arena, PROVIDER_INVALID, "options.sizes: give an array of 1 to %d sizes", SIZES_MOST);
	struct provider_size *sizes = ARENA_ARRAY(arena, count, struct provider_size);
	for (size_t i = 0; i < count; i++) {
		const struct json *row = json_at(rows, i);
		const char *id = json_text(json_get(row, "id"), NULL);
		int64_t vcpus = json_int(json_get(row, "vcpus"), 0);
		int64_t memory_mib = json_int(json_get(row, "memory_mib"), 0);
		if (text_is_empty(id) || !are_sane(vcpus, memory_mib))
			return provider_fail(arena, PROVIDER_INVALID,
					     "options.sizes[%zu]: give an id, vcpus (1 to %d) and memory_mib (16 or more)", i,
					     VCPUS_MOST);
		sizes[i] = (struct provider_size){
			.native_id = arena_strdup(arena, id),
			.name = arena_strdup(arena, json_text(json_get(row, "name"), id)),
			.vcpus = (int32_t)vcpus,
			.memory_mib = memory_mib,
			.disk_gib = json_int(json_get(row, "disk_gib"), 0),
		};
	}
	table->sizes = sizes;
	table->count = count;
	return PROVIDER_DONE;
}

const struct provider_size *provider_size_find(const struct provider_size_table *table, const char *native_id)
{
	for (size_t i = 0; i < table->count; i++)
		if (text_equal(table->sizes[i].native_id, native_id))
			return &table->sizes[i];
	return NULL;
}

struct provider_result provider_size_resolve(struct arena *arena, const struct provider_size_table *table,
					     const char *size, struct provider_resize_spec *numbers)
{
	if (size) {
		const struct provider_size *row = provider_size_find(table, size);
		if (!row)
			return provider_fail(arena, PROVIDER_INVALID, "there is no size \"%s\"; list the sizes and choose one", size);
		numbers->size = row->native_id;
		numbers->vcpus = row->vcpus;
		numbers->memory_mib = row->memory_mib;
		return PROVIDER_DONE;
	}
	if (!are_sane(numbers->vcpus, numbers->memory_mib))
		return provider_fail(arena, PROVIDER_INVALID,
				     "give a size, or 1 to %d vcpus and at least 16 MiB of memory", VCPUS_MOST);
	return PROVIDER_DONE;
}

struct provider_result provider_page_cut(struct arena *arena, struct provider_page *page, size_t total, size_t *first,
					 size_t *count)
{
	uint64_t start = 0;
	if (page->token && !text_to_uint64(page->token, &start))
		return provider_fail(arena, PROVIDER_INVALID, "the page token is not one of this list; start from the first page");
	size_t most = page->size == 0 ? PAGE_DEFAULT : page->size > PAGE_MOST ? PAGE_MOST : page->size;
	*first = start < total ? (size_t)start : total;
	*count = total - *first < most ? total - *first : most;
	page->token = *first + *count < total ? arena_printf(arena, "%zu", *first + *count) : NULL;
	return PROVIDER_DONE;
}
