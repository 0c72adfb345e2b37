/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite.c: the SQLite driver: statements, values, transactions, and what its failures mean. */
#include "server/store/sqlite.h"

#include <errno.h>
#include <string.h>

#include "runtime/base/text.h"

enum {
	CACHE_SIZE_FIRST = 64,
	MOST_PARAMETERS = 255,
	CHECKPOINT_PAGES = 1000,    /* 4 MB of log: copied back without waiting for readers */
	CHECKPOINT_FORCE_PAGES = 16000, /* 64 MB: wait for readers, so that the log cannot grow without end */
};

/* ---- failures ---- */

static const struct failure_row {
	int code; /* primary or extended */
	enum status_code status;
	const char *reason;
	const char *message;
	bool tells; /* SQLite's own text names only tables and columns, and helps */
} failures[] = {
	{ SQLITE_CONSTRAINT_UNIQUE, STATUS_ALREADY_EXISTS, "STORE_UNIQUE", "it exists already; choose another name", true },
	{ SQLITE_CONSTRAINT_PRIMARYKEY, STATUS_ALREADY_EXISTS, "STORE_UNIQUE", "it exists already; choose another name",
	  true },
	{ SQLITE_CONSTRAINT_FOREIGNKEY, STATUS_FAILED_PRECONDITION, "STORE_FOREIGN_KEY",
	  "what it refers to does not exist, or is still referred to; look at both ends", true },
	{ SQLITE_CONSTRAINT_NOTNULL, STATUS_FAILED_PRECONDITION, "STORE_NOT_NULL", "a value that must be given is missing",
	  true },
	{ SQLITE_CONSTRAINT, STATUS_FAILED_PRECONDITION, "STORE_CHECK", "a value breaks a rule of its table", true },
	{ SQLITE_FULL, STATUS_RESOURCE_EXHAUSTED, "STORE_FULL",
	  "no room is left on the store's disk; nothing was changed; free some space and try again", false },
	{ SQLITE_BUSY, STATUS_UNAVAILABLE, "STORE_BUSY",
	  "another process holds the database; stop it, or wait and try again", false },
	{ SQLITE_LOCKED, STATUS_UNAVAILABLE, "STORE_BUSY", "the database is held; try again", false },
	{ SQLITE_CORRUPT, STATUS_DATA_LOSS, "STORE_DAMAGED",
	  "the database file is damaged; stop the server, keep the file, and restore the last backup", false },
	{ SQLITE_NOTADB, STATUS_DATA_LOSS, "STORE_DAMAGED",
	  "the file is no database, or its header is damaged; restore the last backup, or name another file", false },
	{ SQLITE_READONLY, STATUS_FAILED_PRECONDITION, "STORE_READ_ONLY",
	  "the database cannot be written; give its owner the right to write the file and its folder", false },
	{ SQLITE_PERM, STATUS_FAILED_PRECONDITION, "STORE_PATH", "the database cannot be opened; look at its permissions",
	  false },
	{ SQLITE_CANTOPEN, STATUS_FAILED_PRECONDITION, "STORE_PATH",
	  "the database cannot be opened; look at its path and permissions", false },
	{ SQLITE_IOERR, STATUS_UNAVAILABLE, "STORE_IO",
	  "the disk failed to read or write; nothing was changed; look at the system's log", false },
	{ SQLITE_TOOBIG, STATUS_RESOURCE_EXHAUSTED, "STORE_TOO_BIG", "the value is too large for the database", false },
	{ SQLITE_NOMEM, STATUS_RESOURCE_EXHAUSTED, "STORE_MEMORY", "the host is out of memory; try again", false },
	{ SQLITE_INTERRUPT, STATUS_CANCELLED, "STORE_INTERRUPTED", "the statement was interrupted; try again", false },
};

/* What the system last said of the log or the file: a failed COMMIT does not keep it in the session. */
static int file_errno(sqlite3 *handle)
{
	static const int files[] = { SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER };
	int number = sqlite3_system_errno(handle);

	for (size_t i = 0; i < sizeof files / sizeof files[0] && number == 0; i++) {
		sqlite3_file *file = NULL;

		if (sqlite3_file_control(handle, NULL, files[i], &file) == SQLITE_OK && file != NULL &&
		    file->pMethods != NULL)
			file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &number);
	}
	return number;
}

/* A quota and a file size limit are full disks too, but SQLite calls them I/O errors. */
static bool is_full(sqlite3 *handle, int code)
{
	int number = handle != NULL && code == SQLITE_IOERR_WRITE ? file_errno(handle) : 0;

	return number == ENOSPC || number == EDQUOT || number == EFBIG;
}

