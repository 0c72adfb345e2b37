/* SPDX-License-Identifier: Apache-2.0 */
/* request_fuzz.c: a request's bytes are refused, or unpacked, held to their rules and packed again. */
#include "gaon/lifecycle/v1/lifecycle.gaon.h"
#include "gaon/request/v1/request.gaon.h"
#include "runtime/base/text.h"
#include "runtime/rpc/check.h"
#include "runtime/rpc/wire.h"
#include "tests/support/fuzz.h"

/* A name; a nested message; a list of two; a string that is no UTF-8; a length too long; a group; many empty messages. */
const char *const fuzz_seeds[] = {
	"\x0a\x1btenants/acme/projects/web/x",
	"\x0a\x05\x0a\x03"
	"a/b\x12\x02id",
	"\x12\x03one\x12\x03two",
	"\x0a\x02\xc3\x28",
	"\x0a\x7fshort",
	"\x0b\x0c",
	"\x1a\x01x\x1a\x01y\x1a\x01z\x22\x02\x08\x01",
	"\x2a\x07\x0a\x05\x0a\x03\x0a\x01\x0a",
	NULL,
};

static const struct message_rules *const kinds[] = {
	&gaon_rules_create_order_request,
	&gaon_rules_get_machine_request,
	&gaon_rules_list_machines_request,
	&gaon_rules_machine,
};

static void try_kind(struct arena *arena, const struct message_rules *rules, struct slice bytes)
{
	static const struct wire_limits limits = { .nesting_depth = 16, .unpacked_bytes = 1 << 20 };
	ProtobufCMessage *message;
	struct status status = wire_unpack(arena, rules->descriptor, bytes, &limits, &message);

	if (!status_is_ok(status)) {
		FUZZ_CHECK(status.code == STATUS_INVALID_ARGUMENT || status.code == STATUS_RESOURCE_EXHAUSTED);
		FUZZ_CHECK(text_is_utf8(slice_text(status.message)));
		return;
	}
	status = check_message(arena, message, rules);
	FUZZ_CHECK(status_is_ok(status) || status.code == STATUS_INVALID_ARGUMENT);
	FUZZ_CHECK(status_is_ok(status) || text_is_utf8(slice_text(status.message)));
	/* What was let through is well-formed: what it packs to is let through again. */
	FUZZ_CHECK(status_is_ok(wire_unpack(arena, rules->descriptor, wire_pack(arena, message), &limits, &message)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct arena *arena = arena_new(0);

		try_kind(arena, kinds[i], slice_of(data, size));
		arena_free(arena);
	}
	return 0;
}
