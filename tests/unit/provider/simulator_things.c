/* SPDX-License-Identifier: Apache-2.0 */
/* simulator_things.c: volumes, groups and addresses of a simulated cloud, and the file that keeps them. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "tests/unit/provider/simulator_fixture.h"

static void a_volume_takes_as_long_as_the_clock_says(void **state)
{
	struct provider_task task, again;
	struct provider_task_status status;
	(void)state;
	time_fake_set(NOON);
	must_open("{\"work_ms\": 1000}");
	const char *id = volume_make("one", &task);
	assert_non_null(task.handle);
	assert_string_equal(volume_make("one", &again), id);
	assert_string_equal(again.handle, task.handle);
	time_fake_advance(999999);
	assert_int_equal(volume_get(id).state, PROVIDER_VOLUME_BUILDING);
	DONE(ops->task(session, &call, task.handle, &status));
	assert_int_equal(status.state, TASK_RUNNING);
	time_fake_advance(1);
	DONE(ops->task(session, &call, task.handle, &status));
	assert_int_equal(status.state, TASK_DONE);
	assert_string_equal(status.native_id, id);
	assert_int_equal(volume_get(id).state, PROVIDER_VOLUME_AVAILABLE);
	/* It has its new size when the work is over, and is busy until then. */
	DONE(ops->volume->grow(session, &call, id, 20, &task));
	assert_int_equal(volume_get(id).size_gib, 10);
	EXPECT(PROVIDER_CONFLICT, ops->volume->grow(session, &call, id, 30, &again));
	EXPECT(PROVIDER_CONFLICT, ops->volume->remove(session, &call, id, &again));
	time_fake_advance(TIME_US_PER_SECOND);
	assert_int_equal(volume_get(id).size_gib, 20);
}

static void accepted_work_on_a_volume_can_fail_in_the_end(void **state)
{
	struct provider_task task;
	struct provider_task_status status;
	(void)state;
	time_fake_set(NOON);
	must_open("{\"work_ms\": 100}");
	const char *good = volume_make("good", &task);
	time_fake_advance(TIME_US_PER_SECOND);
	shut();
	must_open("{\"work_ms\": 100, \"task_failure_rate\": 1}");
	const char *doomed = volume_make("doomed", &task);
	time_fake_advance(TIME_US_PER_SECOND);
	DONE(ops->task(session, &call, task.handle, &status));
	assert_int_equal(status.state, TASK_FAILED);
	assert_int_equal(volume_get(doomed).state, PROVIDER_VOLUME_FAILED);
	DONE(ops->volume->grow(session, &call, good, 50, &task));
	time_fake_advance(TIME_US_PER_SECOND);
	assert_int_equal(volume_get(good).size_gib, 10);
	assert_int_equal(volume_get(good).state, PROVIDER_VOLUME_AVAILABLE);
}

static void a_lost_reply_about_a_volume_has_its_effect(void **state)
{
	struct provider_volume_spec spec = volume_spec("lost");
	struct provider_intent intent = intent_of("lost");
	struct provider_page page = { NULL, 0 };
	struct provider_volume *volumes;
	struct provider_task task;
	const char *id;
	size_t count = 0;
	(void)state;
	must_open("{\"work_ms\": 0, \"lost_reply_rate\": 1}");
	EXPECT(PROVIDER_UNKNOWN_OUTCOME, ops->volume->create(session, &call, &spec, &task, &id));
	EXPECT(PROVIDER_UNKNOWN_OUTCOME, ops->volume->create(session, &call, &spec, &task, &id));
	shut();
	must_open("{\"work_ms\": 0}");
	DONE(ops->volume->list(session, &call, &intent, &page, &volumes, &count));
	assert_int_equal(count, 1);
	shut();
	must_open("{\"work_ms\": 0, \"lost_request_rate\": 1}");
	EXPECT(PROVIDER_UNKNOWN_OUTCOME, ops->volume->remove(session, &call, volumes[0].native_id, &task));
	/* A call that only looks does not know such an outcome. */
	assert_int_equal(volume_get(volumes[0].native_id).state, PROVIDER_VOLUME_AVAILABLE);
}

