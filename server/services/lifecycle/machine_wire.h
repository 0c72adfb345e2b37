/* SPDX-License-Identifier: Apache-2.0 */
/* machine_wire.h: machines, deployments and snapshots as messages. */
#ifndef GAON_SERVICES_LIFECYCLE_MACHINE_WIRE_H
#define GAON_SERVICES_LIFECYCLE_MACHINE_WIRE_H

#include "gaon/lifecycle/v1/lifecycle.pb-c.h"
#include "server/services/lifecycle/deployment.h"
#include "server/services/lifecycle/snapshot.h"

void machine_to_wire(struct arena *arena, const struct machine *machine, Gaon__Machine *message);
MUST_CHECK struct status deployment_reply(struct store_tx *tx, struct arena *arena, const struct deployment *deployment,
					  Gaon__Deployment *message);
void snapshot_to_wire(struct arena *arena, const struct snapshot *snapshot, Gaon__Snapshot *message);

#define MACHINE_NAME "tenants/{}/projects/{}/machines/{}"
#define DEPLOYMENT_NAME "tenants/{}/projects/{}/deployments/{}"
#define SNAPSHOT_NAME "tenants/{}/projects/{}/machines/{}/snapshots/{}"
#define PROJECT_NAME "tenants/{}/projects/{}"
#define CONNECTION_NAME "tenants/{}/connections/{}"

#endif
