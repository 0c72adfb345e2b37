/* SPDX-License-Identifier: Apache-2.0 */
/* console_session.h: the address of a machine's screen: a secret, for one reader, once, for some minutes. */
#ifndef GAON_SERVICES_LIFECYCLE_CONSOLE_SESSION_H
#define GAON_SERVICES_LIFECYCLE_CONSOLE_SESSION_H

#include "server/services/lifecycle/machine.h"
#include "server/store/store.h"

/** Begins to ask the cloud; `id` is the operation's, whose target is the session. MACHINE_STATE, VERB_UNSUPPORTED. */
MUST_CHECK struct status console_session_begin(struct store_tx *tx, const struct machine *machine, const char *principal,
					       int64_t now_us, const char **id);

struct console_screen {
	const char *url; /* wiped when the arena goes */
	int64_t expires_us;
};
/**
 * Takes it: it is gone then. NOT_FOUND / CONSOLE_SESSION_NOT_FOUND also for another principal than the one that asked for it;
 * FAILED_PRECONDITION / CONSOLE_SESSION_NOT_READY.
 */
MUST_CHECK struct status console_session_take(struct store_tx *tx, const char *name, const char *principal, int64_t now_us,
					      struct console_screen *screen);
/** Forgets those whose time is over. */
MUST_CHECK struct status console_sessions_forget(struct store_tx *tx, int64_t now_us);

#endif
