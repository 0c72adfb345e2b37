/* SPDX-License-Identifier: Apache-2.0 */
/* fixture.h: a fresh store per test, for each driver that is to pass the suite. */
#ifndef GAON_TESTS_STORE_FIXTURE_H
#define GAON_TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/store/change.h"
#include "server/store/store.h"

/** A driver under test: how an empty database of it comes and goes. A PostgreSQL row joins when its driver does. */
struct driver_row {
	const char *name;
	char *(*make)(struct arena *arena); /* the url */
	void (*drop)(const char *url);
};
extern const struct driver_row driver_rows[];
extern const size_t driver_count;

struct fixture {
	const struct driver_row *driver;
	struct arena *arena;
	struct store *store;
	struct store_options options;
};

int fixture_setup(void **state); /* *state is the driver row */
int fixture_teardown(void **state);
void fixture_reopen(struct fixture *fixture);

#define assert_ok(expression)                                                               \
	do {                                                                                 \
		struct status assert_status_ = (expression);                                 \
		if (!status_is_ok(assert_status_))                                           \
			fail_msg("%s / %s: %s", status_code_name(assert_status_.code),       \
				 assert_status_.reason, assert_status_.message);             \
	} while (0)

#define assert_fails(expression, code_, reason_)                                            \
	do {                                                                                 \
		struct status assert_status_ = (expression);                                 \
		assert_int_equal(assert_status_.code, (code_));                              \
		assert_string_equal(assert_status_.reason, (reason_));                       \
		assert_non_null(assert_status_.message);                                     \
	} while (0)

/** One statement as a whole write. */
MUST_CHECK struct status write_sql(struct store *store, struct arena *arena, const char *sql,
				   const struct sql_value *values, size_t count);
/** The first column of the first row of a read; -1 when there is no row. */
int64_t read_number(struct store *store, const char *sql);

extern const struct CMUnitTest thread_tests[];
extern const size_t thread_test_count;
extern const struct CMUnitTest migrate_tests[];
extern const size_t migrate_test_count;
extern const struct CMUnitTest change_tests[];
extern const size_t change_test_count;

#endif
