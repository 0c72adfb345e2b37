/* SPDX-License-Identifier: Apache-2.0 */
/* machines_more.c: names, tags, zones, more networks, security groups, more disks. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "tests/contract/provider/contract.h"

/* A faulty peer may be busy with the attempt whose reply was lost. */
#define SETTLE(result_, expression_)                                                                                   \
	do {                                                                                                           \
		unsigned again_ = 0;                                                                                   \
		do {                                                                                                   \
			PERSIST(result_, (task.handle = NULL, (expression_)));                                         \
		} while (room.peer->is_faulty && (result_).error == PROVIDER_CONFLICT && ++again_ < 100 &&             \
			 usleep(5000) == 0);                                                                           \
		task_wait(result_, &task);                                                                             \
	} while (0)

static void a_machine_takes_another_name(void **state)
{
	struct provider_machine_spec spec = spec_new("first name");
	struct provider_task task = { NULL };
	struct provider_result result;
	char long_name[400];
	(void)state;
	need(VERB_RENAME);
	memset(long_name, 'x', sizeof long_name - 1);
	long_name[sizeof long_name - 1] = '\0';
	const char *id = machine_make(&spec);
	machine_prepare(id, VERB_RENAME);
	for (int i = 0; i < 2; i++) {
		SETTLE(result, room.ops->rename(room.session, &call, id, "Second Name", &task));
		assert_string_equal(machine_get(id).name, "Second Name");
	}
	/* It is the same machine, found by what it was made for. */
	struct provider_machine machine;
	PERSIST(result, room.ops->find(room.session, &call, &spec.intent, &machine));
	assert_done(result);
	assert_string_equal(machine.native_id, id);
	marks_are(&machine.marks, &spec.intent);
	PERSIST(result, room.ops->rename(room.session, &call, id, "", &task));
	assert_class(result, PROVIDER_INVALID);
	PERSIST(result, room.ops->rename(room.session, &call, id, long_name, &task));
	assert_class(result, PROVIDER_INVALID);
	assert_string_equal(machine_get(id).name, "Second Name");
	PERSIST(result, room.ops->rename(room.session, &call, WRONG_ID, "nobody", &task));
	assert_class(result, PROVIDER_NOT_FOUND);
	machine_delete(id);
}

static const struct json *tags_parse(const char *text)
{
	struct json *tags;
	assert_true(status_is_ok(json_parse(room.arena, slice_text(text), NULL, &tags)));
	return tags;
}

static void tags_are(const char *id, const char *expected)
{
	const struct json *tags = machine_get(id).tags, *wanted = tags_parse(expected);
	assert_string_equal(tags ? json_print_canonical(room.arena, tags) : "{}",
			    json_print_canonical(room.arena, wanted));
}

static void tags_come_back_as_they_went_without_our_marks(void **state)
{
	static const char FIRST[] = "{\"team\": \"blue\", \"cost-center\": \"Z\xc3\xbcrich 1\"}";
	static const char SECOND[] = "{\"team\": \"red\", \"stage\": \"\"}";
	struct provider_machine_spec spec = spec_new("tagged");
	struct provider_task task = { NULL };
	struct provider_result result;
	(void)state;
	need(VERB_TAG);
	spec.tags = tags_parse(FIRST);
	const char *id = machine_make(&spec);
	tags_are(id, FIRST);
	machine_prepare(id, VERB_TAG);
	for (int i = 0; i < 2; i++) {
		SETTLE(result, room.ops->tag(room.session, &call, id, tags_parse(SECOND), &task));
		tags_are(id, SECOND);
	}
	SETTLE(result, room.ops->tag(room.session, &call, id, tags_parse("{}"), &task));
	tags_are(id, "{}");
	struct provider_machine machine = machine_get(id);
	marks_are(&machine.marks, &spec.intent);
	PERSIST(result, room.ops->tag(room.session, &call, id, tags_parse("{\"\": \"x\"}"), &task));
	assert_class(result, PROVIDER_INVALID);
	PERSIST(result, room.ops->tag(room.session, &call, WRONG_ID, tags_parse(SECOND), &task));
	assert_class(result, PROVIDER_NOT_FOUND);
	machine_delete(id);
}

static void refuses(const struct provider_machine_spec *spec)
{
	struct provider_task task = { NULL };
	const char *id = NULL;
	struct provider_result result;
	PERSIST(result, room.ops->create(room.session, &call, spec, &task, &id));
	assert_class(result, PROVIDER_INVALID);
	assert_non_null(result.message);
	assert_int_equal(list_count(NULL, spec->intent.resource), 0);
}

/* The note of VERB_CREATE names what the adapter takes besides the usual; what it does not name it must refuse. */
static bool create_takes(const char *word)
{
	const char *note = room.row->traits[VERB_CREATE].note;
	return note && strstr(note, word) != NULL;
}

static const char *zone_choose(void)
{
	const char *zone = NULL;
	struct provider_page page = { NULL, 0 };
	do {
		struct provider_region *regions = NULL;
		size_t count = 0;
		struct provider_result result;
		const char *token = page.token;
		PERSIST(result, (page = (struct provider_page){ .token = token },
				 room.ops->regions(room.session, &call, &page, &regions, &count)));
		assert_done(result);
		for (size_t i = 0; i < count; i++)
			if (regions[i].parent)
				zone = regions[i].native_id; /* the last one: hardly the default */
	} while (page.token);
	return zone;
}

