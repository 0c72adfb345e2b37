/* SPDX-License-Identifier: Apache-2.0 */
/* contract.c: starts a peer, opens it, runs the suite on it. */
#include "tests/contract/provider/contract.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/http/http.h"

#define TRIES_MOST 300
#define DEADLINE_MS 60000
#define STATE_WAIT_S 60
#define RACERS 6
#define TESTS_MOST 256

struct room room;

struct provider_call call_within(int64_t ms)
{
	return (struct provider_call){ .arena = room.arena, .deadline_us = time_monotonic_us() + ms * TIME_US_PER_MS };
}

struct provider_call call_now(void)
{
	return call_within(DEADLINE_MS);
}

bool must_retry(struct provider_result result, unsigned *tries)
{
	if (!room.peer->is_faulty || !provider_error_is_retryable(result.error) || ++*tries >= TRIES_MOST)
		return false;
	usleep(result.retry_after_ms > 0 ? (useconds_t)result.retry_after_ms * 1000 : 1000);
	return true;
}

bool supports(enum provider_verb verb)
{
	return room.info.support[verb] != SUPPORT_NONE && !excuse_of(verb);
}

void need(enum provider_verb verb)
{
	if (supports(verb))
		return;
	printf("%s does not do %s\n", room.peer->name, provider_verb_name(verb));
	skip();
}

int64_t wait_end_us(void)
{
	return time_monotonic_us() + (room.peer->wait_s > 0 ? room.peer->wait_s : STATE_WAIT_S) * TIME_US_PER_SECOND;
}

struct provider_intent intent_new(void)
{
	return (struct provider_intent){
		.resource = id_new(room.arena), .operation = id_new(room.arena), .tenant = "acme", .project = "web"
	};
}

void marks_are(const struct provider_marks *marks, const struct provider_intent *intent)
{
	assert_non_null(marks->resource);
	assert_non_null(marks->operation);
	assert_non_null(marks->connection);
	assert_non_null(marks->installation);
	assert_string_equal(marks->resource, intent->resource);
	assert_string_equal(marks->operation, intent->operation);
	assert_string_equal(marks->connection, "connections/peer");
	assert_string_equal(marks->installation, "contract-suite");
}

bool may_race_to_two(enum provider_verb verb)
{
	return room.row->traits[verb].idempotence == IDEMPOTENCE_TAG_LOOKUP;
}

struct provider_machine_spec spec_new(const char *name)
{
	return (struct provider_machine_spec){
		.intent = intent_new(),
		.name = name,
		.image = room.image,
		.network = room.peer->network,
		.size = room.peer->size,
		.disk_gib = room.peer->disk_gib > 0 ? room.peer->disk_gib : 1,
	};
}

/* What the task that was awaited last said that it made. */
static const char *task_made;

void task_wait(struct provider_result started, const struct provider_task *task)
{
	const char *handle = task->handle;

	task_made = NULL;
	assert_done(started);
	if (!handle)
		return;
	for (int64_t end = wait_end_us(); time_monotonic_us() < end; usleep(20000)) {
		struct provider_task_status status = { 0 };
		struct provider_result result;
		PERSIST(result, room.ops->task(room.session, &call, handle, &status));
		assert_done(result);
		assert_in_range(status.progress_percent, 0, 100);
		if (status.next_handle && status.state == TASK_RUNNING)
			handle = status.next_handle;
		if (status.state == TASK_RUNNING)
			continue;
		if (status.state == TASK_FAILED)
			fail_msg("the task failed: %s", status.failure.message);
		task_made = status.native_id;
		return;
	}
	fail_msg("the task %s does not end", handle);
}

/* What the engine does with an outcome that it does not know: it looks before it repeats. */
static struct provider_result create(const struct provider_machine_spec *spec, struct provider_task *task,
				     const char **native_id)
{
	struct provider_result result;
	unsigned tries = 0;
	do {
		struct provider_call call = call_now();
		struct provider_machine machine;
		if (tries > 0 && room.ops->find(room.session, &call, &spec->intent, &machine).error == PROVIDER_OK) {
			*native_id = machine.native_id;
			task->handle = NULL;
			return PROVIDER_DONE;
		}
		result = room.ops->create(room.session, &call, spec, task, native_id);
	} while (must_retry(result, &tries));
	return result;
}

