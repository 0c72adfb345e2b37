/* SPDX-License-Identifier: Apache-2.0 */
/* policy_rpc.c: approval policies on the wire. */
#include <string.h>

#include "gaon/request/v1/request.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/iam/iam.h"
#include "server/services/request/policy.h"
#include "server/services/wire/wire.h"

static const char POLICY_NAME[] = "tenants/{}/approvalPolicies/{}";
enum { STAGE_MOST = 10 };

static const struct json *names_from_wire(struct arena *arena, size_t count, const char **names)
{
	struct json *array = json_array(arena);
	for (size_t i = 0; i < count; i++)
		json_append_text(array, names[i]);
	return array;
}

static const char **names_to_wire(struct arena *arena, const struct json *names, size_t *count)
{
	const char **list = ARENA_ARRAY(arena, json_size(names) + 1, const char *);
	*count = json_size(names);
	for (size_t i = 0; i < *count; i++)
		list[i] = json_text(json_at(names, i), "");
	return list;
}

static void policy_to_wire(struct arena *arena, const struct approval_policy *policy, Gaon__ApprovalPolicy *message)
{
	message->name = policy->name;
	message->display_name = policy->display_name;
	message->products = names_to_wire(arena, policy->products, &message->n_products);
	message->projects = names_to_wire(arena, policy->projects, &message->n_projects);
	message->approvers = names_to_wire(arena, policy->approvers, &message->n_approvers);
	message->n_actions = json_size(policy->actions);
	message->actions = ARENA_ARRAY(arena, message->n_actions + 1, Gaon__OrderAction);
	for (size_t i = 0; i < message->n_actions; i++)
		message->actions[i] = (Gaon__OrderAction)json_int(json_at(policy->actions, i), 0);
	if (policy->least_monthly.currency[0])
		message->least_monthly = wire_money(arena, policy->least_monthly.currency, policy->least_monthly.amount);
	message->stage = policy->stage;
	message->quorum = policy->quorum;
	message->disabled = policy->is_disabled;
	message->etag = etag_format(arena, policy->revision);
	message->create_time = wire_timestamp(arena, policy->created_us);
	message->update_time = wire_timestamp(arena, policy->updated_us);
}

/** Approvers are roles, or principals that exist and that the caller may read: else this would tell who exists elsewhere. */
static struct status check_approvers(struct call *call, const struct json *approvers)
{
	for (size_t i = 0; i < json_size(approvers); i++) {
		const char *name = json_text(json_at(approvers, i), ""), *ids[2];
		const char *field = arena_printf(call->arena, "approval_policy.approvers[%zu]", i);
		if (resource_match(call->arena, name, "roles/{}", false, ids) ||
		    resource_match(call->arena, name, "tenants/{}/roles/{}", false, ids))
			continue;
		struct status status = iam_principal_check(call->tx, call->principal, field, name);
		if (status.code == STATUS_NOT_FOUND)
			return status_invalid_field(call->arena, field,
						    "\"%s\" is no user, service account, group or role that you may read", name);
		TRY(status);
	}
	return OK;
}

/** A policy of no action would look like one, and never ask anybody. */
static struct status check_actions(struct arena *arena, const struct json *actions)
{
	for (size_t i = 0; i < json_size(actions); i++)
		if (json_int(json_at(actions, i), 0) < ORDER_ADD || json_int(json_at(actions, i), 0) > ORDER_REMOVE)
			return status_invalid_field(arena, arena_printf(arena, "approval_policy.actions[%zu]", i),
						    "must be ADD, CHANGE, ACTION or REMOVE; leave the list empty for all of them");
	return OK;
}

/** Takes the fields that the mask names (all of them for a new policy) from the message. */
static struct status policy_from_wire(struct call *call, const Gaon__ApprovalPolicy *message,
				      const Google__Protobuf__FieldMask *mask, struct approval_policy *policy)
{
	struct arena *arena = call->arena;
	const ProtobufCMessage *base = &message->base;
	bool is_given;

	if (wire_mask_has(mask, base, "display_name"))
		policy->display_name = message->display_name;
	if (wire_mask_has(mask, base, "products"))
		policy->products = names_from_wire(arena, message->n_products, message->products);
	if (wire_mask_has(mask, base, "projects"))
		policy->projects = names_from_wire(arena, message->n_projects, message->projects);
	if (wire_mask_has(mask, base, "approvers"))
		policy->approvers = names_from_wire(arena, message->n_approvers, message->approvers);
	if (wire_mask_has(mask, base, "actions")) {
		struct json *actions = json_array(arena);
		for (size_t i = 0; i < message->n_actions; i++)
			json_append(actions, json_new_int(arena, message->actions[i]));
		policy->actions = actions;
	}
	if (wire_mask_has(mask, base, "least_monthly")) {
		policy->least_monthly = (struct money){ .currency = "" };
		TRY(wire_money_read(arena, "approval_policy.least_monthly", message->least_monthly, &policy->least_monthly,
				    &is_given));
	}
	if (wire_mask_has(mask, base, "stage"))
		policy->stage = message->stage;
	if (wire_mask_has(mask, base, "quorum"))
		policy->quorum = message->quorum;
	if (wire_mask_has(mask, base, "disabled"))
		policy->is_disabled = message->disabled;
	TRY(check_actions(arena, policy->actions));
	if (policy->stage < 0 || policy->stage > STAGE_MOST)
		return status_invalid_field(arena, "approval_policy.stage", "must be 1 to %d", STAGE_MOST);
	policy->stage = policy->stage ? policy->stage : 1;
	policy->quorum = policy->quorum ? policy->quorum : 1;
	return wire_mask_has(mask, base, "approvers") ? check_approvers(call, policy->approvers) : OK;
}

