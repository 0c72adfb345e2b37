/* SPDX-License-Identifier: Apache-2.0 */
/* address.c: simulated addresses that stay ours whichever machine has them. */
#include <stdio.h>

#include "providers/simulator/thing.h"
#include "runtime/base/text.h"

static void tell(struct arena *arena, const struct sim_thing *thing, struct provider_address *out)
{
	char machine[SIMULATOR_ID_SIZE];
	sim_native_id((uint64_t)thing->machine, machine);
	*out = (struct provider_address){ .native_id = sim_thing_id(arena, thing),
					  .address = arena_strdup(arena, text_or_empty(thing->text)),
					  .machine = thing->machine != 0 ? arena_strdup(arena, machine) : NULL,
					  .marks = sim_thing_marks(arena, thing) };
}

void sim_machine_tell_addresses(struct arena *arena, struct sim_world *world, const struct sim_machine *machine,
				struct provider_machine *out)
{
	size_t more = 0;
	for (struct sim_thing *each = world->things[SIM_ADDRESS].oldest; each; each = each->next)
		more += (uint64_t)each->machine == machine->number;
	if (more == 0)
		return;
	const char **all = ARENA_ARRAY(arena, out->address_count + more, const char *);
	for (size_t i = 0; i < out->address_count; i++)
		all[i] = out->addresses[i];
	for (struct sim_thing *each = world->things[SIM_ADDRESS].oldest; each; each = each->next)
		if ((uint64_t)each->machine == machine->number)
			all[out->address_count++] = arena_strdup(arena, text_or_empty(each->text));
	out->addresses = all;
}

static struct provider_result allocate(struct sim_visit *visit, const struct sim_making *making, const char *network,
				       const char **native_id)
{
	struct arena *arena = visit->call->arena;
	struct provider_result result = sim_words_check(arena, making->intent, "address");
	if (result.error != PROVIDER_OK)
		return result;
	if (network && !sim_network_exists(visit, network))
		return provider_fail(arena, PROVIDER_INVALID, "the simulator has no network \"%.64s\"; list the networks", network);
	/* RFC 2544's range for benchmarks: nobody is reached there. */
	unsigned host = (unsigned)visit->world->next_thing & 0x1ffff;
	struct sim_thing filled = { .kind = SIM_ADDRESS,
				    .text = arena_printf(visit->world->arena, "198.%u.%u.%u", 18 + (host >> 16), (host >> 8) & 255,
							 host & 255),
				    .parent = sim_intern(visit->world, network) };
	return sim_thing_make(visit, making, &filled, native_id);
}

struct provider_result sim_address_allocate(struct provider_session *session, struct provider_call *call,
					    const struct provider_intent *intent, const char *network,
					    struct provider_address *address)
{
	struct sim_visit visit;
	const char *native_id = NULL;
	struct sim_making making = { .session = session, .intent = intent, .verb = VERB_ADDRESS_ALLOCATE };
	struct provider_result result = sim_enter(session, call, VERB_ADDRESS_ALLOCATE, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	if (!sim_thing_again(&visit, SIM_ADDRESS, &making, &native_id))
		result = allocate(&visit, &making, network, &native_id);
	if (result.error == PROVIDER_OK)
		tell(call->arena, sim_thing_by_id(&visit, SIM_ADDRESS, native_id), address);
	return sim_leave(&visit, result);
}

struct provider_result sim_address_list(struct provider_session *session, struct provider_call *call,
					const struct provider_intent *intent, struct provider_page *page,
					struct provider_address **addresses, size_t *count)
{
	struct sim_visit visit;
	struct sim_thing **things;
	struct provider_result result = sim_enter(session, call, VERB_ADDRESS_LIST, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	result = sim_thing_page(&visit, session, SIM_ADDRESS, intent, page, &things, count);
	if (result.error != PROVIDER_OK)
		return sim_leave(&visit, result);
	*addresses = ARENA_ARRAY(call->arena, *count, struct provider_address);
	for (size_t i = 0; i < *count; i++)
		tell(call->arena, things[i], &(*addresses)[i]);
	return sim_leave(&visit, result);
}

static struct provider_result give(struct sim_visit *visit, struct sim_thing *address, int64_t machine)
{
	struct sim_thing changed = *address;
	changed.machine = changed.next_machine = machine;
	return sim_thing_commit(visit, address, &changed);
}

struct provider_result sim_address_associate(struct provider_session *session, struct provider_call *call,
					     const char *native_id, const char *machine_id)
{
	struct sim_visit visit;
	struct sim_thing *address;
	struct sim_machine *machine;
	struct provider_result result = sim_enter(session, call, VERB_ADDRESS_ASSOCIATE, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	result = sim_thing_need(&visit, SIM_ADDRESS, native_id, &address);
	if (result.error == PROVIDER_OK)
		result = sim_machine_need(&visit, machine_id, &machine);
	if (result.error != PROVIDER_OK || address->machine == (int64_t)machine->number)
		return sim_leave(&visit, result);
	if (address->machine != 0)
		return sim_leave(&visit, provider_fail(call->arena, PROVIDER_CONFLICT,
						       "another machine has the address; disassociate it first"));
	return sim_leave(&visit, give(&visit, address, (int64_t)machine->number));
}

struct provider_result sim_address_disassociate(struct provider_session *session, struct provider_call *call,
						const char *native_id)
{
	struct sim_visit visit;
	struct sim_thing *address;
	struct provider_result result = sim_enter(session, call, VERB_ADDRESS_DISASSOCIATE, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	result = sim_thing_need(&visit, SIM_ADDRESS, native_id, &address);
	if (result.error == PROVIDER_OK && address->machine != 0)
		result = give(&visit, address, 0);
	return sim_leave(&visit, result);
}

struct provider_result sim_address_release(struct provider_session *session, struct provider_call *call,
					   const char *native_id)
{
	struct sim_visit visit;
	struct provider_result result = sim_enter(session, call, VERB_ADDRESS_RELEASE, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	struct sim_thing *address = sim_thing_by_id(&visit, SIM_ADDRESS, native_id);
	if (!address)
		return sim_leave(&visit, PROVIDER_DONE);
	if (address->machine != 0)
		return sim_leave(&visit, provider_fail(call->arena, PROVIDER_CONFLICT,
						       "a machine has the address; disassociate it first"));
	return sim_leave(&visit, sim_thing_drop(&visit, address));
}
