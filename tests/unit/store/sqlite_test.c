/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite_test.c: what is SQLite's own: the file, its owner, a full disk, a damaged file, kill -9. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/store/failpoint.h"
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

static const struct migration step[] = {
	{ "test", 1, "0001_thing", "CREATE TABLE thing (id BIGINT NOT NULL PRIMARY KEY, data BLOB);" },
};

static struct status open_file(struct file *file)
{
	const struct store_options options = { .url = file->path, .busy_ms = 60 };

	TRY(store_open(file->arena, &options, &file->store));
	return store_migrate(file->store, file->arena, step, 1);
}

static void close_file(struct file *file)
{
	store_close(file->store);
	file->store = NULL;
}

static int setup(void **state)
{
	struct arena *arena = arena_new(0);
	struct file *file = ARENA_NEW(arena, struct file);

	file->arena = arena;
	file->folder = arena_strdup(arena, "/tmp/gaon-sqlite-XXXXXX");
	assert_non_null(mkdtemp(file->folder));
	file->path = arena_printf(arena, "%s/gaon.db", file->folder);
	*state = file;
	return 0;
}

static int teardown(void **state)
{
	struct file *file = *state;
	static const char *const endings[] = { "", "-wal", "-shm", "-journal", ".lock", ".copy", ".copy.lock", ".copy-wal" };

	close_file(file);
	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
		unlink(arena_printf(file->arena, "%s%s", file->path, endings[i]));
	rmdir(file->folder);
	arena_free(file->arena);
	return 0;
}

struct insertion {
	int64_t first, count;
	size_t size;
};

static struct status insert_rows(struct store_tx *tx, void *context)
{
	const struct insertion *insertion = context;
	char *data = arena_zalloc(store_arena(tx), insertion->size + 1);

	for (int64_t i = 0; i < insertion->count; i++)
		TRY(store_execute(tx, "INSERT INTO thing (id, data) VALUES ($1, $2)",
				  SQL_ARGS(sql_int(insertion->first + i), sql_blob(slice_of(data, insertion->size))), NULL));
	return OK;
}

static struct status insert(struct file *file, int64_t id, size_t size)
{
	struct arena *arena = arena_new(0);
	struct insertion insertion = { id, 1, size };
	struct status status = store_write(file->store, arena, insert_rows, &insertion);
	bool is_full = !status_is_ok(status) && strcmp(status.reason, "STORE_FULL") == 0;
	/* The arena goes: only constants may leave. */
	struct status kept = { .code = status.code, .reason = is_full ? "STORE_FULL" : "ANOTHER", .message = "" };

	arena_free(arena);
	return kept;
}

static int64_t ask(struct file *file, const char *sql)
{
	struct arena *arena = arena_new(0);
	struct store_tx *tx = NULL;
	struct rows *rows = NULL;

	assert_ok(store_read_begin(file->store, arena, &tx));
	assert_ok(store_query(tx, sql, SQL_NO_ARGS, &rows));
	assert_true(store_next(rows));

	int64_t number = row_int(rows, 0);

	store_read_end(tx);
	arena_free(arena);
	return number;
}

static const char COUNT[] = "SELECT COUNT(*) FROM thing";

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
	assert_ok(open_file(file));
	assert_ok(insert(file, 1, 10));
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

	assert_ok(open_file(file));

	struct status status = store_open(file->arena, &options, &second);

	assert_int_equal(status.code, STATUS_UNAVAILABLE);
	assert_string_equal(status.reason, "STORE_BUSY");
	assert_non_null(strstr(status.message, arena_printf(file->arena, "process %ld", (long)getpid())));
	assert_ok(insert(file, 1, 10));
	close_file(file);
	assert_ok(open_file(file));
}

static void a_file_that_another_process_locks_is_busy(void **state)
{
	struct file *file = *state;
	int ready[2];
	char byte = 0;

	assert_ok(open_file(file));
	close_file(file);
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
	assert_fails(open_file(file), STATUS_UNAVAILABLE, "STORE_BUSY");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(ready[0]);
	close(ready[1]);
	assert_ok(open_file(file));
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

	assert_ok(open_file(file));
	assert_ok(insert(file, 1, 10));
	close_file(file);
	write_bytes(file->path, 68, "Else", 4);

	int64_t size = size_of(file->path);

	assert_fails(open_file(file), STATUS_FAILED_PRECONDITION, "STORE_NOT_OURS");
	write_bytes(file->path, 68, "\0\0\0\0", 4);
	assert_fails(open_file(file), STATUS_FAILED_PRECONDITION, "STORE_NOT_OURS");
	assert_int_equal(size_of(file->path), size);
	write_bytes(file->path, 68, "Gaon", 4);
	assert_ok(open_file(file));
	assert_int_equal(ask(file, COUNT), 1);
}