struct status sqlite_status(struct arena *arena, sqlite3 *handle, int code)
{
	if (is_full(handle, code))
		code = SQLITE_FULL;
	for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
		const struct failure_row *row = &failures[i];

		if (row->code != code && row->code != (code & 0xff))
			continue;
		return row->tells ? status_fail(arena, row->status, row->reason, "%s (%s)", row->message,
						sqlite3_errmsg(handle)) :
				    status_fail(arena, row->status, row->reason, "%s", row->message);
	}
	return status_fail(arena, STATUS_INTERNAL, "STORE_SQL", "the database refused a statement: %s",
			   handle != NULL ? sqlite3_errmsg(handle) : sqlite3_errstr(code));
}

/* ---- transactions ---- */

static const char *const control_sql[CONTROL_COUNT] = {
	[CONTROL_BEGIN_READ] = "BEGIN",
	[CONTROL_BEGIN_WRITE] = "BEGIN IMMEDIATE",
	[CONTROL_COMMIT] = "COMMIT",
	[CONTROL_ROLLBACK] = "ROLLBACK",
	[CONTROL_SAVEPOINT] = "SAVEPOINT job",
	[CONTROL_RELEASE] = "RELEASE job",
	[CONTROL_ROLLBACK_TO] = "ROLLBACK TO job",
};

static struct status step_control(struct connection *connection, struct arena *arena, enum driver_control control)
{
	sqlite3_stmt **statement = &connection->controls[control];
	int code = SQLITE_OK;

	if (*statement == NULL)
		code = sqlite3_prepare_v3(connection->handle, control_sql[control], -1, SQLITE_PREPARE_PERSISTENT,
					  statement, NULL);
	if (code == SQLITE_OK) {
		code = sqlite3_step(*statement);
		if (code != SQLITE_DONE) {
			struct status status = sqlite_status(arena, connection->handle, code);

			sqlite3_reset(*statement);
			return status;
		}
		sqlite3_reset(*statement);
		return OK;
	}
	return sqlite_status(arena, connection->handle, code);
}

static struct status sqlite_control(struct connection *connection, struct arena *arena, enum driver_control control)
{
	TRY(step_control(connection, arena, control));
	if (control == CONTROL_ROLLBACK_TO)
		return step_control(connection, arena, CONTROL_RELEASE);
	return OK;
}

static bool sqlite_is_in_transaction(const struct connection *connection)
{
	return sqlite3_get_autocommit(connection->handle) == 0;
}

static bool sqlite_upkeep(struct connection *connection)
{
	if (connection->wal_pages < CHECKPOINT_PAGES)
		return false;

	int mode = connection->wal_pages < CHECKPOINT_FORCE_PAGES ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_RESTART;
	int copied = 0;
	int pages = 0;

	/* A failure loses nothing: the log stays, and the next commit tries again. */
	if (sqlite3_wal_checkpoint_v2(connection->handle, NULL, mode, &pages, &copied) == SQLITE_OK && copied == pages)
		connection->wal_pages = 0;
	return true;
}

/* ---- statements ---- */

static bool is_verb_allowed(const char *sql)
{
	static const char *const verbs[] = { "SELECT", "INSERT", "UPDATE", "DELETE", "WITH" };

	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (strncmp(sql, verbs[i], strlen(verbs[i])) == 0)
			return true;
	return false;
}

/* Which $n each of SQLite's parameters is. PostgreSQL wants every one from $1 on to be used: so do we. */
static struct status number_parameters(struct arena *arena, struct prepared *prepared)
{
	bool is_used[MOST_PARAMETERS + 1] = { false };

	for (unsigned i = 0; i < prepared->parameter_count; i++) {
		const char *name = sqlite3_bind_parameter_name(prepared->handle, (int)i + 1);
		int64_t number = 0;

		if (name == NULL || name[0] != '$' || !text_to_int64(name + 1, &number) || number < 1 ||
		    number > prepared->parameter_count)
			return status_fail(arena, STATUS_INTERNAL, "STORE_PARAMETERS",
					   "parameter %s: statements take $1, $2, … without gaps", name ? name : "?");
		prepared->numbers[i] = (unsigned char)number;
		is_used[number] = true;
	}
	for (unsigned i = 1; i <= prepared->parameter_count; i++)
		if (!is_used[i])
			return status_fail(arena, STATUS_INTERNAL, "STORE_PARAMETERS", "parameter $%u is missing", i);
	return OK;
}

static struct status prepare(struct connection *connection, struct arena *arena, struct arena *memory, const char *sql,
			     struct prepared **prepared)
{
	const char *tail = NULL;
	sqlite3_stmt *handle = NULL;

