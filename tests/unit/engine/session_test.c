/* SPDX-License-Identifier: Apache-2.0 */
/* session_test.c: one open per connection and revision, however many ask; no lock across open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/time.h"
#include "server/engine/session.h"

struct provider_session {
	int number;
	char endpoint[32];
};

enum { SESSIONS = 16 };

/* What the fake provider did; atomic where several threads may be in it. */
static struct provider_session sessions[SESSIONS];
static atomic_int opened, closed;
static enum provider_error next_failure;
static sem_t *open_gate, *open_reached;

static struct provider_result fake_open(struct provider_call *call, const struct provider_config *config,
					struct provider_session **session)
{
	if (open_reached != NULL) {
		sem_post(open_reached);
		sem_wait(open_gate);
	}
	if (next_failure != PROVIDER_OK)
		return provider_fail(call->arena, next_failure, "the cloud says no");

	int number = atomic_fetch_add(&opened, 1);

	sessions[number].number = number;
	snprintf(sessions[number].endpoint, sizeof sessions[number].endpoint, "%s", config->endpoint);
	*session = &sessions[number];
	return PROVIDER_DONE;
}

static void fake_close(struct provider_session *session)
{
	(void)session;
	atomic_fetch_add(&closed, 1);
}

static const struct provider_ops fake_ops = { .open = fake_open, .close = fake_close };
static const struct provider fake = { .kind = "fake", .ops = &fake_ops };
static const struct provider absent = { .kind = "absent" };

static struct status load(struct arena *arena, void *context, struct session_source *source)
{
	source->provider = context != NULL ? context : &fake;
	source->config.endpoint = arena_strdup(arena, "fake://here");
	return OK;
}

static struct status load_fails(struct arena *arena, void *context, struct session_source *source)
{
	(void)context;
	(void)source;
	return status_fail(arena, STATUS_NOT_FOUND, "CONNECTION_NOT_FOUND", "no such connection");
}

struct scene {
	struct arena *arena;
	struct session_cache *cache;
	struct provider_call call;
	const struct provider *provider;
	struct provider_session *session;
};

static int setup(void **state)
{
	struct arena *arena = arena_new(0);
	struct scene *scene = ARENA_NEW(arena, struct scene);

	scene->arena = arena;
	scene->cache = session_cache_new();
	scene->call = (struct provider_call){ .arena = arena, .deadline_us = time_monotonic_us() + 5 * TIME_US_PER_SECOND };
	atomic_store(&opened, 0);
	atomic_store(&closed, 0);
	next_failure = PROVIDER_OK;
	open_gate = NULL;
	open_reached = NULL;
	*state = scene;
	return 0;
}

static int teardown(void **state)
{
	struct scene *scene = *state;

	session_cache_free(scene->cache);
	assert_int_equal(atomic_load(&opened), atomic_load(&closed));
	time_fake_off();
	arena_free(scene->arena);
	return 0;
}

static struct provider_result acquire(struct scene *scene, const char *connection, int64_t revision)
{
	const struct session_request request = { .connection = connection, .revision = revision, .load = load };

	return session_acquire(scene->cache, &scene->call, &request, &scene->provider, &scene->session);
}

static void the_same_connection_gives_the_same_session(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(acquire(scene, "a", 1).error, PROVIDER_OK);
	assert_string_equal(scene->session->endpoint, "fake://here");
	assert_ptr_equal(scene->provider, &fake);

	struct provider_session *first = scene->session;

	assert_int_equal(acquire(scene, "a", 1).error, PROVIDER_OK);
	assert_ptr_equal(scene->session, first);
	session_release(scene->cache, first);
	session_release(scene->cache, first);
	assert_int_equal(acquire(scene, "b", 1).error, PROVIDER_OK);
	assert_ptr_not_equal(scene->session, first);
	session_release(scene->cache, scene->session);
	assert_int_equal(atomic_load(&closed), 0);
	assert_int_equal(session_count(scene->cache), 2);
}

static void a_changed_connection_is_opened_anew_and_the_old_one_closed_by_its_last_user(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(acquire(scene, "a", 1).error, PROVIDER_OK);

	struct provider_session *old = scene->session;

	assert_int_equal(acquire(scene, "a", 2).error, PROVIDER_OK);
	assert_ptr_not_equal(scene->session, old);
	assert_int_equal(atomic_load(&closed), 0);
	session_release(scene->cache, old);
	assert_int_equal(atomic_load(&closed), 1);
	session_release(scene->cache, scene->session);
	/* Somebody who has read an older revision gets the newer session. */
	assert_int_equal(acquire(scene, "a", 1).error, PROVIDER_OK);
	assert_int_equal(scene->session->number, 1);
	session_release(scene->cache, scene->session);
}

