/* SPDX-License-Identifier: Apache-2.0 */
/* store.c: opening, reading, statements and rows; the drivers behind it know the database. */
#include "server/store/store.h"

#include <assert.h>
#include <string.h>

#include "runtime/base/text.h"
#include "server/store/internal.h"

static const struct store_driver *const drivers[] = { &sqlite_driver };

/* ---- opening ---- */

static struct store_options with_defaults(const struct store_options *given)
{
	struct store_options options = *given;

	if (options.busy_ms <= 0)
		options.busy_ms = 5000;
	if (options.query_rows <= 0)
		options.query_rows = 10000;
	if (options.group_size == 0)
		options.group_size = 128;
	if (options.queue_size == 0)
		options.queue_size = 4096;
	return options;
}

static struct status find_driver(struct arena *arena, const char *url, const struct store_driver **driver,
				 const char **address)
{
	if (text_is_empty(url))
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "STORE_URL",
				   "the store needs a place; set it to sqlite:/path/to/gaon.db");
	for (size_t i = 0; i < sizeof drivers / sizeof drivers[0]; i++) {
		size_t size = strlen(drivers[i]->scheme);

		if (strncmp(url, drivers[i]->scheme, size) == 0 && url[size] == ':') {
			*driver = drivers[i];
			*address = url + size + 1;
			return OK;
		}
	}
	if (url[0] != ':' && url[strcspn(url, ":/")] == ':')
		return status_fail(arena, STATUS_UNIMPLEMENTED, "STORE_DRIVER_MISSING",
				   "no driver for this kind of store is built in; use sqlite:/path/to/gaon.db");
	*driver = &sqlite_driver;
	*address = url;
	return OK;
}

static void store_free(struct store *store)
{
	struct arena *arena = store->arena;

	while (store->idle_count > 0)
		store->driver->disconnect(store->idle[--store->idle_count].connection);
	if (store->database != NULL)
		store->driver->close(store->database);
	pthread_mutex_destroy(&store->pool_lock);
	pthread_mutex_destroy(&store->queue_lock);
	pthread_mutex_destroy(&store->listener_lock);
	pthread_cond_destroy(&store->queue_filled);
	arena_free(arena);
}

struct status store_open(struct arena *arena, const struct store_options *options, struct store **store)
{
	const struct store_driver *driver = NULL;
	const char *address = NULL;

	TRY(find_driver(arena, options->url, &driver, &address));

	struct arena *own = arena_new(0);
	struct store *opened = ARENA_NEW(own, struct store);

	opened->arena = own;
	opened->driver = driver;
	opened->options = with_defaults(options);
	opened->options.url = arena_strdup(own, options->url);
	pthread_mutex_init(&opened->pool_lock, NULL);
	pthread_mutex_init(&opened->queue_lock, NULL);
	pthread_mutex_init(&opened->listener_lock, NULL);
	pthread_cond_init(&opened->queue_filled, NULL);

	struct status status = driver->open(arena, &opened->options, address, &opened->database);

	if (status_is_ok(status))
		status = writer_start(opened, arena);
	if (!status_is_ok(status)) {
		store_free(opened);
		return status;
	}
	*store = opened;
	return OK;
}

void store_close(struct store *store)
{
	if (store == NULL)
		return;
	writer_stop(store);
	store_free(store);
}

struct status store_backup(struct store *store, struct arena *arena, const char *path)
{
	return store->driver->backup(store->database, arena, path);
}

/* ---- reading ---- */

/** The newest one of the pool, or none. */
static struct reader pool_take(struct store *store)
{
	struct reader reader = { NULL, 0, false };

	pthread_mutex_lock(&store->pool_lock);
	if (store->idle_count > 0)
		reader = store->idle[--store->idle_count];
	pthread_mutex_unlock(&store->pool_lock);
	return reader;
}

/** Its snapshot may stay open: nothing was committed since, and nobody wants them closed. */
static bool is_present(struct store *store, const struct reader *reader)
{
	return reader->is_open && !store->are_readers_closed && reader->commits == atomic_load(&store->committed);
}

/** Puts it into the pool as it is; false when its snapshot must end first. One of too many is closed. */
static bool pool_put(struct store *store, struct reader reader)
{
	pthread_mutex_lock(&store->pool_lock);
	bool is_good = !reader.is_open || is_present(store, &reader);
	bool is_kept = is_good && store->idle_count < STORE_IDLE_READERS;

	if (is_kept)
		store->idle[store->idle_count++] = reader;
	pthread_mutex_unlock(&store->pool_lock);
	if (is_good && !is_kept)
		store->driver->disconnect(reader.connection);
	return is_good;
}

/** Ends its snapshot; false when that failed, and it was closed. */
static bool reader_settle(struct store *store, struct arena *arena, struct reader *reader)
{
	if (!reader->is_open)
		return true;
	reader->is_open = false;
	if (status_is_ok(store->driver->control(reader->connection, arena, CONTROL_COMMIT)))
		return true;
	store->driver->disconnect(reader->connection);
	reader->connection = NULL;
	return false;
}

