/* SPDX-License-Identifier: Apache-2.0 */
/* throttle_test.c: how often somebody may call, and that nobody pays for somebody else. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/time.h"
#include "server/throttle.h"

#define NOW (INT64_C(1000) * TIME_US_PER_SECOND)

static struct throttle *throttle;
static struct throttle_refusal refusal;

static void make(int64_t tenant, int64_t principal, int64_t stranger)
{
	const struct throttle_rate rates[THROTTLE_KIND_COUNT] = {
		[THROTTLE_TENANT] = { tenant, 2 * tenant },
		[THROTTLE_PRINCIPAL] = { principal, 2 * principal },
		[THROTTLE_STRANGER] = { stranger, 2 * stranger },
	};

	throttle = throttle_new(rates);
}

static int stop(void **state)
{
	(void)state;
	throttle_free(throttle);
	throttle = NULL;
	return 0;
}

/** A credential of one's own each; the call that it is learnt by is counted. */
static void learn(uint64_t credential, uint64_t principal, uint64_t tenant)
{
	throttle_learn(throttle, &(struct throttle_caller){ credential, 0, tenant, principal }, NOW);
}

/** How many of `calls` are taken. */
static unsigned taken(uint64_t credential, unsigned calls, int64_t now_us)
{
	unsigned count = 0;

	for (unsigned i = 0; i < calls; i++)
		count += throttle_admit(throttle, credential, now_us, &refusal) == THROTTLE_PASS;
	return count;
}

static unsigned strangers_taken(uint64_t address, unsigned calls, int64_t now_us)
{
	unsigned count = 0;

	for (unsigned i = 0; i < calls; i++)
		count += throttle_admit_stranger(throttle, address, now_us, &refusal) == THROTTLE_PASS;
	return count;
}

static void a_burst_is_taken_at_once_and_then_the_rate(void **state)
{
	(void)state;
	make(0, 100, 0);
	learn(1, 11, 21);
	assert_int_equal(taken(1, 1000, NOW), 199);
	assert_int_equal(refusal.kind, THROTTLE_PRINCIPAL);
	assert_int_equal(refusal.wait_us, 10000);
	/* As long as it was told, and not a moment less. */
	assert_int_equal(taken(1, 1, NOW + 9999), 0);
	assert_int_equal(taken(1, 10, NOW + 10000), 1);
	assert_int_equal(taken(1, 1000, NOW + TIME_US_PER_SECOND), 99);
	assert_int_equal(taken(1, 1000, NOW + 100 * TIME_US_PER_SECOND), 200);
	assert_true(throttle_refused(throttle, THROTTLE_PRINCIPAL) > 1000);
}

static void a_noisy_tenant_takes_nothing_from_another(void **state)
{
	unsigned noisy = 0, quiet = 0;

	(void)state;
	make(100, 0, 0);
	learn(1, 11, 21);
	learn(2, 12, 21);
	learn(3, 13, 22);
	/* Ten seconds: one tenant's two callers at twenty times the rate, the other's at half of it. */
	for (int64_t at = 0; at < 10 * TIME_US_PER_SECOND; at += 20 * TIME_US_PER_MS) {
		noisy += taken(1, 20, NOW + at) + taken(2, 20, NOW + at);
		quiet += taken(3, 1, NOW + at);
	}
	assert_int_equal(quiet, 500);
	assert_in_range(noisy, 1000, 1200);
	assert_int_equal(throttle_refused(throttle, THROTTLE_TENANT), 20000 - noisy);
}

static void what_a_principal_is_refused_is_not_taken_from_its_tenant(void **state)
{
	(void)state;
	make(100, 10, 0);
	learn(1, 11, 21);
	learn(2, 12, 21);
	assert_int_equal(taken(1, 1000, NOW), 19);
	assert_int_equal(refusal.kind, THROTTLE_PRINCIPAL);
	assert_int_equal(taken(2, 1000, NOW), 19);
	/* Two keys of one principal share its bucket. */
	learn(3, 11, 21);
	assert_int_equal(taken(3, 10, NOW), 0);
	assert_int_equal(throttle_refused(throttle, THROTTLE_TENANT), 0);
}

static void strangers_are_counted_by_address_until_they_are_known(void **state)
{
	(void)state;
	make(0, 100, 10);
	assert_int_equal(throttle_admit(throttle, 5, NOW, &refusal), THROTTLE_UNKNOWN);
	assert_int_equal(throttle_admit(throttle, 0, NOW, &refusal), THROTTLE_UNKNOWN);
	assert_int_equal(strangers_taken(31, 5, NOW), 5);
	/* One of the five was good: the address has its place back, the principal has paid. */
	throttle_learn(throttle, &(struct throttle_caller){ 5, 31, 21, 11 }, NOW);
	assert_int_equal(strangers_taken(31, 1000, NOW), 16);
	assert_int_equal(refusal.kind, THROTTLE_STRANGER);
	assert_int_equal(strangers_taken(32, 1, NOW), 1);
	/* Who is known is not held up by strangers beside them. */
	assert_int_equal(taken(5, 1000, NOW), 199);
}

