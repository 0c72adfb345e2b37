/* SPDX-License-Identifier: Apache-2.0 */
/* simulator_fixture.h: a simulated cloud of its own for each test, and short words for what tests do to it. */
#ifndef GAON_TESTS_UNIT_PROVIDER_SIMULATOR_FIXTURE_H
#define GAON_TESTS_UNIT_PROVIDER_SIMULATOR_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "providers/image.h"
#include "providers/network.h"
#include "providers/simulator/simulator.h"
#include "providers/volume.h"
#include "runtime/base/text.h"

#define ENDPOINT "sim://more"
#define NOON INT64_C(1800014400000000) /* 2027-01-15T12:00:00Z */
extern struct arena *arena;
extern struct provider_session *session;
extern const struct provider_ops *ops;
extern char path[64]; /* of a state file, empty at first */

struct provider_call call_new(void);
struct provider_result try_open(const char *options);
void must_open(const char *options);
void shut(void);
/** Options with the state file; `more` begins with ", ". */
char *with_file(const char *more);

/* Calls a verb with `call` and wants this class of error. */
#define EXPECT(class_, expression_)                                                                                         \
	do {                                                                                                                \
		struct provider_call call = call_new();                                                                     \
		struct provider_result result_ = (expression_);                                                             \
		if (result_.error != (class_))                                                                              \
			fail_msg("%s instead of %s: %s", provider_error_name(result_.error), provider_error_name(class_),   \
				 text_or_empty(result_.message));                                                           \
	} while (0)
#define DONE(expression_) EXPECT(PROVIDER_OK, expression_)

struct provider_intent intent_of(const char *resource);
const char *machine_make(const char *resource);
struct provider_machine machine_get(const char *id);
void machine_delete(const char *id);
struct provider_volume_spec volume_spec(const char *resource);
const char *volume_make(const char *resource, struct provider_task *task);
struct provider_volume volume_get(const char *id);

int set_up(void **state);
int tear_down(void **state);
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
