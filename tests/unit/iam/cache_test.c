/* SPDX-License-Identifier: Apache-2.0 */
/* cache_test.c: what is remembered is right, bounded, and gone at once when a right changes, whoever reads meanwhile. */
#include <pthread.h>
#include <string.h>

#include "gaon/lifecycle/v1/lifecycle.gaon.h"
#include "runtime/base/time.h"
#include "server/services/iam/cache.h"
#include "tests/unit/iam/house.h"

enum { READERS = 4, ROUNDS = 40 };

/* The authors' vector of SipHash-2-4-128: key 00..0f, message 00..3e. Our seed is the message's first word. */
static void the_fingerprint_is_siphash(void **state)
{
	static const unsigned char expected[16] = { 0x51, 0x50, 0xd1, 0x77, 0x2f, 0x50, 0x83, 0x4a,
						    0x50, 0x3e, 0x06, 0x9a, 0x97, 0x3f, 0xbd, 0x7c };
	unsigned char message[63];
	uint64_t key[2], first;
	struct fingerprint found;

	(void)state;
	for (unsigned i = 0; i < sizeof message; i++)
		message[i] = (unsigned char)i;
	memcpy(key, message, sizeof key);
	memcpy(&first, message, sizeof first);
	found = fingerprint_of(key, first, slice_of(message + sizeof first, sizeof message - sizeof first));
	assert_memory_equal(&found, expected, sizeof expected);
}

static struct cached_principal somebody(const char *name)
{
	static const char *members[] = { "tenants/t/users/u" };

	return (struct cached_principal){ .principal = { .name = name, .tenant = "tenants/t", .display_name = "u",
							 .method = "api-key", .members = members, .member_count = 1 } };
}

static void a_caller_is_remembered_until_dropped_or_late(void **state)
{
	static const uint64_t key[2] = { 1, 2 };
	struct cache *cache = cache_new(key);
	struct fingerprint tag = cache_fingerprint(cache, CACHE_AUTHORIZATION, slice_text("Bearer x"));
	struct cached_principal who = somebody("tenants/t/users/u");
	uint64_t epoch = cache_epoch(cache);

	assert_null(cache_find(cache, tag, 0, *state));
	assert_non_null(cache_keep(cache, tag, epoch, &who, 100, *state));
	assert_non_null(cache_find(cache, tag, 99, *state));
	assert_null(cache_find(cache, tag, 100, *state));
	assert_null(cache_find(cache, cache_fingerprint(cache, CACHE_AUTHORIZATION, slice_text("Bearer y")), 0, *state));
	cache_drop(cache);
	assert_null(cache_find(cache, tag, 0, *state));
	/* An answer that was computed before the drop is kept under its own epoch, and so never found. */
	assert_non_null(cache_keep(cache, tag, epoch, &who, 100, *state));
	assert_null(cache_find(cache, tag, 0, *state));

	struct fingerprint decision = cache_decision_fingerprint(cache, &who, &who, slice_text("tenants/t"));

	cache_allow(cache, decision, epoch, 100);
	assert_false(cache_allows(cache, decision, 0));
	cache_allow(cache, decision, cache_epoch(cache), 100);
	assert_true(cache_allows(cache, decision, 99));
	assert_false(cache_allows(cache, decision, 100));
	cache_free(cache); /* the calls' pins hold what they use until the arena goes */
}

static void many_callers_take_bounded_memory(void **state)
{
	static const uint64_t key[2] = { 1, 2 };
	struct cache *cache = cache_new(key);
	unsigned found = 0;

	for (unsigned i = 0; i < 20000; i++) {
		struct arena *arena = arena_new(0);
		struct cached_principal who = somebody(arena_printf(arena, "tenants/t/users/u%u", i));
		struct fingerprint tag = cache_fingerprint(cache, CACHE_AUTHORIZATION, slice_text(who.principal.name));

		cache_keep(cache, tag, cache_epoch(cache), &who, 100, arena);
		arena_free(arena);
	}
	for (unsigned i = 0; i < 20000; i++) {
		const char *name = arena_printf(*state, "tenants/t/users/u%u", i);
		const struct cached_principal *who =
			cache_find(cache, cache_fingerprint(cache, CACHE_AUTHORIZATION, slice_text(name)), 0, *state);

		if (who == NULL)
			continue;
		assert_string_equal(who->principal.name, name);
		found++;
	}
	assert_in_range(found, 2000, 4096);
	cache_free(cache);
}

/* ---- readers while rights change ---- */

/* `phase` is even while the right is given for sure, odd while it is taken for sure, and raised before each change begins. */
struct race {
	struct house *house;
	const char *key;
	atomic_uint phase;
	atomic_bool is_changing, is_over;
	atomic_uint wrong, checked;
};

static struct status pass_gate(struct house *house, const char *authorization, struct arena *arena)
{
	struct call call = { .arena = arena,
			     .method = &gaon_method_lifecycle_get_machine,
			     .authorization = slice_text(authorization),
			     .now_us = time_now_us() };
	struct status status = store_read_begin(house->store, arena, &call.tx);

	if (status_is_ok(status)) {
		status = iam_gate(house->iam, &call, "tenants/gaon/projects/web/machines/m");
		store_read_end(call.tx);
	}
	return status;
}

static void *read_on(void *context)
{
	struct race *race = context;
	struct arena *arena = arena_new(0);

	while (!atomic_load(&race->is_over)) {
		unsigned phase = atomic_load(&race->phase);
		bool is_changing = atomic_load(&race->is_changing);
		struct status status = pass_gate(race->house, race->key, arena);
		bool is_sure = !is_changing && !atomic_load(&race->is_changing) && phase == atomic_load(&race->phase);

		if (is_sure && status_is_ok(status) != (phase % 2 == 0))
			atomic_fetch_add(&race->wrong, 1);
		atomic_fetch_add(&race->checked, is_sure);
		arena_reset(arena);
	}
	arena_free(arena);
	return NULL;
}

static void a_revoked_right_gives_nothing_to_whoever_asks_later(void **state)
{
	struct house *house = *state;
	struct race race = { .house = house };
	pthread_t readers[READERS];
	const char *key = house_user(house, "tenants/gaon", "vera");

	race.key = arena_printf(house->arena, "Bearer %s", key);
	house_project(house, "tenants/gaon", "web");
	house_bind(house, "tenants/gaon/projects/web", "roles/viewer", "tenants/gaon/users/vera");
	for (int i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, read_on, &race), 0);
	for (int i = 0; i < ROUNDS; i++) {
		unsigned before = atomic_load(&race.checked);

		while (atomic_load(&race.checked) < before + 20) /* let them read in peace for a while */
			sched_yield();
		atomic_store(&race.is_changing, true);
		if (i % 2 == 0)
			assert_ok(house_unbind_as(house, house->root_key, "tenants/gaon/projects/web", "tenants/gaon/users/vera"));
		else
			house_bind(house, "tenants/gaon/projects/web", "roles/viewer", "tenants/gaon/users/vera");
		atomic_fetch_add(&race.phase, 1);
		atomic_store(&race.is_changing, false);
	}
	atomic_store(&race.is_over, true);
	for (int i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);
	assert_int_equal(atomic_load(&race.wrong), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_fingerprint_is_siphash),
		ARENA_TEST(a_caller_is_remembered_until_dropped_or_late),
		ARENA_TEST(many_callers_take_bounded_memory),
		HOUSE_TEST(a_revoked_right_gives_nothing_to_whoever_asks_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
