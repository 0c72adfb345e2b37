/* SPDX-License-Identifier: Apache-2.0 */
/* operation.h: following a durable operation to its end. */
#ifndef GAON_OPERATION_H
#define GAON_OPERATION_H

#include <gaon/client.h>

#include "gaon/common/v1/common.pb-c.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Called on the waiting thread each time the operation changed; `operation` is valid during the call only. */
typedef void (*gaon_operation_progress)(void *user, const Gaon__Operation *operation);

/** Zero everything, set `size`, then what is needed. NULL options: no progress, no limit. */
struct gaon_operation_wait_options {
	size_t size;
	gaon_operation_progress progress; /* NULL: none */
	void *user;
	int64_t timeout_ms; /* for the whole wait; 0: none (every operation has its own deadline on the server) */
};

/**
 * Blocks until the operation has ended, over lost connections and server restarts (it watches, and asks again with
 * back-off). Returns GAON_OK when it ended, however it ended: look at (*operation)->state. Other codes: the wait itself
 * failed (GAON_DEADLINE_EXCEEDED after timeout_ms, GAON_CANCELLED after gaon_call_cancel, GAON_NOT_FOUND …). *operation
 * lives as long as a reply.
 */
GAON_API int gaon_operation_wait(struct gaon_call *call, const char *name,
				 const struct gaon_operation_wait_options *options, const Gaon__Operation **operation);

#ifdef __cplusplus
}
#endif

#endif
