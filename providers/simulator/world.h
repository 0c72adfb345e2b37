/* SPDX-License-Identifier: Apache-2.0 */
/* world.h: one simulated cloud: its machines, its options, its bad luck. Inside the simulator only. */
#ifndef GAON_PROVIDERS_SIMULATOR_WORLD_H
#define GAON_PROVIDERS_SIMULATOR_WORLD_H

#include <pthread.h>

#include "providers/provider.h"
#include "providers/simulator/simulator.h"
#include "providers/size.h"

#define SIM_NAME_SIZE 256
#define SIM_INTENT_SIZE 64
#define SIM_TEXT_MOST 255
#define SIM_LATE_VISIBILITY_MOST_MS 2000

struct sim_options {
	int64_t latency_ms;         /* each call really waits so long */
	int64_t work_ms;            /* asynchronous work takes so long by the clock; 0: done at once */
	int64_t seed;
	double failure_rate;        /* calls that fail before any effect */
	enum provider_error failure_classes[PROVIDER_UNSUPPORTED];
	size_t failure_class_count;
	double task_failure_rate;   /* accepted work that fails in the end */
	double lost_reply_rate;     /* the effect happens, the answer does not come */
	double lost_request_rate;   /* neither happens, and nobody can tell the difference */
	double hang_rate;           /* no answer before the deadline */
	int64_t late_visibility_ms; /* find, get and list miss a new machine so long */
	int64_t throttle_per_second;
	int64_t capacity, capacity_vcpus, quota; /* 0: no limit */
	int64_t page_size;          /* the most that a page holds */
	int64_t foreign;            /* machines of somebody else, there from the start */
	bool client_token;          /* false: a repeated create makes a second machine */
	bool deaf_guests;           /* a guest that is asked to shut down does not */
	bool late_id;               /* create does not tell the native id, the task does */
	bool fsync;
	const char *state_file;     /* or NULL: in memory */
};

/** Immutable once linked: a change makes a new list, so that a machine is copied by its struct. */
struct sim_snapshot {
	const struct sim_snapshot *next; /* older */
	const char *name;                /* is its id too */
	int64_t created_us;
	int32_t vcpus;
	int64_t memory_mib;
	const char *size;
};

/** Plain data but for the links: a change is made on a copy, written down, then copied back. */
struct sim_machine {
	struct sim_machine *next_by_id, *next_by_intent; /* hash chains */
	struct sim_machine *previous, *next;             /* by age; `next` also links the spare ones */
	uint64_t number;
	char name[SIM_NAME_SIZE];
	char machine[SIM_INTENT_SIZE], operation[SIM_INTENT_SIZE]; /* "" for a foreign one */
	struct sim_account *account;                     /* NULL for a foreign one */
	const char *installation, *size, *image, *network; /* interned, or NULL */
	enum provider_machine_state state, next_state;   /* next_state holds from due_us on, when that is not 0 */
	const char *native_state;                        /* interned: during the transition */
	int64_t due_us, visible_us, created_us;
	int32_t vcpus, next_vcpus;                       /* next_ ones: a resize on its way, or 0 */
	int64_t memory_mib, next_memory_mib, disk_gib;
	int64_t running_since_us, ran_us;                /* since 0: it is not metered now; while it stops it still is */
	uint32_t boots;
	const struct sim_snapshot *snapshots;            /* newest first */
	const char *current_snapshot;
};

/** One connection's share of the world, for the quota. */
struct sim_account {
	struct sim_account *next;
	const char *connection;
	int64_t machines;
};

struct sim_interned {
	struct sim_interned *next;
	const char *text;
};

struct sim_table {
	struct sim_machine **buckets;
	size_t size; /* a power of two */
};

