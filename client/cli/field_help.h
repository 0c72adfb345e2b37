/* SPDX-License-Identifier: Apache-2.0 */
/* field_help.h: the proto's own comment on each field, for --help. The table is made at build time. */
#ifndef GAON_CLI_FIELD_HELP_H
#define GAON_CLI_FIELD_HELP_H

#include <stddef.h>

struct field_help {
	const char *field; /* "gaon.iam.v1.CreateTenantRequest.parent" */
	const char *help;  /* its first sentence */
};

/** By field, in the order of strcmp. */
extern const struct field_help field_help_rows[];
extern const size_t field_help_count;

/** "" when the proto says nothing. */
const char *field_help(const char *message, const char *field);

#endif
