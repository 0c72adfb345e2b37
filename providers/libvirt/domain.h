/* SPDX-License-Identifier: Apache-2.0 */
/* domain.h: a machine as libvirt keeps it: its definition, our marks on it, its state. Inside the adapter only. */
#ifndef GAON_PROVIDERS_LIBVIRT_DOMAIN_H
#define GAON_PROVIDERS_LIBVIRT_DOMAIN_H

#include "providers/libvirt/session.h"

#define LIBVIRT_NAMESPACE "urn:gaon:machine:1"
#define LIBVIRT_PREFIX "gaon"
#define LIBVIRT_NAME_MOST 255
#define LIBVIRT_NO_NETWORK "none" /* user-mode networking: out, but not in */

/** What we write into a domain's metadata; all NULL for a foreign one. */
struct libvirt_marks {
	const char *machine, *operation, *connection, *installation;
	const char *name, *image, *size;
	int64_t disk_gib, created_us;
	const struct json *tags; /* object of texts; NULL: none */
	bool is_complete; /* false from the definition to the first start: create has still to finish it */
};

/** Everything a definition says. */
struct libvirt_definition {
	const char *uuid, *domain_name, *domain_type;
	struct libvirt_marks marks;
	int32_t vcpus;
	int64_t memory_mib;
	const char *kernel, *initrd, *cmdline; /* direct boot; NULL: from the disk */
	const char *pool, *disk_volume;
	const char *seed_volume;               /* or NULL */
	const char *network;                   /* or NULL: user mode */
	const char *const *more_networks;      /* LIBVIRT_NO_NETWORK: user mode */
	size_t more_network_count;
	size_t more_disk_count;                /* their names follow from the UUID */
	const char *console_path;              /* or NULL */
	const struct libvirt_options *options;
};

/* ---- domain_xml.c: no library call ---- */
char *libvirt_definition_print(struct arena *arena, const struct libvirt_definition *definition);
/** For virDomainSetMetadata. */
char *libvirt_marks_print(struct arena *arena, const struct libvirt_marks *marks);
/** From a whole domain document: all of `machine` but its state. False when it is not understood. */
bool libvirt_domain_read(struct arena *arena, const char *document, struct provider_machine *machine,
			 struct libvirt_marks *marks);
/** Unique and legal: what people called it, and the end of the UUID. */
char *libvirt_domain_name(struct arena *arena, const char *name, const char *uuid);
/** Letters, digits and hyphens only. */
char *libvirt_host_name(struct arena *arena, const char *name);

/* ---- domain.c: in a worker ---- */
/** All of them, freed with the work's arena; -1 when libvirt does not tell. */
int libvirt_domain_list(struct libvirt_work *work, virDomainPtr **domains);
/** Freed with the work's arena. NOT_FOUND also for what is no UUID. */
struct provider_result libvirt_domain_find(struct libvirt_work *work, const char *native_id, virDomainPtr *domain);
/** The call's own handle goes with the arena. */
void libvirt_domain_keep(struct libvirt_work *work, virDomainPtr domain);
struct provider_result libvirt_domain_state(struct libvirt_work *work, virDomainPtr domain,
					    enum provider_machine_state *state, const char **native_state);
struct provider_result libvirt_domain_tell(struct libvirt_work *work, virDomainPtr domain,
					   struct provider_machine *machine, struct libvirt_marks *marks);
struct provider_result libvirt_marks_write(struct libvirt_work *work, virDomainPtr domain,
					   const struct libvirt_marks *marks);
const char *libvirt_console_path(struct arena *arena, const struct libvirt_options *options, const char *uuid);

/* ---- create.c: what is left of a create that was cut off ---- */
/** Finishes it, or takes it away when it cannot be finished: then NOT_FOUND. What can be neither is told as FAILED. */
struct provider_result libvirt_create_finish(struct libvirt_work *work, virDomainPtr domain,
					     struct provider_machine *machine, struct libvirt_marks *marks);
/** Disks that were made for a machine that was never defined. */
struct provider_result libvirt_create_sweep(struct libvirt_work *work, const char *uuid);

/* ---- image.c ---- */
struct libvirt_image {
	const char *native_id, *name, *os;
	const char *kernel, *initrd, *cmdline;  /* a direct boot one */
	const char *path, *format;              /* a disk */
	int64_t disk_gib;                       /* least */
};
struct provider_result libvirt_image_find(struct libvirt_work *work, const char *native_id, struct libvirt_image *image);
struct provider_result libvirt_image_list(struct libvirt_work *work, struct libvirt_image **images, size_t *count);

/* ---- label.c ---- */
bool libvirt_is_name(const char *name);
struct provider_result libvirt_tags_check(struct arena *arena, const struct json *tags);
const struct json *libvirt_tags_copy(struct arena *arena, const struct json *tags);

