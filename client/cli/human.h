/* SPDX-License-Identifier: Apache-2.0 */
/* human.h: values of fields as people read them. */
#ifndef GAON_CLI_HUMAN_H
#define GAON_CLI_HUMAN_H

#include "client/cli/context.h"
#include "runtime/message/reflect.h"

enum human_style {
	HUMAN_CELL,   /* in a table: short names, "5m ago" */
	HUMAN_DETAIL, /* on its own line: full names, exact times */
};

/** Who reads: names below the reader's tenant and project are shown without them. */
struct human {
	struct arena *arena;
	const struct context *context;
	enum human_style style;
};

/** The whole field: elements joined by ", ", "" when absent. */
char *human_field(const struct human *human, const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);
/** "5m ago", "in 3d" */
char *human_age(struct arena *arena, int64_t time_us);
/** "2026-11-23 12:40:11Z" */
char *human_time(struct arena *arena, int64_t time_us);
/** "1.2 s", "3m 20s", "2d 4h" */
char *human_duration(struct arena *arena, int64_t duration_us);
/** "KRW 1,234.50" */
char *human_money(struct arena *arena, const char *currency, const char *amount);
/** "users/mina" of "tenants/acme/users/mina" */
char *human_name(const struct human *human, const char *name);
/** "create_time" → "Created", "display_name" → "Display name" */
char *human_label(struct arena *arena, const char *field);

#endif
