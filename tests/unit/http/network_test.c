/* SPDX-License-Identifier: Apache-2.0 */
/* network_test.c: which addresses are public, and what a list of networks may say. */
#include "tests/support/arena_fixture.h"

#include "runtime/base/memory.h"
#include "runtime/http/network.h"

static struct address at(const char *text)
{
	struct address address;

	if (!address_from_text(text, &address))
		fail_msg("%s is no address", text);
	return address;
}

static void only_globally_reachable_addresses_are_public(void **state)
{
	static const char *const open[] = { "8.8.8.8",        "1.1.1.1",      "172.15.255.255",   "172.32.0.0",
					    "100.63.255.255", "100.128.0.0",  "223.255.255.255",  "192.167.255.255",
					    "2606:4700::1",   "2a00:1450::1", "64:ff9b::808:808", "::ffff:8.8.8.8" };
	static const char *const closed[] = { "0.0.0.0",
					      "10.1.2.3",
					      "127.0.0.1",
					      "127.255.255.255",
					      "169.254.169.254",
					      "172.16.0.1",
					      "172.31.255.255",
					      "192.168.1.1",
					      "100.64.0.1",
					      "198.18.0.1",
					      "198.19.255.255",
					      "224.0.0.1",
					      "255.255.255.255",
					      "240.0.0.1",
					      "192.0.2.1",
					      "203.0.113.7",
					      "::",
					      "::1",
					      "fe80::1",
					      "fc00::1",
					      "fdff::1",
					      "ff02::1",
					      "2001:db8::1",
					      "2002:a00:1::1",
					      "2001::1",
					      "64:ff9b::a00:1",
					      "64:ff9b:1::1",
					      "::ffff:10.0.0.1",
					      "::ffff:169.254.169.254",
					      "::7f00:1",
					      "100::1",
					      "4000::1" };

	(void)state;
	for (size_t i = 0; i < sizeof open / sizeof open[0]; i++) {
		struct address address = at(open[i]);

		if (!address_is_public(&address))
			fail_msg("%s is not public", open[i]);
	}
	for (size_t i = 0; i < sizeof closed / sizeof closed[0]; i++) {
		struct address address = at(closed[i]);

		if (address_is_public(&address))
			fail_msg("%s is public", closed[i]);
	}
}

static void lists_hold_their_networks_and_no_others(void **state)
{
	struct network_list list;
	static const char *const in[] = { "10.255.0.1", "192.0.2.1", "fd00:1::1", "172.16.5.255" };
	static const char *const out[] = { "11.0.0.0", "192.0.2.2", "fe00::1", "172.16.6.0", "::a00:1" };

	(void)state;
	assert_true(network_list_parse("10.0.0.0/8, fd00::/8 ,192.0.2.1,172.16.4.0/23", &list));
	for (size_t i = 0; i < sizeof in / sizeof in[0]; i++) {
		struct address address = at(in[i]);

		assert_true(network_list_has(&list, &address));
	}
	for (size_t i = 0; i < sizeof out / sizeof out[0]; i++) {
		struct address address = at(out[i]);

		assert_false(network_list_has(&list, &address));
	}
	memory_free(list.rows);
	assert_true(network_list_parse("", &list));
	assert_int_equal(list.count, 0);
	memory_free(list.rows);
}

static void malformed_lists_are_refused(void **state)
{
	static const char *const bad[] = { "10.0.0.0/33", "10.0.0.1/8", "10.0.0",
					   "x",           "10.0.0.0/",  "10.0.0.0/8,,",
					   ",",           "fd00::/129", "10.0.0.0/8 11.0.0.0/8",
					   "10.0.0.0/-1", "localhost" };
	struct network_list list;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		if (network_list_parse(bad[i], &list))
			fail_msg("%s is taken", bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(only_globally_reachable_addresses_are_public),
		ARENA_TEST(lists_hold_their_networks_and_no_others),
		ARENA_TEST(malformed_lists_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
