/* SPDX-License-Identifier: Apache-2.0 */
/* connection_store.h: the table connection. */
#ifndef GAON_SERVICES_CATALOG_CONNECTION_STORE_H
#define GAON_SERVICES_CATALOG_CONNECTION_STORE_H

#include "server/store/store.h"

/** gaon.catalog.v1.ConnectionState by number; DISABLED is kept apart, so that it can be lifted. */
enum connection_state { CONNECTION_UNVERIFIED = 1, CONNECTION_READY = 2, CONNECTION_FAILED = 3, CONNECTION_DISABLED = 4 };

struct connection {
	const char *name, *tenant, *display_name, *provider, *endpoint, *region;
	const char *options, *labels; /* JSON objects */
	int64_t credentials_version;  /* 0: it never had any */
	enum connection_state state;  /* by the last probe */
	const char *state_message;
	bool is_disabled;
	const char *product, *warning, *capabilities; /* capabilities: a JSON array */
	int64_t probed_us;
	int64_t offerings; /* the generation of its offerings; 0: none yet */
	int32_t concurrency, rate_per_second;
	int64_t settings_revision, revision, created_us, updated_us;
};

/** NOT_FOUND / CONNECTION_NOT_FOUND. */
MUST_CHECK struct status connection_get(struct store_tx *tx, const char *name, struct connection *connection);
MUST_CHECK struct status connection_find(struct store_tx *tx, const char *name, struct connection *connection,
					 bool *is_found);
MUST_CHECK struct status connection_list(struct store_tx *tx, const char *tenant, const char *after, unsigned most,
					 struct connection **connections, size_t *count);
/** ALREADY_EXISTS / CONNECTION_EXISTS. */
MUST_CHECK struct status connection_insert(struct store_tx *tx, const struct connection *connection);
/** Writes all but its name, provider, endpoint, region and credentials; counts the revision up in `connection` too. */
MUST_CHECK struct status connection_update(struct store_tx *tx, struct connection *connection);
MUST_CHECK struct status connection_delete(struct store_tx *tx, const char *name);
MUST_CHECK struct status connection_of_tenant(struct store_tx *tx, const char *tenant, bool *has_any);
/** Is it a target of a version that is not retired? */
MUST_CHECK struct status connection_is_target(struct store_tx *tx, const char *name, bool *is_target);

/** Sealed ones; with no data: none. */
MUST_CHECK struct status connection_credentials(struct store_tx *tx, const char *name, struct slice *sealed);
MUST_CHECK struct status connection_set_credentials(struct store_tx *tx, const char *name, struct slice sealed);
/** The number of a new generation of offerings; 0: there is no such connection any more. */
MUST_CHECK struct status connection_next_probe(struct store_tx *tx, const char *name, int64_t *generation);

#endif
