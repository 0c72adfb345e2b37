/* SPDX-License-Identifier: Apache-2.0 */
/* whoami_rpc.c: telling a caller who it is. */
#include "gaon/iam/v1/iam.handlers.h"
#include "runtime/base/text.h"
#include "server/services/iam/policy_store.h"
#include "server/services/iam/room.h"

enum { ROLES_MOST = 500 };

struct status iam_who_am_i(struct call *call, const Gaon__WhoAmIRequest *request, Gaon__WhoAmIResponse *reply)
{
	const struct principal *who = call->principal;
	struct binding *bindings = NULL;
	size_t count = 0;

	(void)request;
	reply->principal = who->name;
	reply->display_name = who->display_name;
	reply->tenant = who->tenant;
	reply->authentication_method = who->method;
	reply->groups = ARENA_ARRAY(call->arena, who->member_count, const char *);
	for (size_t i = 0; i < who->member_count; i++)
		if (!text_equal(who->members[i], who->name))
			reply->groups[reply->n_groups++] = who->members[i];
	TRY(bindings_of_member(call->tx, who->name, ROLES_MOST, &bindings, &count));
	reply->roles = ARENA_ARRAY(call->arena, count, Gaon__HeldRole *);
	for (size_t i = 0; i < count; i++) {
		if (bindings[i].expires_us <= call->now_us)
			continue;

		Gaon__HeldRole *held = ARENA_NEW(call->arena, Gaon__HeldRole);

		gaon__held_role__init(held);
		held->role = bindings[i].role;
		held->resource = bindings[i].resource;
		held->member = bindings[i].member;
		reply->roles[reply->n_roles++] = held;
	}
	return OK;
}
