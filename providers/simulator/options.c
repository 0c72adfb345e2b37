/* SPDX-License-Identifier: Apache-2.0 */
/* options.c: how good or bad a simulated cloud is. */
#include "providers/simulator/world.h"

#include "runtime/base/text.h"

#define SHARED(name_, otherwise_, help_) { .name = name_, .otherwise = otherwise_, .help = help_ }

const struct provider_option sim_option_rows[SIM_OPTION_COUNT] = {
	SHARED("latency_ms", "0", "every call really waits this many milliseconds"),
	SHARED("work_ms", "200", "create, start, stop, resize, snapshot and delete take this long by the clock; 0: done at once"),
	SHARED("seed", "1", "the same seed gives the same draws in the same order of calls"),
	SHARED("failure_rate", "0", "share (0 to 1) of calls that fail before they had an effect"),
	SHARED("failure_classes", "[\"UNAVAILABLE\"]", "the error classes of those failures, drawn evenly"),
	SHARED("task_failure_rate", "0", "share of accepted work that fails in the end"),
	SHARED("lost_reply_rate", "0", "share of calls whose effect happens but whose answer is UNKNOWN_OUTCOME"),
	SHARED("lost_request_rate", "0", "share of changing calls that answer UNKNOWN_OUTCOME without an effect"),
	SHARED("hang_rate", "0", "share of calls that give no answer before their deadline"),
	SHARED("late_visibility_ms", "0", "find, get and list miss a new machine this long; at most 2000"),
	SHARED("throttle_per_second", "0", "calls a second; more are THROTTLED with a time to wait; 0: unlimited"),
	SHARED("capacity", "0", "machines that fit into this cloud; more are CAPACITY; 0: unlimited"),
	SHARED("capacity_vcpus", "0", "vcpus that fit into this cloud; 0: unlimited"),
	SHARED("quota", "0", "machines that one connection may have; more are QUOTA; 0: unlimited"),
	SHARED("volume_quota", "0", "volumes that one connection may have; more are QUOTA; 0: unlimited"),
	SHARED("changes_kept", "65536", "how many changes a cursor of the delta listing may lie back; older ones are too old"),
	SHARED("page_size", "1000", "the most that a page holds, whatever is asked for"),
	SHARED("foreign", "0", "machines of somebody else that a new world starts with"),
	SHARED("client_token", "true", "false: a repeated create makes a second machine, as clouds without a token do"),
	SHARED("deaf_guests", "false", "true: guests that are asked to shut down take no notice; stop switches them off"),
	SHARED("late_id", "false", "true: create does not tell the machine's id, its task does"),
	SHARED("state_file", NULL, "a file that keeps this cloud over restarts; without it the state dies with the process"),
	SHARED("fsync", "false", "true: the state file also survives a power loss"),
	SHARED("sizes", NULL, "array of {id, name, vcpus, memory_mib, disk_gib} instead of the default table"),
	SHARED("images", NULL, "array of {id, name, os, architecture, min_disk_gib} instead of the default ones"),
	SHARED("networks", NULL, "array of {id, name, cidr, parent, zone} instead of the default ones"),
};

struct number_row {
	const char *name;
	size_t offset;
	int64_t otherwise, most;
};

static const struct number_row NUMBERS[] = {
	{ "latency_ms", offsetof(struct sim_options, latency_ms), 0, 600000 },
	{ "work_ms", offsetof(struct sim_options, work_ms), 200, 86400000 },
	{ "seed", offsetof(struct sim_options, seed), 1, INT64_MAX },
	{ "late_visibility_ms", offsetof(struct sim_options, late_visibility_ms), 0, SIM_LATE_VISIBILITY_MOST_MS },
	{ "throttle_per_second", offsetof(struct sim_options, throttle_per_second), 0, 1000000 },
	{ "capacity", offsetof(struct sim_options, capacity), 0, 10000000 },
	{ "capacity_vcpus", offsetof(struct sim_options, capacity_vcpus), 0, INT32_MAX },
	{ "quota", offsetof(struct sim_options, quota), 0, 10000000 },
	{ "volume_quota", offsetof(struct sim_options, volume_quota), 0, 10000000 },
	{ "changes_kept", offsetof(struct sim_options, changes_kept), 65536, 1048576 },
	{ "page_size", offsetof(struct sim_options, page_size), 1000, 1000 },
	{ "foreign", offsetof(struct sim_options, foreign), 0, 1000000 },
};

