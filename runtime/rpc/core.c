/* SPDX-License-Identifier: Apache-2.0 */
/* core.c: the core's words go to our log, and a checker that Debian's build leaves on is switched off. */
#include "runtime/rpc/core.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <grpc/grpc.h>
#include <grpc/support/log.h>

#include "runtime/base/log.h"

/*
 * A peer can make the core complain as often as it likes (each failed handshake), so its words are for those who look
 * for them. GRPC_VERBOSITY gives them back to standard error.
 */
static void take_log(gpr_log_func_args *arguments)
{
	log_event(LOG_DEBUG, "rpc.core", LOG_TEXT("message", arguments->message), LOG_TEXT("file", arguments->file),
		  LOG_INT("line", arguments->line));
}

/*
 * Debian builds abseil without NDEBUG, so each lock looks for deadlock cycles: an eighth to a fifth of the whole
 * throughput. absl::SetMutexDeadlockDetectionMode(OnDeadlockCycle::kIgnore) by its name in the library; not there:
 * nothing to gain.
 */
void core_tune(void)
{
	static const char *const names[] = {
		"_ZN4absl7debian329SetMutexDeadlockDetectionModeENS0_15OnDeadlockCycleE",
		"_ZN4absl12lts_2022062329SetMutexDeadlockDetectionModeENS0_15OnDeadlockCycleE",
		"_ZN4absl29SetMutexDeadlockDetectionModeENS_15OnDeadlockCycleE",
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		void *symbol = dlsym(RTLD_DEFAULT, names[i]);
		void (*set_mode)(int mode);

		if (!symbol)
			continue;
		memcpy(&set_mode, &symbol,
		       sizeof set_mode); /* POSIX: a function's address fits; C11 has no cast for it */
		set_mode(0);
		return;
	}
}

static void prepare(void)
{
	if (!getenv("GRPC_VERBOSITY"))
		gpr_set_log_function(take_log);
}

void core_open(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, prepare);
	grpc_init();
}

void core_close(void)
{
	grpc_shutdown();
}
