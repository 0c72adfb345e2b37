/* SPDX-License-Identifier: Apache-2.0 */
/* script.h: workflows whose steps do what a test wrote down, and a store, a clock and an engine to run them on. */
#ifndef GAON_TESTS_ENGINE_SCRIPT_H
#define GAON_TESTS_ENGINE_SCRIPT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/engine/engine.h"
#include "server/store/change.h"

#define assert_ok(expression)                                                               \
	do {                                                                                 \
		struct status assert_status_ = (expression);                                 \
		if (!status_is_ok(assert_status_))                                           \
			fail_msg("%s / %s: %s", status_code_name(assert_status_.code),       \
				 assert_status_.reason, assert_status_.message);             \
	} while (0)

enum { SCRIPT_STEPS = 3, LOG_SIZE = 4096, START_US = 1000000000 };

/**
 * What a step does each time it is asked, one letter a time; the last goes on for ever:
 *   d done, a again (poll), i INVALID, u UNAVAILABLE, t THROTTLED, q QUOTA, o UNKNOWN_OUTCOME, n NOT_FOUND, c CONFLICT,
 *   A AUTH, f FORBIDDEN, p CAPACITY, x UNSUPPORTED
 */
struct script {
	const char *run[SCRIPT_STEPS];
	const char *undo[SCRIPT_STEPS];
	const char *prepare_fails; /* "u": the first prepare of step 1 fails UNAVAILABLE; "i": INVALID_ARGUMENT */
	const char *record_fails;  /* likewise record */
	int ended_failures;        /* so many times `ended` fails first */
	const char *cancel_at;     /* this act ("run2") asks for cancellation itself */
	struct store *store;       /* for cancel_at */
	unsigned run_count[SCRIPT_STEPS], undo_count[SCRIPT_STEPS];
	unsigned prepare_count, record_count;
	int ended_count;
	enum operation_state ended_state;
	char log[LOG_SIZE]; /* "run1 run2 undo2 undo1 " */
	char resumed[LOG_SIZE];
};

struct world {
	struct arena *arena;
	struct store *store;
	struct store_options options;
	struct engine *engine;
	struct script script;
	struct workflow workflow;
	const char *id;
};

int world_setup(void **state);
int world_teardown(void **state);

/** The three-step workflow "scripted"; each step has 100 s, the whole 200 s. */
extern const struct workflow_step script_steps[SCRIPT_STEPS];

struct engine *world_engine(struct world *world);
/** Creates an operation and runs it, moving the clock to each due time, until it ends (or 500 turns passed). */
struct operation world_run(struct world *world);
void world_create(struct world *world, const char *connection);
/** As world_run, for an operation that is there. */
struct operation world_finish(struct world *world);
struct operation world_read(struct world *world);
size_t world_journal(struct world *world, struct operation_step **lines);
void world_cancel(struct world *world);

#endif
