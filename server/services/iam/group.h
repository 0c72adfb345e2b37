/* SPDX-License-Identifier: Apache-2.0 */
/* group.h: who may be put into a group. */
#ifndef GAON_SERVICES_IAM_GROUP_H
#define GAON_SERVICES_IAM_GROUP_H

#include "runtime/rpc/call.h"
#include "server/services/iam/group_store.h"

/**
 * Puts `member` in. FAILED_PRECONDITION / GROUP_CYCLE, GROUP_TOO_DEEP, TOO_MANY_GROUPS; NOT_FOUND / PRINCIPAL_NOT_FOUND. Whether the
 * caller may give what the group holds is asked before, once.
 */
MUST_CHECK struct status group_join(struct call *call, const char *group, const char *field, const char *member,
				    bool *changed);

#endif
