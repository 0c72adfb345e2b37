/* SPDX-License-Identifier: Apache-2.0 */
/* details.h: a status as google.rpc.Status (AIP-193), the `grpc-status-details-bin` of a failed call. */
#ifndef GAON_RPC_DETAILS_H
#define GAON_RPC_DETAILS_H

#include "runtime/base/arena.h"
#include "runtime/base/slice.h"
#include "runtime/base/status.h"

#define DETAILS_DOMAIN "gaon"
#define DETAILS_KEY "grpc-status-details-bin"

/** Peers accept 8 KiB of metadata by default, so a status stays below half of it: details past this are left out. */
#define DETAILS_BYTES_MOST 4096
#define DETAILS_MESSAGE_BYTES_MOST 1024

/** ErrorInfo always; BadRequest, RetryInfo, ResourceInfo where the status has such details. */
struct slice details_pack(struct arena *arena, struct status status);

/** What a peer sent. Unknown details are passed over; false on malformed bytes (status untouched). Copies into `arena`. */
bool details_unpack(struct arena *arena, struct slice bytes, struct status *status);

/** `message` cut to what may go into a header, at a character's boundary. */
struct slice details_message(const char *message);

#endif