struct provider_machine machine_get(const char *native_id)
{
	struct provider_machine machine;
	struct provider_result result;
	memset(&machine, 0, sizeof machine);
	int64_t end = time_monotonic_us() + room.row->visibility_delay_ms * TIME_US_PER_MS + TIME_US_PER_SECOND;
	do {
		PERSIST(result, room.ops->get(room.session, &call, native_id, &machine));
	} while (result.error == PROVIDER_NOT_FOUND && room.peer->is_faulty && time_monotonic_us() < end &&
		 usleep(10000) == 0);
	assert_done(result);
	return machine;
}

void state_wait(const char *native_id, enum provider_machine_state state)
{
	struct provider_machine machine = { .native_state = "?" };
	for (int64_t end = wait_end_us(); time_monotonic_us() < end; usleep(20000)) {
		machine = machine_get(native_id);
		if (machine.state == state)
			return;
	}
	fail_msg("the machine stays %s", machine.native_state);
}

const char *machine_make(const struct provider_machine_spec *spec)
{
	struct provider_task task = { NULL };
	const char *native_id = NULL;
	task_wait(create(spec, &task, &native_id), &task);
	/* Where create does not tell the id its task does. */
	if (!native_id)
		native_id = task_made;
	assert_non_null(native_id);
	state_wait(native_id, PROVIDER_MACHINE_RUNNING);
	return native_id;
}

void machine_delete(const char *native_id)
{
	struct provider_task task = { NULL };
	struct provider_result result;
	PERSIST(result, room.ops->remove(room.session, &call, native_id, &task));
	task_wait(result, &task);
}

void power_do(const char *native_id, enum provider_verb verb)
{
	struct provider_task task = { NULL };
	struct provider_result result;
	unsigned tries = 0;
	/* A lost reply: the effect may be under way, which shows as a conflict until it is over. */
	do {
		PERSIST(result, room.ops->power(room.session, &call, native_id, verb, &task));
	} while (room.peer->is_faulty && result.error == PROVIDER_CONFLICT && ++tries < TRIES_MOST &&
		 usleep(5000) == 0);
	task_wait(result, &task);
}

size_t list_count(const char *native_id, const char *machine)
{
	size_t found = 0;
	struct provider_page page = { .size = 3 };
	do {
		struct provider_machine *machines = NULL;
		size_t count = 0;
		struct provider_result result;
		const char *token = page.token;
		PERSIST(result, (page = (struct provider_page){ .token = token, .size = 3 },
				 room.ops->list(room.session, &call, &page, &machines, &count)));
		assert_done(result);
		for (size_t i = 0; i < count; i++)
			found += native_id ? text_equal(machines[i].native_id, native_id)
					   : text_equal(machines[i].marks.resource, machine);
	} while (page.token);
	return found;
}

void machine_prepare(const char *native_id, enum provider_verb verb)
{
	uint32_t states = room.row->traits[verb].states;
	if (states == 0 || states & (1u << PROVIDER_MACHINE_RUNNING))
		return;
	power_do(native_id, VERB_STOP);
	state_wait(native_id, PROVIDER_MACHINE_STOPPED);
}

struct racer {
	pthread_t thread;
	struct arena *arena;
	racer_create create;
	const void *spec;
	struct provider_result result;
	const char *native_id;
};

static void *run_race(void *argument)
{
	struct racer *racer = argument;
	struct provider_task task = { NULL };
	unsigned tries = 0;
	do {
		struct provider_call call = call_now();
		call.arena = racer->arena;
		racer->result = racer->create(&call, racer->spec, &task, &racer->native_id);
	} while (must_retry(racer->result, &tries));
	return NULL;
}

void race(racer_create create_thing, const void *spec)
{
	struct racer racers[RACERS];
	size_t done = 0;
	for (int i = 0; i < RACERS; i++) {
		racers[i] = (struct racer){ .arena = arena_new(0), .create = create_thing, .spec = spec };
		assert_int_equal(pthread_create(&racers[i].thread, NULL, run_race, &racers[i]), 0);
	}
	for (int i = 0; i < RACERS; i++) {
		pthread_join(racers[i].thread, NULL);
		/* A loser may be told of the winner, but never that it failed for good without one. */
		if (racers[i].result.error == PROVIDER_OK)
			done++;
		else if (racers[i].result.error != PROVIDER_CONFLICT &&
			 !provider_error_is_retryable(racers[i].result.error))
			fail_msg("%s: %s", provider_error_name(racers[i].result.error), racers[i].result.message);
		arena_free(racers[i].arena);
	}
	assert_true(done > 0);
}

