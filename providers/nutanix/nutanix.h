/* SPDX-License-Identifier: Apache-2.0 */
/* nutanix.h: the row of the Nutanix adapter. */
#ifndef GAON_PROVIDERS_NUTANIX_NUTANIX_H
#define GAON_PROVIDERS_NUTANIX_NUTANIX_H

#include "providers/provider.h"

extern const struct provider provider_nutanix;

#endif
