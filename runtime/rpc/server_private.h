/* SPDX-License-Identifier: Apache-2.0 */
/* server_private.h: what the server's files share. Each function says which file it lives in by its prefix. */
#ifndef GAON_RPC_SERVER_PRIVATE_H
#define GAON_RPC_SERVER_PRIVATE_H

#include <stdatomic.h>

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>

#include "runtime/rpc/handoff.h"
#include "runtime/rpc/loop.h"
#include "runtime/rpc/rpc.h"
#include "runtime/rpc/wire.h"

#define SERVER_TRAILERS_MOST 8
#define SERVER_ARENAS_POOLED 64
#define SERVER_REFLECTIONS 2 /* v1 and v1alpha */

struct listener;
struct server_loop;
struct reflection;
struct descriptor_index;

/** Every counter has a row in server_metrics.c. Owner: whoever counts; atomic, since any thread may. */
enum server_counter {
	COUNTER_CALLS,
	COUNTER_CALLS_FAILED,
	COUNTER_CALLS_CANCELLED,
	COUNTER_CALLS_REFUSED, /* malformed, too large or against the rules: no handler saw them */
	COUNTER_CALLS_LATE,    /* the server's own deadline passed */
	COUNTER_CALLS_OPEN,
	COUNTER_METHODS_UNKNOWN,
	COUNTER_STREAMS_OPEN,
	COUNTER_MESSAGES_STREAMED,
	COUNTER_BYTES_RECEIVED,
	COUNTER_BYTES_SENT,
	COUNTER_CONNECTIONS_ACCEPTED,
	COUNTER_CONNECTIONS_REFUSED,
	COUNTER_ACCEPT_FAILURES,
	COUNTER_COUNT,
};

/** A method as this server serves it. */
struct server_method {
	const struct method_row *row;
	void *registered;       /* the core's handle */
	bool has_request_id;    /* the request has a string field `request_id` … */
	unsigned request_id_at; /* … at this offset */
	bool is_own;            /* health: answered here, without the executor */
};

/** A pair that the handler adds to the answer's trailing metadata. */
struct trailer {
	const char *key, *value;
	struct trailer *next;
};

/** An RPC on its way. Everything below `call` is touched on its loop's thread only, unless it says otherwise. */
struct server_call {
	struct call call; /* first: handlers hold a pointer to it */
	struct server_loop *loop;
	struct server_method *method; /* NULL: nobody knows the method */
	struct event requested, closed, sent;
	struct posting posting; /* call_finish from another thread */
	struct timer timer;     /* unary: the server's own deadline; stream: when to ask again */

	grpc_call *core;
	gpr_timespec deadline;
	grpc_metadata_array metadata;
	grpc_byte_buffer *payload;
	char *peer; /* the core's own text */
	int was_cancelled;

	unsigned references; /* one for each batch on its way, one for the handler; the last one releases */
	bool is_watched;     /* RECV_CLOSE is on its way or was answered */
	bool is_answered;    /* the status is on its way, or never will be */
	bool is_handled;     /* the handler is done */
	struct status outcome;
	int64_t started_us;

	/* Written by the handler, read after call_finish. */
	struct status finished;
	bool is_finished;
	struct slice packed;
	bool is_packed;
	struct trailer *trailers; /* newest first */
	size_t trailer_count;
	stream_next next;
	void *state;

	/* Streams. */
	grpc_byte_buffer *held;          /* pulled ahead, to know that the one before it may wait in the buffer */
	struct server_call *older, *newer, **list; /* in the loop's `idle` or `ready`; list NULL: in none */
	bool is_stream, is_writing, has_ended, has_rested;
	int64_t rest_until_us; /* has_rested: the wake_us of the last STREAM_IDLE */
	uint64_t asked_at;     /* the loop's wake count then */

	struct server_call *pooled;
};

/** A loop with what a server keeps beside it. */
struct server_loop {
	struct loop loop; /* first */
	struct rpc_server *server;
	struct server_call *pool;
	struct arena *arenas[SERVER_ARENAS_POOLED];
	size_t arena_count;
	struct arena *scratch; /* for packing one answer */
	unsigned *armed;       /* by method: requests that wait for a call */
	unsigned *wanted;      /* by method: how many should */
	grpc_call_details unknown;
	struct server_call *idle; /* newest first */
	struct server_call *ready; /* woken, not asked yet */
	struct reflection *reflections; /* open ones, newest first */
	size_t open_calls;
	bool is_closing;       /* calls that still arrive are dropped */
	struct posting close;
	struct posting wake, resume;
	atomic_bool is_waking; /* `wake` is on its way; any thread sets it */
	bool is_resuming;      /* `resume` is on its way */
	uint64_t wakes;
	uint64_t trace_count;
};

