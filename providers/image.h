/* SPDX-License-Identifier: Apache-2.0 */
/* image.h: images made from machines: a family of the provider contract. What can be ordered from is `images` of provider.h. */
#ifndef GAON_PROVIDERS_IMAGE_H
#define GAON_PROVIDERS_IMAGE_H

#include "providers/provider.h"

struct provider_image_spec {
	struct provider_intent intent;
	const char *name;    /* for people */
	const char *machine; /* native id of the machine that it is made from */
	bool may_stop;       /* where the cloud needs it: the machine may be stopped and started again */
};

/** An image that we, or somebody else, made; `is_ready` once machines can be made from it. */
struct provider_made_image {
	struct provider_image image;
	bool is_ready, is_failed;
	struct provider_marks marks;
};

struct provider_image_ops {
	/** *native_id may stay NULL until the task or `list` with the intent tells. */
	struct provider_result (*create)(struct provider_session *, struct provider_call *, const struct provider_image_spec *spec,
					 struct provider_task *task, const char **native_id);
	/** The account's own; `intent` not NULL: only what was made with it. */
	struct provider_result (*list)(struct provider_session *, struct provider_call *, const struct provider_intent *intent,
				       struct provider_page *page, struct provider_made_image **images, size_t *count);
	/** With the disks' snapshots under it. DONE also when it is gone already. */
	struct provider_result (*remove)(struct provider_session *, struct provider_call *, const char *native_id,
					 struct provider_task *task);
};

#endif
