/* SPDX-License-Identifier: Apache-2.0 */
/* lease.c: what nobody wants any more is deleted when its lease ends. */
#include "runtime/base/time.h"
#include "server/services/lifecycle/room.h"

enum { BATCH = 50 };

static struct status end_lease(struct store_tx *tx, struct deployment *deployment, int64_t now_us)
{
	const char *id;
	struct machine_begin begin = { .kind = KIND_MACHINE_DELETE, .allowed = ~0u, .meanwhile = MACHINE_DELETING,
				       .verb = VERB_COUNT, .requested_by = deployment->owner, .now_us = now_us };
	struct status status = deployment_begin_delete(tx, deployment, &begin, &id);

	/* A protected or busy machine keeps its deployment: it is looked at again next time. */
	return status.code == STATUS_FAILED_PRECONDITION ? OK : status;
}

static struct status end_leases(struct store_tx *tx, void *context)
{
	struct deployment *deployments;
	size_t count;
	int64_t now_us = time_now_us();

	(void)context;
	TRY(deployments_expired(tx, now_us, BATCH, &deployments, &count));
	for (size_t i = 0; i < count; i++)
		TRY(end_lease(tx, &deployments[i], now_us));
	return OK;
}

struct status lease_tick(struct arena *arena, void *context)
{
	const struct lifecycle_options *options = context;
	return store_write(options->store, arena, end_leases, NULL);
}
