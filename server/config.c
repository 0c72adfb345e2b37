/* SPDX-License-Identifier: Apache-2.0 */
/* config.c: every setting of gaond, in one table: the help, the manual page and docs/OPERATIONS.md speak from it. */
#include "server/gaond.h"

#define MIB (1024 * 1024)

const struct config_option gaond_options[] = {
	{ "server.address", CONFIG_TEXT, "127.0.0.1:7443", 0, 0,
	  "Where to listen: host:port (port 0: any free one) or unix:/path. Anything but loopback should have TLS." },
	{ "server.port_file", CONFIG_TEXT, "", 0, 0, "Write the port really bound into this file, once serving." },
	{ "server.loops", CONFIG_INT, "0", 0, 64, "Event loops, one thread each; 0: half the cores, and at least 2 of 2." },
	{ "server.shutdown_grace", CONFIG_DURATION_MS, "10s", 0, 600000, "How long running calls may take when stopping." },
	{ "tls.certificate", CONFIG_TEXT, "", 0, 0, "PEM certificate chain; empty: cleartext." },
	{ "tls.key", CONFIG_TEXT, "", 0, 0, "PEM private key." },
	{ "tls.client_ca", CONFIG_TEXT, "", 0, 0, "PEM certificates that client certificates must descend from." },
	{ "tls.reload", CONFIG_DURATION_MS, "60s", 1000, 86400000,
	  "How often these files are looked at; a changed one is used from then on." },
	{ "tls.require_client", CONFIG_BOOL, "false", 0, 0, "Refuse clients without a certificate." },
	{ "limit.message", CONFIG_SIZE_BYTES, "4MiB", 1024, 64 * MIB, "Largest request message." },
	{ "limit.metadata", CONFIG_SIZE_BYTES, "16KiB", 1024, MIB, "Most metadata of a call." },
	{ "limit.streams", CONFIG_INT, "100", 1, 100000, "Most calls at once on one connection." },
	{ "limit.connections", CONFIG_INT, "4096", 1, 1000000, "Most client connections." },
	{ "limit.keepalive", CONFIG_DURATION_MS, "60s", 1000, 86400000, "How often an idle connection is asked whether it lives." },
	{ "limit.connection_age", CONFIG_DURATION_MS, "0", 0, 86400000, "Close connections after this long; 0: never." },
	{ "store.url", CONFIG_TEXT, "sqlite:/var/lib/gaon/gaon.db", 0, 0, "The database: sqlite:/path." },
	{ "store.busy", CONFIG_DURATION_MS, "5s", 0, 600000, "How long a locked database is waited for." },
	{ "store.group", CONFIG_INT, "128", 1, 4096, "Most transactions in one commit." },
	{ "store.queue", CONFIG_INT, "4096", 1, 1000000, "Most writes that may wait; more are refused with RESOURCE_EXHAUSTED." },
	{ "store.change_retention", CONFIG_DURATION_MS, "24h", 60000, 2592000000, "How long watches can resume." },
	{ "backup.folder", CONFIG_TEXT, "", 0, 0,
	  "Where copies of the database are written, at start and then from time to time; empty: nowhere." },
	{ "backup.interval", CONFIG_DURATION_MS, "24h", 60000, 2592000000, "How often a copy is written." },
	{ "backup.keep", CONFIG_INT, "7", 1, 1000, "How many copies are kept; the oldest go." },
	{ "key.file", CONFIG_TEXT, "", 0, 0,
	  "The master key, made at the first start (mode 0600); empty: beside the database."
	  " Without it no credential can be read: back it up." },
	{ "engine.workers", CONFIG_INT, "8", 1, 256, "Threads that call clouds." },
	{ "engine.lease", CONFIG_DURATION_MS, "30s", 1000, 600000, "How long a worker's claim lasts without renewal." },
	{ "engine.operation_retention", CONFIG_DURATION_MS, "90d", 604800000, 315360000000,
	  "How long operations that have ended stay, with their journals; the audit trail stays for ever." },
	{ "engine.connection_concurrency", CONFIG_INT, "8", 1, 256, "Most calls at once on one connection, unless it says otherwise." },
	{ "metering.interval", CONFIG_DURATION_MS, "60s", 100, 3600000, "How often machines are metered." },
	{ "sync.interval", CONFIG_DURATION_MS, "5m", 0, 86400000, "How often connections are looked at; 0: only when asked." },
	{ "lease.interval", CONFIG_DURATION_MS, "30s", 100, 3600000, "How often ended leases are looked for." },
	{ "network.allow", CONFIG_TEXT, "", 0, 0,
	  "Networks, beside public addresses, that clouds and issuers may be reached in: 10.0.0.0/8, fd00::/8, 127.0.0.1/32." },
	{ "iam.allow_loopback_http", CONFIG_BOOL, "true", 0, 0, "Fetch an issuer's keys over http where its host is this one." },
	{ "log.level", CONFIG_TEXT, "info", 0, 0, "debug, info, warning or error." },
	{ "log.access", CONFIG_TEXT, "failures", 0, 0, "Which calls get a log line: none, failures or all." },
	{ "log.metrics_interval", CONFIG_DURATION_MS, "60s", 0, 3600000, "How often the counters are logged; 0: never." },
};
const size_t gaond_option_count = sizeof gaond_options / sizeof gaond_options[0];
