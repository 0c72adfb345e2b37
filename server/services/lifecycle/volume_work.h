/* SPDX-License-Identifier: Apache-2.0 */
/* volume_work.h: the steps that making, attaching, detaching, growing and deleting a volume are put together from. */
#ifndef GAON_SERVICES_LIFECYCLE_VOLUME_WORK_H
#define GAON_SERVICES_LIFECYCLE_VOLUME_WORK_H

#include "server/services/lifecycle/room.h"
#include "server/services/lifecycle/volume.h"

enum { VOLUME_POLL_MS = 300 };

/** The volume of the operation. */
const char *step_volume(const struct step *step);
/** Notes the native ids of the volume and (input member "machine") of the machine in the memo. */
MUST_CHECK struct status volume_prepare(struct store_tx *tx, struct step *step);
/** One look: by the cloud's id, or by our intent while nobody knows it. NOT_FOUND when there is none. */
struct provider_result volume_look(struct reach *reach, struct step *step, struct provider_volume *seen);

struct step_result volume_act_attach(struct step *step);
struct step_result volume_act_detach(struct step *step);
/** Waits for the task, then until the cloud shows it attached to the machine. What was seen is in `scratch`. */
struct step_result volume_act_await_attached(struct step *step);
MUST_CHECK struct status volume_record_attached(struct store_tx *tx, struct step *step, const struct step_result *result);
/** Undo of an attach, likewise: seen to be attached nowhere. */
struct step_result volume_act_undo_attach(struct step *step);
/** Detaches, removes, and looks until nothing is there; one call a turn. */
struct step_result volume_act_remove(struct step *step);
/** VOLUME_SETTLE as a workflow's `ended`. */
MUST_CHECK struct status volume_ended(struct store_tx *tx, const struct operation *operation, void *context);

#endif
