/* SPDX-License-Identifier: Apache-2.0 */
/* volume.h: what the files about volumes share. */
#ifndef GAON_PROVIDERS_OPENSTACK_VOLUME_H
#define GAON_PROVIDERS_OPENSTACK_VOLUME_H

#include "providers/openstack/task.h"
#include "providers/openstack/things.h"

/** To change something. */
struct provider_result openstack_volume_ask(struct provider_session *, struct provider_call *, const char *method,
					    const char *path, const struct json *body, const char *what,
					    struct openstack_reply *);
/** GET; the answer has the member, or it is UNAVAILABLE. */
struct provider_result openstack_volume_look(struct provider_session *, struct provider_call *, const char *path,
					     const char *member, const char *what, struct openstack_reply *);
/* ---- attachment.c ---- */
struct provider_result openstack_volume_attach(struct provider_session *, struct provider_call *, const char *native_id,
					       const char *machine, struct provider_task *);
struct provider_result openstack_volume_detach(struct provider_session *, struct provider_call *, const char *native_id,
					       struct provider_task *);

#endif
