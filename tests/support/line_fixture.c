/* SPDX-License-Identifier: Apache-2.0 */
/* line_fixture.c: the whole line from order to machine, on a simulated cloud. */
#include "tests/support/line_fixture.h"

#include <stdio.h>
#include <string.h>

#include "providers/simulator/simulator.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/iam/iam.h"
#include "server/store/change.h"
#include "tests/unit/cost/cost_fixture.h"

static const char ACCOUNT[] =
	"INSERT INTO account (name, tenant, kind, display_name, email, is_disabled, revision, create_us, update_us)"
	" VALUES ($1, 'tenants/acme', 1, $1, '', 0, 1, 1, 1)";

static void write_people(struct service_fixture *fixture)
{
	static const char *const USERS[] = { "mina", "noah", "olga", "pia" };
	static const char *const RIGHTS[] = {
		"INSERT INTO principal_group (name, tenant, display_name, revision, create_us, update_us)"
		" VALUES ('tenants/acme/groups/leads', 'tenants/acme', 'leads', 1, 1, 1)",
		"INSERT INTO group_member (group_name, member) VALUES ('tenants/acme/groups/leads', 'tenants/acme/users/olga')",
		"INSERT INTO policy (resource, tenant, revision) VALUES ('tenants/acme', 'tenants/acme', 1)",
		"INSERT INTO role_binding (resource, role, member) VALUES ('tenants/acme', 'roles/approver', 'tenants/acme/users/noah')",
		"INSERT INTO role_binding (resource, role, member) VALUES ('tenants/acme', 'roles/approver', 'tenants/acme/users/olga')",
		"INSERT INTO role_binding (resource, role, member)"
		" VALUES ('tenants/acme', 'roles/tenant-admin', 'tenants/acme/users/pia')",
	};

	for (size_t i = 0; i < sizeof USERS / sizeof USERS[0]; i++)
		assert_ok(service_execute(fixture, ACCOUNT,
					  SQL_ARGS(sql_text(arena_printf(fixture->arena, "tenants/acme/users/%s", USERS[i])))));
	for (size_t i = 0; i < sizeof RIGHTS / sizeof RIGHTS[0]; i++)
		assert_ok(service_execute(fixture, RIGHTS[i], SQL_NO_ARGS));
}

static void prepare_services(struct line *line)
{
	struct service_fixture *fixture = &line->base;
	struct catalog_options catalog = {
		.store = fixture->store,
		.engine = fixture->engine,
		.sessions = fixture->sessions,
		.sealing_key = slice_text("0123456789abcdef0123456789abcdef"),
		.installation = "test-installation",
	};

	line->lifecycle = (struct lifecycle_options){
		.store = fixture->store,
		.engine = fixture->engine,
		.installation = "test-installation",
		.metering_interval_ms = 60000,
		.lease_interval_ms = 30000,
		.sync_interval_ms = 300000,
	};
	assert_ok(catalog_prepare(fixture->arena, &catalog));
	cost_prepare();
	request_prepare();
	assert_ok(lifecycle_prepare(fixture->arena, &line->lifecycle));
}

int line_setup(void **state)
{
	static const struct rate_row RATES[] = { { GAON__METER__METER_VCPU_HOUR, "36", 0 },
						 { GAON__METER__METER_MEMORY_GIB_HOUR, "18", 0 },
						 { GAON__METER__METER_DISK_GIB_HOUR, "1", 0 } };
	const struct migration *rooms[] = { change_migrations,	engine_migrations,  iam_migrations, catalog_migrations,
					    cost_migrations,	request_migrations, lifecycle_migrations };
	const size_t counts[] = { change_migration_count, engine_migration_count,  iam_migration_count, catalog_migration_count,
				  cost_migration_count,	  request_migration_count, lifecycle_migration_count };
	static struct line line;

	service_open(&line.base, rooms, counts, sizeof counts / sizeof counts[0]);
	prepare_services(&line);
	write_people(&line.base);
	*state = &line;
	line_as(*state, "pia");
	assert_ok(make_card(*state, "standard", "KRW", RATES, sizeof RATES / sizeof RATES[0]));
	make_linux(*state);
	line.endpoint = get_connection(*state, LAB)->endpoint;
	line_as(*state, "mina");
	return 0;
}

int line_teardown(void **state)
{
	struct line *line = *state;
	const char *endpoint = line->endpoint;
	char kept[64];

	snprintf(kept, sizeof kept, "%s", endpoint);
	service_close(*state);
	simulator_forget(kept);
	return 0;
}

void line_cloud(void *state, const char *options)
{
	Gaon__UpdateConnectionRequest request = GAON__UPDATE_CONNECTION_REQUEST__INIT;
	Gaon__Connection connection = GAON__CONNECTION__INIT, reply;
	struct service_fixture *fixture = state;
	const struct principal *caller = fixture->caller;

	connection.name = LAB;
	connection.options = options;
	request.connection = &connection;
	line_as(state, "pia");
	assert_ok(catalog_call(state, "UpdateConnection", &request, &reply));
	fixture->caller = caller;
}

