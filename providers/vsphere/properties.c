/* SPDX-License-Identifier: Apache-2.0 */
/* properties.c: the property collector: one object, a page of many, all of them. */
#include "providers/vsphere/session.h"
#include "runtime/base/text.h"

#define OBJECTS_MOST 100000
#define PAGE_SIZE 500

/* RetrievePropertiesEx up to the one object set, which is returned: `type` with these paths. */
static struct xml *retrieve_new(struct arena *arena, const struct vsphere_service *service, const char *type,
				const char *const *paths, struct vsphere_ref object, struct xml **method)
{
	*method = vsphere_method(arena, "RetrievePropertiesEx", service->property_collector);
	struct xml *filter = xml_add(*method, "specSet");
	struct xml *wanted = xml_add(filter, "propSet");
	xml_add_text(wanted, "type", type);
	for (size_t i = 0; paths[i]; i++)
		xml_add_text(wanted, "pathSet", paths[i]);
	struct xml *set = xml_add(filter, "objectSet");
	vsphere_add_ref(set, "obj", object);
	return set;
}

struct provider_result vsphere_properties(struct provider_session *session, struct provider_call *call, struct vsphere_ref ref,
					  const char *const *paths, const struct xml **object)
{
	const struct vsphere_service *service;
	const struct xml *response;
	struct xml *method;

	struct provider_result result = vsphere_enter(session, call, &service);
	if (result.error != PROVIDER_OK)
		return result;
	retrieve_new(call->arena, service, ref.type, paths, ref, &method);
	xml_add(method, "options");
	result = vsphere_send(session, call, method, true, &response, NULL);
	if (result.error != PROVIDER_OK)
		return result;
	*object = xml_path(response, "returnval", "objects", NULL);
	if (!*object)
		return provider_fail(call->arena, PROVIDER_NOT_FOUND, "vSphere has no %s \"%.80s\"", ref.type, ref.id);
	return result;
}

const struct xml *vsphere_property(const struct xml *object, const char *path)
{
	for (const struct xml *set = xml_child(object, "propSet"); set; set = xml_next_child(set, "propSet"))
		if (text_equal(xml_text(xml_child(set, "name"), NULL), path))
			return xml_child(set, "val");
	return NULL;
}

const char *vsphere_property_text(const struct xml *object, const char *path, const char *otherwise)
{
	return xml_text(vsphere_property(object, path), otherwise);
}

struct vsphere_ref vsphere_object_ref(const struct xml *object)
{
	return vsphere_ref_read(xml_child(object, "obj"));
}

static const struct xml *page_of(const struct xml *response, struct arena *arena, const struct xml ***objects, size_t *count,
				 const char **next)
{
	const struct xml *page = xml_child(response, "returnval");
	size_t most = 0;

	for (const struct xml *each = xml_child(page, "objects"); each; each = xml_next_child(each, "objects"))
		most++;
	*objects = ARENA_ARRAY(arena, most, const struct xml *);
	*count = 0;
	for (const struct xml *each = xml_child(page, "objects"); each; each = xml_next_child(each, "objects"))
		(*objects)[(*count)++] = each;
	*next = xml_text(xml_child(page, "token"), NULL);
	if (text_is_empty(*next))
		*next = NULL;
	return page;
}

static struct xml *first_page(struct arena *arena, const struct vsphere_service *service, const struct vsphere_query *query)
{
	struct xml *method;
	struct xml *set = retrieve_new(arena, service, query->type, query->paths, query->view, &method);

	vsphere_add_bool(set, "skip", true);
	struct xml *walk = vsphere_add_typed(set, "selectSet", "TraversalSpec");
	xml_add_text(walk, "name", "inside");
	xml_add_text(walk, "type", query->view.type);
	xml_add_text(walk, "path", query->path ? query->path : "view");
	vsphere_add_bool(walk, "skip", false);
	xml_add_int(xml_add(method, "options"), "maxObjects", query->most);
	return method;
}

struct provider_result vsphere_query_page(struct provider_session *session, struct provider_call *call,
					  const struct vsphere_query *query, const char *token, const struct xml ***objects,
					  size_t *count, const char **next)
{
	const struct vsphere_service *service;
	struct vsphere_fault fault = { .type = "" };
	const struct xml *response;
	struct xml *method;

	struct provider_result result = vsphere_enter(session, call, &service);
	if (result.error != PROVIDER_OK)
		return result;
	if (token) {
		method = vsphere_method(call->arena, "ContinueRetrievePropertiesEx", service->property_collector);
		xml_add_text(method, "token", token);
	} else {
		method = first_page(call->arena, service, query);
	}
	result = vsphere_send(session, call, method, true, &response, &fault);
	if (token && (text_equal(fault.type, "InvalidProperty") || text_equal(fault.type, "InvalidArgument")))
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "the page token is not one of this list (any more); start from the first page");
	if (result.error == PROVIDER_OK)
		page_of(response, call->arena, objects, count, next);
	return result;
}