static void volumes_have_a_quota_of_their_own(void **state)
{
	struct provider_volume_spec spec = volume_spec("two");
	struct provider_task task;
	const char *id = NULL;
	(void)state;
	must_open("{\"work_ms\": 0, \"volume_quota\": 1}");
	const char *first = volume_make("one", &task);
	EXPECT(PROVIDER_QUOTA, ops->volume->create(session, &call, &spec, &task, &id));
	DONE(ops->volume->remove(session, &call, first, &task));
	DONE(ops->volume->create(session, &call, &spec, &task, &id));
}

static void a_machine_that_vanishes_lets_its_volume_and_address_go(void **state)
{
	struct provider_task task;
	struct provider_address address, *addresses;
	struct provider_intent intent = intent_of("address");
	struct provider_page page = { NULL, 0 };
	size_t count = 0;
	(void)state;
	must_open("{\"work_ms\": 0}");
	const char *machine = machine_make("m");
	const char *id = volume_make("v", &task);
	DONE(ops->volume->attach(session, &call, id, machine, &task));
	DONE(ops->network->address_allocate(session, &call, &intent, NULL, &address));
	DONE(ops->network->address_associate(session, &call, address.native_id, machine));
	EXPECT(PROVIDER_CONFLICT, ops->network->address_release(session, &call, address.native_id));
	assert_string_equal(volume_get(id).machine, machine);
	assert_int_equal(machine_get(machine).address_count, 2);
	assert_string_equal(machine_get(machine).addresses[1], address.address);
	assert_true(simulator_vanish(ENDPOINT, machine));
	assert_null(volume_get(id).machine);
	assert_int_equal(volume_get(id).state, PROVIDER_VOLUME_AVAILABLE);
	DONE(ops->network->address_list(session, &call, &intent, &page, &addresses, &count));
	assert_int_equal(count, 1);
	assert_null(addresses[0].machine);
	DONE(ops->network->address_release(session, &call, address.native_id));
}

static void a_volume_of_another_zone_is_not_attached(void **state)
{
	struct provider_volume_spec spec = volume_spec("far");
	struct provider_task task;
	const char *id = NULL;
	(void)state;
	must_open("{\"work_ms\": 0}");
	const char *machine = machine_make("m");
	assert_string_equal(machine_get(machine).zone, "zone-a");
	spec.zone = "zone-b";
	DONE(ops->volume->create(session, &call, &spec, &task, &id));
	EXPECT(PROVIDER_INVALID, ops->volume->attach(session, &call, id, machine, &task));
}

static void a_group_that_rules_name_is_not_removed(void **state)
{
	struct provider_security_group_spec spec = { .intent = intent_of("a"), .name = "a" };
	const char *inner = NULL, *outer = NULL;
	(void)state;
	must_open("{\"work_ms\": 0}");
	DONE(ops->network->security_group_create(session, &call, &spec, &inner));
	spec.intent.resource = "b";
	DONE(ops->network->security_group_create(session, &call, &spec, &outer));
	const struct provider_rule rule = { PROVIDER_INGRESS, "tcp", 5432, 5432, NULL, inner };
	DONE(ops->network->security_group_rules(session, &call, outer, &rule, 1));
	EXPECT(PROVIDER_CONFLICT, ops->network->security_group_remove(session, &call, inner));
	DONE(ops->network->security_group_remove(session, &call, outer));
	DONE(ops->network->security_group_remove(session, &call, inner));
}

/* ---- the file ---- */

