/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite_open.c: whose file it is: made private, owned by one process, recognised, looked over, copied. */
#include "server/store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "runtime/base/text.h"

enum {
	APPLICATION_ID = 0x47616f6e, /* "Gaon", at offset 68 of the file */
	WHOLE_CHECK_BYTES = 16 << 20, /* up to this size every page is looked at when it opens */
	LOCK_PAUSE_MS = 20,
};

/*
 * The process owns the file (see take_ownership), so SQLite need not ask the kernel for a lock at each transaction: its
 * "unix-excl" VFS takes one for good and keeps the log's index in our memory.
 */
static const char VFS[] = "unix-excl";

/* ---- failures of the file system ---- */

static struct status path_status(struct arena *arena, const char *path, int number)
{
	if (number == ENOSPC || number == EDQUOT)
		return sqlite_status(arena, NULL, SQLITE_FULL);
	return status_fail(arena, STATUS_FAILED_PRECONDITION, "STORE_PATH",
			   "%s cannot be opened (%s); look at the path and its permissions", path, strerror(number));
}

/* A new file is there after a power loss only once its folder is on the disk too. */
static void sync_folder(struct arena *arena, const char *path)
{
	int folder = open(dirname(arena_strdup(arena, path)), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (folder < 0)
		return;
	fsync(folder);
	close(folder);
}

/* ---- ownership ---- */

static struct status held_by_another(struct arena *arena, const char *path, int descriptor)
{
	char owner[32] = "";
	ssize_t size = pread(descriptor, owner, sizeof owner - 1, 0);

	owner[size > 0 ? strcspn(owner, "\n") : 0] = '\0';
	return status_fail(arena, STATUS_UNAVAILABLE, "STORE_BUSY",
			   "another process (%s) holds %s; stop it, or give this server a store of its own",
			   owner[0] != '\0' ? owner : "unknown", path);
}

/* The kernel drops a flock when its process dies, however it dies. */
static struct status take_ownership(struct database *database, struct arena *arena)
{
	const char *path = arena_printf(arena, "%s.lock", database->path);
	int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	const struct timespec pause = { 0, LOCK_PAUSE_MS * 1000000 };
	char owner[32];

	if (descriptor < 0)
		return path_status(arena, path, errno);
	for (int64_t waited_ms = 0; flock(descriptor, LOCK_EX | LOCK_NB) != 0; waited_ms += LOCK_PAUSE_MS) {
		if (waited_ms >= database->busy_ms) {
			struct status status = held_by_another(arena, database->path, descriptor);

			close(descriptor);
			return status;
		}
		nanosleep(&pause, NULL);
	}
	database->lock_descriptor = descriptor;
	snprintf(owner, sizeof owner, "process %ld\n", (long)getpid());
	/* Only for the message of whom we keep out: a full disk may leave it empty. */
	if (ftruncate(descriptor, 0) != 0 || pwrite(descriptor, owner, strlen(owner), 0) < 0)
		return OK;
	return OK;
}

/* SQLite gives its log the mode of the file; so the file is made here, private. */
static struct status make_file(struct database *database, struct arena *arena, int64_t *size)
{
	struct stat facts = { 0 };
	int descriptor = open(database->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (descriptor < 0)
		return path_status(arena, database->path, errno);
	if (fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) {
		close(descriptor);
		return path_status(arena, database->path, EINVAL);
	}
	close(descriptor);
	if (facts.st_size == 0)
		sync_folder(arena, database->path);
	*size = facts.st_size;
	return OK;
}

/* ---- sessions ---- */

static int run_pragma(sqlite3 *handle, const char *sql, char *answer, size_t size)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(handle, sql, -1, &statement, NULL);

	if (code != SQLITE_OK)
		return code;
	code = sqlite3_step(statement);
	if (code == SQLITE_ROW && answer != NULL) {
		const unsigned char *text = sqlite3_column_text(statement, 0);

		snprintf(answer, size, "%s", text != NULL ? (const char *)text : "");
	}
	if (code == SQLITE_ROW || code == SQLITE_DONE)
		return sqlite3_finalize(statement);
	sqlite3_finalize(statement);
	return code;
}

static int settle(sqlite3 *handle, enum connection_role role)
{
	static const char *const settings[] = {
		"PRAGMA synchronous = FULL",      "PRAGMA foreign_keys = ON",   "PRAGMA temp_store = MEMORY",
		"PRAGMA wal_autocheckpoint = 0",  "PRAGMA trusted_schema = OFF", "PRAGMA cell_size_check = ON",
		"PRAGMA journal_size_limit = 67108864",
	};
	int code = SQLITE_OK;

	for (size_t i = 0; i < sizeof settings / sizeof settings[0] && code == SQLITE_OK; i++)
		code = run_pragma(handle, settings[i], NULL, 0);
	if (code == SQLITE_OK)
		code = run_pragma(handle, role == CONNECTION_WRITER ? "PRAGMA cache_size = -8192" :
								      "PRAGMA cache_size = -2048", NULL, 0);
	if (code == SQLITE_OK && role == CONNECTION_READER)
		code = run_pragma(handle, "PRAGMA query_only = ON", NULL, 0);
	return code;
}

static int note_log_size(void *context, sqlite3 *handle, const char *schema, int pages)
{
	(void)handle;
	(void)schema;
	((struct connection *)context)->wal_pages = pages;
	return SQLITE_OK;
}

static struct status open_handle(struct database *database, struct arena *arena, sqlite3 **handle)
{
	sqlite3 *opened = NULL;
	int code = sqlite3_open_v2(database->path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, VFS);

	if (code == SQLITE_OK)
		code = sqlite3_busy_timeout(opened, (int)database->busy_ms);
	if (code != SQLITE_OK) {
		struct status status = sqlite_status(arena, opened, code);

		sqlite3_close_v2(opened);
		return status;
	}
	sqlite3_extended_result_codes(opened, 1);
	sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(opened, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(opened, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	*handle = opened;
	return OK;
}

struct status sqlite_connect(struct database *database, struct arena *arena, enum connection_role role,
			     struct connection **connection)
{
	sqlite3 *handle = NULL;

	TRY(open_handle(database, arena, &handle));

	int code = settle(handle, role);

	if (code != SQLITE_OK) {
		struct status status = sqlite_status(arena, handle, code);

		sqlite3_close_v2(handle);
		return status;
	}

	struct arena *own = arena_new(0);
	struct connection *made = ARENA_NEW(own, struct connection);

	made->arena = own;
	made->handle = handle;
	if (role == CONNECTION_WRITER)
		sqlite3_wal_hook(handle, note_log_size, made);
	*connection = made;
	return OK;
}

void sqlite_disconnect(struct connection *connection)
{
	if (connection == NULL)
		return;
	for (unsigned i = 0; i < connection->cache_size; i++)
		if (connection->cache[i] != NULL)
			sqlite3_finalize(connection->cache[i]->handle);
	for (unsigned i = 0; i < RECENT_STATEMENTS && connection->recent[i].arena != NULL; i++) {
		if (connection->recent[i].prepared != NULL)
			sqlite3_finalize(connection->recent[i].prepared->handle);
		arena_free(connection->recent[i].arena);
	}
	for (unsigned i = 0; i < CONTROL_COUNT; i++)
		sqlite3_finalize(connection->controls[i]);
	sqlite3_close_v2(connection->handle);
	arena_free(connection->arena);
}

/* ---- recognising and looking over ---- */

static struct status recognise(struct database *database, struct arena *arena, sqlite3 *handle, bool is_new)
{
	char answer[64] = "";
	char tables[64] = "";
	int64_t id = 0;
	int code = run_pragma(handle, "PRAGMA application_id", answer, sizeof answer);

	if (code == SQLITE_OK)
		code = run_pragma(handle, "SELECT count(*) FROM sqlite_schema", tables, sizeof tables);
	if (code != SQLITE_OK)
		return sqlite_status(arena, handle, code);
	if (text_to_int64(answer, &id) && id == APPLICATION_ID)
		return OK;
	/* A file of ours that a crash left before its mark has no table either. */
	if (id != 0 || (!is_new && strcmp(tables, "0") != 0))
		return status_fail(arena, STATUS_FAILED_PRECONDITION, "STORE_NOT_OURS",
				   "%s is a database of another program; name another file", database->path);
	snprintf(answer, sizeof answer, "PRAGMA application_id = %d", APPLICATION_ID);
	code = run_pragma(handle, answer, NULL, 0);
	return code == SQLITE_OK ? OK : sqlite_status(arena, handle, code);
}

static struct status use_log(struct arena *arena, sqlite3 *handle)
{
	char answer[64] = "";
	int code = run_pragma(handle, "PRAGMA journal_mode = WAL", answer, sizeof answer);

	if (code != SQLITE_OK)
		return sqlite_status(arena, handle, code);
	if (strcmp(answer, "wal") != 0)
		return status_fail(arena, STATUS_FAILED_PRECONDITION, "STORE_PATH",
				   "the file system cannot hold the database's write-ahead log; use a local one");
	return OK;
}

static struct status look_over(struct arena *arena, sqlite3 *handle)
{
	char answer[128] = "";
	int code = run_pragma(handle, "PRAGMA quick_check(1)", answer, sizeof answer);

	if (code != SQLITE_OK)
		return sqlite_status(arena, handle, code);
	return strcmp(answer, "ok") == 0 ? OK : sqlite_status(arena, handle, SQLITE_CORRUPT);
}

static struct status prepare_file(struct database *database, struct arena *arena)
{
	sqlite3 *handle = NULL;
	int64_t size = 0;

	TRY(make_file(database, arena, &size));
	TRY(open_handle(database, arena, &handle));

	struct status status = recognise(database, arena, handle, size == 0);

	if (status_is_ok(status) && size > 0 && size <= WHOLE_CHECK_BYTES)
		status = look_over(arena, handle);
	if (status_is_ok(status))
		status = use_log(arena, handle);
	sqlite3_close_v2(handle);
	return status;
}

/* Counting every allocation costs a global lock. It can only be set before the library starts. */
static void configure_library(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	sqlite3_initialize();
}

struct status sqlite_open_database(struct arena *arena, const struct store_options *options, const char *address,
				   struct database **database)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (address[0] == '\0' || strcmp(address, ":memory:") == 0)
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "STORE_URL",
				   "the store needs a file, because what is acknowledged must survive; set it to "
				   "sqlite:/path/to/gaon.db");
	if (strlen(address) > PATH_MAX - 16)
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "STORE_URL", "the store's path is too long");
	pthread_once(&once, configure_library);

	struct arena *own = arena_new(0);
	struct database *opened = ARENA_NEW(own, struct database);

	opened->arena = own;
	opened->path = arena_strdup(own, address);
	opened->busy_ms = options->busy_ms;
	opened->lock_descriptor = -1;

	struct status status = take_ownership(opened, arena);

	if (status_is_ok(status))
		status = prepare_file(opened, arena);
	if (!status_is_ok(status)) {
		sqlite_close_database(opened);
		return status;
	}
	*database = opened;
	return OK;
}

