/* SPDX-License-Identifier: Apache-2.0 */
/* field_help.c: see field_help.h. */
#include "client/cli/field_help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *key, const void *row)
{
	return strcmp(key, ((const struct field_help *)row)->field);
}

const char *field_help(const char *message, const char *field)
{
	const struct field_help *found;
	char key[256];

	snprintf(key, sizeof(key), "%s.%s", message, field);
	found = bsearch(key, field_help_rows, field_help_count, sizeof(field_help_rows[0]), compare);
	return found ? found->help : "";
}
