/* SPDX-License-Identifier: Apache-2.0 */
/* inventory.c: looking at the machines of a simulated cloud. */
#include <inttypes.h>

#include "providers/simulator/thing.h"
#include "runtime/base/text.h"

static const char *copy(struct arena *arena, const char *text)
{
	return text && *text ? arena_strdup(arena, text) : NULL;
}

static const char *native_state(const struct sim_machine *machine)
{
	return machine->due_us != 0 && machine->native_state ? machine->native_state :
							       provider_machine_state_name(machine->state);
}

/* In each further network one more. */
static void tell_addresses(struct arena *arena, struct sim_world *world, const struct sim_machine *machine,
			   struct provider_machine *out)
{
	unsigned number = (unsigned)machine->number;
	size_t more = json_size(json_get(machine->more, "networks"));
	out->addresses = ARENA_ARRAY(arena, more + 1, const char *);
	for (size_t i = 0; i <= more; i++)
		out->addresses[i] = arena_printf(arena, "%u.%u.%u.%u", i == 0 ? 10 : 172, i == 0 ? (number >> 16) & 255 : 15 + (unsigned)i,
						 (number >> 8) & 255, number & 255);
	out->address_count = more + 1;
	sim_machine_tell_addresses(arena, world, machine, out);
}

void sim_machine_tell(struct arena *arena, struct sim_world *world, const struct sim_machine *machine,
		      struct provider_machine *out)
{
	const struct json *tags = json_get(machine->more, "tags");
	char native_id[SIMULATOR_ID_SIZE];
	sim_native_id(machine->number, native_id);
	*out = (struct provider_machine){
		.native_id = arena_strdup(arena, native_id),
		.name = arena_strdup(arena, machine->name),
		.state = machine->state,
		.native_state = arena_strdup(arena, native_state(machine)),
		.size = copy(arena, machine->size),
		.image = copy(arena, machine->image),
		.vcpus = machine->vcpus,
		.memory_mib = machine->memory_mib,
		.disk_gib = machine->disk_gib,
		.created_us = machine->created_us,
		.zone = copy(arena, machine->zone),
		.network = copy(arena, machine->network),
		.tags = tags ? sim_json_copy(arena, tags) : json_object(arena),
		.marks = { .resource = copy(arena, machine->machine),
			   .operation = copy(arena, machine->operation),
			   .connection = machine->account ? arena_strdup(arena, machine->account->connection) : NULL,
			   .installation = copy(arena, machine->installation) },
	};
	if (machine->boots > 0)
		tell_addresses(arena, world, machine, out);
}

struct provider_result sim_machine_need(struct sim_visit *visit, const char *native_id, struct sim_machine **machine)
{
	struct sim_machine *found =
		sim_machine_settle(visit->world, sim_machine_by_id(visit->world, native_id), visit->now_us);
	if (!found)
		return provider_fail(visit->call->arena, PROVIDER_NOT_FOUND, "the simulator has no machine \"%.64s\"",
				     text_or_empty(native_id));
	*machine = found;
	return PROVIDER_DONE;
}

struct provider_result sim_find(struct provider_session *session, struct provider_call *call,
				const struct provider_intent *intent, struct provider_machine *machine)
{
	struct sim_visit visit;
	struct provider_result result = sim_enter(session, call, VERB_FIND, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	struct sim_machine *found =
		sim_machine_settle(visit.world, sim_machine_by_intent(visit.world, intent->resource), visit.now_us);
	if (found && visit.now_us >= found->visible_us && text_equal(found->installation, session->installation))
		sim_machine_tell(call->arena, visit.world, found, machine);
	else
		result = provider_fail(call->arena, PROVIDER_NOT_FOUND, "the simulator has no machine of this intent");
	return sim_leave(&visit, result);
}

struct provider_result sim_get(struct provider_session *session, struct provider_call *call, const char *native_id,
			       struct provider_machine *machine)
{
	struct sim_visit visit;
	struct sim_machine *found = NULL;
	struct provider_result result = sim_enter(session, call, VERB_GET, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	result = sim_machine_need(&visit, native_id, &found);
	if (result.error == PROVIDER_OK && visit.now_us < found->visible_us)
		result = provider_fail(call->arena, PROVIDER_NOT_FOUND, "the simulator does not show this machine yet");
	if (result.error == PROVIDER_OK)
		sim_machine_tell(call->arena, visit.world, found, machine);
	return sim_leave(&visit, result);
}

/* The token is the number of the last machine told: it holds also when that one is gone meanwhile. */
static struct provider_result list_page(struct sim_visit *visit, struct provider_page *page,
					struct provider_machine **machines, size_t *count)
{
	struct arena *arena = visit->call->arena;
	uint64_t after = 0;
	if (page->token && !text_to_uint64(page->token, &after))
		return provider_fail(arena, PROVIDER_INVALID, "the page token is not one of this list; start from the first page");
	size_t most = page->size == 0 ? 100 : page->size;
	if (most > (size_t)visit->world->options.page_size)
		most = (size_t)visit->world->options.page_size;
	struct provider_machine *rows = ARENA_ARRAY(arena, most, struct provider_machine);
	struct sim_machine *each = sim_machine_by_number(visit->world, after);
	each = each ? each->next : visit->world->oldest;
	struct sim_machine *next;
	size_t filled = 0;
	uint64_t last = after;
	for (; each && filled < most; each = next) {
		next = each->next;
		if (each->number <= after || !sim_machine_settle(visit->world, each, visit->now_us) ||
		    visit->now_us < each->visible_us)
			continue;
		sim_machine_tell(arena, visit->world, each, &rows[filled++]);
		last = each->number;
	}
	page->token = each ? arena_printf(arena, "%" PRIu64, last) : NULL;
	*machines = rows;
	*count = filled;
	return PROVIDER_DONE;
}

struct provider_result sim_list(struct provider_session *session, struct provider_call *call, struct provider_page *page,
				struct provider_machine **machines, size_t *count)
{
	struct sim_visit visit;
	struct provider_result result = sim_enter(session, call, VERB_LIST, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	return sim_leave(&visit, list_page(&visit, page, machines, count));
}
