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
/* What a state file may say; sums and prices of it fit into 63 bits. */
#define SIM_VCPUS_MOST 4096
#define SIM_MEMORY_MIB_MOST (INT64_C(1) << 30)
#define SIM_SIZE_GIB_MOST (INT64_C(1) << 30)

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
	int64_t capacity, capacity_vcpus, quota, volume_quota; /* 0: no limit */
	int64_t changes_kept;       /* how many changes a cursor may lie back */
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
	const char *zone;                                /* interned, or NULL: made before there were any */
	const struct json *more;                         /* tags, networks, security_groups, disks; immutable once linked */
	bool is_announced;                               /* it was visible once: what happens to it is a change */
};

/** How long a machine was there that is gone: its bill outlives it. */
struct sim_stay {
	struct sim_stay *next; /* older */
	uint64_t number;
	const char *connection, *size; /* size may be NULL */
	int64_t vcpus, memory_mib, start_us, end_us;
};

/** One change: of this machine, which may have changed again or be gone since. */
struct sim_change {
	uint64_t number;
	bool is_gone;
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

struct sim_thing; /* thing.h */
struct sim_thing_list {
	struct sim_thing *oldest, *newest;
};
#define SIM_THING_KINDS 7

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
	struct sim_thing_list things[SIM_THING_KINDS];
	struct sim_thing **things_by_number, **things_by_intent; /* thing_buckets each: a power of two, or 0 */
	struct sim_thing *spare_things;
	size_t thing_buckets, thing_count;
	uint64_t next_thing;
	struct sim_stay *stays; /* newest first */
	size_t stay_count;
	const char *birth;      /* no other world, nor this one after a restart, has the same: cursors name it */
	struct sim_change *changes; /* a ring of change_room; the change n is at n % change_room */
	uint64_t change_count, change_room;
	int journal;            /* file descriptor, -1: none */
	uint64_t calls[VERB_COUNT];
};

struct sim_visit;

struct provider_session {
	struct arena *arena;
	struct sim_world *world;
	const char *connection, *installation, *region;
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

/** Into another arena; NULL stays NULL. */
const struct json *sim_json_copy(struct arena *arena, const struct json *value);

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
size_t sim_hash_text(const char *text);
size_t sim_hash_number(uint64_t number);
void sim_settle_all(struct sim_world *world, int64_t now_us);

/* ---- journal.c: a line of JSON for each version of a machine, or of another thing ---- */
struct sim_field {
	const char *name;
	size_t offset, size; /* of an integer of 4 or 8 bytes */
};
#define SIM_FIELD(type_, field_) { #field_, offsetof(type_, field_), sizeof(((type_ *)0)->field_) }
void sim_fields_write(struct json *row, const void *record, const struct sim_field *fields, size_t count);
/** False when one is no number that this program writes. */
bool sim_fields_read(const struct json *row, void *record, const struct sim_field *fields, size_t count);
bool sim_journal_append(struct sim_world *world, struct arena *arena, const struct json *row);
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
void sim_machine_tell(struct arena *arena, struct sim_world *world, const struct sim_machine *machine,
		      struct provider_machine *out);
/** By native id, settled and visible; NOT_FOUND with a message else. */
struct provider_result sim_machine_need(struct sim_visit *visit, const char *native_id, struct sim_machine **machine);

/* ---- catalogue.c ---- */
/** Only whether the options' tables could be read. */
struct provider_result sim_catalogue_check(struct arena *arena, const struct json *options);
struct provider_result sim_catalogue_read(struct sim_world *world, struct arena *arena, const struct json *options);
/** As provider_page_cut, within the option page_size. */
struct provider_result sim_page_cut(struct sim_visit *visit, struct provider_page *page, size_t total, size_t *first,
				    size_t *count);
/** Of the catalogue, or made and ready. */
bool sim_image_find(struct sim_visit *visit, const char *native_id, struct provider_image *image);
bool sim_network_exists(struct sim_visit *visit, const char *native_id);

/* ---- made_image.c, made_network.c: those that are ready ---- */
size_t sim_made_images(struct sim_visit *visit, struct provider_image **images);
bool sim_made_image(struct sim_visit *visit, const char *native_id, struct provider_image *image);
size_t sim_made_networks(struct sim_visit *visit, struct provider_network **networks);
bool sim_made_network(struct sim_visit *visit, const char *native_id);

/* ---- machine_spec.c: what is asked for ---- */
/** An intent and a name that can be kept. */
struct provider_result sim_words_check(struct arena *arena, const struct provider_intent *intent, const char *name);
struct provider_result sim_tags_check(struct arena *arena, const struct json *tags);
struct provider_result sim_spec_check(struct sim_visit *visit, const struct provider_machine_spec *spec,
				      struct provider_resize_spec *numbers);
/** What a machine has besides numbers; NULL: nothing. */
const struct json *sim_spec_more(struct sim_world *world, struct arena *arena, const struct provider_machine_spec *spec);
/** True when a machine has this id among its "networks" or "security_groups". */
bool sim_machine_uses(struct sim_visit *visit, const char *list, const char *native_id);

/* ---- place.c ---- */
bool sim_zone_exists(const char *native_id);
const char *sim_zone_default(void);
/** The region of the connection; the first one when it names none of ours. */
const char *sim_region(const struct provider_session *session);

/* ---- change.c ---- */
/** Something happened to the machine that a follower of changes must be told. */
void sim_change_note(struct sim_world *world, const struct sim_machine *machine, bool is_gone);

/* ---- bill.c ---- */
/** The machine is gone: what it is billed for stays. */
void sim_stay_keep(struct sim_world *world, const struct sim_machine *machine, int64_t end_us);
bool sim_stays_put(struct sim_world *world);
bool sim_stay_read(struct sim_world *world, const struct json *row);

/* ---- the verbs ---- */
struct provider_result sim_regions(struct provider_session *, struct provider_call *, struct provider_page *page,
				   struct provider_region **regions, size_t *count);
struct provider_result sim_quotas(struct provider_session *, struct provider_call *, struct provider_quota **quotas,
				  size_t *count);
struct provider_result sim_prices(struct provider_session *, struct provider_call *, struct provider_page *page,
				  struct provider_price **prices, size_t *count);
struct provider_result sim_bill(struct provider_session *, struct provider_call *, int64_t start_us, int64_t end_us,
				struct provider_page *page, struct provider_bill_line **lines, size_t *count);
struct provider_result sim_changes(struct provider_session *, struct provider_call *, struct provider_changes *changes);
struct provider_result sim_rename(struct provider_session *, struct provider_call *, const char *native_id, const char *name,
				  struct provider_task *task);
struct provider_result sim_tag(struct provider_session *, struct provider_call *, const char *native_id,
			       const struct json *tags, struct provider_task *task);
struct provider_result sim_console_url(struct provider_session *, struct provider_call *, const char *native_id,
				       const char **url, int64_t *expires_us);
struct provider_result sim_metrics(struct provider_session *, struct provider_call *, const char *native_id,
				   const struct provider_metrics_query *query, struct provider_sample **samples, size_t *count);
struct provider_result sim_sizes(struct provider_session *, struct provider_call *, struct provider_page *page,
				 struct provider_size **sizes, size_t *count);
struct provider_result sim_images(struct provider_session *, struct provider_call *, struct provider_page *page,
				  struct provider_image **images, size_t *count);
struct provider_result sim_networks(struct provider_session *, struct provider_call *, struct provider_page *page,
				    struct provider_network **networks, size_t *count);
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

#define SIM_OPTION_COUNT 26
extern const struct provider_option sim_option_rows[SIM_OPTION_COUNT];

#endif
