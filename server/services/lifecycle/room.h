/* SPDX-License-Identifier: Apache-2.0 */
/* room.h: what lifecycle's own files share: the workflows, and how they reach a cloud. */
#ifndef GAON_SERVICES_LIFECYCLE_ROOM_H
#define GAON_SERVICES_LIFECYCLE_ROOM_H

#include "providers/provider.h"
#include "server/engine/engine.h"
#include "server/services/lifecycle/deployment.h"
#include "server/services/lifecycle/lifecycle.h"
#include "server/services/lifecycle/machine.h"

/* One file a workflow; lifecycle.c registers the list. `context` is the struct lifecycle_options. */
extern const struct workflow workflow_fulfil_order, workflow_machine_create, workflow_machine_start, workflow_machine_stop,
	workflow_machine_reboot, workflow_machine_suspend, workflow_machine_resume, workflow_machine_resize,
	workflow_machine_delete, workflow_snapshot_create, workflow_snapshot_revert, workflow_snapshot_delete,
	workflow_console_fetch, workflow_connection_sync, workflow_machine_restore, workflow_machine_import,
	workflow_machine_unmanage, workflow_orphan_sweep, workflow_volume_create, workflow_volume_attach, workflow_volume_detach,
	workflow_volume_grow, workflow_volume_delete, workflow_machine_rename,
	workflow_machine_image_create, workflow_machine_image_delete, workflow_console_open,
	workflow_metrics_fetch, workflow_machine_tag;

#define KIND_MACHINE_CREATE "machine-create"
#define KIND_MACHINE_DELETE "machine-delete"
#define KIND_MACHINE_RESIZE "machine-resize"
#define KIND_SNAPSHOT_CREATE "snapshot-create"
#define KIND_SNAPSHOT_REVERT "snapshot-revert"
#define KIND_SNAPSHOT_DELETE "snapshot-delete"
#define KIND_CONSOLE_FETCH "console-fetch"
#define KIND_CONSOLE_OPEN "console-open"
#define KIND_METRICS_FETCH "metrics-fetch"
#define KIND_CONNECTION_SYNC "connection-sync"
#define KIND_MACHINE_RESTORE "machine-restore"
#define KIND_MACHINE_IMPORT "machine-import"
#define KIND_MACHINE_UNMANAGE "machine-unmanage"
#define KIND_ORPHAN_SWEEP "orphan-sweep"
#define KIND_VOLUME_CREATE "volume-create"
#define KIND_VOLUME_ATTACH "volume-attach"
#define KIND_VOLUME_DETACH "volume-detach"
#define KIND_VOLUME_GROW "volume-grow"
#define KIND_VOLUME_DELETE "volume-delete"
#define KIND_MACHINE_RENAME "machine-rename"
#define KIND_MACHINE_TAG "machine-tag"
#define KIND_MACHINE_IMAGE_CREATE "machine-image-create"
#define KIND_MACHINE_IMAGE_DELETE "machine-image-delete"

/* ---- reach.c: a verb on a cloud, from a step ---- */

struct reach {
	struct provider_call call;
	const struct provider *provider;
	struct provider_session *session;
};
/** False with `failure` filled when no session can be had. */
bool reach_open(struct step *step, const char *connection, struct reach *reach, struct step_result *failure);
void reach_close(struct reach *reach);

struct step_result step_done(const char *note);
struct step_result step_again(int64_t after_ms, const char *note);
/** By the class of what the provider said. */
struct step_result step_failed(struct arena *arena, struct provider_result result);
/**
 * As step_failed, but a repeated attempt that meets CONFLICT waits: what is in its way may be the attempt before it, whose
 * answer was lost.
 */
struct step_result step_failed_or_busy(const struct step *step, struct provider_result result);
/** For our own refusals inside an act. */
struct step_result step_refused(enum provider_error error, struct status status);

/* ---- making.c: what must be made once ---- */

struct making {
	const char *what;    /* "the machine", for the journal */
	const char *memo_id; /* the member of the memo that keeps what the cloud calls it */
	/** Finds it by its intent and keeps its id in the memo; NOT_FOUND. */
	struct provider_result (*find)(struct reach *reach, struct step *step);
	/** `*native_id` stays NULL where only the task will tell. */
	struct provider_result (*make)(struct reach *reach, struct step *step, struct provider_task *task,
				       const char **native_id);
	bool waits_out_conflicts; /* with what an earlier attempt began */
};
/** The prepare of a step that makes something. */
MUST_CHECK struct status making_prepare(struct store_tx *tx, struct step *step);
struct step_result making_act(struct step *step, const struct making *making);
/**
 * For the undo, when the cloud has none: DONE with `note` when nothing can turn up any more. `was_seen`: it was there,
 * and what is gone does not come back.
 */
