/* SPDX-License-Identifier: Apache-2.0 */
/* sizes.c: flavors as sizes; and a table of them, as servers name theirs only by id, or only by name. */
#include <string.h>

#include "providers/openstack/machine.h"
#include "providers/openstack/page.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

enum { KEPT_S = 300, KEPT_MISSING_S = 15, SIZES_MOST = 10000 };

static const struct openstack_list FLAVORS = { .service = OPENSTACK_COMPUTE,
					       .path = "/flavors/detail",
					       .rows = "flavors",
					       .what = "listing the sizes",
					       .has_free_ids = true };

static bool size_read(struct arena *arena, const struct json *row, struct provider_size *size)
{
	const char *id = json_text(json_get(row, "id"), NULL);
	int64_t vcpus = json_int(json_get(row, "vcpus"), 0), memory_mib = json_int(json_get(row, "ram"), 0);
	if (text_is_empty(id) || vcpus < 1 || vcpus > INT32_MAX || memory_mib < 1)
		return false;
	*size = (struct provider_size){ .native_id = arena_strdup(arena, id),
					.name = arena_strdup(arena, json_text(json_get(row, "name"), id)),
					.vcpus = (int32_t)vcpus,
					.memory_mib = memory_mib,
					.disk_gib = json_int(json_get(row, "disk"), 0) };
	return true;
}

struct provider_result openstack_sizes(struct provider_session *session, struct provider_call *call,
				       struct provider_page *page, struct provider_size **sizes, size_t *count)
{
	const struct json *rows;
	struct provider_result result = openstack_list_page(session, call, &FLAVORS, page, &rows);
	if (result.error != PROVIDER_OK)
		return result;
	struct provider_size *read = ARENA_ARRAY(call->arena, json_size(rows) + 1, struct provider_size);
	size_t read_count = 0;
	for (size_t i = 0; i < json_size(rows); i++)
		read_count += size_read(call->arena, json_at(rows, i), &read[read_count]);
	*sizes = read;
	*count = read_count;
	return PROVIDER_DONE;
}

/* ---- the table ---- */

struct table {
	struct arena *arena;
	struct provider_size *sizes;
	size_t count;
};

static bool table_add(void *context, const struct json *row)
{
	struct table *table = context;
	table->count += size_read(table->arena, row, &table->sizes[table->count]);
	return table->count < SIZES_MOST;
}

/* Several may read it at once; the last one is kept. */
static struct provider_result table_load(struct provider_session *session, struct provider_call *call)
{
	struct table table = { .arena = arena_new(0) };
	table.sizes = ARENA_ARRAY(table.arena, SIZES_MOST, struct provider_size);
	struct provider_result result = openstack_list_walk(session, call, &FLAVORS, table_add, &table);
	if (result.error != PROVIDER_OK) {
		arena_free(table.arena);
		return result;
	}
	pthread_mutex_lock(&session->mutex);
	struct arena *old = session->sizes_arena;
	session->sizes_arena = table.arena;
	session->sizes = table.sizes;
	session->size_count = table.count;
	session->sizes_read_us = time_monotonic_us();
	pthread_mutex_unlock(&session->mutex);
	arena_free(old);
	return PROVIDER_DONE;
}

/* How old the table is; what is found is copied. */
static int64_t table_look(struct provider_session *session, struct provider_call *call, const char *id,
			  const char *name, struct provider_size *size)
{
	int64_t age_us = INT64_MAX;
	*size = (struct provider_size){ .native_id = NULL };
	pthread_mutex_lock(&session->mutex);
	if (session->sizes_arena)
		age_us = time_monotonic_us() - session->sizes_read_us;
	for (size_t i = 0; i < session->size_count && !size->native_id; i++) {
		const struct provider_size *row = &session->sizes[i];
		if (id ? !text_equal(row->native_id, id) : !text_equal(row->name, name))
			continue;
		*size = *row;
		size->native_id = arena_strdup(call->arena, row->native_id);
		size->name = arena_strdup(call->arena, row->name);
	}
	pthread_mutex_unlock(&session->mutex);
	return age_us;
}

struct provider_result openstack_size(struct provider_session *session, struct provider_call *call, const char *id,
				      const char *name, struct provider_size *size)
{
	int64_t age_us = table_look(session, call, id, name, size);
	int64_t kept_us = (size->native_id ? KEPT_S : KEPT_MISSING_S) * TIME_US_PER_SECOND;
	if (age_us <= kept_us)
		return PROVIDER_DONE;
	struct provider_result result = table_load(session, call);
	if (result.error == PROVIDER_OK)
		(void)table_look(session, call, id, name, size);
	/* An old table is better than no answer. */
	return size->native_id ? PROVIDER_DONE : result;
}
