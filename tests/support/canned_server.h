/* SPDX-License-Identifier: Apache-2.0 */
/* canned_server.h: a real gRPC server inside the test whose handlers answer what a table says. */
#ifndef GAON_TESTS_SUPPORT_CANNED_SERVER_H
#define GAON_TESTS_SUPPORT_CANNED_SERVER_H

#include "runtime/base/arena.h"
#include "runtime/rpc/method.h"

/** One method and its answer: proto3 JSON of the reply (of a stream: an array of messages), or a failure. */
struct canned {
	const struct method *method;
	const char *json;
	enum status_code code; /* not OK: the call fails so, after what `json` holds of a stream */
	const char *reason, *message, *field;
	const char *only_if; /* NULL: always; else a text that the request's JSON must contain */
};

struct canned_server;

/** Answers with the first row of the method that fits. Rows are borrowed. Aborts the test when it cannot start. */
struct canned_server *canned_server_start(const struct canned *rows, size_t count);
/** The same on a given address: a server that comes back. */
struct canned_server *canned_server_start_at(const struct canned *rows, size_t count, const char *address);
const char *canned_server_address(const struct canned_server *server);
/** The last request of a method as JSON, or "": copied into `arena`. Thread-safe. */
const char *canned_server_request(struct canned_server *server, struct arena *arena, const struct method *method);
/** The authorization that the last call came with. */
const char *canned_server_authorization(struct canned_server *server, struct arena *arena);
unsigned canned_server_calls(struct canned_server *server);
void canned_server_stop(struct canned_server *server);

#endif