static void fill(struct file *file)
{
	struct insertion insertion = { 1, 400, 1000 };

	assert_ok(open_file(file));
	assert_ok(store_write(file->store, file->arena, insert_rows, &insertion));
	close_file(file);
}

static void a_damaged_file_is_told_when_it_is_opened(void **state)
{
	struct file *file = *state;
	char garbage[4096];

	memset(garbage, 0xa5, sizeof garbage);
	fill(file);
	write_bytes(file->path, 5 * 4096, garbage, sizeof garbage);
	assert_fails(open_file(file), STATUS_DATA_LOSS, "STORE_DAMAGED");
	write_bytes(file->path, 0, garbage, 100);
	assert_fails(open_file(file), STATUS_DATA_LOSS, "STORE_DAMAGED");
}

static void a_truncated_file_is_damaged(void **state)
{
	struct file *file = *state;

	fill(file);
	assert_int_equal(truncate(file->path, size_of(file->path) / 2 / 4096 * 4096), 0);
	assert_fails(open_file(file), STATUS_DATA_LOSS, "STORE_DAMAGED");
}

static void a_file_that_is_no_database_is_left_as_it_is(void **state)
{
	struct file *file = *state;

	write_bytes(file->path, 0, "Dear diary, today I am not a database.\n", 39);
	assert_fails(open_file(file), STATUS_DATA_LOSS, "STORE_DAMAGED");
	assert_int_equal(size_of(file->path), 39);
}

static void a_text_in_double_quotes_is_no_string(void **state)
{
	struct file *file = *state;
	struct store_tx *tx = NULL;
	struct rows *rows = NULL;

	assert_ok(open_file(file));
	assert_ok(store_read_begin(file->store, file->arena, &tx));
	assert_fails(store_query(tx, "SELECT \"nothing\"", SQL_NO_ARGS, &rows), STATUS_INTERNAL, "STORE_SQL");
	store_read_end(tx);
}

/* ---- the log ---- */

static void the_log_does_not_grow_without_end(void **state)
{
	struct file *file = *state;

	assert_ok(open_file(file));
	for (int64_t i = 0; i < 300; i++)
		assert_ok(insert(file, i, 100000));
	/* 30 MB were written; each checkpoint lets the log begin anew after about 4 MB. */
	assert_true(size_of(arena_printf(file->arena, "%s-wal", file->path)) < 12000000);
	assert_int_equal(ask(file, COUNT), 300);
}

static void a_backup_is_a_whole_database_of_its_moment(void **state)
{
	struct file *file = *state;
	struct file copy = { .arena = file->arena, .path = arena_printf(file->arena, "%s.copy", file->path) };
	struct stat facts;

	fill(file);
	assert_ok(open_file(file));
	assert_ok(store_backup(file->store, file->arena, copy.path));
	assert_ok(insert(file, 1000, 10));
	assert_int_equal(stat(copy.path, &facts), 0);
	assert_int_equal(facts.st_mode & 0777, 0600);
	assert_fails(store_backup(file->store, file->arena, copy.path), STATUS_ALREADY_EXISTS, "STORE_BACKUP_EXISTS");
	assert_fails(store_backup(file->store, file->arena, "/nowhere/at/all"), STATUS_FAILED_PRECONDITION, "STORE_PATH");
	assert_ok(open_file(&copy));
	assert_int_equal(ask(&copy, COUNT), 400);
	assert_int_equal(ask(file, COUNT), 401);
	close_file(&copy);
}

/* ---- no room ---- */

