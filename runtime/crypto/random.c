/* SPDX-License-Identifier: Apache-2.0 */
/* random.c: over OpenSSL's RAND_bytes. */
#include "runtime/crypto/random.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/rand.h>

#include "runtime/base/memory.h"
#include "runtime/base/text.h"

struct status random_bytes(struct arena *arena, void *bytes, size_t size)
{
	if (size > INT_MAX || RAND_bytes(bytes, (int)size) != 1) {
		ERR_clear_error();
		return status_fail(arena, STATUS_INTERNAL, "RANDOM_UNAVAILABLE",
				   "the host gives no random numbers; check its entropy source");
	}
	return OK;
}

struct status random_text(struct arena *arena, size_t size, char **text)
{
	char *bytes = arena_alloc(arena, size);

	TRY(random_bytes(arena, bytes, size));
	*text = text_to_base64url(arena, slice_of(bytes, size));
	memory_wipe(bytes, size);
	return OK;
}
