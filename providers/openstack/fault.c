/* SPDX-License-Identifier: Apache-2.0 */
/* fault.c: error bodies of six services, and the words in them that tell a quota from a missing right. */
#include "providers/openstack/fault.h"

#include <string.h>

#include "runtime/base/text.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))
#define BODY_MOST 65536

/* Neutron's names of its errors, where the status alone says too little. */
static const struct cloud_code TYPES[] = {
	{ "OverQuota", PROVIDER_QUOTA },
	{ "IpAddressGenerationFailure*", PROVIDER_CAPACITY },
	{ "ExternalIpAddressExhausted", PROVIDER_CAPACITY },
	{ "MacAddressGenerationFailure", PROVIDER_CAPACITY },
	{ "NoNetworkAvailable", PROVIDER_CAPACITY },
	{ "ExternalGatewayForFloatingIPNotFound", PROVIDER_CONFLICT },
};

/* Words of Nova and Cinder. The first row that fits counts. */
static const struct {
	const char *words;
	enum provider_error class;
} WORDS[] = {
	{ "Quota exceeded", PROVIDER_QUOTA },
	{ "exceeds allowed", PROVIDER_QUOTA },
	{ "exceeded for quota", PROVIDER_QUOTA },
	{ "LimitExceeded", PROVIDER_QUOTA },
	{ "ExceedsAvailableQuota", PROVIDER_QUOTA },
	{ "No valid host", PROVIDER_CAPACITY },
	{ "No valid backend", PROVIDER_CAPACITY },
	{ "not enough hosts", PROVIDER_CAPACITY },
	{ "Insufficient compute resources", PROVIDER_CAPACITY },
	{ "Exceeded maximum number of retries", PROVIDER_CAPACITY },
	{ "No more IP addresses", PROVIDER_CAPACITY },
	{ "No fixed IP addresses available", PROVIDER_CAPACITY },
	{ "Invalid volume:", PROVIDER_CONFLICT },
	{ "InvalidVolume", PROVIDER_CONFLICT },
	{ "Invalid snapshot:", PROVIDER_CONFLICT },
	{ "ConflictNovaUsingAttachment", PROVIDER_CONFLICT },
	{ "has not been resized", PROVIDER_CONFLICT },
	{ "Console type", PROVIDER_UNSUPPORTED },
	{ "console type", PROVIDER_UNSUPPORTED },
};

static enum provider_error words_class(const char *text, enum provider_error otherwise)
{
	for (size_t i = 0; text && i < COUNT_OF(WORDS); i++)
		if (strstr(text, WORDS[i].words))
			return WORDS[i].class;
	return otherwise;
}

enum provider_error openstack_fault_words(const char *text, enum provider_error otherwise)
{
	return words_class(text, otherwise);
}

enum provider_error openstack_fault_class(int status, const struct openstack_fault *fault, bool is_read)
{
	enum provider_error of_status = cloud_class(status, is_read);
	if (fault->type)
		return cloud_code_class(TYPES, COUNT_OF(TYPES), fault->type, of_status);
	/* A 5xx of a gateway may quote anything; of a read nothing has happened. */
	if (status >= 500) {
		enum provider_error word = words_class(fault->text, PROVIDER_OK);
		return word == PROVIDER_CAPACITY || word == PROVIDER_QUOTA ? word : of_status;
	}
	return status == 401 || status == 429 ? of_status : words_class(fault->text, of_status);
}

/* ---- reading ---- */

/* {"computeFault": {"message": …}}, whatever the name is. */
static struct openstack_fault member_read(const char *name, const struct json *member)
{
	const char *text = json_text(json_get(member, "message"), json_text(json_get(member, "detail"), NULL));
	bool is_neutron = text_equal(name, "NeutronError");
	if (!text && json_kind(member) == JSON_TEXT) /* {"message": "…"}, {"error": "…"} of gateways */
		text = json_text(member, NULL);
	return (struct openstack_fault){ .type = is_neutron ? json_text(json_get(member, "type"), NULL) : NULL,
					 .text = text };
}

static struct openstack_fault json_read(const struct json *json)
{
	const char *name;
	const struct json *member;
	const char *detail = json_text(json_get(json_at(json_get(json, "errors"), 0), "detail"), NULL);
	if (detail)
		return (struct openstack_fault){ .text = detail };
	const char *header = json_text(json_path(json, "header", "resultMessage", NULL), NULL);
	if (header)
		return (struct openstack_fault){ .text = header };
	for (size_t i = 0; json_member(json, i, &name, &member); i++) {
		struct openstack_fault fault = member_read(name, member);
		if (fault.text)
			return fault;
	}
	return (struct openstack_fault){ .text = NULL };
}

/* Glance answers with a page: what stands between the tags, blanks once. */
static const char *page_read(struct arena *arena, struct slice body)
{
	struct text text = text_new(arena);
	bool is_tag = false, is_blank = true;
	for (size_t i = 0; i < body.size; i++) {
		char c = body.data[i];
		is_tag = c == '<' || (is_tag && c != '>');
		if (is_tag || c == '>' || c == ' ' || c == '\n' || c == '\r' || c == '\t') {
			is_blank = true;
			continue;
		}
		if (is_blank && text.size > 0)
			text_append_char(&text, ' ');
		is_blank = false;
		text_append_char(&text, c);
	}
	return text.size > 0 ? text.data : NULL;
}

struct openstack_fault openstack_fault_read(struct arena *arena, struct slice body)
{
	struct json *json;
	if (body.size > BODY_MOST)
		body.size = BODY_MOST;
	if (body.size > 0 && body.data[0] == '{' && status_is_ok(json_parse(arena, body, NULL, &json)))
		return json_read(json);
	return (struct openstack_fault){ .text = page_read(arena, body) };
}

enum provider_error openstack_classify(const struct http_response *response, bool is_read)
{
	struct arena *arena = arena_new(0);
	struct openstack_fault fault = openstack_fault_read(arena, response->body);
	enum provider_error class = fault.text ? openstack_fault_class(response->status, &fault, is_read) : PROVIDER_OK;
	/* Only what is more than the status itself says. */
	bool is_word = class == PROVIDER_QUOTA || class == PROVIDER_CAPACITY;
	/* Cinder answers 413 with "Retry-After: 0" to whoever has used up the quota, as it does to who asks too often.
	 */
	if (response->status == 413)
		is_word = words_class(fault.text, PROVIDER_OK) == PROVIDER_QUOTA;
	arena_free(arena);
	return is_word ? class : PROVIDER_OK;
}
