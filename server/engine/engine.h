/* SPDX-License-Identifier: Apache-2.0 */
/* engine.h: durable operations. Nothing lost, nothing twice, everything ends. */
#ifndef GAON_ENGINE_ENGINE_H
#define GAON_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "providers/provider.h"
#include "runtime/base/arena.h"
#include "runtime/base/json.h"
#include "runtime/base/status.h"
#include "server/store/store.h"

enum operation_state {
	OPERATION_PENDING = 1,      /* no worker has had it yet */
	OPERATION_RUNNING = 2,      /* between its first claim and its end, also while it waits */
	OPERATION_COMPENSATING = 3, /* a step failed or it was cancelled: undoing what was done */
	OPERATION_SUCCEEDED = 4,
	OPERATION_FAILED = 5,
	OPERATION_CANCELLED = 6,
};

/** A row of table `operation`. Strings are in the arena it was read into. */
struct operation {
	const char *id, *kind;
	const char *tenant, *project; /* full names: "tenants/acme", "tenants/acme/projects/web"; project NULL: the tenant's own */
	const char *target;       /* resource name it works on */
	const char *connection;   /* connection name whose limits apply; NULL: none */
	const char *requested_by; /* principal name */
	enum operation_state state;
	unsigned step;            /* index into the workflow's steps; COMPENSATING: how many are left to undo */
	unsigned attempt;         /* of this step, 1 first */
	unsigned progress_percent;
	const struct json *input; /* never changes */
	struct json *memo;        /* what the steps learnt */
	int64_t created_us, started_us, ended_us, due_us, deadline_us;
	int64_t fence;            /* grows with each claim */
	bool is_cancel_requested;
	struct status failure;    /* of a FAILED or COMPENSATING one */
	int64_t revision;
};

struct operation_spec {
	const char *id; /* NULL: a new one */
	const char *kind, *tenant, *project, *target, *connection, *requested_by;
	const struct json *input;
	int64_t due_us; /* 0: now */
};

/** In the caller's transaction: the operation exists if and only if the change that wanted it does. `*id` in the tx's arena. */
MUST_CHECK struct status operation_create(struct store_tx *tx, const struct operation_spec *spec, const char **id);
MUST_CHECK struct status operation_get(struct store_tx *tx, const char *id, struct operation *operation);
/** Asks a running operation to stop at its next step boundary and undo; ended ones: FAILED_PRECONDITION / OPERATION_ENDED. */
MUST_CHECK struct status operation_cancel(struct store_tx *tx, const char *id, const char *by);

struct operation_filter {
	const char *tenant, *project, *target, *kind; /* NULL: any */
	enum operation_state state;                   /* 0: any */
};
/** Newest first; `after_id` NULL first. */
MUST_CHECK struct status operation_list(struct store_tx *tx, const struct operation_filter *filter, const char *after_id,
					unsigned most, struct operation **operations, size_t *count);

/**
 * Forgets operations that ended before `before_us`, oldest first, at most `most`, with their journals; `*forgotten` is how many.
 * What an operation was and did stays in the audit trail.
 */
MUST_CHECK struct status operation_trim(struct store_tx *tx, int64_t before_us, unsigned most, int64_t *forgotten);

/** A line of the journal: table `operation_step`. */
struct operation_step {
	unsigned number; /* 1, 2, … as they happened */
	const char *name;
	bool is_undo;
	const char *outcome; /* "running", "waiting", "done", "failed", "retried", "skipped" */
	const char *note;    /* for people: "adopted the machine found by its intent" */
	const char *provider_request_id;
	unsigned attempts;
	int64_t started_us, ended_us;
};
MUST_CHECK struct status operation_steps(struct store_tx *tx, const char *id, struct operation_step **steps, size_t *count);
/**
 * One more line, of something that a step did to one of several things: `name` says to which, `outcome` and `note` what came of it.
 * From a record, so that it is there if and only if the step's outcome is.
 */
MUST_CHECK struct status operation_note(struct store_tx *tx, const char *id, const char *name, const char *outcome,
					const char *note);

/* ---- workflows ---- */

enum step_verdict {
	STEP_DONE,  /* on to the next step */
	STEP_AGAIN, /* not yet: call act again after after_ms (polling); keeps the attempt */
	STEP_FAILED,/* `error` decides: a retryable class repeats the step with back-off until its timeout, others compensate */
};

