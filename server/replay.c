/* SPDX-License-Identifier: Apache-2.0 */
/* replay.c: one request_id, one effect, the same answer (AIP-155). */
#include "server/replay.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/base/text.h"
#include "runtime/crypto/digest.h"
#include "runtime/message/redact.h"
#include "runtime/message/reflect.h"
#include "server/services/iam/iam.h"

static const char FIND_REPLAY[] =
	"SELECT digest, reply FROM request_replay"
	" WHERE principal = $1 AND method = $2 AND request_id = $3";

static const char KEEP_REPLAY[] =
	"INSERT INTO request_replay (principal, method, request_id, digest, reply, at_us)"
	" VALUES ($1, $2, $3, $4, $5, $6)";

static const char TRIM_REPLAYS[] =
	"DELETE FROM request_replay WHERE at_us <="
	" (SELECT max(at_us) FROM (SELECT at_us FROM request_replay WHERE at_us < $1 ORDER BY at_us LIMIT $2) oldest)";

/** Public methods have no principal: their request_ids share one name. */
static const char *replay_owner(const struct call *call)
{
	return call->principal ? call->principal->name : "";
}

static int compare_keys(const void *left, const void *right)
{
	const ProtobufCMessage *const *one = left, *const *other = right;
	const ProtobufCFieldDescriptor *key = &(*one)->descriptor->fields[0];

	return strcmp(*(const char *const *)reflect_at(*one, key, 0), *(const char *const *)reflect_at(*other, key, 0));
}

/** A map has no order, and clients send its entries in any: each in its place by its key. */
static void order_maps(const ProtobufCMessage *message)
{
	for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
		size_t count = reflect_is_message(field) ? reflect_count(message, field) : 0;

		if (count > 1 && reflect_is_map(field) &&
		    reflect_message_type(field)->fields[0].type == PROTOBUF_C_TYPE_STRING)
			qsort((void *)(uintptr_t)reflect_at(message, field, 0), count, sizeof(ProtobufCMessage *), compare_keys);
		for (size_t element = 0; element < count; element++)
			order_maps(*(const ProtobufCMessage *const *)reflect_at(message, field, element));
	}
}

/** SHA-256 over the request as protobuf-c packs it: in field order, so the same content gives the same bytes. */
static struct slice request_digest(struct call *call)
{
	order_maps(call->request);

	size_t size = protobuf_c_message_get_packed_size(call->request);
	uint8_t *packed = arena_alloc(call->arena, size);
	unsigned char *digest = arena_alloc(call->arena, DIGEST_SIZE);

	protobuf_c_message_pack(call->request, packed);
	digest_sha256(slice_of(packed, size), digest);
	return slice_of(digest, DIGEST_SIZE);
}

struct status replay_find(struct call *call, bool *is_replayed)
{
	struct rows *rows;

	*is_replayed = false;
	if (text_is_empty(call->request_id))
		return OK;
	TRY(store_query(call->tx, FIND_REPLAY,
			SQL_ARGS(sql_text(replay_owner(call)), sql_text(call->method->path), sql_text(call->request_id)), &rows));
	if (!store_next(rows))
		return OK;
	if (!slice_equal(row_blob(rows, 0), request_digest(call)))
		return status_with_field(call->arena,
					 status_fail(call->arena, STATUS_INVALID_ARGUMENT, "REQUEST_ID_REUSED",
						     "this request_id was used for another request; take a new one"),
					 "request_id", "already used with another payload");
	TRY(call_replay(call, row_blob(rows, 1)));
	*is_replayed = true;
	return OK;
}

struct status replay_keep(struct call *call)
{
	if (text_is_empty(call->request_id))
		return OK;

	const ProtobufCMessage *kept = redact_copy(call->arena, call->reply, call->method->reply_rules, "");
	size_t size = protobuf_c_message_get_packed_size(kept);
	uint8_t *packed = arena_alloc(call->arena, size);
	protobuf_c_message_pack(kept, packed);
	return store_execute(call->tx, KEEP_REPLAY,
			     SQL_ARGS(sql_text(replay_owner(call)), sql_text(call->method->path), sql_text(call->request_id),
				      sql_blob(request_digest(call)), sql_blob(slice_of(packed, size)), sql_int(call->now_us)),
			     NULL);
}

struct status replay_trim(struct store_tx *tx, int64_t before_us, int64_t most, int64_t *forgotten)
{
	return store_execute(tx, TRIM_REPLAYS, SQL_ARGS(sql_int(before_us), sql_int(most)), forgotten);
}
