/* SPDX-License-Identifier: Apache-2.0 */
/* server_call.c: the life of a call on its loop: asked for, arrived, checked, handed out, answered, released. */
#include <string.h>

#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/support/alloc.h>
#include <grpc/support/time.h>

#include "runtime/base/memory.h"
#include "runtime/base/time.h"
#include "runtime/rpc/check.h"
#include "runtime/rpc/details.h"
#include "runtime/rpc/server_private.h"

/*
 * How many requests of one method wait in the core. Debian builds it without NDEBUG, so each operation scans every
 * outstanding tag: a method starts with one and earns more when its calls come in bursts.
 */
#define ARMED_FIRST 1
#define ARMED_MOST 16

#define CALL_OF(member_, event_) ((struct server_call *)((char *)(event_)-offsetof(struct server_call, member_)))

static void arrived(struct event *event, bool ok);
static void arrived_unknown(struct event *event, bool ok);
static void closed(struct event *event, bool ok);
static void answered(struct event *event, bool ok);

static struct server_call *pool_take(struct server_loop *loop)
{
	struct server_call *call = loop->pool;
	grpc_metadata_array metadata;

	if (!call)
		call = MEMORY_NEW(struct server_call);
	else
		loop->pool = call->pooled;
	metadata = call->metadata; /* keeps its capacity; the core filled and owned what it pointed to */
	metadata.count = 0;
	memset(call, 0, sizeof *call);
	call->metadata = metadata;
	call->loop = loop;
	call->closed.run = closed;
	call->sent.run = answered;
	return call;
}

static void pool_put(struct server_loop *loop, struct server_call *call)
{
	call->pooled = loop->pool;
	loop->pool = call;
}

void server_call_pool_free(struct server_loop *loop)
{
	while (loop->pool) {
		struct server_call *call = loop->pool;

		loop->pool = call->pooled;
		grpc_metadata_array_destroy(&call->metadata);
		memory_free(call);
	}
	while (loop->arena_count > 0)
		arena_free(loop->arenas[--loop->arena_count]);
}

static void tell_quiet(struct server_loop *loop)
{
	struct rpc_server *server = loop->server;

	pthread_mutex_lock(&server->lock);
	server->loops_quiet++;
	pthread_cond_broadcast(&server->changed);
	pthread_mutex_unlock(&server->lock);
}

void server_call_enter(struct server_loop *loop)
{
	loop->open_calls++;
	server_count(loop->server, COUNTER_CALLS_OPEN, 1);
}

void server_call_leave(struct server_loop *loop)
{
	server_uncount(loop->server, COUNTER_CALLS_OPEN);
	if (--loop->open_calls == 0 && loop->is_closing)
		tell_quiet(loop);
}

static void run_close(struct posting *posting)
{
	struct server_loop *loop = (struct server_loop *)((char *)posting - offsetof(struct server_loop, close));

	loop->is_closing = true;
	if (loop->open_calls == 0)
		tell_quiet(loop);
}

void server_calls_close(struct server_loop *loop)
{
	loop->close.run = run_close;
	loop_post(&loop->loop, &loop->close);
}

static void arm(struct server_loop *loop, struct server_method *method)
{
	struct server_call *call = pool_take(loop);
	grpc_completion_queue *queue = loop->loop.queue;

	call->method = method;
	call->requested.run = arrived;
	loop->armed[method - loop->server->methods]++;
	LOOP_RELEASE(&call->requested);
	grpc_server_request_registered_call(loop->server->core, method->registered, &call->core, &call->deadline,
					    &call->metadata, &call->payload, queue, queue, &call->requested);
}

static void arm_unknown(struct server_loop *loop)
{
	struct server_call *call = pool_take(loop);
	grpc_completion_queue *queue = loop->loop.queue;

	call->requested.run = arrived_unknown;
	grpc_call_details_init(&loop->unknown);
	LOOP_RELEASE(&call->requested);
	grpc_server_request_call(loop->server->core, &call->core, &loop->unknown, &call->metadata, queue, queue,
				 &call->requested);
}

void server_call_arm_all(struct server_loop *loop)
{
	for (size_t i = 0; i < loop->server->method_count; i++) {
		loop->wanted[i] = ARMED_FIRST;
		arm(loop, &loop->server->methods[i]);
	}
	arm_unknown(loop);
}

static void arm_again(struct server_loop *loop, struct server_method *method)
{
	size_t i = (size_t)(method - loop->server->methods);

	if (--loop->armed[i] == 0 && loop->wanted[i] < ARMED_MOST)
		loop->wanted[i]++;
	while (loop->armed[i] < loop->wanted[i])
		arm(loop, method);
}

