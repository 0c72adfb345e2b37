/* SPDX-License-Identifier: Apache-2.0 */
/* log.c: a line is built on the stack and leaves in one write(2), so lines of several threads never mix. */
#include "runtime/base/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "runtime/base/text.h"

/* A pipe takes PIPE_BUF = 4096 bytes at once or not at all; one event stays below it. */
enum { LINE_SIZE = 4096, TEXT_SIZE = 1024, TAIL_SIZE = 24 };

struct line {
	char data[LINE_SIZE];
	size_t size;
	bool is_full;
};

/* Owned by log_set_…: what a running process may change. */
static _Atomic int least_level = LOG_INFO;
static _Atomic int log_descriptor = STDERR_FILENO;

static const char *const level_names[] = {
	[LOG_DEBUG] = "debug",
	[LOG_INFO] = "info",
	[LOG_WARNING] = "warning",
	[LOG_ERROR] = "error",
};

static void put(struct line *line, struct slice bytes)
{
	if (line->is_full || bytes.size > LINE_SIZE - TAIL_SIZE - line->size) {
		line->is_full = true;
		return;
	}
	memcpy(line->data + line->size, bytes.data, bytes.size);
	line->size += bytes.size;
}

static void put_text(struct line *line, const char *text)
{
	struct slice rest = slice_of(text, strnlen(text, TEXT_SIZE));
	bool is_cut = rest.size == TEXT_SIZE && text[TEXT_SIZE] != '\0';
	char escaped[8];

	put(line, slice_text("\""));
	while (rest.size > 0) {
		size_t step = text_utf8_step(rest);
		unsigned char c = (unsigned char)rest.data[0];

		if (step == 0)
			put(line, slice_text("\xef\xbf\xbd"));
		else if (c < 0x20 || c == 0x7f || c == '"' || c == '\\')
			put(line, slice_of(escaped, (size_t)snprintf(escaped, sizeof escaped, "\\u%04x", c)));
		else
			put(line, slice_of(rest.data, step));
		step = step > 0 ? step : 1;
		rest = slice_of(rest.data + step, rest.size - step);
	}
	put(line, slice_text(is_cut ? "…\"" : "\""));
}

/* A field that does not fit whole is taken back: half a member would break the line. */
static void put_field(struct line *line, const struct log_field *field)
{
	size_t start = line->size;
	char number[24];

	if (line->is_full)
		return;
	put(line, slice_text(","));
	put_text(line, field->key);
	put(line, slice_text(":"));
	if (field->text)
		put_text(line, field->text);
	else
		put(line, slice_of(number, (size_t)snprintf(number, sizeof number, "%lld", (long long)field->number)));
	if (line->is_full)
		line->size = start;
}

static void put_time(struct line *line)
{
	struct timespec now;
	struct tm parts;
	char text[64];

	/* The real clock: a log that stood still with a test's fake clock would tell nothing. */
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &parts);
	size_t size = strftime(text, sizeof text, "{\"time\":\"%Y-%m-%dT%H:%M:%S", &parts);
	size += (size_t)snprintf(text + size, sizeof text - size, ".%06ldZ\"", now.tv_nsec / 1000);
	put(line, slice_of(text, size));
}

void log_write(enum log_level level, const char *event, const struct log_field *fields, size_t count)
{
	struct line line = { .size = 0 };

	if ((int)level < atomic_load(&least_level))
		return;
	put_time(&line);
	put_field(&line, &LOG_TEXT("level", level_names[level]));
	put_field(&line, &LOG_TEXT("event", event));
	for (size_t i = 0; i < count; i++)
		put_field(&line, &fields[i]);

	struct slice tail = slice_text(line.is_full ? ",\"truncated\":true}\n" : "}\n");
	memcpy(line.data + line.size, tail.data, tail.size);
	line.size += tail.size;

	ssize_t written;
	do {
		written = write(atomic_load(&log_descriptor), line.data, line.size);
	} while (written < 0 && errno == EINTR);
	/* Nothing else can be done: there is no log to say it in. */
}

void log_set_level(enum log_level level)
{
	atomic_store(&least_level, (int)level);
}

void log_set_descriptor(int descriptor)
{
	atomic_store(&log_descriptor, descriptor);
}

bool log_parse_level(const char *text, enum log_level *level)
{
	for (size_t i = 0; i < sizeof level_names / sizeof level_names[0]; i++) {
		if (text_equal(text, level_names[i])) {
			*level = (enum log_level)i;
			return true;
		}
	}
	return false;
}
