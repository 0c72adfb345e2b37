/* SPDX-License-Identifier: Apache-2.0 */
/* script.c: steps that follow a script. */
#include "tests/unit/engine/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/time.h"

static const struct {
	char letter;
	enum provider_error error;
} letters[] = {
	{ 'i', PROVIDER_INVALID },	   { 'u', PROVIDER_UNAVAILABLE }, { 't', PROVIDER_THROTTLED },
	{ 'q', PROVIDER_QUOTA },	   { 'n', PROVIDER_NOT_FOUND },	  { 'c', PROVIDER_CONFLICT },
	{ 'o', PROVIDER_UNKNOWN_OUTCOME }, { 'A', PROVIDER_AUTH },	  { 'f', PROVIDER_FORBIDDEN },
	{ 'p', PROVIDER_CAPACITY },	   { 'x', PROVIDER_UNSUPPORTED },
};

static void note(struct script *script, const char *what, int step)
{
	size_t used = strlen(script->log);

	snprintf(script->log + used, LOG_SIZE - used, "%s%d ", what, step);
}

static struct status cancel_now(struct store_tx *tx, void *context)
{
	return operation_cancel(tx, context, "users/tester");
}

static struct step_result play(struct step *step, const char *lines, unsigned *count, const char *what, int number)
{
	struct script *script = step->context;
	const char *text = lines != NULL ? lines : "d";
	size_t at = *count < strlen(text) ? *count : strlen(text) - 1;
	char name[32];

	(*count)++;
	note(script, what, number);
	snprintf(name, sizeof name, "%s%d", what, number);
	if (step->is_resumed)
		snprintf(script->resumed + strlen(script->resumed), 40, "%s ", name);
	json_set_int(step->memo, name, *count);
	if (script->cancel_at != NULL && strcmp(script->cancel_at, name) == 0)
		assert_ok(store_write(script->store, step->arena, cancel_now, (void *)(uintptr_t)step->operation->id));
	if (text[at] == 'd')
		return (struct step_result){ .verdict = STEP_DONE, .note = "went well", .provider_request_id = "r-1" };
	if (text[at] == 'a')
		return (struct step_result){ .verdict = STEP_AGAIN, .after_ms = 5000 };
	for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
		if (letters[i].letter == text[at])
			return (struct step_result){
				.verdict = STEP_FAILED,
				.error = letters[i].error,
				.after_ms = letters[i].error == PROVIDER_THROTTLED ? 7000 : 0,
				.status = status_fail(step->arena, STATUS_UNKNOWN, "SCRIPTED", "the script said %c",
						      text[at]),
			};
	fail_msg("no such letter: %c", text[at]);
	return (struct step_result){ .verdict = STEP_DONE };
}

static struct status fail_by(struct store_tx *tx, const char *letters_, unsigned *count)
{
	unsigned at = (*count)++;

	if (letters_ == NULL || at >= strlen(letters_) || letters_[at] == 'd')
		return OK;
	return status_fail(store_arena(tx), letters_[at] == 'u' ? STATUS_UNAVAILABLE : STATUS_INVALID_ARGUMENT,
			   "SCRIPTED", "the script refused");
}

static struct status prepare_first(struct store_tx *tx, struct step *step)
{
	struct script *script = step->context;

	json_set_text(step->memo, "intent", "i-1");
	return fail_by(tx, script->prepare_fails, &script->prepare_count);
}

static struct status record_first(struct store_tx *tx, struct step *step, const struct step_result *result)
{
	struct script *script = step->context;

	(void)result;
	return fail_by(tx, script->record_fails, &script->record_count);
}

#define RUN(number)                                                                                             \
	static struct step_result run##number(struct step *step)                                                \
	{                                                                                                       \
		struct script *script = step->context;                                                          \
		return play(step, script->run[number - 1], &script->run_count[number - 1], "run", number);      \
	}                                                                                                       \
	static struct step_result undo##number(struct step *step)                                               \
	{                                                                                                       \
		struct script *script = step->context;                                                          \
		return play(step, script->undo[number - 1], &script->undo_count[number - 1], "undo", number);   \
	}
RUN(1)
RUN(2)
RUN(3)

const struct workflow_step script_steps[SCRIPT_STEPS] = {
	{ "first", { prepare_first, run1, record_first }, { NULL, undo1, NULL }, NULL, 100 },
	{ "second", { NULL, run2, NULL }, { NULL, undo2, NULL }, NULL, 100 },
	{ "third", { NULL, run3, NULL }, { NULL, undo3, NULL }, NULL, 100 },
};

static struct status ended(struct store_tx *tx, const struct operation *operation, void *context)
{
	struct script *script = context;

