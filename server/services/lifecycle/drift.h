/* SPDX-License-Identifier: Apache-2.0 */
/* drift.h: how a machine differs from what is wanted, and what is done about it, field by field. */
#ifndef GAON_SERVICES_LIFECYCLE_DRIFT_H
#define GAON_SERVICES_LIFECYCLE_DRIFT_H

#include "server/services/lifecycle/machine.h"

/** gaon.lifecycle.v1.DriftField by number. */
enum drift_field { DRIFT_POWER = 1, DRIFT_SIZE, DRIFT_NAME, DRIFT_TAGS, DRIFT_NETWORK, DRIFT_FIELD_LAST = DRIFT_NETWORK };
/** gaon.lifecycle.v1.DriftAction by number; 0: not said. */
enum drift_action { DRIFT_IGNORE = 1, DRIFT_REPORT, DRIFT_ADOPT, DRIFT_REVERT, DRIFT_ACTION_LAST = DRIFT_REVERT };

const char *drift_field_name(enum drift_field field); /* "power" */

/* ---- drift_policy.c ---- */

struct drift_policy {
	enum drift_action actions[DRIFT_FIELD_LAST + 1];  /* by field */
	const char *sources[DRIFT_FIELD_LAST + 1];        /* who says so; "": nobody, it is the default */
	int64_t updated_us;                               /* when any of those who could say so last said something */
};
struct drift_rules {
	enum drift_action actions[DRIFT_FIELD_LAST + 1]; /* 0: as the tenant above says */
	int64_t revision, updated_us;                    /* 0: nothing was ever said */
};
/** What was said on a connection or tenant itself. */
MUST_CHECK struct status drift_rules_get(struct store_tx *tx, const char *name, struct drift_rules *rules);
/** Replaces it; the revision grows in `rules` too. */
MUST_CHECK struct status drift_rules_put(struct store_tx *tx, const char *name, struct drift_rules *rules, int64_t now_us);
/** What is in force on a connection or tenant: its own word, then that of its tenant and those above, then the default. */
MUST_CHECK struct status drift_policy_of(struct store_tx *tx, const char *name, struct drift_policy *policy);

/* ---- drift_store.c ---- */

struct drift {
	const char *connection, *native_id;
	const char *field; /* "power", "vcpus", "memory_mib", "name", "tags", "network" */
	const char *machine, *expected, *observed;
	enum drift_action action;
	const char *outcome, *operation;
	bool is_open; /* false: adopted, or brought back */
	int64_t reverts, reverts_since_us; /* how often it was brought back in the day that began then */
	int64_t first_seen_us, last_seen_us;
};
MUST_CHECK struct status drift_put(struct store_tx *tx, const struct drift *drift);
/** All of a machine at a cloud, by field. */
MUST_CHECK struct status drifts_of(struct store_tx *tx, const char *connection, const char *native_id, struct drift **drifts,
				   size_t *count);
MUST_CHECK struct status drift_forget(struct store_tx *tx, const char *connection, const char *native_id, const char *field);
/** Of a machine that is not ours (any more): all fields. */
MUST_CHECK struct status drift_forget_all(struct store_tx *tx, const char *connection, const char *native_id);
/** Settled ones that were last seen before `before_us`. */
MUST_CHECK struct status drift_trim(struct store_tx *tx, const char *connection, int64_t before_us);

/** What the cloud called things when we last agreed with it. */
struct baseline {
	const char *name, *network;
	const char *tags;    /* canonical JSON; "": the cloud did not say */
	int64_t imported_us; /* 0: we made the machine */
};
MUST_CHECK struct status baseline_get(struct store_tx *tx, const char *machine, struct baseline *baseline, bool *is_found);
MUST_CHECK struct status baseline_put(struct store_tx *tx, const char *machine, const struct baseline *baseline);
/** What is wanted from now on is what was seen; whatever names and tags the machine had is agreed to. Keeps imported_us. */
MUST_CHECK struct status baseline_take(struct store_tx *tx, const char *machine, const struct provider_machine *seen);
/** The same for one field alone, DRIFT_NAME or DRIFT_TAGS: what differs elsewhere goes on being drift. */
MUST_CHECK struct status baseline_agree(struct store_tx *tx, const char *machine, enum drift_field field,
					const struct provider_machine *seen);
/** Tags as they are kept: canonical JSON; "" when there are none to speak of, or they are too large to keep. */
const char *baseline_tags(struct arena *arena, const struct json *tags);

/* ---- drift_report.c ---- */

/** gaon.lifecycle.v1.DriftKind by number. */
enum drift_kind { DRIFT_MISSING = 1, DRIFT_CHANGED, DRIFT_FOREIGN };

struct drift_line {
	const char *key; /* where it stands in the report */
	enum drift_kind kind;
	const char *machine, *native_id, *display_name;
	const char *field, *expected, *observed; /* CHANGED; else "" */
	enum drift_action action;
	const char *outcome, *operation;
	bool is_open;
	int64_t first_seen_us;
};
struct drift_query {
	const char *connection, *after; /* `after`: a key; NULL: from the start */
	unsigned most;
	bool shows_settled;
};
/**
 * How a connection differs from what should be: first what is ours, by machine, then suspected orphans, then what is foreign. A
 * machine that an operation is working on is left out, unless it brings it back.
 */
MUST_CHECK struct status drift_report(struct store_tx *tx, const struct drift_query *query, struct drift_line **lines,
				      size_t *count);

/* ---- drift.c ---- */

struct drift_look {
	const struct drift_policy *policy;
	const struct provider_machine *seen;
	const struct baseline *baseline;
	int64_t now_us;
};
/**
 * Holds a machine that nobody works on against what its cloud says: adopts, notes, or begins to bring back, as the policy says.
 * Metering follows the cloud whatever the policy says. `*has_rest`: something is still to be brought back, so look again next time.
 */
MUST_CHECK struct status drift_compare(struct store_tx *tx, struct machine *machine, const struct drift_look *look, bool *has_rest);

/* ---- drift_revert.c ---- */

/** What is to be brought back; only what is set. */
struct revert {
	bool size;
	bool power;                 /* back to the state that the machine's row has */
	enum machine_state seen;    /* the one that it is in */
	const char *name;           /* or NULL */
	const char *tags;           /* canonical JSON, or NULL */
};
/**
 * Begins the one operation that brings back the first of size, power, then name and tags; the rest waits for the next look.
 * `done` tells which it is about. FAILED_PRECONDITION when it cannot now, and then nothing changed.
 */
MUST_CHECK struct status revert_begin(struct store_tx *tx, struct machine *machine, const struct revert *wanted, int64_t now_us,
				      struct revert *done, const char **operation);

#endif
