/* SPDX-License-Identifier: Apache-2.0 */
/* placement_rules_test.c: what a version may say of its placement, the words of a connection, and wrong questions. */
#include "tests/unit/request/placed.h"

static void a_wrong_question_is_told_so(void **state)
{
	Gaon__ExplainPlacementResponse reply;
	struct draft sold;

	make_places(state, "", "");
	assert_fails(try_explain(state, NULL, NULL, &reply), STATUS_NOT_FOUND, "PRODUCT_NOT_FOUND");
	draft(state, &sold, GAON__PLACEMENT_STRATEGY__PLACEMENT_STRATEGY_IN_ORDER);
	sell(state, &sold);
	struct status status = try_explain(state, "size", "huge", &reply);
	assert_fails(status, STATUS_INVALID_ARGUMENT, "PARAMETER_INVALID");
	assert_string_equal(failed_field(status), "parameters.size");
	assert_fails(try_explain(state, "colour", "red", &reply), STATUS_INVALID_ARGUMENT, "PARAMETER_UNKNOWN");
}

static void a_version_whose_placement_cannot_be_kept_is_refused(void **state)
{
	static const struct rate_row RATES[] = { { GAON__METER__METER_VCPU_HOUR, "1", 0 } };
	struct draft sold;
	const char *name = NULL;

	make_places(state, "", "");
	assert_ok(make_product(*state, ACME, "placed"));
	draft(state, &sold, (Gaon__PlacementStrategy)9);
	assert_string_equal(failed_field(create(state, &sold, &name)), "product_version.placement.strategy");
	draft(state, &sold, GAON__PLACEMENT_STRATEGY__PLACEMENT_STRATEGY_IN_ORDER);
	add_rule(&sold, "Residency", NULL, "");
	assert_string_equal(failed_field(create(state, &sold, &name)), "product_version.placement.rules[0].label");
	add_rule(&sold, "residency", NULL, "disk_gib");
	assert_string_equal(failed_field(create(state, &sold, &name)), "product_version.placement.rules[0].parameter");
	draft(state, &sold, GAON__PLACEMENT_STRATEGY__PLACEMENT_STRATEGY_IN_ORDER);
	sold.medium.size = "small";
	assert_string_equal(failed_field(create(state, &sold, &name)), "product_version.sizes[1].size");
	sold.medium.size = "medium";
	sold.medium.least_vcpus = 0;
	sold.medium.least_memory_mib = 0;
	assert_string_equal(failed_field(create(state, &sold, &name)), "product_version.sizes[1].least_vcpus");
	draft(state, &sold, GAON__PLACEMENT_STRATEGY__PLACEMENT_STRATEGY_CHEAPEST);
	assert_ok(make_card(*state, "dollars", "USD", RATES, 1));
	sold.version->targets[0]->rate_card = "tenants/acme/rateCards/dollars";
	assert_ok(create(state, &sold, &name));
	assert_string_equal(failed_field(publish(*state, name)), "product_version.targets[0].rate_card");
}

static void what_a_version_says_of_placement_is_read_back_and_part_of_its_digest(void **state)
{
	Gaon__GetProductVersionRequest get = GAON__GET_PRODUCT_VERSION_REQUEST__INIT;
	Gaon__ProductVersion plain, placed_by_rule;
	struct draft sold;
	const char *kr = "kr", *name = NULL;

	make_places(state, "", "");
	draft(state, &sold, GAON__PLACEMENT_STRATEGY__PLACEMENT_STRATEGY_UNSPECIFIED);
	sell(state, &sold);
	get.name = PLACED "/versions/1";
	assert_ok(catalog_call(*state, "GetProductVersion", &get, &plain));
	assert_null(plain.placement);
	assert_int_equal(plain.n_sizes, 2);
	draft(state, &sold, GAON__PLACEMENT_STRATEGY__PLACEMENT_STRATEGY_LEAST_USED);
	add_rule(&sold, "residency", &kr, "");
	assert_ok(create(state, &sold, &name));
	assert_ok(publish(*state, name));
	get.name = name;
	assert_ok(catalog_call(*state, "GetProductVersion", &get, &placed_by_rule));
	assert_int_equal(placed_by_rule.placement->strategy, GAON__PLACEMENT_STRATEGY__PLACEMENT_STRATEGY_LEAST_USED);
	assert_string_equal(placed_by_rule.placement->rules[0]->label, "residency");
	assert_string_equal(placed_by_rule.placement->rules[0]->values[0], "kr");
	assert_int_equal(placed_by_rule.sizes[1]->least_memory_mib, 2048);
	assert_string_not_equal(placed_by_rule.digest, plain.digest);
}

