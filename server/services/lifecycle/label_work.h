/* SPDX-License-Identifier: Apache-2.0 */
/* label_work.h: what the workflows that change a machine's name or tags at its cloud are put together from. */
#ifndef GAON_SERVICES_LIFECYCLE_LABEL_WORK_H
#define GAON_SERVICES_LIFECYCLE_LABEL_WORK_H

#include "server/services/lifecycle/room.h"

/** Notes the machine's native id in the memo. */
MUST_CHECK struct status label_prepare(struct store_tx *tx, struct step *step);
/** Likewise, as the acts below use it. */
const char *label_native_id(const struct step *step);
/** Ends an act by the result of a verb that may have given a task. */
struct step_result label_sent(struct step *step, struct provider_result said, const struct provider_task *task);
/** Input member "name"; without one there is nothing to do. */
struct step_result label_act_rename(struct step *step);
/** Waits for the task. */
struct step_result label_act_await(struct step *step);
/** Its power goes on as it was: only a look tells what that is now. What was seen is in `scratch`. */
struct step_result label_act_look(struct step *step);
MUST_CHECK struct status label_record_look(struct store_tx *tx, struct step *step, const struct step_result *result);

#endif
