/* SPDX-License-Identifier: Apache-2.0 */
/* sidecar.h: our marks on a volume: libvirt keeps no metadata on one, so a small file beside it does. Inside the adapter only. */
#ifndef GAON_PROVIDERS_LIBVIRT_SIDECAR_H
#define GAON_PROVIDERS_LIBVIRT_SIDECAR_H

#include "providers/libvirt/domain.h"

/** What is kept apart from a machine: "gaon-<uuid>.<word>.qcow2", and "gaon-<uuid>.<word>.json" beside it. */
#define LIBVIRT_DATA "data"
#define LIBVIRT_MADE_IMAGE "image"

struct libvirt_sidecar {
	const char *uuid, *operation, *connection, *installation;
	const char *name;
	int64_t created_us;
	bool is_complete;                            /* false: its volume is being written, or that was cut off */
	const char *os, *kernel, *initrd, *cmdline;  /* of an image; NULL: none */
};

char *libvirt_sidecar_volume(struct arena *arena, const char *uuid, const char *word);
/** The UUID in the name of a volume of this word, or NULL: it is another kind of volume. */
const char *libvirt_sidecar_uuid(struct arena *arena, const char *volume, const char *word);
/** In one of the pools of the options. All NULL but the uuid when there is none that is understood: then it is foreign. */
struct provider_result libvirt_sidecar_read(struct libvirt_work *work, virStoragePoolPtr pool, const char *uuid,
					    const char *word, struct libvirt_sidecar *sidecar);
struct provider_result libvirt_sidecar_write(struct libvirt_work *work, virStoragePoolPtr pool, const char *word,
					     const struct libvirt_sidecar *sidecar);
/** The volume, then what stands beside it. OK also when neither is there. */
struct provider_result libvirt_sidecar_delete(struct libvirt_work *work, virStoragePoolPtr pool, const char *uuid,
					      const char *word);
/** What a new one of this intent says. */
struct libvirt_sidecar libvirt_sidecar_new(struct libvirt_work *work, const struct provider_intent *intent, const char *name);
struct provider_marks libvirt_sidecar_marks(const struct libvirt_sidecar *sidecar);
/** All UUIDs of a word in a pool, sorted. */
struct provider_result libvirt_sidecar_list(struct libvirt_work *work, virStoragePoolPtr pool, const char *word,
					    const char ***uuids, size_t *count);

/* ---- attachment.c ---- */
struct libvirt_attachment {
	virDomainPtr domain;
	const char *volume, *machine, *device;
	bool is_live, is_configured; /* in what runs, in what will be started */
};
struct libvirt_attachments {
	struct libvirt_attachment *rows;
	size_t count;
};
/** Which machines have volumes of ours as disks: reads the definitions of all. */
struct provider_result libvirt_attachments_read(struct libvirt_work *work, struct libvirt_attachments *attachments);
/** NULL: it is attached nowhere. */
const struct libvirt_attachment *libvirt_attachment_of(const struct libvirt_attachments *attachments, const char *volume);
struct provider_result libvirt_attachment_find(struct libvirt_work *work, const char *volume,
					       const struct libvirt_attachment **attachment);
struct provider_result libvirt_attachment_make(struct libvirt_work *work, virDomainPtr domain, const char *volume);
/** `is_waiting`: the guest has still to let go. */
struct provider_result libvirt_attachment_end(struct libvirt_work *work, const struct libvirt_attachment *attachment,
					      bool *is_waiting);

/* ---- volume.c, made_image.c: their parts of `task` ---- */
#define LIBVIRT_DETACH_HANDLE "detach:"
#define LIBVIRT_IMAGE_HANDLE "image:"
struct provider_result libvirt_detach_task(struct provider_session *session, struct provider_call *call, const char *uuid,
					   struct provider_task_status *status);
struct provider_result libvirt_image_task(struct provider_session *session, struct provider_call *call, const char *uuid,
					  struct provider_task_status *status);

extern const struct provider_volume_ops libvirt_volume_ops;
extern const struct provider_image_ops libvirt_image_ops;

#endif
