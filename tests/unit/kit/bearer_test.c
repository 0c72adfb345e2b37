/* SPDX-License-Identifier: Apache-2.0 */
/* bearer_test.c: one token for all, however many ask. */
#include "providers/kit/bearer.h"

#include <pthread.h>
#include <string.h>

#include "runtime/base/time.h"
#include "tests/support/arena_fixture.h"

enum { THREADS = 32 };

/* A peer that hands out "token-1", "token-2" … */
struct issuer {
	struct bearer *bearer;
	unsigned fetches; /* not atomic: fetches never overlap, and ThreadSanitizer sees it when they do */
	int64_t life_us;  /* 0: for ever */
	atomic_int failures;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool is_held; /* under lock: the fetch waits */
	bool is_fetching;
	unsigned started; /* under lock: threads about to ask */
};

static struct provider_result issue(void *context, struct provider_call *call, const char **token, int64_t *expires_us)
{
	struct issuer *issuer = context;

	pthread_mutex_lock(&issuer->lock);
	issuer->is_fetching = true;
	pthread_cond_broadcast(&issuer->changed);
	while (issuer->is_held)
		pthread_cond_wait(&issuer->changed, &issuer->lock);
	issuer->is_fetching = false;
	pthread_mutex_unlock(&issuer->lock);
	issuer->fetches++;
	if (atomic_load(&issuer->failures) > 0) {
		atomic_fetch_sub(&issuer->failures, 1);
		struct provider_result result = provider_fail(call->arena, PROVIDER_AUTH, "wrong password");

		result.request_id = "req-9";
		return result;
	}
	*token = arena_printf(call->arena, "token-%u", issuer->fetches);
	*expires_us = issuer->life_us ? time_now_us() + issuer->life_us : 0;
	return PROVIDER_DONE;
}

static void free_issuer(void *pointer)
{
	struct issuer *issuer = pointer;

	bearer_free(issuer->bearer);
	pthread_cond_destroy(&issuer->changed);
	pthread_mutex_destroy(&issuer->lock);
}

static struct issuer *new_issuer(struct arena *arena, int64_t life_us, int64_t early_ms)
{
	struct issuer *issuer = ARENA_NEW(arena, struct issuer);

	issuer->life_us = life_us;
	pthread_mutex_init(&issuer->lock, NULL);
	pthread_cond_init(&issuer->changed, NULL);
	issuer->bearer = bearer_new(issue, issuer, early_ms);
	arena_defer(arena, free_issuer, issuer);
	return issuer;
}

static struct provider_result get_within(struct issuer *issuer, struct arena *arena, int64_t ms, const char **token)
{
	struct provider_call call = { .arena = arena, .deadline_us = time_monotonic_us() + ms * TIME_US_PER_MS };

	return bearer_get(issuer->bearer, &call, token);
}

static const char *get(struct issuer *issuer, struct arena *arena)
{
	const char *token = NULL;

	assert_int_equal(get_within(issuer, arena, 10000, &token).error, PROVIDER_OK);
	return token;
}

static void a_token_is_kept_until_shortly_before_its_end(void **state)
{
	time_fake_set(INT64_C(1000000000));
	struct issuer *issuer = new_issuer(*state, 100 * TIME_US_PER_SECOND, 10000);

	assert_string_equal(get(issuer, *state), "token-1");
	time_fake_advance(89 * TIME_US_PER_SECOND);
	assert_string_equal(get(issuer, *state), "token-1");
	time_fake_advance(TIME_US_PER_SECOND);
	assert_string_equal(get(issuer, *state), "token-2");
	issuer->life_us = 0;
	time_fake_advance(90 * TIME_US_PER_SECOND);
	assert_string_equal(get(issuer, *state), "token-3");
	time_fake_advance(365 * TIME_US_PER_DAY);
	assert_string_equal(get(issuer, *state), "token-3");
	time_fake_off();
}

