/* SPDX-License-Identifier: Apache-2.0 */
/* inventory.c: finding, telling and listing machines. */
#include <string.h>

#include "providers/vsphere/vsphere.h"
#include "runtime/base/id.h"
#include "runtime/base/memory.h"
#include "runtime/base/text.h"

#define PAGE_DEFAULT 100
#define PAGE_MOST 500
#define NAMES_PAGE 1000
#define TOKEN_MOST 512

/* ---- one ---- */

struct provider_result vsphere_get(struct provider_session *session, struct provider_call *call, const char *native_id,
				   struct provider_machine *machine)
{
	struct vsphere_vm vm;

	struct provider_result result = vsphere_vm_get(session, call, native_id, VSPHERE_MACHINE, &vm);
	if (result.error == PROVIDER_OK)
		*machine = vm.machine;
	return result;
}

/* While a template is cloned there is a machine of the new name without a configuration, which no search by id finds. */
static struct provider_result by_name(struct provider_session *session, struct provider_call *call, const char *resource,
				      const char **id)
{
	static const char *const PATHS[] = { "name", NULL };
	const struct vsphere_place *place;
	const char *token = NULL;

	struct provider_result result = vsphere_place(session, call, &place);
	if (result.error != PROVIDER_OK)
		return result;
	const struct vsphere_query query = { .view = place->folder, .path = "childEntity", .type = "VirtualMachine",
					     .paths = PATHS, .most = NAMES_PAGE };
	do {
		const struct xml **objects;
		size_t count = 0;
		result = vsphere_query_page(session, call, &query, token, &objects, &count, &token);
		for (size_t i = 0; i < count && result.error == PROVIDER_OK && !*id; i++)
			if (vsphere_name_ends(vsphere_property_text(objects[i], "name", ""), resource))
				*id = vsphere_object_ref(objects[i]).id;
	} while (result.error == PROVIDER_OK && token && !*id);
	return result;
}

struct provider_result vsphere_made_find(struct provider_session *session, struct provider_call *call, const char *resource,
					 const char **id)
{
	*id = NULL;
	if (!id_is_uuid(text_or_empty(resource)))
		return PROVIDER_DONE;
	struct provider_result result = vsphere_vm_by_uuid(session, call, resource, id);
	if (result.error == PROVIDER_OK && !*id)
		result = by_name(session, call, resource, id);
	return result;
}

/*
 * Who looks by intent wants to know whether to create (again) or what to undo: so there must be no half of a machine. One
 * that is whole is started, one that is being cloned is waited for, one whose disk nobody copies any more is taken away.
 */
static struct provider_result complete(struct provider_session *session, struct provider_call *call, struct vsphere_vm *vm)
{
	struct vsphere_work work = { NULL };
	bool is_half = !vm->is_ours || text_equal(vm->phase, VSPHERE_PHASE_DISK);
	struct provider_result result = PROVIDER_DONE;

	if (!vm->is_whole)
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE, "the machine %s is still being cloned; look again later",
				     vm->ref.id);
	if (!is_half && !vm->phase)
		return PROVIDER_DONE;
	result = is_half ? vsphere_remove_begin(session, call, vm, &work) : vsphere_resume(session, call, vm, &work);
	if (result.error == PROVIDER_OK && is_half)
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE,
				     "half of a machine (%s) was left by an earlier attempt and is being removed; look again later",
				     vm->ref.id);
	return result;
}

struct provider_result vsphere_find(struct provider_session *session, struct provider_call *call,
				    const struct provider_intent *intent, struct provider_machine *machine)
{
	const char *id;
	struct vsphere_vm vm;

	struct provider_result result = vsphere_made_find(session, call, intent->resource, &id);
	if (result.error == PROVIDER_OK && id)
		result = vsphere_vm_get(session, call, id, VSPHERE_ANY, &vm);
	if (result.error != PROVIDER_OK)
		return result;
	bool is_foreign = id && vm.is_ours && !text_equal(vm.machine.marks.installation, session->installation);
	if (!id || is_foreign || vm.kind != VSPHERE_MACHINE)
		return provider_fail(call->arena, PROVIDER_NOT_FOUND, "vSphere has no machine of this intent");
	result = complete(session, call, &vm);
	if (result.error == PROVIDER_OK)
		*machine = vm.machine;
	return result;
}

