/* SPDX-License-Identifier: Apache-2.0 */
/* user_rpc.h: a user as a message. */
#ifndef GAON_SERVICES_IAM_USER_RPC_H
#define GAON_SERVICES_IAM_USER_RPC_H

#include "gaon/iam/v1/iam.pb-c.h"
#include "server/services/iam/account_store.h"

void user_to_wire(struct arena *arena, const struct account *account, Gaon__User *message);

#endif
