/* SPDX-License-Identifier: Apache-2.0 */
/* deployment_rpc.c: deployments on the wire. */
#include "gaon/lifecycle/v1/lifecycle.handlers.h"
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/catalog/catalog.h"
#include "server/services/iam/iam.h"
#include "server/services/lifecycle/machine_wire.h"
#include "server/services/lifecycle/room.h"
#include "server/services/wire/wire.h"

static struct status find(struct call *call, const char *name, const char *etag, struct deployment *deployment)
{
	const char *ids[3];

	TRY(resource_parse(call->arena, "name", name, DEPLOYMENT_NAME, ids));
	TRY(deployment_get(call->tx, name, deployment));
	return etag_check(call->arena, etag, deployment->revision);
}

struct status lifecycle_get_deployment(struct call *call, const Gaon__GetDeploymentRequest *request, Gaon__Deployment *reply)
{
	struct deployment deployment;

	TRY(find(call, request->name, "", &deployment));
	return deployment_reply(call->tx, call->arena, &deployment, reply);
}

struct status lifecycle_list_deployments(struct call *call, const Gaon__ListDeploymentsRequest *request,
					 Gaon__ListDeploymentsResponse *reply)
{
	struct page page;
	struct deployment *deployments;
	size_t count;

	TRY(iam_project_check(call->tx, request->parent));
	TRY(page_read(call->arena, request->page_size, request->page_token,
		      arena_printf(call->arena, "deployments %s %d", request->parent, request->show_deleted), &page));
	TRY(deployment_list(call->tx,
			    &(struct deployment_query){ request->parent, page.after, page.limit + 1, request->show_deleted },
			    &deployments, &count));
	if (count > page.limit) {
		count = page.limit;
		reply->next_page_token = page_next(call->arena, &page, deployments[count - 1].name);
	}
	reply->deployments = ARENA_ARRAY(call->arena, count + 1, Gaon__Deployment *);
	reply->n_deployments = count;
	for (size_t i = 0; i < count; i++) {
		reply->deployments[i] = ARENA_NEW(call->arena, Gaon__Deployment);
		gaon__deployment__init(reply->deployments[i]);
		TRY(deployment_reply(call->tx, call->arena, &deployments[i], reply->deployments[i]));
	}
	return OK;
}

struct status lifecycle_delete_deployment(struct call *call, const Gaon__DeleteDeploymentRequest *request,
					  Gaon__Operation *reply)
{
	struct deployment deployment;
	const char *id;
	struct machine_begin begin = {
		.kind = KIND_MACHINE_DELETE,
		.allowed = ~0u,
		.meanwhile = MACHINE_DELETING,
		.verb = VERB_DELETE,
		.requested_by = call->principal->name,
		.now_us = call->now_us,
	};

	TRY(find(call, request->name, request->etag, &deployment));
	TRY(deployment_begin_delete(call->tx, &deployment, &begin, &id));
	if (!id)
		return status_fail(call->arena, STATUS_FAILED_PRECONDITION, "DEPLOYMENT_GONE",
				   "nothing of this deployment is left at a cloud");
	return wire_operation_reply(call->tx, id, reply);
}

/** The longest that the product version allows, from now on. */
static struct status check_lease(struct call *call, const struct deployment *deployment, int64_t end_us)
{
	int32_t most_days = 0;

	/* One that was imported may be of no product, and then nothing limits it. */
	if (!text_is_empty(deployment->product_version))
		TRY(catalog_version_lease(call->tx, deployment->product_version, &most_days));
	if (most_days > 0 && (end_us == 0 || end_us > call->now_us + most_days * TIME_US_PER_DAY))
		return status_fail(call->arena, STATUS_FAILED_PRECONDITION, "LEASE_TOO_LONG",
				   "the product allows at most %d days from now", most_days);
	if (end_us != 0 && end_us <= call->now_us)
		return status_invalid_field(call->arena, "lease_end_time", "must be in the future; delete the deployment to end it now");
	return OK;
}

struct status lifecycle_set_deployment_lease(struct call *call, const Gaon__SetDeploymentLeaseRequest *request,
					     Gaon__Deployment *reply)
{
	struct deployment deployment;
	int64_t end_us;

	TRY(find(call, request->name, request->etag, &deployment));
	TRY(wire_timestamp_read(call->arena, "lease_end_time", request->lease_end_time, &end_us));
	if (deployment.state != DEPLOYMENT_ACTIVE && deployment.state != DEPLOYMENT_CREATING)
		return status_fail(call->arena, STATUS_FAILED_PRECONDITION, "DEPLOYMENT_STATE",
				   "only a deployment that is being made or active has a lease to move");
	TRY(check_lease(call, &deployment, end_us));
	deployment.lease_end_us = end_us;
	deployment.updated_us = call->now_us;
	TRY(deployment_update(call->tx, &deployment));
	TRY(deployment_get(call->tx, deployment.name, &deployment));
	return deployment_reply(call->tx, call->arena, &deployment, reply);
}
