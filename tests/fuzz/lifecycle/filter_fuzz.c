/* SPDX-License-Identifier: Apache-2.0 */
/* filter_fuzz.c: whatever a filter or an order says, its SQL is of our own words only, and each $N has its value. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/text.h"
#include "server/services/lifecycle/filter.h"
#include "tests/support/fuzz.h"

const char *const fuzz_seeds[] = {
	"state = RUNNING AND vcpus >= 2 AND labels.env = \"prod\" AND display_name : \"web\"",
	"name desc, vcpus, memory_mib asc",
	"create_time < 2026-11-23T00:00:00Z",
	"display_name = \"a\\\"b\\\\c\"",
	"display_name : \"%' OR 1=1 --\"",
	"labels.a.b-c/d != x AND disk_gib > -1",
	"size != small AND state != DELETED",
	"vcpus = 1 AND vcpus = 1 AND vcpus = 1 AND vcpus = 1 AND vcpus = 1 AND vcpus = 1 AND vcpus = 1 AND vcpus = 1 AND vcpus = 1"
	" AND vcpus = 1 AND vcpus = 1 AND vcpus = 1 AND vcpus = 1 AND vcpus = 1 AND vcpus = 1 AND vcpus = 1 AND vcpus = 1",
	"[1,\"small\",\"tenants/acme\"]",
	NULL,
};

/** Letters, digits, blanks, and the few signs that our own statements are made of. No quote but the one around ESCAPE's. */
static void check_sql(const struct filter_sql *sql)
{
	size_t quotes = 0, escapes = 0;

	for (const char *at = sql->text.data; *at; at++) {
		FUZZ_CHECK(isalnum((unsigned char)*at) || strchr(" _=<>$()',.\\", *at));
		quotes += *at == '\'';
		escapes += strncmp(at, " ESCAPE '\\'", 11) == 0;
		if (*at == '$') {
			long number = strtol(at + 1, NULL, 10);
			FUZZ_CHECK(number >= 1 && (size_t)number <= sql->count);
		}
	}
	FUZZ_CHECK(quotes == 2 * escapes);
	FUZZ_CHECK(sql->count <= FILTER_VALUES_MOST);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	/* The gate has seen to UTF-8 and to NUL; the parser does not mind the former. */
	const char *text = arena_strndup(arena, (const char *)data, memchr(data, 0, size) ? 0 : size);
	struct filter_sql *sql = ARENA_NEW(arena, struct filter_sql);
	struct order_by order;

	sql->text = text_new(arena);
	struct status filtered = filter_append(arena, text, sql);
	FUZZ_CHECK(status_is_ok(filtered) || filtered.code == STATUS_INVALID_ARGUMENT);
	struct status ordered = order_parse(arena, text, &order);
	FUZZ_CHECK(status_is_ok(ordered) || ordered.code == STATUS_INVALID_ARGUMENT);
	if (!status_is_ok(ordered))
		FUZZ_CHECK(status_is_ok(order_parse(arena, "vcpus desc, size, state", &order)));
	FUZZ_CHECK(order.count >= 1 && order.count <= ORDER_FIELDS_MOST);
	if (status_is_ok(filtered)) {
		struct status after = order_append_after(arena, &order, text, sql);
		FUZZ_CHECK(status_is_ok(after) || after.code == STATUS_INVALID_ARGUMENT);
		if (status_is_ok(after))
			order_append(&order, sql);
		check_sql(sql);
	}
	arena_free(arena);
	return 0;
}
