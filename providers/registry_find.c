/* SPDX-License-Identifier: Apache-2.0 */
/* registry_find.c: a row by its kind. The table itself is generated. */
#include "providers/provider.h"

#include "runtime/base/text.h"

const struct provider *provider_find(const char *kind)
{
	for (size_t i = 0; i < provider_count; i++)
		if (text_equal(providers[i]->kind, kind))
			return providers[i];
	return NULL;
}
