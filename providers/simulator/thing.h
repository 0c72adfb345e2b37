/* SPDX-License-Identifier: Apache-2.0 */
/* thing.h: what a simulated cloud has besides machines: volumes, images, networks, groups, addresses, keys. Inside the simulator only. */
#ifndef GAON_PROVIDERS_SIMULATOR_THING_H
#define GAON_PROVIDERS_SIMULATOR_THING_H

#include "providers/image.h"
#include "providers/network.h"
#include "providers/simulator/world.h"
#include "providers/volume.h"

enum sim_kind {
	SIM_VOLUME, SIM_VOLUME_SNAPSHOT, SIM_IMAGE, SIM_NETWORK, SIM_GROUP, SIM_ADDRESS, SIM_KEY_PAIR,
	SIM_KIND_COUNT,
};
_Static_assert(SIM_KIND_COUNT == SIM_THING_KINDS, "the world has a list for each kind");
enum sim_thing_state { SIM_BUILDING, SIM_READY, SIM_ATTACHED, SIM_BUSY, SIM_FAILED, SIM_GONE, SIM_THING_STATE_COUNT };

/** Plain data but for the links, as a machine is: a change is made on a copy, written down, then copied back. */
struct sim_thing {
	struct sim_thing *next_by_number, *next_by_intent; /* hash chains */
	struct sim_thing *previous, *next;                 /* of its kind, by age; `next` also links the spare ones */
	uint64_t number;
	enum sim_kind kind;
	enum sim_thing_state state, next_state; /* next_ ones hold from due_us on, when that is not 0 */
	int64_t begun_us, due_us, visible_us, created_us;
	int64_t size_gib, next_size_gib;        /* of a volume, a snapshot, an image's smallest disk */
	int64_t machine, next_machine;          /* number of the machine that it is at; 0: at none */
	int64_t volume;                         /* of a snapshot: number of what it shows */
	char name[SIM_NAME_SIZE];
	char resource[SIM_INTENT_SIZE], operation[SIM_INTENT_SIZE];
	struct sim_account *account;
	/* Interned, or NULL. `text`: a network's and an address's numbers, an image's system, a group's description, a key. */
	const char *installation, *type, *zone, *parent, *text, *architecture;
	const struct json *rules; /* of a group; immutable once linked */
};

/* ---- thing.c: each found by its id and by its intent; the world is locked ---- */
const char *sim_kind_name(enum sim_kind kind);
const char *sim_thing_id(struct arena *arena, const struct sim_thing *thing);
struct sim_thing *sim_thing_by_number(struct sim_world *world, uint64_t number);
/** Settled: NULL when it is gone, or of another kind. */
struct sim_thing *sim_thing_by_id(struct sim_visit *visit, enum sim_kind kind, const char *native_id);
/** The same, NOT_FOUND with a message when there is none. */
struct provider_result sim_thing_need(struct sim_visit *visit, enum sim_kind kind, const char *native_id,
				      struct sim_thing **thing);
struct sim_thing *sim_thing_by_intent(struct sim_visit *visit, enum sim_kind kind, const char *resource);
struct sim_thing *sim_thing_settle(struct sim_world *world, struct sim_thing *thing, int64_t now_us);
void sim_things_settle(struct sim_world *world, int64_t now_us);
/** A copy becomes a part of the world. */
void sim_thing_link(struct sim_world *world, const struct sim_thing *filled);
struct provider_result sim_thing_commit(struct sim_visit *visit, struct sim_thing *thing, const struct sim_thing *changed);
bool sim_is_visible(const struct sim_visit *visit, const struct sim_thing *thing);
/** How many of a kind an account has; NULL: all together. */
int64_t sim_thing_count(struct sim_visit *visit, enum sim_kind kind, const struct sim_account *account, int64_t *size_gib);

/* ---- thing_make.c: what is the same for everything that is made by an intent ---- */
struct sim_making {
	struct provider_session *session;
	const struct provider_intent *intent; /* NULL: it has none */
	enum provider_verb verb;
	bool takes_time;
	struct provider_task *task; /* NULL with takes_time false */
};
/** True when it was made already: *native_id and the task are those of then. */
bool sim_thing_again(struct sim_visit *visit, enum sim_kind kind, const struct sim_making *making, const char **native_id);
/** Fills in marks, number and times of `filled`, starts the work, writes it down, links it. */
struct provider_result sim_thing_make(struct sim_visit *visit, const struct sim_making *making, struct sim_thing *filled,
				      const char **native_id);
