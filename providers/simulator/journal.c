/* SPDX-License-Identifier: Apache-2.0 */
/* journal.c: the state file: each line is the newest version of one machine, written before the verb answers. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "providers/simulator/thing.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define NUMBER_MOST (INT64_MAX / 1024) /* as a time: the year 2255 */
#define DEAD_LINES_MOST 1024 /* fewer are not worth a rewrite */

static struct json *snapshots_write(struct arena *arena, const struct sim_snapshot *snapshot)
{
	struct json *array = json_array(arena);
	for (; snapshot; snapshot = snapshot->next) {
		struct json *row = json_object(arena);
		json_set_text(row, "name", snapshot->name);
		json_set_int(row, "created_us", snapshot->created_us);
		json_set_int(row, "vcpus", snapshot->vcpus);
		json_set_int(row, "memory_mib", snapshot->memory_mib);
		json_set_text(row, "size", snapshot->size);
		json_append(array, row);
	}
	return array;
}

#define NUMBER(field) SIM_FIELD(struct sim_machine, field)

static const struct sim_field NUMBERS[] = {
	NUMBER(number),     NUMBER(state),      NUMBER(next_state), NUMBER(due_us),           NUMBER(visible_us),
	NUMBER(created_us), NUMBER(vcpus),      NUMBER(next_vcpus), NUMBER(memory_mib),       NUMBER(next_memory_mib),
	NUMBER(disk_gib),   NUMBER(ran_us),     NUMBER(boots),      NUMBER(running_since_us),
};
#define NUMBER_COUNT (sizeof NUMBERS / sizeof NUMBERS[0])

static int64_t number_get(const void *record, const struct sim_field *field)
{
	const char *at = (const char *)record + field->offset;
	int32_t narrow;
	int64_t wide;
	if (field->size == sizeof narrow) {
		memcpy(&narrow, at, sizeof narrow);
		return narrow;
	}
	memcpy(&wide, at, sizeof wide);
	return wide;
}

static void number_set(void *record, const struct sim_field *field, int64_t wide)
{
	char *at = (char *)record + field->offset;
	int32_t narrow = (int32_t)wide;
	if (field->size == sizeof narrow)
		memcpy(at, &narrow, sizeof narrow);
	else
		memcpy(at, &wide, sizeof wide);
}

void sim_fields_write(struct json *row, const void *record, const struct sim_field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++)
		json_set_int(row, fields[i].name, number_get(record, &fields[i]));
}

/* What this program never writes is damage: the rest of the house counts on it. */
bool sim_fields_read(const struct json *row, void *record, const struct sim_field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int64_t number = json_int(json_get(row, fields[i].name), 0);
		if (number < 0 || number > (fields[i].size == sizeof(int32_t) ? INT32_MAX : NUMBER_MOST))
			return false;
		number_set(record, &fields[i], number);
	}
	return true;
}

static struct json *machine_write(struct arena *arena, const struct sim_machine *machine)
{
	struct json *row = json_object(arena);
	sim_fields_write(row, machine, NUMBERS, NUMBER_COUNT);
	json_set_text(row, "name", machine->name);
	json_set_text(row, "machine", machine->machine);
	json_set_text(row, "operation", machine->operation);
	json_set_text(row, "connection", machine->account ? machine->account->connection : NULL);
	json_set_text(row, "installation", machine->installation);
	json_set_text(row, "size", machine->size);
	json_set_text(row, "image", machine->image);
	json_set_text(row, "network", machine->network);
	json_set_text(row, "native_state", machine->native_state);
	json_set_text(row, "current_snapshot", machine->current_snapshot);
	json_set(row, "snapshots", snapshots_write(arena, machine->snapshots));
	if (machine->zone)
		json_set_text(row, "zone", machine->zone);
	if (machine->more)
		json_set(row, "more", machine->more);
	return row;
}

static bool write_whole(int file, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t wrote = write(file, data, size);
		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			return false;
		data += wrote;
		size -= (size_t)wrote;
	}
	return true;
}

bool sim_journal_append(struct sim_world *world, struct arena *arena, const struct json *row)
{
	const char *line = arena_printf(arena, "%s\n", json_print(arena, row));
	off_t end = lseek(world->journal, 0, SEEK_END);
	bool is_written = end >= 0 && write_whole(world->journal, line, strlen(line));
	if (is_written && world->options.fsync)
		is_written = fdatasync(world->journal) == 0;
	/* Half a line on a full disk must not glue itself to the next one. */
	if (!is_written && end >= 0 && ftruncate(world->journal, end) != 0)
		is_written = false;
	return is_written;
}

