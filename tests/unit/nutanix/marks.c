/* SPDX-License-Identifier: Apache-2.0 */
/* marks.c: what we write onto things of Prism Central, and how we call our work there: printed, and read whoever was at it since. */
#include "providers/nutanix/common.h"

#include <string.h>

#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "tests/support/arena_fixture.h"

#define UUID "01890000-0000-7000-8000-00000000abcd"
#define UUID2 "01890000-0000-7000-8000-00000000dcba"
#define LINE "[gaon resource=" UUID " operation=op connection=c installation=i]"
#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

static struct nutanix_marks full(void)
{
	return (struct nutanix_marks){ .ours = { UUID, "op 1", "c]d", "i=%\n" }, .image = "vm:" UUID, .size = "größe", .tags = "a,b" };
}

static void marks_read_back_after_whatever_text(void **state)
{
	static const char *const TEXTS[] = { NULL, "a web server", "two\nlines\n", "[gaon resource=x]", "[gaon ]\n[gaon a=b]",
					     "가온 ]]", LINE };
	const struct nutanix_marks marks = full();

	for (size_t i = 0; i < COUNT_OF(TEXTS); i++) {
		const char *description, *text;

		assert_int_equal(nutanix_marks_print(*state, TEXTS[i], &marks, &description).error, PROVIDER_OK);
		struct nutanix_marks read = nutanix_marks_read(*state, description, &text);
		assert_string_equal(text, text_or_empty(TEXTS[i]));
		assert_string_equal(read.ours.resource, UUID);
		assert_string_equal(read.ours.operation, "op 1");
		assert_string_equal(read.ours.connection, "c]d");
		assert_string_equal(read.ours.installation, "i=%\n");
		assert_string_equal(read.image, "vm:" UUID);
		assert_string_equal(read.size, "größe");
		assert_string_equal(read.tags, "a,b");
	}
}

static void marks_that_somebody_played_with_are_none(void **state)
{
	static const char *const DESCRIPTIONS[] = {
		NULL,
		"",
		"[gaon",
		"[gaon ]",
		"[gaon resource=" UUID " operation=op connection=c]",                        /* one is missing */
		"[gaon resource=" UUID " resource=x operation=op connection=c installation=i]", /* one is twice */
		"[gaon resource=" UUID " operation=op connection=c installation=%zz]",
		"[gaon resource=" UUID " operation=op connection=c installation=%00]",
		"[gaon resource=" UUID " operation=op connection=c installation=%ff]",
		"[gaon resource=" UUID " operation=op connection=c installation=i word]",
		"[gaon resource=" UUID " operation=op connection=c installation=i",
		LINE " and more",
		LINE "\n",
		"x" LINE,
	};

	for (size_t i = 0; i < COUNT_OF(DESCRIPTIONS); i++) {
		const char *text;
		struct nutanix_marks read = nutanix_marks_read(*state, DESCRIPTIONS[i], &text);

		assert_null(read.ours.resource);
		assert_null(read.ours.installation);
		assert_string_equal(text, text_or_empty(DESCRIPTIONS[i]));
	}
}

static void marks_of_a_later_gaon_are_read(void **state)
{
	struct nutanix_marks read = nutanix_marks_read(
		*state, "[gaon resource=" UUID " later=%F0%9F operation=op connection=c installation=i]", NULL);

	assert_string_equal(read.ours.resource, UUID);
}

static void what_another_gaon_made_is_not_ours(void **state)
{
	const struct provider_session us = { .connection = "c", .installation = "i" };
	const struct provider_session others = { .connection = "c", .installation = "j" };
	const struct provider_intent intent = { .resource = UUID, .operation = "another" }, other = { .resource = UUID2 };
	const struct nutanix_marks none = { .image = NULL };
	struct nutanix_marks read = nutanix_marks_read(*state, LINE, NULL);

	assert_true(nutanix_marks_are(&read, &us, &intent));
	assert_false(nutanix_marks_are(&read, &others, &intent));
	assert_false(nutanix_marks_are(&read, &us, &other));
	assert_false(nutanix_marks_are(&none, &us, &(struct provider_intent){ .resource = NULL }));
}