struct status request_create_approval_policy(struct call *call, const Gaon__CreateApprovalPolicyRequest *request,
					     Gaon__ApprovalPolicy *reply)
{
	const char *ids[1];
	const struct json *none = json_array(call->arena);
	struct approval_policy policy = {
		.tenant = request->parent, .display_name = "", .products = none, .projects = none, .approvers = none,
		.actions = none, .created_us = call->now_us, .updated_us = call->now_us, .revision = 1,
	};

	TRY(resource_parse(call->arena, "parent", request->parent, "tenants/{}", ids));
	TRY(iam_tenant_check(call->tx, request->parent));
	policy.name = arena_printf(call->arena, "%s/approvalPolicies/%s", request->parent, request->approval_policy_id);
	TRY(policy_from_wire(call, request->approval_policy, NULL, &policy));
	TRY(policy_insert(call->tx, &policy));
	policy_to_wire(call->arena, &policy, reply);
	return OK;
}

struct status request_get_approval_policy(struct call *call, const Gaon__GetApprovalPolicyRequest *request,
					  Gaon__ApprovalPolicy *reply)
{
	const char *ids[2];
	struct approval_policy policy;

	TRY(resource_parse(call->arena, "name", request->name, POLICY_NAME, ids));
	TRY(policy_get(call->tx, request->name, &policy));
	policy_to_wire(call->arena, &policy, reply);
	return OK;
}

struct status request_list_approval_policies(struct call *call, const Gaon__ListApprovalPoliciesRequest *request,
					     Gaon__ListApprovalPoliciesResponse *reply)
{
	struct page page;
	struct approval_policy *policies;
	size_t count;

	TRY(iam_tenant_check(call->tx, request->parent));
	TRY(page_read(call->arena, request->page_size, request->page_token,
		      arena_printf(call->arena, "policies %s", request->parent), &page));
	TRY(policy_list(call->tx, request->parent, page.after, page.limit + 1, &policies, &count));
	if (count > page.limit) {
		count = page.limit;
		reply->next_page_token = page_next(call->arena, &page, policies[count - 1].name);
	}
	reply->approval_policies = ARENA_ARRAY(call->arena, count + 1, Gaon__ApprovalPolicy *);
	reply->n_approval_policies = count;
	for (size_t i = 0; i < count; i++) {
		reply->approval_policies[i] = ARENA_NEW(call->arena, Gaon__ApprovalPolicy);
		gaon__approval_policy__init(reply->approval_policies[i]);
		policy_to_wire(call->arena, &policies[i], reply->approval_policies[i]);
	}
	return OK;
}

struct status request_update_approval_policy(struct call *call, const Gaon__UpdateApprovalPolicyRequest *request,
					     Gaon__ApprovalPolicy *reply)
{
	static const char *const fields[] = { "display_name", "products",  "projects", "least_monthly", "actions",
					      "stage",	      "approvers", "quorum",   "disabled",	NULL };
	const char *ids[2];
	struct approval_policy policy;

	TRY(resource_parse(call->arena, "approval_policy.name", request->approval_policy->name, POLICY_NAME, ids));
	TRY(wire_mask_check(call->arena, request->update_mask, fields));
	TRY(policy_get(call->tx, request->approval_policy->name, &policy));
	TRY(etag_check(call->arena, request->approval_policy->etag, policy.revision));
	TRY(policy_from_wire(call, request->approval_policy, request->update_mask, &policy));
	policy.updated_us = call->now_us;
	TRY(policy_update(call->tx, &policy));
	policy.revision++;
	policy_to_wire(call->arena, &policy, reply);
	return OK;
}

struct status request_delete_approval_policy(struct call *call, const Gaon__DeleteApprovalPolicyRequest *request,
					     Gaon__DeleteApprovalPolicyResponse *reply)
{
	const char *ids[2];
	struct approval_policy policy;

	(void)reply;
	TRY(resource_parse(call->arena, "name", request->name, POLICY_NAME, ids));
	TRY(policy_get(call->tx, request->name, &policy));
	TRY(etag_check(call->arena, request->etag, policy.revision));
	return policy_delete(call->tx, policy.name);
}
