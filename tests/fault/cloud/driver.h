/* SPDX-License-Identifier: Apache-2.0 */
/* driver.h: an adapter by lines of JSON, for tests in other languages: one line asks one verb, one line answers. */
#ifndef GAON_TESTS_FAULT_CLOUD_DRIVER_H
#define GAON_TESTS_FAULT_CLOUD_DRIVER_H

#include "providers/provider.h"
#include "providers/volume.h"

/** One line: what is asked, and the answer as it grows. */
struct order {
	const struct provider *provider;
	struct provider_session *session;
	struct provider_call call;
	const struct json *arguments;
	struct json *answer;
};

struct verb_row {
	const char *name;
	struct provider_result (*run)(struct order *order);
};

extern const struct verb_row machine_verbs[], volume_verbs[]; /* `name` NULL ends them */

/** A text of the arguments; NULL when it is not there. */
const char *order_text(const struct order *order, const char *name);
int64_t order_int(const struct order *order, const char *name);
struct provider_intent order_intent(const struct order *order);
struct provider_result order_unsupported(struct order *order);
/** Adds what a verb that may give a task gave. */
void answer_task(struct order *order, const struct provider_task *task, const char *native_id);
void answer_marks(struct json *object, const struct provider_marks *marks);
void answer_snapshots(struct order *order, const struct provider_snapshot *snapshots, size_t count);

#endif
