/* SPDX-License-Identifier: Apache-2.0 */
/* call.c: what handlers and executors may do with a call. */
#include "runtime/rpc/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/rpc/server_private.h"

static struct server_call *inside(const struct call *call)
{
	return (struct server_call *)call; /* a struct call of ours is always the first member of one */
}

struct status call_run(struct call *call)
{
	struct server_call *own = inside(call);
	const struct method_row *row = own->method->row;

	/* A transaction that lost against another is run again: start from nothing. */
	own->trailers = NULL;
	own->trailer_count = 0;
	own->next = NULL;
	own->is_packed = false;
	if (row->unary) {
		const ProtobufCMessageDescriptor *reply = call->method->reply;

		call->reply = arena_alloc(call->arena, reply->sizeof_message);
		protobuf_c_message_init(reply, call->reply);
		return row->unary(call, call->request, call->reply);
	}
	TRY(row->stream(call, call->request));
	if (!own->next)
		return status_fail(call->arena, STATUS_INTERNAL, "STREAM_NOT_BEGUN",
				   "%s accepted the call but named nothing to send", call->method->path);
	return OK;
}

static void finish_posted(struct posting *posting)
{
	struct server_call *own = (struct server_call *)((char *)posting - offsetof(struct server_call, posting));

	server_call_finish(own, own->finished);
}

void call_finish(struct call *call, struct status status)
{
	struct server_call *own = inside(call);

	if (own->is_finished) {
		fprintf(stderr, "rpc: %s was finished twice\n", call->method->path);
		abort();
	}
	own->is_finished = true;
	if (status_is_ok(status) && !own->next && !call->reply && !own->is_packed)
		status = (struct status){ STATUS_INTERNAL, "REPLY_MISSING", "the call was finished before it was run",
					  NULL };
	if (loop_is_here(&own->loop->loop)) {
		server_call_finish(own, status);
		return;
	}
	own->finished = status;
	own->posting.run = finish_posted;
	loop_post(&own->loop->loop, &own->posting);
}

void call_stream(struct call *call, stream_next next, void *state)
{
	struct server_call *own = inside(call);

	own->next = next;
	own->state = state;
}

struct status call_replay(struct call *call, struct slice packed_reply)
{
	struct server_call *own = inside(call);

	if (call->method->is_server_streaming)
		return status_fail(call->arena, STATUS_INTERNAL, "REPLAY_OF_STREAM", "a stream cannot be replayed");
	/* Also unpacked, so that whoever looks at call->reply afterwards sees what is sent. */
	TRY(wire_unpack(call->arena, call->method->reply, packed_reply, NULL, &call->reply));
	own->packed = slice_of(arena_memdup(call->arena, packed_reply.data, packed_reply.size), packed_reply.size);
	own->is_packed = true;
	return OK;
}

struct slice call_packed_reply(struct call *call)
{
	struct server_call *own = inside(call);

	if (!own->is_packed) {
		own->packed = wire_pack(call->arena, call->reply);
		own->is_packed = true;
	}
	return own->packed;
}

void call_trailer(struct call *call, const char *key, const char *value)
{
	struct server_call *own = inside(call);
	struct trailer *trailer;

	if (own->trailer_count == SERVER_TRAILERS_MOST)
		return;
	trailer = ARENA_NEW(call->arena, struct trailer);
	*trailer = (struct trailer){ arena_strdup(call->arena, key), arena_strdup(call->arena, value), own->trailers };
	own->trailers = trailer;
	own->trailer_count++;
}
