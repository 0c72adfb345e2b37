/* SPDX-License-Identifier: Apache-2.0 */
/* meter.c: the table of meters. */
#include "server/services/cost/meter.h"

#include "runtime/base/time.h"

__extension__ typedef __int128 wide;

/** A disk alone is no machine. */
static int64_t count_machine(const struct cost_shape *shape)
{
	return shape->vcpus > 0;
}

static int64_t count_vcpus(const struct cost_shape *shape)
{
	return shape->vcpus;
}

static int64_t count_memory(const struct cost_shape *shape)
{
	return shape->memory_mib;
}

static int64_t count_disk(const struct cost_shape *shape)
{
	return shape->disk_gib;
}

static int64_t count_snapshot(const struct cost_shape *shape)
{
	return shape->snapshot_gib;
}

const struct meter meters[METER_COUNT] = {
	{ COST_MACHINE_HOUR, "machine-hour", count_machine, 1, false },
	{ COST_VCPU_HOUR, "vcpu-hour", count_vcpus, 1, true },
	{ COST_MEMORY_GIB_HOUR, "memory-gib-hour", count_memory, 1024, true },
	{ COST_DISK_GIB_HOUR, "disk-gib-hour", count_disk, 1, false },
	{ COST_SNAPSHOT_GIB_HOUR, "snapshot-gib-hour", count_snapshot, 1, false },
};

const struct meter *meter_find(int number)
{
	for (size_t i = 0; i < METER_COUNT; i++)
		if ((int)meters[i].meter == number)
			return &meters[i];
	return NULL;
}

/** Millionths of units from the start of the day on, rounded down. */
static int64_t count_since(const struct meter *meter, const struct cost_shape *shape, int64_t elapsed_us)
{
	wide hours_us = (wide)meter->count(shape) * elapsed_us;

	return (int64_t)(hours_us * 1000000 / ((wide)TIME_US_PER_HOUR * meter->divisor));
}

int64_t meter_quantity(const struct meter *meter, const struct cost_shape *shape, int64_t day_us, int64_t from_us,
		       int64_t to_us)
{
	return count_since(meter, shape, to_us - day_us) - count_since(meter, shape, from_us - day_us);
}
