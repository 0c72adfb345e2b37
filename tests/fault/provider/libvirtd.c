/* SPDX-License-Identifier: Apache-2.0 */
/* libvirtd.c: its daemon stands still, dies, comes back: no call hangs, no machine is lost. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "providers/libvirt/domain.h"
#include "providers/libvirt/libvirt.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

static char folder[64];
static char uri[128]; /* of the libvirtd that was started */
static struct arena *arena;
static struct provider_session *session;
static const struct provider_ops *ops;
static const char *machine_id;

static int tool(const char *words)
{
	char command[512];
	snprintf(command, sizeof command, "'%s/tools/peers/'%s >&2", SOURCE_FOLDER, words);
	return system(command);
}

static struct provider_call within(int64_t ms)
{
	return (struct provider_call){ .arena = arena, .deadline_us = time_monotonic_us() + ms * TIME_US_PER_MS };
}

static pid_t daemon_pid(void)
{
	char path[128];
	long pid = 0;
	snprintf(path, sizeof path, "%s/libvirtd.pid", folder);
	FILE *file = fopen(path, "r");
	if (file && fscanf(file, "%ld", &pid) != 1)
		pid = 0;
	if (file)
		fclose(file);
	return (pid_t)pid;
}

static int start_peer(void)
{
	char words[256];
	snprintf(folder, sizeof folder, "/var/tmp/gaon-fault-XXXXXX");
	if (!mkdtemp(folder) || chmod(folder, 0755) != 0)
		return 1;
	snprintf(words, sizeof words, "libvirtd start-private '%s'", folder);
	if (tool(words) != 0) {
		printf("SKIP: libvirtd: none can be started\n");
		return 77;
	}
	snprintf(words, sizeof words, "%s/peer", folder);
	FILE *file = fopen(words, "r");
	if (!file || fscanf(file, "uri=%127s", uri) != 1)
		return 1;
	fclose(file);
	if (daemon_pid() == 0) {
		printf("SKIP: libvirtd: one runs already, and is not ours to stop\n");
		return 77;
	}
	snprintf(words, sizeof words, "guest-image '%s/pool'", folder);
	return tool(words) == 0 ? 0 : 77;
}

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(0);
	ops = provider_libvirt.ops;
	struct provider_config config = {
		.connection = "c", .installation = "fault", .endpoint = uri, .options = json_object(arena)
	};
	struct provider_call call = within(60000);
	if (ops->open(&call, &config, &session).error != PROVIDER_OK)
		return -1;
	struct provider_machine_spec spec = { .intent = { .resource = id_new(arena), .operation = "op" }, .name = "survivor",
					      .image = "gaon-guest", .size = "tiny", .network = "none" };
	struct provider_task task;
	struct provider_result result = ops->create(session, &call, &spec, &task, &machine_id);
	if (result.error != PROVIDER_OK)
		fprintf(stderr, "%s\n", result.message);
	return result.error == PROVIDER_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	struct provider_task task;
	struct provider_call call = within(60000);
	struct provider_result result = ops->remove(session, &call, machine_id, &task);
	ops->close(session);
	arena_free(arena);
	return result.error == PROVIDER_OK ? 0 : -1;
}

static struct provider_result look(int64_t within_ms, enum provider_machine_state *state)
{
	struct provider_machine machine;
	struct provider_call call = within(within_ms);
	int64_t start = time_monotonic_us();
	struct provider_result result = ops->get(session, &call, machine_id, &machine);
	assert_true(time_monotonic_us() - start < (within_ms + 1000) * TIME_US_PER_MS);
	*state = result.error == PROVIDER_OK ? machine.state : PROVIDER_MACHINE_UNKNOWN;
	return result;
}

/* As the engine would: again and again, until it is there. */
static void must_come_back(enum provider_machine_state expected)
{
	enum provider_machine_state state = PROVIDER_MACHINE_UNKNOWN;
	struct provider_result result = { .message = NULL };
	int64_t end = time_monotonic_us() + TIME_US_PER_MINUTE;
	do {
		result = look(10000, &state);
		if (result.error != PROVIDER_OK)
			assert_int_equal(result.error, PROVIDER_UNAVAILABLE);
	} while (result.error != PROVIDER_OK && time_monotonic_us() < end && usleep(200000) == 0);
	assert_int_equal(result.error, PROVIDER_OK);
	assert_int_equal(state, expected);
}

