/* SPDX-License-Identifier: Apache-2.0 */
/* rate_card_store.c: the tables rate_card and rate. */
#include "server/services/cost/rate_card_store.h"

#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/cost/ledger.h"

#define CARD_COLUMNS " name, tenant, display_name, currency, is_charged, revision, created_us, updated_us"

static const char FIND_CARD[] = "SELECT" CARD_COLUMNS " FROM rate_card WHERE name = $1";
static const char LIST_CARDS[] = "SELECT" CARD_COLUMNS " FROM rate_card"
				 " WHERE tenant = $1 AND name > $2 ORDER BY name LIMIT $3";
static const char INSERT_CARD[] = "INSERT INTO rate_card (name, tenant, display_name, currency, is_charged, revision,"
				  " created_us, updated_us) VALUES ($1, $2, $3, $4, 0, 1, $5, $5)"
				  " ON CONFLICT (name) DO NOTHING";
static const char UPDATE_CARD[] = "UPDATE rate_card SET display_name = $2, updated_us = $3, revision = revision + 1"
				  " WHERE name = $1 AND revision = $4";
static const char MARK_CHARGED[] = "UPDATE rate_card SET is_charged = 1 WHERE name = $1";
static const char DELETE_RATES[] = "DELETE FROM rate WHERE rate_card = $1";
static const char DELETE_CARD[] = "DELETE FROM rate_card WHERE name = $1";
static const char HAS_CARD[] = "SELECT 1 FROM rate_card WHERE tenant = $1 LIMIT 1";

static const char LIST_RATES[] = "SELECT meter, effective_us, price_units, price_fraction FROM rate"
				 " WHERE rate_card = $1 ORDER BY meter, effective_us";
static const char INSERT_RATE[] = "INSERT INTO rate (rate_card, meter, effective_us, price_units, price_fraction)"
				  " VALUES ($1, $2, $3, $4, $5)";
static const char DELETE_RATES_AFTER[] = "DELETE FROM rate WHERE rate_card = $1 AND effective_us > $2";
static const char RATE_IN_FORCE[] = "SELECT meter, effective_us, price_units, price_fraction FROM rate"
				    " WHERE rate_card = $1 AND meter = $2 AND effective_us <= $3"
				    " ORDER BY effective_us DESC LIMIT 1";

static const char NEXT_BEGINNING[] =
	"SELECT MIN(effective_us) FROM rate WHERE rate_card = $1 AND effective_us > $2 AND effective_us < $3";

static void read_card(const struct rows *rows, struct rate_card *card)
{
	*card = (struct rate_card){
		.name = row_text(rows, 0),
		.tenant = row_text(rows, 1),
		.display_name = row_text(rows, 2),
		.currency = row_text(rows, 3),
		.is_charged = row_bool(rows, 4),
		.revision = row_int(rows, 5),
		.created_us = row_int(rows, 6),
		.updated_us = row_int(rows, 7),
	};
}

struct status rate_card_find(struct store_tx *tx, const char *name, struct rate_card *card, bool *is_found)
{
	struct rows *rows;

	TRY(store_query(tx, FIND_CARD, SQL_ARGS(sql_text(name)), &rows));
	*is_found = store_next(rows);
	if (*is_found)
		read_card(rows, card);
	return OK;
}

struct status rate_card_get(struct store_tx *tx, const char *name, struct rate_card *card)
{
	bool is_found;

	TRY(rate_card_find(tx, name, card, &is_found));
	return is_found ? OK : resource_not_found(store_arena(tx), "RateCard", name);
}

struct status rate_card_list(struct store_tx *tx, const char *tenant, const char *after, unsigned most,
			     struct rate_card **cards, size_t *count)
{
	struct rows *rows;

	TRY(store_query(tx, LIST_CARDS, SQL_ARGS(sql_text(tenant), sql_text(text_or_empty(after)), sql_int(most)), &rows));
	*cards = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows), struct rate_card);
	for (*count = 0; store_next(rows); (*count)++)
		read_card(rows, &(*cards)[*count]);
	return OK;
}

