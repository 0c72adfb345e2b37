/* SPDX-License-Identifier: Apache-2.0 */
/* seal_fuzz.c: nobody makes a sealed text without the key, and everybody can seal anything. */
#include "runtime/base/text.h"
#include "runtime/crypto/seal.h"
#include "tests/support/fuzz.h"

const char *const fuzz_seeds[] = {
	"\x01\x01k0123456789abABCDEFGHIJKLMNOPciphertext",
	"kek AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n# old\nold AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n",
	"plain",
	NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char secret[SEAL_KEY_SIZE] = "an entirely unguessable secret!";
	struct arena *arena = arena_new(0);
	struct slice input = slice_of(data, size);
	struct seal_key *key;
	struct seal_ring *ring;
	struct slice sealed;
	struct slice plain;

	FUZZ_CHECK(status_is_ok(seal_key_new(arena, "k", slice_of(secret, sizeof secret), &key)));
	FUZZ_CHECK(!status_is_ok(seal_open(arena, key, input, slice_text("context"), &plain)));
	FUZZ_CHECK(status_is_ok(seal_close(arena, key, input, input, &sealed)));
	FUZZ_CHECK(status_is_ok(seal_open(arena, key, sealed, input, &plain)) && slice_equal(plain, input));
	if (status_is_ok(seal_ring_read(arena, input, &ring))) {
		struct seal_key *data_key;

		FUZZ_CHECK(!status_is_ok(seal_unwrap(arena, ring, input, slice_text("x"), &data_key)));
		FUZZ_CHECK(!seal_is_current(ring, input));
		seal_ring_free(ring);
	}
	seal_key_free(key);
	arena_free(arena);
	return 0;
}
