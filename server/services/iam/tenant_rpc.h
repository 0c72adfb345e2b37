/* SPDX-License-Identifier: Apache-2.0 */
/* tenant_rpc.h: a tenant as a message. */
#ifndef GAON_SERVICES_IAM_TENANT_RPC_H
#define GAON_SERVICES_IAM_TENANT_RPC_H

#include "gaon/iam/v1/iam.pb-c.h"
#include "server/services/iam/tenant_store.h"

void tenant_to_wire(struct arena *arena, const struct tenant *tenant, Gaon__Tenant *message);

#endif
