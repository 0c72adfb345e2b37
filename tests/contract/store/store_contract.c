/* SPDX-License-Identifier: Apache-2.0 */
/* store_contract.c: what every driver must do; the whole suite runs once per row of driver_rows. */
#include "tests/contract/store/fixture.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char INSERT[] = "INSERT INTO thing (id, number, data) VALUES ($1, $2, $3)";
static const char INSERT_OWNED[] = "INSERT INTO thing (id, number, owner) VALUES ($1, $2, $3)";
static const char COUNT[] = "SELECT COUNT(*) FROM thing";
static const char SUM[] = "SELECT COALESCE(SUM(number), 0) FROM thing";

static struct status insert(struct fixture *f, const char *id, int64_t number)
{
	return write_sql(f->store, f->arena, INSERT, SQL_ARGS(sql_text(id), sql_int(number), sql_null()));
}

/* ---- values and statements ---- */

static struct status read_values(struct store_tx *tx, void *context)
{
	struct rows *rows = NULL;

	(void)context;
	TRY(store_query(tx, "SELECT id, number, data, owner FROM thing ORDER BY id", SQL_NO_ARGS, &rows));
	assert_int_equal(store_count(rows), 2);
	assert_true(store_next(rows));
	assert_string_equal(row_text(rows, 0), "가온");
	assert_true(row_int(rows, 1) == INT64_MAX);
	assert_int_equal(row_blob(rows, 2).size, 5);
	assert_memory_equal(row_blob(rows, 2).data, "a\0b\xff!", 5);
	assert_true(row_is_null(rows, 3));
	assert_null(row_text(rows, 3));
	assert_true(store_next(rows));
	assert_string_equal(row_text(rows, 0), "나");
	assert_true(row_bool(rows, 1));
	assert_false(row_is_null(rows, 2));
	assert_int_equal(row_blob(rows, 2).size, 0);
	assert_false(store_next(rows));
	assert_false(store_next(rows));
	return OK;
}

static void values_come_back_as_they_were_given(void **state)
{
	struct fixture *f = *state;

	assert_ok(write_sql(f->store, f->arena, INSERT,
			    SQL_ARGS(sql_text("가온"), sql_int(INT64_MAX), sql_blob(slice_of("a\0b\xff!", 5)))));
	assert_ok(write_sql(f->store, f->arena, INSERT,
			    SQL_ARGS(sql_text("나"), sql_bool(true), sql_blob(slice_of(NULL, 0)))));
	assert_ok(store_read(f->store, f->arena, read_values, NULL));
}

static struct status update_by_late_numbers(struct store_tx *tx, void *context)
{
	int64_t changed = 0;
	struct rows *rows = NULL;

	(void)context;
	/* $2 stands before $1, and $1 twice: a driver that numbers by appearance gets it wrong. */
	TRY(store_execute(tx, "UPDATE thing SET number = $2 WHERE id = $1 AND id = $1",
			  SQL_ARGS(sql_text("a"), sql_int(7)), &changed));
	assert_int_equal(changed, 1);
	TRY(store_query(tx, "UPDATE thing SET number = number + $2 WHERE id = $1 RETURNING number, id",
			SQL_ARGS(sql_text("a"), sql_int(3)), &rows));
	assert_true(store_next(rows));
	assert_int_equal(row_int(rows, 0), 10);
	assert_string_equal(row_text(rows, 1), "a");
	TRY(store_execute(tx, "UPDATE thing SET number = 1 WHERE id = $1", SQL_ARGS(sql_text("none")), &changed));
	assert_int_equal(changed, 0);
	return OK;
}

static void parameters_are_bound_by_their_number(void **state)
{
	struct fixture *f = *state;

	assert_ok(insert(f, "a", 1));
	assert_ok(store_write(f->store, f->arena, update_by_late_numbers, NULL));
	assert_int_equal(read_number(f->store, SUM), 10);
}

