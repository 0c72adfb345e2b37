/* SPDX-License-Identifier: Apache-2.0 */
/* probe.c: the probe service's handlers, its executor, and the fixture. */
#include "probe.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"

static void count_release(void *pointer)
{
	atomic_fetch_add((atomic_int *)pointer, 1);
}

static const char *text_of(struct call *call, struct slice slice)
{
	return arena_strndup(call->arena, slice.data ? slice.data : "", slice.size);
}

struct status probe_echo(struct call *call, const Gaon__EchoRequest *request, Gaon__EchoResponse *reply)
{
	struct probe *probe = call->server_context;

	arena_defer(call->arena, count_release, &probe->released);
	reply->text = request->text;
	reply->request_id = call->request_id;
	reply->trace_id = call->trace_id;
	reply->peer = call->peer;
	reply->authorization = text_of(call, call->authorization);
	reply->certificate_san = text_of(call, call->certificate_san);
	reply->has_deadline = call->deadline_us != INT64_MAX;
	reply->user_agent = text_or_empty(call_metadata(call, "user-agent"));
	call_trailer(call, "x-probe", "trailed");
	return OK;
}

struct status probe_work(struct call *call, const Gaon__WorkRequest *request, Gaon__WorkResponse *reply)
{
	struct probe *probe = call->server_context;

	(void)request;
	arena_defer(call->arena, count_release, &probe->released);
	if (atomic_load(&call->is_cancelled))
		atomic_fetch_add(&probe->cancelled_seen, 1);
	reply->count = ++probe->worked;
	return OK;
}

struct status probe_fail(struct call *call, const Gaon__FailRequest *request, Gaon__FailResponse *reply)
{
	struct status status;
	char *text = arena_alloc(call->arena, (size_t)request->size + 1);

	(void)reply;
	memset(text, 'x', (size_t)request->size);
	text[request->size] = '\0';
	status = status_fail(call->arena, (enum status_code)request->code, "PROBE_FAILED", "told to fail: 100%% é %s",
			     text);
	status = status_with_field(call->arena, status, "thing.name", "is not to my taste");
	status = status_with_field(call->arena, status, "thing.things[3].name", "neither");
	status = status_with_metadata(call->arena, status, "limit", "12");
	status = status_with_resource(call->arena, status, "gaon.probe/Thing", "things/1");
	return status_with_retry(call->arena, status, 1500);
}

struct status probe_judge(struct call *call, const Gaon__JudgeRequest *request, Gaon__JudgeResponse *reply)
{
	(void)call;
	reply->output_only = request->output_only;
	return OK;
}

struct counting {
	int64_t next, left;
	bool is_endless;
};

static struct stream_step count_next(struct call *call, void *state, struct arena *arena, ProtobufCMessage *reply)
{
	const Gaon__CountRequest *request = (const Gaon__CountRequest *)call->request;
	Gaon__CountResponse *answer = (Gaon__CountResponse *)reply;
	struct probe *probe = call->server_context;
	struct counting *counting = state;

	atomic_fetch_add(&probe->asked, 1);
	if (counting->next >= atomic_load(&probe->limit) || (!counting->is_endless && counting->left == 0)) {
		if (request->ends && counting->left == 0)
			return (struct stream_step){ .verdict = STREAM_END, .status = OK };
		return (struct stream_step){
			.verdict = STREAM_IDLE,
			.wake_us = request->wake_ms > 0 ? time_monotonic_us() + request->wake_ms * 1000 : 0,
		};
	}
	counting->left--;
	answer->number = counting->next++;
	if (request->padding > 0) {
		answer->padding.len = (size_t)request->padding;
		answer->padding.data = arena_zalloc(arena, answer->padding.len);
	}
	return (struct stream_step){ .verdict = STREAM_MESSAGE };
}

struct status probe_count(struct call *call, const Gaon__CountRequest *request)
{
	struct probe *probe = call->server_context;
	struct counting *counting = ARENA_NEW(call->arena, struct counting);