static void a_dead_session_is_not_given_out_again(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(acquire(scene, "a", 1).error, PROVIDER_OK);
	session_discard(scene->cache, scene->session);
	assert_int_equal(atomic_load(&closed), 1);
	assert_int_equal(acquire(scene, "a", 1).error, PROVIDER_OK);
	assert_int_equal(scene->session->number, 1);
	session_release(scene->cache, scene->session);
}

static void an_idle_session_is_closed_and_a_used_one_is_not(void **state)
{
	struct scene *scene = *state;

	time_fake_set(TIME_US_PER_DAY);
	scene->call.deadline_us = INT64_MAX;
	assert_int_equal(acquire(scene, "a", 1).error, PROVIDER_OK);
	time_fake_advance(10 * TIME_US_PER_MINUTE);
	session_sweep(scene->cache, 60000);
	assert_int_equal(session_count(scene->cache), 1);
	session_release(scene->cache, scene->session);
	session_sweep(scene->cache, 60000);
	assert_int_equal(session_count(scene->cache), 1);
	time_fake_advance(10 * TIME_US_PER_MINUTE);
	session_sweep(scene->cache, 60000);
	assert_int_equal(session_count(scene->cache), 0);
}

static void failures_are_told_and_not_kept(void **state)
{
	struct scene *scene = *state;
	const struct session_request unknown = { .connection = "a", .load = load_fails };
	const struct session_request not_built = { .connection = "a", .load = load, .context = (void *)(uintptr_t)&absent };

	next_failure = PROVIDER_AUTH;

	struct provider_result result = acquire(scene, "a", 1);

	assert_int_equal(result.error, PROVIDER_AUTH);
	assert_string_equal(result.message, "the cloud says no");
	result = session_acquire(scene->cache, &scene->call, &unknown, &scene->provider, &scene->session);
	assert_int_equal(result.error, PROVIDER_INVALID);
	result = session_acquire(scene->cache, &scene->call, &not_built, &scene->provider, &scene->session);
	assert_int_equal(result.error, PROVIDER_UNSUPPORTED);
	assert_int_equal(session_count(scene->cache), 0);
	next_failure = PROVIDER_OK;
	assert_int_equal(acquire(scene, "a", 1).error, PROVIDER_OK);
	session_release(scene->cache, scene->session);
}

struct visitor {
	struct scene *scene;
	const char *connection;
	int64_t wait_ms;
	enum provider_error error;
	struct provider_session *session;
};

static void *visit(void *context)
{
	struct visitor *visitor = context;
	struct arena *arena = arena_new(0);
	const struct session_request request = { .connection = visitor->connection, .revision = 1, .load = load };
	struct provider_call call = { .arena = arena,
				      .deadline_us = time_monotonic_us() + visitor->wait_ms * TIME_US_PER_MS };
	const struct provider *provider = NULL;

	visitor->error = session_acquire(visitor->scene->cache, &call, &request, &provider, &visitor->session).error;
	if (visitor->error == PROVIDER_OK)
		session_release(visitor->scene->cache, visitor->session);
	arena_free(arena);
	return NULL;
}

static void many_who_ask_at_once_open_once_and_nobody_waits_beyond_his_deadline(void **state)
{
	struct scene *scene = *state;
	struct visitor visitors[10];
	pthread_t threads[10];
	sem_t gate;
	sem_t reached;

	sem_init(&gate, 0, 0);
	sem_init(&reached, 0, 0);
	open_gate = &gate;
	open_reached = &reached;
	for (int i = 0; i < 10; i++)
		visitors[i] = (struct visitor){ .scene = scene, .connection = "a", .wait_ms = i == 9 ? 20 : 10000 };
	assert_int_equal(pthread_create(&threads[0], NULL, visit, &visitors[0]), 0);
	sem_wait(&reached); /* the first is inside open, and stays there */
	for (int i = 1; i < 10; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, visit, &visitors[i]), 0);
	pthread_join(threads[9], NULL);
	assert_int_equal(visitors[9].error, PROVIDER_UNAVAILABLE);
	assert_int_equal(session_count(scene->cache), 1); /* asking does not wait for the open */
	sem_post(&gate);
	for (int i = 0; i < 9; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(visitors[i].error, PROVIDER_OK);
		assert_ptr_equal(visitors[i].session, visitors[0].session);
	}
	assert_int_equal(atomic_load(&opened), 1);
}

#define session_case(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		session_case(the_same_connection_gives_the_same_session),
		session_case(a_changed_connection_is_opened_anew_and_the_old_one_closed_by_its_last_user),
		session_case(a_dead_session_is_not_given_out_again),
		session_case(an_idle_session_is_closed_and_a_used_one_is_not),
		session_case(failures_are_told_and_not_kept),
		session_case(many_who_ask_at_once_open_once_and_nobody_waits_beyond_his_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