static void a_wrong_number_of_values_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_fails(write_sql(f->store, f->arena, INSERT, SQL_ARGS(sql_text("a"), sql_int(1))), STATUS_INTERNAL,
		     "STORE_PARAMETERS");
	assert_fails(write_sql(f->store, f->arena, "DELETE FROM thing WHERE id = $2", SQL_ARGS(sql_text("a"))),
		     STATUS_INTERNAL, "STORE_PARAMETERS");
	assert_fails(write_sql(f->store, f->arena, "DELETE FROM thing; DELETE FROM thing", SQL_NO_ARGS), STATUS_INTERNAL,
		     "STORE_SQL");
	assert_fails(write_sql(f->store, f->arena, "COMMIT", SQL_NO_ARGS), STATUS_INTERNAL, "STORE_SQL");
}

static void broken_constraints_have_names(void **state)
{
	struct fixture *f = *state;

	assert_ok(insert(f, "a", 1));
	assert_fails(insert(f, "a", 2), STATUS_ALREADY_EXISTS, "STORE_UNIQUE");
	assert_fails(insert(f, "b", -1), STATUS_FAILED_PRECONDITION, "STORE_CHECK");
	assert_fails(insert(f, NULL, 1), STATUS_FAILED_PRECONDITION, "STORE_NOT_NULL");
	assert_fails(write_sql(f->store, f->arena, INSERT_OWNED, SQL_ARGS(sql_text("c"), sql_int(1), sql_text("nobody"))),
		     STATUS_FAILED_PRECONDITION, "STORE_FOREIGN_KEY");
	assert_int_equal(read_number(f->store, COUNT), 1);
}

static struct status read_all(struct store_tx *tx, void *context)
{
	struct rows *rows = NULL;

	TRY(store_query(tx, "SELECT id FROM thing ORDER BY number", SQL_NO_ARGS, &rows));
	*(int64_t *)context = store_count(rows);
	for (int64_t i = 0; i < store_count(rows); i++)
		assert_true(store_next(rows));
	assert_false(store_next(rows));
	return OK;
}

static struct status insert_many(struct store_tx *tx, void *context)
{
	int count = *(int *)context;

	for (int i = 0; i < count; i++)
		TRY(store_execute(tx, INSERT,
				  SQL_ARGS(sql_text(arena_printf(store_arena(tx), "n%d", i)), sql_int(i), sql_null()), NULL));
	return OK;
}

static void a_query_returns_at_most_its_limit(void **state)
{
	struct fixture *f = *state;
	int count = 2000;
	int64_t read = 0;

	assert_ok(store_write(f->store, f->arena, insert_many, &count));
	assert_ok(store_read(f->store, f->arena, read_all, &read));
	assert_int_equal(read, 2000);
	assert_ok(insert(f, "one more", 1));
	assert_fails(store_read(f->store, f->arena, read_all, &read), STATUS_RESOURCE_EXHAUSTED, "STORE_TOO_MANY_ROWS");
}

static struct status query_composed(struct store_tx *tx, void *context)
{
	char sql[128];
	struct rows *rows = NULL;

	(void)context;
	for (int i = 0; i < 3; i++) {
		snprintf(sql, sizeof sql, "SELECT %s FROM thing WHERE number < $1", i == 1 ? "id" : "number");
		TRY(store_query_dynamic(tx, sql, SQL_ARGS(sql_int(5)), &rows));
		assert_true(store_next(rows));
		assert_int_equal(row_text(rows, 0) != NULL, i == 1);
		/* Even when somebody gives the cache a text that changes, the answer is the text's. */
		TRY(store_query(tx, sql, SQL_ARGS(sql_int(5)), &rows));
		assert_true(store_next(rows));
		assert_int_equal(row_text(rows, 0) != NULL, i == 1);
	}
	return OK;
}

enum { COMPOSED = 50 }; /* more than a session keeps */

static struct status query_many_composed(struct store_tx *tx, void *context)
{
	struct rows *rows = NULL;

	(void)context;
	for (int i = 0; i < 4 * COMPOSED; i++) {
		/* Some come back at once, some after all others, and between them one that is refused. */
		int number = i % 3 == 0 ? i % COMPOSED : i % 7;
		char sql[128];

		snprintf(sql, sizeof sql, "SELECT %d FROM thing WHERE number < $1", number);
		TRY(store_query_dynamic(tx, sql, SQL_ARGS(sql_int(5)), &rows));
		assert_true(store_next(rows));
		assert_int_equal(row_int(rows, 0), number);
		snprintf(sql, sizeof sql, "SELECT %d FROM nowhere", number);
		assert_fails(store_query_dynamic(tx, sql, SQL_NO_ARGS, &rows), STATUS_INTERNAL, "STORE_SQL");
	}
	return OK;
}