struct sim_world {
	struct sim_world *next;
	struct arena *arena;
	const char *endpoint;
	unsigned sessions; /* guarded by the list's mutex in world.c */
	pthread_mutex_t mutex; /* guards all below; never held while waiting, only while a record is appended */
	struct sim_options options;
	struct provider_size_table sizes;
	bool has_own_catalogue; /* by options; false: the default one */
	struct provider_image *images;
	struct provider_network *networks;
	size_t image_count, network_count;
	uint64_t random;
	double tokens;          /* of the throttle's bucket */
	int64_t tokens_us;
	uint64_t next_number;
	struct sim_table by_id, by_intent;
	struct sim_machine *oldest, *newest, *spare;
	size_t count;
	int64_t vcpus;
	struct sim_account *accounts;
	struct sim_interned *interned;
	int journal;            /* file descriptor, -1: none */
	uint64_t calls[VERB_COUNT];
};

struct provider_session {
	struct arena *arena;
	struct sim_world *world;
	const char *connection, *installation;
};

/* ---- options.c ---- */
struct provider_result sim_options_read(struct arena *arena, const struct json *options, struct sim_options *out);

/* ---- world.c ---- */
/** Finds or makes the world and counts one more session on it. The newest session's options hold for all. */
struct provider_result sim_world_open(struct arena *arena, const struct provider_config *config, struct sim_world **world);
void sim_world_close(struct sim_world *world);
/** The world of an endpoint, locked, or NULL. Unlock its mutex. */
struct sim_world *sim_world_lock(const char *endpoint);
const char *sim_intern(struct sim_world *world, const char *text);
struct sim_account *sim_account(struct sim_world *world, const char *connection);

/* ---- table.c: machines in their tables; the world is locked ---- */
struct sim_machine *sim_machine_by_id(struct sim_world *world, const char *native_id);
struct sim_machine *sim_machine_by_number(struct sim_world *world, uint64_t number);
/** The oldest one made for this intent. */
struct sim_machine *sim_machine_by_intent(struct sim_world *world, const char *machine);
struct sim_machine *sim_machine_spare(struct sim_world *world); /* zeroed, not linked yet */
void sim_machine_link(struct sim_world *world, struct sim_machine *machine);
void sim_machine_drop(struct sim_world *world, struct sim_machine *machine);
/** Lets what is due happen. NULL when the machine is gone by it. */
struct sim_machine *sim_machine_settle(struct sim_world *world, struct sim_machine *machine, int64_t now_us);
/** The state from `at_us` on, with the running time metered. */
void sim_machine_become(struct sim_machine *machine, enum provider_machine_state state, int64_t at_us);
/** Writes the new version down, then makes it so. UNAVAILABLE when it cannot be written: then nothing changed. */
struct provider_result sim_machine_commit(struct sim_world *world, struct arena *arena, struct sim_machine *machine,
					  const struct sim_machine *changed);
void sim_native_id(uint64_t number, char native_id[SIMULATOR_ID_SIZE]);

/* ---- journal.c: a line of JSON for each version of a machine ---- */
struct provider_result sim_journal_open(struct sim_world *world, struct arena *arena);
void sim_journal_close(struct sim_world *world);
bool sim_journal_put(struct sim_world *world, const struct sim_machine *machine);

/* ---- fault.c: the way into the world, and out of it ---- */
struct sim_visit {
	struct sim_world *world;
	struct provider_call *call;
	bool is_mutating, is_reply_lost, does_work_fail;
	int64_t now_us;
};
/** Waits, throttles, fails as the options want. When OK the world is locked: sim_leave unlocks it. */
struct provider_result sim_enter(struct provider_session *session, struct provider_call *call, enum provider_verb verb,
				 struct sim_visit *visit);
/** Unlocks, and loses the reply if that was this visit's lot. */
struct provider_result sim_leave(struct sim_visit *visit, struct provider_result result);
/** A draw from [0, 1). */
double sim_draw(struct sim_world *world);

/* ---- task.c: work that takes time; its handle says all, so that it outlives us ---- */
struct sim_work {
	enum provider_verb verb;
	enum provider_machine_state good_end, bad_end; /* the state when it succeeds, and when it fails */
	const char *native_state;                           /* while it goes on */
};
/**
 * Starts work on a copy of a machine: sets what is and what will be, decides how it ends and gives the handle (NULL when
 * it is done already). A failure that shows at once is the result.
 */
