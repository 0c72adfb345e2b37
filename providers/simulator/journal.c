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

#include "providers/simulator/world.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define NUMBER_MOST (INT64_MAX / 1024) /* as a time: the year 2255 */
#define VCPUS_MOST 4096
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

struct number_field {
	const char *name;
	size_t offset;
	size_t size;
};
#define NUMBER(field) { #field, offsetof(struct sim_machine, field), sizeof(((struct sim_machine *)0)->field) }

static const struct number_field NUMBERS[] = {
	NUMBER(number),     NUMBER(state),      NUMBER(next_state), NUMBER(due_us),           NUMBER(visible_us),
	NUMBER(created_us), NUMBER(vcpus),      NUMBER(next_vcpus), NUMBER(memory_mib),       NUMBER(next_memory_mib),
	NUMBER(disk_gib),   NUMBER(ran_us),     NUMBER(boots),      NUMBER(running_since_us),
};
#define NUMBER_COUNT (sizeof NUMBERS / sizeof NUMBERS[0])

static int64_t number_get(const struct sim_machine *machine, const struct number_field *field)
{
	const char *at = (const char *)machine + field->offset;
	int32_t narrow;
	int64_t wide;
	if (field->size == sizeof narrow) {
		memcpy(&narrow, at, sizeof narrow);
		return narrow;
	}
	memcpy(&wide, at, sizeof wide);
	return wide;
}

static void number_set(struct sim_machine *machine, const struct number_field *field, int64_t wide)
{
	char *at = (char *)machine + field->offset;
	int32_t narrow = (int32_t)wide;
	if (field->size == sizeof narrow)
		memcpy(at, &narrow, sizeof narrow);
	else
		memcpy(at, &wide, sizeof wide);
}

static struct json *machine_write(struct arena *arena, const struct sim_machine *machine)
{
	struct json *row = json_object(arena);
	for (size_t i = 0; i < NUMBER_COUNT; i++)
		json_set_int(row, NUMBERS[i].name, number_get(machine, &NUMBERS[i]));
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

bool sim_journal_put(struct sim_world *world, const struct sim_machine *machine)
{
	struct arena *arena = arena_new(0);
	const char *line = arena_printf(arena, "%s\n", json_print(arena, machine_write(arena, machine)));
	off_t end = lseek(world->journal, 0, SEEK_END);
	bool is_written = end >= 0 && write_whole(world->journal, line, strlen(line));
	if (is_written && world->options.fsync)
		is_written = fdatasync(world->journal) == 0;
	/* Half a line on a full disk must not glue itself to the next one. */
	if (!is_written && end >= 0 && ftruncate(world->journal, end) != 0)
		is_written = false;
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

/* What this program never writes is damage: the rest of the house counts on it. */
static bool numbers_read(const struct json *row, struct sim_machine *machine)
{
	for (size_t i = 0; i < NUMBER_COUNT; i++) {
		int64_t number = json_int(json_get(row, NUMBERS[i].name), 0);
		if (number < 0 || number > (NUMBERS[i].size == sizeof(int32_t) ? INT32_MAX : NUMBER_MOST))
			return false;
		number_set(machine, &NUMBERS[i], number);
	}
	return machine->number > 0 && machine->state <= PROVIDER_MACHINE_GONE && machine->next_state <= PROVIDER_MACHINE_GONE &&
	       machine->vcpus <= VCPUS_MOST && machine->next_vcpus <= VCPUS_MOST;
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
			       machine_read(world, row);
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

/* The same machines in as few lines, in a new file that takes the old one's name in one step. */
static void compact(struct sim_world *world, struct arena *arena)
{
	const char *path = arena_printf(arena, "%s.new", world->options.state_file);
	int old = world->journal;
	world->journal = open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	bool is_good = world->journal >= 0 && flock(world->journal, LOCK_EX | LOCK_NB) == 0;
	for (struct sim_machine *each = world->oldest; each && is_good; each = each->next)
		is_good = sim_journal_put(world, each);
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
	/* The newest one stays even when it is gone: its line keeps its number from being given again. */
	struct sim_machine *next;
	for (struct sim_machine *each = world->oldest; each && each->next; each = next) {
		next = each->next;
		(void)sim_machine_settle(world, each, time_now_us());
	}
	if (result.error == PROVIDER_OK && lines > world->count + DEAD_LINES_MOST && lines > 2 * world->count)
		compact(world, arena);
	return result;
}

void sim_journal_close(struct sim_world *world)
{
	if (world->journal >= 0)
		close(world->journal);
	world->journal = -1;
}