static void an_older_state_file_is_read(void **state)
{
	static const char OLD[] =
		"{\"number\":1,\"state\":2,\"next_state\":2,\"due_us\":0,\"visible_us\":5,\"created_us\":5,\"vcpus\":1,\"next_vcpus\":0,"
		"\"memory_mib\":512,\"next_memory_mib\":0,\"disk_gib\":3,\"ran_us\":0,\"boots\":1,\"running_since_us\":5,\"name\":\"web\","
		"\"machine\":\"m1\",\"operation\":\"op\",\"connection\":\"connections/one\",\"installation\":\"unit\",\"size\":\"small\","
		"\"image\":\"img-debian-12\",\"network\":null,\"native_state\":\"building\",\"current_snapshot\":null,\"snapshots\":[]}\n";
	struct provider_task task;
	(void)state;
	int file = open(path, O_WRONLY | O_TRUNC);
	assert_int_equal(write(file, OLD, sizeof OLD - 1), sizeof OLD - 1);
	close(file);
	must_open(with_file(""));
	const char *id = "sim-0000000001";
	assert_string_equal(machine_get(id).name, "web");
	assert_null(machine_get(id).zone);
	DONE(ops->rename(session, &call, id, "shop", &task));
	const char *volume = volume_make("v", &task);
	DONE(ops->volume->attach(session, &call, volume, id, &task));
	shut();
	must_open(with_file(""));
	assert_string_equal(machine_get(id).name, "shop");
	assert_string_equal(volume_get(volume).machine, id);
}

