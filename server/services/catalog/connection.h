/* SPDX-License-Identifier: Apache-2.0 */
/* connection.h: what a connection may be told, and what it can do. */
#ifndef GAON_SERVICES_CATALOG_CONNECTION_H
#define GAON_SERVICES_CATALOG_CONNECTION_H

#include "providers/provider.h"
#include "server/services/catalog/connection_store.h"

/** INVALID_ARGUMENT / PROVIDER_UNKNOWN, PROVIDER_NOT_BUILT_IN. */
MUST_CHECK struct status provider_choose(struct arena *arena, const char *kind, const struct provider **provider);

/**
 * Reads the settings ("" is none): a JSON object whose members the provider's row names. A secret in it is refused, with
 * the field where it belongs; so is a required one that is missing. `canonical` is what is stored.
 */
MUST_CHECK struct status connection_read_options(struct arena *arena, const struct provider *provider, const char *text,
						 const char **canonical);
/** Likewise for the credentials, where only secrets belong. `field` is where they came from. No message holds a value. */
MUST_CHECK struct status connection_read_credentials(struct arena *arena, const struct provider *provider,
						     const char *field, const char *text, const char **canonical);

/**
 * Asks the provider, without any I/O, whether endpoint and options could be a connection's. INVALID_FIELD of
 * connection.endpoint or connection.options.<name>. `options` is canonical.
 */
MUST_CHECK struct status connection_check_shape(struct arena *arena, const struct provider *provider,
						const struct connection *connection);

/** Seals the credentials into the row, as a new version. "{}" is sealed too. */
MUST_CHECK struct status connection_seal(struct store_tx *tx, struct connection *connection, const char *credentials);

/** What a connection can do, by the row and what a probe said of it: a JSON array. `info` NULL: by the row alone. */
struct json *capabilities_of(struct arena *arena, const struct provider *provider, const struct provider_info *info);

#endif
