/* SPDX-License-Identifier: Apache-2.0 */
/* plan_test.c: what an order means, what it costs, what is wrong with it, and what an approval of it is bound to. */
#include <string.h>

#include "tests/support/line_fixture.h"

#define USUAL "image=debian-12,disk_gib=5,name=web-1"

static const struct line_item one = { .action = ORDER_ADD, .parameters = USUAL };

static const char *blocker_at(const Gaon__PreviewOrderResponse *plan, const char *field)
{
	for (size_t i = 0; i < plan->n_blockers; i++)
		if (strcmp(plan->blockers[i]->field, field) == 0)
			return plan->blockers[i]->reason;
	return NULL;
}

static void a_preview_says_what_is_made_and_what_it_costs(void **state)
{
	Gaon__PreviewOrderResponse *plan = line_preview(*state, WEB, &one, 1);

	assert_int_equal(plan->n_blockers, 0);
	assert_int_equal(plan->n_items, 1);
	assert_string_equal(plan->items[0]->product, LINUX);
	assert_string_equal(plan->items[0]->product_version, LINUX "/versions/1");
	assert_string_equal(plan->items[0]->connection, LAB);
	assert_string_equal(plan->items[0]->deployment, "");
	assert_int_equal(plan->items[0]->vcpus, 1);
	assert_int_equal(plan->items[0]->memory_mib, 512);
	assert_string_equal(plan->hourly->amount, "50");
	assert_string_equal(plan->hourly->currency_code, "KRW");
	assert_string_equal(plan->monthly->amount, "36500");
	assert_int_equal(strlen(plan->plan_digest), 64);
	assert_int_equal(service_number(*state, "SELECT count(*) FROM request_order"), 0);
}

static void a_plan_is_the_same_when_previewed_created_and_approved(void **state)
{
	assert_ok(line_policy(*state, &(struct line_policy){ .id = "all" }));
	Gaon__PreviewOrderResponse *first = line_preview(*state, WEB, &one, 1), *second = line_preview(*state, WEB, &one, 1);
	Gaon__Order *order = line_order(*state, WEB, &one, 1), *other = line_order(*state, WEB, &one, 1);

	assert_string_equal(first->plan_digest, second->plan_digest);
	assert_string_equal(first->plan_digest, order->plan_digest);
	/* The names of the deployments to be are chosen at random, and are no part of what was decided on. */
	assert_string_equal(order->plan_digest, other->plan_digest);
	assert_string_not_equal(order->items[0]->deployment, other->items[0]->deployment);
	assert_ok(line_approve(*state, "noah", order));
	assert_string_equal(line_get_order(*state, order->name)->plan_digest, first->plan_digest);
	assert_int_equal(line_get_order(*state, order->name)->state, GAON__ORDER_STATE__ORDER_STATE_FULFILLING);
}

static void anything_that_matters_changes_the_digest(void **state)
{
	static const char *const others[] = {
		"image=debian-12,disk_gib=5,name=web-2", "image=debian-12,disk_gib=6,name=web-1",
		"image=ubuntu-24.04-lts,disk_gib=5,name=web-1", "image=debian-12,disk_gib=5,name=web-1,size=medium",
		"image=debian-12,disk_gib=5,name=web-1,lease_days=3", "image=debian-12,disk_gib=5,name=web-1,tier=production",
	};
	const char *digest = line_preview(*state, WEB, &one, 1)->plan_digest;
	const struct line_item twice[] = { one, one };

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		struct line_item item = { .action = ORDER_ADD, .parameters = others[i] };
		Gaon__PreviewOrderResponse *plan = line_preview(*state, WEB, &item, 1);
		assert_string_not_equal(plan->plan_digest, digest);
	}
	assert_string_not_equal(line_preview(*state, WEB, twice, 2)->plan_digest, digest);
	assert_string_not_equal(line_preview(*state, API, &one, 1)->plan_digest, digest);
}

static void rates_that_come_to_the_same_sum_are_not_the_same(void **state)
{
	Gaon__PreviewOrderResponse *before = line_preview(*state, WEB, &one, 1);

	assert_ok(service_execute(*state, "UPDATE rate SET price_units = price_units - 1 WHERE meter = 2", SQL_NO_ARGS));
	assert_ok(service_execute(*state, "UPDATE rate SET price_units = price_units + 2 WHERE meter = 3", SQL_NO_ARGS));
	Gaon__PreviewOrderResponse *after = line_preview(*state, WEB, &one, 1);
	assert_string_equal(before->hourly->amount, after->hourly->amount);
	assert_string_not_equal(before->plan_digest, after->plan_digest);
}

static void an_order_by_another_plan_than_the_previewed_one_is_refused(void **state)
{
	Gaon__Order order;
	const char *digest = line_preview(*state, WEB, &one, 1)->plan_digest;
	struct line_item dearer = { .action = ORDER_ADD, .parameters = USUAL ",size=large" };

	assert_fails(line_try_order(*state, WEB, &dearer, 1, digest, &order), STATUS_ABORTED, "PLAN_CHANGED");
	assert_int_equal(service_number(*state, "SELECT count(*) FROM request_order"), 0);
	assert_ok(line_try_order(*state, WEB, &one, 1, digest, &order));
}

