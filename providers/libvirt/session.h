/* SPDX-License-Identifier: Apache-2.0 */
/* session.h: one libvirt connection: its options, its link that comes and goes, its workers. Inside the adapter only. */
#ifndef GAON_PROVIDERS_LIBVIRT_SESSION_H
#define GAON_PROVIDERS_LIBVIRT_SESSION_H

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <pthread.h>

#include "providers/provider.h"
#include "providers/size.h"

/** An image that is no disk: a kernel that boots directly. */
struct libvirt_boot {
	const char *name, *kernel, *initrd, *cmdline, *os;
	int64_t disk_gib;
};

struct libvirt_options {
	const char *uri;
	bool is_test;  /* libvirt's own in-process driver */
	bool is_local; /* the hypervisor's files are ours to read */
	const char *domain_type, *machine_type, *architecture;
	const char *image_pool, *machine_pool, *console_folder;
	bool copies_disks;
	int keepalive_s; /* 0: off */
	struct provider_size_table sizes;
	struct libvirt_boot *boots;
	size_t boot_count;
};
struct provider_result libvirt_options_read(struct arena *arena, const struct provider_config *config,
					    struct libvirt_options *options);
#define LIBVIRT_OPTION_COUNT 10
extern const struct provider_option libvirt_option_rows[LIBVIRT_OPTION_COUNT];

/* One reference for the opener and one for each worker: a worker that hangs keeps what it stands on. */
struct provider_session {
	struct arena *arena; /* written at open only */
	struct libvirt_options options;
	const char *connection, *installation;
	pthread_mutex_t mutex; /* guards all below */
	unsigned references, running, stuck;
	virConnectPtr link;
	bool is_suspect;         /* a call on the link did not come back: the next one opens another */
	const char *domain_type; /* a literal, once known: "kvm", "qemu", "test" */
};

/* ---- worker.c ---- */

/** A verb on its way through a thread of its own. Inputs are copied into `arena`, outputs are left there. */
struct libvirt_work {
	struct arena *arena;
	struct provider_session *session;
	virConnectPtr link; /* set when the function runs; do not close */
	bool is_mutating;
};
typedef struct provider_result libvirt_function(struct libvirt_work *work, void *arguments);

/** Its arena, for the arguments. Must be given to libvirt_run once, which takes it over. */
struct libvirt_work *libvirt_work_new(struct provider_session *session, enum provider_verb verb);
/**
 * Runs `function` with `arguments` (in the work's arena) in a thread, and comes back by the deadline whatever happens.
 * When it came to an end in time, what it left in its arena lives as long as the call's; else nothing of it may be touched:
 * UNKNOWN_OUTCOME for a verb that changes, UNAVAILABLE for one that looks.
 */
struct provider_result libvirt_run(struct libvirt_work *work, struct provider_call *call, libvirt_function *function,
				   void *arguments);

/** First thing in a thread of ours. */
void libvirt_block_signals(void);
/** In a worker: nobody waits for it any more, so nothing more should be begun. */
bool libvirt_work_is_left(struct libvirt_work *work);

/* ---- session.c ---- */
/** In a worker: the link, opened anew if need be, with a reference for this worker (virConnectClose it). */
struct provider_result libvirt_link_take(struct libvirt_work *work, virConnectPtr *link);
void libvirt_session_release(struct provider_session *session);
struct provider_result libvirt_open(struct provider_call *call, const struct provider_config *config,
				    struct provider_session **session);
void libvirt_close(struct provider_session *session);

/* ---- probe.c ---- */
/** "kvm" only where an accelerated guest would really run. */
struct provider_result libvirt_domain_type(struct libvirt_work *work, const char **type);
struct provider_result libvirt_probe(struct provider_session *session, struct provider_call *call,
				     struct provider_info *info);

/* ---- error.c ---- */
/**
 * What the library's last error in this thread means, so before any other call of the library.
 * `what` begins the sentence: "the machine cannot be started".
 */
struct provider_result libvirt_fail(struct libvirt_work *work, const char *what);
bool libvirt_last_error_is(int code);

#endif