static void more_composed_statements_than_are_kept_each_give_their_own_answer(void **state)
{
	struct fixture *f = *state;

	assert_ok(insert(f, "one", 1));
	assert_ok(store_read(f->store, f->arena, query_many_composed, NULL));
	assert_ok(store_read(f->store, f->arena, query_many_composed, NULL));
}

static void a_composed_statement_is_its_text_not_its_address(void **state)
{
	struct fixture *f = *state;

	assert_ok(insert(f, "a", 4));
	assert_ok(store_read(f->store, f->arena, query_composed, NULL));
}

/* ---- transactions ---- */

static struct status write_inside(struct store_tx *tx, void *context)
{
	(void)context;
	assert_false(store_is_write(tx));
	return store_execute(tx, "DELETE FROM thing", SQL_NO_ARGS, NULL);
}

static void a_read_cannot_write(void **state)
{
	struct fixture *f = *state;

	assert_ok(insert(f, "a", 4));
	assert_fails(store_read(f->store, f->arena, write_inside, NULL), STATUS_INTERNAL, "STORE_READ_TRANSACTION");
	assert_int_equal(read_number(f->store, COUNT), 1);
}

static void a_read_sees_one_moment(void **state)
{
	struct fixture *f = *state;
	struct store_tx *tx = NULL;
	struct rows *rows = NULL;

	assert_ok(insert(f, "a", 1));
	assert_ok(store_read_begin(f->store, f->arena, &tx));
	assert_ok(store_query(tx, COUNT, SQL_NO_ARGS, &rows));
	assert_ok(insert(f, "b", 1));
	assert_ok(store_query(tx, COUNT, SQL_NO_ARGS, &rows));
	assert_true(store_next(rows));
	assert_int_equal(row_int(rows, 0), 1);
	store_read_end(tx);
	assert_int_equal(read_number(f->store, COUNT), 2);
}

static struct status insert_then_fail(struct store_tx *tx, void *context)
{
	TRY(store_execute(tx, INSERT, SQL_ARGS(sql_text("lost"), sql_int(1), sql_null()), NULL));
	store_mark(tx, STORE_MARK_IAM);
	return status_fail(store_arena(tx), STATUS_ABORTED, "MY_REASON", "%s", (const char *)context);
}

static void a_failed_work_leaves_nothing(void **state)
{
	struct fixture *f = *state;

	assert_fails(store_write(f->store, f->arena, insert_then_fail, "told"), STATUS_ABORTED, "MY_REASON");
	assert_int_equal(read_number(f->store, COUNT), 0);
}

static struct status swallow_failure(struct store_tx *tx, void *context)
{
	struct status failed = store_execute(tx, INSERT, SQL_ARGS(sql_text("a"), sql_int(1), sql_null()), NULL);
	struct status after = store_execute(tx, "DELETE FROM thing", SQL_NO_ARGS, NULL);

	(void)context;
	assert_int_equal(failed.code, STATUS_ALREADY_EXISTS);
	assert_string_equal(after.reason, "STORE_TRANSACTION_FAILED");
	return OK;
}

static void a_failed_statement_dooms_its_transaction(void **state)
{
	struct fixture *f = *state;

	assert_ok(insert(f, "a", 1));
	assert_fails(store_write(f->store, f->arena, swallow_failure, NULL), STATUS_ALREADY_EXISTS, "STORE_UNIQUE");
	assert_int_equal(read_number(f->store, COUNT), 1);
}

static struct status write_in_write(struct store_tx *tx, void *context)
{
	struct fixture *f = context;
	int none = 0;

	(void)tx;
	return store_write(f->store, f->arena, insert_many, &none);
}

static void a_write_inside_a_write_is_refused_not_a_deadlock(void **state)
{
	struct fixture *f = *state;

	assert_fails(store_write(f->store, f->arena, write_in_write, f), STATUS_INTERNAL, "STORE_NESTED_WRITE");
}

/* ---- groups ---- */

struct gate {
	sem_t is_reached, is_open;
	atomic_int done;
	atomic_int failed;
	atomic_llong marks;
	atomic_int told;
	atomic_int told_before_done;
};

