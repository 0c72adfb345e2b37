/* SPDX-License-Identifier: Apache-2.0 */
/* size.h: a table of sizes for clouds that have none of their own; the option "sizes" replaces it. */
#ifndef GAON_PROVIDERS_SIZE_H
#define GAON_PROVIDERS_SIZE_H

#include "providers/provider.h"

struct provider_size_table {
	struct provider_size *sizes;
	size_t count;
};

/**
 * From {"sizes": [{"id", "name", "vcpus", "memory_mib", "disk_gib"}]}, or the default table when there is no such member.
 * Fails INVALID with the index of the row that is wrong. Texts are copied into `arena`.
 */
struct provider_result provider_sizes_read(struct arena *arena, const struct json *options,
					   struct provider_size_table *table);
const struct provider_size *provider_size_find(const struct provider_size_table *table, const char *native_id);

/** The vcpus and memory that a named size or bare numbers ask for; INVALID when neither makes sense. */
struct provider_result provider_size_resolve(struct arena *arena, const struct provider_size_table *table,
					     const char *size, struct provider_resize_spec *numbers);

/**
 * One page of `total` rows kept in a fixed order: first row and row count. The token is the index of the next row.
 * Fails INVALID for a token that is no index. `*page` gets the token of the page after.
 */
struct provider_result provider_page_cut(struct arena *arena, struct provider_page *page, size_t total, size_t *first,
					 size_t *count);

#endif