static void pool_give(struct store *store, struct arena *arena, struct reader reader)
{
	if (!pool_put(store, reader) && reader_settle(store, arena, &reader))
		(void)pool_put(store, reader);
}

static struct status take_reader(struct store_tx *tx)
{
	struct store *store = tx->store;
	struct reader reader = pool_take(store);

	/* What another thread commits from here on was not acknowledged when this read began. */
	if (reader.connection != NULL && reader.commits != atomic_load(&store->committed))
		(void)reader_settle(store, tx->arena, &reader);
	if (reader.connection == NULL) {
		TRY(store->driver->connect(store->database, tx->arena, CONNECTION_READER, &reader.connection));
		count_up(&store->counters.readers_opened, 1);
	}
	if (!reader.is_open) {
		/* Before the snapshot begins: what is committed meanwhile makes it look older than it is, never newer. */
		reader.commits = atomic_load(&store->committed);

		struct status status = store->driver->control(reader.connection, tx->arena, CONTROL_BEGIN_READ);

		if (!status_is_ok(status)) {
			store->driver->disconnect(reader.connection);
			return status;
		}
		reader.is_open = true;
	}
	tx->reader = reader;
	tx->connection = reader.connection;
	return OK;
}

/** One of the pool whose snapshot is open, or none. */
static struct reader pool_take_open(struct store *store)
{
	struct reader reader = { NULL, 0, false };
	unsigned at = 0;

	pthread_mutex_lock(&store->pool_lock);
	while (at < store->idle_count && !store->idle[at].is_open)
		at++;
	if (at < store->idle_count) {
		reader = store->idle[at];
		store->idle[at] = store->idle[--store->idle_count];
	}
	pthread_mutex_unlock(&store->pool_lock);
	return reader;
}

void store_close_readers(struct store *store, struct arena *arena)
{
	pthread_mutex_lock(&store->pool_lock);
	store->are_readers_closed = true;
	pthread_mutex_unlock(&store->pool_lock);
	for (struct reader reader; (reader = pool_take_open(store)).connection != NULL;)
		if (reader_settle(store, arena, &reader))
			pool_give(store, arena, reader);
}

void store_reopen_readers(struct store *store)
{
	pthread_mutex_lock(&store->pool_lock);
	store->are_readers_closed = false;
	pthread_mutex_unlock(&store->pool_lock);
}

struct status store_read_begin(struct store *store, struct arena *arena, struct store_tx **tx)
{
	struct store_tx *begun = ARENA_NEW(arena, struct store_tx);

	begun->store = store;
	begun->arena = arena;
	count_up(&store->counters.reads, 1);
	*tx = begun;
	return OK;
}

void store_read_end(struct store_tx *tx)
{
	struct store *store = tx->store;

	if (tx->connection == NULL)
		return;
	tx->connection = NULL;
	pool_give(store, tx->arena, tx->reader);
}

struct status store_read(struct store *store, struct arena *arena, store_work work, void *context)
{
	struct store_tx *tx = NULL;

	TRY(store_read_begin(store, arena, &tx));

	struct status status = work(tx, context);

	store_read_end(tx);
	return status;
}

/* ---- statements ---- */

static struct status run(struct store_tx *tx, const struct statement_run *run_this, struct rows *rows,
			 int64_t *changed)
{
	/* PostgreSQL refuses every statement after a failed one; so do we, that no code leans on SQLite's leniency. */
	if (!status_is_ok(tx->failure))
		return status_fail(tx->arena, STATUS_INTERNAL, "STORE_TRANSACTION_FAILED",
				   "an earlier statement of this transaction failed (%s); the work must end with it",
				   tx->failure.reason);
	if (tx->connection == NULL)
		TRY(take_reader(tx));
	count_up(&tx->store->counters.statements, 1);

	struct status status = tx->store->driver->run(tx->connection, run_this, rows, changed);

	if (tx->is_write && !status_is_ok(status))
		tx->failure = status;
	return status;
}

static struct status query(struct store_tx *tx, const char *sql, bool is_dynamic, const struct sql_value *values,
			   size_t count, struct rows **rows)
{
	const struct statement_run run_this = {
		.sql = sql,
		.is_dynamic = is_dynamic,
		.is_write = tx->is_write,
		.values = values,
		.count = count,
		.most_rows = tx->store->options.query_rows,
	};
	struct rows *found = ARENA_NEW(tx->arena, struct rows);
	int64_t changed = 0;

	found->arena = tx->arena;
	TRY(run(tx, &run_this, found, &changed));
	*rows = found;
	return OK;
}

struct status store_query(struct store_tx *tx, const char *sql, const struct sql_value *values, size_t count,
			  struct rows **rows)
{
	return query(tx, sql, false, values, count, rows);
}

