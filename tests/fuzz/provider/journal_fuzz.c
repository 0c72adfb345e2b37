/* SPDX-License-Identifier: Apache-2.0 */
/* journal_fuzz.c: any state file is replayed or refused, and what was replayed can be listed, switched and deleted. */
#include <sys/mman.h>
#include <unistd.h>

#include "providers/simulator/simulator.h"
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
	"",
	NULL,
};

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
		handle_all(arena, session);
		provider_simulator.ops->close(session);
	}
	close(file);
	arena_free(arena);
	return 0;
}
