/* SPDX-License-Identifier: Apache-2.0 */
/* circuit_test.c: when a cloud is left alone, and how it is taken back. The clock is a fake one. */
#include "tests/unit/kit/kit_fixture.h"

#include <pthread.h>

#include "providers/kit/gate.h"

#define DEAD ANSWER("502 Bad Gateway", "", "")
#define FINE ANSWER("200 OK", "", "fine")

static int hold_clock(void **state)
{
	time_fake_set(INT64_C(1000000000));
	return kit_setup(state);
}

static int release_clock(void **state)
{
	time_fake_off();
	return arena_teardown(state);
}

static void fixture_free_gate(void *gate)
{
	gate_free(gate);
}

static struct gate *new_gate(struct arena *arena)
{
	struct gate *gate = gate_new();

	arena_defer(arena, fixture_free_gate, gate);
	return gate;
}

static bool pass(struct gate *gate, const char *origin, enum gate_news news)
{
	bool is_probe;

	if (gate_enter(gate, origin, &is_probe) > 0)
		return false;
	gate_leave(gate, origin, is_probe, news);
	return true;
}

static void five_failures_in_a_row_open_the_circuit_and_one_success_closes_it(void **state)
{
	struct gate *gate = new_gate(*state);

	for (int i = 0; i < 4; i++)
		assert_true(pass(gate, "a", GATE_DEAD));
	assert_true(pass(gate, "a", GATE_ALIVE)); /* not in a row */
	for (int i = 0; i < 5; i++)
		assert_true(pass(gate, "a", GATE_DEAD));
	assert_false(pass(gate, "a", GATE_DEAD));
	assert_true(pass(gate, "b", GATE_ALIVE)); /* another endpoint of the account */
	time_fake_advance(999 * TIME_US_PER_MS);
	assert_false(pass(gate, "a", GATE_ALIVE));
	time_fake_advance(TIME_US_PER_MS);
	assert_true(pass(gate, "a", GATE_ALIVE));
	assert_true(pass(gate, "a", GATE_DEAD));
	assert_true(pass(gate, "a", GATE_ALIVE));
}

static void each_failed_look_doubles_the_pause_up_to_a_minute(void **state)
{
	static const int64_t pauses_s[] = { 1, 2, 4, 8, 16, 32, 60, 60 };
	struct gate *gate = new_gate(*state);

	for (int i = 0; i < 5; i++)
		assert_true(pass(gate, "a", GATE_DEAD));
	for (size_t i = 0; i < sizeof pauses_s / sizeof pauses_s[0]; i++) {
		time_fake_advance(pauses_s[i] * TIME_US_PER_SECOND - 1);
		assert_false(pass(gate, "a", GATE_DEAD));
		time_fake_advance(1);
		assert_true(pass(gate, "a", GATE_DEAD));
	}
}

static void one_is_let_through_to_see_and_the_others_wait(void **state)
{
	struct gate *gate = new_gate(*state);
	bool is_probe, is_other;

	for (int i = 0; i < 5; i++)
		assert_true(pass(gate, "a", GATE_DEAD));
	time_fake_advance(TIME_US_PER_SECOND);
	assert_int_equal(gate_enter(gate, "a", &is_probe), 0);
	assert_true(is_probe);
	assert_true(gate_enter(gate, "a", &is_other) > 0);
	/* One that had left before tells nothing and takes nobody's place. */
	gate_leave(gate, "a", false, GATE_DEAD);
	assert_true(gate_enter(gate, "a", &is_other) > 0);
	/* The one that looked was cancelled: the next one looks. */
	gate_leave(gate, "a", is_probe, GATE_NO_NEWS);
	assert_int_equal(gate_enter(gate, "a", &is_probe), 0);
	assert_true(is_probe);
	gate_leave(gate, "a", is_probe, GATE_ALIVE);
	assert_int_equal(gate_enter(gate, "a", &is_probe), 0);
	assert_false(is_probe);
}

static void a_throttled_bucket_closes_for_what_the_cloud_said_and_no_other(void **state)
{
	struct gate *gate = new_gate(*state);

	assert_int_equal(gate_throttle(gate, "RunInstances", 3000), 3000);
	assert_int_equal(gate_throttled_ms(gate, "RunInstances"), 3000);
	assert_int_equal(gate_throttled_ms(gate, "DescribeInstances"), 0);
	assert_int_equal(gate_throttled_ms(gate, NULL), 0);
	time_fake_advance(3 * TIME_US_PER_SECOND);
	assert_int_equal(gate_throttled_ms(gate, "RunInstances"), 0);
	/* Nobody waits a day because a cloud says so. */
	assert_int_equal(gate_throttle(gate, NULL, 86400000), 900000);
}

static void a_throttle_without_a_time_doubles_until_an_answer_comes_through(void **state)
{
	static const int64_t pauses_ms[] = { 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000 };
	struct gate *gate = new_gate(*state);

	for (size_t i = 0; i < sizeof pauses_ms / sizeof pauses_ms[0]; i++) {
		assert_int_equal(gate_throttle(gate, "x", 0), pauses_ms[i]);
		/* a second refusal of the same moment is no second strike, and a late success no pardon */
		assert_int_equal(gate_throttle(gate, "x", 0), pauses_ms[i]);
		gate_flow(gate, "x");
		time_fake_advance(pauses_ms[i] * TIME_US_PER_MS);
	}
	gate_flow(gate, "x");
	assert_int_equal(gate_throttle(gate, "x", 0), 1000);
}

