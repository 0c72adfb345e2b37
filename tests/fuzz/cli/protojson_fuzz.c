/* SPDX-License-Identifier: Apache-2.0 */
/* protojson_fuzz.c: any JSON becomes a message or is refused with its path; a message that was read survives the way
 * back. */
#include <string.h>

#include "client/cli/protojson_read.h"
#include "client/cli/yaml.h"
#include "gaon/request/v1/request.pb-c.h"
#include "runtime/base/text.h"
#include "tests/support/fuzz.h"

const char *const fuzz_seeds[] = {
	"{\"parent\":\"tenants/acme/projects/"
	"web\",\"order\":{\"items\":[{\"action\":\"ORDER_ACTION_ADD\",\"parameters\":{\"size\":\"s\"},"
	"\"hourly\":{\"currencyCode\":\"KRW\",\"amount\":\"12.5\"}}],\"createTime\":\"2026-11-23T12:00:00.5Z\"},"
	"\"validateOnly\":true}",
	"{\"order\":{\"items\":[{\"action\":2,\"vcpus\":\"7\",\"memory_mib\":9007199254740993}]}}",
	"{\"order\":{\"approvalStages\":[{\"decisions\":[{\"decisionTime\":\"1969-12-31T23:59:59Z\"}]}]}}",
	"{\"order\":null,\"items\":[]}",
	"[]",
	"{\"order\":{\"items\":[[[]]]}}",
	NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	ProtobufCMessage *first = reflect_new(arena, &gaon__create_order_request__descriptor);
	ProtobufCMessage *second = reflect_new(arena, &gaon__create_order_request__descriptor);
	struct json *value;
	struct status status = json_parse(arena, slice_of(data, size), NULL, &value);

	if (status_is_ok(status))
		status = protojson_read(arena, value, first, "");
	if (!status_is_ok(status)) {
		FUZZ_CHECK(status.code == STATUS_INVALID_ARGUMENT && *status.message);
	} else {
		const char *written = json_print(arena, protojson_write(arena, first));
		struct json *again;

		FUZZ_CHECK(status_is_ok(json_parse(arena, slice_text(written), NULL, &again)));
		FUZZ_CHECK(status_is_ok(protojson_read(arena, again, second, "")));
		FUZZ_CHECK(strcmp(written, json_print(arena, protojson_write(arena, second))) == 0);
		FUZZ_CHECK(text_is_utf8(slice_text(yaml_print(arena, again))));
	}
	arena_free(arena);
	return 0;
}
