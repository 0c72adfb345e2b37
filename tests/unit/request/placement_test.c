/* SPDX-License-Identifier: Apache-2.0 */
/* placement_test.c: one product over several clouds: by labels, words, room and price, the same every time. */
#include "tests/unit/request/placed.h"

static void a_label_that_must_be_there_decides_before_anything_else(void **state)
{
	struct draft sold;
	const char *kr = "kr", *reason;

	make_places(state, "", "");
	draft(state, &sold, GAON__PLACEMENT_STRATEGY__PLACEMENT_STRATEGY_CHEAPEST);
	add_rule(&sold, "residency", &kr, "");
	sell(state, &sold);
	/* Tokyo would be cheaper. */
	assert_string_equal(placed(state, "", &reason), SEOUL);
	Gaon__ExplainPlacementResponse *all = explain(state, NULL, NULL);
	assert_string_equal(all->connection, SEOUL);
	assert_int_equal(all->n_candidates, 2);
	assert_string_equal(candidate(all, TOKYO)->reason, "LABELS_UNMET");
	assert_non_null(strstr(candidate(all, TOKYO)->message, "residency=kr"));
	assert_int_equal(candidate(all, TOKYO)->rank, 0);
	assert_int_equal(candidate(all, SEOUL)->rank, 1);
	label(*state, SEOUL, "residency", "us");
	assert_null(placed(state, "", &reason));
	assert_string_equal(reason, "LABELS_UNMET");
}

static void a_label_may_be_asked_for_by_a_parameter(void **state)
{
	struct draft sold;
	const char *reason;

	make_places(state, "", "");
	draft(state, &sold, GAON__PLACEMENT_STRATEGY__PLACEMENT_STRATEGY_IN_ORDER);
	add_rule(&sold, "residency", NULL, "residency");
	sell(state, &sold);
	assert_string_equal(placed(state, "residency=jp", &reason), TOKYO);
	assert_string_equal(placed(state, "residency=kr", &reason), SEOUL);
	assert_string_equal(placed(state, "", &reason), SEOUL);
	assert_null(placed(state, "residency=us", &reason));
	assert_string_equal(reason, "LABELS_UNMET");
}

static void the_same_words_mean_each_clouds_own(void **state)
{
	struct draft sold;
	const char *jp = "jp";

	make_places(state, "", "");
	draft(state, &sold, GAON__PLACEMENT_STRATEGY__PLACEMENT_STRATEGY_IN_ORDER);
	sell(state, &sold);
	Gaon__ExplainPlacementResponse *all = explain(state, "size", "medium");
	assert_string_equal(candidate(all, SEOUL)->size, "kr-m");
	assert_int_equal(candidate(all, SEOUL)->memory_mib, 4096);
	assert_string_equal(candidate(all, SEOUL)->image, "debian-gnu-12");
	assert_string_equal(candidate(all, TOKYO)->size, "jp-m");
	assert_string_equal(candidate(all, TOKYO)->image, "debian-12");
	Gaon__Machine *machine = made(state, "size=small,name=web-1");
	assert_int_equal(machine->state, GAON__MACHINE_STATE__MACHINE_STATE_RUNNING);
	assert_string_equal(machine->connection, SEOUL);
	assert_string_equal(machine->size, "kr-s");
	assert_string_equal(machine->image, "debian-gnu-12");
	assert_int_equal(machine->vcpus, 2);
	/* An operator's own word goes before what the version says. */
	assert_ok(alias(*state, SEOUL, GAON__OFFERING_KIND__OFFERING_KIND_SIZE, "small", "kr-xl"));
	assert_string_equal(candidate(explain(state, NULL, NULL), SEOUL)->size, "kr-xl");
	(void)jp;
}