struct step_result {
	enum step_verdict verdict;
	enum provider_error error; /* with STEP_FAILED */
	struct status status;      /* with STEP_FAILED: what people see */
	int64_t after_ms;          /* AGAIN: the next poll; FAILED with THROTTLED: the cloud's retry-after */
	unsigned progress_percent; /* of the whole operation; 0: by step count */
	const char *note;
	const char *provider_request_id;
};

/** What a step sees. `memo` may be changed by prepare, act and record; it is saved with the step's outcome. */
struct step {
	struct arena *arena; /* of this run of this step */
	const struct operation *operation;
	const struct json *input;
	struct json *memo;
	unsigned attempt;      /* > 1: an earlier attempt may have had its effect: find by intent first */
	bool is_resumed;       /* a worker died or lost its lease in this attempt: likewise */
	int64_t deadline_us;   /* of one act, monotonic */
	const atomic_bool *is_cancelled;
	void *context;         /* the workflow's */
	void *scratch;         /* from act to record of the same run, in `arena`; not saved */
};

/**
 * One step, in three parts, so that no lock is held across I/O and an intent is durable before its effect:
 * prepare (transaction, committed) → act (no transaction, at most one round trip) → record (transaction with the outcome).
 * Each may be NULL. prepare and record run fenced: a worker that lost its lease cannot commit them.
 * prepare runs once before the first act of each attempt (not before polls, nor when a committed attempt is resumed);
 * record runs after every act: look at the verdict. A failing prepare or record counts as the step's failure:
 * UNAVAILABLE, ABORTED and RESOURCE_EXHAUSTED are tried again, any other code compensates.
 */
struct step_action {
	struct status (*prepare)(struct store_tx *tx, struct step *step);
	struct step_result (*act)(struct step *step);
	struct status (*record)(struct store_tx *tx, struct step *step, const struct step_result *result);
};

struct workflow_step {
	const char *name;
	struct step_action run;
	struct step_action undo;    /* all NULL: `no_undo` says why it needs none */
	const char *no_undo;
	unsigned timeout_s;         /* of the step over all its attempts and polls */
};

struct workflow {
	const char *kind;
	const struct workflow_step *steps;
	unsigned step_count;
	unsigned deadline_s; /* of the whole operation, compensation not counted */
	/** In the transaction that ends the operation, whatever the end: settles what hangs on it. Repeated until it succeeds. */
	struct status (*ended)(struct store_tx *tx, const struct operation *operation, void *context);
	void *context;
};

/* ---- the engine ---- */

struct engine;

struct engine_options {
	unsigned workers;             /* [8] threads; a waiting operation holds none */
	int64_t lease_ms;             /* [30 s] renewed while an act runs */
	int64_t retry_first_ms;       /* [500 ms] back-off with full jitter, doubling */
	int64_t retry_most_ms;        /* [60 s] */
	unsigned connection_concurrency; /* [8] acts at once on one connection */
	unsigned connection_rate_per_s;  /* [0: unlimited] */
	const char *replica;          /* ["local"] our own name among several gaond on one store */
	bool is_manual;               /* tests: no threads; engine_run_due does what is due */
};

struct engine *engine_new(struct store *store, const struct engine_options *options);
/** Before engine_start. A missing workflow for a stored operation's kind fails that operation, not the engine. */
void engine_register(struct engine *engine, const struct workflow *workflow);
/** A periodic job (lease expiry, metering, sync): runs `tick` on a worker about every interval, never concurrently with itself. */
void engine_every(struct engine *engine, const char *name, int64_t interval_ms,
		  struct status (*tick)(struct arena *arena, void *context), void *context);
MUST_CHECK struct status engine_start(struct engine *engine);
/** Tests, with is_manual: does on this thread everything that is due by the (fake) clock; how many turns that were. */
unsigned engine_run_due(struct engine *engine);
/** When the next operation becomes due; INT64_MAX: none waits. */
MUST_CHECK struct status engine_next_due(struct engine *engine, struct arena *arena, int64_t *due_us);
/** Lets running acts end for `grace_ms`, then abandons them (their lease lapses). Frees. Takes NULL. */
void engine_stop(struct engine *engine, int64_t grace_ms);

/** What one connection bears instead of the options' limits (0: those); from any thread, at any time. */
void engine_limit(struct engine *engine, const char *connection, unsigned concurrency, unsigned rate_per_s);

struct engine_metric {
	const char *name;
	uint64_t value;
};
size_t engine_metrics(struct engine *engine, struct engine_metric *metrics, size_t most);

extern const struct migration engine_migrations[];
extern const size_t engine_migration_count;

#endif
