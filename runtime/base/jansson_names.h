/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jansson_names.h: jansson beside json.h in one file, for json*.c only. Both say JSON_OBJECT and the like; jansson's are renamed
 * here. So do not use its macros json_is_…: they would mean our numbers. Its functions json_object(), json_array() and
 * json_real() hide behind macros of json.h; a call in parentheses, (json_object)(), reaches jansson.
 */
#ifndef GAON_BASE_JANSSON_NAMES_H
#define GAON_BASE_JANSSON_NAMES_H

#define JSON_OBJECT JANSSON_OBJECT
#define JSON_ARRAY JANSSON_ARRAY
#define JSON_REAL JANSSON_REAL
#define JSON_NULL JANSSON_NULL
#include <jansson.h>
#undef JSON_OBJECT
#undef JSON_ARRAY
#undef JSON_REAL
#undef JSON_NULL

#include "runtime/base/json.h"

static inline json_t *json_native(const struct json *value)
{
	/* jansson counts references inside the value, so it takes no const. */
	return (json_t *)(uintptr_t)value;
}

#endif