struct load {
	const char *name;
	struct principal *principal;
};

static struct status load_principal(struct store_tx *tx, void *context)
{
	struct load *load = context;

	return iam_principal(tx, load->name, load->principal);
}

void line_as(void *state, const char *user)
{
	struct service_fixture *fixture = state;
	struct load load = { arena_printf(fixture->arena, "tenants/acme/users/%s", user),
			     ARENA_NEW(fixture->arena, struct principal) };

	assert_ok(store_read(fixture->store, fixture->arena, load_principal, &load));
	fixture->caller = load.principal;
}

void line_run(void *state)
{
	service_run(state, 20000);
}

/* ---- orders ---- */

/** "size=small,name=web-1" as the entries of a map. */
static Gaon__OrderItem__ParametersEntry **parameters_of(struct arena *arena, const char *text, size_t *count)
{
	char **parts;

	*count = text_is_empty(text) ? 0 : text_split(arena, text, ',', &parts);
	Gaon__OrderItem__ParametersEntry **entries = ARENA_ARRAY(arena, *count + 1, Gaon__OrderItem__ParametersEntry *);
	for (size_t i = 0; i < *count; i++) {
		char *value = strchr(parts[i], '=');
		*value++ = '\0';
		entries[i] = ARENA_NEW(arena, Gaon__OrderItem__ParametersEntry);
		gaon__order_item__parameters_entry__init(entries[i]);
		entries[i]->key = parts[i];
		entries[i]->value = value;
	}
	return entries;
}

static Gaon__OrderItem **items_of(struct arena *arena, const struct line_item *items, size_t count)
{
	Gaon__OrderItem **messages = ARENA_ARRAY(arena, count, Gaon__OrderItem *);

	for (size_t i = 0; i < count; i++) {
		messages[i] = ARENA_NEW(arena, Gaon__OrderItem);
		gaon__order_item__init(messages[i]);
		messages[i]->action = (Gaon__OrderAction)items[i].action;
		messages[i]->parameters = parameters_of(arena, items[i].parameters, &messages[i]->n_parameters);
		messages[i]->deployment = text_or_empty(items[i].deployment);
		messages[i]->verb = text_or_empty(items[i].verb);
		if (items[i].action == ORDER_ADD)
			messages[i]->product = items[i].product ? items[i].product : LINUX;
	}
	return messages;
}

Gaon__PreviewOrderResponse *line_preview(void *state, const char *project, const struct line_item *items, size_t count)
{
	struct service_fixture *fixture = state;
	Gaon__PreviewOrderRequest request = GAON__PREVIEW_ORDER_REQUEST__INIT;
	Gaon__PreviewOrderResponse *reply = ARENA_NEW(fixture->arena, Gaon__PreviewOrderResponse);

	request.parent = project;
	request.items = items_of(fixture->arena, items, count);
	request.n_items = count;
	assert_ok(service_call(state, &gaon_request_table, "PreviewOrder", &request, reply));
	return reply;
}

struct status line_try_order(void *state, const char *project, const struct line_item *items, size_t count,
			     const char *digest, Gaon__Order *order)
{
	struct service_fixture *fixture = state;
	Gaon__CreateOrderRequest request = GAON__CREATE_ORDER_REQUEST__INIT;
	Gaon__Order wanted = GAON__ORDER__INIT;

	wanted.items = items_of(fixture->arena, items, count);
	wanted.n_items = count;
	wanted.justification = "needed";
	request.parent = project;
	request.order = &wanted;
	request.plan_digest = digest;
	return service_call(state, &gaon_request_table, "CreateOrder", &request, order);
}

Gaon__Order *line_order(void *state, const char *project, const struct line_item *items, size_t count)
{
	struct service_fixture *fixture = state;
	Gaon__Order *order = ARENA_NEW(fixture->arena, Gaon__Order);

	assert_ok(line_try_order(state, project, items, count, "", order));
	return order;
}

Gaon__Order *line_get_order(void *state, const char *name)
{
	struct service_fixture *fixture = state;
	Gaon__GetOrderRequest request = GAON__GET_ORDER_REQUEST__INIT;
	Gaon__Order *order = ARENA_NEW(fixture->arena, Gaon__Order);

	request.name = name;
	assert_ok(service_call(state, &gaon_request_table, "GetOrder", &request, order));
	return order;
}

/** Calls as somebody else, for once. */
static struct status call_as(void *state, const char *user, const char *method, const void *request, void *reply)
{
	struct service_fixture *fixture = state;
	const struct principal *caller = fixture->caller;

	line_as(state, user);
	struct status status = service_call(state, &gaon_request_table, method, request, reply);
	fixture->caller = caller;
	return status;
}

struct status line_approve(void *state, const char *user, const Gaon__Order *order)
{
	Gaon__ApproveOrderRequest request = GAON__APPROVE_ORDER_REQUEST__INIT;
	Gaon__Order reply;

	request.name = order->name;
	request.plan_digest = order->plan_digest;
	request.comment = "fine";
	return call_as(state, user, "ApproveOrder", &request, &reply);
}