static struct provider_result view_new(struct provider_session *session, struct provider_call *call,
				       struct vsphere_ref container, const char *type, struct vsphere_ref *view)
{
	const struct vsphere_service *service;
	const struct xml *response;

	struct provider_result result = vsphere_enter(session, call, &service);
	if (result.error != PROVIDER_OK)
		return result;
	struct xml *method = vsphere_method(call->arena, "CreateContainerView", service->view_manager);
	vsphere_add_ref(method, "container", container);
	xml_add_text(method, "type", type);
	vsphere_add_bool(method, "recursive", true);
	result = vsphere_send(session, call, method, true, &response, NULL);
	if (result.error != PROVIDER_OK)
		return result;
	*view = vsphere_ref_read(xml_child(response, "returnval"));
	if (!view->id)
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE, "vSphere gave no view of %s; try again", container.id);
	return result;
}

static void view_drop(struct provider_session *session, struct provider_call *call, struct vsphere_ref view)
{
	const struct xml *response;

	/* One that stays ends with the login. */
	(void)vsphere_send(session, call, vsphere_method(call->arena, "DestroyView", view), true, &response, NULL);
}

/* A page of the scan in an arena of its own; what the visitor keeps is not in it. */
static struct provider_result page_visit(struct provider_session *session, struct provider_call *call,
					 const struct vsphere_query *query, const struct vsphere_visitor *visitor, const char **token)
{
	struct provider_call page_call = *call;
	const struct xml **objects;
	const char *next = NULL;
	size_t count = 0;

	page_call.arena = arena_new(0);
	struct provider_result result = vsphere_query_page(session, &page_call, query, *token, &objects, &count, &next);
	result.message = result.message ? arena_strdup(call->arena, result.message) : NULL;
	result.request_id = result.request_id ? arena_strdup(call->arena, result.request_id) : NULL;
	for (size_t i = 0; i < count && result.error == PROVIDER_OK; i++)
		visitor->visit(objects[i], page_call.arena, visitor->context);
	*token = next ? arena_strdup(call->arena, next) : NULL;
	arena_free(page_call.arena);
	return result;
}

struct provider_result vsphere_scan(struct provider_session *session, struct provider_call *call, struct vsphere_ref container,
				    const char *type, const char *const *paths, const struct vsphere_visitor *visitor)
{
	struct vsphere_query query = { .type = type, .paths = paths, .most = PAGE_SIZE };
	const char *token = NULL;

	struct provider_result result = view_new(session, call, container, type, &query.view);
	if (result.error != PROVIDER_OK)
		return result;
	do
		result = page_visit(session, call, &query, visitor, &token);
	while (result.error == PROVIDER_OK && token);
	view_drop(session, call, query.view);
	return result;
}

struct provider_result vsphere_collect(struct provider_session *session, struct provider_call *call,
				       struct vsphere_ref container, const char *type, const char *const *paths,
				       const struct xml ***objects, size_t *count)
{
	struct vsphere_query query = { .type = type, .paths = paths, .most = PAGE_SIZE };
	const char *token = NULL;
	const struct xml **all = NULL;
	size_t total = 0;

	struct provider_result result = view_new(session, call, container, type, &query.view);
	if (result.error != PROVIDER_OK)
		return result;
	do {
		const struct xml **page;
		size_t page_count;
		result = vsphere_query_page(session, call, &query, token, &page, &page_count, &token);
		if (result.error != PROVIDER_OK)
			break;
		if (total + page_count > OBJECTS_MOST) {
			result = provider_fail(call->arena, PROVIDER_UNAVAILABLE,
					       "vSphere tells of more than %d objects of the type %s; narrow the datacenter or folder",
					       OBJECTS_MOST, type);
			break;
		}
		const struct xml **grown = ARENA_ARRAY(call->arena, total + page_count, const struct xml *);
		for (size_t i = 0; i < total; i++)
			grown[i] = all[i];
		for (size_t i = 0; i < page_count; i++)
			grown[total++] = page[i];
		all = grown;
	} while (token);
	view_drop(session, call, query.view);
	*objects = all;
	*count = total;
	return result;
}
