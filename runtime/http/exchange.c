/* SPDX-License-Identifier: Apache-2.0 */
/* exchange.c: from a request to a libcurl handle, and what libcurl asks on the way. */
#include "runtime/http/exchange.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "runtime/base/memory.h"
#include "runtime/base/text.h"

static struct status invalid(struct arena *arena, const char *what)
{
	return status_fail(arena, STATUS_INVALID_ARGUMENT, "HTTP_REQUEST_INVALID", "the HTTP request %s", what);
}

/* RFC 9110 §5.6.2: tchar. */
static bool is_token(const char *text)
{
	static const char allowed[] = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

	return !text_is_empty(text) && text[strspn(text, allowed)] == '\0';
}

/* A line break in a value would start another header. */
static bool is_field_value(const char *text)
{
	return text && text_is_printable(slice_text(text)) && !strpbrk(text, "\r\n");
}

struct status exchange_check_url(struct arena *arena, const struct http_client *client, const char *url,
				 const char **host)
{
	CURLU *parsed = curl_url();
	char *scheme = NULL;
	char *name = NULL;

	for (const char *c = text_or_empty(url); *c; c++) {
		if (*c <= ' ' || *c > '~') {
			curl_url_cleanup(parsed);
			return invalid(arena, "has a URL with a blank or a character beyond ASCII; encode it");
		}
	}
	bool is_url = parsed && url &&
		      curl_url_set(parsed, CURLUPART_URL, url, CURLU_DISALLOW_USER | CURLU_PATH_AS_IS) == CURLUE_OK &&
		      curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		      curl_url_get(parsed, CURLUPART_HOST, &name, 0) == CURLUE_OK;
	bool is_http = is_url && strcasecmp(scheme, "http") == 0;
	bool is_https = is_url && strcasecmp(scheme, "https") == 0;
	const char *copy = arena_strdup(arena, text_or_empty(name));
	curl_free(scheme);
	curl_free(name);
	curl_url_cleanup(parsed);
	if (!is_url)
		return invalid(arena, "has no valid URL; it must be https://host/path without user and password");
	if (!is_https && !(is_http && client->options.cleartext != HTTP_CLEARTEXT_NEVER))
		return invalid(arena, "must use https");
	*host = copy;
	return OK;
}

static bool is_allowed(const struct http_client *client, const struct address *address)
{
	return address_is_public(address) || network_list_has(&client->allowed, address);
}

/*
 * The last moment before a connection: the address is the one that is connected to, whatever the name resolves to next
 * time.
 */
static curl_socket_t on_open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *target)
{
	struct exchange *exchange = context;
	struct address address;

	(void)purpose;
	if (!address_from_socket(&target->addr, &address) || !is_allowed(exchange->client, &address)) {
		exchange->end = EXCHANGE_REFUSED;
		return CURL_SOCKET_BAD;
	}
	/* Another of the name's addresses was refused before; what counts is how this one ends. */
	exchange->end = EXCHANGE_ENDED;
	return socket(target->family, target->socktype | SOCK_CLOEXEC, target->protocol);
}

static int on_before_request(void *context, char *remote, char *local, int remote_port, int local_port)
{
	struct exchange *exchange = context;
	struct address address;
	char *scheme = NULL;

	(void)local;
	(void)remote_port;
	(void)local_port;
	/* Connections are shared by all clients of the process: one that a laxer client opened is checked here. */
	if (!address_from_text(remote, &address) || !is_allowed(exchange->client, &address)) {
		exchange->end = EXCHANGE_REFUSED;
		return CURL_PREREQFUNC_ABORT;
	}
	curl_easy_getinfo(exchange->easy, CURLINFO_SCHEME, &scheme);
	if (exchange->client->options.cleartext == HTTP_CLEARTEXT_LOOPBACK && scheme &&
	    strcasecmp(scheme, "https") != 0 && !address_is_loopback(&address)) {
		exchange->end = EXCHANGE_REFUSED;
		return CURL_PREREQFUNC_ABORT;
	}
	/*
	 * libcurl sends again when a kept connection closes without an answer. The first may have been heard. RFC 9110 §9.2.2
	 * lets a PUT and a DELETE be repeated, but the second answer is another one: "it is being deleted" reads like a refusal.
	 */
	if (exchange->attempts > 0 && !exchange->is_safe) {
		exchange->end = EXCHANGE_VETOED;
		return CURL_PREREQFUNC_ABORT;
	}
	exchange->attempts++;
	exchange->end = EXCHANGE_ENDED; /* whatever other addresses were refused while this one connected */
	return CURL_PREREQFUNC_OK;
}

