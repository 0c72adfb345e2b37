/* SPDX-License-Identifier: Apache-2.0 */
/* aws_test.c: keys, rights, roles, reverts that are cut off, and bills of moto: what only this adapter promises. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/arena_fixture.h"
#include "tests/support/moto.h"

#include "providers/aws/aws.h"
#include "providers/network.h"
#include "providers/volume.h"
#include "runtime/base/id.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/http/http.h"

#define WAIT_US (60 * TIME_US_PER_SECOND)
#define OPTIONS "{\"image_names\": [\"amzn2-ami-hvm-2.0*\"], \"instance_types\": [\"t3.*\"]}"

static const struct provider_ops *ops;

static struct provider_call call_of(struct arena *arena)
{
	return (struct provider_call){ .arena = arena, .deadline_us = time_monotonic_us() + WAIT_US };
}

static const char *value(struct arena *arena, const char *name)
{
	char text[MOTO_TEXT_SIZE];
	assert_true(moto_value(name, text));
	return arena_strdup(arena, text);
}

/* With the credentials that stand under these names; `more` is appended to them. */
static struct provider_session *open_as(struct arena *arena, const char *id, const char *secret, const char *more)
{
	struct json *options, *credentials;
	struct provider_session *session = NULL;
	struct provider_call call = call_of(arena);
	assert_ok(json_parse(arena, slice_text(OPTIONS), NULL, &options));
	assert_ok(json_parse(
		arena,
		slice_text(arena_printf(arena, "{\"access_key_id\": \"%s\", \"secret_access_key\": \"%s\"%s}", id,
					secret, more)),
		NULL, &credentials));
	struct provider_config config = { .connection = "connections/eu",
					  .installation = "gaon-1",
					  .endpoint = value(arena, "endpoint"),
					  .region = "eu-west-1",
					  .options = options,
					  .credentials = credentials };
	struct provider_result result = ops->open(&call, &config, &session);
	if (result.error != PROVIDER_OK)
		fail_msg("%s", result.message);
	return session;
}

static struct provider_session *open_ours(struct arena *arena)
{
	return open_as(arena, value(arena, "access_key_id"), value(arena, "secret_access_key"), "");
}

static void done(struct provider_result result)
{
	if (result.error != PROVIDER_OK)
		fail_msg("%s: %s", provider_error_name(result.error), result.message);
}

/* ---- keys and rights ---- */

static void probe_is(struct arena *arena, struct provider_session *session, enum provider_error error, const char *word)
{
	struct provider_info info;
	struct provider_call call = call_of(arena);
	struct provider_result result = ops->probe(session, &call, &info);
	assert_int_equal(result.error, error);
	if (!strstr(result.message, word))
		fail_msg("\"%s\" does not speak of \"%s\"", result.message, word);
	ops->close(session);
}

static void wrong_keys_are_told_apart(void **state)
{
	struct arena *arena = *state;
	const char *id = value(arena, "access_key_id");
	probe_is(arena, open_as(arena, id, "wrong-secret-wrong-secret", ""), PROVIDER_AUTH,
		 "the secret_access_key does not belong to the access_key_id");
	probe_is(arena, open_as(arena, "AKIAIOSFODNN7NOBODY", "wrong-secret-wrong-secret", ""), PROVIDER_AUTH, "no such access_key_id");
}

static void what_a_reader_may_not_do_is_taken_away_with_the_right_that_is_missing(void **state)
{
	struct arena *arena = *state;
	struct provider_session *session = open_as(arena, value(arena, "reader_key_id"), value(arena, "reader_secret_key"), "");
	static const struct {
		enum provider_verb verb;
		const char *right;
	} GONE[] = { { VERB_CREATE, "ec2:RunInstances" },
		     { VERB_VOLUME_CREATE, "ec2:CreateVolume" },
		     { VERB_SNAPSHOT_REVERT, "ec2:CreateVolume" },
		     { VERB_ADDRESS_ALLOCATE, "ec2:AllocateAddress" },
		     { VERB_KEY_PAIR_IMPORT, "ec2:ImportKeyPair" },
		     { VERB_SECURITY_GROUP_CREATE, "ec2:CreateSecurityGroup" } };
	struct provider_info info;
	struct provider_call call = call_of(arena);
	done(ops->probe(session, &call, &info));
	for (size_t i = 0; i < sizeof GONE / sizeof GONE[0]; i++) {
		assert_int_equal(info.support[GONE[i].verb], SUPPORT_NONE);
		assert_non_null(strstr(info.notes[GONE[i].verb], GONE[i].right));
	}
	assert_int_equal(info.support[VERB_LIST], SUPPORT_NATIVE);
	assert_int_equal(info.support[VERB_IMAGES], SUPPORT_NATIVE);
	struct provider_address address;
	struct provider_intent intent = { id_new(arena), id_new(arena), "acme", "web" };
	struct provider_result result = ops->network->address_allocate(session, &call, &intent, NULL, &address);
	assert_int_equal(result.error, PROVIDER_FORBIDDEN);
	assert_non_null(strstr(result.message, "the credentials lack the right ec2:AllocateAddress"));
	ops->close(session);
}

