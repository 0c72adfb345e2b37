/* SPDX-License-Identifier: Apache-2.0 */
/* gate.c: the one way in: transaction, who is it, may they, replay, handler, audit. */
#include <stdlib.h>
#include <string.h>

#include "runtime/base/log.h"
#include "runtime/base/memory.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/message/protojson.h"
#include "runtime/message/redact.h"
#include "server/gaond.h"
#include "server/replay.h"

enum { AUDIT_REQUEST_BYTES = 16 * 1024 };

/** How a call was let in: a stranger's credential may turn out to be good. */
struct admission {
	uint64_t credential, address;
	bool is_stranger;
};

/** A write on its way through the writer thread. Lives in the call's arena. */
struct gated_write {
	struct call *call;
	struct store_job job;
	struct admission admission;
	struct status outcome;  /* what the client gets when the transaction went as `is_kept` says */
	bool has_passed;        /* the gate */
	bool is_kept;           /* commit, whatever the outcome */
	bool is_dry;            /* validate_only: rolled back though all is well */
};

/** The string that a request holds at a dotted path; "" when a message on the way is absent. The path was checked at start. */
static const char *request_text(const ProtobufCMessage *message, const char *path)
{
	while (message && *path) {
		const char *dot = strchr(path, '.');
		size_t size = dot ? (size_t)(dot - path) : strlen(path);
		char part[64];
		if (size >= sizeof part)
			return "";
		memcpy(part, path, size);
		part[size] = '\0';

		const ProtobufCFieldDescriptor *field =
			protobuf_c_message_descriptor_get_field_by_name(message->descriptor, part);
		if (!field)
			return "";
		const void *member = (const char *)message + field->offset;
		if (!dot)
			return field->type == PROTOBUF_C_TYPE_STRING ? text_or_empty(*(const char *const *)member) : "";
		message = field->type == PROTOBUF_C_TYPE_MESSAGE ? *(const ProtobufCMessage *const *)member : NULL;
		path = dot + 1;
	}
	return "";
}

static bool request_is_dry(const struct call *call)
{
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(call->request->descriptor, "validate_only");
	return field && field->type == PROTOBUF_C_TYPE_BOOL &&
	       *(const protobuf_c_boolean *)(const void *)((const char *)call->request + field->offset);
}

/** Which resource the audit event is about: the one that was named, or that was made. */
static const char *audited_resource(const struct call *call, bool is_done)
{
	if (is_done && call->reply) {
		const char *name = request_text(call->reply, "name");
		if (*name && protobuf_c_message_descriptor_get_field_by_name(call->reply->descriptor, "kind") == NULL)
			return name;
	}
	return request_text(call->request, call->method->scope);
}

static struct status audit(struct call *call, struct store_tx *tx, struct status status)
{
	const ProtobufCMessage *request = redact_copy(call->arena, call->request, call->method->request_rules, REDACTED);
	const char *json = json_print(call->arena, protojson_write(call->arena, request));
	struct audit_entry entry = {
		.tenant = call->principal ? call->principal->tenant : NULL,
		.principal = call->principal ? call->principal->name : NULL,
		.method = call->principal ? call->principal->method : NULL,
		.peer = call->peer,
		.service_method = call->method->path + 1,
		.resource = audited_resource(call, status_is_ok(status)),
		.trace_id = call->trace_id,
		.status = status,
		.request_json = strlen(json) <= AUDIT_REQUEST_BYTES ? json : "{\"too_long_to_keep\":true}",
		.at_us = call->now_us,
	};
	return iam_audit(tx, &entry);
}

/* ---- how often: before anything else is done for a call ---- */

static struct status rate_limited(struct call *call, const struct throttle_refusal *refusal)
{
	static const struct {
		const char *limit, *whose;
	} words[] = {
		[THROTTLE_TENANT] = { "tenant", "all callers of your tenant together make" },
		[THROTTLE_PRINCIPAL] = { "principal", "you make" },
		[THROTTLE_STRANGER] = { "stranger", "callers without a known credential make from your address" },
	};
	const struct gaond *gaond = call->server_context;
	int64_t retry_ms = (refusal->wait_us + TIME_US_PER_MS - 1) / TIME_US_PER_MS;
	struct status status = status_fail(call->arena, STATUS_RESOURCE_EXHAUSTED, "RATE_LIMITED",
					   "%s more than %lld calls a second; wait and try again, or ask for a higher limit.%s_rate",
					   words[refusal->kind].whose,
					   (long long)throttle_per_second(gaond->throttle, refusal->kind),
					   words[refusal->kind].limit);

	status = status_with_metadata(call->arena, status, "limit", words[refusal->kind].limit);
	return status_with_retry(call->arena, status, retry_ms);
}

