/* SPDX-License-Identifier: Apache-2.0 */
/* catalog_fixture.c: a store with the catalog's tables, its rooms prepared as main does. */
#include "tests/unit/catalog/catalog_fixture.h"

#include <string.h>

#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "server/services/iam/iam.h"
#include "server/store/change.h"

const char *known_rate_card, *held_name;

static struct status look_at_card(struct store_tx *tx, const char *rate_card, const char **currency)
{
	(void)tx;
	*currency = text_equal(rate_card, known_rate_card) ? "KRW" : NULL;
	return OK;
}

static struct status holds(struct store_tx *tx, const char *name, bool *uses)
{
	(void)tx;
	*uses = text_equal(name, held_name);
	return OK;
}

int catalog_setup(void **state)
{
	const struct migration *rooms[] = { change_migrations, engine_migrations, iam_migrations, catalog_migrations };
	const size_t counts[] = { change_migration_count, engine_migration_count, iam_migration_count,
				  catalog_migration_count };
	static struct service_fixture fixture;
	static bool is_registered;

	service_open(&fixture, rooms, counts, sizeof counts / sizeof counts[0]);
	struct catalog_options options = {
		.store = fixture.store,
		.engine = fixture.engine,
		.sessions = fixture.sessions,
		.sealing_key = slice_text("0123456789abcdef0123456789abcdef"),
		.installation = "test-installation",
	};
	assert_ok(catalog_prepare(fixture.arena, &options));
	if (!is_registered)
		catalog_register_user(holds);
	is_registered = true;
	catalog_register_rate_cards(look_at_card);
	known_rate_card = ACME "/rateCards/standard";
	held_name = NULL;
	*state = &fixture;
	return 0;
}

int catalog_teardown(void **state)
{
	service_close(*state);
	return 0;
}

struct status catalog_call(void *state, const char *method, const void *request, void *reply)
{
	return service_call(state, &gaon_catalog_table, method, request, reply);
}

struct status make_connection(void *state, const char *tenant, const char *id, const char *options)
{
	static int serial;
	struct service_fixture *fixture = state;
	Gaon__CreateConnectionRequest request = GAON__CREATE_CONNECTION_REQUEST__INIT;
	Gaon__Connection connection = GAON__CONNECTION__INIT, reply;

	connection.provider = "simulator";
	connection.endpoint = arena_printf(fixture->arena, "sim://catalog-test-%d", ++serial);
	connection.options = options;
	request.parent = tenant;
	request.connection_id = id;
	request.connection = &connection;
	return catalog_call(state, "CreateConnection", &request, &reply);
}

Gaon__Connection *get_connection(void *state, const char *name)
{
	struct service_fixture *fixture = state;
	Gaon__GetConnectionRequest request = GAON__GET_CONNECTION_REQUEST__INIT;
	Gaon__Connection *connection = ARENA_NEW(fixture->arena, Gaon__Connection);

	request.name = name;
	assert_ok(catalog_call(state, "GetConnection", &request, connection));
	return connection;
}

struct operation_read {
	const char *id;
	struct operation operation;
};

static struct status read_operation(struct store_tx *tx, void *context)
{
	struct operation_read *read = context;

	return operation_get(tx, read->id, &read->operation);
}

enum operation_state probe(void *state, const char *name)
{
	struct service_fixture *fixture = state;
	Gaon__ProbeConnectionRequest request = GAON__PROBE_CONNECTION_REQUEST__INIT;
	Gaon__Operation operation;

	request.name = name;
	assert_ok(catalog_call(state, "ProbeConnection", &request, &operation));
	assert_string_equal(operation.kind, "connection-probe-2");
	service_run(fixture, 1000);
	struct operation_read read = { .id = strrchr(operation.name, '/') + 1 };
	assert_ok(store_read(fixture->store, fixture->arena, read_operation, &read));
	return read.operation.state;
}

void make_lab(void *state)
{
	assert_ok(make_connection(state, ACME, "lab", ""));
	assert_int_equal(probe(state, LAB), OPERATION_SUCCEEDED);
}

struct status make_product(void *state, const char *tenant, const char *id)
{
	Gaon__CreateProductRequest request = GAON__CREATE_PRODUCT_REQUEST__INIT;
	Gaon__Product product = GAON__PRODUCT__INIT, reply;

	request.parent = tenant;
	request.product_id = id;
	request.product = &product;
	return catalog_call(state, "CreateProduct", &request, &reply);
}

