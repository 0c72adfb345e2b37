/* SPDX-License-Identifier: Apache-2.0 */
/* special.h: the few commands that are more than one RPC. */
#ifndef GAON_CLI_SPECIAL_H
#define GAON_CLI_SPECIAL_H

#include "client/cli/arguments.h"

/* special_access.c */
struct status special_bootstrap(struct session *session, const struct command *command,
				const struct arguments *arguments);
struct status special_create_key(struct session *session, const struct command *command,
				 const struct arguments *arguments);
struct status special_add_binding(struct session *session, const struct command *command,
				  const struct arguments *arguments);
struct status special_remove_binding(struct session *session, const struct command *command,
				     const struct arguments *arguments);
struct status special_verify_audit(struct session *session, const struct command *command,
				   const struct arguments *arguments);

struct status special_provider(struct session *session, const struct command *command,
			       const struct arguments *arguments);

/* special_order.c */
struct status special_preview(struct session *session, const struct command *command,
			      const struct arguments *arguments);
struct status special_order(struct session *session, const struct command *command, const struct arguments *arguments);
struct status special_approve(struct session *session, const struct command *command,
			      const struct arguments *arguments);

/* special_machine.c */
struct status special_lease(struct session *session, const struct command *command, const struct arguments *arguments);
struct status special_console(struct session *session, const struct command *command,
			      const struct arguments *arguments);
struct status special_metrics(struct session *session, const struct command *command,
			      const struct arguments *arguments);
struct status special_screen(struct session *session, const struct command *command, const struct arguments *arguments);
struct status special_sweep(struct session *session, const struct command *command, const struct arguments *arguments);
struct status special_watch_operation(struct session *session, const struct command *command,
				      const struct arguments *arguments);

#endif
