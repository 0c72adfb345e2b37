/* SPDX-License-Identifier: Apache-2.0 */
/* secret.c: secrets that people hold. */
#include "server/services/iam/secret.h"

#include "runtime/base/memory.h"
#include "runtime/base/text.h"
#include "runtime/crypto/digest.h"
#include "runtime/crypto/random.h"

struct status secret_new(struct arena *arena, const char **secret)
{
	char *text;

	TRY(random_text(arena, 32, &text));
	*secret = text;
	return OK;
}

struct status secret_new_hex(struct arena *arena, const char **secret)
{
	unsigned char bits[SECRET_SIZE_HEX / 2];

	TRY(random_bytes(arena, bits, sizeof bits));
	*secret = text_to_hex(arena, slice_of(bits, sizeof bits));
	memory_wipe(bits, sizeof bits);
	return OK;
}

struct slice secret_hash(struct arena *arena, const char *purpose, const char *id, struct slice secret)
{
	/* Before iam_new (tools that only look) there is no key; what was sealed with one then does not match. */
	static const unsigned char no_key[32];
	const struct iam *iam = iam_of_process();
	struct text form = text_new(arena);
	unsigned char *mac = arena_alloc(arena, HASH_SIZE);

	text_printf(&form, "%zu:%s%zu:%s%zu:", strlen(purpose), purpose, strlen(id), id, secret.size);
	text_append_slice(&form, secret);
	digest_hmac_sha256(slice_of(iam != NULL ? iam->secret : no_key, 32), slice_of(form.data, form.size), mac);
	memory_wipe(form.data, form.size);
	return slice_of(mac, HASH_SIZE);
}
