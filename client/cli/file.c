/* SPDX-License-Identifier: Apache-2.0 */
/* file.c: see file.h. */
#include "client/cli/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/text.h"

enum { FILE_MOST_BYTES = 16 * 1024 * 1024 };

MUST_CHECK static struct status fail(struct arena *arena, const char *what, const char *path)
{
	return status_fail(arena, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_FAILED_PRECONDITION, "FILE_UNUSABLE",
			   "cannot %s %s: %s", what, path, strerror(errno));
}

MUST_CHECK static struct status read_all(struct arena *arena, int descriptor, const char *path, struct slice *content)
{
	struct text text = text_new(arena);
	char block[8192];
	ssize_t got;

	while ((got = read(descriptor, block, sizeof(block))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(arena, "read", path);
		text_append_slice(&text, slice_of(block, (size_t)got));
		if (text.size > FILE_MOST_BYTES)
			return status_fail(arena, STATUS_INVALID_ARGUMENT, "FILE_TOO_LARGE", "%s is larger than 16 MiB",
					   path);
	}
	*content = slice_of(text.data, text.size);
	return OK;
}

struct status file_read(struct arena *arena, const char *path, struct slice *content)
{
	struct status status;
	int descriptor;

	if (strcmp(path, "-") == 0)
		return read_all(arena, STDIN_FILENO, "standard input", content);
	descriptor = open(path, O_RDONLY | O_CLOEXEC);
	if (descriptor < 0)
		return fail(arena, "read", path);
	status = read_all(arena, descriptor, path, content);
	close(descriptor);
	return status;
}

struct status file_read_text(struct arena *arena, const char *path, const char **content)
{
	struct slice bytes;

	TRY(file_read(arena, path, &bytes));
	if (!text_is_utf8(bytes) || memchr(bytes.data, 0, bytes.size))
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "FILE_NOT_TEXT", "%s is not UTF-8 text", path);
	if (bytes.size && bytes.data[bytes.size - 1] == '\n')
		bytes.size--;
	*content = arena_strndup(arena, bytes.data, bytes.size);
	return OK;
}

struct status file_check_private(struct arena *arena, const char *path, bool *exists)
{
	struct stat about;

	*exists = stat(path, &about) == 0;
	if (!*exists)
		return errno == ENOENT || errno == ENOTDIR ? OK : fail(arena, "read", path);
	if (about.st_mode & (S_IRWXG | S_IRWXO))
		return status_fail(arena, STATUS_FAILED_PRECONDITION, "FILE_TOO_OPEN",
				   "%s holds keys but others may read it (mode %04o): run chmod 600 %s", path,
				   (unsigned)(about.st_mode & 07777), path);
	return OK;
}

static void make_folders(struct arena *arena, const char *path)
{
	char *copy = arena_strdup(arena, path);

	for (char *at = copy + 1; *at; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		mkdir(copy, 0700); /* what fails here fails again, and is told, when the file is opened */
		*at = '/';
	}
}

static bool write_all(int descriptor, const char *content)
{
	size_t left = strlen(content);

	while (left) {
		ssize_t put = write(descriptor, content, left);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return false;
		content += put;
		left -= (size_t)put;
	}
	return fsync(descriptor) == 0;
}

struct status file_write_private(struct arena *arena, const char *path, const char *content)
{
	const char *beside = arena_printf(arena, "%s.%ld.new", path, (long)getpid());
	bool is_written;
	int descriptor;

	make_folders(arena, path);
	descriptor = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (descriptor < 0)
		return fail(arena, "write", beside);
	is_written = write_all(descriptor, content);
	if (close(descriptor) != 0 || !is_written || rename(beside, path) != 0) {
		struct status status = fail(arena, "write", path);

		unlink(beside);
		return status;
	}
	return OK;
}
