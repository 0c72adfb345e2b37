/* SPDX-License-Identifier: Apache-2.0 */
/* engine_crash_test.c: kill -9 at every boundary, and workers that lost their lease: one machine, nothing left, one end. */
#include "tests/unit/engine/script.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/time.h"
#include "server/store/failpoint.h"

/* ---- a cloud that outlives the process: shared memory ---- */

struct cloud {
	int machines, creates, removes;
	bool loses_reply; /* the first create happens, but says UNKNOWN_OUTCOME */
	bool fails_later; /* the step after it fails for good: all is to be undone */
	int ended;
};

static struct step_result cloud_create(struct step *step)
{
	struct cloud *cloud = step->context;
	bool may_exist = step->attempt > 1 || step->is_resumed;

	if (json_get(step->memo, "intent") == NULL)
		abort(); /* the intent was not durable before its effect */
	if (!(may_exist && cloud->machines > 0)) {
		cloud->creates++;
		cloud->machines++;
		if (cloud->loses_reply && cloud->creates == 1)
			return (struct step_result){ .verdict = STEP_FAILED, .error = PROVIDER_UNKNOWN_OUTCOME };
	}
	json_set_text(step->memo, "native_id", "vm-1");
	return (struct step_result){ .verdict = STEP_DONE };
}

static struct step_result cloud_remove(struct step *step)
{
	struct cloud *cloud = step->context;

	cloud->machines = 0;
	cloud->removes++;
	return (struct step_result){ .verdict = STEP_DONE };
}

static struct step_result cloud_await(struct step *step)
{
	const struct cloud *cloud = step->context;

	if (cloud->fails_later)
		return (struct step_result){ .verdict = STEP_FAILED, .error = PROVIDER_QUOTA };
	return (struct step_result){ .verdict = STEP_DONE };
}

static struct status write_intent(struct store_tx *tx, struct step *step)
{
	(void)tx;
	json_set_text(step->memo, "intent", "m-1");
	return OK;
}

static struct status cloud_ended(struct store_tx *tx, const struct operation *operation, void *context)
{
	(void)context;
	return store_execute(tx, "INSERT INTO settled (id) VALUES ($1)", SQL_ARGS(sql_text(operation->id)), NULL);
}

static const struct workflow_step cloud_steps[] = {
	{ "create", { write_intent, cloud_create, NULL }, { NULL, cloud_remove, NULL }, NULL, 100 },
	{ "await", { NULL, cloud_await, NULL }, { NULL, NULL, NULL }, "it only looks", 100 },
};

