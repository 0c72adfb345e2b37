/* SPDX-License-Identifier: Apache-2.0 */
/* house.h: a fresh store with iam in it, and calls that walk through the gate into its handlers. */
#ifndef GAON_TESTS_UNIT_IAM_HOUSE_H
#define GAON_TESTS_UNIT_IAM_HOUSE_H

#include "gaon/iam/v1/iam.handlers.h"
#include "server/services/iam/iam.h"
#include "server/services/iam/room.h"
#include "tests/support/arena_fixture.h"

#define HOUSE_NOW INT64_C(1795435200000000) /* where the fake clock stands at first */

struct house {
	struct arena *arena;
	struct store *store;
	struct iam *iam;
	const char *folder, *url;
	const char *bootstrap_token;
	const char *root_key; /* of tenants/gaon/users/mina, the administrator; after house_open */
};

int house_setup(void **state);     /* bare: before bootstrap */
int house_setup_open(void **state); /* bootstrapped */
int house_teardown(void **state);
void house_restart(struct house *house);

#define HOUSE_TEST(test_) cmocka_unit_test_setup_teardown((test_), house_setup_open, house_teardown)

/** One RPC of iam by its name, with `key` ("" none) as the credential. */
struct status house_call(struct house *house, const char *key, const char *rpc, const void *request, void *reply);
/** The gate alone, for any method. */
struct status house_gate(struct house *house, const char *key, const struct method *method, const char *scope,
			 const struct principal **principal);

/** As house_gate, known by a verified client certificate's name. */
struct status house_gate_mtls(struct house *house, const char *san, const struct method *method, const char *scope,
			      const struct principal **principal);

/* Short ways; each fails the test when the call fails. All by the administrator. */
void house_tenant(struct house *house, const char *parent, const char *id);
void house_project(struct house *house, const char *parent, const char *id);
const char *house_user(struct house *house, const char *parent, const char *id); /* its API key */
const char *house_key(struct house *house, const char *account);
void house_group(struct house *house, const char *parent, const char *id);
void house_join(struct house *house, const char *group, const char *member);

struct house_binding {
	const char *resource, *role, *member;
	int64_t expires_us; /* 0: never */
};
/** Adds one binding to the policy of its resource, as `key`. */
struct status house_bind_as(struct house *house, const char *key, const struct house_binding *binding);
void house_bind(struct house *house, const char *resource, const char *role, const char *member);
/** Takes the bindings of `member` away. */
struct status house_unbind_as(struct house *house, const char *key, const char *resource, const char *member);

/** What a store_query of one number gives. */
int64_t house_number(struct house *house, const char *sql);
void house_execute(struct house *house, const char *sql);
uint64_t house_statements(struct house *house);

#endif
