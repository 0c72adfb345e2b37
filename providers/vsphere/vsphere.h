/* SPDX-License-Identifier: Apache-2.0 */
/* vsphere.h: the verbs of the vSphere adapter. Inside the adapter only. */
#ifndef GAON_PROVIDERS_VSPHERE_VSPHERE_H
#define GAON_PROVIDERS_VSPHERE_VSPHERE_H

#include "providers/image.h"
#include "providers/volume.h"
#include "providers/vsphere/session.h"
#include "providers/vsphere/work.h"

struct provider_result vsphere_probe(struct provider_session *session, struct provider_call *call, struct provider_info *info);

/* ---- catalogue.c, network.c ---- */
struct provider_result vsphere_regions(struct provider_session *session, struct provider_call *call, struct provider_page *page,
				       struct provider_region **regions, size_t *count);
struct provider_result vsphere_sizes(struct provider_session *session, struct provider_call *call, struct provider_page *page,
				     struct provider_size **sizes, size_t *count);
struct provider_result vsphere_images(struct provider_session *session, struct provider_call *call, struct provider_page *page,
				      struct provider_image **images, size_t *count);
struct provider_result vsphere_networks(struct provider_session *session, struct provider_call *call, struct provider_page *page,
					struct provider_network **networks, size_t *count);
struct provider_result vsphere_quotas(struct provider_session *session, struct provider_call *call,
				      struct provider_quota **quotas, size_t *count);

/** All images with what is known of them, finished or not. */
struct provider_result vsphere_images_read(struct provider_session *session, struct provider_call *call, struct vsphere_vm **vms,
					   size_t *count);
struct provider_image vsphere_image_tell(const struct vsphere_vm *vm);

/* ---- create.c, inventory.c ---- */
struct provider_result vsphere_create(struct provider_session *session, struct provider_call *call,
				      const struct provider_machine_spec *spec, struct provider_task *task, const char **native_id);
struct provider_result vsphere_find(struct provider_session *session, struct provider_call *call,
				    const struct provider_intent *intent, struct provider_machine *machine);
/** What was made for this resource: by its id, or by its name while it has no configuration yet. `*id` NULL: nothing. */
struct provider_result vsphere_made_find(struct provider_session *session, struct provider_call *call, const char *resource,
					 const char **id);
struct provider_result vsphere_get(struct provider_session *session, struct provider_call *call, const char *native_id,
				   struct provider_machine *machine);
struct provider_result vsphere_list(struct provider_session *session, struct provider_call *call, struct provider_page *page,
				    struct provider_machine **machines, size_t *count);
/** All virtual machines of the datacenter, templates too, in the server's pages. */
struct provider_result vsphere_vms(struct provider_session *session, struct provider_call *call, struct provider_page *page,
				   struct vsphere_vm **vms, size_t *count);

/* ---- changes.c ---- */
struct provider_result vsphere_changes(struct provider_session *session, struct provider_call *call,
				       struct provider_changes *changes);

/* ---- power.c, alter.c, remove.c ---- */
struct provider_result vsphere_power(struct provider_session *session, struct provider_call *call, const char *native_id,
				     enum provider_verb verb, struct provider_task *task);
struct provider_result vsphere_resize(struct provider_session *session, struct provider_call *call, const char *native_id,
				      const struct provider_resize_spec *spec, struct provider_task *task);
struct provider_result vsphere_rename(struct provider_session *session, struct provider_call *call, const char *native_id,
				      const char *name, struct provider_task *task);
struct provider_result vsphere_tag(struct provider_session *session, struct provider_call *call, const char *native_id,
				   const struct json *tags, struct provider_task *task);
struct provider_result vsphere_remove(struct provider_session *session, struct provider_call *call, const char *native_id,
				      struct provider_task *task);
/** Of a machine, or a template: the first stage of its removal. */
struct provider_result vsphere_remove_begin(struct provider_session *session, struct provider_call *call,
					    const struct vsphere_vm *vm, struct vsphere_work *work);

/* ---- snapshot.c ---- */
/** One of a machine's tree. vSphere lets several have one name; only the first of them is known by it. */
struct vsphere_snapshot {
	struct vsphere_ref ref;
	struct provider_snapshot told;
};
/** From the property `snapshot`, oldest first; at most 256. */
size_t vsphere_snapshots_read(struct arena *arena, const struct xml *info, const struct vsphere_snapshot **rows);
struct provider_result vsphere_snapshot_create(struct provider_session *session, struct provider_call *call,
					       const char *native_id, const char *name, struct provider_task *task,
					       const char **snapshot_id);
struct provider_result vsphere_snapshot_list(struct provider_session *session, struct provider_call *call,
					     const char *native_id, struct provider_snapshot **snapshots, size_t *count);
struct provider_result vsphere_snapshot_revert(struct provider_session *session, struct provider_call *call,
					       const char *native_id, const char *snapshot_id, struct provider_task *task);
struct provider_result vsphere_snapshot_delete(struct provider_session *session, struct provider_call *call,
					       const char *native_id, const char *snapshot_id, struct provider_task *task);

/* ---- screen.c, metrics.c, task.c ---- */
struct provider_result vsphere_console_url(struct provider_session *session, struct provider_call *call, const char *native_id,
					   const char **url, int64_t *expires_us);
struct provider_result vsphere_metrics(struct provider_session *session, struct provider_call *call, const char *native_id,
				       const struct provider_metrics_query *query, struct provider_sample **samples, size_t *count);
/** From the answer of QueryPerf: the samples inside the query, gathered into its periods. `counters`: ids by measure. */
size_t vsphere_samples_read(struct arena *arena, const struct xml *response, const int64_t *counters,
			    const struct provider_metrics_query *query, struct provider_sample **samples);
struct provider_result vsphere_task(struct provider_session *session, struct provider_call *call, const char *handle,
				    struct provider_task_status *status);

/* ---- volume.c ---- */
extern const struct provider_volume_ops vsphere_volume_ops;
/** Whether a machine has a volume attached. */
bool vsphere_has_volumes(const struct vsphere_vm *vm);

/* ---- image.c ---- */
extern const struct provider_image_ops vsphere_image_ops;
/** The new machine becomes a template; on a host it has its name already. */
struct provider_result vsphere_image_finish(struct provider_session *session, struct provider_call *call,
					    struct vsphere_work *work, const struct xml *made);

#endif
