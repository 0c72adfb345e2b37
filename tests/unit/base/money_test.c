/* SPDX-License-Identifier: Apache-2.0 */
/* money_test.c: exact, or refused. */
#include "tests/support/arena_fixture.h"

#include <stdlib.h>

#include "runtime/base/money.h"

static struct amount money(const char *text)
{
	struct amount amount;

	if (!amount_parse(text, &amount))
		fail_msg("%s does not parse", text);
	return amount;
}

#define assert_amount(amount_, text_) assert_string_equal(amount_format(*state, (amount_)), (text_))

static void decimals_go_there_and_back(void **state)
{
	static const struct {
		const char *source, *shortest;
	} rows[] = {
		{ "0", "0" },
		{ "-0", "0" },
		{ "0.000", "0" },
		{ "0.05", "0.05" },
		{ "-0.05", "-0.05" },
		{ "-3", "-3" },
		{ "12.000000000001", "12.000000000001" },
		{ "-12.34", "-12.34" },
		{ "5e-3", "0.005" },
		{ "35.2E-7", "0.00000352" },
		{ "1.5e3", "1500" },
		{ "0.10000000000000000000", "0.1" },
		{ "1000", "1000" },
		{ "100.50", "100.5" },
		{ "0012", "12" },
		{ "0e99999999999", "0" },
		{ "1000000000000000000000e-21", "1" },
		{ "999999999999999999.999999999999", "999999999999999999.999999999999" },
		{ "-999999999999999999.999999999999", "-999999999999999999.999999999999" },
		{ "1e-12", "0.000000000001" },
		{ "1e17", "100000000000000000" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_amount(money(rows[i].source), rows[i].shortest);
}

static void what_is_no_exact_decimal_is_refused(void **state)
{
	static const char *const bad[] = { "",
					   "-",
					   ".5",
					   "5.",
					   "+1",
					   "1,000",
					   " 1",
					   "1 ",
					   "1e",
					   "1e+3",
					   "1e1.5",
					   "--1",
					   "0x10",
					   "NaN",
					   "inf",
					   "1.2.3",
					   "1e18",
					   "1e-13",
					   "0.0000000000001",
					   "1000000000000000000",
					   "1e999999999999999999999",
					   "1e99999999999",
					   "1-",
					   ".",
					   "-.5",
					   "1.e5" };
	struct amount amount = { 7, 7 };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		if (amount_parse(bad[i], &amount))
			fail_msg("%s parses", bad[i]);
	}
	assert_false(amount_parse(NULL, &amount));
	assert_int_equal(amount.units, 7);
}

static void sums_carry_and_refuse_to_overflow(void **state)
{
	struct amount sum;

	assert_ok(amount_add(*state, money("0.999999999999"), money("0.000000000001"), &sum));
	assert_amount(sum, "1");
	assert_ok(amount_add(*state, money("0.5"), money("-1"), &sum));
	assert_amount(sum, "-0.5");
	assert_ok(amount_subtract(*state, money("-1"), money("0.000000000001"), &sum));
	assert_amount(sum, "-1.000000000001");
	assert_fails(amount_add(*state, money("999999999999999999"), money("1"), &sum), STATUS_OUT_OF_RANGE,
		     "MONEY_OVERFLOW");
	assert_fails(amount_add(*state, (struct amount){ INT64_MAX, 0 }, money("1"), &sum), STATUS_OUT_OF_RANGE,
		     "MONEY_OVERFLOW");
	assert_amount(amount_negate(money("-1.5")), "1.5");
	assert_int_equal(amount_compare(money("-0.1"), money("0.1")), -1);
	assert_int_equal(amount_compare(money("2"), money("1.999999999999")), 1);
	assert_int_equal(amount_compare(money("2"), money("2.0")), 0);
}

static void scaling_rounds_half_even_once(void **state)
{
	struct amount scaled;

	assert_ok(amount_scale(*state, money("10"), 1, 3, &scaled));
	assert_amount(scaled, "3.333333333333");
	assert_ok(amount_scale(*state, money("20"), 1, 3, &scaled));
	assert_amount(scaled, "6.666666666667");
	/* halves: 0.5 and 1.5 and 2.5 of the last digit */
	assert_ok(amount_scale(*state, money("0.000000000001"), 1, 2, &scaled));
	assert_amount(scaled, "0");
	assert_ok(amount_scale(*state, money("0.000000000003"), 1, 2, &scaled));
	assert_amount(scaled, "0.000000000002");
	assert_ok(amount_scale(*state, money("-0.000000000005"), 1, 2, &scaled));
	assert_amount(scaled, "-0.000000000002");
	assert_ok(amount_scale(*state, money("-1"), -3, 2, &scaled));
	assert_amount(scaled, "1.5");
	/* the product is far beyond 128 bits, the result is not */
	assert_ok(amount_scale(*state, money("999999999999999999.999999999999"), INT64_MAX, INT64_MAX, &scaled));
	assert_amount(scaled, "999999999999999999.999999999999");
	assert_ok(amount_scale(*state, money("1"), INT64_MIN, INT64_MIN, &scaled));
	assert_amount(scaled, "1");
	assert_fails(amount_scale(*state, money("1"), INT64_MAX, 1, &scaled), STATUS_OUT_OF_RANGE, "MONEY_OVERFLOW");
	assert_fails(amount_scale(*state, money("1"), 1, 0, &scaled), STATUS_INVALID_ARGUMENT,
		     "MONEY_DIVISION_BY_ZERO");
}

static void products_of_decimals_round_half_even_once(void **state)
{
	struct amount product;

	assert_ok(amount_multiply(*state, money("730.5"), money("0.0116"), &product));
	assert_amount(product, "8.4738");
	assert_ok(amount_multiply(*state, money("0.000001"), money("0.0000005"), &product));
	assert_amount(product, "0");
	assert_ok(amount_multiply(*state, money("0.000001"), money("-0.0000015"), &product));
	assert_amount(product, "-0.000000000002");
	assert_ok(amount_multiply(*state, money("999999999"), money("999999999"), &product));
	assert_amount(product, "999999998000000001");
	assert_fails(amount_multiply(*state, money("1000000000"), money("1000000000"), &product), STATUS_OUT_OF_RANGE,
		     "MONEY_OVERFLOW");
	assert_fails(amount_multiply(*state, money("999999999999999999"), money("999999999999999999"), &product),
		     STATUS_OUT_OF_RANGE, "MONEY_OVERFLOW");
}

static void a_split_gives_the_largest_remainders_the_rest(void **state)
{
	int64_t thirds[] = { 1, 1, 1 };
	int64_t uneven[] = { 0, 5, 3, 0 };
	struct amount parts[4];

	assert_ok(amount_split(*state, money("100"), thirds, 3, parts));
	assert_amount(parts[0], "33.333333333334");
	assert_amount(parts[1], "33.333333333333");
	assert_amount(parts[2], "33.333333333333");
	assert_ok(amount_split(*state, money("-0.000000000003"), uneven, 4, parts));
	assert_amount(parts[0], "0");
	assert_amount(parts[1], "-0.000000000002");
	assert_amount(parts[2], "-0.000000000001");
	assert_amount(parts[3], "0");
	assert_fails(amount_split(*state, money("1"), (int64_t[]){ 0, 0 }, 2, parts), STATUS_INVALID_ARGUMENT,
		     "MONEY_WEIGHT_INVALID");
	assert_fails(amount_split(*state, money("1"), (int64_t[]){ 2, -1 }, 2, parts), STATUS_INVALID_ARGUMENT,
		     "MONEY_WEIGHT_INVALID");
	assert_fails(amount_split(*state, money("1"), NULL, 0, parts), STATUS_INVALID_ARGUMENT, "MONEY_WEIGHT_INVALID");
	assert_fails(amount_split(*state, money("1"), (int64_t[]){ INT64_MAX, 1 }, 2, parts), STATUS_OUT_OF_RANGE,
		     "MONEY_OVERFLOW");
}

static void every_split_sums_to_the_whole(void **state)
{
	srand(1);
	for (int round = 0; round < 2000; round++) {
		struct amount whole = { rand() * INT64_C(100000000) % INT64_C(1000000000000000000), 0 };
		struct amount parts[40];
		struct amount sum = AMOUNT_ZERO;
		int64_t weights[40];
		size_t count = 1 + (size_t)rand() % 40;

		whole.fraction = rand() * INT64_C(463) % MONEY_FRACTION_PER_UNIT;
		for (size_t i = 0; i < count; i++)
			weights[i] = (round % 3 == 0 ? INT64_C(50000000) : 1) * rand() % 100000000000000;
		weights[0]++;
		whole = round % 2 == 0 ? whole : amount_negate(whole);
		assert_ok(amount_split(*state, whole, weights, count, parts));
		for (size_t i = 0; i < count; i++)
			assert_ok(amount_add(*state, sum, parts[i], &sum));
		assert_int_equal(amount_compare(sum, whole), 0);
	}
}

static void people_see_rounded_amounts_with_separators(void **state)
{
	static const struct {
		const char *source;
		unsigned digits;
		const char *expected;
	} rows[] = {
		{ "1234.5", 2, "1,234.50" },
		{ "1234567", 0, "1,234,567" },
		{ "-999.995", 2, "-1,000.00" },
		{ "0.125", 2, "0.12" },
		{ "0.375", 2, "0.38" },
		{ "2.5", 0, "2" },
		{ "3.5", 0, "4" },
		{ "-0.001", 2, "0.00" },
		{ "123", 0, "123" },
		{ "0.000000000001", 12, "0.000000000001" },
		{ "1.5", 99, "1.500000000000" },
		{ "999999999999999999.999999999999", 2, "1,000,000,000,000,000,000.00" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_string_equal(amount_format_rounded(*state, money(rows[i].source), rows[i].digits),
				    rows[i].expected);
}

static void currencies_have_their_minor_digits(void **state)
{
	(void)state;
	assert_int_equal(money_minor_digits("KRW"), 0);
	assert_int_equal(money_minor_digits("USD"), 2);
	assert_int_equal(money_minor_digits("BHD"), 3);
	assert_int_equal(money_minor_digits(NULL), 2);
	assert_true(money_is_currency("KRW"));
	assert_false(money_is_currency("krw"));
	assert_false(money_is_currency("KR"));
	assert_false(money_is_currency("KRWX"));
	assert_false(money_is_currency(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(decimals_go_there_and_back),
		ARENA_TEST(what_is_no_exact_decimal_is_refused),
		ARENA_TEST(sums_carry_and_refuse_to_overflow),
		ARENA_TEST(scaling_rounds_half_even_once),
		ARENA_TEST(products_of_decimals_round_half_even_once),
		ARENA_TEST(a_split_gives_the_largest_remainders_the_rest),
		ARENA_TEST(every_split_sums_to_the_whole),
		ARENA_TEST(people_see_rounded_amounts_with_separators),
		ARENA_TEST(currencies_have_their_minor_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
