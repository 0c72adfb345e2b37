/* SPDX-License-Identifier: Apache-2.0 */
/* connection_wire.h: a connection and its capabilities as messages. */
#ifndef GAON_SERVICES_CATALOG_CONNECTION_WIRE_H
#define GAON_SERVICES_CATALOG_CONNECTION_WIRE_H

#include "gaon/catalog/v1/catalog.pb-c.h"
#include "runtime/base/json.h"
#include "server/services/catalog/connection_store.h"

MUST_CHECK struct status connection_to_wire(struct arena *arena, const struct connection *connection,
					    Gaon__Connection *message);
/** From the JSON of capabilities_of. */
Gaon__Capability **capabilities_to_wire(struct arena *arena, const struct json *capabilities, size_t *count);

#endif