/** True when there is nothing to begin: the server is going down. */
static bool is_dropped(struct server_call *call, bool ok)
{
	struct server_loop *loop = call->loop;

	if (ok && !loop->is_closing)
		return false;
	if (ok)
		grpc_call_unref(call->core);
	if (call->payload)
		grpc_byte_buffer_destroy(call->payload);
	pool_put(loop, call);
	return true;
}

static void release(struct server_call *call)
{
	struct server_loop *loop = call->loop;
	struct rpc_server *server = loop->server;

	loop_timer_clear(&loop->loop, &call->timer);
	if (call->method && !call->method->is_own && server->options.on_finished)
		server->options.on_finished(server->options.server_context, &call->call, call->outcome,
					    time_monotonic_us() - call->started_us);
	if (call->is_stream)
		server_uncount(server, COUNTER_STREAMS_OPEN);
	if (call->held)
		grpc_byte_buffer_destroy(call->held);
	if (call->payload)
		grpc_byte_buffer_destroy(call->payload);
	gpr_free(call->peer);
	grpc_call_unref(call->core);
	if (loop->arena_count < SERVER_ARENAS_POOLED) {
		arena_reset(call->call.arena);
		loop->arenas[loop->arena_count++] = call->call.arena;
	} else {
		arena_free(call->call.arena);
	}
	pool_put(loop, call);
	server_call_leave(loop);
}

void server_call_drop(struct server_call *call)
{
	if (--call->references == 0)
		release(call);
}

/** The deadline of the client on our clock, or our own for unary calls. True when it is ours. */
static bool set_deadline(struct server_call *call)
{
	gpr_timespec left;
	int64_t longest_ms = call->loop->server->options.longest_call_ms;

	if (gpr_time_cmp(call->deadline, gpr_inf_future(call->deadline.clock_type)) < 0) {
		left = gpr_time_sub(gpr_convert_clock_type(call->deadline, GPR_CLOCK_MONOTONIC),
				    gpr_now(GPR_CLOCK_MONOTONIC));
		call->call.deadline_us = call->started_us + left.tv_sec * TIME_US_PER_SECOND + left.tv_nsec / 1000;
		return false;
	}
	call->call.deadline_us =
		call->call.method->is_server_streaming ? INT64_MAX : call->started_us + longest_ms * 1000;
	return !call->call.method->is_server_streaming;
}

static struct status unpack_bytes(struct server_call *call, struct slice bytes)
{
	const struct method *method = call->call.method;
	ProtobufCMessage *request;

	server_count(call->loop->server, COUNTER_BYTES_RECEIVED, bytes.size);
	TRY(wire_unpack(call->call.arena, method->request, bytes, &call->loop->server->limits, &request));
	TRY(check_message(call->call.arena, request, method->request_rules));
	call->call.request = request;
	if (call->method->has_request_id)
		call->call.request_id = *(const char **)((const char *)request + call->method->request_id_at);
	return OK;
}

static struct status unpack(struct server_call *call)
{
	grpc_byte_buffer *payload = call->payload;
	grpc_byte_buffer_reader reader;
	struct status status;
	grpc_slice all;

	if (!payload)
		return status_fail(call->call.arena, STATUS_INVALID_ARGUMENT, "MESSAGE_MISSING",
				   "the call came without a request message, or with one that is too large");
	if (payload->data.raw.compression != GRPC_COMPRESS_NONE)
		return status_fail(call->call.arena, STATUS_UNIMPLEMENTED, "COMPRESSION_UNSUPPORTED",
				   "compressed messages are not accepted; send grpc-encoding: identity");
	if (payload->data.raw.slice_buffer.count == 1) {
		grpc_slice *slice = &payload->data.raw.slice_buffer.slices[0];

		return unpack_bytes(call, slice_of(GRPC_SLICE_START_PTR(*slice), GRPC_SLICE_LENGTH(*slice)));
	}
	grpc_byte_buffer_reader_init(&reader, payload);
	all = grpc_byte_buffer_reader_readall(&reader);
	grpc_byte_buffer_reader_destroy(&reader);
	status = unpack_bytes(call, slice_of(GRPC_SLICE_START_PTR(all), GRPC_SLICE_LENGTH(all)));
	grpc_slice_unref(all);
	return status;
}

