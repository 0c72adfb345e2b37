/* SPDX-License-Identifier: Apache-2.0 */
/* simulator.c: the row of the simulated cloud, and its sessions. */
#include "providers/simulator/simulator.h"

#include "providers/simulator/thing.h"
#include "runtime/base/text.h"

static struct provider_result endpoint_check(struct arena *arena, const char *endpoint)
{
	if (!text_starts_with(text_or_empty(endpoint), "sim://"))
		return provider_fail(arena, PROVIDER_INVALID, "the endpoint of a simulator reads sim://<name>, as in sim://east");
	return PROVIDER_DONE;
}

static struct provider_result sim_check(struct arena *arena, const struct provider_config *config)
{
	struct sim_options options;
	struct provider_result result = endpoint_check(arena, config->endpoint);
	if (result.error == PROVIDER_OK)
		result = sim_options_read(arena, config->options, &options);
	return result.error == PROVIDER_OK ? sim_catalogue_check(arena, config->options) : result;
}

static struct provider_result sim_open(struct provider_call *call, const struct provider_config *config,
				       struct provider_session **session)
{
	struct sim_world *world;
	struct provider_result result = endpoint_check(call->arena, config->endpoint);
	if (result.error == PROVIDER_OK)
		result = sim_world_open(call->arena, config, &world);
	if (result.error != PROVIDER_OK)
		return result;
	struct arena *arena = arena_new(0);
	struct provider_session *made = ARENA_NEW(arena, struct provider_session);
	*made = (struct provider_session){ .arena = arena,
					   .world = world,
					   .connection = arena_strdup(arena, text_or_empty(config->connection)),
					   .installation = arena_strdup(arena, text_or_empty(config->installation)),
					   .region = arena_strdup(arena, text_or_empty(config->region)) };
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
	.check = sim_check,
	.open = sim_open,
	.close = sim_close,
	.probe = sim_probe,
	.regions = sim_regions,
	.sizes = sim_sizes,
	.images = sim_images,
	.networks = sim_networks,
	.quotas = sim_quotas,
	.prices = sim_prices,
	.create = sim_create,
	.find = sim_find,
	.get = sim_get,
	.list = sim_list,
	.changes = sim_changes,
	.power = sim_power,
	.resize = sim_resize,
	.rename = sim_rename,
	.tag = sim_tag,
	.remove = sim_remove,
	.snapshot_create = sim_snapshot_create,
	.snapshot_list = sim_snapshot_list,
	.snapshot_revert = sim_snapshot_revert,
	.snapshot_delete = sim_snapshot_delete,
	.console = sim_console,
	.console_url = sim_console_url,
	.usage = sim_usage,
	.metrics = sim_metrics,
	.bill = sim_bill,
	.task = sim_task,
	.volume = &sim_volume_ops,
	.image = &sim_image_ops,
	.network = &sim_network_ops,
};

#define STATE(name) (1u << PROVIDER_MACHINE_##name)
#define STEADY (STATE(RUNNING) | STATE(STOPPED) | STATE(SUSPENDED))
#define ANY (STEADY | STATE(UNKNOWN) | STATE(BUILDING) | STATE(TRANSITION) | STATE(FAILED))
#define MAKES(note_) { SUPPORT_NATIVE, true, IDEMPOTENCE_TOKEN, 0, note_ }
#define GIVES(idempotence_) { SUPPORT_NATIVE, false, idempotence_, 0, NULL }
#define AT_ONCE(states_) { SUPPORT_NATIVE, false, IDEMPOTENCE_NATURAL, states_, NULL }
#define WORKS(states_, note_) { SUPPORT_NATIVE, true, IDEMPOTENCE_NATURAL, states_, note_ }

