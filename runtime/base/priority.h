/* SPDX-License-Identifier: Apache-2.0 */
/* priority.h: who comes first where there are fewer processors than work. */
#ifndef GAON_RUNTIME_BASE_PRIORITY_H
#define GAON_RUNTIME_BASE_PRIORITY_H

/** This thread answers callers: it is let in as soon as there is something to answer, and takes little at a time. From Linux 6.12 on. */
void priority_answers(void);
/** This thread does what nobody waits for this very moment: those that answer come before it. Not to be taken back. */
void priority_background(void);

#endif
