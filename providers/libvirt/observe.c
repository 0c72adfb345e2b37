/* SPDX-License-Identifier: Apache-2.0 */
/* observe.c: a machine's serial console and its counters. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "providers/libvirt/domain.h"
#include "runtime/base/text.h"

#define CONSOLE_MOST (1024 * 1024)
#define KIB_PER_MIB 1024

struct console_arguments {
	const char *native_id;
	size_t most;
	struct slice output;
};

static struct provider_result tail_read(struct libvirt_work *work, int file, size_t most, struct slice *output)
{
	struct stat about;
	if (fstat(file, &about) != 0)
		return provider_fail(work->arena, PROVIDER_UNAVAILABLE, "the console cannot be read: %s", strerror(errno));
	size_t size = (size_t)about.st_size < most ? (size_t)about.st_size : most;
	char *data = arena_alloc(work->arena, size + 1);
	ssize_t got = pread(file, data, size, about.st_size - (off_t)size);
	if (got < 0)
		return provider_fail(work->arena, PROVIDER_UNAVAILABLE, "the console cannot be read: %s", strerror(errno));
	*output = slice_of(data, (size_t)got);
	return PROVIDER_DONE;
}

/* The hypervisor's log daemon writes the file; it appears with the first byte. */
static struct provider_result console_do(struct libvirt_work *work, void *pointer)
{
	struct console_arguments *arguments = pointer;
	virDomainPtr domain;
	struct provider_result result = libvirt_domain_find(work, arguments->native_id, &domain);
	if (result.error != PROVIDER_OK)
		return result;
	const char *path = libvirt_console_path(work->arena, &work->session->options, arguments->native_id);
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (file < 0 && errno == ENOENT) {
		arguments->output = slice_of("", 0);
		return PROVIDER_DONE;
	}
	if (file < 0)
		return provider_fail(work->arena, errno == EACCES ? PROVIDER_FORBIDDEN : PROVIDER_UNAVAILABLE,
				     "the console's file %s cannot be opened: %s", path, strerror(errno));
	result = tail_read(work, file, arguments->most, &arguments->output);
	close(file);
	return result;
}

struct provider_result libvirt_console(struct provider_session *session, struct provider_call *call, const char *native_id,
				       size_t most, struct slice *output)
{
	const struct libvirt_options *options = &session->options;
	if (options->is_test || !options->is_local || !options->console_folder)
		return provider_fail(call->arena, PROVIDER_UNSUPPORTED,
				     "the console is read from a file of the hypervisor's host, which is not at hand here");
	struct libvirt_work *work = libvirt_work_new(session, VERB_CONSOLE);
	struct console_arguments *arguments = ARENA_NEW(work->arena, struct console_arguments);
	arguments->native_id = arena_strdup(work->arena, text_or_empty(native_id));
	arguments->most = most < CONSOLE_MOST ? most : CONSOLE_MOST;
	struct provider_result result = libvirt_run(work, call, console_do, arguments);
	if (result.error == PROVIDER_OK)
		*output = arguments->output;
	return result;
}

struct usage_arguments {
	const char *native_id;
	struct provider_usage usage;
};

static int64_t number_of(const virDomainStatsRecord *record, const char *name)
{
	unsigned long long number = 0;
	if (virTypedParamsGetULLong(record->params, record->nparams, name, &number) != 1)
		return 0; /* not every guest has every counter */
	return number > INT64_MAX ? INT64_MAX : (int64_t)number;
}

/* "block.<n>.rd.bytes" over all n. */
static int64_t sum_of(const virDomainStatsRecord *record, const char *group, const char *counter)
{
	char name[64];
	unsigned count = 0;
	int64_t sum = 0;
	snprintf(name, sizeof name, "%s.count", group);
	if (virTypedParamsGetUInt(record->params, record->nparams, name, &count) != 1)
		return 0;
	for (unsigned i = 0; i < count && i < 1024; i++) {
		snprintf(name, sizeof name, "%s.%u.%s", group, i, counter);
		sum += number_of(record, name);
	}
	return sum;
}

static struct provider_usage usage_of(const virDomainStatsRecord *record)
{
	int state = VIR_DOMAIN_NOSTATE;
	if (virTypedParamsGetInt(record->params, record->nparams, "state.state", &state) != 1 ||
	    (state != VIR_DOMAIN_RUNNING && state != VIR_DOMAIN_BLOCKED && state != VIR_DOMAIN_PAUSED))
		return (struct provider_usage){ .is_known = false };
	return (struct provider_usage){
		.is_known = true,
		.cpu_ns = number_of(record, "cpu.time"),
		.memory_mib = number_of(record, "balloon.current") / KIB_PER_MIB,
		.disk_read_bytes = sum_of(record, "block", "rd.bytes"),
		.disk_write_bytes = sum_of(record, "block", "wr.bytes"),
		.network_receive_bytes = sum_of(record, "net", "rx.bytes"),
		.network_send_bytes = sum_of(record, "net", "tx.bytes"),
	};
}

static struct provider_result usage_do(struct libvirt_work *work, void *pointer)
{
	struct usage_arguments *arguments = pointer;
	virDomainPtr domains[2] = { NULL, NULL };
	virDomainStatsRecordPtr *records = NULL;
	struct provider_result result = libvirt_domain_find(work, arguments->native_id, &domains[0]);
	if (result.error != PROVIDER_OK)
		return result;
	unsigned wanted = VIR_DOMAIN_STATS_STATE | VIR_DOMAIN_STATS_CPU_TOTAL | VIR_DOMAIN_STATS_BALLOON |
			  VIR_DOMAIN_STATS_INTERFACE | VIR_DOMAIN_STATS_BLOCK;
	int count = virDomainListGetStats(domains, wanted, &records, 0);
	if (count < 0)
		return libvirt_fail(work, "the machine's counters cannot be read");
	if (count == 1)
		arguments->usage = usage_of(records[0]);
	virDomainStatsRecordListFree(records);
	return PROVIDER_DONE;
}

struct provider_result libvirt_usage(struct provider_session *session, struct provider_call *call, const char *native_id,
				     struct provider_usage *usage)
{
	if (session->options.is_test)
		return provider_fail(call->arena, PROVIDER_UNSUPPORTED, "libvirt's test driver has no counters");
	struct libvirt_work *work = libvirt_work_new(session, VERB_USAGE);
	struct usage_arguments *arguments = ARENA_NEW(work->arena, struct usage_arguments);
	arguments->native_id = arena_strdup(work->arena, text_or_empty(native_id));
	struct provider_result result = libvirt_run(work, call, usage_do, arguments);
	if (result.error == PROVIDER_OK)
		*usage = arguments->usage;
	return result;
}
