/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite_file.h: a store in a file of its own, for the tests of what is SQLite's own. */
#ifndef GAON_TESTS_SQLITE_FILE_H
#define GAON_TESTS_SQLITE_FILE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/store/store.h"

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
	} while (0)

struct file {
	struct arena *arena;
	char *folder, *path;
	struct store *store;
};

struct insertion {
	int64_t first, count;
	size_t size;
};

int file_setup(void **state);
int file_teardown(void **state);
struct status file_open(struct file *file);
void file_close(struct file *file);

/** Work: `count` rows from `first` on, with `size` bytes each. */
struct status insert_rows(struct store_tx *tx, void *insertion);
/** One row, in a write of its own. Its reason is STORE_FULL or ANOTHER. */
struct status file_insert(struct file *file, int64_t id, size_t size);
/** The first column of the first row. */
int64_t file_ask(struct file *file, const char *sql);

#define COUNT_ROWS "SELECT COUNT(*) FROM thing"

#endif
