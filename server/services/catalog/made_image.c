/* SPDX-License-Identifier: Apache-2.0 */
/* made_image.c: images made from machines, offered at once: nobody waits for the next probe. */
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/catalog/catalog.h"
#include "server/services/catalog/offering_store.h"

/* Probes that may be under way: more than these, and an older one has long lost its race. */
enum { PROBES_MOST = 4 };

static const char GENERATIONS[] = "SELECT offerings, probes FROM connection WHERE name = $1";

struct status catalog_offer_image(struct store_tx *tx, const char *connection, const struct provider_image *image,
				  const char **name)
{
	struct offering offering = {
		.kind = OFFERING_IMAGE,
		.native_id = image->native_id,
		.disk_gib = image->min_disk_gib,
		.os = text_or_empty(image->os),
		.architecture = text_or_empty(image->architecture),
		.cidr = "",
		.parent = "",
		.zone = "",
	};
	struct rows *rows;

	TRY(store_query(tx, GENERATIONS, SQL_ARGS(sql_text(connection)), &rows));
	if (!store_next(rows))
		return resource_not_found(store_arena(tx), "Connection", connection);
	int64_t present = row_int(rows, 0), newest = row_int(rows, 1);
	int64_t first = newest - PROBES_MOST > present ? newest - PROBES_MOST : present + 1;
	/* The present ones first: the others get the name that it has there. A probe that read the images before it was
	 * there has it too. */
	TRY(offering_add(tx, connection, present, image->name, &offering));
	for (int64_t generation = first; generation <= newest; generation++)
		TRY(offering_add(tx, connection, generation, image->name, &offering));
	return catalog_name_of(tx, connection, CATALOG_IMAGE, image->native_id, name);
}

struct status catalog_withdraw_image(struct store_tx *tx, const char *connection, const char *native_id)
{
	return offering_withdraw(tx, connection, OFFERING_IMAGE, native_id);
}