static void too_late(struct timer *timer)
{
	struct server_call *call = CALL_OF(timer, timer);
	static const struct status late = { STATUS_DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED",
					    "the call took longer than the server allows; try again", NULL };

	atomic_store(&call->call.is_cancelled, true);
	server_count(call->loop->server, COUNTER_CALLS_LATE, 1);
	/* The handler may still run: its reference stays, and what it finishes with later is not sent. */
	server_call_send(call, late, false);
}

/** From now on we hear when the client goes away: for calls that are not answered at once. */
static void watch(struct server_call *call, bool is_deadline_ours)
{
	const grpc_op close = { .op = GRPC_OP_RECV_CLOSE_ON_SERVER,
				.data.recv_close_on_server.cancelled = &call->was_cancelled };

	call->is_watched = true;
	call->references++;
	if (!loop_batch(call->core, &close, 1, &call->closed))
		call->references--;
	if (is_deadline_ours) {
		call->timer.run = too_late;
		loop_timer_set(&call->loop->loop, &call->timer, call->call.deadline_us);
	}
}

static void closed(struct event *event, bool ok)
{
	struct server_call *call = CALL_OF(closed, event);

	(void)ok;
	if (call->was_cancelled) {
		atomic_store(&call->call.is_cancelled, true);
		server_count(call->loop->server, COUNTER_CALLS_CANCELLED, 1);
		if (call->is_stream)
			server_stream_cancel(call);
	}
	server_call_drop(call);
}

static void answered(struct event *event, bool ok)
{
	(void)ok;
	server_call_drop(CALL_OF(sent, event));
}

static void begin(struct server_call *call)
{
	struct server_loop *loop = call->loop;
	struct rpc_server *server = loop->server;

	server_count(server, COUNTER_CALLS, 1);
	server_call_enter(loop);
	call->references = 1;
	call->started_us = time_monotonic_us();
	call->call.arena = loop->arena_count > 0 ? loop->arenas[--loop->arena_count] : arena_new(0);
	call->call.server_context = server->options.server_context;
	call->call.request_id = "";
	call->call.scope = "";
	call->call.now_us = time_now_us();
	server_metadata_read(call);
}

static void arrived(struct event *event, bool ok)
{
	struct server_call *call = CALL_OF(requested, event);
	struct server_loop *loop = call->loop;
	struct rpc_server *server = loop->server;
	struct status status;
	bool is_deadline_ours;

	if (is_dropped(call, ok))
		return;
	arm_again(loop, call->method);
	call->call.method = call->method->row->method;
	begin(call);
	is_deadline_ours = set_deadline(call);
	status = unpack(call);
	if (!status_is_ok(status)) {
		server_count(server, COUNTER_CALLS_REFUSED, 1);
		server_call_answer(call, status);
		return;
	}
	if (call->method->is_own)
		call_finish(&call->call, call_run(&call->call));
	else
		server->options.executor(server->options.server_context, &call->call);
	/* Still ours: whatever was finished meanwhile comes back through this thread. */
	if (!call->is_watched && !call->is_answered)
		watch(call, is_deadline_ours);
}

/* With registered methods only, the core would let a call to any other wait for its deadline. */
static void arrived_unknown(struct event *event, bool ok)
{
	struct server_call *call = CALL_OF(requested, event);
	struct server_loop *loop = call->loop;
	struct slice path;

	if (is_dropped(call, ok)) {
		grpc_call_details_destroy(&loop->unknown);
		return;
	}
	begin(call);
	server_count(loop->server, COUNTER_METHODS_UNKNOWN, 1);
	path = slice_of(GRPC_SLICE_START_PTR(loop->unknown.method), GRPC_SLICE_LENGTH(loop->unknown.method));
	server_call_answer(call, status_fail(call->call.arena, STATUS_UNIMPLEMENTED, "METHOD_UNKNOWN",
					     "this server has no method %.*s; ask its reflection service what it has",
					     (int)(path.size < 200 ? path.size : 200), path.data));
	grpc_call_details_destroy(&loop->unknown);
	arm_unknown(loop);
}

grpc_byte_buffer *server_call_pack(struct server_call *call, const ProtobufCMessage *message)
{
	size_t size = protobuf_c_message_get_packed_size(message);
	grpc_slice slice = grpc_slice_malloc(size);
	grpc_byte_buffer *buffer;

	protobuf_c_message_pack(message, GRPC_SLICE_START_PTR(slice));
	server_count(call->loop->server, COUNTER_BYTES_SENT, size);
	buffer = grpc_raw_byte_buffer_create(&slice, 1);
	grpc_slice_unref(slice);
	return buffer;
}

