/* SPDX-License-Identifier: Apache-2.0 */
/* bootstrap_test.c: the one-time token: once, in time, slowly guessed; and who a new caller is. */
#include <string.h>

#include "runtime/base/time.h"
#include "tests/unit/iam/house.h"

#define BARE_TEST(test_) cmocka_unit_test_setup_teardown((test_), house_setup, house_teardown)

static struct status bootstrap(struct house *house, const char *token, const char *user, Gaon__BootstrapResponse *reply)
{
	Gaon__BootstrapRequest request = GAON__BOOTSTRAP_REQUEST__INIT;

	request.token = token;
	request.tenant_id = "gaon";
	request.user_id = user;
	gaon__bootstrap_response__init(reply);
	return house_call(house, "", "Bootstrap", &request, reply);
}

static void the_token_lets_one_administrator_in_and_never_works_again(void **state)
{
	struct house *house = *state;
	Gaon__BootstrapResponse reply;
	Gaon__WhoAmIRequest who = GAON__WHO_AM_IREQUEST__INIT;
	Gaon__WhoAmIResponse me = GAON__WHO_AM_IRESPONSE__INIT;

	assert_int_equal(strlen(house->bootstrap_token), 64);
	assert_ok(bootstrap(house, house->bootstrap_token, "mina", &reply));
	assert_string_equal(reply.tenant->name, "tenants/gaon");
	assert_string_equal(reply.tenant->parent, "");
	assert_string_equal(reply.user->name, "tenants/gaon/users/mina");
	assert_ok(house_call(house, reply.api_key, "WhoAmI", &who, &me));
	assert_string_equal(me.principal, "tenants/gaon/users/mina");
	assert_string_equal(me.authentication_method, "api-key");
	assert_int_equal(me.n_roles, 1);
	assert_string_equal(me.roles[0]->role, "roles/tenant-admin");
	assert_fails(bootstrap(house, house->bootstrap_token, "mona", &reply), STATUS_UNAUTHENTICATED,
		     "BOOTSTRAP_TOKEN_INVALID");

	const char *used = house->bootstrap_token;

	house_restart(house);
	assert_string_equal(house->bootstrap_token, "");
	assert_fails(bootstrap(house, used, "mona", &reply), STATUS_UNAUTHENTICATED, "BOOTSTRAP_TOKEN_INVALID");
	assert_fails(bootstrap(house, "", "mona", &reply), STATUS_UNAUTHENTICATED, "BOOTSTRAP_TOKEN_INVALID");
}

static void a_restart_makes_a_new_token_and_the_old_one_is_gone(void **state)
{
	struct house *house = *state;
	const char *old = house->bootstrap_token;
	Gaon__BootstrapResponse reply;

	house_restart(house);
	assert_string_not_equal(house->bootstrap_token, old);
	assert_fails(bootstrap(house, old, "mina", &reply), STATUS_UNAUTHENTICATED, "BOOTSTRAP_TOKEN_INVALID");
	assert_ok(bootstrap(house, house->bootstrap_token, "mina", &reply));
}

static void a_token_expires_after_a_day(void **state)
{
	struct house *house = *state;
	Gaon__BootstrapResponse reply;

	time_fake_advance(TIME_US_PER_DAY);
	assert_fails(bootstrap(house, house->bootstrap_token, "mina", &reply), STATUS_UNAUTHENTICATED,
		     "BOOTSTRAP_TOKEN_INVALID");
}

static void the_token_is_nowhere_in_the_store(void **state)
{
	struct house *house = *state;

	assert_int_equal(house_number(house, "SELECT LENGTH(bootstrap_hash) FROM iam_state"), 32);
	assert_int_equal(house_number(house, arena_printf(house->arena,
							  "SELECT COUNT(*) FROM iam_state WHERE bootstrap_hash = '%s'",
							  house->bootstrap_token)),
			 0);
}

static void guessable_accounts_are_refused_and_the_token_lives_on(void **state)
{
	static const char *const refused[] = { "admin", "root", "administrator", "test", "guest", "user" };
	struct house *house = *state;
	Gaon__BootstrapResponse reply;

	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		assert_fails(bootstrap(house, house->bootstrap_token, refused[i], &reply), STATUS_INVALID_ARGUMENT,
			     "ACCOUNT_NAME_REFUSED");
	assert_ok(bootstrap(house, house->bootstrap_token, "mina", &reply));
}

static void guesses_are_slowed_down(void **state)
{
	struct house *house = *state;
	Gaon__BootstrapResponse reply;
	char *guess = arena_strdup(house->arena, house->bootstrap_token);

	guess[0] = guess[0] == '0' ? '1' : '0';
	for (int i = 0; i < 10; i++)
		assert_fails(bootstrap(house, guess, "mina", &reply), STATUS_UNAUTHENTICATED, "BOOTSTRAP_TOKEN_INVALID");
	assert_fails(bootstrap(house, guess, "mina", &reply), STATUS_RESOURCE_EXHAUSTED, "BOOTSTRAP_TOO_MANY_GUESSES");
	assert_fails(bootstrap(house, house->bootstrap_token, "mina", &reply), STATUS_RESOURCE_EXHAUSTED,
		     "BOOTSTRAP_TOO_MANY_GUESSES");
	time_fake_advance(TIME_US_PER_MINUTE);
	assert_ok(bootstrap(house, house->bootstrap_token, "mina", &reply));
}

static void groups_and_roles_are_told(void **state)
{
	struct house *house = *state;
	Gaon__WhoAmIRequest who = GAON__WHO_AM_IREQUEST__INIT;
	Gaon__WhoAmIResponse me = GAON__WHO_AM_IRESPONSE__INIT;
	const char *vera = house_user(house, "tenants/gaon", "vera");

	house_group(house, "tenants/gaon", "outer");
	house_group(house, "tenants/gaon", "inner");
	house_join(house, "tenants/gaon/groups/outer", "tenants/gaon/groups/inner");
	house_join(house, "tenants/gaon/groups/inner", "tenants/gaon/users/vera");
	house_bind(house, "tenants/gaon", "roles/viewer", "tenants/gaon/groups/outer");
	assert_ok(house_call(house, vera, "WhoAmI", &who, &me));
	assert_int_equal(me.n_groups, 2);
	assert_int_equal(me.n_roles, 1);
	assert_string_equal(me.roles[0]->member, "tenants/gaon/groups/outer");
	assert_string_equal(me.roles[0]->resource, "tenants/gaon");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BARE_TEST(the_token_lets_one_administrator_in_and_never_works_again),
		BARE_TEST(a_restart_makes_a_new_token_and_the_old_one_is_gone),
		BARE_TEST(a_token_expires_after_a_day),
		BARE_TEST(the_token_is_nowhere_in_the_store),
		BARE_TEST(guessable_accounts_are_refused_and_the_token_lives_on),
		BARE_TEST(guesses_are_slowed_down),
		HOUSE_TEST(groups_and_roles_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