/** Starts work on a changed copy whose next_ values are set; when it will fail they become what they were. */
struct provider_result sim_thing_work(struct sim_visit *visit, struct sim_thing *changed, enum provider_verb verb,
				      enum sim_thing_state end, struct provider_task *task);
/** Starts work and commits it. */
struct provider_result sim_thing_change(struct sim_visit *visit, struct sim_thing *thing, struct sim_thing *changed,
					enum provider_verb verb, enum sim_thing_state end, struct provider_task *task);
/** Removes it: DONE when it is gone already, the task of then when it is going. */
struct provider_result sim_thing_remove(struct sim_visit *visit, struct sim_thing *thing, enum provider_verb verb,
					struct provider_task *task);
/** Removes it at once. */
struct provider_result sim_thing_drop(struct sim_visit *visit, struct sim_thing *thing);
/** The handle of the work that it is in, or NULL. */
const char *sim_thing_handle(struct arena *arena, const struct sim_thing *thing, enum provider_verb verb);
/** One page of a kind, of one intent or (NULL) all. */
struct provider_result sim_thing_page(struct sim_visit *visit, struct provider_session *session, enum sim_kind kind,
				      const struct provider_intent *intent, struct provider_page *page,
				      struct sim_thing ***things, size_t *count);
struct provider_marks sim_thing_marks(struct arena *arena, const struct sim_thing *thing);

/* ---- thing_journal.c ---- */
bool sim_thing_put(struct sim_world *world, const struct sim_thing *thing);
bool sim_thing_read(struct sim_world *world, const struct json *row);

/* ---- made_network.c ---- */
bool sim_is_cidr(const char *text);

/* ---- address.c ---- */
/** Adds the addresses that were given to this machine. */
void sim_machine_tell_addresses(struct arena *arena, struct sim_world *world, const struct sim_machine *machine,
				struct provider_machine *out);

/* ---- security_group.c ---- */
bool sim_group_exists(struct sim_visit *visit, const char *native_id);

extern const struct provider_volume_ops sim_volume_ops;
extern const struct provider_image_ops sim_image_ops;
extern const struct provider_network_ops sim_network_ops;

struct provider_result sim_volume_snapshot_create(struct provider_session *, struct provider_call *, const char *native_id,
						  const char *name, struct provider_task *task, const char **snapshot_id);
struct provider_result sim_volume_snapshot_list(struct provider_session *, struct provider_call *, const char *native_id,
						struct provider_snapshot **snapshots, size_t *count);
struct provider_result sim_volume_snapshot_remove(struct provider_session *, struct provider_call *,
						  const char *snapshot_id, struct provider_task *task);
struct provider_result sim_group_create(struct provider_session *, struct provider_call *,
					const struct provider_security_group_spec *spec, const char **native_id);
struct provider_result sim_group_list(struct provider_session *, struct provider_call *, const struct provider_intent *intent,
				      struct provider_page *page, struct provider_security_group **groups, size_t *count);
struct provider_result sim_group_rules(struct provider_session *, struct provider_call *, const char *native_id,
				       const struct provider_rule *rules, size_t count);
struct provider_result sim_group_remove(struct provider_session *, struct provider_call *, const char *native_id);
struct provider_result sim_address_allocate(struct provider_session *, struct provider_call *,
					    const struct provider_intent *intent, const char *network,
					    struct provider_address *address);
struct provider_result sim_address_list(struct provider_session *, struct provider_call *,
					const struct provider_intent *intent, struct provider_page *page,
					struct provider_address **addresses, size_t *count);
struct provider_result sim_address_associate(struct provider_session *, struct provider_call *, const char *native_id,
					     const char *machine);
struct provider_result sim_address_disassociate(struct provider_session *, struct provider_call *, const char *native_id);
struct provider_result sim_address_release(struct provider_session *, struct provider_call *, const char *native_id);
struct provider_result sim_key_pair_import(struct provider_session *, struct provider_call *, const char *name,
					   const char *public_key, struct provider_key_pair *pair);
struct provider_result sim_key_pair_list(struct provider_session *, struct provider_call *, struct provider_page *page,
					 struct provider_key_pair **pairs, size_t *count);
struct provider_result sim_key_pair_remove(struct provider_session *, struct provider_call *, const char *native_id);

#endif