struct rpc_server {
	struct arena *arena; /* what goes when the server stops; this struct is in the caller's */
	struct rpc_server_options options; /* defaults filled in */
	struct wire_limits limits;
	grpc_server *core;
	struct handoff handoff;
	bool takes_tls; /* the core takes TLS connections from us */
	struct listener *listener; /* NULL when the core listens itself: TLS, and a core that handoff.c does not know */
	int port;
	struct server_method *methods;
	size_t method_count;
	void *reflections[SERVER_REFLECTIONS]; /* the core's handles */
	struct descriptor_index *descriptors;
	struct server_loop *loops;
	unsigned loop_count;
	char trace_prefix[11];
	atomic_bool is_serving, is_stopping;
	atomic_uint_fast64_t counters[COUNTER_COUNT];

	struct event down; /* the core has let go of every connection */
	pthread_mutex_t lock; /* guards all below, and `listener` when the server ends */
	pthread_cond_t changed;
	bool is_down, is_over; /* over: loops and listener are no more */
	unsigned loops_quiet; /* how many loops have no call left */
};

static inline void server_count(struct rpc_server *server, enum server_counter counter, uint64_t more)
{
	atomic_fetch_add_explicit(&server->counters[counter], more, memory_order_relaxed);
}

static inline void server_uncount(struct rpc_server *server, enum server_counter counter)
{
	atomic_fetch_sub_explicit(&server->counters[counter], 1, memory_order_relaxed);
}

/* server_method.c */
/** Checks every row and fills server->methods. Fails RPC_METHOD_INVALID and names the method. */
MUST_CHECK struct status server_methods_check(struct arena *arena, struct rpc_server *server);

/* server_health.c */
extern const struct method_table server_health_table;

/* server_reflection.c */
void server_reflection_register(struct rpc_server *server);
void server_reflection_arm(struct server_loop *loop);
/** Cancels what is open: such a stream would outlast any grace. */
void server_reflection_stop(struct server_loop *loop);

/* server_call.c */
/** Asks the core for calls: `wanted` for each method, and one for whatever nobody knows. */
void server_call_arm_all(struct server_loop *loop);
void server_call_pool_free(struct server_loop *loop);
/** Counts a call in or out of its loop; the last one out of a closing loop tells rpc_server_stop. */
void server_call_enter(struct server_loop *loop);
void server_call_leave(struct server_loop *loop);
/** After the core is down: no call is begun any more; when the last one is gone, server->loops_quiet grows. */
void server_calls_close(struct server_loop *loop);
/** Sends `status` (and the reply) unless an answer is on its way; drops the handler's reference. */
void server_call_answer(struct server_call *call, struct status status);
void server_call_drop(struct server_call *call);
grpc_byte_buffer *server_call_pack(struct server_call *call, const ProtobufCMessage *message);
/** Sends the final status without touching references; nothing when the client is gone. */
void server_call_send(struct server_call *call, struct status status, bool has_reply);
/** On the loop: what call_finish asked for. */
void server_call_finish(struct server_call *call, struct status status);

/* server_stream.c */
/** Takes over a call whose handler named a `next`. */
void server_stream_start(struct server_call *call);
/** The client went away, or its deadline passed. */
void server_stream_cancel(struct server_call *call);
/** Out of the loop's lists. */
void server_stream_unlink(struct server_call *call);
void server_streams_open(struct server_loop *loop);
/** Every idle stream is asked again. From any thread, coalesced. */
void server_streams_wake(struct server_loop *loop);

/* server_metadata.c: fills call->call from what the core received. */
void server_metadata_read(struct server_call *call);

/* server_credentials.c */
MUST_CHECK struct status server_credentials_new(struct arena *arena, const struct rpc_tls *tls,
						grpc_server_credentials **credentials);

/* listener.c: accepts connections itself, so that running out of descriptors is survived. */
MUST_CHECK struct status listener_open(struct arena *arena, struct rpc_server *server, struct listener **listener);
void listener_start(struct listener *listener);
/** Accepts no more; peers of calls still running stay known. */
void listener_close(struct listener *listener);
/** Takes NULL. */
void listener_free(struct listener *listener);
int listener_port(const struct listener *listener);
/** The address behind a connection's descriptor; "" when unknown. */
const char *listener_peer(struct listener *listener, struct arena *arena, int descriptor);
uint64_t listener_connections(struct listener *listener);

#endif