static void a_token_that_lives_shorter_than_the_margin_is_still_used(void **state)
{
	time_fake_set(INT64_C(1000000000));
	struct issuer *issuer = new_issuer(*state, 8 * TIME_US_PER_SECOND, 60000);

	assert_string_equal(get(issuer, *state), "token-1");
	time_fake_advance(3 * TIME_US_PER_SECOND);
	assert_string_equal(get(issuer, *state), "token-1");
	time_fake_advance(TIME_US_PER_SECOND);
	assert_string_equal(get(issuer, *state), "token-2");
	/* One that has run out by our clock is given to who asked, and to nobody after. */
	issuer->life_us = -1;
	time_fake_advance(4 * TIME_US_PER_SECOND);
	assert_string_equal(get(issuer, *state), "token-3");
	assert_string_equal(get(issuer, *state), "token-4");
	time_fake_off();
}

static void only_the_token_that_was_refused_is_dropped(void **state)
{
	struct issuer *issuer = new_issuer(*state, 0, 0);

	assert_string_equal(get(issuer, *state), "token-1");
	bearer_drop(issuer->bearer, "token-1");
	assert_string_equal(get(issuer, *state), "token-2");
	bearer_drop(issuer->bearer, "token-1");
	assert_string_equal(get(issuer, *state), "token-2");
	bearer_drop(issuer->bearer, NULL);
	assert_string_equal(get(issuer, *state), "token-2");
}

static void a_failure_is_passed_on_and_not_kept(void **state)
{
	struct issuer *issuer = new_issuer(*state, 0, 0);
	const char *token = "untouched";

	atomic_store(&issuer->failures, 1);
	struct provider_result result = get_within(issuer, *state, 10000, &token);
	assert_int_equal(result.error, PROVIDER_AUTH);
	assert_string_equal(result.message, "wrong password");
	assert_string_equal(token, "untouched");
	assert_string_equal(get(issuer, *state), "token-2");
}

/* One of many that ask at once. */
struct asker {
	struct issuer *issuer;
	struct arena *arena;
	const char *token;
	struct provider_result result;
	int64_t ms;
	const atomic_bool *is_cancelled;
	pthread_t thread;
};

static void *ask(void *pointer)
{
	struct asker *asker = pointer;
	struct provider_call call = { .arena = asker->arena,
				      .deadline_us = time_monotonic_us() + asker->ms * TIME_US_PER_MS,
				      .is_cancelled = asker->is_cancelled };

	pthread_mutex_lock(&asker->issuer->lock);
	asker->issuer->started++;
	pthread_cond_broadcast(&asker->issuer->changed);
	pthread_mutex_unlock(&asker->issuer->lock);
	asker->result = bearer_get(asker->issuer->bearer, &call, &asker->token);
	return NULL;
}

static void start(struct asker *asker, struct issuer *issuer, int64_t ms)
{
	asker->issuer = issuer;
	asker->arena = arena_new(0);
	asker->ms = ms;
	assert_int_equal(pthread_create(&asker->thread, NULL, ask, asker), 0);
}

static void end(struct asker *asker)
{
	pthread_join(asker->thread, NULL);
}

static void wait_for_threads(struct issuer *issuer, unsigned count, bool is_fetching)
{
	pthread_mutex_lock(&issuer->lock);
	while (issuer->started < count || (is_fetching && !issuer->is_fetching))
		pthread_cond_wait(&issuer->changed, &issuer->lock);
	pthread_mutex_unlock(&issuer->lock);
}

static void set_held(struct issuer *issuer, bool is_held)
{
	pthread_mutex_lock(&issuer->lock);
	issuer->is_held = is_held;
	pthread_cond_broadcast(&issuer->changed);
	pthread_mutex_unlock(&issuer->lock);
}

