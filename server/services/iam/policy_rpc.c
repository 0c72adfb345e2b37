/* SPDX-License-Identifier: Apache-2.0 */
/* policy_rpc.c: who holds what, on the wire. */
#include <stdlib.h>

#include "gaon/iam/v1/iam.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/iam/decision.h"
#include "server/services/iam/policy.h"
#include "server/services/iam/project_store.h"
#include "server/services/wire/wire.h"

enum { BINDINGS_MOST = 5000 };

static const char REVISION[] = "SELECT revision FROM iam_state WHERE id = 1";

/* A policy stands on a tenant or a project that exists. */
static struct status check_resource(struct call *call, const char *resource)
{
	const char *ids[2];

	if (resource_match(call->arena, resource, "tenants/{}/projects/{}", false, ids))
		return iam_project_check(call->tx, resource);
	TRY(resource_parse(call->arena, "resource", resource, "tenants/{}", ids));
	return iam_tenant_check(call->tx, resource);
}

/* Rows come by role and expiry: each run of equal ones is one binding of the wire. */
static void bindings_to_wire(struct arena *arena, const struct binding *bindings, size_t count, Gaon__Policy *reply)
{
	Gaon__Binding *open = NULL;

	reply->bindings = ARENA_ARRAY(arena, count, Gaon__Binding *);
	for (size_t i = 0; i < count; i++) {
		bool is_same = i > 0 && text_equal(bindings[i - 1].role, bindings[i].role) &&
			       bindings[i - 1].expires_us == bindings[i].expires_us;

		if (!is_same) {
			open = ARENA_NEW(arena, Gaon__Binding);
			gaon__binding__init(open);
			open->role = bindings[i].role;
			open->members = ARENA_ARRAY(arena, count - i, const char *);
			if (bindings[i].expires_us != INT64_MAX)
				open->expire_time = wire_timestamp(arena, bindings[i].expires_us);
			reply->bindings[reply->n_bindings++] = open;
		}
		open->members[open->n_members++] = bindings[i].member;
	}
}

static struct status policy_to_wire(struct call *call, const char *resource, Gaon__Policy *reply)
{
	struct binding *bindings = NULL;
	size_t count = 0;
	int64_t revision = 0;
	struct rows *rows = NULL;

	TRY(bindings_of_resource(call->tx, resource, &bindings, &count));
	TRY(iam_policy_revision(call->tx, resource, &revision));
	TRY(store_query(call->tx, REVISION, SQL_NO_ARGS, &rows));
	reply->resource = resource;
	reply->etag = etag_format(call->arena, revision);
	reply->iam_revision = store_next(rows) ? row_int(rows, 0) : 0;
	bindings_to_wire(call->arena, bindings, count, reply);
	return OK;
}

struct status iam_get_iam_policy(struct call *call, const Gaon__GetIamPolicyRequest *request, Gaon__Policy *reply)
{
	TRY(check_resource(call, request->resource));
	return policy_to_wire(call, request->resource, reply);
}

/* One row for each role and member. */
static struct status bindings_from_wire(struct call *call, const Gaon__SetIamPolicyRequest *request, struct binding **bindings,
					size_t *count)
{
	const Gaon__Policy *policy = request->policy;
	size_t total = 0, filled = 0;

	for (size_t i = 0; i < policy->n_bindings; i++)
		total += policy->bindings[i]->n_members;
	if (total > BINDINGS_MOST)
		return status_invalid_field(call->arena, "policy.bindings",
					    "holds %zu members in all, of at most %d; put people into groups", total,
					    BINDINGS_MOST);

	struct binding *read = ARENA_ARRAY(call->arena, total, struct binding);

	for (size_t i = 0; i < policy->n_bindings; i++) {
		const Gaon__Binding *binding = policy->bindings[i];
		int64_t expires_us = INT64_MAX;

		if (binding->expire_time != NULL)
			TRY(wire_timestamp_read(call->arena, arena_printf(call->arena, "policy.bindings[%zu].expire_time", i),
						binding->expire_time, &expires_us));
		for (size_t m = 0; m < binding->n_members; m++)
			read[filled++] = (struct binding){ request->resource, binding->role, binding->members[m], expires_us };
	}
	qsort(read, filled, sizeof *read, binding_order);
	for (size_t i = 1; i < filled; i++)
		if (binding_order(&read[i - 1], &read[i]) == 0)
			return status_invalid_field(call->arena, "policy.bindings", "name %s of %s twice; say it once, with one expiry",
						    read[i].role, read[i].member);
	*bindings = read;
	*count = filled;
	return OK;
}

static struct status check_etag(struct call *call, const char *resource, const char *etag)
{
	int64_t revision = 0;

	TRY(iam_policy_revision(call->tx, resource, &revision));
	if (revision > 0 && text_is_empty(etag))
		return status_invalid_field(call->arena, "policy.etag",
					    "is required, since a policy exists; read it, change it, and send its etag back");
	return etag_check(call->arena, etag, revision);
}

struct status iam_set_iam_policy(struct call *call, const Gaon__SetIamPolicyRequest *request, Gaon__Policy *reply)
{
	struct binding *bindings = NULL;
	size_t count = 0;

	TRY(check_resource(call, request->resource));
	TRY(check_etag(call, request->resource, request->policy->etag));
	TRY(bindings_from_wire(call, request, &bindings, &count));
	TRY(iam_policy_touch(call->tx, request->resource, resource_tenant(call->arena, request->resource), NULL));
	TRY(policy_replace(call, request->resource, bindings, count));
	TRY(iam_touch(call->tx, NULL));
	return policy_to_wire(call, request->resource, reply);
}

/* For what is not there, or may not be seen, the answer is the same as for no right at all: an empty list. */
struct status iam_test_iam_permissions(struct call *call, const Gaon__TestIamPermissionsRequest *request,
				       Gaon__TestIamPermissionsResponse *reply)
{
	struct permission_set held;
	bool exists = false;

	TRY(role_check_permissions(call->arena, "permissions", request->permissions, request->n_permissions));
	TRY(decide_all(call->tx, call->principal->name, request->resource, call->now_us, &held));
	TRY(place_exists(call->tx, request->resource, &exists));
	reply->permissions = ARENA_ARRAY(call->arena, request->n_permissions, const char *);
	for (size_t i = 0; exists && i < request->n_permissions; i++)
		if (permission_set_has(&held, request->permissions[i]))
			reply->permissions[reply->n_permissions++] = request->permissions[i];
	return OK;
}
