/* SPDX-License-Identifier: Apache-2.0 */
/* call.c: one RPC after the other on a shared connection, with what each was answered. */
#include <gaon/client.h>

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "client/client_internal.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

enum { TRACE_ID_MOST_BYTES = 128, PAUSE_SLICE_MS = 200 };

struct gaon_call {
	struct gaon_client *client;
	struct arena *own;     /* this struct */
	struct arena *arena;   /* replies and failures, until reset */
	struct arena *message; /* the stream's current message */
	struct status status;
	struct rpc_call_options options;
	const char *trace_id; /* of the last RPC */
	const char *next_trace_id;

	pthread_mutex_t lock; /* guards the two below, so that a cancel never meets a reader that is being closed */
	pthread_cond_t cancelled;
	struct rpc_reader *reader;
	bool is_cancelled;
};

/** Waits are measured on the clock that never steps. */
static void init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
}

struct gaon_call *gaon_call_new(struct gaon_client *client)
{
	struct arena *arena;
	struct gaon_call *call;

	if (!client)
		return NULL;
	arena = arena_new(0);
	call = ARENA_NEW(arena, struct gaon_call);
	call->own = arena;
	call->arena = arena_new(0);
	call->message = arena_new(0);
	call->client = client;
	atomic_fetch_add(&client->users, 1);
	pthread_mutex_init(&call->lock, NULL);
	init_condition(&call->cancelled);
	return call;
}

static void close_reader(struct gaon_call *call)
{
	struct rpc_reader *reader;

	pthread_mutex_lock(&call->lock);
	reader = call->reader;
	call->reader = NULL;
	pthread_mutex_unlock(&call->lock);
	if (reader)
		rpc_reader_close(reader);
}

static void forget_cancel(struct gaon_call *call)
{
	pthread_mutex_lock(&call->lock);
	call->is_cancelled = false;
	pthread_mutex_unlock(&call->lock);
}

void gaon_call_reset(struct gaon_call *call)
{
	if (!call)
		return;
	close_reader(call);
	forget_cancel(call);
	arena_reset(call->message);
	arena_reset(call->arena);
	call->status = OK;
	call->trace_id = NULL;
	call->next_trace_id = NULL;
}

void gaon_call_free(struct gaon_call *call)
{
	if (!call)
		return;
	close_reader(call);
	pthread_cond_destroy(&call->cancelled);
	pthread_mutex_destroy(&call->lock);
	arena_free(call->message);
	arena_free(call->arena);
	gaon_client_free(call->client);
	arena_free(call->own);
}

void gaon_call_set_timeout_ms(struct gaon_call *call, int64_t timeout_ms)
{
	if (call)
		call->options.timeout_ms = timeout_ms > 0 ? timeout_ms : 0;
}

void gaon_call_set_attempts(struct gaon_call *call, unsigned attempts)
{
	if (call)
		call->options.attempts = attempts;
}

void gaon_call_set_trace_id(struct gaon_call *call, const char *trace_id)
{
	if (call && !text_is_empty(trace_id))
		call->next_trace_id = arena_strndup(call->arena, trace_id, strnlen(trace_id, TRACE_ID_MOST_BYTES));
}

/** Ends what the call was doing and names the RPC that begins. */
static void begin(struct gaon_call *call)
{
	close_reader(call);
	call->status = OK;
	call->trace_id = call->next_trace_id ? call->next_trace_id : id_new(call->arena);
	call->next_trace_id = NULL;
	call->options.trace_id = call->trace_id;
}

static int ended(struct gaon_call *call, struct status status)
{
	call->status = status;
	return (int)status.code;
}

static struct status check_kind(struct gaon_call *call, const struct method *method, const ProtobufCMessage *request,
				bool is_stream)
{
	if (!method || !request || request->descriptor != method->request)
		return status_fail(call->arena, STATUS_INVALID_ARGUMENT, "REQUEST_TYPE",
				   "the request is not the message that this method takes");
	if (method->is_server_streaming != is_stream)
		return status_fail(call->arena, STATUS_INVALID_ARGUMENT, "METHOD_KIND", "%s is %s", method->name,
				   is_stream ? "a unary method: use gaon_call_unary" : "a stream: use gaon_call_open");
	return OK;
}

int gaon_call_unary(struct gaon_call *call, const struct method *method, const ProtobufCMessage *request,
		    const ProtobufCMessage **reply)
{
	ProtobufCMessage *answer = NULL;
	struct status status;

	if (!call)
		return GAON_RESOURCE_EXHAUSTED;
	begin(call);
	status = check_kind(call, method, request, false);
	if (status_is_ok(status))
		status =
			rpc_channel_unary(call->client->channel, call->arena, method, request, &call->options, &answer);
	if (status_is_ok(status))
		*reply = answer;
	return ended(call, status);
}

int gaon_call_open(struct gaon_call *call, const struct method *method, const ProtobufCMessage *request)
{
	struct rpc_reader *reader = NULL;
	struct status status;

	if (!call)
		return GAON_RESOURCE_EXHAUSTED;
	begin(call);
	status = check_kind(call, method, request, true);
	if (status_is_ok(status))
		status = rpc_reader_open(call->client->channel, method, request, &call->options, &reader);
	if (status_is_ok(status)) {
		pthread_mutex_lock(&call->lock);
		call->reader = reader;
		if (call->is_cancelled)
			rpc_reader_cancel(reader);
		pthread_mutex_unlock(&call->lock);
	}
	/* The reader's failures live as long as the reader; ours must outlive it. */
	return ended(call, status_copy(call->arena, status));
}

