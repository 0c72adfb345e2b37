/* SPDX-License-Identifier: Apache-2.0 */
/* policy.h: replacing the bindings of a tenant or project, within what the grantor may give. */
#ifndef GAON_SERVICES_IAM_POLICY_H
#define GAON_SERVICES_IAM_POLICY_H

#include "runtime/rpc/call.h"
#include "server/services/iam/policy_store.h"

/**
 * Makes `wanted` (sorted here) the bindings of `resource`. NOT_FOUND / ROLE_NOT_FOUND, PRINCIPAL_NOT_FOUND; PERMISSION_DENIED /
 * GRANT_EXCEEDS_OWN; FAILED_PRECONDITION / LAST_ADMINISTRATOR; INVALID_FIELD on a new binding that has expired already.
 */
MUST_CHECK struct status policy_replace(struct call *call, const char *resource, struct binding *wanted, size_t count);

/** By role, then member. */
int binding_order(const void *a, const void *b);

#endif
