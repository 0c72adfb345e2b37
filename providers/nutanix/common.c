/* SPDX-License-Identifier: Apache-2.0 */
/* common.c: small things that both dialects need. */
#include "providers/nutanix/common.h"

#include <stdio.h>
#include <string.h>

#include "providers/nutanix/nutanix.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/crypto/digest.h"

#define SNAPSHOT_SUFFIX " [gaon]"
#define METRICS_DAYS_MOST 366
enum { VCPUS_MOST = 1 << 20 };
#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

struct provider_result nutanix_id_check(struct arena *arena, const char *what, const char *native_id)
{
	if (id_is_uuid(text_or_empty(native_id)))
		return PROVIDER_DONE;
	return provider_fail(arena, PROVIDER_NOT_FOUND, "there is no such %s: ids of Prism Central are UUIDs in lower case", what);
}

const char *nutanix_uuid_of(struct arena *arena, const char *purpose, const char *seed, unsigned number)
{
	unsigned char digest[DIGEST_SIZE];
	const char *whole = arena_printf(arena, "gaon/nutanix/%s/%s/%u", purpose, seed, number);

	digest_sha256(slice_text(whole), digest);
	digest[6] = (unsigned char)((digest[6] & 0x0f) | 0x80); /* RFC 9562 §5.8: version 8, made as we like */
	digest[8] = (unsigned char)((digest[8] & 0x3f) | 0x80);
	const char *hex = text_to_hex(arena, slice_of(digest, 16));
	return arena_printf(arena, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

struct provider_result nutanix_page_read(struct arena *arena, const struct provider_page *page, unsigned most, int64_t *offset,
					 unsigned *length)
{
	char **parts;
	int64_t start = 0, size = page->size == 0 ? 100 : page->size;

	if (page->token && (text_split(arena, page->token, '/', &parts) != 2 || !text_to_int64(parts[0], &start) ||
			    !text_to_int64(parts[1], &size) || start < 0 || start > INT32_MAX || size < 1))
		return provider_fail(arena, PROVIDER_INVALID, "the page token is not one of this list; start from the first page");
	*offset = start;
	*length = size > most ? most : (unsigned)size;
	return PROVIDER_DONE;
}

/* The length stays in the token: v4 counts in pages, so it must not change on the way. */
void nutanix_page_next(struct arena *arena, struct provider_page *page, int64_t offset, unsigned length, size_t received,
		       int64_t total)
{
	int64_t next = offset + length;

	page->token = received > 0 && next < total ? arena_printf(arena, "%lld/%u", (long long)next, length) : NULL;
}

int64_t nutanix_time_of(const struct json *text)
{
	int64_t time_us = 0;

	return time_parse(json_text(text, ""), &time_us) && time_us > 0 ? time_us : 0;
}

int64_t nutanix_gib_up(int64_t bytes)
{
	return bytes <= 0 ? 0 : (bytes - 1) / NUTANIX_GIB + 1;
}

int32_t nutanix_vcpus_of(int64_t sockets, int64_t cores)
{
	bool is_some = sockets > 0 && sockets <= VCPUS_MOST && cores > 0 && cores <= VCPUS_MOST / sockets;

	return is_some ? (int32_t)(sockets * cores) : 0;
}

struct json *nutanix_object(struct arena *arena, const char *key, const char *value)
{
	struct json *object = json_object(arena);

	json_set_text(object, key, value);
	return object;
}

enum provider_machine_state nutanix_power_state(const char *word)
{
	static const struct {
		const char *word;
		enum provider_machine_state state;
	} WORDS[] = { { "ON", PROVIDER_MACHINE_RUNNING },
		      { "OFF", PROVIDER_MACHINE_STOPPED },
		      { "PAUSED", PROVIDER_MACHINE_SUSPENDED },
		      { "SUSPENDED", PROVIDER_MACHINE_SUSPENDED } };

	for (size_t i = 0; i < COUNT_OF(WORDS); i++)
		if (text_equal(WORDS[i].word, word))
			return WORDS[i].state;
	return PROVIDER_MACHINE_UNKNOWN;
}

struct provider_result nutanix_state_check(struct arena *arena, enum provider_verb verb, enum provider_machine_state state,
					   const char *native_state)
{
	if (provider_nutanix.traits[verb].states & (1u << state))
		return PROVIDER_DONE;
	return provider_fail(arena, PROVIDER_CONFLICT, "the machine is %.32s (%s), which does not allow %s; change that first and retry",
			     provider_machine_state_name(state), text_or_empty(native_state), provider_verb_name(verb));
}

const char *nutanix_snapshot_name_print(struct arena *arena, const char *name)
{
	return arena_printf(arena, "%s" SNAPSHOT_SUFFIX, name);
}

const char *nutanix_snapshot_name_read(struct arena *arena, const char *name)
{
	size_t size = strlen(text_or_empty(name));

	if (!text_ends_with(text_or_empty(name), SNAPSHOT_SUFFIX) || size == strlen(SNAPSHOT_SUFFIX))
		return NULL;
	return arena_strndup(arena, name, size - strlen(SNAPSHOT_SUFFIX));
}

struct provider_result nutanix_metrics_check(struct arena *arena, const struct provider_metrics_query *query)
{
	if (query->start_us < 0 || query->start_us >= query->end_us ||
	    query->end_us - query->start_us > METRICS_DAYS_MOST * TIME_US_PER_DAY)
		return provider_fail(arena, PROVIDER_INVALID, "the time to measure must end after it starts, at most %d days later",
				     METRICS_DAYS_MOST);
	return PROVIDER_DONE;
}

size_t nutanix_template_count(const struct provider_session *session)
{
	return json_size(session->options.templates);
}
