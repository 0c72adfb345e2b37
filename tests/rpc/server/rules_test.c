/* SPDX-License-Identifier: Apache-2.0 */
/* rules_test.c: what the proto says of a field holds before a handler sees it. No transport: the checker alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "probe.h"
#include "runtime/rpc/check.h"
#include "runtime/rpc/details.h"
#include "runtime/rpc/wire.h"

static struct arena *arena;
static Gaon__Label good_label;

static int start(void **state)
{
	static const Gaon__Label blank = GAON__LABEL__INIT;

	(void)state;
	arena = arena_new(0);
	good_label = blank;
	good_label.key = "k";
	return 0;
}

static int stop(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/** A request that breaks no rule. */
static Gaon__JudgeRequest good(void)
{
	Gaon__JudgeRequest request = GAON__JUDGE_REQUEST__INIT;

	request.required = "r";
	request.must_colour = GAON__COLOUR__COLOUR_RED;
	request.label = &good_label;
	return request;
}

static struct status judge(Gaon__JudgeRequest *request)
{
	return check_message(arena, &request->base, &gaon_rules_judge_request);
}

static size_t violations(struct status status)
{
	size_t count = 0;

	for (const struct status_detail *detail = status.details; detail; detail = detail->next)
		count += detail->kind == STATUS_DETAIL_FIELD;
	return count;
}

static void expect(struct status status, const char *field)
{
	if (!field) {
		if (!status_is_ok(status))
			fail_msg("refused: %s", status.message);
		return;
	}
	assert_int_equal(status.code, STATUS_INVALID_ARGUMENT);
	assert_string_equal(status.reason, "INVALID_FIELD");
	if (!probe_detail(status, STATUS_DETAIL_FIELD, field))
		fail_msg("no violation of %s in: %s", field, status.message);
	assert_int_equal(violations(status), 1);
}

static void a_request_that_keeps_all_rules_passes(void **state)
{
	Gaon__JudgeRequest request = good();

	(void)state;
	expect(judge(&request), NULL);
}

static void what_is_required_must_be_given(void **state)
{
	Gaon__JudgeRequest request = good();

	(void)state;
	request.required = "";
	expect(judge(&request), "required");
	request = good();
	request.must_colour = 0;
	expect(judge(&request), "must_colour");
	request = good();
	request.label = NULL;
	expect(judge(&request), "label");
	request = good();
	good_label.key = "";
	expect(judge(&request), "label.key");
}

static void output_only_fields_are_cleared_unseen(void **state)
{
	Gaon__JudgeRequest request = good();

	(void)state;
	request.output_only = "far longer than one byte \x01";
	expect(judge(&request), NULL);
	assert_string_equal(request.output_only, "");
}

