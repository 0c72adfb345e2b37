/* SPDX-License-Identifier: Apache-2.0 */
/* openstack.h: the row of the OpenStack adapter. */
#ifndef GAON_PROVIDERS_OPENSTACK_OPENSTACK_H
#define GAON_PROVIDERS_OPENSTACK_OPENSTACK_H

#include "providers/provider.h"

extern const struct provider provider_openstack;

#endif