static void a_description_that_is_too_long_is_said(void **state)
{
	char *text = arena_alloc(*state, NUTANIX_DESCRIPTION_MOST + 1);
	const char *description = NULL;
	const struct nutanix_marks marks = full(), none = { .image = NULL };

	memset(text, 'x', NUTANIX_DESCRIPTION_MOST);
	text[NUTANIX_DESCRIPTION_MOST] = '\0';
	assert_int_equal(nutanix_marks_print(*state, text, &marks, &description).error, PROVIDER_INVALID);
	assert_null(description);
	/* without marks, and for one who has none, it may be */
	text[NUTANIX_DESCRIPTION_MOST - 1] = '\0';
	assert_int_equal(nutanix_marks_print(*state, text, &none, &description).error, PROVIDER_OK);
}

/* ---- tags ---- */

static void a_tag_is_a_category_of_either_api(void **state)
{
	static const struct {
		const char *text, *v3, *v4;
	} ROWS[] = {
		{ "team", "team", "team" },
		{ "a b", "a b", "a b" },
		{ " a  b ", "._20a._20._20b._20", "._20a._20._20b._20" },
		{ "", "._", "._" },
		{ "._", "._2E_", "._2E_" },
		{ "a/b", "a._2Fb", "a._2Fb" },
		{ "$x$", "._24x._24", "._24x$" },
		{ "cost:eu", "cost._3Aeu", "cost:eu" },
		{ "가", "._EA._B0._80", "가" },
		{ "a\nb", "a._0Ab", "a._0Ab" },
		{ "a,b", "a._2Cb", "a,b" },
	};

	for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
		assert_string_equal(nutanix_tag_encode(*state, ROWS[i].text, NUTANIX_API_V3), ROWS[i].v3);
		assert_string_equal(nutanix_tag_encode(*state, ROWS[i].text, NUTANIX_API_V4), ROWS[i].v4);
		assert_string_equal(nutanix_tag_decode(*state, ROWS[i].v3), ROWS[i].text);
		assert_string_equal(nutanix_tag_decode(*state, ROWS[i].v4), ROWS[i].text);
	}
}

static void a_foreign_category_is_told_as_it_is(void **state)
{
	static const char *const FOREIGN[] = { "a._", "._zz", "._0", "._00", "x._ff", "._FF", "a._2" };

	for (size_t i = 0; i < COUNT_OF(FOREIGN); i++)
		assert_string_equal(nutanix_tag_decode(*state, FOREIGN[i]), FOREIGN[i]);
}

static struct json *tags_of(struct arena *arena, const char *text)
{
	struct json *tags = NULL;

	assert_ok(json_parse(arena, slice_text(text), NULL, &tags));
	return tags;
}

static void the_keys_of_our_tags_are_remembered_in_one_form(void **state)
{
	const char *keys = nutanix_tag_keys(*state, tags_of(*state, "{\"a:b\":\"1\",\"c,d\":\"2\",\"e\":\"\"}"));

	assert_string_equal(keys, "a._3Ab,c._2Cd,e");
	assert_true(nutanix_tag_is_ours(*state, keys, "a:b"));
	assert_true(nutanix_tag_is_ours(*state, keys, "a._3Ab"));
	assert_true(nutanix_tag_is_ours(*state, keys, "c,d"));
	assert_true(nutanix_tag_is_ours(*state, keys, "e"));
	assert_false(nutanix_tag_is_ours(*state, keys, "c"));
	assert_false(nutanix_tag_is_ours(*state, keys, "a"));
	assert_false(nutanix_tag_is_ours(*state, NULL, "a"));
	assert_null(nutanix_tag_keys(*state, tags_of(*state, "{}")));
}