	if (request->first < 0)
		return status_invalid_field(call->arena, "first", "must not be negative");
	arena_defer(call->arena, count_release, &probe->released);
	counting->next = request->first;
	counting->left = request->most;
	counting->is_endless = request->most == 0;
	call_stream(call, count_next, counting);
	return OK;
}

static void execute(void *context, struct call *call)
{
	struct probe *probe = context;

	if (call->method->access == METHOD_READ) {
		call_finish(call, call_run(call));
		return;
	}
	pthread_mutex_lock(&probe->lock);
	if (probe->waiting_count == sizeof probe->waiting / sizeof probe->waiting[0])
		abort();
	probe->waiting[probe->waiting_count++] = call;
	pthread_cond_broadcast(&probe->changed);
	pthread_mutex_unlock(&probe->lock);
}

static struct status run_one(struct call *call)
{
	static const char forty_two[] = { 1 << 3, 42 };
	const Gaon__WorkRequest *request = (const Gaon__WorkRequest *)call->request;
	struct status status;

	if (request->pause_us == PROBE_REPLAY)
		return call_replay(call, slice_of(forty_two, sizeof forty_two));
	status = call_run(call);
	if (request->pause_us == PROBE_RUN_TWICE && status_is_ok(status)) {
		/* As an executor does whose transaction must be tried again; the second run counts. */
		status = call_run(call);
		if (call_packed_reply(call).size != 2)
			abort();
	}
	return status;
}

/* Like a writer with group commit: runs all that wait, then answers all. */
static void *work(void *argument)
{
	struct probe *probe = argument;

	pthread_mutex_lock(&probe->lock);
	for (;;) {
		while (!probe->is_over && (probe->is_held || probe->waiting_count == 0))
			pthread_cond_wait(&probe->changed, &probe->lock);
		if (probe->is_over && probe->waiting_count == 0)
			break;
		struct status statuses[64];

		for (size_t i = 0; i < probe->waiting_count; i++)
			statuses[i] = run_one(probe->waiting[i]);
		for (size_t i = 0; i < probe->waiting_count; i++)
			call_finish(probe->waiting[i], statuses[i]);
		probe->finished += (int64_t)probe->waiting_count;
		probe->waiting_count = 0;
		pthread_cond_broadcast(&probe->changed);
	}
	pthread_mutex_unlock(&probe->lock);
	return NULL;
}

static void must(struct status status)
{
	if (status_is_ok(status))
		return;
	fprintf(stderr, "%s: %s\n", status.reason, status.message);
	abort();
}

struct rpc_channel *probe_connect(struct probe *probe)
{
	const struct rpc_channel_options options = { .address = probe->address,
						     .authorization = "Bearer sesame",
						     .user_agent = "probe/1" };
	struct rpc_channel *channel;

	must(rpc_channel_open(probe->arena, &options, &channel));
	return channel;
}

void probe_start(struct probe *probe, const struct rpc_server_options *options)
{
	static const struct method_table *tables[] = { &gaon_probe_table };

	memset(probe, 0, sizeof *probe);
	probe->arena = arena_new(0);
	probe->limit = INT64_MAX;
	pthread_mutex_init(&probe->lock, NULL);
	pthread_cond_init(&probe->changed, NULL);
	if (options)
		probe->options = *options;
	if (!probe->options.address)
		probe->options.address = "127.0.0.1:0";
	probe->options.tables = tables;
	probe->options.table_count = 1;
	probe->options.executor = execute;
	probe->options.server_context = probe;
	pthread_create(&probe->worker, NULL, work, probe);
	must(rpc_server_start(probe->arena, &probe->options, &probe->server));
	if (text_starts_with(probe->options.address, "unix:"))
		snprintf(probe->address, sizeof probe->address, "%s", probe->options.address);
	else
		snprintf(probe->address, sizeof probe->address, "127.0.0.1:%d", rpc_server_port(probe->server));
	if (!probe->options.tls.certificate_path)
		probe->channel = probe_connect(probe);
}

