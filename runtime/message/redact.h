/* SPDX-License-Identifier: Apache-2.0 */
/* redact.h: a message without its secrets: for the audit, kept replays, and what the command line shows. */
#ifndef GAON_MESSAGE_REDACT_H
#define GAON_MESSAGE_REDACT_H

#include "runtime/message/reflect.h"
#include "runtime/rpc/method.h"

/**
 * The message itself when it can hold no secret, else a copy in which every sensitive text that is set reads `instead`
 * (REDACTED to show that there was one, "" where it could be taken for the secret); sensitive lists and bytes are empty.
 */
const ProtobufCMessage *redact_copy(struct arena *arena, const ProtobufCMessage *message,
				    const struct message_rules *rules, const char *instead);

#define REDACTED "[redacted]"

#endif
