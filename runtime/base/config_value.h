/* SPDX-License-Identifier: Apache-2.0 */
/* config_value.h: how one setting is written, for config.c only. */
#ifndef GAON_BASE_CONFIG_VALUE_H
#define GAON_BASE_CONFIG_VALUE_H

#include "runtime/base/config.h"

/**
 * Checks `text` against the option and gives the number it stands for (0 for a text). On failure `*wanted` says what would be
 * right, as the end of a sentence; the value itself is not in it.
 */
bool config_value_parse(struct arena *arena, const struct config_option *option, const char *text, int64_t *number,
			const char **wanted);

#endif