/* ---- machine_spec.c: what is asked for, before libvirt is ---- */
#define LIBVIRT_MORE_MOST 16
struct provider_result libvirt_spec_check(struct arena *arena, const struct provider_machine_spec *spec);
struct provider_machine_spec libvirt_spec_copy(struct arena *arena, const struct provider_machine_spec *spec);

/* ---- seed.c ---- */
/** The image of cloud-init's seed with the spec's user data and key. */
struct slice libvirt_seed_image(struct arena *arena, const struct provider_machine_spec *spec);

/* ---- storage.c ---- */
struct provider_result libvirt_pool_find(struct libvirt_work *work, const char *name, virStoragePoolPtr *pool);
char *libvirt_disk_volume(struct arena *arena, const char *uuid);
char *libvirt_seed_volume(struct arena *arena, const char *uuid);
/** Of the further disks that go with a machine; `number` from 0. */
char *libvirt_more_disk_volume(struct arena *arena, const char *uuid, size_t number);
struct provider_result libvirt_more_disks_delete(struct libvirt_work *work, const char *uuid);
bool libvirt_volume_is_ours(const char *name);
/** The machine's disk, made unless it is there already. */
struct provider_result libvirt_disk_make(struct libvirt_work *work, const char *volume, const struct libvirt_image *image,
					 int64_t disk_gib);
/** OK also when there is none. */
struct provider_result libvirt_volume_delete(struct libvirt_work *work, const char *volume);
/** A volume's first bytes, at most `most`. */
struct provider_result libvirt_volume_read(struct libvirt_work *work, virStorageVolPtr volume, size_t most,
					   struct slice *content);
/** All of a raw volume, made unless it is there already. */
struct provider_result libvirt_volume_write(struct libvirt_work *work, virStoragePoolPtr pool, const char *volume,
					    struct slice content);
void libvirt_volume_keep(struct libvirt_work *work, virStorageVolPtr volume);

/* ---- the verbs ---- */
struct provider_result libvirt_sizes(struct provider_session *, struct provider_call *, struct provider_page *page,
				     struct provider_size **sizes, size_t *count);
struct provider_result libvirt_images(struct provider_session *, struct provider_call *, struct provider_page *page,
				      struct provider_image **images, size_t *count);
struct provider_result libvirt_networks(struct provider_session *, struct provider_call *, struct provider_page *page,
					struct provider_network **networks, size_t *count);
struct provider_result libvirt_quotas(struct provider_session *, struct provider_call *, struct provider_quota **quotas,
				      size_t *count);
struct provider_result libvirt_rename(struct provider_session *, struct provider_call *, const char *native_id,
				      const char *name, struct provider_task *task);
struct provider_result libvirt_tag(struct provider_session *, struct provider_call *, const char *native_id,
				   const struct json *tags, struct provider_task *task);
struct provider_result libvirt_create(struct provider_session *, struct provider_call *,
				      const struct provider_machine_spec *spec, struct provider_task *task,
				      const char **native_id);
struct provider_result libvirt_find(struct provider_session *, struct provider_call *,
				    const struct provider_intent *intent, struct provider_machine *machine);
struct provider_result libvirt_get(struct provider_session *, struct provider_call *, const char *native_id,
				   struct provider_machine *machine);
struct provider_result libvirt_list(struct provider_session *, struct provider_call *, struct provider_page *page,
				    struct provider_machine **machines, size_t *count);
struct provider_result libvirt_power(struct provider_session *, struct provider_call *, const char *native_id,
				     enum provider_verb verb, struct provider_task *task);
struct provider_result libvirt_resize(struct provider_session *, struct provider_call *, const char *native_id,
				      const struct provider_resize_spec *spec, struct provider_task *task);
struct provider_result libvirt_remove(struct provider_session *, struct provider_call *, const char *native_id,
				      struct provider_task *task);
struct provider_result libvirt_snapshot_create(struct provider_session *, struct provider_call *, const char *native_id,
					       const char *name, struct provider_task *task, const char **snapshot_id);
struct provider_result libvirt_snapshot_list(struct provider_session *, struct provider_call *, const char *native_id,
					     struct provider_snapshot **snapshots, size_t *count);
struct provider_result libvirt_snapshot_revert(struct provider_session *, struct provider_call *, const char *native_id,
					       const char *snapshot_id, struct provider_task *task);
struct provider_result libvirt_snapshot_delete(struct provider_session *, struct provider_call *, const char *native_id,
					       const char *snapshot_id, struct provider_task *task);
struct provider_result libvirt_console(struct provider_session *, struct provider_call *, const char *native_id,
				       size_t most, struct slice *output);
struct provider_result libvirt_usage(struct provider_session *, struct provider_call *, const char *native_id,
				     struct provider_usage *usage);
struct provider_result libvirt_task(struct provider_session *, struct provider_call *, const char *handle,
				    struct provider_task_status *status);

#endif
