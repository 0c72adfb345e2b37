/* SPDX-License-Identifier: Apache-2.0 */
/* driver.h: what a database must be able to do for store.c. One row per driver; only this room includes it. */
#ifndef GAON_STORE_DRIVER_H
#define GAON_STORE_DRIVER_H

#include "server/store/store.h"

/** An open database, and one session on it that one thread at a time uses. Each driver has its own shape of them. */
struct database;
struct connection;

/** Rows as they were copied out of the database; the chunks grow, so that a single row stays small. */
struct rows_chunk {
	struct rows_chunk *next;
	unsigned count, capacity;
	struct sql_value cells[];
};

struct rows {
	struct arena *arena;
	unsigned columns;
	int64_t count;
	struct rows_chunk *first, *last;
	struct rows_chunk *chunk; /* where the reader stands; NULL: before the first row */
	unsigned next_row;        /* in that chunk */
	const struct sql_value *row;
};

/** The cells of one more row, for a driver to fill; text must end with a NUL beyond its size. */
struct sql_value *rows_add(struct rows *rows);

struct statement_run {
	const char *sql;
	bool is_dynamic; /* known by its text: its address may be used again */
	bool is_write;   /* the transaction may write */
	const struct sql_value *values;
	size_t count;
	int64_t most_rows;
};

enum driver_control {
	CONTROL_BEGIN_READ,  /* a snapshot */
	CONTROL_BEGIN_WRITE, /* with the right to write, waited for at most busy_ms */
	CONTROL_COMMIT,      /* durable when it returns OK; when it fails nothing was written */
	CONTROL_ROLLBACK,
	CONTROL_SAVEPOINT,
	CONTROL_RELEASE,
	CONTROL_ROLLBACK_TO, /* and releases */
	CONTROL_COUNT,
};

enum connection_role { CONNECTION_READER, CONNECTION_WRITER };

struct store_driver {
	const char *scheme; /* "sqlite" */
	/** `address` is the url behind the scheme. */
	struct status (*open)(struct arena *arena, const struct store_options *options, const char *address,
			      struct database **database);
	void (*close)(struct database *database);
	struct status (*connect)(struct database *database, struct arena *arena, enum connection_role role,
				 struct connection **connection);
	void (*disconnect)(struct connection *connection);
	struct status (*control)(struct connection *connection, struct arena *arena, enum driver_control control);
	/** False once the database itself rolled the transaction back (a full disk, a failed write). */
	bool (*is_in_transaction)(const struct connection *connection);
	/** `rows` is empty and gets what the statement returns, in `rows->arena`. */
	struct status (*run)(struct connection *connection, const struct statement_run *run, struct rows *rows,
			     int64_t *changed);
	/** Several statements, without values: a schema step. */
	struct status (*script)(struct connection *connection, struct arena *arena, const char *sql);
	struct status (*backup)(struct database *database, struct arena *arena, const char *path);
	/** On the writer, between two groups: the upkeep that is due. True when it did something. */
	bool (*upkeep)(struct connection *connection);
};

extern const struct store_driver sqlite_driver;

#endif
