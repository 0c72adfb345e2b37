/* SPDX-License-Identifier: Apache-2.0 */
/* show_test.c: cells, columns and human words. */
#include "tests/support/arena_fixture.h"

#include <string.h>

#include "client/cli/human.h"
#include "client/cli/table.h"
#include "client/cli/wide.h"
#include "runtime/base/time.h"

static void hangul_takes_two_cells_and_marks_none(void **state)
{
	(void)state;
	assert_int_equal(wide_cells("abc"), 3);
	assert_int_equal(wide_cells("결제"), 4);
	assert_int_equal(wide_cells("e\u0301"), 1);
	assert_int_equal(wide_cells("日本 ｱ"), 6);
	assert_int_equal(wide_cells("\xff\xfe"), 2);
}

static void a_cut_never_splits_a_character(void **state)
{
	assert_string_equal(wide_cut(*state, "결제-서버", 9), "결제-서버");
	assert_string_equal(wide_cut(*state, "결제-서버", 8), "결제-서…");
	assert_string_equal(wide_cut(*state, "결제-서버", 4), "결…");
	assert_string_equal(wide_cut(*state, "abc", 1), "…");
}

static void nothing_that_a_server_says_steers_the_terminal(void **state)
{
	assert_string_equal(wide_clean(*state, "a\033[31mb\033[0m\x07\n\xc2\x9b"
					       "c\u202e"),
			    "ab   c ");
	assert_string_equal(wide_clean_lines(*state, "one\r\n\033[2Jtwo\ttab"), "one\ntwo\ttab");
	assert_string_equal(wide_clean(*state, "broken \xff"), "broken ?");
}

static void columns_align_by_cells_and_numbers_to_the_right(void **state)
{
	struct table *table = table_new(*state, 3);
	struct screen screen = { 0, false };
	struct text out = text_new(*state);

	table_head(table, 0, "NAME", false);
	table_head(table, 1, "SIZE", true);
	table_head(table, 2, "NOTE", false);
	table_row(table);
	table_cell(table, 0, "결제");
	table_cell(table, 1, "7");
	table_row(table);
	table_cell(table, 0, "web-server");
	table_cell(table, 1, "12345");
	table_cell(table, 2, "x");
	table_print(table, &screen, 1, &out);
	assert_string_equal(out.data, " NAME         SIZE  NOTE\n 결제            7\n web-server  12345  x\n");
}

static void a_narrow_screen_shrinks_the_widest_column(void **state)
{
	struct table *table = table_new(*state, 2);
	struct screen screen = { 24, false };
	struct text out = text_new(*state);

	table_head(table, 0, "A", false);
	table_head(table, 1, "B", false);
	table_row(table);
	table_cell(table, 0, "short");
	table_cell(table, 1, "a very long text that does not fit");
	table_print(table, &screen, 0, &out);
	assert_string_equal(out.data, "A      B\nshort  a very long text…\n");
}

static void an_id_keeps_its_width_and_what_only_passes_that_width_does_not(void **state)
{
	struct table *table = table_new(*state, 2);
	struct screen screen = { 60, false };
	struct text out = text_new(*state);

	table_head(table, 0, "ID", false);
	table_head(table, 1, "TARGET", false);
	table_row(table);
	table_cell(table, 0, "01a208a4-6861-7305-9c05-8df78ec2aa99");
	table_cell(table, 1, "machines/01a208a4-6861-7305-9c05-8df78ec2aa99");
	table_print(table, &screen, 0, &out);
	assert_string_equal(out.data, "ID                                    TARGET\n"
				      "01a208a4-6861-7305-9c05-8df78ec2aa99  machines/01a208a4-686…\n");
}

static void only_meaningful_single_words_are_coloured(void **state)
{
	struct screen colour = { 0, true }, plain = { 0, false };

	assert_string_equal(screen_paint_word(*state, &colour, "running"), "\033[32mrunning\033[0m");
	assert_string_equal(screen_paint_word(*state, &colour, "failed"), "\033[31mfailed\033[0m");
	assert_string_equal(screen_paint_word(*state, &colour, "small"), "small");
	assert_string_equal(screen_paint_word(*state, &colour, "running failed"), "running failed");
	assert_string_equal(screen_paint_word(*state, &plain, "running"), "running");
}

static void ages_and_spans_are_short(void **state)
{
	time_fake_set(INT64_C(1700000000) * TIME_US_PER_SECOND);
	assert_string_equal(human_age(*state, time_now_us() - 90 * TIME_US_PER_SECOND), "90s ago");
	assert_string_equal(human_age(*state, time_now_us() - 5 * TIME_US_PER_MINUTE), "5m ago");
	assert_string_equal(human_age(*state, time_now_us() + 30 * TIME_US_PER_DAY), "in 30d");
	assert_string_equal(human_age(*state, time_now_us()), "now");
	assert_string_equal(human_time(*state, time_now_us() + 250), "2023-11-14 22:13:20Z");
	assert_string_equal(human_duration(*state, 1500000), "1.5 s");
	assert_string_equal(human_duration(*state, 2500), "2.5 ms");
	assert_string_equal(human_duration(*state, 200 * TIME_US_PER_SECOND), "3m 20s");
	assert_string_equal(human_duration(*state, 60 * TIME_US_PER_SECOND), "1m");
	assert_string_equal(human_duration(*state, 50 * TIME_US_PER_HOUR), "2d 2h");
	time_fake_off();
}

static void small_amounts_keep_the_digits_that_matter(void **state)
{
	assert_string_equal(human_money(*state, "KRW", "1234567"), "KRW 1,234,567");
	assert_string_equal(human_money(*state, "KRW", "12345.678"), "KRW 12,346");
	assert_string_equal(human_money(*state, "KRW", "12.5"), "KRW 12.50");
	assert_string_equal(human_money(*state, "USD", "0.0042"), "USD 0.004200");
	assert_string_equal(human_money(*state, "USD", "-3"), "USD -3.00");
	assert_string_equal(human_money(*state, "USD", "lots"), "USD lots");
}

static void names_are_short_inside_the_readers_own_place(void **state)
{
	struct context context = { .tenant = "acme", .project = "web" };
	struct human human = { *state, &context, HUMAN_CELL };

	assert_string_equal(human_name(&human, "tenants/acme/projects/web/machines/x"), "machines/x");
	assert_string_equal(human_name(&human, "tenants/acme/users/mina"), "users/mina");
	assert_string_equal(human_name(&human, "tenants/beta/users/jun"), "tenants/beta/users/jun");
	assert_string_equal(human_name(&human, "tenants/acme/projects/api/machines/x"), "projects/api/machines/x");
	human.style = HUMAN_DETAIL;
	assert_string_equal(human_name(&human, "tenants/acme/users/mina"), "tenants/acme/users/mina");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(hangul_takes_two_cells_and_marks_none),
		ARENA_TEST(a_cut_never_splits_a_character),
		ARENA_TEST(nothing_that_a_server_says_steers_the_terminal),
		ARENA_TEST(columns_align_by_cells_and_numbers_to_the_right),
		ARENA_TEST(a_narrow_screen_shrinks_the_widest_column),
		ARENA_TEST(an_id_keeps_its_width_and_what_only_passes_that_width_does_not),
		ARENA_TEST(only_meaningful_single_words_are_coloured),
		ARENA_TEST(ages_and_spans_are_short),
		ARENA_TEST(small_amounts_keep_the_digits_that_matter),
		ARENA_TEST(names_are_short_inside_the_readers_own_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
