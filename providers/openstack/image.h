/* SPDX-License-Identifier: Apache-2.0 */
/* image.h: what Glance says of an image. */
#ifndef GAON_PROVIDERS_OPENSTACK_IMAGE_H
#define GAON_PROVIDERS_OPENSTACK_IMAGE_H

#include "providers/image.h"
#include "providers/openstack/page.h"
#include "providers/openstack/server.h"

struct openstack_image {
	struct provider_made_image made;
	const char *status;
	const char *snapshot_of; /* native id of the machine that it is a snapshot of; NULL: it is none */
	int64_t created_us;
	const char **volume_snapshots; /* ids of those under it */
	size_t volume_snapshot_count;
};

/** False when it has no id, or is deleted. Texts are copied. */
bool openstack_image_read(struct arena *arena, const struct json *json, struct openstack_image *image);
struct provider_result openstack_image_get(struct provider_session *session, struct provider_call *call,
					   const char *native_id, struct openstack_image *image);
/** DELETE /images/{id}; OK also when it is gone. */
struct provider_result openstack_image_drop(struct provider_session *session, struct provider_call *call,
					    const char *native_id);
/** Nova's createImage: the new image's id, in the call's arena. */
struct provider_result openstack_image_take(struct provider_session *session, struct provider_call *call,
					    const char *machine, const char *name, const struct json *properties,
					    const char **image_id);

#endif
