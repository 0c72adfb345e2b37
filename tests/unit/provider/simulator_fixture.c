/* SPDX-License-Identifier: Apache-2.0 */
/* simulator_fixture.c: see simulator_fixture.h. */
#include "tests/unit/provider/simulator_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/time.h"

struct arena *arena;
struct provider_session *session;
const struct provider_ops *ops;
char path[64];

struct provider_call call_new(void)
{
	return (struct provider_call){ .arena = arena, .deadline_us = time_monotonic_us() + TIME_US_PER_MINUTE };
}

struct provider_result try_open(const char *options)
{
	struct json *json;
	struct provider_call call = call_new();
	assert_true(status_is_ok(json_parse(arena, slice_text(options), NULL, &json)));
	struct provider_config config = {
		.connection = "connections/one", .installation = "unit", .endpoint = ENDPOINT, .options = json
	};
	return ops->open(&call, &config, &session);
}

void must_open(const char *options)
{
	struct provider_result result = try_open(options);
	if (result.error != PROVIDER_OK)
		fail_msg("%s", result.message);
}

void shut(void)
{
	ops->close(session);
	session = NULL;
}

char *with_file(const char *more)
{
	return arena_printf(arena, "{\"state_file\": \"%s\", \"work_ms\": 0%s}", path, more);
}

struct provider_intent intent_of(const char *resource)
{
	return (struct provider_intent){ .resource = resource, .operation = "op" };
}

const char *machine_make(const char *resource)
{
	struct provider_machine_spec spec = {
		.intent = intent_of(resource), .name = "m", .image = "img-debian-12", .size = "small", .disk_gib = 10
	};
	struct provider_task task;
	const char *id = NULL;
	DONE(ops->create(session, &call, &spec, &task, &id));
	return id;
}

struct provider_machine machine_get(const char *id)
{
	struct provider_machine machine;
	DONE(ops->get(session, &call, id, &machine));
	return machine;
}

void machine_delete(const char *id)
{
	struct provider_task task;
	DONE(ops->remove(session, &call, id, &task));
}

struct provider_volume_spec volume_spec(const char *resource)
{
	return (struct provider_volume_spec){ .intent = intent_of(resource), .name = "v", .size_gib = 10 };
}

const char *volume_make(const char *resource, struct provider_task *task)
{
	struct provider_volume_spec spec = volume_spec(resource);
	const char *id = NULL;
	DONE(ops->volume->create(session, &call, &spec, task, &id));
	return id;
}

struct provider_volume volume_get(const char *id)
{
	struct provider_volume volume;
	memset(&volume, 0, sizeof volume);
	DONE(ops->volume->get(session, &call, id, &volume));
	return volume;
}

int set_up(void **state)
{
	(void)state;
	ops = provider_simulator.ops;
	arena = arena_new(0);
	snprintf(path, sizeof path, "/tmp/gaon-sim-more-XXXXXX");
	int file = mkstemp(path);
	assert_true(file >= 0);
	close(file);
	return 0;
}

int tear_down(void **state)
{
	(void)state;
	if (session)
		shut();
	time_fake_off();
	simulator_forget(ENDPOINT);
	unlink(path);
	arena_free(arena);
	return 0;
}
