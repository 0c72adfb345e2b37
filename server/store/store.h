/* SPDX-License-Identifier: Apache-2.0 */
/* store.h: the one durable place. SQL in the dialect that SQLite and PostgreSQL share; drivers hide the rest. */
#ifndef GAON_STORE_STORE_H
#define GAON_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/arena.h"
#include "runtime/base/slice.h"
#include "runtime/base/status.h"

struct store;
struct store_tx;
struct rows;

struct store_options {
	const char *url;        /* "sqlite:/var/lib/gaon/gaon.db"; a bare path is SQLite; ":memory:" is refused */
	int64_t busy_ms;        /* how long a locked file is waited for [5 s] */
	int64_t query_rows;     /* most rows of one query; more is STORE_TOO_MANY_ROWS [10,000] */
	unsigned group_size;    /* most transactions in one commit [128] */
	unsigned queue_size;    /* most writes that may wait; more is RESOURCE_EXHAUSTED / STORE_QUEUE_FULL [4096] */
};

/**
 * Opens (and makes, mode 0600) the database; starts the writer thread. Fails UNAVAILABLE / STORE_BUSY, STORE_FULL,
 * DATA_LOSS / STORE_DAMAGED, FAILED_PRECONDITION / STORE_NOT_OURS …; each says what to do.
 */
MUST_CHECK struct status store_open(struct arena *arena, const struct store_options *options, struct store **store);
/** Finishes what is queued, checkpoints, closes. Takes NULL. */
void store_close(struct store *store);

/* ---- migrations ---- */

/** One schema step; the file schema/NNNN_what.sql of a room. Never edited once released: its digest is recorded. */
struct migration {
	const char *room;   /* "iam" */
	unsigned number;    /* 1, 2, … without gaps */
	const char *name;   /* "0001_tenants" */
	const char *sql;    /* several statements; in one transaction */
};

/**
 * Brings the rooms forward, in the order given. Fails FAILED_PRECONDITION / STORE_NEWER when the file knows a step that we
 * do not, / STORE_MIGRATION_CHANGED when a recorded step's digest differs.
 */
MUST_CHECK struct status store_migrate(struct store *store, struct arena *arena, const struct migration *migrations,
				       size_t count);
/** The same with the steps of every room there is: a room in the database that they do not know is STORE_NEWER too. */
MUST_CHECK struct status store_migrate_whole(struct store *store, struct arena *arena,
					     const struct migration *migrations, size_t count);

/* ---- values ---- */

enum sql_kind { SQL_NULL, SQL_INT, SQL_TEXT, SQL_BLOB };

struct sql_value {
	enum sql_kind kind;
	int64_t number;
	struct slice bytes;
};

static inline struct sql_value sql_null(void)
{
	return (struct sql_value){ .kind = SQL_NULL };
}
static inline struct sql_value sql_int(int64_t number)
{
	return (struct sql_value){ .kind = SQL_INT, .number = number };
}
/** Booleans are BIGINT 0 or 1 in every table. */
static inline struct sql_value sql_bool(bool value)
{
	return (struct sql_value){ .kind = SQL_INT, .number = value };
}
/** NULL becomes SQL NULL. */
static inline struct sql_value sql_text(const char *text)
{
	return text ? (struct sql_value){ .kind = SQL_TEXT, .bytes = slice_text(text) } : sql_null();
}
static inline struct sql_value sql_blob(struct slice bytes)
{
	return (struct sql_value){ .kind = SQL_BLOB, .bytes = bytes };
}

/** The values of $1, $2, …: store_query(tx, FIND, SQL_ARGS(sql_text(id), sql_int(n)), &rows). */
#define SQL_ARGS(...)                        \
	((const struct sql_value[]){ __VA_ARGS__ }), \
		(sizeof((const struct sql_value[]){ __VA_ARGS__ }) / sizeof(struct sql_value))
#define SQL_NO_ARGS NULL, 0

/* ---- statements, inside a transaction ---- */

/**
 * Runs one statement to its end; the rows are copied into the transaction's arena, so iterating cannot fail. `sql` must be a
 * string that lives as long as the process (prepared statements are cached by its address) unless it is passed through
 * store_query_dynamic. Fails ALREADY_EXISTS / STORE_UNIQUE on a broken uniqueness, FAILED_PRECONDITION / STORE_FOREIGN_KEY, …
 * A failed statement dooms its write transaction (as in PostgreSQL): return its status; where a clash is expected, say
 * ON CONFLICT DO NOTHING and look at what RETURNING gives. Statements start with SELECT, INSERT, UPDATE, DELETE or WITH.
 */
