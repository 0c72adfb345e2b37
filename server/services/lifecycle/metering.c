/* SPDX-License-Identifier: Apache-2.0 */
/* metering.c: at each full hour (or what the interval is), what every machine, volume and image has used becomes usage and charges. */
#include "runtime/base/time.h"
#include "server/services/lifecycle/machine_image.h"
#include "server/services/lifecycle/room.h"
#include "server/services/lifecycle/volume.h"

enum { BATCH = 50 }; /* all machines are due at the same moment: so few hold the writer for some 15 ms */

struct batch {
	int64_t up_to_us;
	size_t count;
};

static struct status meter_batch(struct store_tx *tx, void *context)
{
	struct batch *batch = context;
	struct machine *machines;

	TRY(machines_unmetered(tx, batch->up_to_us, BATCH, &machines, &batch->count));
	for (size_t i = 0; i < batch->count; i++) {
		TRY(machine_meter(tx, &machines[i], batch->up_to_us));
		TRY(machine_set_metered(tx, machines[i].name, machines[i].metered_us));
	}
	return OK;
}

static struct status meter_volumes(struct store_tx *tx, void *context)
{
	struct batch *batch = context;
	struct volume *volumes;

	TRY(volumes_unmetered(tx, batch->up_to_us, BATCH, &volumes, &batch->count));
	for (size_t i = 0; i < batch->count; i++) {
		TRY(volume_meter(tx, &volumes[i], batch->up_to_us));
		TRY(volume_set_metered(tx, volumes[i].name, volumes[i].metered_us));
	}
	return OK;
}

static struct status meter_images(struct store_tx *tx, void *context)
{
	struct batch *batch = context;
	struct machine_image *images;

	TRY(machine_images_unmetered(tx, batch->up_to_us, BATCH, &images, &batch->count));
	for (size_t i = 0; i < batch->count; i++) {
		TRY(machine_image_meter(tx, &images[i], batch->up_to_us));
		TRY(machine_image_set_metered(tx, images[i].name, images[i].metered_us));
	}
	return OK;
}

/**
 * Up to the last whole multiple of the interval, so that a machine that stays what it is has one record an interval and meter.
 * In batches, so that no transaction holds the writer for long.
 */
struct status metering_tick(struct arena *arena, void *context)
{
	const struct lifecycle_options *options = context;
	int64_t now_us = time_now_us();
	struct batch batch = { .up_to_us = now_us - now_us % (options->metering_interval_ms * TIME_US_PER_MS) };

	struct status (*const kinds[])(struct store_tx *, void *) = { meter_batch, meter_volumes, meter_images };

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		do
			TRY(store_write(options->store, arena, kinds[i], &batch));
		while (batch.count == BATCH);
	return OK;
}
