/* SPDX-License-Identifier: Apache-2.0 */
/* keys.c: one master key in a file; every secret of the server is derived from it, each for one purpose. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/text.h"
#include "runtime/crypto/digest.h"
#include "runtime/crypto/random.h"
#include "server/gaond.h"

enum { MASTER_BYTES = 32, FILE_BYTES = 2 * MASTER_BYTES + 1 };

static struct status refuse(struct arena *arena, const char *path, const char *why)
{
	return status_fail(arena, STATUS_FAILED_PRECONDITION, "KEY_FILE", "the key file %s %s", path, why);
}

/** So that the key's name too is there after a power loss: the database that it opens may already hold secrets. */
static bool sync_folder_of(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *folder = !slash ? "." : slash == path ? "/" : arena_strndup(arena, path, (size_t)(slash - path));
	int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool is_synced = descriptor >= 0 && fsync(descriptor) == 0;

	if (descriptor >= 0)
		close(descriptor);
	return is_synced;
}

/** Made under another name, synced, then linked into place: a crash leaves the whole key or none. */
static struct status make_key(struct arena *arena, const char *path)
{
	unsigned char master[MASTER_BYTES];
	TRY(random_bytes(arena, master, sizeof master));

	const char *hex = arena_printf(arena, "%s\n", text_to_hex(arena, slice_of(master, sizeof master)));
	const char *fresh = arena_printf(arena, "%s.%ld", path, (long)getpid());
	int descriptor = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (descriptor < 0)
		return refuse(arena, path, arena_printf(arena, "cannot be made: %s; give a folder that gaond may write", strerror(errno)));
	bool is_written = write(descriptor, hex, FILE_BYTES) == FILE_BYTES && fsync(descriptor) == 0;
	close(descriptor);
	bool is_placed = is_written && (link(fresh, path) == 0 || errno == EEXIST);
	unlink(fresh);
	is_placed = is_placed && sync_folder_of(arena, path);
	if (!is_placed)
		return refuse(arena, path, "cannot be written; is the disk full?");
	return OK;
}

static struct status read_key(struct arena *arena, const char *path, struct slice *master)
{
	char hex[FILE_BYTES + 1] = { 0 };
	struct stat facts;
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);

	if (descriptor < 0)
		return refuse(arena, path, arena_printf(arena, "cannot be read: %s", strerror(errno)));
	ssize_t size = fstat(descriptor, &facts) == 0 ? read(descriptor, hex, FILE_BYTES) : -1;
	close(descriptor);
	if (size > 0 && (facts.st_mode & 077) != 0)
		return refuse(arena, path, "can be read by others; make it mode 0600");
	if (size < 2 * MASTER_BYTES)
		return refuse(arena, path, "is too short; restore it from its backup");
	hex[2 * MASTER_BYTES] = '\0';
	if (!text_from_hex(arena, hex, master))
		return refuse(arena, path, "does not hold 64 hexadecimal digits; restore it from its backup");
	return OK;
}

/** Tells keys apart and says nothing about them. */
static const char *fingerprint_of(struct arena *arena, struct slice master)
{
	unsigned char digest[DIGEST_SIZE];

	digest_hmac_sha256(master, slice_text("gaon key fingerprint v1"), digest);
	return text_to_hex(arena, slice_of(digest, sizeof digest));
}

struct status keys_load(struct arena *arena, struct store *store, const char *path, struct server_keys *keys)
{
	struct slice master;
	const char *known, *fingerprint;

	TRY(installation_key(store, arena, &known));
	if (access(path, F_OK) != 0 && *known)
		return refuse(arena, path, "is missing, and this database was made with it; restore it from its backup");
	if (access(path, F_OK) != 0)
		TRY(make_key(arena, path));
	TRY(read_key(arena, path, &master));
	fingerprint = fingerprint_of(arena, master);
	if (*known && !text_equal(known, fingerprint))
		return status_fail(arena, STATUS_FAILED_PRECONDITION, "KEY_MISMATCH",
				   "the key file %s is not the one that this database was made with; restore that one", path);
	if (!*known)
		TRY(installation_keep_key(store, arena, fingerprint));
	digest_hmac_sha256(master, slice_text("gaon api-key hash v1"), keys->api_keys);
	digest_hmac_sha256(master, slice_text("gaon credential sealing v1"), keys->sealing);
	return OK;
}
