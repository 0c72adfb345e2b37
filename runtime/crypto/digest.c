/* SPDX-License-Identifier: Apache-2.0 */
/* digest.c: over OpenSSL's EVP. */
#include "runtime/crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>

#include "runtime/base/text.h"

/* SHA-256 refuses nothing: only memory can be missing, or OpenSSL itself be broken. */
static void insist(bool is_done)
{
	if (is_done)
		return;
	fputs("gaon: SHA-256 is not to be had from OpenSSL\n", stderr);
	abort();
}

void digest_sha256_parts(const struct slice *parts, size_t count, unsigned char digest[DIGEST_SIZE])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	insist(context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1);
	for (size_t i = 0; i < count; i++)
		insist(EVP_DigestUpdate(context, parts[i].data, parts[i].size) == 1);
	insist(EVP_DigestFinal_ex(context, digest, NULL) == 1);
	EVP_MD_CTX_free(context);
}

void digest_sha256(struct slice bytes, unsigned char digest[DIGEST_SIZE])
{
	digest_sha256_parts(&bytes, 1, digest);
}

char *digest_sha256_hex(struct arena *arena, struct slice bytes)
{
	unsigned char digest[DIGEST_SIZE];

	digest_sha256(bytes, digest);
	return text_to_hex(arena, slice_of(digest, sizeof digest));
}

void digest_hmac_sha256(struct slice key, struct slice bytes, unsigned char mac[DIGEST_SIZE])
{
	/* EVP_Q_mac takes a NULL key for "the same key again". */
	const char *key_data = key.size > 0 ? key.data : "";
	size_t size = 0;

	insist(EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key_data, key.size, (const unsigned char *)bytes.data,
			 bytes.size, mac, DIGEST_SIZE, &size) != NULL);
	insist(size == DIGEST_SIZE);
}

char *digest_hmac_sha256_hex(struct arena *arena, struct slice key, struct slice bytes)
{
	unsigned char mac[DIGEST_SIZE];

	digest_hmac_sha256(key, bytes, mac);
	return text_to_hex(arena, slice_of(mac, sizeof mac));
}

bool digest_equal(struct slice a, struct slice b)
{
	return a.size == b.size && (a.size == 0 || CRYPTO_memcmp(a.data, b.data, a.size) == 0);
}
