/* SPDX-License-Identifier: Apache-2.0 */
/* offering_wire.h: what a connection offers as messages. */
#ifndef GAON_SERVICES_CATALOG_OFFERING_WIRE_H
#define GAON_SERVICES_CATALOG_OFFERING_WIRE_H

#include "gaon/catalog/v1/catalog.pb-c.h"
#include "server/services/catalog/offering.h"

Gaon__Size *size_to_wire(struct arena *arena, const char *connection, const struct offering *offering);

#endif