MUST_CHECK struct status store_query(struct store_tx *tx, const char *sql, const struct sql_value *values, size_t count,
				     struct rows **rows);
/** For statements that were composed (a filter, an order), values still bound. A session keeps the last 16 of them prepared. */
MUST_CHECK struct status store_query_dynamic(struct store_tx *tx, const char *sql, const struct sql_value *values,
					     size_t count, struct rows **rows);
/** A statement without rows; `changed` (may be NULL) gets the number of rows it changed. */
MUST_CHECK struct status store_execute(struct store_tx *tx, const char *sql, const struct sql_value *values, size_t count,
				       int64_t *changed);

/** To the next row; false past the last. Columns are numbered from 0 as the SELECT lists them. */
bool store_next(struct rows *rows);
int64_t store_count(const struct rows *rows);
int64_t row_int(const struct rows *rows, unsigned column);      /* NULL: 0 */
const char *row_text(const struct rows *rows, unsigned column); /* NULL: NULL. In the transaction's arena */
struct slice row_blob(const struct rows *rows, unsigned column);
bool row_is_null(const struct rows *rows, unsigned column);
bool row_bool(const struct rows *rows, unsigned column);

struct arena *store_arena(struct store_tx *tx);
bool store_is_write(const struct store_tx *tx);

/* ---- transactions ---- */

/** The body of a transaction: OK commits, anything else rolls back (its own part only). It must not do I/O of its own. */
typedef struct status (*store_work)(struct store_tx *tx, void *context);

/** Runs `work` on this thread, over one snapshot. Any number at once; never waits for the writer. Writing in it fails. */
MUST_CHECK struct status store_read(struct store *store, struct arena *arena, store_work work, void *context);

/** As store_read without a callback: for the RPC path. End it with store_read_end on the same thread. */
MUST_CHECK struct status store_read_begin(struct store *store, struct arena *arena, struct store_tx **tx);
void store_read_end(struct store_tx *tx);

/** Runs `work` on the writer thread and returns when it is durable (or rolled back). Never call it from inside a transaction. */
MUST_CHECK struct status store_write(struct store *store, struct arena *arena, store_work work, void *context);

/** A write that nobody waits for on this thread. The caller owns it until `done`. */
struct store_job {
	store_work work;
	/** On the writer thread, after the fsync (or the failure). Must be quick: hand over and return. */
	void (*done)(struct store_job *job, struct status status);
	struct arena *arena; /* rows and the status are allocated here; only `work` and `done` may touch it meanwhile */
	void *context;
	/* private to the store */
	struct store_job *next;
	struct status status;
	int64_t marks;
};

/** Queues the write. Fails RESOURCE_EXHAUSTED / STORE_QUEUE_FULL (then `done` is not called). */
MUST_CHECK struct status store_submit(struct store *store, struct store_job *job);

/* ---- what a commit touched ---- */

enum store_mark {
	STORE_MARK_CHANGE = 1,    /* the change feed grew: wake the watchers */
	STORE_MARK_OPERATION = 2, /* an operation was made or touched: wake the engine */
	STORE_MARK_IAM = 4,       /* a right changed: forget cached decisions */
	STORE_MARK_CATALOG = 8,   /* a connection changed: forget open sessions */
};

/** Notes in the transaction what it touches; listeners hear the union after the commit, before `done`. */
void store_mark(struct store_tx *tx, int64_t marks);
/** At most 8. Called on the writer thread: be quick, take no lock that is held across I/O. */
void store_on_commit(struct store *store, void (*listener)(void *context, int64_t marks), void *context);
/** When it returns, the listener is not and will not be called with this context any more. */
void store_off_commit(struct store *store, void (*listener)(void *context, int64_t marks), void *context);

/** Consistent copy while running (VACUUM INTO for SQLite). Fails when the target exists. */
MUST_CHECK struct status store_backup(struct store *store, struct arena *arena, const char *path);

struct store_metric {
	const char *name;
	uint64_t value;
};
size_t store_metrics(const struct store *store, struct store_metric *metrics, size_t most);

#endif