static void a_daemon_that_stands_still_holds_nobody_longer_than_the_deadline(void **unused)
{
	enum provider_machine_state state;
	struct provider_task task;
	(void)unused;
	must_come_back(PROVIDER_MACHINE_RUNNING);
	assert_int_equal(kill(daemon_pid(), SIGSTOP), 0);
	struct provider_result looked = look(500, &state);
	struct provider_call call = within(500);
	int64_t start = time_monotonic_us();
	struct provider_result stopped = ops->power(session, &call, machine_id, VERB_SUSPEND, &task);
	int64_t took_us = time_monotonic_us() - start;
	assert_int_equal(kill(daemon_pid(), SIGCONT), 0);
	assert_int_equal(looked.error, PROVIDER_UNAVAILABLE);
	assert_int_equal(stopped.error, PROVIDER_UNKNOWN_OUTCOME);
	assert_true(took_us < 1500 * TIME_US_PER_MS);
	/* The outcome was unknown indeed: the daemon may carry it out when it goes on. Asking again settles it. */
	call = within(20000);
	assert_int_equal(ops->power(session, &call, machine_id, VERB_SUSPEND, &task).error, PROVIDER_OK);
	call = within(20000);
	assert_int_equal(ops->power(session, &call, machine_id, VERB_RESUME, &task).error, PROVIDER_OK);
	must_come_back(PROVIDER_MACHINE_RUNNING);
}

static void a_daemon_that_is_restarted_is_found_again_and_its_machines_run_on(void **unused)
{
	char words[256];
	enum provider_machine_state state;
	(void)unused;
	must_come_back(PROVIDER_MACHINE_RUNNING);
	assert_int_equal(kill(daemon_pid(), SIGKILL), 0);
	usleep(300000);
	assert_int_equal(look(5000, &state).error, PROVIDER_UNAVAILABLE);
	int64_t start = time_monotonic_us();
	snprintf(words, sizeof words, "libvirtd start-private '%s'", folder);
	assert_int_equal(tool(words), 0);
	must_come_back(PROVIDER_MACHINE_RUNNING);
	printf("libvirtd was back, and we with it, after %lld ms\n", (long long)(time_monotonic_us() - start) / 1000);
}

static void a_create_cut_off_by_the_daemons_death_is_finished_by_repeating_it(void **unused)
{
	char words[256];
	struct provider_task task;
	const char *id = NULL;
	struct provider_machine machine;
	(void)unused;
	struct provider_machine_spec spec = { .intent = { .resource = id_new(arena), .operation = "op" }, .name = "cut-off",
					      .image = "gaon-guest", .size = "tiny", .network = "none" };
	/* The daemon dies in the middle of it, one time or another: 100 ms into about 500. */
	snprintf(words, sizeof words, "sh -c 'sleep 0.1; kill -9 %d' &", (int)daemon_pid());
	assert_int_equal(system(words), 0);
	struct provider_call call = within(20000);
	struct provider_result result = ops->create(session, &call, &spec, &task, &id);
	printf("the cut-off create said %s\n", provider_error_name(result.error));
	assert_true(result.error == PROVIDER_OK || result.error == PROVIDER_UNKNOWN_OUTCOME || result.error == PROVIDER_UNAVAILABLE);
	usleep(200000);
	snprintf(words, sizeof words, "libvirtd start-private '%s'", folder);
	assert_int_equal(tool(words), 0);
	must_come_back(PROVIDER_MACHINE_RUNNING);
	call = within(20000);
	result = ops->find(session, &call, &spec.intent, &machine);
	assert_true(result.error == PROVIDER_OK || result.error == PROVIDER_NOT_FOUND);
	printf("then find said %s\n", provider_error_name(result.error));
	call = within(20000);
	result = ops->create(session, &call, &spec, &task, &id);
	if (result.error != PROVIDER_OK)
		fail_msg("%s: %s", provider_error_name(result.error), result.message);
	call = within(20000);
	assert_int_equal(ops->find(session, &call, &spec.intent, &machine).error, PROVIDER_OK);
	assert_int_equal(machine.state, PROVIDER_MACHINE_RUNNING);
	call = within(20000);
	assert_int_equal(ops->remove(session, &call, id, &task).error, PROVIDER_OK);
}

/* What a create leaves that was cut off between definition and first start. */
static const char *leave_half(const char *kernel)
{
	const char *uuid = id_new(arena);
	struct libvirt_options options = { .architecture = "x86_64" };
	struct libvirt_definition half = {
		.uuid = uuid,
		.domain_name = libvirt_domain_name(arena, "half", uuid),
		.domain_type = "qemu",
		.marks = { .machine = uuid, .operation = "op", .connection = "c", .installation = "fault", .name = "half" },
		.vcpus = 1,
		.memory_mib = 64,
		.kernel = kernel,
		.pool = "default",
		.disk_volume = libvirt_disk_volume(arena, uuid),
		.options = &options,
	};
	virConnectPtr link = virConnectOpen(uri);
	assert_non_null(link);
	virStoragePoolPtr pool = virStoragePoolLookupByName(link, "default");
	const char *volume = arena_printf(arena,
					  "<volume><name>%s</name><capacity unit='MiB'>1</capacity><target><format type='qcow2'/>"
					  "</target></volume>",
					  half.disk_volume);
	virStorageVolFree(virStorageVolCreateXML(pool, volume, 0));
	virStoragePoolFree(pool);
	virDomainPtr domain = kernel ? virDomainDefineXML(link, libvirt_definition_print(arena, &half)) : NULL;
	if (kernel)
		assert_non_null(domain);
	if (domain)
		virDomainFree(domain);
	virConnectClose(link);
	return uuid;
}

