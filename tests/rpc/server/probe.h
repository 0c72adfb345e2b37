/* SPDX-License-Identifier: Apache-2.0 */
/* probe.h: a server of the probe service with a client beside it, in one process. */
#ifndef GAON_TESTS_RPC_PROBE_H
#define GAON_TESTS_RPC_PROBE_H

#include <pthread.h>
#include <stdatomic.h>

#include "gaon/probe/v1/probe.gaon.h"
#include "gaon/probe/v1/probe.handlers.h"
#include "runtime/rpc/channel.h"
#include "runtime/rpc/rpc.h"

/** Values of WorkRequest.pause_us that make the executor do something else. */
enum { PROBE_REPLAY = 77, PROBE_RUN_TWICE = 78 };

struct probe {
	struct arena *arena;
	struct rpc_server_options options;
	struct rpc_server *server;
	struct rpc_channel *channel;
	char address[128];

	/* The worker that writes run on. */
	pthread_t worker;
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t changed;
	struct call *waiting[64];
	size_t waiting_count;
	bool is_held, is_over;
	int64_t worked, finished;

	atomic_int asked;    /* times a stream was asked */
	atomic_int released; /* streams and calls whose arena went */
	atomic_int cancelled_seen;
	_Atomic int64_t limit; /* streams count up to here, then idle */
};

/** Starts the server (with `options`, or NULL) and a client. */
void probe_start(struct probe *probe, const struct rpc_server_options *options);
void probe_stop(struct probe *probe);
/** Writes wait until probe_let. */
void probe_hold(struct probe *probe);
void probe_let(struct probe *probe);
/** Waits until so many writes wait in the worker. */
void probe_await_waiting(struct probe *probe, size_t count);

uint64_t probe_metric(const struct probe *probe, const char *name);
/** Waits (10 s at most) until a counter of the server has this value; its value then. */
uint64_t probe_await_metric(const struct probe *probe, const char *name, uint64_t value);

/** The value of a detail, or NULL. */
const char *probe_detail(struct status status, enum status_detail_kind kind, const char *key);

struct rpc_channel *probe_connect(struct probe *probe);

/** connect(2) to the server. */
int probe_connect_raw(const struct probe *probe, int descriptor);
/** True when the other end closes within ten seconds. */
bool probe_is_closed_soon(int descriptor);
/** Takes every descriptor away, and lets peers connect: true when each is shed instead of left waiting. Gives them back. */
bool probe_sheds_when_exhausted(const struct probe *probe);

#endif