static void a_size_is_changed_by_the_same_words(void **state)
{
	struct draft sold;

	make_places(state, "", "");
	draft(state, &sold, GAON__PLACEMENT_STRATEGY__PLACEMENT_STRATEGY_IN_ORDER);
	sell(state, &sold);
	Gaon__Machine *machine = made(state, "size=small,name=web-1");
	struct line_item change = { .action = ORDER_CHANGE, .deployment = machine->deployment, .parameters = "size=medium" };
	Gaon__Order *order = line_order(*state, WEB, &change, 1);
	line_run(*state);
	assert_int_equal(line_get_order(*state, order->name)->state, GAON__ORDER_STATE__ORDER_STATE_FULFILLED);
	assert_string_equal(line_get(*state, machine->name)->size, "kr-m");
	assert_string_equal(line_get(*state, machine->name)->connection, SEOUL);
	/* Without an order too. */
	Gaon__Operation operation;
	assert_ok(line_resize(*state, machine->name, "small", true, &operation));
	line_run(*state);
	assert_string_equal(line_get(*state, machine->name)->size, "kr-s");
	assert_fails(line_resize(*state, machine->name, "gigantic", true, &operation), STATUS_INVALID_ARGUMENT, "SIZE_UNKNOWN");
}

static void the_cheapest_is_told_by_what_each_would_cost_there(void **state)
{
	static const struct rate_row DEAR[] = { { GAON__METER__METER_VCPU_HOUR, "500", 0 } };
	struct draft sold;
	const char *reason;

	make_places(state, "", "");
	draft(state, &sold, GAON__PLACEMENT_STRATEGY__PLACEMENT_STRATEGY_CHEAPEST);
	sell(state, &sold);
	/* One vCPU less, by the same card. */
	assert_string_equal(placed(state, "", &reason), TOKYO);
	Gaon__ExplainPlacementResponse *all = explain(state, NULL, NULL);
	assert_string_equal(candidate(all, TOKYO)->hourly->amount, "59");
	assert_string_equal(candidate(all, SEOUL)->hourly->amount, "95");
	assert_int_equal(candidate(all, SEOUL)->rank, 2);
	struct line_item one = item("");
	Gaon__PreviewOrderResponse *preview = line_preview(*state, WEB, &one, 1);
	assert_string_equal(preview->items[0]->placement, "the cheapest of 2 that fit");
	assert_string_equal(preview->hourly->amount, "59");

	/* A target may have a price of its own. */
	const char *name = NULL;
	assert_ok(make_card(*state, "dear", "KRW", DEAR, 1));
	draft(state, &sold, GAON__PLACEMENT_STRATEGY__PLACEMENT_STRATEGY_CHEAPEST);
	sold.version->targets[1]->rate_card = "tenants/acme/rateCards/dear";
	assert_ok(create(state, &sold, &name));
	assert_ok(publish(*state, name));
	assert_string_equal(placed(state, "", &reason), SEOUL);
	assert_string_equal(candidate(explain(state, NULL, NULL), TOKYO)->hourly->amount, "500");
	Gaon__DeleteRateCardRequest delete = GAON__DELETE_RATE_CARD_REQUEST__INIT;
	Gaon__DeleteRateCardResponse gone;
	delete.name = "tenants/acme/rateCards/dear";
	assert_fails(cost_call(*state, "DeleteRateCard", &delete, &gone), STATUS_FAILED_PRECONDITION, "RATE_CARD_IN_USE");
}

static void the_least_used_gets_it_and_what_is_equal_goes_by_the_list(void **state)
{
	struct draft sold;

	make_places(state, "", "");
	draft(state, &sold, GAON__PLACEMENT_STRATEGY__PLACEMENT_STRATEGY_LEAST_USED);
	sell(state, &sold);
	assert_string_equal(made(state, "name=web-1")->connection, SEOUL);
	assert_string_equal(made(state, "name=web-2")->connection, TOKYO);
	assert_string_equal(made(state, "name=web-3")->connection, SEOUL);
	assert_string_equal(made(state, "name=web-4")->connection, TOKYO);
	Gaon__ExplainPlacementResponse *all = explain(state, NULL, NULL);
	assert_int_equal(candidate(all, SEOUL)->machines, 2);
	assert_string_equal(all->connection, SEOUL);
}

