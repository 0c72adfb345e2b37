/* SPDX-License-Identifier: Apache-2.0 */
/* session.c: opening, logging in once for all, sending, logging out. */
#include "providers/vsphere/session.h"

#include <string.h>
#include <strings.h>

#include "runtime/base/memory.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define COOKIE "vmware_soap_session"
#define COOKIE_MOST 1024
#define LOGOUT_MS 5000

/* ---- one exchange ---- */

static struct provider_result exchange(struct provider_session *session, struct provider_call *call, const struct xml *method,
				       bool is_read, const char *cookie, const char *action, struct http_response *response)
{
	const struct http_header headers[] = { { "Content-Type", "text/xml; charset=utf-8" },
					       { "SOAPAction", action },
					       { "Cookie", cookie } };
	struct cloud_request request = {
		.method = "POST",
		.url = session->url,
		.headers = headers,
		.header_count = cookie ? 3 : 2,
		.body = slice_text(vsphere_document(call->arena, method)),
		.what = method->name,
		.is_read = is_read,
	};

	return cloud_send(session->cloud, call, &request, response);
}

static struct provider_result refusal(struct provider_session *session, struct provider_call *call, const struct xml *method,
				      const struct http_response *response, enum provider_error error, const char *text)
{
	const struct cloud_request request = { .method = "POST", .url = session->url, .what = method->name };

	return cloud_refusal(session->cloud, call, &request, response, error, text);
}

/* <Method>Response, or the fault. */
static struct provider_result answer_read(struct provider_session *session, struct provider_call *call, const struct xml *method,
					  bool is_read, const struct http_response *response, const struct xml **answer,
					  struct vsphere_fault *fault)
{
	const struct cloud_request request = { .url = session->url, .what = method->name, .is_read = is_read };
	enum provider_error unknown = is_read ? PROVIDER_UNAVAILABLE : PROVIDER_UNKNOWN_OUTCOME;
	struct xml *envelope;

	if (response->status != 200 && response->status != 500)
		return refusal(session, call, method, response, cloud_class(response->status, is_read), "");
	struct provider_result result = cloud_xml(session->cloud, call, &request, response, &envelope);
	if (result.error != PROVIDER_OK)
		return result;
	const struct xml *first = vsphere_body(envelope);
	if (first && text_ends_with(first->name, "Fault")) {
		*fault = vsphere_fault_read(first);
		return refusal(session, call, method, response, vsphere_fault_class(fault, unknown),
			       vsphere_fault_text(call->arena, fault));
	}
	if (!first || response->status != 200)
		return refusal(session, call, method, response, unknown,
			       "the answer is none of the vSphere API; see that the endpoint is a vCenter or an ESXi");
	*answer = first;
	return PROVIDER_DONE;
}

/* ---- logging in ---- */

static struct vsphere_ref content_ref(struct arena *arena, const struct xml *content, const char *name)
{
	struct vsphere_ref ref = vsphere_ref_read(xml_child(content, name));

	if (!ref.id)
		return (struct vsphere_ref){ NULL, NULL };
	return (struct vsphere_ref){ arena_strdup(arena, ref.type), arena_strdup(arena, ref.id) };
}

static struct vsphere_service *service_read(struct arena *arena, const struct xml *content)
{
	const struct xml *about = xml_child(content, "about");
	struct vsphere_service *service = ARENA_NEW(arena, struct vsphere_service);

	service->product = arena_strdup(arena, xml_text(xml_child(about, "name"), "VMware vSphere"));
	service->version = arena_strdup(arena, xml_text(xml_child(about, "version"), "unknown"));
	service->api_version = arena_strdup(arena, xml_text(xml_child(about, "apiVersion"), ""));
	service->is_vcenter = text_equal(xml_text(xml_child(about, "apiType"), NULL), "VirtualCenter");
	service->root = content_ref(arena, content, "rootFolder");
	service->property_collector = content_ref(arena, content, "propertyCollector");
	service->view_manager = content_ref(arena, content, "viewManager");
	service->session_manager = content_ref(arena, content, "sessionManager");
	service->search_index = content_ref(arena, content, "searchIndex");
	service->perf_manager = content_ref(arena, content, "perfManager");
	service->event_manager = content_ref(arena, content, "eventManager");
	service->disk_manager = content_ref(arena, content, "virtualDiskManager");
	service->file_manager = content_ref(arena, content, "fileManager");
	service->object_manager = content_ref(arena, content, "vStorageObjectManager");
	bool is_whole = service->root.id && service->property_collector.id && service->view_manager.id &&
			service->session_manager.id && service->search_index.id;
	return is_whole ? service : NULL;
}

