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
 * throughput. absl::SetMutexDeadlockDetectionMode(OnDeadlockCycle::kIgnore), by its name in Debian's library, which a
 * static link resolves here and a dynamic one at run time. Not there (another build of abseil): nothing to gain.
 */
#define DEADLOCK_MODE "_ZN4absl7debian329SetMutexDeadlockDetectionModeENS0_15OnDeadlockCycleE"
void set_deadlock_mode(int mode) __asm__(DEADLOCK_MODE) __attribute__((weak));

void core_tune(void)
{
	void (*set_mode)(int mode) = set_deadlock_mode;
	void *symbol = dlsym(RTLD_DEFAULT, DEADLOCK_MODE);

	if (!set_mode && symbol)
		memcpy(&set_mode, &symbol,
		       sizeof set_mode); /* POSIX: a function's address fits; C11 has no cast for it */
	if (set_mode)
		set_mode(0);
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
