/* SPDX-License-Identifier: Apache-2.0 */
/* simulator.c: the simulated cloud: calm, instant, and at its worst. */
#include "providers/simulator/simulator.h"
#include "tests/contract/provider/contract.h"

static bool sim_plant(const struct peer *peer)
{
	char native_id[SIMULATOR_ID_SIZE];
	return simulator_plant(peer->endpoint, "of-somebody-else", native_id);
}

static int64_t sim_disks(const struct peer *peer, const char *native_id)
{
	return (int64_t)simulator_disks(peer->endpoint, native_id);
}

const struct peer peers[] = {
	{ .name = "simulator",
	  .kind = "simulator",
	  .endpoint = "sim://calm",
	  .options = "{\"work_ms\": 30}",
	  .size = "small",
	  .other_size = "medium",
	  .plant = sim_plant,
	  .disks_of = sim_disks },
	{ .name = "simulator-instant",
	  .kind = "simulator",
	  .endpoint = "sim://instant",
	  .options = "{\"work_ms\": 0}",
	  .size = "small",
	  .other_size = "medium",
	  .plant = sim_plant,
	  .disks_of = sim_disks },
	{ .name = "simulator-faulty",
	  .kind = "simulator",
	  .endpoint = "sim://faulty",
	  .options = "{\"work_ms\": 20, \"latency_ms\": 1, \"seed\": 7, \"failure_rate\": 0.1, \"lost_reply_rate\": 0.2,"
		     " \"lost_request_rate\": 0.1, \"late_visibility_ms\": 60, \"throttle_per_second\": 300, \"page_size\": 2,"
		     " \"failure_classes\": [\"UNAVAILABLE\", \"THROTTLED\", \"CAPACITY\"]}",
	  .size = "small",
	  .other_size = "medium",
	  .is_faulty = true,
	  .plant = sim_plant,
	  .disks_of = sim_disks },
};
const size_t peer_count = sizeof peers / sizeof peers[0];
