/* SPDX-License-Identifier: Apache-2.0 */
/* observed_wire.h: what a cloud says exists as a message. */
#ifndef GAON_SERVICES_LIFECYCLE_OBSERVED_WIRE_H
#define GAON_SERVICES_LIFECYCLE_OBSERVED_WIRE_H

#include "gaon/lifecycle/v1/lifecycle.pb-c.h"
#include "server/services/lifecycle/observed.h"

Gaon__ObservedResource *observed_to_wire(struct arena *arena, const struct observed *observed);

#endif