static void a_machine_is_made_in_the_zone_that_was_asked_for(void **state)
{
	struct provider_machine_spec spec = spec_new("zoned");
	(void)state;
	spec.zone = "no such zone";
	refuses(&spec);
	if (!create_takes("zone"))
		skip();
	need(VERB_REGIONS);
	spec = spec_new("zoned");
	spec.zone = zone_choose();
	assert_non_null(spec.zone);
	const char *id = machine_make(&spec);
	assert_string_equal(machine_get(id).zone, spec.zone);
	machine_delete(id);
}

static void a_machine_is_attached_to_more_networks(void **state)
{
	static const char *const WRONG[] = { "no such network" };
	struct provider_machine_spec spec = spec_new("two legs");
	struct provider_network *networks;
	struct provider_page page;
	struct provider_result result;
	size_t count = 0;
	(void)state;
	spec.more_networks = WRONG;
	spec.more_network_count = 1;
	refuses(&spec);
	if (!create_takes("more networks"))
		skip();
	PERSIST(result, (page = (struct provider_page){ NULL, 0 },
			 room.ops->networks(room.session, &call, &page, &networks, &count)));
	assert_done(result);
	assert_true(count > 0);
	spec = spec_new("two legs");
	spec.network = room.peer->network ? room.peer->network : networks[0].native_id;
	const char *more = networks[0].native_id;
	for (size_t i = 0; i < count; i++)
		if (!text_equal(networks[i].native_id, spec.network))
			more = networks[i].native_id;
	spec.more_networks = &more;
	spec.more_network_count = 1;
	const char *id = machine_make(&spec);
	struct provider_machine machine = machine_get(id);
	if (machine.network)
		assert_string_equal(machine.network, spec.network);
	machine_delete(id);
}

static void a_machine_is_in_the_security_groups_that_were_asked_for(void **state)
{
	static const char *const WRONG[] = { WRONG_ID };
	struct provider_machine_spec spec = spec_new("guarded");
	struct provider_result result;
	const char *group = NULL;
	(void)state;
	spec.security_groups = WRONG;
	spec.security_group_count = 1;
	refuses(&spec);
	if (!create_takes("security groups"))
		skip();
	need(VERB_SECURITY_GROUP_CREATE);
	need(VERB_SECURITY_GROUP_DELETE);
	struct provider_security_group_spec group_spec = { .intent = intent_new(),
							   .name = "guards",
							   .description = "of a test",
							   .parent = room.peer->network_parent };
	PERSIST(result, room.ops->network->security_group_create(room.session, &call, &group_spec, &group));
	assert_done(result);
	spec = spec_new("guarded");
	spec.security_groups = &group;
	spec.security_group_count = 1;
	const char *id = machine_make(&spec);
	/* That it is in use is how the cloud tells that the machine is in it. */
	PERSIST(result, room.ops->network->security_group_remove(room.session, &call, group));
	assert_class(result, PROVIDER_CONFLICT);
	machine_delete(id);
	for (int64_t end = wait_end_us(); time_monotonic_us() < end; usleep(20000)) {
		PERSIST(result, room.ops->network->security_group_remove(room.session, &call, group));
		if (result.error != PROVIDER_CONFLICT)
			break;
	}
	assert_done(result);
}

static void a_machine_has_more_disks_that_go_with_it(void **state)
{
	const struct provider_disk_spec wrong = { .size_gib = 0 };
	const struct provider_disk_spec disks[] = {
		{ .size_gib = room.peer->volume_gib > 0 ? room.peer->volume_gib : 1 },
		{ .size_gib = room.peer->volume_gib > 0 ? room.peer->volume_gib + 1 : 2 }
	};
	struct provider_machine_spec spec = spec_new("more disks");
	(void)state;
	spec.disks = &wrong;
	spec.disk_count = 1;
	refuses(&spec);
	if (!create_takes("more disks")) {
		spec.disks = disks;
		refuses(&spec);
		skip();
	}
	int64_t before = room.peer->disks_of ? room.peer->disks_of(room.peer, NULL) : 0;
	spec = spec_new("more disks");
	spec.disks = disks;
	spec.disk_count = 2;
	const char *id = machine_make(&spec);
	struct provider_machine machine = machine_get(id);
	assert_true(machine.disk_gib >= spec.disk_gib);
	if (room.peer->disks_of)
		assert_int_equal(room.peer->disks_of(room.peer, id), 3);
	machine_delete(id);
	if (room.peer->disks_of)
		assert_int_equal(room.peer->disks_of(room.peer, NULL), before);
}

static const struct CMUnitTest TESTS[] = {
	cmocka_unit_test(a_machine_takes_another_name),
	cmocka_unit_test(tags_come_back_as_they_went_without_our_marks),
	cmocka_unit_test(a_machine_is_made_in_the_zone_that_was_asked_for),
	cmocka_unit_test(a_machine_is_attached_to_more_networks),
	cmocka_unit_test(a_machine_is_in_the_security_groups_that_were_asked_for),
	cmocka_unit_test(a_machine_has_more_disks_that_go_with_it),
};
const struct suite_part more_machine_part = { TESTS, sizeof TESTS / sizeof TESTS[0] };
