/* SPDX-License-Identifier: Apache-2.0 */
/* provider.h: what a cloud must be able to say and do. A provider is a const row; everything else is its own affair. */
#ifndef GAON_PROVIDERS_PROVIDER_H
#define GAON_PROVIDERS_PROVIDER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/arena.h"
#include "runtime/base/json.h"
#include "runtime/base/slice.h"
#include "runtime/base/status.h"

/** Only the class decides retry, compensation and orphan care. */
enum provider_error {
	PROVIDER_OK = 0,
	PROVIDER_INVALID,         /* our request is wrong: never repeat it */
	PROVIDER_AUTH,            /* the credentials do not work */
	PROVIDER_FORBIDDEN,       /* they work, but lack a right */
	PROVIDER_NOT_FOUND,
	PROVIDER_CONFLICT,        /* exists already, or in a state that does not allow it */
	PROVIDER_QUOTA,           /* the account's limit */
	PROVIDER_CAPACITY,        /* the cloud's limit, now */
	PROVIDER_THROTTLED,       /* too many requests: again after retry_after_ms */
	PROVIDER_UNAVAILABLE,     /* did not happen: repeat it */
	PROVIDER_UNKNOWN_OUTCOME, /* may have happened: find before repeating */
	PROVIDER_UNSUPPORTED,
};
const char *provider_error_name(enum provider_error error);
/** True for THROTTLED, UNAVAILABLE, UNKNOWN_OUTCOME, CAPACITY. */
bool provider_error_is_retryable(enum provider_error error);

struct provider_result {
	enum provider_error error;
	const char *message;    /* one sentence for people, no secret; in the call's arena */
	const char *request_id; /* the cloud's own id of the exchange, or NULL */
	int64_t retry_after_ms; /* with THROTTLED; 0: not said */
};
#define PROVIDER_DONE ((struct provider_result){ .error = PROVIDER_OK })
struct provider_result provider_fail(struct arena *arena, enum provider_error error, const char *format, ...)
	PRINTF_LIKE(3, 4);
/** As a status for people and the wire (reason "PROVIDER_<CLASS>"). */
MUST_CHECK struct status provider_status(struct arena *arena, struct provider_result result);

/** What every verb gets first. Outputs live in `arena`. A verb returns by the deadline, whatever the cloud does. */
struct provider_call {
	struct arena *arena;
	int64_t deadline_us;             /* time_monotonic_us's clock */
	const atomic_bool *is_cancelled; /* may be NULL */
};

/** How to reach one account or endpoint. */
struct provider_config {
	const char *connection;          /* our id of the connection, for tags */
	const char *installation;        /* our id of this Gaon, for tags: what another Gaon made is FOREIGN */
	const char *endpoint;            /* "qemu:///system", "https://…" */
	const char *region;              /* or NULL */
	const struct json *options;      /* provider-specific, not secret; documented in docs/providers/<kind>.md */
	const struct json *credentials;  /* provider-specific, secret; may be NULL */
};

/** An open connection; verbs on it may run from several threads at once. */
struct provider_session;

