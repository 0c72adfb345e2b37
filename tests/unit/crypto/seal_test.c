/* SPDX-License-Identifier: Apache-2.0 */
/* seal_test.c: what is sealed opens for the same key and the same context, and for nothing else. */
#include "tests/support/arena_fixture.h"

#include <string.h>

#include "runtime/base/text.h"
#include "runtime/crypto/seal.h"

static const char CONTEXT[] = "acme|connection|secret|c1|1";

/* Keys are owner objects; the arena gives them back even when a test fails half way. */
static void free_key(void *key)
{
	seal_key_free(key);
}

static void free_ring(void *ring)
{
	seal_ring_free(ring);
}

static struct seal_key *key_of(struct arena *arena, const char *id, unsigned char first)
{
	unsigned char secret[SEAL_KEY_SIZE];
	struct seal_key *key;

	for (size_t i = 0; i < sizeof secret; i++)
		secret[i] = (unsigned char)(first + i);
	assert_ok(seal_key_new(arena, id, slice_of(secret, sizeof secret), &key));
	arena_defer(arena, free_key, key);
	return key;
}

static struct seal_ring *ring_of(struct arena *arena, const char *source)
{
	struct seal_ring *ring;

	assert_ok(seal_ring_read(arena, slice_text(source), &ring));
	arena_defer(arena, free_ring, ring);
	return ring;
}

/* Made by Python's cryptography: AESGCM(bytes(range(32))).encrypt(bytes(range(12)), plain, header + context). */
static void another_implementation_seals_the_same_way(void **state)
{
	struct slice sealed;
	struct slice plain;

	assert_true(text_from_hex(*state,
				  "01046b656b31000102030405060708090a0bc26e280a9824e5a0b754f6ee0e8592be246da469a086b63b"
				  "e52ee5f8d4",
				  &sealed));
	assert_ok(seal_open(*state, key_of(*state, "kek1", 0), sealed, slice_text(CONTEXT), &plain));
	assert_true(slice_is(plain, "correct horse"));
}

static void sealing_twice_gives_two_texts_that_both_open(void **state)
{
	const struct seal_key *key = key_of(*state, "k", 7);
	struct slice first;
	struct slice second;
	struct slice plain;

	assert_ok(seal_close(*state, key, slice_text("secret"), slice_text(CONTEXT), &first));
	assert_ok(seal_close(*state, key, slice_text("secret"), slice_text(CONTEXT), &second));
	assert_false(slice_equal(first, second));
	assert_ok(seal_open(*state, key, first, slice_text(CONTEXT), &plain));
	assert_string_equal(plain.data, "secret");
	assert_ok(seal_open(*state, key, second, slice_text(CONTEXT), &plain));
	assert_ok(seal_close(*state, key, slice_of(NULL, 0), slice_of(NULL, 0), &first));
	assert_ok(seal_open(*state, key, first, slice_of(NULL, 0), &plain));
	assert_int_equal(plain.size, 0);
}

static void any_changed_bit_and_any_cut_is_broken(void **state)
{
	const struct seal_key *key = key_of(*state, "k", 7);
	struct slice sealed;
	struct slice plain = { 0 };

	assert_ok(seal_close(*state, key, slice_text("secret"), slice_text(CONTEXT), &sealed));
	for (size_t bit = 0; bit < sealed.size * 8; bit++) {
		char *changed = arena_memdup(*state, sealed.data, sealed.size);

		changed[bit / 8] ^= (char)(1 << bit % 8);
		struct status status =
			seal_open(*state, key, slice_of(changed, sealed.size), slice_text(CONTEXT), &plain);
		assert_false(status_is_ok(status));
		/* with another id, or an id of another size, it is another key as far as one can tell */
		if (bit / 8 != 1)
			assert_string_equal(status.reason, bit / 8 == 2 ? "SEAL_KEY_UNKNOWN" : "SEAL_BROKEN");
	}
	for (size_t size = 0; size < sealed.size; size++)
		assert_fails(seal_open(*state, key, slice_of(sealed.data, size), slice_text(CONTEXT), &plain),
			     STATUS_DATA_LOSS, "SEAL_BROKEN");
	assert_null(plain.data);
}

static void a_sealed_text_cannot_be_moved(void **state)
{
	const struct seal_key *key = key_of(*state, "k", 7);
	struct slice sealed;
	struct slice plain;

	assert_ok(seal_close(*state, key, slice_text("secret"), slice_text(CONTEXT), &sealed));
	assert_fails(seal_open(*state, key, sealed, slice_text("acme|connection|secret|c2|1"), &plain),
		     STATUS_DATA_LOSS, "SEAL_BROKEN");
	assert_fails(seal_open(*state, key_of(*state, "k", 8), sealed, slice_text(CONTEXT), &plain), STATUS_DATA_LOSS,
		     "SEAL_BROKEN");
	assert_fails(seal_open(*state, key_of(*state, "other", 7), sealed, slice_text(CONTEXT), &plain),
		     STATUS_FAILED_PRECONDITION, "SEAL_KEY_UNKNOWN");
	assert_string_equal(seal_key_id_of(*state, sealed), "k");
	assert_null(seal_key_id_of(*state, slice_text("hello")));
}

