/* SPDX-License-Identifier: Apache-2.0 */
/* point.c: recovery points of a machine, as both dialects keep them; their name is their identity. */
#include "providers/nutanix/common.h"
#include "runtime/base/text.h"

void nutanix_points_sort(struct nutanix_point *points, size_t count)
{
	for (size_t i = 1; i < count; i++)
		for (size_t k = i; k > 0 && points[k - 1].created_us > points[k].created_us; k--) {
			struct nutanix_point swap = points[k];
			points[k] = points[k - 1];
			points[k - 1] = swap;
		}
}

struct provider_result nutanix_point_find(struct provider_session *session, struct provider_call *call, nutanix_points_of *points_of,
					  const char *machine, const char *name, const struct nutanix_point **found)
{
	struct nutanix_point *points;
	size_t count;
	struct provider_result result = points_of(session, call, machine, &points, &count);

	*found = NULL;
	for (size_t i = 0; result.error == PROVIDER_OK && i < count; i++)
		if (text_equal(points[i].name, name))
			*found = &points[i];
	if (result.error == PROVIDER_OK && !*found)
		return provider_fail(call->arena, PROVIDER_NOT_FOUND, "the machine has no snapshot \"%.64s\"", text_or_empty(name));
	return result;
}

struct provider_result nutanix_points_list(struct provider_session *session, struct provider_call *call, nutanix_points_of *points_of,
					   const char *machine, struct provider_snapshot **snapshots, size_t *count)
{
	struct nutanix_point *points;
	struct provider_result result = points_of(session, call, machine, &points, count);

	if (result.error != PROVIDER_OK)
		return result;
	*snapshots = ARENA_ARRAY(call->arena, *count, struct provider_snapshot);
	/* They hang together in no tree: the newest is where the machine went on from. */
	for (size_t i = 0; i < *count; i++)
		(*snapshots)[i] = (struct provider_snapshot){ .native_id = points[i].name,
							      .name = points[i].name,
							      .created_us = points[i].created_us,
							      .is_current = i + 1 == *count };
	return PROVIDER_DONE;
}
