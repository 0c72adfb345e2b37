/* SPDX-License-Identifier: Apache-2.0 */
/* operation.c: watch, and when the connection breaks, ask how it stands and watch again. */
#include <gaon/operation.h>

#include <string.h>

#include "client/client_internal.h"
#include "gaon/lifecycle/v1/lifecycle.gaon.h"
#include "runtime/base/time.h"

enum { FIRST_PAUSE_MS = 200, LONGEST_PAUSE_MS = 3000 };

/** One wait. */
struct wait {
	struct gaon_call *call;
	const char *name;
	struct gaon_operation_wait_options options;
	int64_t deadline_us; /* 0: none */
	int64_t old_timeout_ms;
	int64_t pause_ms;
};

/** What says nothing of the operation, only of the way to it. */
static bool is_passing(int code)
{
	return code == GAON_UNAVAILABLE || code == GAON_RESOURCE_EXHAUSTED || code == GAON_INTERNAL ||
	       code == GAON_UNKNOWN || code == GAON_UNIMPLEMENTED || code == GAON_ABORTED || code == GAON_OUT_OF_RANGE;
}

static int64_t left_ms(const struct wait *wait)
{
	int64_t left = (wait->deadline_us - time_monotonic_us()) / TIME_US_PER_MS;

	return left > 0 ? left : 0;
}

static void report(const struct wait *wait, const Gaon__Operation *operation)
{
	if (wait->options.progress)
		wait->options.progress(wait->options.user, operation);
}

/** Until the stream ends: GAON_OK with *is_done, or why it broke. */
static int watch(struct wait *wait, bool *is_done)
{
	Gaon__WatchOperationRequest request = GAON__WATCH_OPERATION_REQUEST__INIT;
	const ProtobufCMessage *message = NULL;
	int code;

	request.name = wait->name;
	gaon_call_set_timeout_ms(wait->call, wait->deadline_us ? left_ms(wait) : 0);
	code = gaon_call_open(wait->call, &gaon_method_lifecycle_watch_operation, &request.base);
	while (code == GAON_OK) {
		const Gaon__Operation *operation;

		code = gaon_call_next(wait->call, &message);
		if (code != GAON_OK || !message)
			break;
		operation = (const Gaon__Operation *)message;
		wait->pause_ms = FIRST_PAUSE_MS;
		*is_done = operation->done;
		report(wait, operation);
	}
	return code;
}

/** The operation as it stands, kept as a reply of the call. */
static int ask(struct wait *wait, const Gaon__Operation **operation)
{
	Gaon__GetOperationRequest request = GAON__GET_OPERATION_REQUEST__INIT;

	request.name = wait->name;
	gaon_call_set_timeout_ms(wait->call, wait->old_timeout_ms);
	return gaon_call_unary(wait->call, &gaon_method_lifecycle_get_operation, &request.base,
			       (const ProtobufCMessage **)operation);
}

/** True when the wait was cancelled. */
static bool pause_a_little(struct wait *wait)
{
	int64_t ms = wait->pause_ms;

	if (wait->deadline_us && ms > left_ms(wait))
		ms = left_ms(wait);
	wait->pause_ms = wait->pause_ms * 2 > LONGEST_PAUSE_MS ? LONGEST_PAUSE_MS : wait->pause_ms * 2;
	return gaon_call_pause(wait->call, ms);
}

static int run(struct wait *wait, const Gaon__Operation **operation)
{
	for (;;) {
		bool is_done = false;
		const Gaon__Operation *now;
		int code = watch(wait, &is_done);

		if (code != GAON_OK && !is_passing(code))
			return code;
		code = ask(wait, &now);
		if (code == GAON_OK && now->done) {
			if (!is_done)
				report(wait, now);
			*operation = now;
			return GAON_OK;
		}
		if (code != GAON_OK && (!is_passing(code) || code == GAON_UNIMPLEMENTED))
			return code;
		if (wait->deadline_us && !left_ms(wait))
			return gaon_call_fail(wait->call, GAON_DEADLINE_EXCEEDED, "WAIT_TIMEOUT",
					      "the operation goes on, but was not waited for any longer");
		if (pause_a_little(wait))
			return gaon_call_fail(wait->call, GAON_CANCELLED, "WAIT_CANCELLED",
					      "the wait was cancelled; the operation goes on");
	}
}

int gaon_operation_wait(struct gaon_call *call, const char *name, const struct gaon_operation_wait_options *options,
			const Gaon__Operation **operation)
{
	struct wait wait = { .call = call, .name = name, .pause_ms = FIRST_PAUSE_MS };
	int code;

	if (!call)
		return GAON_RESOURCE_EXHAUSTED;
	if (options && options->size <= sizeof(wait.options))
		memcpy(&wait.options, options, options->size);
	if (wait.options.timeout_ms > 0)
		wait.deadline_us = time_monotonic_us() + wait.options.timeout_ms * TIME_US_PER_MS;
	wait.old_timeout_ms = gaon_call_timeout_ms(call);
	code = run(&wait, operation);
	gaon_call_set_timeout_ms(call, wait.old_timeout_ms);
	return code;
}