static bool has_disk(const char *uuid)
{
	return access(arena_printf(arena, "%s/pool/%s", folder, libvirt_disk_volume(arena, uuid)), F_OK) == 0;
}

static void half_a_machine_is_finished_or_taken_away_by_find(void **unused)
{
	struct provider_machine machine;
	struct provider_task task;
	(void)unused;
	const char *good = leave_half(arena_printf(arena, "%s/pool/gaon-guest.vmlinuz", folder));
	const char *bad = leave_half("/nonexistent/kernel");
	const char *disk_only = leave_half(NULL);
	struct provider_call call = within(20000);
	assert_int_equal(ops->get(session, &call, good, &machine).error, PROVIDER_OK);
	assert_int_equal(machine.state, PROVIDER_MACHINE_BUILDING);
	struct provider_intent intent = { .resource = good };
	assert_int_equal(ops->find(session, &call, &intent, &machine).error, PROVIDER_OK);
	assert_int_equal(machine.state, PROVIDER_MACHINE_RUNNING);
	assert_int_equal(ops->power(session, &call, good, VERB_STOP, &task).error, PROVIDER_OK);
	assert_int_equal(ops->get(session, &call, good, &machine).error, PROVIDER_OK);
	assert_int_equal(machine.state, PROVIDER_MACHINE_STOPPED);
	assert_int_equal(ops->remove(session, &call, good, &task).error, PROVIDER_OK);
	assert_true(has_disk(bad));
	intent.resource = bad;
	assert_int_equal(ops->find(session, &call, &intent, &machine).error, PROVIDER_NOT_FOUND);
	assert_int_equal(ops->get(session, &call, bad, &machine).error, PROVIDER_NOT_FOUND);
	assert_true(has_disk(disk_only));
	intent.resource = disk_only;
	assert_int_equal(ops->find(session, &call, &intent, &machine).error, PROVIDER_NOT_FOUND);
	assert_false(has_disk(good) || has_disk(bad) || has_disk(disk_only));
}

static void a_create_that_fails_leaves_nothing(void **unused)
{
	struct provider_task task;
	const char *id = NULL;
	struct provider_machine machine;
	(void)unused;
	FILE *file = fopen(arena_printf(arena, "%s/pool/broken.boot.json", folder), "w");
	assert_non_null(file);
	fputs("{\"kernel\": \"no-such-kernel\"}", file);
	fclose(file);
	struct provider_machine_spec spec = { .intent = { .resource = id_new(arena), .operation = "op" }, .name = "broken",
					      .image = "broken", .size = "tiny", .network = "none" };
	struct provider_call call = within(20000);
	struct provider_result result = ops->create(session, &call, &spec, &task, &id);
	printf("a create of a missing kernel said %s: %s\n", provider_error_name(result.error), result.message);
	assert_int_equal(result.error, PROVIDER_INVALID);
	assert_non_null(strstr(result.message, "no-such-kernel"));
	assert_int_equal(ops->get(session, &call, spec.intent.resource, &machine).error, PROVIDER_NOT_FOUND);
	assert_false(has_disk(spec.intent.resource));
}

int main(void)
{
	char words[256];
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_daemon_that_stands_still_holds_nobody_longer_than_the_deadline),
		cmocka_unit_test(a_daemon_that_is_restarted_is_found_again_and_its_machines_run_on),
		cmocka_unit_test(half_a_machine_is_finished_or_taken_away_by_find),
		cmocka_unit_test(a_create_that_fails_leaves_nothing),
		cmocka_unit_test(a_create_cut_off_by_the_daemons_death_is_finished_by_repeating_it),
	};
	int started = start_peer();
	int result = started == 0 ? cmocka_run_group_tests(tests, set_up, tear_down) : started;
	snprintf(words, sizeof words, "libvirtd stop '%s'", folder);
	(void)!tool(words);
	snprintf(words, sizeof words, "rm -rf '%s'", folder);
	(void)!system(words);
	return result;
}
