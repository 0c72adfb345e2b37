/* SPDX-License-Identifier: Apache-2.0 */
/* worker.c: a libvirt call can hang for ever, so each verb runs in a thread that we can leave behind. */
#include <signal.h>
#include <time.h>

#include "providers/libvirt/session.h"
#include "runtime/base/time.h"

#define RUNNING_MOST 64 /* at once on one connection, those that hang included */
#define STUCK_MOST 16
#define STACK_BYTES (1024 * 1024)
#define WAIT_SLICE_NS 50000000 /* how often a waiting caller looks whether it was cancelled */
#define NO_DEADLINE_US (10 * TIME_US_PER_MINUTE)

/* Shared by the caller and the thread; who lets go last frees it. */
struct job {
	struct libvirt_work work; /* first: the caller knows the job by it */
	pthread_mutex_t mutex;    /* guards all below */
	pthread_cond_t is_over;
	bool is_done, is_left; /* is_left: the caller went away */
	struct provider_result result;
	libvirt_function *function;
	void *arguments;
};

static const bool IS_MUTATING[VERB_COUNT] = {
	[VERB_CREATE] = true,          [VERB_START] = true,           [VERB_STOP] = true,
	[VERB_SHUTDOWN] = true,        [VERB_REBOOT] = true,          [VERB_RESET] = true,
	[VERB_SUSPEND] = true,         [VERB_RESUME] = true,          [VERB_RESIZE] = true,
	[VERB_DELETE] = true,          [VERB_SNAPSHOT_CREATE] = true, [VERB_SNAPSHOT_REVERT] = true,
	[VERB_SNAPSHOT_DELETE] = true, [VERB_RENAME] = true,          [VERB_TAG] = true,
	[VERB_VOLUME_CREATE] = true,   [VERB_VOLUME_ATTACH] = true,   [VERB_VOLUME_DETACH] = true,
	[VERB_VOLUME_GROW] = true,     [VERB_VOLUME_DELETE] = true,   [VERB_IMAGE_CREATE] = true,
	[VERB_IMAGE_DELETE] = true,
};

struct libvirt_work *libvirt_work_new(struct provider_session *session, enum provider_verb verb)
{
	struct arena *arena = arena_new(0);
	struct job *job = ARENA_NEW(arena, struct job);
	job->work = (struct libvirt_work){ .arena = arena, .session = session, .is_mutating = IS_MUTATING[verb] };
	pthread_condattr_t clock;
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_mutex_init(&job->mutex, NULL);
	pthread_cond_init(&job->is_over, &clock);
	pthread_condattr_destroy(&clock);
	return &job->work;
}

bool libvirt_work_is_left(struct libvirt_work *work)
{
	struct job *job = (struct job *)work;
	pthread_mutex_lock(&job->mutex);
	bool is_left = job->is_left;
	pthread_mutex_unlock(&job->mutex);
	return is_left;
}

static void job_free(struct job *job)
{
	pthread_cond_destroy(&job->is_over);
	pthread_mutex_destroy(&job->mutex);
	arena_free(job->work.arena);
}

static void job_free_deferred(void *job)
{
	job_free(job);
}

static struct provider_result job_do(struct job *job, virConnectPtr *link)
{
	struct provider_result result = libvirt_link_take(&job->work, link);
	if (result.error != PROVIDER_OK)
		return result;
	job->work.link = *link;
	result = job->function(&job->work, job->arguments);
	if (job->work.is_mutating || result.error == PROVIDER_OK || virConnectIsAlive(*link) == 1)
		return result;
	/* The daemon was restarted under a verb that only looks: it may look again at once. */
	virConnectClose(*link);
	*link = NULL;
	result = libvirt_link_take(&job->work, link);
	if (result.error != PROVIDER_OK)
		return result;
	job->work.link = *link;
	return job->function(&job->work, job->arguments);
}

/* A daemon that dies under a write would else end the whole process by SIGPIPE; other signals have their own thread. */
void libvirt_block_signals(void)
{
	sigset_t all;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
}

static void *job_main(void *argument)
{
	libvirt_block_signals();
	struct job *job = argument;
	struct provider_session *session = job->work.session;
	virConnectPtr link = NULL;
	struct provider_result result = job_do(job, &link);
	pthread_mutex_lock(&job->mutex);
	job->result = result;
	job->is_done = true;
	bool is_left = job->is_left;
	pthread_mutex_lock(&session->mutex);
	session->running--;
	session->stuck -= is_left;
	pthread_mutex_unlock(&session->mutex);
	pthread_cond_signal(&job->is_over);
	pthread_mutex_unlock(&job->mutex);
	if (is_left)
		job_free(job);
	/* After the answer, as closing the last reference talks to the daemon and may hang as well. */
	if (link)
		virConnectClose(link);
	libvirt_session_release(session);
	return NULL;
}

