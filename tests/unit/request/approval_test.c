/* SPDX-License-Identifier: Apache-2.0 */
/* approval_test.c: who may say yes to what, and what a yes is worth when the price changes. */
#include <string.h>

#include "tests/support/line_fixture.h"

#define PENDING GAON__ORDER_STATE__ORDER_STATE_PENDING_APPROVAL
#define FULFILLING GAON__ORDER_STATE__ORDER_STATE_FULFILLING
#define MACHINES GAON__QUOTA_METRIC__QUOTA_METRIC_MACHINES

static const struct line_item one = { .action = ORDER_ADD, .parameters = "image=debian-12,disk_gib=5,name=web-1" };

static Gaon__OrderState state_of(void **state, const Gaon__Order *order)
{
	return line_get_order(*state, order->name)->state;
}

static void set_price(void **state, int64_t vcpu_hour)
{
	assert_ok(service_execute(*state, "UPDATE rate SET price_units = $1 WHERE meter = 2",
				  SQL_ARGS(sql_int(vcpu_hour))));
}

static void an_order_that_no_policy_speaks_of_begins_at_once(void **state)
{
	Gaon__Order *order = line_order(*state, WEB, &one, 1);

	assert_int_equal(order->state, FULFILLING);
	assert_int_equal(order->n_approval_stages, 0);
	assert_string_not_equal(order->operation, "");
}

static void an_order_waits_for_its_approver(void **state)
{
	assert_ok(line_policy(*state, &(struct line_policy){ .id = "all" }));
	Gaon__Order *order = line_order(*state, WEB, &one, 1);

	assert_int_equal(order->state, PENDING);
	assert_string_equal(order->operation, "");
	line_run(*state);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM machine"), 0);
	assert_ok(line_approve(*state, "noah", order));
	line_run(*state);
	Gaon__Order *done = line_get_order(*state, order->name);
	assert_int_equal(done->state, GAON__ORDER_STATE__ORDER_STATE_FULFILLED);
	assert_string_equal(done->approval_stages[0]->decisions[0]->principal, "tenants/acme/users/noah");
	assert_true(done->approval_stages[0]->complete);
	assert_fails(line_approve(*state, "olga", order), STATUS_FAILED_PRECONDITION, "ORDER_STATE");
}

static void nobody_approves_or_rejects_their_own_order(void **state)
{
	assert_ok(line_policy(*state, &(struct line_policy){ .id = "all" }));
	line_as(*state, "noah");
	Gaon__Order *order = line_order(*state, WEB, &one, 1);

	assert_fails(line_approve(*state, "noah", order), STATUS_PERMISSION_DENIED, "SELF_APPROVAL");
	assert_fails(line_reject(*state, "noah", order), STATUS_PERMISSION_DENIED, "NOT_AN_APPROVER");
	assert_int_equal(state_of(state, order), PENDING);
	assert_ok(line_approve(*state, "olga", order));
}

static void nobody_approves_their_own_order_through_a_group_either(void **state)
{
	assert_ok(line_policy(*state, &(struct line_policy){ .id = "leads", .approvers = "tenants/acme/groups/leads" }));
	line_as(*state, "olga");
	Gaon__Order *order = line_order(*state, WEB, &one, 1);

	assert_fails(line_approve(*state, "olga", order), STATUS_PERMISSION_DENIED, "SELF_APPROVAL");
}

static void a_quorum_of_two_takes_two_people(void **state)
{
	assert_ok(line_policy(*state, &(struct line_policy){ .id = "two", .quorum = 2 }));
	Gaon__Order *order = line_order(*state, WEB, &one, 1);

	assert_ok(line_approve(*state, "noah", order));
	assert_int_equal(state_of(state, order), PENDING);
	assert_fails(line_approve(*state, "noah", order), STATUS_FAILED_PRECONDITION, "ALREADY_DECIDED");
	assert_int_equal(state_of(state, order), PENDING);
	assert_ok(line_approve(*state, "olga", order));
	assert_int_equal(state_of(state, order), FULFILLING);
}

