/* SPDX-License-Identifier: Apache-2.0 */
/* lease.c: what nobody wants any more is deleted when its lease ends; screens that nobody opened, too. */
#include "runtime/base/time.h"
#include "server/services/lifecycle/console_session.h"
#include "server/services/lifecycle/room.h"

enum { BATCH = 50 };

static struct status end_lease(struct store_tx *tx, struct deployment *deployment, int64_t now_us)
{
	const char *id;
	struct machine_begin begin = { .kind = KIND_MACHINE_DELETE, .allowed = ~0u, .meanwhile = MACHINE_DELETING,
				       .verb = VERB_COUNT, .requested_by = "engine/leases", .now_us = now_us };
	struct status status = deployment_begin_delete(tx, deployment, &begin, &id);

	/* A protected or busy machine keeps its deployment: it is looked at again next time. */
	return status.code == STATUS_FAILED_PRECONDITION ? OK : status;
}

/** Those that must stay are passed over, so that they do not hold up the ones behind them. */
struct sweep {
	int64_t now_us, after_us;
	const char *after_name;
	size_t count;
};

static struct status end_leases(struct store_tx *tx, void *context)
{
	struct sweep *sweep = context;
	struct deployment *deployments;

	TRY(deployments_expired(tx, sweep->now_us, sweep->after_us, sweep->after_name, BATCH, &deployments, &sweep->count));
	for (size_t i = 0; i < sweep->count; i++)
		TRY(end_lease(tx, &deployments[i], sweep->now_us));
	if (sweep->count > 0) {
		sweep->after_us = deployments[sweep->count - 1].lease_end_us;
		sweep->after_name = deployments[sweep->count - 1].name;
	}
	return OK;
}

static struct status forget_screens(struct store_tx *tx, void *context)
{
	const struct sweep *sweep = context;

	return console_sessions_forget(tx, sweep->now_us);
}

struct status lease_tick(struct arena *arena, void *context)
{
	const struct lifecycle_options *options = context;
	struct sweep sweep = { .now_us = time_now_us(), .after_name = "" };

	do
		TRY(store_write(options->store, arena, end_leases, &sweep));
	while (sweep.count == BATCH);
	return store_write(options->store, arena, forget_screens, &sweep);
}