static void ids_and_sizes_of_keys_are_checked(void **state)
{
	char secret[33] = { 0 };
	char id[65];
	struct seal_key *key;

	memset(id, 'a', 64);
	id[64] = '\0';
	assert_fails(seal_key_new(*state, id, slice_of(secret, 32), &key), STATUS_INVALID_ARGUMENT, "SEAL_KEY_INVALID");
	assert_fails(seal_key_new(*state, "", slice_of(secret, 32), &key), STATUS_INVALID_ARGUMENT, "SEAL_KEY_INVALID");
	assert_fails(seal_key_new(*state, "a b", slice_of(secret, 32), &key), STATUS_INVALID_ARGUMENT,
		     "SEAL_KEY_INVALID");
	assert_fails(seal_key_new(*state, "a", slice_of(secret, 31), &key), STATUS_INVALID_ARGUMENT,
		     "SEAL_KEY_INVALID");
	assert_fails(seal_key_new(*state, "a", slice_of(secret, 33), &key), STATUS_INVALID_ARGUMENT,
		     "SEAL_KEY_INVALID");
	id[63] = '\0';
	assert_ok(seal_key_new(*state, id, slice_of(secret, 32), &key));
	seal_key_free(key);
	seal_key_free(NULL);
}

#define OLD_KEY "2026-01 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define NEW_KEY "2026-02 AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="

static void rotating_the_key_encryption_key_keeps_everything_open(void **state)
{
	struct seal_key *data_key;
	struct seal_key *again;
	struct slice wrapped;
	struct slice sealed;
	struct slice plain;

	assert_ok(seal_key_generate(*state, "tenant-acme-1", &data_key));
	arena_defer(*state, free_key, data_key);
	assert_ok(seal_close(*state, data_key, slice_text("secret"), slice_text(CONTEXT), &sealed));
	assert_ok(seal_wrap(*state, ring_of(*state, OLD_KEY), data_key, slice_text("acme"), &wrapped));

	const struct seal_ring *both = ring_of(*state, "# newest first\n" NEW_KEY "\n\n" OLD_KEY "\r\n");
	assert_string_equal(seal_key_id(seal_ring_primary(both)), "2026-02");
	assert_false(seal_is_current(both, wrapped));
	assert_ok(seal_unwrap(*state, both, wrapped, slice_text("acme"), &again));
	arena_defer(*state, free_key, again);
	assert_string_equal(seal_key_id(again), "tenant-acme-1");
	assert_ok(seal_open(*state, again, sealed, slice_text(CONTEXT), &plain));
	assert_true(slice_is(plain, "secret"));

	struct slice rewrapped;
	assert_ok(seal_wrap(*state, both, again, slice_text("acme"), &rewrapped));
	assert_true(seal_is_current(both, rewrapped));
	const struct seal_ring *only_new = ring_of(*state, NEW_KEY);
	assert_fails(seal_unwrap(*state, only_new, wrapped, slice_text("acme"), &again), STATUS_FAILED_PRECONDITION,
		     "SEAL_KEY_UNKNOWN");
	assert_fails(seal_unwrap(*state, only_new, rewrapped, slice_text("other"), &again), STATUS_DATA_LOSS,
		     "SEAL_BROKEN");
	assert_fails(seal_unwrap(*state, only_new, slice_text("junk"), slice_text("acme"), &again), STATUS_DATA_LOSS,
		     "SEAL_BROKEN");
}

static void a_bad_ring_is_told_by_its_line_and_never_by_its_key(void **state)
{
	static const char *const bad[] = {
		"",
		"# none\n",
		"id\n",
		OLD_KEY "\n" OLD_KEY,
		"a AAAA",
		"a AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=",
		"a  AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		"a/b AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	};
	struct seal_ring *ring = NULL;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct status status = seal_ring_read(*state, slice_text(bad[i]), &ring);

		assert_int_equal(status.code, STATUS_INVALID_ARGUMENT);
		assert_string_equal(status.reason, "SEAL_RING_INVALID");
		assert_null(strstr(status.message, "AAAA"));
		assert_null(ring);
	}
	struct status status = seal_ring_read(*state, slice_text(OLD_KEY "\n\nx"), &ring);
	assert_non_null(strstr(status.message, "line 3"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(another_implementation_seals_the_same_way),
		ARENA_TEST(sealing_twice_gives_two_texts_that_both_open),
		ARENA_TEST(any_changed_bit_and_any_cut_is_broken),
		ARENA_TEST(a_sealed_text_cannot_be_moved),
		ARENA_TEST(ids_and_sizes_of_keys_are_checked),
		ARENA_TEST(rotating_the_key_encryption_key_keeps_everything_open),
		ARENA_TEST(a_bad_ring_is_told_by_its_line_and_never_by_its_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