static const struct vsphere_service *service_of(struct provider_session *session)
{
	pthread_mutex_lock(&session->mutex);
	const struct vsphere_service *service = session->service;
	pthread_mutex_unlock(&session->mutex);
	return service;
}

/* What the server consists of: it tells that to everybody. By the one who logs in, so never by two at once. */
static struct provider_result service_ask(struct provider_session *session, struct provider_call *call,
					  const struct vsphere_service **service)
{
	const struct vsphere_ref instance = { "ServiceInstance", "ServiceInstance" };
	struct xml *method = vsphere_method(call->arena, "RetrieveServiceContent", instance);
	struct vsphere_fault fault;
	struct http_response response;
	const struct xml *answer;

	*service = service_of(session);
	if (*service)
		return PROVIDER_DONE;
	struct provider_result result = exchange(session, call, method, true, NULL, "urn:vim25/6.5", &response);
	if (result.error == PROVIDER_OK)
		result = answer_read(session, call, method, true, &response, &answer, &fault);
	if (result.error != PROVIDER_OK)
		return result;
	struct vsphere_service *made = service_read(session->arena, xml_child(answer, "returnval"));
	if (!made)
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "the endpoint speaks vim25, but is neither a vCenter nor an ESXi; set the connection's endpoint");
	pthread_mutex_lock(&session->mutex);
	session->service = *service = made;
	pthread_mutex_unlock(&session->mutex);
	return PROVIDER_DONE;
}

/* vmware_soap_session="52ab…"; Path=/; HttpOnly */
static const char *cookie_of(struct arena *arena, const struct http_response *response)
{
	for (size_t i = 0; i < response->header_count; i++) {
		const char *value = response->headers[i].value;
		size_t size = strcspn(text_or_empty(value), ";");
		if (strcasecmp(response->headers[i].name, "Set-Cookie") == 0 && text_starts_with(value, COOKIE "=") &&
		    size > strlen(COOKIE "=") && size <= COOKIE_MOST)
			return arena_strndup(arena, value, size);
	}
	return NULL;
}

static void cookie_keep(struct provider_session *session, const char *cookie)
{
	pthread_mutex_lock(&session->mutex);
	if (session->cookie)
		memory_wipe(session->cookie, strlen(session->cookie));
	memory_free(session->cookie);
	session->cookie = memory_strdup(cookie);
	pthread_mutex_unlock(&session->mutex);
}

static const char *action_of(struct arena *arena, const struct vsphere_service *service)
{
	bool is_version = vsphere_is_id(service->api_version);

	return arena_printf(arena, "urn:vim25/%s", is_version ? service->api_version : "6.5");
}

static struct provider_result login(void *context, struct provider_call *call, const char **token, int64_t *expires_us)
{
	struct provider_session *session = context;
	const struct vsphere_service *service;
	struct vsphere_fault fault;
	struct http_response response;
	const struct xml *answer;

	struct provider_result result = service_ask(session, call, &service);
	if (result.error != PROVIDER_OK)
		return result;
	struct xml *method = vsphere_method(call->arena, "Login", service->session_manager);
	xml_add_text(method, "userName", session->user);
	xml_add_text(method, "password", session->password);
	xml_add_text(method, "locale", "en_US");
	/* Not a read, but nothing that has to be found again either: a login that nobody uses runs out by itself. */
	result = exchange(session, call, method, true, NULL, action_of(call->arena, service), &response);
	if (result.error == PROVIDER_OK)
		result = answer_read(session, call, method, true, &response, &answer, &fault);
	if (result.error != PROVIDER_OK)
		return result;
	*token = cookie_of(call->arena, &response);
	*expires_us = 0;
	if (!*token)
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE, "vSphere took the login but gave no session; try again");
	cookie_keep(session, *token);
	return PROVIDER_DONE;
}

struct provider_result vsphere_login(struct provider_session *session, struct provider_call *call, const char **cookie)
{
	return bearer_get(session->bearer, call, cookie);
}

struct provider_result vsphere_enter(struct provider_session *session, struct provider_call *call,
				     const struct vsphere_service **service)
{
	const char *cookie;

	*service = service_of(session);
	if (*service)
		return PROVIDER_DONE;
	struct provider_result result = vsphere_login(session, call, &cookie);
	if (result.error == PROVIDER_OK)
		*service = service_of(session);
	return result;
}

