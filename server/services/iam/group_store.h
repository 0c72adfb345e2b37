/* SPDX-License-Identifier: Apache-2.0 */
/* group_store.h: the SQL of groups and who is in them. */
#ifndef GAON_SERVICES_IAM_GROUP_STORE_H
#define GAON_SERVICES_IAM_GROUP_STORE_H

#include "server/store/store.h"

struct group {
	const char *name, *tenant, *display_name;
	const char **members;
	size_t member_count;
	int64_t revision, create_us, update_us;
};

/** ALREADY_EXISTS / GROUP_EXISTS. */
MUST_CHECK struct status group_insert(struct store_tx *tx, const struct group *group);
/** With its members. NOT_FOUND / GROUP_NOT_FOUND. */
MUST_CHECK struct status group_find(struct store_tx *tx, const char *name, struct group *group);
MUST_CHECK struct status group_exists(struct store_tx *tx, const char *name, bool *exists);
/** With its members, memberships and bindings. */
MUST_CHECK struct status group_delete(struct store_tx *tx, const char *name);
/** Groups of one tenant with their members, after `after`, by name, at most `limit`. */
MUST_CHECK struct status group_page(struct store_tx *tx, const char *tenant, const char *after, unsigned limit,
				    struct group **groups, size_t *count);

/** *changed false when it was in it already, or was not. */
MUST_CHECK struct status group_add(struct store_tx *tx, const char *group, const char *member, bool *changed);
MUST_CHECK struct status group_remove(struct store_tx *tx, const char *group, const char *member, bool *changed);
MUST_CHECK struct status group_touch(struct store_tx *tx, const char *group, int64_t at_us);

/** `member` itself, then every group that it is in, nested ones too, at most `limit` names. */
MUST_CHECK struct status group_closure(struct store_tx *tx, const char *member, unsigned limit, const char ***names,
				       size_t *count);
/** The longest chain of groups that `group` is the top of, itself included: 1 when it holds no group. */
MUST_CHECK struct status group_height(struct store_tx *tx, const char *group, int64_t *height);
/** The longest chain of groups that `group` is the bottom of, itself included. */
MUST_CHECK struct status group_depth(struct store_tx *tx, const char *group, int64_t *depth);

#endif