int gaon_call_next(struct gaon_call *call, const ProtobufCMessage **message)
{
	ProtobufCMessage *next = NULL;
	struct status status;

	if (!call)
		return GAON_RESOURCE_EXHAUSTED;
	if (!call->reader)
		return ended(call, status_fail(call->arena, STATUS_FAILED_PRECONDITION, "NO_STREAM",
					       "the call has no open stream: call gaon_call_open first"));
	arena_reset(call->message);
	status = rpc_reader_next(call->reader, call->message, &next);
	if (status.code == STATUS_CANCELLED)
		forget_cancel(call);
	if (!status_is_ok(status))
		return ended(call, status_copy(call->arena, status));
	*message = next;
	return ended(call, OK);
}

void gaon_call_cancel(struct gaon_call *call)
{
	if (!call)
		return;
	pthread_mutex_lock(&call->lock);
	call->is_cancelled = true;
	pthread_cond_broadcast(&call->cancelled);
	if (call->reader)
		rpc_reader_cancel(call->reader);
	pthread_mutex_unlock(&call->lock);
}

int gaon_call_fail(struct gaon_call *call, int code, const char *reason, const char *message)
{
	return ended(call, (struct status){ .code = (enum status_code)code, .reason = reason, .message = message });
}

int64_t gaon_call_timeout_ms(const struct gaon_call *call)
{
	return call->options.timeout_ms;
}

/** Until somebody cancels, at most `ms`. */
static void rest(struct gaon_call *call, int64_t ms)
{
	int64_t until_us = time_monotonic_us() + ms * TIME_US_PER_MS;
	struct timespec until = { until_us / TIME_US_PER_SECOND, until_us % TIME_US_PER_SECOND * 1000 };

	pthread_mutex_lock(&call->lock);
	while (!call->is_cancelled && pthread_cond_timedwait(&call->cancelled, &call->lock, &until) == 0)
		;
	pthread_mutex_unlock(&call->lock);
}

static bool take_cancel(struct gaon_call *call)
{
	bool was_cancelled;

	pthread_mutex_lock(&call->lock);
	was_cancelled = call->is_cancelled;
	call->is_cancelled = false;
	pthread_mutex_unlock(&call->lock);
	return was_cancelled;
}

bool gaon_call_pause(struct gaon_call *call, int64_t ms)
{
	int64_t until_us = time_monotonic_us() + ms * TIME_US_PER_MS, left_ms = ms;
	bool was_cancelled = false, is_connected = rpc_channel_connect(call->client->channel, 0);

	while (left_ms > 0 && !was_cancelled) {
		int64_t slice_ms = left_ms < PAUSE_SLICE_MS ? left_ms : PAUSE_SLICE_MS;

		/* A server that comes back ends the pause; the pause between two looks at one that is there stays. */
		if (!is_connected && rpc_channel_connect(call->client->channel, slice_ms))
			break;
		if (is_connected)
			rest(call, slice_ms);
		was_cancelled = take_cancel(call);
		left_ms = (until_us - time_monotonic_us()) / TIME_US_PER_MS;
	}
	return was_cancelled;
}

int gaon_call_code(const struct gaon_call *call)
{
	return call ? (int)call->status.code : GAON_RESOURCE_EXHAUSTED;
}

const char *gaon_call_reason(const struct gaon_call *call)
{
	return call ? text_or_empty(call->status.reason) : "OUT_OF_MEMORY";
}

const char *gaon_call_message(const struct gaon_call *call)
{
	return call ? text_or_empty(call->status.message) : "there is no memory for a call";
}

const char *gaon_call_trace_id(const struct gaon_call *call)
{
	return call ? text_or_empty(call->trace_id) : "";
}

/** Details are kept newest first; people count from the oldest. */
static const struct status_detail *detail_at(const struct gaon_call *call, enum status_detail_kind kind, size_t index)
{
	size_t count = 0;

	if (!call)
		return NULL;
	for (const struct status_detail *d = call->status.details; d; d = d->next)
		count += d->kind == kind;
	for (const struct status_detail *d = call->status.details; d; d = d->next)
		if (d->kind == kind && --count == index)
			return d;
	return NULL;
}

static bool pair_at(const struct gaon_call *call, enum status_detail_kind kind, size_t index, const char *pair[2])
{
	const struct status_detail *detail = detail_at(call, kind, index);

	if (!detail)
		return false;
	pair[0] = text_or_empty(detail->key);
	pair[1] = text_or_empty(detail->value);
	return true;
}

bool gaon_call_field_violation(const struct gaon_call *call, size_t index, const char **field, const char **description)
{
	const char *pair[2];

	if (!pair_at(call, STATUS_DETAIL_FIELD, index, pair))
		return false;
	*field = pair[0];
	*description = pair[1];
	return true;
}

bool gaon_call_metadata_at(const struct gaon_call *call, size_t index, const char **key, const char **value)
{
	const char *pair[2];

	if (!pair_at(call, STATUS_DETAIL_METADATA, index, pair))
		return false;
	*key = pair[0];
	*value = pair[1];
	return true;
}

const char *gaon_call_metadata(const struct gaon_call *call, const char *key)
{
	const char *found, *value;

	for (size_t i = 0; gaon_call_metadata_at(call, i, &found, &value); i++)
		if (strcmp(found, key) == 0)
			return value;
	return NULL;
}

bool gaon_call_resource(const struct gaon_call *call, const char **type, const char **name)
{
	const char *pair[2];

	if (!pair_at(call, STATUS_DETAIL_RESOURCE, 0, pair))
		return false;
	*type = pair[0];
	*name = pair[1];
	return true;
}

int64_t gaon_call_retry_ms(const struct gaon_call *call)
{
	const struct status_detail *detail = detail_at(call, STATUS_DETAIL_RETRY, 0);

	return detail ? detail->number : -1;
}
