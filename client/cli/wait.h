/* SPDX-License-Identifier: Apache-2.0 */
/* wait.h: following an operation before somebody's eyes. */
#ifndef GAON_CLI_WAIT_H
#define GAON_CLI_WAIT_H

#include <gaon/operation.h>

#include "client/cli/session.h"

/**
 * A live line on a terminal, plain lines elsewhere, on standard error. Fails OPERATION_FAILED when the operation did
 * not succeed; *operation is set in both cases.
 */
MUST_CHECK struct status wait_operation(struct session *session, const char *name, const Gaon__Operation **operation);

/** "operation … started" with how to follow it. */
void wait_hint(struct session *session, const Gaon__Operation *operation);

#endif
