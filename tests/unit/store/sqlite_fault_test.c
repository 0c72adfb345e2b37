/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite_fault_test.c: a full disk and kill -9: nothing that was acknowledged is lost. */
#include "tests/unit/store/sqlite_file.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/store/failpoint.h"

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
	assert_ok(file_open(file));
	limit_file_size(2 << 20);
	for (int64_t i = 0; i < 1000 && status_is_ok(status); i++) {
		status = file_insert(file, i, 20000);
		acknowledged += status_is_ok(status);
	}
	assert_fails(status, STATUS_RESOURCE_EXHAUSTED, "STORE_FULL");
	assert_in_range(acknowledged, 20, 110);
	assert_fails(file_insert(file, 5000, 200000), STATUS_RESOURCE_EXHAUSTED, "STORE_FULL");
	assert_int_equal(file_ask(file, COUNT_ROWS), acknowledged); /* reads go on */
	limit_file_size(RLIM_INFINITY);
	assert_ok(file_insert(file, 5001, 20000)); /* and so do writes, once there is room */
	file_close(file);
	assert_ok(file_open(file));
	assert_int_equal(file_ask(file, COUNT_ROWS), acknowledged + 1);
}

struct writer {
	struct file *file;
	int64_t id;
	struct status status;
};

static void *write_one(void *context)
{
	struct writer *writer = context;

	writer->status = file_insert(writer->file, writer->id, 20000);
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
	assert_ok(file_open(file));
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
	assert_int_equal(file_ask(file, COUNT_ROWS), acknowledged);
	file_close(file);
	assert_ok(file_open(file));
	assert_int_equal(file_ask(file, COUNT_ROWS), acknowledged);
}

/* ---- kill -9 ---- */

enum { WRITERS = 8 };

/* Written by the child after each acknowledgement, read by the parent after the child's death. */
struct ledger {
	_Atomic int64_t acknowledged[WRITERS];
	sem_t has_written;
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
		if (!status_is_ok(file_insert(life->file, life->number * INT64_C(1000000) + i, 200)))
			_exit(7);
		life->ledger->acknowledged[life->number] = i;
		sem_post(&life->ledger->has_written);
	}
	return NULL;
}

static void live_and_be_killed(struct file *file, struct ledger *ledger, const char *failpoint, int round)
{
	sem_init(&ledger->has_written, 1, 0);

	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		pthread_t threads[WRITERS];
		struct life lives[WRITERS];

		if (!failpoint_arm(failpoint) || !status_is_ok(file_open(file)))
			_exit(6);
		for (int i = 0; i < WRITERS; i++) {
			lives[i] = (struct life){ file, ledger, i, ledger->acknowledged[i] + 1000 };
			pthread_create(&threads[i], NULL, write_for_ever, &lives[i]);
		}
		for (int i = 0; i < 20 + round * 7; i++)
			sem_wait(&ledger->has_written);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void check_writer(struct file *file, struct ledger *ledger, int number)
{
	static const char NEWEST[] = "SELECT COALESCE(MAX(id), 0) FROM thing WHERE id < $1";
	struct store_tx *tx = NULL;
	struct rows *rows = NULL;

	assert_ok(store_read_begin(file->store, file->arena, &tx));
	assert_ok(store_query(tx, NEWEST, SQL_ARGS(sql_int((number + 1) * INT64_C(1000000))), &rows));
	assert_true(store_next(rows));

	int64_t newest = row_int(rows, 0) - number * INT64_C(1000000);
	int64_t told = ledger->acknowledged[number];

	store_read_end(tx);
	if (newest < 0)
		newest = 0; /* it never wrote: that is another one's newest */
	/* At most the one write that was under way may be there without having been acknowledged. */
	if (newest < told || (newest > told + 1 && newest != told + 1000))
		fail_msg("writer %d was told %ld, the file says %ld", number, (long)told, (long)newest);
	ledger->acknowledged[number] = newest;
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
		assert_ok(file_open(file));
		for (int i = 0; i < WRITERS; i++)
			check_writer(file, ledger, i);
		total = file_ask(file, COUNT_ROWS);
		assert_int_equal(file_ask(file, "SELECT COUNT(*) FROM thing WHERE data IS NULL"), 0);
		file_close(file);
	}
	assert_true(total > 200);
	munmap(ledger, sizeof *ledger);
}

#define file_case(name) cmocka_unit_test_setup_teardown(name, file_setup, file_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		file_case(a_full_disk_refuses_what_does_not_fit_and_keeps_what_was_acknowledged),
		file_case(a_commit_that_fails_fails_for_everybody_in_it),
		file_case(kill_nine_loses_no_acknowledged_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
