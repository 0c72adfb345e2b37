/* SPDX-License-Identifier: Apache-2.0 */
/* old_cloud.c: what it answers. */
#include "tests/unit/openstack/old_cloud.h"

#include <stdio.h>
#include <string.h>

#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define TENANT "f5073eaa26b64cffbee89411df94ce01"
#define COMPUTE "/compute/v2/" TENANT
#define PAGE 2

static void answer(const struct server_request *request, const char *status, const char *body)
{
	server_write(request->socket,
		     "HTTP/1.1 %s\r\nContent-Type: application/json\r\nx-openstack-request-id: "
		     "req-old\r\nContent-Length: %zu\r\n\r\n%s",
		     status, strlen(body), body);
}

/* ---- Keystone v2.0: POST /v2.0/tokens ---- */

static const char *catalog(struct arena *arena, unsigned port)
{
	return arena_printf(arena,
			    "[{\"endpoints\": [{\"region\": \"KR1\", \"publicURL\": \"http://127.0.0.1:%u" COMPUTE
			    "\"}], \"type\": \"compute\","
			    " \"name\": \"nova\"}, {\"endpoints\": [{\"region\": \"KR1\", \"publicURL\": "
			    "\"http://127.0.0.1:%u/image\"}],"
			    " \"type\": \"image\", \"name\": \"glance\"}]",
			    port, port);
}

static void sign_in(struct old_cloud *cloud, struct arena *arena, const struct server_request *request)
{
	struct json *body = NULL;
	bool is_json = status_is_ok(json_parse(arena, slice_of(request->body, request->body_size), NULL, &body));
	const struct json *password = json_path(body, "auth", "passwordCredentials", NULL);
	bool is_known = is_json && text_equal(json_text(json_get(password, "username"), NULL), "user@example.com") &&
			text_equal(json_text(json_get(password, "password"), NULL), "secretsecret") &&
			text_equal(json_text(json_path(body, "auth", "tenantId", NULL), NULL), TENANT);
	cloud->sign_ins++;
	cloud->wrong_sign_ins += !is_known;
	if (!is_known) {
		answer(request, "401 Unauthorized",
		       "{\"error\": {\"message\": \"The request you have made requires authentication: secretsecret\", "
		       "\"code\": 401,"
		       " \"title\": \"Unauthorized\"}}");
		return;
	}
	cloud->tokens++;
	const char *expires = time_format(arena, time_now_us() / TIME_US_PER_SECOND * TIME_US_PER_SECOND +
							 cloud->token_s * TIME_US_PER_SECOND);
	answer(request, "200 OK",
	       arena_printf(arena,
			    "{\"access\": {\"token\": {\"id\": \"old-token-%u\", \"expires\": \"%s\", \"tenant\": "
			    "{\"id\": \"" TENANT "\","
			    " \"name\": \"c_VKkasVsh\", \"enabled\": true}}, \"serviceCatalog\": %s, \"user\": "
			    "{\"roles\": []}}}",
			    cloud->tokens, expires, catalog(arena, http_server_port(cloud->server))));
}

/* ---- Nova v2 ---- */

static const char *server_print(struct arena *arena, const struct old_cloud *cloud, unsigned index)
{
	struct json *asked = NULL;
	if (!status_is_ok(json_parse(arena, slice_text(cloud->servers[index]), NULL, &asked)))
		return "{}";
	const struct json *server = json_get(asked, "server");
	const char *fault =
		cloud->has_fault ? ", \"fault\": {\"code\": 500, \"message\": \"No valid host was found.\"}" : "";
	return arena_printf(
		arena,
		"{\"id\": \"00000000-0000-4000-8000-0000000000%02u\", \"name\": %s, \"status\": \"%s\", \"image\": "
		"\"\","
		" \"created\": \"2020-02-25T01:15:%02uZ\", \"flavor\": {\"id\": \"m1\"}, \"metadata\": %s%s}",
		index, json_print(arena, json_get(server, "name")), cloud->has_fault ? "ERROR" : "ACTIVE", index,
		json_print(arena, json_get(server, "metadata")), fault);
}

/* Newest first, PAGE at a time, as Nova does. */
static void servers_list(struct old_cloud *cloud, struct arena *arena, const struct server_request *request,
			 const char *path)
{
	const char *marker = strstr(path, "marker=00000000-0000-4000-8000-0000000000");
	unsigned next = cloud->server_count, told = 0;
	struct text rows = text_new(arena);
	if (marker)
		(void)sscanf(marker, "marker=00000000-0000-4000-8000-0000000000%2u", &next);
	for (; next > 0 && told < PAGE; told++, next--)
		text_printf(&rows, "%s%s", told > 0 ? ", " : "", server_print(arena, cloud, next - 1));
	const char *links = next > 0 ? ", \"servers_links\": [{\"rel\": \"next\", \"href\": \"http://x\"}]" : "";
	answer(request, "200 OK", arena_printf(arena, "{\"servers\": [%s]%s}", rows.data, links));
}

