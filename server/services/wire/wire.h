/* SPDX-License-Identifier: Apache-2.0 */
/* wire.h: between our own types and the shared messages of the wire. */
#ifndef GAON_SERVICES_WIRE_WIRE_H
#define GAON_SERVICES_WIRE_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "gaon/common/v1/common.pb-c.h"
#include "google/protobuf/field_mask.pb-c.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "runtime/base/arena.h"
#include "runtime/base/json.h"
#include "runtime/base/money.h"
#include "runtime/base/status.h"
#include "server/engine/engine.h"

/** NULL for 0: an absent time. */
Google__Protobuf__Timestamp *wire_timestamp(struct arena *arena, int64_t time_us);
/** 0 for NULL. INVALID_FIELD naming `field` outside years 0001 to 9999 or with bad nanos. */
MUST_CHECK struct status wire_timestamp_read(struct arena *arena, const char *field,
					     const Google__Protobuf__Timestamp *timestamp, int64_t *time_us);

Gaon__Money *wire_money(struct arena *arena, const char *currency, struct amount amount);
/** Absent: *is_given false. */
MUST_CHECK struct status wire_money_read(struct arena *arena, const char *field, const Gaon__Money *money, struct money *read,
					 bool *is_given);

/** An operation as a message; `steps` may be NULL. */
MUST_CHECK struct status wire_operation(struct arena *arena, const struct operation *operation,
					const struct operation_step *steps, size_t step_count, Gaon__Operation *message);
/** "tenants/T/projects/P/operations/ID" or "tenants/T/operations/ID" (tenant and project are names). */
const char *wire_operation_name(struct arena *arena, const char *tenant, const char *project, const char *id);
/** Reads an operation of this transaction back as a reply: what every long-running RPC ends with. */
MUST_CHECK struct status wire_operation_reply(struct store_tx *tx, const char *id, Gaon__Operation *reply);

/**
 * Should `field` be updated (AIP-134)? With a mask: is it in it; without: is it set in `message` (non-empty, non-zero).
 * An unknown path in a mask: wire_mask_check gives INVALID_FIELD "update_mask".
 */
bool wire_mask_has(const Google__Protobuf__FieldMask *mask, const ProtobufCMessage *message, const char *field);
/** `allowed` is a NULL-terminated list of the fields that may be updated. */
MUST_CHECK struct status wire_mask_check(struct arena *arena, const Google__Protobuf__FieldMask *mask,
					 const char *const *allowed);

/**
 * protobuf-c makes each map<string, string> a type of its own, all of one layout {base, key, value}: these two turn any of
 * them into a JSON object of texts and back. `descriptor` is that entry type's.
 */
struct json *wire_map_read(struct arena *arena, size_t count, void *entries);
void *wire_map(struct arena *arena, const ProtobufCMessageDescriptor *descriptor, const struct json *object, size_t *count);

#endif
