/* SPDX-License-Identifier: Apache-2.0 */
/* writer.c: the one thread that writes. What waits is done together: each job in its savepoint, one commit, one fsync. */
#include <assert.h>
#include <semaphore.h>
#include <stddef.h>

#include "runtime/base/time.h"
#include "server/store/failpoint.h"
#include "server/store/internal.h"

/* Which store's writer this thread is: a write from inside a write would wait for itself. */
static _Thread_local const struct store *writing_for;

static struct status control(struct store *store, struct arena *arena, enum driver_control what)
{
	return store->driver->control(store->connection, arena, what);
}

/* What cannot be rolled back was never begun, or the database did it already. */
static void rollback(struct store *store, struct arena *arena)
{
	struct status status = control(store, arena, CONTROL_ROLLBACK);

	(void)status;
}

/* Runs one job; what it did is kept only when it returns OK. */
static struct status run_job(struct store *store, struct store_job *job, bool has_savepoint)
{
	struct store_tx tx = {
		.store = store,
		.arena = job->arena,
		.connection = store->connection,
		.is_write = true,
	};

	if (has_savepoint)
		TRY(control(store, job->arena, CONTROL_SAVEPOINT));

	struct status status = job->work(&tx, job->context);

	if (status_is_ok(status))
		status = tx.failure;
	job->marks = status_is_ok(status) ? tx.marks : 0;
	if (!has_savepoint || !store->driver->is_in_transaction(store->connection))
		return status;
	if (status_is_ok(status))
		return control(store, job->arena, CONTROL_RELEASE);

	struct status undone = control(store, job->arena, CONTROL_ROLLBACK_TO);

	return status_is_ok(undone) ? status : undone;
}

/* The whole group shares the failure; each job gets its own copy, because each has its own arena. */
static void fail_group(struct store_job *group, struct status failure)
{
	for (struct store_job *job = group; job != NULL; job = job->next) {
		if (status_is_ok(job->status))
			job->status = status_copy(job->arena, failure);
		job->marks = 0;
	}
}

/* False when the database itself gave up the transaction: then nothing of the group is written. */
static bool run_jobs(struct store *store, struct store_job *group)
{
	bool has_savepoints = group->next != NULL;

	for (struct store_job *job = group; job != NULL; job = job->next)
		job->status = OK;
	for (struct store_job *job = group; job != NULL; job = job->next) {
		job->status = run_job(store, job, has_savepoints);
		if (store->driver->is_in_transaction(store->connection))
			continue;
		fail_group(group, status_is_ok(job->status) ?
					  status_fail(job->arena, STATUS_INTERNAL, "STORE_TRANSACTION_LOST",
						      "the database ended the transaction by itself; try again") :
					  job->status);
		return false;
	}
	return true;
}

static bool has_success(const struct store_job *group)
{
	for (const struct store_job *job = group; job != NULL; job = job->next)
		if (status_is_ok(job->status))
			return true;
	return false;
}

static void commit_group(struct store *store, struct store_job *group)
{
	int64_t started_us = time_monotonic_us();

	failpoint("store.before_commit");

	struct status status = control(store, group->arena, CONTROL_COMMIT);

	failpoint("store.after_commit");
	count_up(&store->counters.commit_us, (uint64_t)(time_monotonic_us() - started_us));
	if (status_is_ok(status)) {
		atomic_fetch_add(&store->committed, 1);
		count_up(&store->counters.commits, 1);
		return;
	}
	count_up(&store->counters.commits_failed, 1);
	fail_group(group, status);
	if (store->driver->is_in_transaction(store->connection))
		rollback(store, group->arena);
}

static void run_group(struct store *store, struct store_job *group)
{
	struct status status = control(store, group->arena, CONTROL_BEGIN_WRITE);

	if (!status_is_ok(status)) {
		for (struct store_job *job = group; job != NULL; job = job->next)
			job->status = OK;
		fail_group(group, status);
		return;
	}
	if (!run_jobs(store, group))
		return;
	if (has_success(group))
		commit_group(store, group);
	else
		rollback(store, group->arena);
}

static void tell_listeners(struct store *store, const struct store_job *group)
{
	int64_t marks = 0;

	for (const struct store_job *job = group; job != NULL; job = job->next)
		marks |= job->marks;
	if (marks == 0)
		return;
	pthread_mutex_lock(&store->listener_lock);
	for (unsigned i = 0; i < store->listener_count; i++)
		store->listeners[i].hear(store->listeners[i].context, marks);
	pthread_mutex_unlock(&store->listener_lock);
}

/* After `done` the job is its caller's again: read the next one first. */
static void answer(struct store *store, struct store_job *group)
{
	for (struct store_job *job = group, *next; job != NULL; job = next) {
		next = job->next;
		count_up(status_is_ok(job->status) ? &store->counters.writes : &store->counters.writes_failed, 1);
		job->done(job, job->status);
	}
}

/* Takes at most group_size jobs, waiting for the first; NULL when the store closes and nothing is left. */
static struct store_job *take_group(struct store *store, unsigned *count)
{
	pthread_mutex_lock(&store->queue_lock);
	while (store->first == NULL && !store->is_closing)
		pthread_cond_wait(&store->queue_filled, &store->queue_lock);

