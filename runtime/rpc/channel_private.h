/* SPDX-License-Identifier: Apache-2.0 */
/* channel_private.h: what channel.c, channel_call.c and channel_reader.c share. */
#ifndef GAON_RPC_CHANNEL_PRIVATE_H
#define GAON_RPC_CHANNEL_PRIVATE_H

#include <grpc/grpc.h>

#include "runtime/rpc/channel.h"

#define CHANNEL_METADATA_MOST 2

struct rpc_channel {
	struct arena *arena; /* the channel itself lives in it */
	grpc_channel *core;
	const char *address;
	const char *authorization; /* NULL: none */
	size_t message_bytes;
};

/** One call on the wire: its core call, and what the server answers. The queue is its own, so callers never share one. */
struct exchange {
	grpc_completion_queue *queue;
	grpc_call *core;
	grpc_metadata metadata[CHANNEL_METADATA_MOST];
	size_t metadata_count;
	grpc_metadata_array initial, trailing;
	grpc_byte_buffer *received;
	grpc_status_code code;
	grpc_slice message;
};

/** `deadline` on GPR_CLOCK_MONOTONIC. Close it with exchange_close, whatever happened. */
void exchange_open(struct exchange *exchange, struct rpc_channel *channel, const struct method *method,
		   const struct rpc_call_options *options, gpr_timespec deadline);
void exchange_close(struct exchange *exchange);

/** Starts a batch and waits for it. */
bool exchange_run(struct exchange *exchange, const grpc_op *operations, size_t count, void *tag);

/** The final status as the server meant it: google.rpc details when it sent them. In `arena`. */
MUST_CHECK struct status exchange_status(const struct exchange *exchange, const struct rpc_channel *channel,
					 struct arena *arena);

/** Unpacks and lets go of exchange->received. */
MUST_CHECK struct status exchange_take(struct exchange *exchange, struct arena *arena,
				       const ProtobufCMessageDescriptor *descriptor, ProtobufCMessage **message);

/** The packed request as a byte buffer of its own. */
grpc_byte_buffer *exchange_pack(const ProtobufCMessage *message);

/** A deadline `timeout_ms` from now; never when it is 0. */
gpr_timespec exchange_deadline(int64_t timeout_ms);

#endif
