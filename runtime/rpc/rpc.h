/* SPDX-License-Identifier: Apache-2.0 */
/* rpc.h: a gRPC server from method tables. The only face of the transport: no gRPC type appears in it. */
#ifndef GAON_RPC_RPC_H
#define GAON_RPC_RPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/arena.h"
#include "runtime/base/status.h"
#include "runtime/rpc/call.h"

struct rpc_server;

struct rpc_tls {
	const char *certificate_path; /* PEM chain; NULL: cleartext */
	const char *key_path;
	const char *client_ca_path; /* PEM; NULL: clients need no certificate */
	bool require_client_certificate;
	unsigned reload_interval_s; /* how often the files are looked at; 0: 60 */
};

/** 0 takes the default in brackets. */
struct rpc_server_options {
	const char *address; /* "127.0.0.1:7443"; port 0: any free one; "unix:/run/gaon.sock" */
	struct rpc_tls tls;
	unsigned loops;                 /* completion queues with one thread each [cores / 2, at least 2 of 2] */
	size_t message_bytes;           /* [4 MiB] */
	size_t unpacked_bytes;          /* arena budget of a call [16 MiB] */
	unsigned nesting_depth;         /* of a message [32] */
	size_t metadata_bytes;          /* [16 KiB] */
	unsigned streams_per_connection;/* [100] */
	unsigned connections;           /* [4096] */
	int64_t handshake_ms;           /* [10 s] */
	int64_t keepalive_ms;           /* [60 s] */
	int64_t connection_age_ms;      /* [0: endless] */
	int64_t connection_age_grace_ms;/* [30 s] */
	int64_t longest_call_ms;        /* a unary call without a deadline gets this one [60 s] */

	const struct method_table *const *tables;
	size_t table_count;
	struct slice descriptor_set; /* FileDescriptorSet of everything served: reflection */
	call_executor executor;
	/** Wraps each `next` of a stream: gives it a read transaction in call->tx, re-checks its rights. May be NULL. */
	struct stream_step (*stream_hook)(struct call *call, stream_next next, void *state, struct arena *arena,
					  ProtobufCMessage *reply);
	/** After each answered call, on any thread: the access log. May be NULL. */
	void (*on_finished)(void *server_context, const struct call *call, struct status status, int64_t duration_us);
	void *server_context;
};

/**
 * Binds and serves (health says NOT_SERVING until rpc_server_set_serving). Fails RPC_ADDRESS_IN_USE, RPC_METHOD_INVALID …
 * The server's handle lives in `arena`: until that goes, waking or measuring a stopped server does nothing and no harm.
 */
MUST_CHECK struct status rpc_server_start(struct arena *arena, const struct rpc_server_options *options,
					  struct rpc_server **server);

/** The port really bound. */
int rpc_server_port(const struct rpc_server *server);

/** What grpc.health.v1 answers for "" and every service. */
void rpc_server_set_serving(struct rpc_server *server, bool is_serving);

/** Something changed: every idle stream is asked again. Cheap, coalesced, from any thread. */
void rpc_server_wake(struct rpc_server *server);

/**
 * GOAWAY, NOT_SERVING; idle streams end with SERVER_STOPPING; lets calls end for `grace_ms`, then cancels the rest; waits for
 * every handler that still has not called call_finish; joins the threads; frees.
 */
void rpc_server_stop(struct rpc_server *server, int64_t grace_ms);

/** Counters since start, for metrics: name/value pairs in a borrowed table. */
struct rpc_metric {
	const char *name;
	uint64_t value;
};
size_t rpc_server_metrics(const struct rpc_server *server, struct rpc_metric *metrics, size_t most);

#endif
