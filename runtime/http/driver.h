/* SPDX-License-Identifier: Apache-2.0 */
/* driver.h: the one thread that drives all exchanges of the process. Private to runtime/http. */
#ifndef GAON_HTTP_DRIVER_H
#define GAON_HTTP_DRIVER_H

#include "runtime/http/exchange.h"

/** Each client is a user; the first starts the thread, the last ends it. False when it cannot be started. */
bool driver_enter(void);
void driver_leave(void);

/**
 * Runs an exchange to its end: blocks. Ends it early when `is_cancelled` (may be NULL) becomes true, or after
 * `most_ms`.
 */
void driver_run(struct exchange *exchange, const atomic_bool *is_cancelled, int64_t most_ms);

#endif