static void gate_hear(void *context, int64_t marks)
{
	struct gate *gate = context;

	atomic_fetch_or(&gate->marks, marks);
	atomic_fetch_add(&gate->told, 1);
	atomic_store(&gate->told_before_done, atomic_load(&gate->done));
}

struct gated_job {
	struct store_job job;
	struct gate *gate;
	const char *id;
	int64_t number, marks;
};

static struct status hold_the_writer(struct store_tx *tx, void *context)
{
	struct gated_job *gated = context;

	(void)tx;
	sem_post(&gated->gate->is_reached);
	sem_wait(&gated->gate->is_open);
	return OK;
}

static struct status insert_marked(struct store_tx *tx, void *context)
{
	struct gated_job *gated = context;

	store_mark(tx, gated->marks);
	return store_execute(tx, INSERT, SQL_ARGS(sql_text(gated->id), sql_int(gated->number), sql_null()), NULL);
}

static void job_done(struct store_job *job, struct status status)
{
	struct gated_job *gated = job->context;

	if (!status_is_ok(status))
		atomic_fetch_add(&gated->gate->failed, 1);
	atomic_fetch_add(&gated->gate->done, 1);
	sem_post(&gated->gate->is_reached);
}

static void submit(struct fixture *f, struct gated_job *gated, store_work work)
{
	gated->job = (struct store_job){ .work = work, .done = job_done, .arena = arena_new(0), .context = gated };
	assert_ok(store_submit(f->store, &gated->job));
}

static int64_t metric(struct fixture *f, const char *name)
{
	struct store_metric metrics[32];
	size_t count = store_metrics(f->store, metrics, 32);

	for (size_t i = 0; i < count; i++)
		if (strcmp(metrics[i].name, name) == 0)
			return (int64_t)metrics[i].value;
	fail_msg("no metric %s", name);
	return 0;
}

static void waiting_writes_share_one_commit_and_a_failing_one_falls_alone(void **state)
{
	struct fixture *f = *state;
	struct gate gate = { 0 };
	struct gated_job jobs[6] = {
		{ .gate = &gate },
		{ .gate = &gate, .id = "a", .number = 1, .marks = STORE_MARK_CHANGE },
		{ .gate = &gate, .id = "a", .number = 2, .marks = STORE_MARK_IAM }, /* a second "a": refused */
		{ .gate = &gate, .id = "b", .number = 3, .marks = STORE_MARK_OPERATION },
		{ .gate = &gate, .id = "c", .number = -1, .marks = STORE_MARK_IAM }, /* breaks a rule */
		{ .gate = &gate, .id = "d", .number = 5 },
	};

	fixture_reopen(f);
	store_on_commit(f->store, gate_hear, &gate);
	sem_init(&gate.is_reached, 0, 0);
	sem_init(&gate.is_open, 0, 0);
	submit(f, &jobs[0], hold_the_writer);
	sem_wait(&gate.is_reached);

	int64_t commits = metric(f, "commits");

	for (int i = 1; i < 6; i++)
		submit(f, &jobs[i], insert_marked);
	sem_post(&gate.is_open);
	for (int i = 0; i < 6; i++)
		sem_wait(&gate.is_reached);
	assert_int_equal(atomic_load(&gate.done), 6);
	assert_int_equal(atomic_load(&gate.failed), 2);
	assert_string_equal(jobs[2].job.status.reason, "STORE_UNIQUE");
	assert_string_equal(jobs[4].job.status.reason, "STORE_CHECK");
	assert_int_equal(read_number(f->store, SUM), 9);
	assert_int_equal(metric(f, "commits") - commits, 2); /* the holder's, and one for the five */
	assert_int_equal(atomic_load(&gate.marks), STORE_MARK_CHANGE | STORE_MARK_OPERATION);
	assert_int_equal(atomic_load(&gate.told), 1);
	assert_int_equal(atomic_load(&gate.told_before_done), 1); /* only the holder was done by then */
	for (int i = 0; i < 6; i++)
		arena_free(jobs[i].job.arena);
}

