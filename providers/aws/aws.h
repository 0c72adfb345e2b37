/* SPDX-License-Identifier: Apache-2.0 */
/* aws.h: the row of Amazon Web Services. */
#ifndef GAON_PROVIDERS_AWS_AWS_H
#define GAON_PROVIDERS_AWS_AWS_H

#include "providers/provider.h"

extern const struct provider provider_aws;

#endif
