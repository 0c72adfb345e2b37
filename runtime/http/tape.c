/* SPDX-License-Identifier: Apache-2.0 */
/* tape.c: recording and playing back. */
#include "runtime/http/tape.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/json.h"
#include "runtime/base/memory.h"
#include "runtime/base/text.h"
#include "runtime/http/redact.h"

enum { LARGEST_TAPE = 64 * 1024 * 1024 };

struct tape {
	pthread_mutex_t mutex; /* guards everything below: clients are shared by threads */
	struct arena *arena;
	struct json *exchanges;
	bool *is_played; /* one per exchange of a loaded tape */
	char *path;      /* of a recording; NULL: loaded */
};

static struct tape *tape_make(void)
{
	struct tape *tape = MEMORY_NEW(struct tape);

	pthread_mutex_init(&tape->mutex, NULL);
	tape->arena = arena_new(0);
	return tape;
}

struct tape *tape_new(const char *path)
{
	struct tape *tape = tape_make();

	tape->path = memory_strdup(path);
	tape->exchanges = json_array(tape->arena);
	return tape;
}

static struct status unreadable(struct arena *arena, const char *path)
{
	return status_fail(arena, STATUS_INVALID_ARGUMENT, "HTTP_OPTIONS_INVALID", "%s is no recording of exchanges",
			   path);
}

static struct status load(struct arena *arena, const char *path, struct tape *tape)
{
	FILE *file = fopen(path, "re");
	struct json *value;

	if (!file)
		return unreadable(arena, path);
	char *data = arena_alloc(tape->arena, LARGEST_TAPE);
	size_t size = fread(data, 1, LARGEST_TAPE, file);
	fclose(file);
	if (!status_is_ok(json_parse(tape->arena, slice_of(data, size),
				     &(struct json_limits){ .size_bytes = LARGEST_TAPE }, &value)))
		return unreadable(arena, path);
	tape->exchanges = (struct json *)(uintptr_t)json_get(value, "exchanges");
	if (json_kind(tape->exchanges) != JSON_ARRAY)
		return unreadable(arena, path);
	tape->is_played = ARENA_ARRAY(tape->arena, json_size(tape->exchanges), bool);
	return OK;
}

struct status tape_load(struct arena *arena, const char *path, struct tape **tape)
{
	struct tape *loaded = tape_make();
	struct status status = load(arena, path, loaded);

	if (status_is_ok(status))
		*tape = loaded;
	else
		tape_free(loaded);
	return status;
}

static void save(struct tape *tape)
{
	struct json *value = json_object(tape->arena);
	FILE *file = fopen(tape->path, "we");

	json_set(value, "exchanges", tape->exchanges);
	if (!file || fprintf(file, "%s\n", json_print_pretty(tape->arena, value)) < 0)
		fprintf(stderr, "gaon: the recording %s could not be written\n", tape->path);
	if (file)
		fclose(file);
}

void tape_free(struct tape *tape)
{
	if (!tape)
		return;
	if (tape->path)
		save(tape);
	arena_free(tape->arena);
	memory_free(tape->path);
	pthread_mutex_destroy(&tape->mutex);
	memory_free(tape);
}

static void set_body(struct arena *arena, struct json *object, struct slice body)
{
	body = redact_body(arena, body);
	if (body.size == 0)
		return;
	if (text_is_utf8(body) && !memchr(body.data, '\0', body.size))
		json_set_text(object, "body", arena_strndup(arena, body.data, body.size));
	else
		json_set_text(object, "body_base64", text_to_base64(arena, body));
}

static void set_headers(struct arena *arena, struct json *object, const struct http_header *headers, size_t count)
{
	struct json *array = json_array(arena);

	for (size_t i = 0; i < count; i++) {
		struct json *header = json_object(arena);

		json_set_text(header, "name", headers[i].name);
		json_set_text(header, "value", redact_is_secret(headers[i].name) ? REDACTED : headers[i].value);
		json_append(array, header);
	}
	json_set(object, "headers", array);
}

void tape_record(struct tape *tape, const struct http_request *request, const struct http_response *response)
{
	pthread_mutex_lock(&tape->mutex);
	struct arena *arena = tape->arena;
	struct json *exchange = json_object(arena);
	struct json *asked = json_object(arena);
	struct json *answered = json_object(arena);

	json_set_text(asked, "method", request->method);
	json_set_text(asked, "url", redact_url(arena, request->url));
	set_headers(arena, asked, request->headers, request->header_count);
	set_body(arena, asked, request->body);
	json_set_int(answered, "status", response->status);
	set_headers(arena, answered, response->headers, response->header_count);
	set_body(arena, answered, response->body);
	json_set(exchange, "request", asked);
	json_set(exchange, "response", answered);
	json_append(tape->exchanges, exchange);
	pthread_mutex_unlock(&tape->mutex);
}

static struct slice body_of(struct arena *arena, const struct json *object)
{
	const char *text = json_text(json_get(object, "body"), NULL);
	const char *base64 = json_text(json_get(object, "body_base64"), NULL);
	struct slice bytes = slice_text("");

	if (text)
		return slice_text(text);
	if (base64 && !text_from_base64(arena, slice_text(base64), &bytes))
		return slice_text("");
	return bytes;
}

/* -1: none. */
static long find(const struct tape *tape, struct arena *arena, const struct http_request *request)
{
	const char *url = redact_url(arena, request->url);
	struct slice body = redact_body(arena, request->body);
	long found = -1;

	for (size_t i = 0; i < json_size(tape->exchanges); i++) {
		const struct json *asked = json_get(json_at(tape->exchanges, i), "request");

		if (tape->is_played[i] || !text_equal(json_text(json_get(asked, "method"), NULL), request->method) ||
		    !text_equal(json_text(json_get(asked, "url"), NULL), url))
			continue;
		if (slice_equal(body_of(arena, asked), body))
			return (long)i;
		found = found < 0 ? (long)i : found;
	}
	return found;
}

static void answer(struct arena *arena, const struct json *answered, struct http_response *response)
{
	const struct json *headers = json_get(answered, "headers");
	size_t count = json_size(headers);
	struct http_header *list = ARENA_ARRAY(arena, count, struct http_header);
	struct slice body = body_of(arena, answered);

	for (size_t i = 0; i < count; i++) {
		list[i].name = arena_strdup(arena, json_text(json_get(json_at(headers, i), "name"), ""));
		list[i].value = arena_strdup(arena, json_text(json_get(json_at(headers, i), "value"), ""));
	}
	char *copy = arena_alloc(arena, body.size + 1);
	memcpy(copy, body.data, body.size);
	copy[body.size] = '\0';
	*response = (struct http_response){
		.status = (int)json_int(json_get(answered, "status"), 0),
		.headers = list,
		.header_count = count,
		.body = slice_of(copy, body.size),
	};
}

struct status tape_play(struct tape *tape, struct arena *arena, const struct http_request *request,
			struct http_response *response)
{
	pthread_mutex_lock(&tape->mutex);
	long index = find(tape, arena, request);
	if (index >= 0) {
		tape->is_played[index] = true;
		answer(arena, json_get(json_at(tape->exchanges, (size_t)index), "response"), response);
	}
	pthread_mutex_unlock(&tape->mutex);
	if (index < 0)
		return status_fail(arena, STATUS_NOT_FOUND, "HTTP_NOT_RECORDED",
				   "the recording has no further %s of %s; record it again", request->method,
				   redact_url(arena, request->url));
	return OK;
}
