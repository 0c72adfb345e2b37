/* SPDX-License-Identifier: Apache-2.0 */
/* mark.h: tags: our marks on things, and those of people. */
#ifndef GAON_PROVIDERS_AWS_MARK_H
#define GAON_PROVIDERS_AWS_MARK_H

#include "providers/aws/session.h"

#define AWS_MARK_PREFIX "gaon:"
#define AWS_MARK_RESOURCE AWS_MARK_PREFIX "resource"
#define AWS_MARK_OPERATION AWS_MARK_PREFIX "operation"
#define AWS_MARK_CONNECTION AWS_MARK_PREFIX "connection"
#define AWS_MARK_INSTALLATION AWS_MARK_PREFIX "installation"
#define AWS_MARK_TENANT AWS_MARK_PREFIX "tenant"
#define AWS_MARK_PROJECT AWS_MARK_PREFIX "project"
/* Of a key pair: SHA-256 of the key, which AWS does not give back. */
#define AWS_MARK_KEY AWS_MARK_PREFIX "key-sha256"
/* Of a volume's snapshot: its name. */
#define AWS_MARK_NAME AWS_MARK_PREFIX "snapshot"
/* Of the snapshots that are one of a machine: its id, the machine, which attempt made them, and what disk stood at a
 * device. */
#define AWS_MARK_SET AWS_MARK_PREFIX "snapshot-set"
#define AWS_MARK_MACHINE AWS_MARK_PREFIX "machine"
#define AWS_MARK_ATTEMPT AWS_MARK_PREFIX "attempt"
#define AWS_MARK_DEVICE AWS_MARK_PREFIX "device:"
/* Of a disk that a revert took out: which attempt did. */
#define AWS_MARK_REPLACED AWS_MARK_PREFIX "replaced-by"

#define AWS_TAGS_MOST 40 /* of people; a thing has 50 at most, and ours are among them */

/** The next TagSpecification: Name (may be NULL), our marks, and `tags` (object of texts, may be NULL). */
void aws_mark(struct aws_query *query, struct provider_session *session, const char *kind, const char *name,
	      const struct provider_intent *intent, const struct json *tags);

/** A TagSpecification of its own kind: begin, add each. */
struct aws_tagging {
	struct aws_query *query;
	const char *prefix;
	size_t count;
};
struct aws_tagging aws_tagging_begin(struct aws_query *query, const char *kind);
/** Tag.N of CreateTags and DeleteTags. */
struct aws_tagging aws_tagging_bare(struct aws_query *query);
void aws_tagging_add(struct aws_tagging *tagging, const char *key, const char *value);
/** Connection and installation: for things without an intent. */
void aws_tagging_ours(struct aws_tagging *tagging, struct provider_session *session);

/** The value of a tag in <tagSet>; NULL: there is none. */
const char *aws_tag(const struct xml *thing, const char *key);
/** Our marks; all NULL unless all four are there. */
struct provider_marks aws_marks_read(const struct xml *thing);
/** The tags of people: an object of texts. */
const struct json *aws_tags_read(struct arena *arena, const struct xml *thing);
/** The tag Name, or `otherwise`. */
const char *aws_name_read(const struct xml *thing, const char *otherwise);

/** INVALID with the tag that cannot be one. */
struct provider_result aws_tags_check(struct arena *arena, const struct json *tags);
struct provider_result aws_intent_check(struct arena *arena, const struct provider_intent *intent, const char *name);

#endif
