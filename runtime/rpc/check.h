/* SPDX-License-Identifier: Apache-2.0 */
/* check.h: a request keeps the rules that its proto states, or the call ends before a handler sees it. */
#ifndef GAON_RPC_CHECK_H
#define GAON_RPC_CHECK_H

#include "runtime/base/arena.h"
#include "runtime/base/status.h"
#include "runtime/rpc/method.h"

#define CHECK_VIOLATIONS_MOST 16

/**
 * Clears what only the server sets, then checks every field against its rule, and those of messages inside.
 * Fails INVALID_ARGUMENT / INVALID_FIELD with one detail for each violation ("machine.labels[2].key"), at most 16.
 * `rules` may be NULL (a message of another house). The message comes from wire_unpack, so its depth is bounded.
 */
MUST_CHECK struct status check_message(struct arena *arena, ProtobufCMessage *message,
				       const struct message_rules *rules);

/** AIP-122: collection/id pairs joined by '/'. */
bool check_is_resource_name(const char *text);

#endif