void sqlite_close_database(struct database *database)
{
	if (database->lock_descriptor >= 0)
		close(database->lock_descriptor);
	arena_free(database->arena);
}

/* ---- copying ---- */

static struct status copy_into(struct database *database, struct arena *arena, const char *path)
{
	sqlite3 *handle = NULL;
	sqlite3_stmt *statement = NULL;

	TRY(open_handle(database, arena, &handle));

	int code = sqlite3_prepare_v2(handle, "VACUUM INTO $1", -1, &statement, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);

	struct status status = code == SQLITE_DONE ? OK : sqlite_status(arena, handle, code);

	sqlite3_finalize(statement);
	sqlite3_close_v2(handle);
	return status;
}

struct status sqlite_backup(struct database *database, struct arena *arena, const char *path)
{
	int descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (descriptor < 0 && errno == EEXIST)
		return status_fail(arena, STATUS_ALREADY_EXISTS, "STORE_BACKUP_EXISTS",
				   "%s exists already; a backup overwrites nothing, name another file", path);
	if (descriptor < 0)
		return path_status(arena, path, errno);

	struct status status = copy_into(database, arena, path);

	if (status_is_ok(status) && fsync(descriptor) != 0)
		status = path_status(arena, path, errno);
	close(descriptor);
	if (!status_is_ok(status)) {
		unlink(path);
		return status;
	}
	sync_folder(arena, path);
	return OK;
}
