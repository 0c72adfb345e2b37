/* SPDX-License-Identifier: Apache-2.0 */
/* seal.c: AES-256-GCM with a header that names the key. */
#include "runtime/crypto/seal.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "runtime/base/text.h"
#include "runtime/crypto/random.h"
#include "runtime/crypto/seal_key.h"

enum { VERSION = 1, PREFIX_SIZE = 2, NONCE_SIZE = 12, TAG_SIZE = 16 };

/* Only bytes, so no padding: this is also how a wrapped key looks inside. */
struct seal_key {
	char id[SEAL_KEY_ID_SIZE + 1];
	unsigned char secret[SEAL_KEY_SIZE];
};

/* The parts of a sealed text, borrowed from it. */
struct parts {
	struct slice header; /* version, size, id: authenticated */
	struct slice id;
	const unsigned char *nonce;
	const unsigned char *tag;
	struct slice cipher;
};

static bool is_key_id(const char *id)
{
	size_t size = id ? strnlen(id, SEAL_KEY_ID_SIZE + 1) : 0;

	return size > 0 && size <= SEAL_KEY_ID_SIZE &&
	       strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == size;
}

struct status seal_key_new(struct arena *arena, const char *id, struct slice secret, struct seal_key **key)
{
	if (!is_key_id(id))
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "SEAL_KEY_INVALID",
				   "a key's id must be 1 to %d characters of letters, digits, '.', '_' and '-'",
				   SEAL_KEY_ID_SIZE);
	if (secret.size != SEAL_KEY_SIZE)
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "SEAL_KEY_INVALID",
				   "the key \"%s\" must have %d bytes, not %zu", id, SEAL_KEY_SIZE, secret.size);

	struct seal_key *made = MEMORY_NEW(struct seal_key);
	memcpy(made->id, id, strlen(id) + 1);
	memcpy(made->secret, secret.data, SEAL_KEY_SIZE);
	*key = made;
	return OK;
}

struct status seal_key_generate(struct arena *arena, const char *id, struct seal_key **key)
{
	unsigned char secret[SEAL_KEY_SIZE];

	TRY(random_bytes(arena, secret, sizeof secret));
	struct status status = seal_key_new(arena, id, slice_of(secret, sizeof secret), key);
	memory_wipe(secret, sizeof secret);
	return status;
}

void seal_key_free(struct seal_key *key)
{
	if (!key)
		return;
	memory_wipe(key, sizeof *key);
	memory_free(key);
}

const char *seal_key_id(const struct seal_key *key)
{
	return key->id;
}

static void free_context(void *context)
{
	EVP_CIPHER_CTX_free(context);
}

static EVP_CIPHER_CTX *cipher_new(struct arena *arena)
{
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();

	if (cipher)
		arena_defer(arena, free_context, cipher);
	return cipher;
}

/*
 * Additional data: the header, whose size its second byte tells, then the context. So no two pairs run together the
 * same.
 */
static bool authenticate(EVP_CIPHER_CTX *cipher, struct slice header, struct slice context)
{
	int size;

	if (context.size > INT_MAX)
		return false;
	if (EVP_CipherUpdate(cipher, NULL, &size, (const unsigned char *)header.data, (int)header.size) != 1)
		return false;
	return context.size == 0 ||
	       EVP_CipherUpdate(cipher, NULL, &size, (const unsigned char *)context.data, (int)context.size) == 1;
}

static bool encrypt(EVP_CIPHER_CTX *cipher, const struct seal_key *key, const struct parts *parts, struct slice plain,
		    struct slice context)
{
	unsigned char *out = (unsigned char *)(uintptr_t)parts->cipher.data;
	int size = 0;

	if (!cipher || plain.size > INT_MAX)
		return false;
	if (EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, key->secret, parts->nonce) != 1)
		return false;
	if (!authenticate(cipher, parts->header, context))
		return false;
	if (plain.size > 0 &&
	    EVP_EncryptUpdate(cipher, out, &size, (const unsigned char *)plain.data, (int)plain.size) != 1)
		return false;
	return EVP_EncryptFinal_ex(cipher, out + size, &size) == 1 &&
	       EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, (void *)(uintptr_t)parts->tag) == 1;
}

static bool decrypt(EVP_CIPHER_CTX *cipher, const struct seal_key *key, const struct parts *parts, struct slice context,
		    unsigned char *plain)
{
	int size = 0;

	if (!cipher || parts->cipher.size > INT_MAX)
		return false;
	if (EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, key->secret, parts->nonce) != 1)
		return false;
	if (!authenticate(cipher, parts->header, context))
		return false;
	if (parts->cipher.size > 0 && EVP_DecryptUpdate(cipher, plain, &size, (const unsigned char *)parts->cipher.data,
							(int)parts->cipher.size) != 1)
		return false;
	return EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, (void *)(uintptr_t)parts->tag) == 1 &&
	       EVP_DecryptFinal_ex(cipher, plain + size, &size) == 1;
}

