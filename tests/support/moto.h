/* SPDX-License-Identifier: Apache-2.0 */
/* moto.h: starts tools/peers/moto for a test program; one at a time. */
#ifndef GAON_TESTS_SUPPORT_MOTO_H
#define GAON_TESTS_SUPPORT_MOTO_H

#include <stdbool.h>

#define MOTO_TEXT_SIZE 512

/** With the rights of docs/providers/aws.md. 0; 77 when it cannot be had (a SKIP line is printed); else it failed. */
int moto_start(const char *suite);
void moto_stop(void);
/** A line of what start printed: "endpoint", "access_key_id" …; false when there is none. */
bool moto_value(const char *name, char value[MOTO_TEXT_SIZE]);
/** Does something behind the adapter's back, and reads the first line that it prints; `output` may be NULL. */
bool moto_do(const char *words, char output[MOTO_TEXT_SIZE]);

#endif