static void the_documented_rights_are_enough_for_all_that_is_probed(void **state)
{
	struct provider_session *session = open_ours(*state);
	struct provider_info info;
	struct provider_call call = call_of(*state);
	done(ops->probe(session, &call, &info));
	for (int verb = 0; verb < VERB_COUNT; verb++)
		if (info.support[verb] != provider_aws.traits[verb].support)
			fail_msg("%s: %s", provider_verb_name((enum provider_verb)verb), info.notes[verb]);
	ops->close(session);
}

/* moto lets one without any pass; one that is wrong it does not. */
static void a_role_wants_its_external_id(void **state)
{
	struct arena *arena = *state;
	const char *id = value(arena, "role_access_key_id"), *secret = value(arena, "role_secret_access_key");
	const char *role = value(arena, "role_arn");
	probe_is(arena, open_as(arena, id, secret, arena_printf(arena, ", \"role_arn\": \"%s\", \"external_id\": \"guessed-it\"", role)),
		 PROVIDER_AUTH, "trust policy");
}

/* ---- machines ---- */

static struct provider_machine_spec spec_of(struct arena *arena, struct provider_session *session)
{
	struct provider_page page = { NULL, 1 };
	struct provider_image *images;
	struct provider_call call = call_of(arena);
	size_t count = 0;
	done(ops->images(session, &call, &page, &images, &count));
	assert_int_equal(count, 1);
	return (struct provider_machine_spec){ .intent = { id_new(arena), id_new(arena), "acme", "web" },
					       .name = "m",
					       .image = images[0].native_id,
					       .size = "t3.micro" };
}

static void await(struct arena *arena, struct provider_session *session, const char *handle)
{
	for (int64_t end = time_monotonic_us() + WAIT_US; handle && time_monotonic_us() < end; usleep(10000)) {
		struct provider_task_status status;
		struct provider_call call = call_of(arena);
		done(ops->task(session, &call, handle, &status));
		if (status.state == TASK_DONE)
			return;
		if (status.state == TASK_FAILED)
			fail_msg("%s", status.failure.message);
		handle = status.next_handle ? status.next_handle : handle;
	}
	assert_null(handle);
}

static const char *make(struct arena *arena, struct provider_session *session)
{
	struct provider_machine_spec spec = spec_of(arena, session);
	struct provider_call call = call_of(arena);
	struct provider_task task;
	const char *id;
	done(ops->create(session, &call, &spec, &task, &id));
	await(arena, session, task.handle);
	return id;
}

static void end(struct arena *arena, struct provider_session *session, const char *id)
{
	struct provider_call call = call_of(arena);
	struct provider_task task;
	done(ops->remove(session, &call, id, &task));
	await(arena, session, task.handle);
	ops->close(session);
}

static void a_token_with_another_order_is_a_conflict(void **state)
{
	struct provider_session *session = open_ours(*state);
	struct provider_machine_spec spec = spec_of(*state, session);
	struct provider_call call = call_of(*state);
	struct provider_task task;
	const char *id, *again;
	done(ops->create(session, &call, &spec, &task, &id));
	spec.size = "t3.small";
	struct provider_result result = ops->create(session, &call, &spec, &task, &again);
	assert_int_equal(result.error, PROVIDER_CONFLICT);
	assert_non_null(strstr(result.message, "something else was asked for with the same intent"));
	end(*state, session, id);
}

static long disks_of(const char *id)
{
	char words[128], output[MOTO_TEXT_SIZE];
	snprintf(words, sizeof words, "disks '%s'", id);
	assert_true(moto_do(words, output));
	return atol(output);
}

