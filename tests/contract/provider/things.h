/* SPDX-License-Identifier: Apache-2.0 */
/* things.h: what is true of everything that is made by an intent: volumes, images, networks, security groups,
 * addresses. */
#ifndef GAON_TESTS_CONTRACT_PROVIDER_THINGS_H
#define GAON_TESTS_CONTRACT_PROVIDER_THINGS_H

#include "tests/contract/provider/contract.h"

struct thing {
	const char *native_id, *name; /* name NULL: it has none */
	struct provider_marks marks;
	bool is_settled; /* nothing goes on with it any more */
};

struct thing_spec {
	const struct thing_kind *kind;
	struct provider_intent intent;
	const char *name;
	const char *machine; /* native id of what it is made from, where it is */
	unsigned number;     /* a different one where two would collide */
};

struct thing_kind {
	enum provider_verb create_verb, list_verb, remove_verb;
	bool has_name;
	bool is_made_from_machine;
	bool is_costly;      /* one will do */
	racer_create create; /* of a struct thing_spec */
	struct provider_result (*list)(struct provider_session *session, struct provider_call *call,
				       const struct provider_intent *intent, struct provider_page *page,
				       struct thing **things, size_t *count);
	struct provider_result (*remove)(struct provider_call *call, const char *native_id, struct provider_task *task);
};

/** Creates it as the engine would, waits until it is settled, gives its native id. */
const char *thing_make(const struct thing_spec *spec);
void thing_delete(const struct thing_kind *kind, const char *native_id);
/** How many are listed with the intent, or (NULL) of all with this native id; the last one in *thing, which may be
 * NULL. */
size_t thing_count(const struct thing_kind *kind, const struct provider_intent *intent, const char *native_id,
		   struct thing *thing);
struct thing_spec thing_spec_new(const struct thing_kind *kind, const char *name);

/* The generic tests; the state that each gets is its kind. */
void thing_bears_our_marks(void **state);
void thing_made_twice_is_one(void **state);
void thing_raced_for_is_one(void **state);
void thing_is_listed_once(void **state);
void thing_is_gone_when_removed(void **state);
void thing_of_another_gaon_is_not_ours(void **state);
void thing_is_refused_when_wrong(void **state);

/** For a table of tests: `word_` as in "a_volume". */
#define THING_TESTS(word_, kind_)                                                                                      \
	{ word_ "_bears_our_marks_and_is_found_by_its_intent", thing_bears_our_marks, NULL, NULL, kind_ },             \
		{ word_ "_made_twice_with_one_intent_is_one", thing_made_twice_is_one, NULL, NULL, kind_ },            \
		{ word_ "_raced_for_with_one_intent_is_one", thing_raced_for_is_one, NULL, NULL, kind_ },              \
		{ word_ "_is_listed_once_whatever_the_page", thing_is_listed_once, NULL, NULL, kind_ },                \
		{ word_ "_is_gone_when_removed_and_removing_it_again_is_done", thing_is_gone_when_removed, NULL, NULL, \
		  kind_ },                                                                                             \
		{ word_ "_of_another_gaon_is_not_ours", thing_of_another_gaon_is_not_ours, NULL, NULL, kind_ },        \
	{                                                                                                              \
		word_ "_that_is_wrong_is_refused_and_makes_nothing", thing_is_refused_when_wrong, NULL, NULL, kind_    \
	}

#endif
