/* SPDX-License-Identifier: Apache-2.0 */
/* resize.c: another size for a machine that is switched off. */
#include "providers/libvirt/domain.h"
#include "runtime/base/text.h"

#define KIB_PER_MIB 1024

struct resize_arguments {
	const char *native_id;
	struct provider_resize_spec numbers;
};

/* The most first when it grows, last when it shrinks: what is must never be more than what may be. */
static bool vcpus_set(virDomainPtr domain, unsigned vcpus)
{
	int most = virDomainGetVcpusFlags(domain, VIR_DOMAIN_AFFECT_CONFIG | VIR_DOMAIN_VCPU_MAXIMUM);
	unsigned config = VIR_DOMAIN_AFFECT_CONFIG;
	if (most < 0)
		return false;
	if (vcpus > (unsigned)most && virDomainSetVcpusFlags(domain, vcpus, config | VIR_DOMAIN_VCPU_MAXIMUM) != 0)
		return false;
	if (virDomainSetVcpusFlags(domain, vcpus, config) != 0)
		return false;
	return vcpus >= (unsigned)most || virDomainSetVcpusFlags(domain, vcpus, config | VIR_DOMAIN_VCPU_MAXIMUM) == 0;
}

static bool memory_set(virDomainPtr domain, unsigned long kib)
{
	unsigned long most = virDomainGetMaxMemory(domain);
	unsigned config = VIR_DOMAIN_AFFECT_CONFIG;
	if (most == 0)
		return false;
	if (kib > most && virDomainSetMemoryFlags(domain, kib, config | VIR_DOMAIN_MEM_MAXIMUM) != 0)
		return false;
	if (virDomainSetMemoryFlags(domain, kib, config) != 0)
		return false;
	return kib >= most || virDomainSetMemoryFlags(domain, kib, config | VIR_DOMAIN_MEM_MAXIMUM) == 0;
}

static struct provider_result resize_do(struct libvirt_work *work, void *pointer)
{
	const struct resize_arguments *arguments = pointer;
	struct provider_machine machine;
	struct libvirt_marks marks;
	virDomainPtr domain;
	struct provider_result result = libvirt_domain_find(work, arguments->native_id, &domain);
	if (result.error == PROVIDER_OK)
		result = libvirt_domain_tell(work, domain, &machine, &marks);
	if (result.error != PROVIDER_OK)
		return result;
	if (machine.state != PROVIDER_MACHINE_STOPPED)
		return provider_fail(work->arena, PROVIDER_CONFLICT, "the machine is %s; stop it before it is resized",
				     machine.native_state);
	if (!vcpus_set(domain, (unsigned)arguments->numbers.vcpus) ||
	    !memory_set(domain, (unsigned long)arguments->numbers.memory_mib * KIB_PER_MIB))
		return libvirt_fail(work, "the machine cannot be resized");
	if (!marks.machine)
		return PROVIDER_DONE;
	marks.size = arguments->numbers.size;
	return libvirt_marks_write(work, domain, &marks);
}

struct provider_result libvirt_resize(struct provider_session *session, struct provider_call *call, const char *native_id,
				      const struct provider_resize_spec *spec, struct provider_task *task)
{
	*task = (struct provider_task){ NULL };
	struct provider_resize_spec numbers = *spec;
	struct provider_result result = provider_size_resolve(call->arena, &session->options.sizes, spec->size, &numbers);
	if (result.error != PROVIDER_OK)
		return result;
	struct libvirt_work *work = libvirt_work_new(session, VERB_RESIZE);
	struct resize_arguments *arguments = ARENA_NEW(work->arena, struct resize_arguments);
	arguments->native_id = arena_strdup(work->arena, text_or_empty(native_id));
	arguments->numbers = numbers;
	return libvirt_run(work, call, resize_do, arguments);
}