static void formats_are_kept(void **state)
{
	static const struct {
		size_t member;
		const char *field, *right, *wrong;
	} cases[] = {
		{ offsetof(Gaon__JudgeRequest, id), "id", "web-1", "Web_1" },
		{ offsetof(Gaon__JudgeRequest, id), "id", "a", "-a" },
		{ offsetof(Gaon__JudgeRequest, name), "name", "tenants/acme/projects/web", "tenants/acme/projects" },
		{ offsetof(Gaon__JudgeRequest, name), "name", "tenants/acme", "/tenants/acme" },
		{ offsetof(Gaon__JudgeRequest, name), "name", "tenants/-", "tenants//" },
		{ offsetof(Gaon__JudgeRequest, name), "name", "a/b", "a/b c" },
		{ offsetof(Gaon__JudgeRequest, uuid), "uuid", "018f3e3a-0000-7000-8000-000000000000",
		  "018F3E3A-0000-7000-8000-000000000000" },
		{ offsetof(Gaon__JudgeRequest, decimal), "decimal", "-12.345", "1,5" },
		{ offsetof(Gaon__JudgeRequest, decimal), "decimal", "0", "NaN" },
		{ offsetof(Gaon__JudgeRequest, currency), "currency", "KRW", "krw" },
		{ offsetof(Gaon__JudgeRequest, day), "day", "2026-02-28", "2026-02-30" },
		{ offsetof(Gaon__JudgeRequest, json), "json", "{\"a\":[1]}", "[1]" },
		{ offsetof(Gaon__JudgeRequest, json), "json", "{}", "{" },
		{ offsetof(Gaon__JudgeRequest, text), "text", "tab\tand\nline", "bell\a" },
		{ offsetof(Gaon__JudgeRequest, text), "text", "가온", "\x7f" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		Gaon__JudgeRequest request = good();
		const char **member = (const char **)((char *)&request + cases[i].member);

		*member = cases[i].right;
		expect(judge(&request), NULL);
		*member = cases[i].wrong;
		expect(judge(&request), cases[i].field);
	}
}

static void raw_text_may_hold_control_characters(void **state)
{
	Gaon__JudgeRequest request = good();

	(void)state;
	request.raw = "\x01\x1b[0m";
	expect(judge(&request), NULL);
}

static void sizes_and_counts_are_bounded(void **state)
{
	const char *texts[] = { "a", "b", "c", "d" };
	char long_text[1026];
	Gaon__JudgeRequest request = good();

	(void)state;
	memset(long_text, 'x', sizeof long_text);
	long_text[1025] = '\0';
	request.text = long_text;
	expect(judge(&request), "text");
	long_text[1024] = '\0';
	expect(judge(&request), NULL);
	request = good();
	request.bytes = (ProtobufCBinaryData){ 4, (uint8_t *)"abcde" };
	expect(judge(&request), NULL);
	request.bytes.len = 5;
	expect(judge(&request), "bytes");
	request = good();
	request.texts = texts;
	request.n_texts = 3;
	expect(judge(&request), NULL);
	request.n_texts = 4;
	expect(judge(&request), "texts");
	texts[1] = "";
	request.n_texts = 3;
	expect(judge(&request), "texts[1]");
}

static void numbers_stay_in_their_range(void **state)
{
	Gaon__JudgeRequest request = good();

	(void)state;
	request.number = 9;
	expect(judge(&request), NULL);
	request.number = 10;
	expect(judge(&request), "number");
	request.number = -1;
	expect(judge(&request), "number");
	request = good();
	request.maybe = 0;
	request._maybe_case = GAON__JUDGE_REQUEST___MAYBE_MAYBE;
	expect(judge(&request), "maybe");
	request.maybe = 1;
	expect(judge(&request), NULL);
}

static void enum_values_that_nobody_knows_are_refused(void **state)
{
	Gaon__Colour colours[] = { GAON__COLOUR__COLOUR_BLUE, (Gaon__Colour)7 };
	Gaon__JudgeRequest request = good();

	(void)state;
	request.colour = (Gaon__Colour)3;
	expect(judge(&request), "colour");
	request = good();
	request.colours = colours;
	request.n_colours = 1;
	expect(judge(&request), NULL);
	request.n_colours = 2;
	expect(judge(&request), "colours[1]");
}

static void a_oneof_is_checked_where_it_stands(void **state)
{
	Gaon__Label bad = GAON__LABEL__INIT;
	Gaon__JudgeRequest request = good();

	(void)state;
	request.choice_case = GAON__JUDGE_REQUEST__CHOICE_CHOICE_TEXT;
	request.choice_text = "12345";
	expect(judge(&request), "choice_text");
	request.choice_case = GAON__JUDGE_REQUEST__CHOICE_CHOICE_LABEL;
	request.choice_label = &bad;
	expect(judge(&request), "choice_label.key");
}

static void all_violations_are_told_at_once_up_to_a_bound(void **state)
{
	Gaon__Label bad = GAON__LABEL__INIT;
	Gaon__Label *labels[] = { &good_label, &good_label, &bad };
	Gaon__Label *many[20];
	Gaon__JudgeRequest request = good();
	struct status status;

	(void)state;
	request.labels = labels;
	request.n_labels = 3;
	request.number = 100;
	request.id = "!";
	status = judge(&request);
	assert_int_equal(violations(status), 3);
	assert_non_null(probe_detail(status, STATUS_DETAIL_FIELD, "labels[2].key"));
	assert_non_null(probe_detail(status, STATUS_DETAIL_FIELD, "number"));
	assert_non_null(probe_detail(status, STATUS_DETAIL_FIELD, "id"));
	for (size_t i = 0; i < 20; i++)
		many[i] = &bad;
	request.labels = many;
	request.n_labels = 20;
	assert_int_equal(violations(judge(&request)), CHECK_VIOLATIONS_MOST);
}

static struct status judge_mark(const char *key)
{
	Gaon__JudgeRequest__MarksEntry mark = GAON__JUDGE_REQUEST__MARKS_ENTRY__INIT, *marks = &mark;
	Gaon__JudgeRequest request = good();

	mark.key = key;
	mark.value = "ANY value, 가온";
	request.marks = &marks;
	request.n_marks = 1;
	return judge(&request);
}

static void the_key_of_a_label_has_a_shape(void **state)
{
	static const char *const fine[] = { "e", "env", "9", "app.example.com/team", "a_b-c.d/e", "0a",
					    "a12345678901234567890123456789012345678901234567890123456789012" };
	static const char *const wrong[] = { "Env", "env ", " env", "-env", "env-", ".env", "env/", "_x", "e nv", "a:b", "가온",
					     "a1234567890123456789012345678901234567890123456789012345678901234" };

	(void)state;
	for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++)
		assert_int_equal(judge_mark(fine[i]).code, STATUS_OK);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct status status = judge_mark(wrong[i]);

		assert_int_equal(status.code, STATUS_INVALID_ARGUMENT);
		assert_non_null(probe_detail(status, STATUS_DETAIL_FIELD, "marks[0].key"));
		assert_non_null(strstr(status.message, wrong[i]));
	}
	assert_int_equal(judge_mark("").code, STATUS_INVALID_ARGUMENT);
}