static void more_names_than_places_share_the_last_one(void **state)
{
	struct gate *gate = new_gate(*state);

	for (int i = 0; i < 200; i++) {
		const char *name = arena_printf(*state, "https://host-%d", i);

		assert_true(pass(gate, name, GATE_ALIVE));
		assert_int_equal(gate_throttled_ms(gate, name), 0);
	}
	gate_throttle(gate, "https://host-150", 500);
	assert_int_equal(gate_throttled_ms(gate, "https://host-199"), 500);
	assert_int_equal(gate_throttled_ms(gate, "https://host-1"), 0);
}

static struct provider_result send_one(struct arena *arena, struct cloud *cloud, const struct cloud_request *request)
{
	struct provider_call call = fixture_call(arena, 20000);
	struct http_response response;

	return cloud_send(cloud, &call, request, &response);
}

static void a_dead_cloud_is_not_asked_until_its_pause_is_over(void **state)
{
	struct canned canned = CANNED(DEAD, DEAD, DEAD, DEAD, DEAD, FINE);
	struct cloud *cloud = fixture_cloud(*state);
	struct cloud_request change = fixture_change(fixture_peer(*state, &canned));

	for (int i = 0; i < 5; i++)
		assert_int_equal(send_one(*state, cloud, &change).error, PROVIDER_UNKNOWN_OUTCOME);
	struct provider_result result = send_one(*state, cloud, &change);
	assert_int_equal(result.error, PROVIDER_UNAVAILABLE);
	assert_string_equal(result.message, "Test Cloud has not been answering; it is asked again in 1 s");
	assert_int_equal(atomic_load(&canned.asked), 5);
	time_fake_advance(TIME_US_PER_SECOND);
	assert_int_equal(send_one(*state, cloud, &change).error, PROVIDER_OK);
	assert_int_equal(send_one(*state, cloud, &change).error, PROVIDER_OK);
}

static void a_throttled_action_is_refused_here_while_the_others_go_on(void **state)
{
	struct canned canned = CANNED(ANSWER("429 Slow down", "Retry-After: 30\r\n", ""), FINE);
	struct cloud *cloud = fixture_cloud(*state);
	struct cloud_request change = fixture_change(fixture_peer(*state, &canned));

	change.bucket = "RunInstances";
	assert_int_equal(send_one(*state, cloud, &change).retry_after_ms, 30000);
	time_fake_advance(10 * TIME_US_PER_SECOND);
	struct provider_result result = send_one(*state, cloud, &change);
	assert_int_equal(result.error, PROVIDER_THROTTLED);
	assert_int_equal(result.retry_after_ms, 20000);
	assert_int_equal(atomic_load(&canned.asked), 1);
	change.bucket = "StopInstances";
	assert_int_equal(send_one(*state, cloud, &change).error, PROVIDER_OK);
	change.bucket = "RunInstances";
	time_fake_advance(20 * TIME_US_PER_SECOND);
	assert_int_equal(send_one(*state, cloud, &change).error, PROVIDER_OK);
}

struct crowd {
	struct gate *gate;
	atomic_uint entered, probes;
};

static void *try_to_enter(void *pointer)
{
	struct crowd *crowd = pointer;
	bool is_probe;

	if (gate_enter(crowd->gate, "a", &is_probe) == 0) {
		atomic_fetch_add(&crowd->entered, 1);
		atomic_fetch_add(&crowd->probes, is_probe);
	}
	gate_throttle(crowd->gate, "x", 0);
	gate_jitter(crowd->gate, 100);
	return NULL;
}

static void of_a_crowd_exactly_one_is_let_through_to_see(void **state)
{
	struct crowd crowd = { .gate = new_gate(*state) };
	pthread_t threads[16];

	for (int i = 0; i < 5; i++)
		assert_true(pass(crowd.gate, "a", GATE_DEAD));
	time_fake_advance(TIME_US_PER_SECOND);
	for (int i = 0; i < 16; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, try_to_enter, &crowd), 0);
	for (int i = 0; i < 16; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&crowd.entered), 1);
	assert_int_equal(atomic_load(&crowd.probes), 1);
	assert_int_equal(gate_throttled_ms(crowd.gate, "x"), 1000); /* sixteen refusals of one moment are one strike */
}

static void jitter_stays_between_half_and_the_whole(void **state)
{
	struct gate *gate = new_gate(*state);
	bool has_low = false, has_high = false;

	for (int i = 0; i < 1000; i++) {
		int64_t draw = gate_jitter(gate, 200);

		assert_in_range(draw, 100, 200);
		has_low |= draw < 125;
		has_high |= draw > 175;
	}
	assert_true(has_low && has_high);
}

#define CLOCK_TEST(test_) cmocka_unit_test_setup_teardown((test_), hold_clock, release_clock)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLOCK_TEST(five_failures_in_a_row_open_the_circuit_and_one_success_closes_it),
		CLOCK_TEST(each_failed_look_doubles_the_pause_up_to_a_minute),
		CLOCK_TEST(one_is_let_through_to_see_and_the_others_wait),
		CLOCK_TEST(a_throttled_bucket_closes_for_what_the_cloud_said_and_no_other),
		CLOCK_TEST(a_throttle_without_a_time_doubles_until_an_answer_comes_through),
		CLOCK_TEST(more_names_than_places_share_the_last_one),
		CLOCK_TEST(a_dead_cloud_is_not_asked_until_its_pause_is_over),
		CLOCK_TEST(a_throttled_action_is_refused_here_while_the_others_go_on),
		CLOCK_TEST(of_a_crowd_exactly_one_is_let_through_to_see),
		CLOCK_TEST(jitter_stays_between_half_and_the_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
