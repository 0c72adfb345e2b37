/* SPDX-License-Identifier: Apache-2.0 */
/* catalog.c: the room's start, and what it tells and is told by the others. */
#include "server/services/catalog/catalog.h"

#include "runtime/base/text.h"
#include "runtime/crypto/digest.h"
#include "server/services/catalog/connection_store.h"
#include "server/services/catalog/product_store.h"
#include "server/services/catalog/room.h"
#include "server/services/iam/iam.h"

enum { USERS_MOST = 8, KEY_NAME_DIGITS = 16 };

struct catalog_room catalog_room;

/* Registered at start by the later rooms, before any thread; only read afterwards. */
static catalog_uses users[USERS_MOST];
static size_t user_count;
static catalog_rate_card_look rate_card_look;
static catalog_price_look price_look;
static catalog_load_look load_look;
static catalog_image_look image_look;

void catalog_register_user(catalog_uses uses)
{
	if (user_count < USERS_MOST)
		users[user_count++] = uses;
}

void catalog_register_rate_cards(catalog_rate_card_look look)
{
	rate_card_look = look;
}

void catalog_register_prices(catalog_price_look look)
{
	price_look = look;
}

void catalog_register_loads(catalog_load_look look)
{
	load_look = look;
}

void catalog_register_images(catalog_image_look look)
{
	image_look = look;
}

struct status catalog_look_at_image(struct store_tx *tx, const struct catalog_image_use *use, bool *may)
{
	*may = true;
	return image_look && !text_is_empty(use->project) ? image_look(tx, use, may) : OK;
}

struct status catalog_look_at_price(struct store_tx *tx, const char *rate_card, const struct catalog_shape *shape,
				    struct catalog_price *price)
{
	*price = (struct catalog_price){ .currency = NULL };
	return price_look && !text_is_empty(rate_card) ? price_look(tx, rate_card, shape, price) : OK;
}

struct status catalog_look_at_load(struct store_tx *tx, const char *connection, int64_t since_us, struct catalog_load *load)
{
	*load = (struct catalog_load){ .machines = 0 };
	return load_look ? load_look(tx, connection, since_us, load) : OK;
}

struct status catalog_used(struct store_tx *tx, const char *name, bool *is_used)
{
	*is_used = false;
	for (size_t i = 0; i < user_count && !*is_used; i++)
		TRY(users[i](tx, name, is_used));
	return OK;
}

struct status catalog_look_at_rate_card(struct store_tx *tx, const char *rate_card, bool *is_known, const char **currency)
{
	*is_known = rate_card_look != NULL;
	*currency = NULL;
	return rate_card_look ? rate_card_look(tx, rate_card, currency) : OK;
}

/** A tenant with connections or products is not empty. */
static struct status catalog_owns(struct store_tx *tx, const char *name, bool *owns)
{
	TRY(connection_of_tenant(tx, name, owns));
	return *owns ? OK : product_of_tenant(tx, name, owns);
}

static void free_ring(void *ring)
{
	seal_ring_free(ring);
}

/** The key's id is a digest of it, so that another server key is told as such and not as damage. */
static struct status read_ring(struct arena *arena, struct slice key, struct seal_ring **ring)
{
	if (key.size != SEAL_KEY_SIZE)
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "SEAL_KEY_INVALID",
				   "the key that seals credentials must have %d bytes; look at the server's key file",
				   SEAL_KEY_SIZE);
	TRY(seal_ring_read(arena,
			   slice_text(arena_printf(arena, "server-%.*s %s", KEY_NAME_DIGITS, digest_sha256_hex(arena, key),
						   text_to_base64(arena, key))),
			   ring));
	arena_defer(arena, free_ring, *ring);
	return OK;
}

struct status catalog_prepare(struct arena *arena, const struct catalog_options *options)
{
	catalog_room = (struct catalog_room){
		.store = options->store,
		.engine = options->engine,
		.sessions = options->sessions,
		.installation = options->installation,
	};
	TRY(read_ring(arena, options->sealing_key, &catalog_room.ring));
	iam_register_owner(catalog_owns);
	if (options->engine) {
		engine_register(options->engine, &probe_1_workflow);
		engine_register(options->engine, &probe_workflow);
	}
	return OK;
}
