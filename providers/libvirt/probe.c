/* SPDX-License-Identifier: Apache-2.0 */
/* probe.c: what this hypervisor really can, and how its guests are run. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "providers/libvirt/libvirt.h"
#include "providers/libvirt/session.h"
#include "runtime/base/text.h"

#define CPUINFO_BYTES_MOST 65536

/* The flags line of the first CPU is near the top of the file. */
static bool cpu_has_virtualisation(struct arena *arena)
{
	char *text = arena_zalloc(arena, CPUINFO_BYTES_MOST + 1);
	int file = open("/proc/cpuinfo", O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return false;
	size_t size = 0;
	ssize_t got = 1;
	while (size < CPUINFO_BYTES_MOST && got > 0) {
		got = read(file, text + size, CPUINFO_BYTES_MOST - size);
		size += got > 0 ? (size_t)got : 0;
	}
	close(file);
	const char *flags = strstr(text, "\nflags");
	if (!flags)
		return true; /* not x86: nothing to refuse by */
	const char *line = arena_strndup(arena, flags + 1, strcspn(flags + 1, "\n"));
	return strstr(line, " vmx") || strstr(line, " svm");
}

static bool does_kvm(struct libvirt_work *work)
{
	const struct libvirt_options *options = &work->session->options;
	char *capabilities = virConnectGetDomainCapabilities(work->link, NULL, options->architecture, options->machine_type, "kvm", 0);
	if (!capabilities) {
		virResetLastError();
		return false;
	}
	free(capabilities);
	/*
	 * An existing /dev/kvm is enough for libvirt to offer it. Where the CPU has neither vmx nor svm (nested hosts hand
	 * down a dead device) an accelerated guest starts and then hangs without a word.
	 */
	return !options->is_local || cpu_has_virtualisation(work->arena);
}

struct provider_result libvirt_domain_type(struct libvirt_work *work, const char **type)
{
	struct provider_session *session = work->session;
	const struct libvirt_options *options = &session->options;
	pthread_mutex_lock(&session->mutex);
	*type = session->domain_type;
	pthread_mutex_unlock(&session->mutex);
	if (*type)
		return PROVIDER_DONE;
	if (options->is_test) {
		*type = "test";
	} else {
		bool is_kvm_wanted = text_equal(options->domain_type, "kvm");
		bool is_kvm = !text_equal(options->domain_type, "qemu") && does_kvm(work);
		if (is_kvm_wanted && !is_kvm)
			return provider_fail(work->arena, PROVIDER_INVALID,
					     "this host cannot run KVM guests (its CPU has neither vmx nor svm, or libvirt"
					     " does not offer it);"
					     " set the option domain_type to auto or qemu");
		*type = is_kvm ? "kvm" : "qemu";
	}
	pthread_mutex_lock(&session->mutex);
	session->domain_type = *type;
	pthread_mutex_unlock(&session->mutex);
	return PROVIDER_DONE;
}

static const char *version_text(struct arena *arena, unsigned long version)
{
	return arena_printf(arena, "%lu.%lu.%lu", version / 1000000, version / 1000 % 1000, version % 1000);
}

static const char *warning_of(const struct libvirt_options *options, const char *type)
{
	if (options->is_test)
		return "libvirt's test driver: machines are imagined, and forgotten when gaond ends";
	if (text_equal(type, "qemu"))
		return "no hardware virtualisation is used: guests are emulated, ten to a hundred times slower";
	return NULL;
}

static void take_away(struct provider_info *info, enum provider_verb verb, const char *note)
{
	info->support[verb] = SUPPORT_NONE;
	info->notes[verb] = note;
}

static void take_away_imagined(struct provider_info *info)
{
	take_away(info, VERB_USAGE, "the test driver has no counters");
	/* Its volumes have no bytes, so our marks have no place beside them. */
	for (int verb = VERB_VOLUME_CREATE; verb <= VERB_VOLUME_DELETE; verb++)
		take_away(info, (enum provider_verb)verb, "the test driver's volumes hold nothing, and it attaches none");
	for (int verb = VERB_IMAGE_CREATE; verb <= VERB_IMAGE_DELETE; verb++)
		take_away(info, (enum provider_verb)verb, "the test driver's volumes hold nothing that could be an image");
}

static struct provider_result probe_do(struct libvirt_work *work, void *pointer)
{
	struct provider_info *info = pointer;
	const struct libvirt_options *options = &work->session->options;
	const char *type;
	unsigned long library, hypervisor;
	struct provider_result result = libvirt_domain_type(work, &type);
	if (result.error != PROVIDER_OK)
		return result;
	const char *name = virConnectGetType(work->link);
	if (!name || virConnectGetLibVersion(work->link, &library) != 0 || virConnectGetVersion(work->link, &hypervisor) != 0)
		return libvirt_fail(work, "the hypervisor does not say what it is");
	*info = (struct provider_info){
		.product = arena_printf(work->arena, "libvirt/%s (%s)", name, type),
		.version = arena_printf(work->arena, "%s (%s %s)", version_text(work->arena, library), name,
					version_text(work->arena, hypervisor)),
		.warning = warning_of(options, type),
		.is_ephemeral = options->is_test,
	};
	for (int verb = 0; verb < VERB_COUNT; verb++)
		info->support[verb] = provider_libvirt.traits[verb].support;
	if (options->is_test || !options->is_local || !options->console_folder)
		take_away(info, VERB_CONSOLE, options->is_test ? "the test driver's machines have no console" :
								 "the console is a file on the hypervisor's host");
	if (options->is_test)
		take_away_imagined(info);
	return PROVIDER_DONE;
}

struct provider_result libvirt_probe(struct provider_session *session, struct provider_call *call,
				     struct provider_info *info)
{
	struct libvirt_work *work = libvirt_work_new(session, VERB_GET);
	struct provider_info *told = ARENA_NEW(work->arena, struct provider_info);
	struct provider_result result = libvirt_run(work, call, probe_do, told);
	if (result.error == PROVIDER_OK)
		*info = *told;
	return result;
}
