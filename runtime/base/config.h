/* SPDX-License-Identifier: Apache-2.0 */
/* config.h: settings declared once in a table, read from a file, the environment and the command line. */
#ifndef GAON_BASE_CONFIG_H
#define GAON_BASE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/arena.h"
#include "runtime/base/text.h"

enum config_kind { CONFIG_TEXT, CONFIG_INT, CONFIG_BOOL, CONFIG_DURATION_MS, CONFIG_SIZE_BYTES };

/** One setting: `name` is "store.path" in the file, GAON_STORE_PATH in the environment, --store.path on the command line. */
struct config_option {
	const char *name;
	enum config_kind kind;
	const char *otherwise; /* the default, as text */
	int64_t least, most;   /* for numbers; both 0: any */
	const char *help;      /* one sentence */
};

struct config;

/**
 * Values as they are written: CONFIG_BOOL true or false; CONFIG_DURATION_MS a whole number with ms, s, m, h or d ("90s");
 * CONFIG_SIZE_BYTES a whole number, or one with KiB, MiB, GiB or TiB; CONFIG_TEXT anything printable on one line. In a file '#'
 * starts a comment at the start of a line or after a blank, and a setting may stand only once.
 *
 * Unknown variables GAON_… are passed over: the environment is shared ground (Kubernetes puts GAON_PORT there for a service
 * called gaon). An empty variable counts as not set.
 *
 * Reads, later wins: defaults, file (key = value lines, '#' comments; `path` NULL: none), environment, `--name=value` or
 * `--name value` arguments. Unknown names, malformed or out-of-range values fail INVALID_ARGUMENT / CONFIG_INVALID and say
 * where (file:line, variable, argument) and what would be right.
 */
MUST_CHECK struct status config_read(struct arena *arena, const struct config_option *options, size_t count,
				     const char *path, int argc, char **argv, struct config **config);

/* Asking for a name that is not in the table is our own bug and aborts. */
const char *config_text(const struct config *config, const char *name);
int64_t config_int(const struct config *config, const char *name);
bool config_bool(const struct config *config, const char *name);
/** Where the value came from: "default", "file", "environment", "argument". */
const char *config_origin(const struct config *config, const char *name);

/** The table as help text, one setting a paragraph. */
void config_help(const struct config_option *options, size_t count, struct text *text);

#endif
