/* SPDX-License-Identifier: Apache-2.0 */
/* session.h: one Prism Central: how it is reached, which of its APIs is spoken, how it is asked. */
#ifndef GAON_PROVIDERS_NUTANIX_SESSION_H
#define GAON_PROVIDERS_NUTANIX_SESSION_H

#include <pthread.h>

#include "providers/image.h"
#include "providers/kit/cloud.h"
#include "providers/provider.h"
#include "providers/size.h"
#include "providers/volume.h"

enum nutanix_api { NUTANIX_API_UNKNOWN, NUTANIX_API_V3, NUTANIX_API_V4 };
enum {
	NUTANIX_OPTION_COUNT = 12 + CLOUD_OPTION_COUNT,
	NUTANIX_NAME_MOST = 80,         /* of a machine: what v4 takes, the stricter of the two */
	NUTANIX_SNAPSHOT_NAME_MOST = 57, /* of a recovery point 64, less our suffix */
	NUTANIX_DESCRIPTION_MOST = 1000,
	NUTANIX_EDITS_MOST = 4, /* how often an edit is read and written again when somebody else was faster */
};
#define NUTANIX_MIB (INT64_C(1024) * 1024)
#define NUTANIX_GIB (NUTANIX_MIB * 1024)

struct nutanix_options {
	enum nutanix_api api; /* UNKNOWN: whichever answers */
	int minor;            /* of v4 */
	const char *cluster, *network, *storage_container, *project; /* UUIDs, or NULL */
	const char *boot;                                            /* "LEGACY", "UEFI" */
	const struct json *templates;                                /* array of UUIDs, or NULL */
	struct provider_size_table sizes;
};
extern const struct provider_option nutanix_option_rows[NUTANIX_OPTION_COUNT];
/** Reads the connection's options into `arena`; INVALID with the one that is wrong. */
struct provider_result nutanix_options_read(struct arena *arena, const struct provider_config *config,
					    struct nutanix_options *options);

/** A category as v4 refers to it, by id; as people do, by key and value. */
struct nutanix_category {
	const char *id, *key, *value;
	struct nutanix_category *next;
};

struct provider_session {
	struct arena *arena;
	struct cloud *cloud;
	const char *endpoint; /* without a slash at its end */
	const char *connection, *installation;
	struct http_header credentials; /* the one header that lets us in */
	struct nutanix_options options;

	pthread_mutex_t mutex; /* guards what follows: found out on the way, by whoever needs it first */
	enum nutanix_api api;
	struct arena *categories_arena;
	struct nutanix_category *categories;
	size_t category_count;
};

struct provider_result nutanix_check(struct arena *arena, const struct provider_config *config);
struct provider_result nutanix_open(struct provider_call *call, const struct provider_config *config,
				    struct provider_session **session);
void nutanix_close(struct provider_session *session);
struct provider_result nutanix_probe(struct provider_session *session, struct provider_call *call,
				     struct provider_info *info);
/** Which API this Prism Central is spoken to with: the option's, or v4 when it answers, else v3. Asked once a session. */
struct provider_result nutanix_api_choose(struct provider_session *session, struct provider_call *call,
					  enum nutanix_api *api);

/* ---- request.c: one exchange ---- */

struct nutanix_request {
	const char *method;
	const char *path;          /* from "/api/" on, with its query, encoded */
	const struct json *body;   /* or NULL */
	const char *what;          /* for messages: "creating the machine" */
	bool is_read;              /* also a POST that lists */
	const char *bucket;
	const char *etag;          /* If-Match, or NULL */
	const char *request_id;    /* NTNX-Request-Id of a v4 change */
};
struct nutanix_answer {
	int status;
	struct json *body; /* NULL when it was empty */
	const char *etag;  /* or NULL */
	const char *date;  /* the Date header, or NULL */
};
/** OK means that Prism Central said yes (2xx); anything else is a failure with its class. */
struct provider_result nutanix_send(struct provider_session *session, struct provider_call *call,
				    const struct nutanix_request *request, struct nutanix_answer *answer);

/* ---- failure.c: what went wrong, in their words ---- */

/** The class and a text of an error body of v3 or v4; `otherwise` when the body says nothing that is known. */
enum provider_error nutanix_error_read(struct arena *arena, const struct json *body, enum provider_error otherwise,
				       const char **text);
/** Of a failed task, v3 or v4. */
struct provider_result nutanix_task_failure(struct arena *arena, const struct json *task);
/** cloud_settings.classify. */
enum provider_error nutanix_classify(const struct http_response *response, bool is_read);

#endif
