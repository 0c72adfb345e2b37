/* SPDX-License-Identifier: Apache-2.0 */
/* tenant.c: the tree of tenants: what other rooms ask of it. */
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/iam/room.h"
#include "server/services/iam/project_store.h"
#include "server/services/iam/tenant_store.h"

struct status iam_ancestry(struct store_tx *tx, const char *tenant, const char ***tenants, size_t *count)
{
	const char **chain = NULL;
	size_t length = 0;

	TRY(tenant_chain(tx, text_or_empty(tenant), &chain, &length));
	if (length == 0)
		return resource_not_found(store_arena(tx), "Tenant", tenant);
	*tenants = chain;
	*count = length;
	return OK;
}

struct status iam_tenant_check(struct store_tx *tx, const char *tenant)
{
	bool exists = false;

	TRY(tenant_exists(tx, tenant, &exists));
	return exists ? OK : resource_not_found(store_arena(tx), "Tenant", tenant);
}

struct status iam_project_check(struct store_tx *tx, const char *project)
{
	bool exists = false;

	TRY(project_exists(tx, project, &exists));
	return exists ? OK : resource_not_found(store_arena(tx), "Project", project);
}

struct status iam_root_tenant(struct store_tx *tx, const char **tenant)
{
	return tenant_root(tx, tenant);
}
