/* SPDX-License-Identifier: Apache-2.0 */
/* made_network.c: simulated networks that were made. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "providers/simulator/thing.h"
#include "runtime/base/text.h"

bool sim_is_cidr(const char *text)
{
	char host[INET6_ADDRSTRLEN];
	unsigned char bytes[16];
	int64_t bits;
	const char *slash = text ? strchr(text, '/') : NULL;
	if (!slash || (size_t)(slash - text) >= sizeof host || !text_to_int64(slash + 1, &bits) || bits < 0)
		return false;
	snprintf(host, sizeof host, "%.*s", (int)(slash - text), text);
	return inet_pton(AF_INET, host, bytes) == 1 ? bits <= 32 : inet_pton(AF_INET6, host, bytes) == 1 && bits <= 128;
}

static void tell(struct arena *arena, const struct sim_thing *thing, struct provider_network *out)
{
	*out = (struct provider_network){ .native_id = sim_thing_id(arena, thing),
					  .name = arena_strdup(arena, thing->name),
					  .cidr = arena_strdup(arena, text_or_empty(thing->text)),
					  .parent = thing->parent ? arena_strdup(arena, thing->parent) : NULL,
					  .zone = thing->zone ? arena_strdup(arena, thing->zone) : NULL };
}

size_t sim_made_networks(struct sim_visit *visit, struct provider_network **networks)
{
	size_t count = 0, most = 0;
	struct sim_thing *next;
	for (struct sim_thing *each = visit->world->things[SIM_NETWORK].oldest; each; each = each->next)
		most++;
	*networks = ARENA_ARRAY(visit->call->arena, most, struct provider_network);
	for (struct sim_thing *each = visit->world->things[SIM_NETWORK].oldest; each; each = next) {
		next = each->next;
		if (sim_thing_settle(visit->world, each, visit->now_us) && each->state == SIM_READY && sim_is_visible(visit, each))
			tell(visit->call->arena, each, &(*networks)[count++]);
	}
	return count;
}

bool sim_made_network(struct sim_visit *visit, const char *native_id)
{
	const struct sim_thing *thing = sim_thing_by_id(visit, SIM_NETWORK, native_id);
	return thing && thing->state == SIM_READY;
}

static struct provider_result make(struct sim_visit *visit, const struct sim_making *making,
				   const struct provider_network_spec *spec, const char **native_id)
{
	struct arena *arena = visit->call->arena;
	struct provider_result result = sim_words_check(arena, &spec->intent, spec->name);
	if (result.error != PROVIDER_OK)
		return result;
	if (!sim_is_cidr(spec->cidr))
		return provider_fail(arena, PROVIDER_INVALID, "\"%.64s\" is no network; write it as 10.0.3.0/24",
				     text_or_empty(spec->cidr));
	if (spec->parent && !sim_network_exists(visit, spec->parent))
		return provider_fail(arena, PROVIDER_INVALID,
				     "the simulator has no network \"%.64s\" to make this one in; list the networks", spec->parent);
	if (spec->zone && !sim_zone_exists(spec->zone))
		return provider_fail(arena, PROVIDER_INVALID, "the simulator has no zone \"%.64s\"; list the regions and choose one",
				     spec->zone);
	struct sim_thing filled = { .kind = SIM_NETWORK,
				    .text = arena_strdup(visit->world->arena, spec->cidr),
				    .parent = sim_intern(visit->world, spec->parent),
				    .zone = sim_intern(visit->world, spec->zone) };
	snprintf(filled.name, sizeof filled.name, "%s", spec->name);
	return sim_thing_make(visit, making, &filled, native_id);
}

static struct provider_result network_create(struct provider_session *session, struct provider_call *call,
					     const struct provider_network_spec *spec, struct provider_task *task,
					     const char **native_id)
{
	struct sim_visit visit;
	struct sim_making making = {
		.session = session, .intent = &spec->intent, .verb = VERB_NETWORK_CREATE, .takes_time = true, .task = task
	};
	struct provider_result result = sim_enter(session, call, VERB_NETWORK_CREATE, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	if (!sim_thing_again(&visit, SIM_NETWORK, &making, native_id))
		result = make(&visit, &making, spec, native_id);
	return sim_leave(&visit, result);
}

static struct provider_result network_list(struct provider_session *session, struct provider_call *call,
					   const struct provider_intent *intent, struct provider_page *page,
					   struct provider_made_network **networks, size_t *count)
{
	struct sim_visit visit;
	struct sim_thing **things;
	struct provider_result result = sim_enter(session, call, VERB_NETWORK_LIST, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	result = sim_thing_page(&visit, session, SIM_NETWORK, intent, page, &things, count);
	if (result.error != PROVIDER_OK)
		return sim_leave(&visit, result);
	*networks = ARENA_ARRAY(call->arena, *count, struct provider_made_network);
	for (size_t i = 0; i < *count; i++) {
		tell(call->arena, things[i], &(*networks)[i].network);
		(*networks)[i].marks = sim_thing_marks(call->arena, things[i]);
	}
	return sim_leave(&visit, result);
}

static struct provider_result network_remove(struct provider_session *session, struct provider_call *call,
					     const char *native_id, struct provider_task *task)
{
	struct sim_visit visit;
	struct provider_result result = sim_enter(session, call, VERB_NETWORK_DELETE, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	struct sim_thing *network = sim_thing_by_id(&visit, SIM_NETWORK, native_id);
	if (network && sim_machine_uses(&visit, "networks", native_id))
		result = provider_fail(call->arena, PROVIDER_CONFLICT, "machines are attached to the network; delete them first");
	else
		result = sim_thing_remove(&visit, network, VERB_NETWORK_DELETE, task);
	return sim_leave(&visit, result);
}

const struct provider_network_ops sim_network_ops = {
	.create = network_create,
	.list = network_list,
	.remove = network_remove,
	.security_group_create = sim_group_create,
	.security_group_list = sim_group_list,
	.security_group_rules = sim_group_rules,
	.security_group_remove = sim_group_remove,
	.address_allocate = sim_address_allocate,
	.address_list = sim_address_list,
	.address_associate = sim_address_associate,
	.address_disassociate = sim_address_disassociate,
	.address_release = sim_address_release,
	.key_pair_import = sim_key_pair_import,
	.key_pair_list = sim_key_pair_list,
	.key_pair_remove = sim_key_pair_remove,
};
