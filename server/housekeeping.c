/* SPDX-License-Identifier: Apache-2.0 */
/* housekeeping.c: what is done from time to time, and what a commit sets off. */
#include "server/housekeeping.h"

#include "runtime/base/log.h"
#include "runtime/base/time.h"
#include "server/backup.h"
#include "server/replay.h"
#include "server/store/change.h"

enum { MINUTE_MS = 60 * 1000, SESSION_IDLE_MS = 10 * MINUTE_MS, TRIM_ROWS = 5000, TRIM_OPERATIONS = 500, METRICS_MOST = 64 };

/* AIP-155 asks for "a reasonable duration": a day covers every retry of a client that still lives. */
#define REPLAY_RETENTION_US TIME_US_PER_DAY

struct retention {
	int64_t replays_before_us, changes_before_us, operations_before_us;
	int64_t replays, changes, operations; /* forgotten in this round */
};

static struct status trim_work(struct store_tx *tx, void *context)
{
	struct retention *retention = context;

	TRY(replay_trim(tx, retention->replays_before_us, TRIM_ROWS, &retention->replays));
	TRY(operation_trim(tx, retention->operations_before_us, TRIM_OPERATIONS, &retention->operations));
	return change_trim(tx, retention->changes_before_us, TRIM_ROWS, &retention->changes);
}

static struct status trim(struct arena *arena, void *context)
{
	struct gaond *gaond = context;
	int64_t now_us = time_now_us();
	struct retention retention = {
		.replays_before_us = now_us - REPLAY_RETENTION_US,
		.changes_before_us = now_us - config_int(gaond->config, "store.change_retention") * TIME_US_PER_MS,
		.operations_before_us =
			now_us - config_int(gaond->config, "engine.operation_retention") * TIME_US_PER_MS,
	};
	/* All that is due, however much came, but in rounds: no transaction holds the writer for long. */
	do
		TRY(store_write(gaond->store, arena, trim_work, &retention));
	while (retention.replays >= TRIM_ROWS || retention.changes >= TRIM_ROWS ||
	       retention.operations >= TRIM_OPERATIONS);
	return OK;
}

static struct status flush(struct arena *arena, void *context)
{
	struct gaond *gaond = context;
	return iam_flush(gaond->iam, arena);
}

/* A cloud that nobody asks for a while need not hold a connection for us. */
static struct status sweep_sessions(struct arena *arena, void *context)
{
	struct gaond *gaond = context;

	(void)arena;
	session_sweep(gaond->sessions, SESSION_IDLE_MS);
	return OK;
}

static struct status back_up(struct arena *arena, void *context)
{
	struct gaond *gaond = context;
	int64_t began_us = time_monotonic_us();
	const char *path;

	TRY(backup_make(gaond->store, arena, config_text(gaond->config, "backup.folder"),
			(unsigned)config_int(gaond->config, "backup.keep"), &path));
	log_event(LOG_INFO, "backup.done", LOG_TEXT("path", path), LOG_INT("duration_us", time_monotonic_us() - began_us));
	return OK;
}

static struct status log_metrics(struct arena *arena, void *context)
{
	struct gaond *gaond = context;
	struct rpc_metric calls[METRICS_MOST];
	struct store_metric stored[METRICS_MOST];
	struct engine_metric worked[METRICS_MOST];
	struct log_field *fields = ARENA_ARRAY(arena, 4 * METRICS_MOST, struct log_field);
	size_t count = 0;

	size_t call_count = gaond->rpc ? rpc_server_metrics(gaond->rpc, calls, METRICS_MOST) : 0;
	for (size_t i = 0; i < call_count; i++)
		fields[count++] = LOG_INT(calls[i].name, (int64_t)calls[i].value);
	size_t stored_count = store_metrics(gaond->store, stored, METRICS_MOST);
	for (size_t i = 0; i < stored_count; i++)
		fields[count++] = LOG_INT(arena_printf(arena, "store_%s", stored[i].name), (int64_t)stored[i].value);
	size_t worked_count = engine_metrics(gaond->engine, worked, METRICS_MOST);
	for (size_t i = 0; i < worked_count; i++)
		fields[count++] = LOG_INT(arena_printf(arena, "engine_%s", worked[i].name), (int64_t)worked[i].value);
	fields[count++] = LOG_INT("limit_tenant_refused", (int64_t)throttle_refused(gaond->throttle, THROTTLE_TENANT));
	fields[count++] = LOG_INT("limit_principal_refused", (int64_t)throttle_refused(gaond->throttle, THROTTLE_PRINCIPAL));
	fields[count++] = LOG_INT("limit_stranger_refused", (int64_t)throttle_refused(gaond->throttle, THROTTLE_STRANGER));
	log_write(LOG_INFO, "metrics", fields, count);
	return OK;
}

static void on_commit(void *context, int64_t marks)
{
	struct gaond *gaond = context;
	if ((marks & STORE_MARK_CHANGE) && atomic_load(&gaond->is_watched))
		rpc_server_wake(gaond->rpc);
}

void housekeeping_prepare(struct gaond *gaond)
{
	int64_t metrics_ms = config_int(gaond->config, "log.metrics_interval");

	store_on_commit(gaond->store, on_commit, gaond);
	engine_every(gaond->engine, "trim", 10 * MINUTE_MS, trim, gaond);
	engine_every(gaond->engine, "flush-last-uses", MINUTE_MS, flush, gaond);
	engine_every(gaond->engine, "sweep-sessions", MINUTE_MS, sweep_sessions, gaond);
	if (*config_text(gaond->config, "backup.folder"))
		engine_every(gaond->engine, "backup", config_int(gaond->config, "backup.interval"), back_up, gaond);
	if (metrics_ms > 0)
		engine_every(gaond->engine, "metrics", metrics_ms, log_metrics, gaond);
}

void housekeeping_watch(struct gaond *gaond)
{
	atomic_store(&gaond->is_watched, true);
}
