/* SPDX-License-Identifier: Apache-2.0 */
/* engine_threads_test.c: real workers, the real clock: many operations, limits, leases kept, acts stopped. */
#include "tests/unit/engine/script.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "runtime/base/time.h"

enum { OPERATIONS = 200, CONNECTIONS = 4, WAIT_MS = 30000 };

static void pause_ms(long ms)
{
	const struct timespec pause = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&pause, NULL);
}

/* What the steps see of each other. */
struct crowd {
	struct store *store;
	struct arena *arena;
	atomic_int running[CONNECTIONS], most[CONNECTIONS];
	atomic_int acts, ended, failed;
	atomic_int entered, left, cancelled, resumed;
	long act_ms;
	bool heeds_cancel;
	sem_t has_ended, has_entered;
	struct status (*settle)(struct store_tx *tx, const struct operation *operation, void *context);
};

static int connection_number(const struct step *step)
{
	return step->operation->connection[strlen("connections/")] - '0';
}

static struct step_result crowded_act(struct step *step)
{
	struct crowd *crowd = step->context;
	int number = connection_number(step);
	int now = atomic_fetch_add(&crowd->running[number], 1) + 1;
	int most = atomic_load(&crowd->most[number]);

	while (now > most && !atomic_compare_exchange_weak(&crowd->most[number], &most, now))
		;
	pause_ms(1);
	atomic_fetch_sub(&crowd->running[number], 1);

	int act = atomic_fetch_add(&crowd->acts, 1);

	if (act % 17 == 3)
		return (struct step_result){ .verdict = STEP_FAILED, .error = PROVIDER_UNAVAILABLE };
	if (act % 13 == 5)
		return (struct step_result){ .verdict = STEP_AGAIN, .after_ms = 2 };
	return (struct step_result){ .verdict = STEP_DONE };
}

static struct status crowd_ended(struct store_tx *tx, const struct operation *operation, void *context)
{
	struct crowd *crowd = context;

	atomic_fetch_add(operation->state == OPERATION_SUCCEEDED ? &crowd->ended : &crowd->failed, 1);
	sem_post(&crowd->has_ended);
	return store_execute(tx, "INSERT INTO settled (id) VALUES ($1)", SQL_ARGS(sql_text(operation->id)), NULL);
}

static const struct workflow_step crowd_steps[] = {
	{ "one", { NULL, crowded_act, NULL }, { NULL, NULL, NULL }, "nothing", 60 },
	{ "two", { NULL, crowded_act, NULL }, { NULL, NULL, NULL }, "nothing", 60 },
};

static struct status create_one(struct store_tx *tx, void *context)
{
	const struct operation_spec spec = { .kind = "scripted", .tenant = "tenants/acme", .connection = context };

	return operation_create(tx, &spec, NULL);
}

static void create(struct world *world, int connection)
{
	assert_ok(store_write(world->store, world->arena, create_one,
			      arena_printf(world->arena, "connections/%d", connection)));
}

static bool wait_for(sem_t *semaphore)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += WAIT_MS / 1000;
	return sem_timedwait(semaphore, &until) == 0;
}

static void start(struct world *world, struct crowd *crowd, const struct workflow_step *steps, unsigned count,
		  struct engine_options options)
{
	time_fake_off();
	sem_init(&crowd->has_ended, 0, 0);
	sem_init(&crowd->has_entered, 0, 0);
	world->workflow = (struct workflow){
		.kind = "scripted",
		.steps = steps,
		.step_count = count,
		.ended = crowd->settle != NULL ? crowd->settle : crowd_ended,
		.context = crowd,
	};
	options.retry_first_ms = 2;
	options.retry_most_ms = 10;
	world->engine = engine_new(world->store, &options);
	engine_register(world->engine, &world->workflow);
	assert_ok(engine_start(world->engine));
}

static void two_hundred_operations_on_eight_workers_all_end_once_within_the_limits(void **state)
{
	struct world *world = *state;
	struct crowd crowd = { 0 };

	start(world, &crowd, crowd_steps, 2, (struct engine_options){ .workers = 8, .connection_concurrency = 2 });
	for (int i = 0; i < OPERATIONS; i++)
		create(world, i % CONNECTIONS);
	for (int i = 0; i < OPERATIONS; i++)
		assert_true(wait_for(&crowd.has_ended));
	engine_stop(world->engine, 5000);
	world->engine = NULL;
	assert_int_equal(atomic_load(&crowd.ended), OPERATIONS);
	assert_int_equal(atomic_load(&crowd.failed), 0);
	for (int i = 0; i < CONNECTIONS; i++)
		assert_in_range(atomic_load(&crowd.most[i]), 1, 2);
}