static bool thread_start(struct job *job)
{
	pthread_attr_t attributes;
	pthread_t thread;
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	bool is_started = pthread_create(&thread, &attributes, job_main, job) == 0;
	pthread_attr_destroy(&attributes);
	return is_started;
}

static struct provider_result admit(struct provider_session *session, struct arena *arena)
{
	pthread_mutex_lock(&session->mutex);
	unsigned stuck = session->stuck, running = session->running;
	bool is_full = stuck >= STUCK_MOST || running >= RUNNING_MOST;
	if (!is_full) {
		session->running++;
		session->references++;
	}
	pthread_mutex_unlock(&session->mutex);
	if (!is_full)
		return PROVIDER_DONE;
	return provider_fail(arena, PROVIDER_UNAVAILABLE,
			     "%u calls to libvirt are under way and %u of them hang; look after the hypervisor, then retry", running,
			     stuck);
}

/* The deadline is on the house's clock, which tests may hold still; the wait is on the real one. */
static struct timespec real_end(const struct provider_call *call)
{
	struct timespec now;
	int64_t left_us = call->deadline_us != 0 ? call->deadline_us - time_monotonic_us() : NO_DEADLINE_US;
	clock_gettime(CLOCK_MONOTONIC, &now);
	int64_t end_ns = now.tv_nsec + (left_us > 0 ? left_us : 0) * 1000;
	return (struct timespec){ .tv_sec = now.tv_sec + end_ns / 1000000000, .tv_nsec = end_ns % 1000000000 };
}

static bool is_past(struct timespec end, struct timespec now)
{
	return now.tv_sec > end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec >= end.tv_nsec);
}

/* With the job's mutex held. False when the caller's time is over first. */
static bool wait_done(struct job *job, const struct provider_call *call)
{
	struct timespec end = real_end(call);
	while (!job->is_done) {
		struct timespec now, slice;
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (is_past(end, now) || (call->is_cancelled && atomic_load(call->is_cancelled)))
			return false;
		slice = (struct timespec){ .tv_sec = now.tv_sec, .tv_nsec = now.tv_nsec + WAIT_SLICE_NS };
		if (slice.tv_nsec >= 1000000000)
			slice = (struct timespec){ .tv_sec = slice.tv_sec + 1, .tv_nsec = slice.tv_nsec - 1000000000 };
		pthread_cond_timedwait(&job->is_over, &job->mutex, is_past(end, slice) ? &end : &slice);
	}
	return true;
}

/* With the job's mutex held; the thread finds out when it comes back, if ever. */
static struct provider_result leave(struct job *job, struct arena *arena)
{
	struct provider_session *session = job->work.session;
	job->is_left = true;
	pthread_mutex_lock(&session->mutex);
	session->stuck++;
	session->is_suspect = !session->options.is_test;
	pthread_mutex_unlock(&session->mutex);
	if (job->work.is_mutating)
		return provider_fail(arena, PROVIDER_UNKNOWN_OUTCOME,
				     "libvirt did not answer in time; what was asked may still happen");
	return provider_fail(arena, PROVIDER_UNAVAILABLE, "libvirt did not answer in time");
}

struct provider_result libvirt_run(struct libvirt_work *work, struct provider_call *call, libvirt_function *function,
				   void *arguments)
{
	struct job *job = (struct job *)work;
	job->function = function;
	job->arguments = arguments;
	bool is_late = (call->deadline_us != 0 && time_monotonic_us() >= call->deadline_us) ||
		       (call->is_cancelled && atomic_load(call->is_cancelled));
	struct provider_result result =
		is_late ? provider_fail(call->arena, PROVIDER_UNAVAILABLE, "the call was over before it reached libvirt") :
			  admit(work->session, call->arena);
	if (result.error != PROVIDER_OK) {
		job_free(job);
		return result;
	}
	if (!thread_start(job)) {
		pthread_mutex_lock(&work->session->mutex);
		work->session->running--;
		pthread_mutex_unlock(&work->session->mutex);
		libvirt_session_release(work->session);
		job_free(job);
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE, "no thread could be started for a call to libvirt");
	}
	pthread_mutex_lock(&job->mutex);
	bool is_done = wait_done(job, call);
	result = is_done ? job->result : leave(job, call->arena);
	pthread_mutex_unlock(&job->mutex);
	if (is_done)
		arena_defer(call->arena, job_free_deferred, job);
	return result;
}
