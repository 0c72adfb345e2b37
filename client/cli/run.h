/* SPDX-License-Identifier: Apache-2.0 */
/* run.h: what a command does when its row names no function of its own. */
#ifndef GAON_CLI_RUN_H
#define GAON_CLI_RUN_H

#include "client/cli/arguments.h"

/** Builds the request, calls (all pages of a list; a stream to its end), waits when asked to, shows. */
MUST_CHECK struct status run_command(struct session *session, const struct command *command,
				     const struct arguments *arguments);

/** The part after the call: an operation is waited for or hinted at, everything else is shown. */
MUST_CHECK struct status run_show(struct session *session, const struct command *command,
				  const ProtobufCMessage *request, const ProtobufCMessage *reply);

#endif