static void the_least_used_is_told_by_the_clouds_limits_where_all_tell(void **state)
{
	struct draft sold;

	/* One machine is a tenth of seoul's, and half of tokyo's. */
	make_places(state, ", \"quota\": 10", ", \"quota\": 2");
	draft(state, &sold, GAON__PLACEMENT_STRATEGY__PLACEMENT_STRATEGY_LEAST_USED);
	sell(state, &sold);
	for (int i = 0; i < 4; i++)
		assert_string_equal(made(state, "")->connection, SEOUL);
	Gaon__ExplainPlacementResponse *all = explain(state, NULL, NULL);
	assert_int_equal(candidate(all, SEOUL)->used_percent, 50);
	assert_int_equal(candidate(all, TOKYO)->used_percent, 50);
	assert_string_equal(all->connection, SEOUL);
	assert_string_equal(made(state, "")->connection, SEOUL);
	assert_string_equal(made(state, "")->connection, TOKYO);
}

static void where_there_must_be_room_and_is_none_nothing_is_placed(void **state)
{
	struct draft sold;
	const char *reason;

	make_places(state, ", \"quota\": 1", ", \"quota\": 1");
	draft(state, &sold, GAON__PLACEMENT_STRATEGY__PLACEMENT_STRATEGY_IN_ORDER);
	sold.placement.needs_room = true;
	sell(state, &sold);
	assert_string_equal(made(state, "")->connection, SEOUL);
	Gaon__ExplainPlacementResponse *all = explain(state, NULL, NULL);
	assert_string_equal(candidate(all, SEOUL)->reason, "CAPACITY_SHORT");
	assert_non_null(strstr(candidate(all, SEOUL)->message, "machines"));
	assert_string_equal(made(state, "")->connection, TOKYO);
	assert_null(placed(state, "", &reason));
	assert_string_equal(reason, "CAPACITY_SHORT");
	/* A probe that finds room says so. */
	assert_ok(service_execute(*state, "UPDATE connection_quota SET most = 5 WHERE id = 'machines'", SQL_NO_ARGS));
	assert_string_equal(placed(state, "", &reason), SEOUL);
}

static void what_seems_full_comes_last_and_the_cloud_has_the_last_word(void **state)
{
	struct draft sold;
	const char *reason;

	/* Tokyo is cheaper, and its hosts are promised twice over already. */
	make_places(state, "", "");
	draft(state, &sold, GAON__PLACEMENT_STRATEGY__PLACEMENT_STRATEGY_CHEAPEST);
	sell(state, &sold);
	assert_string_equal(placed(state, "", &reason), TOKYO);
	assert_ok(service_execute(*state,
				  "UPDATE connection_quota SET most = 1024, used = 2048 WHERE id = 'memory_mib' AND connection = $1",
				  SQL_ARGS(sql_text(TOKYO))));
	assert_string_equal(placed(state, "", &reason), SEOUL);
	Gaon__ExplainPlacementResponse *all = explain(state, NULL, NULL);
	assert_int_equal(candidate(all, TOKYO)->rank, 2);
	assert_true(candidate(all, TOKYO)->fits);
	assert_non_null(strstr(candidate(all, TOKYO)->message, "memory_mib"));
	assert_ok(service_execute(*state, "UPDATE connection_quota SET most = 1, used = 1 WHERE id = 'vcpus'", SQL_NO_ARGS));
	assert_string_equal(placed(state, "", &reason), TOKYO);
}

static void an_order_chooses_a_connection_only_where_the_version_lets_it(void **state)
{
	struct draft sold;
	const char *reason, *name = NULL;

	make_places(state, "", "");
	draft(state, &sold, GAON__PLACEMENT_STRATEGY__PLACEMENT_STRATEGY_IN_ORDER);
	sold.placement.choosable = true;
	sell(state, &sold);
	assert_string_equal(placed(state, "connection=tokyo", &reason), TOKYO);
	assert_string_equal(placed(state, "connection=" TOKYO, &reason), TOKYO);
	assert_string_equal(placed(state, "", &reason), SEOUL);
	assert_null(placed(state, "connection=lab", &reason));
	assert_string_equal(reason, "CONNECTION_NOT_CHOSEN");
	assert_string_equal(candidate(explain(state, "connection", "tokyo"), SEOUL)->reason, "CONNECTION_NOT_CHOSEN");
	/* Elsewhere such a parameter has no meaning for the placement. */
	draft(state, &sold, GAON__PLACEMENT_STRATEGY__PLACEMENT_STRATEGY_IN_ORDER);
	assert_ok(create(state, &sold, &name));
	assert_ok(publish(*state, name));
	assert_string_equal(placed(state, "connection=tokyo", &reason), SEOUL);
}

