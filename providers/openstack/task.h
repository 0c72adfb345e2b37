/* SPDX-License-Identifier: Apache-2.0 */
/* task.h: work that goes on at OpenStack: "kind:id" or "kind:id:more", enough to ask again after a restart. */
#ifndef GAON_PROVIDERS_OPENSTACK_TASK_H
#define GAON_PROVIDERS_OPENSTACK_TASK_H

#include "providers/openstack/session.h"

struct openstack_handle {
	const char *id;   /* of the thing; always a UUID */
	const char *more; /* "" when there is nothing more */
};

/** One look, and the next step where there is one. Repeating it with the same handle is safe. */
typedef struct provider_result (*openstack_poll)(struct provider_session *, struct provider_call *,
						 const struct openstack_handle *, struct provider_task_status *);

struct provider_result openstack_task_unknown(struct provider_call *call);
struct provider_result openstack_task_running(struct provider_task_status *status, unsigned percent, const char *stage);
struct provider_result openstack_task_done(struct provider_task_status *status);
struct provider_result openstack_task_failed(struct provider_task_status *status, struct provider_result failure);
/** Splits it; false when it is none of ours. */
bool openstack_handle_read(struct arena *arena, const char *text, const char **kind, struct openstack_handle *handle);

struct provider_result openstack_create_poll(struct provider_session *, struct provider_call *,
					     const struct openstack_handle *, struct provider_task_status *);
struct provider_result openstack_delete_poll(struct provider_session *, struct provider_call *,
					     const struct openstack_handle *, struct provider_task_status *);
struct provider_result openstack_power_poll(struct provider_session *, struct provider_call *,
					    const struct openstack_handle *, struct provider_task_status *);
struct provider_result openstack_wake_poll(struct provider_session *, struct provider_call *,
					   const struct openstack_handle *, struct provider_task_status *);
struct provider_result openstack_resize_poll(struct provider_session *, struct provider_call *,
					     const struct openstack_handle *, struct provider_task_status *);
struct provider_result openstack_confirm_poll(struct provider_session *, struct provider_call *,
					      const struct openstack_handle *, struct provider_task_status *);
struct provider_result openstack_back_poll(struct provider_session *, struct provider_call *,
					   const struct openstack_handle *, struct provider_task_status *);
struct provider_result openstack_image_poll(struct provider_session *, struct provider_call *,
					    const struct openstack_handle *, struct provider_task_status *);
struct provider_result openstack_image_delete_poll(struct provider_session *, struct provider_call *,
						   const struct openstack_handle *, struct provider_task_status *);
struct provider_result openstack_revert_poll(struct provider_session *, struct provider_call *,
					     const struct openstack_handle *, struct provider_task_status *);
struct provider_result openstack_volume_poll(struct provider_session *, struct provider_call *,
					     const struct openstack_handle *, struct provider_task_status *);
struct provider_result openstack_volume_delete_poll(struct provider_session *, struct provider_call *,
						    const struct openstack_handle *, struct provider_task_status *);
struct provider_result openstack_attach_poll(struct provider_session *, struct provider_call *,
					     const struct openstack_handle *, struct provider_task_status *);
struct provider_result openstack_detach_poll(struct provider_session *, struct provider_call *,
					     const struct openstack_handle *, struct provider_task_status *);
struct provider_result openstack_grow_poll(struct provider_session *, struct provider_call *,
					   const struct openstack_handle *, struct provider_task_status *);
struct provider_result openstack_volume_snapshot_poll(struct provider_session *, struct provider_call *,
						      const struct openstack_handle *, struct provider_task_status *);
struct provider_result openstack_volume_snapshot_delete_poll(struct provider_session *, struct provider_call *,
							     const struct openstack_handle *,
							     struct provider_task_status *);

#endif
