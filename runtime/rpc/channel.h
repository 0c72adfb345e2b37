/* SPDX-License-Identifier: Apache-2.0 */
/* channel.h: the client's end: typed calls over one connection. No gRPC type appears here. */
#ifndef GAON_RPC_CHANNEL_H
#define GAON_RPC_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/arena.h"
#include "runtime/base/slice.h"
#include "runtime/base/status.h"
#include "runtime/rpc/method.h"

struct rpc_channel;
struct rpc_reader;

struct rpc_channel_options {
	const char *address; /* "127.0.0.1:7443", "unix:/run/gaon.sock" */
	bool use_tls;
	const char *ca_path; /* PEM; NULL: the system's */
	const char *certificate_path, *key_path; /* of this client; NULL: none */
	const char *server_name; /* overrides the name that the certificate must bear */
	const char *authorization; /* "Bearer …"; NULL: none. Refused on cleartext to a host that is not loopback unless allow_insecure */
	bool allow_insecure;
	const char *user_agent;
	int64_t keepalive_ms;   /* 0: 30 s */
	size_t message_bytes;   /* 0: 16 MiB */
};

struct rpc_call_options {
	int64_t timeout_ms;   /* 0: 30 s; streams: 0 means none */
	unsigned attempts;    /* of idempotent methods on UNAVAILABLE, with back-off; 0: 4 */
	const char *trace_id; /* x-request-id; NULL: none */
};

MUST_CHECK struct status rpc_channel_open(struct arena *arena, const struct rpc_channel_options *options,
					  struct rpc_channel **channel);
void rpc_channel_close(struct rpc_channel *channel);

/**
 * Waits at most `wait_ms` for the connection, making it when there is none; true when it stands. Who waits for a server that is
 * away waits here and not in a sleep: the core gets on with connecting only while somebody polls. Thread-safe.
 */
bool rpc_channel_connect(struct rpc_channel *channel, int64_t wait_ms);

/** Blocks. `reply` is unpacked into `arena`. The status carries the google.rpc details that the server sent. Thread-safe. */
MUST_CHECK struct status rpc_channel_unary(struct rpc_channel *channel, struct arena *arena, const struct method *method,
					   const ProtobufCMessage *request, const struct rpc_call_options *options,
					   ProtobufCMessage **reply);

/** Opens a server stream. Close it with rpc_reader_close (also cancels). */
MUST_CHECK struct status rpc_reader_open(struct rpc_channel *channel, const struct method *method,
					 const ProtobufCMessage *request, const struct rpc_call_options *options,
					 struct rpc_reader **reader);
/** Blocks for the next message; *message NULL at the clean end. */
MUST_CHECK struct status rpc_reader_next(struct rpc_reader *reader, struct arena *arena, ProtobufCMessage **message);
void rpc_reader_cancel(struct rpc_reader *reader); /* from any thread: a blocked next returns CANCELLED */
void rpc_reader_close(struct rpc_reader *reader);

#endif