static void the_second_stage_decides_after_the_first(void **state)
{
	assert_ok(line_policy(*state, &(struct line_policy){ .id = "z-first", .stage = 1, .approvers = "tenants/acme/users/noah" }));
	assert_ok(line_policy(*state, &(struct line_policy){ .id = "a-last", .stage = 2, .approvers = "tenants/acme/users/olga" }));
	Gaon__Order *order = line_order(*state, WEB, &one, 1);

	assert_int_equal(order->n_approval_stages, 2);
	assert_string_equal(order->approval_stages[0]->policy, ACME "/approvalPolicies/z-first");
	assert_fails(line_approve(*state, "olga", order), STATUS_PERMISSION_DENIED, "NOT_AN_APPROVER");
	assert_ok(line_approve(*state, "noah", order));
	assert_int_equal(state_of(state, order), PENDING);
	assert_fails(line_approve(*state, "noah", order), STATUS_FAILED_PRECONDITION, "ALREADY_DECIDED");
	assert_fails(line_approve(*state, "pia", order), STATUS_PERMISSION_DENIED, "NOT_AN_APPROVER");
	assert_ok(line_approve(*state, "olga", order));
	assert_int_equal(state_of(state, order), FULFILLING);
}

static void nobody_approves_two_stages_of_one_order(void **state)
{
	/* Olga is named in each: herself, through a group, and as everybody who may approve. */
	assert_ok(line_policy(*state, &(struct line_policy){ .id = "a", .stage = 1, .approvers = "tenants/acme/users/olga" }));
	assert_ok(line_policy(*state, &(struct line_policy){
					      .id = "b", .stage = 2, .approvers = "tenants/acme/groups/leads,tenants/acme/users/noah" }));
	assert_ok(line_policy(*state, &(struct line_policy){ .id = "c", .stage = 3 }));
	Gaon__Order *order = line_order(*state, WEB, &one, 1);

	assert_ok(line_approve(*state, "olga", order));
	assert_fails(line_approve(*state, "olga", order), STATUS_FAILED_PRECONDITION, "ALREADY_DECIDED");
	assert_ok(line_approve(*state, "noah", order));
	assert_fails(line_approve(*state, "olga", order), STATUS_FAILED_PRECONDITION, "ALREADY_DECIDED");
	assert_fails(line_approve(*state, "noah", order), STATUS_FAILED_PRECONDITION, "ALREADY_DECIDED");
	assert_int_equal(state_of(state, order), PENDING);
	assert_ok(line_approve(*state, "pia", order));
	assert_int_equal(state_of(state, order), FULFILLING);
}

static void who_approved_a_plan_that_is_void_may_decide_on_the_new_one_in_any_stage(void **state)
{
	static const char both[] = "tenants/acme/users/noah,tenants/acme/users/olga";

	assert_ok(line_policy(*state, &(struct line_policy){ .id = "a", .stage = 1, .approvers = both }));
	assert_ok(line_policy(*state, &(struct line_policy){ .id = "b", .stage = 2, .approvers = both }));
	Gaon__Order *order = line_order(*state, WEB, &one, 1);

	assert_ok(line_approve(*state, "noah", order));
	set_price(state, 40);
	assert_fails(line_approve(*state, "olga", order), STATUS_ABORTED, "PLAN_CHANGED");
	order = line_get_order(*state, order->name);
	assert_ok(line_approve(*state, "olga", order));
	assert_fails(line_approve(*state, "olga", order), STATUS_FAILED_PRECONDITION, "ALREADY_DECIDED");
	assert_ok(line_approve(*state, "noah", order));
	assert_int_equal(state_of(state, order), FULFILLING);
}

static void a_policy_of_an_earlier_version_keeps_its_meaning(void **state)
{
	struct service_fixture *fixture = *state;
	const struct migration *step = NULL;
	Gaon__Machine *machine = line_machine(*state, "web-0");
	const struct line_item remove = { .action = ORDER_REMOVE, .deployment = machine->deployment };

	for (size_t i = 0; i < request_migration_count; i++)
		if (strstr(request_migrations[i].sql, "UPDATE approval_policy"))
			step = &request_migrations[i];
	assert_non_null(step);
	assert_ok(line_policy(*state, &(struct line_policy){ .id = "old" }));
	assert_ok(line_policy(*state, &(struct line_policy){ .id = "own", .action = ORDER_ACT, .is_disabled = true }));
	assert_int_equal(line_preview(*state, WEB, &remove, 1)->n_approval_stages, 1);
	/* As if it had been there before the step. */
	assert_ok(service_execute(fixture, strstr(step->sql, "UPDATE approval_policy"), SQL_NO_ARGS));
	assert_int_equal(line_preview(*state, WEB, &remove, 1)->n_approval_stages, 0);
	assert_int_equal(line_preview(*state, WEB, &one, 1)->n_approval_stages, 1);
	assert_int_equal(service_number(fixture, "SELECT count(*) FROM approval_policy WHERE actions = '[1,2]'"), 1);
	assert_int_equal(service_number(fixture, "SELECT count(*) FROM approval_policy WHERE actions = '[3]'"), 1);
}

