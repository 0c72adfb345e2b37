/* SPDX-License-Identifier: Apache-2.0 */
/* client_internal.h: what client.c and call.c share; not installed. */
#ifndef GAON_CLIENT_INTERNAL_H
#define GAON_CLIENT_INTERNAL_H

#include <stdatomic.h>

#include "runtime/base/arena.h"
#include "runtime/rpc/channel.h"

struct gaon_client {
	struct arena *arena;
	struct rpc_channel *channel;
	atomic_uint users; /* the owner and every call: the last one closes the connection */
};

struct gaon_call;

/** Ends the call's last RPC with a failure of our own. Returns the code. `reason` and `message` are literals. */
int gaon_call_fail(struct gaon_call *call, int code, const char *reason, const char *message);
int64_t gaon_call_timeout_ms(const struct gaon_call *call);
/** Waits; ends early, and says true, when gaon_call_cancel comes (which is used up by that). */
bool gaon_call_pause(struct gaon_call *call, int64_t ms);

#endif
