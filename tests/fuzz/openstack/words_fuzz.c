/* SPDX-License-Identifier: Apache-2.0 */
/* words_fuzz.c: texts: marks that go into a description come out of it; handles, networks' addresses and dates are read
 * or not. */
#include <string.h>

#include "providers/openstack/machine.h"
#include "providers/openstack/marks.h"
#include "providers/openstack/network.h"
#include "providers/openstack/task.h"
#include "runtime/base/text.h"
#include "tests/support/fuzz.h"

const char *const fuzz_seeds[] = {
	"for people [gaon r o c i]",
	"[gaon a%20b - %5D %00]",
	"confirm:0190a1b2-0000-7000-8000-00000000abcd:17:m1.small",
	"10.0.3.0/24",
	"fd00::/64",
	"Sun, 06 Nov 1994 08:49:37 GMT",
	"\xc3\xbc ] [gaon",
	NULL,
};

static void go_and_come_back(struct arena *arena, const char *text)
{
	struct provider_call call = { .arena = arena };
	struct provider_session session = { .connection = text, .installation = "i" };
	struct provider_intent intent = { .resource = "r", .operation = text };
	const char *description;
	if (!text_is_utf8(slice_text(text)) || text_equal(text, "-"))
		return;
	if (openstack_description_make(&session, &call, &intent, text, &description).error != PROVIDER_OK)
		return;
	struct provider_marks marks = openstack_description_read(arena, description, NULL);
	FUZZ_CHECK(strlen(description) <= 255);
	FUZZ_CHECK(text_equal(marks.resource, "r") && text_equal(marks.installation, "i"));
	FUZZ_CHECK(text_equal(text_or_empty(marks.operation), text) &&
		   text_equal(text_or_empty(marks.connection), text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	const char *text = arena_strndup(arena, (const char *)data, size), *people = NULL, *kind;
	struct openstack_handle handle;
	int64_t time_us;
	struct provider_marks marks = openstack_description_read(arena, text, &people);
	FUZZ_CHECK(people && strlen(people) <= strlen(text));
	FUZZ_CHECK(marks.resource || (!marks.operation && !marks.connection && !marks.installation));
	go_and_come_back(arena, text);
	if (openstack_handle_read(arena, text, &kind, &handle))
		FUZZ_CHECK(openstack_is_id(handle.id) && handle.more && !strchr(kind, ':'));
	int family = openstack_cidr_family(text);
	FUZZ_CHECK(family == 0 || family == 4 || family == 6);
	(void)openstack_date_read(text, &time_us);
	arena_free(arena);
	return 0;
}
