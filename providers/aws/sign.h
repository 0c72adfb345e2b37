/* SPDX-License-Identifier: Apache-2.0 */
/* sign.h: AWS Signature Version 4: a request is proven by HMAC-SHA-256, and the secret never leaves. */
#ifndef GAON_PROVIDERS_AWS_SIGN_H
#define GAON_PROVIDERS_AWS_SIGN_H

#include "runtime/base/arena.h"
#include "runtime/base/slice.h"
#include "runtime/http/http.h"

struct sign_key {
	const char *access_key_id, *secret_access_key;
	const char *region, *service; /* "eu-west-1", "ec2" */
};

/** What is signed: path and query as they go out; of the headers all that are given, so leave out what a proxy may
 * change. */
struct sign_request {
	const char *method, *path, *query; /* query without its '?'; may be NULL */
	const struct http_header *headers; /* with Host and X-Amz-Date */
	size_t header_count;
	struct slice body;
	const char *date; /* as in X-Amz-Date: "20150830T123600Z" */
};

struct sign_result {
	const char *canonical;     /* the canonical request */
	const char *to_sign;       /* the string to sign */
	const char *authorization; /* value of the header Authorization */
};

struct sign_result aws_sign(struct arena *arena, const struct sign_key *key, const struct sign_request *request);

/** "20150830T123600Z" */
const char *aws_sign_date(struct arena *arena, int64_t time_us);

#endif
