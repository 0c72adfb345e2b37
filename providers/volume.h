/* SPDX-License-Identifier: Apache-2.0 */
/* volume.h: disks that live apart from machines, and their snapshots: a family of the provider contract. */
#ifndef GAON_PROVIDERS_VOLUME_H
#define GAON_PROVIDERS_VOLUME_H

#include "providers/provider.h"

enum provider_volume_state {
	PROVIDER_VOLUME_UNKNOWN, PROVIDER_VOLUME_BUILDING, PROVIDER_VOLUME_AVAILABLE, PROVIDER_VOLUME_ATTACHED,
	PROVIDER_VOLUME_TRANSITION, PROVIDER_VOLUME_FAILED,
};
const char *provider_volume_state_name(enum provider_volume_state state); /* "available" */

struct provider_volume_spec {
	struct provider_intent intent;
	const char *name; /* for people */
	int64_t size_gib;
	const char *type;     /* native: "gp3", a volume type; NULL: the cloud's default */
	const char *zone;     /* native id; NULL: the cloud chooses, or there are none */
	const char *snapshot; /* native id of a volume snapshot that it begins as; NULL: empty */
	const struct json *tags;
};

struct provider_volume {
	const char *native_id, *name;
	enum provider_volume_state state;
	const char *native_state; /* the cloud's own word */
	int64_t size_gib;
	const char *type, *zone;     /* native ids, or NULL */
	const char *machine, *device; /* where it is attached: native id, "/dev/vdb"; NULL: nowhere, or not known */
	int64_t created_us;
	struct provider_marks marks;
};

/** As with machines: one round trip each, safe to repeat in the way the trait says. */
struct provider_volume_ops {
	/** AVAILABLE at the end. *native_id may stay NULL until the task or `list` with the intent tells. */
	struct provider_result (*create)(struct provider_session *, struct provider_call *,
					 const struct provider_volume_spec *spec, struct provider_task *task,
					 const char **native_id);
	struct provider_result (*get)(struct provider_session *, struct provider_call *, const char *native_id,
				      struct provider_volume *volume);
	/** `intent` not NULL: only what was made with it. */
	struct provider_result (*list)(struct provider_session *, struct provider_call *, const struct provider_intent *intent,
				       struct provider_page *page, struct provider_volume **volumes, size_t *count);
	/** DONE when it is attached there already; CONFLICT when it is attached elsewhere. */
	struct provider_result (*attach)(struct provider_session *, struct provider_call *, const char *native_id,
					 const char *machine, struct provider_task *task);
	/** DONE when it is attached nowhere. */
	struct provider_result (*detach)(struct provider_session *, struct provider_call *, const char *native_id,
					 struct provider_task *task);
	/** To a larger size; DONE when it has it already; a smaller one is INVALID. */
	struct provider_result (*grow)(struct provider_session *, struct provider_call *, const char *native_id,
				       int64_t size_gib, struct provider_task *task);
	/** DONE also when it is gone already; CONFLICT while it is attached. */
	struct provider_result (*remove)(struct provider_session *, struct provider_call *, const char *native_id,
					 struct provider_task *task);

	/** A second one of the same name is DONE with the first one's id. */
	struct provider_result (*snapshot_create)(struct provider_session *, struct provider_call *, const char *native_id,
						  const char *name, struct provider_task *task, const char **snapshot_id);
	struct provider_result (*snapshot_list)(struct provider_session *, struct provider_call *, const char *native_id,
						struct provider_snapshot **snapshots, size_t *count);
	struct provider_result (*snapshot_remove)(struct provider_session *, struct provider_call *, const char *snapshot_id,
						  struct provider_task *task);
};

#endif
