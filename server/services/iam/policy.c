/* SPDX-License-Identifier: Apache-2.0 */
/* policy.c: replacing the bindings of a tenant or project. */
#include "server/services/iam/policy.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/base/text.h"
#include "server/services/iam/decision.h"
#include "server/services/iam/principal.h"

int binding_order(const void *a, const void *b)
{
	const struct binding *left = a, *right = b;
	int order = strcmp(left->role, right->role);

	return order != 0 ? order : strcmp(left->member, right->member);
}

/* Who gives a role must hold all that it gives, here; asked once for each role, as bindings are sorted by it. */
static struct status check_grant(struct call *call, const struct binding *binding, const char **checked_role)
{
	struct permission_set set = permission_set_new(call->arena);

	if (binding->expires_us <= call->now_us)
		return status_invalid_field(call->arena, "policy.bindings.expire_time", "must be in the future for %s of %s",
					    binding->role, binding->member);
	if (text_equal(*checked_role, binding->role))
		return OK;
	TRY(role_check_bindable(call->tx, binding->role, binding->resource));
	TRY(permission_set_add_role(call->tx, &set, binding->role));
	TRY(decide_covers(call->tx, call->principal, binding->resource, call->now_us, &set));
	*checked_role = binding->role;
	return OK;
}

struct status policy_replace(struct call *call, const char *resource, struct binding *wanted, size_t count)
{
	struct binding *present = NULL;
	size_t present_count = 0, p = 0, w = 0;
	const char *checked_role = NULL;

	TRY(bindings_of_resource(call->tx, resource, &present, &present_count));
	qsort(present, present_count, sizeof *present, binding_order);
	qsort(wanted, count, sizeof *wanted, binding_order);

	/* First everything is looked at, by the rights of before; then written. A removal needs no right of its own. */
	for (p = 0, w = 0; w < count; w++) {
		while (p < present_count && binding_order(&present[p], &wanted[w]) < 0)
			p++;

		bool is_kept = p < present_count && binding_order(&present[p], &wanted[w]) == 0;

		if (is_kept && wanted[w].expires_us <= present[p].expires_us)
			continue;
		if (!is_kept)
			TRY(principal_check(call->tx, call->principal, "policy.bindings.members", wanted[w].member));
		TRY(check_grant(call, &wanted[w], &checked_role));
	}
	for (p = 0, w = 0; p < present_count || w < count;) {
		int order = p == present_count ? 1 : w == count ? -1 : binding_order(&present[p], &wanted[w]);

		if (order < 0)
			TRY(binding_delete(call->tx, &present[p++]));
		else if (order > 0)
			TRY(binding_insert(call->tx, &wanted[w++]));
		else if (present[p++].expires_us != wanted[w++].expires_us)
			TRY(binding_update(call->tx, &wanted[w - 1]));
	}
	return decide_administrator_left(call->tx);
}