struct step_result making_not_found(const struct reach *reach, struct step *step, bool was_seen, const char *note);

/* ---- reach.c again: tasks ---- */

/** Polls a task handle kept in memo member "task": DONE once it is done (or there is none), AGAIN while it runs. */
struct step_result reach_task(struct reach *reach, struct step *step);
/** Notes a task that a verb returned. */
void reach_keep_task(struct step *step, const struct provider_task *task);

/**
 * In which states of a machine its connection's provider takes a verb, 1 << enum machine_state; of a verb that says nothing of
 * states those of a machine at rest.
 */
MUST_CHECK struct status reach_states(struct store_tx *tx, const char *connection, enum provider_verb verb, uint32_t *states);

/* ---- settle.c: what every machine operation ends with ---- */

/** The machine of the operation; input member "machine". */
const char *step_machine(const struct step *step);
/**
 * Records what a get said about the machine, metering its last state first; ends UPDATING when the cloud's word is final. Its size
 * stays: what another one at the cloud means is for the next look, and what is said of drift, to decide.
 */
MUST_CHECK struct status settle_observed(struct store_tx *tx, const char *name, const struct provider_machine *seen);
/** The same with its size, after what may have changed that on purpose. */
MUST_CHECK struct status settle_resized(struct store_tx *tx, const char *name, const struct provider_machine *seen);
/** Takes over the size that the cloud gave it (a revert brings the old one back), and keeps the quotas true to it. */
MUST_CHECK struct status settle_size(struct store_tx *tx, struct machine *machine, const struct provider_machine *seen);
/** Frees the machine from the operation; settles the order's item when it fulfilled one; audits the end. */
MUST_CHECK struct status settle_machine(struct store_tx *tx, const struct operation *operation, void *context);
/** Frees a machine that an operation on something else had locked; its state is as it was. */
MUST_CHECK struct status settle_free_machine(struct store_tx *tx, const struct operation *operation, const char *name);
MUST_CHECK struct status settle_item(struct store_tx *tx, const struct operation *operation);
MUST_CHECK struct status settle_audit(struct store_tx *tx, const struct operation *operation);

/* ---- down.c ---- */

/**
 * One turn of bringing the machine (memo "native_id") down: asks the guest every few seconds, and once `grace_us` are over
 * switches it off. AGAIN, or the cloud's failure; the caller sees from the machine's state when it is down.
 */
struct step_result down_turn(struct reach *reach, struct step *step, int64_t grace_us);

/* ---- power.c ---- */

struct power_verb {
	const char *word, *kind;     /* "stop", "machine-stop" */
	enum provider_verb verb;
	uint32_t allowed;
	enum machine_state wanted;
};
/** By the word of an order item ("stop"); NULL: unknown. */
const struct power_verb *power_find(const char *word);

/* ---- resize.c ---- */

/** Reserves what is more of quota and begins; the workflow gives back what is less. RESTART_NEEDED unless `allow_restart`. */
MUST_CHECK struct status resize_begin(struct store_tx *tx, struct machine *machine, const char *size, bool allow_restart,
				      struct machine_begin *begin, const char **id);

/** Begins to give it back the size that its row has, whatever the cloud made of it. Restarts it when it should run. */
MUST_CHECK struct status resize_back(struct store_tx *tx, struct machine *machine, struct machine_begin *begin, const char **id);

/* ---- rename.c ---- */

/** Begins to change the cloud's name and display_name together. INVALID_ARGUMENT; VERB_UNSUPPORTED and what machine_begin says. */
MUST_CHECK struct status rename_begin(struct store_tx *tx, struct machine *machine, const char *name, struct machine_begin *begin,
				      const char **id);

/* ---- the periodic jobs ---- */
MUST_CHECK struct status metering_tick(struct arena *arena, void *context);
MUST_CHECK struct status lease_tick(struct arena *arena, void *context);
MUST_CHECK struct status sync_tick(struct arena *arena, void *context);

#endif
