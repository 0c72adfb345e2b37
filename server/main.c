/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: gaond: puts the rooms together, serves, and takes them apart again. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gaon/catalog/v1/catalog.handlers.h"
#include "gaon/cost/v1/cost.handlers.h"
#include "gaon/iam/v1/iam.handlers.h"
#include "gaon/lifecycle/v1/lifecycle.handlers.h"
#include "gaon/request/v1/request.handlers.h"
#include "proto/descriptor_set.h"
#include "runtime/base/log.h"
#include "runtime/base/memory.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/http/http.h"
#include "server/gaond.h"
#include "server/housekeeping.h"
#include "server/services/catalog/catalog.h"
#include "server/services/cost/cost.h"
#include "server/services/lifecycle/lifecycle.h"
#include "server/services/request/request.h"
#include "server/store/change.h"
#include "server/version.h"

extern const struct migration server_migrations[];
extern const size_t server_migration_count;

static const struct method_table *const tables[] = {
	&gaon_iam_table, &gaon_catalog_table, &gaon_cost_table, &gaon_request_table, &gaon_lifecycle_table,
};

static int usage(void)
{
	struct arena *arena = arena_new(0);
	struct text help = text_new(arena);
	config_help(gaond_options, gaond_option_count, &help);
	int length = printf("gaond %s: the Gaon control plane\n\n"
			    "Usage: gaond [--config FILE] [--<setting> VALUE]…\n"
			    "Example: gaond --store.url sqlite:/tmp/gaon.db --server.address 127.0.0.1:7443\n\n"
			    "Settings come from the file (key = value lines), then the environment (GAON_STORE_URL),\n"
			    "then the command line:\n\n%s",
			    GAON_VERSION, help.data);
	arena_free(arena);
	return length < 0;
}

/** The key file: as set, else "<database>.key". */
static const char *key_path(struct gaond *gaond)
{
	const char *path = config_text(gaond->config, "key.file"), *url = config_text(gaond->config, "store.url");

	if (*path)
		return path;
	return arena_printf(gaond->arena, "%s.key", text_starts_with(url, "sqlite:") ? url + strlen("sqlite:") : url);
}

static struct status open_store(struct gaond *gaond)
{
	const struct config *config = gaond->config;
	struct store_options options = {
		.url = config_text(config, "store.url"),
		.busy_ms = config_int(config, "store.busy"),
		.group_size = (unsigned)config_int(config, "store.group"),
		.queue_size = (unsigned)config_int(config, "store.queue"),
	};
	const struct {
		const struct migration *steps;
		size_t count;
	} rooms[] = {
		{ server_migrations, server_migration_count },       { change_migrations, change_migration_count },
		{ engine_migrations, engine_migration_count },       { iam_migrations, iam_migration_count },
		{ catalog_migrations, catalog_migration_count },     { cost_migrations, cost_migration_count },
		{ request_migrations, request_migration_count },     { lifecycle_migrations, lifecycle_migration_count },
	};
	size_t total = 0, at = 0;

	TRY(store_open(gaond->arena, &options, &gaond->store));
	for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++)
		total += rooms[i].count;
	struct migration *all = ARENA_ARRAY(gaond->arena, total, struct migration);
	for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++)
		for (size_t step = 0; step < rooms[i].count; step++)
			all[at++] = rooms[i].steps[step];
	return store_migrate_whole(gaond->store, gaond->arena, all, total);
}

static struct status prepare_services(struct gaond *gaond, const char **bootstrap_token)
{
	const struct config *config = gaond->config;
	struct server_keys *keys = ARENA_NEW(gaond->arena, struct server_keys);
	struct engine_options engine = {
		.workers = (unsigned)config_int(config, "engine.workers"),
		.lease_ms = config_int(config, "engine.lease"),
		.connection_concurrency = (unsigned)config_int(config, "engine.connection_concurrency"),
	};

	TRY(keys_load(gaond->arena, gaond->store, key_path(gaond), keys));
	TRY(installation_id(gaond->store, gaond->arena, &gaond->installation));
	struct iam_options iam = {
		.store = gaond->store,
		.secret = slice_of(keys->api_keys, sizeof keys->api_keys),
		.allow_loopback_http = config_bool(config, "iam.allow_loopback_http"),
	};
	TRY(iam_new(gaond->arena, &iam, &gaond->iam));
	TRY(iam_prepare(gaond->iam, gaond->arena, bootstrap_token));

