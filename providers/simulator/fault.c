/* SPDX-License-Identifier: Apache-2.0 */
/* fault.c: what stands between a caller and the simulated cloud: time, throttling and bad luck. */
#include <time.h>

#include "providers/simulator/world.h"
#include "runtime/base/time.h"

#define WAIT_SLICE_MS 20
#define HANG_MOST_MS 60000 /* of a hanging call without a deadline */

static uint64_t next_random(struct sim_world *world)
{
	/* splitmix64 (Steele, Lea, Flood 2014): small, and the same on every machine. */
	uint64_t z = world->random += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

double sim_draw(struct sim_world *world)
{
	return (double)(next_random(world) >> 11) / 9007199254740992.0;
}

static bool is_over(const struct provider_call *call)
{
	return (call->deadline_us != 0 && time_monotonic_us() >= call->deadline_us) ||
	       (call->is_cancelled && atomic_load(call->is_cancelled));
}

/* Waits in real time, also under a fake clock, which nobody would advance meanwhile. False when the deadline came first. */
static bool wait_ms(const struct provider_call *call, int64_t wanted_ms)
{
	int64_t left_ms = wanted_ms;
	bool is_cut = false;
	if (call->deadline_us != 0) {
		int64_t most_ms = (call->deadline_us - time_monotonic_us()) / TIME_US_PER_MS;
		is_cut = most_ms < left_ms;
		left_ms = is_cut ? most_ms : left_ms;
	}
	while (left_ms > 0 && !(call->is_cancelled && atomic_load(call->is_cancelled))) {
		int64_t slice_ms = left_ms < WAIT_SLICE_MS ? left_ms : WAIT_SLICE_MS;
		struct timespec pause = { .tv_nsec = slice_ms * 1000000 };
		nanosleep(&pause, NULL);
		left_ms -= slice_ms;
	}
	return !is_cut && left_ms <= 0;
}

/* A bucket that holds one second's worth. The wait says when the next token is there. */
static int64_t throttle_wait_ms(struct sim_world *world)
{
	double rate = (double)world->options.throttle_per_second;
	if (rate <= 0)
		return 0;
	int64_t now_us = time_monotonic_us();
	double filled = world->tokens + (double)(now_us - world->tokens_us) * rate / (double)TIME_US_PER_SECOND;
	world->tokens = world->tokens_us == 0 || filled > rate ? rate : filled < 0 ? 0 : filled;
	world->tokens_us = now_us;
	if (world->tokens >= 1) {
		world->tokens -= 1;
		return 0;
	}
	return (int64_t)((1 - world->tokens) * 1000 / rate) + 1;
}

static const bool IS_MUTATING[VERB_COUNT] = {
	[VERB_CREATE] = true,
	[VERB_START] = true,
	[VERB_STOP] = true,
	[VERB_SHUTDOWN] = true,
	[VERB_REBOOT] = true,
	[VERB_RESET] = true,
	[VERB_SUSPEND] = true,
	[VERB_RESUME] = true,
	[VERB_RESIZE] = true,
	[VERB_RENAME] = true,
	[VERB_TAG] = true,
	[VERB_DELETE] = true,
	[VERB_SNAPSHOT_CREATE] = true,
	[VERB_SNAPSHOT_REVERT] = true,
	[VERB_SNAPSHOT_DELETE] = true,
	[VERB_VOLUME_CREATE] = true,
	[VERB_VOLUME_ATTACH] = true,
	[VERB_VOLUME_DETACH] = true,
	[VERB_VOLUME_GROW] = true,
	[VERB_VOLUME_DELETE] = true,
	[VERB_VOLUME_SNAPSHOT_CREATE] = true,
	[VERB_VOLUME_SNAPSHOT_DELETE] = true,
	[VERB_IMAGE_CREATE] = true,
	[VERB_IMAGE_DELETE] = true,
	[VERB_NETWORK_CREATE] = true,
	[VERB_NETWORK_DELETE] = true,
	[VERB_SECURITY_GROUP_CREATE] = true,
	[VERB_SECURITY_GROUP_RULES] = true,
	[VERB_SECURITY_GROUP_DELETE] = true,
	[VERB_ADDRESS_ALLOCATE] = true,
	[VERB_ADDRESS_ASSOCIATE] = true,
	[VERB_ADDRESS_DISASSOCIATE] = true,
	[VERB_ADDRESS_RELEASE] = true,
	[VERB_KEY_PAIR_IMPORT] = true,
	[VERB_KEY_PAIR_DELETE] = true,
};

static struct provider_result no_answer(struct arena *arena, bool is_mutating)
{
	return is_mutating ? provider_fail(arena, PROVIDER_UNKNOWN_OUTCOME,
					   "the simulator did not answer; it may have done what was asked")
			   : provider_fail(arena, PROVIDER_UNAVAILABLE, "the simulator did not answer");
}

/* All draws are made each time, so that one rate does not shift the luck of another. */
struct luck {
	bool fails, loses_request, loses_reply, hangs;
	enum provider_error class;
};

static struct luck draw_luck(struct sim_world *world)
{
	const struct sim_options *options = &world->options;
	struct luck luck = { .fails = sim_draw(world) < options->failure_rate,
			     .loses_request = sim_draw(world) < options->lost_request_rate,
			     .loses_reply = sim_draw(world) < options->lost_reply_rate,
			     .hangs = sim_draw(world) < options->hang_rate };
	luck.class = options->failure_classes[next_random(world) % options->failure_class_count];
	return luck;
}

static struct provider_result meet_world(struct sim_visit *visit, struct luck *luck)
{
	struct arena *arena = visit->call->arena;
	int64_t wait = throttle_wait_ms(visit->world);
	if (wait > 0) {
		struct provider_result result =
			provider_fail(arena, PROVIDER_THROTTLED, "the simulator takes no more calls for %lld ms", (long long)wait);
		result.retry_after_ms = wait;
		return result;
	}
	*luck = draw_luck(visit->world);
	if (luck->fails)
		return provider_fail(arena, luck->class, "the simulator failed by its failure_rate, with the class %s",
				     provider_error_name(luck->class));
	if (visit->is_mutating && luck->loses_request)
		return no_answer(arena, true);
	return PROVIDER_DONE;
}

struct provider_result sim_enter(struct provider_session *session, struct provider_call *call, enum provider_verb verb,
				 struct sim_visit *visit)
{
	struct sim_world *world = session->world;
	*visit = (struct sim_visit){ .world = world, .call = call, .is_mutating = IS_MUTATING[verb] };
	if (is_over(call))
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE, "the call was over before it reached the simulator");
	pthread_mutex_lock(&world->mutex);
	int64_t latency_ms = world->options.latency_ms;
	world->calls[verb]++;
	struct luck luck = { .hangs = false };
	struct provider_result result = meet_world(visit, &luck);
	pthread_mutex_unlock(&world->mutex);
	if (luck.hangs && result.error == PROVIDER_OK) {
		(void)wait_ms(call, HANG_MOST_MS);
		return no_answer(call->arena, visit->is_mutating);
	}
	/* A reply that comes after the deadline is a lost one: the effect is there. */
	visit->is_reply_lost = !wait_ms(call, latency_ms) || luck.loses_reply;
	if (result.error != PROVIDER_OK)
		return result;
	pthread_mutex_lock(&world->mutex);
	visit->now_us = time_now_us();
	return PROVIDER_DONE;
}

struct provider_result sim_leave(struct sim_visit *visit, struct provider_result result)
{
	pthread_mutex_unlock(&visit->world->mutex);
	return visit->is_reply_lost ? no_answer(visit->call->arena, visit->is_mutating) : result;
}