static void what_waits_for_approval_stays_where_it_was_planned(void **state)
{
	struct line_policy policy = { .id = "all", .approvers = "tenants/acme/users/noah", .stage = 1, .quorum = 1 };
	struct draft sold;
	const char *reason;

	line_machine(*state, "elsewhere");
	make_places(state, "", "");
	draft(state, &sold, GAON__PLACEMENT_STRATEGY__PLACEMENT_STRATEGY_LEAST_USED);
	sell(state, &sold);
	assert_ok(line_policy(*state, &policy));
	line_as(*state, "mina");
	struct line_item one = item("name=web-1");
	Gaon__Order *waiting = line_order(*state, WEB, &one, 1);
	assert_string_equal(waiting->items[0]->connection, SEOUL);
	/* Meanwhile seoul fills up: a new plan would go to tokyo. */
	assert_ok(service_execute(*state, "UPDATE machine SET connection = '" SEOUL "'", SQL_NO_ARGS));
	assert_string_equal(placed(state, "", &reason), TOKYO);
	assert_ok(line_approve(*state, "noah", waiting));
	line_run(*state);
	assert_int_equal(line_get_order(*state, waiting->name)->state, GAON__ORDER_STATE__ORDER_STATE_FULFILLED);
	assert_string_equal(line_machine_of(*state, waiting->items[0]->deployment)->connection, SEOUL);
}

static void what_is_approved_is_bound_to_its_place(void **state)
{
	struct draft sold;

	make_places(state, "", "");
	draft(state, &sold, GAON__PLACEMENT_STRATEGY__PLACEMENT_STRATEGY_IN_ORDER);
	sell(state, &sold);
	struct line_item one = item("name=web-1");
	const char *here = line_preview(*state, WEB, &one, 1)->plan_digest;
	assert_string_equal(line_preview(*state, WEB, &one, 1)->plan_digest, here);
	Gaon__DisableConnectionRequest disable = GAON__DISABLE_CONNECTION_REQUEST__INIT;
	Gaon__Connection disabled;
	disable.name = SEOUL;
	assert_ok(catalog_call(*state, "DisableConnection", &disable, &disabled));
	assert_string_not_equal(line_preview(*state, WEB, &one, 1)->plan_digest, here);
	Gaon__Order order;
	assert_fails(line_try_order(*state, WEB, &one, 1, here, &order), STATUS_ABORTED, "PLAN_CHANGED");
	assert_string_equal(candidate(explain(state, NULL, NULL), SEOUL)->reason, "TARGET_NOT_READY");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(a_label_that_must_be_there_decides_before_anything_else),
		LINE_TEST(a_label_may_be_asked_for_by_a_parameter),
		LINE_TEST(the_same_words_mean_each_clouds_own),
		LINE_TEST(a_size_is_changed_by_the_same_words),
		LINE_TEST(the_cheapest_is_told_by_what_each_would_cost_there),
		LINE_TEST(the_least_used_gets_it_and_what_is_equal_goes_by_the_list),
		LINE_TEST(the_least_used_is_told_by_the_clouds_limits_where_all_tell),
		LINE_TEST(where_there_must_be_room_and_is_none_nothing_is_placed),
		LINE_TEST(what_seems_full_comes_last_and_the_cloud_has_the_last_word),
		LINE_TEST(an_order_chooses_a_connection_only_where_the_version_lets_it),
		LINE_TEST(what_waits_for_approval_stays_where_it_was_planned),
		LINE_TEST(what_is_approved_is_bound_to_its_place),
	};

	return cmocka_run_group_tests_name("request_placement", tests, NULL, NULL);
}
