/* SPDX-License-Identifier: Apache-2.0 */
/* resource.h: full resource names from what people type. */
#ifndef GAON_CLI_RESOURCE_H
#define GAON_CLI_RESOURCE_H

#include "client/cli/command.h"

/**
 * "web1" of the collection "machine" → "tenants/acme/projects/web/machines/0193…": the context gives what is missing,
 * and the server is asked which machine is called so. Full names, and names relative to the tenant or project
 * ("machines/0193…"), pass. Fails CONTEXT_INCOMPLETE, NOT_FOUND, AMBIGUOUS_NAME.
 */
MUST_CHECK struct status resource_name(struct session *session, const char *collection, const char *text,
				       const char **name);

/** What `parent` is when nobody says it. Fails CONTEXT_INCOMPLETE. */
MUST_CHECK struct status resource_scope(struct session *session, enum scope scope, const char **name);

/** Completes the short names in all fields that refer to other resources (product, members, rate_card …), at any depth.
 */
MUST_CHECK struct status resource_complete(struct session *session, ProtobufCMessage *message);

#endif