	script->ended_count++;
	script->ended_state = operation->state;
	assert_non_null(operation->memo);
	if (script->ended_failures-- > 0)
		return status_fail(store_arena(tx), STATUS_INTERNAL, "NOT_YET", "not yet");
	return store_execute(tx, "INSERT INTO settled (id) VALUES ($1)", SQL_ARGS(sql_text(operation->id)), NULL);
}

static const struct migration settled_step[] = {
	{ "test", 1, "0001_settled", "CREATE TABLE settled (id TEXT NOT NULL PRIMARY KEY);" },
};

int world_setup(void **state)
{
	struct arena *arena = arena_new(0);
	struct world *world = ARENA_NEW(arena, struct world);
	char *folder = arena_strdup(arena, "/tmp/gaon-engine-XXXXXX");

	assert_non_null(mkdtemp(folder));
	world->arena = arena;
	world->options.url = arena_printf(arena, "%s/gaon.db", folder);
	assert_ok(store_open(arena, &world->options, &world->store));
	assert_ok(store_migrate(world->store, arena, change_migrations, change_migration_count));
	assert_ok(store_migrate(world->store, arena, engine_migrations, engine_migration_count));
	assert_ok(store_migrate(world->store, arena, settled_step, 1));
	world->script.store = world->store;
	world->workflow = (struct workflow){
		.kind = "scripted",
		.steps = script_steps,
		.step_count = SCRIPT_STEPS,
		.deadline_s = 200,
		.ended = ended,
		.context = &world->script,
	};
	time_fake_set(START_US);
	*state = world;
	return 0;
}

int world_teardown(void **state)
{
	struct world *world = *state;
	static const char *const endings[] = { "", "-wal", "-shm", ".lock" };

	engine_stop(world->engine, 1000);
	store_close(world->store);
	time_fake_off();
	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
		unlink(arena_printf(world->arena, "%s%s", world->options.url, endings[i]));
	*strrchr((char *)(uintptr_t)world->options.url, '/') = '\0';
	rmdir(world->options.url);
	arena_free(world->arena);
	return 0;
}

struct engine *world_engine(struct world *world)
{
	const struct engine_options options = { .is_manual = true };
	struct engine *engine = engine_new(world->store, &options);

	engine_register(engine, &world->workflow);
	assert_ok(engine_start(engine));
	return engine;
}

struct creation {
	struct world *world;
	const char *connection;
};

static struct status create(struct store_tx *tx, void *context)
{
	struct creation *creation = context;
	struct json *input = json_object(store_arena(tx));
	const struct operation_spec spec = {
		.kind = "scripted",
		.tenant = "tenants/acme",
		.project = "tenants/acme/projects/web",
		.target = "tenants/acme/projects/web/machines/m1",
		.connection = creation->connection,
		.requested_by = "users/tester",
		.input = input,
	};
	const char *id = NULL;

	json_set_text(input, "size", "small");
	TRY(operation_create(tx, &spec, &id));
	creation->world->id = arena_strdup(creation->world->arena, id);
	return OK;
}

void world_create(struct world *world, const char *connection)
{
	struct creation creation = { world, connection };

	assert_ok(store_write(world->store, world->arena, create, &creation));
}

struct reading {
	const char *id;
	struct operation operation;
};

static struct status read_operation(struct store_tx *tx, void *context)
{
	struct reading *reading = context;

	return operation_get(tx, reading->id, &reading->operation);
}

struct operation world_read(struct world *world)
{
	struct reading reading = { .id = world->id };

	assert_ok(store_read(world->store, world->arena, read_operation, &reading));
	return reading.operation;
}

struct operation world_finish(struct world *world)
{
	struct operation operation = world_read(world);

	if (world->engine == NULL)
		world->engine = world_engine(world);
	for (int i = 0; i < 500 && operation.state < OPERATION_SUCCEEDED; i++) {
		int64_t due_us = 0;

		engine_run_due(world->engine);
		operation = world_read(world);
		assert_ok(engine_next_due(world->engine, world->arena, &due_us));
		if (due_us != INT64_MAX && due_us > time_now_us())
			time_fake_advance(due_us - time_now_us());
	}
	return operation;
}

struct operation world_run(struct world *world)
{
	world_create(world, NULL);
	return world_finish(world);
}

struct journal {
	struct world *world;
	struct operation_step *lines;
	size_t count;
};

static struct status read_journal(struct store_tx *tx, void *context)
{
	struct journal *journal = context;

	return operation_steps(tx, journal->world->id, &journal->lines, &journal->count);
}

size_t world_journal(struct world *world, struct operation_step **lines)
{
	struct journal journal = { .world = world };

	assert_ok(store_read(world->store, world->arena, read_journal, &journal));
	*lines = journal.lines;
	return journal.count;
}

void world_cancel(struct world *world)
{
	assert_ok(store_write(world->store, world->arena, cancel_now, (void *)(uintptr_t)world->id));
}