static void approvers_are_named_by_user_group_or_role(void **state)
{
	static const struct {
		const char *approvers, *no, *yes;
	} cases[] = {
		{ "tenants/acme/users/noah", "olga", "noah" },
		{ "tenants/acme/groups/leads", "noah", "olga" },
		{ "roles/tenant-admin", "noah", "pia" },
		{ "tenants/acme/users/noah,tenants/acme/groups/leads", "pia", "olga" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct service_fixture *fixture = *state;
		const char *id = arena_printf(fixture->arena, "p%zu", i);
		assert_ok(line_policy(*state, &(struct line_policy){ .id = id, .approvers = cases[i].approvers }));
		Gaon__Order *order = line_order(*state, WEB, &one, 1);
		assert_fails(line_approve(*state, cases[i].no, order), STATUS_PERMISSION_DENIED, "NOT_AN_APPROVER");
		assert_fails(line_reject(*state, cases[i].no, order), STATUS_PERMISSION_DENIED, "NOT_AN_APPROVER");
		assert_ok(line_approve(*state, cases[i].yes, order));
		assert_int_equal(state_of(state, order), FULFILLING);
		assert_ok(service_execute(*state, "DELETE FROM approval_policy", SQL_NO_ARGS));
	}
}

/** Orders with one policy in place, and says whether it asked. */
static bool is_asked(void **state, const struct line_policy *policy, const char *project, const struct line_item *item)
{
	assert_ok(line_policy(*state, policy));
	size_t stages = line_preview(*state, project, item, 1)->n_approval_stages;
	assert_ok(service_execute(*state, "DELETE FROM approval_policy", SQL_NO_ARGS));
	return stages > 0;
}

static void policies_speak_of_amounts_products_projects_and_actions(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-0");
	const struct line_item stop = { .action = ORDER_ACT, .verb = "stop", .deployment = machine->deployment };
	const struct line_item change = { .action = ORDER_CHANGE, .parameters = "size=medium", .deployment = machine->deployment };
	const struct line_item remove = { .action = ORDER_REMOVE, .deployment = machine->deployment };
#define POLICY(...) (&(struct line_policy){ .id = "p", __VA_ARGS__ })

	assert_true(is_asked(state, POLICY(.least = "36500"), WEB, &one));
	assert_true(is_asked(state, POLICY(.least = "36499.999999999999"), WEB, &one));
	assert_false(is_asked(state, POLICY(.least = "36500.000000000001"), WEB, &one));
	assert_true(is_asked(state, POLICY(.products = ACME "/products/other," LINUX), WEB, &one));
	assert_false(is_asked(state, POLICY(.products = ACME "/products/other"), WEB, &one));
	assert_true(is_asked(state, POLICY(.projects = WEB), WEB, &one));
	assert_false(is_asked(state, POLICY(.projects = API), WEB, &one));
	assert_true(is_asked(state, POLICY(.projects = API), API, &one));
	assert_false(is_asked(state, POLICY(.is_disabled = true), WEB, &one));
	assert_true(is_asked(state, POLICY(.stage = 1), WEB, &change));
	assert_true(is_asked(state, POLICY(.stage = 1), WEB, &stop));
	assert_true(is_asked(state, POLICY(.stage = 1), WEB, &remove));
	assert_true(is_asked(state, POLICY(.projects = WEB), WEB, &stop));
	assert_false(is_asked(state, POLICY(.projects = API), WEB, &remove));
	assert_false(is_asked(state, POLICY(.least = "0.000000000001"), WEB, &stop));
	assert_false(is_asked(state, POLICY(.least = "36500"), WEB, &remove));
	assert_true(is_asked(state, POLICY(.least = "0"), WEB, &remove));
	assert_false(is_asked(state, POLICY(.action = ORDER_ADD), WEB, &stop));
	assert_false(is_asked(state, POLICY(.action = ORDER_CHANGE), WEB, &remove));
	assert_true(is_asked(state, POLICY(.action = ORDER_ACT), WEB, &stop));
	assert_true(is_asked(state, POLICY(.action = ORDER_REMOVE), WEB, &remove));
	assert_false(is_asked(state, POLICY(.action = ORDER_REMOVE), WEB, &one));
}

static void policies_of_the_tenants_above_count_too_and_those_beside_do_not(void **state)
{
	assert_ok(line_policy(*state, &(struct line_policy){ .id = "up", .tenant = "tenants/msp" }));
	assert_ok(line_policy(*state, &(struct line_policy){ .id = "beside", .tenant = "tenants/other" }));
	assert_ok(line_policy(*state, &(struct line_policy){ .id = "below", .tenant = "tenants/acme-labs" }));
	Gaon__PreviewOrderResponse *plan = line_preview(*state, WEB, &one, 1);

	assert_int_equal(plan->n_approval_stages, 1);
	assert_string_equal(plan->approval_stages[0]->policy, "tenants/msp/approvalPolicies/up");
}

static void an_approval_of_an_older_plan_counts_for_nothing(void **state)
{
	assert_ok(line_policy(*state, &(struct line_policy){ .id = "all" }));
	Gaon__Order *order = line_order(*state, WEB, &one, 1);

	order->plan_digest = "0000000000000000000000000000000000000000000000000000000000000000";
	assert_fails(line_approve(*state, "noah", order), STATUS_ABORTED, "PLAN_CHANGED");
	order->plan_digest = "";
	assert_fails(line_approve(*state, "noah", order), STATUS_ABORTED, "PLAN_CHANGED");
	assert_int_equal(service_number(*state, "SELECT count(*) FROM request_decision"), 0);
}

static void a_changed_price_voids_what_was_approved_and_that_is_kept(void **state)
{
	assert_ok(line_policy(*state, &(struct line_policy){ .id = "two", .quorum = 2 }));
	Gaon__Order *order = line_order(*state, WEB, &one, 1);

	assert_ok(line_approve(*state, "noah", order));
	set_price(state, 40);
	assert_fails(line_approve(*state, "olga", order), STATUS_ABORTED, "PLAN_CHANGED");
	Gaon__Order *now = line_get_order(*state, order->name);
	assert_int_equal(now->state, PENDING);
	assert_string_not_equal(now->plan_digest, order->plan_digest);
	assert_string_equal(now->hourly->amount, "54");
	assert_string_equal(now->items[0]->hourly->amount, "54");
	assert_string_equal(now->items[0]->deployment, order->items[0]->deployment);
	assert_true(now->approval_stages[0]->decisions[0]->superseded);
	assert_false(now->approval_stages[0]->complete);
	assert_int_equal(line_used(*state, WEB, MACHINES), 1);
	/* Both decide anew, on the plan that they see now. */
	assert_fails(line_approve(*state, "olga", order), STATUS_ABORTED, "PLAN_CHANGED");
	assert_ok(line_approve(*state, "olga", now));
	assert_int_equal(state_of(state, order), PENDING);
	assert_ok(line_approve(*state, "noah", now));
	line_run(*state);
	assert_int_equal(state_of(state, order), GAON__ORDER_STATE__ORDER_STATE_FULFILLED);
}

static void what_an_order_holds_already_does_not_count_against_it(void **state)
{
	assert_ok(line_policy(*state, &(struct line_policy){ .id = "all" }));
	line_quota(*state, WEB, MACHINES, 1);
	Gaon__Order *order = line_order(*state, WEB, &one, 1);

	assert_ok(line_approve(*state, "noah", order));
	line_run(*state);
	assert_int_equal(state_of(state, order), GAON__ORDER_STATE__ORDER_STATE_FULFILLED);
}

static void a_size_that_grew_meanwhile_takes_its_quota_and_voids_what_was_approved(void **state)
{
	assert_ok(line_policy(*state, &(struct line_policy){ .id = "all" }));
	Gaon__Order *order = line_order(*state, WEB, &one, 1);

	assert_ok(service_execute(*state, "UPDATE offering SET vcpus = 3 WHERE id = 'small'", SQL_NO_ARGS));
	assert_fails(line_approve(*state, "noah", order), STATUS_ABORTED, "PLAN_CHANGED");
	assert_int_equal(line_used(*state, WEB, GAON__QUOTA_METRIC__QUOTA_METRIC_VCPUS), 3);
	assert_int_equal(line_used(*state, WEB, MACHINES), 1);
	assert_ok(line_reject(*state, "noah", order));
	assert_int_equal(line_used(*state, WEB, GAON__QUOTA_METRIC__QUOTA_METRIC_VCPUS), 0);
}

static void a_new_price_that_no_policy_minds_needs_only_to_be_seen(void **state)
{
	assert_ok(line_policy(*state, &(struct line_policy){ .id = "dear", .least = "30000" }));
	Gaon__Order *order = line_order(*state, WEB, &one, 1);

	assert_int_equal(order->state, PENDING);
	set_price(state, 1);
	assert_fails(line_approve(*state, "noah", order), STATUS_ABORTED, "PLAN_CHANGED");
	Gaon__Order *now = line_get_order(*state, order->name);
	assert_int_equal(now->n_approval_stages, 0);
	assert_fails(line_approve(*state, "noah", order), STATUS_ABORTED, "PLAN_CHANGED");
	assert_ok(line_approve(*state, "noah", now));
	line_run(*state);
	assert_int_equal(state_of(state, order), GAON__ORDER_STATE__ORDER_STATE_FULFILLED);
}

static void an_order_that_became_impossible_cannot_be_approved(void **state)
{
	assert_ok(line_policy(*state, &(struct line_policy){ .id = "all" }));
	Gaon__Machine *machine = NULL;
	Gaon__Operation operation;

	assert_ok(service_execute(*state, "UPDATE approval_policy SET is_disabled = 1", SQL_NO_ARGS));
	machine = line_machine(*state, "web-1");
	assert_ok(service_execute(*state, "UPDATE approval_policy SET is_disabled = 0", SQL_NO_ARGS));
	const struct line_item change = { .action = ORDER_CHANGE, .parameters = "size=medium", .deployment = machine->deployment };
	Gaon__Order *order = line_order(*state, WEB, &change, 1);
	line_did(*state, line_delete(*state, machine->name, &operation), &operation);
	assert_fails(line_approve(*state, "noah", order), STATUS_FAILED_PRECONDITION, "ORDER_BLOCKED");
	assert_int_equal(state_of(state, order), PENDING);
	assert_ok(line_cancel(*state, "mina", order));
}

static void who_rejects_ends_it_and_gives_its_quota_back_once(void **state)
{
	assert_ok(line_policy(*state, &(struct line_policy){ .id = "all" }));
	Gaon__Order *order = line_order(*state, WEB, &one, 1);

	assert_int_equal(line_used(*state, WEB, MACHINES), 1);
	assert_ok(line_reject(*state, "noah", order));
	Gaon__Order *now = line_get_order(*state, order->name);
	assert_int_equal(now->state, GAON__ORDER_STATE__ORDER_STATE_REJECTED);
	assert_string_equal(now->state_message, "too dear");
	assert_int_equal(now->items[0]->state, GAON__ORDER_ITEM_STATE__ORDER_ITEM_STATE_CANCELLED);
	assert_false(now->approval_stages[0]->decisions[0]->approved);
	assert_int_equal(line_used(*state, WEB, MACHINES), 0);
	assert_fails(line_reject(*state, "noah", order), STATUS_FAILED_PRECONDITION, "ORDER_STATE");
	assert_fails(line_cancel(*state, "mina", order), STATUS_FAILED_PRECONDITION, "ORDER_STATE");
	assert_fails(line_approve(*state, "olga", order), STATUS_FAILED_PRECONDITION, "ORDER_STATE");
	assert_int_equal(line_used(*state, WEB, MACHINES), 0);
	line_run(*state);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM machine"), 0);
}

static void only_the_requester_or_an_approver_withdraws_an_order(void **state)
{
	assert_ok(line_policy(*state, &(struct line_policy){ .id = "all" }));
	Gaon__Order *order = line_order(*state, WEB, &one, 1), *other = line_order(*state, WEB, &one, 1);

	line_as(*state, "olga");
	Gaon__Order *hers = line_order(*state, WEB, &one, 1);
	assert_int_equal(line_used(*state, WEB, MACHINES), 3);
	assert_fails(line_cancel(*state, "mina", hers), STATUS_PERMISSION_DENIED, "NOT_YOUR_ORDER");
	assert_ok(line_cancel(*state, "mina", order));
	assert_ok(line_cancel(*state, "noah", other));
	assert_int_equal(line_used(*state, WEB, MACHINES), 1);
	assert_fails(line_cancel(*state, "mina", order), STATUS_FAILED_PRECONDITION, "ORDER_STATE");
	assert_int_equal(line_used(*state, WEB, MACHINES), 1);
	assert_int_equal(state_of(state, order), GAON__ORDER_STATE__ORDER_STATE_CANCELLED);
}

static size_t waiting_for(void **state, const char *user, const char *parent)
{
	Gaon__ListPendingApprovalsRequest request = GAON__LIST_PENDING_APPROVALS_REQUEST__INIT;
	Gaon__ListPendingApprovalsResponse reply;

	request.parent = parent;
	line_as(*state, user);
	assert_ok(service_call(*state, &gaon_request_table, "ListPendingApprovals", &request, &reply));
	return reply.n_orders;
}

static void everybody_sees_the_orders_that_wait_for_them(void **state)
{
	assert_ok(line_policy(*state, &(struct line_policy){ .id = "two", .quorum = 2 }));
	Gaon__Order *order = line_order(*state, WEB, &one, 1);

	line_order(*state, API, &one, 1);
	assert_int_equal(waiting_for(state, "noah", ACME), 2);
	assert_int_equal(waiting_for(state, "noah", WEB), 1);
	assert_int_equal(waiting_for(state, "mina", ACME), 0);
	assert_ok(line_approve(*state, "noah", order));
	assert_int_equal(waiting_for(state, "noah", ACME), 1);
	assert_int_equal(waiting_for(state, "olga", ACME), 2);
	assert_ok(line_approve(*state, "olga", order));
	assert_int_equal(waiting_for(state, "olga", ACME), 1);
}

static void a_policy_that_could_never_ask_is_refused(void **state)
{
	Gaon__CreateApprovalPolicyRequest request = GAON__CREATE_APPROVAL_POLICY_REQUEST__INIT;
	Gaon__ApprovalPolicy policy = GAON__APPROVAL_POLICY__INIT, reply;
	Gaon__OrderAction action = GAON__ORDER_ACTION__ORDER_ACTION_UNSPECIFIED;

	policy.actions = &action;
	policy.n_actions = 1;
	request.parent = ACME;
	request.approval_policy_id = "none";
	request.approval_policy = &policy;
	struct status status = service_call(*state, &gaon_request_table, "CreateApprovalPolicy", &request, &reply);
	assert_string_equal(failed_field(status), "approval_policy.actions[0]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(an_order_that_no_policy_speaks_of_begins_at_once),
		LINE_TEST(an_order_waits_for_its_approver),
		LINE_TEST(nobody_approves_or_rejects_their_own_order),
		LINE_TEST(nobody_approves_their_own_order_through_a_group_either),
		LINE_TEST(a_quorum_of_two_takes_two_people),
		LINE_TEST(the_second_stage_decides_after_the_first),
		LINE_TEST(nobody_approves_two_stages_of_one_order),
		LINE_TEST(who_approved_a_plan_that_is_void_may_decide_on_the_new_one_in_any_stage),
		LINE_TEST(a_policy_of_an_earlier_version_keeps_its_meaning),
		LINE_TEST(approvers_are_named_by_user_group_or_role),
		LINE_TEST(policies_speak_of_amounts_products_projects_and_actions),
		LINE_TEST(policies_of_the_tenants_above_count_too_and_those_beside_do_not),
		LINE_TEST(an_approval_of_an_older_plan_counts_for_nothing),
		LINE_TEST(a_changed_price_voids_what_was_approved_and_that_is_kept),
		LINE_TEST(what_an_order_holds_already_does_not_count_against_it),
		LINE_TEST(a_size_that_grew_meanwhile_takes_its_quota_and_voids_what_was_approved),
		LINE_TEST(a_new_price_that_no_policy_minds_needs_only_to_be_seen),
		LINE_TEST(an_order_that_became_impossible_cannot_be_approved),
		LINE_TEST(who_rejects_ends_it_and_gives_its_quota_back_once),
		LINE_TEST(only_the_requester_or_an_approver_withdraws_an_order),
		LINE_TEST(everybody_sees_the_orders_that_wait_for_them),
		LINE_TEST(a_policy_that_could_never_ask_is_refused),
	};

	return cmocka_run_group_tests_name("request_approval", tests, NULL, NULL);
}
