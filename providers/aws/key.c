/* SPDX-License-Identifier: Apache-2.0 */
/* key.c: key pairs. The name is the identity; a tag of ours tells whether it is the same key. */
#include "providers/aws/machine.h"

#include "providers/aws/mark.h"
#include "runtime/base/text.h"
#include "runtime/crypto/digest.h"

#define KEY_MOST 4096

/* Type and key: without the comment, which is nobody's identity. */
const char *aws_bare_key(struct arena *arena, const char *public_key)
{
	size_t type = strcspn(public_key, " ");
	size_t key = public_key[type] == ' ' ? strcspn(public_key + type + 1, " \t\r\n") : 0;

	return arena_strndup(arena, public_key, type + (key > 0 ? key + 1 : 0));
}

/* EC2 takes RSA and Ed25519. */
static bool is_key(struct arena *arena, const char *bare)
{
	static const char *const TYPES[] = { "ssh-rsa ", "ssh-ed25519 " };
	struct slice bytes;

	for (size_t i = 0; i < sizeof TYPES / sizeof TYPES[0]; i++)
		if (text_starts_with(bare, TYPES[i]))
			return bare[strlen(TYPES[i])] != '\0' &&
			       text_from_base64(arena, slice_text(bare + strlen(TYPES[i])), &bytes);
	return false;
}

static void pair_read(const struct xml *item, struct provider_key_pair *pair)
{
	*pair = (struct provider_key_pair){ .native_id = xml_text(xml_child(item, "keyName"), ""),
					    .name = xml_text(xml_child(item, "keyName"), ""),
					    .fingerprint = xml_text(xml_child(item, "keyFingerprint"), NULL) };
}

/* AWS took another key, or this one, by the same name before. */
static struct provider_result taken(CALL, const char *name, const char *bare, struct provider_key_pair *pair)
{
	struct aws_query query = aws_query_new(call->arena, AWS_DESCRIBE_KEY_PAIRS);
	const char *digest = digest_sha256_hex(call->arena, slice_text(bare));
	const struct xml *item;
	struct xml *root;

	aws_query_add_at(&query, "KeyName", 1, name);
	aws_query_add(&query, "IncludePublicKey", "true");
	struct provider_result result = aws_ask(session, call, &query, &root);
	if (result.error != PROVIDER_OK)
		return result;
	if (aws_items(root, "keySet", &item) == 0)
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE,
				     "the key pair \"%s\" was there and is not any more; try again", name);
	const char *theirs = aws_bare_key(call->arena, xml_text(xml_child(item, "publicKey"), ""));
	const char *tagged = aws_tag(item, AWS_MARK_KEY);
	if (tagged ? !text_equal(tagged, digest) : !text_equal(theirs, bare))
		return provider_fail(call->arena, PROVIDER_CONFLICT,
				     "there is another key by the name \"%s\"; choose another name", name);
	pair_read(item, pair);
	return result;
}

struct provider_result aws_key_import(CALL, const char *name, const char *public_key, struct provider_key_pair *pair)
{
	struct aws_query query = aws_query_new(call->arena, AWS_IMPORT_KEY_PAIR);
	struct xml *root;

	if (text_is_empty(name) || strlen(name) > AWS_TEXT_MOST || !text_is_printable(slice_text(name)))
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "the key pair's name must have 1 to %d printable characters", AWS_TEXT_MOST);
	const char *bare = aws_bare_key(call->arena, text_or_empty(public_key));
	if (strlen(text_or_empty(public_key)) > KEY_MOST || !is_key(call->arena, bare))
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "give a public key as it stands in an authorized_keys file: ssh-ed25519 or "
				     "ssh-rsa, and the key");
	aws_query_add(&query, "KeyName", name);
	aws_query_add(&query, "PublicKeyMaterial", text_to_base64(call->arena, slice_text(bare)));
	struct aws_tagging tagging = aws_tagging_begin(&query, "key-pair");
	aws_tagging_ours(&tagging, session);
	aws_tagging_add(&tagging, AWS_MARK_KEY, digest_sha256_hex(call->arena, slice_text(bare)));
	struct provider_result result = aws_ask(session, call, &query, &root);
	if (text_equal(query.refusal, "InvalidKeyPair.Duplicate"))
		return taken(session, call, name, bare, pair);
	if (result.error == PROVIDER_OK)
		pair_read(root, pair);
	return result;
}

struct provider_result aws_key_list(CALL, struct provider_page *page, struct provider_key_pair **pairs, size_t *count)
{
	static const struct aws_listing LISTING = { .action = AWS_DESCRIBE_KEY_PAIRS,
						    .set = "keySet",
						    .is_unpaged = true };
	const struct xml **items;

	struct provider_result result = aws_list_page(session, call, &LISTING, NULL, page, &items, count);
	if (result.error != PROVIDER_OK)
		return result;
	*pairs = ARENA_ARRAY(call->arena, *count + 1, struct provider_key_pair);
	for (size_t i = 0; i < *count; i++)
		pair_read(items[i], &(*pairs)[i]);
	return result;
}

struct provider_result aws_key_remove(CALL, const char *native_id)
{
	struct aws_query query = aws_query_new(call->arena, AWS_DELETE_KEY_PAIR);

	if (text_is_empty(native_id) || strlen(native_id) > AWS_TEXT_MOST ||
	    !text_is_printable(slice_text(native_id)) || !text_is_utf8(slice_text(native_id)))
		return PROVIDER_DONE;
	aws_query_add(&query, "KeyName", native_id);
	return aws_gone(aws_ask(session, call, &query, NULL));
}
