/* SPDX-License-Identifier: Apache-2.0 */
/* loop.h: one completion queue, the one thread that polls it, its timers, and a way in for other threads. */
#ifndef GAON_RPC_LOOP_H
#define GAON_RPC_LOOP_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <grpc/grpc.h>

#if defined(__SANITIZE_THREAD__)
#define LOOP_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define LOOP_TSAN 1
#endif
#endif

/* The core is not instrumented, so ThreadSanitizer must be told that a tag travels through it. */
#ifdef LOOP_TSAN
#include <sanitizer/tsan_interface.h>
#define LOOP_RELEASE(tag) __tsan_release(tag)
#define LOOP_ACQUIRE(tag) __tsan_acquire(tag)
#else
#define LOOP_RELEASE(tag) ((void)(tag))
#define LOOP_ACQUIRE(tag) ((void)(tag))
#endif

/** What a completion queue's tag points to. `ok` is false when the operation could not be done. */
struct event {
	void (*run)(struct event *event, bool ok);
};

/** Work that another thread hands in. It belongs to the loop until `run` is called. */
struct posting {
	struct posting *next;
	void (*run)(struct posting *posting);
};

/** `run` is called on the loop's thread at or after due_us (time_monotonic_us). */
struct timer {
	int64_t due_us;
	size_t place; /* in the heap, from 1; 0: not set */
	void (*run)(struct timer *timer);
};

struct loop {
	grpc_completion_queue *queue;
	pthread_t thread;

	/* The way in: an empty batch on a call that goes nowhere puts `posted` into the queue. */
	grpc_channel *nowhere;
	grpc_call *poster;
	struct event posted;
	pthread_mutex_t lock; /* guards the three below; never held across anything that waits */
	struct posting *first, *last;
	bool is_posted;

	/* Touched on the loop's thread only. */
	struct timer **heap;
	size_t timer_count, timer_capacity;
};

void loop_open(struct loop *loop);
/** Starts the thread, with every signal blocked in it. */
void loop_start(struct loop *loop);
/** After everything that was asked of the queue is on its way back: drains it, joins the thread, frees. */
void loop_close(struct loop *loop);

/** True on the loop's own thread. */
bool loop_is_here(const struct loop *loop);

/** From any thread, in order, none lost. */
void loop_post(struct loop *loop, struct posting *posting);

/** Sets or moves a timer; on the loop's thread. */
void loop_timer_set(struct loop *loop, struct timer *timer, int64_t due_us);
void loop_timer_clear(struct loop *loop, struct timer *timer);

/** Starts a batch whose end is told to `event`. False when the core refuses it: then no event follows. */
bool loop_batch(grpc_call *call, const grpc_op *operations, size_t count, struct event *event);

#endif
