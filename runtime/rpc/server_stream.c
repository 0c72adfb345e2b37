/* SPDX-License-Identifier: Apache-2.0 */
/* server_stream.c: server streams without a thread: pulled while the client's window has room, idle until woken. */
#include "runtime/rpc/server_private.h"

/* After a wake, this many streams are asked before other events get their turn. */
#define ASKED_IN_A_ROW 64

static void pump(struct server_call *call);

static struct server_call *call_of_timer(struct timer *timer)
{
	return (struct server_call *)((char *)timer - offsetof(struct server_call, timer));
}

static void link_to(struct server_call *call, struct server_call **list)
{
	call->list = list;
	call->newer = NULL;
	call->older = *list;
	if (call->older)
		call->older->newer = call;
	*list = call;
}

void server_stream_unlink(struct server_call *call)
{
	if (!call->list)
		return;
	if (call->newer)
		call->newer->older = call->older;
	else
		*call->list = call->older;
	if (call->older)
		call->older->newer = call->newer;
	call->list = NULL;
}

static void end(struct server_call *call, struct status status)
{
	server_stream_unlink(call);
	loop_timer_clear(&call->loop->loop, &call->timer);
	server_call_answer(call, status);
}

static const struct status cancelled = { STATUS_CANCELLED, "CALL_CANCELLED", "the client went away", NULL };

/** Nothing has happened since it last said that it had nothing. */
static bool is_resting(const struct server_call *call)
{
	return call->has_rested && call->asked_at == call->loop->wakes;
}

/** The next message, packed; NULL when the stream rests or has ended. */
static grpc_byte_buffer *ask(struct server_call *call)
{
	static const struct status stopping = { STATUS_UNAVAILABLE, "SERVER_STOPPING",
						"the server is stopping; connect again and resume", NULL };
	struct rpc_server *server = call->loop->server;
	const ProtobufCMessageDescriptor *descriptor = call->call.method->reply;
	struct arena *arena = call->loop->scratch;
	ProtobufCMessage *reply = arena_alloc(arena, descriptor->sizeof_message);
	grpc_byte_buffer *packed = NULL;
	struct stream_step step;

	protobuf_c_message_init(descriptor, reply);
	if (server->options.stream_hook && !call->method->is_own)
		step = server->options.stream_hook(&call->call, call->next, call->state, arena, reply);
	else
		step = call->next(&call->call, call->state, arena, reply);
	call->has_rested = false;
	if (step.verdict == STREAM_IDLE && atomic_load(&server->is_stopping))
		step = (struct stream_step){ .verdict = STREAM_END, .status = stopping };
	if (step.verdict == STREAM_MESSAGE) {
		packed = server_call_pack(call, reply);
		server_count(server, COUNTER_MESSAGES_STREAMED, 1);
	} else if (step.verdict == STREAM_END) {
		call->has_ended = true;
		call->finished = status_copy(call->call.arena, step.status);
	} else {
		call->has_rested = true;
		call->rest_until_us = step.wake_us;
		call->asked_at = call->loop->wakes;
	}
	arena_reset(arena);
	return packed;
}

static void due(struct timer *timer)
{
	struct server_call *call = call_of_timer(timer);

	call->has_rested = false;
	pump(call);
}

static void rest(struct server_call *call)
{
	link_to(call, &call->loop->idle);
	if (call->rest_until_us > 0) {
		call->timer.run = due;
		loop_timer_set(&call->loop->loop, &call->timer, call->rest_until_us);
	}
}

static void written(struct event *event, bool ok)
{
	struct server_call *call = (struct server_call *)((char *)event - offsetof(struct server_call, sent));

	call->is_writing = false;
	if (!ok || call->was_cancelled) {
		atomic_store(&call->call.is_cancelled, true);
		end(call, cancelled);
	} else {
		pump(call);
	}
	server_call_drop(call);
}

static void start_write(struct server_call *call, const grpc_op *operation)
{
	call->is_writing = true;
	call->sent.run = written;
	call->references++;
	if (loop_batch(call->core, operation, 1, &call->sent))
		return;
	call->references--;
	call->is_writing = false;
	end(call, cancelled);
}

/*
 * One message is pulled ahead: when another follows, the core may keep this one in its buffer and write both at once,
 * which costs a tenth. The last one goes without the hint and takes what was buffered along.
 */
static void pump(struct server_call *call)
{
	grpc_byte_buffer *message = call->held;

	if (call->is_answered || call->is_writing)
		return;
	server_stream_unlink(call);
	loop_timer_clear(&call->loop->loop, &call->timer);
	call->held = NULL;
	if (!message && !call->has_ended && !is_resting(call))
		message = ask(call);
	if (message && !call->has_ended && !is_resting(call))
		call->held = ask(call);
	if (message) {
		const grpc_op write = { .op = GRPC_OP_SEND_MESSAGE,
					.flags = call->held ? GRPC_WRITE_BUFFER_HINT : 0,
					.data.send_message.send_message = message };

		start_write(call, &write);
		grpc_byte_buffer_destroy(message);
	} else if (call->has_ended) {
		end(call, call->finished);
	} else {
		rest(call);
	}
}

void server_stream_start(struct server_call *call)
{
	const grpc_op begin = { .op = GRPC_OP_SEND_INITIAL_METADATA };

	call->is_stream = true;
	server_count(call->loop->server, COUNTER_STREAMS_OPEN, 1);
	if (call->was_cancelled)
		end(call, cancelled);
	else
		start_write(call, &begin); /* its own batch: a hinted message in it would hang */
}

void server_stream_cancel(struct server_call *call)
{
	if (!call->is_answered && !call->is_writing)
		end(call, cancelled);
}

static void resume(struct posting *posting)
{
	struct server_loop *loop = (struct server_loop *)((char *)posting - offsetof(struct server_loop, resume));

	loop->is_resuming = false;
	for (unsigned i = 0; i < ASKED_IN_A_ROW && loop->ready; i++)
		pump(loop->ready);
	if (loop->ready) {
		loop->is_resuming = true;
		loop_post(&loop->loop, &loop->resume);
	}
}

static void wake(struct posting *posting)
{
	struct server_loop *loop = (struct server_loop *)((char *)posting - offsetof(struct server_loop, wake));

	/* First the flag: what changes from here on wakes anew. */
	atomic_store(&loop->is_waking, false);
	loop->wakes++;
	if (atomic_load(&loop->server->is_stopping))
		server_reflection_stop(loop);
	while (loop->idle) {
		struct server_call *call = loop->idle;

		server_stream_unlink(call);
		link_to(call, &loop->ready);
	}
	if (!loop->is_resuming)
		resume(&loop->resume);
}

void server_streams_open(struct server_loop *loop)
{
	loop->wake.run = wake;
	loop->resume.run = resume;
}

void server_streams_wake(struct server_loop *loop)
{
	if (!atomic_exchange(&loop->is_waking, true))
		loop_post(&loop->loop, &loop->wake);
}
