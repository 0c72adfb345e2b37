/* SPDX-License-Identifier: Apache-2.0 */
/* key_pair.c: public keys that Nova puts into machines, each under a name. */
#include <string.h>

#include "providers/openstack/page.h"
#include "providers/openstack/things.h"
#include "providers/openstack/version.h"
#include "runtime/base/text.h"

enum { KEY_LEAST = 20, KEY_MOST = 16384 };

struct slice openstack_key_body(const char *public_key)
{
	const char *text = text_or_empty(public_key);
	size_t type = strcspn(text, " \t\r\n"), gap = strspn(text + type, " \t");
	return slice_of(text, type + gap + strcspn(text + type + gap, " \t\r\n"));
}

static struct provider_result ask(struct provider_session *session, struct provider_call *call, const char *method,
				  const char *name, const struct json *body, struct openstack_reply *reply)
{
	const char *path =
		name ? arena_printf(call->arena, "/os-keypairs/%s", http_encode(call->arena, name)) : "/os-keypairs";
	bool is_read = text_equal(method, "GET");
	return openstack_ask(session, call,
			     &(struct openstack_request){ .service = OPENSTACK_COMPUTE,
							  .method = method,
							  .path = path,
							  .body = body,
							  .what = is_read ? "reading the key pair"
								  : body  ? "importing the key pair"
									  : "deleting the key pair",
							  .is_read = is_read,
							  .member = is_read ? "keypair" : NULL },
			     reply);
}

static bool pair_read(struct arena *arena, const struct json *json, struct provider_key_pair *pair)
{
	const char *name = json_text(json_get(json, "name"), NULL),
		   *fingerprint = json_text(json_get(json, "fingerprint"), NULL);
	if (text_is_empty(name))
		return false;
	*pair = (struct provider_key_pair){ .native_id = arena_strdup(arena, name), .name = arena_strdup(arena, name) };
	pair->fingerprint = fingerprint ? arena_strdup(arena, fingerprint) : NULL;
	return true;
}

/* There is one of that name: the same key, or another one. */
static struct provider_result compare(struct provider_session *session, struct provider_call *call, const char *name,
				      const char *public_key, struct provider_key_pair *pair)
{
	struct openstack_reply reply;
	struct provider_result result = ask(session, call, "GET", name, NULL, &reply);
	const struct json *json = json_get(reply.json, "keypair");
	if (result.error != PROVIDER_OK)
		return result;
	const char *there = json_text(json_get(json, "public_key"), "");
	if (!slice_equal(openstack_key_body(there), openstack_key_body(public_key)))
		return provider_fail(call->arena, PROVIDER_CONFLICT,
				     "there is a key pair \"%s\" with another key; choose another name", name);
	return pair_read(call->arena, json, pair) ? PROVIDER_DONE : openstack_not_found(call, "key pair", name);
}

struct provider_result openstack_key_pair_import(struct provider_session *session, struct provider_call *call,
						 const char *name, const char *public_key,
						 struct provider_key_pair *pair)
{
	struct openstack_reply reply;
	struct json *body = json_object(call->arena), *keypair = json_object(call->arena);
	struct slice key = openstack_key_body(public_key);
	struct provider_result result = openstack_name_check(call, "key pair", name);
	if (result.error != PROVIDER_OK)
		return result;
	bool is_key = text_starts_with(key.data, "ssh-") || text_starts_with(key.data, "ecdsa-") ||
		      text_starts_with(key.data, "sk-");
	if (!is_key || key.size < KEY_LEAST || key.size > KEY_MOST)
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "give a public key as OpenSSH writes it: \"ssh-ed25519 AAAA…\"");
	json_set_text(keypair, "name", name);
	json_set_text(keypair, "public_key", public_key);
	json_set(body, "keypair", keypair);
	result = ask(session, call, "POST", NULL, body, &reply);
	if (result.error == PROVIDER_CONFLICT)
		return compare(session, call, name, public_key, pair);
	if (result.error == PROVIDER_OK && !pair_read(call->arena, json_get(reply.json, "keypair"), pair))
		*pair = (struct provider_key_pair){ .native_id = name, .name = name };
	return result;
}

struct provider_result openstack_key_pair_list(struct provider_session *session, struct provider_call *call,
					       struct provider_page *page, struct provider_key_pair **pairs,
					       size_t *count)
{
	struct openstack_list list = { .service = OPENSTACK_COMPUTE,
				       .path = "/os-keypairs",
				       .rows = "keypairs",
				       .what = "listing the key pairs",
				       .inner = "keypair",
				       .key = "name",
				       .has_free_ids = true };
	const struct json *rows;
	int minor;
	struct provider_result result = openstack_minor(session, call, OPENSTACK_COMPUTE, &minor);
	if (result.error != PROVIDER_OK)
		return result;
	list.is_whole = minor < NOVA_KEY_PAIR_PAGES;
	result = openstack_list_page(session, call, &list, page, &rows);
	if (result.error != PROVIDER_OK)
		return result;
	*pairs = ARENA_ARRAY(call->arena, json_size(rows) + 1, struct provider_key_pair);
	*count = 0;
	for (size_t i = 0; i < json_size(rows); i++)
		*count += pair_read(call->arena, json_get(json_at(rows, i), "keypair"), &(*pairs)[*count]);
	return result;
}

struct provider_result openstack_key_pair_remove(struct provider_session *session, struct provider_call *call,
						 const char *native_id)
{
	struct openstack_reply reply;
	if (text_is_empty(native_id) || !text_is_utf8(slice_text(native_id)))
		return PROVIDER_DONE;
	struct provider_result result = ask(session, call, "DELETE", native_id, NULL, &reply);
	return result.error == PROVIDER_NOT_FOUND ? PROVIDER_DONE : result;
}
