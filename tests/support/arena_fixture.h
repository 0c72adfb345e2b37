/* SPDX-License-Identifier: Apache-2.0 */
/* arena_fixture.h: cmocka with one fresh arena a test, in *state. */
#ifndef GAON_TESTS_SUPPORT_ARENA_FIXTURE_H
#define GAON_TESTS_SUPPORT_ARENA_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/base/arena.h"

static inline int arena_setup(void **state)
{
	*state = arena_new(0);
	return 0;
}

static inline int arena_teardown(void **state)
{
	arena_free(*state);
	return 0;
}

#define ARENA_TEST(test_) cmocka_unit_test_setup_teardown((test_), arena_setup, arena_teardown)

#define assert_ok(expression_)                                                                                         \
	do {                                                                                                           \
		struct status status_ = (expression_);                                                                 \
		if (!status_is_ok(status_))                                                                            \
			fail_msg("%s: %s: %s", #expression_, status_.reason, status_.message);                         \
	} while (0)

#define assert_fails(expression_, code_, reason_)                                                                      \
	do {                                                                                                           \
		struct status status_ = (expression_);                                                                 \
		assert_int_equal(status_.code, (code_));                                                               \
		assert_string_equal(status_.reason, (reason_));                                                        \
		assert_non_null(status_.message);                                                                      \
	} while (0)

#endif
