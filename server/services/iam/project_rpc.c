/* SPDX-License-Identifier: Apache-2.0 */
/* project_rpc.c: projects on the wire. */
#include "gaon/iam/v1/iam.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/iam/policy_store.h"
#include "server/services/iam/project_store.h"
#include "server/services/iam/room.h"
#include "server/services/wire/wire.h"

static const char PATTERN[] = "tenants/{}/projects/{}";

static void project_to_wire(struct arena *arena, const struct project *project, Gaon__Project *message)
{
	struct json *labels = NULL;

	message->name = project->name;
	message->display_name = project->display_name;
	message->cost_center = project->cost_center;
	if (status_is_ok(json_parse(arena, slice_text(project->labels), NULL, &labels)))
		message->labels = wire_map(arena, &gaon__project__labels_entry__descriptor, labels, &message->n_labels);
	message->etag = etag_format(arena, project->revision);
	message->create_time = wire_timestamp(arena, project->create_us);
	message->update_time = wire_timestamp(arena, project->update_us);
}

struct status iam_create_project(struct call *call, const Gaon__CreateProjectRequest *request, Gaon__Project *reply)
{
	const char *ids[1];
	const Gaon__Project empty = GAON__PROJECT__INIT;
	const Gaon__Project *given = request->project != NULL ? request->project : &empty;

	TRY(resource_parse(call->arena, "parent", request->parent, "tenants/{}", ids));
	TRY(iam_tenant_check(call->tx, request->parent));

	const struct project project = {
		.name = arena_printf(call->arena, "%s/projects/%s", request->parent, request->project_id),
		.tenant = request->parent,
		.display_name = text_is_empty(given->display_name) ? request->project_id : given->display_name,
		.cost_center = text_or_empty(given->cost_center),
		.labels = json_print(call->arena, wire_map_read(call->arena, given->n_labels, given->labels)),
		.revision = 1,
		.create_us = call->now_us,
		.update_us = call->now_us,
	};

	TRY(project_insert(call->tx, &project));
	project_to_wire(call->arena, &project, reply);
	return OK;
}

struct status iam_get_project(struct call *call, const Gaon__GetProjectRequest *request, Gaon__Project *reply)
{
	const char *ids[2];
	struct project project;

	TRY(resource_parse(call->arena, "name", request->name, PATTERN, ids));
	TRY(project_find(call->tx, request->name, &project));
	project_to_wire(call->arena, &project, reply);
	return OK;
}

struct status iam_list_projects(struct call *call, const Gaon__ListProjectsRequest *request, Gaon__ListProjectsResponse *reply)
{
	const char *ids[1];
	struct page page;
	struct project *projects = NULL;
	size_t count = 0;

	TRY(resource_parse(call->arena, "parent", request->parent, "tenants/{}", ids));
	TRY(page_read(call->arena, request->page_size, request->page_token,
		      arena_printf(call->arena, "projects %s", request->parent), &page));
	TRY(project_page(call->tx, request->parent, page.after, page.limit + 1, &projects, &count));
	if (count > page.limit) {
		count = page.limit;
		reply->next_page_token = page_next(call->arena, &page, projects[count - 1].name);
	}
	reply->projects = ARENA_ARRAY(call->arena, count, Gaon__Project *);
	for (size_t i = 0; i < count; i++) {
		Gaon__Project *message = ARENA_NEW(call->arena, Gaon__Project);

		gaon__project__init(message);
		project_to_wire(call->arena, &projects[i], message);
		reply->projects[reply->n_projects++] = message;
	}
	return OK;
}

struct status iam_update_project(struct call *call, const Gaon__UpdateProjectRequest *request, Gaon__Project *reply)
{
	static const char *const allowed[] = { "display_name", "cost_center", "labels", NULL };
	const Gaon__Project *given = request->project;
	const char *ids[2];
	struct project project;

	TRY(resource_parse(call->arena, "project.name", given->name, PATTERN, ids));
	TRY(wire_mask_check(call->arena, request->update_mask, allowed));
	TRY(project_find(call->tx, given->name, &project));
	TRY(etag_check(call->arena, given->etag, project.revision));
	if (wire_mask_has(request->update_mask, &given->base, "display_name"))
		project.display_name = given->display_name;
	if (wire_mask_has(request->update_mask, &given->base, "cost_center"))
		project.cost_center = given->cost_center;
	if (wire_mask_has(request->update_mask, &given->base, "labels"))
		project.labels = json_print(call->arena, wire_map_read(call->arena, given->n_labels, given->labels));
	project.update_us = call->now_us;
	TRY(project_update(call->tx, &project));
	project_to_wire(call->arena, &project, reply);
	return OK;
}

struct status iam_delete_project(struct call *call, const Gaon__DeleteProjectRequest *request,
				 Gaon__DeleteProjectResponse *reply)
{
	const char *ids[2];
	struct project project;
	bool is_owned = false;

	(void)reply;
	TRY(resource_parse(call->arena, "name", request->name, PATTERN, ids));
	TRY(project_find(call->tx, request->name, &project));
	TRY(etag_check(call->arena, request->etag, project.revision));
	TRY(iam_is_owned(call->tx, project.name, &is_owned));
	if (is_owned)
		return status_fail(call->arena, STATUS_FAILED_PRECONDITION, "PROJECT_NOT_EMPTY",
				   "%s still owns resources or open orders; delete or finish those first", project.name);
	TRY(iam_policy_delete(call->tx, project.name));
	TRY(project_delete(call->tx, project.name));
	return iam_touch(call->tx, NULL);
}
