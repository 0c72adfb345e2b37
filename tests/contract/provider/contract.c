/* SPDX-License-Identifier: Apache-2.0 */
/* contract.c: starts a peer, opens it, runs the suite on it. */
#include "tests/contract/provider/contract.h"

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
	return room.info.support[verb] != SUPPORT_NONE;
}

struct provider_machine_spec spec_new(const char *name)
{
	return (struct provider_machine_spec){
		.intent = { .resource = id_new(room.arena), .operation = id_new(room.arena), .tenant = "acme", .project = "web" },
		.name = name,
		.image = room.image,
		.size = room.peer->size,
		.disk_gib = 1,
	};
}

void task_wait(struct provider_result started, const struct provider_task *task)
{
	const char *handle = task->handle;

	assert_done(started);
	if (!handle)
		return;
	for (int64_t end = time_monotonic_us() + STATE_WAIT_S * TIME_US_PER_SECOND; time_monotonic_us() < end; usleep(20000)) {
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
	} while (result.error == PROVIDER_NOT_FOUND && room.peer->is_faulty && time_monotonic_us() < end && usleep(10000) == 0);
	assert_done(result);
	return machine;
}

static void state_wait(const char *native_id, enum provider_machine_state state)
{
	struct provider_machine machine = { .native_state = "?" };
	for (int64_t end = time_monotonic_us() + STATE_WAIT_S * TIME_US_PER_SECOND; time_monotonic_us() < end; usleep(20000)) {
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
	} while (room.peer->is_faulty && result.error == PROVIDER_CONFLICT && ++tries < TRIES_MOST && usleep(5000) == 0);
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
			found += native_id ? text_equal(machines[i].native_id, native_id) : text_equal(machines[i].marks.resource, machine);
	} while (page.token);
	return found;
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
	if (!status_is_ok(http_allow_networks(room.arena, "127.0.0.0/8, ::1/128")) || !config_read("contract-suite", &config))
		return -1;
	struct provider_result result;
	PERSIST(result, room.ops->open(&call, &config, &room.session));
	if (result.error == PROVIDER_OK)
		PERSIST(result, room.ops->probe(room.session, &call, &room.info));
	if (result.error != PROVIDER_OK) {
		fprintf(stderr, "%s cannot be opened: %s\n", room.peer->name, result.message);
		return -1;
	}
	printf("peer %s: %s %s%s%s\n", room.peer->name, room.info.product, room.info.version, room.info.warning ? ": " : "",
	       room.info.warning ? room.info.warning : "");
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
	struct CMUnitTest tests[64];
	size_t count = 0;
	const struct {
		const struct CMUnitTest *tests;
		size_t count;
	} parts[] = { { catalogue_tests, catalogue_test_count },
		      { machine_tests, machine_test_count },
		      { power_tests, power_test_count },
		      { limit_tests, limit_test_count } };
	for (size_t part = 0; part < sizeof parts / sizeof parts[0]; part++)
		for (size_t i = 0; i < parts[part].count; i++) {
			tests[count] = parts[part].tests[i];
			tests[count].setup_func = set_up;
			tests[count++].teardown_func = tear_down;
		}
	room = (struct room){ .peer = peer, .row = provider_find(peer->kind) };
	room.ops = room.row ? room.row->ops : NULL;
	if (!room.ops) {
		printf("SKIP: %s: the provider %s is not built in\n", peer->name, peer->kind);
		return 77;
	}
	return _cmocka_run_group_tests(peer->name, tests, count, room_open, room_close);
}

/* The peer's name comes from the build, one program a peer, so that they fail and are skipped apart. */
int main(void)
{
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
