/* SPDX-License-Identifier: Apache-2.0 */
/* names_test.c: C names as protoc-gen-c spells them, and nouns of methods. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/protoc-gen-gaon/names.h"

static int set_up(void **state)
{
	*state = arena_new(0);
	return 0;
}

static int tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

static void capitals_in_a_row_are_one_word(void **state)
{
	assert_string_equal(name_lower(*state, "GetMachine"), "get_machine");
	assert_string_equal(name_lower(*state, "GetSSHKey"), "get_sshkey");
	assert_string_equal(name_lower(*state, "WhoAmI"), "who_am_i");
	assert_string_equal(name_lower(*state, "already_lower"), "already_lower");
}

static void our_packages_share_one_prefix_and_others_keep_theirs(void **state)
{
	assert_string_equal(name_c_type(*state, "gaon.zoo.v1", "Animal.Cage"), "Gaon__Animal__Cage");
	assert_string_equal(name_c_stem(*state, "gaon.zoo.v1", "Animal.DoorCode"), "gaon__animal__door_code");
	assert_string_equal(name_c_type(*state, "google.protobuf", "FieldMask"), "Google__Protobuf__FieldMask");
	assert_string_equal(name_c_stem(*state, "google.rpc", "ErrorInfo"), "google__rpc__error_info");
	assert_string_equal(name_c_type(*state, "gaonish.v1", "A"), "Gaonish__V1__A");
	assert_string_equal(name_c_type(*state, "", "snake_case"), "SnakeCase");
}

static void a_service_is_the_middle_of_three_parts(void **state)
{
	assert_string_equal(name_service(*state, "gaon.zoo.v1"), "zoo");
	assert_string_equal(name_service(*state, "gaon.zoo"), "");
	assert_string_equal(name_service(*state, "gaon.zoo.big.v1"), "");
	assert_string_equal(name_service(*state, "google.rpc.v1"), "");
}

static void the_noun_of_a_method_is_singular(void **state)
{
	static const char *const nouns[][2] = {
		{ "GetMachine", "machine" },	  { "ListMachines", "machine" },   { "ListPolicies", "policy" },
		{ "GetIamPolicy", "iam_policy" }, { "ListAddresses", "address" },  { "GetAccess", "access" },
		{ "GetStatus", "status" },	  { "ListBatches", "batch" },	   { "GetAnalysis", "analysis" },
		{ "Preview", "preview" },	  { "CreateApiKey", "api_key" },
	};
	for (size_t i = 0; i < sizeof nouns / sizeof nouns[0]; i++)
		assert_string_equal(name_resource(*state, nouns[i][0]), nouns[i][1]);
}

static void a_literal_says_the_same_in_c(void **state)
{
	assert_string_equal(name_literal(*state, "a\"b\\c\nd\x7f"), "\"a\\\"b\\\\c\\012d\\177\"");
	assert_string_equal(name_literal(*state, "\x01" "2"), "\"\\0012\"");
	assert_string_equal(name_literal(*state, "가온"), "\"가온\"");
}

static void a_guard_is_upper_case(void **state)
{
	assert_string_equal(name_guard(*state, "gaon/zoo/v1/zoo.gaon.h"), "GAON_ZOO_V1_ZOO_GAON_H");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(capitals_in_a_row_are_one_word),
		cmocka_unit_test(our_packages_share_one_prefix_and_others_keep_theirs),
		cmocka_unit_test(a_service_is_the_middle_of_three_parts),
		cmocka_unit_test(the_noun_of_a_method_is_singular),
		cmocka_unit_test(a_literal_says_the_same_in_c),
		cmocka_unit_test(a_guard_is_upper_case),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