static int set_up(void **state)
{
	(void)state;
	room.arena = arena_new(0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(room.arena);
	return 0;
}

static void image_choose(void)
{
	struct provider_image *images;
	size_t count = 0;
	struct provider_page page = { NULL, 0 };
	struct provider_result result;
	room.image = room.peer->image;
	if (room.image)
		return;
	PERSIST(result, room.ops->images(room.session, &call, &page, &images, &count));
	assert_done(result);
	assert_true(count > 0);
	room.image = arena_strdup(room.long_arena, images[0].native_id);
}

bool config_read(const char *installation, struct provider_config *config)
{
	struct json *options, *credentials = NULL;
	if (!status_is_ok(json_parse(room.arena, slice_text(room.peer->options), NULL, &options)) ||
	    (room.peer->credentials &&
	     !status_is_ok(json_parse(room.arena, slice_text(room.peer->credentials), NULL, &credentials))))
		return false;
	*config = (struct provider_config){ .connection = "connections/peer",
					    .installation = installation,
					    .endpoint = room.peer->endpoint,
					    .region = room.peer->region,
					    .options = options,
					    .credentials = credentials };
	return true;
}

static int room_open(void **state)
{
	struct provider_config config;
	(void)state;
	room.arena = room.long_arena = arena_new(0);
	if (!status_is_ok(http_allow_networks(room.arena, "127.0.0.0/8, ::1/128")) ||
	    !config_read("contract-suite", &config))
		return -1;
	struct provider_result result;
	PERSIST(result, room.ops->open(&call, &config, &room.session));
	if (result.error == PROVIDER_OK)
		PERSIST(result, room.ops->probe(room.session, &call, &room.info));
	if (result.error != PROVIDER_OK) {
		fprintf(stderr, "%s cannot be opened: %s\n", room.peer->name, result.message);
		return -1;
	}
	printf("peer %s: %s %s%s%s\n", room.peer->name, room.info.product, room.info.version,
	       room.info.warning ? ": " : "", room.info.warning ? room.info.warning : "");
	image_choose();
	if (room.peer->plant && !room.peer->plant(room.peer))
		return -1;
	return 0;
}

static int room_close(void **state)
{
	(void)state;
	if (room.peer->unplant)
		room.peer->unplant(room.peer);
	room.ops->close(room.session);
	arena_free(room.long_arena);
	return 0;
}

static int run(const struct peer *peer)
{
	struct CMUnitTest tests[TESTS_MOST];
	size_t count = 0;
	/* The witness comes last: it looks back. */
	static const struct suite_part *const PARTS[] = { &catalogue_part, &machine_part, &more_machine_part,
							  &power_part,     &volume_part,  &image_part,
							  &network_part,   &reach_part,   &insight_part,
							  &change_part,    &limit_part,   &witness_part };
	for (size_t part = 0; part < sizeof PARTS / sizeof PARTS[0]; part++)
		for (size_t i = 0; i < PARTS[part]->count && count < TESTS_MOST; i++) {
			tests[count] = PARTS[part]->tests[i];
			tests[count].setup_func = set_up;
			tests[count++].teardown_func = tear_down;
		}
	room = (struct room){ .peer = peer, .row = provider_find(peer->kind) };
	room.ops = room.row && room.row->ops ? witness_ops(room.row->ops) : NULL;
	if (!room.ops) {
		printf("SKIP: %s: the provider %s is not built in\n", peer->name, peer->kind);
		return 77;
	}
	if (getenv("CMOCKA_TEST_FILTER"))
		cmocka_set_test_filter(getenv("CMOCKA_TEST_FILTER"));
	return _cmocka_run_group_tests(peer->name, tests, count, room_open, room_close);
}

/* The peer's name comes from the build, one program a peer, so that they fail and are skipped apart. */
int main(void)
{
	const char *filter = getenv("CMOCKA_TEST_FILTER");
	if (filter)
		cmocka_set_test_filter(filter);
	for (size_t i = 0; i < peer_count; i++) {
		if (!text_equal(peers[i].name, PEER))
			continue;
		int started = peers[i].start ? peers[i].start(&peers[i]) : 0;
		int result = started == 0 ? run(&peers[i]) : started;
		if (started == 0 && peers[i].stop)
			peers[i].stop(&peers[i]);
		return result;
	}
	fprintf(stderr, "there is no peer %s\n", PEER);
	return 1;
}