enum provider_verb {
	VERB_REGIONS, VERB_SIZES, VERB_IMAGES, VERB_NETWORKS, VERB_QUOTAS, VERB_PRICES,
	VERB_CREATE, VERB_FIND, VERB_GET, VERB_LIST, VERB_CHANGES,
	VERB_START, VERB_STOP, VERB_SHUTDOWN, VERB_REBOOT, VERB_RESET, VERB_SUSPEND, VERB_RESUME,
	VERB_RESIZE, VERB_RENAME, VERB_TAG, VERB_DELETE,
	VERB_SNAPSHOT_CREATE, VERB_SNAPSHOT_LIST, VERB_SNAPSHOT_REVERT, VERB_SNAPSHOT_DELETE,
	VERB_CONSOLE, VERB_CONSOLE_URL, VERB_USAGE, VERB_METRICS, VERB_BILL,
	/* volume.h */
	VERB_VOLUME_CREATE, VERB_VOLUME_GET, VERB_VOLUME_LIST, VERB_VOLUME_ATTACH, VERB_VOLUME_DETACH, VERB_VOLUME_GROW,
	VERB_VOLUME_DELETE, VERB_VOLUME_SNAPSHOT_CREATE, VERB_VOLUME_SNAPSHOT_LIST, VERB_VOLUME_SNAPSHOT_DELETE,
	/* image.h */
	VERB_IMAGE_CREATE, VERB_IMAGE_LIST, VERB_IMAGE_DELETE,
	/* network.h */
	VERB_NETWORK_CREATE, VERB_NETWORK_LIST, VERB_NETWORK_DELETE,
	VERB_SECURITY_GROUP_CREATE, VERB_SECURITY_GROUP_LIST, VERB_SECURITY_GROUP_RULES, VERB_SECURITY_GROUP_DELETE,
	VERB_ADDRESS_ALLOCATE, VERB_ADDRESS_LIST, VERB_ADDRESS_ASSOCIATE, VERB_ADDRESS_DISASSOCIATE, VERB_ADDRESS_RELEASE,
	VERB_KEY_PAIR_IMPORT, VERB_KEY_PAIR_LIST, VERB_KEY_PAIR_DELETE,
	VERB_COUNT,
};
const char *provider_verb_name(enum provider_verb verb); /* "snapshot-create" */

enum provider_support { SUPPORT_NONE, SUPPORT_NATIVE, SUPPORT_EMULATED };
enum provider_idempotence {
	IDEMPOTENCE_NATURAL,     /* repeating it changes nothing */
	IDEMPOTENCE_TOKEN,       /* the cloud remembers a client token */
	IDEMPOTENCE_UNIQUE_NAME, /* a second one with our name or id is refused */
	IDEMPOTENCE_TAG_LOOKUP,  /* we find ours by tag first; two racing callers could still make two */
};

/** What a row promises of a verb; a session's probe can only take away from it. */
struct provider_trait {
	enum provider_support support;
	bool is_asynchronous; /* returns a task */
	enum provider_idempotence idempotence;
	uint32_t states;  /* allowed machine states, 1 << enum provider_machine_state; 0: not about a machine */
	const char *note; /* one sentence, or NULL */
};

enum provider_machine_state {
	PROVIDER_MACHINE_UNKNOWN, PROVIDER_MACHINE_BUILDING, PROVIDER_MACHINE_RUNNING, PROVIDER_MACHINE_STOPPED,
	PROVIDER_MACHINE_SUSPENDED, PROVIDER_MACHINE_TRANSITION, PROVIDER_MACHINE_FAILED, PROVIDER_MACHINE_GONE,
};
const char *provider_machine_state_name(enum provider_machine_state state); /* "running" */

/** A place that the connection reaches: a region, or a zone inside one. */
struct provider_region {
	const char *native_id, *name;
	const char *parent; /* of a zone: the native id of its region; NULL: a region */
};
struct provider_size {
	const char *native_id, *name;
	int32_t vcpus;
	int64_t memory_mib;
	int64_t disk_gib; /* that it comes with; 0: chosen */
};
struct provider_image {
	const char *native_id, *name;
	const char *os;      /* "linux", "windows", "unknown" */
	const char *architecture;
	int64_t min_disk_gib;
};
/** What a machine can be attached to: a subnet where the cloud has them inside something larger (the parent). */
struct provider_network {
	const char *native_id, *name;
	const char *cidr;   /* or NULL; several with ", " between them */
	const char *parent; /* the VPC, distributed switch …; or NULL */
	const char *zone;   /* native id of the zone that it is tied to; or NULL */
};
/** A limit of the account or of what is there: "vcpus", "memory_mib", "machines", "disk_gib", "volumes", "addresses". */
struct provider_quota {
	const char *name;
	int64_t limit; /* -1: none */
	int64_t used;  /* -1: not known */
};
/** What the cloud asks for a size. */
struct provider_price {
	const char *size;     /* native id */
	const char *per_hour; /* a decimal: "0.0116" */
	const char *currency; /* ISO 4217 */
	const char *os;       /* "linux", "windows" */
};

