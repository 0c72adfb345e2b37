/* SPDX-License-Identifier: Apache-2.0 */
/* session.h: one account in one region, and how its APIs are asked. Inside the adapter only. */
#ifndef GAON_PROVIDERS_AWS_SESSION_H
#define GAON_PROVIDERS_AWS_SESSION_H

#include <pthread.h>

#include "providers/aws/action.h"
#include "providers/image.h"
#include "providers/kit/bearer.h"
#include "providers/kit/cloud.h"
#include "providers/network.h"
#include "providers/provider.h"
#include "providers/volume.h"

struct aws_options {
	const char **image_owners, **image_names, **instance_types, **bill_regions;
	size_t image_owner_count, image_name_count, instance_type_count, bill_region_count;
	const char *disk_type;        /* "gp3" */
	bool encrypts_disks;          /* those that we make */
	bool has_detailed_monitoring; /* machines are measured each minute, not each five */
	bool needs_metadata_token;    /* IMDSv2 only */
	int64_t role_duration_s;
};

/** A region's part of the Amazon world: where its APIs are. */
struct aws_partition {
	const char *prefix;                       /* of its regions */
	const char *suffix;                       /* of its hosts */
	const char *cost_region, *pricing_region; /* the one that serves them; NULL: nobody does */
};

struct aws_endpoint {
	const char *url;    /* NULL: the partition has none */
	const char *region; /* for the signature */
};

struct aws_credentials {
	const char *access_key_id, *secret_access_key, *session_token; /* the last may be NULL */
	const char *role_arn, *external_id;                            /* or NULL */
};

/** What is known of an image that machines are made of; it never changes. */
struct aws_image {
	const char *native_id, *root_device;
	int64_t min_disk_gib;
};

/** Look-ups that are kept in mind. */
struct aws_book {
	struct arena *arena;         /* of the known sizes', images' and other texts */
	struct arena *offered_arena; /* of the table below; NULL: not read yet */
	const struct provider_size *offered;
	size_t offered_count;
	int64_t offered_us;          /* when it was read, time_monotonic_us */
	struct provider_size *sizes; /* those that were met, offered or not */
	size_t size_count, size_capacity;
	struct aws_image *images;
	size_t image_count, image_capacity;
	const char *zone;    /* where a volume goes when nobody says */
	const char *account; /* "123456789012" */
};

struct provider_session {
	struct arena *arena;
	struct cloud *cloud;
	struct bearer *role; /* NULL: the keys are used as they are */
	const char *connection, *installation, *region;
	struct aws_endpoint endpoints[AWS_SERVICE_COUNT];
	bool is_default_endpoint;
	struct aws_options options;
	struct aws_credentials credentials;
	pthread_mutex_t mutex; /* guards the book; never held while something is asked */
	struct aws_book book;
};

#define AWS_TITLE "AWS"
#define AWS_TEXT_MOST 255
#define AWS_PAGE_MOST 200

/* ---- options.c ---- */
enum { AWS_OPTION_COUNT = 15 + CLOUD_OPTION_COUNT };
extern const struct provider_option aws_option_rows[AWS_OPTION_COUNT];
struct provider_result aws_options_read(struct arena *arena, const struct provider_config *config,
					struct aws_options *options);
struct provider_result aws_credentials_read(struct arena *arena, const struct json *json,
					    struct aws_credentials *credentials);

/* ---- endpoint.c ---- */
/** Fills session->endpoints from the endpoint, the region and the option "endpoints". */
struct provider_result aws_endpoints_read(struct arena *arena, const struct provider_config *config,
					  struct provider_session *session);
const struct aws_partition *aws_partition_of(const char *region);

/* ---- role.c ---- */
/** The keys to sign with now: the connection's own, or those of the role. */
struct provider_result aws_keys(struct provider_session *session, struct provider_call *call,
				struct aws_credentials *keys);
/** AWS refused these keys; true when another try may have better ones. */
bool aws_keys_renew(struct provider_session *session, const struct aws_credentials *refused);
struct bearer *aws_role_bearer(struct provider_session *session);
/** An answer of AssumeRole, as the text that the bearer keeps. For tests and fuzzing too. */
bool aws_role_read(struct arena *arena, const struct xml *root, const char **token, int64_t *expires_us);
bool aws_role_token_read(struct arena *arena, const char *token, struct aws_credentials *keys);

/* ---- query.c: the Query APIs ---- */
struct aws_query {
	struct arena *arena;
	enum aws_action action;
	struct http_header *fields;
	size_t count, capacity;
	unsigned filters, specifications;
	const struct aws_credentials *keys; /* NULL: the session's */
	const char *refusal;                /* out: AWS's code when it refused; NULL else */
};
struct aws_query aws_query_new(struct arena *arena, enum aws_action action);
/** A value of NULL adds nothing. */
void aws_query_add(struct aws_query *query, const char *name, const char *value);
void aws_query_add_int(struct aws_query *query, const char *name, int64_t value);
/** "<name>.<index>" */
void aws_query_add_at(struct aws_query *query, const char *name, size_t index, const char *value);
void aws_query_filter(struct aws_query *query, const char *name, const char *value);
void aws_query_filter_any(struct aws_query *query, const char *name, const char *const *values, size_t count);
/** Filters by this intent and this Gaon. */
void aws_query_filter_intent(struct aws_query *query, struct provider_session *session,
			     const struct provider_intent *intent);
/** Asks and reads the answer; `root` may be NULL when it says nothing. */
struct provider_result aws_ask(struct provider_session *session, struct provider_call *call, struct aws_query *query,
			       struct xml **root);

/* ---- send.c ---- */
struct aws_message {
	enum aws_action action;
	const char *body;
	const struct aws_credentials *keys; /* NULL: the session's */
};
struct aws_reply {
	struct cloud_request request;
	struct http_response response;
	const char *refusal; /* AWS's code when it refused; NULL else */
};
/** Signs, sends, and names what AWS refuses. */
struct provider_result aws_send(struct provider_session *session, struct provider_call *call,
				const struct aws_message *message, struct aws_reply *reply);
/** One of the JSON APIs. */
struct provider_result aws_ask_json(struct provider_session *session, struct provider_call *call,
				    enum aws_action action, const struct json *body, struct json **answer);

/* ---- error.c ---- */
struct aws_error {
	const char *code, *message, *request_id; /* NULL: not said */
};
/** From the body of a refusal, XML or JSON. */
struct aws_error aws_error_read(struct arena *arena, struct slice body);
enum provider_error aws_error_class(const char *code, int status, bool is_read);
/** For cloud_settings. */
enum provider_error aws_classify(const struct http_response *response, bool is_read);
/** The text for people: the code, what AWS says, and what to do. */
const char *aws_error_text(struct arena *arena, enum aws_action action, const struct aws_error *error,
			   enum provider_error class, int64_t clock_ahead_s);
/** "Sun, 06 Nov 1994 08:49:37 GMT", as in a Date header. */
bool aws_date_parse(const char *text, int64_t *time_us);
/** "ec2:CreateTags", from what AWS says of a refusal; NULL when it does not say. */
const char *aws_refused_right(struct arena *arena, const char *message);
/** NOT_FOUND of something that a spec names: our request is wrong. */
struct provider_result aws_named(struct provider_result result);
/** NOT_FOUND of what is deleted: done. */
struct provider_result aws_gone(struct provider_result result);

#endif
