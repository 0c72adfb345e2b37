/* SPDX-License-Identifier: Apache-2.0 */
/* place.c: where a simulated cloud is, and how much of it is left. */
#include "providers/simulator/thing.h"
#include "runtime/base/text.h"

static const struct provider_region REGIONS[] = {
	{ "sim-east", "Simulated East", NULL },
	{ "sim-west", "Simulated West", NULL },
};
/* One endpoint is one world: its regions are only names, and each connection sees the zones in its own. */
static const struct provider_region ZONES[] = {
	{ "zone-a", "Zone A", NULL },
	{ "zone-b", "Zone B", NULL },
};
#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

bool sim_zone_exists(const char *native_id)
{
	for (size_t i = 0; i < COUNT_OF(ZONES); i++)
		if (text_equal(ZONES[i].native_id, native_id))
			return true;
	return false;
}

const char *sim_zone_default(void)
{
	return ZONES[0].native_id;
}

struct provider_result sim_regions(struct provider_session *session, struct provider_call *call, struct provider_page *page,
				   struct provider_region **regions, size_t *count)
{
	struct sim_visit visit;
	size_t first;
	struct provider_region all[COUNT_OF(REGIONS) + COUNT_OF(ZONES)];
	struct provider_result result = sim_enter(session, call, VERB_REGIONS, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	for (size_t i = 0; i < COUNT_OF(REGIONS); i++)
		all[i] = REGIONS[i];
	for (size_t i = 0; i < COUNT_OF(ZONES); i++) {
		all[COUNT_OF(REGIONS) + i] = ZONES[i];
		all[COUNT_OF(REGIONS) + i].parent = sim_region(session);
	}
	result = sim_page_cut(&visit, page, COUNT_OF(all), &first, count);
	if (result.error == PROVIDER_OK)
		*regions = arena_memdup(call->arena, all + first, *count * sizeof **regions);
	return sim_leave(&visit, result);
}

const char *sim_region(const struct provider_session *session)
{
	for (size_t i = 0; i < COUNT_OF(REGIONS); i++)
		if (text_equal(REGIONS[i].native_id, session->region))
			return REGIONS[i].native_id;
	return REGIONS[0].native_id;
}

static int64_t limit_of(int64_t option)
{
	return option > 0 ? option : -1;
}

struct provider_result sim_quotas(struct provider_session *session, struct provider_call *call,
				  struct provider_quota **quotas, size_t *count)
{
	struct sim_visit visit;
	int64_t volumes_gib, ignored, memory_mib = 0;
	struct provider_result result = sim_enter(session, call, VERB_QUOTAS, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	struct sim_world *world = visit.world;
	const struct sim_account *account = sim_account(world, session->connection);
	sim_settle_all(world, visit.now_us);
	for (const struct sim_machine *each = world->oldest; each; each = each->next)
		memory_mib += each->memory_mib;
	int64_t volumes = sim_thing_count(&visit, SIM_VOLUME, account, &volumes_gib);
	const struct provider_quota rows[] = {
		{ "machines", limit_of(world->options.quota), account->machines },
		{ "vcpus", limit_of(world->options.capacity_vcpus), world->vcpus },
		{ "memory_mib", -1, memory_mib },
		{ "volumes", limit_of(world->options.volume_quota), volumes },
		{ "disk_gib", -1, volumes_gib },
		{ "addresses", -1, sim_thing_count(&visit, SIM_ADDRESS, account, &ignored) },
	};
	*quotas = arena_memdup(call->arena, rows, sizeof rows);
	*count = COUNT_OF(rows);
	return sim_leave(&visit, PROVIDER_DONE);
}
