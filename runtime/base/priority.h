/* SPDX-License-Identifier: Apache-2.0 */
/* priority.h: who comes first where there are fewer processors than work. */
#ifndef GAON_RUNTIME_BASE_PRIORITY_H
#define GAON_RUNTIME_BASE_PRIORITY_H

/** This thread answers callers: it is let in as soon as there is something to answer, and takes little at a time. From Linux 6.12 on. */
void priority_answers(void);
/**
 * Before each answer of such a thread. While background work is under way it answers in real time (SCHED_RR, the lowest priority),
 * where the system lets it: root, CAP_SYS_NICE, or a limit RLIMIT_RTPRIO of 1. Without such work nobody needs to be held up.
 */
void priority_answer(void);

/** This thread does what nobody waits for this very moment: those that answer come before it. Not to be taken back. */
void priority_background(void);
/** Background work, of any thread, that competes with answers; each begin has its end. */
void priority_work_begin(void);
void priority_work_end(void);

#endif
