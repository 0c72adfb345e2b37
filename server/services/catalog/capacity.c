/* SPDX-License-Identifier: Apache-2.0 */
/* capacity.c: is there room on a connection, by what its cloud limits and what was made there since the last probe? */
#include "server/services/catalog/capacity.h"

#include "runtime/base/text.h"
#include "server/services/catalog/connection_quota.h"
#include "server/services/catalog/room.h"

/** How much of a limited thing one more machine takes, and what was taken since the probe. */
struct need {
	const char *quota;
	int64_t wanted, since;
};

static void hold(struct arena *arena, const struct connection_quota *quota, const struct need *need, struct capacity *capacity)
{
	if (quota->limit < 0 || quota->used < 0)
		return;
	int64_t used = quota->used + need->since + need->wanted;
	int64_t permille = quota->limit > 0 ? used * 1000 / quota->limit : INT32_MAX;
	if (permille > capacity->used_permille)
		capacity->used_permille = (int32_t)(permille < INT32_MAX ? permille : INT32_MAX);
	if (used > quota->limit && need->wanted > 0)
		capacity->shortage = arena_printf(arena, "its cloud allows %lld %s, of which %lld are used", (long long)quota->limit,
						  quota->id, (long long)(used - need->wanted));
}

struct status capacity_look(struct store_tx *tx, const struct connection *connection, const struct catalog_shape *wanted,
			    struct capacity *capacity)
{
	struct catalog_load load = { 0 };
	struct connection_quota *quotas;
	size_t count;

	*capacity = (struct capacity){ .used_permille = -1 };
	TRY(catalog_look_at_load(tx, connection->name, connection->probed_us, &load));
	const struct need needs[] = {
		{ "machines", 1, load.new_machines },
		{ "vcpus", wanted->vcpus, load.new_shape.vcpus },
		{ "memory_mib", wanted->memory_mib, load.new_shape.memory_mib },
		{ "disk_gib", wanted->disk_gib, load.new_shape.disk_gib },
	};
	capacity->machines = load.machines;
	TRY(connection_quotas_list(tx, connection->name, NULL, CONNECTION_QUOTAS_MOST, &quotas, &count));
	for (size_t i = 0; i < count; i++)
		for (size_t n = 0; n < sizeof needs / sizeof needs[0]; n++)
			if (text_equal(quotas[i].id, needs[n].quota))
				hold(store_arena(tx), &quotas[i], &needs[n], capacity);
	return OK;
}
