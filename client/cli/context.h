/* SPDX-License-Identifier: Apache-2.0 */
/* context.h: which server, as whom, where: named contexts in a file that only its owner may read. */
#ifndef GAON_CLI_CONTEXT_H
#define GAON_CLI_CONTEXT_H

#include <stdbool.h>

#include "runtime/base/arena.h"
#include "runtime/base/json.h"

/** Texts are NULL when not set. Tenant and project are ids, "acme" and "web". */
struct context {
	const char *name;
	const char *address, *token;
	const char *tenant, *project;
	const char *ca, *certificate, *key, *server_name;
	bool use_tls, allow_insecure;
	bool is_tenant_asked; /* --tenant without --project: the tenant itself is meant where both would do */
};

/** The file: GAON_CONFIG, else gaon/config.json below XDG_CONFIG_HOME or ~/.config. */
const char *context_path(struct arena *arena);

/** {"current": …, "contexts": {…}}, an empty one when there is no file. Fails FILE_TOO_OPEN, CONFIG_INVALID. */
MUST_CHECK struct status context_read_file(struct arena *arena, struct json **file);
MUST_CHECK struct status context_write_file(struct arena *arena, const struct json *file);

/**
 * The context `name` (NULL: GAON_CONTEXT, then the current one; none at all is fine), then GAON_ADDRESS, GAON_TOKEN,
 * GAON_TENANT and GAON_PROJECT over it. Fails NOT_FOUND / CONTEXT_UNKNOWN.
 */
MUST_CHECK struct status context_load(struct arena *arena, const char *name, struct context *context);

/** Adds or replaces a context; makes it current when `is_current`, or when it is the first. */
MUST_CHECK struct status context_save(struct arena *arena, const struct context *context, bool is_current);

struct context context_from_json(const char *name, const struct json *value);

#endif