static void whatever_is_wrong_is_said_at_once_and_nothing_is_made(void **state)
{
	const struct line_item items[] = {
		{ .action = ORDER_ADD, .parameters = "image=debian-12,size=gigantic" },
		{ .action = ORDER_ADD, .parameters = USUAL, .product = ACME "/products/none" },
		{ .action = ORDER_CHANGE, .parameters = "size=small", .deployment = WEB "/deployments/none" },
		{ .action = ORDER_REMOVE, .deployment = WEB "/deployments/none" },
	};
	Gaon__PreviewOrderResponse *plan = line_preview(*state, WEB, items, 4);
	Gaon__Order order;

	assert_non_null(blocker_at(plan, "items[0].parameters.size"));
	assert_string_equal(blocker_at(plan, "items[1].product"), "PRODUCT_NOT_FOUND");
	assert_string_equal(blocker_at(plan, "items[2].deployment"), "DEPLOYMENT_NOT_FOUND");
	assert_string_equal(blocker_at(plan, "items[3].deployment"), "DEPLOYMENT_NOT_FOUND");
	assert_fails(line_try_order(*state, WEB, items, 4, "", &order), STATUS_FAILED_PRECONDITION, "ORDER_BLOCKED");
	assert_int_equal(service_number(*state, "SELECT count(*) FROM request_order"), 0);
	assert_int_equal(line_used(*state, WEB, GAON__QUOTA_METRIC__QUOTA_METRIC_MACHINES), 0);
}

static void an_unknown_verb_and_a_parameter_that_cannot_change_are_blockers(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	const struct line_item items[] = {
		{ .action = ORDER_ACT, .verb = "explode", .deployment = machine->deployment },
		{ .action = ORDER_CHANGE, .parameters = "image=debian-12", .deployment = machine->deployment },
	};
	Gaon__PreviewOrderResponse *plan = line_preview(*state, WEB, items, 2);

	assert_string_equal(blocker_at(plan, "items[0].verb"), "VERB_UNKNOWN");
	assert_string_equal(blocker_at(plan, "items[1].parameters.image"), "PARAMETER_NOT_CHANGEABLE");
}

static void a_deployment_of_another_project_is_not_found(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	const struct line_item item = { .action = ORDER_REMOVE, .deployment = machine->deployment };

	assert_string_equal(blocker_at(line_preview(*state, API, &item, 1), "items[0].deployment"), "DEPLOYMENT_NOT_FOUND");
	assert_null(blocker_at(line_preview(*state, WEB, &item, 1), "items[0].deployment"));
}

static void nothing_is_planned_for_a_deployment_that_is_gone(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;
	const struct line_item items[] = {
		{ .action = ORDER_CHANGE, .parameters = "size=medium", .deployment = machine->deployment },
		{ .action = ORDER_ACT, .verb = "stop", .deployment = machine->deployment },
		{ .action = ORDER_REMOVE, .deployment = machine->deployment },
	};

	line_did(*state, line_delete(*state, machine->name, &operation), &operation);
	Gaon__PreviewOrderResponse *plan = line_preview(*state, WEB, items, 3);
	assert_string_equal(blocker_at(plan, "items[0].deployment"), "DEPLOYMENT_GONE");
	assert_string_equal(blocker_at(plan, "items[1].deployment"), "DEPLOYMENT_GONE");
	assert_string_equal(blocker_at(plan, "items[2].deployment"), "DEPLOYMENT_GONE");
}

static void a_change_is_planned_against_the_size_that_the_machine_has_now(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	Gaon__Operation operation;
	const struct line_item item = { .action = ORDER_CHANGE, .parameters = "size=x-large", .deployment = machine->deployment };

	line_quota(*state, WEB, GAON__QUOTA_METRIC__QUOTA_METRIC_VCPUS, 100);
	Gaon__PreviewOrderResponse *plan = line_preview(*state, WEB, &item, 1);
	assert_int_equal(plan->quota_effects[0]->added, 3);
	line_did(*state, line_resize(*state, machine->name, "medium", true, &operation), &operation);
	plan = line_preview(*state, WEB, &item, 1);
	assert_int_equal(plan->quota_effects[0]->used, 2);
	assert_int_equal(plan->quota_effects[0]->added, 2);
	/* The whole new price, since that is what it will cost: 4 × 36 + 8 × 18 + 5. */
	assert_string_equal(plan->hourly->amount, "293");
}

static void one_order_does_one_thing_to_a_deployment(void **state)
{
	Gaon__Machine *machine = line_machine(*state, "web-1");
	const struct line_item items[] = {
		{ .action = ORDER_CHANGE, .parameters = "size=medium", .deployment = machine->deployment },
		{ .action = ORDER_REMOVE, .deployment = machine->deployment },
	};
	Gaon__PreviewOrderResponse *plan = line_preview(*state, WEB, items, 2);

	assert_null(blocker_at(plan, "items[0].deployment"));
	assert_string_equal(blocker_at(plan, "items[1].deployment"), "DEPLOYMENT_TWICE");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(a_preview_says_what_is_made_and_what_it_costs),
		LINE_TEST(a_plan_is_the_same_when_previewed_created_and_approved),
		LINE_TEST(anything_that_matters_changes_the_digest),
		LINE_TEST(rates_that_come_to_the_same_sum_are_not_the_same),
		LINE_TEST(an_order_by_another_plan_than_the_previewed_one_is_refused),
		LINE_TEST(whatever_is_wrong_is_said_at_once_and_nothing_is_made),
		LINE_TEST(an_unknown_verb_and_a_parameter_that_cannot_change_are_blockers),
		LINE_TEST(a_deployment_of_another_project_is_not_found),
		LINE_TEST(nothing_is_planned_for_a_deployment_that_is_gone),
		LINE_TEST(a_change_is_planned_against_the_size_that_the_machine_has_now),
		LINE_TEST(one_order_does_one_thing_to_a_deployment),
	};

	return cmocka_run_group_tests_name("request_plan", tests, NULL, NULL);
}
