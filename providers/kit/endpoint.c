/* SPDX-License-Identifier: Apache-2.0 */
/* endpoint.c: what an operator wrote: the options that all adapters share, and addresses. */
#include <string.h>
#include <strings.h>

#include "providers/kit/internal.h"
#include "runtime/base/text.h"

enum { TIMEOUT_S = 30, TIMEOUT_MOST_S = 300 };

struct provider_result option_seconds(struct arena *arena, const struct json *options, int64_t *seconds)
{
	const struct json *option = json_get(options, "timeout_s");
	int64_t read = TIMEOUT_S;
	bool is_number = !option || json_kind(option) == JSON_NULL || json_kind(option) == JSON_INT ||
			 text_to_int64(json_text(option, ""), &read);

	read = json_int(option, read);
	if (!is_number || read < 1 || read > TIMEOUT_MOST_S)
		return provider_fail(arena, PROVIDER_INVALID, "option timeout_s must be a number of seconds, 1 to %d",
				     TIMEOUT_MOST_S);
	*seconds = read;
	return PROVIDER_DONE;
}

struct provider_result option_cleartext(struct arena *arena, const struct json *options, bool *is_allowed)
{
	const struct json *option = json_get(options, "allow_cleartext");
	const char *text = json_text(option, "false");
	bool is_true = text_equal(text, "true");
	bool is_text = is_true || text_equal(text, "false");
	bool is_known = !option || json_kind(option) == JSON_NULL || json_kind(option) == JSON_BOOL ||
			json_kind(option) == JSON_TEXT;

	if (!is_known || !is_text)
		return provider_fail(arena, PROVIDER_INVALID, "option allow_cleartext must be true or false");
	*is_allowed = json_bool(option, is_true);
	return PROVIDER_DONE;
}

struct provider_result option_ca(struct arena *arena, const struct json *options, const char **pem)
{
	const struct json *option = json_get(options, "ca_pem");
	const char *text = json_text(option, "");

	if (option && json_kind(option) != JSON_NULL && json_kind(option) != JSON_TEXT)
		return provider_fail(arena, PROVIDER_INVALID, "option ca_pem must be a text of PEM certificates");
	if (text[0] != '\0' && !strstr(text, "-----BEGIN CERTIFICATE-----"))
		return provider_fail(
			arena, PROVIDER_INVALID,
			"option ca_pem holds no certificate; it must begin with -----BEGIN CERTIFICATE-----");
	*pem = text[0] != '\0' ? text : NULL;
	return PROVIDER_DONE;
}

/* The authority: host or [IPv6], and a port. */
static bool is_authority(const char *text, size_t size, size_t *host_size)
{
	const char *end = text + size;
	const char *bracket = text[0] == '[' ? memchr(text, ']', size) : NULL;
	const char *colon = memchr(bracket ? bracket : text, ':', (size_t)(end - (bracket ? bracket : text)));
	const char *host_end = colon ? colon : end;
	char port[8] = "";
	uint64_t number = 0;

	if (bracket && bracket + 1 != host_end)
		return false;
	*host_size = (size_t)(host_end - text);
	if (colon && (end - colon < 2 || end - colon > 6))
		return false;
	if (colon)
		memcpy(port, colon + 1, (size_t)(end - colon - 1));
	if (colon && (!text_to_uint64(port, &number) || number < 1 || number > 65535))
		return false;
	if (bracket)
		return *host_size > 4 && strspn(text + 1, "0123456789abcdefABCDEF:.") == *host_size - 2;
	return *host_size > 0 &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._") >= *host_size;
}

/* By what is written; runtime/http checks the address that is really connected to. */
static bool is_this_host(const char *host, size_t size)
{
	return (size == 9 && strncasecmp(host, "localhost", 9) == 0) || (size == 5 && strncmp(host, "[::1]", 5) == 0) ||
	       (size > 4 && strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") >= size);
}

static bool is_plain(const char *text)
{
	for (const char *c = text; *c; c++)
		if (*c <= ' ' || *c > '~')
			return false;
	return true;
}

struct provider_result cloud_endpoint_check(struct arena *arena, const struct json *options, const char *endpoint)
{
	bool is_https = endpoint && strncasecmp(endpoint, "https://", 8) == 0;
	bool is_http = endpoint && strncasecmp(endpoint, "http://", 7) == 0;
	bool is_cleartext_allowed = false;
	size_t host_size = 0;

	struct provider_result result = option_cleartext(arena, options, &is_cleartext_allowed);
	if (result.error != PROVIDER_OK)
		return result;
	if (!is_https && !is_http)
		return provider_fail(arena, PROVIDER_INVALID,
				     "the endpoint must be written as https://host[:port][/path]");
	if (!is_plain(endpoint) || strpbrk(endpoint, "@?#\\"))
		return provider_fail(
			arena, PROVIDER_INVALID,
			"the endpoint must have no blank, user, query or fragment; credentials go into the "
			"credentials");

	const char *authority = endpoint + (is_https ? 8 : 7);
	if (!is_authority(authority, strcspn(authority, "/"), &host_size))
		return provider_fail(arena, PROVIDER_INVALID,
				     "the endpoint must name a host, and a port from 1 to 65535");
	if (is_http && !is_cleartext_allowed && !is_this_host(authority, host_size))
		return provider_fail(arena, PROVIDER_INVALID,
				     "the endpoint must use https, or the option allow_cleartext must be true");
	return PROVIDER_DONE;
}
