/* SPDX-License-Identifier: Apache-2.0 */
/* parameter_test.c: definitions that make sense, and values that fit them. */
#include "runtime/base/text.h"
#include "server/services/catalog/parameter.h"
#include "tests/unit/catalog/catalog_fixture.h"

static struct parameter of_type(const char *name, enum parameter_type type)
{
	return (struct parameter){ .name = name, .display_name = "", .description = "", .type = type, .default_value = "" };
}

static const char *check(struct arena *arena, struct parameter parameter)
{
	return failed_field(parameter_check(arena, "p", &parameter));
}

static void definitions_are_refused_by_member(void **state)
{
	struct arena *arena = ((struct service_fixture *)*state)->arena;
	const char *some[] = { "a", "b" }, *twice[] = { "a", "a" }, *empty[] = { "" };
	struct parameter parameter = of_type("colour", PARAMETER_CHOICE);

	assert_string_equal(check(arena, parameter), "p.choices");
	parameter.choices = some;
	parameter.choice_count = 2;
	assert_string_equal(check(arena, parameter), "");
	parameter.default_value = "c";
	assert_string_equal(check(arena, parameter), "p.default_value");
	parameter.choices = twice;
	assert_string_equal(check(arena, parameter), "p.choices[1]");
	parameter.choices = empty;
	parameter.choice_count = 1;
	assert_string_equal(check(arena, parameter), "p.choices[0]");
	parameter.type = PARAMETER_STRING;
	assert_string_equal(check(arena, parameter), "p.choices");
	assert_string_equal(check(arena, of_type("Colour", PARAMETER_STRING)), "p.parameter");
	assert_string_equal(check(arena, of_type("", PARAMETER_STRING)), "p.parameter");
	assert_string_equal(check(arena, of_type("colour", (enum parameter_type)0)), "p.type");
	assert_string_equal(check(arena, of_type("colour", (enum parameter_type)8)), "p.type");
	assert_string_equal(check(arena, of_type("size", PARAMETER_STRING)), "p.type");
	parameter = of_type("count", PARAMETER_INTEGER);
	parameter.least = 5;
	assert_string_equal(check(arena, parameter), "p.most");
	parameter.most = 9;
	parameter.default_value = "4";
	assert_string_equal(check(arena, parameter), "p.default_value");
	parameter.type = PARAMETER_BOOLEAN;
	assert_string_equal(check(arena, parameter), "p.least");
}

static void values_fit_or_say_why_not(void **state)
{
	struct arena *arena = ((struct service_fixture *)*state)->arena;
	struct parameter number = of_type("n", PARAMETER_INTEGER), flag = of_type("f", PARAMETER_BOOLEAN);
	struct parameter word = of_type("w", PARAMETER_STRING), name = of_type("name", PARAMETER_STRING);
	struct parameter size = of_type("size", PARAMETER_SIZE);
	const char *sizes[] = { "small" };

	number.least = -2;
	number.most = 10;
	assert_null(parameter_misfit(arena, &number, "-2"));
	assert_non_null(parameter_misfit(arena, &number, "11"));
	assert_non_null(parameter_misfit(arena, &number, "1.0"));
	assert_non_null(parameter_misfit(arena, &number, "9223372036854775808"));
	assert_null(parameter_misfit(arena, &flag, "true"));
	assert_non_null(parameter_misfit(arena, &flag, "yes"));
	word.least = 2;
	word.most = 3;
	assert_null(parameter_misfit(arena, &word, "\xea\xb0\x80\xec\x98\xa8")); /* two characters, six bytes */
	assert_non_null(parameter_misfit(arena, &word, "four"));
	assert_non_null(parameter_misfit(arena, &word, "a\x01"));
	assert_null(parameter_misfit(arena, &word, "a\n"));
	assert_non_null(parameter_misfit(arena, &name, "two\nlines"));
	assert_null(parameter_misfit(arena, &size, "anything"));
	size.choices = sizes;
	size.choice_count = 1;
	assert_non_null(parameter_misfit(arena, &size, "anything"));
	assert_null(parameter_misfit(arena, &size, "small"));
}

static void a_definition_survives_its_json(void **state)
{
	struct arena *arena = ((struct service_fixture *)*state)->arena;
	const char *choices[] = { "a", "b" };
	struct parameter parameter = of_type("colour", PARAMETER_CHOICE);

	parameter.choices = choices;
	parameter.choice_count = 2;
	parameter.is_required = true;
	parameter.default_value = "b";
	struct parameter read = parameter_from_json(arena, parameter_to_json(arena, &parameter));
	assert_string_equal(json_print_canonical(arena, parameter_to_json(arena, &read)),
			    json_print_canonical(arena, parameter_to_json(arena, &parameter)));
	assert_string_equal(read.choices[1], "b");
}

const struct CMUnitTest parameter_tests[] = {
	CATALOG_TEST(definitions_are_refused_by_member),
	CATALOG_TEST(values_fit_or_say_why_not),
	CATALOG_TEST(a_definition_survives_its_json),
};
const size_t parameter_test_count = sizeof parameter_tests / sizeof parameter_tests[0];