static struct status create_for(struct store_tx *tx, void *context)
{
	const struct operation_spec spec = { .kind = "scripted", .tenant = context, .connection = "connections/0" };

	return operation_create(tx, &spec, NULL);
}

static struct status slow_ended(struct store_tx *tx, const struct operation *operation, void *context)
{
	struct crowd *crowd = context;
	int ended = atomic_fetch_add(&crowd->ended, 1);

	(void)tx;
	if (strcmp(operation->tenant, "tenants/quiet") == 0)
		atomic_store(&crowd->left, ended);
	sem_post(&crowd->has_ended);
	return OK;
}

static struct step_result slow_act(struct step *step)
{
	(void)step;
	pause_ms(10);
	return (struct step_result){ .verdict = STEP_DONE };
}

static const struct workflow_step slow_steps[] = {
	{ "slow", { NULL, slow_act, NULL }, { NULL, NULL, NULL }, "nothing", 60 },
};

static void a_tenant_with_a_heap_of_work_does_not_keep_another_waiting(void **state)
{
	struct world *world = *state;
	struct crowd crowd = { 0 };

	crowd.settle = slow_ended;
	start(world, &crowd, slow_steps, 1, (struct engine_options){ .workers = 4, .connection_concurrency = 100 });
	for (int i = 0; i < 100; i++)
		assert_ok(store_write(world->store, world->arena, create_for, (void *)(uintptr_t)"tenants/noisy"));
	assert_ok(store_write(world->store, world->arena, create_for, (void *)(uintptr_t)"tenants/quiet"));

	int before = atomic_load(&crowd.ended);

	for (int i = 0; i < 101; i++)
		assert_true(wait_for(&crowd.has_ended));
	/* The next worker that was free took it; in the order of arrival it would have been the last. */
	assert_in_range(atomic_load(&crowd.left) - before, 0, 20);
	engine_stop(world->engine, 1000);
	world->engine = NULL;
}

enum { POLLS = 60 };

static struct step_result polling_act(struct step *step)
{
	struct crowd *crowd = step->context;

	if (atomic_fetch_add(&crowd->acts, 1) < POLLS)
		return (struct step_result){ .verdict = STEP_AGAIN, .after_ms = 1 };
	return (struct step_result){ .verdict = STEP_DONE };
}

static const struct workflow_step polling_steps[] = {
	{ "poll", { NULL, polling_act, NULL }, { NULL, NULL, NULL }, "nothing", 60 },
};

/* Whoever keeps the time of something later, or of nothing, is not waited for. */
static void what_is_due_in_a_moment_is_done_in_a_moment(void **state)
{
	struct world *world = *state;
	struct crowd crowd = { 0 };

	start(world, &crowd, polling_steps, 1, (struct engine_options){ .workers = 8, .connection_concurrency = 8 });
	int64_t began_us = time_monotonic_us();
	create(world, 0);
	assert_true(wait_for(&crowd.has_ended));
	int64_t took_us = time_monotonic_us() - began_us;
	assert_int_equal(atomic_load(&crowd.acts), POLLS + 1);
	if (took_us > POLLS * 50 * TIME_US_PER_MS)
		fail_msg("%d polls of a millisecond took %lld ms", POLLS, (long long)(took_us / TIME_US_PER_MS));
	engine_stop(world->engine, 1000);
	world->engine = NULL;
}

/* ---- long acts ---- */

static struct step_result long_act(struct step *step)
{
	struct crowd *crowd = step->context;

	atomic_fetch_add(&crowd->entered, 1);
	atomic_fetch_add(&crowd->resumed, step->is_resumed);
	sem_post(&crowd->has_entered);
	for (long ms = 0; ms < crowd->act_ms; ms += 5) {
		if (crowd->heeds_cancel && atomic_load(step->is_cancelled)) {
			atomic_fetch_add(&crowd->cancelled, 1);
			return (struct step_result){ .verdict = STEP_FAILED, .error = PROVIDER_UNKNOWN_OUTCOME };
		}
		pause_ms(5);
	}
	atomic_fetch_add(&crowd->left, 1);
	return (struct step_result){ .verdict = STEP_DONE };
}

static const struct workflow_step long_steps[] = {
	{ "long", { NULL, long_act, NULL }, { NULL, NULL, NULL }, "nothing", 60 },
};

