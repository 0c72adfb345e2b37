/* SPDX-License-Identifier: Apache-2.0 */
/* libvirt.h: the row of the libvirt adapter. */
#ifndef GAON_PROVIDERS_LIBVIRT_LIBVIRT_H
#define GAON_PROVIDERS_LIBVIRT_LIBVIRT_H

#include "providers/provider.h"

extern const struct provider provider_libvirt;

#endif
