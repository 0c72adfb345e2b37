/* SPDX-License-Identifier: Apache-2.0 */
/* contract.h: one suite for every provider: what a row promises, its peer must show. */
#ifndef GAON_TESTS_CONTRACT_PROVIDER_CONTRACT_H
#define GAON_TESTS_CONTRACT_PROVIDER_CONTRACT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "providers/image.h"
#include "providers/network.h"
#include "providers/provider.h"
#include "providers/volume.h"

/** What a row claims and this peer cannot show: "moto has no console output". It is printed, and never silent. */
struct peer_excuse {
	enum provider_verb verb;
	const char *why; /* NULL ends the table */
};

/** A cloud to run the suite against. */
struct peer {
	const char *name, *kind, *endpoint, *options; /* options: JSON */
	const char *region, *credentials;             /* or NULL; credentials: JSON */
	const char *size, *other_size;
	const char *image, *network;  /* native ids; NULL: the first image, the cloud's default network */
	int64_t disk_gib, volume_gib; /* the smallest that it takes; 0: 1 */
	unsigned wait_s;              /* for a state or a task at most; 0: 60 */
	const char *network_prefix;   /* "<this>.<n>.0/24" are the networks that are made; NULL: "10.77" */
	const char *network_parent;   /* native id, for networks and security groups; NULL: the cloud's default, or none */
	const char *address_network;  /* native id of where addresses come from, or NULL */
	const struct peer_excuse *not_on_this_peer; /* or NULL */
	/** Gives the machine samples, where the peer measures nothing by itself. NULL: it does. */
	bool (*feed_metrics)(const struct peer *peer, const char *native_id);
	/** How many disks the machine has at the cloud, or (NULL) all together. NULL: there is no way to look. */
	int64_t (*disks_of)(const struct peer *peer, const char *native_id);
	int64_t bill_start_us, bill_end_us; /* where it has a bill; 0, 0: yesterday and today */
	bool is_faulty; /* retryable failures are part of it: calls are repeated as the engine would */
	bool has_guest; /* something boots, writes to its console and listens to ACPI */
	unsigned boot_s;
	/** Starts what must run; 77 (with a SKIP line) when it cannot, 0 when it does. NULL: nothing to start. */
	int (*start)(const struct peer *peer);
	void (*stop)(const struct peer *peer);
	/** Makes a machine that bears no marks. NULL: there is one from the start. */
	bool (*plant)(const struct peer *peer);
	void (*unplant)(const struct peer *peer);
};

extern const struct peer peers[];
extern const size_t peer_count;

/** What each test works with; a fresh arena, the peer's one session. */
struct room {
	const struct peer *peer;
	const struct provider *row;
	const struct provider_ops *ops;
	struct provider_session *session;
	struct arena *arena, *long_arena;
	const char *image;
	struct provider_info info;
};
extern struct room room;

/* ---- witness.c: room.ops go through it: it notes which verbs the peer really did ---- */
/** Functions that call those of the row and note what succeeded. */
const struct provider_ops *witness_ops(const struct provider_ops *ops);
/** Why this peer is let off this verb, or NULL. */
const char *excuse_of(enum provider_verb verb);
/** Skips the test where the row, the probe or the peer's table takes the verb away. */
void need(enum provider_verb verb);

/** How the peer is reached, in the name of this Gaon; false: the peer's own texts are no JSON. */
bool config_read(const char *installation, struct provider_config *config);

/** A call of ours with a generous deadline. */
struct provider_call call_now(void);
struct provider_call call_within(int64_t ms);

/** Repeats a faulty peer's retryable failures; 0 when it is enough. */
bool must_retry(struct provider_result result, unsigned *tries);
#define PERSIST(result_, expression_)                                                                                  \
	do {                                                                                                           \
		unsigned tries_ = 0;                                                                                   \
		do {                                                                                                   \
			struct provider_call call = call_now();                                                        \
			(void)call;                                                                                    \
			result_ = (expression_);                                                                       \
		} while (must_retry(result_, &tries_));                                                                \
	} while (0)
#define assert_done(result_)                                                                                           \
	do {                                                                                                           \
		struct provider_result checked_ = (result_);                                                           \
		if (checked_.error != PROVIDER_OK)                                                                     \
			fail_msg("%s: %s", provider_error_name(checked_.error), checked_.message);                     \
	} while (0)
#define assert_class(result_, class_)                                                                                  \
	do {                                                                                                           \
		struct provider_result checked_ = (result_);                                                           \
		if (checked_.error != (class_))                                                                        \
			fail_msg("%s instead of %s: %s", provider_error_name(checked_.error),                          \
				 provider_error_name(class_), checked_.message ? checked_.message : "");               \
	} while (0)

/** A spec with an intent of its own. */
struct provider_machine_spec spec_new(const char *name);
/** Creates it as the engine would, waits until it is RUNNING, gives its native id. */
const char *machine_make(const struct provider_machine_spec *spec);
void machine_delete(const char *native_id);
struct provider_machine machine_get(const char *native_id);
void task_wait(struct provider_result started, const struct provider_task *task);
bool supports(enum provider_verb verb);
/** As the engine does it: repeated while the class says so, then awaited. */
void power_do(const char *native_id, enum provider_verb verb);
/** How many machines in the whole list have this native id, or (NULL) these marks. */
size_t list_count(const char *native_id, const char *machine);

/** How long to wait for something at most. */
int64_t wait_end_us(void);
/** Stops it where the row wants the verb's machine stopped. */
void machine_prepare(const char *native_id, enum provider_verb verb);
/** Waits until it is in this state. */
void state_wait(const char *native_id, enum provider_machine_state state);
void marks_are(const struct provider_marks *marks, const struct provider_intent *intent);
struct provider_intent intent_new(void);
/** True when a TAG_LOOKUP makes no promise to racers. */
bool may_race_to_two(enum provider_verb verb);

/** An id that no cloud gave. */
#define WRONG_ID "00000000-0000-4000-8000-000000000000"

/** Several callers at once with one intent: each one's result is OK, CONFLICT or retryable, and one at least is OK. */
typedef struct provider_result (*racer_create)(struct provider_call *call, const void *spec, struct provider_task *task,
					       const char **native_id);
void race(racer_create create, const void *spec);

struct suite_part {
	const struct CMUnitTest *tests;
	size_t count;
};
extern const struct suite_part catalogue_part, machine_part, more_machine_part, power_part, limit_part, volume_part,
	image_part, network_part, reach_part, insight_part, change_part, witness_part;

#endif