	gaond->engine = engine_new(gaond->store, &engine);
	gaond->sessions = session_cache_new();
	struct catalog_options catalog = {
		.store = gaond->store,
		.engine = gaond->engine,
		.sessions = gaond->sessions,
		.sealing_key = slice_of(keys->sealing, sizeof keys->sealing),
		.installation = gaond->installation,
	};
	TRY(catalog_prepare(gaond->arena, &catalog));
	cost_prepare();
	struct lifecycle_options lifecycle = {
		.store = gaond->store,
		.engine = gaond->engine,
		.installation = gaond->installation,
		.metering_interval_ms = config_int(config, "metering.interval"),
		.sync_interval_ms = config_int(config, "sync.interval"),
		.lease_interval_ms = config_int(config, "lease.interval"),
	};
	TRY(lifecycle_prepare(gaond->arena, &lifecycle));
	housekeeping_prepare(gaond);
	return engine_start(gaond->engine);
}

static const char *path_or_null(const struct config *config, const char *name)
{
	const char *path = config_text(config, name);
	return *path ? path : NULL;
}

static struct status serve(struct gaond *gaond)
{
	const struct config *config = gaond->config;
	struct rpc_server_options options = {
		.address = config_text(config, "server.address"),
		.tls = {
			.certificate_path = path_or_null(config, "tls.certificate"),
			.key_path = path_or_null(config, "tls.key"),
			.client_ca_path = path_or_null(config, "tls.client_ca"),
			.reload_interval_s = (unsigned)(config_int(config, "tls.reload") / 1000),
			.require_client_certificate = config_bool(config, "tls.require_client"),
		},
		.loops = (unsigned)config_int(config, "server.loops"),
		.message_bytes = (size_t)config_int(config, "limit.message"),
		.metadata_bytes = (size_t)config_int(config, "limit.metadata"),
		.streams_per_connection = (unsigned)config_int(config, "limit.streams"),
		.connections = (unsigned)config_int(config, "limit.connections"),
		.keepalive_ms = config_int(config, "limit.keepalive"),
		.connection_age_ms = config_int(config, "limit.connection_age"),
		.tables = tables,
		.table_count = sizeof tables / sizeof tables[0],
		.descriptor_set = gaon_descriptor_set(),
		.executor = gate_execute,
		.stream_hook = gate_stream,
		.on_finished = gate_finished,
		.server_context = gaond,
	};
	TRY(rpc_server_start(gaond->arena, &options, &gaond->rpc));
	rpc_server_set_serving(gaond->rpc, true);
	return OK;
}

static void limit_rates(struct gaond *gaond)
{
	const struct config *config = gaond->config;
	const struct throttle_rate rates[THROTTLE_KIND_COUNT] = {
		[THROTTLE_TENANT] = { config_int(config, "limit.tenant_rate"), config_int(config, "limit.tenant_burst") },
		[THROTTLE_PRINCIPAL] = { config_int(config, "limit.principal_rate"), config_int(config, "limit.principal_burst") },
		[THROTTLE_STRANGER] = { config_int(config, "limit.stranger_rate"), config_int(config, "limit.stranger_burst") },
	};

	gaond->throttle = throttle_new(rates);
}

static void write_port(const struct gaond *gaond)
{
	const char *path = config_text(gaond->config, "server.port_file");
	FILE *file = *path ? fopen(path, "we") : NULL;

	if (file) {
		fprintf(file, "%d\n", rpc_server_port(gaond->rpc));
		fclose(file);
	}
}

static void announce(const struct gaond *gaond, const char *bootstrap_token)
{
	log_event(LOG_INFO, "server.serving", LOG_TEXT("address", config_text(gaond->config, "server.address")),
		  LOG_INT("port", rpc_server_port(gaond->rpc)), LOG_TEXT("version", GAON_VERSION),
		  LOG_TEXT("store", config_text(gaond->config, "store.url")),
		  LOG_TEXT("installation", gaond->installation));
	if (bootstrap_token && *bootstrap_token) {
		/* The one secret that is ever printed: on standard output, not in the log. */
		printf("Nobody is known here yet. Make the first administrator with this one-time token:\n\n"
		       "  gaon bootstrap --token %s --tenant-id TENANT --user-id YOU\n\n",
		       bootstrap_token);
		fflush(stdout);
	}
}