struct status store_query_dynamic(struct store_tx *tx, const char *sql, const struct sql_value *values, size_t count,
				  struct rows **rows)
{
	return query(tx, sql, true, values, count, rows);
}

struct status store_execute(struct store_tx *tx, const char *sql, const struct sql_value *values, size_t count,
			    int64_t *changed)
{
	const struct statement_run run_this = {
		.sql = sql,
		.is_write = tx->is_write,
		.values = values,
		.count = count,
		.most_rows = tx->store->options.query_rows,
	};
	struct rows rows = { .arena = tx->arena };
	int64_t touched = 0;

	TRY(run(tx, &run_this, &rows, &touched));
	if (changed != NULL)
		*changed = touched;
	return OK;
}

struct status store_script(struct store_tx *tx, const char *sql)
{
	struct status status = tx->store->driver->script(tx->connection, tx->arena, sql);

	if (!status_is_ok(status))
		tx->failure = status;
	return status;
}

struct arena *store_arena(struct store_tx *tx)
{
	return tx->arena;
}

bool store_is_write(const struct store_tx *tx)
{
	return tx->is_write;
}

void store_mark(struct store_tx *tx, int64_t marks)
{
	assert(tx->is_write);
	tx->marks |= marks;
}

/* ---- rows ---- */

static struct rows_chunk *chunk_add(struct rows *rows)
{
	unsigned capacity = rows->last == NULL ? 1 : rows->last->capacity * 4;

	if (capacity > 256)
		capacity = 256;

	struct rows_chunk *chunk =
		arena_alloc(rows->arena, sizeof *chunk + sizeof(struct sql_value) * rows->columns * capacity);

	chunk->next = NULL;
	chunk->count = 0;
	chunk->capacity = capacity;
	if (rows->last == NULL)
		rows->first = chunk;
	else
		rows->last->next = chunk;
	rows->last = chunk;
	return chunk;
}

struct sql_value *rows_add(struct rows *rows)
{
	struct rows_chunk *chunk = rows->last;

	if (chunk == NULL || chunk->count == chunk->capacity)
		chunk = chunk_add(rows);
	rows->count++;
	return &chunk->cells[(size_t)rows->columns * chunk->count++];
}

bool store_next(struct rows *rows)
{
	if (rows->chunk == NULL && rows->row == NULL)
		rows->chunk = rows->first;
	else if (rows->chunk != NULL && rows->next_row == rows->chunk->count) {
		rows->chunk = rows->chunk->next;
		rows->next_row = 0;
	}
	if (rows->chunk == NULL)
		return false;
	rows->row = &rows->chunk->cells[(size_t)rows->columns * rows->next_row++];
	return true;
}

int64_t store_count(const struct rows *rows)
{
	return rows->count;
}

static const struct sql_value *cell(const struct rows *rows, unsigned column)
{
	assert(rows->row != NULL && column < rows->columns);
	return &rows->row[column];
}

int64_t row_int(const struct rows *rows, unsigned column)
{
	const struct sql_value *value = cell(rows, column);

	return value->kind == SQL_INT ? value->number : 0;
}

const char *row_text(const struct rows *rows, unsigned column)
{
	const struct sql_value *value = cell(rows, column);

	return value->kind == SQL_TEXT || value->kind == SQL_BLOB ? value->bytes.data : NULL;
}

struct slice row_blob(const struct rows *rows, unsigned column)
{
	const struct sql_value *value = cell(rows, column);

	return value->kind == SQL_TEXT || value->kind == SQL_BLOB ? value->bytes : slice_of(NULL, 0);
}

bool row_is_null(const struct rows *rows, unsigned column)
{
	return cell(rows, column)->kind == SQL_NULL;
}

bool row_bool(const struct rows *rows, unsigned column)
{
	return row_int(rows, column) != 0;
}

/* ---- metrics ---- */

size_t store_metrics(const struct store *store, struct store_metric *metrics, size_t most)
{
	const struct store_counters *counters = &store->counters;
	const struct {
		const char *name;
		const atomic_ullong *counter;
	} table[] = {
		{ "reads", &counters->reads },
		{ "statements", &counters->statements },
		{ "writes", &counters->writes },
		{ "writes_failed", &counters->writes_failed },
		{ "commits", &counters->commits },
		{ "commits_failed", &counters->commits_failed },
		{ "largest_group", &counters->largest_group },
		{ "commit_us", &counters->commit_us },
		{ "queue_refused", &counters->queue_refused },
		{ "upkeeps", &counters->upkeeps },
		{ "readers_opened", &counters->readers_opened },
	};
	size_t count = sizeof table / sizeof table[0];

	for (size_t i = 0; i < count && i < most; i++)
		metrics[i] = (struct store_metric){ table[i].name,
						    atomic_load_explicit(table[i].counter, memory_order_relaxed) };
	return count < most ? count : most;
}
