/* SPDX-License-Identifier: Apache-2.0 */
/* common.h: what the two dialects share: marks, checked specs, handles of tasks, pages. */
#ifndef GAON_PROVIDERS_NUTANIX_COMMON_H
#define GAON_PROVIDERS_NUTANIX_COMMON_H

#include "providers/nutanix/session.h"

/* ---- the dialects: each speaks all verbs but those of dispatch.c ---- */

extern const struct provider_ops nutanix_v3_ops, nutanix_v4_ops;

/* ---- marks.c: one line at the end of the description, which v3 and v4 both keep ---- */

/** What we write onto a thing. All NULL: it bears none of ours. */
struct nutanix_marks {
	struct provider_marks ours;
	const char *image, *size; /* native ids, or NULL */
	const char *tags;         /* the keys of the categories that are tags of ours: "team,stage"; NULL: none */
};
/** The marks of a new thing of this session. */
struct nutanix_marks nutanix_marks_new(const struct provider_session *session, const struct provider_intent *intent);
/** `text` (may be NULL) is what people wrote; it comes first. INVALID when it is more than a description holds. */
struct provider_result nutanix_marks_print(struct arena *arena, const char *text, const struct nutanix_marks *marks,
					   const char **description);
/** Splits a description; `*text` (may be NULL) gets what people wrote. A line that is not whole is no mark. */
struct nutanix_marks nutanix_marks_read(struct arena *arena, const char *description, const char **text);
/** True when the thing was made for this intent by this Gaon. */
bool nutanix_marks_are(const struct nutanix_marks *marks, const struct provider_session *session,
		       const struct provider_intent *intent);

/* ---- handle.c ---- */

enum { NUTANIX_HANDLE_PARTS = 5 };
/** Of a task: enough to ask again after a restart. `extra` is base64url or a UUID; "" where there is none. */
struct nutanix_handle {
	enum nutanix_api api;
	const char *stage;  /* "create" */
	const char *task;   /* its id at Prism Central, or "-" */
	const char *entity; /* UUID of what it is about, or "-" */
	const char *extra;
};
const char *nutanix_handle_print(struct arena *arena, const struct nutanix_handle *handle);
/** NOT_FOUND when it is none of ours. */
struct provider_result nutanix_handle_read(struct arena *arena, const char *text, struct nutanix_handle *handle);

/* ---- spec.c: what is asked for, checked as far as that goes without asking ---- */

/** INVALID unless it has 1 to `most` printable characters. */
struct provider_result nutanix_name_check(struct arena *arena, const char *name, size_t most);
/** The whole of a machine's spec that needs no question; `numbers` gets what its size means. */
struct provider_result nutanix_spec_check(struct provider_session *session, struct provider_call *call,
					  const struct provider_machine_spec *spec, struct provider_resize_spec *numbers);
/** "vm:<uuid>" is a template; gives its UUID, else NULL. */
const char *nutanix_template_of(const char *image);
/** Networks in order, `spec->network` or the option's first; NULL-terminated. */
const char **nutanix_networks_of(const struct provider_session *session, struct arena *arena,
				 const struct provider_machine_spec *spec);
/** cloud-init's parts in base64; both NULL when the machine needs none. */
struct nutanix_seed {
	const char *user_data, *meta_data;
};
struct nutanix_seed nutanix_seed_of(struct arena *arena, const struct provider_machine_spec *spec);

/* ---- point.c ---- */

struct nutanix_point {
	const char *id;    /* of the whole, which is deleted */
	const char *of_vm; /* of the machine's part, which is reverted to */
	const char *name;  /* the snapshot's */
	const char *state; /* v3's word, or NULL */
	int64_t created_us;
};
/** A dialect's: those of a machine that were made here, oldest first. */
typedef struct provider_result nutanix_points_of(struct provider_session *session, struct provider_call *call, const char *machine,
						 struct nutanix_point **points, size_t *count);
void nutanix_points_sort(struct nutanix_point *points, size_t count);
struct provider_result nutanix_point_find(struct provider_session *session, struct provider_call *call, nutanix_points_of *points_of,
					  const char *machine, const char *name, const struct nutanix_point **found);
struct provider_result nutanix_points_list(struct provider_session *session, struct provider_call *call, nutanix_points_of *points_of,
					   const char *machine, struct provider_snapshot **snapshots, size_t *count);

/* ---- cluster.c ---- */

typedef struct provider_result nutanix_regions_of(struct provider_session *session, struct provider_call *call,
						  struct provider_page *page, struct provider_region **regions, size_t *count);
/** Behind the regions the zones that this connection uses; there must be room for as many again. */
void nutanix_zones_add(const struct provider_session *session, struct provider_region *regions, size_t *count);
/** The option's, or the only one; INVALID when it is not clear. */
struct provider_result nutanix_cluster_choose(struct provider_session *session, struct provider_call *call,
					      nutanix_regions_of *regions_of, const char **cluster);

/* ---- tags.c ---- */

/** As a category may be called in this API; reading takes both ways. "" has a form of its own. */
const char *nutanix_tag_encode(struct arena *arena, const char *text, enum nutanix_api api);
const char *nutanix_tag_decode(struct arena *arena, const char *text);
/** INVALID with the tag that cannot be a category. */
struct provider_result nutanix_tags_check(struct arena *arena, const struct json *tags, enum nutanix_api api);
/** The keys of `tags`, as the marks keep them; NULL: none. */
const char *nutanix_tag_keys(struct arena *arena, const struct json *tags);
bool nutanix_tag_is_ours(struct arena *arena, const char *keys, const char *category_key);

/* ---- common.c ---- */

/** NOT_FOUND unless it has the form of an id of Prism Central. */
struct provider_result nutanix_id_check(struct arena *arena, const char *what, const char *native_id);
/** A UUID (version 8) of ours that is always the same for these texts. */
const char *nutanix_uuid_of(struct arena *arena, const char *purpose, const char *seed, unsigned number);
/** A list by offset and length: reads `page`, INVALID for a token that is none; `most` is what the API allows. */
struct provider_result nutanix_page_read(struct arena *arena, const struct provider_page *page, unsigned most, int64_t *offset,
					 unsigned *length);
void nutanix_page_next(struct arena *arena, struct provider_page *page, int64_t offset, unsigned length, size_t received,
		       int64_t total);
/** RFC 3339 to microseconds; 0 when it is none. */
int64_t nutanix_time_of(const struct json *text);
int64_t nutanix_gib_up(int64_t bytes);
/** Sockets times cores of each; 0 when that is no number of vCPUs. */
int32_t nutanix_vcpus_of(int64_t sockets, int64_t cores);
/** A JSON object of texts: {"kind": …} and the like. */
struct json *nutanix_object(struct arena *arena, const char *key, const char *value);
/** The state that a power state of v3 or v4 means. */
enum provider_machine_state nutanix_power_state(const char *word);
/** CONFLICT when the row's trait does not allow the verb in this state. */
struct provider_result nutanix_state_check(struct arena *arena, enum provider_verb verb, enum provider_machine_state state,
					   const char *native_state);
/** The name of a recovery point of ours from a snapshot's, and back (NULL: it is not ours). */
const char *nutanix_snapshot_name_print(struct arena *arena, const char *name);
const char *nutanix_snapshot_name_read(struct arena *arena, const char *name);
/** INVALID unless it starts before it ends and is no longer than a year. */
struct provider_result nutanix_metrics_check(struct arena *arena, const struct provider_metrics_query *query);
/** For a row whose id is in none of the lists: the session's templates, as images. */
size_t nutanix_template_count(const struct provider_session *session);

#endif
