/* SPDX-License-Identifier: Apache-2.0 */
/* metering.c: from time to time, what every machine has used since the last time becomes usage and charges. */
#include "runtime/base/time.h"
#include "server/services/lifecycle/room.h"

enum { BATCH = 200 };

struct batch {
	int64_t before_us, now_us;
	size_t count;
};

static struct status meter_batch(struct store_tx *tx, void *context)
{
	struct batch *batch = context;
	struct machine *machines;

	TRY(machines_unmetered(tx, batch->before_us, BATCH, &machines, &batch->count));
	for (size_t i = 0; i < batch->count; i++) {
		TRY(machine_meter(tx, &machines[i], batch->now_us));
		TRY(machine_set_metered(tx, machines[i].name, machines[i].metered_us));
	}
	return OK;
}

/** In batches, so that no transaction holds the writer for long. */
struct status metering_tick(struct arena *arena, void *context)
{
	const struct lifecycle_options *options = context;
	int64_t now_us = time_now_us();
	struct batch batch = { .now_us = now_us, .before_us = now_us - options->metering_interval_ms * TIME_US_PER_MS / 2 };

	do
		TRY(store_write(options->store, arena, meter_batch, &batch));
	while (batch.count == BATCH);
	return OK;
}