bool sim_journal_put(struct sim_world *world, const struct sim_machine *machine)
{
	struct arena *arena = arena_new(0);
	bool is_written = sim_journal_append(world, arena, machine_write(arena, machine));
	arena_free(arena);
	return is_written;
}

static const struct sim_snapshot *snapshots_read(struct sim_world *world, const struct json *array)
{
	const struct sim_snapshot *list = NULL;
	for (size_t i = json_size(array); i > 0; i--) {
		const struct json *row = json_at(array, i - 1);
		struct sim_snapshot *snapshot = ARENA_NEW(world->arena, struct sim_snapshot);
		*snapshot = (struct sim_snapshot){
			.next = list,
			.name = arena_strdup(world->arena, json_text(json_get(row, "name"), "")),
			.created_us = json_int(json_get(row, "created_us"), 0),
			.vcpus = (int32_t)json_int(json_get(row, "vcpus"), 0),
			.memory_mib = json_int(json_get(row, "memory_mib"), 0),
			.size = sim_intern(world, json_text(json_get(row, "size"), NULL)),
		};
		list = snapshot;
	}
	return list;
}

static void text_read(char *out, size_t size, const struct json *value)
{
	snprintf(out, size, "%s", json_text(value, ""));
}

static bool numbers_read(const struct json *row, struct sim_machine *machine)
{
	return sim_fields_read(row, machine, NUMBERS, NUMBER_COUNT) && machine->number > 0 &&
	       machine->state <= PROVIDER_MACHINE_GONE && machine->next_state <= PROVIDER_MACHINE_GONE &&
	       machine->vcpus <= SIM_VCPUS_MOST && machine->next_vcpus <= SIM_VCPUS_MOST &&
	       machine->memory_mib <= SIM_MEMORY_MIB_MOST && machine->next_memory_mib <= SIM_MEMORY_MIB_MOST;
}

static bool machine_read(struct sim_world *world, const struct json *row)
{
	uint64_t number = (uint64_t)json_int(json_get(row, "number"), 0);
	struct sim_machine *old = sim_machine_by_number(world, number);
	struct sim_machine read = old ? *old : (struct sim_machine){ 0 };
	if (!numbers_read(row, &read))
		return false;
	text_read(read.name, sizeof read.name, json_get(row, "name"));
	text_read(read.machine, sizeof read.machine, json_get(row, "machine"));
	text_read(read.operation, sizeof read.operation, json_get(row, "operation"));
	const char *connection = json_text(json_get(row, "connection"), NULL);
	read.account = connection ? sim_account(world, connection) : NULL;
	read.installation = sim_intern(world, json_text(json_get(row, "installation"), NULL));
	read.size = sim_intern(world, json_text(json_get(row, "size"), NULL));
	read.image = sim_intern(world, json_text(json_get(row, "image"), NULL));
	read.network = sim_intern(world, json_text(json_get(row, "network"), NULL));
	read.native_state = sim_intern(world, json_text(json_get(row, "native_state"), NULL));
	read.snapshots = snapshots_read(world, json_get(row, "snapshots"));
	const char *current = json_text(json_get(row, "current_snapshot"), NULL);
	read.current_snapshot = current ? arena_strdup(world->arena, current) : NULL;
	read.zone = sim_intern(world, json_text(json_get(row, "zone"), NULL));
	read.more = sim_json_copy(world->arena, json_get(row, "more"));
	if (number >= world->next_number)
		world->next_number = number + 1;
	if (old) {
		/* What it is found and counted by never changes. */
		if (!text_equal(old->machine, read.machine) || old->account != read.account)
			return false;
		world->vcpus += read.vcpus - old->vcpus;
		*old = read;
		return true;
	}
	struct sim_machine *machine = sim_machine_spare(world);
	*machine = read;
	sim_machine_link(world, machine);
	return true;
}

/* What numbers were given already, also to what is gone; what was billed; other things; and, without a word, machines. */
static bool line_read(struct sim_world *world, const struct json *row)
{
	const char *thing = json_text(json_get(row, "thing"), NULL);
	if (!thing)
		return machine_read(world, row);
	if (text_equal(thing, "stay"))
		return sim_stay_read(world, row);
	if (!text_equal(thing, "world"))
		return sim_thing_read(world, row);
	int64_t machine = json_int(json_get(row, "next_number"), 0), other = json_int(json_get(row, "next_thing"), 0);
	if (machine < 1 || other < 1 || machine > NUMBER_MOST || other > NUMBER_MOST)
		return false;
	world->next_number = (uint64_t)machine > world->next_number ? (uint64_t)machine : world->next_number;
	world->next_thing = (uint64_t)other > world->next_thing ? (uint64_t)other : world->next_thing;
	return true;
}