	if (!is_verb_allowed(sql))
		return status_fail(arena, STATUS_INTERNAL, "STORE_SQL",
				   "a statement starts with SELECT, INSERT, UPDATE, DELETE or WITH");

	int code = sqlite3_prepare_v3(connection->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &handle, &tail);

	if (code != SQLITE_OK)
		return sqlite_status(arena, connection->handle, code);

	unsigned count = (unsigned)sqlite3_bind_parameter_count(handle);
	struct status status = OK;

	if (count > MOST_PARAMETERS || tail[strspn(tail, " \n\t;")] != '\0')
		status = status_fail(arena, STATUS_INTERNAL, "STORE_SQL",
				     "one statement at a time, with at most %d parameters", MOST_PARAMETERS);
	if (status_is_ok(status)) {
		*prepared = arena_zalloc(memory, sizeof **prepared + count);
		(*prepared)->sql = sql;
		(*prepared)->handle = handle;
		(*prepared)->parameter_count = count;
		(*prepared)->column_count = (unsigned)sqlite3_column_count(handle);
		(*prepared)->is_read_only = sqlite3_stmt_readonly(handle) != 0;
		status = number_parameters(arena, *prepared);
	}
	if (!status_is_ok(status))
		sqlite3_finalize(handle);
	return status;
}

static unsigned slot_of(const struct connection *connection, const char *sql)
{
	uint64_t hash = (uint64_t)(uintptr_t)sql * UINT64_C(0x9e3779b97f4a7c15);

	for (unsigned slot = (unsigned)(hash >> 32) & (connection->cache_size - 1);;
	     slot = (slot + 1) & (connection->cache_size - 1))
		if (connection->cache[slot] == NULL || connection->cache[slot]->sql == sql)
			return slot;
}

static void grow_cache(struct connection *connection)
{
	struct prepared **old = connection->cache;
	unsigned old_size = connection->cache_size;

	if (old != NULL && connection->cache_used * 2 < old_size)
		return;
	connection->cache_size = old_size == 0 ? CACHE_SIZE_FIRST : old_size * 2;
	connection->cache = ARENA_ARRAY(connection->arena, connection->cache_size, struct prepared *);
	for (unsigned i = 0; i < old_size; i++)
		if (old[i] != NULL)
			connection->cache[slot_of(connection, old[i]->sql)] = old[i];
}

static struct status find_prepared(struct connection *connection, struct arena *arena, const char *sql,
				   struct prepared **prepared)
{
	grow_cache(connection);

	struct prepared **slot = &connection->cache[slot_of(connection, sql)];

	if (*slot != NULL && strcmp(sqlite3_sql((*slot)->handle), sql) == 0) {
		*prepared = *slot;
		return OK;
	}
	TRY(prepare(connection, arena, connection->arena, sql, prepared));
	/* Another text at a known address: somebody gave a composed statement to the cache. Correct, but slow. */
	if (*slot != NULL)
		sqlite3_finalize((*slot)->handle);
	else
		connection->cache_used++;
	*slot = *prepared;
	return OK;
}

static struct status prepare_recent(struct connection *connection, struct arena *arena, struct recent *recent, const char *sql)
{
	if (recent->prepared != NULL)
		sqlite3_finalize(recent->prepared->handle);
	recent->prepared = NULL;
	if (recent->arena == NULL)
		recent->arena = arena_new(0);
	arena_reset(recent->arena);
	return prepare(connection, arena, recent->arena, arena_strdup(recent->arena, sql), &recent->prepared);
}

/** A composed text has no address to be known by; the last few stay prepared, the one that nobody asked for longest gives way. */
static struct status find_recent(struct connection *connection, struct arena *arena, const char *sql,
				 struct prepared **prepared)
{
	struct recent *all = connection->recent;
	unsigned at = 0;

	while (at < RECENT_STATEMENTS - 1 && all[at].prepared != NULL && strcmp(all[at].prepared->sql, sql) != 0)
		at++;

	struct recent found = all[at];

	if (found.prepared == NULL || strcmp(found.prepared->sql, sql) != 0) {
		struct status status = prepare_recent(connection, arena, &found, sql);

		all[at] = found;
		if (!status_is_ok(status))
			return status;
	}
	memmove(all + 1, all, at * sizeof *all);
	all[0] = found;
	*prepared = found.prepared;
	return OK;
}

