/* SPDX-License-Identifier: Apache-2.0 */
/* connection_wire.c: a connection and its capabilities as messages. */
#include "server/services/catalog/connection_wire.h"

#include "providers/provider.h"
#include "runtime/base/resource.h"
#include "server/services/wire/wire.h"

static Gaon__Support support_to_wire(int64_t support)
{
	static const Gaon__Support SUPPORTS[] = {
		[SUPPORT_NONE] = GAON__SUPPORT__SUPPORT_NONE,
		[SUPPORT_NATIVE] = GAON__SUPPORT__SUPPORT_NATIVE,
		[SUPPORT_EMULATED] = GAON__SUPPORT__SUPPORT_EMULATED,
	};

	return support >= 0 && support <= SUPPORT_EMULATED ? SUPPORTS[support] : GAON__SUPPORT__SUPPORT_UNSPECIFIED;
}

Gaon__Capability **capabilities_to_wire(struct arena *arena, const struct json *capabilities, size_t *count)
{
	*count = json_size(capabilities);
	Gaon__Capability **messages = ARENA_ARRAY(arena, *count, Gaon__Capability *);

	for (size_t i = 0; i < *count; i++) {
		const struct json *entry = json_at(capabilities, i);
		Gaon__Capability *message = ARENA_NEW(arena, Gaon__Capability);

		gaon__capability__init(message);
		message->verb = json_text(json_get(entry, "verb"), "");
		message->support = support_to_wire(json_int(json_get(entry, "support"), -1));
		message->asynchronous = json_bool(json_get(entry, "asynchronous"), false);
		message->idempotence = json_text(json_get(entry, "idempotence"), "");
		message->note = json_text(json_get(entry, "note"), "");
		messages[i] = message;
	}
	return messages;
}

struct status connection_to_wire(struct arena *arena, const struct connection *connection, Gaon__Connection *message)
{
	struct json *capabilities, *labels;

	TRY(json_parse(arena, slice_text(connection->capabilities), NULL, &capabilities));
	TRY(json_parse(arena, slice_text(connection->labels), NULL, &labels));
	message->name = connection->name;
	message->display_name = connection->display_name;
	message->provider = connection->provider;
	message->endpoint = connection->endpoint;
	message->region = connection->region;
	message->options = connection->options;
	message->state = connection->is_disabled ? GAON__CONNECTION_STATE__CONNECTION_STATE_DISABLED :
						   (Gaon__ConnectionState)connection->state;
	message->state_message = connection->state_message;
	message->product = connection->product;
	message->warning = connection->warning;
	message->capabilities = capabilities_to_wire(arena, capabilities, &message->n_capabilities);
	message->probe_time = wire_timestamp(arena, connection->probed_us);
	message->concurrency = connection->concurrency;
	message->rate_per_second = connection->rate_per_second;
	message->labels = wire_map(arena, &gaon__connection__labels_entry__descriptor, labels, &message->n_labels);
	message->etag = etag_format(arena, connection->revision);
	message->create_time = wire_timestamp(arena, connection->created_us);
	message->update_time = wire_timestamp(arena, connection->updated_us);
	return OK;
}