static bool buffer_append(struct buffer *buffer, const char *data, size_t size)
{
	if (size > buffer->limit - buffer->size)
		return false;
	if (size > buffer->capacity - buffer->size) {
		size_t capacity = buffer->capacity < 8192 ? 8192 : buffer->capacity * 2;

		while (capacity - buffer->size < size)
			capacity *= 2;
		buffer->data = memory_resize(buffer->data, capacity, 1);
		buffer->capacity = capacity;
	}
	memcpy(buffer->data + buffer->size, data, size);
	buffer->size += size;
	return true;
}

static size_t on_header(char *data, size_t one, size_t size, void *context)
{
	struct exchange *exchange = context;

	(void)one;
	/* A status line: what came before it was an interim response (1xx). */
	if (size >= 5 && memcmp(data, "HTTP/", 5) == 0)
		exchange->head.size = 0;
	if (buffer_append(&exchange->head, data, size))
		return size;
	exchange->end = EXCHANGE_OVERSIZED;
	return 0;
}

static size_t on_body(char *data, size_t one, size_t size, void *context)
{
	struct exchange *exchange = context;

	(void)one;
	if (buffer_append(&exchange->body, data, size))
		return size;
	exchange->end = EXCHANGE_OVERSIZED;
	return 0;
}

static struct curl_slist *must_append(struct curl_slist *list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(list, line);

	/* Only memory can be missing, and then memory_new has the words for it. */
	return longer ? longer : memory_new(SIZE_MAX);
}

static bool has_header(const struct http_request *request, const char *name)
{
	for (size_t i = 0; i < request->header_count; i++) {
		if (strcasecmp(request->headers[i].name, name) == 0)
			return true;
	}
	return false;
}

static struct status set_headers(struct arena *arena, struct exchange *exchange, const struct http_request *request)
{
	for (size_t i = 0; i < request->header_count; i++) {
		const struct http_header *header = &request->headers[i];

		if (!is_token(header->name) || !is_field_value(header->value))
			return invalid(arena, "has a header with a character that no header may have");
		/* libcurl takes "name:" for a header to leave out, and writes an empty one only for "name;" */
		const char *line = header->value[0] ? arena_printf(arena, "%s: %s", header->name, header->value)
						    : arena_printf(arena, "%s;", header->name);
		exchange->headers = must_append(exchange->headers, line);
	}
	/* What libcurl would add by itself: a form's content type, and a question before each larger body. */
	if (!has_header(request, "Content-Type"))
		exchange->headers = must_append(exchange->headers, "Content-Type:");
	exchange->headers = must_append(exchange->headers, "Expect:");
	curl_easy_setopt(exchange->easy, CURLOPT_HTTPHEADER, exchange->headers);
	return OK;
}