static void tags_that_no_category_can_hold_are_refused(void **state)
{
	static const char *const WRONG[] = {
		"{\"\":\"x\"}",
		"{\"a\":1}",
		"{\"12345678901234567890123456789012345678901234567890123456789012345\":\"x\"}",
		"{\"x\":\"12345678901234567890123456789012345678901234567890123456789012345\"}",
	};

	for (size_t i = 0; i < COUNT_OF(WRONG); i++)
		assert_int_equal(nutanix_tags_check(*state, tags_of(*state, WRONG[i]), NUTANIX_API_V4).error, PROVIDER_INVALID);
	/* 20 times three bytes: as they are in v4, four characters for each byte in v3 */
	struct json *tags = tags_of(*state, "{\"가가가가가가가가가가가가가가가가가가가가\":\"x\"}");
	assert_int_equal(nutanix_tags_check(*state, tags, NUTANIX_API_V4).error, PROVIDER_OK);
	assert_int_equal(nutanix_tags_check(*state, tags, NUTANIX_API_V3).error, PROVIDER_INVALID);
}

/* ---- names of ours ---- */

static void a_handle_reads_back(void **state)
{
	static const char *const TASKS[] = { "-", UUID, "ZXJnb24=:" UUID };

	for (size_t i = 0; i < COUNT_OF(TASKS); i++) {
		struct nutanix_handle made = { NUTANIX_API_V4, "create", TASKS[i], UUID2, "eyJh-_" }, read;

		assert_int_equal(nutanix_handle_read(*state, nutanix_handle_print(*state, &made), &read).error, PROVIDER_OK);
		assert_int_equal(read.api, NUTANIX_API_V4);
		assert_string_equal(read.stage, "create");
		assert_string_equal(read.task, TASKS[i]);
		assert_string_equal(read.entity, UUID2);
		assert_string_equal(read.extra, "eyJh-_");
	}
}

static void a_handle_of_somebody_else_is_not_found(void **state)
{
	static const char *const WRONG[] = {
		NULL,
		"",
		"ntnx4",
		"ntnx5|work|-|-|",
		"ntnx4|work|-|-",
		"ntnx4|work|-|-||",
		"ntnx4|work|../../x|-|",
		"ntnx4|work|:" UUID "x|-|",
		"ntnx4|work|a?b:" UUID "|-|",
		"ntnx4|work|-|../x|",
		"ntnx4|work|-|-|a/b",
	};

	for (size_t i = 0; i < COUNT_OF(WRONG); i++) {
		struct nutanix_handle read;

		assert_int_equal(nutanix_handle_read(*state, WRONG[i], &read).error, PROVIDER_NOT_FOUND);
	}
}

static void a_uuid_of_ours_is_always_the_same_and_only_for_this(void **state)
{
	const char *uuid = nutanix_uuid_of(*state, "create", UUID, 0);

	assert_true(id_is_uuid(uuid));
	assert_int_equal(uuid[14], '8');
	/* Gaons that are running expect this one: a change of it makes a second machine after a lost reply. */
	assert_string_equal(uuid, nutanix_uuid_of(*state, "create", UUID, 0));
	assert_string_equal(uuid, "19401754-5af6-8044-9502-2e90b914f41c");
	assert_string_not_equal(uuid, nutanix_uuid_of(*state, "create", UUID, 1));
	assert_string_not_equal(uuid, nutanix_uuid_of(*state, "create", UUID2, 0));
	assert_string_not_equal(uuid, nutanix_uuid_of(*state, "image", UUID, 0));
}