struct status line_reject(void *state, const char *user, const Gaon__Order *order)
{
	Gaon__RejectOrderRequest request = GAON__REJECT_ORDER_REQUEST__INIT;
	Gaon__Order reply;

	request.name = order->name;
	request.comment = "too dear";
	return call_as(state, user, "RejectOrder", &request, &reply);
}

struct status line_cancel(void *state, const char *user, const Gaon__Order *order)
{
	Gaon__CancelOrderRequest request = GAON__CANCEL_ORDER_REQUEST__INIT;
	Gaon__Order reply;

	request.name = order->name;
	request.comment = "not needed any more";
	return call_as(state, user, "CancelOrder", &request, &reply);
}

static const char **split(struct arena *arena, const char *text, size_t *count)
{
	char **parts;

	*count = text_is_empty(text) ? 0 : text_split(arena, text, ',', &parts);
	return *count ? (const char **)parts : NULL;
}

struct status line_policy(void *state, const struct line_policy *policy)
{
	struct arena *arena = ((struct service_fixture *)state)->arena;
	Gaon__CreateApprovalPolicyRequest request = GAON__CREATE_APPROVAL_POLICY_REQUEST__INIT;
	Gaon__ApprovalPolicy message = GAON__APPROVAL_POLICY__INIT, reply;
	Gaon__Money least = GAON__MONEY__INIT;
	Gaon__OrderAction action = (Gaon__OrderAction)policy->action;

	message.approvers = split(arena, policy->approvers, &message.n_approvers);
	message.products = split(arena, policy->products, &message.n_products);
	message.projects = split(arena, policy->projects, &message.n_projects);
	least.currency_code = "KRW";
	least.amount = text_or_empty(policy->least);
	message.least_monthly = policy->least ? &least : NULL;
	message.stage = policy->stage;
	message.quorum = policy->quorum;
	message.disabled = policy->is_disabled;
	message.actions = &action;
	message.n_actions = policy->action ? 1 : 0;
	request.parent = policy->tenant ? policy->tenant : ACME;
	request.approval_policy_id = policy->id;
	request.approval_policy = &message;
	return call_as(state, "pia", "CreateApprovalPolicy", &request, &reply);
}

void line_quota(void *state, const char *scope, Gaon__QuotaMetric metric, int64_t limit)
{
	struct service_fixture *fixture = state;
	Gaon__CreateQuotaRequest request = GAON__CREATE_QUOTA_REQUEST__INIT;
	Gaon__Quota quota = GAON__QUOTA__INIT, reply;

	quota.metric = metric;
	quota.limit = limit;
	request.parent = scope;
	request.quota_id = arena_printf(fixture->arena, "q%d", (int)metric);
	request.quota = &quota;
	assert_ok(call_as(state, "pia", "CreateQuota", &request, &reply));
}

int64_t line_used(void *state, const char *scope, Gaon__QuotaMetric metric)
{
	struct service_fixture *fixture = state;

	return service_number(state, arena_printf(fixture->arena,
						  "SELECT coalesce(sum(used), 0) FROM quota_usage WHERE scope = '%s' AND metric = %d",
						  scope, (int)metric));
}

/* ---- streams ---- */

static struct line *watching;

/** In place of the server's: remembers what goes on. */
void call_stream(struct call *call, stream_next next, void *watch)
{
	(void)call;
	watching->next = next;
	watching->watch = watch;
}

static const struct method_row *stream_row(const char *method)
{
	for (size_t i = 0; i < gaon_lifecycle_table.count; i++)
		if (text_equal(gaon_lifecycle_table.rows[i].method->name, method))
			return &gaon_lifecycle_table.rows[i];
	fail_msg("no method %s", method);
	return NULL;
}

struct stream_run {
	struct line *line;
	const struct method_row *row;
	const void *request;
	void *reply;
	struct stream_step step;
};

static struct call call_in(struct store_tx *tx, const struct line *line)
{
	return (struct call){ .arena = line->base.arena, .tx = tx, .principal = line->base.caller, .now_us = time_now_us(),
			      .scope = "", .peer = "test", .request_id = "", .trace_id = "test" };
}

static struct status begin_stream(struct store_tx *tx, void *context)
{
	struct stream_run *run = context;
	struct call call = call_in(tx, run->line);

	watching = run->line;
	call.request = run->request;
	return run->row->stream(&call, run->request);
}

struct status line_watch(void *state, const char *method, const void *request)
{
	struct stream_run run = { .line = state, .row = stream_row(method), .request = request };

	return store_read(run.line->base.store, run.line->base.arena, begin_stream, &run);
}

static struct status step_stream(struct store_tx *tx, void *context)
{
	struct stream_run *run = context;
	struct call call = call_in(tx, run->line);

	run->step = run->line->next(&call, run->line->watch, run->line->base.arena, run->reply);
	return OK;
}

struct stream_step line_next(void *state, void *reply)
{
	struct stream_run run = { .line = state, .reply = reply };

	assert_ok(store_read(run.line->base.store, run.line->base.arena, step_stream, &run));
	return run.step;
}
