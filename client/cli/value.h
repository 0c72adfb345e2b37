/* SPDX-License-Identifier: Apache-2.0 */
/* value.h: what somebody typed, as the field of a message. */
#ifndef GAON_CLI_VALUE_H
#define GAON_CLI_VALUE_H

#include "runtime/base/slice.h"
#include "runtime/message/reflect.h"

/**
 * Walks `path` ("machine.labels"; '-' and '_' are alike) below `message`, making what lies between, and sets or, when
 * it is repeated, appends. Fails INVALID_ARGUMENT / UNKNOWN_FIELD or BAD_VALUE, naming `label` ("--labels"), the text
 * that was given and what would be right.
 */
MUST_CHECK struct status value_set(struct arena *arena, ProtobufCMessage *message, const char *path, const char *label,
				   const char *text);

/** The field that a path ends at, or NULL. *holder (may be NULL) is the type of the message that has it. */
const ProtobufCFieldDescriptor *value_find(const ProtobufCMessageDescriptor *type, const char *path,
					   const ProtobufCMessageDescriptor **holder);

/** "2026-11-23", RFC 3339, "now", "today", "yesterday", "+2h", "-7d". */
bool value_parse_time(const char *text, int64_t *time_us);
/** "90s", "1h30m", "7d", "2w", "250ms". */
bool value_parse_duration(const char *text, int64_t *duration_us);
/** "KRW 12.5", "12.5 KRW", "KRW12.5". */
bool value_parse_money(struct arena *arena, const char *text, const char **currency, const char **amount);

/** MACHINE_STATE_RUNNING of MachineState → "running". */
char *value_enum_word(struct arena *arena, const ProtobufCEnumDescriptor *type, const char *name);
/** "running", "RUNNING" or "MACHINE_STATE_RUNNING"; NULL when there is none. */
const ProtobufCEnumValue *value_enum_find(struct arena *arena, const ProtobufCEnumDescriptor *type, const char *word);
/** "running, stopped or failed": all words but the unspecified one. */
char *value_enum_words(struct arena *arena, const ProtobufCEnumDescriptor *type, const char *separator);

/** What kind of value the field takes, for help: "TEXT", "TIME", "KEY=VALUE", "running|stopped". */
char *value_placeholder(struct arena *arena, const ProtobufCFieldDescriptor *field);

/** The words of a path in one form: lower case, '_' for '-'. */
char *value_snake(struct arena *arena, const char *text);
char *value_kebab(struct arena *arena, const char *text);

#endif