static int bind_value(sqlite3_stmt *handle, int index, const struct sql_value *value)
{
	const char *data = value->bytes.data != NULL ? value->bytes.data : "";

	switch (value->kind) {
	case SQL_INT:
		return sqlite3_bind_int64(handle, index, value->number);
	case SQL_TEXT:
		return sqlite3_bind_text64(handle, index, data, value->bytes.size, SQLITE_STATIC, SQLITE_UTF8);
	case SQL_BLOB:
		return sqlite3_bind_blob64(handle, index, data, value->bytes.size, SQLITE_STATIC);
	case SQL_NULL:
		break;
	}
	return sqlite3_bind_null(handle, index);
}

static struct sql_value copy_column(struct arena *arena, sqlite3_stmt *handle, int column)
{
	/* One look-up of the column, not one for each question; this thread alone has the connection. */
	sqlite3_value *value = sqlite3_column_value(handle, column);
	int type = sqlite3_value_type(value);

	if (type == SQLITE_NULL)
		return sql_null();
	if (type == SQLITE_INTEGER)
		return sql_int(sqlite3_value_int64(value));

	/* A real number is text here, as a NUMERIC is in PostgreSQL: no double leaves the store. Text is asked for as bytes:
	 * as text SQLite would copy it once more, to end it with a NUL that our own copy gets anyway. */
	const void *data = type == SQLITE_FLOAT ? (const void *)sqlite3_value_text(value) : sqlite3_value_blob(value);
	size_t size = (size_t)sqlite3_value_bytes(value);
	char *copy = arena_alloc(arena, size + 1);

	if (size > 0)
		memcpy(copy, data, size);
	copy[size] = '\0';
	return (struct sql_value){ .kind = type == SQLITE_BLOB ? SQL_BLOB : SQL_TEXT, .bytes = slice_of(copy, size) };
}

static struct status step_all(struct connection *connection, struct prepared *prepared, const struct statement_run *run,
			      struct rows *rows)
{
	int code = SQLITE_OK;

	rows->columns = prepared->column_count;
	while ((code = sqlite3_step(prepared->handle)) == SQLITE_ROW) {
		if (rows->count >= run->most_rows)
			return status_fail(rows->arena, STATUS_RESOURCE_EXHAUSTED, "STORE_TOO_MANY_ROWS",
					   "more than %lld rows; ask for a page at a time", (long long)run->most_rows);

		struct sql_value *cells = rows_add(rows);

		for (unsigned i = 0; i < rows->columns; i++)
			cells[i] = copy_column(rows->arena, prepared->handle, (int)i);
	}
	return code == SQLITE_DONE ? OK : sqlite_status(rows->arena, connection->handle, code);
}

static struct status bind_and_step(struct connection *connection, struct prepared *prepared,
				   const struct statement_run *run, struct rows *rows)
{
	if (prepared->parameter_count != run->count)
		return status_fail(rows->arena, STATUS_INTERNAL, "STORE_PARAMETERS",
				   "the statement takes %u values, not %zu", prepared->parameter_count, run->count);
	if (!prepared->is_read_only && !run->is_write)
		return status_fail(rows->arena, STATUS_INTERNAL, "STORE_READ_TRANSACTION",
				   "a read transaction cannot write; use store_write");
	for (unsigned i = 0; i < prepared->parameter_count; i++) {
		int code = bind_value(prepared->handle, (int)i + 1, &run->values[prepared->numbers[i] - 1]);

		if (code != SQLITE_OK)
			return sqlite_status(rows->arena, connection->handle, code);
	}
	return step_all(connection, prepared, run, rows);
}

static struct status sqlite_run(struct connection *connection, const struct statement_run *run, struct rows *rows,
				int64_t *changed)
{
	struct prepared *prepared = NULL;

	if (run->is_dynamic)
		TRY(find_recent(connection, rows->arena, run->sql, &prepared));
	else
		TRY(find_prepared(connection, rows->arena, run->sql, &prepared));

	struct status status = bind_and_step(connection, prepared, run, rows);

	sqlite3_reset(prepared->handle);
	if (status_is_ok(status) && !prepared->is_read_only)
		*changed = sqlite3_changes64(connection->handle);
	return status;
}

static struct status sqlite_script(struct connection *connection, struct arena *arena, const char *sql)
{
	int code = sqlite3_exec(connection->handle, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? OK : sqlite_status(arena, connection->handle, code);
}

const struct store_driver sqlite_driver = {
	.scheme = "sqlite",
	.open = sqlite_open_database,
	.close = sqlite_close_database,
	.connect = sqlite_connect,
	.disconnect = sqlite_disconnect,
	.control = sqlite_control,
	.is_in_transaction = sqlite_is_in_transaction,
	.run = sqlite_run,
	.script = sqlite_script,
	.backup = sqlite_backup,
	.upkeep = sqlite_upkeep,
};
