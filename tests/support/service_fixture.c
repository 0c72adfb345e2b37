/* SPDX-License-Identifier: Apache-2.0 */
/* service_fixture.c: services over a fresh store file. */
#include "tests/support/service_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"

static const char TENANT[] = "INSERT INTO tenant (name, parent, display_name, labels, revision, create_us, update_us)"
			     " VALUES ($1, $2, $1, '{}', 1, 1, 1)";
static const char PROJECT[] = "INSERT INTO project (name, tenant, display_name, cost_center, labels, revision, create_us,"
			      " update_us) VALUES ($1, $2, $1, '', '{}', 1, 1, 1)";

static const struct {
	const char *name, *parent;
} TENANTS[] = { { "tenants/msp", NULL },
		{ "tenants/acme", "tenants/msp" },
		{ "tenants/acme-labs", "tenants/acme" },
		{ "tenants/other", "tenants/msp" } },
  PROJECTS[] = { { "tenants/acme/projects/web", "tenants/acme" },
		 { "tenants/acme/projects/api", "tenants/acme" },
		 { "tenants/acme-labs/projects/lab", "tenants/acme-labs" },
		 { "tenants/other/projects/site", "tenants/other" } };

static struct status write_people(struct store_tx *tx, void *context)
{
	(void)context;
	for (size_t i = 0; i < sizeof TENANTS / sizeof TENANTS[0]; i++)
		TRY(store_execute(tx, TENANT, SQL_ARGS(sql_text(TENANTS[i].name), sql_text(TENANTS[i].parent)), NULL));
	for (size_t i = 0; i < sizeof PROJECTS / sizeof PROJECTS[0]; i++)
		TRY(store_execute(tx, PROJECT, SQL_ARGS(sql_text(PROJECTS[i].name), sql_text(PROJECTS[i].parent)), NULL));
	store_mark(tx, STORE_MARK_IAM);
	return OK;
}

void service_open(struct service_fixture *fixture, const struct migration *const *rooms, const size_t *counts, size_t count)
{
	*fixture = (struct service_fixture){ .arena = arena_new(0), .folder = "/tmp/gaon-service-XXXXXX" };
	time_fake_set(SERVICE_NOW_US);
	assert_non_null(mkdtemp(fixture->folder));
	struct store_options options = {
		.url = arena_printf(fixture->arena, "sqlite:%s/gaon.db", fixture->folder),
		.busy_ms = 1000,
	};
	assert_ok(store_open(fixture->arena, &options, &fixture->store));
	for (size_t i = 0; i < count; i++)
		assert_ok(store_migrate(fixture->store, fixture->arena, rooms[i], counts[i]));
	assert_ok(store_write(fixture->store, fixture->arena, write_people, NULL));
	fixture->engine = engine_new(fixture->store, &(struct engine_options){ .is_manual = true });
	fixture->sessions = session_cache_new();
}

void service_close(struct service_fixture *fixture)
{
	static const char *const FILES[] = { "gaon.db", "gaon.db-wal", "gaon.db-shm", "gaon.db.lock" };
	char path[128];

	engine_stop(fixture->engine, 0);
	session_cache_free(fixture->sessions);
	store_close(fixture->store);
	for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", fixture->folder, FILES[i]);
		unlink(path);
	}
	rmdir(fixture->folder);
	arena_free(fixture->arena);
	time_fake_off();
}

struct one_call {
	const struct method_row *row;
	const void *request;
	void *reply;
	const struct principal *caller;
	struct status outcome;
};

static struct status run_call(struct store_tx *tx, void *context)
{
	struct one_call *one = context;
	struct call call = {
		.arena = store_arena(tx),
		.method = one->row->method,
		.request = one->request,
		.reply = one->reply,
		.tx = tx,
		.principal = one->caller,
		.scope = "",
		.now_us = time_now_us(),
		.peer = "test",
		.request_id = "",
		.trace_id = "test",
	};

	one->outcome = one->row->unary(&call, one->request, one->reply);
	/* As the gate does: some refusals are themselves kept. */
	return call.commits_on_failure ? OK : one->outcome;
}

static const struct method_row *find_row(const struct method_table *service, const char *method)
{
	for (size_t i = 0; i < service->count; i++)
		if (strcmp(service->rows[i].method->name, method) == 0)
			return &service->rows[i];
	fail_msg("no method %s", method);
	return NULL;
}

struct status service_call(struct service_fixture *fixture, const struct method_table *service, const char *method,
			   const void *request, void *reply)
{
	struct one_call one = { find_row(service, method), request, reply, fixture->caller, OK };

	protobuf_c_message_init(one.row->method->reply, reply);
	if (one.row->method->access == METHOD_READ)
		return store_read(fixture->store, fixture->arena, run_call, &one);
	TRY(store_write(fixture->store, fixture->arena, run_call, &one));
	return one.outcome;
}

void service_run(struct service_fixture *fixture, unsigned most_turns)
{
	for (unsigned turns = 0; turns < most_turns;) {
		int64_t due_us;
		unsigned done = engine_run_due(fixture->engine);

		turns += done > 0 ? done : 1;
		if (done > 0)
			continue;
		assert_ok(engine_next_due(fixture->engine, fixture->arena, &due_us));
		if (due_us == INT64_MAX)
			return;
		if (due_us > time_now_us())
			time_fake_advance(due_us - time_now_us());
	}
}

struct statement {
	const char *sql;
	const struct sql_value *values;
	size_t count;
	int64_t number;
};

static struct status read_number(struct store_tx *tx, void *context)
{
	struct statement *statement = context;
	struct rows *rows;

	TRY(store_query_dynamic(tx, statement->sql, SQL_NO_ARGS, &rows));
	statement->number = store_next(rows) ? row_int(rows, 0) : -1;
	return OK;
}

int64_t service_number(struct service_fixture *fixture, const char *sql)
{
	struct statement statement = { .sql = sql };

	assert_ok(store_read(fixture->store, fixture->arena, read_number, &statement));
	return statement.number;
}

static struct status run_statement(struct store_tx *tx, void *context)
{
	const struct statement *statement = context;
	struct rows *rows;

	return store_query_dynamic(tx, statement->sql, statement->values, statement->count, &rows);
}

struct status service_execute(struct service_fixture *fixture, const char *sql, const struct sql_value *values, size_t count)
{
	struct statement statement = { sql, values, count, 0 };

	return store_write(fixture->store, fixture->arena, run_statement, &statement);
}

const char *failed_field(struct status status)
{
	for (const struct status_detail *detail = status.details; detail; detail = detail->next)
		if (detail->kind == STATUS_DETAIL_FIELD)
			return detail->key;
	return "";
}