	struct store_job *group = store->first;
	struct store_job *last = NULL;

	*count = 0;
	for (struct store_job *job = group; job != NULL && *count < store->options.group_size; job = job->next) {
		last = job;
		(*count)++;
	}
	if (last != NULL) {
		store->first = last->next;
		if (store->first == NULL)
			store->last = NULL;
		last->next = NULL;
		store->queued -= *count;
	}
	pthread_mutex_unlock(&store->queue_lock);
	return group;
}

static void *write_loop(void *context)
{
	struct store *store = context;
	struct arena *arena = arena_new(0);
	unsigned count = 0;

	pthread_setname_np(pthread_self(), "gaon-writer");
	writing_for = store;
	for (struct store_job *group; (group = take_group(store, &count)) != NULL;) {
		store_close_readers(store, arena);
		run_group(store, group);
		if (count > atomic_load_explicit(&store->counters.largest_group, memory_order_relaxed))
			atomic_store_explicit(&store->counters.largest_group, count, memory_order_relaxed);
		tell_listeners(store, group);
		answer(store, group);
		if (store->driver->upkeep(store->connection))
			count_up(&store->counters.upkeeps, 1);
		store_reopen_readers(store);
		arena_reset(arena);
	}
	arena_free(arena);
	return NULL;
}

struct status writer_start(struct store *store, struct arena *arena)
{
	TRY(store->driver->connect(store->database, arena, CONNECTION_WRITER, &store->connection));
	if (pthread_create(&store->writer, NULL, write_loop, store) != 0) {
		store->driver->disconnect(store->connection);
		return status_fail(arena, STATUS_RESOURCE_EXHAUSTED, "STORE_THREAD",
				   "the store's writer thread could not be started; raise the limit on threads");
	}
	return OK;
}

void writer_stop(struct store *store)
{
	pthread_mutex_lock(&store->queue_lock);
	store->is_closing = true;
	pthread_cond_signal(&store->queue_filled);
	pthread_mutex_unlock(&store->queue_lock);
	pthread_join(store->writer, NULL);
	store->driver->disconnect(store->connection);
}

struct status store_submit(struct store *store, struct store_job *job)
{
	struct status status = OK;

	job->next = NULL;
	job->marks = 0;
	job->status = OK;
	pthread_mutex_lock(&store->queue_lock);
	if (store->is_closing) {
		status = (struct status){ .code = STATUS_UNAVAILABLE,
					  .reason = "STORE_CLOSED",
					  .message = "the server is shutting down; try again" };
	} else if (store->queued >= store->options.queue_size) {
		status = (struct status){ .code = STATUS_RESOURCE_EXHAUSTED,
					  .reason = "STORE_QUEUE_FULL",
					  .message = "too many writes are waiting; try again in a moment" };
	} else {
		if (store->last == NULL)
			store->first = job;
		else
			store->last->next = job;
		store->last = job;
		/* The writer sleeps only when the queue is empty. */
		if (store->queued++ == 0)
			pthread_cond_signal(&store->queue_filled);
	}
	pthread_mutex_unlock(&store->queue_lock);
	if (!status_is_ok(status))
		count_up(&store->counters.queue_refused, 1);
	return status;
}

void store_on_commit(struct store *store, void (*listener)(void *context, int64_t marks), void *context)
{
	pthread_mutex_lock(&store->listener_lock);
	assert(store->listener_count < STORE_LISTENERS);
	store->listeners[store->listener_count++] = (struct store_listener){ listener, context };
	pthread_mutex_unlock(&store->listener_lock);
}

void store_off_commit(struct store *store, void (*listener)(void *context, int64_t marks), void *context)
{
	pthread_mutex_lock(&store->listener_lock);
	for (unsigned i = 0; i < store->listener_count; i++)
		if (store->listeners[i].hear == listener && store->listeners[i].context == context) {
			store->listeners[i] = store->listeners[--store->listener_count];
			break;
		}
	pthread_mutex_unlock(&store->listener_lock);
}

/* ---- a write that its thread waits for ---- */

struct waiting_write {
	struct store_job job;
	struct status status;
	sem_t is_done;
};

static void wake_waiter(struct store_job *job, struct status status)
{
	struct waiting_write *waiting = (struct waiting_write *)((char *)job - offsetof(struct waiting_write, job));

	waiting->status = status;
	sem_post(&waiting->is_done);
}

struct status store_write(struct store *store, struct arena *arena, store_work work, void *context)
{
	struct waiting_write waiting = {
		.job = { .work = work, .done = wake_waiter, .arena = arena, .context = context },
	};

	if (writing_for == store)
		return status_fail(arena, STATUS_INTERNAL, "STORE_NESTED_WRITE",
				   "a write was asked for from inside a write; use the transaction at hand");
	sem_init(&waiting.is_done, 0, 0);

	struct status status = store_submit(store, &waiting.job);

	if (status_is_ok(status)) {
		while (sem_wait(&waiting.is_done) != 0)
			; /* a signal's interruption */
		status = waiting.status;
	}
	sem_destroy(&waiting.is_done);
	return status;
}