static grpc_byte_buffer *pack_reply(struct server_call *call)
{
	grpc_byte_buffer *buffer;
	grpc_slice slice;

	if (!call->is_packed)
		return server_call_pack(call, call->call.reply);
	slice = grpc_slice_from_copied_buffer(call->packed.data, call->packed.size);
	server_count(call->loop->server, COUNTER_BYTES_SENT, call->packed.size);
	buffer = grpc_raw_byte_buffer_create(&slice, 1);
	grpc_slice_unref(slice);
	return buffer;
}

/** The trailing metadata of an answer. Returns how many; the values are ours to unref. */
static size_t fill_trailers(struct server_call *call, struct status status, grpc_metadata *trailers)
{
	size_t count = 0;

	trailers[count++] = (grpc_metadata){ .key = grpc_slice_from_static_string("x-request-id"),
					     .value = grpc_slice_from_copied_string(call->call.trace_id) };
	if (!status_is_ok(status)) {
		struct slice packed = details_pack(call->loop->scratch, status);

		trailers[count++] = (grpc_metadata){
			.key = grpc_slice_from_static_string(DETAILS_KEY),
			.value = grpc_slice_from_copied_buffer(packed.data, packed.size),
		};
	}
	/* Only once the handler is done with them. */
	for (struct trailer *trailer = call->is_handled ? call->trailers : NULL; trailer; trailer = trailer->next)
		trailers[count++] = (grpc_metadata){ .key = grpc_slice_from_copied_string(trailer->key),
						     .value = grpc_slice_from_copied_string(trailer->value) };
	return count;
}

static bool send_batch(struct server_call *call, struct status status, grpc_byte_buffer *reply, grpc_metadata *trailers,
		       size_t trailer_count)
{
	struct slice text = details_message(status.message);
	grpc_slice message = grpc_slice_from_copied_buffer(text.data, text.size);
	grpc_op operations[4];
	size_t count = 0;
	bool is_started;

	memset(operations, 0, sizeof operations);
	if (!call->is_watched) {
		operations[count].op = GRPC_OP_RECV_CLOSE_ON_SERVER;
		operations[count++].data.recv_close_on_server.cancelled = &call->was_cancelled;
	}
	if (!call->is_stream)
		operations[count++].op = GRPC_OP_SEND_INITIAL_METADATA;
	if (reply) {
		operations[count].op = GRPC_OP_SEND_MESSAGE;
		operations[count++].data.send_message.send_message = reply;
	}
	operations[count].op = GRPC_OP_SEND_STATUS_FROM_SERVER;
	operations[count].data.send_status_from_server.trailing_metadata_count = trailer_count;
	operations[count].data.send_status_from_server.trailing_metadata = trailers;
	operations[count].data.send_status_from_server.status = (grpc_status_code)status.code;
	operations[count++].data.send_status_from_server.status_details = text.size > 0 ? &message : NULL;
	is_started = loop_batch(call->core, operations, count, &call->sent);
	grpc_slice_unref(message);
	return is_started;
}

void server_call_send(struct server_call *call, struct status status, bool has_reply)
{
	grpc_metadata trailers[SERVER_TRAILERS_MOST + 2];
	grpc_byte_buffer *reply = NULL;
	size_t count;

	if (call->is_answered)
		return;
	call->is_answered = true;
	call->outcome = status;
	call->sent.run = answered;
	if (!status_is_ok(status))
		server_count(call->loop->server, COUNTER_CALLS_FAILED, 1);
	if (call->was_cancelled && call->is_watched)
		return; /* nobody listens */
	memset(trailers, 0, sizeof trailers);
	count = fill_trailers(call, status, trailers);
	if (has_reply)
		reply = pack_reply(call);
	call->references++;
	if (!send_batch(call, status, reply, trailers, count))
		call->references--;
	for (size_t i = 0; i < count; i++) {
		grpc_slice_unref(trailers[i].key);
		grpc_slice_unref(trailers[i].value);
	}
	if (reply)
		grpc_byte_buffer_destroy(reply);
	arena_reset(call->loop->scratch);
}

void server_call_answer(struct server_call *call, struct status status)
{
	server_call_send(call, status, status_is_ok(status) && !call->is_stream);
	server_call_drop(call);
}

void server_call_finish(struct server_call *call, struct status status)
{
	call->is_handled = true;
	if (status_is_ok(status) && call->next)
		server_stream_start(call);
	else
		server_call_answer(call, status);
}
