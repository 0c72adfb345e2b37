/* SPDX-License-Identifier: Apache-2.0 */
/* offering.c: names of ours for what a cloud offers: people type them, so they are short, and stay what they are. */
#include "server/services/catalog/offering.h"

#include <ctype.h>
#include <string.h>

#include "runtime/base/text.h"
#include "runtime/crypto/digest.h"
#include "server/services/catalog/offering_store.h"

enum { SLUG_MOST = 48, NUMBERS_MOST = 20, DIGEST_DIGITS = 10 };

const char *offering_slug(struct arena *arena, const char *name)
{
	struct text slug = text_new(arena);
	bool is_gap = false;

	for (const char *c = text_or_empty(name); *c && slug.size < SLUG_MOST; c++) {
		bool is_plain = (unsigned char)*c < 0x80 && (isalnum((unsigned char)*c) || strchr("._", *c));
		if (!is_plain) {
			is_gap = true;
			continue;
		}
		if (slug.size == 0 && !isalnum((unsigned char)*c))
			continue;
		if (is_gap && slug.size > 0)
			text_append_char(&slug, '-');
		is_gap = false;
		text_append_char(&slug, (char)tolower((unsigned char)*c));
	}
	return slug.data;
}

/** "debian-12", else "debian-12-2" …, else with a digest of the native id: thousands may share a name. */
static struct status choose_id(struct store_tx *tx, const char *connection, int64_t generation, const char *base,
			       struct offering *offering)
{
	struct arena *arena = store_arena(tx);
	bool is_taken;

	offering->id = base;
	for (int number = 2; number <= NUMBERS_MOST; number++) {
		TRY(offering_id_is_taken(tx, connection, generation, offering, &is_taken));
		if (!is_taken)
			return OK;
		offering->id = arena_printf(arena, "%s-%d", base, number);
	}
	offering->id = arena_printf(arena, "%s-%.*s", base, DIGEST_DIGITS,
				    digest_sha256_hex(arena, slice_text(offering->native_id)));
	return OK;
}

struct status offering_add(struct store_tx *tx, const char *connection, int64_t generation, const char *name,
			   const struct offering *offering)
{
	static const char *const WORDS[] = { "", "size", "image", "network", "region" };
	struct arena *arena = store_arena(tx);
	struct offering named = *offering;

	TRY(offering_present_id(tx, connection, named.kind, named.native_id, &named.id));
	if (!named.id) {
		const char *base = offering_slug(arena, name);
		if (text_is_empty(base))
			base = offering_slug(arena, named.native_id);
		if (text_is_empty(base))
			base = WORDS[named.kind];
		TRY(choose_id(tx, connection, generation, base, &named));
	}
	return offering_insert(tx, connection, generation, &named);
}