static void a_flood_of_addresses_grows_nothing_and_frees_nobody(void **state)
{
	(void)state;
	make(0, 10, 10);
	learn(1, 11, 21);
	assert_int_equal(taken(1, 1000, NOW), 19);
	assert_int_equal(strangers_taken(77, 1000, NOW), 20);
	for (uint64_t address = 1000; address < 1001000; address++)
		(void)throttle_admit_stranger(throttle, address * UINT64_C(0x9e3779b97f4a7c15), NOW, &refusal);
	/* Buckets that hold the most are given up, and an empty one holds nothing: its owner does not get a new one that way. */
	assert_int_equal(strangers_taken(77, 10, NOW), 0);
	assert_int_equal(taken(1, 10, NOW), 0);
}

static void many_credentials_push_each_other_out_and_are_learnt_again(void **state)
{
	(void)state;
	make(0, 10, 10);
	for (uint64_t i = 1; i < 100000; i++)
		learn(i * UINT64_C(0x9e3779b97f4a7c15) | 1, i, 1);
	unsigned known = 0;
	for (uint64_t i = 1; i < 100000; i++)
		known += throttle_admit(throttle, i * UINT64_C(0x9e3779b97f4a7c15) | 1, NOW, &refusal) != THROTTLE_UNKNOWN;
	assert_in_range(known, 1000, 8192);
}

static void a_rate_of_nothing_limits_nothing(void **state)
{
	(void)state;
	make(0, 0, 0);
	assert_null(throttle);
	assert_int_equal(taken(1, 100000, NOW), 100000);
	make(0, 0, 1);
	learn(1, 11, 21);
	assert_int_equal(taken(1, 100000, NOW), 100000);
	assert_int_equal(strangers_taken(31, 10, NOW), 2);
}

static const char *address_of(const char *peer)
{
	static char kept[64];
	char text[THROTTLE_ADDRESS_SIZE];
	struct slice address = throttle_address(peer, text);

	assert_true(address.size < sizeof kept);
	memcpy(kept, address.data, address.size);
	kept[address.size] = '\0';
	return kept;
}

static bool are_one(const char *a, const char *b)
{
	char first[THROTTLE_ADDRESS_SIZE], second[THROTTLE_ADDRESS_SIZE];
	struct slice one = throttle_address(a, first), other = throttle_address(b, second);

	return one.size == other.size && memcmp(one.data, other.data, one.size) == 0;
}

static void an_address_is_a_host_and_of_ipv6_a_network(void **state)
{
	(void)state;
	assert_string_equal(address_of("ipv4:10.0.0.7:41022"), "ipv4:10.0.0.7");
	assert_string_equal(address_of("unix:"), "unix");
	assert_string_equal(address_of(""), "");
	assert_string_equal(address_of(NULL), "");
	assert_string_equal(address_of("ipv6:[not one]:7"), "ipv6:[not one]");
	assert_true(are_one("ipv6:[2001:db8:1:2::7]:1", "ipv6:[2001:db8:1:2:ffff::9]:2"));
	assert_false(are_one("ipv6:[2001:db8:1:2::7]:1", "ipv6:[2001:db8:1:3::7]:1"));
	assert_true(are_one("ipv6:[::1]:1", "ipv6:[::2]:65535"));
	assert_false(are_one("ipv4:10.0.0.7:1", "ipv4:10.0.0.8:1"));
}

enum { THREADS = 4, CALLS = 20000 };

static void *call_often(void *count)
{
	struct throttle_refusal own;

	for (int i = 0; i < CALLS; i++)
		*(unsigned *)count += throttle_admit(throttle, 1, NOW, &own) == THROTTLE_PASS;
	return NULL;
}

static void threads_together_get_no_more_than_one(void **state)
{
	pthread_t threads[THREADS];
	unsigned counts[THREADS] = { 0 }, sum = 0;

	(void)state;
	make(5000, 0, 0);
	learn(1, 11, 21);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, call_often, &counts[i]), 0);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		sum += counts[i];
	}
	assert_int_equal(sum, 9999);
}

#define TEST(name) cmocka_unit_test_teardown(name, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_burst_is_taken_at_once_and_then_the_rate),
		TEST(a_noisy_tenant_takes_nothing_from_another),
		TEST(what_a_principal_is_refused_is_not_taken_from_its_tenant),
		TEST(strangers_are_counted_by_address_until_they_are_known),
		TEST(a_flood_of_addresses_grows_nothing_and_frees_nobody),
		TEST(many_credentials_push_each_other_out_and_are_learnt_again),
		TEST(a_rate_of_nothing_limits_nothing),
		TEST(an_address_is_a_host_and_of_ipv6_a_network),
		TEST(threads_together_get_no_more_than_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
