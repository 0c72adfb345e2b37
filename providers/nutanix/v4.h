/* SPDX-License-Identifier: Apache-2.0 */
/* v4.h: the dialect of API v4: namespaces, ETags, request ids, tasks. Private to v4_*.c. */
#ifndef GAON_PROVIDERS_NUTANIX_V4_H
#define GAON_PROVIDERS_NUTANIX_V4_H

#include "providers/nutanix/common.h"

enum { V4_LIMIT_MOST = 100, V4_PAGES_MOST = 300, V4_ATTEMPTS_MOST = 4 };

/* ---- v4.c ---- */
/** "/api/vmm/v4.0/<rest>" of the minor that is spoken. */
const char *v4_path(const struct provider_session *session, struct arena *arena, const char *name_space, const char *format, ...)
	PRINTF_LIKE(4, 5);
/** GET: `data` of the answer. `etag` may be NULL. */
struct provider_result v4_get(struct provider_session *session, struct provider_call *call, const char *path, const char *what,
			      const struct json **data, const char **etag);
/** One page of a list; `query` is NULL or more of it ("$filter=…", encoded). `page` counts from 0. */
struct provider_result v4_list(struct provider_session *session, struct provider_call *call, const char *path, const char *query,
			       int64_t page, unsigned limit, const struct json **rows, int64_t *total);
/** A page as the contract counts. */
struct provider_result v4_page(struct provider_session *session, struct provider_call *call, const char *path, const char *query,
			       struct provider_page *page, const struct json **rows);
/** A change. `*task` gets the id of its task. `request_id` NULL: a new one. */
struct v4_change {
	const char *method, *path;
	const struct json *body;
	const char *what, *etag, *request_id;
};
struct provider_result v4_send(struct provider_session *session, struct provider_call *call, const struct v4_change *change,
			       const char **task);
/** With the ETag of what is at `path`; read again when somebody else was faster. `change->etag` may have one to begin with. */
struct provider_result v4_send_read(struct provider_session *session, struct provider_call *call, const char *path,
				    const struct v4_change *change, const char **task);
/**
 * A change that must happen once for this seed, however often it is asked for: with a NTNX-Request-Id made from the seed, Prism
 * Central answers with the task of the first time. One that failed a while ago is begun anew.
 */
struct provider_result v4_send_once(struct provider_session *session, struct provider_call *call, const struct v4_change *change,
				    const char *purpose, const char *seed, const char **task);
/** The task as it is now. */
struct provider_result v4_task_get(struct provider_session *session, struct provider_call *call, const char *task,
				   const struct json **data);
