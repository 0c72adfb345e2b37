/* SPDX-License-Identifier: Apache-2.0 */
/* value_fuzz.c: "path=text" of any kind sets a field or is refused; what was set can be packed and shown. */
#include <string.h>

#include "client/cli/human.h"
#include "client/cli/value.h"
#include "client/cli/wide.h"
#include "gaon/lifecycle/v1/lifecycle.pb-c.h"
#include "gaon/request/v1/request.pb-c.h"
#include "runtime/base/text.h"
#include "tests/support/fuzz.h"

const char *const fuzz_seeds[] = {
	"order.items=product=linux,parameters.size=small,action=add",
	"order.items={\"product\":\"x\"}",
	"order.create_time=+2h",
	"order.create-time=2026-11-23",
	"order.hourly=KRW 12.5",
	"order.hourly=12.5KRW",
	"order.state=pending-approval",
	"validate_only=yes",
	"order.items.product=x",
	"order.hourly.amount=-0.000000000001",
	"order.items=memory_mib=4GiB,disk_gib=2T",
	NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	char *path = arena_strndup(arena, (const char *)data, size);
	char *text = strchr(path, '=');
	ProtobufCMessage *message = reflect_new(arena, &gaon__create_order_request__descriptor);
	struct human human = { arena, NULL, HUMAN_CELL };
	struct status status;

	/* '@' opens files: not for a fuzzer. */
	if (text && text_is_utf8(slice_text(path)) && !strchr(path, '@')) {
		*text++ = '\0';
		status = value_set(arena, message, path, "--x", text);
		FUZZ_CHECK(status_is_ok(status) || status.code == STATUS_INVALID_ARGUMENT);
		for (unsigned i = 0; i < message->descriptor->n_fields; i++)
			FUZZ_CHECK(human_field(&human, message, &message->descriptor->fields[i]));
		FUZZ_CHECK(protobuf_c_message_pack(message,
						   arena_alloc(arena, protobuf_c_message_get_packed_size(message))) ==
			   protobuf_c_message_get_packed_size(message));
	}
	arena_free(arena);
	return 0;
}
