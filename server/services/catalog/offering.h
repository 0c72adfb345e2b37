/* SPDX-License-Identifier: Apache-2.0 */
/* offering.h: the sizes, images, networks and regions of a connection, under names of ours. */
#ifndef GAON_SERVICES_CATALOG_OFFERING_H
#define GAON_SERVICES_CATALOG_OFFERING_H

#include "server/store/store.h"

enum offering_kind { OFFERING_SIZE = 1, OFFERING_IMAGE = 2, OFFERING_NETWORK = 3, OFFERING_REGION = 4 };

struct offering {
	enum offering_kind kind;
	const char *id; /* "small": our name, unique in its connection and kind */
	const char *native_id;
	int32_t vcpus;
	int64_t memory_mib;
	int64_t disk_gib;	       /* size: that it comes with; image: the least that holds it */
	const char *os, *architecture; /* image; else "" */
	const char *cidr;	       /* network; else "" */
	const char *parent;	       /* native id: of a zone its region, of a network what it is inside; else "" */
	const char *zone;	       /* native id: of a network that is tied to one; else "" */
};

/** In the generation that is in use. */
MUST_CHECK struct status offering_find(struct store_tx *tx, const char *connection, enum offering_kind kind,
				       const char *id, struct offering *offering, bool *is_found);
/** By id, after `after` (NULL: from the first). */
MUST_CHECK struct status offering_list(struct store_tx *tx, const char *connection, enum offering_kind kind,
				       const char *after, unsigned most, struct offering **offerings, size_t *count);

/**
 * Writes one into a generation that is not in use yet. It keeps the id that this native id has in the present generation,
 * else it gets one made of `name`. The same native id twice changes nothing.
 */
MUST_CHECK struct status offering_add(struct store_tx *tx, const char *connection, int64_t generation, const char *name,
				      const struct offering *offering);
/** Forgets what has a native id in every generation. */
MUST_CHECK struct status offering_withdraw(struct store_tx *tx, const char *connection, enum offering_kind kind,
					   const char *native_id);
/** Forgets all generations up to and with `newest` but `kept`. */
MUST_CHECK struct status offering_forget(struct store_tx *tx, const char *connection, int64_t newest, int64_t kept);

/** Forgets one generation. */
MUST_CHECK struct status offering_drop(struct store_tx *tx, const char *connection, int64_t generation);

/** "Debian 12 (bookworm)" becomes "debian-12-bookworm": at most 48 of [a-z0-9._-], "" when nothing is left. */
const char *offering_slug(struct arena *arena, const char *name);

#endif
