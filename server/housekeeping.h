/* SPDX-License-Identifier: Apache-2.0 */
/* housekeeping.h: what is done from time to time, and what a commit sets off. */
#ifndef GAON_SERVER_HOUSEKEEPING_H
#define GAON_SERVER_HOUSEKEEPING_H

#include "server/gaond.h"

/** Before engine_start: registers the periodic jobs (forget old replays and changes, flush last uses, log the counters). */
void housekeeping_prepare(struct gaond *gaond);
/** After the server stands: a commit that changed something wakes the watchers. */
void housekeeping_watch(struct gaond *gaond);

#endif