/** The id of the thing of this kind ("vmm:ahv:vm" ends in ":vm") that a task was about, or NULL. */
const char *v4_task_entity(const struct json *task, const char *kind);
struct provider_task v4_handle(struct arena *arena, const char *stage, const char *task, const char *entity, const char *extra);
const char *v4_id_of(const struct json *data);
/** {"extId": id} */
struct json *v4_reference(struct arena *arena, const char *id);
/** "$filter=" with the expression encoded. */
const char *v4_filter(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
struct json *v4_copy(struct arena *arena, const struct json *object);

/* ---- v4_read.c ---- */
void v4_machine_read(struct arena *arena, const struct json *vm, struct provider_machine *machine, struct nutanix_marks *marks);
/** `etag` may be NULL. */
struct provider_result v4_machine_get(struct provider_session *session, struct provider_call *call, const char *native_id,
				      const struct json **vm, struct provider_machine *machine, struct nutanix_marks *marks,
				      const char **etag);
const struct json *v4_disk_of(const struct json *vm);

/* ---- v4_change.c ---- */
struct v4_edit {
	struct arena *arena;
	struct provider_machine machine;
	struct nutanix_marks marks;
	const char *text; /* the description without our marks */
	struct json *vm;  /* to change */
	bool is_so_already;
};
typedef struct provider_result (*v4_editor)(struct v4_edit *edit, const void *context);
/** Reads, edits, writes with the ETag; again when somebody else was faster. `*task` "-": there was nothing to do. */
struct provider_result v4_machine_edit(struct provider_session *session, struct provider_call *call, const char *native_id,
				       enum provider_verb verb, const char *what, v4_editor editor, const void *context,
				       const char **task);
/** An action on a machine ("power-on"), with its ETag; `body` may be NULL. `seed` not NULL: once for this seed. */
struct provider_result v4_machine_act(struct provider_session *session, struct provider_call *call, const char *native_id,
				      const char *action, const struct json *body, const char *what, const char *seed,
				      const char **task);

/* ---- v4_tags.c ---- */
/** Makes the categories that the tags need; `*references` gets them: [{"extId"}]. */
struct provider_result v4_tags_ensure(struct provider_session *session, struct provider_call *call, const struct json *tags,
				      struct json **references);
/** Reads the categories of a machine into its tags: of ours those that are tags, of a foreign one all. */
struct provider_result v4_tags_read(struct provider_session *session, struct provider_call *call, const struct json *vm,
				    const struct nutanix_marks *marks, struct provider_machine *machine);
/** The next step to these tags; `*task` "-": they are so. */
struct provider_result v4_tag_step(struct provider_session *session, struct provider_call *call, const char *native_id,
				   const struct json *tags, const char **task);
const char *v4_tags_pack(struct arena *arena, const struct json *tags);
struct json *v4_tags_unpack(struct arena *arena, const char *packed);

/* ---- v4_catalogue.c ---- */
struct provider_result v4_cluster_choose(struct provider_session *session, struct provider_call *call, const char **cluster);
/** INVALID when there is no such cluster. */
struct provider_result v4_cluster_check(struct provider_session *session, struct provider_call *call, const char *cluster);

/* ---- the verbs, by file ---- */
#define V4_VERB(name_, ...) struct provider_result v4_##name_(struct provider_session *session, struct provider_call *call, __VA_ARGS__)
V4_VERB(probe, struct provider_info *info);
V4_VERB(regions, struct provider_page *page, struct provider_region **regions, size_t *count);
V4_VERB(images, struct provider_page *page, struct provider_image **images, size_t *count);
V4_VERB(networks, struct provider_page *page, struct provider_network **networks, size_t *count);
V4_VERB(quotas, struct provider_quota **quotas, size_t *count);
V4_VERB(create, const struct provider_machine_spec *spec, struct provider_task *task, const char **native_id);
V4_VERB(machine_find, const struct provider_intent *intent, struct provider_machine *machine);
V4_VERB(machine_read_one, const char *native_id, struct provider_machine *machine);
V4_VERB(machine_list, struct provider_page *page, struct provider_machine **machines, size_t *count);
V4_VERB(power, const char *native_id, enum provider_verb verb, struct provider_task *task);
V4_VERB(resize, const char *native_id, const struct provider_resize_spec *spec, struct provider_task *task);
V4_VERB(rename, const char *native_id, const char *name, struct provider_task *task);
V4_VERB(tag, const char *native_id, const struct json *tags, struct provider_task *task);
V4_VERB(remove, const char *native_id, struct provider_task *task);
V4_VERB(snapshot_create, const char *native_id, const char *name, struct provider_task *task, const char **snapshot_id);
V4_VERB(snapshot_list, const char *native_id, struct provider_snapshot **snapshots, size_t *count);
V4_VERB(snapshot_revert, const char *native_id, const char *snapshot_id, struct provider_task *task);
V4_VERB(snapshot_delete, const char *native_id, const char *snapshot_id, struct provider_task *task);
V4_VERB(metrics, const char *native_id, const struct provider_metrics_query *query, struct provider_sample **samples, size_t *count);
V4_VERB(task, const char *handle, struct provider_task_status *status);
extern const struct provider_volume_ops v4_volume_ops;
extern const struct provider_image_ops v4_image_ops;

V4_VERB(snapshots_sweep, const char *machine, size_t *left);
V4_VERB(revert_begin, const char *machine, const char *point, const char *seed, const char **task);
V4_VERB(power_begin, const char *machine, const char *power_state, const char *seed, const char **task);

#endif