static void limit_file_size(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_full_disk_refuses_what_does_not_fit_and_keeps_what_was_acknowledged(void **state)
{
	struct file *file = *state;
	int64_t acknowledged = 0;
	struct status status = OK;

	signal(SIGXFSZ, SIG_IGN);
	assert_ok(open_file(file));
	limit_file_size(2 << 20);
	for (int64_t i = 0; i < 1000 && status_is_ok(status); i++) {
		status = insert(file, i, 20000);
		acknowledged += status_is_ok(status);
	}
	assert_fails(status, STATUS_RESOURCE_EXHAUSTED, "STORE_FULL");
	assert_in_range(acknowledged, 20, 110);
	assert_fails(insert(file, 5000, 200000), STATUS_RESOURCE_EXHAUSTED, "STORE_FULL");
	assert_int_equal(ask(file, COUNT), acknowledged); /* reads go on */
	limit_file_size(RLIM_INFINITY);
	assert_ok(insert(file, 5001, 20000)); /* and so do writes, once there is room */
	close_file(file);
	assert_ok(open_file(file));
	assert_int_equal(ask(file, COUNT), acknowledged + 1);
}

struct writer {
	struct file *file;
	int64_t id;
	struct status status;
};

static void *write_one(void *context)
{
	struct writer *writer = context;

	writer->status = insert(writer->file, writer->id, 20000);
	return NULL;
}

static void a_commit_that_fails_fails_for_everybody_in_it(void **state)
{
	struct file *file = *state;
	struct writer writers[40];
	pthread_t threads[40];
	int64_t acknowledged = 0;
	int64_t failed = 0;

	signal(SIGXFSZ, SIG_IGN);
	assert_ok(open_file(file));
	limit_file_size(300000);
	for (int i = 0; i < 40; i++) {
		writers[i] = (struct writer){ file, i, OK };
		assert_int_equal(pthread_create(&threads[i], NULL, write_one, &writers[i]), 0);
	}
	for (int i = 0; i < 40; i++) {
		pthread_join(threads[i], NULL);
		if (status_is_ok(writers[i].status))
			acknowledged++;
		else
			failed += strcmp(writers[i].status.reason, "STORE_FULL") == 0;
	}
	limit_file_size(RLIM_INFINITY);
	assert_int_equal(acknowledged + failed, 40);
	assert_true(failed > 0);
	assert_int_equal(ask(file, COUNT), acknowledged);
	close_file(file);
	assert_ok(open_file(file));
	assert_int_equal(ask(file, COUNT), acknowledged);
}

/* ---- kill -9 ---- */

enum { WRITERS = 8 };

/* Written by the child after each acknowledgement, read by the parent after the child's death. */
struct ledger {
	_Atomic int64_t acknowledged[WRITERS];
};

struct life {
	struct file *file;
	struct ledger *ledger;
	int number;
	int64_t from;
};

static void *write_for_ever(void *context)
{
	struct life *life = context;

	for (int64_t i = life->from;; i++) {
		if (!status_is_ok(insert(life->file, life->number * INT64_C(1000000) + i, 200)))
			_exit(7);
		life->ledger->acknowledged[life->number] = i;
	}
	return NULL;
}

static void live_and_be_killed(struct file *file, struct ledger *ledger, const char *failpoint, int round)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		pthread_t threads[WRITERS];
		struct life lives[WRITERS];

		if (!failpoint_arm(failpoint) || !status_is_ok(open_file(file)))
			_exit(6);
		for (int i = 0; i < WRITERS; i++) {
			lives[i] = (struct life){ file, ledger, i, ledger->acknowledged[i] + 1000 };
			pthread_create(&threads[i], NULL, write_for_ever, &lives[i]);
		}
		usleep(15000 + (unsigned)round * 1700);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void kill_nine_loses_no_acknowledged_write(void **state)
{
	struct file *file = *state;
	struct ledger *ledger = mmap(NULL, sizeof *ledger, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	static const char *const failpoints[] = { NULL, "store.before_commit:kill@9", NULL, "store.after_commit:kill@9", NULL };
	int64_t total = 0;

	assert_ptr_not_equal(ledger, MAP_FAILED);
	for (int round = 0; round < 20; round++) {
		live_and_be_killed(file, ledger, failpoints[round % 5], round);
		assert_ok(open_file(file));
		for (int i = 0; i < WRITERS; i++) {
			char *sql = arena_printf(file->arena, "SELECT COALESCE(MAX(id), 0) FROM thing WHERE id < %d",
						 (i + 1) * 1000000);
			struct store_tx *tx = NULL;
			struct rows *rows = NULL;

			assert_ok(store_read_begin(file->store, file->arena, &tx));
			assert_ok(store_query_dynamic(tx, sql, SQL_NO_ARGS, &rows));
			assert_true(store_next(rows));

			int64_t newest = row_int(rows, 0) - i * 1000000;

			store_read_end(tx);
			/* At most the one write that was under way may be there without having been acknowledged. */
			if (newest < ledger->acknowledged[i] ||
			    (newest > ledger->acknowledged[i] + 1 && newest != ledger->acknowledged[i] + 1000))
				fail_msg("round %d: writer %d was told %ld, the file says %ld", round, i,
					 (long)ledger->acknowledged[i], (long)newest);
			ledger->acknowledged[i] = newest;
		}
		total = ask(file, COUNT);
		assert_int_equal(ask(file, "SELECT COUNT(*) FROM thing WHERE data IS NULL"), 0);
		close_file(file);
	}
	assert_true(total > 200);
	munmap(ledger, sizeof *ledger);
}

#define file_case(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

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
		file_case(a_full_disk_refuses_what_does_not_fit_and_keeps_what_was_acknowledged),
		file_case(a_commit_that_fails_fails_for_everybody_in_it),
		file_case(kill_nine_loses_no_acknowledged_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
