/* SPDX-License-Identifier: Apache-2.0 */
/* metering.c: from time to time, what every machine and volume has used since the last time becomes usage and charges. */
#include "runtime/base/time.h"
#include "server/services/lifecycle/room.h"
#include "server/services/lifecycle/volume.h"

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

static struct status meter_volumes(struct store_tx *tx, void *context)
{
	struct batch *batch = context;
	struct volume *volumes;

	TRY(volumes_unmetered(tx, batch->before_us, BATCH, &volumes, &batch->count));
	for (size_t i = 0; i < batch->count; i++) {
		TRY(volume_meter(tx, &volumes[i], batch->now_us));
		TRY(volume_set_metered(tx, volumes[i].name, volumes[i].metered_us));
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
	do
		TRY(store_write(options->store, arena, meter_volumes, &batch));
	while (batch.count == BATCH);
	return OK;
}