static bool world_put(struct sim_world *world, struct arena *arena)
{
	struct json *row = json_object(arena);
	json_set_text(row, "thing", "world");
	json_set_int(row, "next_number", (int64_t)world->next_number);
	json_set_int(row, "next_thing", (int64_t)world->next_thing);
	return sim_journal_append(world, arena, row);
}

/* Returns how much of the file is good; a last line without its end is what a kill left and is cut off. */
static struct provider_result replay(struct sim_world *world, struct arena *arena, struct slice file, size_t *lines,
				     size_t *good)
{
	*lines = *good = 0;
	while (*good < file.size) {
		const char *start = file.data + *good;
		const char *end = memchr(start, '\n', file.size - *good);
		if (!end)
			break;
		struct arena *scratch = arena_new(0);
		struct json *row;
		bool is_read = status_is_ok(json_parse(scratch, slice_of(start, (size_t)(end - start)), NULL, &row)) &&
			       line_read(world, row);
		arena_free(scratch);
		++*lines;
		if (!is_read)
			return provider_fail(arena, PROVIDER_INVALID, "%s: line %zu is damaged; restore the file or remove it",
					     world->options.state_file, *lines);
		*good = (size_t)(end + 1 - file.data);
	}
	return PROVIDER_DONE;
}

static struct provider_result load(struct sim_world *world, struct arena *arena, size_t *lines)
{
	struct stat about;
	const char *path = world->options.state_file;
	*lines = 0;
	if (fstat(world->journal, &about) != 0)
		return provider_fail(arena, PROVIDER_UNAVAILABLE, "%s: %s", path, strerror(errno));
	if (about.st_size == 0)
		return PROVIDER_DONE;
	size_t size = (size_t)about.st_size, good = 0;
	void *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, world->journal, 0);
	if (map == MAP_FAILED)
		return provider_fail(arena, PROVIDER_UNAVAILABLE, "%s: %s", path, strerror(errno));
	struct provider_result result = replay(world, arena, slice_of(map, size), lines, &good);
	munmap(map, size);
	if (result.error == PROVIDER_OK && good < size && ftruncate(world->journal, (off_t)good) != 0)
		return provider_fail(arena, PROVIDER_UNAVAILABLE, "%s: %s", path, strerror(errno));
	return result;
}

static bool things_put(struct sim_world *world)
{
	for (int kind = 0; kind < SIM_KIND_COUNT; kind++)
		for (const struct sim_thing *each = world->things[kind].oldest; each; each = each->next)
			if (!sim_thing_put(world, each))
				return false;
	return true;
}

/* The same machines in as few lines, in a new file that takes the old one's name in one step. */
static void compact(struct sim_world *world, struct arena *arena)
{
	const char *path = arena_printf(arena, "%s.new", world->options.state_file);
	int old = world->journal;
	world->journal = open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	bool is_good = world->journal >= 0 && flock(world->journal, LOCK_EX | LOCK_NB) == 0;
	is_good = is_good && world_put(world, arena);
	for (struct sim_machine *each = world->oldest; each && is_good; each = each->next)
		is_good = sim_journal_put(world, each);
	is_good = is_good && things_put(world) && sim_stays_put(world);
	is_good = is_good && fdatasync(world->journal) == 0 && rename(path, world->options.state_file) == 0;
	if (!is_good && world->journal >= 0) {
		close(world->journal);
		unlink(path);
	}
	if (is_good)
		close(old);
	else
		world->journal = old; /* the long one is as good as the short one */
}

struct provider_result sim_journal_open(struct sim_world *world, struct arena *arena)
{
	const char *path = world->options.state_file;
	size_t lines;
	world->journal = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (world->journal < 0)
		return provider_fail(arena, PROVIDER_INVALID, "options.state_file: %s: %s", path, strerror(errno));
	if (flock(world->journal, LOCK_EX | LOCK_NB) != 0)
		return provider_fail(arena, PROVIDER_UNAVAILABLE, "%s is in use by another simulator", path);
	struct provider_result result = load(world, arena, &lines);
	if (result.error != PROVIDER_OK)
		return result;
	/* Of what is gone only the line of the world remembers the number: it is not given again. */
	sim_settle_all(world, time_now_us());
	sim_things_settle(world, time_now_us());
	size_t kept = world->count + world->thing_count + world->stay_count;
	if (lines > kept + DEAD_LINES_MOST && lines > 2 * kept)
		compact(world, arena);
	return result;
}

void sim_journal_close(struct sim_world *world)
{
	if (world->journal >= 0)
		close(world->journal);
	world->journal = -1;
}
