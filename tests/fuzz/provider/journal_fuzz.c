/* SPDX-License-Identifier: Apache-2.0 */
/* journal_fuzz.c: any state file is replayed or refused, and what was replayed can be listed, switched and deleted. */
#include <sys/mman.h>
#include <unistd.h>

#include "providers/network.h"
#include "providers/simulator/simulator.h"
#include "providers/volume.h"
#include "runtime/base/text.h"
#include "tests/support/fuzz.h"

#define LINE(number_, more_)                                                                                      \
	"{\"number\":" #number_ ",\"state\":2,\"vcpus\":1,\"memory_mib\":512,\"name\":\"n\",\"machine\":\"m" #number_ \
	"\",\"connection\":\"c\",\"installation\":\"i\"" more_ "}\n"

const char *const fuzz_seeds[] = {
	LINE(1, "") LINE(2, ",\"running_since_us\":5") LINE(1, ",\"next_state\":7,\"due_us\":1"),
	LINE(1, ",\"snapshots\":[{\"name\":\"s\",\"created_us\":3,\"vcpus\":1,\"memory_mib\":2,\"size\":\"small\"}]"),
	LINE(3, ",\"next_vcpus\":2,\"due_us\":9,\"next_state\":3") "{\"number\":4",
	"{\"number\":1,\"machine\":\"a\"}\n{\"number\":1,\"machine\":\"b\"}\n",
	"{\"number\":1,\"state\":99}\n",
	LINE(1, ",\"zone\":\"zone-a\",\"more\":{\"tags\":{\"a\":\"b\"},\"networks\":[\"net-private\"],\"disks\":[5]}"),
	LINE(1, "") "{\"thing\":\"volume\",\"number\":1,\"state\":2,\"size_gib\":5,\"next_size_gib\":5,\"machine\":1,\"next_machine\":1,"
		    "\"resource\":\"r\",\"zone\":\"zone-a\"}\n{\"thing\":\"volume snapshot\",\"number\":2,\"state\":1,\"volume\":1}\n",
	"{\"thing\":\"security group\",\"number\":3,\"state\":1,\"rules\":[{\"direction\":0,\"protocol\":\"tcp\",\"cidr\":\"::/0\"}]}\n"
	"{\"thing\":\"key pair\",\"number\":4,\"state\":1,\"text\":\"ssh-rsa AAAA\"}\n{\"thing\":\"address\",\"number\":5,\"machine\":9}\n",
	"{\"thing\":\"stay\",\"number\":1,\"connection\":\"c\",\"vcpus\":1,\"memory_mib\":5,\"start_us\":1,\"end_us\":9}\n"
	"{\"thing\":\"world\",\"next_number\":5,\"next_thing\":7}\n",
	"",
	NULL,
};

static void handle_others(struct arena *arena, struct provider_session *session)
{
	const struct provider_ops *ops = provider_simulator.ops;
	struct provider_call call = { .arena = arena };
	struct provider_page page = { NULL, 1000 };
	struct provider_changes changes = { .cursor = NULL };
	struct provider_quota *quotas;
	struct provider_bill_line *lines;
	struct provider_volume *volumes;
	struct provider_security_group *groups;
	struct provider_address *addresses;
	struct provider_key_pair *pairs;
	struct provider_snapshot *snapshots;
	struct provider_task task;
	size_t count = 0, ignored;
	FUZZ_CHECK(ops->changes(session, &call, &changes).error == PROVIDER_OK);
	FUZZ_CHECK(ops->quotas(session, &call, &quotas, &count).error == PROVIDER_OK);
	FUZZ_CHECK(ops->bill(session, &call, 0, 2 * INT64_C(86400000000), &page, &lines, &count).error == PROVIDER_OK);
	page = (struct provider_page){ NULL, 1000 };
	FUZZ_CHECK(ops->network->security_group_list(session, &call, NULL, &page, &groups, &count).error == PROVIDER_OK);
	page = (struct provider_page){ NULL, 1000 };
	FUZZ_CHECK(ops->network->address_list(session, &call, NULL, &page, &addresses, &count).error == PROVIDER_OK);
	page = (struct provider_page){ NULL, 1000 };
	FUZZ_CHECK(ops->network->key_pair_list(session, &call, &page, &pairs, &count).error == PROVIDER_OK);
	page = (struct provider_page){ NULL, 1000 };
	FUZZ_CHECK(ops->volume->list(session, &call, NULL, &page, &volumes, &count).error == PROVIDER_OK);
	for (size_t i = 0; i < count; i++) {
		(void)ops->volume->snapshot_list(session, &call, volumes[i].native_id, &snapshots, &ignored);
		(void)ops->volume->attach(session, &call, volumes[i].native_id, "sim-0000000001", &task);
		(void)ops->volume->detach(session, &call, volumes[i].native_id, &task);
		(void)ops->volume->remove(session, &call, volumes[i].native_id, &task);
	}
}

static void handle_all(struct arena *arena, struct provider_session *session)
{
	const struct provider_ops *ops = provider_simulator.ops;
	struct provider_call call = { .arena = arena };
	struct provider_page page = { NULL, 5 };
	unsigned pages = 0;
	do {
		struct provider_machine *machines;
		size_t count = 0;
		struct provider_task task;
		struct provider_usage usage;
		struct slice output;
		FUZZ_CHECK(ops->list(session, &call, &page, &machines, &count).error == PROVIDER_OK);
		for (size_t i = 0; i < count; i++) {
			(void)ops->power(session, &call, machines[i].native_id, VERB_STOP, &task);
			(void)ops->usage(session, &call, machines[i].native_id, &usage);
			(void)ops->console(session, &call, machines[i].native_id, 100, &output);
			FUZZ_CHECK(ops->remove(session, &call, machines[i].native_id, &task).error == PROVIDER_OK);
		}
	} while (page.token && ++pages < 100);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct provider_session *session = NULL;
	int file = memfd_create("journal", MFD_CLOEXEC);
	FUZZ_CHECK(file >= 0 && write(file, data, size) == (ssize_t)size);
	struct json *options = json_object(arena);
	json_set_text(options, "state_file", arena_printf(arena, "/proc/self/fd/%d", file));
	json_set_int(options, "work_ms", 0);
	struct provider_config config = { .connection = "c", .installation = "i", .endpoint = "sim://fuzz", .options = options };
	struct provider_call call = { .arena = arena };
	struct provider_result result = provider_simulator.ops->open(&call, &config, &session);
	FUZZ_CHECK(result.error == PROVIDER_OK || result.error == PROVIDER_INVALID);
	if (session) {
		handle_others(arena, session);
		handle_all(arena, session);
		provider_simulator.ops->close(session);
	}
	close(file);
	arena_free(arena);
	return 0;
}