struct status rate_card_insert(struct store_tx *tx, const struct rate_card *card)
{
	int64_t changed;

	TRY(store_execute(tx, INSERT_CARD,
			  SQL_ARGS(sql_text(card->name), sql_text(card->tenant), sql_text(card->display_name),
				   sql_text(card->currency), sql_int(card->created_us)),
			  &changed));
	if (changed == 0)
		return status_fail(store_arena(tx), STATUS_ALREADY_EXISTS, "RATE_CARD_EXISTS",
				   "there is a rate card \"%s\" already; choose another rate_card_id", card->name);
	return OK;
}

struct status rate_card_update(struct store_tx *tx, struct rate_card *card)
{
	int64_t changed;

	TRY(store_execute(tx, UPDATE_CARD,
			  SQL_ARGS(sql_text(card->name), sql_text(card->display_name), sql_int(card->updated_us),
				   sql_int(card->revision)),
			  &changed));
	if (changed == 0)
		return status_fail(store_arena(tx), STATUS_ABORTED, "ETAG_STALE",
				   "it changed since it was read; read it again and retry");
	card->revision++;
	return OK;
}

struct status rate_card_mark_charged(struct store_tx *tx, const char *name)
{
	return store_execute(tx, MARK_CHARGED, SQL_ARGS(sql_text(name)), NULL);
}

struct status rate_card_delete(struct store_tx *tx, const char *name)
{
	TRY(store_execute(tx, DELETE_RATES, SQL_ARGS(sql_text(name)), NULL));
	return store_execute(tx, DELETE_CARD, SQL_ARGS(sql_text(name)), NULL);
}

struct status rate_card_of_tenant(struct store_tx *tx, const char *tenant, bool *has_any)
{
	struct rows *rows;

	TRY(store_query(tx, HAS_CARD, SQL_ARGS(sql_text(tenant)), &rows));
	*has_any = store_count(rows) > 0;
	return OK;
}

static void read_rate(const struct rows *rows, struct rate *rate)
{
	*rate = (struct rate){ (int)row_int(rows, 0), row_amount(rows, 2), row_int(rows, 1) };
}

struct status rate_list(struct store_tx *tx, const char *card, struct rate **rates, size_t *count)
{
	struct rows *rows;

	TRY(store_query(tx, LIST_RATES, SQL_ARGS(sql_text(card)), &rows));
	*rates = ARENA_ARRAY(store_arena(tx), (size_t)store_count(rows), struct rate);
	for (*count = 0; store_next(rows); (*count)++)
		read_rate(rows, &(*rates)[*count]);
	return OK;
}

struct status rate_insert(struct store_tx *tx, const char *card, const struct rate *rate)
{
	return store_execute(tx, INSERT_RATE,
			     SQL_ARGS(sql_text(card), sql_int(rate->meter), sql_int(rate->effective_us),
				      SQL_AMOUNT(rate->price)),
			     NULL);
}

struct status rate_delete_after(struct store_tx *tx, const char *card, int64_t now_us)
{
	return store_execute(tx, DELETE_RATES_AFTER, SQL_ARGS(sql_text(card), sql_int(now_us)), NULL);
}

struct status rate_next_beginning(struct store_tx *tx, const char *card, int64_t after_us, int64_t before_us, int64_t *at_us)
{
	struct rows *rows;

	TRY(store_query(tx, NEXT_BEGINNING, SQL_ARGS(sql_text(card), sql_int(after_us), sql_int(before_us)), &rows));
	*at_us = store_next(rows) && !row_is_null(rows, 0) ? row_int(rows, 0) : before_us;
	return OK;
}

struct status rate_in_force(struct store_tx *tx, const char *card, int meter, int64_t at_us, struct rate *rate,
			    bool *is_found)
{
	struct rows *rows;

	TRY(store_query(tx, RATE_IN_FORCE, SQL_ARGS(sql_text(card), sql_int(meter), sql_int(at_us)), &rows));
	*is_found = store_next(rows);
	if (*is_found)
		read_rate(rows, rate);
	return OK;
}
