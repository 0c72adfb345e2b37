/* SPDX-License-Identifier: Apache-2.0 */
/* key_pair.c: simulated key pairs: public keys by name. */
#include <stdio.h>
#include <string.h>

#include "providers/simulator/thing.h"
#include "runtime/base/text.h"
#include "runtime/crypto/digest.h"

#define KEY_MOST 16384

/* "ssh-ed25519 AAAA… comment": the bytes of the second word, which name the first one again. False: no key. */
static bool key_read(struct arena *arena, const char *line, struct slice *blob, const char **key)
{
	char **words;
	if (text_is_empty(line) || strlen(line) > KEY_MOST || text_split(arena, line, ' ', &words) < 2)
		return false;
	size_t size = strlen(words[0]);
	if (!text_from_base64(arena, slice_text(words[1]), blob) || blob->size < size + 4 || size == 0 || size > 255)
		return false;
	/* RFC 4253, 6.6: the blob begins with the key's type, which has its length before it. */
	const char start[4] = { 0, 0, 0, (char)size };
	*key = arena_printf(arena, "%s %s", words[0], words[1]);
	return memcmp(blob->data, start, sizeof start) == 0 && memcmp(blob->data + sizeof start, words[0], size) == 0;
}

/* As ssh-keygen -l shows it. */
static const char *fingerprint(struct arena *arena, struct slice blob)
{
	unsigned char digest[DIGEST_SIZE];
	digest_sha256(blob, digest);
	char *text = text_to_base64(arena, slice_of((const char *)digest, sizeof digest));
	text[strcspn(text, "=")] = '\0';
	return arena_printf(arena, "SHA256:%s", text);
}

static void tell(struct arena *arena, const struct sim_thing *thing, struct provider_key_pair *out)
{
	struct slice blob;
	const char *key;
	*out = (struct provider_key_pair){ .native_id = sim_thing_id(arena, thing), .name = arena_strdup(arena, thing->name) };
	if (key_read(arena, thing->text, &blob, &key))
		out->fingerprint = fingerprint(arena, blob);
}

static struct sim_thing *pair_find(struct sim_world *world, const char *name)
{
	struct sim_thing *each = world->things[SIM_KEY_PAIR].oldest;
	while (each && strcmp(each->name, name) != 0)
		each = each->next;
	return each;
}

static struct provider_result import_key(struct sim_visit *visit, const struct sim_making *making, const char *name,
					 const char *public_key, struct provider_key_pair *pair)
{
	struct arena *arena = visit->call->arena;
	struct slice blob;
	const char *key, *native_id;
	if (text_is_empty(name) || strlen(name) > SIM_TEXT_MOST)
		return provider_fail(arena, PROVIDER_INVALID, "a key pair's name must have 1 to %d characters", SIM_TEXT_MOST);
	if (!key_read(arena, public_key, &blob, &key))
		return provider_fail(arena, PROVIDER_INVALID, "give a public key as in authorized_keys: \"ssh-ed25519 AAAA…\"");
	struct sim_thing *same = pair_find(visit->world, name);
	if (same && !text_equal(same->text, key))
		return provider_fail(arena, PROVIDER_CONFLICT, "there is a key pair \"%.64s\" with another key; choose another name",
				     name);
	struct provider_result result = PROVIDER_DONE;
	if (!same) {
		struct sim_thing filled = { .kind = SIM_KEY_PAIR, .text = arena_strdup(visit->world->arena, key) };
		snprintf(filled.name, sizeof filled.name, "%s", name);
		result = sim_thing_make(visit, making, &filled, &native_id);
		same = pair_find(visit->world, name);
	}
	if (result.error == PROVIDER_OK)
		tell(arena, same, pair);
	return result;
}

struct provider_result sim_key_pair_import(struct provider_session *session, struct provider_call *call, const char *name,
					   const char *public_key, struct provider_key_pair *pair)
{
	struct sim_visit visit;
	struct sim_making making = { .session = session, .verb = VERB_KEY_PAIR_IMPORT };
	struct provider_result result = sim_enter(session, call, VERB_KEY_PAIR_IMPORT, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	return sim_leave(&visit, import_key(&visit, &making, name, public_key, pair));
}

struct provider_result sim_key_pair_list(struct provider_session *session, struct provider_call *call,
					 struct provider_page *page, struct provider_key_pair **pairs, size_t *count)
{
	struct sim_visit visit;
	struct sim_thing **things;
	struct provider_result result = sim_enter(session, call, VERB_KEY_PAIR_LIST, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	result = sim_thing_page(&visit, session, SIM_KEY_PAIR, NULL, page, &things, count);
	if (result.error != PROVIDER_OK)
		return sim_leave(&visit, result);
	*pairs = ARENA_ARRAY(call->arena, *count, struct provider_key_pair);
	for (size_t i = 0; i < *count; i++)
		tell(call->arena, things[i], &(*pairs)[i]);
	return sim_leave(&visit, result);
}

struct provider_result sim_key_pair_remove(struct provider_session *session, struct provider_call *call,
					   const char *native_id)
{
	struct sim_visit visit;
	struct provider_result result = sim_enter(session, call, VERB_KEY_PAIR_DELETE, &visit);
	if (result.error != PROVIDER_OK)
		return result;
	struct sim_thing *pair = sim_thing_by_id(&visit, SIM_KEY_PAIR, native_id);
	return sim_leave(&visit, pair ? sim_thing_drop(&visit, pair) : PROVIDER_DONE);
}
