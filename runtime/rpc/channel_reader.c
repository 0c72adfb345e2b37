/* SPDX-License-Identifier: Apache-2.0 */
/* channel_reader.c: a server stream from the client's end, one message at a time. */
#include <grpc/byte_buffer.h>
#include <grpc/support/time.h>

#include "runtime/rpc/channel_private.h"

struct rpc_reader {
	struct arena *arena; /* the reader itself lives in it */
	struct rpc_channel *channel;
	const struct method *method;
	struct exchange exchange;
	bool is_ended; /* the status was received */
	char status_tag, message_tag;
};

static bool start(struct rpc_reader *reader, const ProtobufCMessage *request)
{
	struct exchange *exchange = &reader->exchange;
	grpc_byte_buffer *packed = exchange_pack(request);
	const grpc_op final = { .op = GRPC_OP_RECV_STATUS_ON_CLIENT,
				.data.recv_status_on_client = { .trailing_metadata = &exchange->trailing,
								.status = &exchange->code,
								.status_details = &exchange->message } };
	const grpc_op operations[] = {
		{ .op = GRPC_OP_SEND_INITIAL_METADATA,
		  .data.send_initial_metadata = { .count = exchange->metadata_count, .metadata = exchange->metadata } },
		{ .op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = packed },
		{ .op = GRPC_OP_SEND_CLOSE_FROM_CLIENT },
		{ .op = GRPC_OP_RECV_INITIAL_METADATA,
		  .data.recv_initial_metadata.recv_initial_metadata = &exchange->initial },
	};
	bool is_started = grpc_call_start_batch(exchange->core, &final, 1, &reader->status_tag, NULL) == GRPC_CALL_OK;

	if (!is_started)
		reader->is_ended = true;
	/* A failure here is told by the status that follows. */
	exchange_run(exchange, operations, sizeof operations / sizeof operations[0], reader);
	grpc_byte_buffer_destroy(packed);
	return is_started;
}

struct status rpc_reader_open(struct rpc_channel *channel, const struct method *method, const ProtobufCMessage *request,
			      const struct rpc_call_options *options, struct rpc_reader **reader)
{
	struct arena *arena = arena_new(0);
	struct rpc_reader *opened = ARENA_NEW(arena, struct rpc_reader);

	opened->arena = arena;
	opened->channel = channel;
	opened->method = method;
	exchange_open(&opened->exchange, channel, method, options,
		      exchange_deadline(options ? options->timeout_ms : 0));
	if (!start(opened, request)) {
		rpc_reader_close(opened);
		return (struct status){ STATUS_INTERNAL, "RPC_CALL_REFUSED", "the call could not be started", NULL };
	}
	*reader = opened;
	return OK;
}

static void await_end(struct rpc_reader *reader)
{
	if (reader->is_ended)
		return;
	grpc_completion_queue_pluck(reader->exchange.queue, &reader->status_tag, gpr_inf_future(GPR_CLOCK_MONOTONIC),
				    NULL);
	reader->is_ended = true;
}

struct status rpc_reader_next(struct rpc_reader *reader, struct arena *arena, ProtobufCMessage **message)
{
	struct exchange *exchange = &reader->exchange;
	const grpc_op receive = { .op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &exchange->received };

	if (!reader->is_ended)
		exchange_run(exchange, &receive, 1, &reader->message_tag);
	if (exchange->received)
		return exchange_take(exchange, arena, reader->method->reply, message);
	await_end(reader);
	TRY(exchange_status(exchange, reader->channel, arena));
	*message = NULL;
	return OK;
}

void rpc_reader_cancel(struct rpc_reader *reader)
{
	grpc_call_cancel(reader->exchange.core, NULL);
}

void rpc_reader_close(struct rpc_reader *reader)
{
	if (!reader)
		return;
	grpc_call_cancel(reader->exchange.core, NULL);
	await_end(reader);
	exchange_close(&reader->exchange);
	arena_free(reader->arena);
}