struct rate_row {
	const char *name;
	size_t offset;
};

static const struct rate_row RATES[] = {
	{ "failure_rate", offsetof(struct sim_options, failure_rate) },
	{ "task_failure_rate", offsetof(struct sim_options, task_failure_rate) },
	{ "lost_reply_rate", offsetof(struct sim_options, lost_reply_rate) },
	{ "lost_request_rate", offsetof(struct sim_options, lost_request_rate) },
	{ "hang_rate", offsetof(struct sim_options, hang_rate) },
};

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

static bool is_known(const char *name)
{
	for (size_t i = 0; i < SIM_OPTION_COUNT; i++)
		if (text_equal(sim_option_rows[i].name, name))
			return true;
	return false;
}

static struct provider_result read_classes(struct arena *arena, const struct json *classes, struct sim_options *out)
{
	out->failure_classes[0] = PROVIDER_UNAVAILABLE;
	out->failure_class_count = 1;
	if (!classes)
		return PROVIDER_DONE;
	out->failure_class_count = 0;
	for (size_t i = 0; i < json_size(classes); i++) {
		const char *name = json_text(json_at(classes, i), "");
		enum provider_error class = PROVIDER_INVALID;
		while (class < PROVIDER_UNSUPPORTED && !text_equal(provider_error_name(class), name))
			class++;
		if (class == PROVIDER_UNSUPPORTED || out->failure_class_count == PROVIDER_UNSUPPORTED)
			return provider_fail(arena, PROVIDER_INVALID,
					     "options.failure_classes[%zu]: \"%s\" is no error class that can be simulated", i, name);
		out->failure_classes[out->failure_class_count++] = class;
	}
	if (out->failure_class_count == 0)
		return provider_fail(arena, PROVIDER_INVALID, "options.failure_classes: name at least one class");
	return PROVIDER_DONE;
}

static struct provider_result read_numbers(struct arena *arena, const struct json *options, struct sim_options *out)
{
	for (size_t i = 0; i < COUNT_OF(NUMBERS); i++) {
		const struct json *value = json_get(options, NUMBERS[i].name);
		int64_t number = json_int(value, value ? -1 : NUMBERS[i].otherwise);
		if (number < 0 || number > NUMBERS[i].most)
			return provider_fail(arena, PROVIDER_INVALID, "options.%s: give a number from 0 to %lld", NUMBERS[i].name,
					     (long long)NUMBERS[i].most);
		*(int64_t *)((char *)out + NUMBERS[i].offset) = number;
	}
	for (size_t i = 0; i < COUNT_OF(RATES); i++) {
		const struct json *value = json_get(options, RATES[i].name);
		double rate = json_real(value, value ? -1 : 0);
		if (!(rate >= 0 && rate <= 1))
			return provider_fail(arena, PROVIDER_INVALID, "options.%s: give a share from 0 to 1", RATES[i].name);
		*(double *)((char *)out + RATES[i].offset) = rate;
	}
	return PROVIDER_DONE;
}

struct provider_result sim_options_read(struct arena *arena, const struct json *options, struct sim_options *out)
{
	const char *key;
	const struct json *value;
	for (size_t i = 0; json_member(options, i, &key, &value); i++)
		if (!is_known(key))
			return provider_fail(arena, PROVIDER_INVALID, "options.%s: the simulator has no such option", key);
	struct sim_options read = { .client_token = json_bool(json_get(options, "client_token"), true),
				    .deaf_guests = json_bool(json_get(options, "deaf_guests"), false),
				    .late_id = json_bool(json_get(options, "late_id"), false),
				    .fsync = json_bool(json_get(options, "fsync"), false),
				    .state_file = json_text(json_get(options, "state_file"), NULL) };
	struct provider_result result = read_numbers(arena, options, &read);
	if (result.error == PROVIDER_OK)
		result = read_classes(arena, json_get(options, "failure_classes"), &read);
	if (result.error != PROVIDER_OK)
		return result;
	if (read.page_size == 0)
		read.page_size = 1000;
	if (read.changes_kept == 0)
		read.changes_kept = 1;
	*out = read;
	return PROVIDER_DONE;
}
