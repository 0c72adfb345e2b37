/* SPDX-License-Identifier: Apache-2.0 */
/* time.h: UTC microseconds, with a clock that tests can hold still. */
#ifndef GAON_BASE_TIME_H
#define GAON_BASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/arena.h"

#define TIME_US_PER_MS INT64_C(1000)
#define TIME_US_PER_SECOND INT64_C(1000000)
#define TIME_US_PER_MINUTE (60 * TIME_US_PER_SECOND)
#define TIME_US_PER_HOUR (3600 * TIME_US_PER_SECOND)
#define TIME_US_PER_DAY (24 * TIME_US_PER_HOUR)

/** Wall clock: microseconds since 1970-01-01T00:00:00Z. The unit of every `_us` in the store. */
int64_t time_now_us(void);

/** A clock that never steps back, for deadlines and durations. It follows the fake clock too. */
int64_t time_monotonic_us(void);

/** Tests: from now on both clocks stand at `now_us`; time_fake_advance moves them; time_fake_off returns to the real ones. */
void time_fake_set(int64_t now_us);
void time_fake_advance(int64_t by_us);
void time_fake_off(void);

/** RFC 3339 in UTC, microseconds only when there are some: "2026-11-23T12:00:00Z". */
char *time_format(struct arena *arena, int64_t time_us);

/** "2026-11-23" */
char *time_format_day(struct arena *arena, int64_t time_us);

/** RFC 3339 with "Z" or an offset; years 0001 to 9999 as protobuf's Timestamp. False when malformed. */
bool time_parse(const char *text, int64_t *time_us);

/** "2026-11-23" at 00:00Z. */
bool time_parse_day(const char *text, int64_t *time_us);

/** Start of the UTC day / calendar month that holds `time_us`, and of the month after it. */
int64_t time_day_start(int64_t time_us);
int64_t time_month_start(int64_t time_us);
int64_t time_next_month_start(int64_t time_us);

#endif
