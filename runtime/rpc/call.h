/* SPDX-License-Identifier: Apache-2.0 */
/* call.h: one RPC as its handler sees it. No gRPC type appears here. */
#ifndef GAON_RPC_CALL_H
#define GAON_RPC_CALL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/arena.h"
#include "runtime/base/slice.h"
#include "runtime/base/status.h"
#include "runtime/rpc/method.h"

struct call;
struct store_tx;
struct principal;

/** Fills `reply` (already initialised; it and everything it points to live in call->arena). */
typedef struct status (*method_unary)(struct call *call, const ProtobufCMessage *request, ProtobufCMessage *reply);

/**
 * Begins a server stream: checks the request, then calls call_stream. Runs like a unary handler (gate, transaction);
 * its failure ends the stream.
 */
typedef struct status (*method_stream)(struct call *call, const ProtobufCMessage *request);

/** A method with who answers it. Exactly one of the two handlers is set. Generated per service. */
struct method_row {
	const struct method *method;
	method_unary unary;
	method_stream stream;
};

/** The table of one service: `gaon_<service>_rows`, generated. */
struct method_table {
	const char *service;
	const struct method_row *rows;
	size_t count;
};

enum stream_verdict {
	STREAM_MESSAGE, /* `reply` is filled: send it, then ask again */
	STREAM_IDLE,    /* nothing now: ask again after the next wake or at wake_us */
	STREAM_END,     /* finish with `status` */
};

struct stream_step {
	enum stream_verdict verdict;
	struct status status;
	int64_t wake_us; /* with STREAM_IDLE: ask again by then on time_monotonic_us's clock; 0: only when woken */
};

/**
 * Asked for the next message of a stream: on a loop thread, only when the client's window has room (back-pressure), never
 * concurrently with itself. `arena` lives for this one message. Must not block but on the store's inline reads.
 * call->tx is NULL here unless the executor's stream hook sets it.
 */
typedef struct stream_step (*stream_next)(struct call *call, void *state, struct arena *arena, ProtobufCMessage *reply);

struct call {
	struct arena *arena;
	const struct method *method;
	const ProtobufCMessage *request; /* checked against its rules, in the arena */
	ProtobufCMessage *reply;         /* unary: what call_run fills */
	void *server_context;            /* the composition's own (struct gaond *) */

	/* Set by the gate before the handler runs. */
	struct store_tx *tx;
	const struct principal *principal; /* NULL on public methods */
	const char *scope;                 /* the resource name that the permission was checked on; "" for the root */
	int64_t now_us;                    /* one wall-clock time for the whole call */
	bool commits_on_failure;           /* set by a handler whose refusal itself must be kept (an approval that became void) */

	/* From the wire. */
	const char *peer;       /* "ipv4:127.0.0.1:50112" */
	const char *request_id; /* AIP-155 of the request, or "" */
	const char *trace_id;   /* x-request-id metadata, or one we made; goes to the log, the audit and the reply's trailer */
	struct slice authorization; /* the authorization metadata, or empty */
	struct slice certificate_san; /* first URI or DNS SAN of a verified client certificate, or empty */
	int64_t deadline_us;    /* on time_monotonic_us's clock; INT64_MAX: none */
	atomic_bool is_cancelled; /* the client went away or the deadline passed */
};

/**
 * Where a checked call goes: the executor decides on which thread it runs (method->access), opens the transaction, asks
 * the gate, calls call_run, and ends with exactly one call_finish, now or later, from any thread.
 */
typedef void (*call_executor)(void *server_context, struct call *call);

/** Runs the handler: fills call->reply, or remembers what call_stream was given. */
MUST_CHECK struct status call_run(struct call *call);

/** Answers the client. Thread-safe. For a stream that call_stream accepted and OK, starts the sending; the call lives on. */
void call_finish(struct call *call, struct status status);

/** For a stream handler: from now on `next(call, state, …)` gives the messages. `state` lives in call->arena. */
void call_stream(struct call *call, stream_next next, void *state);

/** Answers with this packed reply of an earlier identical request instead of running the handler (AIP-155 replay). */
MUST_CHECK struct status call_replay(struct call *call, struct slice packed_reply);

/** The packed reply, after call_run: what a replay record keeps. In call->arena. */
struct slice call_packed_reply(struct call *call);

/** A metadata value of the request ("user-agent"), or NULL. */
const char *call_metadata(const struct call *call, const char *key);

/** Adds one pair to the reply's trailing metadata; from the handler only. */
void call_trailer(struct call *call, const char *key, const char *value);

#endif