static void a_list_is_walked_page_by_page_to_its_end(void **state)
{
	struct provider_page page = { .size = 40 };
	int64_t offset = -1, seen = 0;
	unsigned length = 0, pages = 0;

	do {
		assert_int_equal(nutanix_page_read(*state, &page, 100, &offset, &length).error, PROVIDER_OK);
		assert_int_equal(offset, seen);
		assert_int_equal(length, 40);
		size_t received = 90 - seen < 40 ? (size_t)(90 - seen) : 40;
		nutanix_page_next(*state, &page, offset, length, received, 90);
		seen += (int64_t)received;
		page.size = 7; /* the token knows better */
		pages++;
	} while (page.token);
	assert_int_equal(seen, 90);
	assert_int_equal(pages, 3);
	nutanix_page_next(*state, &page, 0, 40, 0, 90);
	assert_null(page.token); /* a page of nothing is the last, whatever the total says */
}

static void a_page_token_of_somebody_else_is_refused(void **state)
{
	static const char *const WRONG[] = { "", "x", "40", "40/", "-1/40", "0/0", "0/-5", "99999999999/40", "1/2/3", "0x1/2" };

	for (size_t i = 0; i < COUNT_OF(WRONG); i++) {
		struct provider_page page = { .token = WRONG[i] };
		int64_t offset;
		unsigned length;

		assert_int_equal(nutanix_page_read(*state, &page, 100, &offset, &length).error, PROVIDER_INVALID);
	}
}

static void numbers_that_are_none_are_zero(void **state)
{
	(void)state;
	assert_int_equal(nutanix_vcpus_of(2, 4), 8);
	assert_int_equal(nutanix_vcpus_of(INT64_MAX, 2), 0);
	assert_int_equal(nutanix_vcpus_of(2, INT64_MAX), 0);
	assert_int_equal(nutanix_vcpus_of(-1, -1), 0);
	assert_int_equal(nutanix_vcpus_of(0, 4), 0);
	assert_int_equal(nutanix_gib_up(1), 1);
	assert_int_equal(nutanix_gib_up(NUTANIX_GIB), 1);
	assert_int_equal(nutanix_gib_up(NUTANIX_GIB + 1), 2);
	assert_int_equal(nutanix_gib_up(INT64_MIN), 0);
	assert_int_equal(nutanix_gib_up(INT64_MAX), (int64_t)1 << 33);
}

static void a_recovery_point_of_ours_says_so_in_its_name(void **state)
{
	assert_string_equal(nutanix_snapshot_name_print(*state, "before"), "before [gaon]");
	assert_string_equal(nutanix_snapshot_name_read(*state, "before [gaon]"), "before");
	assert_null(nutanix_snapshot_name_read(*state, "before"));
	assert_null(nutanix_snapshot_name_read(*state, " [gaon]"));
	assert_null(nutanix_snapshot_name_read(*state, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(marks_read_back_after_whatever_text),
		ARENA_TEST(marks_that_somebody_played_with_are_none),
		ARENA_TEST(marks_of_a_later_gaon_are_read),
		ARENA_TEST(what_another_gaon_made_is_not_ours),
		ARENA_TEST(a_description_that_is_too_long_is_said),
		ARENA_TEST(a_tag_is_a_category_of_either_api),
		ARENA_TEST(a_foreign_category_is_told_as_it_is),
		ARENA_TEST(the_keys_of_our_tags_are_remembered_in_one_form),
		ARENA_TEST(tags_that_no_category_can_hold_are_refused),
		ARENA_TEST(a_handle_reads_back),
		ARENA_TEST(a_handle_of_somebody_else_is_not_found),
		ARENA_TEST(a_uuid_of_ours_is_always_the_same_and_only_for_this),
		ARENA_TEST(a_list_is_walked_page_by_page_to_its_end),
		ARENA_TEST(a_page_token_of_somebody_else_is_refused),
		ARENA_TEST(numbers_that_are_none_are_zero),
		ARENA_TEST(a_recovery_point_of_ours_says_so_in_its_name),
	};

	return cmocka_run_group_tests_name("nutanix: marks", tests, NULL, NULL);
}