static void an_act_longer_than_its_lease_keeps_it_against_another_replica(void **state)
{
	struct world *world = *state;
	struct crowd crowd = { .act_ms = 900 };
	const struct engine_options second_options = { .workers = 2, .lease_ms = 300, .replica = "second" };

	start(world, &crowd, long_steps, 1, (struct engine_options){ .workers = 2, .lease_ms = 300 });

	struct engine *second = engine_new(world->store, &second_options);

	engine_register(second, &world->workflow);
	assert_ok(engine_start(second));
	create(world, 0);
	assert_true(wait_for(&crowd.has_ended));
	assert_int_equal(atomic_load(&crowd.entered), 1);
	engine_stop(second, 1000);
	engine_stop(world->engine, 1000);
	world->engine = NULL;
}

static struct status find_and_cancel(struct store_tx *tx, void *context)
{
	struct operation *operations = NULL;
	size_t count = 0;
	const struct operation_filter filter = { .tenant = "tenants/acme" };

	(void)context;
	TRY(operation_list(tx, &filter, NULL, 1, &operations, &count));
	assert_int_equal(count, 1);
	return operation_cancel(tx, operations[0].id, "users/tester");
}

static void a_running_act_hears_that_it_is_cancelled(void **state)
{
	struct world *world = *state;
	struct crowd crowd = { .act_ms = WAIT_MS, .heeds_cancel = true };

	start(world, &crowd, long_steps, 1, (struct engine_options){ .workers = 2, .lease_ms = 300 });
	create(world, 0);
	assert_true(wait_for(&crowd.has_entered));
	assert_ok(store_write(world->store, world->arena, find_and_cancel, NULL));
	assert_true(wait_for(&crowd.has_ended));
	engine_stop(world->engine, 1000);
	world->engine = NULL;
	assert_int_equal(atomic_load(&crowd.cancelled), 1);
	assert_int_equal(atomic_load(&crowd.failed), 1); /* that is: not succeeded */
}

static void a_stop_abandons_what_does_not_end_and_the_next_start_takes_it_up(void **state)
{
	struct world *world = *state;
	struct crowd crowd = { .act_ms = 3000 };
	int64_t before_us = 0;

	start(world, &crowd, long_steps, 1, (struct engine_options){ .workers = 2 });
	create(world, 0);
	assert_true(wait_for(&crowd.has_entered));
	before_us = time_monotonic_us();
	engine_stop(world->engine, 50);
	assert_true(time_monotonic_us() - before_us < 2 * TIME_US_PER_SECOND);
	assert_int_equal(atomic_load(&crowd.ended), 0);
	world->engine = world_engine(world);
	assert_int_equal(engine_run_due(world->engine), 1);
	assert_int_equal(atomic_load(&crowd.ended), 1);
	assert_int_equal(atomic_load(&crowd.resumed), 1);
	while (atomic_load(&crowd.left) < 2)
		pause_ms(10);
	pause_ms(100); /* the abandoned worker still has to find out that it is */
	assert_int_equal(atomic_load(&crowd.ended), 1);
}

/* ---- periodic jobs ---- */

struct beat {
	atomic_int count, inside, overlaps;
	sem_t was_run;
};

static struct status beat(struct arena *arena, void *context)
{
	struct beat *beats = context;

	if (atomic_fetch_add(&beats->inside, 1) > 0)
		atomic_fetch_add(&beats->overlaps, 1);
	pause_ms(3);
	atomic_fetch_sub(&beats->inside, 1);
	sem_post(&beats->was_run);
	return atomic_fetch_add(&beats->count, 1) == 1 ? status_fail(arena, STATUS_INTERNAL, "ONCE", "this once") : OK;
}

static void a_periodic_job_runs_again_and_again_but_never_twice_at_once(void **state)
{
	struct world *world = *state;
	struct beat beats = { 0 };
	const struct engine_options options = { .workers = 4 };

	time_fake_off();
	sem_init(&beats.was_run, 0, 0);
	world->engine = engine_new(world->store, &options);
	engine_every(world->engine, "beat", 1, beat, &beats);
	assert_ok(engine_start(world->engine));
	for (int i = 0; i < 20; i++)
		assert_true(wait_for(&beats.was_run));
	engine_stop(world->engine, 1000);
	world->engine = NULL;
	assert_int_equal(atomic_load(&beats.overlaps), 0);
}

#define threads_case(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		threads_case(two_hundred_operations_on_eight_workers_all_end_once_within_the_limits),
		threads_case(a_tenant_with_a_heap_of_work_does_not_keep_another_waiting),
		threads_case(what_is_due_in_a_moment_is_done_in_a_moment),
		threads_case(an_act_longer_than_its_lease_keeps_it_against_another_replica),
		threads_case(a_running_act_hears_that_it_is_cancelled),
		threads_case(a_stop_abandons_what_does_not_end_and_the_next_start_takes_it_up),
		threads_case(a_periodic_job_runs_again_and_again_but_never_twice_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
