/* SPDX-License-Identifier: Apache-2.0 */
/* status_test.c: failures keep what they were told. */
#include "tests/support/arena_fixture.h"

#include <string.h>

static struct status passes_up(struct status inner, int *reached)
{
	TRY(inner);
	(*reached)++;
	return OK;
}

static void try_returns_failures_and_passes_success(void **state)
{
	int reached = 0;

	assert_ok(passes_up(OK, &reached));
	assert_int_equal(reached, 1);
	assert_fails(passes_up(status_fail(*state, STATUS_NOT_FOUND, "GONE", "no %s here", "cat"), &reached),
		     STATUS_NOT_FOUND, "GONE");
	assert_int_equal(reached, 1);
}

static void an_invalid_field_is_in_the_message_and_in_a_detail(void **state)
{
	struct status status = status_invalid_field(*state, "machine.name", "must have at most %d characters", 63);

	assert_int_equal(status.code, STATUS_INVALID_ARGUMENT);
	assert_string_equal(status.reason, "INVALID_FIELD");
	assert_string_equal(status.message, "machine.name: must have at most 63 characters");
	assert_non_null(status.details);
	assert_int_equal(status.details->kind, STATUS_DETAIL_FIELD);
	assert_string_equal(status.details->key, "machine.name");
	assert_string_equal(status.details->value, "must have at most 63 characters");
	assert_null(status.details->next);
}

static void a_copy_outlives_the_arena_it_came_from_with_its_details_in_order(void **state)
{
	struct arena *first = arena_new(0);
	struct status status = status_fail(first, STATUS_ABORTED, "CHANGED", "it changed");

	status = status_with_metadata(first, status, "etag", "7");
	status = status_with_resource(first, status, "gaon.lifecycle/Machine", "m1");
	status = status_with_retry(first, status, 250);
	struct status copy = status_copy(*state, status);
	arena_free(first);

	assert_int_equal(copy.code, STATUS_ABORTED);
	assert_string_equal(copy.reason, "CHANGED");
	assert_string_equal(copy.message, "it changed");
	const struct status_detail *detail = copy.details;
	assert_int_equal(detail->kind, STATUS_DETAIL_RETRY);
	assert_int_equal(detail->number, 250);
	detail = detail->next;
	assert_int_equal(detail->kind, STATUS_DETAIL_RESOURCE);
	assert_string_equal(detail->key, "gaon.lifecycle/Machine");
	assert_string_equal(detail->value, "m1");
	detail = detail->next;
	assert_int_equal(detail->kind, STATUS_DETAIL_METADATA);
	assert_string_equal(detail->value, "7");
	assert_null(detail->next);
}

static void a_full_arena_still_tells_the_code_and_the_reason(void **state)
{
	struct arena *arena = arena_new(8);
	struct status status =
		status_fail(arena, STATUS_RESOURCE_EXHAUSTED, "TOO_BIG", "%s", "a sentence of some length");

	(void)state;
	status = status_with_field(arena, status, "field", "wrong");
	assert_int_equal(status.code, STATUS_RESOURCE_EXHAUSTED);
	assert_string_equal(status.reason, "TOO_BIG");
	assert_non_null(strstr(status.message, "no memory"));
	arena_free(arena);
}

static void every_code_has_its_grpc_name(void **state)
{
	(void)state;
	assert_string_equal(status_code_name(STATUS_OK), "OK");
	assert_string_equal(status_code_name(STATUS_NOT_FOUND), "NOT_FOUND");
	assert_string_equal(status_code_name(STATUS_UNAUTHENTICATED), "UNAUTHENTICATED");
	assert_string_equal(status_code_name((enum status_code)17), "UNKNOWN");
	assert_string_equal(status_code_name((enum status_code) - 1), "UNKNOWN");
	for (int code = 0; code <= 16; code++)
		assert_non_null(status_code_name((enum status_code)code));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(try_returns_failures_and_passes_success),
		ARENA_TEST(an_invalid_field_is_in_the_message_and_in_a_detail),
		ARENA_TEST(a_copy_outlives_the_arena_it_came_from_with_its_details_in_order),
		ARENA_TEST(a_full_arena_still_tells_the_code_and_the_reason),
		ARENA_TEST(every_code_has_its_grpc_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
