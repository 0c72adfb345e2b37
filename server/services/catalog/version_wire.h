/* SPDX-License-Identifier: Apache-2.0 */
/* version_wire.h: versions and their parameters as messages. */
#ifndef GAON_SERVICES_CATALOG_VERSION_WIRE_H
#define GAON_SERVICES_CATALOG_VERSION_WIRE_H

#include "gaon/catalog/v1/catalog.pb-c.h"
#include "server/services/catalog/version_store.h"

void version_to_wire(struct arena *arena, const struct version *version, Gaon__ProductVersion *message);
Gaon__Parameter *parameter_to_wire(struct arena *arena, const struct parameter *parameter);
void parameters_from_wire(struct arena *arena, const Gaon__ProductVersion *message, struct version *version);
void targets_from_wire(struct arena *arena, const Gaon__ProductVersion *message, struct version *version);
void placement_from_wire(struct arena *arena, const Gaon__ProductVersion *message, struct version *version);
void sizes_from_wire(struct arena *arena, const Gaon__ProductVersion *message, struct version *version);

#endif