/** On the loop's thread and without the store, so that who calls too often keeps neither busy. */
static struct status admit(struct gaond *gaond, struct call *call, struct admission *admission)
{
	struct throttle_refusal refusal;
	char text[THROTTLE_ADDRESS_SIZE];
	int64_t now_us;

	*admission = (struct admission){ .is_stranger = false };
	if (!gaond->throttle)
		return OK;
	now_us = time_monotonic_us();
	admission->credential = iam_credential_tag(gaond->iam, call);
	enum throttle_verdict verdict = throttle_admit(gaond->throttle, admission->credential, now_us, &refusal);
	if (verdict == THROTTLE_UNKNOWN) {
		admission->is_stranger = true;
		admission->address = iam_tag(gaond->iam, throttle_address(call->peer, text));
		verdict = throttle_admit_stranger(gaond->throttle, admission->address, now_us, &refusal);
	}
	return verdict == THROTTLE_PASS ? OK : rate_limited(call, &refusal);
}

static struct status pass(struct call *call, const struct admission *admission)
{
	struct gaond *gaond = call->server_context;
	struct status status = iam_gate(gaond->iam, call, request_text(call->request, call->method->scope));

	if (admission->is_stranger && call->principal) {
		const struct throttle_caller caller = {
			.credential = admission->credential,
			.address = admission->address,
			.tenant = iam_tag(gaond->iam, slice_text(call->principal->tenant)),
			.principal = iam_tag(gaond->iam, slice_text(call->principal->name)),
		};
		throttle_learn(gaond->throttle, &caller, time_monotonic_us());
	}
	return status;
}

/* ---- reads: inline, on this thread ---- */

static void audit_refusal(struct call *call, struct status status);

/** What the gate refuses is a denial even where it says NOT_FOUND, so that a name cannot be guessed; a handler's is one by its code. */
static bool is_denial(struct status status, bool has_passed)
{
	return status.code == STATUS_PERMISSION_DENIED || status.code == STATUS_UNAUTHENTICATED ||
	       (!has_passed && status.code == STATUS_NOT_FOUND);
}

static void execute_read(struct gaond *gaond, struct call *call, const struct admission *admission)
{
	bool has_passed = false;
	struct status status = store_read_begin(gaond->store, call->arena, &call->tx);
	if (status_is_ok(status)) {
		status = pass(call, admission);
		has_passed = status_is_ok(status);
		if (has_passed)
			status = call_run(call);
		store_read_end(call->tx);
		call->tx = NULL;
	}
	if (is_denial(status, has_passed))
		audit_refusal(call, status);
	else
		call_finish(call, status);
}

/* ---- writes: on the writer thread, in groups ---- */

/** The body of a write: its failure rolls back this call's part only. */
static struct status write_work(struct store_tx *tx, void *context)
{
	struct gated_write *write = context;
	struct call *call = write->call;
	bool is_replayed = false;

	/* Nobody waits for the answer any more: whoever comes back asks again, so nothing happens behind his back. */
	if (atomic_load(&call->is_cancelled))
		return status_fail(call->arena, STATUS_CANCELLED, "CALL_CANCELLED",
				   "the call ended before its turn came, and nothing was changed; call again");
	call->tx = tx;
	call->now_us = time_now_us();
	TRY(pass(call, &write->admission));
	write->has_passed = true;
	TRY(replay_find(call, &is_replayed));
	if (is_replayed)
		return OK;

	struct status status = call_run(call);
	if (!status_is_ok(status) && !call->commits_on_failure)
		return status;
	if (status_is_ok(status) && write->is_dry)
		return status_fail(call->arena, STATUS_ABORTED, "VALIDATE_ONLY", "nothing was changed");
	if (status_is_ok(status))
		TRY(replay_keep(call));
	TRY(audit(call, tx, status));
	write->outcome = status;
	write->is_kept = true;
	return OK;
}

static void write_done(struct store_job *job, struct status status)
{
	struct gated_write *write = job->context;
	struct call *call = write->call;

	call->tx = NULL;
	if (status_is_ok(status) && write->is_kept)
		status = write->outcome;
	else if (write->is_dry && text_equal(status.reason, "VALIDATE_ONLY"))
		status = OK;
	if (is_denial(status, write->has_passed) && !write->is_kept)
		audit_refusal(call, status);
	else
		call_finish(call, status);
}

static void execute_write(struct gaond *gaond, struct call *call, const struct admission *admission)
{
	struct gated_write *write = ARENA_NEW(call->arena, struct gated_write);
	*write = (struct gated_write){
		.call = call,
		.admission = *admission,
		.job = { .work = write_work, .done = write_done, .arena = call->arena, .context = write },
		.is_dry = request_is_dry(call),
	};
	struct status status = store_submit(gaond->store, &write->job);
	if (!status_is_ok(status))
		call_finish(call, status);
}

