/* SPDX-License-Identifier: Apache-2.0 */
/* simulator.c: the row of the simulated cloud, and its sessions. */
#include "providers/simulator/simulator.h"

#include "providers/simulator/world.h"
#include "runtime/base/text.h"

static struct provider_result sim_open(struct provider_call *call, const struct provider_config *config,
				       struct provider_session **session)
{
	if (!text_starts_with(text_or_empty(config->endpoint), "sim://"))
		return provider_fail(call->arena, PROVIDER_INVALID, "the endpoint of a simulator reads sim://<name>, as in sim://east");
	struct sim_world *world;
	struct provider_result result = sim_world_open(call->arena, config, &world);
	if (result.error != PROVIDER_OK)
		return result;
	struct arena *arena = arena_new(0);
	struct provider_session *made = ARENA_NEW(arena, struct provider_session);
	*made = (struct provider_session){ .arena = arena,
					   .world = world,
					   .connection = arena_strdup(arena, text_or_empty(config->connection)),
					   .installation = arena_strdup(arena, text_or_empty(config->installation)) };
	*session = made;
	return PROVIDER_DONE;
}

static void sim_close(struct provider_session *session)
{
	if (!session)
		return;
	sim_world_close(session->world);
	arena_free(session->arena);
}

static struct provider_result sim_probe(struct provider_session *session, struct provider_call *call,
					struct provider_info *info)
{
	struct sim_visit visit;
	struct provider_result result = sim_enter(session, call, VERB_GET, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	bool is_kept = visit.world->journal >= 0;
	*info = (struct provider_info){
		.product = "Gaon simulator",
		.version = "1",
		.is_ephemeral = !is_kept,
		.warning = is_kept ? "its machines are simulated" :
				     "its machines are simulated, and forgotten when this process ends; set state_file to keep them",
	};
	for (int verb = 0; verb < VERB_COUNT; verb++)
		info->support[verb] = provider_simulator.traits[verb].support;
	return sim_leave(&visit, PROVIDER_DONE);
}

static const struct provider_ops OPS = {
	.open = sim_open,
	.close = sim_close,
	.probe = sim_probe,
	.regions = sim_regions,
	.sizes = sim_sizes,
	.images = sim_images,
	.networks = sim_networks,
	.quotas = sim_quotas,
	.create = sim_create,
	.find = sim_find,
	.get = sim_get,
	.list = sim_list,
	.power = sim_power,
	.resize = sim_resize,
	.remove = sim_remove,
	.snapshot_create = sim_snapshot_create,
	.snapshot_list = sim_snapshot_list,
	.snapshot_revert = sim_snapshot_revert,
	.snapshot_delete = sim_snapshot_delete,
	.console = sim_console,
	.usage = sim_usage,
	.task = sim_task,
};

#define STATE(name) (1u << PROVIDER_MACHINE_##name)
#define STEADY (STATE(RUNNING) | STATE(STOPPED) | STATE(SUSPENDED))
#define ANY (STEADY | STATE(UNKNOWN) | STATE(BUILDING) | STATE(TRANSITION) | STATE(FAILED))
#define READS(states_) { SUPPORT_NATIVE, false, IDEMPOTENCE_NATURAL, states_, NULL }
#define WORKS(states_, note_) { SUPPORT_NATIVE, true, IDEMPOTENCE_NATURAL, states_, note_ }

const struct provider provider_simulator = {
	.kind = "simulator",
	.title = "Simulator (in-process)",
	.ops = &OPS,
	.traits = {
		[VERB_REGIONS] = READS(0),
		[VERB_SIZES] = READS(0),
		[VERB_IMAGES] = READS(0),
		[VERB_NETWORKS] = READS(0),
		[VERB_QUOTAS] = READS(0),
		[VERB_CREATE] = { SUPPORT_NATIVE, true, IDEMPOTENCE_TOKEN, 0,
				  "with the option client_token off a repeated create makes a second machine" },
		[VERB_FIND] = READS(0),
		[VERB_GET] = READS(ANY),
		[VERB_LIST] = READS(0),
		[VERB_START] = WORKS(STATE(STOPPED), NULL),
		[VERB_STOP] = WORKS(STATE(RUNNING) | STATE(SUSPENDED) | STATE(FAILED), NULL),
		[VERB_SHUTDOWN] = WORKS(STATE(RUNNING), NULL),
		[VERB_REBOOT] = WORKS(STATE(RUNNING), "repeating it boots once more"),
		[VERB_RESET] = WORKS(STATE(RUNNING), "repeating it boots once more"),
		[VERB_SUSPEND] = WORKS(STATE(RUNNING), NULL),
		[VERB_RESUME] = WORKS(STATE(SUSPENDED), NULL),
		[VERB_RESIZE] = WORKS(STATE(STOPPED), "the machine must be stopped"),
		[VERB_DELETE] = WORKS(ANY, NULL),
		[VERB_SNAPSHOT_CREATE] = WORKS(STEADY, "a second one with the same name is the first one"),
		[VERB_SNAPSHOT_LIST] = READS(ANY),
		[VERB_SNAPSHOT_REVERT] = WORKS(STEADY, NULL),
		[VERB_SNAPSHOT_DELETE] = WORKS(STEADY, NULL),
		[VERB_CONSOLE] = READS(ANY),
		[VERB_USAGE] = READS(ANY),
	},
	.options = sim_option_rows,
	.option_count = SIM_OPTION_COUNT,
	.visibility_delay_ms = SIM_LATE_VISIBILITY_MOST_MS,
	.concurrency = 16,
};
