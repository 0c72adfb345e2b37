/* SPDX-License-Identifier: Apache-2.0 */
/* work.h: what a task handle holds: a task of vSphere, and what comes after it. */
#ifndef GAON_PROVIDERS_VSPHERE_WORK_H
#define GAON_PROVIDERS_VSPHERE_WORK_H

#include "providers/vsphere/vm.h"

/**
 * A stage of work. Whatever is needed to go on after a restart is in it, and every next stage may be begun twice.
 * Texts are NULL where they do not apply.
 */
struct vsphere_work {
	const char *stage;                                  /* a name of the table in task.c */
	const char *task;                                   /* id of vSphere's task; NULL: the stage looks by itself */
	const char *vm;                                     /* id of the machine, once known */
	const char *resource;                               /* ours, of what is made */
	const char *image, *file;
	int64_t disk_gib;
	bool is_image; /* what is made becomes an image, and is not started */
};
const char *vsphere_work_print(struct arena *arena, const struct vsphere_work *work);
/** False: it is no handle of ours. */
bool vsphere_work_read(struct arena *arena, const char *handle, struct vsphere_work *work);
/** A task that is to be waited for, and is all there is to do. */
void vsphere_task_alone(struct provider_call *call, const char *task, const char *vm, struct provider_task *out);

/** A task's method: sends it, and gives the id of the task that it began. */
struct provider_result vsphere_begin(struct provider_session *session, struct provider_call *call, const struct xml *method,
				     const char **task, struct vsphere_fault *fault);

/** A step: leaves in *work what is to be waited for now, or work->stage NULL when all is done. */
typedef struct provider_result vsphere_step(struct provider_session *session, struct provider_call *call,
					    struct vsphere_work *work, const struct xml *result);

/* ---- create.c: making a machine, from wherever it stands ---- */
vsphere_step vsphere_clone_done, vsphere_settle, vsphere_configure_done, vsphere_start_done, vsphere_finish_done;
/** Powers it on, or makes it a template. */
vsphere_step vsphere_start_begin;
/**
 * Where a new machine's configuration goes. On a host its path is what makes it unique, as a second one is refused: its
 * folder is made here.
 */
struct provider_result vsphere_path_make(struct provider_session *session, struct provider_call *call,
					 const struct vsphere_place *place, const char *datastore, const char *resource,
					 const char **path);
/** Begins what makes a machine; when its name is taken, the stage looks for who has it. */
struct provider_result vsphere_make(struct provider_session *session, struct provider_call *call, const struct xml *method,
				    struct vsphere_work *work);
/** Of a machine that has a configuration: whatever is still to do. */
struct provider_result vsphere_resume(struct provider_session *session, struct provider_call *call, const struct vsphere_vm *vm,
				      struct vsphere_work *work);
/* ---- copy.c: the disk of a machine on a standalone host ---- */
vsphere_step vsphere_shell_done, vsphere_copy_done, vsphere_attach_done;
struct provider_result vsphere_copy_begin(struct provider_session *session, struct provider_call *call,
					  const struct vsphere_vm *vm, struct vsphere_work *work);
/* ---- remove.c ---- */
vsphere_step vsphere_off_done, vsphere_release_done, vsphere_destroy_done;
/* ---- volume.c ---- */
vsphere_step vsphere_claim_done;
/** The device of a machine that is this file; NULL: it has none. */
const struct xml *vsphere_disk_of_file(const struct vsphere_vm *vm, const char *file);
/** The keys of a machine's extraConfig that name its volumes begin so; the value is the volume's file. */
#define VSPHERE_VOLUME_KEY "gaon.volume."
/* ---- power.c ---- */
vsphere_step vsphere_shutdown_look;

#endif
