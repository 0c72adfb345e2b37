/* SPDX-License-Identifier: Apache-2.0 */
/* import.h: machines that come to Gaon without being made by it, and leave it without being deleted. */
#ifndef GAON_SERVICES_LIFECYCLE_IMPORT_H
#define GAON_SERVICES_LIFECYCLE_IMPORT_H

#include "server/services/lifecycle/machine.h"

struct import {
	const char *project, *connection, *native_id;
	const char *display_name; /* "": the cloud's */
	const char *product_version, *rate_card; /* "": none */
	const struct json *labels;
	bool is_protected, is_untagged;
	const char *requested_by;
	int64_t now_us;
};
/**
 * Makes the machine, its deployment and the operation that verifies and tags it. NOT_FOUND / OBSERVED_RESOURCE_NOT_FOUND;
 * ALREADY_EXISTS / MACHINE_MANAGED; FAILED_PRECONDITION / OBSERVED_RESOURCE_GONE, OBSERVED_RESOURCE_BUSY, QUOTA_EXCEEDED.
 */
MUST_CHECK struct status import_begin(struct store_tx *tx, const struct import *import, const char **id);

/** FAILED_PRECONDITION / DELETION_PROTECTED, and what machine_begin says. */
MUST_CHECK struct status unmanage_begin(struct store_tx *tx, struct machine *machine, bool is_forced, const char *requested_by,
					int64_t now_us, const char **id);

/* tagging.c: the two tags by which people, and other tools, see whose an imported machine is */

/** The machine's tags with ours on top; a new object. `seen` may be NULL. */
struct json *tags_with_ours(struct arena *arena, const struct json *seen, const char *installation, const char *machine);
/** The machine's tags without ours; *has_ours tells whether there were any. */
struct json *tags_without_ours(struct arena *arena, const struct json *seen, bool *has_ours);

#endif
