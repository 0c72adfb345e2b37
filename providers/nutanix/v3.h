/* SPDX-License-Identifier: Apache-2.0 */
/* v3.h: the dialect of API v3: spec, metadata, status; a change is the whole spec written again. Private to v3_*.c. */
#ifndef GAON_PROVIDERS_NUTANIX_V3_H
#define GAON_PROVIDERS_NUTANIX_V3_H

#include "providers/nutanix/common.h"

enum { V3_LENGTH_MOST = 100, V3_PAGES_MOST = 200, V3_IDENTIFIERS = 3 };
#define V3 "/api/nutanix/v3/"

/* ---- v3.c ---- */
/** GET `kind`s/`uuid`; `what` names it for people: "machine". */
struct provider_result v3_get(struct provider_session *session, struct provider_call *call, const char *collection,
			      const char *uuid, const char *what, struct json **entity);
/** POST `collection`/list. */
struct provider_result v3_list(struct provider_session *session, struct provider_call *call, const char *collection,
			       const char *kind, int64_t offset, unsigned length, const struct json **entities, int64_t *total);
/** A page of it, as the contract counts. */
struct provider_result v3_page(struct provider_session *session, struct provider_call *call, const char *collection,
			       const char *kind, struct provider_page *page, const struct json **entities);
/** Sends a change; `*task` gets the UUID of the task in the answer ("-" when it names none). */
struct provider_result v3_change(struct provider_session *session, struct provider_call *call, const char *method,
				 const char *path, const struct json *body, const char *what, const char **task);
/** status.execution_context.task_uuid: a text in the answers to changes, an array in what is read; or task_uuid alone. */
const char *v3_task_of(const struct json *entity);
const char *v3_uuid_of(const struct json *entity);
/** {"kind": kind, "uuid": uuid} */
struct json *v3_reference(struct arena *arena, const char *kind, const char *uuid);
/** All members of an object, into a new one that may be changed. */
struct json *v3_copy(struct arena *arena, const struct json *object);
struct provider_task v3_handle(struct arena *arena, const char *stage, const char *task, const char *entity, const char *extra);
/**
 * The UUIDs that Prism Central keeps for this intent (`make`: makes them when there are none). NOT_FOUND: there are none. One of
 * them becomes the thing's own, so a second one is refused.
 */
struct provider_result v3_identifiers(struct provider_session *session, struct provider_call *call, const char *resource,
				      bool make, const char *uuids[V3_IDENTIFIERS]);
/** The entity that was made for this intent, whatever its state; NOT_FOUND, and `*free_uuid` one that nothing has yet. */
struct provider_result v3_find(struct provider_session *session, struct provider_call *call, const char *collection,
			       const char *what, const struct provider_intent *intent, bool make, struct json **entity,
			       const char **free_uuid);

/* ---- v3_read.c ---- */
void v3_machine_read(struct arena *arena, const struct json *vm, struct provider_machine *machine, struct nutanix_marks *marks);
struct provider_result v3_machine_get(struct provider_session *session, struct provider_call *call, const char *native_id,
				      struct json **vm, struct provider_machine *machine, struct nutanix_marks *marks);
/** True when the intent failed and nothing came of it. */
bool v3_is_failed(const struct json *entity);
/** The first disk of a machine that is no CD-ROM, or NULL. */
const struct json *v3_disk_of(const struct json *vm);

/* ---- v3_catalogue.c ---- */
/** The option's cluster, or the only one there is; INVALID when neither says. */
struct provider_result v3_cluster_choose(struct provider_session *session, struct provider_call *call, const char **cluster);

/* ---- v3_change.c ---- */

/** What is written back; an editor changes it, or says that it is so already. */
struct v3_edit {
	struct arena *arena;
	const struct json *entity;
	struct provider_machine machine; /* of a machine */
	struct nutanix_marks marks;
	const char *text; /* the description without our marks */
	struct json *spec, *resources, *metadata;
	const char *description; /* to write; NULL: as it is */
	bool is_so_already;
};
typedef struct provider_result (*v3_editor)(struct v3_edit *edit, const void *context);
/**
 * Reads, edits, writes; again when somebody else was faster, a few times. `*task` "-" when there was nothing to do. `verb`: whose
 * states the machine must be in.
 */
struct provider_result v3_machine_edit(struct provider_session *session, struct provider_call *call, const char *native_id,
				       enum provider_verb verb, const char *what, v3_editor editor, const void *context,
				       const char **task);
struct provider_result v3_volume_edit(struct provider_session *session, struct provider_call *call, const char *native_id,
				      const char *what, v3_editor editor, const void *context, const char **task);

/* ---- v3_tags.c ---- */
/** Makes the categories that the tags need. */
struct provider_result v3_tags_ensure(struct provider_session *session, struct provider_call *call, const struct json *tags);
/** `metadata` gets categories that are those of before, without ours of before, with the new ones. */
void v3_tags_write(struct arena *arena, struct json *metadata, const char *keys_before, const struct json *tags);
/** Of what is ours the tags; of what is foreign all categories with one value. NULL: none. */
const struct json *v3_tags_read(struct arena *arena, const struct json *metadata, const struct nutanix_marks *marks);

/* ---- the verbs, by file ---- */
#define V3_VERB(name_, ...) struct provider_result v3_##name_(struct provider_session *session, struct provider_call *call, __VA_ARGS__)
V3_VERB(probe, struct provider_info *info);
V3_VERB(regions, struct provider_page *page, struct provider_region **regions, size_t *count);
V3_VERB(images, struct provider_page *page, struct provider_image **images, size_t *count);
V3_VERB(networks, struct provider_page *page, struct provider_network **networks, size_t *count);
V3_VERB(quotas, struct provider_quota **quotas, size_t *count);
V3_VERB(create, const struct provider_machine_spec *spec, struct provider_task *task, const char **native_id);
V3_VERB(machine_find, const struct provider_intent *intent, struct provider_machine *machine);
V3_VERB(machine_read_one, const char *native_id, struct provider_machine *machine);
V3_VERB(machine_list, struct provider_page *page, struct provider_machine **machines, size_t *count);
V3_VERB(power, const char *native_id, enum provider_verb verb, struct provider_task *task);
V3_VERB(resize, const char *native_id, const struct provider_resize_spec *spec, struct provider_task *task);
V3_VERB(rename, const char *native_id, const char *name, struct provider_task *task);
V3_VERB(tag, const char *native_id, const struct json *tags, struct provider_task *task);
V3_VERB(remove, const char *native_id, struct provider_task *task);
V3_VERB(snapshot_create, const char *native_id, const char *name, struct provider_task *task, const char **snapshot_id);
V3_VERB(snapshot_list, const char *native_id, struct provider_snapshot **snapshots, size_t *count);
V3_VERB(snapshot_revert, const char *native_id, const char *snapshot_id, struct provider_task *task);
V3_VERB(snapshot_delete, const char *native_id, const char *snapshot_id, struct provider_task *task);
V3_VERB(metrics, const char *native_id, const struct provider_metrics_query *query, struct provider_sample **samples, size_t *count);
V3_VERB(task, const char *handle, struct provider_task_status *status);
extern const struct provider_volume_ops v3_volume_ops;
extern const struct provider_image_ops v3_image_ops;

/** Deletes a few of the recovery points that were made here; `*left` says how many there were. */
V3_VERB(snapshots_sweep, const char *machine, size_t *left);
/** The next stage of reverting; `*task` the handle of what was begun, NULL at the end. */
V3_VERB(revert_begin, const char *machine, const char *point, const char **task);
V3_VERB(power_begin, const char *machine, const char *power_state, const char **task);

#endif
