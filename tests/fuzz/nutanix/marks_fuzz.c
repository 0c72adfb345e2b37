/* SPDX-License-Identifier: Apache-2.0 */
/* marks_fuzz.c: what people make of our marks, tags and handles is read or refused; what we print reads back. */
#include "providers/nutanix/v4.h"
#include "runtime/base/text.h"
#include "tests/support/fuzz.h"

const char *const fuzz_seeds[] = {
	"text\n[gaon resource=01890000-0000-7000-8000-00000000abcd operation=b connection=c%20d installation=e image=vm:f size=g tags=a,b]",
	"[gaon resource=a operation=b connection=c installation=%EA%B0%80]",
	"[gaon resource=a operation=b connection=c installation=d] ",
	"ntnx4|create|ZXJnb24=:01890000-0000-7000-8000-00000000abcd|01890000-0000-7000-8000-00000000abcd|eyJhIjoiYiJ9",
	"ntnx3|work|-|-|",
	"team._2Flead ._ ._20$x",
	"40/20",
	NULL,
};

static void marks_try(struct arena *arena, const char *text)
{
	const char *people, *again, *description;
	struct nutanix_marks marks = nutanix_marks_read(arena, text, &people);

	if (marks.ours.resource)
		FUZZ_CHECK(marks.ours.operation && marks.ours.connection && marks.ours.installation);
	else
		FUZZ_CHECK(text_starts_with(text, people));
	/* One who can be read can be written again, and is the same. */
	if (nutanix_marks_print(arena, people, &marks, &description).error != PROVIDER_OK)
		return;
	struct nutanix_marks read = nutanix_marks_read(arena, description, &again);
	FUZZ_CHECK(text_equal(read.ours.resource, marks.ours.resource) && text_equal(read.ours.installation, marks.ours.installation));
	FUZZ_CHECK(text_equal(read.tags, marks.tags) && text_equal(read.image, marks.image) && text_equal(read.size, marks.size));
	FUZZ_CHECK(text_equal(again, people) || !marks.ours.resource);
}

static void marks_print_try(struct arena *arena, const char *text)
{
	const char *description, *people;
	struct nutanix_marks marks = { .ours = { text, text, "c", "i" }, .tags = text };

	if (!text_is_utf8(slice_text(text)) || nutanix_marks_print(arena, text, &marks, &description).error != PROVIDER_OK)
		return;
	struct nutanix_marks read = nutanix_marks_read(arena, description, &people);
	FUZZ_CHECK(text_equal(read.ours.resource, text) && text_equal(read.ours.operation, text) && text_equal(read.tags, text));
	FUZZ_CHECK(text_equal(people, text));
}

static void tag_try(struct arena *arena, const char *text)
{
	struct json *tags = json_object(arena);

	FUZZ_CHECK(nutanix_tag_decode(arena, text) != NULL);
	if (!text_is_utf8(slice_text(text)))
		return;
	for (int api = NUTANIX_API_V3; api <= NUTANIX_API_V4; api++)
		FUZZ_CHECK(text_equal(nutanix_tag_decode(arena, nutanix_tag_encode(arena, text, (enum nutanix_api)api)), text));
	json_set_text(tags, text[0] ? text : "x", text);
	const char *keys = nutanix_tag_keys(arena, tags);
	FUZZ_CHECK(nutanix_tag_is_ours(arena, keys, nutanix_tag_encode(arena, text[0] ? text : "x", NUTANIX_API_V4)));
	const struct json *unpacked = v4_tags_unpack(arena, v4_tags_pack(arena, tags));
	FUZZ_CHECK(unpacked && text_equal(json_print(arena, unpacked), json_print(arena, tags)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	const char *text = arena_strndup(arena, (const char *)data, size);
	struct nutanix_handle handle;
	struct provider_page page = { .token = text };
	int64_t offset;
	unsigned length;

	marks_try(arena, text);
	marks_print_try(arena, text);
	tag_try(arena, text);
	(void)v4_tags_unpack(arena, text);
	if (nutanix_handle_read(arena, text, &handle).error == PROVIDER_OK)
		FUZZ_CHECK(text_equal(nutanix_handle_print(arena, &handle), text));
	if (nutanix_page_read(arena, &page, 100, &offset, &length).error == PROVIDER_OK)
		FUZZ_CHECK(offset >= 0 && length >= 1 && length <= 100);
	arena_free(arena);
	return 0;
}
