/* SPDX-License-Identifier: Apache-2.0 */
/* request.h: a request from words, flags, a file and the context. */
#ifndef GAON_CLI_REQUEST_H
#define GAON_CLI_REQUEST_H

#include "client/cli/arguments.h"

/**
 * In this order: the file, the words, the flags, then what nobody said: parent, page_size, validate_only, update_mask,
 * request_id. Short names are completed, required fields checked.
 */
MUST_CHECK struct status request_build(struct session *session, const struct command *command,
				       const struct arguments *arguments, ProtobufCMessage **request);

/** Only file, words and flags, names not yet completed: for commands that look something up in between. */
MUST_CHECK struct status request_fill(struct session *session, const struct command *command,
				      const struct arguments *arguments, ProtobufCMessage *request);
MUST_CHECK struct status request_finish(struct session *session, const struct command *command,
					const struct arguments *arguments, ProtobufCMessage *request);

#endif