/** Takes apart in the reverse order; every part takes NULL. */
static void stop(struct gaond *gaond)
{
	int64_t grace_ms = config_int(gaond->config, "server.shutdown_grace");

	if (gaond->rpc)
		rpc_server_stop(gaond->rpc, grace_ms);
	engine_stop(gaond->engine, grace_ms);
	session_cache_free(gaond->sessions);
	if (gaond->iam && !status_is_ok(iam_flush(gaond->iam, gaond->arena)))
		log_event(LOG_WARNING, "server.last_uses_lost", LOG_TEXT("what", "when API keys were last used"));
	store_close(gaond->store);
	iam_free(gaond->iam);
	throttle_free(gaond->throttle);
	log_event(LOG_INFO, "server.stopped", LOG_TEXT("version", GAON_VERSION));
}

static struct status set_logging(struct gaond *gaond)
{
	static const char *const words[] = { "none", "failures", "all" };
	const char *level = config_text(gaond->config, "log.level"), *access = config_text(gaond->config, "log.access");
	enum log_level parsed;

	if (!log_parse_level(level, &parsed))
		return status_invalid_field(gaond->arena, "log.level", "must be debug, info, warning or error");
	log_set_level(parsed);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(access, words[i]) == 0) {
			gaond->access_log = (enum access_log)i;
			return OK;
		}
	return status_invalid_field(gaond->arena, "log.access", "must be none, failures or all");
}

static struct status allow_networks(struct gaond *gaond)
{
	struct status status = http_allow_networks(gaond->arena, config_text(gaond->config, "network.allow"));

	return status_is_ok(status) ? OK : status_invalid_field(gaond->arena, "network.allow", "%s", status.message);
}

static struct status start(struct gaond *gaond)
{
	const char *bootstrap_token = "";

	TRY(set_logging(gaond));
	TRY(allow_networks(gaond));
	TRY(open_store(gaond));
	TRY(prepare_services(gaond, &bootstrap_token));
	limit_rates(gaond);
	TRY(serve(gaond));
	housekeeping_watch(gaond);
	announce(gaond, bootstrap_token);
	write_port(gaond); /* last: whoever waits for it finds the rest said */
	return OK;
}

/** "--config FILE" may stand first; the rest are settings. */
static const char *config_path(int *argc, char ***argv)
{
	if (*argc >= 3 && strcmp((*argv)[1], "--config") == 0) {
		const char *path = (*argv)[2];
		*argc -= 2;
		*argv += 2;
		return path;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct gaond *gaond;
	sigset_t signals;
	int received;

	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return usage();
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return printf("gaond %s\n", GAON_VERSION) < 0;

	struct arena *arena = arena_new(0);
	memory_give_back();
	/* Before any thread exists, so that all of them leave these to sigwait below. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file size limit is a full disk: the write says so, and nothing dies */

	gaond = ARENA_NEW(arena, struct gaond);
	gaond->arena = arena;
	const char *path = config_path(&argc, &argv);
	struct status status =
		config_read(arena, gaond_options, gaond_option_count, path, argc, argv, (struct config **)&gaond->config);
	if (!status_is_ok(status)) {
		fprintf(stderr, "gaond: %s\nSee gaond --help.\n", status.message);
		arena_free(arena);
		return 2;
	}
	status = start(gaond);
	if (!status_is_ok(status))
		fprintf(stderr, "gaond: cannot start: %s (%s)\n", status.message, status.reason);
	else if (sigwait(&signals, &received) == 0)
		log_event(LOG_INFO, "server.stopping", LOG_INT("signal", received));
	stop(gaond);
	arena_free(arena);
	if (status_is_ok(status))
		return 0;
	return status.code == STATUS_INVALID_ARGUMENT ? 2 : 1; /* 2: a setting is wrong */
}
