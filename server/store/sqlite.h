/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite.h: what sqlite.c and sqlite_open.c share: one file, its sessions, and how its failures are told. */
#ifndef GAON_STORE_SQLITE_H
#define GAON_STORE_SQLITE_H

#include <sqlite3.h>

#include "server/store/driver.h"

struct database {
	struct arena *arena;
	const char *path;
	int lock_descriptor; /* of <path>.lock, held as long as we live */
	int64_t busy_ms;
};

/** A prepared statement. `numbers[i]` is which of $1, $2, … SQLite's parameter i+1 is: it numbers them by first appearance. */
struct prepared {
	const char *sql;
	sqlite3_stmt *handle;
	unsigned parameter_count, column_count;
	bool is_read_only;
	unsigned char numbers[];
};

enum { RECENT_STATEMENTS = 16 };

/** A composed statement, known by its text. Its memory is its own, since it gives way to another. */
struct recent {
	struct arena *arena;
	struct prepared *prepared; /* NULL: none */
};

/** One session. `cache` is a hash table by the address of the SQL text, open addressing, a power of two wide. */
struct connection {
	struct arena *arena;
	sqlite3 *handle;
	sqlite3_stmt *controls[CONTROL_COUNT];
	struct prepared **cache;
	unsigned cache_size, cache_used;
	struct recent recent[RECENT_STATEMENTS]; /* the latest first */
	int wal_pages; /* in the log after the last commit */
};

/** Opens a session with our settings; `is_writer` may make the file. */
MUST_CHECK struct status sqlite_connect(struct database *database, struct arena *arena, enum connection_role role,
					struct connection **connection);
void sqlite_disconnect(struct connection *connection);
MUST_CHECK struct status sqlite_open_database(struct arena *arena, const struct store_options *options,
					      const char *address, struct database **database);
void sqlite_close_database(struct database *database);
MUST_CHECK struct status sqlite_backup(struct database *database, struct arena *arena, const char *path);

/** A failure in words; `code` is SQLite's extended result. */
MUST_CHECK struct status sqlite_status(struct arena *arena, sqlite3 *handle, int code);

#endif