/** What to call a thing before it exists, so that it is found again whatever happened to the reply. */
struct provider_intent {
	const char *resource;  /* our UUID of what is made: the client token, tag, and (libvirt) the domain's own UUID */
	const char *operation; /* our UUID */
	const char *tenant, *project;
};
/** Our marks on a thing at the cloud: all NULL when it bears none, and is FOREIGN. */
struct provider_marks {
	const char *resource, *operation, *connection, *installation;
};

/** A disk besides the one that the image is on; it lives and dies with the machine. */
struct provider_disk_spec {
	int64_t size_gib;
	const char *type; /* native: "gp3", a datastore, a volume type; NULL: the cloud's default */
};

struct provider_machine_spec {
	struct provider_intent intent;
	const char *name; /* for people; made unique by the adapter where the cloud needs it */
	const char *image, *network; /* native ids; network may be NULL: the cloud's default */
	const char *size;            /* native id, or NULL: vcpus and memory_mib */
	int32_t vcpus;
	int64_t memory_mib, disk_gib;    /* disk_gib: of the disk that the image is on; 0: the image's own */
	const char *user_data, *ssh_key; /* or NULL; the key is a public one, "ssh-ed25519 …" */
	const struct json *tags;         /* object of texts, or NULL */
	/* From here on an adapter whose trait of VERB_CREATE does not speak of it refuses what it cannot do as INVALID. */
	const char *zone;                /* native id, or NULL: the cloud chooses */
	const char *const *more_networks; /* besides `network` */
	size_t more_network_count;
	const char *const *security_groups; /* native ids; none: the cloud's default */
	size_t security_group_count;
	const struct provider_disk_spec *disks;
	size_t disk_count;
};

struct provider_resize_spec {
	const char *size; /* or NULL: the numbers */
	int32_t vcpus;
	int64_t memory_mib;
};

struct provider_machine {
	const char *native_id, *name;
	enum provider_machine_state state;
	const char *native_state; /* the cloud's own word */
	const char *size, *image; /* native ids, or NULL when not known */
	int32_t vcpus;
	int64_t memory_mib, disk_gib;
	const char **addresses;
	size_t address_count;
	int64_t created_us; /* 0: not known */
	const char *zone, *network; /* native ids, or NULL when not known */
	const struct json *tags;    /* object of texts without our marks; NULL: the cloud has none */
	struct provider_marks marks;
};

struct provider_snapshot {
	const char *native_id, *name;
	int64_t created_us;
	bool is_current;
};

/**
 * A running piece of work at the cloud; `handle` NULL: it is done already. Stored, so it outlives us. At most
 * PROVIDER_HANDLE_MOST bytes.
 */
struct provider_task {
	const char *handle;
};
enum { PROVIDER_HANDLE_MOST = 2048 };
enum provider_task_state { TASK_RUNNING, TASK_DONE, TASK_FAILED };
struct provider_task_status {
	enum provider_task_state state;
	unsigned progress_percent;
	struct provider_result failure; /* with TASK_FAILED */
	const char *native_id;          /* of what it made, once known */
	/**
	 * With TASK_RUNNING: the handle to ask with from now on; NULL: the same. For work of several stages (stop, swap, start):
	 * `task` may begin the next stage, must be safe to repeat with the older handle, and names the stage in the newer one.
	 */
	const char *next_handle;
	const char *stage; /* for people: "waiting for the volume"; or NULL */
};

struct provider_page {
	const char *token; /* in: where to go on, NULL first. out: NULL at the end */
	unsigned size;     /* in: wanted; 0: 100 */
};

struct provider_usage {
	bool is_known; /* false: only the state can be metered */
	int64_t cpu_ns, memory_mib, disk_read_bytes, disk_write_bytes, network_receive_bytes, network_send_bytes;
};

struct provider_metrics_query {
	int64_t start_us, end_us; /* includes the start, excludes the end */
	int32_t period_s;         /* wanted; the cloud's own may be coarser */
};
/** "cpu-percent", "memory-used-mib", "disk-read-bytes-per-s", "disk-write-…", "network-receive-bytes-per-s", "network-send-…". */
struct provider_sample {
	const char *metric;
	int64_t time_us; /* where its period begins */
	double value;
};

