/* SPDX-License-Identifier: Apache-2.0 */
/* server_metrics.c: the counters by name. */
#include "runtime/rpc/server_private.h"

static const char *const names[COUNTER_COUNT] = {
	[COUNTER_CALLS] = "rpc_calls_total",
	[COUNTER_CALLS_FAILED] = "rpc_calls_failed_total",
	[COUNTER_CALLS_CANCELLED] = "rpc_calls_cancelled_total",
	[COUNTER_CALLS_REFUSED] = "rpc_calls_refused_total",
	[COUNTER_CALLS_LATE] = "rpc_calls_late_total",
	[COUNTER_CALLS_OPEN] = "rpc_calls_open",
	[COUNTER_METHODS_UNKNOWN] = "rpc_methods_unknown_total",
	[COUNTER_STREAMS_OPEN] = "rpc_streams_open",
	[COUNTER_MESSAGES_STREAMED] = "rpc_messages_streamed_total",
	[COUNTER_BYTES_RECEIVED] = "rpc_bytes_received_total",
	[COUNTER_BYTES_SENT] = "rpc_bytes_sent_total",
	[COUNTER_CONNECTIONS_ACCEPTED] = "rpc_connections_accepted_total",
	[COUNTER_CONNECTIONS_REFUSED] = "rpc_connections_refused_total",
	[COUNTER_ACCEPT_FAILURES] = "rpc_accept_failures_total",
};

size_t rpc_server_metrics(const struct rpc_server *server, struct rpc_metric *metrics, size_t most)
{
	pthread_mutex_t *lock = (pthread_mutex_t *)&server->lock; /* asking changes nothing that a caller sees */
	size_t count = 0;

	for (; count < COUNTER_COUNT && count < most; count++)
		metrics[count] = (struct rpc_metric){ names[count], atomic_load_explicit(&server->counters[count],
											 memory_order_relaxed) };
	pthread_mutex_lock(lock);
	if (count < most && server->listener)
		metrics[count++] = (struct rpc_metric){ "rpc_connections_open", listener_connections(server->listener) };
	pthread_mutex_unlock(lock);
	return count;
}
