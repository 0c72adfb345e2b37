/* SPDX-License-Identifier: Apache-2.0 */
/* command_fixture.h: runs the gaon program against a canned server, with its own configuration folder. */
#ifndef GAON_TESTS_RPC_CLIENT_COMMAND_FIXTURE_H
#define GAON_TESTS_RPC_CLIENT_COMMAND_FIXTURE_H

#include "tests/support/arena_fixture.h"

#include "runtime/rpc/method.h"
#include "tests/support/canned_server.h"

#define PROJECT "tenants/acme/projects/web"
#define ID_1 "0193a5c2-6f4e-7c31-9a53-3f0c8b1d2e41"
#define ID_2 "0193a5c2-6f4e-7c31-9a53-3f0c8b1d2e42"
#define OPERATION PROJECT "/operations/0193a5c2-6f4e-7c31-9a53-3f0c8b1d2eff"

/** What one run of the program came to. */
struct result {
	int code;
	const char *out, *error;
};

extern struct canned_server *server;

int group_setup(void **state);
int group_teardown(void **state);

/** Runs GAON_BINARY; with GAON_SHOW in the environment, prints what happened, for human eyes. */
struct result run_line(struct arena *arena, char **argv);
#define RUN(...) run_line(*state, (char *[]){ "gaon", __VA_ARGS__, NULL })

void assert_has(const char *text, const char *part);
/** The last request of a method, as JSON. */
const char *sent(void **state, const struct method *method);
/** A file in the test's folder. */
const char *file_at(void **state, const char *name);
const char *read_back(struct arena *arena, const char *path);

#endif
