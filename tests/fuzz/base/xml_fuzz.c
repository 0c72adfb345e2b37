/* SPDX-License-Identifier: Apache-2.0 */
/* xml_fuzz.c: what parses prints, and reads back as the same. */
#include <string.h>

#include "runtime/base/text.h"
#include "runtime/base/xml.h"
#include "tests/support/fuzz.h"

const char *const fuzz_seeds[] = {
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?><a b='1' c=\"&lt;&#10;&amp;\">x<b/>y<![CDATA[<z>]]><!-- c --></a>",
	"<d:domain xmlns:d='urn:x'><d:name>가온</d:name><devices><disk/><disk/></devices></d:domain>",
	"<!DOCTYPE a [<!ENTITY x \"xx\"><!ENTITY y \"&x;&x;&x;&x;\">]><a>&y;</a>",
	"<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
	"<a><a><a><a><a><a><a><a></a></a></a></a></a></a></a></a>",
	"<?xml version='1.0' encoding='UTF-16'?><a/>",
	"<a>&#x10FFFF;&#9;&#13;</a>",
	"<?target data?><a><?other?></a>",
	NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct xml_limits limits = { .size_bytes = 1 << 16, .depth = 32, .nodes = 4096 };
	struct arena *arena = arena_new(0);
	struct xml *root;
	struct xml *again;
	struct status status = xml_parse(arena, slice_of(data, size), &limits, &root);

	if (status_is_ok(status)) {
		const char *printed = xml_print(arena, root);

		FUZZ_CHECK(text_is_utf8(slice_text(printed)));
		limits.size_bytes *= 8;
		FUZZ_CHECK(status_is_ok(xml_parse(arena, slice_text(printed), &limits, &again)));
		FUZZ_CHECK(strcmp(printed, xml_print(arena, again)) == 0);
		xml_int(root, 0);
		xml_path(root, "devices", "disk", NULL);
	} else {
		FUZZ_CHECK(status.code == STATUS_INVALID_ARGUMENT);
	}
	arena_free(arena);
	return 0;
}