static const char *first_disk(struct arena *arena, struct provider_session *session, const char *machine)
{
	struct provider_page page = { NULL, 0 };
	struct provider_volume *volumes;
	struct provider_call call = call_of(arena);
	size_t count = 0;
	done(ops->volume->list(session, &call, NULL, &page, &volumes, &count));
	for (size_t i = 0; i < count; i++)
		if (text_equal(volumes[i].machine, machine))
			return volumes[i].native_id;
	return NULL;
}

/* As after a crash in each stage: the handle that is stored may be any of the older ones. */
static void a_revert_goes_on_from_any_of_its_handles(void **state)
{
	struct arena *arena = *state;
	struct provider_session *session = open_ours(arena);
	const char *id = make(arena, session), *snapshot, *handles[16];
	struct provider_call call = call_of(arena);
	struct provider_task task;
	struct provider_task_status status = { .state = TASK_RUNNING };
	size_t count = 0;
	long all = disks_of("");
	done(ops->snapshot_create(session, &call, id, "before", &task, &snapshot));
	await(arena, session, task.handle);
	const char *old_disk = first_disk(arena, session, id);
	done(ops->snapshot_revert(session, &call, id, snapshot, &task));
	int64_t end_us = time_monotonic_us() + WAIT_US;
	for (handles[count++] = task.handle; status.state == TASK_RUNNING && count < 16 && time_monotonic_us() < end_us;) {
		/* Each of the older ones once more, then the newest. */
		for (size_t i = 0; i < count; i++) {
			call = call_of(arena);
			done(ops->task(session, &call, handles[i], &status));
			assert_int_not_equal(status.state, TASK_FAILED);
		}
		if (status.next_handle)
			handles[count++] = status.next_handle;
	}
	assert_int_equal(status.state, TASK_DONE);
	struct provider_machine machine;
	call = call_of(arena);
	done(ops->get(session, &call, id, &machine));
	assert_int_equal(machine.state, PROVIDER_MACHINE_RUNNING);
	assert_int_equal(disks_of(id), 1);
	assert_int_equal(disks_of(""), all);
	assert_string_not_equal(first_disk(arena, session, id), old_disk);
	end(arena, session, id);
	assert_int_equal(disks_of(""), all - 1);
}

static void a_volume_that_lives_apart_is_no_part_of_a_snapshot(void **state)
{
	struct arena *arena = *state;
	struct provider_session *session = open_ours(arena);
	const char *id = make(arena, session), *volume, *snapshot;
	struct provider_call call = call_of(arena);
	struct provider_machine machine;
	struct provider_volume after;
	struct provider_task task;
	done(ops->get(session, &call, id, &machine));
	struct provider_volume_spec spec = {
		.intent = { id_new(arena), id_new(arena), "acme", "web" }, .name = "apart", .size_gib = 1, .zone = machine.zone
	};
	done(ops->volume->create(session, &call, &spec, &task, &volume));
	await(arena, session, task.handle);
	done(ops->volume->attach(session, &call, volume, id, &task));
	await(arena, session, task.handle);
	done(ops->snapshot_create(session, &call, id, "one", &task, &snapshot));
	await(arena, session, task.handle);
	done(ops->snapshot_revert(session, &call, id, snapshot, &task));
	await(arena, session, task.handle);
	done(ops->volume->get(session, &call, volume, &after));
	assert_string_equal(after.machine, id);
	assert_int_equal(disks_of(id), 2);
	done(ops->remove(session, &call, id, &task));
	await(arena, session, task.handle);
	done(ops->volume->remove(session, &call, volume, &task));
	await(arena, session, task.handle);
	ops->close(session);
}

static void a_network_without_a_parent_is_in_the_default_vpc(void **state)
{
	struct arena *arena = *state;
	struct provider_session *session = open_ours(arena);
	struct provider_network_spec spec = {
		.intent = { id_new(arena), id_new(arena), "acme", "web" }, .name = "n", .cidr = "172.31.200.0/24"
	};
	struct provider_page page = { NULL, 0 };
	struct provider_call call = call_of(arena);
	struct provider_made_network *networks;
	struct provider_task task;
	const char *id;
	size_t count = 0;
	done(ops->network->create(session, &call, &spec, &task, &id));
	await(arena, session, task.handle);
	done(ops->network->list(session, &call, &spec.intent, &page, &networks, &count));
	assert_int_equal(count, 1);
	assert_string_equal(networks[0].network.native_id, id);
	assert_true(text_starts_with(networks[0].network.parent, "vpc-"));
	assert_string_not_equal(networks[0].network.parent, value(arena, "vpc"));
	done(ops->network->remove(session, &call, id, &task));
	ops->close(session);
}

