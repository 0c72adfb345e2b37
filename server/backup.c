/* SPDX-License-Identifier: Apache-2.0 */
/* backup.c: consistent copies of the database while it works; the oldest ones go. */
#include "server/backup.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"

#define PREFIX "gaon-"
#define SUFFIX ".db"

enum { LISTED_MOST = 4096 };

/* "gaon-20261123T134502Z.db": sorted by name is sorted by time. */
static const char STAMP[] = "00000000T000000Z";

static bool is_backup(const char *name)
{
	if (!text_starts_with(name, PREFIX) || strlen(name) != sizeof PREFIX + sizeof STAMP + sizeof SUFFIX - 3)
		return false;
	const char *at = name + strlen(PREFIX);
	for (const char *sample = STAMP; *sample; sample++, at++)
		if (*sample == '0' ? *at < '0' || *at > '9' : *at != *sample)
			return false;
	return strcmp(at, SUFFIX) == 0;
}

static const char *stamp(struct arena *arena)
{
	int64_t whole_us = time_now_us() / TIME_US_PER_SECOND * TIME_US_PER_SECOND;
	const char *formatted = time_format(arena, whole_us);
	struct text out = text_new(arena);

	for (; *formatted; formatted++)
		if (*formatted != '-' && *formatted != ':')
			text_append_char(&out, *formatted);
	return out.data;
}

static int newest_first(const void *left, const void *right)
{
	return strcmp(*(const char *const *)right, *(const char *const *)left);
}

static void close_folder(void *folder)
{
	closedir(folder);
}

/** The names of the backups there, newest first. Should there be more than LISTED_MOST, the rest waits for the next time. */
static struct status list(struct arena *arena, const char *folder, const char **names, size_t *count)
{
	DIR *open = opendir(folder);

	*count = 0;
	if (!open)
		return status_fail(arena, STATUS_FAILED_PRECONDITION, "BACKUP_FOLDER", "the folder %s cannot be read: %s", folder,
				   strerror(errno));
	arena_defer(arena, close_folder, open);
	for (const struct dirent *entry; (entry = readdir(open)) && *count < LISTED_MOST;)
		if (is_backup(entry->d_name))
			names[(*count)++] = arena_strdup(arena, entry->d_name);
	qsort(names, *count, sizeof *names, newest_first);
	return OK;
}

static struct status remove_old(struct arena *arena, const char *folder, unsigned keep)
{
	const char **names = ARENA_ARRAY(arena, LISTED_MOST, const char *);
	size_t count = 0;

	TRY(list(arena, folder, names, &count));
	for (size_t i = keep; i < count; i++) {
		const char *path = arena_printf(arena, "%s/%s", folder, names[i]);
		if (unlink(path) != 0 && errno != ENOENT)
			return status_fail(arena, STATUS_FAILED_PRECONDITION, "BACKUP_KEPT",
					   "the old backup %s cannot be removed: %s", path, strerror(errno));
	}
	return OK;
}

struct status backup_make(struct store *store, struct arena *arena, const char *folder, unsigned keep, const char **path)
{
	const char *made = arena_printf(arena, "%s/" PREFIX "%s" SUFFIX, folder, stamp(arena));

	TRY(store_backup(store, arena, made));
	*path = made;
	return remove_old(arena, folder, keep);
}
