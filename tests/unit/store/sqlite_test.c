/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite_test.c: what is SQLite's own: the file, its owner, its log, damage and copies. */
#include "tests/unit/store/sqlite_file.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int64_t size_of(const char *path)
{
	struct stat facts;

	return stat(path, &facts) == 0 ? facts.st_size : -1;
}

/* ---- the file ---- */

static void the_file_is_private(void **state)
{
	struct file *file = *state;
	static const char *const endings[] = { "", "-wal", ".lock" };

	umask(0);
	assert_ok(file_open(file));
	assert_ok(file_insert(file, 1, 10));
	for (size_t i = 0; i < 3; i++) {
		struct stat facts;

		assert_int_equal(stat(arena_printf(file->arena, "%s%s", file->path, endings[i]), &facts), 0);
		assert_int_equal(facts.st_mode & 0777, 0600);
	}
	umask(022);
}

static void a_place_that_is_none_is_refused(void **state)
{
	struct file *file = *state;
	const struct {
		const char *url, *reason;
	} rows[] = {
		{ "", "STORE_URL" },
		{ ":memory:", "STORE_URL" },
		{ "sqlite::memory:", "STORE_URL" },
		{ "sqlite:", "STORE_URL" },
		{ "postgresql://localhost/gaon", "STORE_DRIVER_MISSING" },
		{ "mysql:gaon", "STORE_DRIVER_MISSING" },
		{ "/nowhere/at/all/gaon.db", "STORE_PATH" },
		{ "/dev/null", "STORE_PATH" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct store_options options = { .url = rows[i].url, .busy_ms = 1 };
		struct status status = store_open(file->arena, &options, &file->store);

		if (status_is_ok(status) || strcmp(status.reason, rows[i].reason) != 0)
			fail_msg("%s: %s", rows[i].url, status.reason);
	}
	unlink("/dev/null.lock");
}

static void a_second_owner_is_refused_and_told_who_the_first_is(void **state)
{
	struct file *file = *state;
	const struct store_options options = { .url = file->path, .busy_ms = 60 };
	struct store *second = NULL;

	assert_ok(file_open(file));

	struct status status = store_open(file->arena, &options, &second);

	assert_int_equal(status.code, STATUS_UNAVAILABLE);
	assert_string_equal(status.reason, "STORE_BUSY");
	assert_non_null(strstr(status.message, arena_printf(file->arena, "process %ld", (long)getpid())));
	assert_ok(file_insert(file, 1, 10));
	file_close(file);
	assert_ok(file_open(file));
}

static void a_file_that_another_process_locks_is_busy(void **state)
{
	struct file *file = *state;
	int ready[2];
	char byte = 0;

	assert_ok(file_open(file));
	file_close(file);
	assert_int_equal(pipe(ready), 0);

	pid_t child = fork();

	if (child == 0) {
		struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 1073741824, .l_len = 1024 };
		int descriptor = open(file->path, O_RDWR);

		/* As another program that has it open in SQLite's exclusive mode. */
		if (descriptor < 0 || fcntl(descriptor, F_SETLK, &lock) != 0 || write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_fails(file_open(file), STATUS_UNAVAILABLE, "STORE_BUSY");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(ready[0]);
	close(ready[1]);
	assert_ok(file_open(file));
}

static void write_bytes(const char *path, int64_t offset, const char *bytes, size_t size)
{
	int descriptor = open(path, O_WRONLY | O_CREAT, 0600);

	assert_true(descriptor >= 0);
	assert_int_equal(pwrite(descriptor, bytes, size, offset), (ssize_t)size);
	close(descriptor);
}

static void another_programs_database_is_not_touched(void **state)
{
	struct file *file = *state;

	assert_ok(file_open(file));
	assert_ok(file_insert(file, 1, 10));
	file_close(file);
	write_bytes(file->path, 68, "Else", 4);

	int64_t size = size_of(file->path);

	assert_fails(file_open(file), STATUS_FAILED_PRECONDITION, "STORE_NOT_OURS");
	write_bytes(file->path, 68, "\0\0\0\0", 4);
	assert_fails(file_open(file), STATUS_FAILED_PRECONDITION, "STORE_NOT_OURS");
	assert_int_equal(size_of(file->path), size);
	write_bytes(file->path, 68, "Gaon", 4);
	assert_ok(file_open(file));
	assert_int_equal(file_ask(file, COUNT_ROWS), 1);
}

static void fill(struct file *file)
{
	struct insertion insertion = { 1, 400, 1000 };

	assert_ok(file_open(file));
	assert_ok(store_write(file->store, file->arena, insert_rows, &insertion));
	file_close(file);
}

static void a_damaged_file_is_told_when_it_is_opened(void **state)
{
	struct file *file = *state;
	char garbage[4096];

	memset(garbage, 0xa5, sizeof garbage);
	fill(file);
	write_bytes(file->path, 5 * 4096, garbage, sizeof garbage);
	assert_fails(file_open(file), STATUS_DATA_LOSS, "STORE_DAMAGED");
	write_bytes(file->path, 0, garbage, 100);
	assert_fails(file_open(file), STATUS_DATA_LOSS, "STORE_DAMAGED");
}

static void a_truncated_file_is_damaged(void **state)
{
	struct file *file = *state;

	fill(file);
	assert_int_equal(truncate(file->path, size_of(file->path) / 2 / 4096 * 4096), 0);
	assert_fails(file_open(file), STATUS_DATA_LOSS, "STORE_DAMAGED");
}

static void a_file_that_is_no_database_is_left_as_it_is(void **state)
{
	struct file *file = *state;

	write_bytes(file->path, 0, "Dear diary, today I am not a database.\n", 39);
	assert_fails(file_open(file), STATUS_DATA_LOSS, "STORE_DAMAGED");
	assert_int_equal(size_of(file->path), 39);
}

static void a_text_in_double_quotes_is_no_string(void **state)
{
	struct file *file = *state;
	struct store_tx *tx = NULL;
	struct rows *rows = NULL;

	assert_ok(file_open(file));
	assert_ok(store_read_begin(file->store, file->arena, &tx));
	assert_fails(store_query(tx, "SELECT \"nothing\"", SQL_NO_ARGS, &rows), STATUS_INTERNAL, "STORE_SQL");
	store_read_end(tx);
}

/* ---- the log ---- */

static void the_log_does_not_grow_without_end(void **state)
{
	struct file *file = *state;

	assert_ok(file_open(file));
	for (int64_t i = 0; i < 300; i++) {
		assert_ok(file_insert(file, i, 100000));
		/* Whose snapshot stays open for the next read. */
		assert_int_equal(file_ask(file, COUNT_ROWS), i + 1);
	}
	/* 30 MB were written; each checkpoint lets the log begin anew after about 4 MB. */
	assert_true(size_of(arena_printf(file->arena, "%s-wal", file->path)) < 12000000);
	assert_int_equal(file_ask(file, COUNT_ROWS), 300);
}

static void a_backup_is_a_whole_database_of_its_moment(void **state)
{
	struct file *file = *state;
	struct file copy = { .arena = file->arena, .path = arena_printf(file->arena, "%s.copy", file->path) };
	struct stat facts;

	fill(file);
	assert_ok(file_open(file));
	assert_ok(store_backup(file->store, file->arena, copy.path));
	assert_ok(file_insert(file, 1000, 10));
	assert_int_equal(stat(copy.path, &facts), 0);
	assert_int_equal(facts.st_mode & 0777, 0600);
	assert_fails(store_backup(file->store, file->arena, copy.path), STATUS_ALREADY_EXISTS, "STORE_BACKUP_EXISTS");
	assert_fails(store_backup(file->store, file->arena, "/nowhere/at/all"), STATUS_FAILED_PRECONDITION, "STORE_PATH");
	assert_ok(file_open(&copy));
	assert_int_equal(file_ask(&copy, COUNT_ROWS), 400);
	assert_int_equal(file_ask(file, COUNT_ROWS), 401);
	file_close(&copy);
}

#define file_case(name) cmocka_unit_test_setup_teardown(name, file_setup, file_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		file_case(the_file_is_private),
		file_case(a_place_that_is_none_is_refused),
		file_case(a_second_owner_is_refused_and_told_who_the_first_is),
		file_case(a_file_that_another_process_locks_is_busy),
		file_case(another_programs_database_is_not_touched),
		file_case(a_damaged_file_is_told_when_it_is_opened),
		file_case(a_truncated_file_is_damaged),
		file_case(a_file_that_is_no_database_is_left_as_it_is),
		file_case(a_text_in_double_quotes_is_no_string),
		file_case(the_log_does_not_grow_without_end),
		file_case(a_backup_is_a_whole_database_of_its_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
