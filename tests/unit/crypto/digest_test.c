/* SPDX-License-Identifier: Apache-2.0 */
/* digest_test.c: the published vectors. */
#include "tests/support/arena_fixture.h"

#include <string.h>

#include "runtime/base/text.h"
#include "runtime/crypto/digest.h"
#include "runtime/crypto/random.h"

/* FIPS 180-4's examples. */
static void sha256_gives_the_published_digests(void **state)
{
	assert_string_equal(digest_sha256_hex(*state, slice_text("")),
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_string_equal(digest_sha256_hex(*state, slice_text("abc")),
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_string_equal(digest_sha256_hex(*state, slice_of(NULL, 0)),
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void parts_digest_as_the_whole(void **state)
{
	struct slice parts[] = { slice_text("a"), slice_of(NULL, 0), slice_text("bc") };
	unsigned char digest[DIGEST_SIZE];

	digest_sha256_parts(parts, 3, digest);
	assert_string_equal(text_to_hex(*state, slice_of(digest, sizeof digest)),
			    digest_sha256_hex(*state, slice_text("abc")));
}

/* RFC 4231, cases 1, 2 and 6. */
static void hmac_gives_the_published_codes(void **state)
{
	char key[131];

	memset(key, 0x0b, 20);
	assert_string_equal(digest_hmac_sha256_hex(*state, slice_of(key, 20), slice_text("Hi There")),
			    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	assert_string_equal(
		digest_hmac_sha256_hex(*state, slice_text("Jefe"), slice_text("what do ya want for nothing?")),
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, 131);
	assert_string_equal(
		digest_hmac_sha256_hex(*state, slice_of(key, 131),
				       slice_text("Test Using Larger Than Block-Size Key - Hash Key First")),
		"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	/* no key and no text, as other implementations have it */
	assert_string_equal(digest_hmac_sha256_hex(*state, slice_of(NULL, 0), slice_of(NULL, 0)),
			    "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void equality_compares_sizes_and_bytes(void **state)
{
	(void)state;
	assert_true(digest_equal(slice_text("abc"), slice_text("abc")));
	assert_false(digest_equal(slice_text("abc"), slice_text("abd")));
	assert_false(digest_equal(slice_text("abc"), slice_text("ab")));
	assert_true(digest_equal(slice_of(NULL, 0), slice_of(NULL, 0)));
}

static void random_bytes_differ_each_time(void **state)
{
	unsigned char zero[32] = { 0 };
	unsigned char bytes[32] = { 0 };
	char *first;
	char *second;

	assert_ok(random_bytes(*state, bytes, sizeof bytes));
	assert_memory_not_equal(bytes, zero, sizeof bytes);
	assert_ok(random_text(*state, 32, &first));
	assert_ok(random_text(*state, 32, &second));
	assert_int_equal(strlen(first), 43);
	assert_string_not_equal(first, second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(sha256_gives_the_published_digests), ARENA_TEST(parts_digest_as_the_whole),
		ARENA_TEST(hmac_gives_the_published_codes),     ARENA_TEST(equality_compares_sizes_and_bytes),
		ARENA_TEST(random_bytes_differ_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
