/* SPDX-License-Identifier: Apache-2.0 */
/* flight.h: of those who make a thing by one intent, one at a time: so that who comes second finds what the first one
 * made. */
#ifndef GAON_PROVIDERS_KIT_FLIGHT_H
#define GAON_PROVIDERS_KIT_FLIGHT_H

#include "providers/provider.h"

/** For clouds that remember no client token: "look, then make" must not be interleaved, and by this it is not in this
 * process. */
struct flights;

struct flights *flights_new(void);
/** Nobody may be in it. Takes NULL. */
void flights_free(struct flights *flights);

/** Waits until nobody else is at this intent, at most to the call's deadline: UNAVAILABLE then. `flight_end` for each
 * OK. */
struct provider_result flight_begin(struct flights *flights, struct provider_call *call, const char *resource);
void flight_end(struct flights *flights, const char *resource);

#endif