/** A change at the cloud since a cursor: of a machine that is still there, or (GONE) no longer. */
struct provider_changes {
	const char *cursor; /* in: from where, NULL: from now on. out: from where to go on; NULL: too old, list all */
	bool has_more;      /* out: ask again at once */
	struct provider_machine *machines; /* of one that is GONE only native_id and state */
	size_t count;
};

/** A line of the cloud's own bill, before it is a charge in FOCUS terms. */
struct provider_bill_line {
	int64_t start_us, end_us;
	const char *account, *service, *region, *resource; /* the cloud's own words; resource may be NULL */
	const char *usage_type, *usage_unit;
	const char *usage_quantity, *amount; /* decimals */
	const char *currency;                /* ISO 4217 */
	bool is_estimated;
};

struct provider_info {
	const char *product, *version; /* "libvirt/QEMU", "9.0.0" */
	const char *warning;           /* NULL, or what an operator must know: "its state dies with gaond" */
	bool is_ephemeral;             /* nothing survives the end of this process */
	enum provider_support support[VERB_COUNT]; /* what this endpoint really can */
	const char *notes[VERB_COUNT];             /* why not, where it can not; NULL else */
};

struct provider_volume_ops;  /* volume.h */
struct provider_image_ops;   /* image.h */
struct provider_network_ops; /* network.h */

/**
 * One round trip (or one library call) a verb, besides what the session keeps in mind (tokens, look-ups of names) and what a
 * trait calls emulated. NULL is how a provider says it cannot do a thing. `native_id` is the cloud's id of the machine. All are
 * safe to repeat in the way the trait says.
 */
struct provider_ops {
	/**
	 * Without any I/O: could `config` be one? It is asked before a connection is made or its options change. INVALID says what
	 * is wrong: a message that begins with "options.<name>" is about that option, any other about the endpoint. Credentials
	 * are not given. NULL: only open tells.
	 */
	struct provider_result (*check)(struct arena *arena, const struct provider_config *config);
	struct provider_result (*open)(struct provider_call *call, const struct provider_config *config,
				       struct provider_session **session);
	void (*close)(struct provider_session *session);
	struct provider_result (*probe)(struct provider_session *, struct provider_call *, struct provider_info *info);

	/** Regions, then the zones of the connection's own. */
	struct provider_result (*regions)(struct provider_session *, struct provider_call *, struct provider_page *page,
					  struct provider_region **regions, size_t *count);
	struct provider_result (*sizes)(struct provider_session *, struct provider_call *, struct provider_page *page,
					struct provider_size **sizes, size_t *count);
	struct provider_result (*images)(struct provider_session *, struct provider_call *, struct provider_page *page,
					 struct provider_image **images, size_t *count);
	struct provider_result (*networks)(struct provider_session *, struct provider_call *, struct provider_page *page,
					   struct provider_network **networks, size_t *count);
	struct provider_result (*quotas)(struct provider_session *, struct provider_call *, struct provider_quota **quotas,
					 size_t *count);
	struct provider_result (*prices)(struct provider_session *, struct provider_call *, struct provider_page *page,
					 struct provider_price **prices, size_t *count);