/* A session that ran out, or that an administrator ended, did nothing of what was asked: so it is asked once more. */
struct provider_result vsphere_send(struct provider_session *session, struct provider_call *call, const struct xml *method,
				    bool is_read, const struct xml **response, struct vsphere_fault *fault)
{
	struct vsphere_fault unread = { .type = "" };
	struct provider_result result = PROVIDER_DONE;
	struct http_response received;
	const char *cookie;

	for (int i = 0; i < 2; i++) {
		unread = (struct vsphere_fault){ .type = "", .text = "" };
		result = vsphere_login(session, call, &cookie);
		if (result.error == PROVIDER_OK)
			result = exchange(session, call, method, is_read, cookie, action_of(call->arena, service_of(session)),
					  &received);
		if (result.error == PROVIDER_OK)
			result = answer_read(session, call, method, is_read, &received, response, &unread);
		if (!text_equal(unread.type, "NotAuthenticated"))
			break;
		bearer_drop(session->bearer, cookie);
	}
	if (fault)
		*fault = unread;
	return result;
}

/* ---- opening and closing ---- */

static struct provider_result credentials_read(struct arena *arena, const struct json *credentials, const char **user,
					       const char **password)
{
	const char *key;
	const struct json *value;

	for (size_t i = 0; json_member(credentials, i, &key, &value); i++)
		if (!text_equal(key, "username") && !text_equal(key, "password"))
			return provider_fail(arena, PROVIDER_INVALID, "credentials.%.64s: give username and password", key);
	*user = json_text(json_get(credentials, "username"), NULL);
	*password = json_text(json_get(credentials, "password"), NULL);
	if (text_is_empty(*user) || text_is_empty(*password))
		return provider_fail(arena, PROVIDER_INVALID,
				     "credentials: give username (as in gaon@vsphere.local, or root for ESXi) and password");
	return PROVIDER_DONE;
}

static const char *url_of(struct arena *arena, const char *endpoint)
{
	size_t size = strlen(endpoint);

	while (size > 0 && endpoint[size - 1] == '/')
		size--;
	const char *base = arena_strndup(arena, endpoint, size);
	return text_ends_with(base, "/sdk") ? base : arena_printf(arena, "%s/sdk", base);
}

struct provider_result vsphere_open(struct provider_call *call, const struct provider_config *config,
				    struct provider_session **session)
{
	struct vsphere_options options;
	const char *user = NULL, *password = NULL;
	struct cloud *cloud = NULL;

	struct provider_result result = cloud_endpoint_check(call->arena, config->options, config->endpoint);
	if (result.error == PROVIDER_OK)
		result = vsphere_options_read(call->arena, config, &options);
	if (result.error == PROVIDER_OK)
		result = credentials_read(call->arena, config->credentials, &user, &password);
	struct cloud_settings settings = { .title = "vSphere", .options = config->options, .credentials = config->credentials };
	if (result.error == PROVIDER_OK)
		result = cloud_new(call->arena, &settings, &cloud);
	if (result.error != PROVIDER_OK)
		return result;
	struct arena *arena = arena_new(0);
	struct provider_session *made = ARENA_NEW(arena, struct provider_session);
	*made = (struct provider_session){
		.arena = arena,
		.connection = arena_strdup(arena, text_or_empty(config->connection)),
		.installation = arena_strdup(arena, text_or_empty(config->installation)),
		.url = url_of(arena, config->endpoint),
		.user = arena_strdup(arena, user),
		.password = arena_strdup(arena, password),
		.cloud = cloud,
	};
	/* Once more, into the arena that stays: it was right before. */
	struct provider_call again = { .arena = arena };
	(void)vsphere_options_read(again.arena, config, &made->options);
	made->bearer = bearer_new(login, made, 0);
	pthread_mutex_init(&made->mutex, NULL);
	*session = made;
	return PROVIDER_DONE;
}

/* A vCenter has room for so many sessions only: ours is given back. Best effort; it runs out by itself. */
static void logout(struct provider_session *session)
{
	struct arena *arena = arena_new(0);
	struct provider_call call = { .arena = arena, .deadline_us = time_monotonic_us() + LOGOUT_MS * TIME_US_PER_MS };
	struct http_response response;

	if (session->cookie && session->service) {
		struct xml *method = vsphere_method(arena, "Logout", session->service->session_manager);
		(void)exchange(session, &call, method, false, session->cookie, action_of(arena, session->service), &response);
	}
	arena_free(arena);
}

void vsphere_close(struct provider_session *session)
{
	if (!session)
		return;
	logout(session);
	cookie_keep(session, NULL);
	memory_free(session->view_cookie);
	vsphere_place_release(session->place);
	bearer_free(session->bearer);
	cloud_free(session->cloud);
	pthread_mutex_destroy(&session->mutex);
	memory_wipe((char *)session->password, strlen(session->password));
	arena_free(session->arena);
}