void probe_stop(struct probe *probe)
{
	rpc_channel_close(probe->channel);
	probe_let(probe);
	rpc_server_stop(probe->server, 2000);
	pthread_mutex_lock(&probe->lock);
	probe->is_over = true;
	pthread_cond_broadcast(&probe->changed);
	pthread_mutex_unlock(&probe->lock);
	pthread_join(probe->worker, NULL);
	pthread_cond_destroy(&probe->changed);
	pthread_mutex_destroy(&probe->lock);
	arena_free(probe->arena);
}

static void set_held(struct probe *probe, bool is_held)
{
	pthread_mutex_lock(&probe->lock);
	probe->is_held = is_held;
	pthread_cond_broadcast(&probe->changed);
	pthread_mutex_unlock(&probe->lock);
}

void probe_hold(struct probe *probe)
{
	set_held(probe, true);
}

void probe_let(struct probe *probe)
{
	set_held(probe, false);
}

void probe_await_waiting(struct probe *probe, size_t count)
{
	pthread_mutex_lock(&probe->lock);
	while (probe->waiting_count < count)
		pthread_cond_wait(&probe->changed, &probe->lock);
	pthread_mutex_unlock(&probe->lock);
}

uint64_t probe_metric(const struct probe *probe, const char *name)
{
	struct rpc_metric metrics[64];
	size_t count = rpc_server_metrics(probe->server, metrics, 64);

	for (size_t i = 0; i < count; i++)
		if (strcmp(metrics[i].name, name) == 0)
			return metrics[i].value;
	abort();
}

uint64_t probe_await_metric(const struct probe *probe, const char *name, uint64_t value)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	for (int i = 0; i < 10000 && probe_metric(probe, name) != value; i++)
		nanosleep(&pause, NULL);
	return probe_metric(probe, name);
}

const char *probe_detail(struct status status, enum status_detail_kind kind, const char *key)
{
	for (const struct status_detail *detail = status.details; detail; detail = detail->next)
		if (detail->kind == kind && (!key || text_equal(detail->key, key)))
			return detail->value;
	return NULL;
}

int probe_connect_raw(const struct probe *probe, int descriptor)
{
	const struct sockaddr_in name = { .sin_family = AF_INET,
					  .sin_port = htons((uint16_t)rpc_server_port(probe->server)),
					  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return connect(descriptor, (const struct sockaddr *)&name, sizeof name);
}

bool probe_is_closed_soon(int descriptor)
{
	char bytes[256];

	for (;;) {
		if (poll(&(struct pollfd){ .fd = descriptor, .events = POLLIN }, 1, 10000) != 1)
			return false;
		if (read(descriptor, bytes, sizeof bytes) <= 0)
			return true;
	}
}

bool probe_sheds_when_exhausted(const struct probe *probe)
{
	enum { PEERS = 3, MOST = 4096 };
	static int filled[MOST];
	struct rlimit before, low;
	int peers[PEERS], count = 0;
	bool is_shed;

	for (int i = 0; i < PEERS; i++)
		peers[i] = socket(AF_INET, SOCK_STREAM, 0);
	getrlimit(RLIMIT_NOFILE, &before);
	low = before;
	low.rlim_cur = 512;
	setrlimit(RLIMIT_NOFILE, &low);
	/* Twice: connections that were closed just before give theirs back a little later. */
	for (int i = 0; i < 2; i++) {
		while (count < MOST && (filled[count] = dup(peers[0])) >= 0)
			count++;
		nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
	}
	is_shed = count < MOST;
	for (int i = 0; i < PEERS && is_shed; i++)
		is_shed = probe_connect_raw(probe, peers[i]) == 0 && write(peers[i], "PRI", 3) == 3 &&
			  probe_is_closed_soon(peers[i]);
	while (count > 0)
		close(filled[--count]);
	setrlimit(RLIMIT_NOFILE, &before);
	for (int i = 0; i < PEERS; i++)
		close(peers[i]);
	return is_shed && probe_metric(probe, "rpc_accept_failures_total") >= PEERS;
}