static const struct parameter_row USUAL[] = {
	{ "size", GAON__PARAMETER_TYPE__PARAMETER_TYPE_SIZE, "small", NULL, false, 0, 0 },
	{ "image", GAON__PARAMETER_TYPE__PARAMETER_TYPE_IMAGE, NULL, NULL, true, 0, 0 },
	{ "network", GAON__PARAMETER_TYPE__PARAMETER_TYPE_NETWORK, NULL, NULL, false, 0, 0 },
	{ "disk_gib", GAON__PARAMETER_TYPE__PARAMETER_TYPE_INTEGER, NULL, NULL, false, 1, 500 },
	{ "name", GAON__PARAMETER_TYPE__PARAMETER_TYPE_STRING, NULL, NULL, false, 1, 40 },
	{ "lease_days", GAON__PARAMETER_TYPE__PARAMETER_TYPE_INTEGER, NULL, NULL, false, 0, 0 },
	{ "backup", GAON__PARAMETER_TYPE__PARAMETER_TYPE_BOOLEAN, "false", NULL, false, 0, 0 },
	{ "tier", GAON__PARAMETER_TYPE__PARAMETER_TYPE_CHOICE, "test", "test,production", false, 0, 0 },
};

const struct version_row usual_version = { USUAL, sizeof USUAL / sizeof USUAL[0], LAB, ACME "/rateCards/standard", 30, 90 };

static const char **split(struct arena *arena, const char *text, size_t *count)
{
	char **parts;

	*count = text_is_empty(text) ? 0 : text_split(arena, text, ',', &parts);
	return *count ? (const char **)parts : NULL;
}

Gaon__ProductVersion *version_message(void *state, const struct version_row *row)
{
	struct arena *arena = ((struct service_fixture *)state)->arena;
	Gaon__ProductVersion *version = ARENA_NEW(arena, Gaon__ProductVersion);
	size_t target_count;
	const char **targets = split(arena, row->targets, &target_count);

	gaon__product_version__init(version);
	version->n_parameters = row->parameter_count;
	version->parameters = ARENA_ARRAY(arena, row->parameter_count, Gaon__Parameter *);
	for (size_t i = 0; i < row->parameter_count; i++) {
		const struct parameter_row *from = &row->parameters[i];
		Gaon__Parameter *to = version->parameters[i] = ARENA_NEW(arena, Gaon__Parameter);

		gaon__parameter__init(to);
		to->parameter = from->name;
		to->type = from->type;
		to->default_value = text_or_empty(from->default_value);
		to->choices = split(arena, from->choices, &to->n_choices);
		to->required = from->is_required;
		to->least = from->least;
		to->most = from->most;
	}
	version->n_targets = target_count;
	version->targets = ARENA_ARRAY(arena, target_count, Gaon__Target *);
	for (size_t i = 0; i < target_count; i++) {
		version->targets[i] = ARENA_NEW(arena, Gaon__Target);
		gaon__target__init(version->targets[i]);
		version->targets[i]->connection = targets[i];
	}
	version->rate_card = text_or_empty(row->rate_card);
	version->default_lease_days = row->default_lease_days;
	version->max_lease_days = row->max_lease_days;
	return version;
}

struct status make_version(void *state, const char *product, const struct version_row *row, const char **name)
{
	Gaon__CreateProductVersionRequest request = GAON__CREATE_PRODUCT_VERSION_REQUEST__INIT;
	Gaon__ProductVersion reply;

	request.parent = product;
	request.product_version = version_message(state, row);
	TRY(catalog_call(state, "CreateProductVersion", &request, &reply));
	*name = reply.name;
	return OK;
}

struct status publish(void *state, const char *name)
{
	Gaon__PublishProductVersionRequest request = GAON__PUBLISH_PRODUCT_VERSION_REQUEST__INIT;
	Gaon__ProductVersion reply;

	request.name = name;
	return catalog_call(state, "PublishProductVersion", &request, &reply);
}

void make_linux(void *state)
{
	const char *version = NULL;

	make_lab(state);
	assert_ok(make_product(state, ACME, "linux"));
	assert_ok(make_version(state, LINUX, &usual_version, &version));
	assert_ok(publish(state, version));
}

struct resolve_call {
	const char *project, *product, *parameters, *present;
	struct resolved resolved;
};

static struct status run_resolve(struct store_tx *tx, void *context)
{
	struct resolve_call *call = context;
	struct json *parameters;

	TRY(json_parse(store_arena(tx), slice_text(call->parameters), NULL, &parameters));
	struct catalog_wish wish = { call->product, parameters, call->present };
	return catalog_resolve(tx, call->project, &wish, &call->resolved.choice, &call->resolved.problems);
}

struct resolved resolve(void *state, const char *project, const char *product, const char *parameters)
{
	struct service_fixture *fixture = state;
	struct resolve_call call = { .project = project, .product = product, .parameters = parameters };

	assert_ok(store_read(fixture->store, fixture->arena, run_resolve, &call));
	return call.resolved;
}

const char *problem_at(const struct resolved *resolved, const char *field)
{
	for (const struct catalog_problem *problem = resolved->problems; problem; problem = problem->next)
		if (text_equal(problem->field, field))
			return problem->reason;
	return NULL;
}