static void many_that_ask_at_once_fetch_one_token(void **state)
{
	struct issuer *issuer = new_issuer(*state, 0, 0);
	struct asker askers[THREADS] = { 0 };

	for (unsigned round = 1; round <= 20; round++) {
		issuer->started = 0;
		set_held(issuer, true);
		for (int i = 0; i < THREADS; i++)
			start(&askers[i], issuer, 20000);
		wait_for_threads(issuer, THREADS, true);
		set_held(issuer, false);
		for (int i = 0; i < THREADS; i++) {
			end(&askers[i]);
			assert_int_equal(askers[i].result.error, PROVIDER_OK);
			assert_string_equal(askers[i].token, arena_printf(*state, "token-%u", round));
		}
		for (int i = 0; i < THREADS; i++) {
			/* Each of them saw it refused: that is one refusal. */
			bearer_drop(issuer->bearer, askers[i].token);
			arena_free(askers[i].arena);
		}
		assert_int_equal(issuer->fetches, round);
	}
}

static void who_waits_gets_the_failure_of_who_fetches(void **state)
{
	struct issuer *issuer = new_issuer(*state, 0, 0);
	struct asker first = { 0 }, second = { 0 };

	set_held(issuer, true);
	atomic_store(&issuer->failures, 1);
	start(&first, issuer, 20000);
	wait_for_threads(issuer, 1, true);
	start(&second, issuer, 20000);
	wait_for_threads(issuer, 2, true);
	/* That the second one waits cannot be seen from here: if it comes late it fetches by itself, and gets a token.
	 */
	set_held(issuer, false);
	end(&first);
	end(&second);
	assert_int_equal(first.result.error, PROVIDER_AUTH);
	if (second.result.error != PROVIDER_OK) {
		assert_int_equal(second.result.error, PROVIDER_AUTH);
		assert_string_equal(second.result.message, "wrong password");
		assert_string_equal(second.result.request_id, "req-9");
		assert_int_equal(issuer->fetches, 1);
	}
	arena_free(first.arena);
	arena_free(second.arena);
}

static void who_waits_leaves_at_its_own_deadline(void **state)
{
	struct issuer *issuer = new_issuer(*state, 0, 0);
	struct asker slow = { 0 };
	const char *token = NULL;
	int64_t start_us;

	set_held(issuer, true);
	start(&slow, issuer, 60000);
	wait_for_threads(issuer, 1, true);
	start_us = time_monotonic_us();
	assert_int_equal(get_within(issuer, *state, 100, &token).error, PROVIDER_UNAVAILABLE);
	assert_true(time_monotonic_us() - start_us < 10 * TIME_US_PER_SECOND);
	assert_null(token);
	set_held(issuer, false);
	end(&slow);
	assert_int_equal(slow.result.error, PROVIDER_OK);
	arena_free(slow.arena);
}

static void who_was_cancelled_while_fetching_spoils_it_for_nobody(void **state)
{
	struct issuer *issuer = new_issuer(*state, 0, 0);
	struct asker cancelled = { 0 }, patient = { 0 };
	atomic_bool is_cancelled = false;

	set_held(issuer, true);
	atomic_store(&issuer->failures, 1);
	cancelled.is_cancelled = &is_cancelled;
	start(&cancelled, issuer, 60000);
	wait_for_threads(issuer, 1, true);
	start(&patient, issuer, 60000);
	wait_for_threads(issuer, 2, true);
	atomic_store(&is_cancelled, true);
	set_held(issuer, false);
	end(&cancelled);
	end(&patient);
	assert_int_equal(cancelled.result.error, PROVIDER_AUTH);
	assert_int_equal(patient.result.error, PROVIDER_OK);
	assert_string_equal(patient.token, "token-2");
	arena_free(cancelled.arena);
	arena_free(patient.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(a_token_is_kept_until_shortly_before_its_end),
		ARENA_TEST(a_token_that_lives_shorter_than_the_margin_is_still_used),
		ARENA_TEST(only_the_token_that_was_refused_is_dropped),
		ARENA_TEST(a_failure_is_passed_on_and_not_kept),
		ARENA_TEST(many_that_ask_at_once_fetch_one_token),
		ARENA_TEST(who_waits_gets_the_failure_of_who_fetches),
		ARENA_TEST(who_waits_leaves_at_its_own_deadline),
		ARENA_TEST(who_was_cancelled_while_fetching_spoils_it_for_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
