/* SPDX-License-Identifier: Apache-2.0 */
/* machine.h: the verbs of machines, one declaration each; and what they share. */
#ifndef GAON_PROVIDERS_OPENSTACK_MACHINE_H
#define GAON_PROVIDERS_OPENSTACK_MACHINE_H

#include "providers/openstack/server.h"

/* ---- machine.c ---- */
struct provider_result openstack_find(struct provider_session *, struct provider_call *, const struct provider_intent *,
				      struct provider_machine *);
struct provider_result openstack_get(struct provider_session *, struct provider_call *, const char *native_id,
				     struct provider_machine *);
struct provider_result openstack_list_machines(struct provider_session *, struct provider_call *,
					       struct provider_page *, struct provider_machine **, size_t *count);
struct provider_result openstack_rename(struct provider_session *, struct provider_call *, const char *native_id,
					const char *name, struct provider_task *);
struct provider_result openstack_tag(struct provider_session *, struct provider_call *, const char *native_id,
				     const struct json *tags, struct provider_task *);
struct provider_result openstack_remove(struct provider_session *, struct provider_call *, const char *native_id,
					struct provider_task *);
/** The oldest one made by this Gaon for this intent. */
struct provider_result openstack_server_find(struct provider_session *, struct provider_call *,
					     const struct provider_intent *, struct openstack_server *);
/* ---- changes.c ---- */
struct provider_result openstack_changes(struct provider_session *, struct provider_call *, struct provider_changes *);
/** RFC 9110's "Sun, 06 Nov 1994 08:49:37 GMT"; false for anything else. */
bool openstack_date_read(const char *text, int64_t *time_us);
/* ---- create.c ---- */
struct provider_result openstack_create(struct provider_session *, struct provider_call *,
					const struct provider_machine_spec *, struct provider_task *,
					const char **native_id);
/* ---- power.c ---- */
struct provider_result openstack_power(struct provider_session *, struct provider_call *, const char *native_id,
				       enum provider_verb, struct provider_task *);
/* ---- resize.c ---- */
struct provider_result openstack_resize(struct provider_session *, struct provider_call *, const char *native_id,
					const struct provider_resize_spec *, struct provider_task *);
/* ---- snapshot.c ---- */
struct provider_result openstack_snapshot_create(struct provider_session *, struct provider_call *,
						 const char *native_id, const char *name, struct provider_task *,
						 const char **snapshot_id);
struct provider_result openstack_snapshot_list(struct provider_session *, struct provider_call *, const char *native_id,
					       struct provider_snapshot **, size_t *count);
struct provider_result openstack_snapshot_revert(struct provider_session *, struct provider_call *,
						 const char *native_id, const char *snapshot_id,
						 struct provider_task *);
struct provider_result openstack_snapshot_delete(struct provider_session *, struct provider_call *,
						 const char *native_id, const char *snapshot_id,
						 struct provider_task *);
/** One snapshot of the machine's, of those that are left; `*left` false: there is none. */
struct provider_result openstack_snapshot_drop(struct provider_session *, struct provider_call *, const char *native_id,
					       bool *left);
/* ---- observe.c ---- */
struct provider_result openstack_console(struct provider_session *, struct provider_call *, const char *native_id,
					 size_t most, struct slice *output);
struct provider_result openstack_console_url(struct provider_session *, struct provider_call *, const char *native_id,
					     const char **url, int64_t *expires_us);
struct provider_result openstack_usage(struct provider_session *, struct provider_call *, const char *native_id,
				       struct provider_usage *);
/** Nova's diagnostics, the standard ones of 2.48 or the hypervisor's own before. */
void openstack_diagnostics_read(const struct json *diagnostics, struct provider_usage *usage);
/* ---- catalogue.c ---- */
struct provider_result openstack_regions(struct provider_session *, struct provider_call *, struct provider_page *,
					 struct provider_region **, size_t *count);
struct provider_result openstack_sizes(struct provider_session *, struct provider_call *, struct provider_page *,
				       struct provider_size **, size_t *count);
struct provider_result openstack_quotas(struct provider_session *, struct provider_call *, struct provider_quota **,
					size_t *count);
/* ---- task.c ---- */
struct provider_result openstack_task(struct provider_session *, struct provider_call *, const char *handle,
				      struct provider_task_status *);

#endif
