/* SPDX-License-Identifier: Apache-2.0 */
/* token_fuzz.c: whatever answers as Keystone does, or as a version document: read within bounds, or refused. */
#include <string.h>

#include "providers/openstack/version.h"
#include "runtime/base/text.h"
#include "tests/support/fuzz.h"

const char *const fuzz_seeds[] = {
	"{\"access\": {\"token\": {\"id\": \"e42a\", \"expires\": \"2020-04-29T15:31:21Z\", \"tenant\": {\"id\": "
	"\"f507\"}}, \"serviceCatalog\":"
	" [{\"endpoints\": [{\"region\": \"KR1\", \"publicURL\": \"https://kr1.example/v2/f507\"}], \"type\": "
	"\"compute\"}]}}",
	"{\"token\": {\"expires_at\": \"2015-11-07T02:58:43.578887Z\", \"project\": {\"id\": \"a694\"}, \"catalog\": "
	"[{\"endpoints\":"
	" [{\"region_id\": \"R\", \"url\": \"http://h/v2.1/\", \"interface\": \"public\"}], \"type\": \"image\"}]}}",
	"{\"version\": {\"id\": \"v2.1\", \"version\": \"2.93\", \"min_version\": \"2.1\"}}",
	"{\"versions\": [{\"version\": \"\"}, {\"version\": \"3.70\", \"min_version\": \"3.0\"}]}",
	NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct json *json;
	struct openstack_token token;
	if (status_is_ok(json_parse(arena, slice_of(data, size), NULL, &json))) {
		int minor = openstack_minor_choose(arena, json, OPENSTACK_COMPUTE);
		FUZZ_CHECK(minor >= 0 && minor <= OPENSTACK_COMPUTE_MINOR);
		minor = openstack_minor_choose(arena, json, OPENSTACK_VOLUME);
		FUZZ_CHECK(minor >= 0 && minor <= OPENSTACK_VOLUME_MINOR);
		if (openstack_token_read(arena, json, "subject", "public", &token)) {
			FUZZ_CHECK(token.id && token.id[0] && !strpbrk(token.id, " \r\n"));
			FUZZ_CHECK(token.place_count <= 1000);
			for (int service = 0; service < OPENSTACK_SERVICE_COUNT; service++) {
				const char *url = openstack_place_find(arena, token.places, token.place_count,
								       (enum openstack_service)service, NULL);
				FUZZ_CHECK(!url || !text_ends_with(url, "/"));
				if (url)
					(void)openstack_version_root(arena, url);
			}
		}
	}
	arena_free(arena);
	return 0;
}