	/** *native_id may stay NULL until the task or `find` tells. The machine is to be RUNNING at the end. */
	struct provider_result (*create)(struct provider_session *, struct provider_call *,
					 const struct provider_machine_spec *spec, struct provider_task *task,
					 const char **native_id);
	/** By intent. NOT_FOUND is an answer one may trust only after the adapter's own visibility delay. */
	struct provider_result (*find)(struct provider_session *, struct provider_call *,
				       const struct provider_intent *intent, struct provider_machine *machine);
	struct provider_result (*get)(struct provider_session *, struct provider_call *, const char *native_id,
				      struct provider_machine *machine);
	struct provider_result (*list)(struct provider_session *, struct provider_call *, struct provider_page *page,
				       struct provider_machine **machines, size_t *count);
	struct provider_result (*changes)(struct provider_session *, struct provider_call *, struct provider_changes *changes);
	/** VERB_START … VERB_RESUME. */
	struct provider_result (*power)(struct provider_session *, struct provider_call *, const char *native_id,
					enum provider_verb verb, struct provider_task *task);
	struct provider_result (*resize)(struct provider_session *, struct provider_call *, const char *native_id,
					 const struct provider_resize_spec *spec, struct provider_task *task);
	struct provider_result (*rename)(struct provider_session *, struct provider_call *, const char *native_id,
					 const char *name, struct provider_task *task);
	/** Replaces the tags that are not our marks. `tags`: an object of texts. */
	struct provider_result (*tag)(struct provider_session *, struct provider_call *, const char *native_id,
				      const struct json *tags, struct provider_task *task);
	/** With its disks and snapshots. OK also when it is gone already. */
	struct provider_result (*remove)(struct provider_session *, struct provider_call *, const char *native_id,
					 struct provider_task *task);

	/** The name is the snapshot's own: a second one with the same name is DONE with the first one's id. */
	struct provider_result (*snapshot_create)(struct provider_session *, struct provider_call *, const char *native_id,
						  const char *name, struct provider_task *task, const char **snapshot_id);
	struct provider_result (*snapshot_list)(struct provider_session *, struct provider_call *, const char *native_id,
						struct provider_snapshot **snapshots, size_t *count);
	struct provider_result (*snapshot_revert)(struct provider_session *, struct provider_call *, const char *native_id,
						  const char *snapshot_id, struct provider_task *task);
	struct provider_result (*snapshot_delete)(struct provider_session *, struct provider_call *, const char *native_id,
						  const char *snapshot_id, struct provider_task *task);

	/** The newest `most` bytes of the serial console. */
	struct provider_result (*console)(struct provider_session *, struct provider_call *, const char *native_id,
					  size_t most, struct slice *output);
	/** A screen for a browser; `*expires_us` 0: not said. It lets in who has it: a secret. */
	struct provider_result (*console_url)(struct provider_session *, struct provider_call *, const char *native_id,
					      const char **url, int64_t *expires_us);
	struct provider_result (*usage)(struct provider_session *, struct provider_call *, const char *native_id,
					struct provider_usage *usage);
	/** Oldest first, metric by metric. */
	struct provider_result (*metrics)(struct provider_session *, struct provider_call *, const char *native_id,
					  const struct provider_metrics_query *query, struct provider_sample **samples,
					  size_t *count);
	/** The bill of whole days (UTC): includes the start, excludes the end. */
	struct provider_result (*bill)(struct provider_session *, struct provider_call *, int64_t start_us, int64_t end_us,
				       struct provider_page *page, struct provider_bill_line **lines, size_t *count);
	struct provider_result (*task)(struct provider_session *, struct provider_call *, const char *handle,
				       struct provider_task_status *status);

	/* Families of verbs; NULL: none of them. */
	const struct provider_volume_ops *volume;
	const struct provider_image_ops *image;
	const struct provider_network_ops *network;
};

struct provider_option {
	const char *name, *otherwise, *help;
	bool is_required, is_secret; /* secret ones belong into the credentials */
};

/** A known kind that is not built in has `ops` NULL. */
struct provider {
	const char *kind;  /* "libvirt" */
	const char *title; /* "libvirt (KVM/QEMU)" */
	const struct provider_ops *ops;
	struct provider_trait traits[VERB_COUNT];
	const struct provider_option *options;
	size_t option_count;
	bool has_fixed_sizes;         /* numbers instead of a size are INVALID */
	unsigned visibility_delay_ms; /* how long after a create, also one that was given up, `find` may still miss it */
	unsigned concurrency;         /* sensible calls at once per connection; 0: 8 */
	unsigned rate_per_second;     /* 0: unlimited */
};

/** All rows, generated from providers/CMakeLists.txt. */
extern const struct provider *const providers[];
extern const size_t provider_count;
const struct provider *provider_find(const char *kind);

#endif
