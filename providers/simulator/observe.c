/* SPDX-License-Identifier: Apache-2.0 */
/* observe.c: a simulated machine's console and counters: all follow from the time that it ran. */
#include "providers/simulator/observe.h"

#include <inttypes.h>
#include <string.h>

#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define SCREEN_MINUTES 10

static int64_t times(int64_t a, int64_t b)
{
	int64_t product;
	return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}

static int64_t ran_us(const struct sim_machine *machine, int64_t now_us)
{
	return machine->ran_us + (machine->running_since_us != 0 ? now_us - machine->running_since_us : 0);
}

struct provider_result sim_console(struct provider_session *session, struct provider_call *call, const char *native_id,
				   size_t most, struct slice *output)
{
	struct sim_visit visit;
	struct sim_machine *machine;
	struct provider_result result = sim_enter(session, call, VERB_CONSOLE, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	result = sim_machine_need(&visit, native_id, &machine);
	if (result.error != PROVIDER_OK)
		return sim_leave(&visit, result);
	struct text text = text_new(call->arena);
	uint32_t shown = machine->boots > 8 ? 8 : machine->boots;
	for (uint32_t boot = machine->boots - shown + 1; boot <= machine->boots && machine->state != PROVIDER_MACHINE_BUILDING;
	     boot++) {
		text_printf(&text, "[    0.000000] Linux version 6.1.0-simulated (gaon simulator) boot %" PRIu32 "\n", boot);
		text_printf(&text, "[    0.004000] Memory: %" PRId64 "K available, %" PRId32 " cpus\n", machine->memory_mib * 1024,
			    machine->vcpus);
		text_printf(&text, "gaon-guest: booted %s\n", machine->name);
	}
	size_t size = text.size < most ? text.size : most;
	*output = slice_of(text.data + text.size - size, size);
	return sim_leave(&visit, PROVIDER_DONE);
}

struct provider_result sim_console_url(struct provider_session *session, struct provider_call *call, const char *native_id,
				       const char **url, int64_t *expires_us)
{
	struct sim_visit visit;
	struct sim_machine *machine;
	struct provider_result result = sim_enter(session, call, VERB_CONSOLE_URL, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	result = sim_machine_need(&visit, native_id, &machine);
	if (result.error == PROVIDER_OK && machine->state != PROVIDER_MACHINE_RUNNING)
		result = provider_fail(call->arena, PROVIDER_CONFLICT, "the machine is %s; only a running one has a screen",
				       provider_machine_state_name(machine->state));
	if (result.error != PROVIDER_OK)
		return sim_leave(&visit, result);
	/* RFC 6761: no such host is ever found. Nobody needs the number; it only looks like one that lets somebody in. */
	*url = arena_printf(call->arena, "https://screen.sim.invalid/%s?token=%s", native_id, id_new(call->arena));
	*expires_us = visit.now_us + SCREEN_MINUTES * TIME_US_PER_MINUTE;
	return sim_leave(&visit, result);
}

struct provider_result sim_usage(struct provider_session *session, struct provider_call *call, const char *native_id,
				 struct provider_usage *usage)
{
	struct sim_visit visit;
	struct sim_machine *machine;
	struct provider_result result = sim_enter(session, call, VERB_USAGE, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	result = sim_machine_need(&visit, native_id, &machine);
	if (result.error != PROVIDER_OK)
		return sim_leave(&visit, result);
	int64_t run_us = ran_us(machine, visit.now_us);
	int64_t seconds = run_us / TIME_US_PER_SECOND;
	*usage = (struct provider_usage){
		.is_known = true,
		.cpu_ns = times(run_us, SIM_CPU_NS_PER_RUN_US * machine->vcpus),
		.memory_mib = machine->running_since_us != 0 ? machine->memory_mib : 0,
		.disk_read_bytes = seconds * SIM_DISK_READ_PER_SECOND,
		.disk_write_bytes = seconds * SIM_DISK_WRITE_PER_SECOND,
		.network_receive_bytes = seconds * SIM_RECEIVE_PER_SECOND,
		.network_send_bytes = seconds * SIM_SEND_PER_SECOND,
	};
	return sim_leave(&visit, PROVIDER_DONE);
}
