/* SPDX-License-Identifier: Apache-2.0 */
/* store_thread_contract.c: many threads at once. */
#include "tests/contract/store/fixture.h"

#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 64, ROUNDS = 25 };

struct adder {
	struct fixture *fixture;
	atomic_int *failures;
	int number;
};

static struct status transfer(struct store_tx *tx, void *context)
{
	const struct adder *adder = context;

	TRY(store_execute(tx, "UPDATE thing SET number = number - 1 WHERE id = $1", SQL_ARGS(sql_text("from")), NULL));
	TRY(store_execute(tx, "UPDATE thing SET number = number + 1 WHERE id = $1", SQL_ARGS(sql_text("to")), NULL));
	/* Every seventh changes its mind. */
	if (adder->number % 7 == 0)
		return status_fail(store_arena(tx), STATUS_ABORTED, "CHANGED_MIND", "on purpose");
	return OK;
}

static struct status check_sum(struct store_tx *tx, void *context)
{
	struct rows *from = NULL;
	struct rows *to = NULL;

	TRY(store_query(tx, "SELECT number FROM thing WHERE id = $1", SQL_ARGS(sql_text("from")), &from));
	TRY(store_query(tx, "SELECT number FROM thing WHERE id = $1", SQL_ARGS(sql_text("to")), &to));
	if (!store_next(from) || !store_next(to) || row_int(from, 0) + row_int(to, 0) != 1000000)
		atomic_fetch_add((atomic_int *)context, 1);
	return OK;
}

static void *add_and_read(void *context)
{
	struct adder *adder = context;
	struct arena *arena = arena_new(0);

	for (int i = 0; i < ROUNDS; i++) {
		struct status status = store_write(adder->fixture->store, arena, transfer, adder);

		if (status_is_ok(status) == (adder->number % 7 == 0))
			atomic_fetch_add(adder->failures, 1);
		if (!status_is_ok(store_read(adder->fixture->store, arena, check_sum, adder->failures)))
			atomic_fetch_add(adder->failures, 1);
		arena_reset(arena);
	}
	arena_free(arena);
	return NULL;
}

static void sixty_four_threads_lose_no_update_and_see_no_half(void **state)
{
	struct fixture *f = *state;
	pthread_t threads[THREADS];
	struct adder adders[THREADS];
	atomic_int failures = 0;
	int kept = 0;

	assert_ok(write_sql(f->store, f->arena, "INSERT INTO thing (id, number) VALUES ('from', 1000000), ('to', 0)", NULL, 0));
	for (int i = 0; i < THREADS; i++) {
		adders[i] = (struct adder){ f, &failures, i };
		kept += i % 7 != 0;
		assert_int_equal(pthread_create(&threads[i], NULL, add_and_read, &adders[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&failures), 0);
	assert_int_equal(read_number(f->store, "SELECT number FROM thing WHERE id = 'to'"), kept * ROUNDS);
}

/* What was acknowledged is seen by the next read, on whichever snapshot it lands: each thread counts its own row up. */
static void *count_up_and_look(void *context)
{
	struct adder *adder = context;
	struct arena *arena = arena_new(0);

	for (int i = 1; i <= ROUNDS; i++) {
		const struct sql_value id = sql_text(arena_printf(arena, "own-%d", adder->number));

		struct rows *rows = NULL;
		struct store_tx *tx = NULL;

		if (!status_is_ok(write_sql(adder->fixture->store, arena,
					    "INSERT INTO thing (id, number) VALUES ($1, 1) ON CONFLICT (id) DO UPDATE SET"
					    " number = thing.number + 1",
					    &id, 1)) ||
		    !status_is_ok(store_read_begin(adder->fixture->store, arena, &tx)) ||
		    !status_is_ok(store_query(tx, "SELECT number FROM thing WHERE id = $1", &id, 1, &rows)) || !store_next(rows) ||
		    row_int(rows, 0) != i)
			atomic_fetch_add(adder->failures, 1);
		store_read_end(tx);
		arena_reset(arena);
	}
	arena_free(arena);
	return NULL;
}

static void every_thread_reads_what_it_wrote(void **state)
{
	struct fixture *f = *state;
	pthread_t threads[THREADS];
	struct adder adders[THREADS];
	atomic_int failures = 0;

	for (int i = 0; i < THREADS; i++) {
		adders[i] = (struct adder){ f, &failures, i };
		assert_int_equal(pthread_create(&threads[i], NULL, count_up_and_look, &adders[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&failures), 0);
}

const struct CMUnitTest thread_tests[] = {
	cmocka_unit_test_setup_teardown(every_thread_reads_what_it_wrote, fixture_setup, fixture_teardown),
	cmocka_unit_test_setup_teardown(sixty_four_threads_lose_no_update_and_see_no_half, fixture_setup, fixture_teardown),
};
const size_t thread_test_count = sizeof thread_tests / sizeof thread_tests[0];
