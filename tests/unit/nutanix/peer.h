/* SPDX-License-Identifier: Apache-2.0 */
/* peer.h: a Prism Central that answers as a table says, for the suites of this folder. */
#ifndef GAON_TESTS_UNIT_NUTANIX_PEER_H
#define GAON_TESTS_UNIT_NUTANIX_PEER_H

#include "providers/nutanix/nutanix.h"
#include "providers/nutanix/session.h"
#include "tests/support/arena_fixture.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))
#define RESOURCE "01890000-0000-7000-8000-00000000abcd"
#define OTHER "01890000-0000-7000-8000-00000000dcba"
#define VM "bdbbad7a-a401-4f9a-a789-2b8406905b56"
#define IMAGE "70cfd137-a8d9-4169-a5ac-cf9ad6ddb03a"
#define CLUSTER "00061f7f-44f7-19dc-3be1-7cc25586ee44"
#define TASK "ZXJnb24=:e074cb94-1123-4dca-82b0-b842f019a825"
#define V4_VMS "/api/vmm/v4.0/ahv/config/vms"
#define V3_VMS "/api/nutanix/v3/vms"
#define ANSWER(status_, headers_, body_) "HTTP/1.1 " status_ "\r\n" headers_ "Connection: close\r\n\r\n" body_
#define LOST NULL /* it hangs up */
#define PASSWORD "{\"username\":\"gaon\",\"password\":\"pass:word\"}"

enum { ANSWERS_MOST = 6, ASKED_MOST = 16, WORD_MOST = 64 };

/**
 * What the peer says to the requests of this method to paths that begin so: one answer after the other, the last one to all that
 * follow. And what it was told.
 */
struct rule {
	const char *method, *path;
	const char *answers[ANSWERS_MOST];
	size_t count;
	size_t asked;
	char request_ids[ASKED_MOST][WORD_MOST], etags[ASKED_MOST][WORD_MOST];
	char head[16384], body[16384]; /* of the last one */
};
#define RULE(method_, path_, ...)                                                                                      \
	{                                                                                                              \
		.method = (method_), .path = (path_), .answers = { __VA_ARGS__ },                                      \
		.count = sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(const char *)                                \
	}

int peer_set_up(void **state);
int peer_tear_down(void **state);
#define SESSION_TEST(test_) cmocka_unit_test_setup_teardown((test_), peer_set_up, peer_tear_down)
const char *peer_endpoint(struct arena *arena);

struct json *json_of(struct arena *arena, const char *text);
struct provider_call call_of(struct arena *arena);
struct provider_result open_with(struct arena *arena, const char *endpoint, const char *options, const char *credentials,
				 struct provider_session **session);
/** Of the rules, with a password. It goes with the arena; the rules stay the caller's. */
struct provider_session *session_of(struct arena *arena, const char *options, struct rule *table, size_t count);
/** For arena_defer. */
void close_session(void *session);

#endif
