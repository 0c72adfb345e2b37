/* SPDX-License-Identifier: Apache-2.0 */
/* images.c: images made from machines, and machines made from those. */
#include <unistd.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "tests/contract/provider/things.h"

static struct provider_result create(struct provider_call *call, const void *argument, struct provider_task *task,
				     const char **native_id)
{
	const struct thing_spec *spec = argument;
	struct provider_image_spec image = {
		.intent = spec->intent, .name = spec->name, .machine = spec->machine, .may_stop = true
	};
	return room.ops->image->create(room.session, call, &image, task, native_id);
}

static struct provider_result list(struct provider_session *session, struct provider_call *call,
				   const struct provider_intent *intent, struct provider_page *page,
				   struct thing **things, size_t *count)
{
	struct provider_made_image *rows;
	struct provider_result result = room.ops->image->list(session, call, intent, page, &rows, count);
	if (result.error != PROVIDER_OK)
		return result;
	*things = ARENA_ARRAY(call->arena, *count, struct thing);
	for (size_t i = 0; i < *count; i++)
		(*things)[i] = (struct thing){ .native_id = rows[i].image.native_id,
					       .name = rows[i].image.name,
					       .marks = rows[i].marks,
					       .is_settled = rows[i].is_ready && !rows[i].is_failed };
	return result;
}

static struct provider_result remove_image(struct provider_call *call, const char *native_id,
					   struct provider_task *task)
{
	return room.ops->image->remove(room.session, call, native_id, task);
}

static struct thing_kind IMAGE = {
	VERB_IMAGE_CREATE, VERB_IMAGE_LIST,  VERB_IMAGE_DELETE, .has_name = true,      .is_made_from_machine = true,
	.is_costly = true, .create = create, .list = list,      .remove = remove_image
};

/* Whether it can be ordered from; its smallest disk in *min_disk_gib. */
static bool is_offered(const char *image, int64_t *min_disk_gib)
{
	bool is_found = false;
	struct provider_page page = { NULL, 0 };
	do {
		struct provider_image *images = NULL;
		size_t count = 0;
		struct provider_result result;
		const char *token = page.token;
		PERSIST(result, (page = (struct provider_page){ .token = token },
				 room.ops->images(room.session, &call, &page, &images, &count)));
		assert_done(result);
		for (size_t i = 0; i < count; i++) {
			if (!text_equal(images[i].native_id, image))
				continue;
			is_found = true;
			*min_disk_gib = images[i].min_disk_gib;
		}
	} while (page.token);
	return is_found;
}

static void machines_are_made_from_an_image_that_was_made(void **state)
{
	int64_t min_disk_gib = 0;
	(void)state;
	need(VERB_IMAGE_CREATE);
	need(VERB_IMAGE_LIST);
	need(VERB_IMAGE_DELETE);
	struct thing_spec spec = thing_spec_new(&IMAGE, "golden");
	const char *image = thing_make(&spec);
	machine_delete(spec.machine);
	assert_true(is_offered(image, &min_disk_gib));
	struct provider_machine_spec machine = spec_new("from-our-image");
	machine.image = image;
	if (machine.disk_gib < min_disk_gib)
		machine.disk_gib = min_disk_gib;
	const char *id = machine_make(&machine);
	assert_string_equal(machine_get(id).image, image);
	machine_delete(id);
	thing_delete(&IMAGE, image);
	assert_false(is_offered(image, &min_disk_gib));
	machine = spec_new("from-what-is-gone");
	machine.image = image;
	struct provider_task task = { NULL };
	struct provider_result result;
	PERSIST(result, room.ops->create(room.session, &call, &machine, &task, &id));
	assert_class(result, PROVIDER_INVALID);
}

static void making_an_image_leaves_its_machine_as_it_was(void **state)
{
	(void)state;
	need(VERB_IMAGE_CREATE);
	need(VERB_IMAGE_DELETE);
	struct thing_spec spec = thing_spec_new(&IMAGE, "untouched");
	enum provider_machine_state before = machine_get(spec.machine).state;
	const char *image = thing_make(&spec);
	state_wait(spec.machine, before);
	thing_delete(&IMAGE, image);
	machine_delete(spec.machine);
}

static void an_image_of_a_machine_of_nobody_is_not_found(void **state)
{
	struct provider_task task = { NULL };
	const char *id = NULL;
	struct provider_result result;
	(void)state;
	need(VERB_IMAGE_CREATE);
	struct provider_image_spec spec = {
		.intent = intent_new(), .name = "lost", .machine = WRONG_ID, .may_stop = true
	};
	PERSIST(result, room.ops->image->create(room.session, &call, &spec, &task, &id));
	assert_class(result, PROVIDER_NOT_FOUND);
	assert_int_equal(thing_count(&IMAGE, &spec.intent, NULL, NULL), 0);
}

static const struct CMUnitTest TESTS[] = {
	THING_TESTS("an_image", &IMAGE),
	cmocka_unit_test(machines_are_made_from_an_image_that_was_made),
	cmocka_unit_test(making_an_image_leaves_its_machine_as_it_was),
	cmocka_unit_test(an_image_of_a_machine_of_nobody_is_not_found),
};
const struct suite_part image_part = { TESTS, sizeof TESTS / sizeof TESTS[0] };
