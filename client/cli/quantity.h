/* SPDX-License-Identifier: Apache-2.0 */
/* quantity.h: numbers whose unit is in the field's name: memory_mib takes "4GiB" and shows "4 GiB". */
#ifndef GAON_CLI_QUANTITY_H
#define GAON_CLI_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/arena.h"

/** A whole number, or one with a unit that the field's name allows and that comes out even. */
bool quantity_parse(const char *field, const char *text, int64_t *number);
/** " (or with a unit: 4GiB)" for help and messages; "" when the field has no unit. */
const char *quantity_hint(const char *field);
/** "4 GiB", "15 %", "30 days"; the plain number when the name tells no unit. */
char *quantity_format(struct arena *arena, const char *field, int64_t number);

#endif
