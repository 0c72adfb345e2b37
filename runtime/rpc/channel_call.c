/* SPDX-License-Identifier: Apache-2.0 */
/* channel_call.c: one call from the client's end: out, back, and again where that is harmless. */
#include <string.h>
#include <time.h>

#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/support/alloc.h>
#include <grpc/support/time.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/rpc/channel_private.h"
#include "runtime/rpc/details.h"
#include "runtime/rpc/wire.h"

#define TIMEOUT_OTHERWISE_MS 30000
#define ATTEMPTS_OTHERWISE 4
#define BACKOFF_FIRST_MS 100
#define BACKOFF_MOST_MS 5000

gpr_timespec exchange_deadline(int64_t timeout_ms)
{
	if (timeout_ms <= 0)
		return gpr_inf_future(GPR_CLOCK_MONOTONIC);
	return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(timeout_ms, GPR_TIMESPAN));
}

static void add_metadata(struct exchange *exchange, const char *key, const char *value)
{
	grpc_slice copy = grpc_slice_from_copied_string(text_or_empty(value));

	/* A trace id that no header can carry is left out: the server makes a better one. */
	if (text_is_empty(value) || !grpc_header_nonbin_value_is_legal(copy)) {
		grpc_slice_unref(copy);
		return;
	}
	exchange->metadata[exchange->metadata_count++] =
		(grpc_metadata){ .key = grpc_slice_from_static_string(key), .value = copy };
}

void exchange_open(struct exchange *exchange, struct rpc_channel *channel, const struct method *method,
		   const struct rpc_call_options *options, gpr_timespec deadline)
{
	memset(exchange, 0, sizeof *exchange);
	exchange->queue = grpc_completion_queue_create_for_pluck(NULL);
	exchange->message = grpc_empty_slice();
	grpc_metadata_array_init(&exchange->initial);
	grpc_metadata_array_init(&exchange->trailing);
	add_metadata(exchange, "authorization", channel->authorization);
	add_metadata(exchange, "x-request-id", options ? options->trace_id : NULL);
	exchange->core = grpc_channel_create_call(channel->core, NULL, GRPC_PROPAGATE_DEFAULTS, exchange->queue,
						  grpc_slice_from_static_string(method->path), NULL, deadline, NULL);
}

void exchange_close(struct exchange *exchange)
{
	for (size_t i = 0; i < exchange->metadata_count; i++)
		grpc_slice_unref(exchange->metadata[i].value);
	if (exchange->received)
		grpc_byte_buffer_destroy(exchange->received);
	grpc_metadata_array_destroy(&exchange->initial);
	grpc_metadata_array_destroy(&exchange->trailing);
	grpc_slice_unref(exchange->message);
	grpc_call_unref(exchange->core);
	grpc_completion_queue_shutdown(exchange->queue);
	grpc_completion_queue_destroy(exchange->queue);
}

bool exchange_run(struct exchange *exchange, const grpc_op *operations, size_t count, void *tag)
{
	gpr_timespec never = gpr_inf_future(GPR_CLOCK_MONOTONIC);

	if (grpc_call_start_batch(exchange->core, operations, count, tag, NULL) != GRPC_CALL_OK)
		return false;
	return grpc_completion_queue_pluck(exchange->queue, tag, never, NULL).success != 0;
}

grpc_byte_buffer *exchange_pack(const ProtobufCMessage *message)
{
	grpc_slice slice = grpc_slice_malloc(protobuf_c_message_get_packed_size(message));
	grpc_byte_buffer *buffer;

	protobuf_c_message_pack(message, GRPC_SLICE_START_PTR(slice));
	buffer = grpc_raw_byte_buffer_create(&slice, 1);
	grpc_slice_unref(slice);
	return buffer;
}

struct status exchange_take(struct exchange *exchange, struct arena *arena,
			    const ProtobufCMessageDescriptor *descriptor, ProtobufCMessage **message)
{
	/* What a server of ours sends may unpack to far more than it weighs on the wire. */
	static const struct wire_limits limits = { .unpacked_bytes = (size_t)256 << 20 };
	grpc_byte_buffer_reader reader;
	struct status status;
	grpc_slice all;

	grpc_byte_buffer_reader_init(&reader, exchange->received);
	all = grpc_byte_buffer_reader_readall(&reader);
	grpc_byte_buffer_reader_destroy(&reader);
	grpc_byte_buffer_destroy(exchange->received);
	exchange->received = NULL;
	status = wire_unpack(arena, descriptor, slice_of(GRPC_SLICE_START_PTR(all), GRPC_SLICE_LENGTH(all)), &limits,
			     message);
	grpc_slice_unref(all);
	if (!status_is_ok(status))
		return status_fail(arena, STATUS_DATA_LOSS, "REPLY_MALFORMED",
				   "the server's reply cannot be read (%s); check that both sides speak one version",
				   status.message);
	return OK;
}

/** Reasons for what never reached a server of ours and so carries none. */
static const char *bare_reason(grpc_status_code code)
{
	if (code == GRPC_STATUS_UNAVAILABLE)
		return "SERVER_UNAVAILABLE";
	return status_code_name(code <= GRPC_STATUS_UNAUTHENTICATED ? (enum status_code)code : STATUS_UNKNOWN);
}

static struct status bare_status(const struct exchange *exchange, const struct rpc_channel *channel,
				 struct arena *arena)
{
	const char *text = arena_strndup(arena, (const char *)GRPC_SLICE_START_PTR(exchange->message),
					 GRPC_SLICE_LENGTH(exchange->message));
	enum status_code code =
		exchange->code <= GRPC_STATUS_UNAUTHENTICATED ? (enum status_code)exchange->code : STATUS_UNKNOWN;

