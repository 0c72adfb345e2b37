/* SPDX-License-Identifier: Apache-2.0 */
/* yaml.h: JSON values as YAML 1.2 block style, every doubtful text quoted as JSON quotes it. */
#ifndef GAON_CLI_YAML_H
#define GAON_CLI_YAML_H

#include "runtime/base/json.h"

char *yaml_print(struct arena *arena, const struct json *value);

#endif
