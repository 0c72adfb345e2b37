/* SPDX-License-Identifier: Apache-2.0 */
/* contract.h: one suite for every provider: what a row promises, its peer must show. */
#ifndef GAON_TESTS_CONTRACT_PROVIDER_CONTRACT_H
#define GAON_TESTS_CONTRACT_PROVIDER_CONTRACT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "providers/provider.h"

/** A cloud to run the suite against. */
struct peer {
	const char *name, *kind, *endpoint, *options; /* options: JSON */
	const char *region, *credentials;            /* or NULL; credentials: JSON */
	const char *size, *other_size;
	bool is_faulty;        /* retryable failures are part of it: calls are repeated as the engine would */
	bool has_guest;        /* something boots, writes to its console and listens to ACPI */
	unsigned boot_s;
	/** Starts what must run; 77 (with a SKIP line) when it cannot, 0 when it does. NULL: nothing to start. */
	int (*start)(const struct peer *peer);
	void (*stop)(const struct peer *peer);
	/** Makes a machine that bears no marks. NULL: there is one from the start. */
	bool (*plant)(const struct peer *peer);
	void (*unplant)(const struct peer *peer);
};

extern const struct peer peers[];
extern const size_t peer_count;

/** What each test works with; a fresh arena, the peer's one session. */
struct room {
	const struct peer *peer;
	const struct provider *row;
	const struct provider_ops *ops;
	struct provider_session *session;
	struct arena *arena, *long_arena;
	const char *image;
	struct provider_info info;
};
extern struct room room;

/** How the peer is reached, in the name of this Gaon; false: the peer's own texts are no JSON. */
bool config_read(const char *installation, struct provider_config *config);

/** A call of ours with a generous deadline. */
struct provider_call call_now(void);
struct provider_call call_within(int64_t ms);

/** Repeats a faulty peer's retryable failures; 0 when it is enough. */
bool must_retry(struct provider_result result, unsigned *tries);
#define PERSIST(result_, expression_)                                  \
	do {                                                           \
		unsigned tries_ = 0;                                   \
		do {                                                   \
			struct provider_call call = call_now();        \
			(void)call;                                    \
			result_ = (expression_);                       \
		} while (must_retry(result_, &tries_));                \
	} while (0)
#define assert_done(result_)                                                                           \
	do {                                                                                           \
		struct provider_result checked_ = (result_);                                           \
		if (checked_.error != PROVIDER_OK)                                                     \
			fail_msg("%s: %s", provider_error_name(checked_.error), checked_.message); \
	} while (0)
#define assert_class(result_, class_)                                                                        \
	do {                                                                                                 \
		struct provider_result checked_ = (result_);                                                 \
		if (checked_.error != (class_))                                                              \
			fail_msg("%s instead of %s: %s", provider_error_name(checked_.error),                \
				 provider_error_name(class_), checked_.message ? checked_.message : "");     \
	} while (0)

/** A spec with an intent of its own. */
struct provider_machine_spec spec_new(const char *name);
/** Creates it as the engine would, waits until it is RUNNING, gives its native id. */
const char *machine_make(const struct provider_machine_spec *spec);
void machine_delete(const char *native_id);
struct provider_machine machine_get(const char *native_id);
void task_wait(struct provider_result started, const struct provider_task *task);
bool supports(enum provider_verb verb);
/** As the engine does it: repeated while the class says so, then awaited. */
void power_do(const char *native_id, enum provider_verb verb);
/** How many machines in the whole list have this native id, or (NULL) these marks. */
size_t list_count(const char *native_id, const char *machine);

extern const struct CMUnitTest catalogue_tests[], machine_tests[], power_tests[], limit_tests[];
extern const size_t catalogue_test_count, machine_test_count, power_test_count, limit_test_count;

#endif
