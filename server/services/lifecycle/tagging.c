/* SPDX-License-Identifier: Apache-2.0 */
/* tagging.c: the two tags by which people, and other tools, see whose an imported machine is. */
#include "runtime/base/resource.h"
#include "runtime/base/text.h"
#include "server/services/lifecycle/import.h"

/*
 * Not an adapter's own marks, which say that we made it: one that leaves Gaon must never look like an orphan of ours. Lower-case
 * letters, digits and '-' are what every cloud takes as a tag's name.
 */
static const char TAG_MACHINE[] = "gaon-machine", TAG_INSTALLATION[] = "gaon-installation";

struct json *tags_without_ours(struct arena *arena, const struct json *seen, bool *has_ours)
{
	struct json *tags = json_object(arena);
	const char *key;
	const struct json *value;

	*has_ours = false;
	for (size_t i = 0; json_member(seen, i, &key, &value); i++) {
		bool is_ours = text_equal(key, TAG_MACHINE) || text_equal(key, TAG_INSTALLATION);
		*has_ours = *has_ours || is_ours;
		if (!is_ours)
			json_set(tags, key, value);
	}
	return tags;
}

struct json *tags_with_ours(struct arena *arena, const struct json *seen, const char *installation, const char *machine)
{
	bool has_ours;
	struct json *tags = tags_without_ours(arena, seen, &has_ours);

	json_set_text(tags, TAG_INSTALLATION, installation);
	json_set_text(tags, TAG_MACHINE, resource_leaf(machine));
	return tags;
}
