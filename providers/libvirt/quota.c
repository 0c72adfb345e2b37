/* SPDX-License-Identifier: Apache-2.0 */
/* quota.c: how large the host is, and how much of it its running machines have. */
#include "providers/libvirt/domain.h"

#define KIB_PER_MIB 1024
#define BYTES_PER_GIB (INT64_C(1) << 30)

struct quota_arguments {
	struct provider_quota rows[4];
};

static struct provider_result machines_count(struct libvirt_work *work, struct provider_quota *machines,
					     struct provider_quota *vcpus, struct provider_quota *memory)
{
	virDomainPtr *domains;
	int count = libvirt_domain_list(work, &domains);
	if (count < 0)
		return libvirt_fail(work, "the machines cannot be counted");
	machines->used = count;
	for (int i = 0; i < count; i++) {
		virDomainInfo info;
		/* One that went meanwhile has nothing any more; one that is off holds nothing. */
		if (virDomainGetInfo(domains[i], &info) != 0 || info.state == VIR_DOMAIN_SHUTOFF)
			continue;
		vcpus->used += info.nrVirtCpu;
		memory->used += (int64_t)(info.maxMem / KIB_PER_MIB);
	}
	return PROVIDER_DONE;
}

static struct provider_result quotas_do(struct libvirt_work *work, void *pointer)
{
	struct quota_arguments *arguments = pointer;
	virNodeInfo node;
	virStoragePoolInfo about;
	virStoragePoolPtr pool;
	struct provider_quota *rows = arguments->rows;
	if (virNodeGetInfo(work->link, &node) != 0)
		return libvirt_fail(work, "the host does not say how large it is");
	rows[0] = (struct provider_quota){ "machines", -1, 0 };
	rows[1] = (struct provider_quota){ "vcpus", node.cpus, 0 };
	rows[2] = (struct provider_quota){ "memory_mib", (int64_t)(node.memory / KIB_PER_MIB), 0 };
	struct provider_result result = machines_count(work, &rows[0], &rows[1], &rows[2]);
	if (result.error == PROVIDER_OK)
		result = libvirt_pool_find(work, work->session->options.machine_pool, &pool);
	if (result.error != PROVIDER_OK)
		return result;
	if (virStoragePoolGetInfo(pool, &about) != 0)
		return libvirt_fail(work, "the storage pool does not say how large it is");
	rows[3] = (struct provider_quota){ "disk_gib", (int64_t)(about.capacity / (unsigned long long)BYTES_PER_GIB),
					   (int64_t)(about.allocation / (unsigned long long)BYTES_PER_GIB) };
	return PROVIDER_DONE;
}

struct provider_result libvirt_quotas(struct provider_session *session, struct provider_call *call,
				      struct provider_quota **quotas, size_t *count)
{
	struct libvirt_work *work = libvirt_work_new(session, VERB_QUOTAS);
	struct quota_arguments *arguments = ARENA_NEW(work->arena, struct quota_arguments);
	struct provider_result result = libvirt_run(work, call, quotas_do, arguments);
	if (result.error != PROVIDER_OK)
		return result;
	*quotas = arguments->rows;
	*count = sizeof arguments->rows / sizeof arguments->rows[0];
	return result;
}