static void set_method(struct exchange *exchange, const struct http_request *request)
{
	bool has_body = request->body.size > 0 || text_equal(request->method, "POST") ||
			text_equal(request->method, "PUT") || text_equal(request->method, "PATCH");

	if (text_equal(request->method, "HEAD")) {
		curl_easy_setopt(exchange->easy, CURLOPT_NOBODY, 1L);
		return;
	}
	if (has_body) {
		curl_easy_setopt(exchange->easy, CURLOPT_POST, 1L);
		curl_easy_setopt(exchange->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.size);
		curl_easy_setopt(exchange->easy, CURLOPT_POSTFIELDS, request->body.size > 0 ? request->body.data : "");
	}
	curl_easy_setopt(exchange->easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static void set_blob(CURL *easy, CURLoption option, const char *pem)
{
	struct curl_blob blob = { .data = (void *)(uintptr_t)pem, .flags = CURL_BLOB_NOCOPY };

	if (!pem)
		return;
	blob.len = strlen(pem);
	curl_easy_setopt(easy, option, &blob);
}

static void set_trust(CURL *easy, const struct http_options *options)
{
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (options->ca_pem)
		curl_easy_setopt(easy, CURLOPT_CAPATH,
				 NULL); /* else the system's authorities would be trusted as well */
	set_blob(easy, CURLOPT_CAINFO_BLOB, options->ca_pem);
	set_blob(easy, CURLOPT_SSLCERT_BLOB, options->client_certificate_pem);
	set_blob(easy, CURLOPT_SSLKEY_BLOB, options->client_key_pem);
}

static void set_bounds(struct exchange *exchange, int64_t timeout_ms)
{
	const struct http_options *options = &exchange->client->options;
	int64_t connect_ms = options->connect_timeout_ms < timeout_ms ? options->connect_timeout_ms : timeout_ms;

	curl_easy_setopt(exchange->easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	curl_easy_setopt(exchange->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
	curl_easy_setopt(exchange->easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(exchange->easy, CURLOPT_PROTOCOLS_STR,
			 options->cleartext == HTTP_CLEARTEXT_NEVER ? "https" : "http,https");
	curl_easy_setopt(exchange->easy, CURLOPT_PROXY,
			 ""); /* not what the environment says: the address would be the proxy's */
	curl_easy_setopt(exchange->easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(exchange->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(exchange->easy, CURLOPT_QUICK_EXIT, 1L); /* do not wait for a resolver that nobody waits for */
	curl_easy_setopt(exchange->easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(exchange->easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(exchange->easy, CURLOPT_USERAGENT, "gaon");
}

static void set_callbacks(struct exchange *exchange)
{
	CURL *easy = exchange->easy;

	curl_easy_setopt(easy, CURLOPT_PRIVATE, exchange);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, exchange);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_before_request);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, exchange);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
}

static bool is_safe(const char *method)
{
	return text_equal(method, "GET") || text_equal(method, "HEAD") || text_equal(method, "OPTIONS");
}

struct status exchange_new(struct arena *arena, const struct http_client *client, const struct http_request *request,
			   int64_t timeout_ms, struct exchange **exchange)
{
	size_t body_limit = request->body_limit_bytes;

	if (!is_token(request->method))
		return invalid(arena, "has no valid method");

	struct exchange *made = MEMORY_NEW(struct exchange);
	made->client = client;
	made->is_safe = is_safe(request->method);
	made->head.limit = client->options.header_limit_bytes;
	made->body.limit = body_limit > 0 ? body_limit : client->options.body_limit_bytes;
	pthread_cond_init(&made->done, NULL);
	made->easy = curl_easy_init();
	if (!made->easy)
		memory_new(SIZE_MAX);

	struct status status = set_headers(arena, made, request);
	if (!status_is_ok(status)) {
		exchange_free(made);
		return status;
	}
	curl_easy_setopt(made->easy, CURLOPT_URL, request->url);
	set_method(made, request);
	set_trust(made->easy, &client->options);
	set_bounds(made, timeout_ms);
	set_callbacks(made);
	*exchange = made;
	return OK;
}

void exchange_free(struct exchange *exchange)
{
	if (!exchange)
		return;
	curl_easy_cleanup(exchange->easy);
	curl_slist_free_all(exchange->headers);
	pthread_cond_destroy(&exchange->done);
	memory_free(exchange->head.data);
	memory_free(exchange->body.data);
	memory_free(exchange);
}
