/* SPDX-License-Identifier: Apache-2.0 */
/* commands_request.c: orders, approvals, quotas. */
#include "client/cli/command.h"
#include "client/cli/special.h"
#include "gaon/request/v1/request.gaon.h"

static const char ORDER_COLUMNS[] = "ORDER=name STATE REQUESTER MONTHLY JUSTIFICATION? CREATED=create_time";
static const char POLICY_COLUMNS[] = "POLICY=name DISPLAY_NAME STAGE QUORUM APPROVERS LEAST?=least_monthly PRODUCTS? PROJECTS? DISABLED";

/* "limit" is the quota's here, not the list's. */
static const struct command_flag quota_flags[] = {
	{ "limit", "NUMBER", "the most that may be in use and reserved" },
	{ NULL, NULL, NULL },
};

static const struct command rows[] = {
	{ .noun = "order", .verb = "preview", .method = &gaon_method_request_preview_order, .words = "items.product?",
	  .scope = SCOPE_PROJECT, .item = "items", .run = special_preview,
	  .summary = "says what an order would make, cost and need, and why it would be refused",
	  .example = "order preview linux-machine --parameter size=small --parameter name=web-1" },
	{ .noun = "order", .verb = "create", .method = &gaon_method_request_create_order, .words = "order.items.product?",
	  .scope = SCOPE_PROJECT, .item = "order.items", .run = special_order,
	  .summary = "submits an order; --wait follows it until it is made",
	  .example = "order create linux-machine --parameter size=small --parameter name=web-1 --justification \"new shop\" --wait" },
	{ .noun = "order", .verb = "list", .method = &gaon_method_request_list_orders, .scope = SCOPE_PROJECT,
	  .columns = ORDER_COLUMNS, .summary = "lists the project's orders, newest first",
	  .example = "order list --state pending-approval" },
	{ .noun = "order", .verb = "get", .method = &gaon_method_request_get_order, .words = "name:order",
	  .summary = "shows an order: items, price, approvals", .example = "order get 0193a5c2-6f4e-7c31-9a53-3f0c8b1d2e4f" },
	{ .noun = "order", .verb = "cancel", .method = &gaon_method_request_cancel_order, .words = "name:order",
	  .summary = "withdraws an order that nobody has begun to fulfil",
	  .example = "order cancel 0193a5c2-6f4e-7c31-9a53-3f0c8b1d2e4f --comment \"not needed\"" },
	{ .noun = "order", .verb = "approve", .method = &gaon_method_request_approve_order, .words = "name:order",
	  .run = special_approve, .summary = "shows the plan and its price, asks, and approves exactly that plan",
	  .example = "order approve 0193a5c2-6f4e-7c31-9a53-3f0c8b1d2e4f --comment \"budget is there\"" },
	{ .noun = "order", .verb = "reject", .method = &gaon_method_request_reject_order, .words = "name:order",
	  .summary = "rejects an order; the comment says why",
	  .example = "order reject 0193a5c2-6f4e-7c31-9a53-3f0c8b1d2e4f --comment \"too large\"" },
	{ .noun = "approval", .verb = "list", .method = &gaon_method_request_list_pending_approvals, .scope = SCOPE_NEAREST,
	  .columns = ORDER_COLUMNS, .summary = "lists the orders that wait for your decision, oldest first",
	  .example = "approval list" },
	{ .noun = "approval", .verb = "pending", .method = &gaon_method_request_list_pending_approvals,
	  .scope = SCOPE_NEAREST, .columns = ORDER_COLUMNS, .summary = "the same as approval list",
	  .example = "approval pending --tenant acme" },

	{ .noun = "approval-policy", .verb = "create", .method = &gaon_method_request_create_approval_policy,
	  .words = "approval_policy_id", .scope = SCOPE_TENANT, .summary = "says who must approve what",
	  .example = "approval-policy create large --least-monthly \"KRW 100000\" --approver roles/approver --quorum 1" },
	{ .noun = "approval-policy", .verb = "get", .method = &gaon_method_request_get_approval_policy,
	  .words = "name:approval-policy", .summary = "shows an approval policy", .example = "approval-policy get large" },
	{ .noun = "approval-policy", .verb = "list", .method = &gaon_method_request_list_approval_policies,
	  .scope = SCOPE_TENANT, .columns = POLICY_COLUMNS, .summary = "lists the tenant's approval policies",
	  .example = "approval-policy list" },
	{ .noun = "approval-policy", .verb = "update", .method = &gaon_method_request_update_approval_policy,
	  .words = "approval_policy.name:approval-policy", .summary = "changes the fields that are given",
	  .example = "approval-policy update large --quorum 2" },
	{ .noun = "approval-policy", .verb = "delete", .method = &gaon_method_request_delete_approval_policy,
	  .words = "name:approval-policy", .summary = "deletes an approval policy", .example = "approval-policy delete large" },

	{ .noun = "quota", .verb = "create", .method = &gaon_method_request_create_quota, .words = "quota_id",
	  .flags = quota_flags, .scope = SCOPE_NEAREST, .summary = "sets a limit on the project (or tenant)",
	  .example = "quota create vcpus --metric vcpus --limit 16" },
	{ .noun = "quota", .verb = "get", .method = &gaon_method_request_get_quota, .words = "name:quota",
	  .summary = "shows a quota and what of it is used", .example = "quota get vcpus" },
	{ .noun = "quota", .verb = "list", .method = &gaon_method_request_list_quotas, .scope = SCOPE_NEAREST,
	  .columns = "QUOTA=name METRIC USED LIMIT UPDATED=update_time", .summary = "lists the limits and what of them is used",
	  .example = "quota list" },
	{ .noun = "quota", .verb = "update", .method = &gaon_method_request_update_quota, .words = "quota.name:quota", .flags = quota_flags,
	 
	  .summary = "changes a limit", .example = "quota update vcpus --limit 32" },
	{ .noun = "quota", .verb = "delete", .method = &gaon_method_request_delete_quota, .words = "name:quota",
	  .summary = "takes a limit off", .example = "quota delete vcpus" },
};

const struct command_table commands_request = { rows, sizeof(rows) / sizeof(rows[0]) };