/* ---- all ---- */

/* A view of all machines, kept as long as the login that it belongs to. */
static struct provider_result view_take(struct provider_session *session, struct provider_call *call, struct vsphere_ref *view)
{
	const struct vsphere_service *service;
	const struct vsphere_place *place;
	const struct xml *response;
	const char *cookie;
	bool is_kept;

	struct provider_result result = vsphere_enter(session, call, &service);
	if (result.error == PROVIDER_OK)
		result = vsphere_place(session, call, &place);
	if (result.error == PROVIDER_OK)
		result = vsphere_login(session, call, &cookie);
	if (result.error != PROVIDER_OK)
		return result;
	pthread_mutex_lock(&session->mutex);
	is_kept = text_equal(session->view_cookie, cookie);
	*view = session->machine_view;
	pthread_mutex_unlock(&session->mutex);
	if (is_kept)
		return result;
	struct xml *method = vsphere_method(call->arena, "CreateContainerView", service->view_manager);
	vsphere_add_ref(method, "container", place->datacenter->vm_folder);
	xml_add_text(method, "type", "VirtualMachine");
	vsphere_add_bool(method, "recursive", true);
	result = vsphere_send(session, call, method, true, &response, NULL);
	if (result.error != PROVIDER_OK)
		return result;
	*view = vsphere_ref_read(xml_child(response, "returnval"));
	if (!view->id)
		return provider_fail(call->arena, PROVIDER_UNAVAILABLE, "vSphere gave no view of the machines; try again");
	pthread_mutex_lock(&session->mutex);
	memory_free(session->view_cookie);
	session->view_cookie = memory_strdup(cookie);
	session->machine_view = (struct vsphere_ref){ "ContainerView", arena_strdup(session->arena, view->id) };
	pthread_mutex_unlock(&session->mutex);
	return result;
}

static void view_forget(struct provider_session *session)
{
	pthread_mutex_lock(&session->mutex);
	memory_free(session->view_cookie);
	session->view_cookie = NULL;
	pthread_mutex_unlock(&session->mutex);
}

struct provider_result vsphere_vms(struct provider_session *session, struct provider_call *call, struct provider_page *page,
				   struct vsphere_vm **vms, size_t *count)
{
	const struct vsphere_place *place;
	const struct xml **objects;
	struct vsphere_query query = { .type = "VirtualMachine" };
	const char *next = NULL;

	if (page->token && (strlen(page->token) > TOKEN_MOST || !text_is_printable(slice_text(page->token)) ||
			    !text_is_utf8(slice_text(page->token))))
		return provider_fail(call->arena, PROVIDER_INVALID,
				     "the page token is not one of this list; start from the first page");
	struct provider_result result = vsphere_place(session, call, &place);
	if (result.error != PROVIDER_OK)
		return result;
	query.paths = vsphere_vm_paths(place);
	query.most = page->size == 0 ? PAGE_DEFAULT : page->size > PAGE_MOST ? PAGE_MOST : page->size;
	for (int i = 0; i < 2; i++) {
		*count = 0;
		result = view_take(session, call, &query.view);
		if (result.error == PROVIDER_OK)
			result = vsphere_query_page(session, call, &query, page->token, &objects, count, &next);
		/* A login that was renewed on the way has no views yet. */
		if (result.error != PROVIDER_NOT_FOUND)
			break;
		view_forget(session);
	}
	if (result.error != PROVIDER_OK)
		return result;
	*vms = ARENA_ARRAY(call->arena, *count, struct vsphere_vm);
	for (size_t i = 0; i < *count; i++)
		vsphere_vm_read(call->arena, session, place, objects[i], &(*vms)[i]);
	page->token = next;
	return result;
}

struct provider_result vsphere_list(struct provider_session *session, struct provider_call *call, struct provider_page *page,
				    struct provider_machine **machines, size_t *count)
{
	struct vsphere_vm *vms;
	size_t all = 0;

	struct provider_result result = vsphere_vms(session, call, page, &vms, &all);
	if (result.error != PROVIDER_OK)
		return result;
	*machines = ARENA_ARRAY(call->arena, all, struct provider_machine);
	*count = 0;
	for (size_t i = 0; i < all; i++)
		if (vms[i].kind == VSPHERE_MACHINE)
			(*machines)[(*count)++] = vms[i].machine;
	return result;
}
