/* SPDX-License-Identifier: Apache-2.0 */
/* time.c: clocks and the proleptic Gregorian calendar in UTC. */
#include "runtime/base/time.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

/* Owned by time_fake_*: INT64_MIN means the real clocks. One atomic, so that no reader sees half a change. */
static _Atomic int64_t fake_now_us = INT64_MIN;

static const int64_t EARLIEST_US = INT64_C(-62135596800) * TIME_US_PER_SECOND;   /* 0001-01-01 */
static const int64_t LATEST_US = INT64_C(253402300800) * TIME_US_PER_SECOND - 1; /* end of 9999 */

static int64_t read_clock(clockid_t clock)
{
	int64_t fake = atomic_load(&fake_now_us);
	struct timespec now;

	if (fake != INT64_MIN)
		return fake;
	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * TIME_US_PER_SECOND + now.tv_nsec / 1000;
}

int64_t time_now_us(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t time_monotonic_us(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

void time_fake_set(int64_t now_us)
{
	atomic_store(&fake_now_us, now_us);
}

void time_fake_advance(int64_t by_us)
{
	atomic_fetch_add(&fake_now_us, by_us);
}

void time_fake_off(void)
{
	atomic_store(&fake_now_us, INT64_MIN);
}

struct date {
	int64_t year;
	int month; /* 1 to 12 */
	int day;   /* 1 to 31 */
};

static int64_t floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* Howard Hinnant, "chrono-compatible low-level date algorithms": eras of 400 years that start on 1 March. */
static int64_t days_from_date(struct date date)
{
	int64_t year = date.month <= 2 ? date.year - 1 : date.year;
	int64_t era = floor_divide(year, 400);
	int64_t year_of_era = year - era * 400;
	int64_t day_of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static struct date date_from_days(int64_t days)
{
	days += 719468;
	int64_t era = floor_divide(days, 146097);
	int64_t day_of_era = days - era * 146097;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month = (5 * day_of_year + 2) / 153; /* 0 is March */

	return (struct date){
		.year = year_of_era + era * 400 + (month >= 10),
		.month = (int)(month < 10 ? month + 3 : month - 9),
		.day = (int)(day_of_year - (153 * month + 2) / 5 + 1),
	};
}

static int days_in_month(int64_t year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && is_leap ? 29 : days[month - 1];
}

char *time_format_day(struct arena *arena, int64_t time_us)
{
	struct date date = date_from_days(floor_divide(time_us, TIME_US_PER_DAY));

	return arena_printf(arena, "%04lld-%02d-%02d", (long long)date.year, date.month, date.day);
}

char *time_format(struct arena *arena, int64_t time_us)
{
	int64_t days = floor_divide(time_us, TIME_US_PER_DAY);
	int64_t rest = time_us - days * TIME_US_PER_DAY;
	int second = (int)(rest / TIME_US_PER_SECOND);
	int micro = (int)(rest % TIME_US_PER_SECOND);
	struct date date = date_from_days(days);
	char *text = arena_printf(arena, "%04lld-%02d-%02dT%02d:%02d:%02d", (long long)date.year, date.month, date.day,
				  second / 3600, second / 60 % 60, second % 60);

	return micro == 0 ? arena_printf(arena, "%sZ", text) : arena_printf(arena, "%s.%06dZ", text, micro);
}

/* Exactly `digits` digits within [least, most]; moves `*at` past them. */
static bool read_number(const char **at, int digits, int least, int most, int *number)
{
	int value = 0;

	for (int i = 0; i < digits; i++) {
		char c = (*at)[i];

		if (c < '0' || c > '9')
			return false;
		value = value * 10 + (c - '0');
	}
	if (value < least || value > most)
		return false;
	*at += digits;
	*number = value;
	return true;
}

static bool read_char(const char **at, const char *allowed)
{
	if (**at == '\0' || !strchr(allowed, **at))
		return false;
	(*at)++;
	return true;
}

static bool read_day(const char **at, int64_t *days)
{
	struct date date;
	int year;

	if (!read_number(at, 4, 1, 9999, &year) || !read_char(at, "-"))
		return false;
	if (!read_number(at, 2, 1, 12, &date.month) || !read_char(at, "-"))
		return false;
	if (!read_number(at, 2, 1, days_in_month(year, date.month), &date.day))
		return false;
	date.year = year;
	*days = days_from_date(date);
	return true;
}

/* Digits beyond the sixth are dropped: peers send nanoseconds. */
static bool read_fraction(const char **at, int64_t *micro)
{
	int64_t scale = TIME_US_PER_SECOND / 10;

	*micro = 0;
	if (!read_char(at, "."))
		return true;
	if (**at < '0' || **at > '9')
		return false;
	for (; **at >= '0' && **at <= '9'; (*at)++) {
		*micro += (**at - '0') * scale;
		scale /= 10;
	}
	return true;
}

static bool read_offset(const char **at, int64_t *offset_us)
{
	int hours;
	int minutes;

	*offset_us = 0;
	if (read_char(at, "Zz"))
		return true;

	bool is_west = **at == '-';
	if (!read_char(at, "+-") || !read_number(at, 2, 0, 23, &hours))
		return false;
	if (!read_char(at, ":") || !read_number(at, 2, 0, 59, &minutes))
		return false;
	*offset_us = (hours * 60 + minutes) * TIME_US_PER_MINUTE * (is_west ? -1 : 1);
	return true;
}

bool time_parse(const char *text, int64_t *time_us)
{
	const char *at = text;
	int64_t days;
	int64_t micro;
	int64_t offset_us;
	int hour;
	int minute;
	int second;

	if (!text || !read_day(&at, &days) || !read_char(&at, "Tt"))
		return false;
	if (!read_number(&at, 2, 0, 23, &hour) || !read_char(&at, ":"))
		return false;
	if (!read_number(&at, 2, 0, 59, &minute) || !read_char(&at, ":"))
		return false;
	/* As protobuf's Timestamp, no leap second: no clock of ours can hold one. */
	if (!read_number(&at, 2, 0, 59, &second) || !read_fraction(&at, &micro))
		return false;
	if (!read_offset(&at, &offset_us) || *at != '\0')
		return false;

	int64_t result = days * TIME_US_PER_DAY + hour * TIME_US_PER_HOUR + minute * TIME_US_PER_MINUTE +
			 second * TIME_US_PER_SECOND + micro - offset_us;
	if (result < EARLIEST_US || result > LATEST_US)
		return false;
	*time_us = result;
	return true;
}

bool time_parse_day(const char *text, int64_t *time_us)
{
	const char *at = text;
	int64_t days;

	if (!text || !read_day(&at, &days) || *at != '\0')
		return false;
	*time_us = days * TIME_US_PER_DAY;
	return true;
}

int64_t time_day_start(int64_t time_us)
{
	return floor_divide(time_us, TIME_US_PER_DAY) * TIME_US_PER_DAY;
}

int64_t time_month_start(int64_t time_us)
{
	struct date date = date_from_days(floor_divide(time_us, TIME_US_PER_DAY));

	date.day = 1;
	return days_from_date(date) * TIME_US_PER_DAY;
}

int64_t time_next_month_start(int64_t time_us)
{
	struct date date = date_from_days(floor_divide(time_us, TIME_US_PER_DAY));

	date.day = 1;
	date.year += date.month == 12;
	date.month = date.month == 12 ? 1 : date.month + 1;
	return days_from_date(date) * TIME_US_PER_DAY;
}