static void aliases_are_made_listed_and_taken_back(void **state)
{
	Gaon__ListOfferingAliasesRequest list = GAON__LIST_OFFERING_ALIASES_REQUEST__INIT;
	Gaon__ListOfferingAliasesResponse page;
	Gaon__DeleteOfferingAliasRequest delete = GAON__DELETE_OFFERING_ALIAS_REQUEST__INIT;
	Gaon__DeleteOfferingAliasResponse gone;
	const Gaon__OfferingKind size = GAON__OFFERING_KIND__OFFERING_KIND_SIZE;

	make_places(state, "", "");
	assert_fails(alias(*state, SEOUL, size, "small", "none"), STATUS_INVALID_ARGUMENT, "INVALID_FIELD");
	assert_fails(alias(*state, SEOUL, 0, "small", "kr-s"), STATUS_INVALID_ARGUMENT, "INVALID_FIELD");
	assert_fails(alias(*state, SEOUL, size, "Small one", "kr-s"), STATUS_INVALID_ARGUMENT, "INVALID_FIELD");
	assert_ok(alias(*state, SEOUL, size, "small", "kr-s"));
	assert_ok(alias(*state, SEOUL, size, "medium", "kr-m"));
	assert_fails(alias(*state, SEOUL, size, "small", "kr-m"), STATUS_ALREADY_EXISTS, "ALIAS_EXISTS");
	list.parent = SEOUL;
	list.page_size = 2;
	assert_ok(catalog_call(*state, "ListOfferingAliases", &list, &page));
	assert_int_equal(page.n_offering_aliases, 2);
	assert_string_equal(page.offering_aliases[0]->name, SEOUL "/aliases/size.medium");
	list.page_token = page.next_page_token;
	assert_ok(catalog_call(*state, "ListOfferingAliases", &list, &page));
	assert_int_equal(page.n_offering_aliases, 1);
	assert_string_equal(page.offering_aliases[0]->alias, "debian-12");
	assert_string_equal(page.next_page_token, "");
	delete.name = SEOUL "/aliases/size.small";
	assert_ok(catalog_call(*state, "DeleteOfferingAlias", &delete, &gone));
	assert_fails(catalog_call(*state, "DeleteOfferingAlias", &delete, &gone), STATUS_NOT_FOUND, "OFFERING_ALIAS_NOT_FOUND");
}

static void the_choices_of_a_product_are_its_own_words(void **state)
{
	Gaon__GetAvailableProductRequest request = GAON__GET_AVAILABLE_PRODUCT_REQUEST__INIT;
	Gaon__AvailableProduct reply;
	struct draft sold;

	make_places(state, "", "");
	draft(state, &sold, GAON__PLACEMENT_STRATEGY__PLACEMENT_STRATEGY_IN_ORDER);
	sell(state, &sold);
	request.parent = WEB;
	request.product = PLACED;
	assert_ok(catalog_call(*state, "GetAvailableProduct", &request, &reply));
	assert_int_equal(reply.parameters[0]->n_choices, 2);
	assert_string_equal(reply.parameters[0]->choices[0], "small");
	assert_string_equal(reply.sizes[0]->size, "small");
	assert_int_equal(reply.sizes[0]->vcpus, 2);
	assert_string_equal(reply.parameters[1]->choices[0], "debian-12");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(a_wrong_question_is_told_so),
		LINE_TEST(a_version_whose_placement_cannot_be_kept_is_refused),
		LINE_TEST(what_a_version_says_of_placement_is_read_back_and_part_of_its_digest),
		LINE_TEST(aliases_are_made_listed_and_taken_back),
		LINE_TEST(the_choices_of_a_product_are_its_own_words),
	};

	return cmocka_run_group_tests_name("request_placement_rules", tests, NULL, NULL);
}