	if (code == STATUS_UNAVAILABLE)
		return status_fail(arena, code, bare_reason(exchange->code),
				   "the server at %s cannot be reached (%s); check the address and that it runs",
				   channel->address, text);
	if (code == STATUS_DEADLINE_EXCEEDED)
		return status_fail(arena, code, bare_reason(exchange->code),
				   "the server at %s did not answer in time; try again or allow more time",
				   channel->address);
	return status_fail(arena, code, bare_reason(exchange->code), "%s", *text ? text : status_code_name(code));
}

struct status exchange_status(const struct exchange *exchange, const struct rpc_channel *channel, struct arena *arena)
{
	if (exchange->code == GRPC_STATUS_OK)
		return OK;
	for (size_t i = 0; i < exchange->trailing.count; i++) {
		const grpc_metadata *pair = &exchange->trailing.metadata[i];
		struct slice value = slice_of(GRPC_SLICE_START_PTR(pair->value), GRPC_SLICE_LENGTH(pair->value));
		struct status status;

		if (grpc_slice_str_cmp(pair->key, DETAILS_KEY) == 0 && details_unpack(arena, value, &status) &&
		    (int)status.code == (int)exchange->code) {
			status.reason = status.reason ? status.reason : bare_reason(exchange->code);
			status.message = text_or_empty(status.message);
			return status;
		}
	}
	return bare_status(exchange, channel, arena);
}

static struct status call_once(struct rpc_channel *channel, struct arena *arena, const struct method *method,
			       const ProtobufCMessage *request, const struct rpc_call_options *options,
			       gpr_timespec deadline, ProtobufCMessage **reply)
{
	struct exchange exchange;
	struct status status;
	grpc_byte_buffer *packed = exchange_pack(request);

	exchange_open(&exchange, channel, method, options, deadline);
	const grpc_op operations[] = {
		{ .op = GRPC_OP_SEND_INITIAL_METADATA,
		  .data.send_initial_metadata = { .count = exchange.metadata_count, .metadata = exchange.metadata } },
		{ .op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = packed },
		{ .op = GRPC_OP_SEND_CLOSE_FROM_CLIENT },
		{ .op = GRPC_OP_RECV_INITIAL_METADATA,
		  .data.recv_initial_metadata.recv_initial_metadata = &exchange.initial },
		{ .op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &exchange.received },
		{ .op = GRPC_OP_RECV_STATUS_ON_CLIENT,
		  .data.recv_status_on_client = { .trailing_metadata = &exchange.trailing,
						  .status = &exchange.code,
						  .status_details = &exchange.message } },
	};
	if (!exchange_run(&exchange, operations, sizeof operations / sizeof operations[0], &exchange))
		exchange.code = exchange.code ? exchange.code : GRPC_STATUS_INTERNAL;
	grpc_byte_buffer_destroy(packed);
	status = exchange_status(&exchange, channel, arena);
	if (status_is_ok(status) && exchange.received)
		status = exchange_take(&exchange, arena, method->reply, reply);
	else if (status_is_ok(status))
		status = status_fail(arena, STATUS_DATA_LOSS, "REPLY_MISSING",
				     "the server answered OK without a reply; check what listens at %s",
				     channel->address);
	exchange_close(&exchange);
	return status;
}

/** Exponential with jitter between half and the whole, or what the server asked for if that is longer. */
static int64_t backoff_ms(unsigned attempt, struct status status)
{
	int64_t wait_ms = BACKOFF_FIRST_MS << (attempt < 6 ? attempt : 6);
	uint64_t noise = (uint64_t)time_now_us() * UINT64_C(0x9e3779b97f4a7c15) >> 33;

	wait_ms = wait_ms < BACKOFF_MOST_MS ? wait_ms : BACKOFF_MOST_MS;
	wait_ms = wait_ms / 2 + (int64_t)(noise % (uint64_t)(wait_ms / 2 + 1));
	for (const struct status_detail *detail = status.details; detail; detail = detail->next)
		if (detail->kind == STATUS_DETAIL_RETRY && detail->number > wait_ms)
			wait_ms = detail->number;
	return wait_ms;
}

struct status rpc_channel_unary(struct rpc_channel *channel, struct arena *arena, const struct method *method,
				const ProtobufCMessage *request, const struct rpc_call_options *options,
				ProtobufCMessage **reply)
{
	int64_t timeout_ms = options && options->timeout_ms > 0 ? options->timeout_ms : TIMEOUT_OTHERWISE_MS;
	unsigned attempts = options && options->attempts ? options->attempts : ATTEMPTS_OTHERWISE;
	gpr_timespec deadline = exchange_deadline(timeout_ms);

	for (unsigned attempt = 0;; attempt++) {
		struct status status = call_once(channel, arena, method, request, options, deadline, reply);
		gpr_timespec until;
		int64_t wait_ms;
		bool was_connected;

		if (status.code != STATUS_UNAVAILABLE || !method->is_idempotent || attempt + 1 >= attempts)
			return status;
		was_connected = rpc_channel_connect(channel, 0);
		wait_ms = backoff_ms(attempt, status);
		until = gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(wait_ms, GPR_TIMESPAN));
		if (gpr_time_cmp(until, deadline) >= 0)
			return status;
		/* A server that said UNAVAILABLE itself gets its pause; one that is away is waited for, and no longer than it is. */
		if (rpc_channel_connect(channel, wait_ms) && was_connected)
			gpr_sleep_until(until);
	}
}