/* Where everything lies in `bytes`, given the size of the id. */
static struct parts parts_of(struct slice bytes, size_t id_size)
{
	const unsigned char *data = (const unsigned char *)bytes.data;
	size_t header = PREFIX_SIZE + id_size;
	size_t start = header + NONCE_SIZE + TAG_SIZE;

	return (struct parts){
		.header = slice_of(data, header),
		.id = slice_of(data + PREFIX_SIZE, id_size),
		.nonce = data + header,
		.tag = data + header + NONCE_SIZE,
		.cipher = slice_of(data + start, bytes.size - start),
	};
}

static bool split(struct slice sealed, struct parts *parts)
{
	if (sealed.size < PREFIX_SIZE || sealed.data[0] != VERSION)
		return false;

	size_t id_size = (unsigned char)sealed.data[1];
	if (id_size == 0 || id_size > SEAL_KEY_ID_SIZE || sealed.size < PREFIX_SIZE + id_size + NONCE_SIZE + TAG_SIZE)
		return false;
	*parts = parts_of(sealed, id_size);
	return true;
}

struct status seal_close(struct arena *arena, const struct seal_key *key, struct slice plain, struct slice context,
			 struct slice *sealed)
{
	size_t id_size = strlen(key->id);
	size_t size = PREFIX_SIZE + id_size + NONCE_SIZE + TAG_SIZE + plain.size;
	unsigned char *bytes = arena_zalloc(arena, size);
	struct parts parts = parts_of(slice_of(bytes, size), id_size);

	bytes[0] = VERSION;
	bytes[1] = (unsigned char)id_size;
	memcpy(bytes + PREFIX_SIZE, key->id, id_size);
	TRY(random_bytes(arena, bytes + PREFIX_SIZE + id_size, NONCE_SIZE));
	if (!encrypt(cipher_new(arena), key, &parts, plain, context)) {
		ERR_clear_error();
		return status_fail(arena, STATUS_INTERNAL, "SEAL_FAILED", "a secret could not be sealed; try again");
	}
	*sealed = slice_of(bytes, size);
	return OK;
}

struct wipe {
	void *pointer;
	size_t size;
};

static void wipe(void *pointer)
{
	const struct wipe *wiped = pointer;

	memory_wipe(wiped->pointer, wiped->size);
}

/* Memory for a secret, overwritten when the arena goes. */
static unsigned char *secret_alloc(struct arena *arena, size_t size)
{
	struct wipe *wiped = ARENA_NEW(arena, struct wipe);

	wiped->pointer = arena_zalloc(arena, size);
	wiped->size = size;
	arena_defer(arena, wipe, wiped);
	return wiped->pointer;
}

static struct status broken(struct arena *arena)
{
	ERR_clear_error();
	return status_fail(
		arena, STATUS_DATA_LOSS, "SEAL_BROKEN",
		"a sealed secret does not open: it was changed, moved or sealed for something else; set it anew");
}

struct status seal_open(struct arena *arena, const struct seal_key *key, struct slice sealed, struct slice context,
			struct slice *plain)
{
	struct parts parts;

	if (!split(sealed, &parts))
		return broken(arena);
	if (!slice_is(parts.id, key->id))
		return status_fail(arena, STATUS_FAILED_PRECONDITION, "SEAL_KEY_UNKNOWN",
				   "a secret was sealed with the key \"%s\", not with \"%s\"; give that key back",
				   text_to_utf8(arena, parts.id), key->id);

	unsigned char *opened = secret_alloc(arena, parts.cipher.size + 1);
	if (!decrypt(cipher_new(arena), key, &parts, context, opened)) {
		memory_wipe(opened, parts.cipher.size);
		return broken(arena);
	}
	*plain = slice_of(opened, parts.cipher.size);
	return OK;
}

char *seal_key_id_of(struct arena *arena, struct slice sealed)
{
	struct parts parts;

	return split(sealed, &parts) ? arena_strndup(arena, parts.id.data, parts.id.size) : NULL;
}

struct slice seal_key_to_plain(const struct seal_key *key)
{
	return slice_of(key, sizeof *key);
}

struct status seal_key_from_plain(struct arena *arena, struct slice plain, struct seal_key **key)
{
	if (plain.size != sizeof **key || !memchr(plain.data, '\0', SEAL_KEY_ID_SIZE + 1))
		return broken(arena);
	return seal_key_new(arena, plain.data, slice_of(plain.data + SEAL_KEY_ID_SIZE + 1, SEAL_KEY_SIZE), key);
}
