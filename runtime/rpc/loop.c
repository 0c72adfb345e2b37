/* SPDX-License-Identifier: Apache-2.0 */
/* loop.c: polls, runs what comes back, and what falls due. */
#include "runtime/rpc/loop.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <grpc/support/time.h>

#include "runtime/base/memory.h"
#include "runtime/base/priority.h"
#include "runtime/base/time.h"

/* A fake clock may stand still: look again after this long at the latest, and never spin. */
#define WAIT_LEAST_US INT64_C(1000)
#define WAIT_MOST_US (60 * TIME_US_PER_SECOND)

static _Thread_local const struct loop *here;

static struct loop *loop_of_posted(struct event *event)
{
	return (struct loop *)((char *)event - offsetof(struct loop, posted));
}

static void run_posted(struct event *event, bool ok)
{
	struct loop *loop = loop_of_posted(event);
	struct posting *posting;

	(void)ok;
	pthread_mutex_lock(&loop->lock);
	posting = loop->first;
	loop->first = NULL;
	loop->last = NULL;
	loop->is_posted = false;
	pthread_mutex_unlock(&loop->lock);
	while (posting) {
		struct posting *next = posting->next;

		posting->run(posting);
		posting = next;
	}
}

void loop_post(struct loop *loop, struct posting *posting)
{
	bool is_first;

	posting->next = NULL;
	pthread_mutex_lock(&loop->lock);
	if (loop->last)
		loop->last->next = posting;
	else
		loop->first = posting;
	loop->last = posting;
	is_first = !loop->is_posted;
	loop->is_posted = true;
	pthread_mutex_unlock(&loop->lock);
	if (is_first && !loop_batch(loop->poster, NULL, 0, &loop->posted)) {
		/* Only our own bug (a post after loop_close) makes the core refuse an empty batch. */
		fputs("rpc: a loop was posted to after its end\n", stderr);
		abort();
	}
}

bool loop_is_here(const struct loop *loop)
{
	return here == loop;
}

bool loop_batch(grpc_call *call, const grpc_op *operations, size_t count, struct event *event)
{
	LOOP_RELEASE(event);
	return grpc_call_start_batch(call, operations, count, event, NULL) == GRPC_CALL_OK;
}

static void heap_put(struct loop *loop, size_t place, struct timer *timer)
{
	loop->heap[place - 1] = timer;
	timer->place = place;
}

static void heap_sift(struct loop *loop, size_t place)
{
	struct timer *timer = loop->heap[place - 1];

	while (place > 1 && loop->heap[place / 2 - 1]->due_us > timer->due_us) {
		heap_put(loop, place, loop->heap[place / 2 - 1]);
		place /= 2;
	}
	for (;;) {
		size_t child = place * 2;

		if (child > loop->timer_count)
			break;
		if (child < loop->timer_count && loop->heap[child]->due_us < loop->heap[child - 1]->due_us)
			child++;
		if (loop->heap[child - 1]->due_us >= timer->due_us)
			break;
		heap_put(loop, place, loop->heap[child - 1]);
		place = child;
	}
	heap_put(loop, place, timer);
}

void loop_timer_set(struct loop *loop, struct timer *timer, int64_t due_us)
{
	timer->due_us = due_us;
	if (timer->place == 0) {
		if (loop->timer_count == loop->timer_capacity) {
			loop->timer_capacity = loop->timer_capacity ? loop->timer_capacity * 2 : 64;
			loop->heap = memory_resize(loop->heap, loop->timer_capacity, sizeof(struct timer *));
		}
		loop->timer_count++;
		heap_put(loop, loop->timer_count, timer);
	}
	heap_sift(loop, timer->place);
}

void loop_timer_clear(struct loop *loop, struct timer *timer)
{
	size_t place = timer->place;
	struct timer *last;

	if (place == 0)
		return;
	timer->place = 0;
	last = loop->heap[--loop->timer_count];
	if (last == timer)
		return;
	heap_put(loop, place, last);
	heap_sift(loop, place);
}

static void run_timers(struct loop *loop)
{
	int64_t now_us;

	if (loop->timer_count == 0)
		return;
	now_us = time_monotonic_us();
	while (loop->timer_count > 0 && loop->heap[0]->due_us <= now_us) {
		struct timer *timer = loop->heap[0];

		loop_timer_clear(loop, timer);
		timer->run(timer);
	}
}

static gpr_timespec next_wait(const struct loop *loop)
{
	int64_t wait_us;

	if (loop->timer_count == 0)
		return gpr_inf_future(GPR_CLOCK_MONOTONIC);
	wait_us = loop->heap[0]->due_us - time_monotonic_us();
	wait_us = wait_us < WAIT_LEAST_US ? WAIT_LEAST_US : wait_us;
	wait_us = wait_us > WAIT_MOST_US ? WAIT_MOST_US : wait_us;
	return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_micros(wait_us, GPR_TIMESPAN));
}

static void *loop_main(void *argument)
{
	struct loop *loop = argument;

	here = loop;
	priority_answers();
	for (;;) {
		grpc_event found = grpc_completion_queue_next(loop->queue, next_wait(loop), NULL);

		if (found.type == GRPC_QUEUE_SHUTDOWN)
			return NULL;
		if (found.type == GRPC_OP_COMPLETE) {
			struct event *event = found.tag;

			LOOP_ACQUIRE(event);
			priority_answer();
			event->run(event, found.success != 0);
		}
		run_timers(loop);
	}
}

void loop_open(struct loop *loop)
{
	gpr_timespec never = gpr_inf_future(GPR_CLOCK_MONOTONIC);

	*loop = (struct loop){ .posted.run = run_posted };
	pthread_mutex_init(&loop->lock, NULL);
	loop->queue = grpc_completion_queue_create_for_next(NULL);
	loop->nowhere = grpc_lame_client_channel_create("loop", GRPC_STATUS_UNAVAILABLE, "goes nowhere");
	loop->poster = grpc_channel_create_call(loop->nowhere, NULL, GRPC_PROPAGATE_DEFAULTS, loop->queue,
						grpc_slice_from_static_string("/post"), NULL, never, NULL);
}

void loop_start(struct loop *loop)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&loop->thread, NULL, loop_main, loop) != 0)
		abort(); /* out of memory or threads at start: as any other exhaustion of the host */
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void loop_close(struct loop *loop)
{
	grpc_completion_queue_shutdown(loop->queue);
	if (loop->thread)
		pthread_join(loop->thread, NULL);
	else
		while (grpc_completion_queue_next(loop->queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL).type !=
		       GRPC_QUEUE_SHUTDOWN)
			;
	grpc_call_unref(loop->poster);
	grpc_channel_destroy(loop->nowhere);
	grpc_completion_queue_destroy(loop->queue);
	memory_free(loop->heap);
	pthread_mutex_destroy(&loop->lock);
}