static void server_make(struct old_cloud *cloud, struct arena *arena, const struct server_request *request)
{
	if (cloud->server_count < OLD_SERVERS_MOST)
		snprintf(cloud->servers[cloud->server_count++], OLD_TEXT, "%.*s", (int)request->body_size,
			 request->body);
	if (!cloud->loses_create)
		answer(request, "202 Accepted",
		       arena_printf(arena,
				    "{\"server\": {\"id\": \"00000000-0000-4000-8000-0000000000%02u\", \"links\": []}}",
				    cloud->server_count - 1));
}

static void server_show(struct old_cloud *cloud, struct arena *arena, const struct server_request *request,
			const char *path)
{
	unsigned index = OLD_SERVERS_MOST;
	(void)sscanf(path, COMPUTE "/servers/00000000-0000-4000-8000-0000000000%2u", &index);
	if (index < cloud->server_count)
		answer(request, "200 OK", arena_printf(arena, "{\"server\": %s}", server_print(arena, cloud, index)));
	else
		answer(request, "404 Not Found",
		       "{\"itemNotFound\": {\"code\": 404, \"message\": \"Instance could not be found.\"}}");
}

static bool is_signed(struct old_cloud *cloud, struct arena *arena, const struct server_request *request)
{
	const char *token = arena_printf(arena, "X-Auth-Token: old-token-%u\r\n", cloud->tokens);
	bool is_good = cloud->tokens > 0 && strstr(request->head, token) != NULL;
	cloud->refused += !is_good;
	if (!is_good)
		answer(request, "401 Unauthorized",
		       "{\"error\": {\"message\": \"The token is not good\", \"code\": 401}}");
	return is_good;
}

static void serve(struct old_cloud *cloud, struct arena *arena, const struct server_request *request,
		  const char *method, const char *path)
{
	bool is_post = strcmp(method, "POST") == 0;
	const char *version = strstr(request->head, "OpenStack-API-Version: ");
	snprintf(cloud->version_header, sizeof cloud->version_header, "%.*s", version ? (int)strcspn(version, "\r") : 0,
		 version ? version : "");
	if (is_post && strcmp(path, "/v2.0/tokens") == 0)
		sign_in(cloud, arena, request);
	else if (!is_signed(cloud, arena, request))
		return;
	else if (cloud->is_hollow)
		answer(request, "200 OK", "{}");
	else if (text_starts_with(path, COMPUTE "/servers/detail"))
		servers_list(cloud, arena, request, path);
	else if (is_post && strcmp(path, COMPUTE "/servers") == 0)
		server_make(cloud, arena, request);
	else if (text_starts_with(path, COMPUTE "/servers/"))
		server_show(cloud, arena, request, path);
	else if (text_starts_with(path, COMPUTE "/flavors/detail"))
		answer(request, "200 OK",
		       "{\"flavors\": [{\"id\": \"m1\", \"name\": \"m1.small\", \"vcpus\": 1, \"ram\": 2048, \"disk\": "
		       "0}]}");
	else
		answer(request, "404 Not Found",
		       "{\"itemNotFound\": {\"code\": 404, \"message\": \"The resource could not be found.\"}}");
}

static bool handle(const struct server_request *request)
{
	struct old_cloud *cloud = request->context;
	char method[8] = "", path[1024] = "";
	struct arena *arena = arena_new(0);
	(void)sscanf(request->head, "%7s %1023s", method, path);
	pthread_mutex_lock(&cloud->mutex);
	bool is_lost = cloud->loses_create && strcmp(method, "POST") == 0 && strcmp(path, COMPUTE "/servers") == 0;
	serve(cloud, arena, request, method, path);
	pthread_mutex_unlock(&cloud->mutex);
	arena_free(arena);
	return !is_lost;
}

void old_cloud_start(struct old_cloud *cloud)
{
	memset(cloud, 0, sizeof *cloud);
	pthread_mutex_init(&cloud->mutex, NULL);
	cloud->token_s = 12 * 3600;
	cloud->server = http_server_start(handle, cloud);
}

void old_cloud_stop(struct old_cloud *cloud)
{
	http_server_stop(cloud->server);
	pthread_mutex_destroy(&cloud->mutex);
}

void old_cloud_revoke(struct old_cloud *cloud)
{
	pthread_mutex_lock(&cloud->mutex);
	cloud->tokens += 1000;
	pthread_mutex_unlock(&cloud->mutex);
}