struct provider_result sim_work_start(struct sim_visit *visit, struct sim_machine *changed, const struct sim_work *work,
				      struct provider_task *task);

/** The handle of the work that a machine is in: what a repeated call gets. NULL when there is none. */
const char *sim_work_handle(struct arena *arena, const struct sim_world *world, const struct sim_machine *machine,
			    enum provider_verb verb);

/* ---- inventory.c ---- */
void sim_machine_tell(struct arena *arena, const struct sim_machine *machine, struct provider_machine *out);
/** By native id, settled and visible; NOT_FOUND with a message else. */
struct provider_result sim_machine_need(struct sim_visit *visit, const char *native_id, struct sim_machine **machine);

/* ---- catalogue.c ---- */
struct provider_result sim_catalogue_read(struct sim_world *world, struct arena *arena, const struct json *options);
bool sim_image_exists(const struct sim_world *world, const char *native_id);
bool sim_network_exists(const struct sim_world *world, const char *native_id);

/* ---- the verbs ---- */
struct provider_result sim_sizes(struct provider_session *, struct provider_call *, struct provider_page *page,
				 struct provider_size **sizes, size_t *count);
struct provider_result sim_images(struct provider_session *, struct provider_call *, struct provider_page *page,
				  struct provider_image **images, size_t *count);
struct provider_result sim_networks(struct provider_session *, struct provider_call *, struct provider_page *page,
				    struct provider_network **networks, size_t *count);
struct provider_result sim_regions(struct provider_session *, struct provider_call *, struct provider_page *page,
				   struct provider_region **regions, size_t *count);
struct provider_result sim_quotas(struct provider_session *, struct provider_call *, struct provider_quota **quotas,
				  size_t *count);
struct provider_result sim_create(struct provider_session *, struct provider_call *,
				  const struct provider_machine_spec *spec, struct provider_task *task,
				  const char **native_id);
struct provider_result sim_find(struct provider_session *, struct provider_call *, const struct provider_intent *intent,
				struct provider_machine *machine);
struct provider_result sim_get(struct provider_session *, struct provider_call *, const char *native_id,
			       struct provider_machine *machine);
struct provider_result sim_list(struct provider_session *, struct provider_call *, struct provider_page *page,
				struct provider_machine **machines, size_t *count);
struct provider_result sim_power(struct provider_session *, struct provider_call *, const char *native_id,
				 enum provider_verb verb, struct provider_task *task);
struct provider_result sim_resize(struct provider_session *, struct provider_call *, const char *native_id,
				  const struct provider_resize_spec *spec, struct provider_task *task);
struct provider_result sim_remove(struct provider_session *, struct provider_call *, const char *native_id,
				  struct provider_task *task);
struct provider_result sim_snapshot_create(struct provider_session *, struct provider_call *, const char *native_id,
					   const char *name, struct provider_task *task, const char **snapshot_id);
struct provider_result sim_snapshot_list(struct provider_session *, struct provider_call *, const char *native_id,
					 struct provider_snapshot **snapshots, size_t *count);
struct provider_result sim_snapshot_revert(struct provider_session *, struct provider_call *, const char *native_id,
					   const char *snapshot_id, struct provider_task *task);
struct provider_result sim_snapshot_delete(struct provider_session *, struct provider_call *, const char *native_id,
					   const char *snapshot_id, struct provider_task *task);
struct provider_result sim_console(struct provider_session *, struct provider_call *, const char *native_id, size_t most,
				   struct slice *output);
struct provider_result sim_usage(struct provider_session *, struct provider_call *, const char *native_id,
				 struct provider_usage *usage);
struct provider_result sim_task(struct provider_session *, struct provider_call *, const char *handle,
				struct provider_task_status *status);

#define SIM_OPTION_COUNT 24
extern const struct provider_option sim_option_rows[SIM_OPTION_COUNT];

#endif