/* ---- insight ---- */

static void a_bill_is_exact_to_the_last_digit(void **state)
{
	struct arena *arena = *state;
	struct provider_session *session = open_ours(arena);
	int64_t today_us = time_day_start(time_now_us());
	struct provider_page page = { NULL, 0 };
	struct provider_call call = call_of(arena);
	struct provider_bill_line *lines;
	size_t count = 0;
	assert_true(moto_do("bill", NULL));
	done(ops->bill(session, &call, today_us - TIME_US_PER_DAY, today_us, &page, &lines, &count));
	assert_int_equal(count, 2);
	assert_null(page.token);
	assert_string_equal(lines[0].service, "Amazon Elastic Compute Cloud - Compute");
	assert_string_equal(lines[0].amount, "0.2736");
	assert_string_equal(lines[1].amount, "0.0234666667");
	assert_string_equal(lines[1].usage_quantity, "0.2666666667");
	assert_string_equal(lines[1].usage_unit, "GB-Mo");
	assert_string_equal(lines[1].account, "123456789012");
	assert_string_equal(lines[1].region, "eu-west-1");
	ops->close(session);
}

/* moto has no price list; but what the definition of the API does not know would be refused before it can say so. */
static void the_question_for_prices_is_one_that_the_definition_knows(void **state)
{
	struct provider_session *session = open_ours(*state);
	struct provider_page page = { NULL, 0 };
	struct provider_call call = call_of(*state);
	struct provider_price *prices;
	size_t count;
	struct provider_result result = ops->prices(session, &call, &page, &prices, &count);
	assert_int_not_equal(result.error, PROVIDER_OK);
	assert_null(strstr(result.message, "UnknownParameter"));
	ops->close(session);
}

static void sums_of_five_minutes_are_rates(void **state)
{
	struct arena *arena = *state;
	struct provider_session *session = open_ours(arena);
	const char *id = make(arena, session);
	struct provider_metrics_query query = { time_now_us() - TIME_US_PER_HOUR, time_now_us(), 60 };
	struct provider_call call = call_of(arena);
	struct provider_sample *samples;
	size_t count = 0, seen = 0;
	assert_true(moto_do(arena_printf(arena, "metrics '%s'", id), NULL));
	done(ops->metrics(session, &call, id, &query, &samples, &count));
	for (size_t i = 0; i < count; i++) {
		if (text_equal(samples[i].metric, "network-send-bytes-per-s"))
			assert_true(samples[i].value == 2000.0);
		if (text_equal(samples[i].metric, "cpu-percent"))
			assert_true(samples[i].value == 12.5);
		seen += text_equal(samples[i].metric, "network-send-bytes-per-s");
	}
	assert_in_range(seen, 10, 12);
	end(arena, session, id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(wrong_keys_are_told_apart),
		ARENA_TEST(what_a_reader_may_not_do_is_taken_away_with_the_right_that_is_missing),
		ARENA_TEST(the_documented_rights_are_enough_for_all_that_is_probed),
		ARENA_TEST(a_role_wants_its_external_id),
		ARENA_TEST(a_token_with_another_order_is_a_conflict),
		ARENA_TEST(a_revert_goes_on_from_any_of_its_handles),
		ARENA_TEST(a_volume_that_lives_apart_is_no_part_of_a_snapshot),
		ARENA_TEST(a_network_without_a_parent_is_in_the_default_vpc),
		ARENA_TEST(a_bill_is_exact_to_the_last_digit),
		ARENA_TEST(the_question_for_prices_is_one_that_the_definition_knows),
		ARENA_TEST(sums_of_five_minutes_are_rates),
	};
	struct arena *arena = arena_new(0);
	bool is_allowed = status_is_ok(http_allow_networks(arena, "127.0.0.0/8"));
	arena_free(arena);
	ops = provider_aws.ops;
	int code = is_allowed ? moto_start("contract_aws") : 1;
	if (code != 0)
		return code;
	code = cmocka_run_group_tests(tests, NULL, NULL);
	moto_stop();
	return code;
}