/* ---- refusals: audited in a transaction of their own, before the client hears of them ---- */

struct refusal {
	struct call *call;
	struct store_job job;
	struct status status;
};

static struct status refusal_work(struct store_tx *tx, void *context)
{
	struct refusal *refusal = context;
	return audit(refusal->call, tx, refusal->status);
}

static void refusal_done(struct store_job *job, struct status status)
{
	struct refusal *refusal = job->context;
	if (!status_is_ok(status))
		log_event(LOG_ERROR, "audit.refusal_lost", LOG_TEXT("reason", status.reason),
			  LOG_TEXT("method", refusal->call->method->path), LOG_TEXT("trace_id", refusal->call->trace_id));
	call_finish(refusal->call, refusal->status);
}

/**
 * Anybody can be refused for a missing or wrong credential, as often as he likes: so that the audit trail cannot be flooded
 * from outside, only this many of those are written a second; each beyond is counted, and the count goes to the log.
 */
enum { STRANGERS_PER_SECOND = 20 };
static atomic_int_least64_t stranger_second; /* the second that stranger_count counts; atomics, for refusals come on any thread */
static atomic_int_least64_t stranger_count;

static bool is_one_too_many(const struct call *call)
{
	int64_t second = call->now_us / TIME_US_PER_SECOND, counted = atomic_load(&stranger_second);

	if (call->principal)
		return false;
	if (counted != second && atomic_compare_exchange_strong(&stranger_second, &counted, second)) {
		int64_t count = atomic_exchange(&stranger_count, 0);
		if (count > STRANGERS_PER_SECOND)
			log_event(LOG_WARNING, "audit.strangers_not_written", LOG_INT("count", count - STRANGERS_PER_SECOND));
	}
	return atomic_fetch_add(&stranger_count, 1) >= STRANGERS_PER_SECOND;
}

static void audit_refusal(struct call *call, struct status status)
{
	struct gaond *gaond = call->server_context;

	if (is_one_too_many(call)) {
		call_finish(call, status);
		return;
	}
	struct refusal *refusal = ARENA_NEW(call->arena, struct refusal);
	*refusal = (struct refusal){
		.call = call,
		.job = { .work = refusal_work, .done = refusal_done, .arena = call->arena, .context = refusal },
		.status = status,
	};
	struct status queued = store_submit(gaond->store, &refusal->job);
	if (!status_is_ok(queued))
		call_finish(call, status);
}

void gate_execute(void *server_context, struct call *call)
{
	struct gaond *gaond = server_context;
	struct admission admission;
	struct status status = admit(gaond, call, &admission);

	call->now_us = time_now_us();
	if (!status_is_ok(status))
		call_finish(call, status);
	else if (call->method->access == METHOD_WRITE)
		execute_write(gaond, call, &admission);
	else
		execute_read(gaond, call, &admission);
}

/** Each message of a stream passes the gate again, so a revoked right ends it; all of it lives in the message's own arena. */
struct stream_step gate_stream(struct call *call, stream_next next, void *state, struct arena *arena,
			       ProtobufCMessage *reply)
{
	struct gaond *gaond = call->server_context;
	struct arena *call_arena = call->arena;
	const struct principal *principal = call->principal;
	const char *scope = call->scope;
	const struct admission admission = { .is_stranger = false };
	struct stream_step step = { .verdict = STREAM_END };

	call->arena = arena;
	call->now_us = time_now_us();
	step.status = store_read_begin(gaond->store, arena, &call->tx);
	if (status_is_ok(step.status)) {
		step.status = pass(call, &admission);
		if (status_is_ok(step.status))
			step = next(call, state, arena, reply);
		store_read_end(call->tx);
	}
	call->tx = NULL;
	call->arena = call_arena;
	call->principal = principal;
	call->scope = scope;
	return step;
}

void gate_finished(void *server_context, const struct call *call, struct status status, int64_t duration_us)
{
	const struct gaond *gaond = server_context;
	bool is_failure = !status_is_ok(status);

	if (gaond->access_log == ACCESS_LOG_NONE || (gaond->access_log == ACCESS_LOG_FAILURES && !is_failure))
		return;
	log_event(LOG_INFO, "rpc", LOG_TEXT("method", call->method->path), LOG_TEXT("code", status_code_name(status.code)),
		  LOG_TEXT("reason", status.reason), LOG_INT("duration_us", duration_us),
		  LOG_TEXT("principal", call->principal ? call->principal->name : ""), LOG_TEXT("peer", call->peer),
		  LOG_TEXT("trace_id", call->trace_id));
}