static struct cloud *share_cloud(struct world *world)
{
	struct cloud *cloud = mmap(NULL, sizeof *cloud, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(cloud, MAP_FAILED);
	world->workflow = (struct workflow){
		.kind = "scripted",
		.steps = cloud_steps,
		.step_count = 2,
		.ended = cloud_ended,
		.context = cloud,
	};
	return cloud;
}

/* ---- dying ---- */

/* In a child: opens the store, works, and dies at the failpoint. True when it did die there. */
static bool die_at(struct world *world, const char *failpoint)
{
	pid_t child = fork();
	int status = 0;

	assert_true(child >= 0);
	if (child == 0) {
		if (!failpoint_arm(failpoint))
			_exit(9);
		if (!status_is_ok(store_open(world->arena, &world->options, &world->store)))
			_exit(8);
		world->engine = NULL;
		world_finish(world);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static int64_t settled(struct world *world)
{
	struct store_tx *tx = NULL;
	struct rows *rows = NULL;

	assert_ok(store_read_begin(world->store, world->arena, &tx));
	assert_ok(store_query(tx, "SELECT COUNT(*) FROM settled", SQL_NO_ARGS, &rows));
	assert_true(store_next(rows));

	int64_t count = row_int(rows, 0);

	store_read_end(tx);
	return count;
}

/* One life that ends at the failpoint, and a second that finishes what it left. True when the failpoint was reached. */
static bool live_twice(const char *failpoint, struct cloud given)
{
	void *state = NULL;

	assert_int_equal(world_setup(&state), 0);

	struct world *world = state;
	struct cloud *cloud = share_cloud(world);

	*cloud = given;
	world_create(world, NULL);
	store_close(world->store);
	world->store = NULL;

	bool has_died = die_at(world, failpoint);

	assert_ok(store_open(world->arena, &world->options, &world->store));

	struct operation operation = world_finish(world);

	if (operation.state != (given.fails_later ? OPERATION_FAILED : OPERATION_SUCCEEDED) ||
	    cloud->machines != !given.fails_later || cloud->creates != 1 || settled(world) != 1)
		fail_msg("%s: state %d, %d machines, %d created", failpoint, operation.state, cloud->machines,
			 cloud->creates);
	munmap(cloud, sizeof *cloud);
	assert_int_equal(world_teardown(&state), 0);
	return has_died;
}

static const char *const places[] = {
	"store.before_commit",	"store.after_commit",	  "engine.after_claim",	     "engine.before_prepare",
	"engine.after_prepare", "engine.before_act",	  "engine.after_act",	     "engine.before_record",
	"engine.after_record",	"engine.before_end",	  "engine.after_end",	     "engine.before_undo_act",
	"engine.after_undo_act",
};

static unsigned die_everywhere(struct cloud given)
{
	unsigned deaths = 0;

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		for (int hit = 1; hit <= 12; hit++) {
			char failpoint[64];

			snprintf(failpoint, sizeof failpoint, "%s:kill@%d", places[i], hit);
			if (!live_twice(failpoint, given))
				break;
			deaths++;
		}
	return deaths;
}

static void killed_anywhere_there_is_one_machine(void **state)
{
	(void)state;
	assert_in_range(die_everywhere((struct cloud){ .machines = 0 }), 20, 200);
}

static void killed_anywhere_with_a_lost_reply_there_is_one_machine(void **state)
{
	(void)state;
	assert_in_range(die_everywhere((struct cloud){ .loses_reply = true }), 20, 200);
}

static void killed_anywhere_while_undoing_there_is_none(void **state)
{
	(void)state;
	assert_in_range(die_everywhere((struct cloud){ .fails_later = true }), 20, 200);
}

/* ---- leases ---- */

struct thief {
	struct world *world;
	struct engine *other;
	int runs, resumed, prepared;
	bool is_stealing;
};

static struct status thief_prepare(struct store_tx *tx, struct step *step)
{
	struct thief *thief = step->context;

	(void)tx;
	thief->prepared++;
	return OK;
}

/* While the first worker is in its act, its lease lapses and another one takes the operation over and ends it. */
static struct step_result be_robbed(struct step *step)
{
	struct thief *thief = step->context;

	thief->runs++;
	thief->resumed += step->is_resumed;
	if (thief->is_stealing) {
		thief->is_stealing = false;
		time_fake_advance(31 * TIME_US_PER_SECOND);
		assert_int_equal(engine_run_due(thief->other), 1);
		assert_int_equal(world_read(thief->world).state, OPERATION_SUCCEEDED);
		json_set_text(step->memo, "stale", "must not be kept");
	}
	return (struct step_result){ .verdict = STEP_DONE };
}

static struct status refuse_stale(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	(void)step;
	(void)result;
	return store_execute(tx, "INSERT INTO recorded (id) VALUES ($1)", SQL_ARGS(sql_text(step->operation->id)), NULL);
}

static const struct workflow_step robbed_steps[] = {
	{ "only", { thief_prepare, be_robbed, refuse_stale }, { NULL, NULL, NULL }, "nothing", 100 },
};

static const struct migration recorded_step[] = {
	{ "recorded", 1, "0001_recorded", "CREATE TABLE recorded (id TEXT NOT NULL);" },
};

static int64_t metric(struct engine *engine, const char *name)
{
	struct engine_metric metrics[16];
	size_t count = engine_metrics(engine, metrics, 16);

	for (size_t i = 0; i < count; i++)
		if (strcmp(metrics[i].name, name) == 0)
			return (int64_t)metrics[i].value;
	return -1;
}

static void a_worker_that_lost_its_lease_can_write_nothing(void **state)
{
	struct world *world = *state;
	struct thief thief = { .world = world, .is_stealing = true };

	assert_ok(store_migrate(world->store, world->arena, recorded_step, 1));
	world->workflow = (struct workflow){ .kind = "scripted", .steps = robbed_steps, .step_count = 1, .context = &thief };
	world->engine = world_engine(world);
	thief.other = world_engine(world);
	world_create(world, NULL);
	engine_run_due(world->engine);

	struct operation operation = world_read(world);

	assert_int_equal(operation.state, OPERATION_SUCCEEDED);
	assert_int_equal(thief.runs, 2);
	assert_int_equal(thief.resumed, 1);  /* the second knows that the first may have had its effect */
	assert_int_equal(thief.prepared, 1); /* and its intent was committed already */
	assert_null(json_get(operation.memo, "stale"));
	assert_int_equal(operation.fence, 2);
	assert_int_equal(metric(world->engine, "leases_lost"), 1);
	assert_int_equal(metric(thief.other, "leases_lost"), 0);

	struct store_tx *tx = NULL;
	struct rows *rows = NULL;

	assert_ok(store_read_begin(world->store, world->arena, &tx));
	assert_ok(store_query(tx, "SELECT id FROM recorded", SQL_NO_ARGS, &rows));
	assert_int_equal(store_count(rows), 1);
	store_read_end(tx);
	engine_stop(thief.other, 0);
}

static void a_new_start_takes_up_at_once_what_the_last_one_held(void **state)
{
	struct world *world = *state;
	struct thief thief = { .world = world };
	const struct engine_options other_replica = { .is_manual = true, .replica = "second" };

	world->workflow = (struct workflow){ .kind = "scripted", .steps = robbed_steps, .step_count = 1, .context = &thief };
	assert_ok(store_migrate(world->store, world->arena, recorded_step, 1));
	world_create(world, NULL);
	store_close(world->store);
	assert_true(die_at(world, "engine.before_act:kill"));
	assert_ok(store_open(world->arena, &world->options, &world->store));

	int64_t due_us = 0;

	/* Another replica must wait for the lease to lapse; the same one, started anew, need not. */
	struct engine *second = engine_new(world->store, &other_replica);

	engine_register(second, &world->workflow);
	assert_ok(engine_start(second));
	assert_ok(engine_next_due(second, world->arena, &due_us));
	assert_true(due_us > time_now_us());
	assert_int_equal(engine_run_due(second), 0);
	world->engine = world_engine(world);
	assert_int_equal(engine_run_due(world->engine), 1);
	assert_int_equal(world_read(world).state, OPERATION_SUCCEEDED);
	assert_int_equal(thief.resumed, 1);
	engine_stop(second, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed_anywhere_there_is_one_machine),
		cmocka_unit_test(killed_anywhere_with_a_lost_reply_there_is_one_machine),
		cmocka_unit_test(killed_anywhere_while_undoing_there_is_none),
		cmocka_unit_test_setup_teardown(a_worker_that_lost_its_lease_can_write_nothing, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(a_new_start_takes_up_at_once_what_the_last_one_held, world_setup,
						world_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
