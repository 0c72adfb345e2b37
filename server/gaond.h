/* SPDX-License-Identifier: Apache-2.0 */
/* gaond.h: the composition: everything that one server process holds together. */
#ifndef GAON_SERVER_GAOND_H
#define GAON_SERVER_GAOND_H

#include <stdatomic.h>

#include "runtime/base/config.h"
#include "runtime/rpc/call.h"
#include "runtime/rpc/rpc.h"
#include "server/engine/engine.h"
#include "server/engine/session.h"
#include "server/services/iam/iam.h"
#include "server/store/store.h"
#include "server/throttle.h"

enum access_log { ACCESS_LOG_NONE, ACCESS_LOG_FAILURES, ACCESS_LOG_ALL };

struct gaond {
	struct arena *arena; /* as long as the process */
	const struct config *config;
	struct store *store;
	struct iam *iam;
	struct engine *engine;
	struct session_cache *sessions;
	struct rpc_server *rpc;
	struct throttle *throttle; /* NULL: everybody calls as often as they like */
	const char *installation;
	enum access_log access_log;
	atomic_bool is_watched; /* set once `rpc` stands: the writer thread reads it on every commit */
};

/* gate.c: every checked call passes here, and nowhere else. */
void gate_execute(void *server_context, struct call *call);
struct stream_step gate_stream(struct call *call, stream_next next, void *state, struct arena *arena,
			       ProtobufCMessage *reply);
void gate_finished(void *server_context, const struct call *call, struct status status, int64_t duration_us);

/* config.c */
extern const struct config_option gaond_options[];
extern const size_t gaond_option_count;

/* keys.c: the server's secrets, each derived from one key file that is made at the first start, mode 0600. */
struct server_keys {
	unsigned char api_keys[32]; /* keys the hash of API-key secrets */
	unsigned char sealing[32];  /* the key-encryption key */
};
/**
 * Reads the key file. Makes it only for a database that never had one: a new key under an old database would lock everybody
 * out. Fails KEY_FILE (missing, readable by others, damaged) and KEY_MISMATCH (another database's).
 */
MUST_CHECK struct status keys_load(struct arena *arena, struct store *store, const char *path, struct server_keys *keys);

/* installation.c: this Gaon's own id, made once. */
MUST_CHECK struct status installation_id(struct store *store, struct arena *arena, const char **id);
/** The fingerprint of the key that this database was first opened with; "" when it never was. */
MUST_CHECK struct status installation_key(struct store *store, struct arena *arena, const char **fingerprint);
MUST_CHECK struct status installation_keep_key(struct store *store, struct arena *arena, const char *fingerprint);

#endif
