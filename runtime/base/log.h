/* SPDX-License-Identifier: Apache-2.0 */
/* log.h: one structured event a line (JSON), at the edges only. Never a secret. */
#ifndef GAON_BASE_LOG_H
#define GAON_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/status.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

struct log_field {
	const char *key;
	const char *text; /* NULL: the number is meant */
	int64_t number;
};

#define LOG_TEXT(key_, value_) ((struct log_field){ .key = (key_), .text = (value_) ? (value_) : "" })
#define LOG_INT(key_, value_) ((struct log_field){ .key = (key_), .number = (value_) })

/**
 * log_event(LOG_INFO, "server.serving", LOG_TEXT("address", a), LOG_INT("port", p)): needs at least one field.
 * Thread-safe, one write(2) a line.
 */
#define log_event(level, event, ...)                                                   \
	log_write((level), (event), (const struct log_field[]){ __VA_ARGS__ },         \
		  sizeof((const struct log_field[]){ __VA_ARGS__ }) / sizeof(struct log_field))

void log_write(enum log_level level, const char *event, const struct log_field *fields, size_t count);

/** Events below `level` are dropped. The default is LOG_INFO, to file descriptor 2. */
void log_set_level(enum log_level level);
void log_set_descriptor(int descriptor);
bool log_parse_level(const char *text, enum log_level *level);

#endif