static void the_state_file_keeps_everything(void **state)
{
	struct provider_image_spec image_spec = { .intent = intent_of("i"), .name = "golden" };
	struct provider_network_spec network_spec = { .intent = intent_of("n"), .name = "front", .cidr = "10.3.0.0/24" };
	struct provider_security_group_spec group_spec = { .intent = intent_of("g"), .name = "web", .description = "d" };
	struct provider_key_pair pair, *pairs;
	struct provider_page page = { NULL, 0 };
	struct provider_task task;
	struct provider_snapshot *snapshots;
	struct json *tags = json_object(arena);
	const char *image = NULL, *network = NULL, *group = NULL, *snapshot = NULL;
	size_t count = 0;
	(void)state;
	must_open(with_file(""));
	const char *machine = machine_make("m");
	json_set_text(tags, "team", "blue");
	DONE(ops->tag(session, &call, machine, tags, &task));
	const char *volume = volume_make("v", &task);
	DONE(ops->volume->grow(session, &call, volume, 33, &task));
	DONE(ops->volume->snapshot_create(session, &call, volume, "s", &task, &snapshot));
	image_spec.machine = machine;
	DONE(ops->image->create(session, &call, &image_spec, &task, &image));
	DONE(ops->network->create(session, &call, &network_spec, &task, &network));
	DONE(ops->network->security_group_create(session, &call, &group_spec, &group));
	const struct provider_rule rule = { PROVIDER_EGRESS, "udp", 53, 54, "192.0.2.0/24", NULL };
	DONE(ops->network->security_group_rules(session, &call, group, &rule, 1));
	DONE(ops->network->key_pair_import(
		session, &call, "k", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJiNIkdvWlb7I86lWFUPDGFtwfXYc9y15FtU0yatFOkl", &pair));
	const char *gone = volume_make("gone", &task);
	DONE(ops->volume->remove(session, &call, gone, &task));
	shut();
	must_open(with_file(""));
	assert_string_equal(json_print(arena, machine_get(machine).tags), "{\"team\":\"blue\"}");
	assert_int_equal(volume_get(volume).size_gib, 33);
	assert_string_equal(volume_get(volume).marks.resource, "v");
	DONE(ops->volume->snapshot_list(session, &call, volume, &snapshots, &count));
	assert_int_equal(count, 1);
	struct provider_security_group *groups;
	DONE(ops->network->security_group_list(session, &call, NULL, &page, &groups, &count));
	assert_int_equal(count, 1);
	assert_int_equal(groups[0].rule_count, 1);
	assert_int_equal(groups[0].rules[0].last_port, 54);
	assert_int_equal(groups[0].rules[0].direction, PROVIDER_EGRESS);
	struct provider_machine_spec spec = { .intent = intent_of("from"), .name = "f", .image = image, .size = "small",
					      .network = network };
	const char *id = NULL;
	DONE(ops->create(session, &call, &spec, &task, &id));
	page = (struct provider_page){ NULL, 0 };
	DONE(ops->network->key_pair_list(session, &call, &page, &pairs, &count));
	assert_int_equal(count, 1);
	assert_string_equal(pairs[0].fingerprint, pair.fingerprint);
	EXPECT(PROVIDER_NOT_FOUND, ops->volume->get(session, &call, gone, &(struct provider_volume){ .native_id = NULL }));
	assert_string_not_equal(volume_make("new", &task), gone);
}

static void a_rewritten_state_file_gives_no_number_twice_and_keeps_the_bill(void **state)
{
	struct provider_bill_line *lines;
	struct provider_page page = { NULL, 0 };
	struct provider_task task;
	size_t count = 0;
	(void)state;
	int64_t day = time_day_start(NOON);
	time_fake_set(NOON);
	must_open(with_file(""));
	const char *id = machine_make("billed");
	const char *volume = volume_make("v", &task);
	for (int i = 0; i < 1100; i++)
		DONE(ops->volume->grow(session, &call, volume, 11 + i, &task));
	time_fake_advance(TIME_US_PER_HOUR);
	DONE(ops->volume->remove(session, &call, volume, &task));
	machine_delete(id);
	shut();
	for (int i = 0; i < 2; i++) { /* the first one rewrites it, the second one reads what was written */
		must_open(with_file(""));
		page = (struct provider_page){ NULL, 0 };
		DONE(ops->bill(session, &call, day, day + TIME_US_PER_DAY, &page, &lines, &count));
		assert_int_equal(count, 1);
		assert_string_equal(lines[0].usage_quantity, "1");
		shut();
	}
	must_open(with_file(""));
	assert_string_not_equal(machine_make("next"), id);
	assert_string_not_equal(volume_make("next", &task), volume);
	shut();
	FILE *file = fopen(path, "r");
	fseek(file, 0, SEEK_END);
	assert_true(ftell(file) < 4096);
	fclose(file);
}

static void a_damaged_line_of_a_thing_is_refused(void **state)
{
	static const char *const WRONG[] = {
		"{\"thing\":\"unicorn\",\"number\":1}\n",
		"{\"thing\":\"volume\",\"number\":0}\n",
		"{\"thing\":\"volume\",\"number\":1,\"state\":5}\n",
		"{\"thing\":\"volume\",\"number\":1,\"size_gib\":-1}\n",
		"{\"thing\":\"volume\",\"number\":1}\n{\"thing\":\"image\",\"number\":1}\n",
		"{\"thing\":\"world\",\"next_number\":0}\n",
		"{\"thing\":\"stay\",\"number\":1}\n",
	};
	(void)state;
	for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
		int file = open(path, O_WRONLY | O_TRUNC);
		assert_int_equal(write(file, WRONG[i], strlen(WRONG[i])), strlen(WRONG[i]));
		close(file);
		assert_int_equal(try_open(with_file("")).error, PROVIDER_INVALID);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_volume_takes_as_long_as_the_clock_says),
		TEST(accepted_work_on_a_volume_can_fail_in_the_end),
		TEST(a_lost_reply_about_a_volume_has_its_effect),
		TEST(volumes_have_a_quota_of_their_own),
		TEST(a_machine_that_vanishes_lets_its_volume_and_address_go),
		TEST(a_volume_of_another_zone_is_not_attached),
		TEST(a_group_that_rules_name_is_not_removed),
		TEST(an_older_state_file_is_read),
		TEST(the_state_file_keeps_everything),
		TEST(a_rewritten_state_file_gives_no_number_twice_and_keeps_the_bill),
		TEST(a_damaged_line_of_a_thing_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