static void a_message_without_rules_passes(void **state)
{
	Gaon__Label bad = GAON__LABEL__INIT;

	(void)state;
	expect(check_message(arena, &bad.base, NULL), NULL);
}

/** Every prefix and every flipped bit of a good message is either read or refused, never worse. */
static void broken_bytes_are_read_or_refused(void **state)
{
	Gaon__JudgeRequest request = good();
	Gaon__Label *labels[] = { &good_label, &good_label };
	struct slice packed;

	(void)state;
	request.labels = labels;
	request.n_labels = 2;
	request.text = "가온";
	packed = wire_pack(arena, &request.base);
	for (size_t size = 0; size <= packed.size; size++) {
		for (size_t bit = 0; bit < size * 8; bit++) {
			struct arena *scratch = arena_new(0);
			char *bytes = arena_memdup(scratch, packed.data, size);
			ProtobufCMessage *message = NULL;
			struct status status;

			bytes[bit / 8] ^= (char)(1 << bit % 8);
			status = wire_unpack(scratch, &gaon__judge_request__descriptor, slice_of(bytes, size), NULL,
					     &message);
			if (status_is_ok(status))
				(void)!check_message(scratch, message, &gaon_rules_judge_request).code;
			else
				assert_int_equal(status.code, STATUS_INVALID_ARGUMENT);
			arena_free(scratch);
		}
	}
}

static void broken_details_are_passed_over(void **state)
{
	struct status status = status_fail(arena, STATUS_ABORTED, "PROBE", "try again"), read;
	struct slice packed;

	(void)state;
	status = status_with_field(arena, status, "a.b", "is bad");
	status = status_with_retry(arena, status, 1234);
	packed = details_pack(arena, status);
	for (size_t size = 0; size <= packed.size; size++) {
		for (size_t bit = 0; bit < size * 8; bit++) {
			char *bytes = arena_memdup(arena, packed.data, size);

			bytes[bit / 8] ^= (char)(1 << bit % 8);
			details_unpack(arena, slice_of(bytes, size), &read);
		}
	}
	assert_true(details_unpack(arena, packed, &read));
	assert_string_equal(read.reason, "PROBE");
}

static void details_never_outgrow_a_header(void **state)
{
	struct status status = status_fail(arena, STATUS_ABORTED, "PROBE", "%01024d", 7), read;
	char path[128];

	(void)state;
	for (int i = 0; i < 200; i++) {
		memset(path, 'a' + i % 26, sizeof path - 1);
		path[sizeof path - 1] = '\0';
		status = status_with_field(arena, status, path, "%0100d", i);
		status = status_with_metadata(arena, status, path, path);
		status = status_with_resource(arena, status, path, path);
	}
	assert_in_range(details_pack(arena, status).size, 1024, 2 * DETAILS_BYTES_MOST);
	assert_true(details_unpack(arena, details_pack(arena, status), &read));
	assert_string_equal(read.reason, "PROBE");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_request_that_keeps_all_rules_passes, start, stop),
		cmocka_unit_test_setup_teardown(what_is_required_must_be_given, start, stop),
		cmocka_unit_test_setup_teardown(output_only_fields_are_cleared_unseen, start, stop),
		cmocka_unit_test_setup_teardown(formats_are_kept, start, stop),
		cmocka_unit_test_setup_teardown(raw_text_may_hold_control_characters, start, stop),
		cmocka_unit_test_setup_teardown(sizes_and_counts_are_bounded, start, stop),
		cmocka_unit_test_setup_teardown(numbers_stay_in_their_range, start, stop),
		cmocka_unit_test_setup_teardown(enum_values_that_nobody_knows_are_refused, start, stop),
		cmocka_unit_test_setup_teardown(a_oneof_is_checked_where_it_stands, start, stop),
		cmocka_unit_test_setup_teardown(all_violations_are_told_at_once_up_to_a_bound, start, stop),
		cmocka_unit_test_setup_teardown(the_key_of_a_label_has_a_shape, start, stop),
		cmocka_unit_test_setup_teardown(a_message_without_rules_passes, start, stop),
		cmocka_unit_test_setup_teardown(broken_bytes_are_read_or_refused, start, stop),
		cmocka_unit_test_setup_teardown(broken_details_are_passed_over, start, stop),
		cmocka_unit_test_setup_teardown(details_never_outgrow_a_header, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
