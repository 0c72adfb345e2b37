/* SPDX-License-Identifier: Apache-2.0 */
/* cost.h: what other rooms may ask of cost: a price, and to write down what was used. */
#ifndef GAON_SERVICES_COST_COST_H
#define GAON_SERVICES_COST_COST_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/arena.h"
#include "runtime/base/money.h"
#include "runtime/base/status.h"
#include "server/store/store.h"

/** gaon.cost.v1.Meter by number. */
enum cost_meter {
	COST_MACHINE_HOUR = 1,
	COST_VCPU_HOUR = 2,
	COST_MEMORY_GIB_HOUR = 3,
	COST_DISK_GIB_HOUR = 4,
	COST_SNAPSHOT_GIB_HOUR = 5,
};

struct cost_shape {
	int32_t vcpus;
	int64_t memory_mib, disk_gib;
	int64_t snapshot_gib; /* what is kept of a machine: an image made from it */
};

struct cost_line {
	enum cost_meter meter;
	struct amount quantity, unit_price, hourly;
};

struct cost_estimate {
	char currency[4];
	struct amount hourly, hourly_stopped, monthly; /* monthly = 730 × hourly */
	struct cost_line lines[5];
	size_t line_count;
	const char *digest; /* of the rates that were used: what a plan digest takes in */
};

/** By the rates in force at `at_us`. NOT_FOUND / RATE_CARD_NOT_FOUND; FAILED_PRECONDITION / RATE_MISSING when it has none yet. */
MUST_CHECK struct status cost_estimate(struct store_tx *tx, const char *rate_card, const struct cost_shape *shape,
				       int64_t at_us, struct cost_estimate *estimate);

/** NOT_FOUND / RATE_CARD_NOT_FOUND when there is no such card. Who may use it was decided where it was named. */
MUST_CHECK struct status cost_rate_card_check(struct store_tx *tx, const char *rate_card);

/** One measured interval of one meter, within one UTC day. */
struct cost_usage {
	const char *project, *source_key, *resource, *resource_display_name, *product_version, *rate_card;
	enum cost_meter meter;
	struct amount quantity;
	int64_t start_us, end_us;
};

/**
 * Appends the record, its charge by the rate in force at start_us, and the daily rollup, in one write transaction.
 * The same source_key again changes nothing (*is_new false); another content under it: ALREADY_EXISTS / USAGE_CONFLICT.
 * Without a rate card or a rate for the meter the record is kept and its charge is 0.
 */
MUST_CHECK struct status cost_usage_add(struct store_tx *tx, const struct cost_usage *usage, bool *is_new);

/**
 * Meters one resource over [from_us, to_us): cuts at UTC midnights and where a rate of its card begins, and makes one record per
 * meter and piece with the quantities of `shape`; `is_running` says whether vCPU and memory count. Source keys are
 * "<resource id>/<meter>/<start>".
 */
struct cost_metering {
	const char *project, *resource, *resource_display_name, *product_version, *rate_card;
	struct cost_shape shape;
	bool is_running;
	int64_t from_us, to_us;
};
MUST_CHECK struct status cost_meter_machine(struct store_tx *tx, const struct cost_metering *metering);

/** Once at start, after catalog_prepare: tells iam what cost owns, and the catalog how to look at rate cards. */
void cost_prepare(void);

extern const struct migration cost_migrations[];
extern const size_t cost_migration_count;

#endif
