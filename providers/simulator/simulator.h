/* SPDX-License-Identifier: Apache-2.0 */
/* simulator.h: what tests may do to a simulated cloud behind the adapter's back. */
#ifndef GAON_PROVIDERS_SIMULATOR_SIMULATOR_H
#define GAON_PROVIDERS_SIMULATOR_SIMULATOR_H

#include "providers/provider.h"

extern const struct provider provider_simulator;

#define SIMULATOR_ID_SIZE 40

/*
 * A world is named by its endpoint ("sim://east"), and exists from the first open on: it outlives its sessions when its
 * state is in memory only. All of these are false (or 0) for a world that nobody opened.
 */

/** Drops a world that has no open session; its state file stays. False while somebody has it open. */
bool simulator_forget(const char *endpoint);
/** How many machines exist that were made for this intent; NULL: all of them. */
size_t simulator_count(const char *endpoint, const char *machine);
/** A machine that bears no marks, as somebody else would have made it. */
bool simulator_plant(const char *endpoint, const char *name, char native_id[SIMULATOR_ID_SIZE]);
/** The machine is gone, and nobody was told. */
bool simulator_vanish(const char *endpoint, const char *native_id);
/** Somebody resized it at the cloud. */
bool simulator_alter(const char *endpoint, const char *native_id, int32_t vcpus, int64_t memory_mib);
/** How many disks a machine has, or (NULL) all machines together; volumes do not count. */
size_t simulator_disks(const char *endpoint, const char *native_id);
/** How many volumes there are. */
size_t simulator_volumes(const char *endpoint);
/** How often a verb reached the world, throttled and failed calls included. */
uint64_t simulator_calls(const char *endpoint, enum provider_verb verb);

#endif
