/* SPDX-License-Identifier: Apache-2.0 */
/* console.h: what a machine wrote on its serial console, as last fetched. */
#ifndef GAON_SERVICES_LIFECYCLE_CONSOLE_H
#define GAON_SERVICES_LIFECYCLE_CONSOLE_H

#include "runtime/base/slice.h"
#include "server/store/store.h"

MUST_CHECK struct status console_put(struct store_tx *tx, const char *machine, struct slice output, int64_t fetched_us);
/** NOT_FOUND / CONSOLE_NOT_FETCHED. */
MUST_CHECK struct status console_get(struct store_tx *tx, const char *machine, struct slice *output, int64_t *fetched_us);

#endif