const struct provider provider_simulator = {
	.kind = "simulator",
	.title = "Simulator (in-process)",
	.ops = &OPS,
	.traits = {
		[VERB_REGIONS] = AT_ONCE(0),
		[VERB_SIZES] = AT_ONCE(0),
		[VERB_IMAGES] = AT_ONCE(0),
		[VERB_NETWORKS] = AT_ONCE(0),
		[VERB_QUOTAS] = AT_ONCE(0),
		[VERB_PRICES] = AT_ONCE(0),
		[VERB_CREATE] = MAKES("takes a zone, more networks, security groups, more disks; with the option client_token off a "
				      "repeated create makes a second machine"),
		[VERB_FIND] = AT_ONCE(0),
		[VERB_GET] = AT_ONCE(ANY),
		[VERB_LIST] = AT_ONCE(0),
		[VERB_CHANGES] = { SUPPORT_NATIVE, false, IDEMPOTENCE_NATURAL, 0, "a cursor does not outlive the process" },
		[VERB_START] = WORKS(STATE(STOPPED), NULL),
		[VERB_STOP] = WORKS(STATE(RUNNING) | STATE(SUSPENDED) | STATE(FAILED), NULL),
		[VERB_SHUTDOWN] = WORKS(STATE(RUNNING), NULL),
		[VERB_REBOOT] = WORKS(STATE(RUNNING), "repeating it boots once more"),
		[VERB_RESET] = WORKS(STATE(RUNNING), "repeating it boots once more"),
		[VERB_SUSPEND] = WORKS(STATE(RUNNING), NULL),
		[VERB_RESUME] = WORKS(STATE(SUSPENDED), NULL),
		[VERB_RESIZE] = WORKS(STATE(STOPPED), "the machine must be stopped"),
		[VERB_RENAME] = AT_ONCE(ANY),
		[VERB_TAG] = AT_ONCE(ANY),
		[VERB_DELETE] = WORKS(ANY, NULL),
		[VERB_SNAPSHOT_CREATE] = WORKS(STEADY, "a second one with the same name is the first one"),
		[VERB_SNAPSHOT_LIST] = AT_ONCE(ANY),
		[VERB_SNAPSHOT_REVERT] = WORKS(STEADY, NULL),
		[VERB_SNAPSHOT_DELETE] = WORKS(STEADY, NULL),
		[VERB_CONSOLE] = AT_ONCE(ANY),
		[VERB_CONSOLE_URL] = { SUPPORT_NATIVE, false, IDEMPOTENCE_NATURAL, STATE(RUNNING), "the address leads nowhere" },
		[VERB_USAGE] = AT_ONCE(ANY),
		[VERB_METRICS] = { SUPPORT_NATIVE, false, IDEMPOTENCE_NATURAL, ANY, "of the present run only" },
		[VERB_BILL] = { SUPPORT_NATIVE, false, IDEMPOTENCE_NATURAL, 0,
				"the hours that a machine was there, at the price of its size" },
		[VERB_VOLUME_CREATE] = MAKES(NULL),
		[VERB_VOLUME_GET] = AT_ONCE(0),
		[VERB_VOLUME_LIST] = AT_ONCE(0),
		[VERB_VOLUME_ATTACH] = WORKS(STATE(RUNNING) | STATE(STOPPED), NULL),
		[VERB_VOLUME_DETACH] = WORKS(0, NULL),
		[VERB_VOLUME_GROW] = WORKS(0, NULL),
		[VERB_VOLUME_DELETE] = WORKS(0, NULL),
		[VERB_VOLUME_SNAPSHOT_CREATE] = WORKS(0, "a second one with the same name is the first one"),
		[VERB_VOLUME_SNAPSHOT_LIST] = AT_ONCE(0),
		[VERB_VOLUME_SNAPSHOT_DELETE] = WORKS(0, NULL),
		[VERB_IMAGE_CREATE] = MAKES(NULL),
		[VERB_IMAGE_LIST] = AT_ONCE(0),
		[VERB_IMAGE_DELETE] = WORKS(0, NULL),
		[VERB_NETWORK_CREATE] = MAKES(NULL),
		[VERB_NETWORK_LIST] = AT_ONCE(0),
		[VERB_NETWORK_DELETE] = WORKS(0, NULL),
		[VERB_SECURITY_GROUP_CREATE] = GIVES(IDEMPOTENCE_TOKEN),
		[VERB_SECURITY_GROUP_LIST] = AT_ONCE(0),
		[VERB_SECURITY_GROUP_RULES] = AT_ONCE(0),
		[VERB_SECURITY_GROUP_DELETE] = AT_ONCE(0),
		[VERB_ADDRESS_ALLOCATE] = GIVES(IDEMPOTENCE_TOKEN),
		[VERB_ADDRESS_LIST] = AT_ONCE(0),
		[VERB_ADDRESS_ASSOCIATE] = AT_ONCE(0),
		[VERB_ADDRESS_DISASSOCIATE] = AT_ONCE(0),
		[VERB_ADDRESS_RELEASE] = AT_ONCE(0),
		[VERB_KEY_PAIR_IMPORT] = GIVES(IDEMPOTENCE_UNIQUE_NAME),
		[VERB_KEY_PAIR_LIST] = AT_ONCE(0),
		[VERB_KEY_PAIR_DELETE] = AT_ONCE(0),
	},
	.options = sim_option_rows,
	.option_count = SIM_OPTION_COUNT,
	.visibility_delay_ms = SIM_LATE_VISIBILITY_MOST_MS,
	.concurrency = 16,
};
