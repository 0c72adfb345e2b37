/* SPDX-License-Identifier: Apache-2.0 */
/* absence.c: whether it is certain that a create made nothing; then nobody waits for what may still turn up at the cloud. */
#include "server/services/lifecycle/room.h"

/*
 * "is_absent" is said by an attempt that failed and is kept with its end; prepare, which is committed before the next one acts, takes it
 * back as "was_absent". So whoever dies in an act leaves no claim behind.
 */
struct status absence_prepare(struct store_tx *tx, struct step *step)
{
	(void)tx;
	json_set_bool(step->memo, "was_absent", json_bool(json_get(step->memo, "is_absent"), false));
	json_remove(step->memo, "is_absent");
	return OK;
}

bool absence_is_certain(const struct step *step)
{
	if (step->is_resumed || json_get(step->memo, "looking_since_us"))
		return false;
	return step->attempt == 1 || json_bool(json_get(step->memo, "was_absent"), false);
}

void absence_learn(struct step *step, enum provider_error error)
{
	/* A CONFLICT may be with what an earlier attempt made. */
	if (error != PROVIDER_OK && error != PROVIDER_UNKNOWN_OUTCOME && error != PROVIDER_CONFLICT)
		json_set_bool(step->memo, "is_absent", true);
}

bool absence_was_learnt(const struct step *step)
{
	return json_bool(json_get(step->memo, "is_absent"), false);
}
