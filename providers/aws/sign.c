/* SPDX-License-Identifier: Apache-2.0 */
/* sign.c: the four tasks of Signature Version 4, in their order. */
#include "providers/aws/sign.h"

#include <stdlib.h>

#include "runtime/base/memory.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/crypto/digest.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define DAY_SIZE 8 /* of "20150830" */

const char *aws_sign_date(struct arena *arena, int64_t time_us)
{
	const char *whole = time_format(arena, time_us - time_us % TIME_US_PER_SECOND);
	struct text text = text_new(arena);

	for (; *whole; whole++)
		if (*whole != '-' && *whole != ':')
			text_append_char(&text, *whole);
	return text.data;
}

/* ---- the canonical request ---- */

/*
 * "Normalize URI paths according to RFC 3986 … Each path segment must be URI-encoded twice": once it was when it was
 * written, and the second time is here.
 */
static const char *canonical_path(struct arena *arena, const char *path)
{
	char **parts;
	size_t count = text_split(arena, path, '/', &parts);
	size_t kept = 0;
	struct text text = text_new(arena);

	for (size_t i = 0; i < count; i++) {
		if (text_equal(parts[i], "..")) {
			kept -= kept > 0;
			continue;
		}
		if (parts[i][0] != '\0' && !text_equal(parts[i], "."))
			parts[kept++] = parts[i];
	}
	for (size_t i = 0; i < kept; i++) {
		text_append_char(&text, '/');
		text_append(&text, http_encode(arena, parts[i]));
	}
	if (kept == 0 || text_ends_with(path, "/"))
		text_append_char(&text, '/');
	return text.data;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decoded and encoded anew: what was written with too few, too many or small-lettered %XX comes out the one way. */
static const char *encoded_anew(struct arena *arena, const char *text)
{
	struct text decoded = text_new(arena);

	for (size_t i = 0; text[i]; i++) {
		int high = text[i] == '%' ? hex_digit(text[i + 1]) : -1;
		int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
		bool is_escape = low >= 0 && high + low > 0;

		text_append_char(&decoded, is_escape ? (char)(high << 4 | low) : text[i]);
		i += is_escape ? 2 : 0;
	}
	return http_encode(arena, decoded.data);
}

static int by_name_then_value(const void *a, const void *b)
{
	const struct http_header *left = a, *right = b;
	int order = strcmp(left->name, right->name);

	return order != 0 ? order : strcmp(left->value, right->value);
}

static const char *canonical_query(struct arena *arena, const char *query)
{
	char **parts;
	size_t count = text_is_empty(query) ? 0 : text_split(arena, query, '&', &parts);
	struct http_header *fields = ARENA_ARRAY(arena, count + 1, struct http_header);
	struct text text = text_new(arena);

	for (size_t i = 0; i < count; i++) {
		char *value = strchr(parts[i], '=');

		if (value)
			*value++ = '\0';
		fields[i] = (struct http_header){ encoded_anew(arena, parts[i]),
						  encoded_anew(arena, text_or_empty(value)) };
	}
	qsort(fields, count, sizeof *fields, by_name_then_value);
	for (size_t i = 0; i < count; i++)
		text_printf(&text, "%s%s=%s", i > 0 ? "&" : "", fields[i].name, fields[i].value);
	return text.data;
}

/* Without blanks around it, and with one where several were. */
static const char *trimmed(struct arena *arena, const char *value)
{
	struct text text = text_new(arena);

	for (const char *c = value; *c; c++)
		if (*c != ' ' || (text.size > 0 && c[1] != ' ' && c[1] != '\0'))
			text_append_char(&text, *c);
	return text.data;
}

/* Sorted by name; those of one name stay in the order in which they were given. */
static struct http_header *sorted_headers(struct arena *arena, const struct sign_request *request)
{
	struct http_header *sorted = ARENA_ARRAY(arena, request->header_count + 1, struct http_header);

	for (size_t i = 0; i < request->header_count; i++) {
		struct http_header header = { text_lower(arena, request->headers[i].name),
					      trimmed(arena, request->headers[i].value) };
		size_t at = i;

		for (; at > 0 && strcmp(sorted[at - 1].name, header.name) > 0; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = header;
	}
	return sorted;
}

static const char *canonical_request(struct arena *arena, const struct sign_request *request, const char **signed_names)
{
	const struct http_header *headers = sorted_headers(arena, request);
	struct text text = text_new(arena), names = text_new(arena);

	text_printf(&text, "%s\n%s\n%s\n", request->method, canonical_path(arena, request->path),
		    canonical_query(arena, request->query));
	for (size_t i = 0; i < request->header_count; i++) {
		bool is_again = i > 0 && text_equal(headers[i - 1].name, headers[i].name);
		bool goes_on = i + 1 < request->header_count && text_equal(headers[i + 1].name, headers[i].name);

		text_printf(&text, "%s%s%s%s", is_again ? "" : headers[i].name, is_again ? "," : ":", headers[i].value,
			    goes_on ? "" : "\n");
		if (!is_again)
			text_printf(&names, "%s%s", i > 0 ? ";" : "", headers[i].name);
	}
	text_printf(&text, "\n%s\n%s", names.data, digest_sha256_hex(arena, request->body));
	*signed_names = names.data;
	return text.data;
}

/* ---- string to sign, key, signature ---- */

static void signing_key(struct arena *arena, const struct sign_key *key, const char *day,
			unsigned char mac[DIGEST_SIZE])
{
	char *start = arena_printf(arena, "AWS4%s", key->secret_access_key);
	const char *parts[] = { key->region, key->service, "aws4_request" };

	digest_hmac_sha256(slice_text(start), slice_text(day), mac);
	memory_wipe(start, strlen(start));
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		unsigned char next[DIGEST_SIZE];

		digest_hmac_sha256(slice_of(mac, DIGEST_SIZE), slice_text(parts[i]), next);
		memcpy(mac, next, DIGEST_SIZE);
		memory_wipe(next, sizeof next);
	}
}

struct sign_result aws_sign(struct arena *arena, const struct sign_key *key, const struct sign_request *request)
{
	struct sign_result result;
	const char *names;
	const char *day = arena_strndup(arena, request->date, DAY_SIZE);
	const char *scope = arena_printf(arena, "%s/%s/%s/aws4_request", day, key->region, key->service);
	unsigned char mac[DIGEST_SIZE];

	result.canonical = canonical_request(arena, request, &names);
	result.to_sign = arena_printf(arena, ALGORITHM "\n%s\n%s\n%s", request->date, scope,
				      digest_sha256_hex(arena, slice_text(result.canonical)));
	signing_key(arena, key, day, mac);
	const char *signature = digest_hmac_sha256_hex(arena, slice_of(mac, DIGEST_SIZE), slice_text(result.to_sign));
	memory_wipe(mac, sizeof mac);
	result.authorization = arena_printf(arena, ALGORITHM " Credential=%s/%s, SignedHeaders=%s, Signature=%s",
					    key->access_key_id, scope, names, signature);
	return result;
}
