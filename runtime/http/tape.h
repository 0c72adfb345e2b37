/* SPDX-License-Identifier: Apache-2.0 */
/* tape.h: exchanges in a JSON file, secrets removed, to be played back in tests. Private to runtime/http. */
#ifndef GAON_HTTP_TAPE_H
#define GAON_HTTP_TAPE_H

#include "runtime/http/http.h"

struct tape;

/** An empty tape that is written to `path` when it is freed. */
struct tape *tape_new(const char *path);
/** Fails INVALID_ARGUMENT / HTTP_OPTIONS_INVALID when the file is no recording. */
MUST_CHECK struct status tape_load(struct arena *arena, const char *path, struct tape **tape);
void tape_free(struct tape *tape);

void tape_record(struct tape *tape, const struct http_request *request, const struct http_response *response);
/**
 * The first exchange not yet played with this method and URL, preferring one with this body.
 * Fails NOT_FOUND / HTTP_NOT_RECORDED.
 */
MUST_CHECK struct status tape_play(struct tape *tape, struct arena *arena, const struct http_request *request,
				   struct http_response *response);

#endif
