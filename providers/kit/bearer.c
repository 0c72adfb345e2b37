/* SPDX-License-Identifier: Apache-2.0 */
/* bearer.c: one fetch at a time, outside the lock; who waits gets what it got. */
#include "providers/kit/bearer.h"

#include "providers/kit/wait.h"
#include "runtime/base/memory.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

/* How a fetch ended: kept until the last of those who waited for it has looked. */
struct outcome {
	unsigned waiters;
	bool is_over, is_left; /* left: the one who fetched had to go, which says nothing about the cloud */
	struct provider_result result;
	char *message, *request_id, *token;
};

struct bearer {
	bearer_fetch fetch;
	void *context;
	int64_t early_us;
	pthread_mutex_t lock; /* guards what follows; many threads ask for the one token */
	pthread_cond_t ended;
	char *token;              /* NULL: none that is good */
	int64_t renew_us;         /* wall-clock; 0: never */
	struct outcome *fetching; /* NULL: nobody fetches */
};

struct bearer *bearer_new(bearer_fetch fetch, void *context, int64_t early_ms)
{
	struct bearer *bearer = MEMORY_NEW(struct bearer);

	bearer->fetch = fetch;
	bearer->context = context;
	bearer->early_us = early_ms * TIME_US_PER_MS;
	pthread_mutex_init(&bearer->lock, NULL);
	wait_init(&bearer->ended);
	return bearer;
}

static void free_secret(char *secret)
{
	if (secret)
		memory_wipe(secret, strlen(secret));
	memory_free(secret);
}

void bearer_free(struct bearer *bearer)
{
	if (!bearer)
		return;
	free_secret(bearer->token);
	pthread_cond_destroy(&bearer->ended);
	pthread_mutex_destroy(&bearer->lock);
	memory_free(bearer);
}

static bool has_good_token(const struct bearer *bearer)
{
	return bearer->token && (bearer->renew_us == 0 || time_now_us() < bearer->renew_us);
}

/* A token that lives shorter than the margin is used for half of its life: else every call would fetch one. */
static int64_t renewal(const struct bearer *bearer, int64_t expires_us)
{
	int64_t life_us = expires_us - time_now_us();
	int64_t early_us = bearer->early_us;

	if (expires_us == 0)
		return 0;
	if (early_us > life_us / 2)
		early_us = life_us / 2;
	return expires_us - early_us;
}

static void drop_waiter(struct outcome *outcome)
{
	if (--outcome->waiters > 0)
		return;
	free_secret(outcome->token);
	memory_free(outcome->message);
	memory_free(outcome->request_id);
	memory_free(outcome);
}

/* Under the lock, after a fetch. */
static void tell(struct bearer *bearer, struct outcome *outcome, struct provider_call *call,
		 struct provider_result result, const char *token, int64_t expires_us)
{
	outcome->is_over = true;
	outcome->result = result;
	outcome->message = memory_strdup(result.message);
	outcome->request_id = memory_strdup(result.request_id);
	outcome->is_left = result.error != PROVIDER_OK && wait_is_over(call);
	if (result.error == PROVIDER_OK) {
		free_secret(bearer->token);
		bearer->token = memory_strdup(token);
		bearer->renew_us = renewal(bearer, expires_us);
		outcome->token = memory_strdup(token);
	}
	bearer->fetching = NULL;
	pthread_cond_broadcast(&bearer->ended);
}

static struct provider_result fetch(struct bearer *bearer, struct provider_call *call, const char **token)
{
	struct outcome *outcome = MEMORY_NEW(struct outcome);
	const char *fetched = NULL;
	int64_t expires_us = 0;

	outcome->waiters = 1;
	bearer->fetching = outcome;
	pthread_mutex_unlock(&bearer->lock);
	struct provider_result result = bearer->fetch(bearer->context, call, &fetched, &expires_us);
	if (result.error == PROVIDER_OK && text_is_empty(fetched))
		result = provider_fail(call->arena, PROVIDER_UNAVAILABLE, "the cloud gave an empty token; try again");
	pthread_mutex_lock(&bearer->lock);
	tell(bearer, outcome, call, result, fetched, expires_us);
	drop_waiter(outcome);
	if (result.error == PROVIDER_OK)
		*token = fetched;
	return result;
}

/* True: `*result` says how it ended. False: nobody knows, look again. */
static bool wait_for_other(struct bearer *bearer, struct provider_call *call, const char **token,
			   struct provider_result *result)
{
	struct outcome *outcome = bearer->fetching;

	outcome->waiters++;
	while (!outcome->is_over && !wait_is_over(call))
		wait_on(&bearer->ended, &bearer->lock, call, call->deadline_us - time_monotonic_us());

	bool is_known = outcome->is_over && !outcome->is_left;
	if (is_known) {
		*result = outcome->result;
		result->message = outcome->message ? arena_strdup(call->arena, outcome->message) : NULL;
		result->request_id = outcome->request_id ? arena_strdup(call->arena, outcome->request_id) : NULL;
		if (outcome->token)
			*token = arena_strdup(call->arena, outcome->token);
	}
	drop_waiter(outcome);
	return is_known;
}

struct provider_result bearer_get(struct bearer *bearer, struct provider_call *call, const char **token)
{
	struct provider_result result = PROVIDER_DONE;
	bool is_known = false;

	pthread_mutex_lock(&bearer->lock);
	while (!is_known) {
		if (has_good_token(bearer)) {
			*token = arena_strdup(call->arena, bearer->token);
			break;
		}
		if (wait_is_over(call)) {
			result = provider_fail(call->arena, PROVIDER_UNAVAILABLE,
					       "the cloud gave no token in time; try again with a later deadline");
			break;
		}
		if (bearer->fetching) {
			is_known = wait_for_other(bearer, call, token, &result);
		} else {
			result = fetch(bearer, call, token);
			break;
		}
	}
	pthread_mutex_unlock(&bearer->lock);
	return result;
}

void bearer_drop(struct bearer *bearer, const char *token)
{
	pthread_mutex_lock(&bearer->lock);
	if (bearer->token && text_equal(bearer->token, token)) {
		free_secret(bearer->token);
		bearer->token = NULL;
	}
	pthread_mutex_unlock(&bearer->lock);
}