static void a_full_queue_refuses_at_once(void **state)
{
	struct fixture *f = *state;
	struct gate gate = { 0 };
	struct gated_job jobs[4] = { { .gate = &gate }, { .gate = &gate }, { .gate = &gate }, { .gate = &gate } };

	f->options.queue_size = 2;
	fixture_reopen(f);
	sem_init(&gate.is_reached, 0, 0);
	sem_init(&gate.is_open, 0, 0);
	submit(f, &jobs[0], hold_the_writer);
	sem_wait(&gate.is_reached);
	submit(f, &jobs[1], hold_the_writer);
	submit(f, &jobs[2], hold_the_writer);
	jobs[3].job = (struct store_job){ .work = hold_the_writer, .done = job_done, .context = &jobs[3] };
	assert_fails(store_submit(f->store, &jobs[3].job), STATUS_RESOURCE_EXHAUSTED, "STORE_QUEUE_FULL");
	for (int i = 0; i < 3; i++)
		sem_post(&gate.is_open);
	fixture_reopen(f); /* closing finishes what is queued */
	assert_int_equal(atomic_load(&gate.done), 3);
	assert_int_equal(atomic_load(&gate.failed), 0);
	for (int i = 0; i < 3; i++)
		arena_free(jobs[i].job.arena);
}

/* ---- durability, copies ---- */

static void a_closed_store_reopens_with_everything(void **state)
{
	struct fixture *f = *state;
	int count = 500;

	assert_ok(store_write(f->store, f->arena, insert_many, &count));
	fixture_reopen(f);
	assert_int_equal(read_number(f->store, COUNT), 500);
}

/* ---- the suite ---- */

static const struct CMUnitTest store_tests[] = {
	cmocka_unit_test_setup_teardown(values_come_back_as_they_were_given, fixture_setup, fixture_teardown),
	cmocka_unit_test_setup_teardown(parameters_are_bound_by_their_number, fixture_setup, fixture_teardown),
	cmocka_unit_test_setup_teardown(a_wrong_number_of_values_is_refused, fixture_setup, fixture_teardown),
	cmocka_unit_test_setup_teardown(broken_constraints_have_names, fixture_setup, fixture_teardown),
	cmocka_unit_test_setup_teardown(a_query_returns_at_most_its_limit, fixture_setup, fixture_teardown),
	cmocka_unit_test_setup_teardown(a_composed_statement_is_its_text_not_its_address, fixture_setup, fixture_teardown),
	cmocka_unit_test_setup_teardown(more_composed_statements_than_are_kept_each_give_their_own_answer, fixture_setup,
					fixture_teardown),
	cmocka_unit_test_setup_teardown(a_read_cannot_write, fixture_setup, fixture_teardown),
	cmocka_unit_test_setup_teardown(a_read_sees_one_moment, fixture_setup, fixture_teardown),
	cmocka_unit_test_setup_teardown(a_failed_work_leaves_nothing, fixture_setup, fixture_teardown),
	cmocka_unit_test_setup_teardown(a_failed_statement_dooms_its_transaction, fixture_setup, fixture_teardown),
	cmocka_unit_test_setup_teardown(a_write_inside_a_write_is_refused_not_a_deadlock, fixture_setup, fixture_teardown),
	cmocka_unit_test_setup_teardown(waiting_writes_share_one_commit_and_a_failing_one_falls_alone, fixture_setup,
					fixture_teardown),
	cmocka_unit_test_setup_teardown(a_full_queue_refuses_at_once, fixture_setup, fixture_teardown),
	cmocka_unit_test_setup_teardown(a_closed_store_reopens_with_everything, fixture_setup, fixture_teardown),
};

static int run_suite(const struct driver_row *driver, const struct CMUnitTest *tests, size_t count)
{
	struct CMUnitTest copies[64];

	assert_true(count <= sizeof copies / sizeof copies[0]);
	for (size_t i = 0; i < count; i++) {
		copies[i] = tests[i];
		copies[i].initial_state = (void *)(uintptr_t)driver;
	}
	return _cmocka_run_group_tests(driver->name, copies, count, NULL, NULL);
}

int main(void)
{
	int failed = 0;

	for (size_t i = 0; i < driver_count; i++) {
		failed += run_suite(&driver_rows[i], store_tests, sizeof store_tests / sizeof store_tests[0]);
		failed += run_suite(&driver_rows[i], thread_tests, thread_test_count);
		failed += run_suite(&driver_rows[i], migrate_tests, migrate_test_count);
		failed += run_suite(&driver_rows[i], change_tests, change_test_count);
	}
	return failed;
}
