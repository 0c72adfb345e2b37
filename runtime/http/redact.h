/* SPDX-License-Identifier: Apache-2.0 */
/* redact.h: taking secrets out of what is written down, by name, and rather too many. Private to runtime/http. */
#ifndef GAON_HTTP_REDACT_H
#define GAON_HTTP_REDACT_H

#include "runtime/base/arena.h"
#include "runtime/base/slice.h"

#define REDACTED "REMOVED"

/** Whether a header, parameter, member or element of this name is taken to hold a secret: "X-Auth-Token", "adminPass" …
 */
bool redact_is_secret(const char *name);
/** The values of secret query parameters removed. */
char *redact_url(struct arena *arena, const char *url);
/** JSON, XML and forms with their secret values removed; everything else as it is. */
struct slice redact_body(struct arena *arena, struct slice body);

#endif
