/* SPDX-License-Identifier: Apache-2.0 */
/* machine.h: a machine as we know it: its row, its states, and what may be done to it. */
#ifndef GAON_SERVICES_LIFECYCLE_MACHINE_H
#define GAON_SERVICES_LIFECYCLE_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "providers/provider.h"
#include "runtime/base/json.h"
#include "runtime/rpc/call.h"
#include "server/store/store.h"

/** gaon.lifecycle.v1.MachineState by number. */
enum machine_state {
	MACHINE_CREATING = 1,
	MACHINE_RUNNING,
	MACHINE_STOPPED,
	MACHINE_SUSPENDED,
	MACHINE_UPDATING,
	MACHINE_DELETING,
	MACHINE_DELETED,
	MACHINE_FAILED,
	MACHINE_MISSING,
};

struct machine {
	const char *name, *tenant, *project, *display_name;
	enum machine_state state;
	const char *state_message, *connection, *native_id, *native_state;
	const char *deployment, *product_version, *rate_card, *size, *image, *network;
	int32_t vcpus;
	int64_t memory_mib, disk_gib;
	const struct json *addresses, *labels;
	const char *owner;
	bool is_protected;
	const char *operation; /* name of the one that works on it; "": none */
	bool is_running;       /* vCPUs and memory are in use: what metering counts */
	int64_t metered_us;    /* metered up to here; 0: not metered */
	int64_t revision, created_us, updated_us;
	int64_t lease_end_us; /* its deployment's, only ever read; 0: endless */
};

/* machine_store.c */
MUST_CHECK struct status machine_insert(struct store_tx *tx, const struct machine *machine);
/** Everything but the key; the revision grows, the change feed hears of it. */
MUST_CHECK struct status machine_update(struct store_tx *tx, struct machine *machine);
/** NOT_FOUND / MACHINE_NOT_FOUND. Deleted ones are found too. */
MUST_CHECK struct status machine_get(struct store_tx *tx, const char *name, struct machine *machine);
MUST_CHECK struct status machine_of_native(struct store_tx *tx, const char *connection, const char *native_id,
					   struct machine *machine, bool *is_found);
/** By the last part of its name, one that is being made on a connection and whose native id nobody knows yet. */
MUST_CHECK struct status machine_being_made(struct store_tx *tx, const char *connection, const char *id, struct machine *machine,
					    bool *is_found);
MUST_CHECK struct status machines_of_deployment(struct store_tx *tx, const char *deployment, struct machine **machines,
						size_t *count);
/** Those that are metered up to before `before_us` and not gone, at most `most`. */
MUST_CHECK struct status machines_unmetered(struct store_tx *tx, int64_t before_us, unsigned most, struct machine **machines,
					    size_t *count);
/** Of a connection, by name after `after`, gone ones left out. */
MUST_CHECK struct status machines_of_connection(struct store_tx *tx, const char *connection, const char *after, unsigned most,
						struct machine **machines, size_t *count);
/** Only how far it is metered: no revision, no event, since nothing that anybody sees has changed. */
MUST_CHECK struct status machine_set_metered(struct store_tx *tx, const char *name, int64_t metered_us);
MUST_CHECK struct status machine_put_labels(struct store_tx *tx, const struct machine *machine);
/** For those who list: the columns, and the start of each query whose rows machine_read takes. One query, because reads are hot. */
#define MACHINE_COLUMNS                                                                                                \
	"name, tenant, project, display_name, state, state_message, connection, native_id, native_state, deployment,"  \
	" product_version, rate_card, size, image, network, vcpus, memory_mib, disk_gib, addresses, owner,"            \
	" is_protected, operation, labels, metered_us, revision, created_us, updated_us, is_running"
#define MACHINE_SELECT                                                                                                 \
	"SELECT " MACHINE_COLUMNS ", (SELECT d.lease_end_us FROM deployment d WHERE d.name = machine.deployment) FROM machine"
MUST_CHECK struct status machine_read(struct store_tx *tx, const struct rows *rows, struct machine *machine);
MUST_CHECK struct status machine_read_all(struct store_tx *tx, struct rows *rows, struct machine **machines, size_t *count);

/* machine.c: the rules */

/** Is it there, as far as we know? False for DELETED and FAILED ones that never came to be. */
bool machine_exists(const struct machine *machine);
/** CREATING, UPDATING or DELETING are ours to end; the cloud's own states follow what it says. */
enum machine_state machine_state_of(enum provider_machine_state state);

struct machine_begin {
	const char *kind;            /* "machine-stop" */
	uint32_t allowed;            /* 1 << enum machine_state */
	enum machine_state meanwhile;
	enum provider_verb verb;     /* the connection must be able to; VERB_COUNT: nothing to ask */
	const struct json *extra;    /* further members of the operation's input, or NULL */
	const char *order;           /* the order whose item it fulfils, or NULL */
	int order_item;
	const char *requested_by;
	int64_t now_us;
};
/**
 * Makes the operation that does something to a machine: checks that the machine is there, in an allowed state, not busy, and
 * that its connection can. FAILED_PRECONDITION / MACHINE_BUSY, MACHINE_STATE, VERB_UNSUPPORTED; NOT_FOUND for a gone one.
 * `id` is the operation's.
 */
MUST_CHECK struct status machine_begin(struct store_tx *tx, struct machine *machine, const struct machine_begin *begin,
				       const char **id);

/** Makes the operation that only reads from the cloud: it disturbs nothing, so in any state, and it does not occupy the machine. */
MUST_CHECK struct status machine_begin_look(struct store_tx *tx, const char *name, const struct machine_begin *begin,
					    const char **id);

/** Only the checks of machine_begin. */
MUST_CHECK struct status machine_check(struct store_tx *tx, const struct machine *machine, const struct machine_begin *begin);

/** Meters up to now in its present state: call it before the state or the size changes. */
MUST_CHECK struct status machine_meter(struct store_tx *tx, struct machine *machine, int64_t now_us);

/** Takes over what the cloud says of it, but for its size: see settle_size. */
void machine_observe(struct arena *arena, struct machine *machine, const struct provider_machine *seen);

#endif
